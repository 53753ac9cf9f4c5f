"""评审专家: the register, and for each reviewed case the panel: its draws, its seats, its result.

What decided a draw is kept as it was then: the seed, the candidates in their order, who was left out and why.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Json


class Expert(Base):
    """A person who holds the role `expert`, as one authority (`keeper_id`) keeps him or her in its register.

    `fields` are the fields of expertise, `employer` who pays the person, where that isn't the unit of the account.
    """

    __tablename__ = "expert"
    __table_args__ = (
        UniqueConstraint("keeper_id", "person_id"),
        CheckConstraint("status IN ('active', 'paused')", name="status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    keeper_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    fields: Mapped[str] = mapped_column(default="")
    post: Mapped[str] = mapped_column(default="")
    employer: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="active")
    entered_at: Mapped[datetime]


class ExpertRelation(Base):
    """利害关系: a unit or a division whose cases are not for this expert while the relation stands."""

    __tablename__ = "expert_relation"
    __table_args__ = (
        CheckConstraint("(unit_id IS NULL) <> (region_code IS NULL)", name="unit_or_region"),
        Index("ix_expert_relation_standing", "expert_id", postgresql_where=text("ended_at IS NULL"),
              sqlite_where=text("ended_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    region_code: Mapped[str | None] = mapped_column(ForeignKey("region.code"))
    reason: Mapped[str]
    declared_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ExpertReview(Base):
    """专家评审 of one case. `short`: fewer experts than the quorum, and the office has a case to settle it.

    `fewer`: the office goes on with the experts there are. Once `closed`, `count` says how many scored and `score` the
    result with two decimals, "" where the quorum was missed.
    """

    __tablename__ = "expert_review"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'short', 'closed', 'cancelled')", name="status"),
        CheckConstraint("(status IN ('closed', 'cancelled')) = (closed_at IS NOT NULL)", name="closed_when_closed"),
        Index("uq_expert_review_running", "case_id", unique=True, postgresql_where=text("closed_at IS NULL"),
              sqlite_where=text("closed_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    diagram: Mapped[str]
    shortage_diagram: Mapped[str]
    shortage_case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    status: Mapped[str] = mapped_column(default="open")
    fewer: Mapped[bool] = mapped_column(default=False)
    score: Mapped[str] = mapped_column(default="")
    count: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class ExpertDraw(Base):
    """抽取: one draw of a review, never changed. `candidates` are [{expert, name, unit}] in the order that the seed
    gives, `excluded` the same with a `reason` each."""

    __tablename__ = "expert_draw"

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("expert_review.id"), index=True)
    seed: Mapped[str]
    wanted: Mapped[int]
    candidates: Mapped[Any] = mapped_column(Json)
    excluded: Mapped[Any] = mapped_column(Json)
    drawn_at: Mapped[datetime]


class ExpertSeat(Base):
    """A drawn expert's place on the panel, with the case in which he or she scores.

    `score` has two decimals once scored; `dropped` says whether the result leaves it out as highest or lowest; `reason`
    is why the expert stood aside; `vetoed`: no point was given for an item that is a veto.
    """

    __tablename__ = "expert_seat"
    __table_args__ = (
        UniqueConstraint("review_id", "expert_id"),
        CheckConstraint("status IN ('open', 'scored', 'declined', 'missed', 'cancelled')", name="status"),
        CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="closed_when_done"),
        CheckConstraint("(status = 'scored') = (score <> '')", name="score_when_scored"),
        CheckConstraint("dropped IN ('', 'highest', 'lowest')", name="dropped"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("expert_review.id"))
    draw_id: Mapped[int] = mapped_column(ForeignKey("expert_draw.id"))
    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), unique=True)
    position: Mapped[int]
    instead_of_id: Mapped[int | None] = mapped_column(ForeignKey("expert_seat.id"))
    status: Mapped[str] = mapped_column(default="open")
    score: Mapped[str] = mapped_column(default="")
    dropped: Mapped[str] = mapped_column(default="")
    vetoed: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="")
    seated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
