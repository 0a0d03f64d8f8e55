"""How a report reads to its sender: title, status, timeline, pictures and what can be done now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from citizen.cases.models import Case
from citizen.core.audit import Event
from citizen.core.content import content
from citizen.departments.queries import directory
from citizen.photos.models import Photo
from citizen.photos.rules import PhotoState
from citizen.projection.documents import unit_name
from citizen.reports.models import Report
from citizen.reports.queries import chosen_category, groups
from citizen.tracking.queries import Followed, standing
from citizen.tracking.rules import possible
from citizen.tracking.status import present, status
from citizen.tracking.timeline import Facts, Step, timeline
from citizen.web.locale import localised, page_language
from citizen.web.templating import when

#: An event is recorded right after the row that it tells of.
_SAME_MOMENT = timedelta(seconds=30)


def page_of(followed: Followed, now: datetime) -> dict[str, Any]:
    """Everything the tracking page prints, as plain values."""
    own = [_picture(photo) for photo in followed.photos]
    rights = standing(followed)
    return {
        "title": title_of(followed.report, followed.case),
        "status": status(followed, now),
        "steps": steps_of(followed, now),
        "verbs": possible(rights, now),
        "object_until": rights.object_until,
        "question": followed.question,
        "own": own,
        "after": [_picture(photo, after=True) for photo in followed.after],
        "others": max(0, followed.case.report_count - 1) + followed.case.supporter_count,
    }


def steps_of(followed: Followed, now: datetime) -> list[Step]:
    """The timeline: what happened, what is happening, what comes next."""
    return [*timeline(followed.story.events, facts_of(followed)), *present(followed, now)]


def facts_of(followed: Followed) -> Facts:
    """What the timeline needs beside the events, in the page's language."""
    return Facts(
        when=when,
        unit=unit_name,
        reason=reason_words,
        office=content().site["office"].in_language(page_language()),
        received=_received(followed),
        messages={key: message.words for key, message in followed.messages.items()},
        appeals=frozenset(followed.appeals),
        question=lambda event: _question(followed, event),
        numbers=followed.story.numbers,
        dispatched=followed.story.dispatched,
    )


def _question(followed: Followed, event: Event) -> str:
    """The words of the question that was asked in this event: the last one of its case by then."""
    asked = [
        q.words for q in followed.questions if q.case_id == event.subject_id and q.asked_at <= event.at + _SAME_MOMENT
    ]
    return asked[-1] if asked else ""


def reason_words(code: str | None) -> str:
    """The county's words for a reason, for residents; nothing for an unknown one."""
    reason = content().reasons.get(code or "")
    return reason.words.in_language(page_language()) if reason else ""


def title_of(report: Report, case: Case) -> str:
    """What it is and where, from the county's own lists and what the sender wrote of the place."""
    category = chosen_category(case.category_code) or chosen_category(report.category_code)
    kind = category or groups().get(report.resident_group or "")
    what = localised(kind, "name") if kind is not None else _("Your report")
    return " · ".join(part for part in (what, place_of(report)) if part)


def place_of(report: Report) -> str:
    """The place as its sender gave it: a listed point, a landmark, or the area."""
    known = directory()
    point, area = known.points.get(report.point_code or ""), known.areas.get(report.area_code)
    if point is not None:
        return localised(point, "name")
    return report.landmark or (localised(area, "name") if area else "")


def _received(followed: Followed) -> str:
    report = followed.report
    area = directory().areas.get(report.area_code)
    place = " · ".join(part for part in (localised(area, "name") if area else "", place_of(report)) if part)
    photos = sum(photo.owner_kind == "report" for photo in followed.photos)
    if photos:
        counted = ngettext("%(num)s photo", "%(num)s photos", photos)
        return str(_("%(photos)s, place: %(place)s.", photos=counted, place=place))
    return str(_("Place: %(place)s.", place=place))


def _picture(photo: Photo, *, after: bool = False) -> dict[str, Any]:
    """A picture as far as it may be shown: masked pixels, or words about why there are none."""
    alt = photo.alt if photo.alt and page_language() == "zh-Hans" else ""
    shown: dict[str, Any] = {
        "alt": alt or (_("Photo after the repair") if after else _("Your photo")),
        "url": "",
        "large": "",
    }
    if photo.masked_key is not None:
        shown["url"] = url_for("photos.private", token=photo.token, size="thumb")
        shown["large"] = url_for("photos.private", token=photo.token, size="large")
        shown["note"] = ""
    elif photo.state == PhotoState.REFUSED:
        shown["note"] = _("This file could not be used as a photo.")
    else:
        shown["note"] = _("Being prepared: faces and number plates are covered first.")
    return shown
