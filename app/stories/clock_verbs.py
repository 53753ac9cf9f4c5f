"""停表和延期 in a story: what officials do to a period, each verb with `for`: whose case it is."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from app import db
from app.cases import extending, stopping
from app.cases.clock_models import ClockStop
from app.cases.models import Deadline, Task
from app.people.queries import Identity
from app.stories.errors import StoryFails

if TYPE_CHECKING:
    from app.stories.telling import Telling

Step = Mapping[str, Any]


def stop_clock(told: "Telling", step: Step) -> str:
    """停表."""
    said = step["stops_clock"]
    with db.transaction() as session:
        task, by = _task(told, session, step, said["task"])
        made = stopping.stop(session, task, by=by, ground=said["ground"], evidence=said["evidence"])
    return f"因“{made.name}”停表（{said['task']}）：{said['evidence']}"


def resume_clock(told: "Telling", step: Step) -> str:
    """恢复计时: lift the stop on a ground that lasts."""
    said = step["resumes_clock"]
    with db.transaction() as session:
        task, by = _task(told, session, step, said["task"])
        found = session.scalar(
            select(ClockStop.public_id)
            .join(Task, Task.deadline_id == ClockStop.deadline_id)
            .where(Task.public_id == task, ClockStop.ground == said["ground"], ClockStop.ended_at.is_(None))
        )
        if found is None:
            raise StoryFails(f"“{said['task']}”没有因“{said['ground']}”停表")
        made = stopping.resume(session, found, by=by, note=said["note"])
    return f"恢复计时（{said['task']}，{made.name}）"


def ask_extension(told: "Telling", step: Step) -> str:
    """申请延期."""
    said = step["asks_extension"]
    with db.transaction() as session:
        task, by = _task(told, session, step, said["task"])
        made = extending.ask(session, task, by=by, reason=said["reason"], amount=said.get("amount"))
    return f"申请延期 {extending.length(made)}（{said['task']}）"


def decide_extension(told: "Telling", step: Step) -> str:
    """审批延期: the request that waits on the person's desk for a unit's case."""
    said = step["decides_extension"]
    with db.transaction() as session:
        by = told.identity(session, step["by"])
        case = told.application(session, step["for"])
        waiting = [one for one in extending.on_the_desk(session, by) if one.row.case_id == case.id]
        if not waiting:
            raise StoryFails(f"“{step['for']}”没有等候审批的延期申请")
        extending.decide(
            session, waiting[0].row.public_id, by=by, decision=said["decision"], reason=said["reason"]
        )
    return f"{extending.DECISIONS[said['decision']]}延期 {waiting[0].length}（{waiting[0].task}）"


def see_that_it_stands_still(session: Any, case_id: int, period: str) -> None:
    """Raise StoryFails where the latest deadline of a period of a case isn't stopped."""
    status = session.scalar(
        select(Deadline.status).where(Deadline.case_id == case_id, Deadline.period == period)
        .order_by(Deadline.id.desc()).limit(1)
    )
    if status != "stopped":
        raise StoryFails(f"期限“{period}”应在停表中，现为 {status}")


def _task(told: "Telling", session: Any, step: Step, name: str) -> tuple[str, Identity]:
    """The public id of the open task of a name in a unit's case, and who acts."""
    case = told.application(session, step["for"])
    found = session.scalar(
        select(Task.public_id).where(Task.case_id == case.id, Task.name == name, Task.status == "open")
    )
    if found is None:
        raise StoryFails(f"“{step['for']}”没有待办“{name}”")
    return found, told.identity(session, step["by"])
