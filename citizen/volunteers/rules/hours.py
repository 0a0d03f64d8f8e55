"""How many minutes of a service are credited, what a correction may ask for, and who may decide; pure.

The numbers are the county's: `hour_rules` of its file of volunteer posts. What that file says in numbers is read from it
(`HourRules.of`); what it says in a sentence stands here as a constant with the name of the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from citizen.core.errors import Conflict, InvalidInput, MissingVersion

#: Minutes beyond the scheduled length that are credited at most (`hour_rules.credit`).
ALLOWANCE = 30
#: Less than this is not credited at all (`hour_rules.credit`).
SHORTEST = 30
#: Minutes of one county day, when the file does not say (`hour_rules.daily_cap_minutes`).
DAILY_CAP = 480
#: So long a volunteer may ask for a correction (`hour_rules.correction`).
CORRECTION = timedelta(days=30)
#: Working days for which a public notice is open to objections.
NOTICE_WORKING_DAYS = 5
#: So long after the decision the address of whoever objected is kept, for questions.
CONTACT_KEPT = timedelta(days=90)
#: The longest span of days in one notice or one export.
LONGEST_SPAN = 366
MIN_WORDS, MAX_WORDS = 4, 500
#: Rows that are confirmed in one go.
BULK = 50


class Kind(StrEnum):
    """What an entry of the ledger is."""

    AUTO = "auto"
    ADJUST = "adjust"
    BACKFILL = "backfill"
    REVERSAL = "reversal"


KIND_WORDS: dict[str, Any] = {
    Kind.AUTO: _l("From sign-in and sign-out"),
    Kind.ADJUST: _l("Correction"),
    Kind.BACKFILL: _l("Entered afterwards"),
    Kind.REVERSAL: _l("Taken back"),
}


class RequestState(StrEnum):
    """Where a wish for a correction stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"


REQUEST_WORDS: dict[str, Any] = {
    RequestState.PENDING: _l("Being looked at"),
    RequestState.APPROVED: _l("Agreed"),
    RequestState.REFUSED: _l("Not agreed"),
}


class ObjectionState(StrEnum):
    """Where an objection to hours in a public notice stands."""

    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class HourRules:
    """The numbers that the county's file gives."""

    daily_cap: int = DAILY_CAP
    #: Hours at which local recognition begins, ascending; empty for a county without stars.
    stars: tuple[int, ...] = ()

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> HourRules:
        """From the section `hour_rules`; ``stars`` may be a list or a sentence that names the hours ("… at 100, 300 hours")."""
        stars = raw.get("stars") or ()
        found = re.findall(r"\d+", stars) if isinstance(stars, str) else stars
        return cls(int(raw.get("daily_cap_minutes", DAILY_CAP)), tuple(sorted({int(hours) for hours in found})))


