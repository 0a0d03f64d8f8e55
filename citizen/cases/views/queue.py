"""The queue's page: views as tabs, filters in the address, one page of rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from citizen.cases.forms.triage import area_choices, category_choices
from citizen.cases.models import Case
from citizen.cases.queries import queue as queries
from citizen.cases.services import claims
from citizen.cases.services.claims import ClaimHeld, Holder
from citizen.cases.views.pictures import address
from citizen.cases.views.words import area_name, brief, category_name, due, place_words, source_word
from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import InvalidInput, NotFound
from citizen.core.numbers import normalise_case_number
from citizen.core.permissions import Permission
from citizen.core.text import clean_line
from citizen.departments.queries import directory
from citizen.reports.queries import categories
from citizen.web.access import requires
from citizen.web.fragments import Part, remembered
from citizen.web.navigation import staff_items
from citizen.web.redirects import safe_next

bp = Blueprint("queue", __name__, url_prefix="/office")

MAX_PICKED = 50
#: Columns that the unchanging part of a row shows; not all of them count a case's version up.
SHOWN = (
    "title", "category_code", "point_code", "landmark", "area_code", "grid_code", "source", "received_at",
    "photo_count", "report_count", "supporter_count", "hinted", "answered",
)  # fmt: skip
LABELS: dict[str, Any] = {
    "submitted": _l("To accept"),
    "urgent": _l("At once"),
    "overdue": _l("Overdue"),
    "soon": _l("Due within 2 hours"),
    "mine": _l("Claimed by me"),
    "answered": _l("Answered"),
    "hinted": _l("With a hint"),
    "no_photo": _l("No photo"),
    "need_info": _l("Waiting for the reporter"),
    "accepted": _l("To dispatch"),
    "with_units": _l("With the units"),
    "late_units": _l("Units overdue"),
    "to_verify": _l("To be verified"),
    "open": _l("All open"),
}
GROUPS: dict[str, Any] = {
    "now": _l("At once"),
    "over": _l("Overdue"),
    "soon": _l("Due within 2 hours"),
    "today": _l("Due today"),
    "later": _l("Due later"),
    "paused": _l("Paused"),
}


@bp.get("/")
@requires(Permission.WORK_AS_STAFF)
def office() -> ResponseReturnValue:
    """The first desk that the person may work at."""
    items = staff_items(current_user)
    return redirect(items[0]["url"] if items else url_for("home.index"), 303)


@bp.get("/queue")
@requires(Permission.READ_CASE)
def index() -> ResponseReturnValue:
    """One page of a view; a number that is searched for leads straight to its case."""
    view = _view()
    wanted = _filter()
    number = queries.find_number(wanted.words) if wanted.words else None
    if number:
        return redirect(url_for("cases.show", number=number), 303)
    after = queries.Cursor.parse(request.args.get("after", ""))
    page = queries.read_page(view, wanted, after=after)
    return render_template(
        "queue/index.html",
        view=view,
        label=LABELS[view],
        wanted=wanted,
        page=page,
        count=count_words(page.counts[view]),
        tabs=_tabs(view, wanted, page.counts),
        groups=_groups(page.rows, wanted.now),
        next_url=_address(view, wanted, after=page.next.encode()) if page.next else "",
        first_url=_address(view, wanted) if after else "",
        choices=_choices(wanted),
        remembered=remembered,
        now=wanted.now,
        here_path=request.full_path.rstrip("?"),
    )


def _view() -> str:
    asked = request.args.get("view", "")
    return asked if asked in queries.VIEWS else queries.FIRST_VIEW


@bp.post("/queue/bulk")
@requires(Permission.TRIAGE)
def bulk() -> ResponseReturnValue:
    """Claim or give back the picked cases, each in a transaction of its own; what could not be done is said."""
    picked = list(dict.fromkeys(request.form.getlist("number")))[:MAX_PICKED]
    act = {"claim": claims.claim, "unclaim": claims.let_go}.get(request.form.get("action", ""))
    if act is None or not picked:
        flash(_("Pick rows and choose what to do with them."), "waiting")
        return redirect(_came_from(), 303)
    done, missed = 0, []
    for number in picked:
        try:
            with transaction():
                act(normalise_case_number(number) or "", person_id=current_user.id)
            done += 1
        except ClaimHeld as held:
            missed.append(_("%(number)s: claimed by %(name)s", number=number, name=held.holder.name))
        except NotFound:
            missed.append(_("%(number)s: not found", number=number[:20]))
    if missed or len(picked) > 1:  # whoever claims one row sees it in the row
        flash(" · ".join([_("Done: %(count)s", count=done), *missed]), "waiting" if missed else "done")
    return redirect(_came_from(), 303)


def _came_from() -> str:
    target = request.form.get("next", "")
    return safe_next(target) if target else url_for("queue.index")


def count_words(count: int) -> str:
    """The count as shown: beyond the most that is counted it says so."""
    return str(count) if count < queries.MOST_COUNTED else f"{queries.MOST_COUNTED - 1}+"


def _filter() -> queries.Filter:
    area, category = request.args.get("area", ""), request.args.get("category", "")
    try:
        words = clean_line(request.args.get("q", ""), 100)
    except InvalidInput:
        words = ""
    known_area = area if area in directory().areas else ""
    known_category = category if category in categories() else ""
    return queries.Filter(clock.now(), current_user.id, known_area, known_category, words)


def _address(view: str, wanted: queries.Filter, *, after: str = "") -> str:
    values = {"view": view, "area": wanted.area, "category": wanted.category, "q": wanted.words, "after": after}
    return f"{url_for('queue.index')}?{urlencode({key: value for key, value in values.items() if value})}"


def _tabs(view: str, wanted: queries.Filter, counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "url": _address(name, wanted),
            "label": label,
            "count": count_words(counts[name]),
            "current": name == view,
        }
        for name, label in LABELS.items()
    ]


def _groups(rows: list[Case], now: datetime) -> list[tuple[Any, list[dict[str, Any]]]]:
    """The page's rows under the heading of their urgency; emergencies stay together even when they are late."""
    ids = [case.id for case in rows]
    viewer_id = int(current_user.id)
    thumbs = queries.thumbs(ids) if ids else {}
    holders = claims.holders(ids) if ids else {}
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in GROUPS}
    for case in rows:
        claim = claim_of(holders.get(case.id), now, viewer_id=viewer_id)
        row = queue_row(case, now, thumb=thumbs.get(case.id), claim=claim)
        kind = "now" if case.urgency_rank == 0 else row["due"]["state"] if row["due"] else "later"
        found[kind].append(row)
    return [(GROUPS[kind], lines) for kind, lines in found.items() if lines]


