"""Writing definitions: a new measure, its draft, the next number of one that a wave has fixed."""

from __future__ import annotations

import re
from dataclasses import replace

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.content import Words, to_traditional
from citizen.core.database import constraint_means, locked
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.extensions import db
from citizen.quizzes.queries.bank import topics
from citizen.surveys.models import Measure, MeasureItem
from citizen.surveys.queries.measures import asked_in_quizzes, definition_of, draft_of, last_fixed
from citizen.surveys.rules.measures import Definition, Item, changed_anchors, ensure_measure, lacking, without_blanks

_CODE = re.compile(r"[a-z][a-z0-9_-]{1,29}\Z")

for _name in ("uq_measures_code", "measures.code, measures.number"):
    constraint_means(_name, lambda: Conflict(_l("Somebody else has begun the next number of this measure.")))


def create_measure(code: str, wanted: Definition, *, by: int) -> Measure:
    """Number 1 of a new measure, as a draft. Raises InvalidInput, also for a code that is in use."""
    if not _CODE.match(code):
        raise InvalidInput(_l("Type a code of small letters, digits and dashes, such as awareness"), "code")
    if db.session.execute(db.select(Measure.id).where(Measure.code == code)).first():
        raise InvalidInput(_l("This short name is in use already."), "code")
    wanted = _ensured(wanted)
    now = clock.now()
    measure = Measure(code=code, number=1, made_by=by, created_at=now, changed_at=now)
    _fill(measure, wanted)
    db.session.add(measure)
    db.session.flush()
    _fill_items(measure, wanted)
    record("measure.draft", "measure", subject_id=measure.id, actor=(by, "staff"), detail={"code": code, "number": 1})
    return measure


def rewrite_measure(
    measure_id: int, wanted: Definition, *, seen: int, by: int, change_anchors: bool = False
) -> Measure:
    """Save a draft over what was ``seen`` of it (its ``version``).

    Raises NotFound; Conflict when a wave has fixed it or somebody changed it meanwhile; InvalidInput for bad content and,
    at "change_anchors", when an anchor of the last fixed number is not asked in the same words and the tick is missing.
    """
    measure = _draft(measure_id, seen)
    wanted = _ensured(wanted)
    changed = anchors_changed(measure, wanted)
    if changed and not change_anchors:
        raise InvalidInput(_l("An anchor question was changed or left out. Tick that this is meant."), "change_anchors")
    _fill(measure, wanted)
    _fill_items(measure, wanted)
    measure.version += 1
    measure.changed_at = clock.now()
    detail = {"code": measure.code, "number": measure.number, "anchors_changed": len(changed)}
    record("measure.rewrite", "measure", subject_id=measure.id, actor=(by, "staff"), detail=detail)
    db.session.flush()
    return measure


def next_number(measure_id: int, *, by: int) -> Measure:
    """A draft of the next number, copied from ``measure_id``: options keep their ids, so that waves can be compared.

    Raises NotFound, and Conflict while another draft of the same measure is open.
    """
    former = locked(Measure, Measure.id == measure_id)
    if former is None:
        raise NotFound()
    if draft_of(former.code) is not None:
        raise Conflict(_l("A draft of this measure is open already. Change that one."))
    last = db.session.execute(db.select(db.func.max(Measure.number)).where(Measure.code == former.code)).scalar_one()
    now, wanted = clock.now(), definition_of(former)
    measure = Measure(code=former.code, number=last + 1, made_by=by, created_at=now, changed_at=now)
    _fill(measure, wanted)
    db.session.add(measure)
    db.session.flush()
    _fill_items(measure, wanted)
    detail = {"code": measure.code, "number": measure.number, "from": former.number}
    record("measure.draft", "measure", subject_id=measure.id, actor=(by, "staff"), detail=detail)
    return measure


def anchors_changed(measure: Measure, wanted: Definition) -> list[Item]:
    """Anchors of the last fixed number before ``measure`` that ``wanted`` does not ask in the same words."""
    former = last_fixed(measure.code, before=measure.number)
    return changed_anchors(definition_of(former).items, wanted.items) if former is not None else []


def fix_measure(measure_id: int) -> None:
    """Let the definition never change again, because a wave opens with it; fixing twice changes nothing.

    Raises InvalidInput while something is missing, or when a quiz has come to ask one of its questions.
    """
    measure = locked(Measure, Measure.id == measure_id)
    if measure is None:
        raise NotFound()
    if measure.fixed_at is not None:
        return
    wanted = definition_of(measure)
    for sentence in lacking(wanted):
        raise InvalidInput(sentence)
    _ensure_apart(wanted)
    measure.fixed_at = clock.now()
    db.session.flush()


def _draft(measure_id: int, seen: int) -> Measure:
    measure = locked(Measure, Measure.id == measure_id)
    if measure is None:
        raise NotFound()
    if measure.fixed_at is not None:
        raise Conflict(_l("A survey has opened with this number: it does not change any more. Make the next number."))
    if measure.version != seen:
        raise Conflict(
            _l("Somebody else changed this meanwhile. What you typed is here; keeping it again replaces theirs."),
            current=measure,
        )
    return measure


def _ensured(wanted: Definition) -> Definition:
    wanted = without_blanks(wanted)
    ensure_measure(wanted)
    known = {topic.code for topic in topics()}
    for number, item in enumerate(wanted.items):
        if item.topic and item.topic not in known:
            raise InvalidInput(_l("Choose a topic"), f"item-{number}-topic")
    _ensure_apart(wanted)
    return wanted


def _ensure_apart(wanted: Definition) -> None:
    """A question that people can meet in a quiz measures how many took the quiz."""
    for place in asked_in_quizzes(item.question for item in wanted.items):
        sentence = _l(
            "Question %(number)s is in the quiz bank. A survey asks nothing that a quiz teaches.", number=place + 1
        )
        raise InvalidInput(sentence, f"item-{place}-hans")


def _traditional(words: Words) -> Words:
    return replace(words, hant=to_traditional(words.hans))


def _fill(measure: Measure, wanted: Definition) -> None:
    measure.rate, measure.needed = wanted.rate, wanted.needed
    for field in ("title", "definition"):
        words = _traditional(getattr(wanted, field))
        for language in ("hans", "hant", "en"):
            setattr(measure, f"{field}_{language}", getattr(words, language))


def _fill_items(measure: Measure, wanted: Definition) -> None:
    db.session.execute(db.delete(MeasureItem).where(MeasureItem.measure_id == measure.id))
    for position, item in enumerate(wanted.items, 1):
        question = _traditional(item.question)
        db.session.add(
            MeasureItem(
                measure_id=measure.id,
                position=position,
                topic=item.topic or None,
                question_hans=question.hans,
                question_hant=question.hant,
                question_en=question.en,
                options=[
                    {
                        "id": option.id,
                        "hans": option.words.hans,
                        "hant": to_traditional(option.words.hans),
                        "en": option.words.en,
                        "counts": option.counts,
                    }
                    for option in item.options
                ],
                anchor=item.anchor,
            )
        )
    db.session.flush()
