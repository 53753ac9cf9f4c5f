"""报送义务: each report that a title owes, from its opening to what became of it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Duty(Base):
    """One report of one period. `due_on` is the day as the programme writes it; the last day as it rolled is the
    deadline of its case. `covers_from` to `covers_until` are the days that it is about.

    open: not filed yet. done: filed in time (or corrected in time). missed: its deadline passed (`missed_at`); late:
    filed after that, still a miss where the programme says so. excused: missed with an accepted reason, neither counts
    nor breaks a run. held: due while the title was suspended, neither counts nor breaks. void: the title ended before.

    `filed_at` is the instant of the last filing; `accepted_at` that at which the reviewer found the report in order.
    """

    __tablename__ = "duty"
    __table_args__ = (
        UniqueConstraint("title_id", "obligation", "period"),
        CheckConstraint("status IN ('open', 'done', 'missed', 'late', 'excused', 'held', 'void')", name="status"),
        CheckConstraint("status <> 'excused' OR excuse <> ''", name="excused_with_reason"),
        CheckConstraint("covers_from <= covers_until", name="covers_days"),
        Index("ix_duty_round", "programme", "obligation", "period", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    title_id: Mapped[int] = mapped_column(ForeignKey("title.id"), index=True)
    programme: Mapped[str]
    obligation: Mapped[str]
    period: Mapped[str]
    covers_from: Mapped[date]
    covers_until: Mapped[date]
    due_on: Mapped[date]
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), unique=True)
    status: Mapped[str] = mapped_column(default="open")
    filed_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    missed_at: Mapped[datetime | None]
    excuse: Mapped[str] = mapped_column(default="")
    excused_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    excused_at: Mapped[datetime | None]


class UnitDuty(Base):
    """One report of one period that a recommending unit owes about its platforms; the columns are those of a Duty.

    open: not filed yet. done: filed in time. missed: its last day passed (`missed_at`); late: filed after that.
    """

    __tablename__ = "unit_duty"
    __table_args__ = (
        UniqueConstraint("unit_id", "programme", "obligation", "period"),
        CheckConstraint("status IN ('open', 'done', 'missed', 'late')", name="status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    programme: Mapped[str]
    obligation: Mapped[str]
    period: Mapped[str]
    covers_from: Mapped[date]
    covers_until: Mapped[date]
    due_on: Mapped[date]
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), unique=True)
    status: Mapped[str] = mapped_column(default="open")
    filed_at: Mapped[datetime | None]
    missed_at: Mapped[datetime | None]
