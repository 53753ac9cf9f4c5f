"""申报批次: the yearly call, who applied in it, who was let in late, and whom units recommend in it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.models import only_where
from app.db import Base, Json


class Batch(Base):
    """A call of a programme; applications are opened from `opens_on` to `closes_on`, both included.

    `dates` are the last days that the programme asks a call to name, by key, as ISO dates as typed: whether one rolls
    is the programme's rule. The applicants' own is among them.
    """

    __tablename__ = "batch"
    __table_args__ = (
        UniqueConstraint("programme", "year", "name"),
        CheckConstraint("opens_on <= closes_on", name="opens_before_it_closes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"))
    programme: Mapped[str]
    year: Mapped[int]
    name: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    dates: Mapped[Any] = mapped_column(Json, default=dict)
    changes: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class Application(Base):
    """One institution's application in one batch: one only."""

    __tablename__ = "application"
    __table_args__ = (UniqueConstraint("batch_id", "applicant_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"))
    applicant_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), unique=True)


class Entitlement(Base):
    """A unit that may recommend in a call, where the programme's calls name those who may."""

    __tablename__ = "entitlement"

    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)


class LateEntry(Base):
    """逾期受理: the authority's decision to let an institution apply until a day after the call has closed."""

    __tablename__ = "late_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    applicant_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    until: Mapped[date]
    reason: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime]


class Quota(Base):
    """名额: how many each unit of a group may recommend in a call. A group without a row has no limit; 0 is one."""

    __tablename__ = "quota"
    __table_args__ = (CheckConstraint("number >= 0", name="not_negative"),)

    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    group_key: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]


class Recommendation(Base):
    """A unit's recommendation of one application in a call, from the step that said it until it ends: the applicant
    withdrew, or the case was returned to the unit or below. One at a time a case; nobody counts but these rows.

    `group_key` and `choice` are the figure under which it counts ("" for none), unless it is `exempt`. `rank` is the
    place that the unit gave it among its own, from 1; None: not ranked.
    """

    __tablename__ = "recommendation"
    __table_args__ = (
        CheckConstraint("ended_as IN ('', 'withdrawn', 'returned')", name="ended_as"),
        CheckConstraint("(ended_as = '') = (ended_at IS NULL)", name="ended_when_ended"),
        CheckConstraint("rank >= 1", name="ranks_from_one"),
        Index("ix_recommendation_stands", "case_id", unique=True, **only_where("ended_at IS NULL")),
        Index("ix_recommendation_unit", "batch_id", "unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    group_key: Mapped[str] = mapped_column(default="")
    choice: Mapped[str] = mapped_column(default="")
    exempt: Mapped[bool] = mapped_column(default=False)
    rank: Mapped[int | None]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recommended_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[str] = mapped_column(default="")
