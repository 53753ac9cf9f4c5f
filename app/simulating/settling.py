"""Who lives in a simulation: departments of every tier where the institutions lie, and the institutions, set up by the
same verbs as anywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from app import db
from app.experts import operations as experts
from app.people import operations as people
from app.people import passwords, registration
from app.people import queries as directory
from app.people.models import Person, Region, RoleGrant, Unit
from app.people.queries import Identity
from app.programmes.period_rules import nothing
from app.programmes.queries import Programme
from app.programmes.sections import MINISTRY
from app.simulating.policies import Plan, SimulationFails, by_share

PASSWORD = "Years-In-A-Minute-2026"  # noqa: S105 - of people who exist in a simulation alone


@dataclass(frozen=True)
class Institution:
    """An institution: its unit, where it lies, and what kind of people run it (a key of the plan's characters)."""

    number: int
    unit_id: int
    name: str
    credit_code: str
    region_code: str
    character: str
    region: str = ""

    @property
    def told(self) -> dict[str, str]:
        """What the house knows of it, by the names under which forms ask for it (`prefill`)."""
        return {"unit.name": self.name, "unit.credit_code": self.credit_code, "unit.region": self.region}


@dataclass(frozen=True)
class Names:
    """What units and people are called, and under which names they sign in: `office` (by their sort: `bodies`),
    `institution` and `login` are patterns with {region}, {number} and, in the last, {what}. `people` and
    `enterprises` are names, taken by lot; none: what they do, and a number."""

    office: str = "{region}主管部门（{code}）"
    bodies: Mapping[str, str] = field(default_factory=nothing)
    institution: str = "{region}服务机构{number:04d}"
    login: str = "{what}{number}"
    words: Sequence[str] = ("",)
    people: Sequence[str] = ()
    enterprises: Sequence[str] = ()


@dataclass
class Inhabitants:
    """Everybody, by the unit and the role in which they act; departments by (tier, region), experts by person.

    `counties` are the divisions where institutions lie; `admin` confirms who registers, with a password `hashed`.
    """

    who: dict[tuple[int, str], Identity] = field(default_factory=dict)
    departments: dict[tuple[str, str], int] = field(default_factory=dict)
    institutions: dict[int, Institution] = field(default_factory=dict)
    experts: dict[int, Identity] = field(default_factory=dict)
    counties: Sequence[Any] = ()
    names: Names = field(default_factory=Names)
    admin: Identity | None = None
    hashed: str = ""

    def character(self, unit_id: int | None) -> str:
        """What kind of people run a unit; "" for one that is no institution of ours."""
        found = self.institutions.get(unit_id or 0)
        return found.character if found else ""

    def number(self, unit_id: int | None) -> int:
        """An institution's number, which is the same with every database; 0 for other units."""
        found = self.institutions.get(unit_id or 0)
        return found.number if found else 0


def settle(
    programme: Programme, plan: Plan, *, institutions: int, seed: int, admin: Identity | None = None,
    password: str = PASSWORD, names: Names | None = None, first: int = 1,
) -> Inhabitants:
    """Set up the authority, the departments of the divisions drawn, and the institutions in them.

    With an `admin` they move in beside others: departments that are there are theirs too, with the people who work in
    them. `first` is the number of the first institution, which its credit code is made of.
    """
    lot, hashed = Random(f"{seed}:places"), passwords.hashed(password)
    found = Inhabitants(names=names or Names())
    tier, code = programme.settings.authority.tier, programme.settings.authority.region
    body = programme.settings.authority.body
    if admin is None:
        admin = _authority(programme, found, hashed)
    else:
        _department(found, tier, code, admin, hashed, body=body, name=programme.settings.authority.name)
    with db.reading() as session:
        found.counties = _counties(session, programme, plan.counties, lot)
    tiers = [one for one in ("province", "city", "county") if one in programme.settings.tiers and one != tier]
    for region in found.counties:
        for one in tiers:
            place = getattr(region, f"{one}_code")
            if place and (one, place) not in found.departments:
                _department(found, one, place, admin, hashed, body=body)
    found.admin, found.hashed = admin, hashed
    for number in range(first, first + institutions):
        _institution(found, number, lot.choice(found.counties), by_share(lot, plan.characters))
    return found


def newcomer(found: Inhabitants, plan: Plan, *, seed: int) -> Institution:
    """Another institution registers in one of the divisions, with the next number, and is confirmed."""
    number = max((one.number for one in found.institutions.values()), default=0) + 1
    lot = Random(f"{seed}:newcomer:{number}")
    return _institution(found, number, lot.choice(found.counties), by_share(lot, plan.characters))


def keep_experts(programme: Programme, found: Inhabitants, *, by: Identity) -> None:
    """The authority's register of experts, twice as many as the programme draws; none where it draws none."""
    rules = programme.settings.expert_review
    assert found.admin is not None
    for number in range(1, 2 * rules.experts + 1 if rules else 1):
        with db.transaction() as session:
            name = f"评审专家{number:02d}"
            made, code = people.create_person(
                session, by.unit_public_id, by=found.admin, login=f"expert{number}", values={"name": name},
                held=["expert"],
            )
            people.set_password(session, made, password_hash=found.hashed, code=code)
            experts.enter_expert(
                session, made.public_id, by=by, values={"fields": "企业服务", "post": "教授", "employer": "某大学"}
            )
            found.experts[made.id] = directory.identity_of_person(session, made.id, unit_id=by.unit_id)


def _authority(programme: Programme, found: Inhabitants, hashed: str) -> Identity:
    """The authority with its people; one of a sort that isn't a department beside a department that sets it up."""
    authority = programme.settings.authority
    own = not authority.body
    with db.transaction() as session:
        code = people.first_administrator_code(session)
        made = people.set_up(
            session, code, tier=authority.tier, region_code="" if authority.tier == MINISTRY else authority.region,
            unit={"name": authority.name if own else f"{authority.name}的主管部门"},
            person={"login": "admin", "name": "管理员"}, password_hash=hashed,
        )
        admin = directory.identity_of_person(session, made.id, unit_id=made.unit_id)
        if own:
            found.departments[authority.tier, authority.region] = made.unit_id
            _staff(session, found, made.unit_id, admin, hashed)
    if not own:
        _department(found, authority.tier, authority.region, admin, hashed, body=authority.body, name=authority.name)
    return admin


def _counties(session: Session, programme: Programme, count: int, lot: Random) -> list[Any]:
    """Divisions of the lowest tier in the authority's own, by lot."""
    authority = programme.settings.authority
    column = getattr(Region, f"{authority.tier}_code", None)
    inside = select(Region).where(Region.tier == "county").order_by(Region.code)
    rows = list(session.scalars(inside.where(column == authority.region) if column is not None else inside))
    if not rows:
        raise SimulationFails("认定机关辖区内没有县级行政区划，无法安排机构。")
    return sorted(lot.sample(rows, min(count, len(rows))), key=lambda region: region.code)


def _department(
    found: Inhabitants, tier: str, code: str, admin: Identity, hashed: str, *, body: str, name: str = ""
) -> None:
    """The office of a tier and division, of the programme's sort, with its people: as it is, or made."""
    where = [Unit.kind == "department", Unit.tier == tier, Unit.body == body]
    if tier != MINISTRY:
        where.append(Unit.region_code == code)
    with db.transaction() as session:
        there = session.scalar(select(Unit.id).where(*where))
        if there is None:
            region = session.get(Region, code)
            pattern = found.names.bodies.get(body, found.names.office)
            called = name or pattern.format(region=region.name if region else "", code=code)
            there = people.create_unit(
                session, by=admin, kind=body or "department", tier=tier, region_code=code, values={"name": called},
            ).id
            _staff(session, found, there, admin, hashed)
        else:
            _who_works_there(session, found, there)
        found.departments[tier, code] = there


def _who_works_there(session: Session, found: Inhabitants, unit_id: int) -> None:
    rows = session.execute(
        select(Person.id, RoleGrant.role).join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(Person.unit_id == unit_id, Person.status == "active", RoleGrant.role.in_(("clerk", "lead")))
        .order_by(Person.id)
    )
    for row in rows:
        if (unit_id, row.role) not in found.who:
            found.who[unit_id, row.role] = directory.identity_of_person(session, row.id, unit_id=unit_id)


def _staff(session: Session, found: Inhabitants, unit_id: int, admin: Identity, hashed: str) -> None:
    """A person for each of the two roles that decide: no step is left to somebody who took the one before."""
    unit = session.get_one(Unit, unit_id)
    for role in ("clerk", "lead"):
        made, code = people.create_person(
            session, unit.public_id, by=admin, login=f"{role}{unit_id}",
            values={"name": _person(found, f"{unit.name}:{role}") or f"{unit.name}{role}"}, held=[role],
        )
        people.set_password(session, made, password_hash=hashed, code=code)
        found.who[unit_id, role] = directory.identity_of_person(session, made.id, unit_id=unit_id)


def _person(found: Inhabitants, lot: str) -> str:
    return Random(lot).choice(found.names.people) if found.names.people else ""


def _institution(found: Inhabitants, number: int, region: Any, character: str) -> Institution:
    body = f"91{region.code}MA{number:07d}"
    code, called = body + uscc.calc_check_digit(body), found.names
    words = called.words[number % len(called.words)]
    name = called.institution.format(region=region.name, number=number, words=words)
    person_name = _person(found, name) or f"联系人{number:04d}"
    assert found.admin is not None
    with db.transaction() as session:
        person = registration.register(
            session, credit_code=code, region_code=region.code, password_hash=found.hashed,
            address=f"simulation-{number}",
            unit={"name": name, "address": f"{region.name}建设路 {number} 号", "contact_name": person_name,
                  "contact_phone": "13800138000", "contact_email": ""},
            person={"login": called.login.format(what="holder", number=number), "name": person_name},
        )
        unit = session.get_one(Unit, person.unit_id)
        registration.confirm(session, unit.public_id, by=found.admin)
        session.flush()
        found.who[unit.id, "applicant"] = directory.identity_of_person(session, person.id, unit_id=unit.id)
        made = Institution(number, unit.id, name, code, region.code, character, region.name)
        found.institutions[unit.id] = made
    return made
