"""The question bank: questions, their versions, what is known of how people answer them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from citizen.core.database import UtcDateTime
from citizen.extensions import Base

_READY = text("state = 'ready'")
_OPEN = text("state IN ('draft', 'review')")


class BankQuestion(Base):
    """What stays the same through all versions of a question: its code."""

    __tablename__ = "bank_questions"
    __table_args__ = (UniqueConstraint("code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: As authors speak of it, such as Q001; never reused.
    code: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    versions: Mapped[list[QuestionVersion]] = relationship(
        back_populates="question", lazy="raise", order_by="QuestionVersion.number"
    )


class QuestionVersion(Base):
    """One wording of a question. From review on its content never changes (a trigger holds it): a change is a new version."""

    __tablename__ = "question_versions"
    __table_args__ = (
        UniqueConstraint("question_id", "number"),
        Index("ux_question_versions_ready", "question_id", unique=True, sqlite_where=_READY, postgresql_where=_READY),
        Index("ux_question_versions_open", "question_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_question_versions_draw", "state", "topic", "difficulty"),
        Index("ix_question_versions_fingerprint", "fingerprint"),
        CheckConstraint("reviewer_id IS NULL OR reviewer_id <> author_id", name="reviewer_is_not_author"),
        CheckConstraint("state <> 'ready' OR reviewer_id IS NOT NULL", name="ready_was_reviewed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("bank_questions.id"), index=True)
    #: Counts from 1 within the question.
    number: Mapped[int]
    #: One of `rules.questions.VersionState`.
    state: Mapped[str] = mapped_column(String(12))
    #: One of `rules.questions.Kind`.
    kind: Mapped[str] = mapped_column(String(12))
    #: A code of the county's quiz topics.
    topic: Mapped[str] = mapped_column(String(30))
    #: 1 easy, 2 middling, 3 hard.
    difficulty: Mapped[int]
    #: Words for finding it, in the author's language.
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    stem_hans: Mapped[str] = mapped_column(Text)
    stem_hant: Mapped[str] = mapped_column(Text, default="")
    stem_en: Mapped[str] = mapped_column(Text, default="")
    #: [{"id", "hans", "hant", "en"}] in the author's order; empty for true/false, whose ids are "true" and "false".
    options: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    #: Ids of the right options, sorted. Kept apart from the options, so that what a taker sees is read without it.
    key: Mapped[list[str]] = mapped_column(JSON, default=list)
    explanation_hans: Mapped[str] = mapped_column(Text, default="")
    explanation_hant: Mapped[str] = mapped_column(Text, default="")
    explanation_en: Mapped[str] = mapped_column(Text, default="")
    #: Law and article, or another document, that proves the key.
    source_hans: Mapped[str] = mapped_column(Text, default="")
    source_hant: Mapped[str] = mapped_column(Text, default="")
    source_en: Mapped[str] = mapped_column(Text, default="")
    #: First and last day, in the county's calendar, on which it may be drawn; none is no bound.
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The reviewer's words when it went back to the author.
    review_note: Mapped[str] = mapped_column(Text, default="")
    #: See `rules.questions.fingerprint`: the same content, typed again, is recognised by it.
    fingerprint: Mapped[str] = mapped_column(String(64))
    #: Grows with every change: who saves over a change that they did not see gets a conflict.
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    question: Mapped[BankQuestion] = relationship(back_populates="versions", lazy="raise")


class KeyCorrection(Base):
    """A key that was wrong and what counts as right instead, for everybody who met this version."""

    __tablename__ = "key_corrections"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"), index=True)
    #: Ids that are right from now on; empty means that the question counts for nobody.
    key: Mapped[list[str]] = mapped_column(JSON)
    #: Said to those whose result changed.
    reason: Mapped[str] = mapped_column(Text)
    #: How many attempts held the version, and how many results changed.
    attempts: Mapped[int]
    changed: Mapped[int]
    decided_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)


class VersionStatistics(Base):
    """How people answered a version on their first attempts; written by a job, never by hand."""

    __tablename__ = "version_statistics"

    version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"), primary_key=True)
    #: First attempts that held it.
    n: Mapped[int]
    right: Mapped[int]
    #: Correlation of the item with the rest of its quiz, -1 to 1; none where it is not defined.
    discrimination: Mapped[float | None]
    #: Median seconds spent; none without a measured answer.
    seconds: Mapped[float | None]
    #: Option id → how often it was chosen; "" counts those left empty.
    chosen: Mapped[dict[str, int]] = mapped_column(JSON)
    #: Codes of `rules.statistics.Doubt`.
    doubts: Mapped[list[str]] = mapped_column(JSON)
    computed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class QuestionImport(Base):
    """A file or a paste that was read: what it holds and what is wrong with it, kept until somebody takes it over."""

    __tablename__ = "question_imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str] = mapped_column(String(120))
    #: One of `rules.importing.Format`.
    format: Mapped[str] = mapped_column(String(10))
    #: The drafts of `formats.draft.Read`, each as `formats.draft.as_json` writes it; emptied once taken over.
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    #: Its problems, as `formats.draft.Problem.as_json` writes them: [{"row", "column", "message"}].
    errors: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    #: What taking it over did: {"new", "changed", "same"}; none while it is only a dry run.
    outcome: Mapped[dict[str, int] | None] = mapped_column(JSON)
    made_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
