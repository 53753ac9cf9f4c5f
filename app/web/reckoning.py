"""期限计算: when a period would end and why, for any start, period and region; the same answer as on a case."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app import clock, db, workdays
from app.errors import Invalid
from app.people.models import Region
from app.programmes import queries as programmes
from app.programmes.queries import PeriodRule, Programme
from app.web import access

deadlines = Blueprint("deadlines", __name__)

UNITS = (
    ("working_days", "个工作日"), ("days", "日"), ("months", "个月"), ("years", "年"),
    ("fixed_date", "固定日期（月-日）"), ("day_of_next_month", "次月某日"),
)
ROLLS = (("next", "顺延到工作日"), ("none", "不顺延"))
LABELS = {
    "start": "起算日", "region": "地区", "of": "期限", "amount": "数量", "unit": "单位", "first": "首日",
    "roll": "最后一日遇休息日", "before": "方向", "end": "最后一日截止于", "stops": "中止",
}
FIELD_OF = {
    "first_day_counts": "first", "month_day": "amount", "end_of_day": "end", "period": "amount", "day": "start",
}
"""Where on the page the fault of a field of app.workdays stands."""

LONGEST = {"region": 60, "of": 200, "stops": 2_000}
MOST_STOPS = 50
WEEKDAYS = "一二三四五六日"

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CODE = re.compile(r"[0-9]{6}")
_STOP = re.compile(r"(\S+?)\s*(?:\.\.|至|~|～)\s*(\S+)")


@dataclass(frozen=True)
class Answer:
    """What the page shows: how the date came about, drawn; whose period it is, and where."""

    explanation: workdays.Explanation
    drawing: workdays.Drawing
    rule: PeriodRule | None
    programme: Programme | None
    region_name: str


@deadlines.get("/deadlines")
@access.rule(access.public)
def index() -> str | tuple[str, int]:
    """The form, and below it the answer to what the address asks. Nothing is kept; the address is the question."""
    typed = _typed(request.args)
    answer, errors = None, {}
    with db.reading() as session:
        offered = [(p, _offered(p)) for p in programmes.all_latest(session)]
        if typed["start"] or typed["amount"] or typed["of"]:
            try:
                answer = _answer(session, typed)
            except Invalid as error:
                errors = _named(error.fields)
        provinces = session.execute(select(Region.code, Region.name).where(Region.tier == "province")).all()
    page = render_template(
        "deadlines/index.html", typed=typed, answer=answer, errors=errors, offered=offered, provinces=provinces,
        units=UNITS, rolls=ROLLS, labels=LABELS, today=clock.today(), weekdays=WEEKDAYS,
    )
    return (page, 422) if errors else page


def address(explanation: workdays.Explanation, region_code: str) -> str:
    """The address at which a deadline's question stands on the page, stops and all."""
    period, start = explanation.deadline.period, explanation.deadline.start
    asked: dict[str, Any] = {
        "start": start.isoformat(), "region": region_code[:6],
        "amount": period.month_day or period.amount, "unit": period.unit,
        "first": 1 if period.first_day_counts else None, "before": 1 if period.before else None,
        "roll": period.roll if period.roll != "next" else None,
        "end": period.end_of_day if period.end_of_day != "24:00" else None,
        "stops": "\n".join(f"{begins} 至 {ends}" for begins, ends in explanation.stops) or None,
    }
    return url_for("deadlines.index", **asked)


def _typed(sent: MultiDict[str, str]) -> dict[str, str]:
    return {name: sent.get(name, "").strip()[: LONGEST.get(name, 40)] for name in LABELS}


