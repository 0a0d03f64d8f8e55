"""Finding questions and reading what their authors wrote."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from citizen.accounts.models import Person
from citizen.core.audit import Event
from citizen.core.content import Words, content, to_traditional
from citizen.extensions import db
from citizen.quizzes.models import BankQuestion, QuestionVersion, VersionStatistics
from citizen.quizzes.rules.questions import Content, Kind, Option, VersionState
from citizen.web.locale import localised

#: Acts that put words into a version.
WRITTEN = ("question.draft", "question.rewrite")


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic of the bank, from the county's file."""

    code: str
    words: Words


def topics() -> list[Topic]:
    """The topics in the county's order."""
    rows = content().yaml("quiz_topics.yaml")["topics"]
    return [Topic(row["code"], Words(row["zh"], to_traditional(row["zh"]), row["en"])) for row in rows]


def content_of(version: QuestionVersion) -> Content:
    """Everything that its author wrote."""
    return Content(
        kind=Kind(version.kind),
        topic=version.topic,
        difficulty=version.difficulty,
        stem=Words(version.stem_hans, version.stem_hant, version.stem_en),
        options=tuple(
            Option(option["id"], Words(option["hans"], option["hant"], option["en"])) for option in version.options
        ),
        key=frozenset(version.key),
        explanation=Words(version.explanation_hans, version.explanation_hant, version.explanation_en),
        source=Words(version.source_hans, version.source_hant, version.source_en),
        tags=tuple(version.tags),
        valid_from=version.valid_from,
        valid_to=version.valid_to,
    )


def question_of(code: str) -> BankQuestion | None:
    """The question that authors call ``code``."""
    return db.session.execute(db.select(BankQuestion).where(BankQuestion.code == code)).scalar_one_or_none()


def versions_of(question_id: int) -> list[QuestionVersion]:
    """All versions of a question, the newest first."""
    query = db.select(QuestionVersion).where(QuestionVersion.question_id == question_id)
    return list(db.session.execute(query.order_by(QuestionVersion.number.desc())).scalars())


def writers_of(versions: Iterable[QuestionVersion]) -> dict[int, set[int]]:
    """Version id → everybody who wrote in it since it was begun, by the trail; its author in any case."""
    found = {(version.question_id, version.number): (version.id, {version.author_id}) for version in versions}
    query = db.select(Event.subject_id, Event.detail, Event.actor_id).where(
        Event.subject == "question",
        Event.subject_id.in_({question_id for question_id, _number in found}),
        Event.action.in_(WRITTEN),
    )
    for question_id, detail, person_id in db.session.execute(query) if found else ():
        written = found.get((question_id, detail.get("version")))
        if written is not None and person_id is not None:
            written[1].add(person_id)
    return dict(found.values())


def statistics_of(version_id: int) -> VersionStatistics | None:
    """How people answered a version; None before anybody did."""
    return db.session.get(VersionStatistics, version_id)


def twins(version: QuestionVersion) -> list[str]:
    """Codes of other questions, not retired, that ask and answer the same; at most five."""
    query = (
        db.select(BankQuestion.code)
        .join(QuestionVersion, QuestionVersion.question_id == BankQuestion.id)
        .where(
            QuestionVersion.fingerprint == version.fingerprint,
            QuestionVersion.question_id != version.question_id,
            QuestionVersion.state != VersionState.RETIRED,
        )
        .distinct()
        .order_by(BankQuestion.code)
        .limit(5)
    )
    return list(db.session.execute(query).scalars())


def names_of(people: Iterable[int | None]) -> dict[int, str]:
    """The names of members of staff by their ids."""
    ids = {id_ for id_ in people if id_ is not None}
    query = db.select(Person.id, Person.name).where(Person.id.in_(ids))
    return dict(db.session.execute(query).all()) if ids else {}


def titles_of(versions: Iterable[int]) -> dict[int, tuple[str, str]]:
    """(code, question in the page's language) of versions by their ids."""
    query = (
        db.select(QuestionVersion, BankQuestion.code)
        .join(BankQuestion, BankQuestion.id == QuestionVersion.question_id)
        .where(QuestionVersion.id.in_(list(versions)))
    )
    return {version.id: (code, localised(version, "stem")) for version, code in db.session.execute(query)}
