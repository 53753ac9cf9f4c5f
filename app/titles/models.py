"""称号: what a programme grants, every change of its status, what falls due in its life, and bans."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.models import Due, only_where
from app.db import Base, Json


class Title(Base):
    """A title in the register. `status`, `valid_until`, `holder_name` and `recommender_id` are the fold of its events
    as they stand now (app.titles.standing); `valid_until` is NULL where the title has no end.

    `release_id` is the release under which it runs: new rules don't reach it before it is moved to them (NAT-30).

    `basis` says how it came in: granted by the case, imported (it was in force before the register), or entered without
    an application on the strength of another title, `original` ("name number"). `holder_name` is the holder's name on
    that day; `classes` are its classes by key, in words. `recommender_id` is the unit to which a decision handed it
    over; NULL: who recommended it answers for it as before (app.titles.recommending).
    """

    __tablename__ = "title"
    __table_args__ = (
        CheckConstraint(
            "status IN ('active', 'entered', 'suspended', 'observed', 'under_evaluation', 'expired', 'revoked', "
            "'cancelled', 'removed', 'withdrawn')", name="status",
        ),
        CheckConstraint("basis IN ('granted', 'imported', 'entered')", name="basis"),
        Index("ix_title_granted", "case_id", unique=True, sqlite_where=text("basis = 'granted'"),
              postgresql_where=text("basis = 'granted'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    number: Mapped[str] = mapped_column(unique=True)
    programme: Mapped[str]
    name: Mapped[str]
    holder_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    holder_name: Mapped[str] = mapped_column(default="")
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    release_id: Mapped[int | None] = mapped_column(ForeignKey("release.id"))
    basis: Mapped[str] = mapped_column(default="granted")
    original: Mapped[str] = mapped_column(default="")
    recommender_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    classes: Mapped[Any] = mapped_column(Json, default=dict)
    document_number: Mapped[str]
    granted_on: Mapped[date]
    valid_until: Mapped[date | None]
    status: Mapped[str]


class TitleEvent(Base):
    """A change of a title: when it took effect in law (`effective_on`) and when it was recorded. Append-only.

    `kind` is one of app.titles.standing.KINDS; `status` the title's after it, as it was known then. `decision` is the
    number of the document that decided it, `document_id` that document. `details` holds what the kind needs (a new
    `valid_until`, a new `holder_name`, facts before and after). An event that corrects a clerical error takes the place
    of the one with the seq `supersedes`: both stay, with the instants at which they were recorded.
    """

    __tablename__ = "title_event"
    __table_args__ = (UniqueConstraint("title_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title_id: Mapped[int] = mapped_column(ForeignKey("title.id"), index=True)
    seq: Mapped[int]
    kind: Mapped[str]
    status: Mapped[str]
    clause: Mapped[str]
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    effective_on: Mapped[date]
    recorded_at: Mapped[datetime]
    decision: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    details: Mapped[Any] = mapped_column(Json, default=dict)
    supersedes: Mapped[int | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class TitleRecord(Base):
    """What is known of a title's past from before the register: a grade of a year, or a report that was missed."""

    __tablename__ = "title_record"
    __table_args__ = (
        UniqueConstraint("title_id", "kind", "period"),
        CheckConstraint("kind IN ('grade', 'miss')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title_id: Mapped[int] = mapped_column(ForeignKey("title.id"), index=True)
    kind: Mapped[str]
    period: Mapped[str]
    value: Mapped[str] = mapped_column(default="")
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))


