"""A period that goes on in a later task (`continues`): its ledger goes on with it.

What lay between the two tasks is a stop of its own: 补正, with the notice that asked for it as evidence.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, db
from app.cases.clock_models import ClockStop
from app.cases.models import Task
from app.documents import queries as documents
from app.programmes.queries import Ground, PeriodRule

if TYPE_CHECKING:
    from app.cases.steps import CaseRow

CONTINUED = "continued"
CORRECTION = Ground("correction", "补正")
"""The ground of a period that names none for the tasks in between."""

_COPIED = (
    "ground", "name", "clause", "how", "cause", "evidence", "document_id", "began_at", "began_on", "began_by",
    "ended_at", "ended_on", "ended_by", "end_note",
)
COLUMNS = ("public_id", "case_id", *_COPIED)


def rows(
    session: Session, case: "CaseRow", rule: PeriodRule, before: Any, *, at: datetime, between: bool = True
) -> list[Mapping[str, Any]]:
    """The ledger of a period that goes on at an instant: what stopped it before, ended where the earlier task was done,
    and the time since (`between`). `before`: id and closed_at of the earlier deadline and task."""
    found = []
    for stop in session.scalars(
        select(ClockStop).where(ClockStop.deadline_id == before.id).order_by(ClockStop.id)
    ):
        row = {name: getattr(stop, name) for name in _COPIED}
        if stop.ended_at is None:
            ended_at = max(before.closed_at, stop.began_at)
            row |= {"ended_at": ended_at, "ended_on": clock.local(ended_at).date()}
        found.append(row)
    if between:
        found.append(_between(session, case, rule, since=before.closed_at, until=max(at, before.closed_at)))
    return [{"public_id": db.public_id(), "case_id": case.id, **row} for row in found]


def stretches(ledger: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    """The closed rows of a ledger as a deadline keeps them: [from, until, name of the ground] each.

    A stop that was lifted on the very day on which it was set held nothing up and counts for nothing. A period that
    goes on in a later task doesn't count that task's first day, so there a single day stands (民法典 Art. 201).
    """
    return [
        [row["began_on"].isoformat(), row["ended_on"].isoformat(), row["name"]]
        for row in ledger
        if row["ended_on"] is not None and holds(row["how"], row["began_on"], row["ended_on"])
    ]


def holds(how: str, began_on: date, ended_on: date) -> bool:
    """Whether a stop between two days holds anything up; see `stretches`."""
    return how == CONTINUED or ended_on > began_on


def _between(
    session: Session, case: "CaseRow", rule: PeriodRule, *, since: datetime, until: datetime
) -> dict[str, Any]:
    ground, cause = _ground(session, case, rule, since=since)
    papers = [
        paper for paper in documents.of_case(session, case.id)
        if paper.uploaded_by is None and paper.task_id is None and since <= paper.uploaded_at <= until
    ]
    evidence = f"《{papers[0].name.removesuffix('.docx')}》" if papers else f"“{cause or ground.name}”环节"
    return {
        "ground": ground.key, "name": ground.name, "clause": ground.clause, "how": CONTINUED, "cause": cause,
        "evidence": evidence, "document_id": papers[0].id if papers else None,
        "began_at": since, "began_on": clock.local(since).date(), "began_by": None,
        "ended_at": until, "ended_on": clock.local(until).date(), "ended_by": None, "end_note": "",
    }


def _ground(session: Session, case: "CaseRow", rule: PeriodRule, *, since: datetime) -> tuple[Ground, str]:
    """The ground that names a task opened since then, and that task's name."""
    of_element = {name: ground for ground in rule.stops.values() for name in ground.during}
    task = session.scalars(
        select(Task)
        .where(Task.case_id == case.id, Task.element.in_(sorted(of_element)), Task.opened_at >= since)
        .order_by(Task.id).limit(1)
    ).first() if of_element else None
    return (CORRECTION, "") if task is None else (of_element[task.element], task.name)
