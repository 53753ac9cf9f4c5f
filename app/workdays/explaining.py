"""How a deadline came about, step by step, in the words of an official and with the article behind each step."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby, pairwise, zip_longest
from typing import NamedTuple

from app.workdays.calendars import MAKE_UP, ORIGIN, WEEKDAYS, WEEKEND, WORKING, Calendar, day_of, weekday_of
from app.workdays.counting import Count, Deadline, Stop, count, deadline_of
from app.workdays.marks import MARK
from app.workdays.periods import DAY_OF_NEXT_MONTH, DAYS, FIXED_DATE, MIDNIGHT, WORKING_DAYS, Period

ART_START = "民法典第二百零一条第一款"
ART_CORRESPONDING_DAY = "民法典第二百零二条"
ART_REST_DAY = "民法典第二百零三条第一款"
ART_END_OF_DAY = "民法典第二百零三条第二款"
ART_OTHERWISE_SET = "民法典第二百零四条"
ART_WORKING_DAYS = "行政许可法第八十二条"
PROVISIONAL_BY = "全国年节及纪念日放假办法第二条、第六条"

COUNTED, SKIPPED, STOPPED = "counted", "skipped", "stopped"

Ground = tuple[str, str]
"""Why a deadline stood still, in words, and the clause that lets it: ("专家评审", "X-9"); each may be ""."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an explanation: first and last day it speaks of, in the calendar's order, and what it says.

    `kind`: period, start, counted, skipped (rest days), stopped, nominal (the last day by the rule), rolled, kept (a
    rest day on which nothing rolls), cut (the period ends at a day named beforehand), recorded (the calendar has
    changed since), end, provisional. `rule`: the article or the programme's clause, or "". `number`: of counted
    working days, the number of the earliest; 0 for all other steps.
    """

    from_day: date
    until_day: date
    kind: str
    words: str
    rule: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """A deadline, the steps that lead to it in their order, and the count from which both were made."""

    deadline: Deadline
    steps: tuple[Step, ...]
    counted: Count

    @property
    def stops(self) -> list[tuple[date, date]]:
        """The stops that were counted, in order, those that overlap joined: first and last stopped day each."""
        return [(day_of(begins), day_of(ends)) for begins, ends in self.counted.pauses]

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
    source: str = ""
    """Of a rest day or one that is worked instead, the notice that says so; of a stopped one the clause."""


class Standstill(NamedTuple):
    """A stop in numbers of days, both included, with its ground."""

    begins: int
    ends: int
    name: str
    clause: str


class _Scene(NamedTuple):
    """What the steps are told from."""

    calendar: Calendar
    stills: Sequence[Standstill]


def explain(
    period: Period, start: date, calendar: Calendar, stops: Sequence[Stop] = (), grounds: Sequence[Ground] = ()
) -> Explanation:
    """Explain the deadline that `deadline` gives for the same arguments; raises what it raises.

    `grounds` says of each stop, in the same order, why time stood still; stops beyond them are told without a ground.
    """
    counted = count(period, start, calendar, stops)
    deadline = deadline_of(period, counted)
    scene = _Scene(calendar, _standstills(counted, stops, grounds))
    body = _working_day_steps if period.unit == WORKING_DAYS else _calendar_day_steps
    steps = (
        Step(start, start, "period", f"期限：{period.words}", period.clause),
        *_start_steps(period, start, counted, calendar),
        *body(period, counted, scene),
        *_roll_steps(period, counted, scene),
        *_cut_steps(counted),
        *_end_steps(deadline, counted, calendar),
    )
    return Explanation(deadline, steps, counted)


def as_recorded(explanation: Explanation, last_day: date, ends_at: datetime, *, provisional: bool) -> Explanation:
    """The explanation of a deadline that was set while the calendar was another and has kept its day.

    One that ends on the recorded day all the same is given back as it is.
    """
    now = explanation.deadline
    if now.last_day == last_day:
        return explanation
    kept = [step for step in explanation.steps if step.kind not in ("end", "provisional")]
    words = f"放假安排在登记后有变化：按现行日历为 {now.last_day}，仍以登记的日期为准"
    mark = MARK if provisional else ""
    end = f"截止 {last_day} {now.period.end_of_day}{mark}"
    steps = (
        *kept,
        Step(now.last_day, now.last_day, "recorded", words),
        Step(last_day, last_day, "end", end, ART_END_OF_DAY),
    )
    held = replace(now, last_day=last_day, ends_at=ends_at, provisional=provisional)
    return replace(explanation, deadline=held, steps=steps)


def _standstills(counted: Count, stops: Sequence[Stop], grounds: Sequence[Ground]) -> list[Standstill]:
    """The counted pauses, cut where their grounds change; what two grounds share has both. Neighbours of the
    same grounds are one."""
    named = [
        (begins_on.toordinal() - ORIGIN, ends_on.toordinal() - ORIGIN, *ground)
        for (begins_on, ends_on), ground in zip_longest(stops, grounds[: len(stops)], fillvalue=("", ""))
    ]
    found: list[Standstill] = []
    for pause_begins, pause_ends in counted.pauses:
        edges = {edge for begins, ends, *_ in named for edge in (begins, ends + 1) if pause_begins < edge <= pause_ends}
        for begins, beyond in pairwise((pause_begins, *sorted(edges), pause_ends + 1)):
            over = [ground for early, late, *ground in named if early <= begins <= late]
            names, clauses = ("、".join(dict.fromkeys(filter(None, said))) for said in zip(*over, strict=True))
            if found and (found[-1].ends + 1, *found[-1][2:]) == (begins, names, clauses):
                begins = found.pop().begins
            found.append(Standstill(begins, beyond - 1, names, clauses))
    return found


def _start_steps(period: Period, start: date, counted: Count, calendar: Calendar) -> Iterator[Step]:
    """Where the count begins; nothing for a date that is its own start, as those are that a call names."""
    if period.unit == FIXED_DATE and counted.start == counted.nominal:
        return
    if period.before:
        words, rule = f"{start} 为基准日，{'含当日' if period.names_a_date else '不计入'}，由此倒推", period.clause
    elif period.names_a_date:
        words, rule = f"{start} 起算", period.clause
    elif not period.first_day_counts:
        words, rule = f"{start} 起算日不计入", ART_START
    elif period.unit == WORKING_DAYS and not calendar.is_working_day(start):
        rest = _rest(calendar, counted.start)
        words, rule = f"{start} 起算日计入，但当日{rest}，自下一个工作日起算", ART_OTHERWISE_SET
    else:
        words, rule = f"{start} 起算日计入", ART_OTHERWISE_SET
    yield Step(start, start, "start", words, rule)


def _working_day_steps(period: Period, counted: Count, scene: _Scene) -> Iterator[Step]:
    """Each run of days counted, skipped or stopped, the counted ones with their numbers."""
    done = 0
    for run in _runs(_days(counted.first, counted.last), scene):
        if run.kind != COUNTED:
            yield _passed_over(run, ART_WORKING_DAYS)
            continue
        made_up = f"{run.name}上班{_in_brackets(run.source)} " if run.name else ""
        one, other = done + 1, done + run.late - run.early + 1
        done = other
        words = f"{_span(run.early, run.late)} {made_up}{_numbers(one, other, period)}"
        yield _step(run.early, run.late, COUNTED, words, ART_WORKING_DAYS, other if period.before else one)


def _numbers(one: int, other: int, period: Period) -> str:
    """The numbers of a run of counted days, in the calendar's order: counting back, the earliest has the highest."""
    early, late = (other, one) if period.before else (one, other)
    numbers = f"{early} 个" if early == late else f"{early} 至第 {late} 个"
    return f"{'倒数' if period.before else ''}第 {numbers}工作日"


