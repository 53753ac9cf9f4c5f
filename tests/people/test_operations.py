"""What administrators do: each verb changes what it says, is on the trail, and stays within reach."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import clock
from app.audit.models import AuditEntry
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.people import codes, operations, passwords, queries, regions, sessions
from app.people.models import OneTimeCode, Person, RoleGrant, SignIn, Unit
from tests import factories

NEW_UNIT = {"name": "顺平县工业和信息化局", "address": "", "contact_name": "", "contact_phone": "", "contact_email": ""}
DETAILS = {"name": "李华", "phone": "13900139000", "email": "lihua@example.cn"}


@pytest.fixture
def world(session):
    return factories.world(session)


def verbs(session):
    """The verbs on the trail in the order in which they were recorded."""
    return list(session.scalars(select(AuditEntry.verb).order_by(AuditEntry.real_at, AuditEntry.seq)))


def roles_of(session, person):
    return set(session.scalars(select(RoleGrant.role).where(RoleGrant.person_id == person.id)))


class TestTheFirstAdministrator:
    SET_UP = {"tier": "province", "region_code": "130000", "unit": {"name": "河北省工业和信息化厅"}}
    PERSON = {"login": "Guanli", "name": "王敏"}

    def set_up(self, session, code, **more):
        values = self.SET_UP | {"person": self.PERSON, "password_hash": "$hash"} | more
        return operations.set_up(session, code, **values)

    def test_comes_with_a_code_from_the_command_line(self, session):
        code = operations.first_administrator_code(session)

        first = self.set_up(session, code)

        unit = session.get(Unit, first.unit_id)
        assert (unit.kind, unit.tier, unit.region_code, unit.status) == ("department", "province", "130000", "active")
        assert (first.login, roles_of(session, first)) == ("guanli", {"admin"})
        assert verbs(session) == ["make_first_administrator_code", "set_up"]

    def test_needs_a_code_that_was_not_used(self, session):
        code = operations.first_administrator_code(session)
        first = self.set_up(session, code)
        session.delete(session.get(RoleGrant, (first.id, "admin")))
        session.flush()

        with pytest.raises(Invalid) as refused:
            self.set_up(session, code)
        assert "code" in refused.value.fields

    def test_no_code_is_made_once_somebody_administers(self, session, world):
        with pytest.raises(Refused, match="已有管理员"):
            operations.first_administrator_code(session)

    def test_a_code_made_before_is_worth_nothing_once_somebody_administers(self, session):
        code = operations.first_administrator_code(session)
        factories.world(session)

        with pytest.raises(Refused, match="已有管理员"):
            self.set_up(session, code)

    def test_only_the_last_code_counts(self, session):
        old = operations.first_administrator_code(session)
        operations.first_administrator_code(session)

        with pytest.raises(Invalid):
            self.set_up(session, old)

    @pytest.mark.parametrize(
        ("tier", "region_code", "field"),
        [("city", "130000", "tier"), ("province", "", "region_code"), ("province", "999999", "region_code"),
         ("ministry", "130000", "region_code"), ("county", "130682", "tier")],
    )
    def test_the_tier_is_that_of_the_division(self, session, tier, region_code, field):
        code = operations.first_administrator_code(session)

        with pytest.raises(Invalid) as refused:
            self.set_up(session, code, tier=tier, region_code=region_code)
        assert list(refused.value.fields) == [field]

    def test_a_ministry_has_no_division(self, session):
        code = operations.first_administrator_code(session)

        first = self.set_up(session, code, tier="ministry", region_code="")

        assert session.get(Unit, first.unit_id).region_code is None


class TestCodes:
    @pytest.mark.parametrize("disguise", [str.lower, lambda c: c.replace("-", ""), lambda c: f"  {c} ",
                                          lambda c: c.replace("-", " ")])
    def test_a_code_is_read_however_it_is_typed(self, session, disguise):
        code = codes.make(session, purpose=codes.FIRST_ADMINISTRATOR)

        assert codes.find(session, disguise(code), purpose=codes.FIRST_ADMINISTRATOR)

    def test_a_code_serves_its_purpose_alone(self, session):
        code = codes.make(session, purpose=codes.FIRST_ADMINISTRATOR)

        with pytest.raises(Invalid):
            codes.find(session, code, purpose=codes.NEW_PASSWORD)

    def test_only_its_hash_is_kept(self, session):
        code = codes.make(session, purpose=codes.FIRST_ADMINISTRATOR)

        assert code.replace("-", "") not in session.scalars(select(OneTimeCode.code_hash)).one()

    @pytest.mark.parametrize(("hours", "good"), [(71.99, True), (72, False), (72.01, False)])
    def test_a_code_for_a_password_lives_72_hours(self, session, world, monkeypatch, hours, good):
        code = codes.make(session, purpose=codes.NEW_PASSWORD, person_id=world.person("clerk@county").id)
        made = session.scalars(select(OneTimeCode)).one()
        monkeypatch.setattr(clock, "real", lambda: made.expires_at - timedelta(hours=72) + timedelta(hours=hours))

        if good:
            assert codes.find(session, code, purpose=codes.NEW_PASSWORD) is made
        else:
            with pytest.raises(Invalid):
                codes.find(session, code, purpose=codes.NEW_PASSWORD)


class TestUnits:
    def create(self, session, by, *, kind="department", tier="county", region_code="130634", **values):
        return operations.create_unit(
            session, by=by, kind=kind, tier=tier, region_code=region_code, values=NEW_UNIT | values
        )

    def test_a_province_sets_up_a_county(self, session, world):
        by = world.identity(session, "admin@province")

        unit = self.create(session, by)

        assert (unit.kind, unit.tier, unit.region_code, unit.status) == ("department", "county", "130634", "active")
        assert verbs(session) == ["create_unit"]

    @pytest.mark.parametrize(
        ("login", "tier", "region_code", "field"),
        [
            ("admin@county", "county", "130628", "region_code"),  # a sibling's division
            ("admin@city", "city", "130100", "region_code"),
            ("admin@city", "province", "130000", "tier"),  # above
            ("admin@province", "county", "420102", "region_code"),  # another province
            ("admin@province", "city", "130634", "tier"),  # the division is a county
            ("admin@province", "county", "", "region_code"),
            ("admin@province", "ministry", "", "tier"),
        ],
    )
    def test_nobody_sets_up_units_outside_the_own_division_or_above(
        self, session, world, login, tier, region_code, field
    ):
        with pytest.raises(Invalid) as refused:
            self.create(session, world.identity(session, login), tier=tier, region_code=region_code)

        assert list(refused.value.fields) == [field]

    def test_a_second_department_beside_the_own_one_is_in_reach_of_who_set_it_up(self, session, world):
        by = world.identity(session, "admin@province")

        beside = self.create(session, by, tier="province", region_code="130000", name="河北省中小企业发展中心")

        assert operations.change_unit(session, beside.public_id, by=by, values=NEW_UNIT | {"name": "河北省服务中心"})

    def test_an_association_has_no_tier(self, session, world):
        by = world.identity(session, "admin@city")

        unit = self.create(session, by, kind="association", tier="", region_code="130600", name="保定市中小企业协会")

        assert (unit.tier, unit.region_code) == (None, "130600")

    def test_a_name_is_given_once(self, session, world):
        by = world.identity(session, "admin@province")
        self.create(session, by)

        with pytest.raises(Invalid) as refused:
            self.create(session, by, region_code="130635")
        assert "name" in refused.value.fields

    @pytest.mark.parametrize("login", ["clerk@province", "admin@institution", "admin@association"])
    def test_others_set_up_nothing(self, session, world, login):
        with pytest.raises(NotAllowed):
            self.create(session, world.identity(session, login))

    @pytest.mark.parametrize("verb", ["disable_unit", "enable_unit", "change_unit"])
    @pytest.mark.parametrize("place", ["sibling_county", "city", "province"])
    def test_units_beside_and_above_are_not_there(self, session, world, verb, place):
        by = world.identity(session, "admin@county")
        more = {"disable_unit": {"reason": "撤并"}, "change_unit": {"values": NEW_UNIT}}.get(verb, {})

        with pytest.raises(NotFound):
            getattr(operations, verb)(session, world.unit(place).public_id, by=by, **more)

    def test_disabling_a_unit_ends_its_peoples_sessions_at_once(self, session, world):
        clerk = world.person("clerk@county")
        key = sessions.hash_of(sessions.start(session, person_id=clerk.id))
        by = world.identity(session, "admin@city")

        operations.disable_unit(session, world.unit("county").public_id, by=by, reason="机构改革")

        assert queries.identity_of(session, key) is None
        assert session.get(SignIn, key).ended_at is not None
        assert world.unit("county").status_reason == "机构改革"

    def test_tasks_of_a_disabled_unit_go_above(self, session, world):
        by = world.identity(session, "admin@city")

        operations.disable_unit(session, world.unit("county").public_id, by=by, reason="机构改革")

        found = queries.resolve_unit(session, tier="county", region_code=factories.COUNTY, role="clerk")
        assert found == (world.unit("city").id, True)

    def test_a_disabled_unit_comes_back(self, session, world):
        by = world.identity(session, "admin@city")
        operations.disable_unit(session, world.unit("county").public_id, by=by, reason="误操作")

        operations.enable_unit(session, world.unit("county").public_id, by=by)

        assert (world.unit("county").status, world.unit("county").status_reason) == ("active", "")
        assert verbs(session) == ["disable_unit", "enable_unit"]

    def test_what_is_so_already_is_gone(self, session, world):
        by = world.identity(session, "admin@city")

        with pytest.raises(Gone):
            operations.enable_unit(session, world.unit("county").public_id, by=by)

    def test_nobody_disables_the_own_unit(self, session, world):
        by = world.identity(session, "admin@county")

        with pytest.raises(Refused, match="上级"):
            operations.disable_unit(session, world.unit("county").public_id, by=by, reason="试")

    def test_the_name_of_an_institution_is_changed_by_a_change_report_only(self, session, world):
        by = world.identity(session, "admin@county")

        with pytest.raises(Invalid) as refused:
            operations.change_unit(session, world.unit("institution").public_id, by=by, values=NEW_UNIT)
        assert "变更报备" in refused.value.fields["name"][0]


class TestPeople:
    def create(self, session, by, unit, *, login="lihua", held=("clerk",)):
        return operations.create_person(session, unit.public_id, by=by, login=login, values=DETAILS, held=held)

    def test_a_new_account_has_no_password_until_its_person_sets_one_with_the_code(self, session, world):
        person, code = self.create(session, world.identity(session, "admin@county"), world.unit("county"))
        assert person.password_hash == ""
        assert not passwords.matches(person.password_hash, "")

        operations.set_password(session, person, password_hash="$new", code=code)

        assert person.password_hash == "$new"
        with pytest.raises(Invalid):
            operations.set_password(session, person, password_hash="$again", code=code)
        assert verbs(session) == ["create_person", "set_password"]

    def test_a_code_sets_nobody_elses_password(self, session, world):
        _, code = self.create(session, world.identity(session, "admin@county"), world.unit("county"))

        with pytest.raises(NotFound):
            operations.set_password(session, world.person("lead@county"), password_hash="$new", code=code)

    @pytest.mark.parametrize("login", ["clerk@county", "CLERK@county"])
    def test_a_login_is_given_once_whatever_its_case(self, session, world, login):
        by = world.identity(session, "admin@county")

        with pytest.raises(Invalid) as refused:
            self.create(session, by, world.unit("county"), login=login)
        assert "login" in refused.value.fields
        assert session.scalars(select(Person.id)).first()  # the transaction goes on

    @pytest.mark.parametrize(("place", "error"), [("city", NotFound), ("sibling_county", NotFound)])
    def test_nobody_makes_accounts_beside_or_above(self, session, world, place, error):
        with pytest.raises(error):
            self.create(session, world.identity(session, "admin@county"), world.unit(place))

    def test_a_clerk_makes_no_accounts(self, session, world):
        with pytest.raises(NotAllowed):
            self.create(session, world.identity(session, "clerk@county"), world.unit("county"))

    @pytest.mark.parametrize(("place", "allowed"), [("ministry", True), ("province", False), ("county", False)])
    def test_the_operators_stand_in_the_topmost_department_alone(self, session, world, place, allowed):
        by = world.identity(session, "admin@ministry")

        if allowed:
            self.create(session, by, world.unit(place), held=("operator",))
        else:
            with pytest.raises(Invalid) as refused:
                self.create(session, by, world.unit(place), held=("operator",))
            assert "最高一级" in refused.value.fields["roles"][0]

    def test_roles_are_set_as_a_whole_and_hold_at_once(self, session, world):
        clerk = world.person("clerk@county")
        key = sessions.hash_of(sessions.start(session, person_id=clerk.id))

        by = world.identity(session, "admin@county")
        operations.set_roles(session, clerk.public_id, by=by, held=["lead", "designer"])

        assert queries.identity_of(session, key).roles == {"lead", "designer"}
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.details["before"], entry.details["after"]) == ("经办岗", "审核岗、流程设计岗")

    def test_nobody_gives_up_the_own_administration(self, session, world):
        admin = world.person("admin@county")

        with pytest.raises(Refused, match="自己"):
            operations.set_roles(session, admin.public_id, by=world.identity(session, "admin@county"), held=[])

    def test_an_administrator_cannot_make_himself_a_clerk_as_well(self, session, world):
        admin = world.person("admin@county")
        by = world.identity(session, "admin@county")

        with pytest.raises(Invalid):
            operations.set_roles(session, admin.public_id, by=by, held=["admin", "clerk"])
        assert roles_of(session, admin) == {"admin"}

    def test_disabling_ends_live_sessions_at_once(self, session, world):
        clerk = world.person("clerk@county")
        key = sessions.hash_of(sessions.start(session, person_id=clerk.id))

        operations.disable_person(
            session, clerk.public_id, by=world.identity(session, "admin@county"), reason="调离"
        )

        assert queries.identity_of(session, key) is None
        operations.enable_person(session, clerk.public_id, by=world.identity(session, "admin@county"))
        assert queries.identity_of(session, key) is None  # the old session stays ended

    def test_nobody_disables_oneself(self, session, world):
        by = world.identity(session, "admin@county")

        with pytest.raises(Refused):
            operations.disable_person(session, by.public_id, by=by, reason="试")

    def test_a_reset_makes_the_old_password_void_at_once(self, session, world):
        clerk = world.person("clerk@county")
        key = sessions.hash_of(sessions.start(session, person_id=clerk.id))

        _, code = operations.reset_password(session, clerk.public_id, by=world.identity(session, "admin@county"))

        assert clerk.password_hash == ""
        assert queries.identity_of(session, key) is None
        operations.set_password(session, clerk, password_hash="$new", code=code)
        assert clerk.password_hash == "$new"

    def test_a_second_reset_voids_the_first_code(self, session, world):
        clerk, by = world.person("clerk@county"), world.identity(session, "admin@county")
        _, first = operations.reset_password(session, clerk.public_id, by=by)
        operations.reset_password(session, clerk.public_id, by=by)

        with pytest.raises(Invalid):
            operations.set_password(session, clerk, password_hash="$new", code=first)

    @pytest.mark.parametrize(
        ("verb", "more"),
        [("change_person", {"values": DETAILS}), ("set_roles", {"held": []}), ("disable_person", {"reason": "x"}),
         ("enable_person", {}), ("reset_password", {}), ("unlock", {})],
    )
    @pytest.mark.parametrize(
        ("login", "target", "error"),
        [("admin@county", "clerk@sibling_county", NotFound), ("admin@county", "clerk@city", NotFound),
         ("admin@institution", "admin@other_institution", NotFound), ("clerk@county", "lead@county", NotAllowed),
         ("auditor@province", "clerk@county", NotAllowed), ("admin@city", "nobody", NotFound)],
    )
    def test_people_out_of_reach_are_not_there_and_others_may_not(
        self, session, world, verb, more, login, target, error
    ):
        public_id = world.people[target].public_id if target in world.people else "AAAA"

        with pytest.raises(error):
            getattr(operations, verb)(session, public_id, by=world.identity(session, login), **more)
        assert verbs(session) == []

    def test_the_administrator_of_an_institution_looks_after_its_own_people(self, session, world):
        by = world.identity(session, "admin@institution")

        person, _ = self.create(session, by, world.unit("institution"), held=("applicant", "admin"))

        assert roles_of(session, person) == {"applicant", "admin"}

    def test_a_session_is_ended_by_its_person_or_an_administrator_and_nobody_else(self, session, world):
        clerk = world.person("clerk@county")
        keys = [sessions.hash_of(sessions.start(session, person_id=clerk.id)) for _ in range(2)]
        ids = [session.get(SignIn, key).public_id for key in keys]

        operations.end_session(session, clerk.public_id, ids[0], by=world.identity(session, "clerk@county"))
        operations.end_session(session, clerk.public_id, ids[1], by=world.identity(session, "admin@city"))

        assert all(queries.identity_of(session, key) is None for key in keys)
        with pytest.raises(NotFound):
            operations.end_session(session, clerk.public_id, ids[0], by=world.identity(session, "admin@sibling_county"))
        lead = world.person("lead@county")
        with pytest.raises(NotFound):
            operations.end_session(session, lead.public_id, ids[0], by=world.identity(session, "lead@county"))

    def test_a_new_password_ends_every_session(self, session, world):
        clerk = world.person("clerk@county")
        keys = [sessions.hash_of(sessions.start(session, person_id=clerk.id)) for _ in range(3)]

        operations.set_password(session, clerk, password_hash="$new")

        assert not any(queries.identity_of(session, key) for key in keys)


class TestDivisions:
    def place(self, session, by, **more):
        values = {"code": "429004", "name": "仙桃市", "tier": "city", "parent_code": "420000"} | more
        operations.place_region(session, by=by, **values)

    def test_an_operator_moves_a_division(self, session, world):
        self.place(session, world.identity(session, "operator@ministry"))

        assert regions.get(session, "429004").tier == "city"
        assert verbs(session) == ["place_region"]

    def test_others_do_not(self, session, world):
        with pytest.raises(NotAllowed):
            self.place(session, world.identity(session, "admin@ministry"))

    def test_a_division_with_a_department_at_its_tier_stays_there(self, session, world):
        with pytest.raises(Refused, match="部门"):
            self.place(
                session, world.identity(session, "operator@ministry"), code=factories.COUNTY, name="顺平县",
                parent_code="130000",
            )


def test_the_sweep_forgets_what_is_over_and_keeps_what_is_not(session, world, monkeypatch):
    clerk = world.person("clerk@county")
    kept = sessions.hash_of(sessions.start(session, person_id=clerk.id))
    codes.make(session, purpose=codes.NEW_PASSWORD, person_id=clerk.id)
    sessions.sweep(session)
    assert session.get(SignIn, kept)
    assert session.scalars(select(OneTimeCode)).all()

    later = clock.real() + timedelta(days=200)
    monkeypatch.setattr(clock, "real", lambda: later)
    sessions.sweep(session)

    assert not session.scalars(select(SignIn)).all()
    assert not session.scalars(select(OneTimeCode)).all()
