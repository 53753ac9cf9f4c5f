"""期满和延续: what becomes of a title whose last day comes near."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Json


class Review(Base):
    """复核: the review of a title in one yearly call; its case is filed until the call closes.

    open: not filed yet. not_filed: the call closed first, and the authority decides what becomes of it. filed: filed
    and undecided. confirmed: the next one is due so long after this call's year. failed: a sanction was proposed. void:
    the title ended otherwise meanwhile.
    """

    __tablename__ = "title_review"
    __table_args__ = (
        UniqueConstraint("title_id", "batch_id"),
        CheckConstraint("status IN ('open', 'not_filed', 'filed', 'confirmed', 'failed', 'void')", name="status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    title_id: Mapped[int] = mapped_column(ForeignKey("title.id"), index=True)
    programme: Mapped[str]
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), unique=True)
    status: Mapped[str] = mapped_column(default="open")
    filed_at: Mapped[datetime | None]
    decided_on: Mapped[date | None]
    decision: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")


class Renewal(Base):
    """The renewal of a title at one end: `ends_on` is the last day at stake, `window_until` the last day for filing as
    it was at the opening (the deadline of its case is what counts).

    open: not filed yet. filed: filed in its window and undecided. passed, exempt (`exempt_years` are the years whose
    grades exempt it): extended to `renewed_until`. failed, not_filed: the title ends on its day. void: the title ended
    otherwise meanwhile.
    """

    __tablename__ = "renewal"
    __table_args__ = (
        UniqueConstraint("title_id", "ends_on"),
        CheckConstraint(
            "status IN ('open', 'filed', 'passed', 'exempt', 'failed', 'not_filed', 'void')", name="status"
        ),
        CheckConstraint("(status IN ('passed', 'exempt')) = (renewed_until IS NOT NULL)", name="renewed_to_a_day"),
        Index("ix_renewal_ends", "programme", "ends_on", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    title_id: Mapped[int] = mapped_column(ForeignKey("title.id"), index=True)
    programme: Mapped[str]
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), unique=True)
    ends_on: Mapped[date]
    opens_on: Mapped[date]
    window_until: Mapped[date | None]
    status: Mapped[str] = mapped_column(default="open")
    filed_at: Mapped[datetime | None]
    exempt_years: Mapped[Any] = mapped_column(Json, default=list)
    decided_on: Mapped[date | None]
    decision: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    renewed_until: Mapped[date | None]
