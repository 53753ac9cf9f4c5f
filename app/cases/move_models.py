"""What a new edition of the calendar does to deadlines: the list that people see before it is confirmed, kept
as record.

A list may have 100,000 rows, made and read as a whole. Its rows name deadlines and cases, which are never
removed, without foreign keys: the database would look up each of them once more.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Json


class CalendarPreview(Base):
    """The list of an edition: on which revision of the calendar's book it rests, and what became of it.

    `hash` is the SHA-256 over the rows as `app.cases.recomputing` writes them down; the audit entry of the confirmation
    carries it. `checked` counts the deadlines that were looked at. `told_after` is the last unit that was told of an
    applied list, `told_at` when all were.
    """

    __tablename__ = "calendar_preview"
    __table_args__ = (
        CheckConstraint("(applied_at IS NULL) = (revision IS NULL)", name="applied_with_revision"),
        CheckConstraint("told_at IS NULL OR applied_at IS NOT NULL", name="told_after_applied"),
        Index("ix_calendar_preview_untold", "edition_id", postgresql_where=text("told_at IS NULL"),
              sqlite_where=text("told_at IS NULL")),
    )

    edition_id: Mapped[int] = mapped_column(ForeignKey("calendar_edition.id"), primary_key=True)
    base: Mapped[int]
    made_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    checked: Mapped[int]
    count: Mapped[int]
    hash: Mapped[str]
    revision: Mapped[int | None]
    applied_at: Mapped[datetime | None]
    applied_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    told_after: Mapped[int] = mapped_column(default=0)
    told_at: Mapped[datetime | None]


class CalendarMove(Base):
    """One deadline whose date or mark an edition changes.

    `kind`: it `moves`; it is `kept` (`reason`: announced to the public, or told to a person who would be late
    at once); or it has `taken_effect` already, so that a person decides. `lawful_day` is the last day that the
    new calendar gives, also where another one is kept. `effect`: becomes_overdue, no_longer_overdue, later,
    earlier, or mark (暂定 alone). `period`, `started_on`, `stops` and the old dates say what was seen: a row
    whose deadline was set anew since is `superseded`. `late_at` is set where the worker found the deadline
    after the confirmation.
    """

    __tablename__ = "calendar_move"
    __table_args__ = (
        CheckConstraint("kind IN ('moves', 'kept', 'taken_effect')", name="kind"),
        CheckConstraint("reason IN ('', 'announced', 'told')", name="reason"),
        CheckConstraint("state IN ('listed', 'superseded')", name="state"),
        CheckConstraint(
            "effect IN ('becomes_overdue', 'no_longer_overdue', 'later', 'earlier', 'mark')", name="effect"
        ),
        CheckConstraint("kind <> 'kept' OR new_ends_at >= old_ends_at", name="kept_is_never_shorter"),
        CheckConstraint("decision IN ('', 'upheld', 'otherwise')", name="decision"),
        CheckConstraint("(decision = '') = (decided_at IS NULL)", name="decided_when_decided"),
        CheckConstraint("decision = '' OR kind = 'taken_effect'", name="only_effects_are_decided"),
        Index("ix_calendar_move_edition", "edition_id", "deadline_id"),
        Index("ix_calendar_move_case", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int]
    deadline_id: Mapped[int]
    case_id: Mapped[int]
    region_code: Mapped[str]
    period: Mapped[str]
    started_on: Mapped[date]
    stops: Mapped[Any] = mapped_column(Json)
    old_last_day: Mapped[date]
    new_last_day: Mapped[date]
    lawful_day: Mapped[date]
    old_ends_at: Mapped[datetime]
    new_ends_at: Mapped[datetime]
    old_provisional: Mapped[bool]
    new_provisional: Mapped[bool]
    guarded: Mapped[bool]
    kind: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    effect: Mapped[str]
    state: Mapped[str] = mapped_column(default="listed")
    late_at: Mapped[datetime | None]
    decision: Mapped[str] = mapped_column(default="")
    decision_text: Mapped[str] = mapped_column(default="")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
