"""From an engine's outcome to rows: the same transaction writes the document, tasks, deadlines, timers and catches.

The rows follow the engine's ids, so they can be compared with the document at any time (`app.invariants` does).
Statements are built once: this is the path that every click and every timer takes.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from app import clock, db, engine
from app.cases import deadlines, ledger, words
from app.cases.models import Case, Catch, Deadline, Task, Timer
from app.db import Key, Statement, public_id
from app.errors import Gone
from app.people import queries as people
from app.programmes.queries import Programme

if TYPE_CHECKING:
    from app.cases.steps import CaseRow

_INSERT_TASK = Statement(
    insert(Task).values(deadline_id=deadlines.NEWEST),
    columns=(
        "public_id", "case_id", "engine_id", "element", "name", "actor", "unit_id", "role", "misplaced", "ends_at",
        "opened_at", "claimed_by", "claimed_at",
    ),
)
_INSERT_TIMER = Statement(
    insert(Timer).values(deadline_id=func.coalesce(bindparam("shared", type_=Key), deadlines.NEWEST)),
    columns=("case_id", "engine_id", "element", "due_at"),
)
_INSERT_CATCH = Statement(insert(Catch), columns=("case_id", "engine_id", "element", "name", "opened_at"))
_CANCEL_TASK = Statement(
    update(Task)
    .where(Task.case_id == bindparam("c"), Task.engine_id == bindparam("e"), Task.status == "open")
    .values(status="cancelled", closed_at=bindparam("at"))
)
_VOID_DEADLINE_OF_TASK = Statement(
    update(Deadline)
    .where(
        deadlines.IS_OPEN,
        Deadline.id.in_(
            select(Task.deadline_id).where(Task.case_id == bindparam("c"), Task.engine_id == bindparam("e"))
        ),
    )
    .values(status="void", closed_at=bindparam("at"))
)
_TIMER_GONE = Statement(
    update(Timer)
    .where(Timer.case_id == bindparam("c"), Timer.engine_id == bindparam("e"), Timer.status == "waiting")
    .values(status="gone")
    .returning(Timer.deadline_id)
)
_VOID_DEADLINE = Statement(
    update(Deadline)
    .where(Deadline.id == bindparam("d"), deadlines.IS_OPEN)
    .values(status="void", closed_at=bindparam("at"))
)
_CATCH_GONE = Statement(
    update(Catch)
    .where(Catch.case_id == bindparam("c"), Catch.engine_id == bindparam("e"), Catch.status == "waiting")
    .values(status="gone")
)
_SAVE = Statement(
    update(Case)
    .where(Case.id == bindparam("c"), Case.revision == bindparam("seen"))
    .values(
        document=bindparam("new_document"),
        revision=bindparam("new_revision"),
        status=bindparam("new_status"),
        outcome=bindparam("new_outcome"),
        closed_at=bindparam("new_closed_at"),
    )
)
_DEADLINE_OF_TASK = Statement(
    select(Task.deadline_id, Task.ends_at, Deadline.period, Deadline.status)
    .join(Deadline, Task.deadline_id == Deadline.id)
    .where(Task.case_id == bindparam("c"), Task.engine_id == bindparam("e"))
)


def project(
    session: Session, case: "CaseRow", programme: Programme, outcome: engine.Outcome, *, at: datetime,
    ended_as: str = "",
) -> None:
    """Write what an outcome changed. `at` is the instant at which the step takes effect: periods of timers start there.
    `ended_as` is the result of a case that no end event of its diagram ended.

    A task's period starts when its people can know of it: at `at`, or now where `at` lies in the past (a timer that
    fired late). Raises Gone where somebody else's step came first; the transaction is lost then.
    """
    saved = db.send(
        session, _SAVE,
        {
            "c": case.id,
            "seen": case.revision,
            "new_document": outcome.document,
            "new_revision": case.revision + 1,
            "new_status": "done" if outcome.finished else "open",
            "new_outcome": ended_as or "、".join(end.name for end in outcome.ends) if outcome.finished else "",
            "new_closed_at": at if outcome.finished else None,
        },
    )
    now = clock.now()
    for closed in outcome.closed:
        if closed.how == engine.CANCELLED:
            db.send(session, _VOID_DEADLINE_OF_TASK, {"c": case.id, "e": closed.id, "at": at})
            db.send(session, _CANCEL_TASK, {"c": case.id, "e": closed.id, "at": at})
    for timer in outcome.gone:
        if timer.how == engine.CANCELLED:
            _drop_timer(session, case, timer.id, at=at)
    for catch in outcome.left:
        if catch.how == engine.CANCELLED:
            db.send(session, _CATCH_GONE, {"c": case.id, "e": catch.id})
    for task in outcome.opened:
        db.send(session, _INSERT_TASK, _open_task(session, case, programme, task, told_at=max(at, now)))
    for timer in outcome.armed:
        _arm(session, case, programme, timer, at=at)
    for catch in outcome.waiting:
        db.send(
            session, _INSERT_CATCH,
            {"case_id": case.id, "engine_id": catch.id, "element": catch.element, "name": catch.name, "opened_at": at},
        )
    if saved.count != 1:
        raise Gone()
    if programme.halting:
        ledger.follow_step(session, case, programme, outcome, at=at)


def _open_task(
    session: Session, case: "CaseRow", programme: Programme, task: engine.Open, *, told_at: datetime
) -> dict[str, Any]:
    element = programme.specification(case.diagram).elements[task.element]
    actor = element.properties["actor"]
    relation, role = actor.split("/")
    unit_id, person_id, misplaced = actor_of(session, case, programme, relation, role)
    rule = programme.periods[element.properties["period"]]
    ends_at = deadlines.set_deadline(
        session, case=case, rule=rule, starts_at=told_at, continues=element.properties.get("continues", ""),
        through=element.properties.get("through") == "yes", of_task=True,
    )
    return {
        "public_id": public_id(),
        "case_id": case.id,
        "of_case": case.id,
        "engine_id": task.id,
        "element": task.element,
        "name": element.name,
        "actor": actor,
        "unit_id": unit_id,
        "role": role,
        "misplaced": misplaced,
        "ends_at": ends_at or deadlines.NOT_YET,
        "opened_at": told_at,
        "claimed_by": person_id,
        "claimed_at": told_at if person_id else None,
    }


def actor_of(
    session: Session, case: "CaseRow", programme: Programme, relation: str, role: str
) -> tuple[int, int | None, bool]:
    """The unit, the one person if it is one person's, and whether the unit stands in for another."""
    if find := words.find_actor(relation):
        return *find(session, case, programme, role), False
    if relation == "applicant" and case.applicant_id is not None:
        return case.applicant_id, None, False
    if relation == "opener":
        return case.opener_unit_id, None, False
    if relation == "recommender" and case.recommender_id is not None:
        return case.recommender_id, None, False
    tier = programme.tier_of(relation)
    unit_id, misplaced = people.resolve_unit(
        session, tier=tier, region_code=case.region_code, role=role, body=programme.authority.body
    )
    return unit_id, None, misplaced


def _arm(
    session: Session, case: "CaseRow", programme: Programme, timer: engine.Armed, *, at: datetime
) -> None:
    """A boundary timer that names its task's period shares the task's deadline; any other gets one of its own."""
    shared = None
    if timer.attached_to:
        row = db.send(session, _DEADLINE_OF_TASK, {"c": case.id, "e": timer.attached_to}).first()
        shared = row if row is not None and row.period == timer.period else None
    if shared is not None:
        ends_at = None if shared.status in deadlines.STILL else shared.ends_at
    else:
        ends_at = deadlines.set_deadline(session, case=case, rule=programme.periods[timer.period], starts_at=at)
    db.send(
        session, _INSERT_TIMER,
        {
            "case_id": case.id,
            "of_case": case.id,
            "engine_id": timer.id,
            "element": timer.element,
            "shared": shared.deadline_id if shared is not None else None,
            "due_at": ends_at,
        },
    )


def _drop_timer(session: Session, case: "CaseRow", timer_id: str, *, at: datetime) -> None:
    deadline_id = db.send(session, _TIMER_GONE, {"c": case.id, "e": timer_id}).scalar()
    if deadline_id is not None:
        db.send(session, _VOID_DEADLINE, {"d": deadline_id, "at": at})
