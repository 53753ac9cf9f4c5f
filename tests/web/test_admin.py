"""The administrators' pages: what stands on them, and what their forms do."""

import pytest
from sqlalchemy import func, select

from app import clock, db
from app.people import signing_in
from app.people.models import Person, RoleGrant, SignIn, Unit
from tests import factories
from tests.browsing import errors, seen, soup

UNIT = {"kind": "department", "region_code": "130634", "name": "曲阳县工业和信息化局"}
PERSON = {"name": "李华", "login": "LiHua", "phone": "13900139000", "email": "lihua@example.cn",
          "roles": ["clerk", "lead"]}


@pytest.fixture
def world(database):
    with db.transaction() as tx:
        return factories.world(tx)


@pytest.fixture
def admin(client, world):
    client.sign_in("admin@city")
    return client


def path_of(world, place):
    return f"/admin/units/{world.unit(place).public_id}"


def path_of_person(world, login):
    return f"/admin/people/{world.person(login).public_id}"


def counted(table):
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(table))


class TestTheListOfUnits:
    def test_shows_what_is_in_reach_and_nothing_else(self, admin, world):
        text = seen(admin.get("/admin/units"))

        within = ("city", "county", "sibling_county", "institution", "association")
        assert all(world.unit(p).name in text for p in within)
        assert not any(world.unit(p).name in text for p in ("ministry", "province", "sibling_city"))

    @pytest.mark.parametrize(
        ("query", "shown"),
        [("kind=association", {"association"}), ("q=顺平创业", {"institution"}),
         ("q=顺平县", {"county", "institution"}), ("status=disabled", set()), ("q=%25", set()), ("q=_", set()),
         ("q=' OR 1=1 --", set())],
    )
    def test_is_narrowed(self, admin, world, query, shown):
        rows = {link.text for link in admin.page(f"/admin/units?{query}").select("#work tbody a")}

        assert rows == {world.unit(place).name for place in shown}

    def test_goes_on_page_by_page(self, admin, world):
        with db.transaction() as tx:
            for _ in range(60):
                factories.institution(tx)

        first = admin.page("/admin/units?kind=institution")
        second = admin.page(first.select_one("a[rel=next]")["href"])

        assert len(first.select("#work tbody tr")) == 50
        assert len(second.select("#work tbody tr")) == 12
        assert second.select_one("a[rel=next]") is None

    @pytest.mark.parametrize(
        "query", ["kind=king", "status=x", "after=-1", "after=1e9", "after=" + "9" * 30, "after=x"]
    )
    def test_a_made_up_filter_is_422(self, admin, query):
        assert admin.get(f"/admin/units?{query}").status_code == 422


class TestANewUnit:
    def test_is_set_up_and_asks_for_people(self, admin, world):
        response = admin.submit("/admin/units/new", UNIT)

        page = admin.page(response.location)
        assert page.h1.text.strip() == "曲阳县工业和信息化局"
        assert "还没有人员" in page.text

    def test_the_form_offers_the_own_division_and_what_lies_in_it(self, admin):
        codes = {o["value"] for o in admin.page("/admin/units/new").select("#f-region_code option") if o["value"]}

        assert {"130600", "130636", "130634"} <= codes
        assert not codes & {"130000", "130100", "130682", "420000"}

    def test_a_ministry_chooses_a_province_first(self, client, world):
        client.sign_in("admin@ministry")

        link = client.page("/admin/units/new").find("a", string="湖北省")
        form = UNIT | {"province": "420000", "region_code": "420000", "name": "湖北省经济和信息化厅"}
        response = client.submit("/admin/units/new", form)

        assert link["href"].endswith("province=420000")
        assert response.status_code == 303

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"name": ""}, "name"), ({"name": "长" * 101}, "name"), ({"name": "控制\x07字符"}, "name"),
            ({"name": "顺平县主管部门"}, "name"), ({"region_code": "130100"}, "region_code"),
            ({"region_code": ""}, "region_code"), ({"region_code": "13063"}, "region_code"),
            ({"kind": "institution"}, "kind"), ({"kind": ""}, "kind"),
            ({"contact_phone": "call me"}, "contact_phone"), ({"contact_email": "nobody"}, "contact_email"),
        ],
    )
    def test_errors_stand_at_the_field_and_nothing_typed_is_lost(self, admin, more, field):
        before = counted(Unit)

        response = admin.submit("/admin/units/new", UNIT | {"address": "恒山东路 5 号"} | more)

        assert response.status_code == 422
        assert errors(response).get(field)
        assert soup(response).find(id="f-address")["value"] == "恒山东路 5 号"
        assert counted(Unit) == before

    @pytest.mark.parametrize("extra", ["status", "tier", "id", "public_id", "set_up_by_id", "__class__", "constructor"])
    def test_a_field_that_the_form_lacks_is_refused(self, admin, extra):
        before = counted(Unit)

        response = admin.submit("/admin/units/new", UNIT | {extra: "x"})

        assert response.status_code == 422
        assert "本页没有的内容" in seen(response)
        assert counted(Unit) == before


