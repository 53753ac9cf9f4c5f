"""One-time codes: shown once, kept as a hash, good for one use within their time (real time)."""

import hashlib
import secrets
import unicodedata
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import clock
from app.errors import Invalid
from app.people.models import OneTimeCode

FIRST_ADMINISTRATOR, NEW_PASSWORD = "first_administrator", "new_password"
LIVES = {FIRST_ADMINISTRATOR: timedelta(hours=24), NEW_PASSWORD: timedelta(hours=72)}
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without those that are mistaken for each other: I, O, 0, 1
_GROUPS, _GROUP = 4, 5


def make(session: Session, *, purpose: str, person_id: int | None = None) -> str:
    """A new code; one made before for the same purpose and person is void. 100 random bits."""
    now = clock.real()
    session.execute(
        update(OneTimeCode)
        .where(
            OneTimeCode.purpose == purpose, OneTimeCode.person_id.is_not_distinct_from(person_id),
            OneTimeCode.used_at.is_(None),
        )
        .values(used_at=now)
    )
    code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    row = OneTimeCode(code_hash=_hash(code), purpose=purpose, person_id=person_id, expires_at=now + LIVES[purpose])
    session.add(row)
    session.flush()
    return code


def find(session: Session, code: str, *, purpose: str) -> OneTimeCode:
    """The row of a code that can still be used, locked. Raises Invalid (field "code")."""
    row = session.scalars(
        select(OneTimeCode)
        .where(
            OneTimeCode.code_hash == _hash(code), OneTimeCode.purpose == purpose, OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > clock.real(),
        )
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise Invalid({"code": ["代码不正确、已使用或已过期。请核对，或请管理员重新生成。"]})
    return row


def use(session: Session, row: OneTimeCode) -> None:
    """Use a code up."""
    row.used_at = clock.real()
    session.flush()


def _hash(code: str) -> str:
    normal = "".join(c for c in unicodedata.normalize("NFKC", code).upper() if c.isalnum())
    return hashlib.sha256(normal.encode()).hexdigest()
