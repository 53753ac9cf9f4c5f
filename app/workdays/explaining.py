"""How a deadline came about, step by step, in the words of an official and with the article behind each step."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

from app.workdays.calendars import MAKE_UP, WEEKDAYS, WEEKEND, WORKING, Calendar, day_of, weekday_of
from app.workdays.counting import Count, Deadline, Pause, Stop, count, deadline_of
from app.workdays.periods import DAY_OF_NEXT_MONTH, DAYS, FIXED_DATE, MIDNIGHT, WORKING_DAYS, Period

ART_START = "民法典第二百零一条第一款"
ART_CORRESPONDING_DAY = "民法典第二百零二条"
ART_REST_DAY = "民法典第二百零三条第一款"
ART_END_OF_DAY = "民法典第二百零三条第二款"
ART_OTHERWISE_SET = "民法典第二百零四条"
ART_WORKING_DAYS = "行政许可法第八十二条"

COUNTED, SKIPPED, STOPPED = "counted", "skipped", "stopped"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an explanation: first and last day it speaks of, in the calendar's order, and what it says.

    `kind`: period, start, counted, skipped (rest days), stopped, nominal (the last day by the rule), rolled, kept
    (a rest day on which nothing rolls), end, provisional. `rule`: the article or the programme's clause, or "".
    """

    from_day: date
    until_day: date
    kind: str
    words: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A deadline and the steps that lead to it, in their order."""

    deadline: Deadline
    steps: tuple[Step, ...]

    def as_json(self) -> list[dict[str, str]]:
        """The steps, each with from, until (YYYY-MM-DD), kind, words, rule."""
        return [
            {
                "from": step.from_day.isoformat(),
                "until": step.until_day.isoformat(),
                "kind": step.kind,
                "words": step.words,
                "rule": step.rule,
            }
            for step in self.steps
        ]

    def as_text(self) -> str:
        """One line a step, its source in brackets."""
        return "\n".join(f"{step.words}〔{step.rule}〕" if step.rule else step.words for step in self.steps)


class Run(NamedTuple):
    """Neighbouring days of which the same is to be said."""

    early: int
    late: int
    kind: str
    name: str


def explain(period: Period, start: date, calendar: Calendar, stops: Sequence[Stop] = ()) -> Explanation:
    """Explain the deadline that `deadline` gives for the same arguments; raises what it raises."""
    counted = count(period, start, calendar, stops)
    deadline = deadline_of(period, counted)
    body = _working_day_steps if period.unit == WORKING_DAYS else _calendar_day_steps
    steps = (
        Step(start, start, "period", f"期限：{period.words}", period.clause),
        _start_step(period, start, counted, calendar),
        *body(period, counted, calendar),
        *_roll_steps(period, counted, calendar),
        *_end_steps(deadline, counted, calendar),
    )
    return Explanation(deadline, steps)


def _start_step(period: Period, start: date, counted: Count, calendar: Calendar) -> Step:
    if period.before:
        words, rule = f"{start} 为基准日，{'含当日' if period.names_a_date else '不计入'}，由此倒推", ""
    elif period.names_a_date:
        words, rule = f"{start} 起算", ""
    elif not period.first_day_counts:
        words, rule = f"{start} 起算日不计入", ART_START
    elif period.unit == WORKING_DAYS and not calendar.is_working_day(start):
        rest = _rest(calendar, counted.start)
        words, rule = f"{start} 起算日计入，但当日{rest}，自下一个工作日起算", ART_OTHERWISE_SET
    else:
        words, rule = f"{start} 起算日计入", ART_OTHERWISE_SET
    return Step(start, start, "start", words, rule)


def _working_day_steps(period: Period, counted: Count, calendar: Calendar) -> Iterator[Step]:
    """Each run of days counted, skipped or stopped, the counted ones with their numbers."""
    done = 0
    for run in _runs(_days(counted.first, counted.last), calendar, counted.pauses):
        if run.kind != COUNTED:
            yield _passed_over(run, ART_WORKING_DAYS)
            continue
        made_up = f"{run.name}上班 " if run.name else ""
        numbers = _numbers(done + 1, done + run.late - run.early + 1, period)
        done += run.late - run.early + 1
        yield _step(run.early, run.late, COUNTED, f"{_span(run.early, run.late)} {made_up}{numbers}", ART_WORKING_DAYS)


def _numbers(one: int, other: int, period: Period) -> str:
    """The numbers of a run of counted days, in the calendar's order: counting back, the earliest has the highest."""
    early, late = (other, one) if period.before else (one, other)
    numbers = f"{early} 个" if early == late else f"{early} 至第 {late} 个"
    return f"{'倒数' if period.before else ''}第 {numbers}工作日"


def _calendar_day_steps(period: Period, counted: Count, calendar: Calendar) -> Iterator[Step]:
    """The day that the rule names, and the stops that moved it."""
    met = [
        (max(begins, counted.first), ends)
        for begins, ends in counted.pauses
        if ends >= counted.first and begins <= counted.nominal
    ]
    stopped = sum(ends - begins + 1 for begins, ends in met)
    named = counted.nominal - stopped
    words, rule = _named_day_words(period, counted, named)
    yield _step(named, named, "nominal", words, rule)
    for begins, ends in met:
        yield _step(begins, ends, STOPPED, f"{_span(begins, ends)} 中止，{ends - begins + 1} 日不计入")
    if stopped:
        words = f"中止共 {stopped} 日，所余期间接续计算，至 {day_of(counted.nominal)}"
        yield _step(counted.nominal, counted.nominal, "nominal", words)


