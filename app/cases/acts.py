"""批量行文: one document that decides the same task of many cases.

Confirming an act is one transaction and has the legal effect. Its rows are carried out by the worker, one transaction a
row, each once; a row whose case changed since the preview ends refused, with the reason, and the others go on.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from app import clock, db
from app.audit import operations as audit
from app.cases import deadlines, operations, precedence, steps, words
from app.cases.models import Act, ActRow, Case, Deadline, Task
from app.db import Statement
from app.errors import BanjianError, Gone, Invalid, NotAllowed, NotFound, Refused
from app.people import queries as people
from app.people.models import Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import Programme

MOST_ROWS = 5_000
CHANGED = "办件在预览之后已有变化，未按本批文办理，请单独处理。"

_DUE = Statement(
    select(ActRow.id, ActRow.case_id)
    .where(ActRow.status == "waiting", or_(ActRow.retry_at.is_(None), ActRow.retry_at <= bindparam("real")))
    .order_by(ActRow.id)
    .limit(bindparam("limit"))
)
_CLOSE_ROW = Statement(
    update(ActRow)
    .where(ActRow.id == bindparam("r"), ActRow.status == "waiting")
    .values(status=bindparam("s"), reason=bindparam("why"), done_at=bindparam("at"), error="")
)
_INSERT_ROWS = insert(ActRow)


@dataclass(frozen=True)
class Candidate:
    """One row of a preview: an open task that the act would complete, and the revision of its case as seen."""

    task_public_id: str
    case_public_id: str
    number: str
    title: str
    applicant: str
    ends_at: Any
    region_code: str
    revision: int
    last_day: date
    provisional: bool
    awaiting: bool
    stopped: bool


@dataclass(frozen=True)
class Choice:
    """A collective step that waits for the person's unit: how many cases stand there."""

    release_id: int
    programme_name: str
    diagram: str
    element: str
    name: str
    kind: str
    count: int


def choices(session: Session, identity: Identity) -> list[Choice]:
    """The collective steps at which open tasks wait for the person's unit and roles."""
    rows = session.execute(
        select(Case.release_id, Case.diagram, Task.element, Task.name, func.count())
        .join(Case, Task.case_id == Case.id)
        .where(_mine(identity))
        .group_by(Case.release_id, Case.diagram, Task.element, Task.name)
        .order_by(Case.release_id, Task.element)
    )
    found = []
    for release_id, diagram, element, name, count in rows:
        programme = programmes.programme(session, release_id)
        kind = programme.specification(diagram).elements[element].properties.get("collective")
        if kind:
            found.append(Choice(release_id, programme.name, diagram, element, name, kind, count))
    return found


def preview(
    session: Session, identity: Identity, *, release_id: int, diagram: str, element: str
) -> list[Candidate]:
    """The open tasks of one collective step that the person may decide and no act has taken, most urgent first."""
    rows = session.execute(
        select(
            Task.public_id, Case.public_id, Case.number, Case.title, func.coalesce(Unit.name, ""), Task.ends_at,
            Case.region_code, Case.revision, Deadline.last_day, Deadline.provisional,
            Deadline.status == deadlines.AWAITING, Deadline.status == deadlines.STOPPED,
        )
        .join(Case, Task.case_id == Case.id)
        .join(Deadline, Task.deadline_id == Deadline.id)
        .outerjoin(Unit, Case.applicant_id == Unit.id)
        .where(
            _mine(identity), Case.release_id == release_id, Case.diagram == diagram, Task.element == element,
            or_(Task.claimed_by.is_(None), Task.claimed_by == identity.person_id),
            ~exists().where(ActRow.task_id == Task.id, ActRow.status == "waiting"),
        )
        .order_by(Task.ends_at, Task.id)
        .limit(MOST_ROWS)
    )
    return [Candidate(*row) for row in rows]


