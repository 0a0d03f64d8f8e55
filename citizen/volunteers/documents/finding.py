"""The list "what I can take" and its map."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from citizen.core import clock
from citizen.core.clock import local
from citizen.core.geo import LonLat, distance_m
from citizen.departments.drawing import county_drawing
from citizen.departments.queries import directory
from citizen.volunteers.documents.cards import area_name, cards
from citizen.volunteers.documents.filters import (
    INDEX,
    MAP,
    address,
    filter_bar,
    known,
    middle_of,
    origin_of,
    sister_pages,
)
from citizen.volunteers.models import Volunteer
from citizen.volunteers.queries import finding
from citizen.volunteers.queries.finding import PAGE, PostPlace, Shortage
from citizen.volunteers.queries.standing import standings
from citizen.volunteers.rules.finding import DAY, MONTH, Wanted, days_of, midnight
from citizen.web.fragments import Part
from citizen.web.templating import day


def list_page(wanted: Wanted, volunteer: Volunteer | None) -> dict[str, Any]:
    """Everything on the list for a viewer; filters that mean nothing are passed over. ``stamp`` says what it depends on."""
    wanted = known(wanted)
    first, last = span_of(wanted)
    origin = origin_of(wanted)
    nearest = origin is not None and not wanted.by_time
    posts = finding.post_places(wanted) if origin else []
    if origin and nearest:
        found = finding.by_distance(wanted, _by_distance(posts, origin), first=first, last=last)
    else:
        found = finding.by_time(wanted, first=first, last=last)
    shown = found[:PAGE]
    standing = standings(volunteer, [finding.slot_of_row(row) for row in shown])
    rows = cards(shown, standing, origin=origin)
    lacking = finding.shortage(wanted, first=first, last=last)
    days = [local(row.starts_at).date() for row in shown]
    bar = filter_bar(INDEX, wanted)
    return {
        "stamp": (bar.key, list(map(tuple, shown)), list(map(tuple, standing.values())), lacking, len(found)),
        "tabs": sister_pages(INDEX, wanted),
        "filters": bar,
        "sections": [{"title": "", "rows": rows}] if nearest else _days(rows, days),
        "lacking": lacking_words(lacking) if rows else "",
        "start": address(INDEX, wanted) if wanted.after else "",
        "next": address(INDEX, wanted, after=shown[-1].id) if len(found) > PAGE else "",
        "empty_state": {} if rows else _empty(wanted),
    }


def span_of(wanted: Wanted) -> tuple[datetime, datetime]:
    """The moments between which listed shifts begin: the days asked for, without what has begun."""
    first, last = days_of(wanted.when, clock.today())
    return max(midnight(first), clock.now()), midnight(last) + DAY


def _days(rows: list[Part], days: list[date]) -> list[dict[str, Any]]:
    pairs = groupby(zip(days, rows, strict=True), key=lambda pair: pair[0])
    return [{"title": day_words(on), "rows": [row for _day, row in group]} for on, group in pairs]


def day_words(on: date) -> str:
    """A day with its weekday, and whether it is today or tomorrow."""
    ahead = (on - clock.today()).days
    if ahead not in (0, 1):
        return day(on)
    near = _("Tomorrow") if ahead else _("Today")
    return f"{day(on)} · {near}"


def _by_distance(posts: list[PostPlace], origin: LonLat) -> list[int]:
    hidden = _care_places(posts)
    return [
        post.id
        for post in sorted(posts, key=lambda post: distance_m(*origin, *hidden.get(post.id, (post.lon, post.lat))))
    ]


def _care_places(posts: list[PostPlace]) -> dict[int, LonLat]:
    """The middle of the area for posts of home visits: three distances would give an address away."""
    return {post.id: middle_of(post.area_code) for post in posts if post.care}


def lacking_words(found: Shortage) -> str:
    """How many shifts lack people, and how many people."""
    if found.shifts == 0:
        return str(_("No place is free right now."))
    people = ngettext("%(num)d person", "%(num)d people", found.people)
    words = ngettext("%(num)d shift still needs people", "%(num)d shifts still need people", found.shifts)
    if found.all:
        return str(_("%(shifts)s: %(people)s in all.", shifts=words, people=people))
    return str(_("Of the next %(n)s, %(shifts)s: %(people)s in all.", n=finding.COUNTED, shifts=words, people=people))


def _empty(wanted: Wanted) -> dict[str, str]:
    """What to say when nothing is listed, and a way on."""
    if wanted.after:
        return {
            "title": _("There is nothing further"),
            "text": _("The list ends here."),
            "action": _("From the start"),
            "href": address(INDEX, wanted),
        }
    if wanted.narrowed:
        return {
            "title": _("No shift fits these filters"),
            "text": _("Choose other days or another place, or look at everything."),
            "action": _("Show everything"),
            "href": url_for(INDEX, when=MONTH),
        }
    return {
        "title": _("No shifts in the next 7 days"),
        "text": _("Look further ahead: shifts can be booked 30 days before."),
        "action": _("The next 30 days"),
        "href": url_for(INDEX, when=MONTH),
    }


def map_page(wanted: Wanted) -> dict[str, Any]:
    """Circles and list rows of the same areas: whatever the map shows, the list says."""
    wanted = replace(known(wanted), near="", place=None, by_time=False, after=0)
    first, last = span_of(wanted)
    county = county_drawing()
    drawn = {area.code: area for area in county.areas}
    circles, rows = [], []
    for found in finding.by_area(wanted, first=first, last=last):
        name, url = area_name(found.area_code), address(INDEX, wanted, area=found.area_code)
        shifts = ngettext("%(num)d shift", "%(num)d shifts", found.shifts)
        words = _("%(shifts)s, %(free)s places free", shifts=shifts, free=found.free)
        rows.append({"url": url, "label": name, "count": words})
        if found.area_code in drawn:
            at = drawn[found.area_code]
            circles.append({"x": at.x, "y": at.y, "count": found.shifts, "url": url, "label": f"{name}, {words}"})
    return {
        "stamp": (wanted, rows, directory().stamp),
        "tabs": sister_pages(MAP, wanted),
        "filters": filter_bar(MAP, wanted),
        "county": county,
        "clusters": circles,
        "rows": rows,
        "empty_state": {} if rows else _empty(wanted),
    }