def _calendar_day_steps(period: Period, counted: Count, scene: _Scene) -> Iterator[Step]:
    """The day that the rule names, and the stops that moved it."""
    met = [
        still._replace(begins=max(still.begins, counted.first))
        for still in scene.stills
        if still.ends >= counted.first and still.begins <= counted.nominal
    ]
    stopped = sum(still.ends - still.begins + 1 for still in met)
    named = counted.nominal - stopped
    words, rule = _named_day_words(period, counted, named)
    yield _step(named, named, "nominal", words, rule)
    for begins, ends, name, clause in met:
        words = f"{_span(begins, ends)} 中止{_in_brackets(name)}，{ends - begins + 1} 日不计入"
        yield _step(begins, ends, STOPPED, words, clause)
    if stopped:
        words = f"中止共 {stopped} 日，所余期间接续计算，至 {day_of(counted.nominal)}"
        yield _step(counted.nominal, counted.nominal, "nominal", words)


def _named_day_words(period: Period, counted: Count, nominal: int) -> tuple[str, str]:
    day, start = day_of(nominal), day_of(counted.start)
    like = "参照" if period.before else ""
    if period.unit == FIXED_DATE:
        return f"{day} 为规定日期（{period.words}），当日包括在内", period.clause
    if period.unit == DAY_OF_NEXT_MONTH:
        cut = "" if day.day == period.amount else f"，次月没有 {period.amount} 日，以月末日为准"
        return f"{day} 为规定日期（{period.words}）{cut}", ART_CORRESPONDING_DAY if cut else period.clause
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


