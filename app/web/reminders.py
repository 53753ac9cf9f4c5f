"""催办: the ladder of a task with what people may do about it, and the list of what is circulated (通报)."""

from itertools import groupby
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from openpyxl import Workbook
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import clock, db, workdays
from app.cases import deadlines, monitoring, queries
from app.errors import Invalid, NotFound
from app.people.roles import ROLES
from app.reminders import operations
from app.reminders import queries as questions
from app.web import access
from app.web.monitoring import WATCHERS, programme_names
from app.web.workbooks import add_sheet, download

reminders = Blueprint("reminders", __name__)

READERS = access.roles("clerk", "lead", "auditor", "applicant", "expert")


@reminders.get("/tasks/<public_id>/reminders")
@access.rule(READERS)
def show(public_id: str) -> str:
    """The ladder of a task: what came, to whom, and what is to come."""
    return _page(public_id)


@reminders.post("/tasks/<public_id>/reminders/stop")
@access.rule(access.roles("lead"))
def stop(public_id: str) -> Any:
    """停止催办, with a reason."""
    reason = request.form.get("reason", "")[:2_000]
    try:
        with db.transaction() as session:
            operations.stop(session, public_id, by=g.identity, reason=reason)
    except Invalid as error:
        return _page(public_id, errors=error.fields, typed={"reason": reason}), 422
    flash("已停止催办。停止期间到的提醒不再补发。", "success")
    return redirect(url_for(".show", public_id=public_id), 303)


@reminders.post("/tasks/<public_id>/reminders/resume")
@access.rule(access.roles("lead"))
def resume(public_id: str) -> Response:
    """恢复催办."""
    with db.transaction() as session:
        operations.resume(session, public_id, by=g.identity)
    flash("已恢复催办，从下一次提醒起照常进行。", "success")
    return redirect(url_for(".show", public_id=public_id), 303)


@reminders.post("/tasks/<public_id>/reminders/urge")
@access.rule(access.roles("clerk", "lead"))
def urge(public_id: str) -> Any:
    """人工催办, with a word or two."""
    words = request.form.get("words", "")[:2_000]
    try:
        with db.transaction() as session:
            operations.urge(session, public_id, by=g.identity, words=words)
    except Invalid as error:
        return _page(public_id, errors=error.fields, typed={"words": words}), 422
    flash("已催办，邮件随即发出。", "success")
    return redirect(url_for(".show", public_id=public_id), 303)


@reminders.get("/monitoring/circulated")
@access.rule(WATCHERS)
def circulated() -> str:
    """通报名单 of a division, by unit; to read, print and take along."""
    with db.reading() as session:
        here = monitoring.place(session, g.identity, request.args.get("region", "")[:12])
        rows = questions.circulated(session, g.identity, here)
        names = programme_names(session)
    units = [SimpleNamespace(name=name, rows=list(found)) for name, found in groupby(rows, key=lambda row: row.unit)]
    return render_template(
        "reminders/circulated.html", here=here, units=units, count=len(rows), names=names, now=clock.now(),
        most=questions.MOST_CIRCULATED, print_view="print" in request.args,
    )


@reminders.get("/monitoring/circulated.xlsx")
@access.rule(WATCHERS)
def export() -> Response:
    """The same as a workbook."""
    with db.reading() as session:
        here = monitoring.place(session, g.identity, request.args.get("region", "")[:12])
        rows = questions.circulated(session, g.identity, here)
        names = programme_names(session)
    book = Workbook(write_only=True)
    heads = ["承办单位", "地区", "认定项目", "办件号", "事项", "环节", "签收人", "截止日", "超期工作日", "列入日期",
             "已催办", "说明"]
    lines = [
        [row.unit, row.region, names.get(row.programme, row.programme), row.number, row.title, row.step,
         row.claimed_by, workdays.last_day_words(row.last_day, row.provisional), row.days_over,
         row.circulated_on.isoformat(), row.urged, f"已停止催办：{row.reason}" if row.reason else ""]
        for row in rows
    ]
    add_sheet(book, "通报名单", heads, lines, [28, 14, 30, 18, 40, 16, 12, 16, 12, 12, 10, 40])
    return download(book, f"通报名单 {here.name} {clock.today()}.xlsx")


def line(session: Session, public_id: str) -> Any:
    """What the task's own page says of its ladder; None where there is nothing to say."""
    task = operations.task_seen_by(session, public_id, g.identity)
    found = questions.ladder(session, task)
    if not found.entries and not found.mark.stopped:
        return None
    return SimpleNamespace(tags=found.mark.tags, next=found.next, stopped=found.mark.stopped,
                           url=url_for("reminders.show", public_id=public_id))


def _page(
    public_id: str, *, errors: dict[str, list[str]] | None = None, typed: dict[str, str] | None = None
) -> str:
    with db.reading() as session:
        task = operations.task_seen_by(session, public_id, g.identity)
        if g.identity.unit_kind == "institution" and task.unit_id != g.identity.unit_id:
            raise NotFound()  # how an office urges its own people is its own affair
        ladder = questions.ladder(session, task)
        deadline = queries.deadline(session, task.deadline_id)
        sees_case = queries.case_if_seen(session, g.identity, task.case_id) is not None
    is_open = task.status == "open"
    return render_template(
        "reminders/show.html", task=task, ladder=ladder, deadline=deadline, role=ROLES[task.role].zh,
        light=deadlines.light(
            deadline.ends_at, last_day=deadline.last_day, provisional=deadline.provisional,
            region_code=task.region_code, awaiting=ladder.waits,
        ) if is_open else None,
        may_stop=is_open and operations.may_stop(g.identity, task),
        may_urge=is_open and deadline.status == "running" and operations.may_urge(g.identity, task),
        errors=errors or {}, typed=typed or {}, sees_case=sees_case,
    )