def credited(
    span: tuple[datetime, datetime], *, scheduled: int, breaks: int = 0, used: int = 0, cap: int = DAILY_CAP
) -> int:
    """Minutes credited for a service from sign-in to sign-out, without ``breaks`` (minutes).

    min(out - in - breaks, scheduled + allowance), nothing under thirty minutes, and no more than what is left of the day's
    ``cap`` after ``used``; whole minutes, rounded down, so that it never exceeds what was served. Who comes early is credited
    within the allowance only.
    """
    actual = int((span[1] - span[0]).total_seconds() // 60) - max(breaks, 0)
    minutes = min(actual, scheduled + ALLOWANCE)
    return min(minutes, max(cap - used, 0)) if minutes >= SHORTEST else 0


def most_for(scheduled: int, cap: int) -> int:
    """The most that a correction may bring a booking to, in minutes."""
    return min(scheduled + ALLOWANCE, cap)


def ensure_breaks(span: tuple[datetime, datetime], breaks: int) -> None:
    """Raise InvalidInput unless the breaks (minutes) fit into the span, and Conflict for a span that runs backwards."""
    if span[1] < span[0]:
        raise Conflict(_l("The sign-out lies before the sign-in. Correct the times first."))
    if not 0 <= breaks <= (span[1] - span[0]).total_seconds() / 60:
        raise InvalidInput(_l("The breaks cannot be longer than the service."), "breaks")


def ensure_end(started_at: datetime, ended_at: datetime, now: datetime) -> None:
    """Raise InvalidInput unless an entered end lies after the sign-in and not in the future."""
    if ended_at <= started_at:
        raise InvalidInput(_l("The end must be after the sign-in."), "ended")
    if ended_at > now:
        raise InvalidInput(_l("The end cannot lie in the future."), "ended")


def ensure_words(words: str, field: str = "reason") -> str:
    """The words, stripped; raises InvalidInput when they say nothing or too much."""
    words = words.strip()
    if len(words) < MIN_WORDS:
        raise InvalidInput(_l("Say why; it stays on record."), field)
    if len(words) > MAX_WORDS:
        raise InvalidInput(_l("This is too long: at most %(limit)s characters.", limit=MAX_WORDS), field)
    return words


def ensure_not_own(person_id: int | None, own: Collection[int]) -> None:
    """Raise Conflict when the one who acts is the volunteer or answers for the volunteer; ``own`` holds their ids."""
    if person_id is None or person_id in own:
        raise Conflict(_l("Nobody confirms their own hours or those of their child. Ask a colleague."))


def ensure_other(person_id: int | None, requested_by: int) -> int:
    """The id of the one who decides; raises Conflict when it is the one who asked."""
    if person_id is None or person_id == requested_by:
        raise Conflict(_l("You asked for this correction, so another person decides on it."))
    return person_id


def ensure_version(sent: object, current: int) -> None:
    """Raise MissingVersion when a decision carries none, Conflict when the thing changed since its author looked."""
    text = str(sent or "")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise MissingVersion(_l("This page is incomplete. Please load it again."))
    if int(text) != current:
        raise Conflict(_l("A colleague was faster. Look at it again before you decide."))


def ensure_reversible(kind: str, minutes: int) -> None:
    """Raise Conflict for an entry that cannot be taken back as a whole."""
    if kind == Kind.REVERSAL or minutes == 0:
        raise Conflict(_l("This entry cannot be taken back; ask for a correction of the figure."))


def ensure_in_time(since: datetime, now: datetime) -> None:
    """Raise Conflict when a volunteer asks later than thirty days after ``since``."""
    if now > since + CORRECTION:
        raise Conflict(_l("A correction can be asked for within 30 days. Please call the coordinator."))


def ensure_minutes(minutes: int, *, least: int, most: int) -> None:
    """Raise InvalidInput unless ``least`` ≤ minutes ≤ ``most``."""
    if minutes < least:
        raise InvalidInput(_l("At least %(least)s minutes.", least=least), "minutes")
    if minutes > most:
        raise InvalidInput(_l("At most %(most)s minutes can be credited here.", most=most), "minutes")


def ensure_day_holds(day_total: int, difference: int, cap: int) -> None:
    """Raise Conflict when the day's credited minutes would exceed the cap, or fall below nothing."""
    if difference > 0 and day_total + difference > cap:
        raise Conflict(_l("More than %(cap)s minutes cannot be credited for one day.", cap=cap))
    if day_total + difference < 0:
        raise Conflict(_l("More would be taken back than was credited."))


def ensure_span(first: date, last: date, today: date) -> None:
    """Raise InvalidInput unless the days follow each other, are over or today, and make up a year at most."""
    if last < first:
        raise InvalidInput(_l("The last day lies before the first."), "until")
    if last > today:
        raise InvalidInput(_l("The last day lies in the future."), "until")
    if (last - first).days >= LONGEST_SPAN:
        raise InvalidInput(_l("At most a year at once."), "until")


def last_month(today: date) -> tuple[date, date]:
    """The first and the last day of the calendar month before ``today``'s."""
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def star_of(minutes: int, steps: Collection[int]) -> int:
    """How many of the county's steps (hours) somebody with so many minutes has reached."""
    return sum(minutes >= hours * 60 for hours in steps)
