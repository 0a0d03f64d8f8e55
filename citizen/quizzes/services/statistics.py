"""Keeping what is known of each version up to date."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select

from citizen.core import clock
from citizen.extensions import db
from citizen.quizzes.models import AttemptItem, QuestionVersion, VersionStatistics
from citizen.quizzes.queries.keys import keys_of
from citizen.quizzes.queries.statistics import STALE, samples
from citizen.quizzes.rules.questions import FALSE, TRUE, Kind
from citizen.quizzes.rules.statistics import Shape, findings


def recompute(version_ids: Sequence[int]) -> None:
    """Write the statistics of these versions anew; running it twice writes the same."""
    keys = keys_of(list(version_ids))
    for version_id in version_ids:
        version = db.session.get(QuestionVersion, version_id)
        if version is not None:
            _write(version, frozenset(keys[version_id][1]))


def shape_of(version: QuestionVersion, key: frozenset[str]) -> Shape:
    """What of a version its statistics need; ``key`` is what counts as right now."""
    ids = [TRUE, FALSE] if version.kind == Kind.TRUE_FALSE else [option["id"] for option in version.options]
    return Shape(version.kind, tuple(ids), key)


def _write(version: QuestionVersion, key: frozenset[str]) -> None:
    found = findings(samples(version.id), shape_of(version, key))
    row = db.session.get(VersionStatistics, version.id)
    if row is None:
        row = VersionStatistics(version_id=version.id)
        db.session.add(row)
    row.n, row.right, row.discrimination, row.seconds = found.n, found.right, found.discrimination, found.seconds
    row.chosen, row.doubts = found.chosen, [doubt.value for doubt in found.doubts]
    row.computed_at = clock.now()
    db.session.flush()


def outdate(attempt_ids: Select[int]) -> None:
    """Let the next run compute every version again that one of these attempts held."""
    touched = db.select(AttemptItem.version_id).where(AttemptItem.attempt_id.in_(attempt_ids)).distinct()
    db.session.execute(
        db.update(VersionStatistics)
        .where(VersionStatistics.version_id.in_(touched))
        .values(computed_at=STALE)
        .execution_options(synchronize_session=False)
    )
