"""Registering an institution in the browser, and confirming or refusing it."""

import pytest
from sqlalchemy import func, select

from app import db
from app.people import signing_in
from app.people.models import Unit
from tests import factories
from tests.browsing import errors, seen, soup

PASSWORD = "vier kleine bunte enten"


@pytest.fixture
def world(database):
    with db.transaction() as tx:
        return factories.world(tx)


def form(**more):
    return {
        "province": "130000", "credit_code": factories.credit_code(), "unit_name": "保定创服有限公司",
        "region_code": "130636",
        "address": "朝阳路 9 号", "contact_name": "赵强", "contact_phone": "13700137000",
        "contact_email": "zhao@example.cn", "login": "zhaoqiang", "password": PASSWORD, "again": PASSWORD,
    } | more


def page_of_waiting(client, name="保定创服有限公司"):
    return client.page("/registrations").find("a", string=name)["href"]


def test_an_institution_registers_and_is_confirmed_and_works(app, client, world):
    response = client.submit("/register", form())
    assert response.location == "/registration"
    assert "待确认" in seen(client.get("/registration"))
    assert client.get("/inbox").location == "/registration"

    clerk = app.test_client()
    clerk.sign_in("clerk@county")
    assert clerk.submit(f"{page_of_waiting(clerk)}/confirm").status_code == 303

    assert "已经确认" in seen(client.get("/registration"))
    assert client.get("/inbox").status_code == 200


def test_a_refused_one_reads_why_corrects_and_waits_again(app, client, world):
    client.submit("/register", form())
    clerk = app.test_client()
    clerk.sign_in("clerk@county")
    path = page_of_waiting(clerk)
    assert errors(clerk.submit(f"{path}/refuse", {"reason": ""})).get("reason")
    clerk.submit(f"{path}/refuse", {"reason": "名称与执照不符"})

    page = client.page("/registration")
    assert "名称与执照不符" in page.text
    again = {key: form()[key] for key in ("province", "region_code", "address", "contact_name", "contact_phone",
                                          "contact_email")}
    code = page.find(id="f-credit_code")["value"]
    again |= {"credit_code": code, "unit_name": "保定创服科技有限公司"}
    assert client.submit("/registration", again).status_code == 303

    assert page_of_waiting(clerk, "保定创服科技有限公司")


def test_until_then_its_people_can_do_nothing_else(client, world):
    client.submit("/register", form())

    for path in ("/admin/units", "/inbox", "/cases"):
        assert client.get(path).location == "/registration"
    response = client.submit(f"/admin/units/{world.unit('institution').public_id}")
    assert response.status_code == 403
    assert "尚未确认" in seen(response)
    assert client.get("/account").status_code == 200


def test_the_second_who_decides_learns_who_was_first(app, client, world):
    client.submit("/register", form())
    first, second = app.test_client(), app.test_client()
    first.sign_in("clerk@county")
    second.sign_in("lead@city")
    path = page_of_waiting(second)
    first.submit(f"{path}/confirm")

    response = second.submit(f"{path}/refuse", {"reason": "资料不全"})

    assert response.status_code == 409
    assert world.person("clerk@county").name in seen(response)


@pytest.mark.parametrize(
    ("more", "field", "message"),
    [
        ({"credit_code": "911306000000000000"}, "credit_code", "校验位"),
        ({"credit_code": ""}, "credit_code", "请填写"),
        ({"unit_name": "长" * 101}, "unit_name", "最多 100"),
        ({"unit_name": "有\x00字符"}, "unit_name", "不能识别"),
        ({"unit_name": "乱码\ufffd"}, "unit_name", "不能识别"),
        ({"region_code": "130600"}, "region_code", "列表"),
        ({"region_code": "420102"}, "region_code", "列表"),
        ({"region_code": ""}, "region_code", "请"),
        ({"login": "clerk@county"}, "login", "已被使用"),
        ({"login": "赵强"}, "login", "字母"),
        ({"contact_phone": "13700137000" * 9}, "contact_phone", "最多 30"),
        ({"contact_email": "a@b"}, "contact_email", "邮箱"),
        ({"password": "password1234", "again": "password1234"}, "password", "常见"),
        ({"again": "anders"}, "again", "不一致"),
    ],
)
def test_errors_stand_at_the_field_and_nothing_typed_is_lost_but_passwords(client, world, more, field, message):
    with db.reading() as session:
        before = session.scalar(select(func.count()).select_from(Unit))

    response = client.submit("/register", form(**more))

    assert response.status_code == 422
    assert message in errors(response)[field]
    page = soup(response)
    kept = form(**more)
    for key in ("address", "contact_name"):
        assert page.find(id=f"f-{key}")["value"] == kept[key]
    assert PASSWORD not in str(page)
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Unit)) == before


