"""Questions about reports: how a period stands in a division, which units, what one title owes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.cases.models import Answer, Case, Deadline, Task
from app.cases.monitoring import Place
from app.obligations.models import Duty
from app.obligations.planning import KIND
from app.people import queries as people
from app.people.models import Region, Unit
from app.people.queries import Identity
from app.titles.models import LifeDue, Title

STATUSES = {
    "open": "待报", "done": "已报", "late": "逾期补报", "missed": "漏报", "excused": "免计", "held": "暂停期间",
    "void": "称号已终止",
}
PAGE = 50
ROUNDS = 24


@dataclass(frozen=True)
class Round:
    """One period of an obligation in a division: how many cases wait to be opened, are opened, and stand how."""

    programme: str
    obligation: str
    period: str
    waiting: int
    counts: dict[str, int]

    @property
    def opened(self) -> int:
        return sum(self.counts.values())

    @property
    def total(self) -> int:
        return self.opened + self.waiting

    def count(self, status: str) -> int:
        return self.counts.get(status, 0)


@dataclass(frozen=True)
class Chosen:
    """Which reports: of a programme, an obligation, a period, a status, a unit whose name holds a text; "" for all."""

    here: Place | None
    programme: str = ""
    obligation: str = ""
    period: str = ""
    status: str = ""
    text: str = ""


def rounds(session: Session, identity: Identity, here: Place) -> list[Round]:
    """The periods of a division, the newest first; those that wait to be opened too."""
    within = _within(identity, here)
    counts: dict[tuple[str, str, str], dict[str, int]] = {}
    for row in session.execute(
        select(Duty.programme, Duty.obligation, Duty.period, Duty.status, func.count().label("count"))
        .join(Case, Duty.case_id == Case.id).where(*within)
        .group_by(Duty.programme, Duty.obligation, Duty.period, Duty.status)
    ):
        counts.setdefault((row.programme, row.obligation, row.period), {})[row.status] = row.count
    waiting: dict[tuple[str, str, str], int] = {}
    for row in session.execute(
        select(LifeDue.programme, LifeDue.key, func.count().label("count"))
        .join(Title, LifeDue.title_id == Title.id).join(Case, Title.case_id == Case.id)
        .where(LifeDue.kind == KIND, LifeDue.status == "waiting", *within).group_by(LifeDue.programme, LifeDue.key)
    ):
        obligation, _, period = row.key.partition(":")
        waiting[row.programme, obligation, period] = row.count
    keys = sorted({*counts, *waiting}, key=lambda key: (key[2], key[0], key[1]), reverse=True)
    return [Round(*key, waiting.get(key, 0), counts.get(key, {})) for key in keys[:ROUNDS]]


def listed(
    session: Session, identity: Identity, chosen: Chosen, *, after: int | None = None, limit: int = PAGE
) -> tuple[list[Row], int | None]:
    """Reports, the newest period first, and the place to go on after (None: the last page)."""
    skip = after or 0
    rows = session.execute(
        _shown().where(*_within(identity, chosen.here), *_wanted(chosen))
        .order_by(Duty.due_on.desc(), Unit.name, Duty.id).offset(skip).limit(limit + 1)
    ).all()
    return list(rows[:limit]), skip + limit if len(rows) > limit else None


def of_title(session: Session, title_id: int) -> Sequence[Row]:
    """All reports of a title, in due order."""
    return session.execute(_shown().where(Duty.title_id == title_id).order_by(Duty.due_on, Duty.id)).all()


def one(session: Session, duty_id: str) -> Row | None:
    """One report as lists show it."""
    return session.execute(_shown().where(Duty.public_id == duty_id)).one_or_none()


def next_of_unit(session: Session, unit_id: int) -> Sequence[Row]:
    """What opens next for the titles of a unit: title, programme, key ("quarterly:2026-09-15"), the day of opening."""
    return session.execute(
        select(Title.number, Title.programme, LifeDue.key, LifeDue.due_at)
        .join(Title, LifeDue.title_id == Title.id)
        .where(Title.holder_id == unit_id, LifeDue.kind == KIND, LifeDue.status == "waiting")
        .order_by(LifeDue.due_at)
    ).all()


def accepted(session: Session, title_id: int, obligation: str, *, since: date, until: date) -> list[dict[str, Any]]:
    """What was reported of periods that end from one day to another, and found in order: the last answers of each
    case by form, in due order. Late reports are among them."""
    cases = session.execute(
        select(Duty.case_id, Duty.period, Duty.status).where(
            Duty.title_id == title_id, Duty.obligation == obligation, Duty.accepted_at.is_not(None),
            Duty.covers_until >= since, Duty.covers_until <= until,
        ).order_by(Duty.due_on)
    ).all()
    said: dict[int, dict[str, Any]] = {row.case_id: {} for row in cases}
    for answer in session.scalars(select(Answer).where(Answer.case_id.in_(said)).order_by(Answer.id)):
        said[answer.case_id][answer.form] = answer.values
    return [{"period": row.period, "status": row.status, "answers": said[row.case_id]} for row in cases]


def below(session: Session, here: Place) -> list[tuple[str, str]]:
    """The divisions right below one: (code, name). A county that answers to the province stands beside the cities."""
    tiers = [Region.tier == here.groups]
    if here.groups == "city":
        tiers.append(and_(Region.tier == "county", Region.city_code.is_(None)))
    where = [or_(*tiers)]
    if here.tier:
        where.append(getattr(Region, f"{here.tier}_code") == here.code)
    rows = session.execute(select(Region.code, Region.name).where(*where).order_by(Region.code))
    return [(row.code, row.name) for row in rows]


def _within(identity: Identity, here: Place | None) -> list[ColumnElement[bool]]:
    found = [people.case_scope(identity, Case)]
    if here is not None and here.tier:
        found.append(getattr(Case, f"{here.tier}_code") == here.code)
    return found


def _wanted(chosen: Chosen) -> list[ColumnElement[bool]]:
    pairs = ((Duty.programme, chosen.programme), (Duty.obligation, chosen.obligation), (Duty.period, chosen.period),
             (Duty.status, chosen.status))
    found = [column == value for column, value in pairs if value]
    if chosen.text:
        found.append(Unit.name.icontains(chosen.text, autoescape=True))
    return found


def _shown() -> Select[Any]:
    newest = (
        select(func.max(Deadline.id)).join(Task, Task.deadline_id == Deadline.id)
        .where(Deadline.case_id == Duty.case_id).correlate(Duty).scalar_subquery()
    )
    first = (
        select(func.min(Deadline.id)).where(Deadline.case_id == Duty.case_id).correlate(Duty).scalar_subquery()
    )
    return (
        select(
            Duty.id, Duty.public_id, Duty.programme, Duty.obligation, Duty.period, Duty.due_on, Duty.covers_from,
            Duty.covers_until, Duty.status, Duty.filed_at, Duty.missed_at, Duty.accepted_at, Duty.excuse,
            Duty.excused_at, Case.public_id.label("case_public_id"), Case.number, Case.status.label("case_status"),
            Case.release_id, Title.public_id.label("title_public_id"), Title.number.label("title_number"),
            Unit.name.label("unit"), Region.name.label("region"), Deadline.last_day, Deadline.provisional,
            Task.public_id.label("task_public_id"), Task.name.label("task"), Task.actor.label("task_actor"),
        )
        .join(Case, Duty.case_id == Case.id)
        .join(Title, Duty.title_id == Title.id)
        .join(Unit, Title.holder_id == Unit.id)
        .join(Region, Case.region_code == Region.code)
        .join(Deadline, Deadline.id == first)
        .outerjoin(Task, and_(Task.deadline_id == newest, Task.case_id == Case.id, Task.status == "open"))
    )
