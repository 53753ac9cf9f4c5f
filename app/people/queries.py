"""Who somebody is, what they may see, and which unit a task belongs to.

Asked with each request: the statements are built once.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    case,
    desc,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session

from app import clock, db
from app.db import Statement
from app.errors import NotFound, Refused
from app.people import regions
from app.people.models import Person, Region, RoleGrant, SignIn, Unit

IDLE = timedelta(minutes=30)
LOWER_TIERS = {
    "ministry": ("province", "city", "county"),
    "province": ("city", "county"),
    "city": ("county",),
    "county": (),
}
_UPWARDS = {"county": 0, "city": 1, "province": 2, "ministry": 3}
region = regions.get
ONLY_ASSIGNED = frozenset({"expert"})
"""Roles that give no sight of a division or unit: their holders see what is assigned to them."""


@dataclass(frozen=True)
class Identity:
    """Who is signed in, for which unit, with which roles.

    The region codes are the unit's place: all None for a ministry. `roles` is empty while the unit isn't active
    (`unit_status`): then its people only see how their registration stands. `seen_at` is the session's last trace.
    """

    person_id: int
    public_id: str
    login: str
    name: str
    unit_id: int
    unit_public_id: str
    unit_name: str
    unit_kind: str
    unit_status: str
    tier: str | None
    region_code: str | None
    province_code: str | None
    city_code: str | None
    county_code: str | None
    must_change_password: bool
    body: str = ""
    roles: frozenset[str] = field(default_factory=frozenset)
    seen_at: datetime | None = None

    def has(self, *roles: str) -> bool:
        """Whether the person holds one of the roles."""
        return not self.roles.isdisjoint(roles)


_ROLES = (
    select(func.aggregate_strings(RoleGrant.role, literal_column("','")))
    .where(RoleGrant.person_id == Person.id)
    .scalar_subquery()
)
_COLUMNS = (
    Person.id.label("person_id"),
    Person.public_id,
    Person.login,
    Person.name,
    Unit.id.label("unit_id"),
    Unit.public_id.label("unit_public_id"),
    Unit.name.label("unit_name"),
    Unit.kind.label("unit_kind"),
    Unit.status.label("unit_status"),
    Unit.tier,
    Unit.body,
    Unit.region_code,
    Region.province_code,
    Region.city_code,
    Region.county_code,
    Person.must_change_password,
    _ROLES.label("roles"),
)
_IDENTITY = Statement(
    select(*_COLUMNS, SignIn.seen_at)
    .select_from(SignIn)
    .join(Person, SignIn.person_id == Person.id)
    .join(Unit, Person.unit_id == Unit.id)
    .outerjoin(Region, Unit.region_code == Region.code)
    .where(
        SignIn.id_hash == bindparam("id_hash"),
        SignIn.ended_at.is_(None),
        SignIn.expires_at > bindparam("now", type_=SignIn.expires_at.type),
        SignIn.seen_at > bindparam("idle_since", type_=SignIn.seen_at.type),
        Person.status == "active",
        Unit.status != "disabled",
    )
)
_PERSON = Statement(
    select(*_COLUMNS)
    .select_from(Person)
    .join(Unit, Unit.id == bindparam("unit_id"))
    .outerjoin(Region, Unit.region_code == Region.code)
    .where(Person.id == bindparam("person_id"))
)


def identity_of(session: Session, sign_in_id_hash: str) -> Identity | None:
    """Who a live session belongs to; None where it ended, expired, idled out, or its person or unit was disabled."""
    return the_identity(ask_identity(session, sign_in_id_hash))


def ask_identity(session: Session, sign_in_id_hash: str) -> db.Answer:
    """Send off the question that `identity_of` asks; `the_identity` reads its answer."""
    now = clock.real()
    return db.send(session, _IDENTITY, {"id_hash": sign_in_id_hash, "now": now, "idle_since": now - IDLE})


def the_identity(answer: db.Answer) -> Identity | None:
    """Who was found by `ask_identity`: see `identity_of`."""
    row = answer.first()
    return None if row is None else _identity(row)


def identity_of_person(session: Session, person_id: int, *, unit_id: int) -> Identity:
    """A person with the roles held now, acting for `unit_id`: for what goes on after they have signed out."""
    row = db.send(session, _PERSON, {"person_id": person_id, "unit_id": unit_id}).rows()[0]
    return _identity(row)


def the_system(unit: Any) -> Identity:
    """Who opens a case that no person opened (a draw, a report that falls due): nobody, for a unit's row."""
    return Identity(
        person_id=None, public_id="", login="", name="系统", unit_id=unit.id,  # type: ignore[arg-type]
        unit_public_id=unit.public_id, unit_name=unit.name, unit_kind=unit.kind, unit_status=unit.status,
        tier=unit.tier, region_code=unit.region_code, province_code=None, city_code=None, county_code=None,
        must_change_password=False, body=unit.body,
    )


def person_by_login(session: Session, login: str) -> Person | None:
    """The person with a login, which is told apart without regard to case."""
    return session.scalars(select(Person).where(Person.login == normal_login(login))).one_or_none()


def unit_name(session: Session, unit_id: int) -> str:
    """The name of a unit."""
    return session.execute(select(Unit.name).where(Unit.id == unit_id)).scalar_one()


