"""待办: the page on which one task is done. One form, one validator: live errors, drafts and completion agree."""

from collections import Counter
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import orjson
from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app import clock, db
from app.appointments import queries as appointments
from app.cases import deadlines, operations, precedence, queries
from app.documents import operations as documents
from app.errors import Gone, Invalid, Refused
from app.formschema import Form
from app.people import queries as people
from app.programmes import criteria
from app.sanctions import queries as sanctions
from app.web import access, ahead, answered, evaluations, filling, posted, quota_lines, redirects, reminders
from app.web.cases import progress_view
from app.web.filling import Filling

tasks = Blueprint("tasks", __name__, url_prefix="/tasks")

OWN_FIELDS = frozenset({"csrf_token", "_do", "_add", "_copy", "_remove", "_seen", "outcome"})
ROW_BUTTONS = frozenset({"_add", "_copy", "_remove"})
DOES = ("complete", "draft", "rows")
SHEET = "sheet:"  # `_do` of the buttons that save the draft and lead on to a table's import
MAY = access.roles("clerk", "lead", "applicant", "expert")


@tasks.get("/<public_id>")
@access.rule(MAY)
@ahead.asks(operations.ask_task)
def show(public_id: str) -> str | Response:
    """The task with its form, filled with the draft if there is one. One's own finished task leads to its receipt."""
    with db.reading() as session:
        found = filling.opened(session, public_id)
        if found.task.status == "done" and found.task.unit_id == g.identity.unit_id:
            flash("此待办已办结，以下是回执和提交的内容。", "info")
            return redirect(url_for("receipts.show", public_id=public_id))
        if found.task.status != "open":
            flash("此待办已办结或取消，以下是办件的当前情况。", "info")
            return redirect(url_for("cases.show", public_id=found.task.case_public_id))
        return _page(session, found, found.starting(session))


@tasks.post("/<public_id>")
@access.rule(MAY)
@ahead.asks(operations.ask_task)
def act(public_id: str) -> Response | tuple[str, int] | str:
    """Complete the task, save a draft, add or remove a row. With errors, nothing typed or uploaded is lost."""
    with db.reading() as session:
        found = filling.opened(session, public_id)
    typed, errors, form = posted.answers(OWN_FIELDS), {}, found.form
    changes_rows = not ROW_BUTTONS.isdisjoint(request.form)
    do = "rows" if changes_rows else request.form.get("_do", "complete")
    try:
        posted.see_that_a_page_sent_it(OWN_FIELDS)
        if do not in DOES and not _leads_to_a_sheet(form, do):
            raise Invalid({"": ["不认识的操作，请用页面上的按钮。"]})
        _store_files(typed, found)
        if do == "complete":
            return _complete(found, form.from_html(typed))
        if do != "rows":
            return _save_draft(found, form.from_html(typed), do)
    except Invalid as error:
        errors = error.fields
    except Refused as error:
        return _again(public_id, typed, {}, refused=error), 422
    except Gone as error:
        return _again(public_id, typed, {}, gone=error.message, was_open=found.task.status == "open"), 409
    return _again(public_id, typed, errors), 422 if errors else 200


@tasks.post("/<public_id>/draft")
@access.rule(MAY)
@ahead.asks(operations.ask_task)
def keep(public_id: str) -> tuple[Response, int]:
    """Save what was typed so far without anybody asking: JSON in (`seen`, `fields`), JSON out.

    200: saved, `seen` is the draft's new revision, `errors` what is wrong so far, `parts` the fragments that follow
    from the answers, by id. 409: somebody has saved since; nothing was overwritten. 422: nothing was saved.
    """
    with db.reading() as session:
        found = filling.opened(session, public_id)
        files = found.papers(session)
    body = request.get_json(silent=True)
    try:
        body = body if isinstance(body, dict) else {}
        sent = posted.pairs(body.get("fields"))
        posted.see_that_a_page_sent_it(OWN_FIELDS, sent=sent)
        answers = found.merged(found.form.from_html(posted.answers(OWN_FIELDS, sent)))
        kept, left_out = filling.draft_answers(found.form, answers, files)
        seen = posted.draft_revision(body.get("seen"))
        with db.transaction() as session:
            draft = operations.save_draft(
                session, public_id, by=g.identity, answers=kept, seen=None if body.get("anyway") is True else seen,
                quiet=True,
            )
            revision, at = draft.revision, clock.local(draft.saved_at)
    except Invalid as error:
        said = "没有暂存：" + " ".join(message for messages in error.fields.values() for message in messages)[:300]
        return _json({"said": said, "errors": error.fields}), 422
    except Gone as error:
        return _json({"said": error.message, "who": error.who}), 409
    errors = filling.wrong_so_far(found.form, answers, files)
    said = f"已自动暂存 {at:%H:%M}" + (f"，{len(left_out)} 处填写有误的未存" if left_out else "")
    with db.reading() as session:
        view = _form_view(session, found, kept, errors | left_out)
        parts = render_template("tasks/_parts.html", **view)
    return _json({"said": said, "seen": revision, "errors": errors | left_out, "warnings": view["warnings"],
                  "parts": parts}), 200


