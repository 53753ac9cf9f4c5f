"""What people do with cases. Each verb runs in the caller's transaction and leaves its audit entry in it.

A completion is worked out before anything is locked (`prepare_completion`), from the revision that it saw. The verb
then locks the case, sees that nothing happened in between (else it works the step out again), and writes. So no lock is
held while the engine runs, and no two steps of one case can both succeed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, insert, select, update
from sqlalchemy import case as when
from sqlalchemy.orm import Session

from app import clock, db, engine
from app.audit import operations as audit
from app.cases import corrections, deadlines, paper, precedence, prefilling, projection, steps, words
from app.cases.models import Answer, Case, Deadline, Draft, Task
from app.cases.steps import CaseRow
from app.db import Statement
from app.documents import queries as documents
from app.errors import Invalid, NotAllowed, NotFound, Refused
from app.formschema import Form
from app.people import queries as people
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import Programme

_READ_TASK = Statement(
    select(
        *(c for c in Task.__table__.c),
        *steps.joined_columns(),
        Case.province_code, Case.city_code, Case.county_code,
        Draft.revision.label("draft_revision"), Draft.saved_at.label("draft_saved_at"),
    )
    .join(Case, Task.case_id == Case.id)
    .outerjoin(Draft, Draft.task_id == Task.id)
    .where(Task.public_id == bindparam("public_id"))
)
_AT = bindparam("at", type_=Task.ends_at.type)
# What it answers is the end as it is under the lock: a new calendar may have moved it since the task was read.
_DONE = Statement(
    update(Task)
    .where(
        Task.id == bindparam("t"),
        Task.status == "open",
        Task.unit_id == bindparam("u"),
        Task.claimed_by.is_(None) | (Task.claimed_by == bindparam("p")),
    )
    .values(status="done", closed_at=bindparam("at"), closed_by=bindparam("p"), outcome=bindparam("o"))
    .returning(Task.ends_at)
)
_CLOSE_DEADLINE = Statement(
    update(Deadline)
    .where(Deadline.id == bindparam("d"), deadlines.IS_OPEN)
    .values(
        status=when((and_(Deadline.status == "running", Deadline.ends_at <= _AT), "missed"), else_="met"),
        closed_at=_AT,
    )
)
_CLAIM = Statement(
    update(Task)
    .where(Task.id == bindparam("t"), Task.status == "open", Task.claimed_by.is_(None))
    .values(claimed_by=bindparam("p"), claimed_at=bindparam("at"))
)
_RELEASE = Statement(
    update(Task)
    .where(Task.id == bindparam("t"), Task.status == "open", Task.claimed_by == bindparam("p"))
    .values(claimed_by=None, claimed_at=None)
)
_INSERT_ANSWER = Statement(
    insert(Answer), columns=("case_id", "task_id", "form", "values", "person_id", "answered_at")
)
_DELETE_DRAFT = Statement(delete(Draft).where(Draft.task_id == bindparam("t")))

OWN_SIDE = frozenset({"applicant", "holder", "opener"})
"""Relations under which a unit acts in its own matter."""
WITHDRAWN = "已撤回"


@dataclass(frozen=True)
class Completion:
    """A completion worked out but not yet written: the engine's step, and the case at the revision it started from."""

    task: Any
    case: CaseRow
    programme: Programme
    values: Mapping[str, Any]
    outcome: str
    step: engine.Step


@dataclass(frozen=True)
class Receipt:
    """回执: what a person gets for a step that stands. `at` is the legal instant; `hash` is that of the audit entry."""

    case_public_id: str
    case_number: str
    task_name: str
    outcome: str
    at: datetime
    hash: str


