"""Date, explanation and drawing agree: what an official reads, counted again by hand, gives the day that was set.

Nothing here asks the calendar or the counting code: the steps' words alone are read.
"""

import re
from datetime import date, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from app.workdays import FIRST_DAY, LAST_DAY, Explanation, Period, deadline, draw, explain, national_calendar
from tests.workdays.test_properties import amounts, periods, starts, stops_after

CALENDAR = national_calendar()
ONE_DAY = timedelta(days=1)

_SPAN = r"(?P<one>\d{4}-\d\d-\d\d)(?: 至 (?P<other>(?:\d{4}-)?\d\d-\d\d))?"
_COUNTED = re.compile(_SPAN + r" (?:周[六日]调休上班\S* )?(?:倒数)?第 (?P<low>\d+)(?: 至第 (?P<high>\d+))? 个工作日$")
_ALL_DAYS = re.compile(_SPAN + r" 逐日计算，共 (?P<count>\d+) 日$")
_NAMED = re.compile(r"(?P<one>\d{4}-\d\d-\d\d) 为(?!基准日)")
_STOPPED = re.compile(_SPAN + r" 中止\S*，(?P<count>\d+) 日不计入$")
_GOES_ON = re.compile(r"中止共 (?P<count>\d+) 日，所余期间接续计算，至 (?P<one>\d{4}-\d\d-\d\d)$")
_STOPPED_REST = _SPAN.replace("one", "from").replace("other", "to") + r" 中止，不计入$"
_REST = re.compile(_SPAN + r" \S+ 休(?:（[^（）]+）)?$|" + _STOPPED_REST)
_MOVED = re.compile(r"最后一日不是工作日，(?P<way>顺延至下|提前至前)一个工作日 (?P<one>\d{4}-\d\d-\d\d)$")
_END = re.compile(r"截止 (?P<one>\d{4}-\d\d-\d\d) 24:00(?P<mark>（暂定）)?$")


def span(found: re.Match) -> list[date]:
    """The days that a step speaks of, as its words have them."""
    groups = found.groupdict()
    written, until = groups.get("one") or groups["from"], groups.get("other") or groups.get("to")
    one = date.fromisoformat(written)
    other = one if until is None else date.fromisoformat(until if len(until) == 10 else f"{one.year}-{until}")
    return [one + n * ONE_DAY for n in range((other - one).days + 1)]


def read_again(explanation: Explanation) -> tuple[date, int, bool]:
    """What a person finds who follows the steps with a pencil: last day, how many days were counted, provisional."""
    reached, numbers, ticked, way = None, [], 0, 0
    passed: set[date] = set()
    for words in (step.words for step in explanation.steps):
        if found := _COUNTED.match(words):
            days, low, high = span(found), int(found["low"]), int(found["high"] or found["low"])
            numbers += range(min(low, high), max(low, high) + 1)
            assert abs(high - low) + 1 == len(days)
            reached = days[-1] if low <= high and "倒数" not in words else days[0]
        elif found := _ALL_DAYS.match(words):
            days, ticked = span(found), int(found["count"])
            assert len(days) == ticked
            reached = days[0] if explanation.deadline.period.before else days[-1]
        elif found := _GOES_ON.match(words):
            assert int(found["count"]) == way
            assert reached + int(found["count"]) * ONE_DAY == date.fromisoformat(found["one"])
            reached = date.fromisoformat(found["one"])
        elif found := _STOPPED.match(words):
            assert len(span(found)) == int(found["count"])
            way += int(found["count"])
        elif found := _MOVED.match(words):
            expected = max(passed) + ONE_DAY if found["way"] == "顺延至下" else min(passed) - ONE_DAY
            assert date.fromisoformat(found["one"]) == expected
            assert reached in passed
            reached = expected
        elif found := _NAMED.match(words):
            reached = date.fromisoformat(found["one"])
        elif found := _REST.match(words):
            passed |= set(span(found))
        elif found := _END.match(words):
            assert date.fromisoformat(found["one"]) == reached
            marked = bool(found["mark"])
    assert numbers == sorted(numbers) == list(range(1, len(numbers) + 1))
    return reached, len(numbers) or ticked, marked


@given(st.data(), starts, periods())
@example(None, date(2026, 9, 28), Period(5, "working_days"))
@example(None, date(2025, 8, 31), Period(6, "months"))
@example(None, date(2026, 12, 31), Period(10, "days"))
@example(None, date(2026, 10, 5), Period(1, "days", before=True))
def test_the_steps_followed_by_hand_lead_to_the_last_day(data, start, period):
    stops = data.draw(stops_after(start)) if data else []

    last_day, count, marked = read_again(explain(period, start, CALENDAR, stops))

    found = deadline(period, start, CALENDAR, stops)
    assert (last_day, marked) == (found.last_day, found.provisional)
    assert count == (period.amount if period.unit in ("working_days", "days") else 0)


@given(starts, amounts, st.booleans())
def test_adding_a_working_day_never_goes_backwards_from_any_day(start, amount, counts):
    period = Period(amount, "working_days", first_day_counts=counts)
    found = deadline(period, start, CALENDAR)

    assert found.last_day >= start if counts else found.last_day > start
    one_more = Period(amount + 1, "working_days", first_day_counts=counts)
    assert deadline(one_more, start, CALENDAR).last_day > found.last_day
    assert deadline(period, start + ONE_DAY, CALENDAR).last_day >= found.last_day
    assert found.ends_at < deadline(Period(1, "working_days"), found.last_day, CALENDAR).ends_at


@given(st.data(), starts, periods())
def test_a_stop_that_ends_where_it_began_to_matter_moves_the_day_by_no_more_than_it_holds(data, start, period):
    begins = start + timedelta(days=data.draw(st.integers(-5, 60)))
    length = data.draw(st.integers(0, 20))
    stop = [(begins, begins + length * ONE_DAY)]

    plain, stopped = deadline(period, start, CALENDAR), deadline(period, start, CALENDAR, stop)

    assert stopped.last_day >= plain.last_day
    if stop[0][0] > plain.last_day or stop[0][1] < start or period.before:
        assert stopped.last_day == plain.last_day


@given(st.data(), starts, periods())
def test_the_drawing_has_the_days_that_the_explanation_tells(data, start, period):
    stops = data.draw(stops_after(start))
    explanation = explain(period, start, CALENDAR, stops)

    drawing = draw(explanation, CALENDAR)

    days = {day.day: day for day in drawing.days}
    assert [day.day for day in days.values() if day.is_last] == [explanation.deadline.last_day]
    assert "截止日" in days[explanation.deadline.last_day].words
    if drawing.left_out:
        return
    told = {
        kind: {step.from_day + n * ONE_DAY for step in explanation.steps if step.kind == kind
               for n in range((step.until_day - step.from_day).days + 1)}
        for kind in ("counted", "stopped")
    }
    assert {day for day, shown in days.items() if shown.kind == "stopped"} == told["stopped"]
    if period.unit == "working_days":
        assert {day for day, shown in days.items() if shown.kind == "counted"} == told["counted"]
    if period.unit in ("working_days", "days"):
        numbers = sorted(shown.number for shown in days.values() if shown.kind == "counted")
        assert numbers == list(range(1, period.amount + 1))


@given(st.dates(FIRST_DAY, LAST_DAY - timedelta(days=400)), st.integers(1, 30))
def test_every_day_of_the_table_can_be_drawn(start, amount):
    explanation = explain(Period(amount, "working_days"), start, CALENDAR)

    assert draw(explanation, CALENDAR).months
