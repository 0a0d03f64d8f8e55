"""Shifts as cards: when, what, where, how many places, and in one sentence why a card is grey."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from typing import Any, NamedTuple

from babel.dates import format_date
from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from citizen.core.clock import local, today
from citizen.core.geo import LonLat, distance_m
from citizen.departments.queries import directory
from citizen.volunteers.models import Shift
from citizen.volunteers.rules.booking import BookingState
from citizen.volunteers.rules.eligibility import WORDS, Reason
from citizen.volunteers.rules.standing import Held, Standing
from citizen.web.fragments import Part
from citizen.web.locale import LOCALES, localised, page_language
from citizen.web.templating import clock, day, when


def cards(rows: Iterable[Any], standing: Mapping[int, Standing], *, origin: LonLat | None = None) -> list[Part]:
    """What the ``shift`` macro draws for rows of `queries.finding.rows`; distances from ``origin`` when there is one."""
    stem = url_for("volunteers.shift", shift_id=0)[:-1]
    same_for_all = (stem, today(), directory().stamp, origin)
    found = []
    for row in rows:
        make = partial(_card, row, standing[row.id], url=f"{stem}{row.id}", origin=origin)
        found.append(Part((*same_for_all, tuple(row), standing[row.id]), make))
    return found


def _card(row: Any, standing: Standing, *, url: str, origin: LonLat | None) -> dict[str, Any]:
    start = local(row.starts_at).date()
    month, weekday = _leaf(page_language(), start)
    return {
        "url": url,
        "place": _where(row, origin),
        "month": month,
        "day": start.day,
        "weekday": weekday,
        "title": title(row),
        "time": span(row.starts_at, row.ends_at),
        "taken": row.taken,
        "cap": row.capacity,
        "waiting": row.waiting,
        "closed": why_not(standing),
        "note": _draw(row),
    }


@lru_cache(maxsize=800)
def _leaf(language: str, on: date) -> tuple[str, str]:
    """The month and the weekday on the calendar leaf."""
    locale = LOCALES[language]
    return format_date(on, "MMM" if language == "en" else "M月", locale), format_date(on, "EEE", locale)


def title(row: Any) -> str:
    """Place and kind of service; a home visit has no place, only its area."""
    kind = localised(row, "name")
    place = area_name(row.area_code) if row.care else localised(row, "place")
    return f"{place}\u00a0· {kind}"


def _where(row: Any, origin: LonLat | None) -> str:
    """The area, and how far it is; of a home visit only the area, since three distances would give the address away."""
    area = area_name(row.area_code)
    if origin is None or row.care:
        return area
    return str(_("%(area)s, %(km)s km away", area=area, km=f"{distance_m(*origin, row.lon, row.lat) / 1000:.1f}"))


def area_name(code: str) -> str:
    """The name of an area in the page's language."""
    return localised(directory().areas.get(code), "name")


def span(starts_at: datetime, ends_at: datetime) -> str:
    """From when to when on the county's clock; over midnight with both dates, and midnight itself as 24:00."""
    start, end = local(starts_at), local(ends_at)
    if start.date() == end.date():
        return f"{clock(starts_at)}–{clock(ends_at)}"
    if end.time() == end.time().min and end.date() - start.date() == timedelta(days=1):
        return f"{clock(starts_at)}–24:00"
    return f"{when(starts_at)} – {when(ends_at)}"


def full_span(starts_at: datetime, ends_at: datetime) -> str:
    """The same with the date in front, also within one day."""
    words = span(starts_at, ends_at)
    return words if " – " in words else f"{day(starts_at)} {words}"


def why_not(standing: Standing) -> str:
    """Why a card is grey, in a sentence; empty when the shift can be booked."""
    reason = standing.reason
    if standing.booking is not None:
        return in_already(standing.booking)
    if reason is None:
        return ""
    if reason is Reason.CLASH and standing.clash is not None:
        return clash_words(standing.clash)
    if reason is Reason.FULL:
        return str(_("Full; you can wait. A place that comes free goes to those who wait, in order."))
    return str(WORDS[reason])


def clash_words(other: Held) -> str:
    """With which shift of theirs another one overlaps."""
    name = f"{localised(other, 'place')} {full_span(other.starts_at, other.ends_at)}"
    return str(_("It overlaps with your shift “%(shift)s”.", shift=name))


def in_already(own: Held) -> str:
    """How somebody is part of a shift."""
    if own.state == BookingState.WAITING:
        if own.rank is None:
            return str(_("You are in the draw."))
        return str(_("You wait, number %(n)s in the line.", n=own.rank))
    if own.state == BookingState.OFFERED:
        until = when(own.offered_until) if own.offered_until else ""
        return str(_("A place is kept for you until %(until)s. Please answer.", until=until))
    return str(_("You are in."))


def _draw(row: Any) -> str:
    if row.draw_at is None or row.drawn_at is not None:
        return ""
    entered = ngettext("%(num)d person has entered", "%(num)d people have entered", row.waiting)
    return str(_("Drawn on %(when)s; %(entered)s.", when=when(row.draw_at), entered=entered))


def cards_of(shifts: Iterable[Shift]) -> list[Part]:
    """The same for shifts that can be booked, with post and kind loaded: what somebody could do instead."""
    free = Standing(None)
    found = [_listed(shift) for shift in shifts]
    return cards(found, {row.id: free for row in found})


class _Listed(NamedTuple):
    """The columns of a listed row that a card shows."""

    id: int
    starts_at: datetime
    ends_at: datetime
    capacity: int
    taken: int
    waiting: int
    area_code: str
    post_id: int
    draw_at: datetime | None
    drawn_at: datetime | None
    care: bool
    lon: float
    lat: float
    place_hans: str
    place_hant: str
    place_en: str
    name_hans: str
    name_hant: str
    name_en: str


def _listed(shift: Shift) -> _Listed:
    """A shift as a listed row."""
    post, kind = shift.post, shift.post.kind
    from_post = {name: getattr(post, name) for name in ("care", "lon", "lat", "place_hans", "place_hant", "place_en")}
    from_kind = {name: getattr(kind, name) for name in ("name_hans", "name_hant", "name_en")}
    rest = [name for name in _Listed._fields if name not in from_post and name not in from_kind]
    return _Listed(**{name: getattr(shift, name) for name in rest}, **from_post, **from_kind)


def shift_title(shift: Shift) -> str:
    """Place and kind of service of a shift with post and kind loaded; a home visit has no place, only its area."""
    return title(_listed(shift))
