"""延期: whoever has a task asks for more time before its period ends; the role that the programme names decides.

An approved extension is part of the rule that is stored with the deadline, counted as if the period had been longer
from its start. So it doesn't matter whether a stop or the extension came first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app import clock, db, workdays
from app.audit import operations as audit
from app.cases import deadlines, ledger, projection, stopping
from app.cases.clock_models import Extension
from app.cases.models import Case, Deadline, Task
from app.cases.stopping import Clocked
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.outbox import operations as outbox
from app.outbox import wording
from app.people.models import Person, Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import ExtensionRule
from app.workdays import Period

APPROVED, REFUSED = "approved", "refused"
DECISIONS = {APPROVED: "同意", REFUSED: "不同意"}
_VERBS = {APPROVED: "approve_extension", REFUSED: "refuse_extension"}


@dataclass(frozen=True)
class Request:
    """An extension with what its page and lists show of the case, the task and the people."""

    row: Extension
    case_public_id: str
    number: str
    title: str
    task: str
    task_public_id: str
    is_open: bool
    asker: str
    asker_unit: str
    decider: str
    last_day: Any
    provisional: bool
    stopped: bool

    @property
    def length(self) -> str:
        """How long it is, in words: "10 个工作日"."""
        return length(self.row)


def ask(session: Session, task_public_id: str, *, by: Identity, reason: str, amount: int | None = None) -> Extension:
    """申请延期 of a task's period by `amount` units (None: as much as the programme allows at once).

    Raises NotFound, NotAllowed for anybody but who may ask, Gone (the task is closed, or a request waits already),
    Refused with the clause where the period can't be extended, was extended often enough, hasn't begun or is over,
    Invalid at `reason` and `amount`.
    """
    found = stopping.locked(session, task_public_id, by)
    rule = _rule(found)
    if not may_ask(session, found, rule, by):
        raise NotAllowed("只有办理此环节的人员可以申请延期。" if not rule.asked_by else "您的岗位不能申请延期。")
    amount = rule.amount if amount is None else amount
    wrong = {}
    if not 1 <= amount <= rule.amount:
        wrong["amount"] = [f"延长的数量应在 1 至 {rule.amount} 之间，请改正。"]
    if fault := stopping.fault_of(reason, "申请延期的理由"):
        wrong["reason"] = [fault]
    if wrong:
        raise Invalid(wrong)
    stopping.see_that_it_runs(found)
    asked, granted = _earlier(session, found)
    if asked:
        raise Gone("延期申请已经提出，正在等候批准，不必重复提出。")
    if granted >= rule.times:
        raise Refused(f"期限“{found.rule.name}”最多延期 {rule.times} 次，已经用完。", clause=rule.clause)
    relation, _, role = rule.approved_by.partition("/")
    programme = programmes.programme(session, found.case.release_id)
    unit_id, _person, _misplaced = projection.actor_of(session, found.case, programme, relation, role)
    request = Extension(
        public_id=db.public_id(), case_id=found.case.id, deadline_id=found.deadline.id, amount=amount,
        unit=found.rule.period.unit, clause=rule.clause, reason=reason.strip(), asked_by=by.person_id,
        asked_at=clock.now(), unit_id=unit_id, role=role,
    )
    session.add(request)
    session.flush()
    _record(session, request, "ask_extension", by, task=found.task.name, length=length(request), opinion=reason.strip())
    _mail(session, wording.EXTENSION_ASKED, unit_id, request, found, asker=by.unit_name)
    return request


def decide(session: Session, public_id: str, *, by: Identity, decision: str, reason: str) -> Extension:
    """批准或不批准延期. Approved, the last day is computed anew with the extension.

    Raises NotFound for anybody but the unit that is asked, NotAllowed for who asked or lacks the role, Gone (decided
    already, or the task is closed), Invalid at `decision` and `reason`.
    """
    request = _asked(session, public_id, by)
    if by.person_id == request.asked_by:
        raise NotAllowed("不能审批本人提出的延期申请，请由其他人员审批。")
    found = _task_of(session, request, by)
    request = session.get_one(Extension, request.id, populate_existing=True)
    if request.status != "asked":
        who = session.get_one(Person, request.decided_by).name
        raise Gone(f"此申请已由{who}于 {clock.local(request.decided_at):%Y-%m-%d %H:%M} 审批。", who=who,
                   at=request.decided_at)
    wrong = {} if decision in DECISIONS else {"decision": ["请选择是否同意。"]}
    if fault := stopping.fault_of(reason, "审批意见"):
        wrong["reason"] = [fault]
    if wrong:
        raise Invalid(wrong)
    request.status, request.decision = decision, reason.strip()
    request.decided_by, request.decided_at = by.person_id, clock.now()
    said = "期限不变。"
    if decision == APPROVED:
        period = deadlines.period_of(found.deadline.rule)
        request.last_day_before = found.deadline.last_day
        before = workdays.last_day_words(found.deadline.last_day, found.deadline.provisional)
        longer = replace(period, extension=period.extension + request.amount)
        request.last_day_after = ledger.settle(session, found.case, found.deadline, period=longer)
        stopped = found.deadline.status == deadlines.STOPPED
        session.refresh(found.deadline)
        after = workdays.last_day_words(request.last_day_after, found.deadline.provisional)
        said = f"截止日由 {before} 改为 {after}。"
        if stopped:
            said = "期限停表中，截止日待恢复计时后确定。"
    session.flush()
    _record(
        session, request, _VERBS[decision], by, task=found.task.name, length=length(request),
        opinion=reason.strip(), said=said,
    )
    asker = session.get_one(Person, request.asked_by)
    for unit_id in dict.fromkeys((asker.unit_id, found.task.unit_id)):
        _mail(session, wording.EXTENSION_DECIDED, unit_id, request, found,
              decided="已获批准" if decision == APPROVED else "未获批准", outcome=said)
    return request


def may_ask(session: Session, found: Clocked, rule: ExtensionRule, by: Identity) -> bool:
    """Whether somebody may ask for an extension of a task's period."""
    if not rule.asked_by:
        return found.task.unit_id == by.unit_id and found.task.role in by.roles
    relation, _, role = rule.asked_by.partition("/")
    programme = programmes.programme(session, found.case.release_id)
    unit_id, person_id, _misplaced = projection.actor_of(session, found.case, programme, relation, role)
    return unit_id == by.unit_id and role in by.roles and person_id in (None, by.person_id)


