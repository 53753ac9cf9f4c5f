"""单位与人员: what administrators look after, in their own unit and those below."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import db
from app.errors import Invalid, Refused
from app.people import directory, operations, regions, roles, sessions
from app.people.models import Region, Unit
from app.web import access, forms
from app.web.forms import Field

admin = Blueprint("admin", __name__, url_prefix="/admin")

MAY = access.roles("admin")
MAY_SET_UP = access.roles("admin", kinds=("department",))
KINDS = (("department", "主管部门"), ("association", "协会"), ("institution", "服务机构"))
STATUSES = (("active", "正常"), ("pending", "待确认"), ("refused", "未通过"), ("disabled", "已停用"))
TIERS = {"ministry": "国家级", "province": "省级", "city": "市级", "county": "县级"}
CONTACT = (
    Field("name", "单位名称", en="Name"),
    Field("address", "地址", en="Address", required=False, maxlength=200),
    Field("contact_name", "联系人", en="Contact", required=False, maxlength=50),
    Field("contact_phone", "联系电话", en="Phone", required=False, maxlength=30, pattern=forms.PHONE.pattern,
          wrong=forms.PHONE.wrong),
    Field("contact_email", "电子邮箱", en="E-mail", required=False, maxlength=200, pattern=forms.EMAIL.pattern,
          wrong=forms.EMAIL.wrong),
)
BODIES = (("centre", "服务中心"), ("internal", "中心业务部门"))
KIND = Field("kind", "类别", en="Kind", kind="radio", options=(*KINDS[:2], *BODIES), help="协会可以推荐申报，不设层级")
ORGANISATION = Field(
    "organisation_code", "所属法人的统一社会信用代码", en="Organisation", required=False, maxlength=18,
    help="协会、中心自己也申报的填写：不能推荐自己",
)
REGION = Field("region_code", "行政区划", en="Division", kind="division", help="部门的层级随行政区划")
DETAILS = (forms.NAME, forms.PHONE.optional(), forms.EMAIL.optional())
HELD = Field("roles", "岗位", en="Roles", kind="checklist", required=False)


@admin.get("/units")
@access.rule(MAY)
def index() -> str:
    """The units within reach."""
    chosen = directory.UnitFilter(
        kind=_one_of("kind", KINDS), status=_one_of("status", STATUSES), text=request.args.get("q", "").strip()[:100]
    )
    after = forms.page_key()
    with db.reading() as session:
        rows, following = directory.units(session, g.identity, chosen, after=after)
    kept = {name: value for name, value in request.args.items() if name in ("kind", "status", "q")}
    return render_template(
        "admin/units.html", rows=rows, chosen=chosen, kinds=KINDS, statuses=STATUSES, tiers=TIERS,
        first_url=url_for(".index", **kept) if after else "",
        next_url=url_for(".index", **kept, after=following) if following else "",
    )


@admin.get("/units/new")
@access.rule(MAY_SET_UP)
def new_unit() -> str:
    """The form for a new department or association; a ministry first chooses a province."""
    with db.reading() as session:
        province = g.identity.province_code or request.args.get("province", "")
        return _new_unit_page(session, province, {}, {})


@admin.post("/units/new")
@access.rule(MAY_SET_UP)
def create_unit() -> Response | tuple[str, int]:
    """Set it up."""
    province = g.identity.province_code or request.form.get("province", "")[:6]
    with db.reading() as session:
        offered = directory.divisions_below(session, g.identity, province_code=province)
    fields = (
        Field("province", "省份", required=False, maxlength=6), KIND,
        REGION.offering([(row.code, row.name) for row in offered]), *CONTACT, ORGANISATION,
    )
    try:
        typed = forms.read(fields, request.form)
        with db.transaction() as tx:
            unit = operations.create_unit(
                tx, by=g.identity, kind=typed["kind"], tier=_tier_of(tx, typed["region_code"]),
                region_code=typed["region_code"], values=typed,
            )
    except Invalid as error:
        with db.reading() as session:
            return _new_unit_page(session, province, forms.typed_values(fields, request.form), error.fields), 422
    flash(f"已建立“{unit.name}”，请接着为它建立人员。", "success")
    return redirect(url_for(".unit", unit_id=unit.public_id), 303)


@admin.get("/units/<unit_id>")
@access.rule(MAY)
def unit(unit_id: str) -> str:
    """One unit with its people."""
    return _unit_page(unit_id)


@admin.post("/units/<unit_id>")
@access.rule(MAY)
def change_unit(unit_id: str) -> Response | tuple[str, int]:
    """Correct its name, address and contact."""
    try:
        typed = forms.read(CONTACT, request.form)
        with db.transaction() as tx:
            operations.change_unit(tx, unit_id, by=g.identity, values=typed)
    except Invalid as error:
        return _unit_page(unit_id, values=forms.typed_values(CONTACT, request.form), errors=error.fields), 422
    return _done("单位信息已保存。", ".unit", unit_id=unit_id)


@admin.post("/units/<unit_id>/disable")
@access.rule(MAY_SET_UP)
def disable_unit(unit_id: str) -> Response | tuple[str, int]:
    """Close a unit, with a reason."""
    try:
        reason = forms.read((forms.REASON,), request.form)["reason"]
    except Invalid as error:
        return _unit_page(unit_id, errors=error.fields), 422
    with db.transaction() as tx:
        operations.disable_unit(tx, unit_id, by=g.identity, reason=reason)
    return _done("单位已停用，其人员的登录已全部结束。", ".unit", unit_id=unit_id)


@admin.post("/units/<unit_id>/enable")
@access.rule(MAY_SET_UP)
def enable_unit(unit_id: str) -> Response:
    """Open it again."""
    with db.transaction() as tx:
        operations.enable_unit(tx, unit_id, by=g.identity)
    return _done("单位已启用。", ".unit", unit_id=unit_id)


@admin.get("/units/<unit_id>/people/new")
@access.rule(MAY)
def new_person(unit_id: str) -> str:
    """The form for a new account."""
    return _new_person_page(unit_id, {}, {})


@admin.post("/units/<unit_id>/people/new")
@access.rule(MAY)
def create_person(unit_id: str) -> tuple[str, int] | str:
    """Make the account, and show once the code with which its person sets a password."""
    with db.reading() as session:
        fields = _person_fields(directory.unit(session, g.identity, unit_id))
    try:
        typed = forms.read(fields, request.form)
        with db.transaction() as tx:
            person, code = operations.create_person(
                tx, unit_id, by=g.identity, login=typed["login"], values=typed, held=typed["roles"]
            )
    except Invalid as error:
        return _new_person_page(unit_id, forms.typed_values(fields, request.form), error.fields), 422
    return render_template("admin/code.html", who=person, code=code, title="账号已建立")


@admin.get("/people/<person_id>")
@access.rule(MAY)
def person(person_id: str) -> str:
    """One person: details, roles, sessions."""
    return _person_page(person_id)


@admin.post("/people/<person_id>")
@access.rule(MAY)
def change_person(person_id: str) -> Response | tuple[str, int]:
    """Correct name, phone and mail."""
    return _change(
        person_id, DETAILS, "人员信息已保存。",
        lambda tx, typed: operations.change_person(tx, person_id, by=g.identity, values=typed),
    )


@admin.post("/people/<person_id>/roles")
@access.rule(MAY)
def set_roles(person_id: str) -> Response | tuple[str, int]:
    """Give exactly the roles that are ticked."""
    with db.reading() as session:
        _, theirs, _ = directory.person(session, g.identity, person_id)
    return _change(
        person_id, (_held(theirs.kind),), "岗位已保存，立即生效。",
        lambda tx, typed: operations.set_roles(tx, person_id, by=g.identity, held=typed["roles"]),
    )


@admin.post("/people/<person_id>/disable")
@access.rule(MAY)
def disable_person(person_id: str) -> Response | tuple[str, int]:
    """Close an account, with a reason."""
    return _change(
        person_id, (forms.REASON,), "账号已停用，其登录已全部结束。",
        lambda tx, typed: operations.disable_person(tx, person_id, by=g.identity, reason=typed["reason"]),
    )


@admin.post("/people/<person_id>/enable")
@access.rule(MAY)
def enable_person(person_id: str) -> Response | tuple[str, int]:
    """Open it again."""
    return _change(
        person_id, (), "账号已启用。", lambda tx, typed: operations.enable_person(tx, person_id, by=g.identity)
    )


@admin.post("/people/<person_id>/unlock")
@access.rule(MAY)
def unlock(person_id: str) -> Response | tuple[str, int]:
    """Lift the pause after wrong passwords."""
    return _change(
        person_id, (), "已解除登录锁定。", lambda tx, typed: operations.unlock(tx, person_id, by=g.identity)
    )


@admin.post("/people/<person_id>/reset-password")
@access.rule(MAY)
def reset_password(person_id: str) -> str:
    """Void the password, and show once the code for a new one."""
    with db.transaction() as tx:
        person, code = operations.reset_password(tx, person_id, by=g.identity)
    return render_template("admin/code.html", who=person, code=code, title="密码已重置")


@admin.post("/people/<person_id>/sessions/<session_id>/end")
@access.rule(MAY)
def end_session(person_id: str, session_id: str) -> Response:
    """End one session of a person."""
    with db.transaction() as tx:
        operations.end_session(tx, person_id, session_id, by=g.identity)
    return _done("该登录已结束。", ".person", person_id=person_id)


def _change(
    person_id: str, fields: Sequence[Field], done: str, work: Callable[[Session, dict[str, Any]], object]
) -> Response | tuple[str, int]:
    """Read a small form about a person and carry it out; its errors come back on the person's page."""
    try:
        typed = forms.read(fields, request.form)
        with db.transaction() as tx:
            work(tx, typed)
    except Invalid as error:
        return _person_page(person_id, forms.typed_values(fields, request.form), error.fields), 422
    except Refused as error:
        return _person_page(person_id, forms.typed_values(fields, request.form), {"": [error.message]}), 422
    return _done(done, ".person", person_id=person_id)


