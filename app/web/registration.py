"""注册: institutions register themselves and see how it stands; departments confirm or refuse."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import db
from app.errors import Invalid, NotFound, TooMany
from app.people import directory, passwords
from app.people import registration as records
from app.people.models import Region, Unit
from app.web import access, forms, security
from app.web.auth import see_that_password_is_good
from app.web.forms import Field

registration = Blueprint("registration", __name__)

PROVINCE = Field("province", "省份", maxlength=6, pattern="[0-9]{6}", wrong="请从列表中选择。")
UNIT = (
    Field("credit_code", "统一社会信用代码", en="Unified social credit code", maxlength=30,
          help="18 位，与营业执照或登记证书一致"),
    Field("unit_name", "机构名称", en="Name of the unit", help="与营业执照或登记证书一致"),
    Field("region_code", "所在县（市、区）", en="Division", kind="division"),
    Field("address", "详细地址", en="Address", maxlength=200),
    Field("contact_name", "联系人", en="Contact", maxlength=50),
    Field("contact_phone", "联系电话", en="Phone", maxlength=30, pattern=forms.PHONE.pattern, wrong=forms.PHONE.wrong),
    Field("contact_email", "电子邮箱", en="E-mail", maxlength=200, pattern=forms.EMAIL.pattern, wrong=forms.EMAIL.wrong,
          help="用于接收通知"),
)
PERSON = (
    forms.LOGIN,
    Field("password", "密码", en="Password", kind="password", maxlength=1000, autocomplete="new-password",
          help=forms.PASSWORD.help),
    Field("again", "再次输入密码", en="Once more", kind="password", maxlength=1000, autocomplete="new-password"),
)
MAY_REVIEW = access.roles(*records.REVIEWERS, kinds=("department",))
STATUSES = (("pending", "待确认"), ("refused", "未通过"), ("active", "已确认"), ("disabled", "已停用"))


@registration.get("/register")
@access.rule(access.public)
def new() -> str:
    """The form of a registration, or first the choice of a province where several are in service."""
    with db.reading() as session:
        provinces = directory.provinces_in_service(session)
        code = request.args.get("province") or (provinces[0].code if len(provinces) == 1 else "")
        if code not in {row.code for row in provinces}:
            return render_template("registration/provinces.html", provinces=provinces)
        return _form_page(session, "registration/new.html", code, {}, {}, several=len(provinces) > 1)


@registration.post("/register")
@access.rule(access.public)
def register() -> Response | tuple[str, int] | tuple[str, int, Mapping[str, str]]:
    """Take a registration in; its person may sign in and see how it stands."""
    fields = (PROVINCE, *UNIT, *PERSON)
    status, headers = 422, {}
    try:
        typed = _read(fields)
        forms.see_that_they_agree(typed)
        see_that_password_is_good(typed["password"], login=typed["login"], name="", kind="institution")
        records.see_that_credit_code_is_right(typed["credit_code"])
        password_hash = passwords.hashed(typed["password"])
        with db.transaction() as tx:
            person = records.register(
                tx, credit_code=typed["credit_code"], region_code=typed["region_code"], unit=_unit_values(typed),
                person={"login": typed["login"], "name": typed["contact_name"], "phone": typed["contact_phone"],
                        "email": typed["contact_email"]},
                password_hash=password_hash, address=security.address(),
            )
            security.sign_in(tx, person)
        flash("注册已提交，请等待所在地主管部门确认。", "success")
        return redirect(url_for(".state"), 303)
    except Invalid as error:
        errors = error.fields
    except TooMany as error:
        errors, status, headers = {"": [error.message]}, 429, {"Retry-After": str(error.wait_seconds)}
    with db.reading() as session:
        kept = forms.typed_values(fields, request.form)
        page = _form_page(session, "registration/new.html", kept["province"], kept, errors)
    return page, status, headers


@registration.get("/registration")
@access.rule(access.unsettled)
def state() -> str | Response:
    """How one's own institution's registration stands; while it waits or was refused, the form to correct it."""
    with db.reading() as session:
        unit = session.get_one(Unit, g.identity.unit_id)
        if unit.kind != "institution":
            return redirect("/")
        place = session.get_one(Region, unit.region_code)
        return _state_page(session, unit, _values_of(unit) | {"province": place.province_code}, {})


@registration.post("/registration")
@access.rule(access.unsettled)
def correct() -> Response | tuple[str, int]:
    """Send a corrected registration."""
    fields = (PROVINCE, *UNIT)
    try:
        typed = _read(fields)
        with db.transaction() as tx:
            records.correct(
                tx, by=g.identity, credit_code=typed["credit_code"], region_code=typed["region_code"],
                unit=_unit_values(typed),
            )
    except Invalid as error:
        with db.reading() as session:
            unit = session.get_one(Unit, g.identity.unit_id)
            return _state_page(session, unit, forms.typed_values(fields, request.form), error.fields), 422
    flash("已重新提交，请等待所在地主管部门确认。", "success")
    return redirect(url_for(".state"), 303)


@registration.get("/registrations")
@access.rule(MAY_REVIEW)
def index() -> str:
    """Registrations of one's division, those that wait first."""
    status = request.args.get("status", "pending")
    if status not in dict(STATUSES):
        raise Invalid({"status": ["筛选条件不正确，请从列表中选择。"]})
    after = forms.page_key()
    with db.reading() as session:
        rows, following = directory.registrations(session, g.identity, status=status, after=after)
    return render_template(
        "registration/index.html", rows=rows, status=status, statuses=STATUSES,
        first_url=url_for(".index", status=status) if after else "",
        next_url=url_for(".index", status=status, after=following) if following else "",
    )


