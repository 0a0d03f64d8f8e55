"""Weekly patterns in words: their days and hours, and what a change does to each day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from citizen.core.clock import local
from citizen.volunteers.documents.cards import area_name, full_span
from citizen.volunteers.documents.shift_board import row_of, sections
from citizen.volunteers.forms.templates import WEEKDAYS, as_arguments, values_of
from citizen.volunteers.models import ShiftTemplate
from citizen.volunteers.queries.templates import holidays_in, pattern_of, templates, upcoming
from citizen.volunteers.rules.patterns import Change, Pattern, Step
from citizen.web.locale import localised
from citizen.web.templating import day

#: Step → (look of the tag, words).
STEPS: dict[Step, tuple[str, Any]] = {
    Step.MAKE: ("working", _l("a shift is made")),
    Step.FOLLOW: ("done", _l("follows: nobody has booked it")),
    Step.DROP: ("held", _l("goes: nobody has booked it")),
    Step.BOOKED: ("waiting", _l("booked: follows only if you tick it below")),
    Step.LEFT: ("overdue", _l("booked: stays, decide at the shift")),
    Step.OWN: ("none", _l("changed by hand: stays as it is")),
    Step.SAME: ("none", _l("stays the same")),
}


def weekday_words(weekdays: Sequence[int]) -> str:
    """The weekdays by name; every day and working days as such."""
    if len(weekdays) == 7:
        return str(_("every day"))
    if sorted(weekdays) == [0, 1, 2, 3, 4]:
        return str(_("Monday to Friday"))
    return "、".join(str(WEEKDAYS[number]) for number in sorted(weekdays))


def ends_of(starts: str, minutes: int) -> str:
    """The wall clock of the end."""
    total = (int(starts[:2]) * 60 + int(starts[3:]) + minutes) % 1440
    return f"{total // 60:02d}:{total % 60:02d}"


def hours_words(starts: str, minutes: int) -> str:
    """From when to when; an end on the next day says so."""
    over = int(starts[:2]) * 60 + int(starts[3:]) + minutes > 1440
    hours = f"{starts}–{ends_of(starts, minutes)}"
    return str(_("%(hours)s (next day)", hours=hours)) if over else hours


def _row(row: ShiftTemplate) -> dict[str, Any]:
    return {
        "id": row.id,
        "url": url_for("shifts.template", template_id=row.id),
        "kind": localised(row.post.kind, "name"),
        "place": localised(row.post, "place"),
        "area": area_name(row.post.area_code),
        "days": weekday_words(row.weekdays),
        "hours": hours_words(row.starts, row.minutes),
        "capacity": row.capacity,
        "min_needed": row.min_needed,
        "until": day(row.until_day),
        "from": day(row.from_day),
        "drawn": row.drawn,
        "ended": row.ended_at is not None,
    }


def list_page(*, ended: bool) -> dict[str, Any]:
    """The patterns in force, or those that have ended."""
    return {"rows": [_row(row) for row in templates(ended=ended)], "ended": ended, "sections": sections("templates")}


def template_page(template: ShiftTemplate, now: datetime) -> dict[str, Any]:
    """One pattern with its next shifts, its exceptions and the holidays it meets."""
    pattern, today = pattern_of(template), local(now).date()
    holidays = [] if template.ended_at else holidays_in(pattern, today)
    return {
        "template": template,
        "row": _row(template),
        "exceptions": [day(on) for on in sorted(pattern.exceptions)],
        "holidays": [day(on) for on in holidays],
        "without_url": url_for(
            "shifts.template_change", template_id=template.id, **_without(template, pattern, holidays)
        ),
        "made_until": day(template.made_until) if template.made_until else "",
        "coming": [row_of(shift, now) for shift in upcoming(template.id, now=now)],
        "sections": sections("templates"),
    }


def stored_values(template: ShiftTemplate) -> dict[str, Any]:
    """What the form shows of a stored pattern."""
    return values_of(template, ends=ends_of(template.starts, template.minutes))


def _without(template: ShiftTemplate, pattern: Pattern, days: Sequence[date]) -> dict[str, Any]:
    """The address of the same pattern without some days, for one tap."""
    exceptions = "\n".join(on.isoformat() for on in sorted({*pattern.exceptions, *days}))
    return as_arguments(stored_values(template), exceptions=exceptions)


def plan_rows(template: ShiftTemplate, new: Pattern | None, changes: Sequence[Change]) -> list[dict[str, Any]]:
    """What becomes of each day, in words; days on which nothing changes are left out."""
    old = pattern_of(template)
    return [
        {
            "day": day(change.day),
            "look": STEPS[change.step][0],
            "word": STEPS[change.step][1],
            "was": full_span(*old.span(change.day)) if change.shift_id else "",
            "then": full_span(*new.span(change.day))
            if new and change.step in (Step.MAKE, Step.FOLLOW, Step.BOOKED)
            else "",
            "booked": change.booked,
            "url": url_for("shifts.show", shift_id=change.shift_id) if change.shift_id else "",
        }
        for change in changes
        if change.step is not Step.SAME
    ]


def steps_words(steps: Counter[Step]) -> str:
    """What was done, for the notice after it."""
    parts = (
        (Step.MAKE, _("made: %(n)s", n=steps[Step.MAKE])),
        (Step.FOLLOW, _("changed: %(n)s", n=steps[Step.FOLLOW])),
        (Step.DROP, _("taken away: %(n)s", n=steps[Step.DROP])),
        (Step.BOOKED, _("booked ones: %(n)s", n=steps[Step.BOOKED])),
        (Step.LEFT, _("booked ones that stay: %(n)s", n=steps[Step.LEFT])),
    )
    done = [words for step, words in parts if steps[step]]
    return str(_("Kept. Shifts %(parts)s.", parts=", ".join(done)) if done else _("Kept. No shift changes."))


def next_monday(today: date) -> date:
    """The Monday after a day, where a new pattern usually begins."""
    return today + timedelta(days=7 - today.weekday())
