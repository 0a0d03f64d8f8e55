"""The office's unit of work; one case may gather several reports."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from citizen.cases.rules import CaseState
from citizen.core.database import UtcDateTime
from citizen.extensions import Base

#: Where a case without a running clock stands in the queue: behind all others.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class Case(Base):
    """One problem at one place. Changed only through `citizen.cases.services.door.move`."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("number"),
        Index("ix_cases_queue", "state", "urgency_rank", "queue_at", "id"),
        Index("ix_cases_area_queue", "state", "area_code", "urgency_rank", "queue_at", "id"),
        Index("ix_cases_category_queue", "state", "category_code", "urgency_rank", "queue_at", "id"),
        Index("ix_cases_unit_queue", "unit_code", "state", "queue_at", "id"),
        Index("ix_cases_verifier_queue", "verifier_id", "state", "queue_at", "id"),
        Index("ix_cases_place", "grid_code", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Staff's number, given at intake: 260831-6AN3.
    number: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(12), default=CaseState.SUBMITTED)
    #: Grows with every change; every decision carries the one its author saw.
    version: Mapped[int] = mapped_column(default=1)
    #: The first words of the report, for lists.
    title: Mapped[str] = mapped_column(String(120))
    category_code: Mapped[str | None] = mapped_column(ForeignKey("categories.code"))
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"))
    grid_code: Mapped[str | None] = mapped_column(ForeignKey("grids.code"))
    point_code: Mapped[str | None] = mapped_column(ForeignKey("points.code"))
    landmark: Mapped[str] = mapped_column(String(200), default="")
    #: WGS-84.
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    source: Mapped[str] = mapped_column(String(10), default="web")
    urgency: Mapped[str] = mapped_column(String(10), default="normal")
    #: 0 for emergencies, which go first, else 1.
    urgency_rank: Mapped[int] = mapped_column(default=1)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When the clock that runs now ends (intake, limit or verification); none while paused or ended.
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: ``due_at``, or NEVER: what the queue is ordered by.
    queue_at: Mapped[datetime] = mapped_column(UtcDateTime, default=NEVER)
    #: Minutes that were left when the clock was paused.
    paused_minutes: Mapped[int | None]
    #: The calendar edition that the deadlines were reckoned with.
    calendar_version: Mapped[str] = mapped_column(String(40), default="")

    #: Frozen at acceptance: the edition of the limits, the hours and their clock.
    limit_version: Mapped[str | None] = mapped_column(String(40))
    limit_hours: Mapped[int | None]
    limit_clock: Mapped[str | None] = mapped_column(String(10))

    unit_code: Mapped[str | None] = mapped_column(ForeignKey("units.code"))
    #: Which routing rule named the unit: category, area or by hand.
    routed_by: Mapped[str | None] = mapped_column(String(20))
    dispatched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Set at dispatch (and by rework), never rewritten in silence.
    deadline_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sign_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deemed_signed: Mapped[bool] = mapped_column(default=False)
    #: First time the unit handed in: what "on time" is measured by.
    first_fixed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fixed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verifier_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolution: Mapped[str | None] = mapped_column(String(15))
    #: Reason of a refusal, and the moderator's words for the reporter.
    reason_code: Mapped[str | None] = mapped_column(String(30))
    reason_words: Mapped[str] = mapped_column(Text, default="")
    rejected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revived: Mapped[bool] = mapped_column(default=False)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    merged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Body and number where a case outside our reach was taken over.
    referred_to: Mapped[str] = mapped_column(String(120), default="")

    report_count: Mapped[int] = mapped_column(default=1)
    supporter_count: Mapped[int] = mapped_column(default=0)
    photo_count: Mapped[int] = mapped_column(default=0)
    rework_count: Mapped[int] = mapped_column(default=0)
    reopen_count: Mapped[int] = mapped_column(default=0)
    #: The reporter answered or added something nobody has looked at yet.
    answered: Mapped[bool] = mapped_column(default=False)
    #: The words seem to hold a phone, plate or identity number.
    hinted: Mapped[bool] = mapped_column(default=False)

    #: The moderator's release: words and precision that the public may see; none until released.
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    public_title_hans: Mapped[str] = mapped_column(String(120), default="")
    public_title_en: Mapped[str] = mapped_column(String(200), default="")
    #: "point", "street" or "area".
    public_precision: Mapped[str] = mapped_column(String(10), default="")
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CaseReport(Base):
    """Which reports a case gathers; ``origin_id`` is the case that intake opened for the report."""

    __tablename__ = "case_reports"
    __table_args__ = (UniqueConstraint("report_id"), Index("ix_case_reports_case", "case_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"))
    origin_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