def _roll_steps(period: Period, counted: Count, scene: _Scene) -> Iterator[Step]:
    """Why the last day moved, or why it didn't."""
    nominal, last = counted.nominal, counted.last
    kind, _ = scene.calendar.why_number(nominal)
    if nominal != last:
        rule = f"参照{ART_REST_DAY}" if period.before else ART_REST_DAY
        beside = last + 1 if period.before else last - 1
        for run in _runs(_days(nominal, beside), scene):
            yield _passed_over(run, rule)
        words = f"最后一日不是工作日，{'提前至前' if period.before else '顺延至下'}一个工作日 {day_of(last)}"
        yield _step(last, last, "rolled", words, rule)
    elif kind not in (WORKING, MAKE_UP):
        words = f"{day_of(nominal)} {_rest(scene.calendar, nominal)}，按规定不{'提前' if period.before else '顺延'}"
        yield _step(nominal, nominal, "kept", words, ART_OTHERWISE_SET)
    elif kind == MAKE_UP and period.unit != WORKING_DAYS:
        source = _in_brackets(scene.calendar.source_of(day_of(nominal)))
        words = f"{day_of(nominal)} {_worked(nominal)}上班{source}，是工作日，不{'提前' if period.before else '顺延'}"
        yield _step(nominal, nominal, "kept", words, ART_REST_DAY)


def _cut_steps(counted: Count) -> Iterator[Step]:
    if counted.cut_at is not None:
        words = f"按期限应至 {day_of(counted.last)}，但最迟至 {day_of(counted.cut_at)}，以该日为准"
        yield _step(counted.cut_at, counted.cut_at, "cut", words)


def _end_steps(deadline: Deadline, counted: Count, calendar: Calendar) -> Iterator[Step]:
    last_day, end = deadline.last_day, deadline.period.end_of_day
    closing = "" if end == MIDNIGHT else "（停止业务活动的时间）"
    mark = MARK if deadline.provisional else ""
    yield Step(last_day, last_day, "end", f"截止 {last_day} {end}{closing}{mark}", ART_END_OF_DAY)
    if deadline.provisional:
        since = counted.first if deadline.period.unit == WORKING_DAYS else counted.nominal
        days = sorted((since, counted.last))
        years = [str(year) for year in _provisional_years(days[0], days[1], calendar)]
        words = f"{'、'.join(years)} 年放假通知尚未公布，暂按法定节假日和周末推算，通知录入后重新计算"
        yield _step(days[0], days[1], "provisional", words, PROVISIONAL_BY)


def _provisional_years(early: int, late: int, calendar: Calendar) -> Iterator[int]:
    for year in range(day_of(early).year, day_of(late).year + 1):
        if calendar.is_provisional(date(year, 12, 31)):
            yield year


def _runs(numbers: Iterable[int], scene: _Scene) -> Iterator[Run]:
    """Days in the order in which they are walked, as runs of the same kind, name and source."""

    def described(number: int) -> tuple[str, str, str]:
        for still in scene.stills:
            if still.begins <= number <= still.ends:
                return STOPPED, f"中止{_in_brackets(still.name)}", still.clause
        kind, name = scene.calendar.why_number(number)
        if kind == WORKING:
            return COUNTED, "", ""
        if kind == MAKE_UP:
            return COUNTED, _worked(number), scene.calendar.source_of(day_of(number))
        return (SKIPPED, "周末", "") if kind == WEEKEND else (SKIPPED, name, scene.calendar.source_of(day_of(number)))

    for (kind, name, source), days in groupby(numbers, key=described):
        walked = list(days)
        yield Run(min(walked), max(walked), kind, name, source)


def _passed_over(run: Run, rule: str) -> Step:
    """Rest days, or days on which time stood still."""
    words = f"{_span(run.early, run.late)} {run.name}"
    if run.kind == STOPPED:
        return _step(run.early, run.late, STOPPED, f"{words}，不计入", run.source)
    return _step(run.early, run.late, SKIPPED, f"{words} 休{_in_brackets(run.source)}", rule)


def _in_brackets(words: str) -> str:
    return f"（{words}）" if words else ""


def _days(walked_from: int, walked_to: int) -> range:
    """From one day to the other, both included, forward or back."""
    step = 1 if walked_to >= walked_from else -1
    return range(walked_from, walked_to + step, step)


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


def _step(early: int, late: int, kind: str, words: str, rule: str = "", number: int = 0) -> Step:
    return Step(day_of(early), day_of(late), kind, words, rule, number)
