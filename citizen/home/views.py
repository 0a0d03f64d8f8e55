"""The home page, help and statements, and what browsers, search engines and watchdogs ask for."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import text

from citizen.boards.jobs import FIGURES
from citizen.core.errors import InvalidInput
from citizen.core.text import clean_line
from citizen.extensions import db
from citizen.home.documents import help_page, home_page, statement
from citizen.projection import queries as projection
from citizen.quizzes.documents.today import today_cards
from citizen.volunteers.documents.soonest import soonest_cards
from citizen.volunteers.views.viewing import viewing
from citizen.web.access import public
from citizen.web.cache import page_for_all
from citizen.web.templating import Site, asset

home = Blueprint("home", __name__)
pages = Blueprint("pages", __name__)

#: Where search engines have nothing to do.
CLOSED = (
    *("/office/", "/unit/", "/verify/", "/account/", "/reports/", "/photos/", "/search"),
    *("/quizzes/attempts/", "/quizzes/live/", "/quizzes/mine", "/quizzes/share/", "/surveys/answer"),
)


@home.get("/")
@public
def index() -> ResponseReturnValue:
    """Report, track, and what became of what was reported."""
    figures = projection.figures(FIGURES)
    # The shifts are their own stamp: a place taken shows in the very next answer.
    shifts, quizzes = soonest_cards(viewing()), today_cards()
    stamp = ("home", projection.stamps(), figures and figures.as_of, [card.key for card in shifts], quizzes)
    page = {"shifts": shifts, "quizzes": quizzes}
    return page_for_all(stamp, lambda: render_template("home/index.html", **page, **home_page()))


@home.get("/robots.txt")
@public
def robots() -> ResponseReturnValue:
    """What search engines may visit."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in CLOSED),
        f"Sitemap: {_absolute('home.sitemap')}",
        "",
    ]
    return Response("\n".join(lines), mimetype="text/plain")


@home.get("/sitemap.xml")
@public
def sitemap() -> ResponseReturnValue:
    """The public pages, with the released entries and nothing else."""
    fixed = [
        _absolute(name) for name in ("home.index", "boards.index", "pages.help", "pages.privacy", "pages.accessibility")
    ]
    entries = [
        (_absolute("boards.entry", number=row.number), row.day.isoformat()) for row in projection.board_numbers()
    ]
    body = render_template("home/sitemap.xml", fixed=fixed, entries=entries)
    return Response(body, mimetype="application/xml", headers={"Cache-Control": "no-cache"})


@home.get("/manifest.webmanifest")
@public
def manifest() -> ResponseReturnValue:
    """What a phone needs to put the site on its home screen."""
    site = Site()
    data: dict[str, Any] = {
        "name": f"{site.name} · {site.tagline}",
        "short_name": site.name,
        "start_url": url_for("home.index"),
        "display": "standalone",
        "background_color": "#fbfaf6",
        "theme_color": "#fbfaf6",
        "icons": [{"src": asset("img/mark.svg"), "sizes": "any", "type": "image/svg+xml"}],
        "shortcuts": [
            {"name": _("Report"), "url": "/reports/new"},
            {"name": _("Track"), "url": "/reports/track"},
        ],
    }
    response = jsonify(data)
    response.mimetype = "application/manifest+json"
    return response


@home.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return {"status": "ok"}


@home.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """The process can serve pages: its database answers; 503 otherwise."""
    try:
        db.session.execute(text("SELECT 1"))
    except Exception:  # whatever fails, the answer is the same: do not send visitors here
        current_app.logger.exception("the database does not answer")
        db.session.rollback()
        return {"status": "unavailable"}, 503
    return {"status": "ready"}


@pages.get("/help")
@public
def help() -> ResponseReturnValue:
    """Questions and answers, by topic, with a search."""
    try:
        asked = clean_line(request.args.get("q", "")[:100], 100)
    except InvalidInput:
        asked = ""
    return page_for_all("help", lambda: render_template("pages/help.html", **help_page(asked)))


@pages.get("/privacy")
@public
def privacy() -> ResponseReturnValue:
    """How personal data is treated."""
    return page_for_all("privacy", lambda: render_template("pages/statement.html", **statement("privacy.md")))


@pages.get("/accessibility")
@public
def accessibility() -> ResponseReturnValue:
    """Who can use the site and how, and what is still missing."""
    return page_for_all(
        "accessibility", lambda: render_template("pages/statement.html", **statement("accessibility.md"))
    )


def _absolute(endpoint: str, **values: Any) -> str:
    return str(current_app.config["SETTINGS"].base_url).rstrip("/") + url_for(endpoint, **values)
