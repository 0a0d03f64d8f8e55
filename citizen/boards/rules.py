"""The machine of a board entry: states, the one table of steps, and what two people and a unit are owed.

A *repair* (a case verified as fixed) accuses nobody: its unit is told and may reply at any time, before or
after it is
shown, but the days for the reply do not hold it back. An entry that puts pressure on a unit (an overdue
case) waits until
the unit has replied, has said that it will not, or has let its three working days pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from citizen.core.errors import Conflict, InvalidInput, MissingVersion

REPLY_WORKING_DAYS = 3
OBJECTION_WORKING_DAYS = 1
SHOW_BEHAVIOUR = timedelta(days=180)
SHOW_PLACE = timedelta(days=2 * 365)
#: Subjects of a category that are about what somebody did, not about a place or a thing.
BEHAVIOUR = frozenset({"behaviour", "person", "operator"})


class EntryState(StrEnum):
    """Where an entry stands; "hidden" is no state, since an objection may meet any of those that show."""

    CANDIDATE = "candidate"
    DRAFTED = "drafted"
    REVIEWED = "reviewed"
    NOTIFIED = "notified"
    PUBLISHED = "published"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


S = EntryState
#: States in which the public sees the entry, unless it is hidden.
SHOWN = frozenset({S.PUBLISHED, S.CORRECTED})
ENDED = frozenset({S.WITHDRAWN, S.EXPIRED})
PRECISIONS = ("point", "street", "area")


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table."""

    name: str
    sources: frozenset[EntryState]
    target: EntryState


STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        # Whoever changes the words of an entry is its author, and somebody else must look at it again.
        Step("draft", frozenset({S.CANDIDATE, S.DRAFTED, S.REVIEWED, S.NOTIFIED}), S.DRAFTED),
        Step("review", frozenset({S.DRAFTED}), S.REVIEWED),
        Step("notify", frozenset({S.REVIEWED}), S.NOTIFIED),
        Step("publish", frozenset({S.NOTIFIED}), S.PUBLISHED),
        Step("publish_again", frozenset({S.NOTIFIED}), S.CORRECTED),
        # A correction takes the entry off the board until it was reviewed again.
        Step("recall", frozenset({S.PUBLISHED, S.CORRECTED}), S.DRAFTED),
        Step(
            "withdraw",
            frozenset({S.CANDIDATE, S.DRAFTED, S.REVIEWED, S.NOTIFIED, S.PUBLISHED, S.CORRECTED}),
            S.WITHDRAWN,
        ),
        Step("expire", frozenset({S.PUBLISHED, S.CORRECTED}), S.EXPIRED),
    )
}


def ensure_step(name: str, state: EntryState) -> Step:
    """The row for ``name`` when it is possible from ``state``; raises Conflict otherwise."""
    step = STEPS.get(name)
    if step is None or state not in step.sources:
        raise Conflict(_l("This step is not possible any more: the entry has moved on."))
    return step


def possible(state: EntryState) -> list[str]:
    """The names of the steps from ``state``, in the order of the table."""
    return [step.name for step in STEPS.values() if state in step.sources]


def ensure_version(sent: object, current: int) -> None:
    """Raise MissingVersion when a decision carries none, Conflict when the entry changed since its author
    looked.
    """
    text = str(sent or "")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise MissingVersion(_l("This page is incomplete. Please load it again."))
    if int(text) != current:
        raise Conflict(_l("Somebody changed this entry while you were working on it."))


def ensure_two_people(author_id: int | None, reviewer_id: int) -> None:
    """Raise Conflict unless the reviewer is another person than the author."""
    if author_id is None or author_id == reviewer_id:
        raise Conflict(_l("Another person than the author must review an entry."))


def ensure_complete(*, title: str, precision: str, has_picture: bool, board: str) -> None:
    """Raise InvalidInput unless a draft says enough to be shown: words, a precision, and a picture on the
    exposure board.
    """
    if len(title.strip()) < 4:
        raise InvalidInput(_l("Write a title that names the place and the problem"), "title_hans")
    if precision not in PRECISIONS:
        raise InvalidInput(_l("Choose how precisely the place is shown"), "precision")
    if board == "exposure" and not has_picture:
        raise InvalidInput(_l("Choose at least one picture"), "before_photo")


def ensure_unit_heard(*, accuses: bool, replied: bool, reply_due_at: datetime | None, now: datetime) -> None:
    """Raise Conflict while an entry that accuses a unit must wait for its reply."""
    if accuses and not replied and (reply_due_at is None or now < reply_due_at):
        raise Conflict(_l("The unit may still reply. Publish when it has, or when its time is over."))


def expiry(published_at: datetime, subject: str) -> datetime:
    """When an entry leaves the board by itself: 180 days for what somebody did, two years for places."""
    return published_at + (SHOW_BEHAVIOUR if subject in BEHAVIOUR else SHOW_PLACE)


def board_of(*, exposure_eligible: bool) -> str:
    """Repairs of what may be exposed stand on the exposure board; other good work on the red board."""
    return "exposure" if exposure_eligible else "red"


def status_of(*, board: str, fixed: bool, deadline_at: datetime | None, now: datetime) -> str:
    """The word on the board: red, done (verified as fixed), overdue or working."""
    if board == "red":
        return "red"
    if fixed:
        return "done"
    return "overdue" if deadline_at is not None and deadline_at < now else "working"