def test_the_division_chosen_stays_chosen_when_the_form_comes_back(client, world):
    response = client.submit("/register", form(login="clerk@county"))

    assert soup(response).select_one("#f-region_code option[selected]")["value"] == "130636"


def test_a_credit_code_that_is_registered_says_what_to_do(client, world):
    response = client.submit("/register", form(credit_code=world.unit("institution").credit_code))

    assert "已经注册" in errors(response)["credit_code"]


@pytest.mark.parametrize("extra", ["status", "kind", "tier", "role", "roles", "unit_id", "is_admin", "__class__"])
def test_a_field_that_the_form_lacks_is_refused(client, world, extra):
    response = client.submit("/register", form(**{extra: "active"}))

    assert response.status_code == 422
    assert "本页没有的内容" in seen(response)


def test_a_megabyte_in_a_field_is_answered_quickly(client, world):
    response = client.submit("/register", form(unit_name="长" * 350_000))

    assert response.status_code == 422
    assert "最多 100" in errors(response)["unit_name"]


def test_the_form_offers_counties_and_cities_without_counties(client, world):
    options = {o["value"] for o in client.page("/register").select("#f-region_code option") if o["value"]}

    assert {"130636", "130682", "130638"} <= options
    assert not options & {"130000", "130600", "420102"}


def test_where_several_provinces_are_in_service_one_is_chosen_first(client, world):
    with db.transaction() as tx:
        factories.department(tx, tier="province", region_code="420000")

    page = client.page("/register")

    assert page.find("form", action="/register") is None
    chosen = client.page(page.find("a", string="湖北省")["href"])
    assert "429004" in {o["value"] for o in chosen.select("#f-region_code option")}


def test_where_no_department_works_the_page_says_so(client):
    assert "还没有主管部门" in seen(client.get("/register"))


def test_many_registrations_from_one_address_are_429(client, world, monkeypatch):
    monkeypatch.setattr("app.people.registration.MOST_PER_ADDRESS", 2)
    for number in range(2):
        assert client.submit("/register", form(login=f"zhao{number}")).status_code == 303
        client.submit("/sign-out")

    response = client.submit("/register", form(login="zhao3"))

    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0
    assert soup(response).find(id="f-unit_name")["value"] == "保定创服有限公司"


def test_a_clerk_sees_the_registrations_of_the_own_division_alone(app, client, world):
    client.submit("/register", form())

    for login, there in (("clerk@county", True), ("clerk@city", True), ("clerk@sibling_county", False)):
        other = app.test_client()
        other.sign_in(login)
        assert ("保定创服有限公司" in seen(other.get("/registrations"))) == there


def test_an_institution_that_is_refused_can_still_sign_in(app, client, world):
    client.submit("/register", form())
    with db.transaction() as tx:
        tx.scalars(select(Unit).where(Unit.name == "保定创服有限公司")).one().status = "refused"

    other = app.test_client()
    assert other.submit("/sign-in", {"login": "ZhaoQiang", "password": PASSWORD}).status_code == 303
    assert other.get("/").status_code in (200, 302)
    assert "未通过" in seen(other.get("/registration"))


def test_failed_sign_ins_and_registrations_of_an_address_are_counted_apart(client, world):
    for number in range(30):
        with db.transaction() as tx:
            account = signing_in.look(tx, login=f"guess{number}", address="127.0.0.1")
            signing_in.finish(tx, account, good=False)

    assert client.submit("/register", form()).status_code == 303
