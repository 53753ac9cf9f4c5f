"""Questions about reminders: how a ladder stands, how often a task was urged, and the list of what is circulated."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app import clock, workdays
from app.cases import deadlines
from app.cases.models import Case, Deadline, Task
from app.cases.monitoring import Place
from app.outbox.models import Letter
from app.people import queries as people
from app.people.models import Person, Region, Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import CIRCULATE, LEVELS, SUPERVISE, URGE
from app.reminders.models import Ladder, Reminder, ReminderCopy
from app.reminders.rungs import placed, since, standing

MOST_CIRCULATED = 5_000


@dataclass(frozen=True)
class Mark:
    """What a list shows of a task's reminders: how often it was urged, whether it was supervised or circulated, and
    why its ladder is stopped ("" where it isn't)."""

    urged: int = 0
    supervised: bool = False
    circulated: bool = False
    stopped: str = ""

    @property
    def tags(self) -> list[tuple[str, str]]:
        """The words of the mark, each with the kind of its tag."""
        said = [("warn", f"已催办 {self.urged} 次")] if self.urged else []
        said += [("red", LEVELS[level]) for level, on in ((SUPERVISE, self.supervised), (CIRCULATE, self.circulated))
                 if on]
        return [*said, ("", "已停止催办")] if self.stopped else said


@dataclass(frozen=True)
class Entry:
    """One line of a ladder. `status` is ahead, fired, collapsed or held; `letters` says how its mail stands."""

    what: str
    level: str
    due_at: datetime
    status: str
    fired_at: datetime | None = None
    receivers: str = ""
    by: str = ""
    words: str = ""
    letters: str = ""


@dataclass(frozen=True)
class LadderView:
    """The ladder of a task's deadline: what came and what is to come, and who stopped it, when and why."""

    entries: Sequence[Entry]
    mark: Mark
    waits: bool = False
    stopped_at: datetime | None = None
    stopped_by: str = ""

    @property
    def urged_today(self) -> bool:
        """Whether somebody has urged by hand today: once is enough."""
        return any(entry.by and entry.fired_at and clock.local(entry.fired_at).date() == clock.today()
                   for entry in self.entries)

    @property
    def next(self) -> Entry | None:
        """What comes next; None where nothing does or the ladder is stopped."""
        ahead = [entry for entry in self.entries if entry.status == "ahead"]
        return ahead[0] if ahead and not self.mark.stopped else None


@dataclass(frozen=True)
class Circulated:
    """An open task of the list of 通报. `reason` is why its ladder was stopped, "" where it wasn't."""

    unit: str
    number: str
    title: str
    case_public_id: str
    programme: str
    region: str
    step: str
    claimed_by: str
    last_day: date
    provisional: bool
    days_over: int
    circulated_on: date
    urged: int
    reason: str


def marks(session: Session, task_ids: Iterable[int]) -> dict[int, Mark]:
    """The marks of some tasks, by id; those of which there is nothing to say are missing."""
    ids = list(task_ids)
    counts = session.execute(
        select(
            Reminder.task_id, _count(URGE).label("urged"), _count(SUPERVISE).label("supervised"),
            _count(CIRCULATE).label("circulated"),
        )
        .where(Reminder.task_id.in_(ids), Reminder.status == "fired").group_by(Reminder.task_id)
    )
    found = {row.task_id: Mark(row.urged, bool(row.supervised), bool(row.circulated)) for row in counts}
    stopped = session.execute(
        select(Task.id, Ladder.reason).join(Ladder, Ladder.deadline_id == Task.deadline_id)
        .where(Task.id.in_(ids), Ladder.stopped_at.is_not(None))
    )
    for task_id, reason in stopped:
        known = found.get(task_id, Mark())
        found[task_id] = Mark(known.urged, known.supervised, known.circulated, reason)
    return found


def ladder(session: Session, task: Any) -> LadderView:
    """The whole ladder of a task: `task` has id, deadline_id, opened_at and status, its case's region and release."""
    deadline = session.get_one(Deadline, task.deadline_id)
    rule = programmes.programme(session, task.release_id).periods[deadline.period]
    came = session.execute(
        select(Reminder, func.coalesce(Person.name, "").label("by"))
        .outerjoin(Person, Reminder.person_id == Person.id)
        .where(Reminder.task_id == task.id).order_by(Reminder.fired_at, Reminder.due_at, Reminder.id)
    ).all()
    mail = _mail(session, [row.Reminder.id for row in came])
    rungs = placed(rule.remind, deadline.last_day, task.region_code)
    entries = [_entry(row, rule.remind, mail) for row in came]
    if task.status == "open" and deadline.status == "running":
        begun = since(deadlines.period_of(deadline.rule), deadline.started_on, task.opened_at)
        settled = {row.Reminder.rung: row.Reminder.fired_at for row in came if row.Reminder.rung is not None}
        found = standing(rungs, settled, since=begun, now=clock.now())
        entries += [
            Entry(one.rung.words, one.rung.level, one.due_at, "ahead") for one in (*found.fires, *found.ahead)
        ]
    stopped = session.execute(
        select(Ladder.stopped_at, Person.name).join(Person, Ladder.stopped_by == Person.id)
        .where(Ladder.deadline_id == deadline.id)
    ).first()
    return LadderView(
        entries, marks(session, [task.id]).get(task.id, Mark()),
        waits=task.status == "open" and deadline.status not in ("running", "met", "missed", "void"),
        stopped_at=stopped.stopped_at if stopped else None, stopped_by=stopped.name if stopped else "",
    )


def circulated(session: Session, identity: Identity, here: Place) -> list[Circulated]:
    """通报名单: the overdue open tasks of a division whose ladder has come to its circulate, by unit, the longest
    overdue first. A ladder that was stopped before stands there too, with its reason."""
    came = (
        select(Reminder.task_id, func.min(Reminder.day).label("day"))
        .where(Reminder.level == CIRCULATE, Reminder.status != "collapsed").group_by(Reminder.task_id).subquery()
    )
    where = [Task.status == "open", Deadline.status == "running", Deadline.ends_at <= clock.now(),
             people.case_scope(identity, Case)]
    if here.tier:
        where.append(getattr(Case, f"{here.tier}_code") == here.code)
    rows = session.execute(
        select(
            Task.id, Unit.name.label("unit"), Case.number, Case.title, Case.public_id, Case.programme,
            Case.region_code, Region.name.label("region"), Task.name.label("step"),
            func.coalesce(Person.name, "").label("claimed_by"), Deadline.last_day, Deadline.provisional, came.c.day,
        )
        .join(came, came.c.task_id == Task.id)
        .join(Case, Task.case_id == Case.id)
        .join(Deadline, Task.deadline_id == Deadline.id)
        .join(Unit, Task.unit_id == Unit.id)
        .join(Region, Case.region_code == Region.code)
        .outerjoin(Person, Task.claimed_by == Person.id)
        .where(*where)
        .order_by(Unit.tier.desc(), Unit.region_code, Unit.name, Deadline.ends_at, Task.id)
        .limit(MOST_CIRCULATED)
    ).all()
    known: Mapping[int, Mark] = {}
    for start in range(0, len(rows), 500):
        known = {**known, **marks(session, [row.id for row in rows[start : start + 500]])}
    today = clock.today()
    return [
        Circulated(
            unit=row.unit, number=row.number, title=row.title, case_public_id=row.public_id, programme=row.programme,
            region=row.region, step=row.step, claimed_by=row.claimed_by, last_day=row.last_day,
            provisional=row.provisional,
            days_over=max(workdays.calendar_for(row.region_code).working_days_between(row.last_day, today), 1),
            circulated_on=row.day, urged=known.get(row.id, Mark()).urged, reason=known.get(row.id, Mark()).stopped,
        )
        for row in rows
    ]


def failing(session: Session) -> Sequence[Any]:
    """Ladders that could not be worked out and are tried again: (number, attempts, retry_at, error), 100 at most."""
    return session.execute(
        select(Case.number, Ladder.attempts, Ladder.retry_at, Ladder.error)
        .join(Deadline, Ladder.deadline_id == Deadline.id).join(Case, Deadline.case_id == Case.id)
        .where(Ladder.attempts > 0, Deadline.status == "running").order_by(Ladder.deadline_id).limit(100)
    ).all()


def _count(level: str) -> Any:
    return func.sum(case((Reminder.level == level, 1), else_=0))


def _mail(session: Session, reminder_ids: Sequence[int]) -> dict[int, str]:
    """How the mail of some reminders stands, in words."""
    rows = session.execute(
        select(ReminderCopy.reminder_id, ReminderCopy.address, Letter.status)
        .outerjoin(Letter, ReminderCopy.letter_id == Letter.id)
        .where(ReminderCopy.reminder_id.in_(reminder_ids)).order_by(ReminderCopy.id)
    )
    states: dict[int, list[str]] = {}
    for reminder_id, address, status in rows:
        states.setdefault(reminder_id, []).append((status or "waiting") if address else "none")
    return {reminder_id: _mail_words(found) for reminder_id, found in states.items()}


def _mail_words(found: Sequence[str]) -> str:
    words = {"sent": "已发出", "waiting": "待发", "failed": "发送失败", "muted": "静默", "none": "无邮箱"}
    return "，".join(f"{said} {found.count(state)} 封" if state != "none" else said
                    for state, said in words.items() if state in found)


def _entry(row: Any, remind: Sequence[Any], mail: Mapping[int, str]) -> Entry:
    one = row.Reminder
    what = "人工催办" if one.rung is None else remind[one.rung].words
    return Entry(what, one.level, one.due_at, one.status, one.fired_at, one.receivers, row.by, one.words,
                 mail.get(one.id, ""))
