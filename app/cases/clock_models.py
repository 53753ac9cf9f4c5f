"""What stops and lengthens periods: the ledger of stops (停表), and extensions that were asked for (延期)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

_LASTS = text("ended_on IS NULL")
_IS_ASKED = text("status = 'asked'")


class ClockStop(Base):
    """停表: one stretch during which a period doesn't run, on one ground. Without an end it lasts.

    The days are Beijing dates: that on which it began isn't counted, nor that on which it ended. `how`: hand (an
    official set it), diagram (an open task or case named by the ground did, `cause`), continued (the period goes on in
    a later task, and this is the time in between).
    """

    __tablename__ = "clock_stop"
    __table_args__ = (
        CheckConstraint("how IN ('hand', 'diagram', 'continued')", name="how"),
        CheckConstraint("(ended_at IS NULL) = (ended_on IS NULL)", name="ended_on_a_day"),
        CheckConstraint("ended_at >= began_at", name="never_backwards"),
        CheckConstraint("how <> 'hand' OR began_by IS NOT NULL", name="set_by_somebody"),
        Index("ix_clock_stop_lasts", "deadline_id", "ground", "cause", unique=True, postgresql_where=_LASTS,
              sqlite_where=_LASTS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadline.id"), index=True)
    ground: Mapped[str]
    name: Mapped[str]
    clause: Mapped[str] = mapped_column(default="")
    how: Mapped[str]
    cause: Mapped[str] = mapped_column(default="")
    evidence: Mapped[str]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    began_at: Mapped[datetime]
    began_on: Mapped[date]
    began_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    ended_on: Mapped[date | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    end_note: Mapped[str] = mapped_column(default="")


class Extension(Base):
    """延期: asked for with a reason, by `amount` of the period's own unit; approved or refused by a role of a unit.

    `last_day_before` and `last_day_after` are those of the deadline when it was approved.
    """

    __tablename__ = "extension"
    __table_args__ = (
        CheckConstraint("status IN ('asked', 'approved', 'refused')", name="status"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(status = 'asked') = (decided_at IS NULL)", name="decided_when_decided"),
        CheckConstraint("(status = 'approved') = (last_day_after IS NOT NULL)", name="moved_when_approved"),
        CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="nobody_approves_the_own"),
        Index("ix_extension_asked", "deadline_id", unique=True, postgresql_where=_IS_ASKED, sqlite_where=_IS_ASKED),
        Index("ix_extension_desk", "unit_id", "role", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadline.id"), index=True)
    amount: Mapped[int]
    unit: Mapped[str]
    clause: Mapped[str] = mapped_column(default="")
    reason: Mapped[str]
    asked_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    role: Mapped[str]
    status: Mapped[str] = mapped_column(default="asked")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decision: Mapped[str] = mapped_column(default="")
    last_day_before: Mapped[date | None]
    last_day_after: Mapped[date | None]
