"""Signing in and out, one's own account, passwords and the codes that set them, and the very first administrator."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import db
from app.errors import Invalid, NotFound, Refused, TooMany
from app.people import codes, operations, passwords, sessions, signing_in
from app.people.models import Person, Unit
from app.web import access, forms, redirects, security
from app.web.forms import Field

auth = Blueprint("auth", __name__)

WRONG = "登录名或密码不正确。连续 5 次不正确将暂停登录 15 分钟。"
OLD = Field("old", "当前密码", en="Current password", kind="password", maxlength=1000, autocomplete="current-password")
SIGN_IN = (
    Field("login", "登录名", en="Login", autocomplete="username"),
    Field("password", "密码", en="Password", kind="password", maxlength=1000, autocomplete="current-password"),
    Field("next", "登录后打开", required=False, maxlength=2000),
)
CHANGE = (OLD, forms.PASSWORD, forms.AGAIN)
WITH_CODE = (forms.CODE, forms.PASSWORD, forms.AGAIN)
TIERS = (("ministry", "国家级"), ("province", "省级"), ("city", "市级"), ("county", "县级"))
SET_UP = (
    Field("code", "登记码", en="One-time code", maxlength=60, help="由 banjian admin create 生成，24 小时内有效"),
    Field("unit_name", "单位名称", en="Name of the unit", help="最高一级的主管部门全称"),
    Field("tier", "层级", en="Tier", kind="select", options=TIERS),
    Field("region_code", "行政区划代码", en="Division", required=False, maxlength=6, pattern="[0-9]{6}",
          wrong="应为 6 位数字，如 130000。", help="6 位数字的行政区划代码；国家级不填"),
    forms.NAME, forms.LOGIN, forms.PHONE.optional(), forms.PASSWORD, forms.AGAIN,
)


@auth.get("/sign-in")
@access.rule(access.public)
def sign_in() -> str | Response:
    """The way in; somebody who is in already goes on."""
    if g.identity is not None:
        return redirect(redirects.onward("/"))
    return _sign_in_page({"next": request.args.get("next", "")}, {})


@auth.post("/sign-in")
@access.rule(access.public)
def let_in() -> Response | tuple[str, int] | tuple[str, int, Mapping[str, str]]:
    """Compare the password between two short transactions; words and time are the same whether the account exists."""
    kept = forms.typed_values(SIGN_IN, request.form)
    try:
        typed = forms.read(SIGN_IN, request.form)
        person = _let_in(typed["login"], typed["password"])
    except Invalid as error:
        return _sign_in_page(kept, error.fields), 422
    except TooMany as error:
        return _sign_in_page(kept, {"": [error.message]}), 429, {"Retry-After": str(error.wait_seconds)}
    if person is None:
        return _sign_in_page(kept, {"": [WRONG]}), 422
    return redirect(redirects.onward("/"), 303)


@auth.post("/sign-out")
@access.rule(access.public)
def sign_out() -> Response:
    """End the session, here and on the server."""
    with db.transaction() as tx:
        if g.identity is not None:
            signing_in.sign_out(tx, g.identity, security.session_id())
        security.forget(tx)
    flash("已退出登录。", "success")
    return redirect(url_for(".sign_in"), 303)


@auth.get("/account")
@access.rule(access.unsettled)
def account() -> str:
    """One's own details and live sessions."""
    with db.reading() as session:
        person = session.get_one(Person, g.identity.person_id)
        live = sessions.live(session, person_id=person.id)
    here = sessions.hash_of(security.session_id())
    return render_template("auth/account.html", who=person, live=live, here=here)


@auth.post("/account/sessions/<public_id>/end")
@access.rule(access.unsettled)
def end_session(public_id: str) -> Response:
    """End one of one's own sessions, on whatever machine it is."""
    with db.transaction() as tx:
        operations.end_session(tx, g.identity.public_id, public_id, by=g.identity)
    flash("该登录已结束。", "success")
    return redirect(url_for(".account"), 303)


@auth.get("/account/password")
@access.rule(access.unsettled)
def password() -> str:
    """The form for a new password."""
    return _password_page({})


@auth.post("/account/password")
@access.rule(access.unsettled)
def change_password() -> Response | tuple[str, int] | tuple[str, int, Mapping[str, str]]:
    """Set a new password with the old one; every other session ends."""
    try:
        typed = forms.read(CHANGE, request.form)
        forms.see_that_they_agree(typed)
        see_that_password_is_good(typed["password"], login=g.identity.login, name=g.identity.name,
                                  kind=g.identity.unit_kind)
        if typed["password"] == typed["old"]:
            raise Invalid({"password": ["新密码不能与当前密码相同。"]})
        person = _check_password(g.identity.login, typed["old"])
        if person is None:
            raise Invalid({"old": ["当前密码不正确。"]})
    except Invalid as error:
        return _password_page(error.fields), 422
    except TooMany as error:
        return _password_page({"": [error.message]}), 429, {"Retry-After": str(error.wait_seconds)}
    password_hash = passwords.hashed(typed["password"])
    with db.transaction() as tx:
        person = tx.get_one(Person, g.identity.person_id)
        operations.set_password(tx, person, password_hash=password_hash)
        security.sign_in(tx, person)
    flash("密码已修改，其他设备上的登录已全部结束。", "success")
    return redirect(url_for(".account"), 303)


