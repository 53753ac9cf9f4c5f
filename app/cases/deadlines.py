"""Deadlines of cases: when a period begins to run, and what its light shows. The date comes from app.workdays.

What stops and lengthens a period that runs is in app.cases.ledger and app.cases.extending.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, or_, select, update
from sqlalchemy.orm import Session

from app import clock, db, workdays
from app.cases import carrying
from app.cases.clock_models import ClockStop
from app.cases.models import Answer, Deadline, Task, Timer
from app.db import Statement
from app.programmes.queries import PeriodRule, Rung

if TYPE_CHECKING:
    from app.cases.steps import CaseRow

YELLOW_WORKING_DAYS = 2
SERVED = "served"
NOT_YET = datetime(9999, 1, 1, tzinfo=UTC)
"""The end of a task whose period doesn't run yet: it is never late and stands last in the inbox."""

AWAITING, RUNNING, STOPPED = "awaiting", "running", "stopped"
STILL = (AWAITING, STOPPED)
"""Statuses of a deadline whose clock doesn't run now: nothing of it is overdue, and no timer of it fires."""
IS_OPEN = or_(Deadline.status == RUNNING, Deadline.status == AWAITING, Deadline.status == STOPPED)

Stops = Sequence[Sequence[str]]

NEWEST = select(func.max(Deadline.id)).where(Deadline.case_id == bindparam("of_case")).scalar_subquery()
"""Within a statement with `of_case`, whose case is locked: the deadline that was set last. So its id need not be waited
for."""

_INSERT = Statement(
    insert(Deadline),
    columns=(
        "case_id", "period", "rule", "clause", "started_on", "last_day", "ends_at", "provisional", "calendar", "stops",
        "status", "remind_at",
    ),
)
_INSERT_STOP = Statement(insert(ClockStop).values(deadline_id=NEWEST), columns=carrying.COLUMNS)
_BEFORE = Statement(
    select(Deadline.id, Deadline.rule, Deadline.started_on, Deadline.stops, Task.closed_at)
    .join(Task, Task.deadline_id == Deadline.id)
    .where(Task.case_id == bindparam("c"), Task.element == bindparam("element"), Task.status == "done")
    .order_by(Task.id.desc())
    .limit(1)
)
_SAME = Statement(
    select(Deadline.id, Deadline.rule, Deadline.started_on, Deadline.stops, Task.closed_at, Task.ends_at)
    .join(Task, Task.deadline_id == Deadline.id)
    .where(Task.case_id == bindparam("c"), Deadline.period == bindparam("period"), Task.status == "done")
    .order_by(Task.id.desc())
    .limit(1)
)
_RESET = Statement(
    update(Deadline)
    .where(Deadline.id == bindparam("d"))
    .values(
        rule=bindparam("new_rule"), started_on=bindparam("new_start"), last_day=bindparam("new_last"),
        ends_at=bindparam("new_end"), provisional=bindparam("new_provisional"), calendar=bindparam("new_calendar"),
        stops=bindparam("new_stops"), status=bindparam("new_status"), remind_at=bindparam("look_at"),
    )
)
_RESET_TASK = Statement(
    update(Task).where(Task.deadline_id == bindparam("d"), Task.status == "open").values(ends_at=bindparam("shown_end"))
)
_RESET_TIMER = Statement(
    update(Timer)
    .where(Timer.deadline_id == bindparam("d"), Timer.status == "waiting")
    .values(due_at=bindparam("due"))
)


@dataclass(frozen=True)
class Light:
    """What the inbox shows of a deadline: `level` red, yellow or green, in words, with the last day itself; None for a
    period that doesn't run yet, whose day nobody knows. One that is stopped has the level `none` and no last day."""

    level: str
    words: str
    last_day: date | None
    provisional: bool