class TestAUnit:
    def test_is_corrected(self, admin, world):
        admin.submit(path_of(world, "county"), {"name": "顺平县工信局", "address": "永平路 1 号"})

        page = admin.page(path_of(world, "county"))
        assert page.h1.text.strip() == "顺平县工信局"
        assert page.find(id="f-address")["value"] == "永平路 1 号"

    def test_is_disabled_with_a_reason_and_comes_back(self, admin, world):
        path = path_of(world, "county")
        assert "reason" in errors(admin.submit(f"{path}/disable", {"reason": ""}))

        assert admin.submit(f"{path}/disable", {"reason": "机构改革"}).status_code == 303
        assert "机构改革" in seen(admin.get(path))
        assert admin.submit(f"{path}/disable", {"reason": "再次"}).status_code == 409

        assert admin.submit(f"{path}/enable").status_code == 303
        assert "机构改革" not in seen(admin.get(path))

    def test_ones_own_is_not_disabled(self, admin, world):
        response = admin.submit(f"{path_of(world, 'city')}/disable", {"reason": "试"})

        assert response.status_code == 422
        assert "上级" in seen(response)


class TestPeople:
    def new(self, admin, world, **more):
        return admin.submit(f"{path_of(world, 'county')}/people/new", PERSON | more)

    def test_a_new_account_shows_its_code_once(self, admin, app, world):
        response = self.new(admin, world)

        code = next(dd.text for dd in soup(response).select("dd") if dd.text.count("-") == 3)
        other = app.test_client()
        other.submit("/set-password", {"code": code, "password": "Neues-Pferd-19", "again": "Neues-Pferd-19"})
        assert other.submit("/sign-in", {"login": "lihua", "password": "Neues-Pferd-19"}).status_code == 303

    @pytest.mark.parametrize(
        ("more", "field"),
        [({"login": "ab"}, "login"), ({"login": "李华"}, "login"), ({"login": "clerk@county"}, "login"),
         ({"name": ""}, "name"), ({"roles": ["king"]}, "roles"), ({"roles": ["applicant"]}, "roles"),
         ({"roles": ["admin", "auditor"]}, "roles"),
         ({"email": "x"}, "email"), ({"login": "x" * 41}, "login"), ({"login": "a<b>c"}, "login")],
    )
    def test_errors_stand_at_the_field_and_what_was_ticked_stays(self, admin, world, more, field):
        before = counted(Person)

        response = self.new(admin, world, **more)

        assert response.status_code == 422
        assert errors(response).get(field)
        if "roles" not in more:
            ticked = {box["value"] for box in soup(response).select("input[name=roles][checked]")}
            assert ticked == {"clerk", "lead"}
        assert counted(Person) == before

    def test_roles_are_ticked_and_unticked(self, admin, world):
        path = path_of_person(world, "clerk@county")

        admin.submit(f"{path}/roles", {"roles": ["lead", "designer"]})

        ticked = {box["value"] for box in admin.page(path).select("input[name=roles][checked]")}
        assert ticked == {"lead", "designer"}
        admin.submit(f"{path}/roles", {})
        assert not admin.page(path).select("input[name=roles][checked]")

    def test_three_offices_stay_apart(self, admin, world):
        response = admin.submit(f"{path_of_person(world, 'clerk@county')}/roles", {"roles": ["clerk", "admin"]})

        assert response.status_code == 422
        assert "分设" in errors(response)["roles"]

    def test_an_account_is_disabled_with_a_reason_and_comes_back(self, admin, app, world):
        path, theirs = path_of_person(world, "clerk@county"), app.test_client()
        theirs.sign_in("clerk@county")

        assert errors(admin.submit(f"{path}/disable", {"reason": " "})).get("reason")
        assert theirs.get("/account").status_code == 200
        assert admin.submit(f"{path}/disable", {"reason": "调离"}).status_code == 303
        assert theirs.get("/account").status_code == 302
        assert admin.submit(f"{path}/enable").status_code == 303
        assert theirs.submit("/sign-in", {"login": "clerk@county", "password": factories.PASSWORD}).status_code == 303

    def test_a_reset_shows_a_code_and_voids_the_password(self, admin, app, world):
        response = admin.submit(f"{path_of_person(world, 'clerk@county')}/reset-password")

        assert "代码只显示这一次" in seen(response)
        signing = app.test_client().submit("/sign-in", {"login": "clerk@county", "password": factories.PASSWORD})
        assert signing.status_code == 422

    def test_a_locked_account_is_marked_and_unlocked(self, admin, app, world):
        for _ in range(5):
            with db.transaction() as tx:
                account = signing_in.look(tx, login="clerk@county", address="203.0.113.9")
                signing_in.finish(tx, account, good=False)
        path = path_of_person(world, "clerk@county")
        assert "登录已暂停" in seen(admin.get(path))

        admin.submit(f"{path}/unlock")

        assert "登录已暂停" not in seen(admin.get(path))
        signing = app.test_client().submit("/sign-in", {"login": "clerk@county", "password": factories.PASSWORD})
        assert signing.status_code == 303

    def test_a_session_is_listed_and_ended(self, admin, app, world):
        theirs = app.test_client()
        theirs.sign_in("clerk@county")
        path = path_of_person(world, "clerk@county")

        admin.submit(admin.page(path).select_one("form[action*=sessions]")["action"])

        assert theirs.get("/account").status_code == 302
        assert "没有正在使用的登录" in seen(admin.get(path))

    def test_details_are_corrected(self, admin, world):
        path = path_of_person(world, "clerk@county")

        admin.submit(path, {"name": "李华", "phone": "0312-1234567", "email": ""})

        page = admin.page(path)
        assert page.h1.text.strip() == "李华"
        assert page.find(id="f-phone")["value"] == "0312-1234567"

    def test_ones_own_page_offers_no_disabling(self, admin, world):
        page = admin.page(path_of_person(world, "admin@city"))

        assert not page.select("form[action$=disable], form[action$=reset-password]")
        assert admin.submit(f"{path_of_person(world, 'admin@city')}/disable", {"reason": "试"}).status_code == 422


