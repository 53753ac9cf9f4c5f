"""停表和延期: a task's period as a line in time; setting and lifting a stop, extensions asked for and decided."""

from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for

from app import clock, db
from app.cases import deadlines, extending, operations, queries, steps, stopping, timeline
from app.cases.stopping import Clocked
from app.documents import operations as documents
from app.errors import Invalid, NotAllowed
from app.programmes import queries as programmes
from app.web import access, clock_lines

clocks = Blueprint("clocks", __name__)

READERS = access.roles("clerk", "lead", "applicant", "auditor", "admin", "operator", "designer")
OFFICES = access.roles("clerk", "lead", kinds=("department", "association"))
ASKERS = access.roles("clerk", "lead", "applicant")


@clocks.get("/tasks/<public_id>/clock")
@access.rule(READERS)
def show(public_id: str) -> str:
    """The task's period: its line, what stopped it, and what the person may do about it."""
    return _page(public_id)


@clocks.post("/tasks/<public_id>/clock/stop")
@access.rule(OFFICES)
def stop(public_id: str) -> Any:
    """停表."""
    typed = {name: request.form.get(name, "")[:2_000] for name in ("ground", "evidence")}
    try:
        paper = _paper(public_id)
        with db.transaction() as session:
            set_ = stopping.stop(session, public_id, by=g.identity, document=paper, **typed)
            name = set_.name
    except Invalid as error:
        return _page(public_id, errors={f"stop-{path}": said for path, said in error.fields.items()}, typed=typed), 422
    flash(f"已因“{name}”停表。恢复计时前，期限不走，也不会超期。", "success")
    return redirect(url_for(".show", public_id=public_id), 303)


@clocks.post("/tasks/<public_id>/clock/stops/<stop_id>/end")
@access.rule(OFFICES)
def resume(public_id: str, stop_id: str) -> Any:
    """恢复计时."""
    note = request.form.get("note", "")[:2_000]
    try:
        with db.transaction() as session:
            name = stopping.resume(session, stop_id, by=g.identity, note=note, task_public_id=public_id).name
    except Invalid as error:
        errors = {f"end-{stop_id}": [words for said in error.fields.values() for words in said]}
        return _page(public_id, errors=errors, typed={f"end-{stop_id}": note}), 422
    flash(f"“{name}”的停表已结束。没有其他停表的，所余期限自明日起接续计算。", "success")
    return redirect(url_for(".show", public_id=public_id), 303)


@clocks.post("/tasks/<public_id>/clock/extension")
@access.rule(ASKERS)
def ask(public_id: str) -> Any:
    """申请延期."""
    typed = {name: request.form.get(name, "")[:2_000] for name in ("amount", "reason")}
    try:
        with db.transaction() as session:
            extending.ask(session, public_id, by=g.identity, reason=typed["reason"], amount=_amount(typed["amount"]))
    except Invalid as error:
        return _page(public_id, errors={f"ask-{path}": said for path, said in error.fields.items()}, typed=typed), 422
    flash("延期申请已提出，等候批准。批准前期限照常计算。", "success")
    return redirect(url_for(".show", public_id=public_id), 303)


@clocks.get("/extensions")
@access.rule(OFFICES)
def desk() -> str:
    """延期审批: what waits for the person's unit and role, and what was decided last."""
    with db.reading() as session:
        waiting, decided = extending.on_the_desk(session, g.identity), extending.decided_here(session, g.identity)
    return render_template("clocks/desk.html", waiting=waiting, decided=decided)


@clocks.get("/extensions/<extension_id>")
@access.rule(OFFICES)
def extension(extension_id: str) -> str:
    """One request, with the line of its period."""
    return _request_page(extension_id)


@clocks.post("/extensions/<extension_id>")
@access.rule(OFFICES)
def decide(extension_id: str) -> Any:
    """同意或不同意."""
    typed = {name: request.form.get(name, "")[:2_000] for name in ("decision", "reason")}
    try:
        with db.transaction() as session:
            extending.decide(session, extension_id, by=g.identity, **typed)
    except Invalid as error:
        return _request_page(extension_id, errors=error.fields, typed=typed), 422
    flash("审批意见已登记，并已告知申请的单位。", "success")
    return redirect(url_for(".desk"), 303)


def _page(
    public_id: str, *, errors: dict[str, list[str]] | None = None, typed: dict[str, str] | None = None
) -> str:
    with db.reading() as session:
        task = operations.read_task(session, public_id)
        case = queries.case_seen_by(session, g.identity, task.case_public_id)
        deadline = queries.deadline(session, task.deadline_id)
        rule = programmes.programme(session, case.release_id).periods[deadline.period]
        found = Clocked(task, steps.from_columns(task), deadline, rule)
        line = timeline.line(session, deadline, case.region_code)
        office = task.status == "open" and stopping.is_office_of(g.identity, task)
        asked = any(one.row.status == "asked" for one in line.extensions) if line else False
        may_ask = (
            task.status == "open" and rule.extension is not None and not asked and line is not None
            and access.allowed("clocks.ask") and extending.may_ask(session, found, rule.extension, g.identity)
        )
        explained = deadlines.explanation(deadline, case.region_code)
    over = line is not None and line.last_day is not None and clock.now() >= deadline.ends_at
    lasting = {stop.name for stop in line.stops if stop.ended_on is None} if line else set()
    return render_template(
        "clocks/show.html", task=task, case=case, deadline=deadline, rule=rule, errors=errors or {}, typed=typed or {},
        line=clock_lines.drawn(line), office=office, may_ask=may_ask, over=over,
        grounds=[one for one in stopping.by_hand(rule) if one.name not in lasting] if office and line else [],
        explained=explained.as_text().splitlines(), followed=[one for one in rule.stops.values() if one.during],
        unit=clock_lines.UNITS.get(rule.period.unit, "") if rule.period else "",
    )


def _request_page(
    extension_id: str, *, errors: dict[str, list[str]] | None = None, typed: dict[str, str] | None = None
) -> str:
    with db.reading() as session:
        found = extending.request(session, extension_id, g.identity)
        task = operations.read_task(session, found.task_public_id)
        deadline = queries.deadline(session, found.row.deadline_id)
        line = timeline.line(session, deadline, task.case_region_code)
        visible = queries.case_if_seen(session, g.identity, task.case_id) is not None
    waits = found.row.status == "asked" and found.is_open
    return render_template(
        "clocks/extension.html", found=found, line=clock_lines.drawn(line), visible=visible,
        may_decide=waits and found.row.asked_by != g.identity.person_id, waits=waits, decisions=extending.DECISIONS,
        errors=errors or {}, typed=typed or {},
    )


def _amount(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 5:
        raise Invalid({"amount": ["请填写整数，例如 5。"]})
    return int(text)


def _paper(public_id: str) -> str:
    """Keep the uploaded evidence, for those who may stop this clock; its public id, "" where nothing was uploaded."""
    file = request.files.get("document")
    if file is None or not file.filename:
        return ""
    with db.reading() as session:
        task = operations.read_task(session, public_id)
        queries.case_seen_by(session, g.identity, task.case_public_id)
    if task.status != "open" or not stopping.is_office_of(g.identity, task):
        raise NotAllowed("只有承办单位的经办岗、审核岗可以停表。")
    received = documents.receive(
        file.stream, name=file.filename, field="document", files_dir=current_app.config["BANJIAN"].files_dir
    )
    with db.transaction() as session:
        return documents.register(
            session, received, unit_id=g.identity.unit_id, person_id=g.identity.person_id, case_id=task.case_id,
            field="document",
        ).public_id

