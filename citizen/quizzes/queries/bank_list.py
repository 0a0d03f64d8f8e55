"""The list of the bank: versions that somebody still works with, found by words, topic, state, tag, date and doubts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, or_
from sqlalchemy.orm import aliased

from citizen.core.text import fold_width
from citizen.extensions import db
from citizen.quizzes.models import BankQuestion, QuestionVersion, VersionStatistics
from citizen.quizzes.rules.questions import VersionState

PAGE = 50
#: Words of a search that count; more narrow nothing down.
MOST_WORDS = 6
SOON = timedelta(days=60)
V = QuestionVersion


class Narrow(StrEnum):
    """Questions that somebody should look at."""

    EXPIRING = "expiring"
    EXPIRED = "expired"
    DOUBTS = "doubts"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; empty values do not count."""

    words: str = ""
    topic: str = ""
    difficulty: int = 0
    state: str = ""
    tag: str = ""
    narrow: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One version of the list with its question's code and the doubts that the statistics raise."""

    version: QuestionVersion
    code: str
    doubts: Sequence[str]


def bank_page(wanted: Wanted, *, page: int, today: date) -> list[Row]:
    """Up to fifty versions of the page ``page`` (from 1): the latest change first, in review the longest wait first."""
    order = V.changed_at.asc() if wanted.state == VersionState.REVIEW else V.changed_at.desc()
    query = (
        matching(wanted, today, V, BankQuestion.code, VersionStatistics.doubts)
        .order_by(order, V.id.desc())
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    )
    return [Row(version, code, doubts or []) for version, code, doubts in db.session.execute(query)]


def counts(wanted: Wanted, *, today: date) -> dict[str, int]:
    """How many versions match in each state, whatever state ``wanted`` names."""
    query = matching(replace(wanted, state=""), today, V.state, func.count()).group_by(V.state)
    return {state: int(n) for state, n in db.session.execute(query)}


def matching(wanted: Wanted, today: date, *columns: Any) -> Select[Any]:
    """``columns`` of the versions that match: those not retired, and the last one of a question that is."""
    query: Select[Any] = (
        db.select(*columns)
        .select_from(V)
        .join(BankQuestion, BankQuestion.id == V.question_id)
        .outerjoin(VersionStatistics, VersionStatistics.version_id == V.id)
        .where(_listed())
    )
    for column, value in ((V.topic, wanted.topic), (V.difficulty, wanted.difficulty), (V.state, wanted.state)):
        if value:
            query = query.where(column == value)
    if wanted.tag:
        query = query.where(_holds(json.dumps(wanted.tag), json.dumps(wanted.tag, ensure_ascii=False)))
    if wanted.narrow:
        query = query.where(_narrowed(Narrow(wanted.narrow), today))
    return query.where(*(_said(word) for word in fold_width(wanted.words).lower().split()[:MOST_WORDS]))


def _listed() -> ColumnElement[bool]:
    newer = aliased(V)
    last = db.select(newer.id).where(newer.question_id == V.question_id, newer.number > V.number).correlate(V)
    return or_(V.state != VersionState.RETIRED, ~last.exists())


def _said(word: str) -> ColumnElement[bool]:
    """``word`` stands in the question in any language, in its code or in one of its tags; signs of LIKE are plain signs."""
    columns = (V.stem_hans, V.stem_hant, V.stem_en, BankQuestion.code)
    found = [func.lower(column).contains(word, autoescape=True) for column in columns]
    return or_(*found, _holds(json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1]))


def _holds(*forms: str) -> ColumnElement[bool]:
    """The stored list of tags holds one of ``forms``: JSON is written with or without escapes, so both are looked for."""
    stored = func.lower(cast(V.tags, String))
    return or_(*(stored.contains(form.lower(), autoescape=True) for form in dict.fromkeys(forms)))


def _narrowed(narrow: Narrow, today: date) -> ColumnElement[bool]:
    conditions: dict[Narrow, ColumnElement[bool]] = {
        Narrow.EXPIRING: V.valid_to.between(today, today + SOON) & (V.state != VersionState.RETIRED),
        Narrow.EXPIRED: (V.valid_to < today) & (V.state != VersionState.RETIRED),
        Narrow.DOUBTS: cast(VersionStatistics.doubts, String) != "[]",
    }
    return conditions[narrow]
