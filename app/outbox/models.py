"""Mail that waits for its transaction to be safe."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Letter(Base):
    """A message to somebody outside. Written with the change that causes it, sent after the commit by the worker.

    `message_id` (the part before the @) lets the receiver's server drop a second copy: sending is at least once.
    `attempts` counts tries begun. After a restore everything unsent is muted until a person lets it go.
    """

    __tablename__ = "letter"
    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'sent', 'muted', 'failed')", name="status"),
        Index("ix_letter_waiting", "retry_at", postgresql_where=text("status = 'waiting'"),
              sqlite_where=text("status = 'waiting'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    to_address: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    status: Mapped[str] = mapped_column(default="waiting")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(default="")
