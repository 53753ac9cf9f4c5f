"""到期和延续: which titles end when in the own division, month by month, how far their renewal is, and the reviews of
titles without an end."""

from datetime import date
from itertools import groupby
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from openpyxl import Workbook
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import clock, db
from app.cases import monitoring as places
from app.errors import Invalid
from app.people import queries as people
from app.programmes import queries as programmes
from app.renewals import queries
from app.renewals.queries import REVIEWS, STATES, Wanted
from app.titles import standing
from app.web import access
from app.web.workbooks import add_sheet, download

renewals = Blueprint("renewals", __name__, url_prefix="/ends")

READERS = access.roles("clerk", "lead", "auditor", "applicant", kinds=("department", "institution"))
MOST_EXPORTED = 20_000
MOST_REVIEWS = 500
YEARS_BACK, YEARS_AHEAD = 2, 5


@renewals.get("")
@access.rule(READERS)
def index() -> str:
    """The ends of a year, by month, and the reviews with the calls of that year."""
    with db.reading() as session:
        wanted, here = _wanted(session)
        rows, following = queries.ends(session, g.identity, wanted, after=_after())
        counts = queries.by_month(session, g.identity, wanted)
        reviews = queries.reviews(session, g.identity, wanted, limit=MOST_REVIEWS)
        below = _below(session, here)
        names = _names(session)
    kept = {name: value for name, value in request.args.items() if name != "after"}
    year = clock.today().year
    return render_template(
        "renewals/index.html", wanted=wanted, here=here, states=STATES, statuses=standing.STATUSES, names=names,
        months=[(f"{month[0]} 年 {month[1]} 月", list(found)) for month, found in
                groupby(rows, key=lambda row: (row.ends_on.year, row.ends_on.month))],
        tallies=[SimpleNamespace(month=month, count=count) for month, count in sorted(counts.items())],
        total=sum(counts.values()), kept=kept, below=below, reviews=reviews, review_states=REVIEWS, most=MOST_REVIEWS,
        years=[(one, f"{one} 年") for one in range(year - YEARS_BACK, year + YEARS_AHEAD + 1)],
        first_url=url_for(".index", **kept) if "after" in request.args else "",
        next_url=url_for(".index", **kept, after=f"{following[0]}_{following[1]}") if following else "",
    )


@renewals.get("/export.xlsx")
@access.rule(READERS)
def export() -> Response:
    """The same as a workbook; at most 20,000 titles."""
    with db.reading() as session:
        wanted, here = _wanted(session)
        rows, following = queries.ends(session, g.identity, wanted, limit=MOST_EXPORTED)
        reviews = queries.reviews(session, g.identity, wanted, limit=MOST_EXPORTED)
        names = _names(session)
    heads = ["有效期至", "称号编号", "单位名称", "所在地", "认定项目", "称号状态", "延续", "提交时间", "延续至"]
    lines = [
        [row.ends_on.isoformat(), row.number, row.holder, row.region or "", names.get(row.programme, row.programme),
         standing.STATUSES[row.status], STATES[row.state],
         f"{clock.local(row.filed_at):%Y-%m-%d %H:%M}" if row.filed_at else "",
         row.renewed_until.isoformat() if row.renewed_until else ""]
        for row in rows
    ]
    if following:
        lines.append([f"超过 {MOST_EXPORTED} 个，只列出最早到期的；其余请按地区分别导出。"])
    book = Workbook(write_only=True)
    add_sheet(book, "到期和延续", heads, lines, [12, 20, 36, 14, 36, 18, 18, 18, 12])
    if reviews:
        add_sheet(
            book, "随批次复核",
            ["复核", "批次", "称号编号", "单位名称", "所在地", "认定项目", "称号状态", "提交时间", "决定日期"],
            [[REVIEWS[row.state], row.batch, row.number, row.holder, row.region or "",
              names.get(row.programme, row.programme), standing.STATUSES[row.status],
              f"{clock.local(row.filed_at):%Y-%m-%d %H:%M}" if row.filed_at else "",
              row.decided_on.isoformat() if row.decided_on else ""] for row in reviews],
            [20, 30, 20, 36, 14, 36, 18, 18, 12],
        )
    return download(book, f"到期和延续 {here.name} {wanted.year} 年.xlsx")


def _wanted(session: Session) -> tuple[Wanted, Any]:
    """What the address asks for, and the division it is about. Raises Invalid for what isn't in the lists, NotFound for
    a division out of sight."""
    year, state = request.args.get("year", "") or str(_first_year(session)), _text("state", 20)
    if not (year.isascii() and year.isdigit() and len(year) == 4 and 2000 <= int(year) <= 2100):
        raise Invalid({"year": ["年份不正确，请从列表中选择。"]})
    if state and state not in STATES:
        raise Invalid({"state": ["筛选条件不正确，请从列表中选择。"]})
    region = _text("region", 12)
    if g.identity.unit_kind == "department":
        here = places.place(session, g.identity, region)
    else:
        here = SimpleNamespace(code="", name=g.identity.unit_name, tier="", below="")
        region = ""
    return Wanted(int(year), region=region, programme=_text("programme", 64), state=state), here


def _first_year(session: Session) -> int:
    """The year that is shown first: this one; to an institution that in which its title ends."""
    today = clock.today()
    own = None if g.identity.unit_kind == "department" else queries.next_end(session, g.identity.unit_id, today)
    return (own or today).year


def _below(session: Session, here: Any) -> list[tuple[str, str]]:
    """The divisions that one may choose: the own one (or all) and those right below the one shown."""
    if g.identity.unit_kind != "department":
        return []
    own = g.identity.region_code or ""
    found = [("", people.region(session, own).name if own else "全国")]
    if here.code and here.code != own:
        found.append((here.code, here.name))
    return [*found, *queries.divisions_below(session, here.code)]


def _names(session: Session) -> dict[str, str]:
    return {row.programme: row.name for row in programmes.releases(session) if row.latest}


def _text(name: str, longest: int) -> str:
    return request.args.get(name, "").strip()[:longest]


def _after() -> tuple[date, int] | None:
    text = request.args.get("after", "")
    if not text:
        return None
    day, _, title_id = text.partition("_")
    try:
        if not (title_id.isascii() and title_id.isdigit()) or len(title_id) > 18:
            raise ValueError
        return date.fromisoformat(day), int(title_id)
    except ValueError:
        raise Invalid({"after": ["页码不正确，请回到第一页。"]}) from None
