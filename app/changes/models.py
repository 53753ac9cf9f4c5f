"""变更报备和整改: each change that a holder reports or an office learns of, and each rectification, to its decision."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.models import only_where
from app.db import Base, Json


class ChangeReport(Base):
    """A change of a title's holder. `kind` is a key of the release's `changes.kinds` ("" until somebody writes it);
    `due_on` the last day for reporting it, counted from `changed_on`; `provisional`: that day may still move.

    `noted_by` says who began: the holder, or a department that learnt of it. `late`: reported after `due_on`; a
    provisional day makes nobody late. `suspended`: the title is suspended from `changed_on` because of it. `facts` is
    {"before": {...}, "after": {...}} by app.changes.facts.FACTS, `after` only what changed, and `successor` where the
    title passes to another institution.

    open: not reported yet. reported: being verified. kept, not_passed: decided. withdrawn: taken back, or the title
    ended before.
    """

    __tablename__ = "change_report"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'reported', 'kept', 'not_passed', 'withdrawn')", name="status"),
        CheckConstraint("noted_by IN ('holder', 'department')", name="noted_by"),
        CheckConstraint("reported_at IS NULL OR changed_on IS NOT NULL", name="reported_with_a_day"),
        CheckConstraint("(changed_on IS NULL) = (due_on IS NULL)", name="due_from_its_day"),
        CheckConstraint("NOT late OR NOT provisional", name="nobody_late_by_a_provisional_day"),
        Index("ix_change_report_unfiled", "title_id", unique=True, **only_where("status = 'open'")),
        Index("ix_change_report_list", "programme", "status", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    title_id: Mapped[int] = mapped_column(ForeignKey("title.id"), index=True)
    programme: Mapped[str]
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), unique=True)
    noted_by: Mapped[str]
    kind: Mapped[str] = mapped_column(default="")
    changed_on: Mapped[date | None]
    due_on: Mapped[date | None]
    provisional: Mapped[bool] = mapped_column(default=False)
    reported_at: Mapped[datetime | None]
    late: Mapped[bool] = mapped_column(default=False)
    suspended: Mapped[bool] = mapped_column(default=False)
    facts: Mapped[Any] = mapped_column(Json, default=dict)
    status: Mapped[str] = mapped_column(default="open")
    decision: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]


class Rectification(Base):
    """整改 of a title's holder. `cause` names what it is for, so that the same thing opens one ("evaluation:2026"),
    `what` says it in words; `evidence` is a list of {"what", "on", "case"}.

    `started_on` is the day on which the holder was told (None before), `due_on` the last day as it stood when it was
    last looked at. `suspended`: the title is suspended because of it. open; accepted; out_of_time: not accepted in
    time; ended: the title ended before.
    """

    __tablename__ = "rectification"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'accepted', 'out_of_time', 'ended')", name="status"),
        CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="closed_when_over"),
        Index("ix_rectification_cause", "title_id", "cause", unique=True, **only_where("status = 'open'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    title_id: Mapped[int] = mapped_column(ForeignKey("title.id"), index=True)
    programme: Mapped[str]
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), unique=True)
    from_case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    cause: Mapped[str]
    what: Mapped[str]
    clause: Mapped[str]
    evidence: Mapped[Any] = mapped_column(Json, default=list)
    opened_at: Mapped[datetime]
    started_on: Mapped[date | None]
    due_on: Mapped[date | None]
    suspended: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(default="open")
    decision: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None]
