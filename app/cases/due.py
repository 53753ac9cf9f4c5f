"""What falls due in cases without a person: timers and messages. The worker asks here what is due and carries it out,
one item a transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from app import clock, db, engine
from app.audit import operations as audit
from app.cases import messages, steps, words
from app.cases.models import Case, Catch, Deadline, Message, Task, Timer
from app.cases.steps import CaseRow
from app.db import Statement
from app.programmes import queries as programmes
from app.programmes.queries import Programme

_DUE_TIMERS = Statement(
    select(Timer.id, Timer.case_id)
    .where(
        Timer.status == "waiting",
        Timer.due_at <= bindparam("now"),
        or_(Timer.retry_at.is_(None), Timer.retry_at <= bindparam("real")),
    )
    .order_by(Timer.due_at, Timer.id)
    .limit(bindparam("limit"))
)
_READ_TIMER = Statement(
    select(
        *(c for c in Timer.__table__.c), Deadline.period, *steps.joined_columns()
    )
    .join(Case, Timer.case_id == Case.id)
    .join(Deadline, Timer.deadline_id == Deadline.id)
    .where(Timer.id == bindparam("id"))
)
_FIRED = Statement(
    update(Timer)
    .where(Timer.id == bindparam("t"), Timer.status == "waiting", Timer.due_at == bindparam("due"))
    .values(status="fired", fired_at=bindparam("at"), error="")
)
_PERIOD_OVER = Statement(
    update(Deadline)
    .where(Deadline.id == bindparam("d"), Deadline.status == "running")
    .values(status=bindparam("s"), closed_at=bindparam("at"))
)
_TASK_OF_DEADLINE = Statement(select(Task.id).where(Task.deadline_id == bindparam("d")).limit(1))
_READ_MESSAGE = Statement(
    select(
        *(c for c in Message.__table__.c),
        Catch.id.label("catch_id"),
        Catch.engine_id,
        Catch.element,
        Message.to_case_id.label("case_id"),
        *steps.joined_columns(),
    )
    .join(Case, Message.to_case_id == Case.id)
    .outerjoin(
        Catch, (Catch.case_id == Message.to_case_id) & (Catch.name == Message.name) & (Catch.status == "waiting")
    )
    .where(Message.id == bindparam("id"))
    .order_by(Catch.id)
    .limit(1)
)
_CAUGHT = Statement(
    update(Catch).where(Catch.id == bindparam("k"), Catch.status == "waiting").values(status="taken")
)


@dataclass(frozen=True)
class Arrival:
    """A timer or message worked out but not yet written; `step` is None for a message that a domain package takes."""

    row: Any
    case: CaseRow
    programme: Programme
    step: engine.Step | None


def due_timers(session: Session, limit: int) -> Sequence[Any]:
    """(id, case_id) of waiting timers whose legal instant has come, in due order."""
    return db.send(session, _DUE_TIMERS, {"now": clock.now(), "real": clock.real(), "limit": limit}).rows()


def prepare_timer(session: Session, timer_id: int) -> Arrival | None:
    """Work out what firing would do; None where the timer waits no more. Changes nothing and locks nothing."""
    row = db.send(session, _READ_TIMER, {"id": timer_id}).first()
    if row is None or row.status != "waiting":
        return None
    return _fired_in_memory(session, row)


def fire(session: Session, prepared: Arrival) -> bool:
    """Fire a timer that is due. False where it waits no more, isn't due yet, or another worker holds its case; also
    where its instant has moved since (a stop, an extension, a new calendar): the next round reads it anew.

    What follows is dated at the due instant, however late the worker comes; `fired_at` keeps the legal instant at which
    it really happened.
    """
    revision = steps.lock(session, prepared.case.id, skip_locked=True)
    if revision is None:
        return False
    if revision != prepared.case.revision:
        again = prepare_timer(session, prepared.row.id)
        if again is None:
            return False
        prepared = again
    row, now = prepared.row, clock.now()
    if now < row.due_at or db.send(session, _FIRED, {"t": row.id, "due": row.due_at, "at": now}).count != 1:
        return False
    _close_period(session, row, prepared.programme.specification(row.case_diagram).elements[row.element])
    steps.move(session, prepared.case, prepared.programme, prepared.step, person_id=None, at=row.due_at)
    _record(session, row.case_id, "fire_timer", now=now, at=row.due_at,
            element=prepared.programme.specification(row.case_diagram).elements[row.element].name, period=row.period)
    return True


def due_messages(session: Session, limit: int) -> Sequence[Any]:
    """(id, case_id) of waiting messages that can be delivered: their case waits for the name, or a domain package takes
    it."""
    statement = _due_messages(words.receiver_names())
    rows = db.send(session, statement, {"real": clock.real(), "limit": limit}).rows()
    return list({row.id: row for row in rows}.values())


@cache
def _due_messages(taken: tuple[str, ...]) -> Statement:
    return Statement(
        select(Message.id, Message.to_case_id.label("case_id"))
        .outerjoin(
            Catch, (Catch.case_id == Message.to_case_id) & (Catch.name == Message.name) & (Catch.status == "waiting")
        )
        .where(
            Message.status == "waiting", or_(Message.retry_at.is_(None), Message.retry_at <= bindparam("real")),
            or_(Catch.id.is_not(None), *(Message.name == name for name in taken)),
        )
        .order_by(Message.id)
        .limit(bindparam("limit"))
    )


def prepare_message(session: Session, message_id: int) -> Arrival | None:
    """Work out a delivery; None where the message was taken already or nobody waits for it any more."""
    row = db.send(session, _READ_MESSAGE, {"id": message_id}).first()
    if row is None or row.status != "waiting":
        return None
    if row.catch_id is None:
        if row.name not in words.receiver_names():
            return None
        return Arrival(row, steps.from_columns(row), programmes.programme(session, row.case_release_id), None)
    return _caught_in_memory(session, row)


def deliver(session: Session, prepared: Arrival) -> bool:
    """Deliver a message once. False where it was taken already, or another worker holds the case."""
    revision = steps.lock(session, prepared.case.id, skip_locked=True)
    if revision is None:
        return False
    if revision != prepared.case.revision:
        again = prepare_message(session, prepared.row.id)
        if again is None:
            return False
        prepared = again
    row, now = prepared.row, clock.now()
    if not messages.mark_delivered(session, row.id, at=now):
        return False
    verb = "take_message"
    if prepared.step is None:
        words.receive(session, session.get_one(Message, row.id))
    else:
        verb = "deliver_message"
        db.send(session, _CAUGHT, {"k": row.catch_id})
        steps.move(session, prepared.case, prepared.programme, prepared.step, person_id=None, at=row.effective_at)
    _record(session, row.to_case_id, verb, now=now, at=row.effective_at, name=row.name, sender=row.sender)
    return True


def _fired_in_memory(session: Session, row: Any) -> Arrival:
    case, programme = steps.from_columns(row), programmes.programme(session, row.case_release_id)
    step = engine.load(programme.specification(case.diagram), case.document)
    step.fire(row.engine_id)
    return Arrival(row, case, programme, step)


def _caught_in_memory(session: Session, row: Any) -> Arrival:
    case, programme = steps.from_columns(row), programmes.programme(session, row.case_release_id)
    step = engine.load(programme.specification(case.diagram), case.document)
    step.catch(row.engine_id, row.payload)
    return Arrival(row, case, programme, step)


def _close_period(session: Session, row: Any, element: engine.Element) -> None:
    """A period that ran to its end is met where nobody had a duty in it, missed where it is a task's. That of a task
    which its timer doesn't end runs on: people are reminded of it until they do it, and then it is missed."""
    of_task = db.send(session, _TASK_OF_DEADLINE, {"d": row.deadline_id}).first() is not None
    if of_task and not element.interrupting:
        return
    db.send(session, _PERIOD_OVER, {"d": row.deadline_id, "s": "missed" if of_task else "met", "at": row.due_at})


def _record(session: Session, case_id: int, verb: str, *, now: datetime, at: datetime, **details: Any) -> None:
    late_seconds = int((now - at).total_seconds())
    audit.record(
        session, chain=f"case:{case_id}", verb=verb, person_id=None, person_name="系统", unit_name="",
        details={**details, "due_at": at.isoformat(), "late_seconds": late_seconds},
    )