def open_case(
    session: Session,
    *,
    programme: Programme,
    diagram: str,
    title: str,
    region_code: str,
    applicant_id: int | None,
    by: Identity,
    at: datetime | None = None,
    values: Mapping[str, words.Scalar] | None = None,
    about_id: int | None = None,
    title_id: int | None = None,
    recommender_id: int | None = None,
    dates: Mapping[str, str] | None = None,
    before_start: Callable[[Case], None] | None = None,
) -> Case:
    """Open a case of a diagram of a release and run it to its first wait.

    `before_start` gets the new case before the diagram says its first word, so that a domain package can write the row
    that its words need. `title` is what lists show; `region_code` decides who reviews. The diagram's conditions know
    `values`, and `has_county` and `has_city`: whether the region has that tier. `dates` are the days that it names (see
    `Case`); `title_id` is the title in whose life it belongs.
    """
    at = at or clock.now()
    region = people.region(session, region_code)
    year = clock.local(at).year
    case = Case(
        public_id=db.public_id(),
        number=f"{programme.code}{year}{db.next_number(session, f'case:{programme.code}:{year}'):05d}",
        release_id=programme.release_id,
        programme=programme.key,
        diagram=diagram,
        title=title,
        applicant_id=applicant_id,
        opener_unit_id=by.unit_id,
        recommender_id=recommender_id,
        about_id=about_id,
        title_id=title_id,
        dates=dict(dates or {}),
        region_code=region_code,
        province_code=region.province_code,
        city_code=region.city_code,
        county_code=region.county_code,
        status="open",
        document=b"",
        revision=0,
        opened_at=at,
    )
    session.add(case)
    session.flush()
    if before_start is not None:
        before_start(case)
    words.tell_opened(session, case, programme)
    tiers = {"has_county": region.county_code is not None, "has_city": region.city_code is not None}
    step = engine.start(programme.specification(diagram), {**tiers, **(values or {})})
    row = steps.read(session, case.id)
    steps.move(session, row, programme, step, person_id=by.person_id, at=at)
    _record(session, case.id, "open_case", by, number=case.number, title=title, diagram=diagram)
    session.refresh(case)
    return case


def prepare_completion(
    session: Session,
    public_id: str,
    *,
    identity: Identity,
    answers: Mapping[str, Any],
    outcome: str = "",
    in_act: bool = False,
    task: Any = None,
) -> Completion:
    """Work out what completing a task would do. Changes nothing and locks nothing.

    `task` is its row where the caller has just read it (`read_task`).

    `answers` is checked by the task's form; `outcome` must be one of the element's outcomes ("" where it has none).
    Raises NotFound, NotAllowed, Gone, Invalid, or Refused for a task that is only decided collectively (`in_act` is set
    by the act that does so).
    """
    task = task or read_task(session, public_id)
    see_that_it_may(identity, task)
    programme = programmes.programme(session, task.case_release_id)
    element = programme.specification(task.case_diagram).elements[task.element]
    if element.properties.get("collective") and not in_act:
        raise Refused("此环节以批量行文办理：请在“批量办理”中勾选后统一确认。")
    see_that_it_is_open(session, task, identity)
    _see_that_it_is_in_time(session, task, element)
    form = programme.form(element.properties["form"])
    revision = corrections.revision(session, task, programme)
    if revision is not None:
        answers = revision.merged(answers)
    answers = prefilling.with_given_rows(session, task.case_id, form, answers)
    values = form.load(answers, files=papers_of(session, form, task, revised=revision is not None))
    see_that_outcome_fits(programme, task.case_diagram, task.element, outcome)
    _see_that_the_outcome_is_reasoned(programme, task, form, outcome, values)
    paper.see_that_it_came_in_time(steps.from_columns(task), programme, element.properties, form, values)
    paper.see_that_the_copies_are_there(programme, element, form, values, outcome)
    return _work_out(Completion(task, steps.from_columns(task), programme, values, outcome, None))


