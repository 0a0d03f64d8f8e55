"""Writing down what follows from a weak topic, so that the next wave can show what came of it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.database import locked
from citizen.core.errors import Conflict, NotFound
from citizen.extensions import db
from citizen.surveys.models import MeasureItem, Stratum, Wave, WaveNote
from citizen.surveys.queries.results import BIGGEST_ID, FOR_THE_OFFICE
from citizen.surveys.queries.topics import note_at


def version_of(note: WaveNote | None) -> str:
    """What stands for the state of a note: the moment of its last writing, empty where there is none."""
    return note.made_at.isoformat() if note is not None else ""


def keep_note(wave_id: int, place: tuple[str, str], *, words: str, seen: str, by: int) -> WaveNote:
    """Keep ``words`` about ``place`` (area code, topic) of a closed wave; there is one note for each.

    ``seen`` is the `version_of` the note that the author was looking at, ``by`` the person who writes. The same words twice
    are one note. Raises NotFound for a wave without results or a place that it did not ask about, and Conflict when somebody else
    wrote in the meantime.
    """
    area, topic = place
    wave = locked(Wave, Wave.id == min(wave_id, BIGGEST_ID))
    if wave is None or wave.state not in FOR_THE_OFFICE:
        raise NotFound()
    ensure_asked(wave, area, topic)
    note = note_at(wave.id, area, topic)
    if note is not None and note.words == words:
        return note
    if version_of(note) != seen:
        raise Conflict(_l("Somebody else has written here in the meantime. Their words are shown above."))
    if note is None:
        note = WaveNote(wave_id=wave.id, area_code=area, topic=topic)
        db.session.add(note)
    note.words, note.made_by, note.made_at = words, by, clock.now()
    db.session.flush()
    detail = {"area": area, "topic": topic, "words": words}
    record("wave.note", "wave", subject_id=wave.id, actor=(by, "staff"), detail=detail)
    return note


def ensure_asked(wave: Wave, area: str, topic: str) -> None:
    """Raise NotFound unless the wave asked about ``topic`` and had people of ``area`` in its sample."""
    asked = db.session.execute(
        db.select(MeasureItem.id).where(MeasureItem.measure_id == wave.measure_id, MeasureItem.topic == topic).limit(1)
    ).scalar()
    there = db.session.execute(
        db.select(Stratum.id).where(Stratum.wave_id == wave.id, Stratum.area_code == area).limit(1)
    ).scalar()
    if asked is None or there is None:
        raise NotFound()
