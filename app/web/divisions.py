"""行政区划: where an operator sets at which tier a division acts, or adds one that the list lacks."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import db
from app.errors import Invalid, Refused
from app.people import directory, operations
from app.people.models import Region
from app.web import access, forms
from app.web.forms import Field

divisions = Blueprint("divisions", __name__, url_prefix="/admin/divisions")

MAY = access.roles("operator")
CODE = {"maxlength": 6, "pattern": "[0-9]{6}", "wrong": "应为 6 位数字，如 130600。"}
FORM = (
    Field("code", "行政区划代码", en="One-time code", **CODE, help="已有的代码：调整；没有的代码：新增"),
    Field("name", "名称", en="Name", maxlength=50),
    Field("tier", "办理层级", en="Tier", kind="radio", options=(("city", "市级"), ("county", "县级"))),
    Field("parent_code", "上级代码", en="Code above", **CODE,
          help="市级填省的代码；县级填市的代码，直属于省的填省的代码"),
)


@divisions.get("")
@access.rule(MAY)
def index() -> str:
    """The divisions of a province as they act, and the form to change one."""
    with db.reading() as session:
        known = session.get(Region, request.args.get("code", "")[:6])
        values = {field.key: getattr(known, field.key) for field in FORM} if known is not None else {}
    return _page(values, {})


@divisions.post("")
@access.rule(MAY)
def place() -> Response | tuple[str, int]:
    """Add or move one. Open cases keep the place that they had."""
    try:
        typed = forms.read(FORM, request.form)
        with db.transaction() as tx:
            operations.place_region(tx, by=g.identity, **typed)
    except Invalid as error:
        return _page(forms.typed_values(FORM, request.form), error.fields), 422
    except Refused as error:
        return _page(forms.typed_values(FORM, request.form), {"": [error.message]}), 422
    flash(f"{typed['name']}（{typed['code']}）已保存。已开始的办件不受影响。", "success")
    return redirect(url_for(".index", province=typed["code"][:2] + "0000"), 303)


def _page(values: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    with db.reading() as session:
        provinces = directory.provinces(session)
        chosen = request.args.get("province") or g.identity.province_code or provinces[0].code
        tree = directory.divisions_of(session, chosen[:6])
    return render_template(
        "divisions/index.html", provinces=[(row.code, row.name) for row in provinces], chosen=chosen, tree=tree,
        form=FORM, values=values, errors=errors, labels=forms.labels(FORM),
    )
