"""Words from one case to another: rows in a mailbox, consumed once, never dropped.

The sender's transaction only writes the row, so that it never locks a second case. The worker delivers it when the
receiving case waits for its name; a catch that appears later takes what already lies there.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app import clock, db, engine
from app.cases.models import Message
from app.db import Statement

_WAITING = Statement(
    select(Message.id, Message.name, Message.payload)
    .where(Message.to_case_id == bindparam("case"), Message.status == "waiting")
    .order_by(Message.id)
)
_TAKE = Statement(
    update(Message)
    .where(Message.id == bindparam("m"), Message.status == "waiting")
    .values(status="delivered", delivered_at=bindparam("at"))
)


def post(
    session: Session,
    letters: Iterable[Mapping[str, Any]],
    *,
    name: str,
    sender: str,
    effective_at: datetime,
) -> None:
    """Put messages of one name into mailboxes. Each letter has `to_case_id`, `key` and optionally `payload` (scalars).

    (sender, name, key) is unique: posting the same again changes nothing.
    """
    rows = [
        {
            "to_case_id": letter["to_case_id"],
            "name": name,
            "payload": dict(letter.get("payload", {})),
            "sender": sender,
            "key": letter["key"],
            "effective_at": effective_at,
            "created_at": clock.now(),
        }
        for letter in letters
    ]
    if not rows:
        return
    connection = session.connection()
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(insert(Message).on_conflict_do_nothing(), rows)


def take(
    session: Session, case_id: int, catches: Iterable[engine.Waiting], *, at: datetime
) -> list[tuple[str, Mapping[str, Any]]]:
    """Take what already lies in the mailbox for catches that have just appeared: (engine id, payload) a catch."""
    catches = list(catches)
    if not catches:
        return []
    waiting = db.send(session, _WAITING, {"case": case_id}).rows()
    taken = []
    for catch in catches:
        message = next((m for m in waiting if m.name == catch.name), None)
        if message is not None:
            waiting.remove(message)
            mark_delivered(session, message.id, at=max(at, clock.now()))
            taken.append((catch.id, message.payload))
    return taken


def mark_delivered(session: Session, message_id: int, *, at: datetime) -> bool:
    """Consume a message; False where it was consumed already."""
    return db.send(session, _TAKE, {"m": message_id, "at": at}).count == 1
