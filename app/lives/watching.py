"""What a division watches over in the lives of its titles: reports, appointments, sanctions, ends to come.

Each answer is one statement over the titles in the division, however many there are. Source: HBI-23.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, Select, func, literal, select
from sqlalchemy.orm import Session

from app import clock
from app.appointments.models import Appointment
from app.cases.models import Case
from app.cases.monitoring import Place
from app.obligations.models import Duty
from app.people.models import Region, Unit
from app.sanctions.models import Sanction
from app.titles import standing
from app.titles.models import Title

ENDS_WITHIN = timedelta(days=183)
LOOKED_BACK = timedelta(days=365)
MOST = 200
KINDS: Mapping[str, str] = MappingProxyType({
    "standing": "在册称号", "due": "待报送", "missed": "漏报", "late": "逾期报送", "appointments": "预约超期",
    "sanctions": "拟处理", "ending": "六个月内到期",
})
"""What is counted, in words. Misses and late reports are those due in the last twelve months."""


@dataclass(frozen=True)
class Counted:
    """A division below (or the division itself) with its numbers by kind."""

    code: str
    name: str
    numbers: Mapping[str, int]
    leads_down: bool = False


def by_region(session: Session, here: Place) -> list[Counted]:
    """The numbers of each division below, the one with most misses first."""
    group = _group(here)
    found: dict[str, dict[str, int]] = {}
    for kind in KINDS:
        rows = session.execute(_of(kind, here, group.label("code"), func.count()).group_by(group).order_by(None))
        for code, count in rows:
            found.setdefault(code or "", {})[kind] = count
    names = dict(session.execute(select(Region.code, Region.name).where(Region.code.in_(list(found)))).all())
    counted = [
        Counted(code, names.get(code, f"{here.name}本级"), {kind: numbers.get(kind, 0) for kind in KINDS},
                leads_down=bool(code) and code != here.code)
        for code, numbers in found.items()
    ]
    return sorted(counted, key=lambda one: (-one.numbers["missed"], -one.numbers["appointments"], one.code))


def total(rows: Sequence[Counted]) -> dict[str, int]:
    """The sums of all divisions."""
    return {kind: sum(row.numbers[kind] for row in rows) for kind in KINDS}


def rows(session: Session, here: Place, kind: str) -> Sequence[Row]:
    """The rows behind a number, the most pressing first, at most 200: day, what, case (public id or None), and the
    title's public_id, number, holder, region."""
    return session.execute(_of(kind, here, *_ROW[kind](), *_COLUMNS).limit(MOST)).all()


_COLUMNS = (
    Title.public_id, Title.number, Title.holder_name, Unit.name.label("unit_name"), Region.name.label("region_name"),
)
_ROW: Mapping[str, Any] = {
    "standing": lambda: (Title.granted_on.label("day"), Title.status.label("what"), literal(None).label("case_id")),
    "ending": lambda: (Title.valid_until.label("day"), Title.status.label("what"), literal(None).label("case_id")),
    "due": lambda: (Duty.due_on.label("day"), Duty.period.label("what"), Case.public_id.label("case_id")),
    "missed": lambda: (Duty.due_on.label("day"), Duty.period.label("what"), Case.public_id.label("case_id")),
    "late": lambda: (Duty.due_on.label("day"), Duty.period.label("what"), Case.public_id.label("case_id")),
    "appointments": lambda: (Appointment.requested_at.label("day"), Appointment.subject.label("what"),
                             Case.public_id.label("case_id")),
    "sanctions": lambda: (Sanction.proposed_at.label("day"), Sanction.ground.label("what"),
                          Case.public_id.label("case_id")),
}


def _group(here: Place) -> Any:
    group = getattr(Region, f"{here.groups}_code") if here.groups else Region.county_code
    # A county that answers to the province has no city: it stands beside the cities.
    return func.coalesce(Region.city_code, Region.county_code) if here.groups == "city" else group


def _of(kind: str, here: Place, *columns: Any) -> Select:
    today = clock.today()
    found = select(*columns).select_from(Title)
    where: list[Any] = [] if not here.tier else [getattr(Region, f"{here.tier}_code") == here.code]
    order: Any = Title.number
    if kind == "standing":
        where.append(Title.status.not_in(standing.ENDS))
    elif kind == "ending":
        where += [Title.status.not_in(standing.ENDS), Title.valid_until.between(today, today + ENDS_WITHIN)]
        order = Title.valid_until
    elif kind in ("due", "missed", "late"):
        found = found.join(Duty, Duty.title_id == Title.id).join(Case, Case.id == Duty.case_id)
        where.append(Duty.status == {"due": "open"}.get(kind, kind))
        if kind != "due":
            where.append(Duty.due_on >= today - LOOKED_BACK)
        order = Duty.due_on if kind == "due" else Duty.due_on.desc()
    elif kind == "appointments":
        found = found.join(Appointment, Appointment.title_id == Title.id)
        found = found.outerjoin(Case, Case.id == Appointment.case_id)
        where += [Appointment.status == "open", Appointment.overdue_at.is_not(None)]
        order = Appointment.requested_at
    else:
        found = found.join(Sanction, Sanction.title_id == Title.id).outerjoin(Case, Case.id == Sanction.case_id)
        where.append(Sanction.status == "proposed")
        order = Sanction.proposed_at
    return (
        found.join(Unit, Unit.id == Title.holder_id).outerjoin(Region, Region.code == Unit.region_code)
        .where(*where).order_by(order, Title.id)
    )