def confirm(
    session: Session,
    *,
    by: Identity,
    release_id: int,
    diagram: str,
    element: str,
    answers: Mapping[str, Any],
    seen: Sequence[tuple[str, int]],
    outcome: str = "",
) -> Act:
    """Confirm an act over tasks as `seen` in the preview: (task's public id, case's revision) each.

    `answers` is the step's form, filled once for all rows; `outcome` one of its outcomes, if it has some. Nothing is
    confirmed where a row is no longer open to the person: Gone says who was first; nor where a rule of a domain package
    is against it: Refused. A case that moves on after this transaction is refused by its own row.
    """
    programme = programmes.programme(session, release_id)
    properties = collective(programme, diagram, element)
    form = programme.form(properties["form"])
    values = form.dump(form.load(answers))
    operations.see_that_outcome_fits(programme, diagram, element, outcome)
    if not seen:
        raise Invalid({"tasks": ["请至少勾选一个办件。"]})
    if len(seen) > MOST_ROWS:
        raise Invalid({"tasks": [f"一次最多确认 {MOST_ROWS} 个办件，请分批确认。"]})
    # One act of a unit at a time: two that are confirmed at once over the same rows must see each other.
    audit.lock(session, f"unit:{by.unit_id}")
    tasks = _tasks_as_seen(session, by, release_id=release_id, diagram=diagram, element=element, seen=seen)
    kind = words.kind_of_act(properties["collective"])
    act = Act(
        public_id=db.public_id(), kind=kind.name, release_id=release_id, programme=programme.key, diagram=diagram,
        element=element, title=_title(values) or programme.specification(diagram).elements[element].name,
        outcome=outcome, answers=values, person_id=by.person_id, unit_id=by.unit_id, confirmed_at=clock.now(),
    )
    session.add(act)
    session.flush()
    session.connection().execute(
        _INSERT_ROWS,
        [{"act_id": act.id, "case_id": t.case_id, "task_id": t.id, "revision": t.revision} for t in tasks],
    )
    rows = list(session.scalars(select(ActRow).where(ActRow.act_id == act.id).order_by(ActRow.id)))
    words.see_that_it_may_be_confirmed(session, act, rows)
    kind.confirm(session, act, rows, by)
    audit.record(
        session, chain=f"unit:{by.unit_id}", verb="confirm_act", person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name, details={"act": act.public_id, "kind": act.kind, "title": act.title, "rows": len(rows),
                 "outcome": programme.outcomes(diagram, element).get(outcome, "")},
    )
    return act


def due_rows(session: Session, limit: int) -> Sequence[Any]:
    """(id, case_id) of act rows that wait to be carried out."""
    return db.send(session, _DUE, {"real": clock.real(), "limit": limit}).rows()


def prepare_row(session: Session, row_id: int) -> tuple[ActRow, operations.Completion | str] | None:
    """Work out one row: its completion, or the reason why it must be refused; None where it is done already."""
    row = session.get(ActRow, row_id)
    if row is None or row.status != "waiting":
        return None
    act = session.get_one(Act, row.act_id)
    task = session.get_one(Task, row.task_id)
    identity = people.identity_of_person(session, act.person_id, unit_id=act.unit_id)
    try:
        prepared = operations.prepare_completion(
            session, task.public_id, identity=identity, answers=act.answers, outcome=act.outcome, in_act=True
        )
    except BanjianError as error:
        return row, error.message
    if prepared.case.revision != row.revision:
        return row, CHANGED
    return row, prepared


def carry_out(session: Session, row: ActRow, prepared: operations.Completion | str) -> bool:
    """Carry out one row, or end it refused. False where another worker holds the case or did it already."""
    revision = steps.lock(session, row.case_id, skip_locked=True)
    if revision is None:
        return False
    act = session.get_one(Act, row.act_id)
    by = people.identity_of_person(session, act.person_id, unit_id=act.unit_id)
    reason = prepared if isinstance(prepared, str) else "" if revision == row.revision else CHANGED
    closed = db.send(
        session, _CLOSE_ROW, {"r": row.id, "s": "refused" if reason else "done", "why": reason, "at": clock.now()}
    )
    if closed.count != 1:
        return False
    if not reason:
        operations.complete(session, prepared, by=by)
        return True
    words.kind_of_act(act.kind).refuse(session, act, row)
    audit.record(
        session, chain=f"case:{row.case_id}", verb="refuse_act_row", person_id=None, person_name="系统", unit_name="",
        details={"act": act.public_id, "title": act.title, "reason": reason},
    )
    return True


