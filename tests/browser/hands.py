"""Two ways to use a page: pointing at things, or the keyboard alone. Both do what a person could do and nothing else."""

from __future__ import annotations

import contextlib
from pathlib import Path

from playwright.sync_api import FileChooser, Locator, Page, TimeoutError

MOST_TABS = 400


class Pointer:
    """A person with a mouse or a finger."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, address: str) -> None:
        """Type an address."""
        answer = self.page.goto(address)
        assert answer is not None and answer.status < 400, (address, answer and answer.status)

    def press(self, selector: str) -> None:
        """Press a button or follow a link, and wait for the page it leads to."""
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()

    def unfold(self, selector: str) -> None:
        """Open a part of the page that is folded away."""
        self.page.locator(selector).first.click()

    def choose(self, selector: str) -> None:
        """Choose a radio button or tick a box."""
        self.page.locator(selector).first.check(force=True)

    def write(self, selector: str, text: str) -> None:
        """Write into a field."""
        self.page.locator(selector).first.fill(text)

    def pick(self, selector: str, value: str) -> None:
        """Choose from a list."""
        self.page.locator(selector).first.select_option(value)

    def attach(self, files: list[Path]) -> None:
        """Choose photos."""
        self.page.locator("input[type=file]").first.set_input_files(files)


class Keyboard(Pointer):
    """A person who never touches a pointer: everything is reached by Tab and arrows, in the page's own order."""

    def press(self, selector: str) -> None:
        """Reach a button or link and press Enter."""
        self.reach(self.page.locator(selector).first)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def unfold(self, selector: str) -> None:
        """Reach a folded part and press Enter."""
        self.reach(self.page.locator(selector).first)
        self.page.keyboard.press("Enter")

    def choose(self, selector: str) -> None:
        """Reach a radio group and move to the wanted one with arrows, or reach a box and press Space."""
        wanted = self.page.locator(selector).first
        if wanted.get_attribute("type") == "checkbox":
            self.reach(wanted)
            if not wanted.is_checked():
                self.page.keyboard.press("Space")
            return
        self.reach(self._entrance(wanted))
        for _ in range(40):
            if wanted.is_checked():
                return
            if self._focused(wanted):
                self.page.keyboard.press("Space")
            else:
                self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows never reach {selector}")

    def write(self, selector: str, text: str) -> None:
        """Reach a field, replace what is in it."""
        self.reach(self.page.locator(selector).first)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def pick(self, selector: str, value: str) -> None:
        """Reach a list and go down until the value is chosen."""
        wanted = self.page.locator(selector).first
        self.reach(wanted)
        self.page.keyboard.press("Home")
        for _ in range(200):
            if wanted.input_value() == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{value} is not in {selector}")

    def attach(self, files: list[Path]) -> None:
        """Press the button that opens the device's album."""
        self.page.locator("[data-module=photo-picker] > input[type=file]").wait_for(state="attached")  # its script runs
        self.reach(self.page.locator("button.photo-add").first)
        self._album().set_files(files)
        self.page.locator(".photo__bar").first.wait_for(state="hidden", timeout=20_000)
        self.page.wait_for_function("document.querySelector('input[type=file][name]').files.length > 0")

    def _album(self) -> FileChooser:
        """Press Enter on the focused button; once more when the page was still loading its script."""
        for _ in range(5):
            with contextlib.suppress(TimeoutError), self.page.expect_file_chooser(timeout=4_000) as chooser:
                self.page.keyboard.press("Enter")
                return chooser.value
        raise AssertionError("the album does not open")

    def reach(self, wanted: Locator) -> None:
        """Press Tab until the focus is on ``wanted``; fails when the page's order never comes there."""
        wanted.wait_for(state="attached")
        for _ in range(MOST_TABS):
            if self._focused(wanted):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never reaches {wanted}")

    def _entrance(self, radio: Locator) -> Locator:
        """The radio of a group that Tab stops at: the chosen one, or any while none is chosen."""
        name = radio.get_attribute("name")
        chosen = self.page.locator(f'input[type=radio][name="{name}"]:checked')
        return chosen.first if chosen.count() else self.page.locator(f'input[type=radio][name="{name}"]').first

    def _focused(self, wanted: Locator) -> bool:
        return bool(wanted.evaluate("element => element === document.activeElement"))