def _done(words: str, endpoint: str, **where: str) -> Response:
    flash(words, "success")
    return redirect(url_for(endpoint, **where), 303)


def _unit_page(
    unit_id: str, *, values: Mapping[str, Any] | None = None, errors: Mapping[str, Any] | None = None
) -> str:
    with db.reading() as session:
        found = directory.unit(session, g.identity, unit_id)
        people = directory.people(session, found.id)
        place = session.get(Region, found.region_code) if found.region_code else None
    shown = {field.key: getattr(found, field.key) for field in CONTACT} | dict(values or {})
    return render_template(
        "admin/unit.html", unit=found, place=place, people=people, form=CONTACT, values=shown, errors=errors or {},
        labels=forms.labels((*CONTACT, forms.REASON)), reason=forms.REASON, kinds=dict(KINDS), tiers=TIERS,
        statuses=dict(STATUSES), role_names=roles.names, typed_reason=request.form.get("reason", ""),
    )


def _new_unit_page(session: Session, province: str, values: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    provinces = directory.provinces(session)
    if province not in {row.code for row in provinces}:
        return render_template("admin/provinces.html", provinces=provinces)
    offered = {row.code for row in directory.divisions_below(session, g.identity, province_code=province)}
    tree = [
        (city, [county for county in counties if county.code in offered])
        for city, counties in directory.divisions_of(session, province)
    ]
    return render_template(
        "admin/new_unit.html", form=(KIND, REGION, *CONTACT, ORGANISATION), values=values, errors=errors,
        province=province,
        divisions=[(city, counties) for city, counties in tree if counties or city.code in offered],
        whole=[(row.code, f"{row.name}（省级）") for row in [session.get_one(Region, province)] if row.code in offered],
        labels=forms.labels((KIND, REGION, *CONTACT, ORGANISATION)),
    )


def _new_person_page(unit_id: str, values: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    with db.reading() as session:
        found = directory.unit(session, g.identity, unit_id)
    fields = _person_fields(found)
    return render_template(
        "admin/new_person.html", unit=found, form=fields, values=values, errors=errors, labels=forms.labels(fields)
    )


def _person_page(
    person_id: str, typed: Mapping[str, Any] | None = None, errors: Mapping[str, Any] | None = None
) -> str:
    with db.reading() as session:
        who, theirs, held = directory.person(session, g.identity, person_id)
        live = sessions.live(session, person_id=who.id)
        locked = directory.is_locked(session, who)
    values = {field.key: getattr(who, field.key) for field in DETAILS} | {"roles": sorted(held)} | dict(typed or {})
    return render_template(
        "admin/person.html", who=who, unit=theirs, values=values, errors=errors or {}, live=live, locked=locked,
        form=DETAILS, held=_held(theirs.kind), reason=forms.REASON, role_names=roles.names(held),
        labels=forms.labels((*DETAILS, HELD, forms.REASON)),
    )


def _person_fields(found: Unit) -> tuple[Field, ...]:
    return (forms.NAME, forms.LOGIN, forms.PHONE.optional(), forms.EMAIL.optional(), _held(found.kind))


def _held(kind: str) -> Field:
    return HELD.offering([(role.key, role.zh) for role in roles.for_kind(kind)])


def _tier_of(session: Session, region_code: str) -> str:
    return regions.get(session, region_code).tier


def _one_of(name: str, options: Sequence[tuple[str, str]]) -> str:
    value = request.args.get(name, "")
    if value and value not in dict(options):
        raise Invalid({name: ["筛选条件不正确，请从列表中选择。"]})
    return value


