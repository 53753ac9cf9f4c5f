"""送达: letters that a case sends, when they reached whom, and the documents of collective acts."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

WAYS = {"direct": "直接送达", "mail": "邮寄送达", "left": "留置送达", "public": "公告送达", "email": "电子邮件"}


class Notice(Base):
    """A numbered letter of a case. `kind`: a notice has to be served and starts periods, a letter only informs.

    Written once a step: `revision` is that of the case from which the step set out. `unit_id` issued it. The receiver
    is a unit with a box here (`to_unit_id`), or somebody outside by name alone. `read_at` is the first opening in the
    box; `served_at` the instant at which it counts as served: the reading or the entered delivery, whichever was first.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("case_id", "revision", "element", "letter"),
        CheckConstraint("kind IN ('notice', 'letter')", name="kind"),
        CheckConstraint("(read_at IS NULL) = (read_by IS NULL)", name="read_by_somebody"),
        CheckConstraint("served_at >= posted_at", name="not_served_before_it_was_written"),
        Index("ix_notice_unread", "to_unit_id", postgresql_where=text("read_at IS NULL"),
              sqlite_where=text("read_at IS NULL")),
        Index("ix_notice_to", "to_unit_id", "id"),
        Index("ix_notice_unserved", "unit_id", "id", postgresql_where=text("served_at IS NULL"),
              sqlite_where=text("served_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    number: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    revision: Mapped[int]
    element: Mapped[str]
    letter: Mapped[str]
    kind: Mapped[str]
    title: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    to_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    to_name: Mapped[str]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    posted_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    read_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    served_at: Mapped[datetime | None]


class Delivery(Base):
    """A delivery entered by hand. The last entry of a notice is in force; one that mends another says why."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("notice_id", "seq"),
        CheckConstraint("way IN ('direct', 'mail', 'left', 'public', 'email')", name="way"),
        CheckConstraint("(seq = 1) = (reason = '')", name="corrections_say_why"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), index=True)
    seq: Mapped[int]
    way: Mapped[str]
    delivered_on: Mapped[date]
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    reason: Mapped[str] = mapped_column(default="")
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]


class ActPaper(Base):
    """The document of a collective act, as it was filed with each of its cases: one for all, under its SHA-256."""

    __tablename__ = "act_paper"

    act_id: Mapped[int] = mapped_column(ForeignKey("act.id"), primary_key=True)
    name: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    filed_at: Mapped[datetime]
