"""停表: the ledger of what stops a case's periods. A deadline keeps the closed stretches that app.workdays counts.

While one ground lasts the clock stands still: the deadline is `stopped`, its task has no end and its timer none to fire
at. When the last ground ends, what was left runs on from the day after. Grounds that overlap count once. Every function
here is called under the case's lock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock, db, engine, workdays
from app.audit import operations as audit
from app.cases import carrying, deadlines, messages, words
from app.cases.clock_models import ClockStop
from app.cases.models import Case, Deadline, Message, Task
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import Ground, PeriodRule, Programme

HAND, DIAGRAM = "hand", "diagram"
CHANGED = "clock_changed"
"""The message by which a case tells the one that it is about that it was opened or has ended."""


class HasClock(Protocol):
    """What is asked of a case here."""

    id: int
    release_id: int
    region_code: str


def of_deadline(session: Session, deadline_id: int) -> Sequence[ClockStop]:
    """The ledger of a deadline, in the order in which the stops were set."""
    found = select(ClockStop).where(ClockStop.deadline_id == deadline_id).order_by(ClockStop.began_at, ClockStop.id)
    return session.scalars(found.execution_options(populate_existing=True)).all()


def begin(
    session: Session, case: HasClock, deadline: Deadline, ground: Ground, *, how: str, evidence: str, at: datetime,
    by: Identity | None = None, document_id: int | None = None, cause: str = "",
) -> ClockStop:
    """Set a stop and let the clock stand still. `by` is None for one that the diagram sets."""
    stop = ClockStop(
        public_id=db.public_id(), case_id=case.id, deadline_id=deadline.id, ground=ground.key, name=ground.name,
        clause=ground.clause, how=how, cause=cause, evidence=evidence, document_id=document_id, began_at=at,
        began_on=clock.local(at).date(), began_by=by.person_id if by else None,
    )
    session.add(stop)
    session.flush()
    settle(session, case, deadline)
    _record(session, case, "stop_clock", by, at=at, period=deadline.period, ground=ground.name, clause=ground.clause,
            evidence=evidence, since=stop.began_on)
    return stop


def end(
    session: Session, case: HasClock, deadline: Deadline, stop: ClockStop, *, at: datetime, by: Identity | None = None,
    note: str = "",
) -> None:
    """Lift a stop; where no other lasts, the clock runs on from the next day."""
    ended_at = max(at, stop.began_at)
    stop.ended_at, stop.ended_on = ended_at, clock.local(ended_at).date()
    stop.ended_by, stop.end_note = by.person_id if by else None, note
    session.flush()
    last_day = settle(session, case, deadline)
    _record(session, case, "resume_clock", by, at=at, period=deadline.period, ground=stop.name, clause=stop.clause,
            since=stop.began_on, until=stop.ended_on, last_day=last_day, note=note)


def settle(session: Session, case: HasClock, deadline: Deadline, *, period: workdays.Period | None = None) -> Any:
    """Write an open deadline as its ledger (and `period`, where it was extended) says; returns its last day."""
    ledger = of_deadline(session, deadline.id)
    stops = carrying.stretches({name: getattr(stop, name) for name in ("how", "name", "began_on", "ended_on")}
                               for stop in ledger)
    last_day = deadlines.recount(
        session, deadline.id, period or deadlines.period_of(deadline.rule), deadline.started_on, case.region_code,
        stops=stops, stopped=any(stop.ended_on is None for stop in ledger),
    )
    session.expire(deadline)
    return last_day


def left(session: Session, deadline: Deadline, region_code: str) -> int:
    """What is left of a stopped deadline, in working days of a working-day period, in days of any other."""
    lasting = [stop.began_on for stop in of_deadline(session, deadline.id) if stop.ended_on is None]
    return workdays.left(
        deadlines.period_of(deadline.rule), deadline.started_on, workdays.calendar_for(region_code),
        deadlines.stops_of(deadline.stops), min(lasting),
    )


def follow_step(
    session: Session, case: Any, programme: Programme, outcome: engine.Outcome, *, at: datetime
) -> None:
    """After a step: stop or start again what its tasks stop, and tell the case that this one is about."""
    elements = programme.specification(case.diagram).elements
    changed = {one.element for one in (*outcome.opened, *outcome.closed)}
    periods = {elements[one.element].properties.get("period", "") for one in outcome.opened}
    if changed & programme.halting or any(_watched(programme.periods[key]) for key in periods if key):
        follow(session, case, programme)
    if case.about_id is not None and case.diagram in programme.halting and (case.revision == 0 or outcome.finished):
        key = f"{case.id}:{'ended' if outcome.finished else 'opened'}"
        messages.post(
            session, [{"to_case_id": case.about_id, "key": key}], name=CHANGED, sender=f"case:{case.id}",
            effective_at=at,
        )


def follow(session: Session, case: HasClock, programme: Programme) -> None:
    """Let the clocks of a case's open deadlines stand still for as long as a task, or a case about it, is open that one
    of their grounds names; and run again after.

    Worked out from when those were opened and closed, so that a message that comes late changes no date.
    """
    rules = {key: rule for key, rule in programme.periods.items() if _watched(rule)}
    if not rules:
        return
    open_deadlines = session.scalars(
        select(Deadline)
        .where(Deadline.case_id == case.id, Deadline.period.in_(sorted(rules)),
               Deadline.status.in_((deadlines.RUNNING, deadlines.STOPPED)))
        .order_by(Deadline.id)
        .execution_options(populate_existing=True)
    ).all()
    causes = _causes(session, case, programme) if open_deadlines else []
    for deadline in open_deadlines:
        _follow_one(session, case, deadline, rules[deadline.period], causes)


def hear(session: Session, message: Message) -> None:
    """A case about this one was opened or has ended."""
    case = session.get_one(Case, message.to_case_id)
    if case.status == "open":
        follow(session, case, programmes.programme(session, case.release_id))


words.receiver(CHANGED)(hear)


@dataclass(frozen=True)
class Cause:
    """A task of the case, or a case about it, that a ground may name by its element or diagram. `key` is its own."""

    name: str
    key: str
    words: str
    opened_at: datetime
    closed_at: datetime | None
    deadline_id: int | None = None


def _follow_one(
    session: Session, case: HasClock, deadline: Deadline, rule: PeriodRule, causes: Sequence[Cause]
) -> None:
    known = {(stop.ground, stop.cause): stop for stop in of_deadline(session, deadline.id) if stop.how == DIAGRAM}
    since = session.scalar(select(func.min(Task.opened_at)).where(Task.deadline_id == deadline.id))
    since = since or clock.day_start(deadline.started_on)
    for ground in rule.stops.values():
        for cause in causes:
            if cause.name not in ground.during or cause.deadline_id == deadline.id:
                continue
            stop = known.get((ground.key, cause.key))
            if stop is None and _falls_into(cause, deadline, since):
                at = max(cause.opened_at, since)
                stop = begin(session, case, deadline, ground, how=DIAGRAM, evidence=cause.words, at=at, cause=cause.key)
            if stop is not None and stop.ended_at is None and cause.closed_at is not None:
                end(session, case, deadline, stop, at=cause.closed_at)


def _falls_into(cause: Cause, deadline: Deadline, since: datetime) -> bool:
    """Whether it is open at some time while the deadline's clock runs or stands still."""
    if cause.closed_at is not None and cause.closed_at <= since:
        return False
    return deadline.status == deadlines.STOPPED or cause.opened_at < deadline.ends_at


