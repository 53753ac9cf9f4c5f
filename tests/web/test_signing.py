"""The session's cookie: signed as Flask signs it, by keys that are derived once."""

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature, SignatureExpired

from app.web.security import _SignedCookie

SHORT = {"sid": "x" * 43, "csrf_token": "0" * 40, "_flashes": [("success", "已办结")]}
LONG = {**SHORT, "_flashes": [("success", "已办结" * 400)]}


@pytest.fixture
def app() -> Flask:
    app = Flask("signed")
    app.secret_key = "k" * 40
    return app


@pytest.mark.parametrize("said", [SHORT, LONG])
def test_a_cookie_is_what_flask_would_read_and_write(app: Flask, said: dict):
    ours = _SignedCookie().get_signing_serializer(app)
    flasks = SecureCookieSessionInterface().get_signing_serializer(app)

    assert flasks.loads(ours.dumps(said)) == said
    assert ours.loads(flasks.dumps(said)) == said
    assert ours.loads(ours.dumps(said), max_age=60) == said
    assert len(ours.dumps(LONG)) < 4_000


def test_a_cookie_that_was_changed_or_signed_by_another_key_is_refused(app: Flask):
    ours = _SignedCookie().get_signing_serializer(app)
    cookie = ours.dumps(SHORT)
    other = Flask("other")
    other.secret_key = "l" * 40

    # The first character of the signature: the last one holds bits that say nothing.
    body, _, signature = cookie.rpartition(".")
    changed = f"{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    for forged in (
        changed, "x" + cookie, cookie.rpartition(".")[0], "",
        _SignedCookie().get_signing_serializer(other).dumps(SHORT),
    ):
        with pytest.raises(BadSignature):
            ours.loads(forged)
    assert ours.loads(cookie) == SHORT


def test_a_cookie_older_than_it_may_be_is_refused(app: Flask):
    ours = _SignedCookie().get_signing_serializer(app)

    with pytest.raises(SignatureExpired):
        ours.loads(ours.dumps(SHORT), max_age=-1)
