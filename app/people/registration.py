"""Institutions register themselves; a department of their division or above confirms or refuses."""

import re
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from app import clock, db
from app.audit.models import AuditEntry
from app.errors import Gone, Invalid, NotAllowed, Refused
from app.people import attempts, operations, reach, regions, signing_in, units
from app.people.models import Person, Unit
from app.people.queries import Identity

REVIEWERS = ("clerk", "lead", "admin")
MOST_PER_ADDRESS = 30
_CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
STATUS_WORDS = {"pending": "待确认", "active": "已确认", "refused": "未通过", "disabled": "已停用"}


def register(
    session: Session, *, credit_code: str, region_code: str, unit: Mapping[str, str], person: Mapping[str, str],
    password_hash: str, address: str,
) -> Person:
    """A new institution that waits for its confirmation, with its first person (applicant and administrator).

    Raises Invalid (credit_code, region_code, login), and TooMany where an address registers dozens at a time.
    """
    signing_in.see_that_address_is_open(session, address, what="register")
    code = see_that_credit_code_is_right(credit_code)
    _see_that_region_is_local(session, region_code)
    made = _unclaimed(session, code)
    if made is not None:
        made.region_code, made.status = region_code, "pending"
        for key in units.UNIT_FIELDS:
            setattr(made, key, unit.get(key, ""))
        return _first_person(session, made, person, password_hash, address)
    _see_that_it_is_new(session, code)
    made = Unit(
        public_id=db.public_id(), kind="institution", credit_code=code, region_code=region_code, status="pending",
        created_at=clock.now(), **{key: unit.get(key, "") for key in units.UNIT_FIELDS},
    )
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except IntegrityError:
        _see_that_it_is_new(session, code)  # somebody else's registration of the same code came in between
        raise
    return _first_person(session, made, person, password_hash, address)


def _first_person(
    session: Session, made: Unit, person: Mapping[str, str], password_hash: str, address: str
) -> Person:
    first = operations.new_person(
        session, made, login=person["login"], values=person, held={"applicant", "admin"}, password_hash=password_hash
    )
    attempts.fail(session, attempts.address_key(address, what="register"), most=MOST_PER_ADDRESS)
    reach.record(session, "register", None, made, credit_code=made.credit_code, region=made.region_code,
                 person=first.name)
    return first


def _unclaimed(session: Session, code: str) -> Unit | None:
    """An institution that came into the register with its title and that nobody has registered for; locked."""
    nobody = ~select(Person.id).where(Person.unit_id == Unit.id).exists()
    return session.scalars(
        select(Unit).where(Unit.credit_code == code, Unit.kind == "institution", Unit.status == "active", nobody)
        .with_for_update()
    ).one_or_none()


def correct(
    session: Session, *, by: Identity, credit_code: str, region_code: str, unit: Mapping[str, str]
) -> Unit:
    """Correct a registration that waits or was refused; it waits (again) for confirmation. Raises Gone, Invalid."""
    own = session.scalars(
        select(Unit).where(Unit.id == by.unit_id, Unit.kind == "institution").with_for_update()
    ).one_or_none()
    if own is None:
        raise NotAllowed()
    if own.status not in ("pending", "refused"):
        raise Gone("注册已经确认，不能再修改；名称、地址等变化请办理变更报备。")
    code = see_that_credit_code_is_right(credit_code)
    if code != own.credit_code:
        _see_that_it_is_new(session, code)
    _see_that_region_is_local(session, region_code)
    for key in units.UNIT_FIELDS:
        setattr(own, key, unit[key])
    own.credit_code, own.region_code, own.status, own.status_reason = code, region_code, "pending", ""
    session.flush()
    reach.record(session, "correct_registration", by, own, credit_code=code, region=region_code)
    return own


def confirm(session: Session, public_id: str, *, by: Identity) -> Unit:
    """Confirm a registration; the institution's people can work at once. Raises NotFound, NotAllowed, Gone."""
    unit = _waiting(session, public_id, by)
    unit.status, unit.status_reason = "active", ""
    session.flush()
    reach.record(session, "confirm_registration", by, unit)
    return unit


def refuse(session: Session, public_id: str, *, by: Identity, reason: str) -> Unit:
    """Refuse a registration with a reason that the institution reads. Raises NotFound, NotAllowed, Gone."""
    unit = _waiting(session, public_id, by)
    unit.status, unit.status_reason = "refused", reason
    session.flush()
    reach.record(session, "refuse_registration", by, unit, reason=reason)
    return unit


def see_that_credit_code_is_right(text: str) -> str:
    """The unified social credit code in its plain form. Raises Invalid (field "credit_code"). Source: GB 32100.

    The form is checked here: the library takes only digits where the standard has letters too (N1, Y1 in front).
    """
    code = uscc.compact(text)
    if not _CREDIT_CODE.fullmatch(code):
        raise Invalid({"credit_code": ["应为 18 位统一社会信用代码（数字和大写字母，不含 I、O、S、V、Z）。"]})
    if code[-1] != uscc.calc_check_digit(code):
        raise Invalid({"credit_code": ["校验位不正确，请对照营业执照逐位核对。"]})
    return code


def _waiting(session: Session, public_id: str, by: Identity) -> Unit:
    if by.unit_kind != "department":
        raise NotAllowed()
    unit = reach.unit(session, by, public_id, *REVIEWERS)
    if unit.kind != "institution":
        raise Refused("只有服务机构需要注册审核。")
    if unit.status != "pending":
        last = session.scalars(
            select(AuditEntry)
            .where(
                AuditEntry.chain == f"unit:{unit.id}",
                AuditEntry.verb.in_(("confirm_registration", "refuse_registration")),
            )
            .order_by(AuditEntry.seq.desc())
            .limit(1)
        ).one_or_none()
        raise Gone(
            f"该注册已处理（{STATUS_WORDS[unit.status]}），您的操作未生效。",
            who=last.person_name if last else "", at=last.legal_at if last else None,
        )
    return unit


def _see_that_it_is_new(session: Session, code: str) -> None:
    other = session.scalars(select(Unit).where(Unit.credit_code == code)).one_or_none()
    if other is None:
        return
    what_to_do = {
        "pending": "注册正在等待确认，请用原登录名登录查看。",
        "refused": "上次注册未通过，请用原登录名登录，按退回理由修改后重新提交。",
        "active": "请用本单位已有的账号登录；忘记登录名或密码，请联系本单位管理员或所在地主管部门。",
        "disabled": "该单位已停用，请联系所在地主管部门。",
    }[other.status]
    raise Invalid({"credit_code": [f"该统一社会信用代码已经注册。{what_to_do}"]})


def _see_that_region_is_local(session: Session, region_code: str) -> None:
    """An institution lies in a county, or in a city that has none (定州); never just somewhere in a province."""
    region = units.see_that_region_exists(session, region_code)
    has_below = session.scalar(select(regions.Region.code).where(regions.Region.parent_code == region_code).limit(1))
    if region.tier == "province" or has_below:
        raise Invalid({"region_code": ["请选择到县（市、区）。"]})


def person_of(session: Session, unit: Unit) -> Person | None:
    """The first person of an institution: who registered it."""
    return session.scalars(select(Person).where(Person.unit_id == unit.id).order_by(Person.id).limit(1)).first()