def set_deadline(
    session: Session, *, case: "CaseRow", rule: PeriodRule, starts_at: datetime, continues: str = "",
    through: bool = False, of_task: bool = False,
) -> datetime | None:
    """Write the deadline of a period that begins at an instant; returns its end (exclusive). It is `NEWEST`.

    The start day is the Beijing date of `starts_at`. A period that starts when a notice is served doesn't run yet: its
    end is None. `continues` names the element whose last task began the period: it goes on from there, as it was
    extended, and the days since that task was done are a stop; `through`, they count, and the period goes on from the
    case's last task of the same period. Only the deadline of a task (`of_task`) has a reminder ladder.
    """
    started_on, stops, carried = clock.local(starts_at).date(), [], []
    period, start = rule.for_case(_named(session, case, rule), started_on)
    waits = rule.starts == SERVED
    if continues and rule.period is not None:
        before = (
            db.send(session, _SAME, {"c": case.id, "period": rule.key}) if through
            else db.send(session, _BEFORE, {"c": case.id, "element": continues})
        ).first()
        if before is not None:
            start, period = before.started_on, replace(period, extension=before.rule.get("extension", 0))
            carried = carrying.rows(session, case, rule, before, at=starts_at, between=not through)
            stops = carrying.stretches(carried)
            # Done before the person was told, the earlier task's period hadn't begun; one that is stopped had.
            waits = waits and not (through and (before.ends_at != NOT_YET or carried))
    calendar = workdays.calendar_for(case.region_code)
    computed = workdays.deadline(period, start, calendar, stops_of(stops))
    db.send(
        session, _INSERT,
        {
            "case_id": case.id,
            "period": rule.key,
            "rule": rule_as_json(period),
            "clause": rule.clause,
            "started_on": start,
            "last_day": computed.last_day,
            "ends_at": computed.ends_at,
            "provisional": computed.provisional,
            "calendar": workdays.book_in_use().revision,
            "stops": stops,
            "status": "awaiting" if waits else "running",
            "remind_at": next_look(rule.remind, computed.last_day, calendar, after=starts_at) if of_task else None,
        },
    )
    for row in carried:
        db.send(session, _INSERT_STOP, {**row, "of_case": case.id})
    return None if waits else computed.ends_at


def _named(session: Session, case: "CaseRow", rule: PeriodRule) -> Mapping[str, str]:
    """The days that the case names, with the one of its answers from which this period starts ("form:changed_on")."""
    if not rule.starts.startswith("form:") or rule.starts in case.dates:
        return case.dates
    field, found = rule.starts.removeprefix("form:"), ""
    for values in session.scalars(select(Answer.values).where(Answer.case_id == case.id).order_by(Answer.id)):
        found = str(values.get(field) or found)
    return {**case.dates, rule.starts: found} if found else case.dates


def start_served(session: Session, case: "CaseRow", *, at: datetime) -> int:
    """送达: the person was told at this instant, so the periods of the case that waited for it begin; returns how many.

    The caller holds the case's lock. Tasks and timers get their ends in the same transaction.
    """
    lasts = select(ClockStop.id).where(ClockStop.deadline_id == Deadline.id, ClockStop.ended_on.is_(None)).exists()
    waiting = session.execute(
        select(Deadline.id, Deadline.rule, Deadline.stops, lasts.label("stopped"))
        .where(Deadline.case_id == case.id, Deadline.status == AWAITING)
    ).all()
    for row in waiting:
        recount(
            session, row.id, period_of(row.rule), clock.local(at).date(), case.region_code, stops=row.stops,
            stopped=bool(row.stopped),
        )
    return len(waiting)


def move_dates(session: Session, case: "CaseRow", rules: Mapping[str, PeriodRule]) -> list[tuple[str, str, str]]:
    """The call's dates have changed (`case.dates` holds the new ones): set anew what is open and names one of them.

    The caller holds the case's lock. Returns (period, old last day, new last day) of each that moved, the days
    in words, with their mark.
    """
    moved = []
    dated = [key for key, rule in rules.items() if rule.period is None or rule.within]
    for deadline in session.scalars(
        select(Deadline).where(Deadline.case_id == case.id, IS_OPEN, Deadline.period.in_(dated))
    ):
        rule = rules[deadline.period]
        period, start = rule.for_case(_named(session, case, rule), deadline.started_on)
        period = replace(period, extension=deadline.rule.get("extension", 0))
        if deadline.status == AWAITING:
            deadline.rule = rule_as_json(period)  # its dates are set when the person is told
            continue
        old, told = deadline.last_day, workdays.last_day_words(deadline.last_day, deadline.provisional)
        new = recount(
            session, deadline.id, period, start, case.region_code, stops=deadline.stops,
            stopped=deadline.status == STOPPED,
        )
        session.expire(deadline)
        if new != old:
            moved.append((deadline.period, told, workdays.last_day_words(new, deadline.provisional)))
    return moved


def rung_at(rung: Rung, last_day: date, calendar: workdays.Calendar) -> datetime:
    """The instant at which a rung of a reminder ladder is due: at its time of the day (Beijing), so many working days
    before the last day or after it, the last day itself not counted; 0 is the last day itself, worked or not."""
    day = last_day
    if rung.working_days:
        period = workdays.Period(rung.working_days, "working_days", before=not rung.after)
        day = workdays.deadline(period, last_day, calendar).last_day
    hours, minutes = rung.at.split(":")
    return clock.day_start(day) + timedelta(hours=int(hours), minutes=int(minutes))


def next_look(
    rungs: Sequence[Rung], last_day: date, calendar: workdays.Calendar, *, after: datetime
) -> datetime | None:
    """`Deadline.remind_at`: the instant of the first rung that lies after another instant; None where none does.

    For a deadline that has just been set. Whoever gives one other dates needn't know its ladder: with `remind_at` at
    legal now the worker looks at once, finds what the new dates mean for each rung, and sets the next look itself.
    """
    for rung in rungs:
        instant = rung_at(rung, last_day, calendar)
        if instant > after:
            return instant
    return None


