"""What happened to a case, in words and in two lanes: seen by the reporter, and only inside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from citizen.cases.models import Case
from citizen.cases.queries.case import Desk
from citizen.cases.views.words import RESOLUTIONS, area_name, category_name, unit_name
from citizen.core import clock
from citizen.core.audit import Event
from citizen.core.content import content
from citizen.web.templating import clock as time_of_day
from citizen.web.templating import day, when
from citizen.web.templating import words as spoken

PUBLIC, INTERNAL, STEP = "public", "internal", "step"
#: Told by a row of its own: the note, the question with its answer, the message.
_TOLD_ELSEWHERE = frozenset({"note", "ask", "answer", "addition", "appeal"})
#: Event → (lane, words).
EVENTS: dict[str, tuple[str, Any]] = {
    "submit": (PUBLIC, _l("Report received")),
    "give_up": (PUBLIC, _l("Stopped: no answer came in time")),
    "accept": (PUBLIC, _l("Accepted")),
    "reject": (PUBLIC, _l("Not accepted")),
    "revive": (PUBLIC, _l("Taken up again")),
    "merge": (PUBLIC, _l("Merged with another case")),
    "unmerge": (PUBLIC, _l("Separated again")),
    "merged_in": (STEP, _l("Another case was merged into this one")),
    "merged_out": (STEP, _l("A merged case was separated again")),
    "refer": (PUBLIC, _l("Passed to a body outside")),
    "withdraw": (PUBLIC, _l("Withdrawn by the reporter")),
    "dispatch": (PUBLIC, _l("Dispatched")),
    "sign": (PUBLIC, _l("The unit took the case")),
    "return": (STEP, _l("Returned by the unit")),
    "suspend": (PUBLIC, _l("Put off")),
    "resume": (PUBLIC, _l("Work goes on")),
    "finish": (PUBLIC, _l("The unit says it is done")),
    "close": (PUBLIC, _l("Verified and closed")),
    "confirm_close": (PUBLIC, _l("Confirmed by residents and closed")),
    "rework": (PUBLIC, _l("Verification failed: to be done again")),
    "reopen": (PUBLIC, _l("Opened again")),
    "correct_end": (STEP, _l("End state corrected")),
    "claim": (STEP, _l("Claimed the case")),
    "unclaim": (STEP, _l("Gave the case back")),
    "takeover": (STEP, _l("Took the case over")),
    "release": (STEP, _l("Released to people nearby")),
    "unrelease": (STEP, _l("Taken back from people nearby")),
    "contact": (INTERNAL, _l("Looked at the reporter's contact data")),
    "draw": (STEP, _l("Verifier drawn")),
}
ROLES: dict[str, Any] = {
    "moderator": _l("Moderator"),
    "leader": _l("Shift leader"),
    "head": _l("Office head"),
    "clerk": _l("Unit"),
    "worker": _l("Unit"),
    "verifier": _l("Verifier"),
    "system": _l("System"),
    "reporter": _l("Reporter"),
}
MESSAGES: dict[str, Any] = {
    "addition": _l("Added by the reporter"),
    "objection": _l("Objection"),
    "confirm": _l("Confirmed by the reporter"),
    "dispute": _l("Disputed by the reporter"),
}


def story(case: Case, desk: Desk) -> list[dict[str, Any]]:
    """Rows of the macro `history`, oldest first, with a heading whenever the day changes."""
    rows = [row for event in desk.events if (row := _event(case, event, desk.names))]
    rows.extend(_said(desk))
    rows.sort(key=lambda row: row["at"])
    before = ""
    for row in rows:
        row["day"] = "" if row["heading"] == before else row["heading"]
        before = row["heading"]
    return rows


def _said(desk: Desk) -> Iterator[dict[str, Any]]:
    """Notes, questions with their answers, and messages."""
    reporter = _("Reporter")
    for note in desk.notes:
        who = desk.names.get(note.author_id, "")
        yield _row(note.at, INTERNAL, note.words, who=who, role=_("Internal note"))
    for question in desk.questions:
        asked = _("%(question)s (answer by %(day)s)", question=question.words, day=day(question.answer_by))
        who = desk.names.get(question.asked_by, "")
        yield _row(question.asked_at, PUBLIC, asked, who=who, role=_("Question"))
        if question.answered_at:
            yield _row(question.answered_at, PUBLIC, question.answer, who=reporter, role=_("Answer"))
    for message in desk.messages:
        if message.kind != "answer":
            word = str(MESSAGES.get(message.kind, ""))
            yield _row(message.at, PUBLIC, message.words or word, who=reporter, role=word)


def _row(at: datetime, lane: str, text: str, *, who: str = "", role: str = "") -> dict[str, Any]:
    iso = clock.local(at).isoformat(timespec="seconds")
    return {
        "at": at,
        "heading": day(at),
        "iso": iso,
        "clock": time_of_day(at),
        "lane": lane,
        "text": text,
        "who": who,
        "role": role,
    }


def _event(case: Case, event: Event, names: dict[int, str]) -> dict[str, Any] | None:
    if event.action in _TOLD_ELSEWHERE:
        return None
    lane, word = EVENTS.get(event.action, (STEP, event.action))
    more = _detail(event)
    text = f"{word}: {more}" if more else str(word)
    role = str(ROLES.get(event.actor_role, ""))
    who = names.get(event.actor_id or 0, "") or role
    return _row(
        event.at,
        lane,
        text,
        who=who if lane != STEP or event.actor_id else "",
        role=role if who != role else "",
    )


def _detail(event: Event) -> str:
    told = event.detail
    if event.action == "accept":
        return f"{category_name(told.get('category'))} · {area_name(told.get('area'))}"
    if event.action == "dispatch":
        deadline = datetime.fromisoformat(told["deadline"]) if told.get("deadline") else None
        return " · ".join(part for part in (unit_name(told.get("unit")), when(deadline) if deadline else "") if part)
    if event.action in ("reject", "give_up", "withdraw", "merge"):
        return _reason(told)
    if event.action in ("merged_in", "merged_out"):
        return str(told.get("case", ""))
    if event.action == "refer":
        return f"{told.get('body', '')} · {told.get('number', '')}"
    resolution = RESOLUTIONS.get(told.get("resolution", ""))
    parts = [str(resolution) if resolution else "", str(told.get("words") or told.get("title") or "")]
    return " · ".join(part for part in parts if part)


def _reason(told: dict[str, Any]) -> str:
    reason = content().reasons.get(told.get("reason", ""))
    parts = [str(told.get("target", "")), spoken(reason.name) if reason else "", str(told.get("words") or "")]
    return " · ".join(part for part in parts if part)
