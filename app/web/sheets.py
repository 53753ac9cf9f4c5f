"""A table of a task's form as xlsx: a template, what is filled in, and import with a report a row."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import orjson
from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import db
from app.cases import operations, queries
from app.errors import Gone, Invalid, NotFound, Refused
from app.formschema import Field, Form, importing, papers, workbooks
from app.formschema.fields import MOST_ROWS
from app.formschema.importing import Import
from app.people import queries as people
from app.web import access, answered, filling, posted
from app.web.filling import Filling

sheets = Blueprint("sheets", __name__, url_prefix="/tasks")

MAY = access.roles("clerk", "lead", "applicant", "expert")
READERS = access.roles("clerk", "lead", "applicant", "auditor", "admin", "operator", "designer")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MODES = {"replace": "替换现有的行", "append": "接在现有的行后面"}
OWN_FIELDS = frozenset({"csrf_token", "mode", "rows", "_seen"})


@sheets.get("/<public_id>/tables/<key>")
@access.rule(MAY)
def table(public_id: str, key: str) -> str:
    """The page from which a table is imported: template, what is there, a file to choose."""
    with db.reading() as session:
        found, field = _table(session, public_id, key)
        return _page(session, found, field)


@sheets.get("/<public_id>/tables/<key>/template.xlsx")
@access.rule(MAY)
def template(public_id: str, key: str) -> Response:
    """An empty sheet to fill in."""
    with db.reading() as session:
        _found, field = _table(session, public_id, key)
    return _download(workbooks.template(field), f"{field.label}（模板）.xlsx")


@sheets.get("/<public_id>/tables/<key>.xlsx")
@access.rule(MAY)
def export(public_id: str, key: str) -> Response:
    """The rows of the draft."""
    with db.reading() as session:
        found, field = _table(session, public_id, key)
        rows = _rows(found.starting(session), key)
    return _download(workbooks.filled(field, rows), f"{field.label}.xlsx")


@sheets.post("/<public_id>/tables/<key>")
@access.rule(MAY)
def take(public_id: str, key: str) -> Response | tuple[str, int]:
    """Import a file. A faultless one changes the draft; any other shows its report and changes nothing, until somebody
    takes the good rows by the button (`rows`), which are judged again."""
    with db.reading() as session:
        found, field = _table(session, public_id, key)
        operations.see_that_it_is_open(session, found.task, g.identity)
        around = found.starting(session)
    read: Import | None = None
    try:
        mode = request.form.get("mode", "replace")
        if mode not in MODES:
            raise Invalid({"mode": ["请选择导入方式。"]})
        posted.see_that_a_page_sent_it(OWN_FIELDS)
        if "rows" in request.form:
            rows = _good_rows(found.form, field, request.form["rows"], around)
            return _put(found, field, rows, mode, around)
        file = request.files.get("file")
        if file is None or not file.filename:
            raise Invalid({"file": ["请选择要导入的 xlsx 文件。"]})
        data = file.stream.read(workbooks.LARGEST + 1)
        read = importing.take_rows(found.form, field, workbooks.read(data, wanted=field.label), around=around)
        if read.is_faultless:
            return _put(found, field, list(read.good), mode, around)
        errors: dict[str, list[str]] = {}
    except Invalid as error:
        errors = error.fields
    with db.reading() as session:
        return _page(session, found, field, errors=errors, report=read, mode=request.form.get("mode", "replace")), 422


@sheets.get("/<public_id>/answers.xlsx")
@access.rule(READERS)
def answers(public_id: str) -> Response:
    """What was submitted, as a workbook to keep: the fields on one sheet, each table on its own."""
    with db.reading() as session:
        task, tree, values = _submitted(session, public_id)
    return _download(_book(tree, values, task.name), f"{task.case_number} {task.name}.xlsx")


@sheets.get("/<public_id>/answers.docx")
@access.rule(READERS)
def paper(public_id: str) -> Response:
    """What was submitted, as a document to print and seal: the regulated form, without what is ours alone."""
    with db.reading() as session:
        task, tree, values = _submitted(session, public_id)
        form, unit = filling.of_task(session, task).form, people.unit_name(session, task.unit_id)
    about = [("办件号", task.case_number), ("填报单位", unit)]
    data = papers.paper(form.title or task.name, about, tree, values, words=_words)
    return _download(data, f"{task.case_number} {task.name}.docx", DOCX)


def _submitted(session: Any, public_id: str) -> tuple[Any, Any, Mapping[str, Any]]:
    """A task that was done, the fields of its form that apply and are shown to who asks, and the answers with the names
    of files. Raises NotFound, Refused for one that nobody has submitted."""
    task = operations.read_task(session, public_id)
    own = task.unit_id == g.identity.unit_id and task.role in g.identity.roles
    if not own and not people.sees(g.identity, task, applicant_id=task.case_applicant_id):
        raise NotFound()
    row = next((row for row in queries.answers(session, task.case_id) if row.Task.id == task.id), None)
    if row is None:
        raise Refused("此待办尚未提交，没有可以导出的内容。")
    form, values = filling.of_task(session, task).form, row.Answer.values
    tree = answered.fields_that_apply(form, values, to=answered.sides(g.identity))
    return task, tree, answered.with_names(session, form, values)


def _words(field: Field, said: Any) -> str:
    if field.kind == "filepicker":
        return "、".join(said or [])
    words = workbooks.words_of(field, said)
    return "" if words is None else str(words)


def _table(session: Any, public_id: str, key: str) -> tuple[Filling, Field]:
    """The task and the table of its form. Raises NotFound also where the form has no such table."""
    task = operations.read_task(session, public_id)
    found = filling.of_task(session, task)
    field = found.form.field(key) if "." not in key else None
    if field is None or not field.is_table:
        raise NotFound()
    operations.see_that_it_may(g.identity, task)
    return found, field


def _page(
    session: Any, found: Filling, field: Field, *, errors: Mapping[str, list[str]] | None = None,
    report: Import | None = None, mode: str = "replace",
) -> str:
    rows = orjson.dumps(list(report.good)).decode() if report and report.good else ""
    may_act = found.is_open_to_me and field.key not in found.closed() and not field.given_rows
    return render_template(
        "tasks/sheet.html", task=found.task, table=field, count=len(_rows(found.starting(session), field.key)),
        columns=[(column, workbooks.expected(column)) for column in workbooks.in_sheet(field)], errors=errors or {},
        report=report, rows=rows, mode=mode, modes=MODES, may_act=may_act,
        largest=workbooks.LARGEST // 1024 // 1024,
    )


def _good_rows(form: Form, field: Field, said: str, around: Mapping[str, Any]) -> list[Any]:
    """The good rows of a report as the page sends them back, judged again."""
    try:
        rows = orjson.loads(said)
    except orjson.JSONDecodeError:
        raise Invalid({"": ["提交的内容不完整，请重新选择文件导入。"]}) from None
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_ROWS or not all(isinstance(row, dict) for row in rows):
        raise Invalid({"": ["提交的内容不完整，请重新选择文件导入。"]})
    try:
        form.load({**around, field.key: rows})
    except Invalid as error:
        wrong = {path: said for path, said in error.fields.items() if path.startswith(f"{field.key}.")}
        if wrong:
            raise Invalid(wrong) from None
    return rows


def _put(found: Filling, field: Field, rows: list[Any], mode: str, around: Mapping[str, Any]) -> Response:
    """Put rows into the draft. Raises Gone where somebody saved since, Invalid where there would be too many."""
    if field.key in found.closed():
        raise Invalid({"file": ["此表不在补正范围内，不能修改。"]})
    if field.given_rows:
        raise Invalid({"file": ["此表各行取自前面环节，请在表单中逐行填写，不能导入。"]})
    before = _rows(around, field.key)
    together = [*before, *rows] if mode == "append" else rows
    if len(together) > field.most:
        raise Invalid({"file": [f"“{field.label}”最多 {field.most} 行，导入后将有 {len(together)} 行。"]})
    with db.reading() as session:
        files = found.papers(session)
    draft, _left_out = filling.draft_answers(found.form, {**around, field.key: together}, files)
    try:
        with db.transaction() as session:
            operations.save_draft(session, found.task.public_id, by=g.identity, answers=draft, seen=found.seen)
    except Gone as error:
        raise Invalid({"": [error.message]}) from None
    how = f"已导入 {len(rows)} 行" + (f"，替换了原有的 {len(before)} 行" if mode == "replace" and before else "")
    flash(f"“{field.label}”{how}，已暂存。", "success")
    return redirect(f"{url_for('tasks.show', public_id=found.task.public_id)}#f-{field.key}", 303)


def _rows(answers: Mapping[str, Any], key: str) -> list[Any]:
    rows = answers.get(key)
    return rows if isinstance(rows, list) else []


def _book(tree: Any, values: Mapping[str, Any], title: str) -> bytes:
    pairs: list[tuple[str, str]] = []
    tables: list[tuple[Field, Any]] = []

    def walk(fields: Any) -> None:
        for field in fields:
            if field.kind == "group":
                if field.label:
                    pairs.append((f"【{field.label}】", ""))
                walk(field.fields)
            elif field.is_table:
                tables.append((field, _rows(values, field.key)))
            else:
                unit = f"（{field.unit}）" if field.unit else ""
                pairs.append((field.label + unit, _words(field, values.get(field.key))))

    walk(tree)
    return workbooks.answers_book(title, pairs, tables)


def _download(data: bytes, name: str, kind: str = XLSX) -> Response:
    response = Response(data, mimetype=kind)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return response
