"""The doors of each request: sizes and kinds of content, CSRF, the server-side session, and the headers of answers."""

import contextlib
import ipaddress
import unicodedata
from datetime import timedelta
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask, Request, g, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.http import dump_cookie
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from app import clock, db
from app.config import Config
from app.errors import Invalid, Unavailable
from app.people import queries, sessions, signing_in
from app.people.models import Person
from app.web import ahead, signing

MIB = 1024 * 1024
LARGEST_REQUEST = 64 * MIB
LARGEST_FORM = 4 * MIB
MOST_PARTS = 20_000
SESSION_KEY = "sid"
LANGUAGES = ("zh", "en")

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_HSTS = "max-age=31536000; includeSubDomains"
_BODIES = frozenset({"", "application/x-www-form-urlencoded", "multipart/form-data", "application/json"})
_csrf = CSRFProtect()


def protect(app: Flask, config: Config) -> None:
    """Set up what stands before and after each view."""
    app.config.from_mapping(_settings(config))
    app.session_interface = _SignedCookie()
    app.before_request(_see_that_the_request_is_sound)
    app.before_request(_recognise)
    _csrf.init_app(app)
    app.after_request(_add_headers)
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def sign_in(tx: Session, person: Person) -> None:
    """Open a session for a person in the caller's transaction. The browser gets a new id and a new CSRF token."""
    session_id = sessions.start(
        tx, person_id=person.id, address=address(), browser=request.user_agent.string
    )
    forget(tx)
    session[SESSION_KEY] = session_id


def forget(tx: Session) -> None:
    """End the session that the browser came with, if it still lives, and empty its cookie."""
    if session_id():
        sessions.end(tx, session_id())
    session.clear()


def session_id() -> str:
    """The id of the session that the request came with; empty where it came with none."""
    found = session.get(SESSION_KEY, "")
    return found if isinstance(found, str) else ""


def address() -> str:
    """Where the request comes from: the address that the last trusted proxy saw; for IPv6 its /64, one subscriber's."""
    text = request.remote_addr or ""
    with contextlib.suppress(ValueError):
        parsed = ipaddress.ip_address(text)
        if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
            return str(ipaddress.ip_network((parsed, 64), strict=False))
    return text


def allow_style_attributes() -> None:
    """Let this answer's page carry `style` attributes: the diagram and table editors write them."""
    g.style_attributes = True


