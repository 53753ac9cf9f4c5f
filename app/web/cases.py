"""办件: the list, the page of one case with its story and diagram, and the diagram's file."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from app import clock, db, engine
from app.batches import queries as batches
from app.cases import by_hand, deadlines, move_queries, operations, queries, timeline, tracker
from app.cases.models import Case
from app.errors import Invalid
from app.notices import queries as notices
from app.people import queries as people
from app.people.roles import ROLES
from app.programmes import queries as programmes
from app.publications import queries as publications
from app.reminders import queries as reminders
from app.sanctions import queries as sanctions
from app.titles import queries as titles
from app.web import access, answered, changes, clock_lines, experts, quota_lines, story

cases = Blueprint("cases", __name__)

STATUSES = (("", "全部"), ("open", "办理中"), ("done", "已办结"))


@cases.get("/cases")
@access.rule(access.roles("clerk", "lead", "applicant", "auditor", "admin", "operator", "designer", "expert"))
def index() -> str:
    """Cases in the person's sight, newest first."""
    text, status = request.args.get("q", "").strip()[:100], request.args.get("status", "")
    if status not in dict(STATUSES):
        raise Invalid({"status": ["筛选条件不正确，请从列表中选择。"]})
    before = _before()
    with db.reading() as session:
        rows, following = queries.cases(session, g.identity, text=text, status=status, before=before)
        may_begin = access.allowed("cases.choose") and bool(by_hand.offers(session, g.identity))
    return render_template(
        "cases/index.html", may_begin=may_begin, rows=rows, text=text, status=status, statuses=STATUSES,
        first_url=url_for(".index", q=text, status=status) if before else "",
        next_url=url_for(".index", q=text, status=status, before=following) if following else "",
    )


@cases.get("/cases/begin")
@access.rule(access.roles("clerk", "lead", kinds=("department",)))
def choose() -> str:
    """The kinds of case that the person may begin."""
    with db.reading() as session:
        offers = by_hand.offers(session, g.identity)
    return render_template("cases/begin.html", offers=offers)


@cases.post("/cases/begin")
@access.rule(access.roles("clerk", "lead", kinds=("department",)))
def begin() -> Any:
    """Open a case by hand, then on to it."""
    with db.transaction() as session:
        case = by_hand.begin(
            session, g.identity, programme_key=request.form.get("programme", "")[:100],
            diagram=request.form.get("diagram", "")[:100],
        )
    return redirect(url_for(".show", public_id=case.public_id), 303)


@cases.get("/cases/<public_id>")
@access.rule(access.roles("clerk", "lead", "applicant", "auditor", "admin", "operator", "designer", "expert"))
def show(public_id: str) -> str:
    """One case: where it stands, its deadlines, what was filled in, and its story."""
    return _page(public_id)


@cases.post("/cases/<public_id>/withdraw")
@access.rule(access.roles("applicant", kinds=("institution",)))
def withdraw(public_id: str) -> Any:
    """撤回: the applicant takes the case back."""
    reason = request.form.get("reason", "")[:1_000]
    try:
        with db.transaction() as session:
            operations.withdraw(session, public_id, by=g.identity, reason=reason)
    except Invalid as error:
        return _page(public_id, errors=error.fields, reason=reason), 422
    flash("已撤回。办件到此结束，各部门不再办理；已提交的内容仍可查看。", "success")
    return redirect(url_for(".show", public_id=public_id), 303)


