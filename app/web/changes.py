"""变更报备: the list of an office with who was late, as a workbook too, and what a case says of its change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import clock, db
from app.appointments.models import Appointment
from app.cases import deadlines
from app.cases.models import Case, Deadline
from app.changes import facts, queries
from app.changes.models import ChangeReport
from app.errors import Invalid
from app.obligations.models import Duty
from app.programmes import queries as programmes
from app.titles import changing, standing
from app.titles.models import Title
from app.web import access
from app.web.frame import day, last_day
from app.web.workbooks import add_sheet, download

changes = Blueprint("changes", __name__, url_prefix="/changes")

OFFICES = access.roles("clerk", "lead", "auditor", kinds=("department",))
NOTED_BY = {"holder": "称号单位", "department": "部门获知"}
STANDS = dict(queries.STATUSES)
MOST_EXPORTED = 10_000
MISSED = {"missed": "未按期报送", "late": "逾期报送", "held": "暂停期间到期"}


@changes.get("")
@access.rule(OFFICES)
def index() -> str:
    """Change reports in the own division, newest first."""
    status, text = _chosen()
    with db.reading() as session:
        rows, following = queries.listed(session, g.identity, status=status, text=text, before=_before())
        shown = [_shown(session, row) for row in rows]
    kept = {name: value for name, value in (("status", status), ("q", text)) if value}
    return render_template(
        "changes/index.html", rows=shown, status=status, text=text, statuses=queries.STATUSES, kept=kept,
        first_url=url_for(".index", **kept) if "before" in request.args else "",
        next_url=url_for(".index", **kept, before=following) if following else "",
    )


@changes.get("/export.xlsx")
@access.rule(OFFICES)
def export() -> Response:
    """The list as a workbook, narrowed as the page is; of more than 10,000 rows the newest."""
    status, text = _chosen()
    with db.reading() as session:
        rows, following = queries.listed(session, g.identity, status=status, text=text, limit=MOST_EXPORTED)
        shown = [_shown(session, row) for row in rows]
    lines = [
        [row.case_number, row.holder_name, row.title_number, row.region, row.kind, day(row.changed_on),
         last_day(row.due_on, row.provisional), day(row.reported_at), row.timely, row.noted_by, row.status, row.facts,
         row.decision]
        for row in shown
    ]
    if following:
        lines.append([f"超过 {MOST_EXPORTED} 条，只列出最近的；其余请筛选后分别导出。"])
    book = Workbook(write_only=True)
    heads = ["办件号", "称号单位", "称号编号", "所在地", "变化", "变化日期", "报告截止日", "报告日期", "是否逾期",
             "由谁提出", "状态", "变化前后", "决定文号"]
    add_sheet(book, "变更报备", heads, lines, [18, 32, 18, 14, 14, 12, 16, 12, 10, 12, 14, 60, 22])
    return download(book, f"变更报备 {clock.today()}.xlsx")


@dataclass(frozen=True)
class Happened:
    """Something in a title's life while it was suspended without anybody's knowing yet: for decision, nothing of it is
    undone. Source: HBI-14, NAT-18.1."""

    on: date
    what: str
    case_public_id: str


def between(session: Session, title_id: int, since: date, until: date) -> list[Happened]:
    """What happened to a title from a day until another (both included): reports missed or held, appointments asked
    for, and changes of the title; in the order of time."""
    duties = session.execute(
        select(Duty.period, Duty.status, Duty.missed_at, Duty.due_on, Case.public_id)
        .join(Case, Duty.case_id == Case.id)
        .where(Duty.title_id == title_id, Duty.status.in_(sorted(MISSED)))
    )
    found = [
        Happened(clock.local(row.missed_at).date() if row.missed_at else row.due_on,
                 f"{row.period} 期服务情况{MISSED[row.status]}", row.public_id)
        for row in duties
    ]
    asked = session.execute(
        select(Appointment.subject, Appointment.enterprise, Appointment.requested_at, Case.public_id)
        .outerjoin(Case, Appointment.case_id == Case.id)
        .where(Appointment.title_id == title_id, Appointment.requested_at >= clock.day_start(since))
    )
    found += [
        Happened(clock.local(row.requested_at).date(), f"服务预约：{row.enterprise}，{row.subject}",
                 row.public_id or "")
        for row in asked
    ]
    found += [
        Happened(event.effective_on, f"称号变动：{standing.KINDS[event.kind]}（{event.clause}）", "")
        for event in changing.events_of(session, title_id)
        if event.kind not in ("suspended", "granted", "imported", "entered")
    ]
    return sorted((one for one in found if since <= one.on <= until), key=lambda one: (one.on, one.what))


def panel(session: Session, case: Any) -> Any:
    """What the case's page shows of the change or rectification that it is about; None for any other case."""
    row, rectified = queries.of_case(session, case.id), queries.rectification_of_case(session, case.id)
    if row is None and rectified is None:
        return None
    title = session.get_one(Title, case.title_id)
    programme = programmes.programme(session, case.release_id)
    number = SimpleNamespace(number=title.number, url=url_for("public.title", public_id=title.public_id))
    if row is None:
        return SimpleNamespace(title=number, change=None, rectification=rectified, happened=())
    rules = programme.life.changes
    happened: Sequence[Happened] = ()
    if row.suspended and row.changed_on and row.reported_at:
        happened = between(session, title.id, row.changed_on, clock.local(row.reported_at).date())
    return SimpleNamespace(
        title=number, change=row, rectification=None, happened=happened, noted_by=NOTED_BY[row.noted_by],
        kind=rules.kinds.get(row.kind, row.kind) if rules else row.kind, status=STANDS[row.status], facts=_facts(row),
        clause=rules.clause if rules else "", explanation=_explained(session, case, rules.period) if rules else None,
    )


def _explained(session: Session, case: Any, period: str) -> Any:
    """How the last day of a report that was made was counted; None where the case's task shows it, or nothing is."""
    found = session.scalars(
        select(Deadline)
        .where(Deadline.case_id == case.id, Deadline.period == period, Deadline.closed_at.is_not(None))
        .order_by(Deadline.id.desc()).limit(1)
    ).first()
    return deadlines.explanation(found, case.region_code) if found else None


def _facts(row: ChangeReport) -> list[tuple[str, str, str]]:
    """(what, before, after) of each fact that changed."""
    before, after = row.facts.get("before", {}), row.facts.get("after", {})
    found = [(facts.FACTS[key], before.get(key, ""), value) for key, value in after.items()]
    if successor := row.facts.get("successor"):
        found.append(("承继单位", before.get("name", ""), f"{successor['name']}（{successor['credit_code']}）"))
    return found


def _shown(session: Session, row: Any) -> Any:
    rules = programmes.programme(session, row.release_id).life.changes
    timely = "" if row.reported_at is None else "逾期" if row.late else "暂定" if row.provisional else "按期"
    return SimpleNamespace(
        **{**row._mapping, "kind": rules.kinds.get(row.kind, row.kind) if rules else row.kind, "late": row.late,
           "timely": timely, "noted_by": NOTED_BY[row.noted_by], "status": STANDS[row.status],
           "facts": "；".join(f"{what}：{before or '—'} → {after}" for what, before, after in _facts(row))}
    )


def _chosen() -> tuple[str, str]:
    status, text = request.args.get("status", ""), request.args.get("q", "").strip()[:100]
    if status not in STANDS:
        raise Invalid({"status": ["筛选条件不正确，请从列表中选择。"]})
    return status, text


def _before() -> int | None:
    text = request.args.get("before", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Invalid({"before": ["页码不正确，请回到第一页。"]})
    return int(text) if text else None
