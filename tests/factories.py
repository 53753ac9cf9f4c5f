"""Builders with keyword defaults, and a small world: a ministry, a province, two cities, three counties, institutions.

They write rows straight away, without a trail; what is under test goes through the operations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count

from sqlalchemy.orm import Session
from stdnum.cn import uscc

from app import clock, db
from app.people import passwords, queries
from app.people.models import Person, Region, RoleGrant, Unit
from app.people.queries import Identity
from app.people.roles import ROLES

PROVINCE, OTHER_PROVINCE = "130000", "420000"
CITY, SIBLING_CITY = "130600", "130100"
COUNTY, SIBLING_COUNTY = "130636", "130628"
PASSWORD = "Correct-Horse-7"

_numbers = count(1)


@dataclass(frozen=True)
class World:
    """Units of every tier with a person in each role: the login is role@place, "clerk@county" for example.

    Places: ministry, province, city, sibling_city, county, sibling_county. `institution` lies in the county,
    `other_institution` in the sibling county; their people are applicant@institution and admin@institution.
    """

    units: dict[str, Unit]
    people: dict[str, Person]

    def unit(self, place: str) -> Unit:
        return self.units[place]

    def person(self, login: str) -> Person:
        return self.people[login]

    def identity(self, session: Session, login: str) -> Identity:
        return identity(session, self.people[login])


def department(
    session: Session, *, tier: str = "county", region_code: str | None = COUNTY, name: str | None = None,
    status: str = "active",
) -> Unit:
    """A department; its name is that of its division, and a ministry has no division."""
    region_code = None if tier == "ministry" else region_code
    place = session.get(Region, region_code).name if region_code else "国家"
    return _unit(session, kind="department", tier=tier, region_code=region_code, name=name or f"{place}主管部门",
                 status=status)


def institution(
    session: Session, *, region_code: str = COUNTY, name: str | None = None, status: str = "active",
    credit: str | None = None,
) -> Unit:
    """An institution with a credit code whose check digit is right."""
    credit = credit or credit_code()
    return _unit(session, kind="institution", region_code=region_code, credit_code=credit,
                 name=name or f"服务机构{credit[8:17]}有限公司", status=status)


def association(
    session: Session, *, region_code: str = CITY, name: str = "中小企业协会", status: str = "active"
) -> Unit:
    """An association that may recommend."""
    return _unit(session, kind="association", region_code=region_code, name=name, status=status)


def person(
    session: Session, unit: Unit, *roles: str, login: str | None = None, name: str | None = None,
    password: str = PASSWORD, status: str = "active", must_change_password: bool = False,
) -> Person:
    """Somebody of a unit with roles, whose password is PASSWORD."""
    return _people(session, [_made(unit, login, name, password, status, must_change_password)], [roles])[0]


def _made(
    unit: Unit, login: str | None = None, name: str | None = None, password: str = PASSWORD, status: str = "active",
    must_change_password: bool = False,
) -> Person:
    login = login or f"person{next(_numbers)}"
    return Person(
        public_id=db.public_id(), unit_id=unit.id, login=login, name=name or login, status=status,
        password_hash=_hashed(password), must_change_password=must_change_password, password_set_at=clock.real(),
        phone="13800138000", email=f"{login}@example.cn".replace("@", ".", login.count("@")), created_at=clock.now(),
    )


def _people(session: Session, made: Sequence[Person], roles: Sequence[Sequence[str]]) -> Sequence[Person]:
    """People with their roles, all at once: a world has half a hundred."""
    session.add_all(made)
    session.flush()
    session.add_all(
        RoleGrant(person_id=one.id, role=role) for one, held in zip(made, roles, strict=True) for role in held
    )
    session.flush()
    return made


def identity(session: Session, who: Person) -> Identity:
    """The identity that a person has when signed in."""
    return queries.identity_of_person(session, who.id, unit_id=who.unit_id)


def credit_code(number: int | None = None) -> str:
    """A unified social credit code with a right check digit; another one each time."""
    body = f"91130600MA{next(_numbers) if number is None else number:07d}"
    return body + uscc.calc_check_digit(body)


def world(session: Session) -> World:
    """The whole small world; the transaction stays the caller's."""
    units = {
        "ministry": department(session, tier="ministry", name="国家主管部门"),
        "province": department(session, tier="province", region_code=PROVINCE),
        "city": department(session, tier="city", region_code=CITY),
        "sibling_city": department(session, tier="city", region_code=SIBLING_CITY),
        "county": department(session, tier="county", region_code=COUNTY),
        "sibling_county": department(session, tier="county", region_code=SIBLING_COUNTY),
        "association": association(session),
        "institution": institution(session, name="顺平创业服务有限公司"),
        "other_institution": institution(session, region_code=SIBLING_COUNTY, name="高阳科技服务有限公司"),
    }
    held = [
        (f"{key}@{place}", unit, role)
        for place, unit in units.items() for key, role in ROLES.items() if unit.kind in role.kinds
    ]
    people = _people(
        session, [_made(unit, login, f"{unit.name}{role.zh}") for login, unit, role in held],
        [(role.key,) for _login, _unit, role in held],
    )
    return World(units, {login: one for (login, _unit, _role), one in zip(held, people, strict=True)})


def _unit(session: Session, **values: object) -> Unit:
    unit = Unit(public_id=db.public_id(), created_at=clock.now(), contact_name="王敏", contact_phone="13800138000",
                contact_email="wang@example.cn", address="解放路 1 号", **values)
    session.add(unit)
    session.flush()
    return unit


@cache
def _hashed(password: str) -> str:
    return passwords.hashed(password)
