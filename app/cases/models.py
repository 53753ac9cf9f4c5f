"""The heart's tables: cases, their tasks, deadlines, timers, catches, messages, answers, drafts, and collective acts.

Task, deadline, timer and catch rows are projections of the engine's document and can be rebuilt by the engine's ids;
claims, drafts and answers are rows of their own and stay.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Json


def only_where(condition: str) -> dict[str, Any]:
    """Arguments of an index that holds only the rows of a condition, for both databases."""
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


class Due:
    """Columns of a row that the worker carries out: retried after longer and longer pauses, never given up silently."""

    attempts: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")


class Case(Base):
    """办件: one run of one diagram of a release. `document` is the engine's state: bytes, known to app.engine alone.

    `revision` rises by one with every step of the engine. The region columns say where the case belongs, at every tier.
    `about_id` is the case that this one is about (an objection, an expert's score); `recommender_id` the unit that the
    applicant chose to be recommended by; `title_id` the title in whose life the case belongs (a report, a revocation);
    `dates` the days that the case names, as ISO dates: the last days of its call by key, the day on which a report is
    `due`, and the days from which periods start that don't start with the step ("title.valid_until").
    """

    __tablename__ = "case_file"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'done')", name="status"),
        CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="closed_when_done"),
        Index("ix_case_file_province_opened", "province_code", "opened_at"),
        Index("ix_case_file_city_opened", "city_code", "opened_at"),
        Index("ix_case_file_county_opened", "county_code", "opened_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    number: Mapped[str] = mapped_column(unique=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"), index=True)
    programme: Mapped[str]
    diagram: Mapped[str]
    title: Mapped[str]
    applicant_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    opener_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    recommender_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    about_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    title_id: Mapped[int | None] = mapped_column(ForeignKey("title.id", use_alter=True), index=True)
    dates: Mapped[Any] = mapped_column(Json, default=dict)
    region_code: Mapped[str] = mapped_column(ForeignKey("region.code"))
    province_code: Mapped[str]
    city_code: Mapped[str | None]
    county_code: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="open")
    outcome: Mapped[str] = mapped_column(default="")
    document: Mapped[bytes] = mapped_column(LargeBinary)
    revision: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Deadline(Base):
    """A last day with legal effect: computed by app.workdays, stored with what it was computed from.

    `last_day` ends at `ends_at` (exclusive). A deadline is met, missed (still open past its end, or done late) or void.
    One that is `awaiting` runs from the day on which the person is told: until then its dates are what they would be
    if that were the day it was set. The clock of one that is `stopped` stands still: its dates are those without the
    stop that lasts. `stops` are the closed stretches that don't count, as [from, until, ground] each: app.cases.ledger.
    `calendar` is the revision of the calendar's book with which the dates were computed. `remind_at` is when the worker
    looks next whether a rung of its reminder ladder is due; None: nothing is to come.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        CheckConstraint("status IN ('awaiting', 'running', 'stopped', 'met', 'missed', 'void')", name="status"),
        Index("ix_deadline_running", "ends_at", **only_where("status = 'running'")),
        Index("ix_deadline_remind", "remind_at", "id", **only_where("status = 'running'")),
        Index("ix_deadline_calendar", "calendar", **only_where("closed_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    period: Mapped[str]
    rule: Mapped[Any] = mapped_column(Json)
    clause: Mapped[str]
    started_on: Mapped[date]
    last_day: Mapped[date]
    ends_at: Mapped[datetime]
    provisional: Mapped[bool]
    calendar: Mapped[int] = mapped_column(default=0)
    stops: Mapped[Any] = mapped_column(Json, default=list)
    status: Mapped[str] = mapped_column(default="running")
    closed_at: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]


class Task(Base):
    """待办: something that a role of a unit must do. `ends_at` copies its deadline's end for the order of the inbox.

    `misplaced` marks a task that opened at the unit above because nobody held the role where it belongs.
    """

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("case_id", "engine_id"),
        CheckConstraint("status IN ('open', 'done', 'cancelled')", name="status"),
        CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="closed_when_done"),
        CheckConstraint("status <> 'done' OR closed_by IS NOT NULL", name="done_by_somebody"),
        Index("ix_task_inbox", "unit_id", "role", "ends_at", "id", **only_where("status = 'open'")),
        Index("ix_task_mine", "claimed_by", **only_where("status = 'open'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    engine_id: Mapped[str]
    element: Mapped[str]
    name: Mapped[str]
    actor: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    role: Mapped[str]
    misplaced: Mapped[bool] = mapped_column(default=False)
    deadline_id: Mapped[int | None] = mapped_column(ForeignKey("deadline.id"))
    ends_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="open")
    outcome: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    claimed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Timer(Due, Base):
    """A point of a diagram that waits for a deadline's end. Fired once, never early; late firing stays visible.

    Without `due_at` it waits for a period that hasn't begun to run.
    """

    __tablename__ = "timer"
    __table_args__ = (
        UniqueConstraint("case_id", "engine_id"),
        CheckConstraint("status IN ('waiting', 'fired', 'gone')", name="status"),
        CheckConstraint("(status = 'fired') = (fired_at IS NOT NULL)", name="fired_when_fired"),
        CheckConstraint("fired_at >= due_at", name="never_early"),
        Index("ix_timer_due", "due_at", "id", **only_where("status = 'waiting'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    engine_id: Mapped[str]
    element: Mapped[str]
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadline.id"))
    due_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(default="waiting")
    fired_at: Mapped[datetime | None]


class Catch(Base):
    """A point of a diagram that waits for a message of a name."""

    __tablename__ = "catch"
    __table_args__ = (
        UniqueConstraint("case_id", "engine_id"),
        CheckConstraint("status IN ('waiting', 'taken', 'gone')", name="status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    engine_id: Mapped[str]
    element: Mapped[str]
    name: Mapped[str]
    status: Mapped[str] = mapped_column(default="waiting")
    opened_at: Mapped[datetime]


class Message(Due, Base):
    """A word from one case to another. Delivered when the other waits for its name; consumed once; never dropped.

    Void is one that its sender took back before anybody had it.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("sender", "name", "key"),
        CheckConstraint("status IN ('waiting', 'delivered', 'void')", name="status"),
        CheckConstraint("(status = 'delivered') = (delivered_at IS NOT NULL)", name="delivered_when_delivered"),
        Index("ix_message_waiting", "to_case_id", "name", **only_where("status = 'waiting'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    to_case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    name: Mapped[str]
    payload: Mapped[Any] = mapped_column(Json)
    sender: Mapped[str]
    key: Mapped[str]
    status: Mapped[str] = mapped_column(default="waiting")
    effective_at: Mapped[datetime]
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]


class Answer(Base):
    """What a person filled in when completing a task, as validated; never changed."""

    __tablename__ = "answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), unique=True)
    form: Mapped[str]
    values: Mapped[Any] = mapped_column(Json)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime]


class Draft(Base):
    """What a person has typed so far; may be incomplete. One a task; gone when the task is completed.

    `revision` rises with every save, so that two windows don't overwrite each other unseen.
    """

    __tablename__ = "draft"

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), primary_key=True)
    values: Mapped[Any] = mapped_column(Json)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)


class Act(Base):
    """批量行文: one document that decides the same task of many cases. Confirming it has the legal effect.

    `answers` is the form and `outcome` the result that all rows share. The worker carries the rows out, one transaction
    a row.
    """

    __tablename__ = "act"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"))
    programme: Mapped[str]
    diagram: Mapped[str]
    element: Mapped[str]
    title: Mapped[str]
    outcome: Mapped[str] = mapped_column(default="")
    answers: Mapped[Any] = mapped_column(Json)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    result_case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    confirmed_at: Mapped[datetime]


class ActRow(Due, Base):
    """One case of an act with the revision that the preview showed; a case that changed since is refused."""

    __tablename__ = "act_row"
    __table_args__ = (
        UniqueConstraint("act_id", "case_id"),
        CheckConstraint("status IN ('waiting', 'done', 'refused')", name="status"),
        Index("ix_act_row_waiting", "id", **only_where("status = 'waiting'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    act_id: Mapped[int] = mapped_column(ForeignKey("act.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    revision: Mapped[int]
    status: Mapped[str] = mapped_column(default="waiting")
    reason: Mapped[str] = mapped_column(default="")
    done_at: Mapped[datetime | None]
