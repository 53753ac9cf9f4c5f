"""会员名录: the members of one's own association: to read, to enter, to end, and to import from a workbook."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import db
from app.errors import Invalid
from app.formschema import importing, workbooks
from app.formschema.importing import Import
from app.people import members as register
from app.web import access, forms
from app.web.forms import Field
from app.web.sheets import _download
from app.web.successors import CODE

members = Blueprint("members", __name__, url_prefix="/members")

KEEPS = access.roles(*register.ROLES, kinds=("association",))
DAY = {"maxlength": 10, "pattern": "[0-9]{4}-[0-9]{2}-[0-9]{2}", "wrong": "应写作 2026-03-01。"}
FORM = (
    Field("name", "单位名称", en="Name", maxlength=register.LONGEST_NAME),
    Field("credit_code", "统一社会信用代码", en="Credit code", **CODE),
    Field("joined_on", "入会日期", en="Member since", **DAY, help="如 2026-03-01"),
)
LEFT = Field("left_on", "退会日期", en="Left on", **DAY, help="自该日起不再是会员；误登的写入会当日")


@members.get("")
@access.rule(KEEPS)
def index() -> str:
    """The list, the form of a new member, and the import."""
    return _page({}, {})


@members.post("")
@access.rule(KEEPS)
def add() -> Response | tuple[str, int]:
    """入会."""
    try:
        typed = forms.read(FORM, request.form)
        joined_on = _day("joined_on", typed.pop("joined_on"))
        with db.transaction() as session:
            made = register.add(session, by=g.identity, joined_on=joined_on, **typed)
    except Invalid as error:
        return _page(forms.typed_values(FORM, request.form), error.fields), 422
    flash(f"已登记会员：{made.name}。", "success")
    return redirect(url_for(".index"), 303)


@members.post("/<public_id>/leave")
@access.rule(KEEPS)
def leave(public_id: str) -> Response | tuple[str, int]:
    """退会."""
    with db.reading() as session:
        register.own(session, public_id, g.identity)
    try:
        typed = forms.read((LEFT,), request.form)
        with db.transaction() as session:
            made = register.leave(session, public_id, by=g.identity, left_on=_day("left_on", typed["left_on"]))
    except Invalid as error:
        return _page({}, {}, leaving=public_id, wrong=error.fields), 422
    flash(f"{made.name}自 {made.left_on} 起不再是会员。", "success")
    return redirect(url_for(".index"), 303)


@members.get("/template.xlsx")
@access.rule(KEEPS)
def template() -> Response:
    """An empty workbook to fill in."""
    return _download(workbooks.template(register.table()), "会员名录（模板）.xlsx")


@members.get("/list.xlsx")
@access.rule(KEEPS)
def export() -> Response:
    """The whole list."""
    with db.reading() as session:
        rows = register.everything(session, g.identity.unit_id)
    return _download(workbooks.filled(register.table(), rows), "会员名录.xlsx")


@members.post("/import")
@access.rule(KEEPS)
def take() -> Response | tuple[str, int]:
    """导入: a faultless workbook is taken whole; any other changes nothing and shows its report."""
    read: Import | None = None
    try:
        file = request.files.get("file")
        if file is None or not file.filename:
            raise Invalid({"file": ["请选择要导入的 xlsx 文件。"]})
        data = file.stream.read(workbooks.LARGEST + 1)
        table = register.table()
        read = importing.take_rows(register.form(), table, workbooks.read(data, wanted=table.label), around={})
        if not read.is_faultless:
            raise Invalid({"file": ["文件中有误的内容见报告，没有导入。"]})
        with db.transaction() as session:
            counted = register.take_list(session, read.good, by=g.identity)
    except Invalid as error:
        return _page({}, {}, wrong_file=[said for some in error.fields.values() for said in some], report=read), 422
    flash(f"已导入：新增 {counted['added']} 家，退会 {counted['left']} 家，原已登记 {counted['known']} 家。", "success")
    return redirect(url_for(".index"), 303)


def _page(
    values: Mapping[str, Any], errors: Mapping[str, Any], *, leaving: str = "", wrong: Mapping[str, Any] | None = None,
    wrong_file: list[str] | None = None, report: Import | None = None,
) -> str:
    text, after = request.args.get("q", "").strip()[:100], forms.page_key()
    with db.reading() as session:
        rows, following = register.listing(session, g.identity.unit_id, text=text, after=after)
    return render_template(
        "members/index.html", rows=rows, text=text, form=FORM, left=LEFT, values=values, errors=errors,
        labels=forms.labels(FORM), leaving=leaving, wrong=wrong or {}, wrong_file=wrong_file or [], report=report,
        largest=workbooks.LARGEST // 1024 // 1024,
        first_url=url_for(".index", q=text or None) if after else "",
        next_url=url_for(".index", q=text or None, after=following) if following else "",
    )


def _day(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid({field: ["日期不正确，请写成 2026-03-01 的样子。"]}) from None
