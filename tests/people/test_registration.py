"""Institutions register; departments of their division or above confirm or refuse."""

import pytest
from sqlalchemy import func, select
from stdnum.cn import uscc

from app import clock
from app.audit.models import AuditEntry
from app.errors import Gone, Invalid, NotAllowed, NotFound, TooMany
from app.people import directory, registration
from app.people.models import Person, RoleGrant, Unit
from tests import factories

UNIT = {"name": "保定创服有限公司", "address": "朝阳路 9 号", "contact_name": "赵强", "contact_phone": "13700137000",
        "contact_email": "zhao@example.cn"}


@pytest.fixture
def world(session):
    return factories.world(session)


def register(session, **more):
    values = {
        "credit_code": factories.credit_code(), "region_code": factories.COUNTY, "unit": UNIT,
        "person": {"login": f"zhao{session.scalar(select(func.count()).select_from(Person))}", "name": "赵强"},
        "password_hash": "$hash", "address": "203.0.113.7",
    }
    return registration.register(session, **(values | more))


def test_a_registration_waits_with_a_person_who_will_apply_and_administer(session):
    person = register(session)

    unit = session.get(Unit, person.unit_id)
    assert (unit.kind, unit.status, unit.region_code) == ("institution", "pending", factories.COUNTY)
    held = set(session.scalars(select(RoleGrant.role).where(RoleGrant.person_id == person.id)))
    assert held == {"applicant", "admin"}
    assert factories.identity(session, person).roles == frozenset()
    assert [e.verb for e in session.scalars(select(AuditEntry))] == ["register"]


@pytest.mark.parametrize("login", ["clerk@county", "admin@county", "lead@city", "clerk@province", "clerk@ministry"])
def test_the_department_of_the_division_or_above_confirms(session, world, login):
    person = register(session)
    unit = session.get(Unit, person.unit_id)

    registration.confirm(session, unit.public_id, by=world.identity(session, login))

    assert unit.status == "active"
    assert factories.identity(session, person).roles == {"applicant", "admin"}


@pytest.mark.parametrize(
    ("login", "error"),
    [("clerk@sibling_county", NotFound), ("clerk@sibling_city", NotFound), ("auditor@county", NotAllowed),
     ("designer@city", NotAllowed), ("admin@institution", NotAllowed), ("clerk@association", NotAllowed)],
)
def test_others_do_not(session, world, login, error):
    unit = session.get(Unit, register(session).unit_id)
    by = world.identity(session, login)

    for decide in (lambda: registration.confirm(session, unit.public_id, by=by),
                   lambda: registration.refuse(session, unit.public_id, by=by, reason="x")):
        with pytest.raises(error):
            decide()
    assert unit.status == "pending"


def test_a_refused_one_is_corrected_and_waits_again(session, world):
    person = register(session)
    unit = session.get(Unit, person.unit_id)
    registration.refuse(session, unit.public_id, by=world.identity(session, "clerk@county"), reason="名称与执照不符")
    assert (unit.status, unit.status_reason) == ("refused", "名称与执照不符")

    registration.correct(
        session, by=factories.identity(session, person), credit_code=unit.credit_code, region_code="130628",
        unit=UNIT | {"name": "保定创服科技有限公司"},
    )

    assert (unit.status, unit.status_reason, unit.name) == ("pending", "", "保定创服科技有限公司")
    there, _ = directory.registrations(session, world.identity(session, "clerk@sibling_county"))
    assert [row.Unit.id for row in there] == [unit.id]
    assert directory.registrations(session, world.identity(session, "clerk@county")) == ([], None)


def test_who_comes_second_learns_who_came_first_and_when(session, world, clock_at):
    clock_at("2026-11-20 10:05")
    unit = session.get(Unit, register(session).unit_id)
    registration.confirm(session, unit.public_id, by=world.identity(session, "clerk@county"))

    with pytest.raises(Gone) as gone:
        registration.refuse(session, unit.public_id, by=world.identity(session, "lead@city"), reason="x")

    assert gone.value.who == world.person("clerk@county").name
    assert gone.value.at == clock.now()
    assert unit.status == "active"


def test_a_confirmed_one_is_not_corrected_any_more(session, world):
    with pytest.raises(Gone, match="变更报备"):
        registration.correct(
            session, by=world.identity(session, "admin@institution"), credit_code="x", region_code="x", unit=UNIT
        )


@pytest.mark.parametrize(
    ("status", "hint"),
    [("pending", "等待确认"), ("refused", "修改后重新提交"), ("active", "已有的账号"), ("disabled", "主管部门")],
)
def test_a_credit_code_is_registered_once_and_the_message_says_what_to_do(session, status, hint):
    other = factories.institution(session, status=status)
    factories.person(session, other, "applicant", "admin")

    with pytest.raises(Invalid) as refused:
        register(session, credit_code=other.credit_code.lower())

    assert "已经注册" in refused.value.fields["credit_code"][0]
    assert hint in refused.value.fields["credit_code"][0]


@pytest.mark.parametrize(
    "code",
    ["911306000000000001", "91130600MA0000001", "91130600MA00000010X", "91130600MI0000001X", "", "９１１３",
     "91130600MA0000001\x00", "<script>", "0" * 1000],
)
def test_a_wrong_credit_code_is_refused_at_its_field(session, code):
    with pytest.raises(Invalid) as refused:
        register(session, credit_code=code)

    assert list(refused.value.fields) == ["credit_code"]


def test_a_wrong_check_digit_says_so():
    code = factories.credit_code()
    wrong = code[:-1] + ("1" if code[-1] != "1" else "2")

    with pytest.raises(Invalid) as refused:
        registration.see_that_credit_code_is_right(wrong)

    assert "校验位" in refused.value.fields["credit_code"][0]


@pytest.mark.parametrize("code", ["91350100M000100Y43", " 9135 0100 M000100Y43 ", "91350100m000100y43"])
def test_a_code_is_taken_however_it_is_typed(code):
    assert registration.see_that_credit_code_is_right(code) == "91350100M000100Y43"


@pytest.mark.parametrize("kind", ["12", "51", "52", "91", "N2", "Y1"])
def test_every_kind_of_body_has_codes(kind):
    body = f"{kind}130600MA0000012"
    code = body + uscc.calc_check_digit(body)

    assert registration.see_that_credit_code_is_right(code) == code


@pytest.mark.parametrize(("code", "good"), [("130636", True), ("130682", True), ("441900", True), ("110105", True),
                                            ("130600", False), ("130000", False), ("999999", False), ("", False)])
def test_an_institution_lies_in_a_county_or_a_city_without_counties(session, code, good):
    if good:
        register(session, region_code=code)
    else:
        with pytest.raises(Invalid) as refused:
            register(session, region_code=code)
        assert list(refused.value.fields) == ["region_code"]


def test_a_login_that_is_taken_leaves_nothing_behind(session, world):
    before = session.scalar(select(func.count()).select_from(Unit))

    with pytest.raises(Invalid) as refused, session.begin_nested():
        register(session, person={"login": "clerk@county", "name": "赵强"})

    assert list(refused.value.fields) == ["login"]
    assert session.scalar(select(func.count()).select_from(Unit)) == before


def test_an_address_registers_thirty_times_and_then_waits(session):
    for _ in range(30):
        register(session)

    with pytest.raises(TooMany):
        register(session)
    register(session, address="203.0.113.8")
