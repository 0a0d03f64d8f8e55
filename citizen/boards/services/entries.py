"""The steps of a board entry, each with one event; whatever hides an entry takes its pictures back as
well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_

from citizen.boards import queries, rules
from citizen.boards.models import BoardEntry
from citizen.boards.rules import EntryState
from citizen.boards.services import facts
from citizen.cases.models import Case
from citizen.core import clock
from citizen.core.audit import record
from citizen.core.content import content
from citizen.core.database import locked
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.photos.models import Photo
from citizen.photos.rules import PhotoState
from citizen.projection.models import ReleasedFact
from citizen.projection.queries import BOARD
from citizen.reports.models import Category

#: Entries that one round of a job takes on.
ROUND = 200


@dataclass(frozen=True, slots=True)
class Draft:
    """What an author writes: neutral words, how precisely the place shows, and the pair of pictures, each as
    (id of the photo or None, words read for it).
    """

    title_hans: str
    title_en: str
    text_hans: str
    text_en: str
    precision: str
    before: tuple[int | None, str]
    after: tuple[int | None, str]


def lock_entry(number: str, *, version: object = None, check: bool = True) -> BoardEntry:
    """The entry, locked for this transaction; raises NotFound, and with ``check`` MissingVersion or
    Conflict.
    """
    entry = locked(BoardEntry, BoardEntry.number == number)
    if entry is None:
        raise NotFound()
    if check:
        rules.ensure_version(version, entry.version)
    return entry


def draft(entry: BoardEntry, wanted: Draft, *, by_id: int) -> None:
    """Write the entry's words and choose its pictures; the writer is its author, and any review is void.

    Raises InvalidInput for an incomplete draft or a picture that is not of this case or not checked.
    """
    has_picture = bool(wanted.before[0] or wanted.after[0])
    rules.ensure_complete(
        title=wanted.title_hans, precision=wanted.precision, has_picture=has_picture, board=entry.board
    )
    before, after = queries.pictures_of_case(entry.case_id)
    entry.before_photo_id = _chosen(wanted.before, before, field="before_photo")
    entry.after_photo_id = _chosen(wanted.after, after, field="after_photo")
    _move(entry, "draft", by_id=by_id)
    for name in ("title_hans", "title_en", "text_hans", "text_en", "precision"):
        setattr(entry, name, getattr(wanted, name))
    entry.author_id, entry.drafted_at = by_id, clock.now()
    entry.reviewer_id = entry.reviewed_at = entry.notified_at = entry.reply_due_at = None


def _chosen(wanted: tuple[int | None, str], known: list[Photo], *, field: str) -> int | None:
    photo_id, alt = wanted
    if photo_id is None:
        return None
    photo = next((photo for photo in known if photo.id == photo_id), None)
    if photo is None:
        raise InvalidInput(_l("Choose one of the pictures shown"), field)
    if photo.state not in (PhotoState.CHECKED, PhotoState.PUBLIC):
        raise InvalidInput(_l("The masks of this picture must be checked first"), field)
    photo.alt = alt or photo.alt
    return photo_id


def review(entry: BoardEntry, *, by_id: int) -> None:
    """A second person found the entry fit to be shown; the unit is told at once and may reply.

    Raises Conflict when the reviewer wrote it.
    """
    rules.ensure_step("review", EntryState(entry.state))
    rules.ensure_two_people(entry.author_id, by_id)
    _move(entry, "review", by_id=by_id)
    now = clock.now()
    entry.reviewer_id, entry.reviewed_at = by_id, now
    _move(entry, "notify", by_id=None)
    entry.notified_at = now
    entry.reply_due_at = directory().calendar.add_working_days(now, rules.REPLY_WORKING_DAYS)


def publish(entry: BoardEntry, *, by_id: int) -> None:
    """Show the entry. Raises Conflict while a unit that it accuses may still reply, while an objection is
    open, and for
    a red entry whose case is not fixed any more.
    """
    case = _case(entry)
    ensure_not_hidden(entry)
    if entry.board == "red" and not facts.is_fixed(case):
        raise Conflict(_l("This case has been opened again: nothing is fixed that could be shown."))
    name = "publish_again" if entry.published_at else "publish"
    rules.ensure_step(name, EntryState(entry.state))
    now = clock.now()
    replied = entry.replied_at is not None
    rules.ensure_unit_heard(
        accuses=facts.accuses(entry, case), replied=replied, reply_due_at=entry.reply_due_at, now=now
    )
    _move(entry, name, by_id=by_id)
    if entry.published_at is None:
        category = db.session.get(Category, case.category_code) if case.category_code else None
        entry.published_at = now
        entry.expires_at = rules.expiry(now, category.subject if category else "")
    facts.show(entry, case)


def recall(entry: BoardEntry, *, by_id: int) -> None:
    """Take the entry off the board to correct it; it returns as corrected once it was reviewed again."""
    ensure_not_hidden(entry)
    _take_back(entry, by_id=by_id)


def case_was_reopened(case: Case, **_more: Any) -> None:
    """Receiver of `case_reopened`: what was shown as fixed is not: its entries leave the boards until the
    office
    has looked at them again.
    """
    query = db.select(BoardEntry.number).where(BoardEntry.case_id == case.id, BoardEntry.state.in_(rules.SHOWN))
    for number in db.session.execute(query).scalars().all():
        _take_back(lock_entry(number, check=False), by_id=None)


def _take_back(entry: BoardEntry, *, by_id: int | None) -> None:
    _move(entry, "recall", by_id=by_id)
    entry.reviewer_id = entry.reviewed_at = entry.notified_at = entry.reply_due_at = None
    facts.hide(entry)


def withdraw(entry: BoardEntry, reason: str, *, by_id: int | None) -> None:
    """Take the entry off the board, or out of the list, for good; raises InvalidInput for an unknown
    reason.
    """
    if reason not in withdrawal_reasons():
        raise InvalidInput(_l("Choose a reason"), "reason")
    _move(entry, "withdraw", by_id=by_id, detail={"reason": reason})
    entry.withdrawn_at, entry.withdrawal_reason, entry.hidden_at = clock.now(), reason, None
    facts.hide(entry)


def withdrawal_reasons() -> dict[str, object]:
    """Code → words for the reasons to take an entry back."""
    known = {
        "not_for_board": _l("Not fit for the board"),
        "person_shown": _l("A person can be recognised"),
        "wrong": _l("The facts were wrong"),
        "asked": _l("Somebody concerned asked for it"),
        "objection": _l("An objection was upheld"),
    }
    return {**known, **{reason.code: reason.name for reason in content().reasons_of("board")}}


def expire_due() -> int:
    """Take entries whose time is over off the board; returns how many."""
    query = db.select(BoardEntry.number).where(BoardEntry.state.in_(rules.SHOWN), BoardEntry.expires_at <= clock.now())
    numbers = db.session.execute(query.limit(ROUND)).scalars().all()
    for number in numbers:
        entry = lock_entry(number, check=False)
        _move(entry, "expire", by_id=None)
        facts.hide(entry)
    return len(numbers)


def refresh(entry: BoardEntry, case: Case) -> None:
    """Let a shown entry say where its case stands now; others are left alone."""
    if entry.state in rules.SHOWN and entry.hidden_at is None:
        facts.show(entry, case)


def refresh_due() -> int:
    """Bring shown entries up to date whose case changed since, or whose promised day has passed; returns
    how many.
    """
    late = (ReleasedFact.status == "working") & (Case.deadline_at < clock.now())
    query = (
        db.select(BoardEntry, Case)
        .join(ReleasedFact, ReleasedFact.number == BoardEntry.number)
        .join(Case, Case.id == BoardEntry.case_id)
        .where(ReleasedFact.surface == BOARD, or_(Case.updated_at > ReleasedFact.released_at, late))
        .limit(ROUND)
    )
    rows = db.session.execute(query).all()
    for entry, case in rows:
        refresh(entry, case)
    return len(rows)


def recall_unmasked() -> int:
    """Take entries off the board whose picture was taken back at the masking desk: its new masks need a
    new review.

    The picture itself is gone already; returns how many entries followed it.
    """
    names = db.select(Photo.public_name).where(Photo.public_name.is_not(None))
    query = (
        db.select(BoardEntry.number)
        .join(ReleasedFact, ReleasedFact.number == BoardEntry.number)
        .where(
            ReleasedFact.surface == BOARD,
            BoardEntry.state.in_(rules.SHOWN),
            or_(ReleasedFact.before_photo.not_in(names), ReleasedFact.after_photo.not_in(names)),
        )
        .limit(ROUND)
    )
    numbers = db.session.execute(query).scalars().all()
    for number in numbers:
        _take_back(lock_entry(number, check=False), by_id=None)
    return len(numbers)


def ensure_not_hidden(entry: BoardEntry) -> None:
    """Raise Conflict while an objection against the entry is open: its decision comes first."""
    if entry.hidden_at is not None:
        raise Conflict(_l("An objection against this entry is open. Decide it first."))


def _case(entry: BoardEntry) -> Case:
    case = locked(Case, Case.id == entry.case_id)
    if case is None:
        raise NotFound()
    return case


def _move(entry: BoardEntry, name: str, *, by_id: int | None, detail: dict[str, str] | None = None) -> None:
    step = rules.ensure_step(name, EntryState(entry.state))
    before, entry.state = entry.state, step.target
    entry.version += 1
    actor = (by_id, "office") if by_id else (None, "system")
    record(
        f"entry.{name}",
        "entry",
        subject_id=entry.id,
        actor=actor,
        states=(before, step.target),
        detail=detail,
    )