def length(request: Extension) -> str:
    """How long it is, in words: "10 个工作日"."""
    return Period(request.amount, request.unit).words


def of_deadline(session: Session, deadline_id: int) -> Sequence[Request]:
    """What was asked for a deadline, oldest first; also for the earlier tasks that its period goes on from."""
    return _requests(session, Extension.deadline_id.in_(_chain(session, deadline_id)))


def on_the_desk(session: Session, by: Identity, *, limit: int = 200) -> Sequence[Request]:
    """Requests that wait for the person's unit and role, oldest first."""
    return _requests(
        session, Extension.status == "asked", Deadline.status.in_((deadlines.RUNNING, deadlines.STOPPED)), *_desk(by),
        limit=limit,
    )


def decided_here(session: Session, by: Identity, *, limit: int = 50) -> Sequence[Request]:
    """The latest requests that the person's unit decided, latest first."""
    return _requests(session, Extension.status != "asked", *_desk(by), limit=limit, latest=True)


def waiting_for(session: Session, by: Identity) -> int:
    """How many requests wait for the person's unit and role."""
    return session.scalar(
        select(func.count()).select_from(Extension).join(Deadline, Extension.deadline_id == Deadline.id)
        .where(Extension.status == "asked", Deadline.status.in_((deadlines.RUNNING, deadlines.STOPPED)), *_desk(by))
    ) or 0


def request(session: Session, public_id: str, by: Identity) -> Request:
    """One request as the unit that decides it sees it. Raises NotFound."""
    return _requests(session, Extension.id == _asked(session, public_id, by).id)[0]


def _desk(by: Identity) -> tuple[Any, ...]:
    return Extension.unit_id == by.unit_id, Extension.role.in_(sorted(by.roles))


