"""Words of staff for staff."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from citizen.cases.models import Case, Note
from citizen.core import clock
from citizen.core.audit import record
from citizen.core.errors import InvalidInput
from citizen.core.text import clean_text
from citizen.extensions import db

LIMIT = 2_000


def add_note(case: Case, words: str, *, author_id: int) -> Note:
    """Keep an internal note on a case; the chain records that there is one, not what it says.

    A note decides nothing, so it neither needs the claim nor makes other people's page old. Raises InvalidInput.
    """
    text = clean_text(words, LIMIT, field="words")
    if not text:
        raise InvalidInput(_l("Write something first."), "words")
    note = Note(case_id=case.id, author_id=author_id, words=text, at=clock.now())
    db.session.add(note)
    db.session.flush()
    record("note", "case", subject_id=case.id, actor=(author_id, "staff"))
    return note