@registration.get("/registrations/<unit_id>")
@access.rule(MAY_REVIEW)
def show(unit_id: str) -> str:
    """One registration, with what can be decided."""
    return _review_page(unit_id, {}, "")


@registration.post("/registrations/<unit_id>/confirm")
@access.rule(MAY_REVIEW)
def confirm(unit_id: str) -> Response:
    """Confirm it."""
    with db.transaction() as tx:
        unit = records.confirm(tx, unit_id, by=g.identity)
    flash(f"已确认“{unit.name}”的注册，该机构现在可以申报。", "success")
    return redirect(url_for(".index"), 303)


@registration.post("/registrations/<unit_id>/refuse")
@access.rule(MAY_REVIEW)
def refuse(unit_id: str) -> Response | tuple[str, int]:
    """Refuse it with a reason."""
    try:
        typed = forms.read((forms.REASON,), request.form)
    except Invalid as error:
        return _review_page(unit_id, error.fields, request.form.get("reason", "")), 422
    with db.transaction() as tx:
        unit = records.refuse(tx, unit_id, by=g.identity, reason=typed["reason"])
    flash(f"已退回“{unit.name}”的注册，理由已告知该机构。", "success")
    return redirect(url_for(".index"), 303)


def _read(fields: Sequence[Field]) -> dict[str, Any]:
    """Read a form whose divisions are those of the province that it names."""
    with db.reading() as session:
        known = directory.divisions_of(session, request.form.get("province", "")[:6])
    options = [(row.code, row.name) for city, counties in known for row in (counties or [city])]
    return forms.read([f.offering(options) if f.key == "region_code" else f for f in fields], request.form)


def _form_page(
    session: Session, template: str, province: str, values: Mapping[str, Any], errors: Mapping[str, Any], **more: Any
) -> str:
    return render_template(
        template, form=UNIT, account=PERSON, values=values, errors=errors, labels=forms.labels((*UNIT, *PERSON)),
        province=province, divisions=directory.divisions_of(session, province[:6]), **more,
    )


def _state_page(session: Session, unit: Unit, values: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    return _form_page(
        session, "registration/state.html", values["province"], values, errors, unit=unit,
        words=records.STATUS_WORDS[unit.status],
    )


def _review_page(unit_id: str, errors: Mapping[str, Any], reason: str) -> str:
    with db.reading() as session:
        unit = directory.unit(session, g.identity, unit_id)
        if unit.kind != "institution":
            raise NotFound()
        place = session.get_one(Region, unit.region_code)
        person = records.person_of(session, unit)
    return render_template(
        "registration/show.html", unit=unit, place=place, who=person, errors=errors, reason=reason,
        words=records.STATUS_WORDS[unit.status], field=forms.REASON,
    )


def _values_of(unit: Unit) -> dict[str, str]:
    return {
        "credit_code": unit.credit_code or "", "unit_name": unit.name, "region_code": unit.region_code or "",
        "address": unit.address,
        "contact_name": unit.contact_name, "contact_phone": unit.contact_phone, "contact_email": unit.contact_email,
    }


def _unit_values(typed: Mapping[str, str]) -> dict[str, str]:
    keys = ("address", "contact_name", "contact_phone", "contact_email")
    return {"name": typed["unit_name"], **{key: typed[key] for key in keys}}
