"""Questions about appointments: the enterprise's by its code, the holder's own, a department's in its division."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from app import clock
from app.appointments import booking
from app.appointments.models import Appointment, CatalogueItem
from app.cases import deadlines
from app.cases.models import Case, Deadline, Task
from app.errors import NotFound
from app.people import queries as people
from app.people.models import Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.titles.models import Title

PAGE = 50
WORDS = {
    "open": ("blue", "待答复"), "accepted": ("green", "已接受"), "other_date": ("green", "另约日期"),
    "declined": ("", "已谢绝"), "cancelled": ("", "企业已取消"), "void": ("", "称号终止，不再办理"),
}
"""Statuses: colour of the tag, words."""
FILTERS = (
    ("", "全部"), ("open", "待答复"), ("overdue", "逾期未答复"), ("late", "曾经逾期"), ("handled", "已答复"),
    ("over", "已取消或终止"),
)


@dataclass(frozen=True)
class Shown:
    """An appointment as somebody may see it. `whole`: with how to reach the contact; else phone and e-mail are masked.
    `light` is that of its deadline while it waits, None afterwards; `task_id` the holder's open task."""

    made: Appointment
    title: Title
    case_public_id: str
    case_number: str
    region_code: str
    item: str
    light: deadlines.Light | None
    deadline: Deadline | None
    task_id: str
    whole: bool

    @property
    def phone(self) -> str:
        """The contact's phone, masked where it isn't for these eyes."""
        return self.made.contact_phone if self.whole else masked(self.made.contact_phone)

    @property
    def email(self) -> str:
        """The contact's e-mail, masked likewise."""
        return self.made.contact_email if self.whole else masked_email(self.made.contact_email)

    @property
    def contact(self) -> str:
        """The contact's name, of which others see the first character."""
        return self.made.contact_name if self.whole else f"{self.made.contact_name[:1]}**"


@dataclass(frozen=True)
class Tally:
    """How many appointments wait, wait beyond their period, were answered, were answered late, were rated; the average
    satisfaction as text with one decimal, "" where nobody rated."""

    open: int
    overdue: int
    handled: int
    late: int
    rated: int
    satisfaction: str


def by_code(session: Session, code: str) -> Shown:
    """The enterprise's own, whole. Raises NotFound."""
    made = booking.of_code(session, code)
    return _one(session, Appointment.id == made.id, whole=lambda row: True)


def in_sight(session: Session, by: Identity, public_id: str) -> Shown:
    """One appointment for its holder or a department over it. Raises NotFound for what is out of sight."""
    where = and_(Appointment.public_id == public_id, _sight(by))
    return _one(session, where, whole=lambda row: _whole(session, by, row))


def of_case(session: Session, by: Identity, case_id: int) -> Shown | None:
    """The appointment that a case is about, as the person may see it; None for a case of something else."""
    made = session.scalar(select(Appointment.public_id).where(Appointment.case_id == case_id))
    return in_sight(session, by, made) if made else None


def listing(
    session: Session, by: Identity, *, state: str = "", text: str = "", before: int | None = None
) -> tuple[list[Shown], int | None]:
    """A page of the appointments in sight, newest first, and the id to go on before (None: the last page)."""
    where = [_sight(by), *_state(state)]
    if text:
        where.append(
            Appointment.enterprise.icontains(text, autoescape=True) | Title.holder_name.icontains(text, autoescape=True)
            | Appointment.subject.icontains(text, autoescape=True) | (Case.number == text.upper())
        )
    if before is not None:
        where.append(Appointment.id < before)
    rows = session.execute(_shown().where(*where).order_by(Appointment.id.desc()).limit(PAGE + 1)).all()
    shown = [_as_shown(row, whole=_whole(session, by, row)) for row in rows[:PAGE]]
    return shown, rows[PAGE - 1].Appointment.id if len(rows) > PAGE else None


def tally(session: Session, by: Identity) -> Tally:
    """What is in sight, counted."""
    row = session.execute(
        select(
            func.count().filter(Appointment.status == "open").label("open"),
            func.count().filter(*_state("overdue")).label("overdue"),
            func.count().filter(*_state("handled")).label("handled"),
            func.count().filter(*_state("late"), *_state("handled")).label("late"),
            func.count(Appointment.satisfaction).label("rated"),
            func.sum(Appointment.satisfaction).label("points"),
        )
        .select_from(Appointment).join(Case, Appointment.case_id == Case.id).where(_sight(by))
    ).one()
    average = f"{(row.points * 20 + row.rated) // (2 * row.rated) / 10:.1f}" if row.rated else ""
    return Tally(row.open, row.overdue, row.handled, row.late, row.rated, average)


