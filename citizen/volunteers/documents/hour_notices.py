"""Public notices of hours: masked names while they are open, totals only afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from citizen.certificates.rules import hours, masked_name
from citizen.volunteers.documents.cards import area_name
from citizen.volunteers.models import HoursNotice, Post, Volunteer
from citizen.volunteers.queries.hour_notices import Served, is_open, served_between, totals_between
from citizen.volunteers.rules.eligibility import ADULT, age_on
from citizen.web.locale import localised
from citizen.web.templating import day, when

#: Lines on a page of a notice.
PAGE = 200


def days_of(notice: HoursNotice) -> str:
    """The days that a notice is about."""
    return str(_("%(first)s to %(last)s", first=day(notice.from_day), last=day(notice.until_day)))


def notice_row(notice: HoursNotice, now: datetime) -> dict[str, Any]:
    """A notice in a list."""
    until = when(notice.closes_at)
    return {
        "url": url_for("hour_notices.show", slug=notice.slug),
        "title": days_of(notice),
        "open": is_open(notice, now),
        "until": _("Objections until %(when)s", when=until) if is_open(notice, now) else _("Closed"),
    }


def notice_page(notice: HoursNotice, now: datetime, *, page: int) -> dict[str, Any]:
    """The whole page; lines only while objections are taken."""
    open_, here = is_open(notice, now), url_for("hour_notices.show", slug=notice.slug)
    totals = totals_between(notice.from_day, notice.until_day)
    offset = (page - 1) * PAGE
    shown = served_between(notice.from_day, notice.until_day, limit=PAGE, offset=offset) if open_ else []
    return {
        "notice": notice,
        "days": days_of(notice),
        "open": open_,
        "until": when(notice.closes_at),
        "facts": [
            {"label": _("People"), "value": str(totals.people)},
            {"label": _("Times served"), "value": str(totals.times)},
            {"label": _("Credited in all"), "value": _("%(hours)s hours", hours=hours(totals.minutes))},
        ],
        "rows": [line(row, notice) for row in shown],
        "prev": f"{here}?page={page - 1}" if open_ and page > 1 else "",
        "next": f"{here}?page={page + 1}" if open_ and totals.times > page * PAGE else "",
    }


def line(row: Served, notice: HoursNotice) -> dict[str, Any]:
    """One line as everybody sees it."""
    return {
        "name": public_name(row.volunteer, row),
        "post": post_name(row.post),
        "day": day(row.line.day),
        "minutes": row.line.minutes,
        "url": url_for("hour_notices.object_form", slug=notice.slug, entry_id=row.line.entry_id),
    }


def public_name(volunteer: Volunteer, row: Served) -> str:
    """The masked name; of somebody under eighteen not even that."""
    if age_on(volunteer.birth_day, row.line.day) < ADULT:
        return str(_("Under 18"))
    return masked_name(volunteer.name)


def post_name(post: Post | None) -> str:
    """Place and kind of service; a home visit has no place, only its area."""
    if post is None:
        return str(_("Service without a shift here"))
    place = area_name(post.area_code) if post.care else localised(post, "place")
    return f"{place}\u00a0· {localised(post.kind, 'name')}"
