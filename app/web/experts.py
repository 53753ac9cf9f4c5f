"""评审专家: the authority's register, and the page of one case's review."""

from collections.abc import Mapping
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import db
from app.cases import queries as cases
from app.cases.models import Case
from app.errors import Invalid, NotFound
from app.experts import operations, queries, reviews, scoring
from app.people import directory
from app.programmes import queries as programmes
from app.programmes import sheets
from app.programmes.queries import Programme
from app.web import access, forms
from app.web.forms import Field

experts = Blueprint("experts", __name__)

KEEPS = access.roles("clerk", "lead", kinds=("department",))
READS = access.roles("clerk", "lead", "auditor", kinds=("department",))
STATUSES = tuple(operations.STATUSES.items())
PERSON = Field("person", "人员", en="Person", kind="radio")
ABOUT = (
    Field("fields", "专业领域", en="Fields", maxlength=200, help="例如：管理咨询、数字化转型、财务审计"),
    Field("post", "职务职称", en="Post", required=False),
    Field("employer", "工作单位", en="Employer", required=False, help="与账号所在单位不同的，填写工作单位全称"),
)
STATUS = Field("status", "抽取状态", en="State", kind="radio", options=STATUSES)
UNIT = Field("unit", "单位", en="Unit", kind="select", required=False, help="先在上方查找单位，再从列表中选择")
REGION = Field("region_code", "行政区划", en="Division", kind="division", required=False,
               help="该地区的申报单位均不参加评审")
WHY = Field("reason", "利害关系", en="Relation", maxlength=200, help="例如：曾任顾问、近亲属任职、原籍")
SEATS = {"open": ("blue", "评审中"), "scored": ("green", "已评分"), "declined": ("warn", "已回避"),
         "missed": ("red", "未评"), "cancelled": ("", "已终止")}
DROPPED = {"highest": "最高分，不计", "lowest": "最低分，不计"}
REVIEWS = {"open": ("blue", "评审中"), "short": ("warn", "专家不足，待补充"), "closed": ("green", "已汇总"),
           "cancelled": ("", "已终止")}


@experts.get("/experts")
@access.rule(KEEPS)
def index() -> str:
    """The unit's register."""
    text, status = request.args.get("q", "").strip()[:100], request.args.get("status", "")
    if status and status not in operations.STATUSES:
        raise Invalid({"status": ["筛选条件不正确，请从列表中选择。"]})
    after = forms.page_key()
    with db.reading() as session:
        rows, following = queries.experts(session, g.identity, text=text, status=status, after=after)
    return render_template(
        "experts/index.html", rows=rows, text=text, status=status, statuses=STATUSES,
        first_url=url_for(".index", q=text, status=status) if after else "",
        next_url=url_for(".index", q=text, status=status, after=following) if following else "",
    )


@experts.get("/experts/new")
@access.rule(KEEPS)
def new() -> str:
    """People who hold the role and aren't in the register."""
    return _new_page({}, {})


@experts.post("/experts/new")
@access.rule(KEEPS)
def enter() -> Response | tuple[str, int]:
    """Enter one of them."""
    fields = (Field("person", "人员", maxlength=40), *ABOUT)
    try:
        typed = forms.read(fields, request.form)
        with db.transaction() as tx:
            expert = operations.enter_expert(tx, typed["person"], by=g.identity, values=typed)
    except Invalid as error:
        return _new_page(forms.typed_values(fields, request.form), error.fields), 422
    flash("已入库。如与某些单位或地区有利害关系，请在下方登记。", "success")
    return redirect(url_for(".show", expert_id=expert.public_id), 303)


@experts.get("/experts/<expert_id>")
@access.rule(KEEPS)
def show(expert_id: str) -> str:
    """One expert with relations."""
    return _expert_page(expert_id)


@experts.post("/experts/<expert_id>")
@access.rule(KEEPS)
def change(expert_id: str) -> Response | tuple[str, int]:
    """Correct fields, post, employer; pause or take back."""
    fields = (*ABOUT, STATUS)
    try:
        typed = forms.read(fields, request.form)
        with db.transaction() as tx:
            operations.change_expert(tx, expert_id, by=g.identity, values=typed)
    except Invalid as error:
        return _expert_page(expert_id, forms.typed_values(fields, request.form), error.fields), 422
    flash("专家信息已保存。", "success")
    return redirect(url_for(".show", expert_id=expert_id), 303)


@experts.post("/experts/<expert_id>/relations")
@access.rule(KEEPS)
def relate(expert_id: str) -> Response | tuple[str, int]:
    """Declare a relation with a unit or a division."""
    fields = (Field("unit", "单位", required=False, maxlength=40),
              Field("region_code", "行政区划", required=False, maxlength=6), WHY)
    try:
        typed = forms.read(fields, request.form)
        with db.transaction() as tx:
            operations.declare_relation(
                tx, expert_id, by=g.identity, unit_public_id=typed["unit"], region_code=typed["region_code"],
                reason=typed["reason"],
            )
    except Invalid as error:
        return _expert_page(expert_id, forms.typed_values(fields, request.form), error.fields), 422
    flash("利害关系已登记，今后的抽取将自动回避。", "success")
    return redirect(url_for(".show", expert_id=expert_id), 303)


