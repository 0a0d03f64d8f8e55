"""Every kind of page, judged by axe, by its width and by its targets: three languages, two modes, three themes, two widths."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from citizen.accounts.models import Person
from citizen.cases.models import Case
from citizen.extensions import db
from tests import county, factories
from tests.county import PASSWORD
from tests.live import LiveSite

AXE = Path(__file__).resolve().parents[2] / "static" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

PUBLIC = ["/", "/reports/new", "/reports/track", "/boards/", "/search?q=路灯", "/help", "/privacy", "/accessibility"]
PUBLIC += ["/account/sign-in", "/account/sign-up", "/nowhere"]
OFFICE = [
    "/office/queue",
    "/office/queue?view=open",
    "/office/publication/",
    "/office/cases/{submitted}",
    "/office/cases/{closed}",
]

#: The innermost elements that stick out of the window, for whoever must mend it.
WIDEST = """[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && (!e.children.length || e.matches('input, select, textarea, fieldset')))
    .slice(0, 4).map(e => e.outerHTML.slice(0, 120))"""

#: The sessions of people who signed in, by site and address.
SESSIONS: dict[tuple[str, str], Any] = {}

#: (language, mode, scheme, contrast, width): every value of each appears, in combinations that differ most.
LOOKS = [
    ("zh-Hans", "standard", "light", "no-preference", 360),
    ("zh-Hans", "elder", "light", "no-preference", 360),
    ("zh-Hant", "standard", "dark", "no-preference", 1280),
    ("en", "elder", "dark", "no-preference", 1280),
    ("en", "standard", "light", "more", 320),
]


@pytest.fixture(scope="module")
def cases(site: LiveSite) -> dict[str, str]:
    """Case numbers in several states, made through the real services."""
    application: Flask = county.make_app(site.settings())
    found = {}
    with application.app_context():
        for state in ("submitted", "dispatched", "in_progress", "to_verify", "closed"):
            found[state] = factories.make_case(state).number
    county.dispose(application)
    return found


@pytest.fixture(scope="module", params=LOOKS, ids=["-".join(map(str, look)) for look in LOOKS])
def dressed(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    """A browser of one look, opened once: a new one takes as long as two pages."""
    language, mode, scheme, contrast, width = request.param
    made = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, contrast=contrast, reduced_motion="reduce"
    )
    made.set_default_timeout(30_000)
    made.add_init_script(path=AXE)  # sent to the browser once, not once for each page
    made._look = (language, mode, width)  # type: ignore[attr-defined]
    made.new_page()
    yield made
    made.close()


@pytest.fixture
def context(dressed: BrowserContext) -> BrowserContext:
    """The browser of this look, in which nobody has been yet."""
    dressed.clear_cookies()
    return dressed


def look_of(context: BrowserContext) -> tuple[str, str, int]:
    look: tuple[str, str, int] = context._look  # type: ignore[attr-defined]
    return look


def dress(context: BrowserContext, site: LiveSite) -> Page:
    """A page whose visitor chose the language and the mode."""
    language, mode, _width = look_of(context)
    page = context.pages[0] if context.pages else context.new_page()
    page.goto(f"{site.url}/healthz?lang={language}&mode={mode}")
    return page


def judge(page: Page) -> list[str]:
    """What axe finds wrong on the open page."""
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    result = page.evaluate(f"axe.run(document, {json.dumps(options)})")
    return [
        f"{found['id']}: {node['html'][:160]} ({node['failureSummary'][:160]})"
        for found in result["violations"]
        for node in found["nodes"][:3]
    ]


def problems(page: Page, address: str, width: int, mode: str) -> list[str]:
    """Everything wrong with one page: axe, sideways scrolling, small targets, several headings."""
    found = [f"{address}: {text}" for text in judge(page)]
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if overflow > 0:
        found.append(f"{address}: {overflow} px too wide at {width}: {page.evaluate(WIDEST)}")
    smallest = 60 if mode == "elder" else 44
    low = page.evaluate(
        """least => [...document.querySelectorAll('main .btn--primary')].filter(b => b.offsetHeight && b.offsetHeight < least)
        .map(b => b.textContent.trim() + ' ' + b.offsetHeight)""",
        smallest,
    )
    return found + [f"{address}: target too low: {text}" for text in low]


def visit(page: Page, site: LiveSite, addresses: list[str]) -> list[str]:
    _language, mode, width = look_of(page.context)
    found = []
    for address in addresses:
        page.goto(site.url + address)
        assert page.evaluate("document.documentElement.lang") == look_of(page.context)[0]
        found += problems(page, address, width, mode)
    return found


def sign_in(page: Page, site: LiveSite, email: str) -> None:
    """By the form the first time; the browsers of the other looks go on with that session."""
    if (site.url, email) in SESSIONS:
        page.context.add_cookies([SESSIONS[site.url, email]])
        return
    page.goto(f"{site.url}/account/sign-in")
    page.fill("#name", email)
    page.fill("#password", PASSWORD)
    page.click("main .btn--primary")
    page.wait_for_load_state()
    session = next(cookie for cookie in page.context.cookies() if cookie["name"] == "session")
    SESSIONS[site.url, email] = {"name": "session", "value": session["value"], "url": site.url}


def test_public_pages(context: BrowserContext, site: LiveSite) -> None:
    found = visit(dress(context, site), site, PUBLIC)
    assert not found, "\n".join(found)


def test_the_four_pages_of_a_report_and_its_receipt(context: BrowserContext, site: LiveSite) -> None:
    page = dress(context, site)
    _language, mode, width = look_of(context)
    found = []
    page.goto(f"{site.url}/reports/new")
    found += problems(page, "photos", width, mode)
    page.click("main .btn--primary")
    page.wait_for_url("**/place*")
    page.click("main .btn--primary")  # nothing filled in: the page with the error
    found += problems(page, "place with an error", width, mode)
    page.check('input[name="area"][value="A1"]', force=True)
    page.fill('[name="landmark"]', "巷口第二根灯杆")
    page.click("main .btn--primary")
    page.wait_for_url("**/what*")
    page.check('input[name="group"][value="broken"]', force=True)
    page.fill('[name="words"]', "路灯不亮")
    found += problems(page, "what", width, mode)
    page.click("main .btn--primary")
    page.wait_for_url("**/check*")
    found += problems(page, "check", width, mode)
    page.click("main .btn--primary")
    page.wait_for_url("**/receipt*")
    found += problems(page, "receipt", width, mode)
    page.click('main a[href*="/reports/track"]')
    found += problems(page, "tracking", width, mode)
    assert not found, "\n".join(found)


def test_the_workbench(context: BrowserContext, site: LiveSite, cases: dict[str, str]) -> None:
    page = dress(context, site)
    sign_in(page, site, "moderator@demo.invalid")
    found = visit(page, site, [address.format(**cases) for address in OFFICE])
    context.clear_cookies(name="session")
    sign_in(page, site, "leader@demo.invalid")
    found += visit(page, site, ["/office/objections"])
    context.clear_cookies(name="session")
    sign_in(page, site, "admin@demo.invalid")
    found += visit(page, site, ["/office/audit", "/account/"])
    assert not found, "\n".join(found)


def test_unit_and_verifier(context: BrowserContext, site: LiveSite, cases: dict[str, str]) -> None:
    page = dress(context, site)
    application = county.make_app(site.settings())
    with application.app_context():
        at_work = db.session.execute(db.select(Case).where(Case.number == cases["in_progress"])).scalar_one()
        handed_in = db.session.execute(db.select(Case).where(Case.number == cases["to_verify"])).scalar_one()
        working = factories.clerk_of(at_work.unit_code or "").email or ""
        verifier = db.session.get_one(Person, handed_in.verifier_id).email or ""
    county.dispose(application)
    sign_in(page, site, working)
    found = visit(
        page, site, ["/unit/", f"/unit/cases/{cases['in_progress']}", f"/unit/cases/{cases['in_progress']}/fix"]
    )
    context.clear_cookies(name="session")
    sign_in(page, site, verifier)
    found += visit(page, site, ["/verify/", f"/verify/{cases['to_verify']}"])
    assert not found, "\n".join(found)


def test_axe_would_notice(browser: Browser, site: LiveSite) -> None:
    """The control: a page made worse on purpose is judged worse."""
    page = browser.new_page()
    page.goto(site.url)
    page.evaluate(
        "document.documentElement.lang = 'zh_CN'; document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=x>')"
    )
    found = " ".join(judge(page))
    page.close()
    assert "html-lang-valid" in found
    assert "image-alt" in found