@tasks.post("/<public_id>/check")
@access.rule(MAY)
@ahead.asks(operations.ask_task)
def check(public_id: str) -> tuple[Response, int]:
    """What is wrong in what was typed so far, by path: live errors. Changes nothing.

    A page sends the fields outside tables and the rows that changed, renumbered from 0; the answer counts them so.
    """
    with db.reading() as session:
        found = filling.opened(session, public_id)
        files = found.papers(session)
    answers = found.merged(found.form.from_html(posted.answers(OWN_FIELDS)))
    errors = filling.wrong_so_far(found.form, answers, files)
    said = f"有 {len(errors)} 处需要改正" if errors else "没有发现错误"
    return _json({"said": said, "errors": errors, "warnings": _warnings(session, found, answers)}), 200


def _complete(found: Filling, answers: Mapping[str, Any]) -> Response:
    public_id, merged = found.task.public_id, found.merged(answers)
    _see_that_nobody_saved_since(found)
    missing = _missing_materials(found, merged)
    try:
        with db.reading() as session:
            prepared = operations.prepare_completion(
                session, public_id, identity=g.identity, answers=merged, outcome=request.form.get("outcome", ""),
                task=found.task,
            )
    except Invalid as error:
        raise Invalid({**error.fields, **missing}) from None
    if missing:
        raise Invalid(missing)
    with db.transaction() as session:
        receipt = operations.complete(session, prepared, by=g.identity)
    flash(f"“{receipt.task_name}”已办结。回执号 {receipt.hash[:16]}。", "success")
    if g.identity.unit_kind == "department" and _still_sees(found.task):
        return redirects.see_other(url_for("cases.show", public_id=receipt.case_public_id))
    return redirects.see_other(url_for("receipts.show", public_id=public_id))


def _still_sees(task: Any) -> bool:
    """Whether the case is in sight without the task: not for who only comes for a task of their own."""
    if people.sees(g.identity, task, applicant_id=task.case_applicant_id):
        return True
    with db.reading() as session:
        return queries.case_if_seen(session, g.identity, task.case_id) is not None


def _see_that_nobody_saved_since(found: Filling) -> None:
    """Raise Gone where another window saved what this one doesn't show: submitting would lose it."""
    seen = posted.draft_revision(request.form.get("_seen"))
    if seen is not None and found.task.draft_revision is not None and seen != found.seen:
        with db.reading() as session:
            raise precedence.typed_over(session, queries.draft(session, found.task.id))


