"""推荐的平台: the titles for which a unit answers, their late and missing reports, and the button to urge a holder."""

from types import SimpleNamespace
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from openpyxl import Workbook
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import clock, db, workdays
from app.obligations import platforms as questions
from app.people import queries as people
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.titles import standing
from app.web import access
from app.web.workbooks import add_sheet, download

platforms = Blueprint("platforms", __name__, url_prefix="/platforms")

READERS = access.roles("clerk", "lead", "auditor", kinds=("department", "association"))
URGERS = access.roles("clerk", "lead", kinds=("department", "association"))
SHOWN = (("", "全部"), ("lags", "有漏报、逾期的"), ("due", "有待填报的"))
DUTIES = {"open": "待报", "done": "已报", "late": "逾期报送", "missed": "未报"}


@platforms.get("")
@access.rule(READERS)
def index() -> str:
    """The unit's platforms in a programme, those that lag first; for the authority all of them."""
    with db.reading() as session:
        view = _view(session)
        own = [_own(session, row) for row in questions.own_reports(session, g.identity.unit_id)]
    shown = [one for one in view.rows if _fits(one, view.wanted)]
    return render_template(
        "platforms/index.html", **vars(view), shown=shown, own=own, duties=DUTIES, choices=SHOWN,
        statuses=standing.STATUSES, may_urge=access.allowed("platforms.urge"), now=clock.now(),
        counts=[("平台", len(view.rows), ""), ("有漏报", sum(bool(one.missed) for one in view.rows), "red"),
                ("逾期报送", sum(bool(one.late) for one in view.rows), ""),
                ("待填报", sum(bool(one.due) for one in view.rows), "yellow")],
    )


@platforms.get("/export.xlsx")
@access.rule(READERS)
def export() -> Response:
    """The same as a workbook."""
    with db.reading() as session:
        view = _view(session)
    heads = ["平台", "称号编号", "地区", "称号状态", "推荐单位", "漏报的期次", "逾期报送的期次", "待填报", "最近督促"]
    lines: list[list[Any]] = [
        [one.title.holder_name, one.title.number, one.title.region or "", standing.STATUSES[one.title.status],
         one.recommender, *("、".join(found.period for found in some) for some in (one.missed, one.late)),
         "；".join(f"{due.period} 期，{workdays.last_day_words(due.last_day, due.provisional)}" for due in one.due),
         f"{clock.local(one.urged_at):%Y-%m-%d %H:%M} {one.urged_by}" if one.urged_at else ""]
        for one in view.rows if _fits(one, view.wanted)
    ]
    book = Workbook(write_only=True)
    add_sheet(book, "平台", heads, lines, [34, 18, 14, 12, 28, 34, 34, 34, 26])
    return download(book, f"推荐的平台 {view.programme.name if view.programme else ''} {clock.today()}.xlsx")


@platforms.post("/<public_id>/urge")
@access.rule(URGERS)
def urge(public_id: str) -> Response:
    """督促报送: once a day and title."""
    with db.transaction() as session:
        questions.urge(session, public_id, by=g.identity)
    flash("已督促，邮件随即发给称号单位的经办人。", "success")
    kept = {name: request.form[name][:64] for name in ("programme", "show") if request.form.get(name)}
    return redirect(url_for(".index", **kept), 303)


def _view(session: Session) -> SimpleNamespace:
    unit = people.unit(session, g.identity.unit_id)
    known = questions.watched(session, unit)
    programme = chosen(known)
    wanted = request.args.get("show", "")
    return SimpleNamespace(
        unit=unit, programmes=[(one.key, one.name) for one in known], programme=programme,
        wanted=wanted if wanted in dict(SHOWN) else "",
        authority=programme is not None and programme.authority.is_unit(unit),
        rows=questions.platforms(session, programme, unit) if programme is not None else [],
        reports=programme is not None and any(
            rule.reporter == questions.HOLDER for rule in programme.life.obligations.values()),
    )


def chosen(known: list[Programme]) -> Programme | None:
    """The programme that the address names, else the first one."""
    key = request.args.get("programme", "")
    return next((one for one in known if one.key == key), known[0] if known else None)


def _fits(one: questions.Platform, wanted: str) -> bool:
    return not wanted or (one.lags if wanted == "lags" else bool(one.due))


def _own(session: Session, row: Any) -> SimpleNamespace:
    found = programmes.latest(session, row.programme).life.obligations.get(row.obligation)
    return SimpleNamespace(row=row, name=found.name if found else row.obligation)
