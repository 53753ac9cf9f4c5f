"""申报批次: opened by the authority, applied in by institutions."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import db
from app.batches import dates, operations, queries, recommending
from app.errors import Invalid
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.web import access

batches = Blueprint("batches", __name__, url_prefix="/batches")

YEARS = range(2004, 2100)  # those that the working-day calendar has, and the year after each
PLAIN = ("programme", "name", "opens_on", "closes_on", "text")
ENTITLED = "entitled"
"""Ticked once for each unit that a call names as one that may recommend."""
DEPARTMENT = access.roles("clerk", "lead", kinds=("department",))


@batches.get("")
@access.rule(access.roles("clerk", "lead", "applicant"))
def index() -> str:
    """For an institution the calls that are open; for a department those it has opened."""
    return _page()


@batches.post("")
@access.rule(DEPARTMENT)
def create() -> Response | tuple[str, int]:
    """Open a call."""
    with db.reading() as session:
        named = _other_dates(_chosen(session, request.form.get("programme", "")))
    typed = {name: request.form.get(name, "").strip() for name in (*PLAIN, *(f"on_{key}" for key in named))}
    entitled = [one[:40] for one in request.form.getlist(ENTITLED)]
    try:
        _see_that_nothing_else_is_sent(typed, ENTITLED)
        with db.transaction() as session:
            batch = operations.open_batch(
                session, by=g.identity, programme_key=typed["programme"], name=_name(typed["name"]),
                opens_on=_day("opens_on", typed["opens_on"], "开始日"),
                closes_on=_day("closes_on", typed["closes_on"], "截止日"),
                dates={key: _day(f"on_{key}", typed[f"on_{key}"], name) for key, name in named.items()},
                text=_text(typed["text"]), entitled=entitled,
            )
    except Invalid as error:
        return _page(typed={**typed, ENTITLED: entitled}, errors=_named_as_typed(error, named)), 422
    flash(f"已发布申报批次“{batch.name}”。", "success")
    return redirect(url_for(".show", public_id=batch.public_id), 303)


@batches.get("/<public_id>")
@access.rule(DEPARTMENT)
def show(public_id: str) -> str:
    """One call of the office: its last days, who applied, changes and late entries."""
    return _call(public_id)


@batches.post("/<public_id>/dates")
@access.rule(DEPARTMENT)
def change_dates(public_id: str) -> Response | tuple[str, int]:
    """Set last days anew, with the reason that applicants are told."""
    with db.reading() as session:
        batch = queries.call_of(session, public_id, unit_id=g.identity.unit_id)
        programme = programmes.programme(session, batch.release_id)
        named = {day.key: day.name for day in dates.last_days(programme, batch.dates)}
    typed = {name: request.form.get(name, "").strip() for name in ("reason", *(f"on_{key}" for key in named))}
    try:
        _see_that_nothing_else_is_sent(typed)
        new = {key: _day(f"on_{key}", typed[f"on_{key}"], name) for key, name in named.items()}
        with db.transaction() as session:
            batch = queries.call_of(session, public_id, unit_id=g.identity.unit_id)
            operations.change_dates(session, batch, by=g.identity, dates=new, reason=_text(typed["reason"], "reason"))
    except Invalid as error:
        return _call(public_id, typed=typed, errors=_named_as_typed(error, named)), 422
    flash("日期已变更，正在逐件更新各申报办件的期限并记入办理经过。", "success")
    return redirect(url_for(".show", public_id=public_id), 303)


@batches.post("/<public_id>/late")
@access.rule(DEPARTMENT)
def admit_late(public_id: str) -> Response | tuple[str, int]:
    """Let one institution in after the call has closed."""
    typed = {name: request.form.get(name, "").strip() for name in ("credit_code", "until", "late_reason")}
    try:
        _see_that_nothing_else_is_sent(typed)
        until = _day("until", typed["until"], "受理至")
        with db.transaction() as session:
            batch = queries.call_of(session, public_id, unit_id=g.identity.unit_id)
            operations.admit_late(
                session, batch, by=g.identity, credit_code=typed["credit_code"][:30], until=until,
                reason=_text(typed["late_reason"], "late_reason"),
            )
    except Invalid as error:
        fields = {{"reason": "late_reason"}.get(name, name): messages for name, messages in error.fields.items()}
        return _call(public_id, typed=typed, errors=fields), 422
    flash("已准许逾期申报；该单位可在所定日期前提交。", "success")
    return redirect(url_for(".show", public_id=public_id), 303)


@batches.get("/<public_id>/apply")
@access.rule(access.roles("applicant", kinds=("institution",)))
def choose(public_id: str) -> str:
    """The call as the institution reads it, and who shall recommend where it may choose."""
    return _applying(public_id)


@batches.post("/<public_id>/apply")
@access.rule(access.roles("applicant", kinds=("institution",)))
def apply(public_id: str) -> Response | tuple[str, int]:
    """Open the institution's application, then on to its form."""
    typed = {"recommender": request.form.get("recommender", "")[:40]}
    try:
        _see_that_nothing_else_is_sent(typed)
        with db.transaction() as session:
            case = operations.apply(session, queries.batch(session, public_id), by=g.identity, **typed)
    except Invalid as error:
        return _applying(public_id, typed=typed, errors=error.fields), 422
    return redirect(url_for("cases.show", public_id=case.public_id), 303)


