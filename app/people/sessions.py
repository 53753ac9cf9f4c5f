"""Sessions on the server: the cookie holds a random id, the database only its hash. Everything here is real time."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from app import clock, db
from app.people.models import Attempt, OneTimeCode, SignIn
from app.people.queries import IDLE

LONGEST = timedelta(hours=12)
TOUCHED_EVERY = timedelta(minutes=1)
KEPT = timedelta(days=180)
"""How long ended sessions stay listed. Source: 网络安全法 Art. 21 (3), six months of records."""

_INSERT = insert(SignIn)
_TOUCH = (
    update(SignIn)
    .where(SignIn.id_hash == bindparam("id"), SignIn.ended_at.is_(None))
    .values(seen_at=bindparam("now"))
)
_END = (
    update(SignIn)
    .where(SignIn.id_hash == bindparam("id"), SignIn.ended_at.is_(None))
    .values(ended_at=bindparam("now"))
)


def hash_of(session_id: str) -> str:
    """What the database keeps of a session's id."""
    return hashlib.sha256(session_id.encode()).hexdigest()


def start(session: Session, *, person_id: int, address: str = "", browser: str = "") -> str:
    """Open a session for a person; returns its id, which goes into the cookie and is kept nowhere else."""
    session_id = secrets.token_urlsafe(32)
    now = clock.real()
    session.execute(
        _INSERT,
        {
            "id_hash": hash_of(session_id),
            "public_id": db.public_id(),
            "person_id": person_id,
            "created_at": now,
            "seen_at": now,
            "expires_at": now + LONGEST,
            "address": address,
            "browser": browser[:200],
        },
    )
    return session_id


def touch(session: Session, session_id: str) -> None:
    """Note that a session is in use."""
    session.connection().execute(_TOUCH, {"id": hash_of(session_id), "now": clock.real()})


def end(session: Session, session_id: str) -> None:
    """End one session by its id."""
    session.connection().execute(_END, {"id": hash_of(session_id), "now": clock.real()})


def end_all(session: Session, *, person_id: int, but: str = "") -> int:
    """End every live session of a person, but the one with the id `but`; returns how many."""
    ended = session.execute(
        update(SignIn)
        .where(SignIn.person_id == person_id, SignIn.ended_at.is_(None), SignIn.id_hash != hash_of(but))
        .values(ended_at=clock.real())
    )
    return ended.rowcount


def live(session: Session, *, person_id: int) -> list[SignIn]:
    """The sessions that a person could still use, the latest first."""
    now = clock.real()
    return list(
        session.scalars(
            select(SignIn)
            .where(
                SignIn.person_id == person_id,
                SignIn.ended_at.is_(None),
                SignIn.expires_at > now,
                SignIn.seen_at > now - IDLE,
            )
            .order_by(SignIn.created_at.desc())
        )
    )


def sweep(session: Session) -> None:
    """Forget sessions, failed attempts and codes that nothing can come of any more; run once a day."""
    now = clock.real()
    session.execute(delete(SignIn).where(SignIn.expires_at < now - KEPT))
    session.execute(delete(Attempt).where(Attempt.first_at < now - timedelta(days=1)))
    session.execute(delete(OneTimeCode).where(OneTimeCode.expires_at < now - KEPT))
