"""Letters are written with the change that causes them and sent after its commit, at least once each.

Sending is three steps, because a mail server may take its time and nobody may wait for it behind a lock: `claim` (one
short transaction: this worker has it for a while), the sender (no transaction), `settle` (another short one). A worker
that dies in between leaves a letter that is tried again when its claim runs out, with the same Message-ID.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app import clock, db
from app.outbox.models import Letter
from app.outbox.senders import Envelope, Sender, Undelivered, sender_for

__all__ = ["MOST_ATTEMPTS", "Claim", "Sender", "claim", "due", "mute_all", "post", "post_many", "release_muted",
           "retry_failed", "send_due", "sender_for", "settle"]

MOST_ATTEMPTS = 10
FIRST_PAUSE = timedelta(minutes=1)
CLAIMED_FOR = timedelta(minutes=15)

# One plain address. Whatever could end a header line, name a second receiver or need an extension of SMTP is refused.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CONTROL_IN_BODY = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Claim:
    """A letter that this worker may send now. `attempt` counts from 1."""

    letter_id: int
    attempt: int
    envelope: Envelope


def post(session: Session, *, to: str, subject: str, body: str) -> Letter:
    """Write a letter in the transaction of the change that it tells of; the worker sends it after the commit.

    An address that isn't one plain address is never used: the letter is kept as failed, where the operators see it,
    and the change itself goes on. Control characters in the subject become spaces.
    """
    letter = Letter(**_written(to, subject, body))
    session.add(letter)
    session.flush()
    return letter


def post_many(session: Session, letters: Sequence[tuple[str, str, str]]) -> list[int]:
    """As `post`, for many at once: (to, subject, body) each; returns their ids in the same order."""
    if not letters:
        return []
    rows = [_written(*letter) for letter in letters]
    return list(session.scalars(insert(Letter).returning(Letter.id, sort_by_parameter_order=True), rows))


def _written(to: str, subject: str, body: str) -> dict[str, Any]:
    address = to.strip(" ")
    valid = _ADDRESS.fullmatch(address) is not None
    now = clock.real()
    return {
        "message_id": secrets.token_hex(16),
        "to_address": address if valid else _readable(address, _CONTROL),
        "subject": _readable(subject, _CONTROL),
        "body": _readable(body.replace("\r\n", "\n"), _CONTROL_IN_BODY),
        "status": "waiting" if valid else "failed",
        "created_at": now,
        "sent_at": None,
        "retry_at": now,
        "error": "" if valid else "收件地址无效，未发送。",
    }


def due(session: Session, limit: int) -> list[int]:
    """The ids of letters that may be tried now, the longest waiting first."""
    query = select(Letter.id).where(Letter.status == "waiting", Letter.retry_at <= clock.real())
    return list(session.scalars(query.order_by(Letter.retry_at, Letter.id).limit(limit)))


def claim(session: Session, letter_id: int) -> Claim | None:
    """Take a due letter for this worker for 15 minutes; None where another has it or it isn't due any more."""
    now = clock.real()
    letter = session.scalars(
        select(Letter)
        .where(Letter.id == letter_id, Letter.status == "waiting", Letter.retry_at <= now)
        .with_for_update(skip_locked=True)
    ).first()
    if letter is None:
        return None
    letter.attempts += 1
    letter.retry_at = now + CLAIMED_FOR
    session.flush()
    envelope = Envelope(
        message_id=letter.message_id, to=letter.to_address, subject=letter.subject, body=letter.body,
        written_at=letter.created_at,
    )
    return Claim(letter.id, letter.attempts, envelope)


def settle(session: Session, claimed: Claim, error: str = "") -> None:
    """Write down how a try ended. A failed one is tried again after 1, 2, 4 ... minutes, 10 times in all; then it is
    failed for good, which the operators' page shows. A letter muted meanwhile stays muted."""
    now = clock.real()
    ours = update(Letter).where(Letter.id == claimed.letter_id)
    if not error:
        session.execute(ours.values(status="sent", sent_at=now, error=""))
        return
    session.execute(ours.values(error=_readable(error, _CONTROL)[:2_000]))
    spent = claimed.attempt >= MOST_ATTEMPTS
    pause = FIRST_PAUSE * 2 ** (claimed.attempt - 1)
    values = {"status": "failed"} if spent else {"retry_at": now + pause}
    session.execute(ours.where(Letter.status == "waiting").values(values))


def send_due(sender: Sender, *, limit: int) -> int:
    """Send letters that are due, each in transactions of its own; returns how many were sent.

    For the worker alone: this is its loop over letters and the one place below the edge that opens transactions. Stops
    where the sender isn't ready, so that a mail server that is down costs one time limit and not one a letter.
    """
    if not sender.ready():
        return 0
    with db.reading() as session:
        ids = due(session, limit)
    sent = 0
    try:
        for letter_id in ids:
            sent += _send(sender, letter_id)
            if not sender.ready():
                break
    finally:
        sender.close()
    return sent


def mute_all(session: Session) -> int:
    """Keep back everything unsent: after a restore nobody knows what was already sent. Returns how many."""
    return session.execute(update(Letter).where(Letter.status == "waiting").values(status="muted")).rowcount


def release_muted(session: Session) -> int:
    """Let muted letters go, after a person has looked at them. Returns how many."""
    return _let_go(session, "muted")


def retry_failed(session: Session) -> int:
    """Give letters that failed for good another ten tries. Those without a usable address stay. Returns how many."""
    return _let_go(session, "failed")


def _send(sender: Sender, letter_id: int) -> bool:
    with db.transaction() as session:
        claimed = claim(session, letter_id)
    if claimed is None:
        return False
    error = ""
    try:
        sender.send(claimed.envelope)
    except Undelivered as undelivered:
        error = str(undelivered)
    with db.transaction() as session:
        settle(session, claimed, error)
    return not error


def _let_go(session: Session, status: str) -> int:
    letters = session.scalars(select(Letter).where(Letter.status == status)).all()
    usable = [letter.id for letter in letters if _ADDRESS.fullmatch(letter.to_address)]
    values = {"status": "waiting", "attempts": 0, "retry_at": clock.real()}
    for start in range(0, len(usable), 500):
        session.execute(update(Letter).where(Letter.id.in_(usable[start : start + 500])).values(values))
    return len(usable)


def _readable(text: str, unwanted: re.Pattern[str]) -> str:
    return unwanted.sub(" ", text).encode("utf-8", "replace").decode()
