"""Signing in and out, sessions, passwords, codes, and the first administrator, as a browser meets them."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import clock, db
from app.people import codes, operations
from app.people.models import Person, SignIn
from tests import factories
from tests.browsing import errors, seen, soup

WRONG = "登录名或密码不正确"
NEW = "Neues-Pferd-19"


@pytest.fixture
def world(database):
    with db.transaction() as tx:
        return factories.world(tx)


def sign_in(client, login="clerk@county", password=factories.PASSWORD, **more):
    return client.submit("/sign-in", {"login": login, "password": password, **more})


def is_in(client):
    return client.get("/account").status_code == 200


class TestSigningIn:
    def test_the_right_password_lets_in_and_the_wrong_one_does_not(self, client, world):
        assert WRONG in seen(sign_in(client, password="Wrong-Horse-77"))
        assert not is_in(client)

        response = sign_in(client)

        assert (response.status_code, response.location) == (303, "/")
        assert is_in(client)

    def test_an_unknown_login_gets_the_same_answer_as_a_wrong_password(self, client, world):
        known, unknown = (sign_in(client, login, "Wrong-Horse-77") for login in ("clerk@county", "nobody-here"))

        strip = lambda r, login: re.sub(r'name="csrf_token" value="[^"]+"|content="[^"]{60,}"', "",  # noqa: E731
                                        r.get_data(as_text=True).replace(login, ""))
        assert known.status_code == unknown.status_code == 422
        assert strip(known, "clerk@county") == strip(unknown, "nobody-here")

    def test_the_login_typed_comes_back_and_the_password_does_not(self, client, world):
        page = soup(sign_in(client, password="Wrong-Horse-77"))

        assert page.find(id="f-login")["value"] == "clerk@county"
        assert not page.find(id="f-password").get("value")
        assert "Wrong-Horse-77" not in str(page)

    def test_five_wrong_and_then_the_right_password_is_429_with_a_time(self, client, world):
        for _ in range(5):
            assert sign_in(client, password="Wrong-Horse-77").status_code == 422

        response = sign_in(client)

        assert response.status_code == 429
        assert 0 < int(response.headers["Retry-After"]) <= 900
        assert "15 分钟后再试" in seen(response)
        assert not is_in(client)

    @pytest.mark.parametrize(
        "data",
        [{}, {"login": "clerk@county"}, {"login": "", "password": ""}, {"login": "a" * 100_000, "password": "x"},
         {"login": "clerk\x00@county", "password": "x"}, {"login": "clerk@county", "password": "x" * 100_000},
         {"login": ["clerk@county", "admin@county"], "password": "x"},
         {"login": "clerk@county", "password": factories.PASSWORD, "role": "admin"}],
    )
    def test_nonsense_is_422_with_a_message(self, client, world, data):
        response = client.submit("/sign-in", data)

        assert response.status_code == 422
        assert "需要改正" in seen(response)
        assert not is_in(client)

    @pytest.mark.parametrize(
        ("target", "leads_to"),
        [("/account", "/account"), ("/admin/units?kind=department", "/admin/units?kind=department"), ("", "/"),
         ("//evil.com", "/"), ("/\\evil.com", "/"), ("https://evil.com", "/"), ("javascript:alert(1)", "/"),
         ("/\t/evil.com", "/"), ("\\\\evil.com", "/"), ("/%5cevil.com", "/%5cevil.com"), ("evil.com", "/"),
         ("/a\r\nSet-Cookie: x=1", "/"), ("///evil.com", "/")],
    )
    def test_signing_in_leads_on_to_pages_of_this_site_alone(self, client, world, target, leads_to):
        response = sign_in(client, next=target)

        assert response.status_code in (303, 422)
        if response.status_code == 303:
            assert response.location == leads_to

    def test_the_page_that_was_asked_for_is_remembered(self, client, world):
        asked = client.get("/admin/units?kind=department")
        page = client.page(asked.location)

        response = sign_in(client, "admin@county", next=page.find("input", {"name": "next"})["value"])

        assert response.location == "/admin/units?kind=department"

    def test_who_is_in_already_is_led_on(self, client, world):
        client.sign_in("clerk@county")

        assert client.get("/sign-in?next=/account").location == "/account"

    def test_a_must_change_password_leads_to_its_page_first(self, client, world):
        with db.transaction() as tx:
            tx.get(Person, world.person("admin@county").id).must_change_password = True
        client.sign_in("admin@county")

        assert client.get("/admin/units").location == "/account/password"
        assert client.submit(f"/admin/units/{world.unit('county').public_id}").status_code == 403
        assert "请先设置新密码" in seen(client.get("/account/password"))


class TestSessions:
    def test_signing_out_ends_the_session_on_the_server(self, client, world):
        client.sign_in("clerk@county")
        with client.session_transaction() as cookie:
            stolen = dict(cookie)

        assert client.submit("/sign-out").status_code == 303
        with client.session_transaction() as cookie:
            cookie.update(stolen)

        assert client.get("/account").location.startswith("/sign-in")
        assert client.get("/account", headers={"HX-Request": "true"}).status_code == 401

    def test_signing_in_gives_a_new_id_and_token_and_ends_what_the_browser_came_with(self, app, client, world):
        client.sign_in("lead@county")  # an id and a token that somebody else may know
        token = client.csrf_token()
        with client.session_transaction() as cookie:
            planted = dict(cookie)

        assert sign_in(client, "clerk@county").status_code == 303

        with client.session_transaction() as cookie:
            assert cookie["sid"] != planted["sid"]
            assert cookie.get("csrf_token") != planted["csrf_token"]
        assert client.post("/sign-out", data={"csrf_token": token}).status_code == 400
        other = app.test_client()
        with other.session_transaction() as cookie:
            cookie.update(planted)
        assert not is_in(other)

    def test_the_cookie_holds_no_more_than_the_id_and_the_token(self, client, world):
        sign_in(client)
        client.get("/account")

        with client.session_transaction() as cookie:
            assert set(cookie) <= {"sid", "csrf_token", "_flashes"}

    def test_a_disabled_person_is_out_with_the_next_request(self, client, world):
        client.sign_in("clerk@county")
        assert is_in(client)

        with db.transaction() as tx:
            operations.disable_person(tx, world.person("clerk@county").public_id,
                                      by=world.identity(tx, "admin@county"), reason="调离")

        assert not is_in(client)
        assert client.get("/account", headers={"HX-Request": "true"}).status_code == 401

    def test_use_is_noted_at_most_once_a_minute(self, client, world, monkeypatch):
        client.sign_in("clerk@county")
        with db.reading() as session:
            first = session.scalars(select(SignIn.seen_at)).one()
        for seconds, noted in ((59, 0), (60, 60), (119, 60), (121, 121)):
            monkeypatch.setattr(clock, "real", lambda s=seconds: first + timedelta(seconds=s))
            client.get("/account")
            with db.reading() as session:
                assert session.scalars(select(SignIn.seen_at)).one() == first + timedelta(seconds=noted)

    @pytest.mark.parametrize(("minutes", "lives"), [(29, True), (30, False), (31, False)])
    def test_half_an_hour_without_use_is_the_end(self, client, world, monkeypatch, minutes, lives):
        client.sign_in("clerk@county")
        with db.reading() as session:
            start = session.scalars(select(SignIn.seen_at)).one()

        monkeypatch.setattr(clock, "real", lambda: start + timedelta(minutes=minutes))

        assert is_in(client) == lives

    def test_one_sees_and_ends_ones_own_sessions(self, app, client, world):
        other = app.test_client()
        other.sign_in("clerk@county")
        client.sign_in("clerk@county")
        action = client.page("/account").select_one("form[action*=sessions]")["action"]

        assert client.submit(action).status_code == 303

        assert is_in(client)
        assert not is_in(other)

    @pytest.mark.parametrize("value", ["", "x", "a" * 5000, 7, None, ["a"], {"a": 1}])
    def test_a_made_up_id_is_nobody(self, client, world, value):
        with client.session_transaction() as cookie:
            cookie["sid"] = value

        assert client.get("/account").status_code == 302

    def test_a_forged_cookie_is_nobody(self, client, world):
        client.set_cookie("banjian", "eyJzaWQiOiJ4In0.aaaa.bbbb")

        assert client.get("/account").status_code == 302


class TestOnesOwnPassword:
    def change(self, client, old=factories.PASSWORD, password=NEW, again=None):
        return client.submit("/account/password", {"old": old, "password": password, "again": again or password})

    def test_it_is_changed_with_the_old_one_and_ends_the_other_sessions(self, app, client, world):
        other = app.test_client()
        other.sign_in("clerk@county")
        client.sign_in("clerk@county")
        with client.session_transaction() as cookie:
            before = cookie["sid"]

        assert self.change(client).status_code == 303

        assert is_in(client)
        assert not is_in(other)
        with client.session_transaction() as cookie:
            assert cookie["sid"] != before
        client.submit("/sign-out")
        assert sign_in(client).status_code == 422
        assert sign_in(client, password=NEW).status_code == 303

    @pytest.mark.parametrize(
        ("typed", "field", "message"),
        [
            ({"old": "Wrong-Horse-77"}, "old", "当前密码不正确"),
            ({"again": "Neues-Pferd-20"}, "again", "不一致"),
            ({"password": "short-A1", "again": "short-A1"}, "password", "12–128"),
            ({"password": "nur kleine buchstaben"}, "password", "3 类"),
            ({"password": factories.PASSWORD}, "password", "相同"),
            ({"password": ""}, "password", "请填写"),
        ],
    )
    def test_errors_stand_at_their_field_and_change_nothing(self, client, world, typed, field, message):
        client.sign_in("clerk@county")

        response = self.change(client, **typed)

        assert response.status_code == 422
        assert message in errors(response)[field]
        client.submit("/sign-out")
        assert sign_in(client).status_code == 303

    def test_institutions_need_no_mixture_of_characters(self, client, world):
        client.sign_in("applicant@institution")

        assert self.change(client, password="vier kleine bunte enten").status_code == 303

    def test_guessing_the_old_one_locks_the_account_as_well(self, client, world):
        client.sign_in("clerk@county")

        for _ in range(5):
            assert self.change(client, old="Wrong-Horse-77").status_code == 422

        assert self.change(client).status_code == 429


class TestOneTimeCodes:
    @pytest.fixture
    def code(self, world):
        with db.transaction() as tx:
            return operations.reset_password(
                tx, world.person("clerk@county").public_id, by=world.identity(tx, "admin@county")
            )[1]

    def use(self, client, code, password=NEW):
        return client.submit("/set-password", {"code": code, "password": password, "again": password})

    def test_a_code_sets_a_password_once(self, client, code):
        assert self.use(client, code).status_code == 303
        assert "clerk@county" in seen(client.get("/sign-in"))

        assert "已使用" in errors(self.use(client, code))["code"]
        assert sign_in(client, password=NEW).status_code == 303

    def test_a_bad_password_leaves_the_code_good(self, client, code):
        response = self.use(client, code, "short")

        assert list(errors(response)) == ["password"]
        assert soup(response).find(id="f-code")["value"] == code
        assert self.use(client, code).status_code == 303

    def test_guessing_codes_locks_the_address(self, client, code):
        for number in range(30):
            assert self.use(client, f"AAAAA-AAAAA-AAAAA-{number:05d}").status_code == 422

        assert self.use(client, code).status_code == 429


class TestTheFirstAdministrator:
    FORM = {"unit_name": "河北省工业和信息化厅", "tier": "province", "region_code": "130000", "name": "王敏",
            "login": "wangmin", "phone": "", "password": NEW, "again": NEW}

    def code(self):
        with db.transaction() as tx:
            return operations.first_administrator_code(tx)

    def test_is_made_with_the_code_and_signs_in(self, client):
        response = client.submit("/setup", self.FORM | {"code": self.code()})

        assert response.status_code == 303
        assert sign_in(client, "wangmin", NEW).status_code == 303
        assert "河北省工业和信息化厅" in seen(client.get("/admin/units"))

    def test_not_without_the_code_and_nothing_typed_is_lost(self, client):
        self.code()

        response = client.submit("/setup", self.FORM | {"code": "AAAAA-AAAAA-AAAAA-AAAAA"})

        assert response.status_code == 422
        assert "code" in errors(response)
        page = soup(response)
        assert page.find(id="f-unit_name")["value"] == "河北省工业和信息化厅"
        assert page.select_one("#f-tier option[selected]")["value"] == "province"
        assert not page.find(id="f-password").get("value")

    def test_not_once_somebody_administers(self, client):
        code = self.code()
        with db.transaction() as tx:
            factories.world(tx)

        response = client.submit("/setup", self.FORM | {"code": code})

        assert response.status_code == 422
        assert "已有管理员" in seen(response)


def test_codes_that_ran_out_are_refused(client, world, monkeypatch):
    with db.transaction() as tx:
        code = codes.make(tx, purpose=codes.NEW_PASSWORD, person_id=world.person("clerk@county").id)
    later = clock.real() + timedelta(hours=72)
    monkeypatch.setattr(clock, "real", lambda: later)

    response = client.submit("/set-password", {"code": code, "password": NEW, "again": NEW})

    assert "过期" in errors(response)["code"]
