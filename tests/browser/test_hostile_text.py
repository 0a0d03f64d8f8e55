"""Texts that try to become scripts, in every field that people fill in: no page runs them, no policy has to stop them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from citizen.accounts.models import Person
from citizen.cases.models import Case
from citizen.cases.services import notes, triage
from citizen.cases.services.door import lock_case
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.reports.models import Report
from tests import county, factories
from tests.county import PASSWORD
from tests.live import LiveSite

TEXTS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)' autofocus onfocus='alert(1)' x='",
    "javascript:alert(1)//{{7*7}}%(x)s{0.__class__}",
    "</textarea></title><svg onload=alert(1)>",
]
HOSTILE = " ".join(TEXTS)


@pytest.fixture(scope="module")
def numbers(site: LiveSite) -> dict[str, str]:
    """Cases whose every text is hostile: words, place, name, question, note, reason; a person with such a name."""
    application = county.make_app(site.settings())
    found: dict[str, str] = {}
    with application.app_context():
        moderator = factories.people()["moderator"]
        for state in ("submitted", "need_info", "rejected", "in_progress", "closed"):
            case = factories.make_case(state, words=HOSTILE)
            found[state] = case.number
            with transaction():
                row = lock_case(case.number, check=False)
                row.landmark, row.title, row.reason_words = HOSTILE[:190], HOSTILE[:110], HOSTILE
                notes.add_note(row, HOSTILE, author_id=moderator.id)
                if state == "submitted":
                    triage.ask(row, HOSTILE, by=factories.by())
        with transaction() as session:
            session.execute(db.update(Report).values(landmark=HOSTILE[:190], contact_name=HOSTILE[:50]))
            session.execute(db.update(Person).where(Person.email == "head@demo.invalid").values(name=HOSTILE[:55]))
        at_work = db.session.execute(db.select(Case).where(Case.number == found["in_progress"])).scalar_one()
        found["clerk"] = factories.clerk_of(at_work.unit_code or "").email or ""
    county.dispose(application)
    return found


class Watch:
    """Listens for everything that a script could do."""

    def __init__(self, page: Page) -> None:
        self.alarms: list[str] = []
        page.on("dialog", lambda dialog: (self.alarms.append(f"dialog on {page.url}"), dialog.dismiss()))
        page.on("pageerror", lambda error: self.alarms.append(f"{page.url}: {error}"))
        page.on("console", self._console)

    def _console(self, message) -> None:  # type: ignore[no-untyped-def]
        if "Content Security Policy" in message.text or "Refused to" in message.text:
            self.alarms.append(message.text)


def sign_in(page: Page, site: LiveSite, email: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{site.url}/account/sign-in")
    page.fill("#name", email)
    page.fill("#password", PASSWORD)
    page.click("main .btn--primary")


def test_nothing_hostile_runs_anywhere(browser: Browser, site: LiveSite, numbers: dict[str, str]) -> None:
    page = browser.new_page()
    watch = Watch(page)
    for address in (
        "/",
        "/boards/",
        "/search?q=" + TEXTS[0],
        "/reports/track?number=" + TEXTS[1],
        "/help?q=" + TEXTS[2],
    ):
        page.goto(site.url + address)
    sign_in(page, site, "moderator@demo.invalid")
    for address in ("/office/queue?view=open", "/office/queue?q=" + TEXTS[0], "/office/publication/"):
        page.goto(site.url + address)
    seen = ""
    for state in ("submitted", "need_info", "rejected", "in_progress", "closed"):
        page.goto(f"{site.url}/office/cases/{numbers[state]}")
        seen += page.inner_text("main")
    assert "<script>alert(1)</script>" in seen, "the text is shown as text"
    sign_in(page, site, numbers["clerk"])
    page.goto(f"{site.url}/unit/cases/{numbers['in_progress']}")
    page.goto(f"{site.url}/unit/")
    sign_in(page, site, "head@demo.invalid")
    page.goto(f"{site.url}/office/audit")
    page.goto(f"{site.url}/account/")
    page.close()
    assert watch.alarms == []


def test_the_watch_is_not_deaf(browser: Browser, site: LiveSite) -> None:
    """The control: a script that does run is noticed, and so is one that only the policy stops."""
    page = browser.new_page()
    watch = Watch(page)
    page.goto(site.url)
    page.evaluate("setTimeout(() => alert(1), 0)")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(2)>')")
    page.wait_for_timeout(500)
    page.close()
    assert any("dialog" in alarm for alarm in watch.alarms)
    assert any("Content Security Policy" in alarm for alarm in watch.alarms)