def complete(session: Session, prepared: Completion, *, by: Identity) -> Receipt:
    """办结: write a prepared completion. The loser of a race gets Gone with who and when; nothing of it is kept.

    One step of the engine, one document, one audit entry. The task's deadline ends as met, or missed where it was over.
    """
    if steps.lock(session, prepared.case.id) != prepared.case.revision:
        task = read_task(session, prepared.task.public_id)
        see_that_it_is_open(session, task, by)
        prepared = _work_out(replace(prepared, task=task, case=steps.from_columns(task)))
    words.see_that_it_may_go_on(session, prepared.case)
    task, at = prepared.task, clock.now()
    words.see_that_it_may_be_completed(session, prepared.case, prepared.programme, task.element, prepared.outcome)
    _see_that_it_is_in_time(session, task, prepared.programme.specification(task.case_diagram).elements[task.element])
    done = db.send(session, _DONE, {"t": task.id, "u": task.unit_id, "p": by.person_id, "at": at,
                                  "o": prepared.outcome})
    db.send(session, _CLOSE_DEADLINE, {"d": task.deadline_id, "at": at})
    form_key = prepared.programme.specification(task.case_diagram).elements[task.element].properties["form"]
    form = prepared.programme.form(form_key)
    db.send(
        session, _INSERT_ANSWER,
        {"case_id": task.case_id, "task_id": task.id, "form": form_key, "values": form.dump(prepared.values),
         "person_id": by.person_id, "answered_at": at},
    )
    db.send(session, _DELETE_DRAFT, {"t": task.id})
    if prepared.step.calls:  # no word is said over a task that somebody else has taken
        _see_that_it_took(session, task, done)
    steps.move(session, prepared.case, prepared.programme, prepared.step, person_id=by.person_id, at=at)
    _see_that_it_took(session, task, done)
    words.tell_completed(
        session, words.Done(prepared.case, prepared.programme, task.id, task.element, prepared.outcome, by, at)
    )
    ends_at = done.first().ends_at
    in_time = "met" if at < ends_at else "missed"
    if ends_at != task.ends_at:
        _see_that_it_is_in_time(
            session, task, prepared.programme.specification(task.case_diagram).elements[task.element], ends_at=ends_at
        )
    labels = prepared.programme.outcomes(task.case_diagram, task.element)
    digest = _record(
        session, task.case_id, "complete_task", by,
        task=task.name, element=task.element, outcome=labels.get(prepared.outcome, prepared.outcome), deadline=in_time,
    )
    return Receipt(task.case_public_id, task.case_number, task.name, prepared.outcome, at, digest)


def claim(session: Session, public_id: str, *, by: Identity) -> None:
    """签收: take an open task for oneself. Taking one's own again changes nothing. Raises Gone with who and when."""
    task = _lock_task(session, public_id, by)
    if task.claimed_by == by.person_id:
        return
    precedence.see_that_no_act_has_it(session, task)
    if db.send(session, _CLAIM, {"t": task.id, "p": by.person_id, "at": clock.now()}).count != 1:
        raise precedence.gone(session, task)
    _record(session, task.case_id, "claim_task", by, task=task.name, element=task.element)


def release(session: Session, public_id: str, *, by: Identity) -> None:
    """退签: give a claimed task back to its role; the draft stays for whoever takes it next."""
    task = _lock_task(session, public_id, by)
    if task.role in people.ONLY_ASSIGNED:
        raise Refused("此待办由本人办理，不能退给他人；不能办理的，请在办理结果中说明。")
    if db.send(session, _RELEASE, {"t": task.id, "p": by.person_id}).count != 1:
        raise Refused("只能退回自己签收的待办。")
    _record(session, task.case_id, "release_task", by, task=task.name, element=task.element)


def save_draft(
    session: Session, public_id: str, *, by: Identity, answers: Mapping[str, Any], seen: int | None = None,
    quiet: bool = False,
) -> Draft:
    """暂存: keep what was typed so far, however incomplete. Of a claimed task, its claimer's only.

    `seen` is the revision of the draft on which this one was typed (0: there was none); where somebody has saved since,
    Gone says who and when, and nothing is overwritten. A `quiet` save by the person who saved last, within the hour,
    leaves no entry of its own in the trail.
    """
    task = _lock_task(session, public_id, by)
    if task.claimed_by not in (None, by.person_id):
        raise precedence.gone(session, task)
    draft, now = session.get(Draft, task.id), clock.now()
    if seen is not None and seen != (draft.revision if draft else 0):
        raise precedence.typed_over(session, draft)
    known = quiet and draft is not None and draft.person_id == by.person_id
    again = known and clock.local(draft.saved_at).replace(minute=0, second=0, microsecond=0) == clock.local(
        now
    ).replace(minute=0, second=0, microsecond=0)
    if draft is None:
        draft = Draft(task_id=task.id, revision=0)
        session.add(draft)
    draft.values, draft.person_id, draft.saved_at = dict(answers), by.person_id, now
    draft.revision += 1
    session.flush()
    if not again:
        _record(session, task.case_id, "save_draft", by, task=task.name, element=task.element)
    return draft