def masked(phone: str) -> str:
    """A phone number of which the middle is hidden: 138****0000."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "****" if phone else ""


def masked_email(address: str) -> str:
    """An address of which the first letter and the house are left: w***@example.cn."""
    name, _, house = address.partition("@")
    return f"{name[:1]}***@{house}" if address else ""


def _state(state: str) -> list[ColumnElement[bool]]:
    match state:
        case "open" | "cancelled":
            return [Appointment.status == state]
        case "overdue":
            return [Appointment.status == "open", Appointment.overdue_at.is_not(None)]
        case "late":
            return [Appointment.overdue_at.is_not(None)]
        case "handled":
            return [Appointment.answered_at.is_not(None)]
        case "over":
            return [Appointment.closed_at.is_not(None)]
        case _:
            return []


def _sight(by: Identity) -> ColumnElement[bool]:
    return people.case_scope(by, Case)


def _whole(session: Session, by: Identity, row: Any) -> bool:
    """The holder reaches the enterprise; once it is overdue, so does the department to which it was handed."""
    if by.unit_kind != "department":
        return bool(row.Title.holder_id == by.unit_id)
    if row.Appointment.overdue_at is None:
        return False
    programme = programmes.programme(session, row.release_id)
    rules = programme.life.appointments
    if rules is None or not rules.overdue_to:
        return False
    urging = select(Task.id).where(Task.case_id == row.Appointment.case_id, Task.unit_id == by.unit_id).limit(1)
    return by.tier == programme.tier_of(rules.overdue_to) or session.scalar(urging) is not None


def _one(session: Session, where: ColumnElement[bool], *, whole: Any) -> Shown:
    row = session.execute(_shown().where(where)).one_or_none()
    if row is None:
        raise NotFound()
    return _as_shown(row, whole=whole(row))


def _shown() -> Select[Any]:
    """The appointment with its title, its case, and the holder's task: the one that was opened first."""
    first = (
        select(func.min(Task.id)).where(Task.case_id == Appointment.case_id, Task.unit_id == Title.holder_id)
        .correlate(Appointment, Title).scalar_subquery()
    )
    return (
        select(
            Appointment, Title, Case.public_id.label("case_public_id"), Case.number.label("case_number"),
            Case.region_code, Case.release_id, Deadline, Task.public_id.label("task_id"),
            Task.status.label("task_status"), CatalogueItem.name.label("item"),
        )
        .join(Title, Appointment.title_id == Title.id)
        .join(Case, Appointment.case_id == Case.id)
        .outerjoin(Task, Task.id == first)
        .outerjoin(Deadline, Task.deadline_id == Deadline.id)
        .outerjoin(CatalogueItem, Appointment.item_id == CatalogueItem.id)
        .join(Unit, Title.holder_id == Unit.id)
    )


def _as_shown(row: Any, *, whole: bool) -> Shown:
    light = None
    if row.Appointment.status == "open" and row.Deadline is not None:
        light = deadlines.light(
            row.Deadline.ends_at, last_day=row.Deadline.last_day, provisional=row.Deadline.provisional,
            region_code=row.region_code, stopped=row.Deadline.status == deadlines.STOPPED,
        )
    return Shown(
        row.Appointment, row.Title, row.case_public_id, row.case_number, row.region_code, row.item or "", light,
        row.Deadline, row.task_id if row.task_status == "open" else "", whole,
    )


def may_be_rated(made: Appointment) -> bool:
    """Whether the enterprise can still rate it."""
    over = made.rate_until is not None and clock.today() > made.rate_until
    return made.status in booking.ANSWERED and made.satisfaction is None and not over


def requested(session: Session, title_id: int, *, since: datetime, until: datetime) -> Sequence[Appointment]:
    """A title's appointments of a stretch of time, in order; not those that the enterprise took back or that ended with
    the title: nobody can be blamed for these."""
    return session.scalars(
        select(Appointment).where(
            Appointment.title_id == title_id, Appointment.requested_at >= since, Appointment.requested_at < until,
            Appointment.status.not_in(("cancelled", "void")) | Appointment.overdue_at.is_not(None),
        ).order_by(Appointment.requested_at, Appointment.id)
    ).all()