class _SignedCookie(SecureCookieSessionInterface):
    """Flask's own signed cookie. Its signer and its attributes are made once an application and not with each request.
    The session is never `permanent`: the cookie ends with the browser, the session itself on the server."""

    _signer: signing.Serializer | None = None
    _attributes = ""

    def get_signing_serializer(self, app: Flask) -> signing.Serializer:
        if self._signer is None:
            self._signer = signing.Serializer(
                [app.secret_key], salt=self.salt, serializer=self.serializer,
                signer_kwargs={"key_derivation": self.key_derivation, "digest_method": self.digest_method},
            )
        return self._signer

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie where it changed; an unchanged and an emptied one as Flask does."""
        if not session or not session.modified:
            super().save_session(app, session, response)
            return
        name = self.get_cookie_name(app)
        self._attributes = self._attributes or dump_cookie(
            name, "", path=self.get_cookie_path(app), secure=self.get_cookie_secure(app), httponly=True,
            samesite=self.get_cookie_samesite(app),
        ).removeprefix(f"{name}=")
        value = self.get_signing_serializer(app).dumps(dict(session))
        response.headers.add("Set-Cookie", f"{name}={value}{self._attributes}")
        if "Vary" in response.headers:
            response.vary.add("Cookie")
        else:
            response.headers.add("Vary", "Cookie")


def _settings(config: Config) -> dict[str, Any]:
    return {
        "SECRET_KEY": config.secret_key,
        "SESSION_COOKIE_NAME": "__Host-banjian" if config.secure_cookies else "banjian",
        "SESSION_COOKIE_SECURE": config.secure_cookies,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "MAX_CONTENT_LENGTH": LARGEST_REQUEST,
        "MAX_FORM_MEMORY_SIZE": LARGEST_FORM,
        "MAX_FORM_PARTS": MOST_PARTS,
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a long form must not expire while it is filled in
        "WTF_CSRF_SSL_STRICT": config.secure_cookies,
        "OFFICIAL_PASSWORD_CLASSES": 3,
        "OFFICIAL_PASSWORD_DAYS": signing_in.PASSWORD_DAYS,
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(days=365),  # built files carry a hash in their names
    }


def _see_that_the_request_is_sound() -> None:
    g.identity = None
    sent = request._get_current_object()
    if sent.content_encoding or sent.mimetype not in _BODIES:
        raise UnsupportedMediaType()
    if sent.mimetype != "multipart/form-data":
        sent.max_content_length = LARGEST_FORM  # read at once into memory; the limit of forms counts multipart alone
    _see_that_it_is_utf8(sent)
    words = [*sent.args.keys(), *sent.args.values(), *(sent.view_args or {}).values()]
    if any(_has_control_characters(word) for word in words if isinstance(word, str)):
        raise Invalid({"": ["网址中含有不能识别的字符，请检查后重新打开。"]})


def _see_that_it_is_utf8(sent: Request) -> None:
    """Raise Invalid for a query or form in another encoding: it would be kept as its escapes (%B2%E2) unnoticed."""
    written, read = sent.query_string, [sent.args]
    if sent.mimetype == "application/x-www-form-urlencoded":
        written += b"&" + sent.get_data(cache=True)
        read.append(sent.form)
    if written.isascii() and not any(_holds_a_percent_sign(one) for one in read):
        return  # an escape that is none of UTF-8 would still stand there
    try:
        unquote_to_bytes(written).decode()
    except UnicodeDecodeError:
        raise Invalid({"": ["提交的内容不是 UTF-8 编码，请用页面上的表单重新填写。"]}) from None


def _holds_a_percent_sign(read: MultiDict[str, str]) -> bool:
    return any("%" in name or any("%" in value for value in values) for name, values in read.lists())


def _has_control_characters(text: str) -> bool:
    if text.isascii() and text.isprintable():
        return False
    return any(unicodedata.category(c) in ("Cc", "Cs") or c == "\ufffd" for c in text)


def _recognise() -> None:
    sent = request._get_current_object()
    if sent.endpoint == "static":
        return
    g.lang = _language(sent)
    own = session_id()
    if not own:
        return
    with db.reading() as reader:
        db.line_up(reader)
        who = queries.ask_identity(reader, sessions.hash_of(own))
        asked = ahead.send(reader)
        found = queries.the_identity(who)
        ahead.keep(asked)
    g.identity = found
    if found is not None and clock.real() - found.seen_at >= sessions.TOUCHED_EVERY:
        # A busy database must not keep anybody from reading a page.
        with contextlib.suppress(Unavailable), db.transaction() as tx:
            sessions.touch(tx, own)


def _language(sent: Request) -> str:
    asked = "lang" in sent.args and sent.args["lang"] or "lang" in sent.cookies and sent.cookies["lang"]
    return asked if asked in LANGUAGES else LANGUAGES[0]


def _add_headers(response: Response) -> Response:
    sent = request._get_current_object()
    headers = {"Content-Security-Policy": _POLICY, **_HEADERS}
    if "style_attributes" in g:
        headers["Content-Security-Policy"] += "; style-src-attr 'unsafe-inline'"
    if sent.is_secure:
        headers["Strict-Transport-Security"] = _HSTS
    set_already = {name.lower() for name, _value in response.headers}
    for name, value in headers.items():
        if name.lower() not in set_already:
            response.headers.add(name, value)
    if sent.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
        if "lang" in sent.args and sent.args["lang"] in LANGUAGES:
            response.set_cookie("lang", g.lang, max_age=31_536_000, secure=sent.is_secure, httponly=True,
                                samesite="Lax")
    return response
