"""Who somebody is, what they see, and who answers for a division."""

from datetime import timedelta

import pytest
from sqlalchemy import cast, literal, select

from app import clock
from app.cases.models import Case
from app.errors import Refused
from app.people import queries, sessions
from app.people.models import Person, Region, SignIn, Unit
from tests import factories


def test_a_live_session_gives_the_person_with_unit_place_and_roles(session):
    unit = factories.department(session, tier="county", region_code="130636")
    who = factories.person(session, unit, "clerk", "lead", name="李华")
    session_id = sessions.start(session, person_id=who.id)

    identity = queries.identity_of(session, sessions.hash_of(session_id))

    assert (identity.name, identity.unit_id, identity.tier) == ("李华", unit.id, "county")
    assert (identity.province_code, identity.city_code, identity.county_code) == ("130000", "130600", "130636")
    assert identity.roles == {"clerk", "lead"}


def test_it_takes_one_statement(session, statements):
    who = factories.person(session, factories.department(session), "clerk", "lead")
    key = sessions.hash_of(sessions.start(session, person_id=who.id))

    with statements() as seen:
        queries.identity_of(session, key)

    assert len(seen) == 1


def test_somebody_without_roles_has_none(session):
    who = factories.person(session, factories.department(session))

    assert factories.identity(session, who).roles == frozenset()


@pytest.mark.parametrize("status", ["pending", "refused"])
def test_people_of_a_unit_that_is_not_confirmed_hold_no_roles(session, status):
    who = factories.person(session, factories.institution(session, status=status), "applicant", "admin")
    key = sessions.hash_of(sessions.start(session, person_id=who.id))

    identity = queries.identity_of(session, key)

    assert (identity.unit_status, identity.roles) == (status, frozenset())


@pytest.mark.parametrize(
    ("idle", "age", "lives"),
    [
        (timedelta(minutes=29, seconds=59), timedelta(hours=1), True),
        (timedelta(minutes=30), timedelta(hours=1), False),
        (timedelta(minutes=31), timedelta(hours=1), False),
        (timedelta(0), timedelta(hours=11, minutes=59, seconds=59), True),
        (timedelta(0), timedelta(hours=12), False),
        (timedelta(0), timedelta(hours=12, seconds=1), False),
    ],
)
def test_a_session_idles_out_after_30_minutes_and_ends_after_12_hours(session, monkeypatch, idle, age, lives):
    who = factories.person(session, factories.department(session), "clerk")
    key = sessions.hash_of(sessions.start(session, person_id=who.id))
    row = session.get(SignIn, key)
    now = row.created_at + age
    row.seen_at = now - idle
    session.flush()
    monkeypatch.setattr(clock, "real", lambda: now)

    assert (queries.identity_of(session, key) is not None) == lives


@pytest.mark.parametrize("what", ["session", "person", "unit"])
def test_a_session_dies_with_its_end_or_its_person_or_its_unit(session, what):
    unit = factories.department(session)
    who = factories.person(session, unit, "clerk")
    session_id = sessions.start(session, person_id=who.id)

    if what == "session":
        sessions.end(session, session_id)
    elif what == "person":
        who.status = "disabled"
    else:
        unit.status = "disabled"
    session.flush()

    assert queries.identity_of(session, sessions.hash_of(session_id)) is None


def test_an_unknown_id_is_nobodys(session):
    assert queries.identity_of(session, sessions.hash_of("guess")) is None


