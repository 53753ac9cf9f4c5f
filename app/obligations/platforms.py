"""推荐的平台: the titles for which a unit answers, with their late and missing reports; urging their holders.

A recommender of any kind sees its own; the authority sees all of its programme. Source: NAT-3, NAT-20.3, HUB-9, BDP-9.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, false, func, select
from sqlalchemy.orm import Session

from app import clock, workdays
from app.audit import operations as audit
from app.cases.models import Case, Deadline, Task
from app.errors import NotAllowed, NotFound, Refused
from app.obligations.models import Duty, UnitDuty
from app.people.models import Person, Region, Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.reminders import operations as reminders
from app.reminders.models import Reminder
from app.titles import changing, recommending, standing
from app.titles.models import Title

HOLDER = "holder"
LOOKED_BACK_YEARS = 1
MOST = 2_000
ROLES = ("clerk", "lead")


@dataclass(frozen=True)
class Due:
    """A report that the holder can still file: its period, its last day (of a `late` one that on which it is still
    taken), and the task to urge."""

    name: str
    period: str
    last_day: date
    provisional: bool
    late: bool
    task: str


@dataclass(frozen=True)
class Lapse:
    """A report that was missed or late: its page and its period."""

    public_id: str
    period: str


@dataclass(frozen=True)
class Platform:
    """A title with its reports of the last year that were missed (and not filed since), late, and are to be filed.
    `urged_at` is when its holder was last urged by hand, by `urged_by`."""

    title: Row
    recommender: str
    missed: Sequence[Lapse]
    late: Sequence[Lapse]
    due: Sequence[Due]
    urged_at: datetime | None
    urged_by: str

    @property
    def urged_today(self) -> bool:
        """Whether somebody has urged it today."""
        return self.urged_at is not None and clock.local(self.urged_at).date() == clock.today()

    @property
    def lags(self) -> bool:
        """Whether a report is late or missing."""
        return bool(self.missed or self.late or any(one.late for one in self.due))


def watched(session: Session, unit: Unit) -> list[Programme]:
    """The programmes in which units recommend of whose titles this one follows some."""
    return [
        programme for programme in followed(session, unit) if recommending.RECOMMENDER in programme.settings.actors
    ]


def followed(session: Session, unit: Unit) -> list[Programme]:
    """The programmes of whose titles a unit follows some."""
    deployed = [programmes.programme(session, one.id) for one in programmes.releases(session) if one.latest]
    return [
        programme for programme in deployed
        if session.scalar(titles(scope(session, programme, unit)).limit(1)) is not None
    ]


def scope(session: Session, programme: Programme, unit: Unit) -> ColumnElement[bool]:
    """Which titles of a programme a unit follows: all where it recognises, else those for which it answers; in a
    programme without recommenders a department follows those of its division."""
    if programme.authority.is_unit(unit):
        return Title.programme == programme.key
    if recommending.RECOMMENDER in programme.settings.actors:
        return recommending.of_unit(session, programme, unit)
    if unit.kind != "department" or unit.region_code is None:
        return false()
    inside = select(Region.code).where(getattr(Region, f"{unit.tier}_code") == unit.region_code)
    return and_(Title.programme == programme.key, Unit.region_code.in_(inside))


def titles(condition: ColumnElement[bool], *columns: Any) -> Any:
    """Titles (their ids, or `columns`) with their cases and holders joined, by a condition such as `scope`."""
    return (
        select(*(columns or (Title.id,))).select_from(Title).join(Case, Title.case_id == Case.id)
        .join(Unit, Title.holder_id == Unit.id).where(condition)
    )


def platforms(session: Session, programme: Programme, unit: Unit) -> list[Platform]:
    """The running titles of a programme that a unit follows, those that lag first, then by name; at most 2,000."""
    rows = session.execute(
        titles(scope(session, programme, unit), Title.id, Title.public_id, Title.number, Title.holder_name,
               Title.status, Region.name.label("region"))
        .outerjoin(Region, Unit.region_code == Region.code)
        .where(Title.status.not_in(standing.ENDS)).order_by(Title.id).limit(MOST)
    ).all()
    ids = [row.id for row in rows]
    answering = recommending.recommenders_of(session, programme, ids)
    names = dict(session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(set(answering.values()) - {None}))).all())
    reports, urges = _reports(session, ids), _urges(session, ids)
    found = [
        _platform(programme, row, names.get(answering[row.id], ""), reports.get(row.id, []), urges.get(row.id))
        for row in rows
    ]
    return sorted(found, key=lambda one: (not one.missed, not one.lags, one.title.holder_name, one.title.id))


def own_reports(session: Session, unit_id: int) -> Sequence[Row]:
    """What a unit itself owes about its platforms, or has filed, the newest first. Source: NAT-21.1."""
    return session.execute(
        select(UnitDuty.programme, UnitDuty.obligation, UnitDuty.period, UnitDuty.status, UnitDuty.filed_at,
               Case.public_id.label("case_public_id"))
        .join(Case, UnitDuty.case_id == Case.id).where(UnitDuty.unit_id == unit_id)
        .order_by(UnitDuty.due_on.desc(), UnitDuty.id).limit(12)
    ).all()


def urge(session: Session, title_id: str, *, by: Identity) -> None:
    """督促报送: whoever answers for a title urges its holder to file what is to be filed, once a day and title; on
    record with the earliest of these reports, by mail to the holder's people.

    Raises NotFound for a title that the unit doesn't follow, NotAllowed for another role, Refused where nothing is to
    be filed and where the holder was urged today. Source: NAT-20.3.
    """
    title = session.scalars(select(Title).where(Title.public_id == title_id)).one_or_none()
    if title is None:
        raise NotFound()
    programme, unit = changing.programme_of(session, title), session.get_one(Unit, by.unit_id)
    if session.scalar(titles(scope(session, programme, unit)).where(Title.id == title.id)) is None:
        raise NotFound()
    if not by.has(*ROLES):
        raise NotAllowed("督促报送由推荐单位或认定机关的经办岗、审核岗办理。")
    [platform] = [
        _platform(programme, row, "", _reports(session, [title.id]).get(title.id, []),
                  _urges(session, [title.id]).get(title.id))
        for row in session.execute(select(Title.id, Title.public_id, Title.holder_name).where(Title.id == title.id))
    ]
    if not platform.due:
        raise Refused(f"{title.holder_name}现在没有可以填报的报送，不需要督促。")
    if platform.urged_today:
        raise Refused(f"{platform.urged_by}今天已经督促过{title.holder_name}，一天只督促一次，请明天再督促。")
    words = f"请尽快填报：{'、'.join(_said(one) for one in platform.due)}。"
    reminders.urge(session, platform.due[0].task, by=by, words=words[: reminders.LONGEST_WORDS])
    audit.record(
        session, chain=f"unit:{by.unit_id}", verb="urge_platform", person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name, details={"number": title.number, "holder": title.holder_name, "opinion": words},
    )


def _said(one: Due) -> str:
    last = workdays.last_day_words(one.last_day, one.provisional)
    return f"{one.name} {one.period} 期（{'已逾期，可补报至' if one.late else '截止'} {last}）"


def _reports(session: Session, title_ids: Sequence[int]) -> dict[int, list[Row]]:
    """title -> its reports due in the last year and open ones, in due order, each with the holder's open task."""
    since = date(clock.today().year - LOOKED_BACK_YEARS, clock.today().month, 1)
    found: dict[int, list[Row]] = {}
    for row in session.execute(
        select(Duty.title_id, Duty.public_id, Duty.obligation, Duty.period, Duty.status, Duty.filed_at,
               Task.public_id.label("task"), Deadline.last_day, Deadline.provisional, Deadline.status.label("runs"))
        .outerjoin(Task, (Task.case_id == Duty.case_id) & (Task.status == "open") & Task.actor.startswith("holder/"))
        .outerjoin(Deadline, Task.deadline_id == Deadline.id)
        .where(Duty.title_id.in_(title_ids), Duty.due_on >= since).order_by(Duty.due_on, Duty.id)
    ):
        found.setdefault(row.title_id, []).append(row)
    return found


