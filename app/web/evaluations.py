"""年度评价: the rounds of each programme with their progress, the evaluations of a round, and one with its figures."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from openpyxl import Workbook
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import clock, db
from app.cases import acts
from app.errors import Invalid
from app.evaluations import queries
from app.evaluations.models import Grade
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.titles import standing
from app.web import access, forms
from app.web.workbooks import add_sheet, download

evaluations = Blueprint("evaluations", __name__, url_prefix="/evaluations")

READS = access.roles("clerk", "lead", "auditor", kinds=("department",))
SEES = access.roles("clerk", "lead", "auditor", "applicant")
MOST_EXPORTED = 10_000
COLOURS = {"checking": "blue", "confirming": "blue", "told": "warn", "reviewing": "warn", "decided": "green",
           "void": ""}


@evaluations.get("")
@access.rule(READS)
def index() -> str:
    """The rounds, and the evaluations of the one chosen (the newest)."""
    with db.reading() as session:
        rounds = queries.rounds(session, g.identity)
        chosen = _chosen(rounds)
        names = _names(session)
        rows, following, grades = [], None, ()
        if chosen is not None:
            rows, following = queries.evaluations(session, g.identity, **_filter(chosen), after=forms.page_key())
            grades = _grades(session, chosen.programme)
        waiting = [one for one in acts.choices(session, g.identity) if one.kind == "grading"]
    kept = {name: value for name, value in request.args.items() if name != "after"}
    return render_template(
        "evaluations/index.html", rounds=rounds, chosen=chosen, names=names, rows=rows, stages=queries.STAGES,
        colours=COLOURS, kept=kept, waiting=waiting, statuses=standing.STATUSES,
        grades=[("", "全部"), *((one, one) for one in grades)],
        first_url=url_for(".index", **kept) if "after" in request.args else "",
        next_url=url_for(".index", **kept, after=following) if following else "",
    )


@evaluations.get("/export.xlsx")
@access.rule(READS)
def export() -> Response:
    """The evaluations of a round as a workbook: score, grades, and each indicator's share and counts."""
    with db.reading() as session:
        chosen = _chosen(queries.rounds(session, g.identity))
        rows: Any = []
        programme = None
        if chosen is not None:
            rows, _more = queries.evaluations(session, g.identity, **_filter(chosen), limit=MOST_EXPORTED)
            programme = programmes.latest(session, chosen.programme)
    rules = programme.life.evaluation if programme else None
    indicators = rules.indicators if rules else ()
    heads = ["编号", "单位", "地区", "环节", "得分", "计算的等次", "等次", "复核前等次", "理由", "确定日期",
             *(f"{one.name}（{one.points} 分）" for one in indicators)]
    table = [
        [row.number, row.holder_name, row.region or "", queries.STAGES[row.stage], row.Grade.score, row.Grade.computed,
         row.Grade.grade, row.Grade.before_appeal, row.Grade.reason,
         row.Grade.decided_on.isoformat() if row.Grade.decided_on else "",
         *(_share(row.Grade.figures.get(one.key)) for one in indicators)]
        for row in rows
    ]
    book = Workbook(write_only=True)
    widths = [20, 32, 14, 16, 10, 12, 8, 12, 30, 12, *(18 for _one in indicators)][:26]
    add_sheet(book, "年度评价", heads, table, widths)
    name = f"{chosen.year} 年度评价" if chosen else "年度评价"
    return download(book, f"{name} {clock.today()}.xlsx")


@evaluations.get("/<public_id>")
@access.rule(SEES)
def show(public_id: str) -> str:
    """One evaluation: its figures with the counts behind them, score, grade, and how it was decided."""
    with db.reading() as session:
        row = queries.evaluation(session, g.identity, public_id)
        programme = programmes.programme(session, row.release_id)
        history = queries.grades_of(session, row.Grade.title_id)
        figures = shown(programme, row.Grade)
    return render_template(
        "evaluations/show.html", row=row, grade=row.Grade, figures=figures, history=history, programme=programme,
        stages=queries.STAGES, colours=COLOURS,
    )


def panel(session: Session, programme: Programme, case_id: int) -> Any:
    """What the page of a task shows of the evaluation that it belongs to; None for a case of another kind, and for the
    holder before the grade was told."""
    grade = queries.grade_of_case(session, case_id)
    if grade is None or (g.identity.unit_kind != "department" and not grade.grade):
        return None
    return SimpleNamespace(grade=grade, figures=shown(programme, grade))


def shown(programme: Programme, grade: Grade) -> list[Any]:
    """Each indicator as a row: name, clause, full points, counts, share in per cent, the points it counts and gives."""
    rules = programme.life.evaluation
    rows = []
    for one in rules.indicators if rules else ():
        found = grade.figures.get(one.key) or {}
        share, points = found.get("share"), found.get("points")
        gives = Decimal(share) * Decimal(points) if share is not None and points is not None else None
        rows.append(SimpleNamespace(
            name=one.name, clause=one.clause, most=one.points, share=_per_cent(share), points=points,
            gives="" if gives is None else f"{gives:.2f}", counts=_counts(found), reason=found.get("reason", ""),
            before=_per_cent(found.get("computed")) or "无可计数据", corrected="computed" in found,
        ))
    return rows


def _counts(found: dict[str, Any]) -> str:
    part, whole = Decimal(found.get("part") or 0), Decimal(found.get("whole") or 0)
    return f"{_plain(part)} / {_plain(whole)}" if whole else ""


def _plain(number: Decimal) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _per_cent(share: str | None) -> str:
    return "" if share is None else f"{_plain(Decimal(share) * 100)}%"


def _share(found: dict[str, Any] | None) -> str:
    if not found or found.get("share") is None:
        return "无可计数据"
    counts = _counts(found)
    return _per_cent(found["share"]) + (f"（{counts}）" if counts else "")


def _chosen(rounds: list[queries.Round]) -> queries.Round | None:
    """The round that the address names, the newest without one. Raises Invalid for one that there isn't."""
    programme, year = request.args.get("programme", ""), request.args.get("year", "")
    if not programme and not year:
        return rounds[0] if rounds else None
    found = [one for one in rounds if (one.programme, str(one.year)) == (programme, year)]
    if not found:
        raise Invalid({"year": ["没有这一轮评价，请从列表中选择。"]})
    return found[0]


def _filter(chosen: queries.Round) -> dict[str, Any]:
    stage = request.args.get("stage", "")
    if stage and stage not in queries.STAGES:
        raise Invalid({"stage": ["筛选条件不正确，请从列表中选择。"]})
    return {"programme": chosen.programme, "year": chosen.year, "stage": stage,
            "grade": request.args.get("grade", "")[:10], "text": request.args.get("q", "").strip()[:100]}


def _grades(session: Session, programme: str) -> tuple[str, ...]:
    rules = programmes.latest(session, programme).life.evaluation
    return rules.grades if rules else ()


def _names(session: Session) -> dict[str, str]:
    return {row.programme: row.name for row in programmes.releases(session) if row.latest}