def _named_day_words(period: Period, counted: Count, nominal: int) -> tuple[str, str]:
    day, start = day_of(nominal), day_of(counted.start)
    like = "参照" if period.before else ""
    if period.unit == FIXED_DATE:
        return f"{day} 为规定日期（{period.words}），当日包括在内", ""
    if period.unit == DAY_OF_NEXT_MONTH:
        cut = "" if day.day == period.amount else f"，次月没有 {period.amount} 日，以月末日为准"
        return f"{day} 为规定日期（{period.words}）{cut}", ART_CORRESPONDING_DAY if cut else ""
    if period.unit == DAYS:
        early, late = sorted((counted.first, nominal))
        return f"{_span(early, late)} 逐日计算，共 {period.length} 日", like + ART_START
    if day.day == start.day:
        return f"{day} 为对应日（{period.words}）", like + ART_CORRESPONDING_DAY
    if period.first_day_counts and not period.before and _is_eve_of(day, start):
        return f"{day} 为对应日的前一日（{period.words}，首日已计入）", ART_CORRESPONDING_DAY
    return f"{day} 为月末日（{period.words}，当月没有 {start.day} 日这一对应日）", like + ART_CORRESPONDING_DAY


def _is_eve_of(day: date, start: date) -> bool:
    return date.fromordinal(day.toordinal() + 1).day == start.day


def _roll_steps(period: Period, counted: Count, calendar: Calendar) -> Iterator[Step]:
    """Why the last day moved, or why it didn't."""
    nominal, last = counted.nominal, counted.last
    kind, _ = calendar.why_number(nominal)
    if nominal != last:
        rule = f"参照{ART_REST_DAY}" if period.before else ART_REST_DAY
        beside = last + 1 if period.before else last - 1
        for run in _runs(_days(nominal, beside), calendar, counted.pauses):
            yield _passed_over(run, rule)
        words = f"最后一日不是工作日，{'提前至前' if period.before else '顺延至下'}一个工作日 {day_of(last)}"
        yield _step(last, last, "rolled", words, rule)
    elif kind not in (WORKING, MAKE_UP):
        words = f"{day_of(nominal)} {_rest(calendar, nominal)}，按规定不{'提前' if period.before else '顺延'}"
        yield _step(nominal, nominal, "kept", words, ART_OTHERWISE_SET)
    elif kind == MAKE_UP and period.unit != WORKING_DAYS:
        words = f"{day_of(nominal)} {_worked(nominal)}上班，是工作日，不顺延"
        yield _step(nominal, nominal, "kept", words, ART_REST_DAY)


def _end_steps(deadline: Deadline, counted: Count, calendar: Calendar) -> Iterator[Step]:
    last_day, end = deadline.last_day, deadline.period.end_of_day
    closing = "" if end == MIDNIGHT else "（停止业务活动的时间）"
    mark = "（暂定）" if deadline.provisional else ""
    yield Step(last_day, last_day, "end", f"截止 {last_day} {end}{closing}{mark}", ART_END_OF_DAY)
    if deadline.provisional:
        since = counted.first if deadline.period.unit == WORKING_DAYS else counted.nominal
        days = sorted((since, counted.last))
        years = [str(year) for year in _provisional_years(days[0], days[1], calendar)]
        words = f"{'、'.join(years)} 年放假通知尚未公布，所涉日期暂定，通知录入后重新计算"
        yield _step(days[0], days[1], "provisional", words)


def _provisional_years(early: int, late: int, calendar: Calendar) -> Iterator[int]:
    for year in range(day_of(early).year, day_of(late).year + 1):
        if calendar.is_provisional(date(year, 12, 31)):
            yield year


def _runs(numbers: Iterable[int], calendar: Calendar, pauses: Sequence[Pause]) -> Iterator[Run]:
    """Days in the order in which they are walked, as runs of the same kind and name."""

    def described(number: int) -> tuple[str, str]:
        if _is_stopped(number, pauses):
            return STOPPED, "中止"
        kind, name = calendar.why_number(number)
        if kind == WORKING:
            return COUNTED, ""
        if kind == MAKE_UP:
            return COUNTED, _worked(number)
        return SKIPPED, "周末" if kind == WEEKEND else name

    for (kind, name), days in groupby(numbers, key=described):
        walked = list(days)
        yield Run(min(walked), max(walked), kind, name)


def _passed_over(run: Run, rule: str) -> Step:
    """Rest days, or days on which time stood still."""
    words = f"{_span(run.early, run.late)} {run.name}"
    if run.kind == STOPPED:
        return _step(run.early, run.late, STOPPED, f"{words}，不计入")
    return _step(run.early, run.late, SKIPPED, f"{words} 休", rule)


def _days(walked_from: int, walked_to: int) -> range:
    """From one day to the other, both included, forward or back."""
    step = 1 if walked_to >= walked_from else -1
    return range(walked_from, walked_to + step, step)


def _is_stopped(number: int, pauses: Sequence[Pause]) -> bool:
    return any(begins <= number <= ends for begins, ends in pauses)


def _worked(number: int) -> str:
    return f"{WEEKDAYS[weekday_of(number)]}调休"


def _rest(calendar: Calendar, number: int) -> str:
    return f"{calendar.why_number(number)[1]}休息"


def _span(early: int, late: int) -> str:
    """One day or several: "2026-09-28", "2026-10-01 至 10-07", "2025-12-31 至 2026-01-03"."""
    one, other = day_of(early), day_of(late)
    if one == other:
        return f"{one}"
    return f"{one} 至 {other:%m-%d}" if one.year == other.year else f"{one} 至 {other}"


def _step(early: int, late: int, kind: str, words: str, rule: str = "") -> Step:
    return Step(day_of(early), day_of(late), kind, words, rule)
