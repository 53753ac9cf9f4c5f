"""移交: the tasks that a unit has in a case under a relation go to another unit."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import operations as audit
from app.cases.models import Case, Task
from app.people import queries as people


def hand_to_recommender(session: Session, case_id: int, to: int, *, reason: str, at: datetime) -> bool:
    """Let another unit be the recommender of an open case: its open tasks of that relation are the new unit's, to be
    claimed anew; their deadlines run on. False where the case is over or it is that unit already.

    The caller holds the case's lock: this is for the receivers of messages. Who was about to complete one of the tasks
    for the old unit comes too late.
    """
    case = session.get_one(Case, case_id, populate_existing=True)
    tasks = session.scalars(
        select(Task).where(Task.case_id == case_id, Task.status == "open", Task.actor.startswith("recommender/"),
                           Task.unit_id != to).order_by(Task.id)
    ).all()
    if case.status != "open" or (case.recommender_id == to and not tasks):
        return False
    before = sorted({task.unit_id for task in tasks} | ({case.recommender_id} - {None, to}))
    case.recommender_id = to
    for task in tasks:
        task.unit_id, task.claimed_by, task.claimed_at, task.misplaced = to, None, None, False
    session.flush()
    audit.record(
        session, chain=f"case:{case_id}", verb="hand_over_case", person_id=None, person_name="系统", unit_name="",
        details={"from": "、".join(people.unit_name(session, one) for one in before),
                 "to": people.unit_name(session, to), "task": "、".join(task.name for task in tasks), "reason": reason},
        legal_at=at,
    )
    return True
