"""服务情况分析: what reports say, added up by month, platform, recommender and function."""

from calendar import monthrange
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, g, render_template, request
from openpyxl import Workbook
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import clock, db
from app.errors import Invalid
from app.obligations import analysis as questions
from app.obligations import platforms as followed
from app.people import queries as people
from app.web import access
from app.web.platforms import READERS, chosen
from app.web.workbooks import add_sheet, download

analysis = Blueprint("analysis", __name__, url_prefix="/figures")


@analysis.get("")
@access.rule(READERS)
def index() -> str:
    """The sums of the titles that one's unit follows."""
    with db.reading() as session:
        view = _view(session)
    return render_template("analysis/index.html", **vars(view), ways=list(questions.BY.items()))


@analysis.get("/export.xlsx")
@access.rule(READERS)
def export() -> Response:
    """The same as a workbook, a sheet a way to add up."""
    with db.reading() as session:
        view = _view(session)
        book = Workbook(write_only=True)
        for by, words in questions.BY.items() if view.rule else ():
            found = _found(session, view, by)
            if by == "function":
                heads, lines = ["职能和指标", "单位", "合计"], [
                    [line.name, line.unit, _plain(line.sums[0])] for line in found.lines
                ]
            else:
                heads = [words, "报送期数", *(f"{one.label}（{one.unit}）" if one.unit else one.label
                                          for one in found.figures)]
                lines = [[line.name, line.reports, *map(_plain, line.sums)] for line in (*found.lines, found.total)]
            add_sheet(book, f"按{words}", heads, lines, [40, 12, *([18] * (len(heads) - 2))])
    if not view.rule:
        add_sheet(book, "按月份", ["没有可以汇总的报送"], [], [40])
    name = view.programme.name if view.programme else ""
    return download(book, f"服务情况分析 {name} {view.since}至{view.until}.xlsx")


def _view(session: Session) -> SimpleNamespace:
    unit = people.unit(session, g.identity.unit_id)
    known = [one for one in followed.followed(session, unit) if questions.obligations(one)]
    programme = chosen(known)
    rules = questions.obligations(programme) if programme is not None else []
    rule = next((one for one in rules if one.key == request.args.get("obligation", "")), rules[0] if rules else None)
    by = request.args.get("by", "month")
    functions = [("", "全部"), *((one.key, one.name) for one in rule.sums)] if rule else []
    view = SimpleNamespace(
        unit=unit, programmes=[(one.key, one.name) for one in known], programme=programme, rule=rule,
        rules=[(one.key, one.name) for one in rules], by=by if by in questions.BY else "month", functions=functions,
        function=request.args.get("function", "") if request.args.get("function", "") in dict(functions) else "",
        since=_month("since", date(clock.today().year, 1, 1)), until=_month("until", clock.today()),
        kept={name: value for name, value in request.args.items() if value},
    )
    view.authority = programme is not None and programme.authority.is_unit(unit)
    view.found = _found(session, view, view.by) if rule else None
    return view


def _found(session: Session, view: SimpleNamespace, by: str) -> questions.Analysis:
    year, month = view.until.year, view.until.month
    return questions.analysis(
        session, view.programme, view.rule, view.unit, by=by, since=view.since,
        until=date(year, month, monthrange(year, month)[1]), function=view.function,
    )


def _month(name: str, usual: date) -> date:
    text = request.args.get(name, "").strip()
    if not text:
        return usual
    try:
        return date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        raise Invalid({name: ["月份不正确，请写成 2026-07 的样子。"]}) from None


def _plain(value: Decimal) -> Any:
    return int(value) if value == value.to_integral_value() else float(value)
