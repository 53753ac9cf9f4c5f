"""称号: what a programme grants, and every change of its status."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Json


class Title(Base):
    """A title in the register. `status` is the fold of its events; `valid_until` is NULL where the title has no end.

    `basis` says how it came in: granted by the case, imported (it was in force before the register), or entered without
    an application on the strength of another title, `original` ("name number"). `holder_name` is the holder's name on
    that day; `classes` are its classes by key, in words.
    """

    __tablename__ = "title"
    __table_args__ = (
        CheckConstraint("status IN ('active')", name="status"),
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
    basis: Mapped[str] = mapped_column(default="granted")
    original: Mapped[str] = mapped_column(default="")
    classes: Mapped[Any] = mapped_column(Json, default=dict)
    document_number: Mapped[str]
    granted_on: Mapped[date]
    valid_until: Mapped[date | None]
    status: Mapped[str]


class TitleEvent(Base):
    """A change of a title's status: when it took effect in law and when it was recorded. Append-only."""

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