class TestDivisions:
    FORM = {"code": "429004", "name": "仙桃市", "tier": "city", "parent_code": "420000"}

    @pytest.fixture
    def operator(self, client, world):
        client.sign_in("operator@ministry")
        return client

    def test_a_province_is_listed_with_its_divisions_as_they_act(self, operator):
        text = seen(operator.get("/admin/divisions?province=130000"))

        assert all(name in text for name in ("定州市 130682", "雄安新区 133100", "顺平县"))

    def test_a_division_is_fetched_into_the_form(self, operator):
        page = operator.page("/admin/divisions?code=130636")

        assert page.find(id="f-name")["value"] == "顺平县"
        assert page.select_one("input[name=tier][checked]")["value"] == "county"

    @pytest.mark.parametrize(
        ("more", "field"),
        [({"code": "42900"}, "code"), ({"code": "abcdef"}, "code"), ({"tier": "province"}, "tier"),
         ({"name": ""}, "name"), ({"parent_code": "429005"}, "parent_code"),
         ({"parent_code": "130000"}, "parent_code"), ({"tier": ""}, "tier")],
    )
    def test_errors_stand_at_their_field(self, operator, more, field):
        response = operator.submit("/admin/divisions", self.FORM | more)

        assert response.status_code == 422
        assert errors(response).get(field)

    @pytest.mark.parametrize("query", ["province=abc", "province=999999", "code=x", "province=%27"])
    def test_a_made_up_province_shows_an_empty_list(self, operator, query):
        assert operator.get(f"/admin/divisions?{query}").status_code == 200


@pytest.mark.parametrize("path", ["/admin/units", "/admin/units/new", "/account", "/account/password"])
def test_pages_have_one_heading_and_a_label_for_every_field(admin, path):
    page = admin.page(path)

    assert len(page.select("h1")) == 1
    for control in page.select("main input:not([type=hidden]), main select, main textarea"):
        assert page.find("label", attrs={"for": control["id"]}), control


def test_what_somebody_named_a_unit_is_shown_as_text(admin, world):
    admin.submit(path_of(world, "county"), {"name": "<script>alert(1)</script>"})

    for path in ("/admin/units", path_of(world, "county")):
        page = admin.page(path)
        assert "<script>alert(1)</script>" in page.text
        assert not [script for script in page.find_all("script") if "alert" in script.text]


def test_the_rows_behind_the_pages_are_what_they_say(admin, world):
    admin.submit(f"{path_of(world, 'county')}/people/new", PERSON)

    with db.reading() as session:
        person = session.scalars(select(Person).where(Person.login == "lihua")).one()
        held = set(session.scalars(select(RoleGrant.role).where(RoleGrant.person_id == person.id)))
        assert (person.name, person.phone, held) == ("李华", "13900139000", {"clerk", "lead"})
        assert session.scalars(select(SignIn).where(SignIn.person_id == person.id)).all() == []
        assert person.created_at <= clock.now()