def _urges(session: Session, title_ids: Sequence[int]) -> dict[int, Row]:
    """title -> its last urge by hand."""
    last = (
        select(Case.title_id, func.max(Reminder.id).label("id")).join(Case, Reminder.case_id == Case.id)
        .where(Case.title_id.in_(title_ids), Reminder.rung.is_(None)).group_by(Case.title_id).subquery()
    )
    rows = session.execute(
        select(last.c.title_id, Reminder.fired_at, Person.name).join(Reminder, Reminder.id == last.c.id)
        .join(Person, Reminder.person_id == Person.id)
    )
    return {row.title_id: row for row in rows}


def _platform(
    programme: Programme, title: Row, recommender: str, reports: Iterable[Row], urged: Row | None
) -> Platform:
    reports, names = list(reports), _names(programme)
    due = [
        Due(names.get(row.obligation, row.obligation), row.period, row.last_day, row.provisional,
            row.status == "missed", row.task)
        for row in reports if row.task is not None and row.runs == "running"
    ]
    return Platform(
        title, recommender, *([Lapse(row.public_id, row.period) for row in reports if row.status == status]
                              for status in ("missed", "late")),
        due, urged.fired_at if urged else None, urged.name if urged else "",
    )


def _names(programme: Programme) -> Mapping[str, str]:
    return {key: rule.name for key, rule in programme.life.obligations.items()}