def recount(
    session: Session, deadline_id: int, period: workdays.Period, start: date, region_code: str, *,
    stops: Stops = (), stopped: bool = False,
) -> date:
    """Compute an open deadline anew and write it, with the ends of its task and timer; returns the last day.

    `stops` are its closed stretches. While it is `stopped` it has no end: its dates are those without the stop that
    lasts. The caller holds the case's lock. The one way in which the dates of a single deadline that is set change.
    """
    computed = workdays.deadline(period, start, workdays.calendar_for(region_code), stops_of(stops))
    db.send(session, _RESET, {
        "d": deadline_id, "new_rule": rule_as_json(period), "new_start": start, "new_last": computed.last_day,
        "new_end": computed.ends_at, "new_provisional": computed.provisional,
        "new_calendar": workdays.book_in_use().revision, "new_stops": [list(s) for s in stops],
        "new_status": STOPPED if stopped else RUNNING, "look_at": None if stopped else clock.now(),
    })
    db.send(session, _RESET_TASK, {"d": deadline_id, "shown_end": NOT_YET if stopped else computed.ends_at})
    db.send(session, _RESET_TIMER, {"d": deadline_id, "due": None if stopped else computed.ends_at})
    return computed.last_day


def stops_of(stops: Stops) -> list[tuple[date, date]]:
    """The stops of a deadline as app.workdays takes them: both ends are days that don't count."""
    return [(date.fromisoformat(since), date.fromisoformat(until)) for since, until, *_ground in stops]


def light(
    ends_at: datetime, *, last_day: date, provisional: bool, region_code: str, awaiting: bool = False,
    stopped: bool = False,
) -> Light:
    """The light of a running deadline at legal time: red once it has ended, yellow with two working days or fewer left,
    green before. "0 left" is the last day itself. One that awaits service of a notice is green and says so; one that is
    stopped has no light (`none`)."""
    if stopped:
        return Light("none", "停表中", None, provisional=False)
    if awaiting:
        return Light("green", "送达后起算", None, provisional=False)
    now = clock.now()
    calendar = workdays.calendar_for(region_code)
    today = clock.local(now).date()
    if now >= ends_at:
        over = max(calendar.working_days_between(last_day, today), 1)
        return Light("red", f"超期 {over} 个工作日", last_day, provisional)
    left = calendar.working_days_between(today, last_day)
    if left <= 0:
        return Light("yellow", "今日到期", last_day, provisional)
    level = "yellow" if left <= YELLOW_WORKING_DAYS else "green"
    return Light(level, f"剩余 {left} 个工作日", last_day, provisional)


def last_day_of(ends_at: datetime) -> date:
    """The last day of a deadline that ends at an instant (exclusive)."""
    return clock.local(ends_at - timedelta(microseconds=1)).date()


def explanation(deadline: Deadline, region_code: str) -> workdays.Explanation:
    """How a stored deadline came about: start, days counted and skipped, rule, last day; and where the calendar has
    changed since and the day was kept, that it was. Of one that is stopped, how it would end if it hadn't been, and
    that this isn't its end."""
    calendar, stops = workdays.calendar_for(region_code), deadline.stops
    found = workdays.explain(
        period_of(deadline.rule), deadline.started_on, calendar, stops_of(stops), grounds_of(stops)
    )
    if deadline.status == STOPPED:
        day = found.deadline.last_day
        held = workdays.Step(day, day, STOPPED, "停表中：以上是未停表时的推算，恢复计时后重新计算，此前没有截止日")
        return replace(found, steps=(*found.steps, held))
    return workdays.as_recorded(found, deadline.last_day, deadline.ends_at, provisional=deadline.provisional)


def is_provisional(session: Session, deadline_id: int) -> bool:
    """Whether a deadline touches a day of a year whose notice isn't known."""
    return bool(session.scalar(select(Deadline.provisional).where(Deadline.id == deadline_id)))


def grounds_of(stops: Stops) -> list[tuple[str, str]]:
    """Why each stop of a deadline was, and the clause that lets it ("" where none is on record)."""
    return [(said[0] if said else "", said[1] if len(said) > 1 else "") for _since, _until, *said in stops]


def rule_as_json(period: workdays.Period) -> dict[str, Any]:
    """A period as stored with a deadline, so that the date can be computed again after the programme changed."""
    return {f.name: getattr(period, f.name) for f in fields(period)}


def period_of(rule: dict[str, Any]) -> workdays.Period:
    """The period that a stored rule describes."""
    return workdays.Period(**rule)