def _missing_materials(found: Filling, answers: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the list of materials asks for and isn't there; nothing while something malformed keeps it untold."""
    try:
        missing = answered.missing_materials(found.programme, found.element.properties["form"], answers)
    except Invalid:
        return {}
    return {key: messages for key, messages in missing.items() if key not in found.closed()}


def _save_draft(found: Filling, answers: Mapping[str, Any], do: str) -> Response:
    public_id = found.task.public_id
    with db.reading() as session:
        files = found.papers(session)
    draft = found.form.dump(found.form.load(found.merged(answers), partial=True, files=files))
    seen = posted.draft_revision(request.form.get("_seen"))
    with db.transaction() as session:
        operations.save_draft(session, public_id, by=g.identity, answers=draft, seen=seen)
    if do != "draft":
        return redirect(url_for("sheets.table", public_id=public_id, key=do.removeprefix(SHEET)), 303)
    flash("已暂存，可随时回来继续填写。", "success")
    return redirect(url_for(".show", public_id=public_id), 303)


def _leads_to_a_sheet(form: Form, do: str) -> bool:
    field = form.field(do.removeprefix(SHEET)) if do.startswith(SHEET) else None
    return field is not None and field.is_table


def _store_files(typed: MultiDict[str, str], found: Filling) -> None:
    """Keep what was uploaded before anything else can fail; the form then names it by id, in `typed`.

    A file for no field of the form is refused; one for a task that is no longer this person's to do isn't taken, and
    the verb that follows says why.
    """
    task, form = found.task, found.form
    sent = [(path, file) for path, file in request.files.items(multi=True) if file.filename]
    if any(not filling.holds_files(form, path) for path, _file in sent):
        raise Invalid({"": ["附件没有对应的栏目，请刷新页面后重新上传。"]})
    if not sent or task.status != "open" or task.claimed_by not in (None, g.identity.person_id):
        return
    files_dir = current_app.config["BANJIAN"].files_dir
    for path, file in sent:
        field = path.replace("-", ".")[:100]
        if field.partition(".")[0] in found.closed():
            continue
        try:
            received = documents.receive(file.stream, name=file.filename or "", field=field, files_dir=files_dir)
        except Invalid as error:
            raise Invalid({field: [message for messages in error.fields.values() for message in messages]}) from None
        with db.transaction() as session:
            document = documents.register(
                session, received, unit_id=g.identity.unit_id, person_id=g.identity.person_id, case_id=task.case_id,
                task_id=task.id, field=field,
            )
        typed.add(path, document.public_id)


def _again(
    public_id: str, typed: MultiDict[str, str], errors: Mapping[str, list[str]], *, gone: str = "",
    was_open: bool = False, refused: Refused | None = None,
) -> str:
    with db.reading() as session:
        found = filling.opened(session, public_id)
        values = found.merged(found.form.from_html(typed, blank_rows=True))
        _change_rows(values)
        # Only a draft came in between: what was typed is still here and may be saved over it, knowingly.
        conflict = gone if was_open and found.is_open_to_me else ""
        return _page(session, found, values, errors=errors, gone="" if conflict else gone, conflict=conflict,
                     refused=refused)


def _change_rows(values: dict[str, Any]) -> None:
    """Add, copy or remove the row or file that a button named; a button for one that isn't there changes nothing."""
    add = request.form.get("_add", "")
    if add and isinstance(values.get(add), list):
        values[add] += [{}] if values[add] else [{}, {}]  # a table without rows shows one already
    rows, place = _row_named(values, "_copy")
    if rows is not None and isinstance(rows[place], dict):
        rows.insert(place + 1, dict(rows[place]))
    rows, place = _row_named(values, "_remove")
    if rows is not None:
        del rows[place]


def _row_named(values: Mapping[str, Any], button: str) -> tuple[list[Any] | None, int]:
    key, _, place = request.form.get(button, "").rpartition(".")
    rows = values.get(key)
    is_there = isinstance(rows, list) and place.isascii() and place.isdigit() and len(place) <= 6
    return (rows, int(place)) if is_there and int(place) < len(rows) else (None, 0)


def _page(
    session: Any, found: Filling, answers: dict[str, Any], *, errors: Mapping[str, list[str]] | None = None,
    gone: str = "", conflict: str = "", refused: Refused | None = None,
) -> str:
    """The task's page. `gone` says who was first: then nothing can be submitted any more, but all is still there.
    `conflict` says who saved a draft meanwhile, `refused` which rule was against it."""
    task, programme = found.task, found.programme
    case = queries.case_seen_by(session, g.identity, task.case_public_id)
    deadline = queries.deadline(session, task.deadline_id)
    subject = queries.about(session, g.identity, case)
    reads_conditions = subject is not None or g.identity.unit_kind == "department"
    return render_template(
        "tasks/show.html", case=case, programme=programme, deadline=deadline, gone=gone, conflict=conflict,
        refused=refused,
        saved_at=found.task.draft_saved_at,
        holder=people.person_name(session, task.claimed_by) if task.claimed_by else "",
        mine=task.unit_id == g.identity.unit_id and task.role in g.identity.roles,
        booked=appointments.of_case(session, g.identity, task.case_id) if case.title_id is not None else None,
        booked_words=appointments.WORDS, reminder_line=reminders.line(session, task.public_id),
        claimed_by_me=task.claimed_by == g.identity.person_id, may_act=found.is_open_to_me,
        conditions=answered.conditions(session, programme, subject or case) if reads_conditions else [],
        explained=deadlines.explanation(deadline, case.region_code),
        sanction=sanctions.of_case(session, g.identity, case),
        light=deadlines.light(deadline.ends_at, last_day=deadline.last_day, provisional=deadline.provisional,
                              region_code=case.region_code, awaiting=deadline.status == deadlines.AWAITING,
                              stopped=deadline.status == deadlines.STOPPED),
        earlier=[step for one in (subject, case) if one is not None
                 for step in answered.steps_answered(session, programme, one.id)],
        evaluated=evaluations.panel(session, programme, case.id),
        quota=quota_lines.at_task(session, task, case, programme),
        application_form=programme.settings.criteria.form if programme.settings.criteria else "",
        **_form_view(session, found, answers, errors or {}), **progress_view(session, case),
    )


def _form_view(
    session: Any, found: Filling, answers: dict[str, Any], errors: Mapping[str, list[str]]
) -> dict[str, Any]:
    """What the form needs on its page, and its fragments in the answer to an automatic save."""
    form, element, task = found.form, found.element, found.task
    day = answered.reference_day(session, task.case_id, task.case_opened_at)
    clean = _clean(form, answers)
    given = criteria.given(found.programme, reference_day=day, region_code=task.case_region_code)
    figures = _figures(form, clean, given=given)
    tree = form.fields_shown(to=answered.sides(g.identity) | {task.actor.partition("/")[0]})
    has_tables = any(field.is_table for field in form.asked)
    named = found.programme.settings.criteria
    is_judged = named is not None and element.properties["form"] in named.forms
    return {
        "task": task, "form": form, "element": element, "tree": tree, "seen": found.seen,
        "values": filling.with_papers(session, found, form.to_html_values(answers)), "errors": dict(errors),
        "figures": figures, "warnings": form.warnings(clean, given=given),
        "preview": answered.preview(found.programme, clean, day=day, region_code=task.case_region_code,
                                    form_key=element.properties["form"])
        if is_judged else [],
        "materials": answered.materials(found.programme, element.properties["form"], clean),
        "outcome": request.form.get("outcome", ""), "totals": filling.totals(form, answers),
        "parts": _parts(tree, errors), "is_wide": has_tables and not element.properties.get("collective"),
        "asks_twice": g.identity.unit_kind != "department", "closed": found.closed(),
        "remarks": found.revision.remarks if found.revision else {},
        "revises": found.revision is not None, "carried": _carried(found, answers, errors),
    }


def _carried(found: Filling, answers: Mapping[str, Any], errors: Mapping[str, list[str]]) -> list[str]:
    """The fields of a fresh page that were taken over from elsewhere, by their labels."""
    if found.seen or errors or found.revision is not None or request.method != "GET":
        return []
    return [field.label for field in found.form.asked
            if field.carries and not field.given_rows and filling.has_answer(answers.get(field.key))]


def _clean(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """What of the answers can be reckoned with: all that is of its type."""
    try:
        return form.load(answers, partial=True)
    except Invalid as error:
        wrong = error.fields
    try:
        return form.load(filling.without(answers, wrong), partial=True)
    except Invalid:
        return {}


def _warnings(session: Any, found: Filling, answers: Mapping[str, Any]) -> dict[str, list[str]]:
    """Warnings at single fields; those about a table's figures come with the next save."""
    clean = {key: value for key, value in _clean(found.form, answers).items() if not isinstance(value, list)}
    compared = {definition.compare for definition in found.form.definitions}
    return {path: said for path, said in found.form.warnings(clean).items() if path not in compared}


def _figures(form: Form, clean: Mapping[str, Any], *, given: Mapping[str, object]) -> list[Any]:
    defined = {definition.name for definition in form.definitions}
    figures = form.figures(clean, given=given)
    return [figures[name] for name in figures if name in defined]


def _parts(tree: Any, errors: Mapping[str, list[str]]) -> list[Any]:
    """The form's groups as its contents list them, each with how many errors lie in it."""
    wrong = Counter(path.partition(".")[0] for path in errors)
    return [
        SimpleNamespace(place=place, group=field, wrong=sum(wrong[inner.key] for inner in field.fields))
        for place, field in enumerate(tree, start=1) if field.kind == "group" and field.label
    ]


def _json(said: dict[str, Any]) -> Response:
    return Response(orjson.dumps(said), mimetype="application/json")