class TestResolvingAUnit:
    @pytest.fixture
    def world(self, session):
        return factories.world(session)

    @pytest.mark.parametrize("tier", ["county", "city", "province", "ministry"])
    def test_the_department_of_the_tier_in_the_own_division_answers(self, session, world, tier):
        found = queries.resolve_unit(session, tier=tier, region_code=factories.COUNTY, role="clerk")

        assert found == (world.unit(tier).id, False)

    def test_a_vacant_role_goes_to_the_unit_above_with_a_mark(self, session, world):
        world.person("clerk@county").status = "disabled"
        session.flush()

        found = queries.resolve_unit(session, tier="county", region_code=factories.COUNTY, role="clerk")

        assert found == (world.unit("city").id, True)

    def test_two_vacancies_go_up_two_tiers(self, session, world):
        world.person("clerk@county").status = "disabled"
        world.unit("city").status = "disabled"
        session.flush()

        found = queries.resolve_unit(session, tier="county", region_code=factories.COUNTY, role="clerk")

        assert found == (world.unit("province").id, True)

    def test_a_missing_department_is_a_vacancy(self, session, world):
        found = queries.resolve_unit(session, tier="county", region_code="130634", role="clerk")

        assert found == (world.unit("city").id, True)

    def test_nobody_anywhere_leaves_it_at_the_lowest_unit_with_a_mark(self, session, world):
        for who in session.scalars(select(Person)):
            who.status = "disabled"
        session.flush()

        found = queries.resolve_unit(session, tier="county", region_code=factories.COUNTY, role="lead")

        assert found == (world.unit("county").id, True)

    def test_another_division_never_answers(self, session, world):
        found = queries.resolve_unit(session, tier="county", region_code=factories.SIBLING_COUNTY, role="clerk")

        assert found == (world.unit("sibling_county").id, False)

    def test_nobody_below_answers_for_a_tier(self, session):
        factories.person(session, factories.department(session, tier="county"), "clerk")

        with pytest.raises(Refused, match="建立单位"):
            queries.resolve_unit(session, tier="province", region_code=factories.COUNTY, role="clerk")

    @pytest.mark.parametrize(
        ("region_code", "tier", "right"),
        [("110105", "city", "province"), ("429004", "city", "province"), ("130682", "county", "city")],
    )
    def test_a_tier_that_a_division_lacks_is_no_vacancy(self, session, region_code, tier, right):
        region = session.get(Region, region_code)
        unit = factories.department(session, tier=right, region_code=getattr(region, f"{right}_code"))
        factories.person(session, unit, "clerk")

        assert queries.resolve_unit(session, tier=tier, region_code=region_code, role="clerk") == (unit.id, False)

    def test_the_first_of_two_departments_answers_unless_only_the_second_has_people(self, session, world):
        second = factories.department(session, tier="county", name="另一部门")
        factories.person(session, second, "designer")

        assert queries.resolve_unit(
            session, tier="county", region_code=factories.COUNTY, role="clerk"
        ) == (world.unit("county").id, False)
        world.person("designer@county").status = "disabled"
        session.flush()
        assert queries.resolve_unit(
            session, tier="county", region_code=factories.COUNTY, role="designer"
        ) == (second.id, False)


class TestSight:
    @pytest.fixture
    def world(self, session):
        return factories.world(session)

    @pytest.mark.parametrize(
        ("login", "sees_it"),
        [
            ("clerk@county", True),
            ("clerk@city", True),
            ("clerk@province", True),
            ("auditor@ministry", True),
            ("clerk@sibling_county", False),
            ("clerk@sibling_city", False),
            ("clerk@association", False),
            ("applicant@institution", True),
            ("applicant@other_institution", False),
        ],
    )
    def test_who_sees_a_case_of_the_county(self, session, world, login, sees_it):
        identity = world.identity(session, login)
        place = session.get(Region, factories.COUNTY)

        assert queries.sees(identity, place, applicant_id=world.unit("institution").id) == sees_it
        assert _in_scope(session, identity, factories.COUNTY, world.unit("institution").id) == sees_it

    def test_a_case_of_the_province_itself_is_not_in_a_citys_sight(self, session, world):
        identity = world.identity(session, "clerk@city")

        assert not _in_scope(session, identity, factories.PROVINCE, None)
        assert not queries.sees(identity, session.get(Region, factories.PROVINCE), applicant_id=None)

    def test_somebody_without_roles_sees_nothing(self, session, world):
        nobody = factories.identity(session, factories.person(session, world.unit("ministry")))

        assert not _in_scope(session, nobody, factories.COUNTY, None)
        assert not queries.sees(nobody, session.get(Region, factories.COUNTY), applicant_id=None)


@pytest.mark.parametrize(
    ("login", "reached"),
    [
        ("admin@ministry", {"ministry", "province", "city", "sibling_city", "county", "sibling_county", "association",
                            "institution", "other_institution"}),
        ("admin@city", {"city", "county", "sibling_county", "association", "institution", "other_institution"}),
        ("admin@county", {"county", "institution"}),
        ("admin@institution", {"institution"}),
        ("admin@association", {"association"}),
    ],
)
def test_which_units_an_administrator_reaches(session, login, reached):
    world = factories.world(session)
    scope = queries.unit_scope(world.identity(session, login))

    names = session.scalars(select(Unit.id).outerjoin(Region, Unit.region_code == Region.code).where(scope))

    assert set(names) == {world.unit(place).id for place in reached}


def test_another_department_of_the_same_tier_and_division_is_not_below(session):
    world = factories.world(session)
    neighbour = factories.department(session, tier="city", region_code=factories.CITY, name="市另一部门")
    scope = queries.unit_scope(world.identity(session, "admin@city"))

    reached = session.scalars(select(Unit.id).outerjoin(Region, Unit.region_code == Region.code).where(scope))

    assert neighbour.id not in set(reached)


def _in_scope(session, identity, region_code, applicant_id):
    """Whether the condition holds for a row like a case's: asked of the database, over literals."""
    region = session.get(Region, region_code)
    columns = {"province_code": region.province_code, "city_code": region.city_code, "county_code": region.county_code,
               "applicant_id": applicant_id, "recommender_id": None}
    row = select(*(_literal(key, value) for key, value in columns.items())).subquery()
    return session.scalar(select(1).select_from(row).where(queries.case_scope(identity, row.c))) is not None


def _literal(key, value):
    column = getattr(Case, key)
    return cast(literal(value, column.type), column.type).label(key)
