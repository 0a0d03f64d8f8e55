"""What happened to a report, in words for its sender.

Only events that are named here are told; everything else stays inside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from citizen.core.audit import Event

#: Event → what the sender reads; ``unit`` and ``body`` are filled in where the event names them.
PUBLIC: dict[str, Any] = {
    "submit": _l("We received your report"),
    "ask": _l("We have a question for you"),
    "answer": _l("The answer has come in"),
    "give_up": _l("Stopped, because no answer came"),
    "accept": _l("Your report was accepted"),
    "reject": _l("Your report was not accepted"),
    "revive": _l("Taken up again"),
    "merge": _l("Put together with an earlier report of the same thing"),
    "unmerge": _l("Handled on its own again"),
    "refer": _l("Passed on to %(body)s"),
    "withdraw": _l("Withdrawn as you asked"),
    "dispatch": _l("Handed to %(unit)s"),
    "sign": _l("%(unit)s has taken it on"),
    "return": _l("It goes to another unit"),
    "suspend": _l("Put off for now"),
    "resume": _l("The work goes on"),
    "finish": _l("%(unit)s says that the work is done"),
    "close": _l("It was checked and closed"),
    "rework": _l("The check found that it is not done"),
    "confirm_close": _l("Closed, because several people saw that it is fixed"),
    "reopen": _l("It was opened again"),
    "correct_end": _l("Taken up again, because the earlier result was wrong"),
    "extend": _l("The unit was given more time"),
    "merged_in": _l("Somebody else reported the same thing"),
    "appeal": _l("You objected"),
    "appeal_rejected": _l("Your objection was looked at; the decision stands"),
    "report.addition": _l("You added something"),
    "report.answer": _l("You answered"),
    "report.confirm": _l("You said that it is fixed"),
    "report.withdrawn": _l("You took your report back"),
}
#: How a case ended, where its event says more than that it did.
ENDS: dict[str, Any] = {
    "fixed": _l("Fixed, and checked by somebody of another unit"),
    "self_resolved": _l("The problem was gone when people came; checked by somebody of another unit"),
    "not_found": _l("The problem was not found"),
    "cannot_fix": _l("It could not be solved"),
    "educated": _l("People on the spot were spoken to"),
}
HANDED_IN = _l("%(unit)s handed in its result")
NOT_SOLVED = _l("This does not count as solved.")
#: Events whose detail carries words of staff that were written for the sender.
SPOKEN = frozenset({"reject", "finish", "rework", "reopen", "revive", "appeal_rejected", "suspend"})
#: Of these only the sender's own are told.
OWN = frozenset({"appeal", "appeal_rejected"})


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline, in the shape that the component of that name prints."""

    what: str
    when: str = ""
    iso: str = ""
    #: '', working, overdue or next.
    state: str = ""
    text: str = ""
    reply: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the events leave out, and how things are called in the reader's language."""

    when: Callable[[datetime], str]
    #: Name of the unit with a code; nothing for none.
    unit: Callable[[str | None], str]
    #: The county's words for a reason's code; nothing for none.
    reason: Callable[[str | None], str]
    #: Who speaks for the office.
    office: str
    #: What was received, in one line.
    received: str
    #: The sender's own words, by message.
    messages: Mapping[int, str] = field(default_factory=dict)
    #: Ids of the sender's own objections.
    appeals: frozenset[int] = frozenset()
    #: Words of the question behind an event of asking.
    question: Callable[[Event], str] = lambda _event: ""
    #: Cases that the report itself went through.
    numbers: frozenset[str] = frozenset()
    #: Merge event → the dispatch that the other case had had by then.
    dispatched: Mapping[int, Event] = field(default_factory=dict)


def timeline(events: Sequence[Event], facts: Facts) -> list[Step]:
    """The ``events`` that are the sender's business, oldest first, in plain words with day and time."""
    steps: list[Step] = []
    unit: str | None = None
    last = ""
    for event in events:
        detail = event.detail or {}
        if event.action == "dispatch":
            unit = detail.get("unit")
        elif event.id in facts.dispatched:
            unit = facts.dispatched[event.id].detail.get("unit")
        if _told(event, facts, last):
            steps.append(_step(event, facts, facts.unit(unit)))
            last = event.action
    return steps


