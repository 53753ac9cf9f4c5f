"""评价: rounds and grades, samples that were drawn, inspections."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Json


class Grade(Base):
    """A title's grade of one year. `figures`: indicator -> {"share", "part", "whole", "points"} as text (share None
    where there was nothing to count, then without points), and where the city corrected it the share `computed` before
    and its `reason`. `score` with two decimals and the grade `computed` from it by the programme's table, both "" where
    no indicator could be counted; `grade` as the authority confirmed it, `reason` why it isn't the computed one.

    A grade counts once it is `decided`. An appeal may change it: `before_appeal` is the grade that was appealed
    against, `reason` then that of the decision.
    """

    __tablename__ = "grade"
    __table_args__ = (
        UniqueConstraint("title_id", "year"),
        CheckConstraint("status IN ('open', 'decided', 'void')", name="status"),
        CheckConstraint("(status = 'decided') = (decided_on IS NOT NULL)", name="decided_on_a_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    title_id: Mapped[int] = mapped_column(ForeignKey("title.id"), index=True)
    programme: Mapped[str]
    year: Mapped[int]
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), unique=True)
    figures: Mapped[Any] = mapped_column(Json, default=dict)
    score: Mapped[str] = mapped_column(default="")
    computed: Mapped[str] = mapped_column(default="")
    grade: Mapped[str] = mapped_column(default="")
    before_appeal: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="open")
    decided_on: Mapped[date | None]
    recorded_at: Mapped[datetime]


class Inspection(Base):
    """检查: a spot check of a report or an inspection on site, with its finding."""

    __tablename__ = "inspection"
    __table_args__ = (CheckConstraint("kind IN ('spot_check', 'on_site', 'other')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    title_id: Mapped[int] = mapped_column(ForeignKey("title.id"), index=True)
    programme: Mapped[str]
    kind: Mapped[str]
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), unique=True)
    checked_case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    sample_id: Mapped[int | None] = mapped_column(ForeignKey("sample.id"))
    inspected_on: Mapped[date | None]
    passed: Mapped[bool | None]
    finding: Mapped[str] = mapped_column(default="")
    to_mend: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[datetime]


class Sample(Base):
    """A random sample of reports to be checked: the seed and what it was drawn from make it repeatable.

    `population` are the ids of the cases in the order in which they were drawn from, `drawn` those of them that were.
    `percent` and `at_least` are what the release said on that day.
    """

    __tablename__ = "sample"
    __table_args__ = (UniqueConstraint("programme", "kind", "period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    programme: Mapped[str]
    kind: Mapped[str]
    period: Mapped[str]
    seed: Mapped[str]
    population: Mapped[Any] = mapped_column(Json, default=list)
    drawn: Mapped[Any] = mapped_column(Json, default=list)
    percent: Mapped[int]
    at_least: Mapped[int]
    drawn_at: Mapped[datetime]
