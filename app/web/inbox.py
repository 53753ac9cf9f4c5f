"""待办箱: the tasks of one's roles, most urgent first; taking them and giving them back."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import clock, db
from app.cases import extending, operations, queries
from app.errors import Invalid
from app.people.roles import ROLES
from app.reminders import queries as reminders
from app.web import access, quota_lines

inbox = Blueprint("inbox", __name__)

LIGHTS = (("", "全部"), ("red", "已超期"), ("open", "未超期"))
CLAIMS = (("", "全部"), ("mine", "我签收的"), ("nobody", "未签收的"))


@inbox.get("/inbox")
@access.rule(access.roles("clerk", "lead", "applicant", "expert"))
def index() -> str:
    """The inbox, filtered by query; keyset pages."""
    chosen = queries.InboxFilter(
        light=_one_of("light", LIGHTS), claimed=_one_of("claimed", CLAIMS), name=request.args.get("step", "")[:100],
        text=request.args.get("q", "").strip()[:100],
    )
    with db.reading() as session:
        rows, following = queries.inbox(session, g.identity, chosen=chosen, after=_after())
        counts = queries.inbox_counts(session, g.identity)
        names = queries.step_names(session, g.identity)
        marks = reminders.marks(session, [row.id for row in rows])
        quotas = quota_lines.calls(session, limited=True) if access.allowed("batches.recommended") else []
        extensions = extending.waiting_for(session, g.identity) if access.allowed("clocks.desk") else 0
    return render_template(
        "inbox/index.html", extensions=extensions, quotas=quotas,
        rows=[_shown(row, marks.get(row.id)) for row in rows], counts=counts, chosen=chosen,
        lights=LIGHTS, claims=CLAIMS, steps=[("", "全部"), *((name, name) for name in names)],
        first_url=url_for(".index", **_query()) if "after" in request.args else "",
        next_url=url_for(".index", **_query(), after=_key(following)) if following else "",
    )


@inbox.post("/tasks/<public_id>/claim")
@access.rule(access.roles("clerk", "lead", "applicant"))
def claim(public_id: str) -> Response:
    """签收, then on to the task."""
    with db.transaction() as session:
        operations.claim(session, public_id, by=g.identity)
    return redirect(url_for("tasks.show", public_id=public_id), 303)


@inbox.post("/tasks/<public_id>/release")
@access.rule(access.roles("clerk", "lead", "applicant"))
def release(public_id: str) -> Response:
    """退签, then back to the inbox."""
    with db.transaction() as session:
        operations.release(session, public_id, by=g.identity)
    flash("已退回岗位待办，其他同岗位人员可以签收。已暂存的内容保留。", "success")
    return redirect(url_for(".index"), 303)


def _shown(row: queries.InboxRow, mark: reminders.Mark | None) -> Any:
    mine = row.claimed_by == g.identity.person_id
    tags = [("blue", "我签收的")] if mine else []
    if row.misplaced:
        tags.append(("warn", "下级无人，转至本级"))
    if mark is not None:
        tags += mark.tags
    return SimpleNamespace(
        id=row.public_id, light=row.light, number=row.number, title=row.case_title, step=row.name, tags=tags,
        url=url_for("tasks.show", public_id=row.public_id), unit=ROLES[row.role].zh,
        person="" if mine else row.claimed_by_name, arrived_on=row.opened_at, claim_url="",
    )


def _one_of(name: str, options: tuple[tuple[str, str], ...]) -> str:
    value = request.args.get(name, "")
    if value not in dict(options):
        raise Invalid({name: ["筛选条件不正确，请从列表中选择。"]})
    return value


def _query() -> dict[str, str]:
    return {name: value for name, value in request.args.items() if name != "after"}


def _key(key: tuple[datetime, int]) -> str:
    return f"{int(key[0].timestamp() * 1_000_000)}-{key[1]}"


def _after() -> tuple[datetime, int] | None:
    text = request.args.get("after", "")
    if not text:
        return None
    instant, _, task_id = text.partition("-")
    if not (instant.isascii() and instant.isdigit() and task_id.isascii() and task_id.isdigit()) or len(text) > 40:
        raise Invalid({"after": ["页码不正确，请回到第一页。"]})
    microseconds = min(int(instant), 4_000_000_000_000_000)
    return datetime.fromtimestamp(microseconds / 1_000_000, tz=clock.SHANGHAI), min(int(task_id), 2**62)