def _page(public_id: str, *, errors: dict[str, list[str]] | None = None, reason: str = "") -> str:
    with db.reading() as session:
        case = queries.case_seen_by(session, g.identity, public_id)
        view = progress_view(session, case)
        programme = programmes.programme(session, case.release_id)
        answers = answered.steps_answered(session, programme, case.id)
        published = publications.of_case(session, case.id)
        batch = batches.batch_of_case(session, case.id)
        entries = queries.story(session, case.id)
        moved = move_queries.story(session, case.id)
        title = titles.title_of_case(session, case.id)
        review = experts.summary(session, case)
        sanction = sanctions.of_case(session, g.identity, case)
        about = changes.panel(session, case)
        recommended = quota_lines.of_case(session, case, batch, programme)
        stages = tracker.stages(session, case, programme)
        letters = notices.of_case(session, g.identity, case.id)
        objected = publications.publication_of_objection_case(session, case.id)
        entered = titles.entered_by_case(session, case.id)
        applicant = people.unit(session, case.applicant_id) if case.applicant_id else None
        open_tasks = [row for row in queries.tasks(session, case.id) if row.Task.status == "open"]
        marks = reminders.marks(session, [row.Task.id for row in open_tasks])
        explained = [
            _explained(session, row, row.Task.name, case.region_code, task=row.Task, mark=marks.get(row.Task.id))
            for row in open_tasks
        ]
        explained += [
            _explained(session, row, programme.specification(case.diagram).elements[row.Timer.element].name,
                       case.region_code)
            for row in queries.timers(session, case.id) if row.Timer.status != "gone"
        ]
        closed = [_explained(session, row, f"{row.Task.name}（已结束）", case.region_code, task=row.Task)
                  for row in queries.tasks(session, case.id) if row.Task.status != "open"]
        explained += [item for item in closed if item.line is not None and item.line.line.has_history]
    mine = [row for row in open_tasks
            if row.Task.unit_id == g.identity.unit_id and row.Task.role in g.identity.roles]
    return render_template(
        "cases/show.html", review=review, case=case, sanction=sanction, about=about,
        programme=programme, applicant=applicant, answers=answers, mine=mine,
        story=story.with_calendar(
            story.tell(entries, inside=g.identity.unit_kind == "department"), moved,
            {key: p.name for key, p in programme.periods.items()},
        ),
        title=title, explained=explained, batch=batch, stages=stages, recommended=recommended,
        errors=errors or {}, reason=reason, letters=letters, entered=entered,
        objection_url=url_for("objections.index", public_id=objected)
        if objected and access.allowed("objections.index") else "",
        may_withdraw=case.status == "open" and case.applicant_id == g.identity.unit_id
        and "applicant" in g.identity.roles and operations.may_be_taken_back(case),
        published=[_published(row, case.region_code) for row in published], **view,
    )


@cases.get("/cases/<public_id>/diagram.bpmn")
@access.rule(access.roles("clerk", "lead", "applicant", "auditor", "admin", "operator", "designer", "expert"))
def diagram(public_id: str) -> Response:
    """The diagram that a case runs on, as it was deployed."""
    with db.reading() as session:
        case = queries.case_seen_by(session, g.identity, public_id)
        xml = programmes.programme(session, case.release_id).diagram_xml(case.diagram)
    return Response(xml, mimetype="application/xml")


def progress_view(session: Any, case: Case) -> dict[str, Any]:
    """What the progress component needs: the steps in order, the diagram's marks, and the flows that were taken."""
    programme = programmes.programme(session, case.release_id)
    spec = programme.specification(case.diagram)
    steps = [*_task_steps(session, case), *_timer_steps(session, case), *_catch_steps(session, case)]
    steps.sort(key=lambda step: step.since)
    marks = {step.element: _mark(step) for step in steps}
    for step in steps:
        step.name = step.name or spec.elements[step.element].name
    course = engine.state(spec, case.document)
    done = [{"id": element, "state": "done"} for element in sorted(course.passed - marks.keys())]
    return {
        "steps_shown": steps, "marks": [*done, *marks.values()], "taken": sorted(course.taken),
        "diagram_url": url_for("cases.diagram", public_id=case.public_id),
    }


