"""What administrators do with units, people and divisions, and how the first administrator comes to be.

The verbs about units are written in units.py and belong to this face too.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import case, delete, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import clock, db
from app.audit import operations as audit
from app.errors import Invalid, NotAllowed, NotFound, Refused
from app.people import attempts, codes, queries, reach, regions, roles, sessions, units
from app.people.models import Person, RoleGrant, SignIn, Unit
from app.people.queries import Identity
from app.people.units import change_unit as change_unit
from app.people.units import create_unit as create_unit
from app.people.units import disable_unit as disable_unit
from app.people.units import enable_unit as enable_unit
from app.people.units import follow_change as follow_change

PERSON_FIELDS = ("name", "phone", "email")
_HEIGHT = {"county": 0, "city": 1, "province": 2, "ministry": 3}


def first_administrator_code(session: Session) -> str:
    """A code for making the first administrator on the page /setup; one made before is void.

    Raises Refused where a department has an administrator already.
    """
    _see_that_nobody_administers(session)
    code = codes.make(session, purpose=codes.FIRST_ADMINISTRATOR)
    audit.record(
        session, chain="system", verb="make_first_administrator_code", person_id=None, person_name="", unit_name="",
        details={},
    )
    return code


def set_up(
    session: Session, code: str, *, tier: str, region_code: str, unit: Mapping[str, str], person: Mapping[str, str],
    password_hash: str,
) -> Person:
    """Make the first department and its administrator with the code from the command line. Raises Invalid, Refused."""
    row = codes.find(session, code, purpose=codes.FIRST_ADMINISTRATOR)
    _see_that_nobody_administers(session)
    units.see_that_tier_fits(session, tier, region_code)
    made = units.new_unit(session, kind="department", tier=tier, region_code=region_code or None, values=unit)
    first = new_person(session, made, login=person["login"], values=person, held={"admin"}, password_hash=password_hash)
    codes.use(session, row)
    reach.record(session, "set_up", None, made, person=first.name, login=first.login)
    return first


def create_person(
    session: Session, unit_public_id: str, *, by: Identity, login: str, values: Mapping[str, str], held: Collection[str]
) -> tuple[Person, str]:
    """An account without a password, and the code with which its person sets one.

    Raises NotFound, NotAllowed, Invalid (login, roles).
    """
    unit = reach.unit(session, by, unit_public_id)
    _see_that_roles_fit(session, unit, held)
    made = new_person(session, unit, login=login, values=values, held=held, password_hash="")
    code = codes.make(session, purpose=codes.NEW_PASSWORD, person_id=made.id)
    reach.record(session, "create_person", by, unit, person=made.name, login=made.login, roles=roles.names(held))
    return made, code


def change_person(session: Session, public_id: str, *, by: Identity, values: Mapping[str, str]) -> Person:
    """Correct a person's name, phone and mail."""
    person, unit = reach.person(session, by, public_id)
    changed = [key for key in PERSON_FIELDS if getattr(person, key) != values[key]]
    for key in changed:
        setattr(person, key, values[key])
    session.flush()
    reach.record(session, "change_person", by, unit, person=person.name, changed=changed)
    return person


def set_roles(session: Session, public_id: str, *, by: Identity, held: Collection[str]) -> Person:
    """Give a person exactly these roles, from the next request on. Nobody takes the own administration away."""
    person, unit = reach.person(session, by, public_id)
    _see_that_roles_fit(session, unit, held)
    if person.id == by.person_id and "admin" not in held:
        raise Refused("不能取消自己的单位管理员岗位；请由其他管理员办理。")
    before = set(session.scalars(select(RoleGrant.role).where(RoleGrant.person_id == person.id)))
    session.execute(delete(RoleGrant).where(RoleGrant.person_id == person.id))
    session.add_all(RoleGrant(person_id=person.id, role=role) for role in set(held))
    session.flush()
    reach.record(
        session, "set_roles", by, unit, person=person.name, before=roles.names(before), after=roles.names(held)
    )
    return person


def disable_person(session: Session, public_id: str, *, by: Identity, reason: str) -> Person:
    """Close an account; its live sessions end at once. Nobody closes the own one."""
    person, unit = reach.person(session, by, public_id)
    if person.id == by.person_id:
        raise Refused("不能停用自己的账号；请由其他管理员办理。")
    reach.see_that_it_changes(person.status, "disabled")
    person.status = "disabled"
    ended = sessions.end_all(session, person_id=person.id)
    session.flush()
    reach.record(session, "disable_person", by, unit, person=person.name, reason=reason, sessions_ended=ended)
    return person


def enable_person(session: Session, public_id: str, *, by: Identity) -> Person:
    """Open a disabled account again, with the password that it had."""
    person, unit = reach.person(session, by, public_id)
    reach.see_that_it_changes(person.status, "active")
    person.status = "active"
    session.flush()
    reach.record(session, "enable_person", by, unit, person=person.name)
    return person


