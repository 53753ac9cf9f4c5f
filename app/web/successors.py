"""单位沿革: which institution follows another, for departments to read and for authorities to enter."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import db
from app.errors import Invalid
from app.titles import successors as register
from app.web import access, forms
from app.web.forms import Field

successors = Blueprint("successors", __name__, url_prefix="/titles/successors")

KEEPS = access.roles(*register.ENTERS, kinds=("department",))
READS = access.roles(*register.ENTERS, "auditor", kinds=("department",))
CODE = {"maxlength": 18, "pattern": "[0-9A-Za-z]{18}", "wrong": "应为 18 位统一社会信用代码。"}
FORM = (
    Field("before_name", "原单位名称", en="Name before"),
    Field("before_code", "原统一社会信用代码", en="Code before", **CODE),
    Field("after_name", "现单位名称", en="Name after"),
    Field("after_code", "现统一社会信用代码", en="Code after", **CODE, help="代码没有变的不必登记，禁申期仍按代码计算"),
    Field("kind", "沿革", en="What happened", kind="radio", options=tuple(register.KINDS.items())),
    Field("changed_on", "变更日期", en="Changed on", maxlength=10, pattern="[0-9]{4}-[0-9]{2}-[0-9]{2}",
          wrong="应写作 2026-03-01。", help="如 2026-03-01，以登记机关的变更登记为准"),
    Field("evidence", "依据", en="Evidence", kind="textarea", maxlength=register.LONGEST_EVIDENCE,
          help="登记机关的文书名称、文号和日期"),
)
REASON = forms.REASON


@successors.get("")
@access.rule(READS)
def index() -> str:
    """The register, and the form of a new entry for an authority's people."""
    return _page({}, {})


@successors.post("")
@access.rule(KEEPS)
def enter() -> Response | tuple[str, int]:
    """Enter one."""
    try:
        typed = forms.read(FORM, request.form)
        changed_on = _day(typed.pop("changed_on"))
        with db.transaction() as tx:
            made = register.enter_successor(tx, by=g.identity, changed_on=changed_on, **typed)
    except Invalid as error:
        return _page(forms.typed_values(FORM, request.form), error.fields), 422
    flash(f"已登记：{made.before_name} → {made.after_name}。原单位的禁申期对现单位同样有效。", "success")
    return redirect(url_for(".index"), 303)


@successors.post("/<public_id>/remove")
@access.rule(KEEPS)
def remove(public_id: str) -> Response | tuple[str, int]:
    """Take an entry made in error back."""
    try:
        typed = forms.read((REASON,), request.form)
        with db.transaction() as tx:
            register.remove_successor(tx, public_id, by=g.identity, reason=typed["reason"])
    except Invalid as error:
        return _page({}, {}, removing=public_id, wrong=error.fields), 422
    flash("已撤销该项登记。此前已经终止的申报不受影响。", "success")
    return redirect(url_for(".index"), 303)


def _page(
    values: Mapping[str, Any], errors: Mapping[str, Any], *, removing: str = "", wrong: Mapping[str, Any] | None = None
) -> str:
    text = request.args.get("q", "").strip()[:100]
    with db.reading() as session:
        rows, may = register.register(session, text=text), register.may(session, g.identity)
    return render_template(
        "successors/index.html", rows=rows, may=may, text=text, form=FORM, values=values, errors=errors,
        labels=forms.labels(FORM), kinds=register.KINDS, reason=REASON, removing=removing, wrong=wrong or {},
    )


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Invalid({"changed_on": ["没有这一天，请核对日期。"]}) from None