def withdraw(session: Session, case_public_id: str, *, by: Identity, reason: str) -> None:
    """撤回: the applicant takes an open case back. Everything that waits in it ends, and no step of it can be done.

    Raises NotFound, NotAllowed for anybody but the applicant's own people and for a case about its title that others
    opened, Refused where the case is over already, Invalid without a reason.
    """
    case_id = session.scalar(
        select(Case.id).where(Case.public_id == case_public_id, people.case_scope(by, Case))
    )
    if case_id is None:
        raise NotFound()
    steps.lock(session, case_id)
    case = steps.read(session, case_id)
    if case.applicant_id != by.unit_id or "applicant" not in by.roles:
        raise NotAllowed("只有申报单位的申报岗可以撤回。")
    if not may_be_taken_back(case):
        raise NotAllowed("本办件不是本单位发起的，不能撤回。")
    if case.status != "open":
        raise Refused("此办件已经办结，不能撤回。")
    if not reason.strip():
        raise Invalid({"reason": ["请写明撤回的原因。"]})
    _abandon(session, case, reason.strip(), ended_as=WITHDRAWN, at=clock.now())
    _record(session, case.id, "withdraw_case", by, reason=reason.strip())


def may_be_taken_back(case: Case | CaseRow) -> bool:
    """Whether a case is its applicant's to take back: one about its title that a department opened isn't."""
    return case.title_id is None or case.opener_unit_id == case.applicant_id


def supersede(session: Session, case_id: int, *, reason: str, ended_as: str, at: datetime) -> bool:
    """办件终止: end an open case because of what happened elsewhere (a title that ended); False where it is over.

    The caller holds the case's lock: this is for the receivers of messages. Everything that waits in the case ends.
    """
    case = steps.read(session, case_id)
    if case.status != "open":
        return False
    _abandon(session, case, reason, ended_as=ended_as, at=at)
    audit.record(
        session, chain=f"case:{case_id}", verb="supersede_case", person_id=None, person_name="系统", unit_name="",
        details={"reason": reason, "ended_as": ended_as}, legal_at=at,
    )
    return True


def _abandon(session: Session, case: CaseRow, reason: str, *, ended_as: str, at: datetime) -> None:
    programme = programmes.programme(session, case.release_id)
    step = engine.load(programme.specification(case.diagram), case.document)
    step.abandon()
    projection.project(session, case, programme, step.outcome(), at=at, ended_as=ended_as)
    words.tell_withdrawn(session, case, f"申报单位撤回：{reason}" if ended_as == WITHDRAWN else reason)


def papers_of(session: Session, form: Form, task: Any, *, revised: bool = False) -> frozenset[str] | None:
    """Ids of the files that answers of a task may name: those uploaded for it; where it revises earlier answers, those
    of the whole case. None where the form asks for no file."""
    if not any(field.kind == "filepicker" for field in form.asked):
        return None
    found = documents.of_case(session, task.case_id) if revised else documents.of_task(session, task.id)
    return frozenset(document.public_id for document in found)


def read_task(session: Session, public_id: str) -> Any:
    """The row of a task with its case's columns (prefixed `case_`), and its draft's revision and instant (`draft_`,
    None where there is none). Raises NotFound."""
    return the_task(ask_task(session, public_id).rows())


def ask_task(session: Session, public_id: str) -> db.Answer:
    """Send off the question that `read_task` asks; `the_task` reads its rows."""
    return db.send(session, _READ_TASK, {"public_id": public_id})