def reset_password(session: Session, public_id: str, *, by: Identity) -> tuple[Person, str]:
    """Make the password void, end the sessions, and return a code with which the person sets a new one."""
    person, unit = reach.person(session, by, public_id)
    if person.id == by.person_id:
        raise Refused("请在“我的账号”中修改自己的密码。")
    person.password_hash = ""
    ended = sessions.end_all(session, person_id=person.id)
    code = codes.make(session, purpose=codes.NEW_PASSWORD, person_id=person.id)
    session.flush()
    reach.record(session, "reset_password", by, unit, person=person.name, sessions_ended=ended)
    return person, code


def unlock(session: Session, public_id: str, *, by: Identity) -> Person:
    """Let a person who typed wrong passwords try again at once."""
    person, unit = reach.person(session, by, public_id)
    attempts.forget(session, attempts.account_key(person.login))
    reach.record(session, "unlock", by, unit, person=person.name)
    return person


def end_session(session: Session, person_public_id: str, sign_in_public_id: str, *, by: Identity) -> None:
    """End one session: one's own, or one of a person within an administrator's reach. Raises NotFound."""
    if person_public_id == by.public_id:
        person = session.get_one(Person, by.person_id)
        unit = session.get_one(Unit, by.unit_id)
    else:
        person, unit = reach.person(session, by, person_public_id)
    row = session.scalars(
        select(SignIn).where(SignIn.public_id == sign_in_public_id, SignIn.person_id == person.id)
    ).one_or_none()
    if row is None:
        raise NotFound("没有找到这个登录，可能已经结束。")
    if row.ended_at is None:
        row.ended_at = clock.real()
    session.flush()
    reach.record(session, "end_session", by, unit, person=person.name)


def set_password(session: Session, person: Person, *, password_hash: str, code: str = "") -> None:
    """Give a person a new password and end every session; with `code`, use that one-time code up. Raises Invalid."""
    if code:
        row = codes.find(session, code, purpose=codes.NEW_PASSWORD)
        if row.person_id != person.id:
            raise NotFound()
        codes.use(session, row)
    person.password_hash, person.password_set_at = password_hash, clock.real()
    person.must_change_password = False
    sessions.end_all(session, person_id=person.id)
    attempts.forget(session, attempts.account_key(person.login))
    session.flush()
    unit = session.get_one(Unit, person.unit_id)
    audit.record(
        session, chain=f"unit:{unit.id}", verb="set_password", person_id=person.id, person_name=person.name,
        unit_name=unit.name, details={"with_code": bool(code)},
    )


def place_region(session: Session, *, by: Identity, code: str, name: str, tier: str, parent_code: str) -> None:
    """Add a division, or put one at another tier: see regions.place. For operators."""
    if not by.has("operator"):
        raise NotAllowed()
    in_use = session.scalar(select(Unit.id).where(Unit.region_code == code, Unit.tier.is_not(None), Unit.tier != tier))
    if in_use is not None:
        raise Refused("该区划已有其他层级的部门。请先停用这些部门或改由新单位承接，再调整层级。")
    regions.place(session, code=code, name=name, tier=tier, parent_code=parent_code)
    audit.record(
        session, chain="system", verb="place_region", person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name, details={"code": code, "name": name, "tier": tier, "parent": parent_code},
    )


def new_person(
    session: Session, unit: Unit, *, login: str, values: Mapping[str, str], held: Collection[str], password_hash: str
) -> Person:
    """Write a person's rows. Raises Invalid (field "login") where somebody has the login already."""
    made = Person(
        public_id=db.public_id(), unit_id=unit.id, login=queries.normal_login(login), name=values["name"],
        phone=values.get("phone", ""), email=values.get("email", ""), password_hash=password_hash,
        password_set_at=clock.real(), created_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except IntegrityError as error:
        raise Invalid({"login": ["这个登录名已被使用，请换一个。"]}) from error
    session.add_all(RoleGrant(person_id=made.id, role=role) for role in set(held))
    session.flush()
    return made


def _see_that_roles_fit(session: Session, unit: Unit, held: Collection[str]) -> None:
    roles.see_that_they_fit(held, kind=unit.kind)
    if "operator" in held and not _is_topmost(session, unit):
        raise Invalid({"roles": ["系统运维岗关系到整个系统，只能设在最高一级的部门。"]})


def _is_topmost(session: Session, unit: Unit) -> bool:
    height = case(_HEIGHT, value=Unit.tier)
    highest = select(func.max(height)).where(Unit.kind == "department", Unit.status == "active")
    return _HEIGHT[unit.tier or "county"] >= (session.scalar(highest) or 0)


def _see_that_nobody_administers(session: Session) -> None:
    administered = exists().where(
        RoleGrant.role == "admin", RoleGrant.person_id == Person.id, Person.status == "active",
        Person.unit_id == Unit.id, Unit.kind == "department", Unit.status == "active",
    )
    if session.scalar(select(administered)):
        raise Refused("已有管理员。请用管理员账号登录，或由管理员重置密码；首个管理员只能设立一次。")