@experts.post("/experts/<expert_id>/relations/<relation_id>/end")
@access.rule(KEEPS)
def end_relation(expert_id: str, relation_id: str) -> Response:
    """The relation stands no longer."""
    with db.transaction() as tx:
        operations.end_relation(tx, expert_id, relation_id, by=g.identity)
    flash("已解除该项利害关系。", "success")
    return redirect(url_for(".show", expert_id=expert_id), 303)


@experts.get("/cases/<public_id>/experts")
@access.rule(READS)
def review(public_id: str) -> str:
    """The review of a case, for the office that holds it: draw, progress, scores, result."""
    with db.reading() as session:
        case = cases.case_seen_by(session, g.identity, public_id)
        programme = programmes.programme(session, case.release_id)
        panel = queries.panel(session, case.id)
        if not _is_the_office(programme, panel):
            raise NotFound()
        shown = _panel(session, programme, panel) if panel else None
    return render_template("experts/review.html", case=case, programme=programme, shown=shown)


def summary(session: Session, case: Case) -> Any:
    """What the case page's panel says of its review; None for everybody but the office, and where there is none."""
    programme = programmes.programme(session, case.release_id)
    panel = queries.panel(session, case.id)
    if panel is None or not access.allowed("experts.review") or not _is_the_office(programme, panel):
        return None
    return _panel(session, programme, panel)


def _is_the_office(programme: Programme, panel: queries.Panel | None) -> bool:
    if panel is not None:
        return panel.review.unit_id == g.identity.unit_id
    authority = programme.authority
    return programme.settings.expert_review is not None and authority.is_unit(g.identity)


def _panel(session: Session, programme: Programme, panel: queries.Panel) -> Any:
    rules, review = programme.settings.expert_review, panel.review
    sheet = programme.scoring[rules.sheet]
    answers = queries.scores_of(session, [row.ExpertSeat.case_id for row in panel.seats])
    return SimpleNamespace(
        review=review, rules=rules, sheet=sheet, status=REVIEWS[review.status], shortage=panel.shortage,
        seats=[_seat(row, sheet, answers.get(row.ExpertSeat.case_id, {})) for row in panel.seats],
        draws=[_draw(draw) for draw in panel.draws],
        scored=sum(row.ExpertSeat.status == "scored" for row in panel.seats),
        waiting=sum(row.ExpertSeat.status == "open" for row in panel.seats),
        needed=scoring.needed(quorum=rules.quorum, drop_highest=rules.drop_highest, drop_lowest=rules.drop_lowest),
        pass_mark=reviews.pass_mark(programme), passed=_passed(programme, panel),
        vetoed=any(row.ExpertSeat.vetoed for row in panel.seats),
    )


def _seat(row: Any, sheet: Any, values: Mapping[str, Any]) -> Any:
    seat = row.ExpertSeat
    points = [
        (item, values.get(sheets.score_key(item)), values.get(sheets.remark_key(item), "")) for item in sheet.items
    ]
    return SimpleNamespace(
        name=row.name, unit=row.unit_name, instead_of=row.instead_of, last_day=row.last_day,
        provisional=row.provisional, seat=seat,
        status=SEATS[seat.status], points=points if seat.status == "scored" else [],
        overall=values.get("overall", ""), dropped=DROPPED.get(seat.dropped, ""),
    )


def _draw(draw: Any) -> Any:
    return SimpleNamespace(
        seed=draw.seed, wanted=draw.wanted, at=draw.drawn_at, candidates=draw.candidates, excluded=draw.excluded
    )


def _passed(programme: Programme, panel: queries.Panel) -> bool | None:
    mark = reviews.pass_mark(programme)
    if not panel.review.score or mark is None:
        return None
    return Decimal(panel.review.score) >= mark and not any(row.ExpertSeat.vetoed for row in panel.seats)


def _new_page(values: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    text = request.args.get("q", "").strip()[:100]
    with db.reading() as session:
        found = queries.offered(session, g.identity, text=text)
    person = PERSON.offering([(row.public_id, f"{row.name}（{row.unit_name}）") for row in found])
    return render_template(
        "experts/new.html", text=text, found=found, form=(person, *ABOUT), values=values, errors=errors,
        labels=forms.labels((PERSON, *ABOUT)),
    )


def _expert_page(
    expert_id: str, typed: Mapping[str, Any] | None = None, errors: Mapping[str, Any] | None = None
) -> str:
    text = request.args.get("q", "").strip()[:100]
    with db.reading() as session:
        expert, person, unit, relations = queries.expert(session, g.identity, expert_id)
        units = queries.units_named(session, g.identity, text) if text else []
        province = g.identity.province_code
        divisions = directory.divisions_of(session, province) if province else []
    values = {field.key: getattr(expert, field.key) for field in (*ABOUT, STATUS)} | dict(typed or {})
    return render_template(
        "experts/show.html", expert=expert, who=person, home=unit, relations=relations, values=values,
        errors=errors or {}, form=(*ABOUT, STATUS), text=text, units=units, divisions=divisions,
        unit_field=UNIT.offering([(row.public_id, row.name) for row in units]), region_field=REGION, why=WHY,
        labels=forms.labels((*ABOUT, STATUS, UNIT, REGION, WHY)),
    )