def the_task(rows: Sequence[Any]) -> Any:
    """The one row of `ask_task`. Raises NotFound where there is none."""
    if not rows:
        raise NotFound()
    return rows[0]


def see_that_it_may(identity: Identity, task: Any) -> None:
    """Raise NotFound where the task's case is out of the person's sight, NotAllowed where the task is another's, or
    where somebody would judge the own unit."""
    if task.role in people.ONLY_ASSIGNED and task.claimed_by != identity.person_id:
        raise NotFound()
    if task.unit_id == identity.unit_id and task.role in identity.roles:
        if task.case_applicant_id == identity.unit_id and task.actor.partition("/")[0] not in OWN_SIDE:
            raise NotAllowed("不能办理本单位申报的审核环节，请由上级部门指定其他单位办理。")
        return
    if not people.sees(
        identity, task, applicant_id=task.case_applicant_id, recommender_id=task.case_recommender_id
    ):
        raise NotFound()
    raise NotAllowed()


def see_that_it_is_open(session: Session, task: Any, identity: Identity) -> None:
    """Raise Gone where the task is closed or another's."""
    if task.status != "open" or task.claimed_by not in (None, identity.person_id):
        raise precedence.gone(session, task)


def _lock_task(session: Session, public_id: str, by: Identity) -> Any:
    task = read_task(session, public_id)
    see_that_it_may(by, task)
    steps.lock(session, task.case_id)
    task = read_task(session, public_id)
    if task.status != "open":
        raise precedence.gone(session, task)
    return task


def _see_that_it_took(session: Session, task: Any, done: db.Answer) -> None:
    if done.first() is None:
        raise precedence.gone(session, task)


def see_that_outcome_fits(programme: Programme, diagram: str, element: str, outcome: str) -> None:
    """Raise Invalid where `outcome` is none of the step's outcomes ("" for a step without any)."""
    outcomes = programme.outcomes(diagram, element)
    if outcomes and outcome not in outcomes:
        raise Invalid({"outcome": [f"请选择办理结果：{'、'.join(outcomes.values())}。"]})
    if not outcomes and outcome:
        raise Invalid({"outcome": ["此环节没有可选的办理结果。"]})


def _see_that_the_outcome_is_reasoned(
    programme: Programme, task: Any, form: Form, outcome: str, values: Mapping[str, Any]
) -> None:
    """Raise Invalid at the fields that this very outcome needs (`needed_for`)."""
    missing = form.missing_for(outcome, values)
    if missing:
        words = programme.outcomes(task.case_diagram, task.element)[outcome]
        raise Invalid({path: [f"办理结果为“{words}”时，必须填写“{field.label}”。"] for path, field in missing.items()})


def _see_that_it_is_in_time(
    session: Session, task: Any, element: Any, *, ends_at: datetime | None = None
) -> None:
    """Raise Refused for a task whose step takes nothing after its last day (`late=refuse`). Nobody is refused by a
    provisional day: what comes after it is taken and recorded as late."""
    ends_at = ends_at or task.ends_at
    if element.properties.get("late") == "refuse" and clock.now() >= ends_at:
        if deadlines.is_provisional(session, task.deadline_id):
            return
        day = deadlines.last_day_of(ends_at)
        message = f"“{task.name}”已于 {day} 截止，不能再提交。如有正当理由，请向受理部门申请补报。"
        raise Refused(message, clause=element.properties.get("clause", ""))


def _work_out(completion: Completion) -> Completion:
    task, programme = completion.task, completion.programme
    specification = programme.specification(task.case_diagram)
    form = programme.form(specification.elements[task.element].properties["form"])
    values = {**form.scalars(completion.values), **({"outcome": completion.outcome} if completion.outcome else {})}
    step = engine.load(specification, completion.case.document)
    step.complete(task.engine_id, values)
    return replace(completion, step=step)


def _record(session: Session, case_id: int, verb: str, by: Identity, **details: Any) -> str:
    return audit.record(
        session, chain=f"case:{case_id}", verb=verb, person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name, details=details,
    )
