"""服务预约和服务目录: what enterprises ask of title holders, and the products and cases that these show."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Json


class Appointment(Base):
    """A service that an enterprise asked a title holder for. `code` lets the enterprise follow and rate it.

    Any recorded answer counts as handled (`answered_at`): accepted, another date proposed, declined with a reason.
    `overdue_at` is the end of the period, once it passed without one. `satisfaction` is 1 to 5, given once, not after
    `rate_until`. cancelled: the enterprise took it back before an answer; void: the title ended before one.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'accepted', 'other_date', 'declined', 'cancelled', 'void')", name="status"),
        CheckConstraint(
            "(status IN ('accepted', 'other_date', 'declined')) = (answered_at IS NOT NULL)", name="answered"
        ),
        CheckConstraint("(status IN ('cancelled', 'void')) = (closed_at IS NOT NULL)", name="closed"),
        CheckConstraint("(satisfaction IS NULL) = (rated_at IS NULL)", name="rated"),
        CheckConstraint("satisfaction BETWEEN 1 AND 5", name="satisfaction"),
        Index("ix_appointment_title", "title_id", "requested_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    code: Mapped[str] = mapped_column(unique=True)
    title_id: Mapped[int] = mapped_column(ForeignKey("title.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"), unique=True)
    enterprise: Mapped[str]
    credit_code: Mapped[str]
    contact_name: Mapped[str]
    contact_phone: Mapped[str]
    contact_email: Mapped[str] = mapped_column(default="")
    subject: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    item_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_item.id"))
    wanted_on: Mapped[date | None]
    requested_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="open")
    answer: Mapped[str] = mapped_column(default="")
    offered_on: Mapped[date | None]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    overdue_at: Mapped[datetime | None]
    satisfaction: Mapped[int | None]
    comment: Mapped[str] = mapped_column(default="")
    rated_at: Mapped[datetime | None]
    rate_until: Mapped[date | None]


class CatalogueItem(Base):
    """A product or case that a title holder shows in the public catalogue (服务目录).

    `fields` are the fields of service in words; `charge` says what it costs. An item is changed in place: what it said
    before stands in its unit's trail. A withdrawn one isn't shown any more and keeps its reason.
    """

    __tablename__ = "catalogue_item"
    __table_args__ = (
        CheckConstraint("kind IN ('product', 'case')", name="kind"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawal_reason = '')", name="withdrawn_with_reason"),
        Index("ix_catalogue_item_title", "title_id", "updated_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    title_id: Mapped[int] = mapped_column(ForeignKey("title.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    kind: Mapped[str]
    name: Mapped[str]
    text: Mapped[str]
    fields: Mapped[Any] = mapped_column(Json, default=list)
    charge: Mapped[str] = mapped_column(default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    version: Mapped[int] = mapped_column(default=1)
    published_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawal_reason: Mapped[str] = mapped_column(default="")
