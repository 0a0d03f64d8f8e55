"""What counts as right: a version's own key, or what the last correction of it says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Select, String, cast, func

from citizen.extensions import db
from citizen.quizzes.models import KeyCorrection, QuestionVersion
from citizen.quizzes.queries.bank import content_of
from citizen.quizzes.rules.questions import Content

_EMPTY = "[]"


def corrected(version_ids: Iterable[int]) -> dict[int, list[str]]:
    """Version → ids that are right by its last correction, empty where it counts for nobody; without those never corrected."""
    correction = KeyCorrection
    query = (
        db.select(correction.version_id, correction.key)
        .where(correction.version_id.in_(list(version_ids)))
        .order_by(correction.id)
    )
    return {version_id: list(key) for version_id, key in db.session.execute(query)}


def keys_of(version_ids: list[int]) -> dict[int, tuple[str, list[str]]]:
    """(kind, ids that count as right) of each version: its own key, or what the last correction says."""
    version = QuestionVersion
    query = db.select(version.id, version.kind, version.key).where(version.id.in_(version_ids))
    now = corrected(version_ids)
    return {id_: (kind, now.get(id_, list(key))) for id_, kind, key in db.session.execute(query)}


def contents_of(versions: Iterable[QuestionVersion]) -> dict[int, Content]:
    """Version id → what its author wrote, with the key that counts now."""
    rows = list(versions)
    now = corrected(version.id for version in rows)
    return {
        version.id: replace(content_of(version), key=frozenset(now.get(version.id, version.key))) for version in rows
    }


def counting(version: QuestionVersion) -> Content:
    """The same of one version."""
    return contents_of([version])[version.id]


def voided() -> Select[tuple[int]]:
    """The versions that count for nobody by their last correction, to be left out of a query in the same statement."""
    correction = KeyCorrection
    last = db.select(func.max(correction.id)).group_by(correction.version_id)
    found: Select[tuple[int]] = db.select(correction.version_id)
    return found.where(correction.id.in_(last), cast(correction.key, String) == _EMPTY)
