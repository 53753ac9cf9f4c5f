"""The reminder ladder: what was fired, to whom it went, and where a ladder is stopped."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.models import Due
from app.db import Base


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


class Reminder(Base):
    """One rung of a deadline's ladder that has come, or a 催办 sent by hand (`rung` is None, `person_id` who sent it).

    `rung` is its place in the ladder, from 0; `due_at` the instant at which it was due, `fired_at` the legal instant at
    which the worker came. A rung is fired; collapsed where a later one had come meanwhile and was fired in its place;
    or held, while the ladder was stopped. Each settles the rung for that `due_at`: it never comes again for it.
    """

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("deadline_id", "rung", "due_at"),
        CheckConstraint("level IN ('urge', 'supervise', 'circulate')", name="level"),
        CheckConstraint("status IN ('fired', 'collapsed', 'held')", name="status"),
        CheckConstraint("fired_at >= due_at", name="never_early"),
        CheckConstraint("(rung IS NULL) = (person_id IS NOT NULL)", name="by_hand_of_somebody"),
        Index("uq_reminder_by_hand", "task_id", "day", unique=True, **_where("rung IS NULL")),
        Index("ix_reminder_circulated", "task_id", **_where("level = 'circulate' AND status <> 'collapsed'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadline.id"))
    rung: Mapped[int | None]
    level: Mapped[str]
    status: Mapped[str]
    due_at: Mapped[datetime]
    fired_at: Mapped[datetime]
    day: Mapped[date]
    receivers: Mapped[str] = mapped_column(default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    words: Mapped[str] = mapped_column(default="")


class ReminderCopy(Base):
    """Somebody whom a reminder reaches. Copies to one address of one morning become one letter; without an address
    nothing is sent, and the reminder only shows on the task."""

    __tablename__ = "reminder_copy"
    __table_args__ = (
        Index("ix_reminder_copy_unsent", "address", **_where("letter_id IS NULL AND address <> ''")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reminder_id: Mapped[int] = mapped_column(ForeignKey("reminder.id"), index=True)
    name: Mapped[str]
    address: Mapped[str]
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))


class Ladder(Due, Base):
    """What is out of the ordinary about a deadline's ladder: stopped with a reason, or failing and tried again.

    A return opens a task with a deadline of its own, whose ladder begins anew.
    """

    __tablename__ = "reminder_ladder"
    __table_args__ = (
        CheckConstraint("(stopped_at IS NULL) = (stopped_by IS NULL)", name="stopped_by_somebody"),
        CheckConstraint("stopped_at IS NULL OR reason <> ''", name="stopped_with_a_reason"),
    )

    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadline.id"), primary_key=True, autoincrement=False)
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(default="")
