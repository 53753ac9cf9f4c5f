"""Programmes and their immutable releases."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Json


class Release(Base):
    """A deployed programme: all its files as they were, never changed afterwards. Running cases stay on theirs."""

    __tablename__ = "release"
    __table_args__ = (UniqueConstraint("programme", "number"), UniqueConstraint("programme", "fingerprint"))

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str]
    number: Mapped[int]
    name: Mapped[str]
    fingerprint: Mapped[str]
    files: Mapped[Any] = mapped_column(Json)
    deployed_at: Mapped[datetime]
    deployed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Proposal(Base):
    """A change proposed to a programme: the files of its base release with what was uploaded over them.

    `files` is the whole package that would be deployed. `problems` are those that the check found when it was uploaded.
    Open until a second person deploys it (`release_id`) or somebody takes it back.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'deployed', 'withdrawn')", name="status"),
        CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="closed_when_done"),
        CheckConstraint("(status = 'deployed') = (release_id IS NOT NULL)", name="deployed_as_release"),
        CheckConstraint("status <> 'deployed' OR closed_by <> proposed_by", name="second_person"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    programme: Mapped[str] = mapped_column(index=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("release.id"))
    files: Mapped[Any] = mapped_column(Json)
    fingerprint: Mapped[str]
    note: Mapped[str]
    problems: Mapped[Any] = mapped_column(Json)
    status: Mapped[str] = mapped_column(default="open")
    proposed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime | None]
    release_id: Mapped[int | None] = mapped_column(ForeignKey("release.id"))


class Trial(Base):
    """One story of a proposal, told in a throw-away database. `said` is the sentence of the step that failed."""

    __tablename__ = "trial"
    __table_args__ = (
        UniqueConstraint("proposal_id", "path"),
        CheckConstraint("status IN ('waiting', 'running', 'passed', 'failed')", name="status"),
        CheckConstraint("(status IN ('passed', 'failed')) = (ended_at IS NOT NULL)", name="ended_when_told"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    path: Mapped[str]
    name: Mapped[str]
    status: Mapped[str] = mapped_column(default="waiting")
    said: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
