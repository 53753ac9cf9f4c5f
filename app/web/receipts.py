"""回执: what somebody gets for a task that they have done: number, time, the hash of every file and of the answers."""

import hashlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import orjson
from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app import clock, db
from app.cases import operations, queries
from app.documents import queries as papers
from app.errors import NotFound
from app.people import queries as people
from app.web import access, answered, filling

receipts = Blueprint("receipts", __name__, url_prefix="/tasks")

READERS = access.roles("clerk", "lead", "applicant", "auditor", "admin", "operator", "designer", "expert")


@receipts.get("/<public_id>/receipt")
@access.rule(READERS)
def show(public_id: str) -> str | Response:
    """The receipt, with what was submitted below it, to read, print and take along."""
    with db.reading() as session:
        task = _task(session, public_id)
        found = _receipt(session, task)
        if found is None:
            return redirect(url_for("cases.show", public_id=task.case_public_id))
        seen = queries.case_if_seen(session, g.identity, task.case_id) is not None
        return render_template("tasks/receipt.html", task=task, receipt=found, sees_case=seen)


@receipts.get("/<public_id>/receipt.txt")
@access.rule(READERS)
def text(public_id: str) -> Response:
    """The receipt as text, to keep."""
    with db.reading() as session:
        task = _task(session, public_id)
        found = _receipt(session, task)
    if found is None:
        return redirect(url_for("cases.show", public_id=task.case_public_id))
    response = Response("\r\n".join(_lines(found)) + "\r\n", mimetype="text/plain")
    name = quote(f"回执 {found.number}.txt", safe="")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response


def answers_hash(form: str, values: Any) -> str:
    """SHA-256 of answers: of the JSON object {form, values} in UTF-8 with sorted keys and no spaces."""
    return hashlib.sha256(orjson.dumps({"form": form, "values": values}, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _task(session: Any, public_id: str) -> Any:
    """A task that one has done oneself, or whose case one has in sight. Raises NotFound."""
    task = operations.read_task(session, public_id)
    own = task.unit_id == g.identity.unit_id and task.role in g.identity.roles
    if task.role in people.ONLY_ASSIGNED:
        own = task.claimed_by == g.identity.person_id
    if not own and not people.sees(g.identity, task, applicant_id=task.case_applicant_id):
        raise NotFound()
    return task


def _receipt(session: Any, task: Any) -> Any:
    """What a receipt says; None for a task that isn't done."""
    row = next((row for row in queries.answers(session, task.case_id) if row.Task.id == task.id), None)
    if row is None or task.status != "done":
        return None
    entry = _entry(session, task, row.Answer)
    form = filling.of_task(session, task).form
    fields = answered.fields_that_apply(form, row.Answer.values, to=answered.sides(g.identity))
    named = papers.named(session, answered.file_ids(form, row.Answer.values))
    files = [
        SimpleNamespace(field=field.label, name=paper.name, size=paper.size, sha256=paper.sha256)
        for field in form.asked if field.kind == "filepicker"
        for paper in (named[i] for i in row.Answer.values.get(field.key) or [] if i in named)
    ]
    at = row.Answer.answered_at
    open_now = [each.Task.name for each in queries.tasks(session, task.case_id) if each.Task.status == "open"]
    return SimpleNamespace(
        number=task.case_number, task=task.name, title=task.case_title, who=row.person_name,
        unit=people.unit(session, task.unit_id).name, at=at, instant=clock.local(at).isoformat(timespec="seconds"),
        words=beijing_words(at), files=files, answers_hash=answers_hash(row.Answer.form, row.Answer.values),
        trail_hash=entry.hash if entry else "", trail_seq=entry.seq if entry else 0, fields=fields,
        values=answered.with_links(form, row.Answer.values, named), next_steps=open_now,
    )


def beijing_words(instant: Any) -> str:
    """2026年11月21日 10时05分09秒（北京时间）."""
    local = clock.local(instant)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H时%M分%S秒}（北京时间）"


def _entry(session: Any, task: Any, answer: Any) -> Any:
    """The entry of the trail that tells of the completion: the first of this step and person not before the answer."""
    entries = queries.story(session, task.case_id, limit=2_000)
    return next(
        (entry for entry in entries
         if entry.verb == "complete_task" and entry.person_id == answer.person_id
         and entry.details.get("element") == task.element and entry.legal_at >= answer.answered_at), None,
    )


def _lines(found: Any) -> Iterator[str]:
    yield f"办理回执　{found.number}"
    yield ""
    yield f"事项：{found.title}"
    yield f"环节：{found.task}"
    yield f"提交单位：{found.unit}"
    yield f"提交人：{found.who}"
    yield f"提交时间：{found.words}"
    yield f"时间戳：{found.instant}"
    yield f"填报内容 SHA-256：{found.answers_hash}"
    if found.trail_hash:
        yield f"留痕第 {found.trail_seq} 条 SHA-256：{found.trail_hash}"
    yield ""
    yield f"附件 {len(found.files)} 个" + ("：" if found.files else "")
    for place, file in enumerate(found.files, start=1):
        yield f"{place}. {file.field}：{file.name}（{file.size} 字节）"
        yield f"   SHA-256 {file.sha256}"