@auth.get("/set-password")
@access.rule(access.public)
def code() -> str:
    """The form for setting a password with a one-time code."""
    return _form_page("auth/code.html", WITH_CODE, {}, {})


@auth.post("/set-password")
@access.rule(access.public)
def set_password() -> Response | tuple[str, int] | tuple[str, int, Mapping[str, str]]:
    """Set a password with a code from an administrator, and come in."""

    def work(typed: Mapping[str, Any]) -> None:
        with db.reading() as session:
            signing_in.see_that_address_is_open(session, security.address())
            row = codes.find(session, typed["code"], purpose=codes.NEW_PASSWORD)
            person = session.get_one(Person, row.person_id)
            kind = session.get_one(Unit, person.unit_id).kind
        see_that_password_is_good(typed["password"], login=person.login, name=person.name, kind=kind)
        password_hash = passwords.hashed(typed["password"])
        with db.transaction() as tx:
            person = tx.get_one(Person, person.id)
            operations.set_password(tx, person, password_hash=password_hash, code=typed["code"])
        flash(f"密码已设置，请用登录名 {person.login} 登录。", "success")

    return _with_code("auth/code.html", WITH_CODE, work)


@auth.get("/setup")
@access.rule(access.public)
def first() -> str:
    """The form for the first department and its administrator."""
    return _form_page("auth/setup.html", SET_UP, {}, {})


@auth.post("/setup")
@access.rule(access.public)
def set_up() -> Response | tuple[str, int] | tuple[str, int, Mapping[str, str]]:
    """Make them, with the code that the command line gave."""

    def work(typed: Mapping[str, Any]) -> None:
        see_that_password_is_good(typed["password"], login=typed["login"], name=typed["name"], kind="department")
        with db.reading() as session:
            signing_in.see_that_address_is_open(session, security.address())
            codes.find(session, typed["code"], purpose=codes.FIRST_ADMINISTRATOR)
        password_hash = passwords.hashed(typed["password"])
        with db.transaction() as tx:
            operations.set_up(
                tx, typed["code"], tier=typed["tier"], region_code=typed["region_code"],
                unit={"name": typed["unit_name"]}, person=typed, password_hash=password_hash,
            )
        flash("首个管理员已设立，请登录后建立下级单位和人员。", "success")

    return _with_code("auth/setup.html", SET_UP, work)


def see_that_password_is_good(text: str, *, login: str, name: str, kind: str) -> None:
    """Raise Invalid for a password that this kind of unit may not use: officials' must be mixed, where so set."""
    classes = 1 if kind == "institution" else current_app.config["OFFICIAL_PASSWORD_CLASSES"]
    passwords.see_that_it_is_good(text, login=login, name=name, classes=classes)


def _let_in(login: str, typed_password: str) -> Person | None:
    account, good = _compare(login, typed_password)
    with db.transaction() as tx:
        person = signing_in.finish(
            tx, account, good=good, password_days=current_app.config["OFFICIAL_PASSWORD_DAYS"]
        )
        if person is not None:
            security.sign_in(tx, person)
    return person


def _check_password(login: str, typed_password: str) -> Person | None:
    account, good = _compare(login, typed_password)
    with db.transaction() as tx:
        return signing_in.finish(tx, account, good=good, password_days=0, verb="check_password")


def _compare(login: str, typed_password: str) -> tuple[signing_in.Account, bool]:
    with db.reading() as session:
        account = signing_in.look(session, login=login, address=security.address())
    return account, passwords.matches(account.password_hash, typed_password)


def _with_code(
    template: str, fields: tuple[Field, ...], work: Any
) -> Response | tuple[str, int] | tuple[str, int, Mapping[str, str]]:
    """Carry out a form with a one-time code; wrong codes count against the address."""
    kept = forms.typed_values(fields, request.form)
    try:
        typed = forms.read(fields, request.form)
        forms.see_that_they_agree(typed)
        work(typed)
    except TooMany as error:
        page = _form_page(template, fields, kept, {"": [error.message]})
        return page, 429, {"Retry-After": str(error.wait_seconds)}
    except Invalid as error:
        if "code" in error.fields and request.form.get("code"):
            with db.transaction() as tx:
                signing_in.fail_at(tx, security.address())
        return _form_page(template, fields, kept, error.fields), 422
    except (NotFound, Refused) as error:
        return _form_page(template, fields, kept, {"": [error.message]}), 422
    return redirect(url_for("auth.sign_in"), 303)


def _sign_in_page(values: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    return _form_page("auth/sign_in.html", SIGN_IN, values, errors)


def _password_page(errors: Mapping[str, Any]) -> str:
    return _form_page("auth/password.html", CHANGE, {}, errors, must=g.identity.must_change_password)


def _form_page(
    template: str, fields: tuple[Field, ...], values: Mapping[str, Any], errors: Mapping[str, Any], **more: Any
) -> str:
    return render_template(
        template, form=fields, values=values, errors=errors, labels=forms.labels(fields), **more
    )