def _causes(session: Session, case: HasClock, programme: Programme) -> list[Cause]:
    named = sorted(programme.halting)
    tasks = session.scalars(
        select(Task).where(Task.case_id == case.id, Task.element.in_(named)).order_by(Task.id)
    )
    found = [
        Cause(task.element, f"task:{task.id}", f"“{task.name}”环节", task.opened_at, task.closed_at, task.deadline_id)
        for task in tasks
    ]
    about = session.execute(
        select(Case.id, Case.diagram, Case.title, Case.number, Case.opened_at, Case.closed_at)
        .where(Case.about_id == case.id, Case.diagram.in_(named)).order_by(Case.id)
    )
    return found + [
        Cause(row.diagram, f"case:{row.id}", f"“{row.title}”（办件号 {row.number}）", row.opened_at, row.closed_at)
        for row in about
    ]


def _watched(rule: PeriodRule) -> bool:
    return any(ground.during for ground in rule.stops.values())


def _record(session: Session, case: HasClock, verb: str, by: Identity | None, *, at: datetime, **details: Any) -> None:
    audit.record(
        session, chain=f"case:{case.id}", verb=verb, person_id=by.person_id if by else None,
        person_name=by.name if by else "系统", unit_name=by.unit_name if by else "",
        details={**details, "at": at.isoformat()},
    )
