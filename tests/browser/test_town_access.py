"""The pages of volunteering and of learning in a loaded demonstration, judged like all others: axe, width, targets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from citizen.core import clock
from citizen.demo import photo_rows, pictures
from citizen.demo.learning.plan import tell_learning
from citizen.demo.load import load
from citizen.extensions import db
from tests import county
from tests.browser.test_access import AXE, dress, sign_in, visit
from tests.live import LiveSite
from tests.quizzes import addresses as learning
from tests.volunteers import addresses as volunteering

#: What everybody and volunteers use is looked at in both, the coordinator's desk in the first.
LOOKS = [
    ("zh-Hans", "standard", "light", "no-preference", 1280),
    ("en", "elder", "dark", "no-preference", 360),
]


@pytest.fixture(scope="module")
def town(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[tuple[LiveSite, dict[str, list[str]]]]:
    """A running site with the demonstration as of now, and the addresses of its pages."""
    site = LiveSite(tmp_path_factory.mktemp("town"), sqlite_template)
    app = county.make_app(site.settings())
    small = pictures.Prepared(b"original", b"master", 4, 3, dict.fromkeys(pictures.DERIVED, b"size"))
    with pytest.MonkeyPatch.context() as patch, app.app_context():
        patch.setattr(photo_rows, "prepared", lambda *_what: small)
        load(60, clock.local(clock.now()))
        tell_learning(clock.now())
        pages = {
            "everybody": volunteering.public_addresses(),
            "volunteer": volunteering.volunteer_addresses(),
            "office": volunteering.office_addresses(),
            "learning": learning.public_addresses(),
            "learner": learning.learner_addresses(),
            "leader": learning.office_addresses(),
        }
        db.session.remove()
    county.dispose(app)
    site.start_web()
    yield site, pages
    site.stop()


@pytest.fixture(params=LOOKS, ids=["-".join(map(str, look)) for look in LOOKS])
def context(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    language, mode, scheme, contrast, width = request.param
    made = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, contrast=contrast, reduced_motion="reduce"
    )
    made.set_default_timeout(30_000)
    made.add_init_script(path=AXE)
    made._look = (language, mode, width)  # type: ignore[attr-defined]
    yield made
    made.close()


@pytest.mark.parametrize(
    ("everybody", "own", "office", "who"),
    [("everybody", "volunteer", "office", "coordinator"), ("learning", "learner", "leader", "leader")],
    ids=["volunteering", "learning"],
)
def test_the_pages(
    context: BrowserContext,
    town: tuple[LiveSite, dict[str, list[str]]],
    everybody: str,
    own: str,
    office: str,
    who: str,
) -> None:
    site, pages = town
    page = dress(context, site)
    found = visit(page, site, pages[everybody])
    sign_in(page, site, "volunteer@demo.invalid")
    found += visit(page, site, pages[own])
    if context._look[2] == LOOKS[0][4]:  # type: ignore[attr-defined]
        context.clear_cookies(name="session")
        sign_in(page, site, f"{who}@demo.invalid")
        found += visit(page, site, pages[office])
    assert not found, "\n".join(found)