def queue_row(
    case: Case, now: datetime, *, thumb: queries.Thumb | None, claim: dict[str, str] | None
) -> dict[str, Any]:
    """What the macro `queue_row` shows of a case; what time does not change is a `Part` for `queue_what`."""
    others = claim is not None and claim["kind"] == "other"
    shown = (thumb.token, thumb.masked_key, thumb.state) if thumb else None
    key = (case.id, case.version, *(getattr(case, name) for name in SHOWN), shown, directory().stamp, clock.today())
    return {
        "number": case.number,
        "version": case.version,
        "due": due(case, now),
        "what": Part(key, partial(_what, case, thumb)),
        "claim": claim,
        "can_pick": not others,
        "why_not": _("claimed by somebody else") if others else "",
    }


def _what(case: Case, thumb: queries.Thumb | None) -> dict[str, Any]:
    place, category = place_words(case), category_name(case.category_code) or _("no category yet")
    return {
        "url": url_for("cases.show", number=case.number),
        "title": case.title,
        "thumb_url": address(thumb, "thumb") if thumb else "",
        "photos": case.photo_count,
        "what": " · ".join(part for part in (category, place) if part),
        "marks": list(marks(case)),
        "area": area_name(case.area_code),
        "grid": case.grid_code or "",
        "source": source_word(case.source),
        "received": brief(case.received_at, hour=False),
    }


def _choices(wanted: queries.Filter) -> Part:
    """The selects of the filters, which hold every category of the county."""
    return Part(
        (directory().stamp, wanted.category, wanted.area),
        lambda: {
            "categories": category_choices(),
            "areas": area_choices(),
            "category": wanted.category,
            "area": wanted.area,
        },
    )


def claim_of(holder: Holder | None, now: datetime, *, viewer_id: int) -> dict[str, str] | None:
    """Arguments of the macro `claim`; None for a free case."""
    if holder is None:
        return None
    left = max(1, round((holder.expires_at - now).total_seconds() / 60))
    small = _("%(minutes)s min", minutes=left)
    if holder.person_id == viewer_id:
        return {"kind": "mine", "text": _("Claimed by me"), "small": small}
    return {"kind": "other", "text": _("Claimed by %(name)s", name=holder.name), "small": small}


def marks(case: Case) -> Iterable[dict[str, str]]:
    """The remarks beside a case's title."""
    if case.report_count > 1:
        yield {"kind": "dup", "text": _("Reports: %(count)s", count=case.report_count), "icon": ""}
    if case.supporter_count:
        yield {"kind": "", "text": _("Me too: %(count)s", count=case.supporter_count), "icon": ""}
    if case.hinted:
        yield {"kind": "warn", "text": _("Hint"), "icon": ""}
    if case.answered:
        yield {"kind": "back", "text": _("Answered"), "icon": ""}
