"""停表 by hand: an official whose unit has a task stops its period on a ground of the programme, and lifts the stop."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, workdays
from app.cases import deadlines, ledger, operations, precedence, steps
from app.cases.clock_models import ClockStop
from app.cases.models import Deadline, Task
from app.documents.models import Document
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.people import queries as people
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import Ground, PeriodRule

LONGEST = 1_000
OFFICES = ("clerk", "lead")


@dataclass(frozen=True)
class Clocked:
    """A task with its case, its deadline and the rule of its period, the case locked."""

    task: Any
    case: steps.CaseRow
    deadline: Deadline
    rule: PeriodRule


def by_hand(rule: PeriodRule) -> list[Ground]:
    """The grounds of a period that an official sets; the others follow the diagram."""
    return [ground for ground in rule.stops.values() if not ground.during]


def is_office_of(identity: Identity, task: Any) -> bool:
    """Whether somebody is an official of the unit that has a task; an applicant's own people never are."""
    return (
        task.unit_id == identity.unit_id and identity.unit_kind != "institution" and identity.has(*OFFICES)
        and task.role not in people.ONLY_ASSIGNED
    )


def stop(
    session: Session, task_public_id: str, *, by: Identity, ground: str, evidence: str, document: str = ""
) -> ClockStop:
    """停表: set a stop from now on. `ground` is the key of one of the period's grounds, `evidence` what proves it in
    words, `document` the public id of a file of the case.

    Raises NotFound, NotAllowed, Gone (the task is closed, or the ground lasts already), Refused with the clause where
    the period knows no such ground, hasn't begun or is over, Invalid at `ground` and `evidence`.
    """
    found = locked(session, task_public_id, by)
    if not is_office_of(by, found.task):
        raise NotAllowed("只有承办单位的经办岗、审核岗可以停表。")
    grounds = {one.key: one for one in by_hand(found.rule)}
    if not grounds or (ground and ground not in grounds):
        names = "、".join(one.name for one in grounds.values())
        said = f"可以停表的情形：{names}。" if grounds else "不能由经办人停表。"
        raise Refused(f"期限“{found.rule.name}”没有规定这一停表情形。{said}", clause=found.rule.clause)
    paper = _document(session, document, found.case.id)
    wrong = {}
    if not ground:
        wrong["ground"] = ["请选择停表的情形。"]
    if fault := fault_of(evidence, "停表的依据和凭据"):
        wrong["evidence"] = [fault]
    if wrong:
        raise Invalid(wrong)
    see_that_it_runs(found)
    if any(one.ground == ground and one.ended_on is None for one in ledger.of_deadline(session, found.deadline.id)):
        raise Gone(f"期限“{found.rule.name}”已因“{grounds[ground].name}”停表，不必再停。")
    return ledger.begin(
        session, found.case, found.deadline, grounds[ground], how=ledger.HAND, evidence=evidence.strip(),
        at=clock.now(), by=by, document_id=paper.id if paper else None,
    )


def resume(
    session: Session, stop_public_id: str, *, by: Identity, note: str, task_public_id: str = ""
) -> ClockStop:
    """恢复计时: lift a stop that was set by hand. What was left runs on from tomorrow, where no other ground lasts.

    `task_public_id` is the task whose stop it must be, where the caller names one.
    Raises NotFound, NotAllowed, Gone (lifted already, or the task is closed), Refused for one that the diagram set,
    Invalid at `note`.
    """
    row = session.execute(
        select(ClockStop.id, Task.public_id).join(Task, Task.deadline_id == ClockStop.deadline_id)
        .where(ClockStop.public_id == stop_public_id)
    ).first()
    if row is None or task_public_id not in ("", row.public_id):
        raise NotFound()
    found = locked(session, row.public_id, by)
    if not is_office_of(by, found.task):
        raise NotAllowed("只有承办单位的经办岗、审核岗可以恢复计时。")
    lasting = session.get_one(ClockStop, row.id, populate_existing=True)
    if lasting.how != ledger.HAND:
        message = f"“{lasting.name}”的停表由流程引起，{lasting.evidence}结束时自动恢复计时。"
        raise Refused(message, clause=lasting.clause)
    if lasting.ended_at is not None:
        raise Gone(f"已于 {clock.local(lasting.ended_at):%Y-%m-%d %H:%M} 恢复计时，不必再次恢复。", at=lasting.ended_at)
    if fault := fault_of(note, "恢复计时的原因"):
        raise Invalid({"note": [fault]})
    ledger.end(session, found.case, found.deadline, lasting, at=clock.now(), by=by, note=note.strip())
    return lasting


def locked(session: Session, task_public_id: str, by: Identity, *, anywhere: bool = False) -> Clocked:
    """An open task that lies in the person's sight (or `anywhere`), with its period, the case locked.

    Raises NotFound, Gone.
    """
    task = operations.read_task(session, task_public_id)
    sees = people.sees(by, task, applicant_id=task.case_applicant_id)
    if not (anywhere or sees) and (task.unit_id != by.unit_id or task.role not in by.roles):
        raise NotFound()
    steps.lock(session, task.case_id)
    task = operations.read_task(session, task_public_id)
    if task.status != "open":
        raise precedence.gone(session, task)
    case = steps.from_columns(task)
    deadline = session.get_one(Deadline, task.deadline_id, populate_existing=True)
    rule = programmes.programme(session, case.release_id).periods[deadline.period]
    return Clocked(task, case, deadline, rule)


def see_that_it_runs(found: Clocked) -> None:
    """Raise Refused where a period hasn't begun or is over: then nothing of it can be stopped or lengthened."""
    if found.deadline.status == deadlines.AWAITING:
        raise Refused(f"期限“{found.rule.name}”自送达起算，还没有开始。", clause=found.rule.clause)
    if found.deadline.status == deadlines.RUNNING and clock.now() >= found.deadline.ends_at:
        day = workdays.last_day_words(found.deadline.last_day, found.deadline.provisional)
        message = f"期限“{found.rule.name}”已于 {day} 届满，不能再停表或延期。"
        raise Refused(message, clause=found.rule.clause)


def fault_of(text: str, what: str) -> str:
    """What is wrong with a reason: empty where nothing is."""
    if not text.strip():
        return f"请写明{what}。"
    return f"{what}超过 {LONGEST} 字，请缩短。" if len(text) > LONGEST else ""


def _document(session: Session, public_id: str, case_id: int) -> Document | None:
    if not public_id:
        return None
    paper = session.scalars(
        select(Document).where(Document.public_id == public_id, Document.case_id == case_id)
    ).one_or_none()
    if paper is None:
        raise Invalid({"document": ["没有找到这份文件，请重新上传。"]})
    return paper
