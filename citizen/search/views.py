"""The search page."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core.errors import InvalidInput
from citizen.core.numbers import parse_page
from citizen.core.text import clean_line
from citizen.projection.documents import card
from citizen.search import services
from citizen.web.access import public

bp = Blueprint("search", __name__)


@bp.get("/search")
@public
def index() -> ResponseReturnValue:
    """What is released and holds the words asked for."""
    asked, page = _query(request.args.get("q", "")), parse_page(request.args.get("page"))
    found = services.find(asked, page=page) if asked else services.Found([], 0)
    last = max(1, -(-found.total // services.PAGE_SIZE))
    html = render_template(
        "search/index.html",
        asked=asked,
        cards=[card(fact) for fact in found.facts],
        total=found.total,
        word=_("Page %(page)s of %(last)s", page=page, last=last) if last > 1 else "",
        prev=url_for("search.index", q=asked, page=page - 1) if page > 1 and found.total else "",
        next=url_for("search.index", q=asked, page=page + 1) if page < last else "",
    )
    response = make_response(html)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _query(raw: str) -> str:
    try:
        return clean_line(raw[: services.LONGEST_QUERY], services.LONGEST_QUERY)
    except InvalidInput:
        return ""
