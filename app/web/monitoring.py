"""监测: what is open, due soon and overdue in the own division, by division and by step, down to the rows."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from openpyxl import Workbook
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import clock, db
from app.cases import monitoring as questions
from app.cases.deadlines import YELLOW_WORKING_DAYS
from app.cases.monitoring import Chosen, Count, Place
from app.errors import Invalid
from app.lives import watching
from app.people import queries as people
from app.people.roles import ROLES
from app.programmes import queries as programmes
from app.titles import standing
from app.web import access
from app.web.frame import last_day
from app.web.workbooks import add_sheet, download

monitoring = Blueprint("monitoring", __name__, url_prefix="/monitoring")

WATCHERS = access.roles("clerk", "lead", "auditor", kinds=("department",))
LIGHTS = (("", "全部"), ("red", "已超期"), ("yellow", "即将到期"), ("green", "未到期"))
MOST_EXPORTED, MOST_PRINTED = 10_000, 200


@monitoring.get("")
@access.rule(WATCHERS)
def index() -> str:
    """The numbers of a division: by the divisions below, and by step."""
    with db.reading() as session:
        here = questions.place(session, g.identity, _text("region", 12))
        places = questions.by_region(session, g.identity, here)
        steps = questions.by_step(session, g.identity, here)
        names = programme_names(session)
        above = _above(session, here)
        print_view = "print" in request.args
        late = Chosen(here, light="red")
        overdue, more = questions.rows(session, g.identity, late, limit=MOST_PRINTED) if print_view else ([], None)
    return render_template(
        "monitoring/index.html", overdue=overdue, more=more, yellow=YELLOW_WORKING_DAYS, here=here,
        above=above, now=clock.now(), total=questions.total(places, "合计"),
        places=[_bar(one, places, _place_query(here, one)) for one in places],
        steps=_by_programme(steps, names, here), print_view=print_view,
    )


@monitoring.get("/titles")
@access.rule(WATCHERS)
def title_numbers() -> str:
    """The lives of a division's titles: reports, appointments, sanctions and ends to come, by the divisions below."""
    with db.reading() as session:
        here = questions.place(session, g.identity, _text("region", 12))
        rows = watching.by_region(session, here)
        above = _above(session, here, endpoint=".title_numbers")
    return render_template(
        "monitoring/titles.html", here=here, rows=rows, total=watching.total(rows), kinds=watching.KINDS, above=above,
        now=clock.now(),
    )


@monitoring.get("/titles/rows")
@access.rule(WATCHERS)
def title_rows() -> str:
    """The titles behind a number."""
    kind = _text("kind", 20)
    if kind not in watching.KINDS:
        raise Invalid({"kind": ["筛选条件不正确，请从列表中选择。"]})
    with db.reading() as session:
        here = questions.place(session, g.identity, _text("region", 12))
        rows = watching.rows(session, here, kind)
    return render_template(
        "monitoring/title_rows.html", here=here, rows=rows, kind=kind, kinds=watching.KINDS, most=watching.MOST,
        statuses=standing.STATUSES,
    )


@monitoring.get("/tasks")
@access.rule(WATCHERS)
def tasks() -> str:
    """The tasks behind a number."""
    with db.reading() as session:
        chosen = _chosen(session)
        rows, following = questions.rows(session, g.identity, chosen, after=_after())
        names = programme_names(session)
        above = _above(session, chosen.here)
    kept = {name: value for name, value in request.args.items() if name != "after"}
    return render_template(
        "monitoring/tasks.html", chosen=chosen, here=chosen.here, rows=rows, names=names, above=above, roles=ROLES,
        lights=LIGHTS, kept=kept, first_url=url_for(".tasks", **kept) if "after" in request.args else "",
        next_url=url_for(".tasks", **kept, after=_key(following)) if following else "",
    )


