"""A volunteer's way without JavaScript: sign up, book, wait, move up, sign in and out, see the hours, show the certificate."""

from __future__ import annotations

import re
import sqlite3
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page

from citizen.core import clock
from citizen.extensions import db
from tests import county
from tests.browser.hands import Pointer
from tests.county import PASSWORD
from tests.live import LiveSite
from tests.volunteers.making import make_post, make_shift

MAIN_BUTTON = "main .btn--primary"


class Street:
    """The shift, its people, each with a browser of their own, and the hands of the clock."""

    def __init__(self, browser: Browser, site: LiveSite) -> None:
        self.browser, self.site = browser, site
        self.database = site.folder / "data" / "citizen.db"
        app = county.make_app(site.settings())
        with app.app_context():
            start = clock.now().replace(second=0, microsecond=0) + timedelta(minutes=20)
            post = make_post("market_steward", lead_id=county.people()["leader"].id)
            self.shift = make_shift(post, starts_at=start, hours=2, capacity=1).id
            db.session.remove()
        county.dispose(app)

    def person(self, email: str = "") -> Pointer:
        """A browser without JavaScript, signed in as ``email`` if given."""
        context = self.browser.new_context(
            java_script_enabled=False, locale="zh-CN", viewport={"width": 412, "height": 900}, accept_downloads=True
        )
        page: Page = context.new_page()
        page.set_default_timeout(30_000)
        me = Pointer(page)
        if email:
            self.open(me, "/account/sign-in")
            me.write("#name", email)
            me.write("#password", PASSWORD)
            me.press(MAIN_BUTTON)
        return me

    def open(self, me: Pointer, path: str) -> None:
        """Go to a page of the site."""
        me.open(self.site.url + path)

    def newcomer(self, name: str, email: str) -> Pointer:
        """Somebody finds the shift in the list and signs up from its page in one go."""
        me = self.person()
        self.open(me, "/volunteer/")
        me.press(f'main a[href*="/volunteer/shifts/{self.shift}"]')
        me.press(f'main a[href*="/volunteer/join?shift={self.shift}"]')
        for field, value in (("contact", email), ("password", PASSWORD), ("name", name), ("birth_day", "1988年5月3日")):
            me.write(f'[name="{field}"]', value)
        me.unfold('label[for="agreed"]')
        me.press(MAIN_BUTTON)
        return me

    def states(self) -> list[str]:
        """The states of the shift's bookings, oldest first: only looked at, never waited for."""
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as connection:
            rows = connection.execute("SELECT state FROM bookings WHERE shift_id = ? ORDER BY id", (self.shift,))
            return [str(row[0]) for row in rows]

    def turn_the_clock(self, minutes: int) -> None:
        """Let so many minutes pass: for the site it is the same when the shift and its marks lie so much earlier."""
        back = f"-{minutes} minutes"
        with sqlite3.connect(self.database, timeout=20) as connection:
            move = "strftime('%Y-%m-%d %H:%M:%f000', {0}, ?)"
            columns = ("starts_at", "ends_at")
            sets = ", ".join(f"{name} = {move.format(name)}" for name in columns)
            connection.execute(f"UPDATE shifts SET {sets} WHERE id = ?", (back, back, self.shift))
            marks = ", ".join(f"{name} = {move.format(name)}" for name in ("at", "received_at"))
            connection.execute(f"UPDATE attendances SET {marks}", (back, back))

    def code(self) -> str:
        """The six digits that the lead's phone shows now."""
        lead = self.person("leader@demo.invalid")
        self.open(lead, f"/volunteer/lead/shifts/{self.shift}")
        lead.press(f'main a[href$="/volunteer/lead/shifts/{self.shift}/code"]')
        digits = re.search(r"\b(\d{3})\s?(\d{3})\b", lead.page.inner_text("main"))
        assert digits, lead.page.inner_text("main")
        return digits[1] + digits[2]


def test_from_the_list_to_the_certificate(browser: Browser, site: LiveSite, tmp_path: Path) -> None:
    street = Street(browser, site)
    first = street.newcomer("林小满", "first@example.org")
    assert street.states() == ["confirmed"]

    second = street.newcomer("周如意", "second@example.org")
    assert street.states() == ["confirmed", "waiting"], second.page.inner_text("main")

    street.open(first, "/volunteer/mine")
    first.press('main a[href$="/cancel"]')
    first.press('main form[action$="/cancel"] button[type="submit"]')
    assert street.states() == ["cancelled", "offered"]

    street.open(second, "/volunteer/mine")
    second.press('main form[action$="/accept"] button')
    assert street.states() == ["cancelled", "confirmed"]

    street.open(second, "/volunteer/sign-in")
    second.write("#code", "000000" if street.code() != "000000" else "111111")
    with second.page.expect_navigation():
        second.page.locator(MAIN_BUTTON).click()
    assert street.states()[1] == "confirmed" and second.page.locator("#code").input_value(), "the digits are kept"
    second.write("#code", street.code())
    second.press(MAIN_BUTTON)
    assert street.states()[1] == "attended"

    street.turn_the_clock(130)
    street.open(second, "/volunteer/sign-in")
    second.write("#code", street.code())
    second.press(MAIN_BUTTON)

    lead = street.person("leader@demo.invalid")
    street.open(lead, f"/volunteer/lead/shifts/{street.shift}")
    lead.press(f'main a[href$="/volunteer/lead/shifts/{street.shift}/confirm"]')
    lead.press('main form[action$="/confirm"] button[type="submit"]')

    street.open(second, "/volunteer/mine/hours")
    assert "130" in second.page.inner_text("main") or "2.2" in second.page.inner_text("main")
    second.press('main form[action$="/certificate"] button')
    page = second.page.inner_text("main")
    assert "周如意" in page
    link = second.page.locator('main a[href$=".pdf"]').first
    with second.page.expect_download() as download:
        link.click()
    pdf = tmp_path / "certificate.pdf"
    download.value.save_as(pdf)
    assert pdf.read_bytes().startswith(b"%PDF-")

    code = re.search(r"\b[0-9A-HJ-NP-TV-Z]{4}(?:\W[0-9A-HJ-NP-TV-Z]{4}){3}\b", page)
    assert code, page
    stranger = street.person()
    street.open(stranger, "/p/")
    stranger.write('main input[type="text"]', code[0])
    stranger.press(MAIN_BUTTON)
    seen = stranger.page.inner_text("main")
    assert "周" in seen and "周如意" not in seen and "second@example.org" not in stranger.page.content()
