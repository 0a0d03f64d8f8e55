"""What the coordinator has put on record about a volunteer, as the volunteer reads it."""

from __future__ import annotations

from flask_babel import gettext as _

from citizen.core import clock
from citizen.volunteers.documents.briefings import next_briefings
from citizen.volunteers.models import Volunteer
from citizen.volunteers.rules.volunteers import needs_guardian
from citizen.web.templating import day


def record_rows(me: Volunteer) -> list[dict[str, str]]:
    """Briefing, insurance, a guardian's consent where it counts, leave for home visits: what there is, and from when."""
    today = clock.today()
    dates = next_briefings()
    unbriefed = _("not yet. Next: %(dates)s", dates=dates) if dates else _("not yet")
    insured = _("not on record")
    if me.insured_until:
        words = {"day": day(me.insured_until)}
        insured = _("until %(day)s", **words) if me.insured_until >= today else _("ended on %(day)s", **words)
    rows = [
        ("check", _("Briefing"), day(me.briefed_on) if me.briefed_on else unbriefed),
        ("shield", _("Accident insurance"), insured),
    ]
    if needs_guardian(me.birth_day, today) or me.consent_on:
        seen = _("seen on %(day)s", day=day(me.consent_on)) if me.consent_on else _("not seen yet")
        rows.append(("check", _("Guardian's consent"), seen))
    care = _("since %(day)s", day=day(me.care_approved_on)) if me.care_approved_on else _("not asked for")
    rows.append(("pin", _("Approved for home visits"), care))
    return [{"icon": icon, "label": label, "value": value} for icon, label, value in rows]