class LifeDue(Due, Base):
    """Something that falls due in the life of a title, a unit or a programme without anybody's doing: a report to open,
    a renewal to open, an expiry. The worker carries it out once, at `due_at` (legal time) or as soon as it can after.

    `subject` is "title:ID", "unit:ID" or "programme:KEY"; (subject, kind, key) is unique. `case_id` is the case that
    came of it.
    """

    __tablename__ = "life_due"
    __table_args__ = (
        UniqueConstraint("subject", "kind", "key"),
        CheckConstraint("status IN ('waiting', 'done', 'gone')", name="status"),
        Index("ix_life_due_waiting", "due_at", "id", **only_where("status = 'waiting'")),
        Index("ix_life_due_kind", "kind", "key", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str]
    title_id: Mapped[int | None] = mapped_column(ForeignKey("title.id"), index=True)
    programme: Mapped[str]
    kind: Mapped[str]
    key: Mapped[str]
    due_at: Mapped[datetime]
    payload: Mapped[Any] = mapped_column(Json, default=dict)
    status: Mapped[str] = mapped_column(default="waiting")
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    done_at: Mapped[datetime | None]


class Ban(Base):
    """禁申期: an institution may not apply for a programme up to and including `ends_on`, computed by app.workdays.

    It follows the credit code, also into the institutions that succeed it (`Successor`). `least_until` is the day to
    which the `period` of its case's release runs from `starts_on`, `explained` how it was computed, as text; a decision
    may set a later `ends_on` where the rule lets it. `held` are the stretches in which a stay of the sanction held it,
    as {"since", "until", "reason", "lift_reason"}: "until" is null while it does; the day of "since" is the first on
    which it doesn't run, the day of "until" the first on which it does again. A lifted one keeps when and why; from
    `lifted_on` it runs no more.
    """

    __tablename__ = "ban"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on AND least_until <= ends_on", name="ends_after_start"),
        CheckConstraint("(lifted_on IS NULL) = (lift_reason = '')", name="lifted_with_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    programme: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    credit_code: Mapped[str] = mapped_column(index=True)
    title_id: Mapped[int | None] = mapped_column(ForeignKey("title.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    clause: Mapped[str]
    decision: Mapped[str] = mapped_column(default="")
    period: Mapped[str]
    starts_on: Mapped[date]
    least_until: Mapped[date]
    ends_on: Mapped[date]
    explained: Mapped[str]
    held: Mapped[Any] = mapped_column(Json, default=list)
    recorded_at: Mapped[datetime]
    lifted_on: Mapped[date | None]
    lift_reason: Mapped[str] = mapped_column(default="")


class Successor(Base):
    """An institution that follows another: renamed with a new code, merged into it, split off, restructured.

    `changed_on` is the day from which it does. An entry made in error is taken back with a reason, not deleted.
    """

    __tablename__ = "successor"
    __table_args__ = (
        Index("ix_successor_pair", "before_code", "after_code", unique=True, **only_where("removed_at IS NULL")),
        CheckConstraint("(removed_at IS NULL) = (removal_reason = '')", name="removed_with_reason"),
        CheckConstraint("kind IN ('renamed', 'merged', 'split', 'restructured')", name="kind"),
        CheckConstraint("before_code <> after_code", name="of_another"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    before_code: Mapped[str] = mapped_column(index=True)
    before_name: Mapped[str]
    after_code: Mapped[str] = mapped_column(index=True)
    after_name: Mapped[str]
    kind: Mapped[str]
    changed_on: Mapped[date]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    evidence: Mapped[str]
    recorded_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    removal_reason: Mapped[str] = mapped_column(default="")


class TitleNote(Base):
    """A note on a title by a department: support given (funds, projects), or a flag such as 优秀 with its reason.

    Taken back rather than deleted.
    """

    __tablename__ = "title_note"
    __table_args__ = (CheckConstraint("(removed_at IS NULL) = (removal_reason = '')", name="removed_with_reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    title_id: Mapped[int] = mapped_column(ForeignKey("title.id"), index=True)
    kind: Mapped[str]
    noted_on: Mapped[date]
    text: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    removal_reason: Mapped[str] = mapped_column(default="")


class PublishedCase(Base):
    """典型做法: a case of a title's holder that the authority (`unit_id`) publishes, in its words; `source` says where
    it comes from. Withdrawn rather than deleted."""

    __tablename__ = "published_case"
    __table_args__ = (
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawal_reason = '')", name="withdrawn_with_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    title_id: Mapped[int] = mapped_column(ForeignKey("title.id"), index=True)
    name: Mapped[str]
    text: Mapped[str]
    source: Mapped[str] = mapped_column(default="")
    clause: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawal_reason: Mapped[str] = mapped_column(default="")


class UpwardRecommendation(Base):
    """择优推荐: a holder that the authority recommends to an upper programme (`upper`, its key). Its applications there
    begin with what its title's application said."""

    __tablename__ = "upward_recommendation"
    __table_args__ = (Index("ix_upward_recommendation_holder", "upper", "holder_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    title_id: Mapped[int] = mapped_column(ForeignKey("title.id"), index=True)
    holder_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    upper: Mapped[str]
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), unique=True)
    clause: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    recommended_on: Mapped[date]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]