def _asked(session: Session, public_id: str, by: Identity) -> Extension:
    found = session.scalars(select(Extension).where(Extension.public_id == public_id, *_desk(by))).one_or_none()
    if found is None:
        raise NotFound()
    return found


def _rule(found: Clocked) -> ExtensionRule:
    if found.rule.extension is None:
        raise Refused(f"期限“{found.rule.name}”没有规定可以延期。", clause=found.rule.clause)
    return found.rule.extension


def _task_of(session: Session, request: Extension, by: Identity) -> Clocked:
    """The request's open task, its case locked; also where the task lies out of the approver's sight."""
    public_id = session.scalar(select(Task.public_id).where(Task.deadline_id == request.deadline_id))
    return stopping.locked(session, public_id, by, anywhere=True)


def _earlier(session: Session, found: Clocked) -> tuple[int, int]:
    """How many requests of the period wait, and how many were approved; also under tasks that it goes on from."""
    rows = session.execute(
        select(Extension.status, func.count())
        .where(Extension.deadline_id.in_(_chain(session, found.deadline.id)))
        .group_by(Extension.status)
    ).all()
    counts = dict(rows)
    return counts.get("asked", 0), counts.get(APPROVED, 0)


def _chain(session: Session, deadline_id: int) -> list[int]:
    """A deadline, and those of the earlier tasks from which its period goes on (`continues`)."""
    row = session.execute(
        select(Deadline.period, Deadline.started_on, Task.element, Case.id, Case.release_id, Case.diagram)
        .join(Task, Task.deadline_id == Deadline.id).join(Case, Task.case_id == Case.id)
        .where(Deadline.id == deadline_id)
    ).first()
    if row is None:
        return [deadline_id]
    drawn = programmes.programme(session, row.release_id).specification(row.diagram).elements
    properties = drawn[row.element].properties
    # A period that goes on through the tasks of a loop (`through`) also goes on from that very task's round before.
    earlier = {row.element} if properties.get("through") == "yes" else set()
    name = properties.get("continues", "")
    while name in drawn and name not in earlier:
        earlier.add(name)
        name = drawn[name].properties.get("continues", "")
    found = session.scalars(
        select(Deadline.id).join(Task, Task.deadline_id == Deadline.id).where(
            Task.case_id == row.id, Task.element.in_(sorted(earlier)), Deadline.id < deadline_id,
            Deadline.period == row.period, Deadline.started_on == row.started_on,
        )
    )
    return [*found, deadline_id]


def _requests(session: Session, *where: Any, limit: int = 200, latest: bool = False) -> Sequence[Request]:
    decider = aliased(Person)
    rows = session.execute(
        select(
            Extension, Case.public_id, Case.number, Case.title, Task.name, Task.public_id, Task.status, Person.name,
            Unit.name, func.coalesce(decider.name, ""), Deadline.last_day, Deadline.provisional,
            (Deadline.status == deadlines.STOPPED).label("stopped"),
        )
        .join(Case, Extension.case_id == Case.id)
        .join(Deadline, Extension.deadline_id == Deadline.id)
        .join(Task, Task.deadline_id == Deadline.id)
        .join(Person, Extension.asked_by == Person.id)
        .join(Unit, Person.unit_id == Unit.id)
        .outerjoin(decider, Extension.decided_by == decider.id)
        .where(*where)
        .order_by(Extension.decided_at.desc() if latest else Extension.id)
        .limit(limit)
    ).all()
    return [Request(*row[:6], row[6] == "open", *row[7:]) for row in rows]


def _record(session: Session, request: Extension, verb: str, by: Identity, **details: Any) -> None:
    audit.record(
        session, chain=f"case:{request.case_id}", verb=verb, person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name, details={**details, "clause": request.clause},
    )


def _mail(
    session: Session, mail: wording.Mail, unit_id: int, request: Extension, found: Clocked, **values: str
) -> None:
    unit = session.get_one(Unit, unit_id)
    if not unit.contact_email:
        return
    subject, body = mail.written(
        receiver=unit.name, case=found.case.title, number=found.case.number, task=found.task.name,
        length=length(request), **values,
    )
    outbox.post(session, to=unit.contact_email, subject=subject, body=body)