def _answer(session: Session, typed: Mapping[str, str]) -> Answer:
    """Raises Invalid by the names of app.workdays and of the page, all faults at once."""
    faults: dict[str, list[str]] = {}

    def found(read: Any, *asked: Any) -> Any:
        try:
            return read(*asked)
        except Invalid as error:
            faults.update(error.fields)
        return None

    start = found(_day, "start", typed["start"])
    region = found(_region, session, typed["region"])
    programme, rule = found(_of, session, typed["of"]) or (None, None)
    stops = found(_stops, typed["stops"])
    period = found(_period, typed) if not typed["of"] else None
    if faults:
        raise Invalid(faults)
    if rule is not None:
        period, start = _of_programme(rule, start)
    calendar = workdays.calendar_for(region.code) if region else workdays.book_in_use().national
    explanation = workdays.explain(period, start, calendar, stops)
    return Answer(
        explanation, workdays.draw(explanation, calendar), rule, programme, region.name if region else ""
    )


def _of_programme(rule: PeriodRule, start: date) -> tuple[workdays.Period, date]:
    """The programme's own period; a day that its calls name is asked for by the start."""
    return (rule.period, start) if rule.period is not None else rule.on({rule.date_key: start.isoformat()})


def _period(typed: Mapping[str, str]) -> workdays.Period:
    if not typed["amount"]:
        raise Invalid({"amount": ["请填写数量，如 5；固定日期写月-日，如 09-15。"]})
    return workdays.Period.of(
        typed["amount"], typed["unit"] or "working_days", first_day_counts=_flag("first", typed["first"]),
        roll=typed["roll"] or "next", before=_flag("before", typed["before"]), end_of_day=typed["end"] or "24:00",
    )


def _of(session: Session, text: str) -> tuple[Programme, PeriodRule] | None:
    if not text:
        return None
    key, _, name = text.partition("/")
    programme = next((p for p in programmes.all_latest(session) if p.key == key), None)
    if programme is None or name not in _offered(programme):
        raise Invalid({"of": ["没有这个期限，请从列表中选择。"]})
    return programme, programme.periods[name]


def _offered(programme: Programme) -> dict[str, PeriodRule]:
    """The periods of a programme that the reader may ask about: all of them inside, those of the text for visitors."""
    return {key: rule for key, rule in programme.periods.items() if g.identity is not None or not rule.ours}


def _region(session: Session, text: str) -> Region | None:
    """A division by code or name; None for the whole country."""
    if not text:
        return None
    code = text.split()[0]
    by = Region.code == code if _CODE.fullmatch(code) else Region.name == text
    found = session.scalars(select(Region).where(by).order_by(Region.code).limit(6)).all()
    if not found:
        raise Invalid({"region": [f"没有名称或代码为“{text}”的地区；请写全称或六位代码，全国通用的留空。"]})
    if len(found) > 1:
        codes = "、".join(region.code for region in found[:5])
        raise Invalid({"region": [f"有多个“{text}”；请填代码：{codes}{'……' if len(found) > 5 else ''}。"]})
    return found[0]


def _stops(text: str) -> list[tuple[date, date]]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_STOPS:
        raise Invalid({"stops": [f"最多填写 {MOST_STOPS} 段中止。"]})
    return list(_read_stops(lines))


def _read_stops(lines: list[str]) -> Iterator[tuple[date, date]]:
    for line in lines:
        written = _STOP.fullmatch(line)
        if written is None:
            raise Invalid({"stops": [f"“{line}”应写作“2026-03-02 至 2026-03-06”，每行一段。"]})
        yield _day("stops", written[1]), _day("stops", written[2])


def _day(field: str, text: str) -> date:
    if not text:
        raise Invalid({field: [f"请填写{LABELS[field]}。"]})
    if not _DAY.fullmatch(text):
        raise Invalid({field: [f"日期“{text}”应写作“年-月-日”，如 2026-02-03。"]})
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid({field: [f"没有 {text} 这一天；请核对日期。"]}) from None


def _flag(field: str, text: str) -> bool:
    if text not in ("", "1"):
        raise Invalid({field: ["只能勾选或不勾选。"]})
    return text == "1"


def _named(faults: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Faults by the fields of the page."""
    named: dict[str, list[str]] = {}
    for field, said in faults.items():
        named.setdefault(FIELD_OF.get(field, field), []).extend(said)
    return {field: named[field] for field in (*LABELS, *named) if field in named}
