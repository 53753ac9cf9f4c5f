"""Every error becomes one answer: the right status, Chinese words, and nothing of the program."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app import create_app, errors
from app.web import access
from tests.browsing import Browser, seen, soup
from tests.conftest import test_config

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

AT = datetime(2026, 11, 21, 2, 5, tzinfo=UTC)


@pytest.fixture
def client(database, tmp_path):
    """A browser for an app with one more page, which raises what the test puts into it."""
    app = create_app(test_config(str(database.engine.url), tmp_path))
    app.test_client_class = Browser
    _add_page(app)
    return app.test_client()


raised: list[Exception] = []


def _add_page(app: Flask) -> None:
    @access.rule(access.public)
    def broken(path=""):
        raise raised[-1]

    app.add_url_rule("/broken", view_func=broken, methods=["GET", "POST"])


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (errors.Invalid({"name": ["请填写名称。"]}), 422, ["请填写名称"]),
        (errors.NotAllowed(), 403, ["岗位不能办理"]),
        (errors.NotFound(), 404, ["没有找到"]),
        (errors.Gone(who="李华", at=AT), 409, ["李华", "2026-11-21 10:05"]),
        (errors.Refused("超过申报截止日。", clause="HBI-9"), 422, ["超过申报截止日", "HBI-9"]),
        (errors.TooMany(wait_seconds=70), 429, ["稍后再试"]),
        (errors.Unavailable(), 503, ["暂时繁忙"]),
        (PoolTimeout("QueuePool limit"), 503, ["暂时繁忙"]),
        (DataError("INSERT", {}, Exception("NUL (0x00)")), 422, ["不能保存的字符"]),
        (IntegrityError("INSERT INTO secret", {}, Exception("x")), 500, ["系统出错", "编号"]),
        (OperationalError("SELECT secret", {}, Exception("x")), 500, ["系统出错"]),
        (ZeroDivisionError("secret"), 500, ["系统出错", "编号"]),
    ],
)
@pytest.mark.parametrize("htmx", [False, True])
def test_an_error_has_its_answer_as_a_page_or_as_a_fragment(client, error, status, words, htmx):
    raised.append(error)

    response = client.get("/broken", headers={"HX-Request": "true"} if htmx else {})

    assert response.status_code == status
    assert all(word in seen(response) for word in words)
    assert (soup(response).html is None) == htmx
    assert "secret" not in response.get_data(as_text=True)
    assert "Traceback" not in response.get_data(as_text=True)


@pytest.mark.parametrize(("error", "seconds"), [(errors.TooMany(wait_seconds=70), "70"), (errors.Unavailable(), "5")])
def test_who_is_sent_away_learns_for_how_long(client, error, seconds):
    raised.append(error)

    assert client.get("/broken").headers["Retry-After"] == seconds


def test_a_sign_in_needed_in_the_middle_of_a_form_is_a_page_and_not_a_redirect(client):
    raised.append(errors.SignInNeeded())

    response = client.submit("/broken")

    assert response.status_code == 401
    assert soup(response).find("a", href="/sign-in")


def test_a_sign_in_needed_for_a_page_leads_there_and_back(client):
    raised.append(errors.SignInNeeded())

    assert client.get("/broken?a=1&b=%2F").location == "/sign-in?next=/broken?a%3D1%26b%3D%252F"


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("get", "/nowhere", {}, 404),
        ("get", "//sign-in", {}, 308),
        ("get", "/sign-in/", {}, 404),
        ("get", "/SIGN-IN", {}, 404),
        ("get", "/%2e%2e/etc/passwd", {}, 404),
        ("get", "/static/../__init__.py", {}, 404),
        ("put", "/sign-in", {}, 405),
        ("delete", "/account", {}, 405),
        ("get", "/sign-out", {}, 405),
        ("post", "/sign-in", {"data": b"<x/>", "content_type": "application/xml"}, 415),
        ("post", "/sign-in", {"data": b"x", "content_type": "text/plain"}, 415),
        ("post", "/sign-in", {"data": b"x", "headers": {"Content-Encoding": "gzip"}}, 415),
        ("post", "/sign-in", {"json": {"login": "x"}}, 400),
        ("post", "/sign-in", {"data": b"\x1f\x8b" * 100, "content_type": "application/json"}, 400),
        ("get", "/sign-in?next=%00", {}, 422),
        ("get", "/sign-in?%00=1", {}, 422),
        ("get", "/publications/a%00b", {}, 422),
    ],
)
def test_requests_that_make_no_sense_are_4xx_in_chinese(client, method, path, options, status):
    response = getattr(client, method)(path, **options)

    assert response.status_code == status
    if status >= 400:
        assert soup(response).h1
        assert any("\u4e00" <= c <= "\u9fff" for c in seen(response))


def test_an_error_is_told_even_where_the_front_end_is_not_built(client):
    raised.append(errors.Refused("超过申报截止日。"))
    client.application.static_folder = "/nowhere"

    response = client.get("/broken")

    assert response.status_code == 422
    assert "超过申报截止日" in seen(response)


def test_a_method_is_not_overridden(client):
    raised.append(errors.NotAllowed())

    assert client.get("/sign-out", headers={"X-HTTP-Method-Override": "POST"}).status_code == 405
    assert client.submit("/account", {"_method": "GET"}).status_code == 405


def test_a_form_that_is_too_large_is_413(client):
    token = client.csrf_token()
    big = {"csrf_token": token, "login": "x" * (5 * 1024 * 1024), "password": "x"}
    parts = {"csrf_token": token} | {f"f{number}": "" for number in range(30_000)}

    assert client.post("/sign-in", data=big).status_code == 413
    assert client.post("/sign-in", data=big, content_type="multipart/form-data").status_code == 413
    assert client.post("/sign-in", data=parts, content_type="multipart/form-data").status_code == 413


def test_a_csrf_token_that_is_missing_wrong_or_anothers_is_400_and_says_what_to_do(client):
    other = client.application.test_client()
    theirs = other.csrf_token()
    client.csrf_token()

    for data in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": theirs}):
        response = client.post("/sign-in", data=data | {"login": "a", "password": "b"})
        assert response.status_code == 400
        assert "刷新后重新提交" in seen(response)


def test_the_token_is_taken_from_a_header_as_htmx_sends_it(client):
    token = client.csrf_token()

    response = client.post("/sign-in", data={"login": "a", "password": "b"}, headers={"X-CSRFToken": token})

    assert response.status_code == 422
