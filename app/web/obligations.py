"""报送情况: how the reports of a period stand in a division, which units, and what a unit itself owes."""

from types import SimpleNamespace
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from openpyxl import Workbook
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import clock, db
from app.cases import monitoring as places
from app.errors import Invalid, NotFound
from app.obligations import excusing, queries
from app.obligations.queries import STATUSES, Chosen
from app.programmes import queries as programmes
from app.web import access
from app.web.frame import last_day
from app.web.monitoring import WATCHERS, programme_names
from app.web.workbooks import add_sheet, download

obligations = Blueprint("obligations", __name__, url_prefix="/reports")

READERS = access.roles("clerk", "lead", "auditor", "applicant")
LISTED = access.roles("clerk", "lead", "auditor", "applicant", kinds=("department", "institution"))
MOST_EXPORTED = 30_000


@obligations.get("")
@access.rule(LISTED)
def index() -> str:
    """A department sees the periods of its division; an institution its own reports."""
    with db.reading() as session:
        if g.identity.unit_kind != "department":
            return _own(session)
        here = places.place(session, g.identity, _text("region", 12))
        rounds = [_with_names(session, one) for one in queries.rounds(session, g.identity, here)]
        return render_template(
            "obligations/index.html", here=here, rounds=rounds, below=_below(session, here), statuses=STATUSES,
            now=clock.now(),
        )


@obligations.get("/list")
@access.rule(WATCHERS)
def units() -> str:
    """The reports behind a number."""
    with db.reading() as session:
        chosen = _chosen(session)
        rows, following = queries.listed(session, g.identity, chosen, after=_after())
        heading = _heading(session, chosen)
        names = programme_names(session)
        periods = [one.period for one in queries.rounds(session, g.identity, chosen.here) if one.opened]
    kept = {name: value for name, value in request.args.items() if name != "after"}
    return render_template(
        "obligations/list.html", chosen=chosen, here=chosen.here, rows=rows, heading=heading, kept=kept,
        statuses=[("", "全部"), *STATUSES.items()], names=names,
        periods=[("", "全部"), *((period, period) for period in dict.fromkeys(periods))],
        first_url=url_for(".units", **kept) if "after" in request.args else "",
        next_url=url_for(".units", **kept, after=following) if following else "",
    )


@obligations.get("/export.xlsx")
@access.rule(WATCHERS)
def export() -> Response:
    """The reports as chosen, as a workbook."""
    with db.reading() as session:
        chosen = _chosen(session)
        rows, following = queries.listed(session, g.identity, chosen, limit=MOST_EXPORTED)
        names = programme_names(session)
        kinds = {
            (row.release_id, row.obligation): _name(session, row.release_id, row.obligation) for row in rows
        }
    heads = ["单位", "地区", "称号编号", "认定项目", "报送事项", "期次", "所属时段", "截止日", "情况", "报送时间",
             "核对", "免计理由", "办件号"]
    lines = [
        [row.unit, row.region, row.title_number, names.get(row.programme, row.programme),
         kinds[row.release_id, row.obligation], row.period, f"{row.covers_from} 至 {row.covers_until}",
         last_day(row.last_day, row.provisional), STATUSES[row.status],
         f"{clock.local(row.filed_at):%Y-%m-%d %H:%M}" if row.filed_at else "", "通过" if row.accepted_at else "",
         row.excuse, row.number]
        for row in rows
    ]
    if following:
        lines.append([f"超过 {MOST_EXPORTED} 条，其余请按期次或地区分别导出。"])
    book = Workbook(write_only=True)
    add_sheet(book, "报送情况", heads, lines, [34, 14, 18, 30, 18, 12, 26, 14, 12, 18, 8, 30, 16])
    return download(book, f"报送情况 {chosen.here.name if chosen.here else ''} {clock.today()}.xlsx")


@obligations.get("/<public_id>")
@access.rule(READERS)
def show(public_id: str) -> str:
    """One report: what became of it, and excusing a miss for those who may."""
    return _page(public_id)


