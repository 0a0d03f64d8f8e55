"""A volunteer's shifts as an iCalendar file (RFC 5545), and the page that gives the link to it.

All times are in UTC, so that no calendar needs a time zone to be explained; every shift is an event of its own, nothing
recurs. Nobody else is named, and a home visit has its area only.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, url_for
from flask_babel import gettext as _
from icalendar import Calendar, Event

from citizen.core.content import content
from citizen.volunteers.documents.cards import area_name
from citizen.volunteers.models import Booking, Shift, Volunteer
from citizen.volunteers.rules.booking import BookingState
from citizen.volunteers.rules.feeds import status_of
from citizen.volunteers.services.feeds import token_of
from citizen.web.locale import localised, page_language
from citizen.web.templating import qr_svg, when

PRODUCT = "-//citizen//volunteering//EN"
#: How often calendars should look again.
REFRESH = timedelta(hours=1)
#: A calendar entry is read at a glance: so many duties are named.
DUTIES = 3


def feed(bookings: Sequence[Booking], owner: Volunteer) -> bytes:
    """The file with ``bookings`` (post and kind loaded) in the page's language; the same rows give the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _plain(_("Volunteering · %(county)s", county=_county())))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for booking in bookings:
        calendar.add_component(_event(booking, child=booking.volunteer_id != owner.id))
    return bytes(calendar.to_ical())


def _county() -> str:
    return str(content().site["county"].in_language(page_language()))


def _event(booking: Booking, *, child: bool) -> Event:
    shift, event = booking.shift, Event()
    event.add("uid", f"booking-{booking.id}@{urlsplit(_base()).hostname}")
    # Every change of a booking and of its shift raises the shift's number, so a later state always outranks an earlier one.
    event.add("sequence", shift.version + shift.post.version)
    event.add("dtstamp", booking.changed_at.replace(microsecond=0))
    event.add("dtstart", shift.starts_at)
    event.add("dtend", shift.ends_at)
    event.add("status", status_of(booking.state))
    event.add("summary", _plain(_summary(shift, child=child)))
    event.add("location", _plain(_location(shift)))
    if not shift.post.care:
        event.add("geo", (round(shift.post.lat, 6), round(shift.post.lon, 6)))
    event.add("url", _base() + url_for("volunteers.shift", shift_id=shift.id))
    event.add("description", _plain(_description(booking)))
    return event


def _base() -> str:
    return str(current_app.config["SETTINGS"].base_url)


def _summary(shift: Shift, *, child: bool) -> str:
    place = area_name(shift.area_code) if shift.post.care else localised(shift.post, "place")
    text = f"{localised(shift.post.kind, 'name')} · {place}"
    return _("Your child: %(what)s", what=text) if child else text


def _location(shift: Shift) -> str:
    area = area_name(shift.area_code)
    return area if shift.post.care else f"{localised(shift.post, 'place')}, {area}"


def _description(booking: Booking) -> str:
    shift = booking.shift
    suffix = {"zh-Hans": "hans", "zh-Hant": "hant", "en": "en"}[page_language()]
    duties = [f"- {duty.get(suffix) or duty['hans']}" for duty in shift.post.kind.duties[:DUTIES]]
    return "\n".join([*_news(booking), *duties])


def _news(booking: Booking) -> list[str]:
    """What the volunteer has to answer, if anything."""
    if booking.state == BookingState.OFFERED and booking.offered_until is not None:
        return [
            _("A place is kept for you until %(when)s. Please answer on the site.", when=when(booking.offered_until))
        ]
    if booking.state == BookingState.CONFIRMED and booking.ask_again:
        return [_("The time has changed. If it does not suit you, say so on the site.")]
    return []


def _plain(text: str) -> str:
    """``text`` without control characters, which no calendar file may hold."""
    return "".join(char for char in text if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs"))


def feed_page(me: Volunteer) -> dict[str, Any]:
    """The page that shows the link, as far as there is one."""
    token = token_of(me)
    if token is None:
        return {"on": me.feed_hash is not None, "url": "", "webcal": "", "qr": ""}
    url = _base() + url_for("feeds.calendar", token=token)
    webcal = f"webcal:{url.partition(':')[2]}"
    return {"on": True, "url": url, "webcal": webcal, "qr": qr_svg(webcal, _("QR code of your calendar link"))}
