"""申报批次: opened by the authority, applied in by institutions."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import db
from app.batches import dates, operations, queries, quotas, recommending, shares
from app.batches.models import Batch
from app.errors import Gone, Invalid, NotFound, Refused
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.web import access, quota_lines

batches = Blueprint("batches", __name__, url_prefix="/batches")

YEARS = range(2004, 2100)  # those that the working-day calendar has, and the year after each
PLAIN = ("programme", "name", "opens_on", "closes_on", "text")
ENTITLED = "entitled"
"""Ticked once for each unit that a call names as one that may recommend."""
QUOTA, RANK = "quota_", "rank_"
"""What the names of fields begin with: a group's figure, the place of a case in its unit's order."""
DEPARTMENT = access.roles("clerk", "lead", kinds=("department",))
RECOMMENDING = access.roles("clerk", "lead", kinds=("department", "association"))


@batches.get("")
@access.rule(access.roles("clerk", "lead", "applicant"))
def index() -> str:
    """For an institution the calls that are open; for an office those it has opened, and those in which it recommends.
    """
    return _page()


@batches.post("")
@access.rule(DEPARTMENT)
def create() -> Response | tuple[str, int]:
    """Open a call."""
    with db.reading() as session:
        chosen = _chosen(session, request.form.get("programme", ""))
    named, groups = _other_dates(chosen), _groups(chosen)
    names = (*PLAIN, *(f"on_{key}" for key in named), *(QUOTA + key for key in groups))
    typed = {name: request.form.get(name, "").strip() for name in names}
    entitled = [one[:40] for one in request.form.getlist(ENTITLED)]
    try:
        _see_that_nothing_else_is_sent(typed, ENTITLED)
        with db.transaction() as session:
            batch = operations.open_batch(
                session, by=g.identity, programme_key=typed["programme"], name=_name(typed["name"]),
                opens_on=_day("opens_on", typed["opens_on"], "开始日"),
                closes_on=_day("closes_on", typed["closes_on"], "截止日"),
                dates={key: _day(f"on_{key}", typed[f"on_{key}"], name) for key, name in named.items()},
                text=_text(typed["text"]), entitled=entitled, numbers=_numbers(typed, groups),
            )
    except Invalid as error:
        return _page(typed={**typed, ENTITLED: entitled}, errors=_named_as_typed(error, named, groups)), 422
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


@batches.post("/<public_id>/quotas")
@access.rule(DEPARTMENT)
def change_quotas(public_id: str) -> Response | tuple[str, int]:
    """Set the figures of the call anew, with a reason."""
    with db.reading() as session:
        batch = queries.call_of(session, public_id, unit_id=g.identity.unit_id)
        groups = _groups(programmes.programme(session, batch.release_id))
    typed = {name: request.form.get(name, "").strip() for name in ("quota_reason", *(QUOTA + key for key in groups))}
    try:
        _see_that_nothing_else_is_sent(typed)
        with db.transaction() as session:
            batch = queries.call_of(session, public_id, unit_id=g.identity.unit_id)
            quotas.change(
                session, batch, by=g.identity, numbers=_numbers(typed, groups),
                reason=_text(typed["quota_reason"], "quota_reason"),
            )
    except Invalid as error:
        fields = {{"reason": "quota_reason"}.get(name, name): said for name, said in error.fields.items()}
        return _call(public_id, typed=typed, errors=_named_as_typed(Invalid(fields), {}, groups)), 422
    except Refused as error:
        return _call(public_id, typed=typed, errors={"": [_with_clause(error)]}), 422
    flash("名额已变更。", "success")
    return redirect(url_for(".show", public_id=public_id), 303)


@batches.get("/<public_id>/recommended")
@access.rule(RECOMMENDING)
def recommended(public_id: str) -> str:
    """Whom the own unit recommends in a call, in its order, with what is left of its figures; for offices above, what
    each of the units below recommends."""
    return _recommended(public_id)


@batches.post("/<public_id>/order")
@access.rule(RECOMMENDING)
def put_in_order(public_id: str) -> Response | tuple[str, int]:
    """Keep the unit's order of those whom it recommends: each one's place."""
    typed = {name: value.strip() for name, value in request.form.items() if name != "csrf_token"}
    with db.reading() as session:
        _in_sight(session, queries.batch(session, public_id))
    try:
        _see_that_nothing_else_is_sent({name: value for name, value in typed.items() if name.startswith(RANK)})
        order = _order(typed)
        with db.transaction() as session:
            quotas.rank(session, queries.batch(session, public_id), by=g.identity, order=order)
    except Invalid as error:
        return _recommended(public_id, typed=typed, errors=error.fields), 422
    except Refused as error:
        return _recommended(public_id, typed=typed, errors={"": [_with_clause(error)]}), 422
    except Gone as error:
        return _recommended(public_id, errors={"": [error.message]}), 409
    flash("推荐排序已保存。", "success")
    return redirect(url_for(".recommended", public_id=public_id), 303)


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
        recommended_in = quota_lines.calls(session)
    return render_template(
        "batches/index.html", calls=calls, ours=ours, closes=closes, programmes=run, names=names, typed=typed or {},
        errors=errors or {}, chosen=chosen, named=_other_dates(chosen), nameable=nameable,
        groups=_groups(chosen), recommended_in=recommended_in,
    )


def _call(public_id: str, typed: dict | None = None, errors: dict | None = None) -> str:
    with db.reading() as session:
        batch = queries.call_of(session, public_id, unit_id=g.identity.unit_id)
        programme = programmes.programme(session, batch.release_id)
        rows = queries.applications(session, batch.id)
        late = queries.late_entries(session, batch.id)
        entitled = recommending.named(session, batch)
        rule = programme.batches.quotas
        found = shares.units(session, programme, batch, rule) if rule else []
        lines = shares.lines(session, programme, batch, rule, found) if rule else []
        numbers = shares.numbers(session, batch.id)
    return render_template(
        "batches/show.html", batch=batch, programme=programme, days=dates.last_days(programme, batch.dates),
        rows=rows, late=late, entitled=entitled, typed=typed or {}, errors=errors or {},
        closes=dates.closing(programme, batch.dates, batch.closes_on), rule=rule, lines=lines, numbers=numbers,
    )


def _recommended(public_id: str, typed: dict | None = None, errors: dict | None = None) -> str:
    with db.reading() as session:
        batch = queries.batch(session, public_id)
        found = _in_sight(session, batch)
        programme, rule = shares.rule_of(session, batch)
        lines = shares.lines(session, programme, batch, rule, found)
        last = shares.last_day(programme, batch, rule)
    own = next((line for line in lines if line.unit.id == g.identity.unit_id), None)
    return render_template(
        "batches/recommended.html", batch=batch, programme=programme, own=own, rule=rule, last=last,
        others=[line for line in lines if line is not own], may_rank=last is None or not queries.is_over(last),
        typed=typed or {}, errors=errors or {},
    )


def _in_sight(session: Any, batch: Batch) -> list[Any]:
    """The units of a call whose recommendations the person may see. Raises NotFound where there are none."""
    programme, rule = shares.rule_of(session, batch)
    found = shares.in_sight(session, programme, batch, rule, g.identity) if rule else []
    if not found:
        raise NotFound()
    return found


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


def _groups(programme: Programme | None) -> dict[str, str]:
    """The groups for which a call of the programme may give a figure: key -> name."""
    rule = programme.batches.quotas if programme else None
    return {key: group.name for key, group in rule.counting.items()} if rule else {}


def _named_as_typed(
    error: Invalid, named: Mapping[str, str], groups: Mapping[str, str] = MappingProxyType({})
) -> dict[str, list[str]]:
    prefixes = dict.fromkeys(named, "on_") | dict.fromkeys(groups, QUOTA)
    return {prefixes.get(name, "") + name: messages for name, messages in error.fields.items()}


def _numbers(typed: Mapping[str, str], groups: Mapping[str, str]) -> dict[str, int | None]:
    """The figures as typed, by group; None for an empty one. Raises Invalid at the fields."""
    wrong = {key: ["名额应为整数；不限名额的留空。"] for key in groups if not _is_count(typed[QUOTA + key] or "0")}
    if wrong:
        raise Invalid(wrong)
    return {key: int(typed[QUOTA + key]) if typed[QUOTA + key] else None for key in groups}


def _order(typed: Mapping[str, str]) -> list[str]:
    """Public ids in the order of their places, which are 1 to as many as there are. Raises Invalid at the fields."""
    said = {name: value for name, value in typed.items() if name.startswith(RANK)}
    wrong = {name: [f"请填写 1 到 {len(said)} 的名次。"] for name, value in said.items()
             if not _is_count(value) or not 1 <= int(value) <= len(said)}
    times = Counter(int(value) for name, value in said.items() if name not in wrong)
    wrong |= {name: ["名次重复，每家的名次应各不相同。"] for name, value in said.items()
              if name not in wrong and times[int(value)] > 1}
    if wrong:
        raise Invalid(wrong)
    return [name.removeprefix(RANK) for name in sorted(said, key=lambda name: int(said[name]))]


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6


def _with_clause(error: Refused) -> str:
    return f"{error.message}（{error.clause}）" if error.clause else error.message


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
