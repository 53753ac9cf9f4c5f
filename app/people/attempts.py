"""Failed attempts under a key, and the pause that follows too many of them. Real time, one row a key."""

import hashlib
from datetime import timedelta

from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.orm import Session

from app import clock
from app.db import Instant
from app.people.models import Attempt
from app.people.queries import normal_login

WINDOW = timedelta(minutes=15)
PER_ACCOUNT, PER_ADDRESS = 5, 30
"""With so many failures within the window the key is locked for as long. Source: GB/T 22239 8.1.4.1 b; ASVS 6.3.1."""

_LOCKED = select(Attempt.locked_until).where(Attempt.key == bindparam("k"))
_FAIL = text("""
    INSERT INTO attempt (key, failures, first_at, locked_until)
    VALUES (:key, 1, :now, CASE WHEN :most <= 1 THEN :until END)
    ON CONFLICT (key) DO UPDATE SET
        failures = CASE WHEN attempt.first_at <= :window THEN 1 ELSE attempt.failures + 1 END,
        first_at = CASE WHEN attempt.first_at <= :window THEN :now ELSE attempt.first_at END,
        locked_until = CASE WHEN attempt.first_at > :window AND attempt.failures + 1 >= :most THEN :until END
    RETURNING failures
""").bindparams(*(bindparam(name, type_=Instant()) for name in ("now", "until", "window")))


def account_key(login: str) -> str:
    """The key of an account, there or not. A hash: people type passwords into the wrong field."""
    return "account:" + hashlib.sha256(normal_login(login).encode()).hexdigest()


def address_key(address: str, *, what: str = "address") -> str:
    """The key of a network address; `what` keeps apart what is counted."""
    return f"{what}:{address}"


def seconds_left(session: Session, key: str) -> int:
    """For how long a key is still locked, in whole seconds rounded up; 0 where it isn't."""
    until = session.connection().execute(_LOCKED, {"k": key}).scalar()
    if until is None:
        return 0
    return max(0, -int((clock.real() - until).total_seconds() // 1))


def fail(session: Session, key: str, *, most: int) -> int:
    """Count one failure, and return how many there are within the window; number `most` locks the key."""
    now = clock.real()
    return (
        session.connection()
        .execute(_FAIL, {"key": key, "now": now, "until": now + WINDOW, "window": now - WINDOW, "most": most})
        .scalar_one()
    )


def forget(session: Session, key: str) -> bool:
    """Unlock a key; False where nothing was counted under it."""
    return session.execute(delete(Attempt).where(Attempt.key == key)).rowcount > 0