def _task_steps(session: Any, case: Case) -> Iterator[Any]:
    for row in queries.tasks(session, case.id):
        if row.Task.status != "cancelled":
            state, light = _state(row.Task.status, row.Deadline, case.region_code)
            who = row.holder if row.holder else ROLES[row.Task.role].zh
            yield SimpleNamespace(
                element=row.Task.element, name=row.Task.name, since=row.Task.opened_at, state=state, light=light,
                by=f"{who} · {row.unit_name}", at=row.Task.closed_at, waits=False,
            )


def _timer_steps(session: Any, case: Case) -> Iterator[Any]:
    for row in queries.timers(session, case.id):
        if row.Timer.status != "gone":
            status = "done" if row.Timer.status == "fired" else "open"
            state, light = _state(status, row.Deadline, case.region_code, duty=False)
            yield SimpleNamespace(
                element=row.Timer.element, name="", since=clock.day_start(row.Deadline.started_on), state=state,
                light=light, by="", at=row.Timer.fired_at, waits=True,
            )


def _catch_steps(session: Any, case: Case) -> Iterator[Any]:
    for row in queries.catches(session, case.id):
        if row.status != "gone":
            state = "done" if row.status == "taken" else "current"
            yield SimpleNamespace(
                element=row.element, name="", since=row.opened_at, state=state, light=None, by="", at=None, waits=True
            )


def _state(status: str, deadline: Any, region_code: str, *, duty: bool = True) -> tuple[str, Any]:
    """done, current or overdue, with the light of what is still open. A period in which nobody has a duty is never
    overdue: it ends."""
    if status != "open":
        return "done", None
    light = deadlines.light(
        deadline.ends_at, last_day=deadline.last_day, provisional=deadline.provisional, region_code=region_code,
        awaiting=deadline.status == "awaiting", stopped=deadline.status == deadlines.STOPPED,
    )
    return ("overdue" if duty and light.level == "red" else "current"), light


def _mark(step: Any) -> dict[str, str]:
    """A step's mark in the diagram: of an event that is over the colour says enough."""
    words = step.light.words if step.light else "等待" if step.state == "current" else "" if step.waits else "已办"
    return {"id": step.element, "state": step.state, "badge": words}


def _explained(session: Session, row: Any, name: str, region_code: str, *, task: Any = None, mark: Any = None) -> Any:
    """A deadline with its light, its line in time and explanation; that of a task with the way to its reminders, for
    those whom they concern."""
    deadline = row.Deadline
    inside = task is not None and (g.identity.unit_kind == "department" or task.unit_id == g.identity.unit_id)
    linked = inside and access.allowed("reminders.show")
    return SimpleNamespace(
        tags=mark.tags if mark and inside else [],
        reminders_url=url_for("reminders.show", public_id=task.public_id) if linked else "",
        line=clock_lines.drawn(timeline.line(session, deadline, region_code)),
        clock_url=url_for("clocks.show", public_id=task.public_id)
        if task is not None and task.status == "open" and access.allowed("clocks.show") else "",
        name=name, deadline=deadline, clause=deadline.clause,
        light=deadlines.light(deadline.ends_at, last_day=deadline.last_day, provisional=deadline.provisional,
                              region_code=region_code, awaiting=deadline.status == "awaiting",
                              stopped=deadline.status == deadlines.STOPPED),
        until=deadlines.period_of(deadline.rule).end_of_day, explanation=deadlines.explanation(deadline, region_code),
    )


def _published(row: Any, region_code: str) -> Any:
    """A publication in which the case stands, or which it is; with a light while it is open."""
    is_open = row.status == "open" and clock.now() < row.ends_at
    light = deadlines.light(row.ends_at, last_day=row.last_day, provisional=row.provisional, region_code=region_code)
    return SimpleNamespace(
        title=row.title, url=url_for("public.publication", public_id=row.public_id), last_day=row.last_day,
        light=light if is_open else None,
    )


def _before() -> int | None:
    text = request.args.get("before", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise Invalid({"before": ["页码不正确，请回到第一页。"]})
    return int(text)
