"""Letters are written with the change that causes them and sent after its commit, at least once each.

Sending is three steps, because a mail server may take its time and nobody may wait for it behind a lock: `claim` (one
short transaction: this worker has a handful for a while), the sender (no transaction), `settle` (another short one). A
worker that dies in between leaves letters that are tried again when its claim runs out, with the same Message-ID.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, insert, select, update
from sqlalchemy.orm import Session

from app import clock, db
from app.outbox.models import Letter
from app.outbox.senders import Envelope, Sender, Undelivered, sender_for

__all__ = ["MOST_ATTEMPTS", "Claim", "Sender", "claim", "claim_some", "due", "hold", "is_held", "mute_all", "post",
           "post_many", "release_muted", "retry_failed", "send_due", "sender_for", "settle"]

MOST_ATTEMPTS = 10
FIRST_PAUSE = timedelta(minutes=1)
CLAIMED_FOR = timedelta(minutes=15)
HANDFUL = 20
"""Letters that a worker claims and settles together: two commits for all of them."""

# One plain address. Whatever could end a header line, name a second receiver or need an extension of SMTP is refused.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
_HELD = "mail held"
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
    found = _claimed(session, select(Letter).where(Letter.id == letter_id))
    return found[0] if found else None


def claim_some(session: Session, limit: int) -> list[Claim]:
    """Take the letters that wait longest for this worker for 15 minutes; those that another has are left out."""
    return _claimed(session, select(Letter).order_by(Letter.retry_at, Letter.id).limit(limit))


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
    """Send letters that are due, a handful at a time; returns how many were sent.

    For the worker alone: this is its loop over letters and the one place below the edge that opens transactions. Stops
    where the sender isn't ready, so that a mail server that is down costs one time limit and not one a letter. A worker
    that dies has at most a handful on its hands, which go out again under their old Message-IDs.
    """
    if not sender.ready():
        return 0
    with db.reading() as session:
        waiting = len(due(session, limit))
        if waiting and is_held(session):
            return 0
    sent = 0
    try:
        while waiting > 0 and sender.ready():
            with db.transaction() as session:
                claims = claim_some(session, min(HANDFUL, waiting))
            if not claims:
                break
            waiting -= len(claims)
            sent += _send(sender, claims)
    finally:
        sender.close()
    return sent


def mute_all(session: Session) -> int:
    """Keep back everything unsent: after a restore nobody knows what was already sent. Returns how many."""
    return session.execute(update(Letter).where(Letter.status == "waiting").values(status="muted")).rowcount


def hold(session: Session) -> int:
    """Keep everything back from now on until a person lets it go, what is written meanwhile too: after a restore the
    reminders of the days since the backup come once more, and were perhaps sent already. Returns how many were muted.
    """
    session.merge(db.Counter(name=_HELD, value=1))
    session.flush()
    return mute_all(session)


def is_held(session: Session) -> bool:
    """Whether nothing is sent until a person lets it go."""
    return bool(session.scalar(select(db.Counter.value).where(db.Counter.name == _HELD)))


def release_muted(session: Session) -> int:
    """Let muted letters go, and whatever is written from now on, after a person has looked. Returns how many."""
    session.execute(update(db.Counter).where(db.Counter.name == _HELD).values(value=0))
    return _let_go(session, "muted")


def retry_failed(session: Session) -> int:
    """Give letters that failed for good another ten tries. Those without a usable address stay. Returns how many."""
    return _let_go(session, "failed")


def _send(sender: Sender, claims: Sequence[Claim]) -> int:
    """Hand claimed letters over one by one and write down how each went; returns how many were sent. What wasn't
    tried, because the server went away meanwhile, is given back."""
    sent: list[Claim] = []
    failed: list[tuple[Claim, str]] = []
    tried = 0
    try:
        for claimed in claims:
            if not sender.ready():
                break
            tried += 1
            try:
                sender.send(claimed.envelope)
                sent.append(claimed)
            except Undelivered as undelivered:
                failed.append((claimed, str(undelivered)))
    finally:
        with db.transaction() as session:
            _settle_all(session, sent, failed, untried=claims[tried:])
    return len(sent)


def _claimed(session: Session, wanted: Select[tuple[Letter]]) -> list[Claim]:
    now = clock.real()
    letters = session.scalars(
        wanted.where(Letter.status == "waiting", Letter.retry_at <= now).with_for_update(skip_locked=True)
    ).all()
    for letter in letters:
        letter.attempts += 1
        letter.retry_at = now + CLAIMED_FOR
    session.flush()
    return [
        Claim(letter.id, letter.attempts, Envelope(
            message_id=letter.message_id, to=letter.to_address, subject=letter.subject, body=letter.body,
            written_at=letter.created_at,
        ))
        for letter in letters
    ]


def _settle_all(
    session: Session, sent: Sequence[Claim], failed: Sequence[tuple[Claim, str]], untried: Sequence[Claim]
) -> None:
    if sent:
        ids = [claimed.letter_id for claimed in sent]
        session.execute(
            update(Letter).where(Letter.id.in_(ids)).values(status="sent", sent_at=clock.real(), error="")
            .execution_options(synchronize_session=False)
        )
    for claimed, error in failed:
        settle(session, claimed, error)
    if untried:
        ids = [claimed.letter_id for claimed in untried]
        session.execute(
            update(Letter).where(Letter.id.in_(ids), Letter.status == "waiting")
            .values(attempts=Letter.attempts - 1, retry_at=clock.real())
            .execution_options(synchronize_session=False)
        )


def _let_go(session: Session, status: str) -> int:
    letters = session.scalars(select(Letter).where(Letter.status == status)).all()
    usable = [letter.id for letter in letters if _ADDRESS.fullmatch(letter.to_address)]
    values = {"status": "waiting", "attempts": 0, "retry_at": clock.real()}
    for start in range(0, len(usable), 500):
        session.execute(update(Letter).where(Letter.id.in_(usable[start : start + 500])).values(values))
    return len(usable)


def _readable(text: str, unwanted: re.Pattern[str]) -> str:
    return unwanted.sub(" ", text).encode("utf-8", "replace").decode()
