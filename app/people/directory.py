"""Lists of units and people for administrators, always within their reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.people import attempts
from app.people.models import Person, Region, RoleGrant, Unit
from app.people.queries import LOWER_TIERS, Identity, unit_scope

PAGE = 50


@dataclass(frozen=True)
class UnitFilter:
    """What a list of units is narrowed to; empty: everything within reach."""

    kind: str = ""
    status: str = ""
    text: str = ""


def units(
    session: Session, by: Identity, chosen: UnitFilter, *, after: int = 0, limit: int = PAGE
) -> tuple[Sequence[Any], int | None]:
    """Units within reach with their division and number of active people, and the key of the next page."""
    headcount = (
        select(func.count()).where(Person.unit_id == Unit.id, Person.status == "active").scalar_subquery()
    )
    query = (
        select(Unit, Region.name.label("region_name"), headcount.label("headcount"))
        .outerjoin(Region, Unit.region_code == Region.code)
        .where(unit_scope(by), Unit.id > after)
        .order_by(Unit.id)
        .limit(limit + 1)
    )
    if chosen.kind:
        query = query.where(Unit.kind == chosen.kind)
    if chosen.status:
        query = query.where(Unit.status == chosen.status)
    if chosen.text:
        text = chosen.text.upper()
        query = query.where(
            or_(func.upper(Unit.name).contains(text, autoescape=True), Unit.credit_code == text,
                Region.name.contains(chosen.text, autoescape=True))
        )
    rows = session.execute(query).all()
    return rows[:limit], rows[limit - 1].Unit.id if len(rows) > limit else None


def unit(session: Session, by: Identity, public_id: str) -> Unit:
    """A unit within reach, for reading. Raises NotFound."""
    found = session.scalars(
        select(Unit)
        .outerjoin(Region, Unit.region_code == Region.code)
        .where(Unit.public_id == public_id, unit_scope(by))
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found


def people(session: Session, unit_id: int) -> list[tuple[Person, frozenset[str]]]:
    """The people of a unit with their roles, active ones first."""
    rows = session.execute(
        select(Person, RoleGrant.role)
        .outerjoin(RoleGrant, RoleGrant.person_id == Person.id)
        .where(Person.unit_id == unit_id)
        .order_by(Person.status, Person.id)
    )
    held: dict[Person, set[str]] = {}
    for person, role in rows:
        held.setdefault(person, set()).update({role} - {None})
    return [(person, frozenset(roles)) for person, roles in held.items()]


def person(session: Session, by: Identity, public_id: str) -> tuple[Person, Unit, frozenset[str]]:
    """A person within reach with unit and roles, for reading. Raises NotFound."""
    row = session.execute(
        select(Person, Unit)
        .join(Unit, Person.unit_id == Unit.id)
        .outerjoin(Region, Unit.region_code == Region.code)
        .where(Person.public_id == public_id, unit_scope(by))
    ).one_or_none()
    if row is None:
        raise NotFound()
    roles = session.scalars(select(RoleGrant.role).where(RoleGrant.person_id == row.Person.id))
    return row.Person, row.Unit, frozenset(roles)


def is_locked(session: Session, who: Person) -> bool:
    """Whether wrong passwords keep somebody out right now."""
    return attempts.seconds_left(session, attempts.account_key(who.login)) > 0


def registrations(
    session: Session, by: Identity, *, status: str = "pending", after: int = 0, limit: int = PAGE
) -> tuple[Sequence[Any], int | None]:
    """Registrations of a status within reach with the division's name, the oldest first, and the next page's key."""
    rows = session.execute(
        select(Unit, Region.name.label("region_name"))
        .join(Region, Unit.region_code == Region.code)
        .where(Unit.kind == "institution", Unit.status == status, unit_scope(by), Unit.id > after)
        .order_by(Unit.id)
        .limit(limit + 1)
    ).all()
    return rows[:limit], rows[limit - 1].Unit.id if len(rows) > limit else None


def provinces(session: Session) -> list[Region]:
    """All provinces."""
    return list(session.scalars(select(Region).where(Region.tier == "province").order_by(Region.code)))


def provinces_in_service(session: Session) -> list[Region]:
    """Provinces in which some active department works: elsewhere nobody could confirm a registration."""
    served = select(Region.province_code).join(Unit, Unit.region_code == Region.code).where(
        Unit.kind == "department", Unit.status == "active"
    )
    return list(
        session.scalars(
            select(Region).where(Region.tier == "province", Region.code.in_(served)).order_by(Region.code)
        )
    )


def divisions_of(session: Session, province_code: str) -> list[tuple[Region, list[Region]]]:
    """The cities of a province with their counties; counties straight under the province come first, under it."""
    rows = list(
        session.scalars(select(Region).where(Region.province_code == province_code).order_by(Region.code))
    )
    below: dict[str, list[Region]] = {}
    for row in rows:
        if row.tier == "county":
            below.setdefault(row.parent_code or "", []).append(row)
    province = [(row, below[row.code]) for row in rows if row.tier == "province" and row.code in below]
    return province + [(row, below.get(row.code, [])) for row in rows if row.tier == "city"]


def divisions_below(session: Session, by: Identity, *, province_code: str) -> list[Region]:
    """The divisions in which somebody may set up units, within one province: the own one and those in it."""
    query = select(Region).where(Region.province_code == province_code)
    if by.tier != "ministry":
        query = query.where(getattr(Region, f"{by.tier}_code") == by.region_code)
    return list(session.scalars(query.order_by(Region.code)))


def tiers_below(by: Identity) -> tuple[str, ...]:
    """The tiers at which somebody may set up departments: the own one (beside the own unit) and those below."""
    return (by.tier, *LOWER_TIERS[by.tier]) if by.tier else ()
