"""Taking a quiz in a real browser: without JavaScript and with a break, by keyboard alone, and in the order it is read aloud."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from citizen.core.database import transaction
from citizen.extensions import db
from citizen.quizzes.rules.questions import Kind
from tests import county
from tests.browser.hands import Keyboard, Pointer
from tests.live import LiveSite
from tests.quizzes.making import make_quiz, make_version

MAIN_BUTTON = "main .btn--primary"
SIZE = 10
MOST_TAPS = 22


@pytest.fixture(scope="module")
def quizzes(site: LiveSite) -> Iterator[dict[str, int]]:
    """A quiz of ten, one of three, and one with a time limit."""
    app = county.make_app(site.settings())
    with app.app_context():
        with transaction():
            kinds = [Kind.SINGLE] * 8 + [Kind.MULTIPLE, Kind.TRUE_FALSE]
            for kind in kinds:
                make_version(kind=kind)
            found = {
                "ten": make_quiz(size=SIZE, pass_mark=6).id,
                "three": make_quiz(size=3).id,
                "timed": make_quiz(size=3, limit_seconds=302).id,
            }
        db.session.remove()
    yield found
    county.dispose(app)


class Taps(Pointer):
    """A finger that counts."""

    count = 0

    def press(self, selector: str) -> None:
        """One tap that leads to another page."""
        self.count += 1
        super().press(selector)

    def choose(self, selector: str) -> None:
        """One tap on an answer."""
        self.count += 1
        super().choose(selector)


def person(browser: Browser, *, script: bool, state: object = None) -> BrowserContext:
    """Somebody's phone, or their desk where there are keys."""
    more = {"viewport": {"width": 1280, "height": 900}} if script else {"viewport": {"width": 360, "height": 780}}
    context = browser.new_context(java_script_enabled=script, locale="en-GB", storage_state=state, **more)  # type: ignore[arg-type]
    context.set_default_timeout(20_000)
    return context


def answers(site: LiveSite) -> list[str | None]:
    """What the newest attempt holds, question by question."""
    with sqlite3.connect(f"file:{site.folder / 'data' / 'citizen.db'}?mode=ro", uri=True) as connection:
        query = "SELECT answer FROM attempt_items WHERE attempt_id = (SELECT max(id) FROM attempts) ORDER BY position"
        return [row[0] for row in connection.execute(query)]


def test_ten_questions_without_javascript_and_with_a_break(
    browser: Browser, site: LiveSite, quizzes: dict[str, int]
) -> None:
    first = person(browser, script=False)
    me = Taps(first.new_page())
    me.open(f"{site.url}/quizzes/{quizzes['ten']}")
    me.press(MAIN_BUTTON)
    for position in range(1, 7):
        assert f"Question {position} of {SIZE}" in me.page.inner_text("main")
        me.choose('input[name="choice"]')
        me.press(MAIN_BUTTON)
    state, taps = first.storage_state(), me.count
    first.close()

    second = person(browser, script=False, state=state)
    me = Taps(second.new_page())
    me.count = taps - 1  # the start button is pressed again, which a walk without a break need not do
    me.open(f"{site.url}/quizzes/{quizzes['ten']}")
    me.press(MAIN_BUTTON)
    assert f"Question 7 of {SIZE}" in me.page.inner_text("main"), "it goes on where it was"
    for _position in range(7, SIZE + 1):
        me.choose('input[name="choice"]')
        me.press(MAIN_BUTTON)
    overview = me.page.inner_text("main")
    assert "still empty" not in overview and None not in answers(site)
    me.press('main form[action$="/hand-in"] button')
    assert me.count <= MOST_TAPS, me.count
    assert re.search(rf"{SIZE} questions, \d+ right", me.page.inner_text("main h1"))
    me.unfold("details.more summary")
    assert "Source: Source" in me.page.inner_text("main")
    second.close()


def test_by_keyboard_with_javascript(browser: Browser, site: LiveSite, quizzes: dict[str, int]) -> None:
    context = person(browser, script=True)
    page = context.new_page()
    me = Keyboard(page)
    me.open(f"{site.url}/quizzes/{quizzes['three']}")
    me.press(MAIN_BUTTON)
    page.locator("[data-module=quiz-keys]").wait_for(state="visible")
    for key in ("Control+2", "2"):
        page.keyboard.press(key)
        assert page.locator('input[name="choice"]').nth(1).is_checked() == (key == "2")
    page.locator("[data-status]", has_text="Saved.").wait_for()
    assert answers(site)[0] not in (None, "[]"), "saved before anything was pressed"
    me.press(MAIN_BUTTON)
    assert "/2" in page.url
    me.unfold("[data-module=quiz-keys] summary")
    me.reach(page.locator("#keys"))
    page.keyboard.press("Space")
    page.keyboard.press("1")
    assert page.locator('input[name="choice"]:checked').count() == 0, "switched off"
    me.choose('input[name="choice"]')
    me.press(MAIN_BUTTON)
    me.choose('input[name="choice"]')
    me.press(MAIN_BUTTON)
    assert page.url.endswith("/check") and None not in answers(site)
    me.press('main form[action$="/hand-in"]:not([hidden]) button')
    assert "right" in page.inner_text("main h1")
    context.close()


ORDER = """() => {
  const found = ['legend h1', '.options .option', 'button[value="next"]', 'button[value="skip"]'].map((s) => document.querySelector(s));
  return found.every((e, n) => e && (!n || found[n - 1].compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING));
}"""


def test_it_is_read_in_order_and_the_clock_speaks(browser: Browser, site: LiveSite, quizzes: dict[str, int]) -> None:
    context = person(browser, script=True)
    page: Page = context.new_page()
    me = Pointer(page)
    me.open(f"{site.url}/quizzes/{quizzes['timed']}")
    page.clock.install()
    me.press(MAIN_BUTTON)
    assert page.evaluate(ORDER)
    question = page.inner_text("legend h1")
    group = page.get_by_role("group", name=question)
    assert group.get_by_role("radio").count() + group.get_by_role("checkbox").count() >= 2
    voice = page.locator("[data-module=quiz-clock] [data-say]")
    assert voice.inner_text() == ""
    for forward, words in (("00:10", "5 minutes left"), ("04:00", "1 minute left")):
        page.clock.fast_forward(forward)
        page.wait_for_function("words => document.querySelector('[data-say]').textContent === words", arg=words)
    me.choose('input[name="choice"]')
    page.locator("[data-status]", has_text="Saved.").wait_for()
    page.clock.fast_forward("02:00")
    with page.expect_navigation():
        page.clock.fast_forward("00:05")
    assert "right" in page.inner_text("main h1")
    assert answers(site)[0] not in (None, "[]")
    context.close()
