"""What falls due in the life of titles: rows that the worker carries out, one transaction each, exactly once.

A domain package registers what a kind of row does (`handler`). A handler gets the row, locked; it opens cases, writes
events and plans what comes next, in that transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app import clock, db
from app.db import Statement
from app.titles.models import LifeDue, Title

Handler = Callable[[Session, LifeDue], None]

_handlers: dict[str, Handler] = {}
_WAITS = Statement(select(LifeDue.id).where(LifeDue.id == bindparam("id"), LifeDue.status == "waiting"))
_TITLE = Statement(select(LifeDue.title_id).where(LifeDue.id == bindparam("id")))
_LOCK_TITLE = Statement(select(Title.id).where(Title.id == bindparam("id")).with_for_update(key_share=True))
_NEXT = Statement(
    select(LifeDue.due_at)
    .where(LifeDue.status == "waiting", LifeDue.due_at <= bindparam("until"), LifeDue.retry_at.is_(None))
    .order_by(LifeDue.due_at).limit(1)
)


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register what a kind of due row does: f(session, row)."""

    def register(do: Handler) -> Handler:
        _handlers[kind] = do
        return do

    return register


def subject_of(title: Title) -> str:
    """The subject of a title's rows."""
    return f"title:{title.id}"


def plan(
    session: Session, *, subject: str, programme: str, kind: str, key: str, on: date, title_id: int | None = None,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Let something fall due when a day (Beijing) begins. The same (subject, kind, key) again changes nothing, except
    that what was dropped waits again."""
    values = (subject, title_id, programme, kind, key, clock.day_start(on), dict(payload or {}))
    db.send(session, _PLAN[session.get_bind().dialect.name], dict(zip(_PLANNED, values, strict=True)))


_PLANNED = ("subject", "title_id", "programme", "kind", "key", "due_at", "payload")


def _planned(made: Any) -> Statement:
    again = {"status": "waiting", "due_at": made.excluded.due_at, "payload": made.excluded.payload}
    return Statement(
        made.on_conflict_do_update(
            index_elements=["subject", "kind", "key"], set_=again, where=LifeDue.status == "gone"
        ),
        columns=_PLANNED,
    )


_PLAN = {
    "postgresql": _planned(postgresql.insert(LifeDue.__table__)), "sqlite": _planned(sqlite.insert(LifeDue.__table__)),
}


def plan_for(
    session: Session, title: Title, *, kind: str, key: str, on: date, payload: Mapping[str, Any] | None = None
) -> None:
    """Let something fall due for a title: see `plan`."""
    plan(session, subject=subject_of(title), title_id=title.id, programme=title.programme, kind=kind, key=key, on=on,
         payload=payload)


def drop(session: Session, subject: str, *, kinds: Sequence[str] = (), but: Sequence[str] = ()) -> int:
    """Let what waits for a subject not happen any more: rows of `kinds` (all), except those of `but`."""
    where = [LifeDue.subject == subject, LifeDue.status == "waiting"]
    if kinds:
        where.append(LifeDue.kind.in_(kinds))
    if but:
        where.append(LifeDue.kind.not_in(but))
    return session.execute(
        update(LifeDue).where(*where).values(status="gone").execution_options(synchronize_session=False)
    ).rowcount


def due(session: Session, limit: int) -> Sequence[Any]:
    """(id, case_id) of rows whose day has come, in due order; `case_id` is the title's, for the worker's order."""
    values = {"now": clock.now(), "real": clock.real(), "limit": limit}
    return db.send(session, _due(tuple(_handlers)), values).rows()


@cache
def _due(kinds: tuple[str, ...]) -> Statement:
    return Statement(
        select(LifeDue.id, LifeDue.title_id.label("case_id"))
        .where(
            LifeDue.status == "waiting", LifeDue.due_at <= bindparam("now"),
            or_(*(LifeDue.kind == kind for kind in kinds)),
            or_(LifeDue.retry_at.is_(None), LifeDue.retry_at <= bindparam("real")),
        )
        .order_by(LifeDue.due_at, LifeDue.id)
        .limit(bindparam("limit"))
    )


def prepare(session: Session, due_id: int) -> int | None:
    """The id of a row that still waits; None for one that doesn't."""
    return db.send(session, _WAITS, {"id": due_id}).scalar()


def carry_out(session: Session, due_id: int) -> bool:
    """Do what is due. False where another worker has the row, or it waits no more.

    The title is locked before the row: whoever ends a title holds it while dropping what waits in its life.
    """
    title_id = db.send(session, _TITLE, {"id": due_id}).scalar()
    if title_id is not None:
        db.send(session, _LOCK_TITLE, {"id": title_id})
    row = session.scalars(
        select(LifeDue)
        .where(LifeDue.id == due_id, LifeDue.status == "waiting")
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None or row.due_at > clock.now():
        return False
    row.status, row.done_at, row.error = "done", clock.now(), ""
    session.flush()
    _handlers[row.kind](session, row)
    session.flush()
    return True


def next_due(session: Session, *, until: datetime) -> datetime | None:
    """The earliest instant, not after `until`, at which something waits that hasn't failed; None where nothing does."""
    return db.send(session, _NEXT, {"until": until}).scalar()
