"""What the coordinator's boards show: the week, lists of shifts that lack people, empty minutes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import format_date
from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from citizen.core.clock import local
from citizen.departments.queries import directory
from citizen.volunteers.documents.cards import area_name, full_span, span
from citizen.volunteers.documents.desk_words import shift_tag
from citizen.volunteers.models import Post, Shift
from citizen.volunteers.queries import board
from citizen.volunteers.queries.board import Filter
from citizen.volunteers.queries.posts import kinds
from citizen.volunteers.rules.coverage import Coverage, monday_of
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.web.locale import LOCALES, localised, page_language
from citizen.web.templating import day

TITLES: dict[str, Any] = {
    "week": _l("Week"),
    "short": _l("Below the minimum"),
    "unfilled": _l("Unfilled"),
    "running": _l("Under way now"),
}
NOTES: dict[str, Any] = {
    "short": _l("Within 7 days, fewer people than needed at least; the soonest first."),
    "unfilled": _l("Within 7 days, with free places; the soonest first."),
    "running": _l("Shifts that have begun and are not over, with who has signed in."),
}
WEEKS_BACK = 8


def sections(current: str, counts: dict[str, int] | None = None, wanted: Filter | None = None) -> list[dict[str, Any]]:
    """The pages of the desk, for the macro ``views``; boards carry the number of their rows."""
    narrowed = narrowing(wanted or Filter())
    boards = [
        {
            "url": url_for("shifts.index", view=None if view == "week" else view, **narrowed),
            "label": label,
            "count": (counts or {}).get(view),
            "current": view == current,
        }
        for view, label in TITLES.items()
    ]
    pages = (
        ("coverage", _("Empty minutes")),
        ("posts", _("Posts")),
        ("templates", _("Weekly patterns")),
        ("stops", _("Stops")),
    )
    rest = [{"url": url_for(f"shifts.{name}"), "label": word, "current": name == current} for name, word in pages]
    return [*boards, *rest]


def narrowing(wanted: Filter) -> dict[str, Any]:
    """What an address carries of a filter."""
    return {name: value for name, value in (("area", wanted.area), ("kind", wanted.kind)) if value}


def filter_of(area: str, kind: str) -> Filter:
    """The filter of an address; what the county does not know counts as nothing."""
    known = {row.code for row in kinds()}
    return Filter(area if area in directory().areas else "", kind if kind in known else "")


def choices() -> dict[str, list[tuple[str, str]]]:
    """Areas and kinds to narrow by."""
    return {
        "areas": [(row.code, localised(row, "name")) for row in directory().areas.values()],
        "kinds": [(row.code, localised(row, "name")) for row in kinds()],
    }


def title(shift: Shift) -> str:
    """Kind of service and place."""
    return f"{localised(shift.post.kind, 'name')} · {localised(shift.post, 'place')}"


def row_of(shift: Shift, now: datetime) -> dict[str, Any]:
    """One line of a board."""
    look, word = shift_tag(shift, now)
    return {
        "id": shift.id,
        "url": url_for("shifts.show", shift_id=shift.id),
        "title": title(shift),
        "when": full_span(shift.starts_at, shift.ends_at),
        "area": area_name(shift.area_code),
        "taken": shift.taken,
        "capacity": shift.capacity,
        "min_needed": shift.min_needed,
        "waiting": shift.waiting,
        "lacking": max(shift.min_needed - shift.taken, 0),
        "free": shift.free,
        "look": look,
        "word": word,
    }


def list_page(view: str, wanted: Filter, *, now: datetime, page: int) -> dict[str, Any]:
    """One board as a list; its head counts the very rows that follow."""
    counts = board.counts(wanted, now=now)
    shifts = board.rows_of(view, wanted, now=now, page=page)
    there = board.signed_in([row.id for row in shifts]) if view == "running" else {}
    pages = max(1, -(-counts[view] // board.PAGE))
    return {
        "view": view,
        "title": TITLES[view],
        "note": NOTES[view],
        "sections": sections(view, counts, wanted),
        "rows": [{**row_of(row, now), "there": there.get(row.id, (0, 0))} for row in shifts],
        "count": counts[view],
        "page": page,
        "pages": pages,
        "prev": url_for("shifts.index", view=view, page=page - 1, **narrowing(wanted)) if page > 1 else "",
        "next": url_for("shifts.index", view=view, page=page + 1, **narrowing(wanted)) if page < pages else "",
        "wanted": wanted,
        **choices(),
    }


def week_page(wanted: Filter, *, first: date, lacking: bool, now: datetime) -> dict[str, Any]:
    """Seven days as a table of posts and days, and what is most urgent beside it."""
    days = [first + timedelta(days=number) for number in range(7)]
    shifts = board.shifts_between(first, days[-1], wanted)
    shown = [row for row in shifts if not lacking or _lacks(row, now)]
    counts = board.counts(wanted, now=now)
    today = local(now).date()
    return {
        "view": "week",
        "sections": sections("week", counts, wanted),
        "days": [{"word": _weekday(on), "date": _date(on), "today": on == today} for on in days],
        "rows": list(_week_rows(shown, days, now)),
        "count": sum(row.status == ShiftStatus.OPEN for row in shown),
        "short": [row_of(row, now) for row in board.rows_of("short", wanted, now=now)[:8]],
        "short_count": counts["short"],
        "first": first,
        "from_day": day(first),
        "lacking": lacking,
        "earlier": _week_url(first - timedelta(days=7), today, wanted),
        "later": _week_url(first + timedelta(days=7), today, wanted),
        "wanted": wanted,
        **choices(),
    }


def _week_url(first: date, today: date, wanted: Filter) -> str:
    values: dict[str, Any] = {} if first == today else {"from": first.isoformat()}
    return url_for("shifts.index", **values, **narrowing(wanted))


def _lacks(shift: Shift, now: datetime) -> bool:
    return shift.status == ShiftStatus.OPEN and shift.starts_at > now and shift.taken < max(shift.min_needed, 1)


def _weekday(on: date) -> str:
    return str(format_date(on, "EEE", LOCALES[page_language()]))


def _date(on: date) -> str:
    """The date without its weekday, which stands above it."""
    language = page_language()
    return str(format_date(on, "d MMM" if language == "en" else "M月d日", LOCALES[language]))


def _week_rows(shifts: Iterable[Shift], days: list[date], now: datetime) -> Iterable[dict[str, Any]]:
    posts: dict[int, Post] = {}
    cells: dict[tuple[int, date], list[dict[str, Any]]] = {}
    for shift in shifts:
        posts[shift.post_id] = shift.post
        cells.setdefault((shift.post_id, local(shift.starts_at).date()), []).append(_slot(shift, now))
    order = sorted(posts.values(), key=lambda post: (post.kind.sort, post.id))
    for post in order:
        yield {
            "kind": localised(post.kind, "name"),
            "place": localised(post, "place"),
            "url": url_for("shifts.post", post_id=post.id),
            "days": [cells.get((post.id, on), []) for on in days],
        }


def _slot(shift: Shift, now: datetime) -> dict[str, Any]:
    """One cell: its look, a sign, the hours and the number in words."""
    hours = span(shift.starts_at, shift.ends_at)
    if " – " in hours:  # over midnight: the row's day tells the first date
        hours = f"{local(shift.starts_at):%H:%M}–{local(shift.ends_at):%H:%M}"
    number = f"{shift.taken}/{shift.capacity}"
    look, sign, words = "", "later", number
    if shift.status != ShiftStatus.OPEN:
        look, sign, words = "off", "x", shift_tag(shift, now)[1]
    elif shift.taken == 0 and shift.ends_at > now:
        look, sign, words = "empty", "over", _("empty · %(number)s", number=number)
    elif shift.taken < shift.min_needed and shift.ends_at > now:
        look, sign = "low", "soon"
        words = _("lacks %(n)s · %(number)s", n=shift.min_needed - shift.taken, number=number)
    elif shift.free == 0:
        look, sign, words = "full", "done", _("full · %(number)s", number=number)
    return {
        "url": url_for("shifts.show", shift_id=shift.id),
        "hours": hours,
        "look": look,
        "sign": sign,
        "words": words,
    }


def coverage_page(wanted: Filter, *, monday: date, now: datetime) -> dict[str, Any]:
    """Empty and short minutes of each post in one week, the worst first, with the sum."""
    shifts = board.shifts_between(monday, monday + timedelta(days=6), wanted)
    posts = {row.post_id: row.post for row in shifts}
    found = board.covered(shifts, now=now)
    order = sorted(found, key=lambda id_: (-found[id_].empty, -found[id_].short, id_))
    this = monday_of(local(now).date())
    return {
        "sections": sections("coverage"),
        "monday": monday,
        "rows": [_coverage_row(posts[id_], found[id_]) for id_ in order],
        "total": sum(found.values(), Coverage()),
        "weeks": [
            (week.isoformat(), _("%(first)s to %(last)s", first=day(week), last=day(week + timedelta(days=6))))
            for week in (this - timedelta(days=7 * number) for number in range(WEEKS_BACK + 1))
        ],
        "wanted": wanted,
        **choices(),
    }


def _coverage_row(post: Post, found: Coverage) -> dict[str, Any]:
    return {
        "kind": localised(post.kind, "name"),
        "place": localised(post, "place"),
        "url": url_for("shifts.post", post_id=post.id),
        "found": found,
    }
