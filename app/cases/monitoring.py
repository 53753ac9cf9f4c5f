"""监测: what is open, due soon and overdue in a division, by the divisions below and by step, and the rows behind it.

Each answer is one statement over all open tasks in sight, however many there are. The lights are those of the inbox: a
task is overdue from the end of its last day, due soon with two working days or fewer left, and neither while its period
waits for a notice to be served.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from app import clock, workdays
from app.cases import deadlines
from app.cases.models import Case, Deadline, Task
from app.errors import NotFound
from app.people import queries as people
from app.people.models import Person, Region, Unit
from app.people.queries import Identity

PAGE = 50
LIGHTS = ("red", "yellow", "green")
_BELOW = {"": "province", "province": "city", "city": "county"}


@dataclass(frozen=True)
class Place:
    """A division that is looked at; "" is the whole country. `groups` is the tier by which it is broken down, "" for a
    county."""

    code: str
    name: str
    tier: str
    groups: str


@dataclass(frozen=True)
class Count:
    """Open tasks under one heading. `overdue` and `soon` are among `open`. `key` names the group: a region's code, or
    (programme, step)."""

    key: Any
    name: str
    open: int
    soon: int
    overdue: int
    leads_down: bool = False

    @property
    def rest(self) -> int:
        """Those that are neither overdue nor due soon."""
        return self.open - self.soon - self.overdue


@dataclass(frozen=True)
class Chosen:
    """Which rows: of a division (with `own` those of the division itself, of none below it), a programme and a step, of
    one light ("" for all)."""

    here: Place
    own: bool = False
    programme: str = ""
    step: str = ""
    light: str = ""


@dataclass(frozen=True)
class Row:
    """One open task with its case, who has it, and its light."""

    id: int
    ends_at: datetime
    case_public_id: str
    number: str
    title: str
    programme: str
    region: str
    step: str
    unit: str
    role: str
    claimed_by: str
    opened_at: datetime
    last_day: date | None
    light: deadlines.Light
    days_over: int


def place(session: Session, identity: Identity, code: str) -> Place:
    """The division that a person looks at: the own one, or with a `code` one in it. Raises NotFound outside."""
    if identity.unit_kind != "department":
        raise NotFound()
    if not code and identity.tier == "ministry":
        return Place("", "全国", "", _BELOW[""])
    region = session.get(Region, code or identity.region_code)
    if region is None or not people.sees(identity, region, applicant_id=None):
        raise NotFound()
    return Place(region.code, region.name, region.tier, _BELOW.get(region.tier, ""))


def by_region(session: Session, identity: Identity, here: Place) -> list[Count]:
    """Open tasks by the divisions below, the fullest of overdue ones first; what belongs to none below stands under the
    division itself. Of a county: one row."""
    group = getattr(Case, f"{here.groups}_code") if here.groups else Case.county_code
    # A county that answers to the province has no city: it stands beside the cities.
    if here.groups == "city":
        group = func.coalesce(Case.city_code, Case.county_code)
    counted = _counted(identity, Chosen(here), group.label("code")).group_by(group).subquery()
    rows = session.execute(
        select(counted, Region.name, Region.tier).outerjoin(Region, Region.code == counted.c.code)
        .order_by(counted.c.overdue.desc(), counted.c.soon.desc(), counted.c.open.desc(), counted.c.code)
    ).all()
    return [
        Count(row.code or "", row.name or f"{here.name}本级", row.open, row.soon, row.overdue,
              leads_down=row.code is not None and row.code != here.code)
        for row in rows
    ]


def by_step(session: Session, identity: Identity, here: Place) -> list[Count]:
    """Open tasks by programme and step, in that order. `key` is (programme, step)."""
    rows = session.execute(
        _counted(identity, Chosen(here), Case.programme, Task.name)
        .group_by(Case.programme, Task.name)
        .order_by(Case.programme, func.min(Task.id))
    ).all()
    return [Count((row.programme, row.name), row.name, row.open, row.soon, row.overdue) for row in rows]


def total(counts: Sequence[Count], name: str) -> Count:
    """The sum of some counts."""
    return Count("", name, *(sum(getattr(one, part) for one in counts) for part in ("open", "soon", "overdue")))


def rows(
    session: Session, identity: Identity, chosen: Chosen, *, after: tuple[datetime, int] | None = None,
    limit: int = PAGE,
) -> tuple[list[Row], tuple[datetime, int] | None]:
    """A page of the tasks behind a number, the longest overdue first, and the key to go on after (None: the last)."""
    asked = (
        select(
            Task.id, Task.ends_at, Case.public_id.label("case_public_id"), Case.number, Case.title, Case.programme,
            Region.name.label("region"), Task.name.label("step"), Unit.name.label("unit"), Task.role,
            func.coalesce(Person.name, "").label("claimed_by"), Task.opened_at, Case.region_code,
            Deadline.last_day, Deadline.provisional, Deadline.status.label("running"),
        )
        .join(Case, Task.case_id == Case.id)
        .join(Deadline, Task.deadline_id == Deadline.id)
        .join(Unit, Task.unit_id == Unit.id)
        .join(Region, Case.region_code == Region.code)
        .outerjoin(Person, Task.claimed_by == Person.id)
        .where(*_where(identity, chosen))
        .order_by(Task.ends_at, Task.id)
        .limit(limit + 1)
    )
    if chosen.light:
        asked = asked.where(_light(chosen.light))
    if after is not None:
        asked = asked.where(tuple_(Task.ends_at, Task.id) > tuple_(*after))
    found = session.execute(asked).all()
    page = [_row(row) for row in found[:limit]]
    return page, (page[-1].ends_at, page[-1].id) if len(found) > limit else None


def soon_until() -> datetime:
    """The instant up to which a task's period may end for it to count as due soon: the end of the last day that is at
    most two working days away."""
    beyond = workdays.Period(deadlines.YELLOW_WORKING_DAYS + 1, "working_days")
    return clock.day_start(workdays.deadline(beyond, clock.today(), workdays.calendar_for("000000")).last_day)


def _counted(identity: Identity, chosen: Chosen, *groups: Any) -> Select[Any]:
    return (
        select(
            *groups, func.count().label("open"), _sum("yellow").label("soon"), _sum("red").label("overdue"),
        )
        .select_from(Task)
        .join(Case, Task.case_id == Case.id)
        .join(Deadline, Task.deadline_id == Deadline.id)
        .where(*_where(identity, chosen))
    )


def _sum(light: str) -> ColumnElement[int]:
    return func.sum(case((_light(light), literal(1)), else_=literal(0)))


def _light(light: str) -> ColumnElement[bool]:
    now, soon = clock.now(), soon_until()
    runs = Deadline.status.not_in(deadlines.STILL)
    return {
        "red": and_(runs, Task.ends_at <= now),
        "yellow": and_(runs, Task.ends_at > now, Task.ends_at <= soon),
        "green": or_(~runs, and_(Task.ends_at > now, Task.ends_at > soon)),
    }[light]


def _where(identity: Identity, chosen: Chosen) -> list[ColumnElement[bool]]:
    where = [Task.status == "open", people.case_scope(identity, Case)]
    if chosen.here.tier:
        where.append(getattr(Case, f"{chosen.here.tier}_code") == chosen.here.code)
    if chosen.own:
        where.append(Case.region_code == chosen.here.code)
    if chosen.programme:
        where.append(Case.programme == chosen.programme)
    if chosen.step:
        where.append(Task.name == chosen.step)
    return where


def _row(row: Any) -> Row:
    light = deadlines.light(
        row.ends_at, last_day=row.last_day, provisional=row.provisional, region_code=row.region_code,
        awaiting=row.running == "awaiting", stopped=row.running == deadlines.STOPPED,
    )
    over = 0
    if light.level == "red":
        calendar = workdays.calendar_for(row.region_code)
        over = max(calendar.working_days_between(row.last_day, clock.today()), 1)
    return Row(*row[:12], last_day=light.last_day, light=light, days_over=over)
