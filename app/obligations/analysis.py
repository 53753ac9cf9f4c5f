"""服务情况分析: the figures of reports found in order, added up by platform, recommender, month and function.

Which figures a programme says itself (obligations.*.sums). Source: NAT-20.0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.cases.models import Answer
from app.obligations import platforms
from app.obligations.models import Duty
from app.people.models import Unit
from app.programmes.life import Obligation
from app.programmes.queries import Programme
from app.titles import recommending
from app.titles.models import Title

BY: Mapping[str, str] = MappingProxyType({
    "month": "月份", "platform": "平台", "recommender": "推荐单位", "function": "职能",
})
"""What the figures may be added up by, in words."""
NOBODY = "（无推荐单位）"


@dataclass(frozen=True)
class Figure:
    """A figure of a report: the function that it tells of, its field, what the form calls it, and its unit."""

    function: str
    key: str
    label: str
    unit: str


@dataclass(frozen=True)
class Line:
    """A row: what it stands for, how many reports it adds up, and a sum a figure, in their order; of a function also
    the figure's `unit`."""

    name: str
    reports: int
    sums: Sequence[Decimal]
    unit: str = ""


@dataclass(frozen=True)
class Analysis:
    """The figures of an obligation with their sums. `lines` by function have one sum each."""

    figures: Sequence[Figure]
    lines: Sequence[Line]
    total: Line


@dataclass(frozen=True)
class _Report:
    title_id: int
    month: str
    ends: date
    values: Mapping[str, Any]


def obligations(programme: Programme) -> list[Obligation]:
    """The obligations of a programme whose figures are added up."""
    return [rule for rule in programme.life.obligations.values() if rule.sums]


def figures(programme: Programme, rule: Obligation, function: str = "") -> list[Figure]:
    """The figures of an obligation, those of one function or ("") of all, in the programme's order."""
    form = programme.form(rule.form)
    fields = [(one, form.field(key)) for one in rule.sums if function in ("", one.key) for key in one.fields]
    return [Figure(one.name, field.key, field.label, field.unit) for one, field in fields if field is not None]


def analysis(
    session: Session, programme: Programme, rule: Obligation, unit: Unit, *, by: str, since: date, until: date,
    function: str = "",
) -> Analysis:
    """The sums of the titles that a unit follows, over reports found in order whose time ends from one day to another.

    `by` is a key of BY. A report counts for the unit that answered for the title on the last day that it covers. Late
    reports count. Source: NAT-20.0.
    """
    shown = figures(programme, rule, function)
    reports = _reports(session, programme, rule, unit, since, until)
    total = _line("合计", reports, shown)
    if by == "function":
        lines = [Line(one.label if one.label.startswith(one.function) else f"{one.function}：{one.label}",
                      total.reports, [total.sums[place]], one.unit) for place, one in enumerate(shown)]
        return Analysis(shown, lines, total)
    names = _names(session, programme, reports, by)
    groups: dict[str, list[_Report]] = {}
    for report, name in zip(reports, names, strict=True):
        groups.setdefault(name, []).append(report)
    return Analysis(shown, [_line(name, groups[name], shown) for name in sorted(groups)], total)


def _reports(
    session: Session, programme: Programme, rule: Obligation, unit: Unit, since: date, until: date
) -> list[_Report]:
    followed = platforms.titles(platforms.scope(session, programme, unit))
    last = (
        select(Duty.title_id, Duty.covers_until, func.max(Answer.id).label("answer_id"))
        .join(Answer, (Answer.case_id == Duty.case_id) & (Answer.form == rule.form))
        .where(Duty.programme == programme.key, Duty.obligation == rule.key, Duty.accepted_at.is_not(None),
               Duty.covers_until >= since, Duty.covers_until <= until, Duty.title_id.in_(followed))
        .group_by(Duty.id, Duty.title_id, Duty.covers_until).subquery()
    )
    rows = session.execute(
        select(last.c.title_id, last.c.covers_until, Answer.values).join(Answer, Answer.id == last.c.answer_id)
        .order_by(last.c.covers_until, last.c.title_id)
    )
    return [_Report(row.title_id, f"{row.covers_until:%Y-%m}", row.covers_until, row.values) for row in rows]


def _names(session: Session, programme: Programme, reports: Sequence[_Report], by: str) -> list[str]:
    """What each report is counted under."""
    if by == "month":
        return [report.month for report in reports]
    ids = {report.title_id for report in reports}
    if by == "platform":
        rows = session.execute(select(Title.id, Title.holder_name, Title.number).where(Title.id.in_(ids)))
        names = {row.id: f"{row.holder_name}（{row.number}）" for row in rows}
        return [names[report.title_id] for report in reports]
    now = recommending.recommenders_of(session, programme, ids)
    handed = {
        title.id: title
        for title in session.scalars(select(Title).where(Title.id.in_(ids), recommending.was_handed_over()))
    }
    then = [
        _answered(session, programme, handed[one.title_id], one.ends) if one.title_id in handed else now[one.title_id]
        for one in reports
    ]
    units = dict(session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(set(then) - {None}))).all())
    return [units.get(one, NOBODY) for one in then]


def _answered(session: Session, programme: Programme, title: Title, day: date) -> int | None:
    return next(iter(recommending.answered(session, programme, title, since=day, until=day)), None)


def _line(name: str, reports: Sequence[_Report], shown: Sequence[Figure]) -> Line:
    sums = [sum((_number(report.values.get(one.key)) for report in reports), Decimal()) for one in shown]
    return Line(name, len(reports), sums)


def _number(value: Any) -> Decimal:
    return Decimal(str(value)) if value not in (None, "") else Decimal()
