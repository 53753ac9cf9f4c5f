"""Service centres stand beside the departments of the same division: each programme's offices are of one sort."""

import pytest

from app.errors import Refused
from app.people import operations as people
from app.people import queries
from app.people.models import Unit
from tests import factories


@pytest.fixture
def world(session):
    return factories.world(session)


def office(session, world, kind: str, region: str, *, organisation: str = "", name: str = "") -> Unit:
    made = people.create_unit(
        session, by=world.identity(session, "admin@province"), kind=kind,
        tier="city" if region == factories.CITY else "province", region_code=region,
        values={"name": name or f"{kind}{region}", "organisation_code": organisation},
    )
    factories.person(session, made, "clerk")
    return made


def test_hub_2_a_centre_answers_for_its_division_where_the_programme_is_run_by_centres(session, world):
    centre = office(session, world, "centre", factories.CITY)

    found = {body: queries.resolve_unit(session, tier="city", region_code=factories.COUNTY, role="clerk", body=body)
             for body in ("", "centre")}

    assert found == {"": (world.unit("city").id, False), "centre": (centre.id, False)}


def test_hub_2_without_a_centre_of_the_city_that_of_the_province_stands_in_and_no_department(session, world):
    centre = office(session, world, "centre", factories.PROVINCE)

    found = queries.resolve_unit(session, tier="city", region_code=factories.COUNTY, role="clerk", body="centre")

    assert found == (centre.id, True)


def test_hub_2_a_section_of_a_centre_answers_for_no_division(session, world):
    office(session, world, "internal", factories.PROVINCE)
    world.unit("ministry").status = "disabled"
    session.flush()

    with pytest.raises(Refused):
        queries.resolve_unit(session, tier="city", region_code=factories.COUNTY, role="clerk", body="centre")


def test_hub_21_an_office_keeps_the_credit_code_of_its_organisation_and_may_correct_it(session, world):
    code, other = factories.credit_code(), factories.credit_code()
    made = office(session, world, "centre", factories.CITY, organisation=code)
    assert (made.kind, made.body, made.organisation_code) == ("department", "centre", code)

    people.change_unit(
        session, made.public_id, by=world.identity(session, "admin@province"),
        values={"name": made.name, "organisation_code": other},
    )

    assert made.organisation_code == other

