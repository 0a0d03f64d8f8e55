"""Reading definitions back, and whether their questions are asked elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from citizen.core.content import Words
from citizen.core.errors import NotFound
from citizen.extensions import db
from citizen.quizzes.models import QuestionVersion
from citizen.quizzes.rules.questions import fold
from citizen.surveys.models import Measure, MeasureItem
from citizen.surveys.rules.measures import Choice, Definition, Item


def measure_of(measure_id: int) -> Measure:
    """The number of a measure; raises NotFound."""
    found = db.session.get(Measure, measure_id)
    if found is None:
        raise NotFound()
    return found


def measures() -> Sequence[Measure]:
    """Every number of every measure: by code, the latest first."""
    return db.session.execute(db.select(Measure).order_by(Measure.code, Measure.number.desc())).scalars().all()


def items_of(measure_id: int) -> Sequence[MeasureItem]:
    """The items in their order."""
    query = db.select(MeasureItem).where(MeasureItem.measure_id == measure_id).order_by(MeasureItem.position)
    return db.session.execute(query).scalars().all()


def definition_of(measure: Measure) -> Definition:
    """Everything that the office wrote of one number."""
    return Definition(
        rate=measure.rate,
        title=Words(measure.title_hans, measure.title_hant, measure.title_en),
        definition=Words(measure.definition_hans, measure.definition_hant, measure.definition_en),
        needed=measure.needed,
        items=tuple(
            Item(
                Words(row.question_hans, row.question_hant, row.question_en),
                tuple(Choice(o["id"], Words(o["hans"], o["hant"], o["en"]), bool(o["counts"])) for o in row.options),
                row.topic or "",
                row.anchor,
            )
            for row in items_of(measure.id)
        ),
    )


def last_fixed(code: str, *, before: int | None = None) -> Measure | None:
    """The latest number of ``code`` that a wave was opened with, below number ``before`` if that is given."""
    query = db.select(Measure).where(Measure.code == code, Measure.fixed_at.is_not(None))
    if before is not None:
        query = query.where(Measure.number < before)
    return db.session.execute(query.order_by(Measure.number.desc()).limit(1)).scalar()


def draft_of(code: str) -> Measure | None:
    """The number of ``code`` that may still be changed."""
    return db.session.execute(db.select(Measure).where(Measure.code == code, Measure.fixed_at.is_(None))).scalar()


def asked_in_quizzes(questions: Iterable[Words]) -> list[int]:
    """Places (from 0) of those ``questions`` that a question of the bank, in any state, asks as well."""
    columns = (QuestionVersion.stem_hans, QuestionVersion.stem_hant, QuestionVersion.stem_en)
    known = {fold(text) for row in db.session.execute(db.select(*columns).distinct()) for text in row if text}
    return [
        place
        for place, words in enumerate(questions)
        if any(text and fold(text) in known for text in (words.hans, words.hant, words.en))
    ]
