"""Headers, cookies and addresses of every answer."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from app import create_app, db
from app.errors import Unavailable
from app.people import sessions
from app.web import frame, redirects, security
from tests import factories
from tests.browsing import Browser
from tests.conftest import test_config

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


@pytest.fixture
def secure(database, tmp_path):
    """An installation behind one proxy that speaks https."""
    config = replace(test_config(str(database.engine.url), tmp_path), secure_cookies=True, trusted_proxies=1)
    app = create_app(config)
    app.test_client_class = Browser
    return app


HTTPS = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Host": "banjian.example.cn"}


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/account", "/static/dist/favicon.svg", "/sign-out"])
def test_every_answer_carries_the_headers(client, path):
    headers = client.get(path).headers

    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers
    assert ("no-store" in headers["Cache-Control"]) == (not path.startswith("/static"))


def test_the_cookie_is_bound_to_the_host_and_out_of_reach_of_scripts(secure):
    response = secure.test_client().get("/sign-in", headers=HTTPS)

    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-banjian=")
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Domain" not in cookie
    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_an_editors_page_may_carry_style_attributes_and_nothing_more(app):
    with app.test_request_context("/sign-in"):
        app.preprocess_request()
        security.allow_style_attributes()
        relaxed = app.process_response(app.make_response(""))

    assert relaxed.headers["Content-Security-Policy"] == f"{POLICY}; style-src-attr 'unsafe-inline'"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen_as"),
    [
        (0, "203.0.113.7", "127.0.0.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        (2, "203.0.113.7, 10.0.0.1", "203.0.113.7"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, "unknown", "unknown"),
    ],
)
def test_the_address_is_the_one_that_the_last_trusted_proxy_saw(
    database, tmp_path, proxies, forwarded, seen_as
):
    app = create_app(replace(test_config(str(database.engine.url), tmp_path), trusted_proxies=proxies))
    found = []
    app.before_request(lambda: found.append(security.address()))

    app.test_client().get("/sign-in", headers={"X-Forwarded-For": forwarded})

    assert found == [seen_as]


@pytest.mark.parametrize(
    ("asked", "cookie", "shown"), [("", "", False), ("?lang=en", "", True), ("", "en", True), ("?lang=zh", "en", False),
                                   ("?lang=fr", "", False), ("?lang=%3Cscript%3E", "en", False)]
)
def test_the_second_language_is_asked_for_and_remembered(client, asked, cookie, shown):
    if cookie:
        client.set_cookie("lang", cookie)

    response = client.get(f"/sign-in{asked}")

    assert ("Sign in" in response.get_data(as_text=True)) == shown
    remembered = any(cookie.startswith("lang=") for cookie in response.headers.getlist("Set-Cookie"))
    assert remembered == (asked in ("?lang=en", "?lang=zh"))


def test_the_switch_of_language_keeps_the_query_and_leads_nowhere_else(client):
    link = client.page("/sign-in?next=/account&_external=1&_scheme=javascript").select_one("a.lang")

    assert link["href"] == "?next=%2Faccount&_external=1&_scheme=javascript&lang=en"


@pytest.mark.parametrize(
    ("target", "own"),
    [("/", True), ("/cases?q=%E5%8A%9E#x", True), ("/a//b", True), ("", False), ("cases", False), ("//evil.com", False),
     ("/\\evil.com", False), ("\\/evil.com", False), ("/\x00", False), ("/ a", False), ("/a\nb", False),
     ("https://evil.com", False), ("/办件", True), ("/" + "a" * 2000, False), ("/a\\b", False)],
)
def test_a_redirect_leads_to_a_page_of_this_site(target, own, database):
    assert redirects.is_own(target) == own


@pytest.mark.parametrize(
    ("referrer", "leads_to"),
    [("http://localhost/cases?q=1", "/cases?q=1"), ("http://evil.com/cases", "/"), ("http://localhost.evil.com/", "/"),
     ("http://localhost//evil.com", "/"), ("", "/")],
)
def test_back_leads_to_the_page_before_if_it_is_ours(app, referrer, leads_to):
    with app.test_request_context("/", headers={"Referer": referrer}):
        assert redirects.back("/") == leads_to


def test_a_page_costs_one_statement_for_who_is_asking(app, client, statements):
    with db.transaction() as tx:
        factories.person(tx, factories.department(tx), "clerk", login="lihua")
    client.sign_in("lihua")
    client.get("/account/password")

    with statements() as seen:
        client.get("/account/password")

    assert len([s for s in seen if s.startswith("SELECT")]) == 1


def test_a_busy_database_keeps_nobody_from_reading(client, monkeypatch):
    with db.transaction() as tx:
        factories.person(tx, factories.department(tx), "clerk", login="lihua")
    client.sign_in("lihua")
    monkeypatch.setattr(sessions, "TOUCHED_EVERY", sessions.TOUCHED_EVERY * 0)
    monkeypatch.setattr(sessions, "touch", _busy)

    assert client.get("/account").status_code == 200


def _busy(*_args):
    raise Unavailable()


def test_days_and_moments_are_written_as_in_beijing(database):
    late = datetime(2026, 11, 20, 16, 5, tzinfo=UTC)

    assert frame.day(date(2026, 11, 21)) == "2026-11-21"
    assert frame.day(late) == "2026-11-21"
    assert frame.moment(late) == '<time datetime="2026-11-21T00:05:00+08:00">2026-11-21 00:05</time>'
    assert frame.day(None) == frame.moment(None) == ""
