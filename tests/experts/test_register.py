"""The register: who may be entered, by whom it is kept."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.errors import Gone, Invalid, NotFound
from app.experts import operations, queries
from app.people.queries import Identity
from tests import factories

VALUES = {"fields": "数字化转型", "post": "教授", "employer": ""}


@pytest.fixture
def office(session: Session, clock_at: Callable[[str], None]) -> Identity:
    clock_at("2026-09-21 09:00")
    return factories.world(session).identity(session, "clerk@province")


def holder(session: Session, *roles: str, region_code: str = factories.COUNTY, name: str = "张教授"):
    unit = factories.institution(session, region_code=region_code)
    return factories.person(session, unit, *(roles or ("expert",)), name=name)


def test_somebody_with_the_role_is_entered_and_it_is_on_record(session: Session, office: Identity):
    person = holder(session)

    operations.enter_expert(session, person.public_id, by=office, values=VALUES)

    rows, following = queries.experts(session, office)
    assert [(r.name, r.Expert.fields, r.Expert.status, r.holds) for r in rows] == [
        ("张教授", "数字化转型", "active", True)
    ]
    assert following is None
    assert "enter_expert" in session.scalars(select(AuditEntry.verb)).all()


@pytest.mark.parametrize(("roles", "region"), [(("applicant",), factories.COUNTY), (("expert",), "420100")])
def test_only_holders_of_the_role_in_the_own_province_are_entered(
    session: Session, office: Identity, roles: tuple[str, ...], region: str
):
    person = holder(session, *roles, region_code=region)

    with pytest.raises(Invalid) as caught:
        operations.enter_expert(session, person.public_id, by=office, values=VALUES)

    assert list(caught.value.fields) == ["person"]


def test_nobody_is_entered_twice(session: Session, office: Identity):
    person = holder(session)
    operations.enter_expert(session, person.public_id, by=office, values=VALUES)

    with pytest.raises(Invalid):
        operations.enter_expert(session, person.public_id, by=office, values=VALUES)


def test_each_authority_keeps_its_own_register(session: Session, office: Identity):
    city = factories.identity(session, session.scalars(
        select(factories.Person).where(factories.Person.login == "clerk@city")).one())
    made = operations.enter_expert(session, holder(session).public_id, by=office, values=VALUES)

    assert queries.experts(session, city)[0] == []
    with pytest.raises(NotFound):
        operations.change_expert(session, made.public_id, by=city, values={**VALUES, "status": "paused"})


def test_a_relation_is_with_a_unit_or_with_a_division(session: Session, office: Identity):
    made = operations.enter_expert(session, holder(session).public_id, by=office, values=VALUES)
    unit = factories.institution(session)

    for unit_id, region in (("", ""), (unit.public_id, "130600")):
        with pytest.raises(Invalid):
            operations.declare_relation(session, made.public_id, by=office, unit_public_id=unit_id,
                                        region_code=region, reason="顾问")
    operations.declare_relation(session, made.public_id, by=office, unit_public_id=unit.public_id, region_code="",
                                reason="顾问")

    assert queries.candidates(session, keeper_id=office.unit_id)[0].units == {unit.id: "顾问"}


def test_a_relation_ends_once_and_stays_on_record(session: Session, office: Identity):
    made = operations.enter_expert(session, holder(session).public_id, by=office, values=VALUES)
    relation = operations.declare_relation(session, made.public_id, by=office, unit_public_id="",
                                           region_code="130600", reason="原籍")

    operations.end_relation(session, made.public_id, relation.public_id, by=office)
    with pytest.raises(Gone):
        operations.end_relation(session, made.public_id, relation.public_id, by=office)

    assert queries.candidates(session, keeper_id=office.unit_id)[0].regions == {}
    assert len(queries.expert(session, office, made.public_id)[3]) == 1


def test_whoever_lost_the_role_is_barred(session: Session, office: Identity):
    person = holder(session)
    operations.enter_expert(session, person.public_id, by=office, values=VALUES)
    person.status = "disabled"
    session.flush()

    assert queries.candidates(session, keeper_id=office.unit_id)[0].barred == "账号已停用或不再持有评审专家岗位"
