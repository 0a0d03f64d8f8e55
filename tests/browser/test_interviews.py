"""A day of interviews without a network: nothing is lost, nothing is stored twice, nothing stays on the device."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from citizen.core.database import transaction
from citizen.extensions import db
from citizen.surveys.models import Response
from tests import county
from tests.live import LiveSite
from tests.surveys.making import NO, YES, items_of, make_invitation, make_wave, strata_of

#: Entries of the device's storage that hold an interview.
KEPT = "Object.keys(localStorage).filter(name => name.startsWith('citizen.interview.')).length"


@dataclass
class Round:
    """An interviewer with a tablet at the page of an open survey."""

    app: Flask
    page: Page
    context: BrowserContext
    url: str
    #: Names of the questions' fields.
    names: list[str]

    def interview(self, code: str, *chosen: str) -> None:
        """Hold one interview."""
        self.page.fill("#code", code)
        for name, value in zip(self.names, chosen, strict=False):
            self.page.locator(f'input[name="{name}"][value="{value}"]').press("Space")
        self.page.locator("form[action*='/office/interviews/'] .btn--primary").click()

    def sign_in(self) -> None:
        """As an interviewer."""
        self.page.goto(self.url.split("/office/")[0] + "/account/sign-in")
        self.page.fill("#name", "verifier@demo.invalid")
        self.page.fill("#password", county.PASSWORD)
        with self.page.expect_navigation():
            self.page.locator("main form button[type=submit]").click()

    def stored(self) -> list[tuple[str, bool]]:
        """(channel, counts) of every response of the survey."""
        query = db.select(Response.channel, Response.counts).where(Response.wave_id == int(self.url.rsplit("/", 1)[1]))
        with self.app.app_context():
            rows = db.session.execute(query).all()
            db.session.rollback()
        return sorted((row[0], row[1]) for row in rows)

    def waiting(self) -> int:
        """How many interviews the device keeps."""
        return int(self.page.evaluate(KEPT))


@pytest.fixture
def tablet(site: LiveSite, browser: Browser) -> Iterator[Round]:
    """Signed in, online, the page opened once."""
    app = county.make_app(site.settings())
    with app.app_context(), transaction():
        wave = make_wave()
        for serial in range(1, 6):
            make_invitation(strata_of(wave)[0], serial=serial, channel="interview")
        names = [f"q{item.id}" for item in items_of(wave.measure_id)]
        url = f"{site.url}/office/interviews/{wave.id}"
    context = browser.new_context(locale="en")
    found = Round(app, context.new_page(), context, url, names)
    found.sign_in()
    found.page.goto(url)
    yield found
    context.close()
    county.dispose(app)


def test_three_interviews_without_a_network_are_three_responses(tablet: Round) -> None:
    page = tablet.page
    page.locator("[data-module=interview-desk][data-kept=yes]").wait_for(timeout=15_000)
    tablet.context.set_offline(True)
    tablet.interview("1", YES, YES)
    tablet.interview("2", YES, NO)
    page.reload()
    expect(page.locator("h1")).to_have_count(1)
    page.locator("html.js").wait_for()
    expect(page.locator("[data-status]")).to_contain_text("2")
    tablet.interview("3", "unknown", YES)
    tablet.interview("99", YES)
    tablet.interview("")
    expect(page.locator("[data-wrong]")).to_be_visible()
    assert tablet.waiting() == 4 and tablet.stored() == []
    assert page.url == tablet.url, "no answer in the address"
    tablet.context.set_offline(False)
    expect(page.locator("[data-problems] li")).to_have_count(1, timeout=10_000)
    assert tablet.stored() == [("interview", False), ("interview", False), ("interview", True)]
    page.reload()
    expect(page.locator("[data-problems] li")).to_contain_text("99")
    assert len(tablet.stored()) == 3, "sent once"
    page.locator("[data-act=again]").click()
    expect(page.locator("#code")).to_have_value("99")
    page.route("**/sync", lose_the_answer)
    tablet.interview("4", YES, YES)
    expect(page.locator("[data-status]")).to_contain_text("1")
    page.unroute("**/sync")
    assert (len(tablet.stored()), tablet.waiting()) == (4, 1)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-status]")).to_contain_text("Nothing waits")
    assert (len(tablet.stored()), tablet.waiting()) == (4, 0), "sent twice, stored once"
    page.locator("[data-clear]").click()
    expect(page.locator("[data-status]")).to_contain_text("cleared")
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0
    assert page.evaluate("caches.keys()") == [] and page.evaluate("localStorage.length") == 0
    tablet.context.clear_cookies()
    tablet.interview("5", YES)
    expect(page.locator("[data-sign-in]")).to_be_visible()
    assert tablet.waiting() == 1, "kept until somebody has signed in again"


@pytest.mark.parametrize("place", ["", "../"])
def test_signing_out_asks_first_and_loses_no_interview(tablet: Round, place: str) -> None:
    page = tablet.page
    page.route("**/sync", lambda route: route.abort())
    tablet.interview("1", YES, YES)
    expect(page.locator("[data-status]")).to_contain_text("Waiting on this device: 1")
    if place:
        page.goto(tablet.url.rsplit("/", 1)[0] + "/")
        page.locator("html.js").wait_for()
        page.wait_for_load_state("networkidle")
    leave = page.locator(".staff-bar form[action$='/account/sign-out'] button")
    leave.click()
    expect(page.locator("[data-status]")).to_contain_text("still wait on this device")
    with page.expect_navigation():
        leave.click()
    assert (tablet.waiting(), tablet.stored()) == (1, []), "signed out, and still on the device"
    page.unroute("**/sync")
    tablet.sign_in()
    page.goto(tablet.url)
    expect(page.locator("[data-status]")).to_contain_text("Nothing waits")
    assert (tablet.waiting(), tablet.stored()) == (0, [("interview", True)])


def lose_the_answer(route: Route) -> None:
    """The request arrives, its answer does not."""
    route.fetch()
    route.abort()