def _page(typed: dict | None = None, errors: dict | None = None) -> str:
    with db.reading() as session:
        calls = queries.open_calls(session, g.identity) if g.identity.unit_kind == "institution" else []
        ours = queries.calls_of(session, g.identity.unit_id) if g.identity.unit_kind == "department" else []
        closes = {
            batch.id: dates.closing(programmes.programme(session, batch.release_id), batch.dates, batch.closes_on)
            for batch, _count in ours
        }
        run = _run_here(session)
        names = {p.key: p.name for p in programmes.all_latest(session)}
        chosen = _chosen(session, request.values.get("programme", ""))
        nameable = recommending.may_be_named(session, chosen) if chosen else []
    return render_template(
        "batches/index.html", calls=calls, ours=ours, closes=closes, programmes=run, names=names, typed=typed or {},
        errors=errors or {}, chosen=chosen, named=_other_dates(chosen), nameable=nameable,
    )


def _call(public_id: str, typed: dict | None = None, errors: dict | None = None) -> str:
    with db.reading() as session:
        batch = queries.call_of(session, public_id, unit_id=g.identity.unit_id)
        programme = programmes.programme(session, batch.release_id)
        rows = queries.applications(session, batch.id)
        late = queries.late_entries(session, batch.id)
        entitled = recommending.named(session, batch)
    return render_template(
        "batches/show.html", batch=batch, programme=programme, days=dates.last_days(programme, batch.dates),
        rows=rows, late=late, entitled=entitled, typed=typed or {}, errors=errors or {},
        closes=dates.closing(programme, batch.dates, batch.closes_on),
    )


def _applying(public_id: str, typed: dict | None = None, errors: dict | None = None) -> str:
    with db.reading() as session:
        batch = queries.batch(session, public_id)
        programme = programmes.programme(session, batch.release_id)
        choices = operations.recommenders(session, programme, g.identity, batch)
        closed = operations.hindrance(session, programme, batch, g.identity)
    return render_template(
        "batches/apply.html", batch=batch, programme=programme, days=dates.last_days(programme, batch.dates),
        choices=choices, of_place=recommending.of_place(programme), closed=closed, typed=typed or {},
        errors=errors or {},
    )


def _run_here(session: Any) -> list[Programme]:
    """The programmes whose authority the person's department is."""
    return [p for p in programmes.all_latest(session) if p.authority.is_unit(g.identity)]


def _chosen(session: Any, key: str) -> Programme | None:
    found = _run_here(session)
    return next((p for p in found if p.key == key), found[0] if found else None)


def _other_dates(programme: Programme | None) -> dict[str, str]:
    """The last days besides the applicants' own that a call of the programme names: key -> name."""
    if programme is None:
        return {}
    own = dates.applicants_key(programme)
    return {key: day.name for key, day in programme.batches.dates.items() if key != own}


def _named_as_typed(error: Invalid, named: Mapping[str, str]) -> dict[str, list[str]]:
    return {f"on_{name}" if name in named else name: messages for name, messages in error.fields.items()}


def _see_that_nothing_else_is_sent(typed: dict[str, str], *lists: str) -> None:
    unknown = set(request.form) - set(typed) - set(lists) - {"csrf_token"}
    if unknown:
        raise Invalid({"": [f"不认识的字段：{'、'.join(sorted(name[:40] for name in unknown)[:20])}。"]})
    if repeated := [name for name in typed if len(request.form.getlist(name)) > 1]:
        raise Invalid({name: ["同一项提交了多次，请刷新页面后重新填写。"] for name in repeated})


def _name(text: str) -> str:
    if not 1 <= len(text) <= 100 or not text.isprintable():
        raise Invalid({"name": ["批次名称为 1 至 100 个字，不能含控制字符。"]})
    return text


def _text(text: str, field: str = "text") -> str:
    if len(text) > 5_000 or not all(c.isprintable() or c in "\r\n\t" for c in text):
        raise Invalid({field: ["文字最多 5000 字，不能含控制字符。"]})
    return text


def _day(field: str, text: str, label: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    # Of what fromisoformat reads, only a day as the page writes it: no week dates, no bare digits.
    if found is None or found.isoformat() != text:
        raise Invalid({field: [f"{label}应为“年-月-日”，例如 2026-06-15。"]})
    if found.year not in YEARS:
        raise Invalid({field: [f"{label}的年份应在 {YEARS[0]} 到 {YEARS[-1]} 之间。"]})
    return found
