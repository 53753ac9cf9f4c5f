"""Who came first: what the loser of a race over a task is told. Always who, when and how."""

from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from app import clock, db
from app.cases.models import Act, ActRow, Task
from app.db import Statement
from app.errors import Gone
from app.people.models import Person

THE_SYSTEM = "系统"
"""Who closed a task that no person closed: a timer, a message, or another branch of the case."""

_WHO = Statement(
    select(Task.status, Task.closed_at, Task.claimed_at, Person.name)
    .outerjoin(Person, Person.id == func.coalesce(Task.closed_by, Task.claimed_by))
    .where(Task.id == bindparam("t"))
)
_ACT = Statement(
    select(Act.title, Act.confirmed_at, Person.name)
    .join(ActRow, ActRow.act_id == Act.id)
    .join(Person, Act.person_id == Person.id)
    .where(ActRow.task_id == bindparam("t"), ActRow.status == "waiting")
    .limit(1)
)


def gone(session: Session, task: Any) -> Gone:
    """The error for a task that somebody else has claimed, or that is closed."""
    row = db.send(session, _WHO, {"t": task.id}).first()
    if row.status == "open" and row.claimed_at is None:
        return Gone("此待办已移交其他单位办理，您的提交未生效。")
    if row.status == "open":
        return _error("签收", row.name, row.claimed_at)
    if row.status == "done":
        return _error("办结", row.name, row.closed_at)
    return _error("因期限届满或流程推进而取消", THE_SYSTEM, row.closed_at)


def see_that_no_act_has_it(session: Session, task: Any) -> None:
    """Raise Gone for a task that a confirmed act decides and the worker has not come to yet."""
    act = db.send(session, _ACT, {"t": task.id}).first()
    if act is not None:
        raise _error(f"以“{act.title}”批量办理", act.name, act.confirmed_at)


def typed_over(session: Session, draft: Any) -> Gone:
    """The error for a draft that was saved from another window since this one was opened."""
    if draft is None:
        return Gone("此待办的暂存内容已在另一窗口提交或清除，请刷新页面后继续。")
    name = session.scalar(select(Person.name).where(Person.id == draft.person_id)) or ""
    at = clock.local(draft.saved_at)
    message = f"{name}已于 {at:%Y-%m-%d %H:%M} 在另一窗口暂存，本窗口的内容未覆盖它；请先复制下来，刷新后再合并。"
    return Gone(message, who=name, at=draft.saved_at)


def _error(how: str, who: str, at: Any) -> Gone:
    return Gone(f"此待办已由{who}于 {clock.local(at):%Y-%m-%d %H:%M} {how}，您的提交未生效。", who=who, at=at)
