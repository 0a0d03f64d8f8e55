"""The page of one shift."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from citizen.core import clock
from citizen.core.clock import local
from citizen.core.content import Words
from citizen.departments.queries import directory
from citizen.volunteers.documents.briefings import next_briefings
from citizen.volunteers.documents.cards import area_name, cards, full_span, shift_title
from citizen.volunteers.documents.panel import panel
from citizen.volunteers.models import Shift, Volunteer
from citizen.volunteers.queries.alternatives import alternative_rows
from citizen.volunteers.queries.shift_page import draw_list, lead_phone, stop_of
from citizen.volunteers.queries.standing import standings
from citizen.volunteers.rules.booking import HOLDING, BookingState
from citizen.volunteers.rules.draw import MOST_CHANCES, ticket_of
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.rules.standing import Standing
from citizen.web.locale import localised, page_language
from citizen.web.templating import Site, when

Facts = list[dict[str, str]]


def shift_page(shift: Shift, volunteer: Volunteer | None, *, signed_in: bool) -> dict[str, Any]:
    """Everything on the page for a viewer: plain words and numbers, so that they can be its ``stamp`` as well."""
    standing = standings(volunteer, [shift])[shift.id]
    post = shift.post
    elsewhere = standing.reason is not None and standing.booking is None
    others = alternative_rows(shift, volunteer) if elsewhere else []
    instead = cards(others, {row.id: Standing(None) for row in others})
    page = {
        "shift_id": shift.id,
        "title": shift_title(shift),
        "span": full_span(shift.starts_at, shift.ends_at),
        "area": area_name(shift.area_code),
        "state": _state(shift),
        "capacity": (shift.taken, shift.capacity, shift.waiting),
        "facts": [*_facts(shift), *_briefing(shift, volunteer), *_contacts(shift, standing)],
        "note": shift.note if placed(shift, standing) or not post.care else "",
        "duties": [(True, _said(words)) for words in post.kind.duties],
        "must_not": [(False, _said(words)) for words in post.kind.must_not],
        "hazards": _said(post.hazards),
        "panel": panel(shift, volunteer, standing, signed_in=signed_in),
        "draw": _draw(shift, volunteer, standing),
        "index": url_for("volunteers.index"),
    }
    return {**page, "instead": instead, "stamp": (repr(page), [card.key for card in instead])}


def _said(words: dict[str, str]) -> str:
    return Words(words["hans"], words["hant"], words["en"]).in_language(page_language()) if words else ""


def _state(shift: Shift) -> dict[str, str]:
    """That the shift is cancelled, under way or over, with the reason; empty while it is still to come."""
    now = clock.now()
    if shift.status == ShiftStatus.CANCELLED:
        return {"title": _("This shift is cancelled"), "text": " ".join(_why_cancelled(shift))}
    if now >= shift.ends_at:
        return {"title": _("This shift is over"), "text": ""}
    if now >= shift.starts_at:
        return {"title": _("This shift is under way"), "text": _("It can no longer be booked.")}
    return {}


def _why_cancelled(shift: Shift) -> list[str]:
    stop = stop_of(shift)
    reasons = {
        "heat": _("All posts of that time are stopped because of the heat."),
        "storm": _("All posts of that time are stopped because of a storm."),
        "air": _("All posts of that time are stopped because of the air."),
        "other": _("All posts of that time are stopped."),
    }
    words = [reasons.get(stop.reason, reasons["other"]), stop.words] if stop else []
    return [text for text in dict.fromkeys([*words, shift.cancel_words]) if text]


def _facts(shift: Shift) -> Facts:
    post, kind = shift.post, shift.post.kind
    area = area_name(shift.area_code)
    hidden = _("%(area)s. The address is told to the two who go, shortly before.", area=area)
    where = hidden if post.care else _(", ").join((localised(post, "place"), area))
    rows = [
        ("cal", _("When"), full_span(shift.starts_at, shift.ends_at)),
        ("pin", _("Where"), where),
        ("check", _("Who may come"), _(", ").join(_who(shift))),
    ]
    if kind.insurance_required:
        rows.append(
            ("shield", _("Insurance"), _("Accident insurance must be on record for that day; ask the coordinator."))
        )
    if kind.equipment:
        rows.append(("list", _("You are given"), _(", ").join(_said(words) for words in kind.equipment)))
    return [_fact(*row) for row in rows]


def _briefing(shift: Shift, volunteer: Volunteer | None) -> Facts:
    """When the briefing is, for whoever has not been to it and would need it here."""
    if not shift.post.kind.briefing_required or (volunteer is not None and volunteer.briefed_on is not None):
        return []
    dates = next_briefings(before=shift.starts_at)
    return [_fact("cal", _("Briefing"), dates)] if dates else []


def _who(shift: Shift) -> list[str]:
    post, kind = shift.post, shift.post.kind
    age = post.lowest_age
    words = [_("from %(age)s years", age=age) if age else _("everybody")]
    if kind.guardian_consent and age < 18:
        words.append(_("under 18 with a guardian's consent, under 14 together with a guardian"))
    if kind.briefing_required:
        words.append(_("after the briefing"))
    if post.care:
        words.append(_("with the coordinator's approval for home visits"))
    if shift.team_id:
        words.append(_("members of one team only"))
    return words


def _contacts(shift: Shift, standing: Standing) -> Facts:
    """Whom to call: the office for everybody, the lead for those who have a place."""
    county = directory()
    area = county.areas.get(shift.area_code)
    unit = county.units.get(area.unit_code) if area else None
    hotline = Site().hotline
    rows = [_fact("phone", _("Whom to call"), hotline, f"tel:{hotline}")]
    if unit and unit.phone:
        rows.append(_fact("phone", localised(unit, "short"), unit.phone, f"tel:{unit.phone}"))
    if shift.leads is None:
        return rows
    phone = lead_phone(shift) if placed(shift, standing) else ""
    hint = _("The lead's phone is shown here to those who have a place.")
    return [*rows, _fact("phone", _("Lead on site"), phone or hint, f"tel:{phone}" if phone else "")]


def placed(shift: Shift, standing: Standing) -> bool:
    """Whether the viewer has a place at a shift that is not over."""
    return standing.state in HOLDING - {BookingState.OFFERED} and clock.now() < shift.ends_at


def _fact(icon: str, label: str, value: str, href: str = "") -> dict[str, str]:
    return {"icon": icon, "label": label, "value": value, "href": href}


def _draw(shift: Shift, volunteer: Volunteer | None, standing: Standing) -> dict[str, Any]:
    """How places are drawn: the seed beforehand, and afterwards all tickets, so that anybody can work it out again."""
    if shift.draw_at is None:
        return {}
    mine = ticket_of(shift.post.qr_secret, shift.id, volunteer.id) if volunteer and standing.booking else ""
    rows = [
        {
            "n": n,
            "ticket": row.entry.ticket,
            "chances": row.entry.weight,
            "size": row.entry.size,
            "word": _("Has a place") if row.won else _("In the line"),
            "mine": row.entry.ticket == mine,
        }
        for n, row in enumerate(draw_list(shift), 1)
    ]
    return {
        "seed": shift.draw_seed,
        "when": when(shift.draw_at),
        "drawn": when(shift.drawn_at) if shift.drawn_at else "",
        "entered": ngettext("%(num)d person has entered", "%(num)d people have entered", shift.waiting),
        "most": MOST_CHANCES,
        "mine": mine,
        "rows": rows,
        "day": local(shift.draw_at).date(),
    }