@obligations.post("/<public_id>/excuse")
@access.rule(access.roles("lead", kinds=("department", "association")))
def excuse(public_id: str) -> Any:
    """准予免计, with a reason."""
    reason = request.form.get("reason", "")[:2_000]
    try:
        with db.transaction() as session:
            excusing.excuse(session, public_id, by=g.identity, reason=reason)
    except Invalid as error:
        return _page(public_id, errors=error.fields, typed=reason), 422
    flash("已准予免计，该期不计入连续漏报。已提出的处理会注明这一变化。", "success")
    return redirect(url_for(".show", public_id=public_id), 303)


def _own(session: Session) -> str:
    rows, following = queries.listed(session, g.identity, Chosen(None), after=_after())
    ahead = []
    for row in queries.next_of_unit(session, g.identity.unit_id):
        obligation, _, period = row.key.partition(":")
        found = programmes.latest(session, row.programme).life.obligations.get(obligation)
        ahead.append(SimpleNamespace(name=found.name if found else obligation, period=period, opens=row.due_at,
                                     title=row.number))
    return render_template(
        "obligations/own.html", rows=_named(session, rows), ahead=ahead, statuses=STATUSES,
        first_url=url_for(".index") if "after" in request.args else "",
        next_url=url_for(".index", after=following) if following else "",
    )


def _page(public_id: str, *, errors: dict[str, list[str]] | None = None, typed: str = "") -> str:
    with db.reading() as session:
        seen = excusing.seen(session, public_id, g.identity)
        row = queries.one(session, public_id)
        if row is None:
            raise NotFound()
        programme = programmes.programme(session, row.release_id)
        may = row.status in excusing.MAY and excusing.may_excuse(session, programme, seen, g.identity)
        rule = programme.life.obligations.get(row.obligation)
    name, clause = (rule.name, rule.clause) if rule else (row.obligation, "")
    return render_template(
        "obligations/show.html", row=row, name=name, clause=clause,
        may_excuse=may, errors=errors or {}, typed=typed, statuses=STATUSES, longest=excusing.LONGEST,
    )


def _chosen(session: Session) -> Chosen:
    here = places.place(session, g.identity, _text("region", 12))
    status = _text("status", 10)
    if status not in ("", *STATUSES):
        raise Invalid({"status": ["筛选条件不正确，请从列表中选择。"]})
    return Chosen(here, programme=_text("programme", 64), obligation=_text("obligation", 64),
                  period=_text("period", 20), status=status, text=_text("q", 60))


def _heading(session: Session, chosen: Chosen) -> str:
    said = [chosen.here.name if chosen.here else ""]
    if chosen.programme:
        said.append(programme_names(session).get(chosen.programme, chosen.programme))
    if chosen.period:
        said.append(f"{chosen.period} 期")
    return " · ".join(said)


def _with_names(session: Session, one: queries.Round) -> Any:
    programme = programmes.latest(session, one.programme)
    found = programme.life.obligations.get(one.obligation)
    query = {"programme": one.programme, "obligation": one.obligation, "period": one.period}
    return SimpleNamespace(round=one, programme=programme.name, name=found.name if found else one.obligation,
                           query=query)


def _named(session: Session, rows: list[Any]) -> list[Any]:
    return [SimpleNamespace(row=row, name=_name(session, row.release_id, row.obligation)) for row in rows]


def _name(session: Session, release_id: int, obligation: str) -> str:
    found = programmes.programme(session, release_id).life.obligations.get(obligation)
    return found.name if found else obligation


def _below(session: Session, here: places.Place) -> list[tuple[str, str]]:
    """The divisions right below, for the choice of one: (code, name)."""
    return [("", here.name), *queries.below(session, here)] if here.groups else []


def _text(name: str, longest: int) -> str:
    return request.args.get(name, "").strip()[:longest]


def _after() -> int | None:
    text = request.args.get("after", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise Invalid({"after": ["页码不正确，请回到第一页。"]})
    return int(text)