def progress(session: Session, act_id: int) -> Mapping[str, int]:
    """How many rows of an act are waiting, done and refused."""
    counts = dict.fromkeys(("waiting", "done", "refused"), 0)
    rows = session.execute(select(ActRow.status, func.count()).where(ActRow.act_id == act_id).group_by(ActRow.status))
    counts.update(dict(rows.all()))
    return counts


def act_of(session: Session, identity: Identity, public_id: str) -> Act:
    """An act that the person's unit confirmed. Raises NotFound."""
    act = session.scalar(select(Act).where(Act.public_id == public_id, Act.unit_id == identity.unit_id))
    if act is None:
        raise NotFound()
    return act


def recent(session: Session, identity: Identity, *, limit: int = 20) -> list[Any]:
    """The unit's latest acts: (Act, rows in all, rows still waiting)."""
    total = select(func.count()).where(ActRow.act_id == Act.id).scalar_subquery()
    waiting = select(func.count()).where(ActRow.act_id == Act.id, ActRow.status == "waiting").scalar_subquery()
    statement = select(Act, total, waiting).where(Act.unit_id == identity.unit_id).order_by(Act.id.desc()).limit(limit)
    return list(session.execute(statement))


def rows_of(session: Session, act_id: int, *, limit: int = 500) -> list[Any]:
    """The rows of an act with their cases: (status, reason, done_at, number, title, case public id)."""
    return list(
        session.execute(
            select(ActRow.status, ActRow.reason, ActRow.done_at, Case.number, Case.title, Case.public_id)
            .join(Case, ActRow.case_id == Case.id)
            .where(ActRow.act_id == act_id)
            .order_by(ActRow.id)
            .limit(limit)
        )
    )


def _see_who_was_first(session: Session, by: Identity, public_id: str) -> None:
    """Raise Gone with the case, who and when, if that may be told to the person."""
    with contextlib.suppress(NotFound, NotAllowed):
        task = operations.read_task(session, public_id)
        operations.see_that_it_may(by, task)
        try:
            precedence.see_that_no_act_has_it(session, task)
            operations.see_that_it_is_open(session, task, by)
        except Gone as first:
            which = f"勾选的办件 {task.case_number} 已被办理或不再由您办理"
            raise Gone(f"{which}：{first.message}", who=first.who, at=first.at) from None


def _title(values: Mapping[str, Any]) -> str:
    """What the document is called: the field `title` of its form, or `document_title`."""
    return str(values.get("title") or values.get("document_title") or "")


def _mine(identity: Identity) -> Any:
    return and_(Task.status == "open", Task.unit_id == identity.unit_id, Task.role.in_(sorted(identity.roles)))


def collective(programme: Programme, diagram: str, element: str) -> Mapping[str, str]:
    """The properties of a collective step. Raises Refused where the step isn't one."""
    elements = programme.specification(diagram).elements if diagram in programme.diagrams() else {}
    properties = elements[element].properties if element in elements else {}
    if not properties.get("collective"):
        raise Refused("此环节不能批量办理。")
    return properties


def _tasks_as_seen(
    session: Session, by: Identity, *, release_id: int, diagram: str, element: str, seen: Sequence[tuple[str, int]]
) -> list[Any]:
    candidates = {
        c.task_public_id: c
        for c in preview(session, by, release_id=release_id, diagram=diagram, element=element)
    }
    for public_id, revision in seen:
        candidate = candidates.get(public_id)
        if candidate is None:
            _see_who_was_first(session, by, public_id)
            raise Gone("勾选的办件中有的已被办理或不再由您办理，请刷新列表后重新确认。")
        if candidate.revision != revision:
            raise Gone(f"办件 {candidate.number} 在预览之后已有变化，请刷新列表后重新确认。")
    wanted = [public_id for public_id, _revision in seen]
    if len(set(wanted)) != len(wanted):
        raise Invalid({"tasks": ["同一办件被重复勾选。"]})
    return list(
        session.execute(
            select(Task.id, Task.case_id, Case.revision)
            .join(Case, Task.case_id == Case.id)
            .where(Task.public_id.in_(wanted))
            .order_by(Task.id)
        )
    )

