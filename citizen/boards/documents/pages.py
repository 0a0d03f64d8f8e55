"""What the pages of the boards show, in the shapes of the components; made from released facts and nothing
else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from citizen.departments.drawing import county_drawing
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.projection import queries as projection
from citizen.projection.documents import (
    SHAPES,
    area_name,
    card,
    days_taken,
    pictures,
    status_name,
    status_words,
    story,
    unit_name,
)
from citizen.projection.models import ReleasedFact
from citizen.projection.queries import PAGE_SIZE, BoardFilter, Count
from citizen.reports.models import Category, ResidentGroup
from citizen.web.locale import localised
from citizen.web.templating import day

STATUSES = ("working", "overdue", "done")


def board_page(board: str, wanted: dict[str, str], *, page: int) -> dict[str, Any]:
    """Everything on the page of one board; filters that mean nothing are passed over."""
    groups = {row.code: localised(row, "name") for row in _groups()}
    chosen = BoardFilter(
        board=board,
        area=wanted["area"] if wanted["area"] in directory().areas else "",
        group=wanted["group"] if wanted["group"] in groups else "",
        status=wanted["status"] if wanted["status"] in STATUSES and board == "exposure" else "",
    )
    counts = projection.board_counts()
    total = _sum(counts, chosen)
    last = max(1, -(-total // PAGE_SIZE))
    page = min(page, last)
    return {
        "board": board,
        "chosen": chosen,
        "tabs": _tabs(counts, board),
        "statuses": _chips(counts, chosen) if board == "exposure" else [],
        "areas": [
            ("", _("All areas")),
            *((code, localised(row, "name")) for code, row in directory().areas.items()),
        ],
        "groups": [("", _("All kinds")), *groups.items()],
        "cards": [card(fact) for fact in projection.board_page(chosen, page=page)],
        "total": total,
        "filtered": bool(chosen.area or chosen.group or chosen.status),
        "county": county_drawing(),
        **_map(counts, chosen),
        **_pager(chosen, page, last=last),
    }


def _pager(chosen: BoardFilter, page: int, *, last: int) -> dict[str, str]:
    return {
        "word": _("Page %(page)s of %(last)s", page=page, last=last) if last > 1 else "",
        "prev": _address(chosen, page=page - 1) if page > 1 else "",
        "next": _address(chosen, page=page + 1) if page < last else "",
    }


def _groups() -> Iterable[ResidentGroup]:
    return db.session.execute(db.select(ResidentGroup).order_by(ResidentGroup.sort)).scalars().all()


def _address(chosen: BoardFilter, *, page: int = 1, **changes: str) -> str:
    values = {"area": chosen.area, "group": chosen.group, "status": chosen.status, **changes}
    kept: dict[str, Any] = {name: value for name, value in values.items() if value}
    if page > 1:
        kept["page"] = page
    return url_for("boards.index", board=chosen.board, **kept)


def _sum(counts: Iterable[Count], chosen: BoardFilter) -> int:
    return sum(row.n for row in counts if _matches(row, chosen))


def _matches(row: Count, chosen: BoardFilter) -> bool:
    return (
        row.board == chosen.board
        and chosen.area in ("", row.area)
        and chosen.group in ("", row.group)
        and chosen.status in ("", row.status)
    )


def _by(counts: Iterable[Count], chosen: BoardFilter, *, key: Callable[[Count], str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in counts:
        if _matches(row, chosen):
            found[key(row)] += row.n
    return found


def _tabs(counts: list[Count], board: str) -> list[dict[str, Any]]:
    names = {"exposure": _("Exposure board"), "red": _("Red board")}
    return [
        {
            "url": url_for("boards.index", board=code),
            "label": name,
            "count": _sum(counts, BoardFilter(board=code)),
            "current": code == board,
        }
        for code, name in names.items()
    ]


def _chips(counts: list[Count], chosen: BoardFilter) -> list[dict[str, Any]]:
    others = BoardFilter(board=chosen.board, area=chosen.area, group=chosen.group)
    found = _by(counts, others, key=lambda row: row.status)
    every = {
        "url": _address(chosen, status=""),
        "label": _("All"),
        "count": found.total(),
        "current": not chosen.status,
    }
    return [
        every,
        *(
            {
                "url": _address(chosen, status=code),
                "label": status_name(code),
                "count": found[code],
                "current": chosen.status == code,
            }
            for code in STATUSES
        ),
    ]


def _map(counts: list[Count], chosen: BoardFilter) -> dict[str, Any]:
    """Circles and list rows of the same areas: whatever the map shows, the list says."""
    others = BoardFilter(board=chosen.board, group=chosen.group, status=chosen.status)
    found = _by(counts, others, key=lambda row: row.area)
    drawn = {area.code: area for area in county_drawing().areas}
    circles, rows = [], []
    for code, n in sorted(found.items(), key=lambda item: -item[1]):
        name, url = area_name(code), _address(chosen, area=code)
        words = ngettext("%(num)d entry", "%(num)d entries", n)
        rows.append({"url": url, "label": name, "count": words})
        if code in drawn:
            place = {"x": drawn[code].x, "y": drawn[code].y}
            circles.append({**place, "count": n, "url": url, "label": f"{name}, {words}", "state": ""})
    return {"clusters": circles, "rows": rows}


def entry_page(fact: ReleasedFact) -> dict[str, Any]:
    """Everything on the page of one entry."""
    pics = {pic["label"]: pic for pic in pictures(fact, size="large")}
    category = db.session.get(Category, fact.category_code)
    taken = days_taken(fact)
    return {
        "fact": fact,
        "title": localised(fact, "title"),
        "text": localised(fact, "text"),
        "area": area_name(fact.area_code),
        "area_url": url_for("boards.index", board=fact.board, area=fact.area_code),
        "board_name": _("Red board") if fact.board == "red" else _("Exposure board"),
        "state": SHAPES.get(fact.status, "none"),
        "word": status_words(fact),
        "meta": _meta(fact, taken),
        "pics": list(pics.values()),
        "events": story(fact),
        "facts": _facts(fact, category),
    }


def _meta(fact: ReleasedFact, taken: int | None) -> str:
    if fact.verified_day and taken is not None:
        took = ngettext("took %(num)d day", "took %(num)d days", taken) if taken else _("done on the same day")
        return str(_("checked on %(day)s · %(took)s", day=day(fact.verified_day), took=took))
    return _("promised for %(day)s", day=day(fact.promised_day)) if fact.promised_day else ""


def _facts(fact: ReleasedFact, category: Category | None) -> list[dict[str, Any]]:
    area, place = area_name(fact.area_code), localised(fact, "place")
    where = area if place == area else f"{area} · {place}"
    rows = [("pin", _("Place"), where)]
    if category is not None:
        rows.append(("list", _("Kind"), localised(category, "name")))
    if fact.unit_code:
        rows.append(("shield", _("Responsible"), unit_name(fact.unit_code)))
    if fact.expires_at:
        rows.append(("cal", _("Shown until"), day(fact.expires_at)))
    return [{"icon": icon, "label": label, "value": value, "href": ""} for icon, label, value in rows]
