"""Extensions, and what is left at a stop: worked by hand from the rules and the calendar of 2026, and properties."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.errors import Invalid
from app.workdays import Period, deadline, explain, left, national_calendar

CALENDAR = national_calendar()


@pytest.mark.parametrize(
    ("amount", "unit", "more", "start", "expected"),
    [
        (5, "working_days", 2, "2026-09-23", "2026-10-10"),  # as seven working days: a made-up working Saturday
        (10, "working_days", 5, "2026-09-21", "2026-10-19"),
        (10, "days", 5, "2026-09-16", "2026-10-08"),  # 1 October is in the National Day holiday
        (3, "months", 3, "2025-08-31", "2026-02-28"),  # as six months: the month's last day, worked
        (1, "years", 1, "2024-02-29", "2026-02-28"),  # there is no 29 February 2026; the 28th is worked
    ],
)
def test_an_extended_period_is_counted_as_one_that_was_longer_from_its_start(amount, unit, more, start, expected):
    found = deadline(Period(amount, unit, extension=more), date.fromisoformat(start), CALENDAR)

    assert found.last_day == deadline(Period(amount + more, unit), date.fromisoformat(start), CALENDAR).last_day
    assert found.last_day == date.fromisoformat(expected)


def test_the_explanation_tells_the_period_and_what_it_was_extended_by():
    told = explain(Period(5, "working_days", extension=2), date(2026, 9, 23), CALENDAR).as_text()

    assert told.startswith("期限：5 个工作日，延长 2 个工作日")
    assert told.endswith("截止 2026-10-10 24:00〔民法典第二百零三条第二款〕")


@pytest.mark.parametrize(
    ("settings", "extension"),
    [({"amount": 5, "unit": "days"}, -1), ({"amount": 5, "unit": "days"}, True), ({"amount": 5, "unit": "days"}, "3"),
     ({"amount": 5, "unit": "days", "before": True}, 1), ({"amount": 10, "unit": "day_of_next_month"}, 1),
     ({"amount": 1, "unit": "fixed_date", "month_day": "09-15"}, 1)],
)
def test_what_cannot_be_extended_is_refused_by_name(settings, extension):
    with pytest.raises(Invalid) as refusal:
        Period(**settings, extension=extension)

    assert list(refusal.value.fields) == ["extension"]


@pytest.mark.parametrize(
    ("text", "start", "stops", "since", "expected"),
    [
        ("5 working_days", "2026-09-23", [], "2026-09-24", 5),  # 24, 28, 29, 30 September, 8 October
        ("5 working_days", "2026-09-23", [], "2026-10-01", 1),
        ("5 working_days", "2026-09-23", [("2026-09-24", "2026-09-28")], "2026-09-29", 5),
        ("5 working_days", "2026-09-23", [("2026-09-28", "2026-09-30")], "2026-09-29", 4),  # a ground within another
        ("10 days", "2026-09-16", [], "2026-09-20", 7),  # 20 to 26 September, though the last day rolls to the 28th
        ("1 months", "2026-09-16", [], "2026-10-10", 7),  # 10 to 16 October
        ("5 working_days", "2026-09-23", [], "2026-09-01", 5),
    ],
)
def test_what_is_left_at_a_stop(text, start, stops, since, expected):
    closed = [(date.fromisoformat(begins), date.fromisoformat(ends)) for begins, ends in stops]

    assert left(Period.parse(text), date.fromisoformat(start), CALENDAR, closed, date.fromisoformat(since)) == expected


@given(
    st.dates(date(2010, 1, 1), date(2024, 12, 31)), st.integers(1, 40), st.integers(0, 60), st.integers(1, 40),
    st.sampled_from(["working_days", "days", "months"]),
)
def test_what_was_left_runs_on_from_the_day_after(start, amount, after, length, unit):
    """What was left, counted anew from the day on which the stop ended, ends on the same day."""
    period, begins = Period(amount, unit), start + timedelta(days=1 + after)
    without = deadline(period, start, CALENDAR)
    last = without.last_day if unit == "working_days" else without.nominal_day
    assume(begins <= last)
    ends = begins + timedelta(days=length)
    rest = left(period, start, CALENDAR, [], begins)

    found = deadline(period, start, CALENDAR, [(begins, ends)])
    assume(rest)
    again = deadline(Period(rest, "working_days" if unit == "working_days" else "days"), ends, CALENDAR)

    assert found.last_day == again.last_day


@given(
    st.dates(date(2010, 1, 1), date(2024, 12, 31)), st.integers(1, 40), st.integers(1, 40), st.integers(-10, 60),
    st.integers(0, 30), st.sampled_from(["working_days", "days", "months", "years"]),
)
def test_an_extension_never_shortens_and_agrees_with_its_explanation(start, amount, more, after, length, unit):
    begins = start + timedelta(days=after)
    stops = [(begins, begins + timedelta(days=length))]
    extended = Period(amount, unit, extension=more)

    found = deadline(extended, start, CALENDAR, stops)

    assert found.last_day >= deadline(Period(amount, unit), start, CALENDAR, stops).last_day
    assert explain(extended, start, CALENDAR, stops).deadline == found
