"""The trail: append-only entries in hash chains, and the daily roots over them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Json


class AuditEntry(Base):
    """One change by one verb. `chain` is "case:ID", "unit:ID" or "system"; `seq` counts from 1 without gaps.

    Every column but the hash itself is under the hash: there is nothing in a row that may be altered unseen.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_real_at", "real_at"), {"sqlite_with_rowid": False})

    chain: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    verb: Mapped[str]
    person_id: Mapped[int | None]
    person_name: Mapped[str]
    unit_name: Mapped[str]
    legal_at: Mapped[datetime]
    real_at: Mapped[datetime]
    details: Mapped[Any] = mapped_column(Json)
    previous_hash: Mapped[str]
    hash: Mapped[str]


class AuditRoot(Base):
    """The hash over the heads of all chains that moved since the root before, chained to it; fit to be printed outside.

    `id` counts from 1 without gaps. `chains` and `entries` are how many there were in all when it was made.
    """

    __tablename__ = "audit_root"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(unique=True)
    chains: Mapped[int]
    entries: Mapped[int]
    made_at: Mapped[datetime]
    previous_hash: Mapped[str]
    hash: Mapped[str]


class AuditHead(Base):
    """The last entry that a chain had when a root was made: it tells which chain was cut or rewritten."""

    __tablename__ = "audit_head"
    __table_args__ = ({"sqlite_with_rowid": False},)

    root_id: Mapped[int] = mapped_column(ForeignKey("audit_root.id"), primary_key=True)
    chain: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str]