def person_name(session: Session, person_id: int) -> str:
    """What a person is called; empty for one who isn't there."""
    return session.scalar(select(Person.name).where(Person.id == person_id)) or ""


def normal_login(text: str) -> str:
    """A login as it is kept."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def unit(session: Session, unit_id: int) -> Unit:
    """The unit of an id. Raises NotFound."""
    found = session.get(Unit, unit_id)
    if found is None:
        raise NotFound()
    return found


def all_people(session: Session, *, limit: int) -> Sequence[Any]:
    """The first active people with login, name and unit_name: for the demonstration's switch of accounts."""
    return session.execute(
        select(Person.login, Person.name, Unit.name.label("unit_name"))
        .join(Unit, Person.unit_id == Unit.id)
        .where(Person.status == "active", Unit.status == "active")
        .order_by(Person.id)
        .limit(limit)
    ).all()


def _identity(row: Any) -> Identity:
    values = row._asdict()
    roles = values["roles"] or "" if values["unit_status"] == "active" else ""
    values["roles"] = frozenset(roles.split(",")) - {""}
    return Identity(**values)


_height = case(_UPWARDS, value=Unit.tier)
_STAFFED = (
    exists()
    .where(
        Person.unit_id == Unit.id,
        Person.status == "active",
        RoleGrant.person_id == Person.id,
        RoleGrant.role == bindparam("role"),
    )
    .label("staffed")
)
_RESOLVE = Statement(
    select(Unit.id, Unit.tier, Region.city_code, Region.county_code, _STAFFED)
    .select_from(Region)
    .join(
        Unit,
        or_(
            and_(Unit.tier == "county", Unit.region_code == Region.county_code),
            and_(Unit.tier == "city", Unit.region_code == Region.city_code),
            and_(Unit.tier == "province", Unit.region_code == Region.province_code),
            and_(Unit.tier == "ministry", Unit.region_code.is_(None)),
        ),
    )
    .where(
        Region.code == bindparam("region_code"),
        Unit.kind == "department",
        or_(Unit.body == bindparam("body"), Unit.tier == "ministry"),
        Unit.status == "active",
        _height >= bindparam("lowest"),
    )
    .order_by(desc("staffed"), _height, Unit.id)
    .limit(1)
)


def resolve_unit(
    session: Session, *, tier: str, region_code: str, role: str, body: str = ""
) -> tuple[int, bool]:
    """Which department answers for a division at a tier, and whether it stands in for another (misplaced).

    The department of that tier with somebody active in the role; else the one next above that has somebody; else the
    lowest that exists. A tier that the division lacks (a district of a municipality has no city) is not a vacancy: the
    tier above is the right place there. `body` is the sort of office (Unit.body). Raises Refused where
    no department exists at the tier or above.
    """
    row = db.send(
        session, _RESOLVE, {"role": role, "region_code": region_code, "lowest": _UPWARDS[tier], "body": body}
    ).first()
    if row is None:
        raise Refused("没有可以受理的部门：该地区本级及以上均未建立单位。请联系系统管理员建立单位后再办理。")
    right = tier
    if right == "county" and row.county_code is None:
        right = "city"
    if right == "city" and row.city_code is None:
        right = "province"
    return row.id, not (row.staffed and row.tier == right)


def case_scope(identity: Identity, table: Any) -> ColumnElement[bool]:
    """Which rows of a table with province_code, city_code, county_code, applicant_id and recommender_id a person may
    see.

    Departments see their division and what lies in it, a ministry everything; an association what it recommends; all
    others only what they applied for.
    """
    if identity.roles <= ONLY_ASSIGNED:
        return false()
    if identity.unit_kind == "association":
        return or_(table.applicant_id == identity.unit_id, table.recommender_id == identity.unit_id)
    if identity.unit_kind != "department":
        return table.applicant_id == identity.unit_id
    if identity.tier == "ministry":
        return true()
    column = getattr(table, f"{identity.tier}_code")
    return column == identity.region_code


def sees(
    identity: Identity, place: Any, *, applicant_id: int | None, recommender_id: int | None = None
) -> bool:
    """The same question about one row at hand: `place` has province_code, city_code and county_code. A department sees
    also what it recommends outside its division."""
    if identity.roles <= ONLY_ASSIGNED:
        return False
    if recommender_id is not None and identity.unit_kind != "institution" and recommender_id == identity.unit_id:
        return True
    if identity.unit_kind != "department":
        return applicant_id == identity.unit_id
    return identity.tier == "ministry" or getattr(place, f"{identity.tier}_code") == identity.region_code


def unit_scope(identity: Identity) -> ColumnElement[bool]:
    """Which units (joined with their Region) lie within a person's reach: the own one, those below in its division, and
    those that it set up beside itself.

    Another department of the same tier and division is not below. Institutions and associations reach only themselves.
    """
    own = or_(Unit.id == identity.unit_id, Unit.set_up_by_id == identity.unit_id)
    if identity.unit_kind != "department" or not identity.roles:
        return own
    below = or_(Unit.kind != "department", Unit.tier.in_(LOWER_TIERS[identity.tier or "county"]))
    if identity.tier == "ministry":
        return or_(own, below)
    return or_(own, and_(below, getattr(Region, f"{identity.tier}_code") == identity.region_code))
