"""How the letters stand, for the operators."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.outbox.models import Letter


@dataclass(frozen=True)
class Counts:
    """How many letters are in each state."""

    waiting: int = 0
    sent: int = 0
    muted: int = 0
    failed: int = 0


def counts(session: Session) -> Counts:
    """How many letters are waiting, sent, muted and failed."""
    rows = session.execute(select(Letter.status, func.count()).group_by(Letter.status))
    return Counts(**dict(rows.all()))


def troubled(session: Session, limit: int = 50) -> Sequence[Letter]:
    """Letters that failed for good or at least once and wait, the newest first; each says why in `error`."""
    trouble = or_(Letter.status == "failed", (Letter.status == "waiting") & (Letter.error != ""))
    return session.scalars(select(Letter).where(trouble).order_by(Letter.id.desc()).limit(limit)).all()
