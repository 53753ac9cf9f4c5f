"""What must hold of reminders at every moment; asked by app.invariants. Each answer is (where, what was found)."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app import clock
from app.audit.models import AuditEntry
from app.cases import deadlines
from app.cases.models import Case, Deadline, Task
from app.outbox.models import Letter
from app.programmes import queries as programmes
from app.reminders.models import Reminder, ReminderCopy
from app.reminders.rungs import placed, since, standing

CHUNK = 500
Found = Iterator[tuple[str, str]]


def told_once(session: Session) -> Found:
    """Each reminder that was fired has its entry in its case's trail, those by hand theirs, and there are no others."""
    for verb, where, name in (
        ("remind", Reminder.rung.is_not(None), "提醒"), ("urge_task", Reminder.rung.is_(None), "人工催办")
    ):
        fired = Counter(session.scalars(select(Reminder.case_id).where(Reminder.status == "fired", where)))
        told = dict(session.execute(
            select(AuditEntry.chain, func.count()).where(AuditEntry.verb == verb).group_by(AuditEntry.chain)
        ).all())
        for case_id in fired.keys() | {int(chain.removeprefix("case:")) for chain in told}:
            recorded = told.get(f"case:{case_id}", 0)
            if fired[case_id] != recorded:
                yield f"办件 id {case_id}", f"{name} {fired[case_id]} 次，留痕 {recorded} 次"


def belongs(session: Session) -> Found:
    """A reminder is of its task's deadline and case; a letter went to the address that the copy names."""
    strange = session.scalars(
        select(Reminder.id).join(Task, Reminder.task_id == Task.id)
        .where(or_(Reminder.deadline_id != Task.deadline_id, Reminder.case_id != Task.case_id))
    )
    yield from ((f"提醒 {found}", "与待办的期限或办件不符") for found in strange)
    posted = session.execute(
        select(ReminderCopy.id, ReminderCopy.address, Letter.to_address).join(Letter)
    )
    for row in posted:
        if row.address.strip() != row.to_address:
            yield f"提醒 {row.id}", f"邮件发给 {row.to_address}，应为 {row.address}"


def comes_again_only_for_a_later_day(session: Session) -> Found:
    """A rung that came twice came the second time for a day that lay after the first time."""
    rows = session.execute(
        select(Reminder.deadline_id, Reminder.rung, Reminder.due_at, Reminder.fired_at)
        .where(Reminder.rung.is_not(None)).order_by(Reminder.deadline_id, Reminder.rung, Reminder.due_at)
    )
    before = None
    for row in rows:
        same = before is not None and (before.deadline_id, before.rung) == (row.deadline_id, row.rung)
        if same and row.due_at <= before.fired_at:
            yield f"期限 {row.deadline_id}", f"第 {row.rung + 1} 次提醒重复：{before.fired_at} 已提醒"
        before = row


def looked_at_in_time(session: Session) -> Found:
    """No rung of a running deadline is passed over: the next look comes no later than the next rung."""
    last = 0
    chunk_of = (
        select(
            Deadline.id, Deadline.period, Deadline.rule, Deadline.started_on, Deadline.last_day, Deadline.remind_at,
            Case.number, Case.release_id, Case.region_code, Task.opened_at,
        )
        .join(Case, Deadline.case_id == Case.id)
        .join(Task, (Task.case_id == Deadline.case_id) & (Task.deadline_id == Deadline.id) & (Task.status == "open"))
        .where(Deadline.status == "running").order_by(Deadline.id).limit(CHUNK)
    )
    while chunk := session.execute(chunk_of.where(Deadline.id > last)).all():
        last = chunk[-1].id
        settled: dict[int, dict] = {}
        for deadline_id, rung, at in session.execute(
            select(Reminder.deadline_id, Reminder.rung, func.max(Reminder.fired_at))
            .where(Reminder.deadline_id.in_([row.id for row in chunk]), Reminder.rung.is_not(None))
            .group_by(Reminder.deadline_id, Reminder.rung)
        ):
            settled.setdefault(deadline_id, {})[rung] = at
        for row in chunk:
            remind = programmes.programme(session, row.release_id).periods[row.period].remind
            begun = since(deadlines.period_of(row.rule), row.started_on, row.opened_at)
            rungs = placed(remind, row.last_day, row.region_code)
            found = standing(rungs, settled.get(row.id, {}), since=begun, now=clock.now())
            pending = [*found.collapsed, *found.fires, *found.ahead]
            if pending and (row.remind_at is None or row.remind_at > max(pending[0].due_at, clock.now())):
                yield f"办件 {row.number}", f"“{pending[0].rung.words}”应于 {pending[0].due_at} 提醒，没有安排"