@monitoring.get("/export.xlsx")
@access.rule(WATCHERS)
def export() -> Response:
    """The numbers and the rows behind them as a workbook; of more than 10,000 rows the most urgent."""
    with db.reading() as session:
        chosen = _chosen(session)
        places = questions.by_region(session, g.identity, chosen.here)
        steps = questions.by_step(session, g.identity, chosen.here)
        rows, following = questions.rows(session, g.identity, chosen, limit=MOST_EXPORTED)
        names = programme_names(session)
    book = Workbook(write_only=True)
    counts = ["办理中", "未到期", "即将到期", "已超期"]
    add_sheet(book, "按地区", ["地区", *counts], [[one.name, *_numbers(one)] for one in places], [24, 10, 10, 10, 10])
    by_step = [[names.get(one.key[0], one.key[0]), one.name, *_numbers(one)] for one in steps]
    add_sheet(book, "按环节", ["认定项目", "环节", *counts], by_step, [36, 20, 10, 10, 10, 10])
    heads = ["办件号", "事项", "认定项目", "地区", "环节", "承办单位", "岗位", "签收人", "到达", "截止日", "时限",
             "超期工作日"]
    details = [
        [row.number, row.title, names.get(row.programme, row.programme), row.region, row.step, row.unit,
         ROLES[row.role].zh if row.role in ROLES else row.role, row.claimed_by,
         clock.local(row.opened_at).date().isoformat(),
         last_day(row.light.last_day, row.light.provisional) if row.light.last_day else "", row.light.words,
         row.days_over]
        for row in rows
    ]
    if following:
        details.append([f"超过 {MOST_EXPORTED} 条，只列出最紧急的；其余请按地区分别导出。"])
    add_sheet(book, "待办明细", heads, details, [18, 40, 30, 14, 16, 28, 12, 12, 12, 12, 18, 12])
    return download(book, f"监测 {chosen.here.name} {clock.today()}.xlsx")


def _chosen(session: Session) -> Chosen:
    here = questions.place(session, g.identity, _text("region", 12))
    light = _text("light", 10)
    if light not in dict(LIGHTS):
        raise Invalid({"light": ["筛选条件不正确，请从列表中选择。"]})
    return Chosen(here, own="own" in request.args, programme=_text("programme", 64), step=_text("step", 200),
                  light=light)


def _text(name: str, longest: int) -> str:
    return request.args.get(name, "").strip()[:longest]


def programme_names(session: Session) -> dict[str, str]:
    """The programmes' names by key."""
    return {row.programme: row.name for row in programmes.releases(session) if row.latest}


def _above(session: Session, here: Place, *, endpoint: str = ".index") -> list[tuple[str, str]]:
    """The divisions above the one shown, as far as the person may go up: (name, address)."""
    if not here.tier:
        return []
    region = people.region(session, here.code)
    found = [] if g.identity.tier != "ministry" else [("全国", url_for(endpoint))]
    for code in (region.province_code, region.city_code):
        if code and code != here.code:
            over = people.region(session, code)
            if people.sees(g.identity, over, applicant_id=None):
                found.append((over.name, url_for(endpoint, region=code)))
    return found


def _place_query(here: Place, one: Count) -> dict[str, str]:
    """What the address of a region's rows says."""
    return {"region": one.key} if one.key else {"region": here.code, "own": "1"}


def _by_programme(steps: list[Count], names: dict[str, str], here: Place) -> list[Any]:
    """Steps under their programme, each with its bar."""
    found: dict[str, list[Any]] = {}
    for one in steps:
        programme, step = one.key
        query = {"region": here.code, "programme": programme, "step": step}
        found.setdefault(programme, []).append(_bar(one, steps, query))
    return [SimpleNamespace(name=names.get(key, key), rows=rows) for key, rows in found.items()]


def _bar(one: Count, all_of_them: list[Count], query: dict[str, str]) -> Any:
    """A row with the lengths of its bar's parts, in per cent of the longest."""
    longest = max((other.open for other in all_of_them), default=1) or 1
    red, yellow, rest = (round(100 * part / longest, 2) for part in (one.overdue, one.soon, one.rest))
    return SimpleNamespace(count=one, query=query, red=red, yellow=yellow, rest=rest)


def _numbers(one: Count) -> list[int]:
    return [one.open, one.rest, one.soon, one.overdue]


def _key(key: tuple[datetime, int]) -> str:
    return f"{int(key[0].timestamp() * 1_000_000)}-{key[1]}"


def _after() -> tuple[datetime, int] | None:
    text = request.args.get("after", "")
    if not text:
        return None
    instant, _, task_id = text.partition("-")
    if not (instant.isascii() and instant.isdigit() and task_id.isascii() and task_id.isdigit()) or len(text) > 40:
        raise Invalid({"after": ["页码不正确，请回到第一页。"]})
    microseconds = min(int(instant), 4_000_000_000_000_000)
    return datetime.fromtimestamp(microseconds / 1_000_000, tz=clock.SHANGHAI), min(int(task_id), 2**62)