def _told(event: Event, facts: Facts, last: str) -> bool:
    detail = event.detail or {}
    if event.action in OWN and detail.get("appeal") not in facts.appeals:
        return False
    if event.action == "answer" and last == "report.answer":
        return False  # the sender's own answer was just told in the sender's words
    if event.action == "report.withdrawn" and last == "withdraw":
        return False  # the case ended with it: one line is enough
    if event.action == "merged_in" and detail.get("case") in facts.numbers:
        return False
    return event.action in PUBLIC


def _step(event: Event, facts: Facts, unit: str) -> Step:
    detail = event.detail or {}
    what = _what(event.action, str(detail.get("resolution", "")))
    values = {"unit": unit or str(_l("the unit responsible")), "body": str(detail.get("body", ""))}
    reply = str(detail.get("words") or "") if event.action in SPOKEN else ""
    speaker = {"finish": unit, "rework": str(_l("The checker, of another unit"))}.get(event.action, facts.office)
    return Step(
        what=str(what) % values,
        when=facts.when(event.at),
        iso=event.at.isoformat(timespec="seconds"),
        text=_text(event, facts),
        reply=reply,
        unit=speaker if reply else "",
    )


def _what(action: str, resolution: str) -> Any:
    """The words for an event: nobody is told of work done, or of a repair, where there was none."""
    if action == "close":
        return ENDS.get(resolution, PUBLIC[action])
    if action == "finish" and resolution != "fixed":
        return HANDED_IN
    return PUBLIC[action]


def _text(event: Event, facts: Facts) -> str:
    """The line under an event: its own words, the sender's, or the county's words for its reason."""
    detail = event.detail or {}
    if event.action in TEXTS:
        return TEXTS[event.action](event, facts)
    if event.action.startswith("report."):
        return facts.messages.get(detail.get("message", 0), "")
    return facts.reason(detail.get("reason"))


def _close_text(event: Event, _facts: Facts) -> str:
    solved = (event.detail or {}).get("resolution") in ("fixed", "self_resolved")
    return "" if solved else str(NOT_SOLVED)


def _refer_text(event: Event, _facts: Facts) -> str:
    given = str(_l("Its number there: %(number)s.")) % {"number": (event.detail or {}).get("number", "")}
    return _both(given, str(_l("Please ask there from now on; our own clock ends here.")))


def _both(first: str, second: str) -> str:
    """Two sentences after each other: some languages put a space between them."""
    return str(_l("%(first)s %(second)s")) % {"first": first, "second": second} if first else second


def _deadline(event: Event, facts: Facts) -> str:
    detail = event.detail or {}
    moment = _moment(detail.get("deadline"))
    if moment is None:
        return ""
    old = _moment(detail.get("old_deadline"))
    if old is None:
        return str(_l("To be done by %(when)s.")) % {"when": facts.when(moment)}
    values = {"when": facts.when(moment), "old": facts.when(old)}
    return str(_l("New time: %(when)s. The earlier one, %(old)s, stays on record.")) % values


def _merged(event: Event, facts: Facts) -> str:
    found = facts.dispatched.get(event.id)
    words = facts.reason((event.detail or {}).get("reason"))
    if found is None:
        return words
    values = {"unit": facts.unit(found.detail.get("unit")), "when": facts.when(found.at)}
    return _both(words, str(_l("It has been with %(unit)s since %(when)s.")) % values)


#: What stands under an event, where it is more than a reason.
TEXTS: dict[str, Callable[[Event, Facts], str]] = {
    "submit": lambda _event, facts: facts.received,
    "ask": lambda event, facts: facts.question(event),
    "dispatch": _deadline,
    "rework": _deadline,
    "reopen": _deadline,
    "extend": _deadline,
    "merge": _merged,
    "finish": lambda _event, _facts: str(_l("Somebody of another unit now checks whether that is so.")),
    "close": _close_text,
    "refer": _refer_text,
    "appeal": lambda _event, _facts: str(_l("Others than those who decided look at it again.")),
}


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
