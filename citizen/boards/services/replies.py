"""A unit's right of reply."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from citizen.boards.models import BoardEntry
from citizen.boards.rules import SHOWN, EntryState
from citizen.boards.services import entries
from citizen.cases.models import Case
from citizen.core import clock
from citizen.core.audit import record
from citizen.core.errors import Conflict, InvalidInput
from citizen.extensions import db


def reply(entry: BoardEntry, words: str, *, by_id: int, role: str) -> None:
    """Store the unit's reply, or with empty ``words`` that it will not reply; a shown entry shows it at once.

    Raises Conflict when it replied already or the entry is not open for replies, InvalidInput for a very
    short reply.
    """
    if entry.replied_at is not None:
        raise Conflict(_l("Your unit has replied to this entry already."))
    if entry.state != EntryState.NOTIFIED and entry.state not in SHOWN:
        raise Conflict(_l("This entry cannot be replied to at the moment."))
    if words and len(words) < 4:
        raise InvalidInput(_l("Write a sentence, or choose not to reply"), "words")
    entry.reply, entry.replied_at = words, clock.now()
    entry.version += 1
    action = "entry.reply" if words else "entry.no_reply"
    record(action, "entry", subject_id=entry.id, actor=(by_id, role), states=(entry.state, entry.state))
    case = db.session.get(Case, entry.case_id)
    if case is not None:
        entries.refresh(entry, case)
