"""Counting: boundaries of each rule, festivals, year ends, stops, provisional years, limits."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app import clock
from app.errors import Invalid
from app.workdays import LAST_DAY, Period, calendar_for, deadline, explain, national_calendar

CALENDAR = national_calendar()


def last_day(text: str, start: str, stops: tuple[tuple[str, str], ...] = (), **settings) -> str:
    read = [(date.fromisoformat(begins), date.fromisoformat(ends)) for begins, ends in stops]
    return str(deadline(Period.parse(text, **settings), date.fromisoformat(start), CALENDAR, read).last_day)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        # Up to the Spring Festival of 2026, over it, and to the made-up Saturday after it.
        (1, "2026-02-13"),
        (2, "2026-02-14"),
        (3, "2026-02-24"),
        (6, "2026-02-27"),
        (7, "2026-02-28"),
        (8, "2026-03-02"),
    ],
)
def test_working_days_over_the_spring_festival(amount, expected):
    assert last_day(f"{amount} working_days", "2026-02-12") == expected


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(1, "2026-09-30"), (2, "2026-10-08"), (3, "2026-10-09"), (4, "2026-10-10"), (5, "2026-10-12")],
)
def test_working_days_over_national_day(amount, expected):
    assert last_day(f"{amount} working_days", "2026-09-29") == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [("2025-12-30", "2025-12-31"), ("2025-12-31", "2026-01-04"), ("2026-01-01", "2026-01-04")],
)
def test_a_working_day_over_the_years_end(start, expected):
    assert last_day("1 working_days", start) == expected


def test_the_days_off_that_were_added_inside_2020_are_no_working_days():
    assert last_day("1 working_days", "2020-01-23") == "2020-02-03"
    assert last_day("8 days", "2020-01-23") == "2020-02-03"


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-09-20", "2026-09-30"),  # a working Wednesday stays
        ("2026-09-21", "2026-10-08"),  # 1 October is a holiday
        ("2026-09-28", "2026-10-08"),  # the first working day after it stays
        ("2026-09-30", "2026-10-10"),  # a made-up Saturday stays
        ("2026-10-01", "2026-10-12"),  # an ordinary Sunday
    ],
)
def test_a_period_in_days_rolls_only_off_rest_days(start, expected):
    assert last_day("10 days", start) == expected


def test_a_period_that_does_not_roll_ends_on_its_calendar_day():
    assert last_day("10 days", "2026-09-21", roll="none") == "2026-10-01"


@pytest.mark.parametrize(
    ("start", "text", "expected"),
    [
        ("2026-09-30", "1 days", "2026-09-30"),
        ("2026-09-29", "2 days", "2026-09-30"),
        ("2026-09-29", "3 days", "2026-10-08"),
        ("2026-03-01", "1 months", "2026-03-31"),
        ("2025-01-29", "1 months", "2025-02-28"),
        ("2025-01-28", "1 months", "2025-02-27"),
        ("2024-02-29", "1 years", "2025-02-28"),
        ("2024-03-01", "1 years", "2025-02-28"),
    ],
)
def test_a_counted_first_day_ends_the_period_a_day_earlier(start, text, expected):
    assert last_day(text, start, first_day_counts=True) == expected


@pytest.mark.parametrize(
    ("start", "text", "expected"),
    [
        ("2025-01-28", "1 months", "2025-02-28"),
        ("2025-01-31", "1 months", "2025-02-28"),
        ("2024-01-31", "1 months", "2024-02-29"),
        ("2024-02-29", "1 years", "2025-02-28"),
        ("2024-02-29", "4 years", "2028-02-29"),
        ("2025-11-30", "3 months", "2026-02-28"),
        ("2025-12-31", "12 months", "2026-12-31"),
        ("2025-12-15", "1 months", "2026-01-15"),
    ],
)
def test_months_and_years_end_on_the_corresponding_day_or_the_months_last(start, text, expected):
    assert last_day(text, start, roll="none") == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [("2024-09-14", "2024-09-18"), ("2024-09-15", "2024-09-18"), ("2024-09-16", "2025-09-15")],
)
def test_a_fixed_date_is_the_next_on_or_after_the_start(start, expected):
    assert last_day("09-15 fixed_date", start) == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [("2026-03-16", "2026-03-13"), ("2026-03-15", "2026-03-13"), ("2026-03-14", "2025-03-14")],
)
def test_a_fixed_date_counted_back_is_the_last_on_or_before_the_start(start, expected):
    assert last_day("03-15 fixed_date", start, before=True) == expected


def test_the_twenty_ninth_of_february_is_the_months_last_day_in_a_common_year():
    assert last_day("02-29 fixed_date", "2027-01-01", roll="none") == "2027-02-28"
    assert last_day("02-29 fixed_date", "2028-01-01", roll="none") == "2028-02-29"


@pytest.mark.parametrize(
    ("start", "text", "expected"),
    [
        ("2026-12-01", "10 day_of_next_month", "2027-01-11"),
        ("2026-01-31", "31 day_of_next_month", "2026-02-28"),
        ("2026-02-01", "31 day_of_next_month", "2026-03-31"),
    ],
)
def test_a_day_of_the_next_month_is_cut_to_the_months_last(start, text, expected):
    assert last_day(text, start) == expected


@pytest.mark.parametrize(
    ("start", "text", "expected"),
    [
        ("2026-10-10", "1 working_days", "2026-10-09"),
        ("2026-10-09", "1 working_days", "2026-10-08"),
        ("2026-10-08", "1 working_days", "2026-09-30"),
        ("2026-10-05", "1 working_days", "2026-09-30"),
        ("2026-10-11", "1 days", "2026-10-10"),
        ("2026-10-08", "1 days", "2026-09-30"),
        ("2026-08-31", "6 months", "2026-02-28"),
        ("2026-11-01", "1 months", "2026-09-30"),
        ("2029-11-21", "1 years", "2028-11-21"),
    ],
)
def test_counting_back_leaves_out_the_start_and_never_rolls_later(start, text, expected):
    assert last_day(text, start, before=True) == expected


def test_counting_back_without_a_roll_stays_on_its_calendar_day():
    assert last_day("1 days", "2026-10-08", before=True, roll="none") == "2026-10-07"


def test_counting_back_never_counts_the_day_itself_even_if_a_first_day_would_count():
    assert last_day("1 working_days", "2026-10-09", before=True, first_day_counts=True) == "2026-10-08"


@pytest.mark.parametrize(
    ("stops", "expected"),
    [
        ((), "2026-11-06"),
        # Five working days from Monday 2 November; both ends of a stop are stopped.
        ((("2026-11-04", "2026-11-04"),), "2026-11-09"),
        ((("2026-11-04", "2026-11-05"),), "2026-11-10"),
        # A stop over a weekend holds no working day.
        ((("2026-11-07", "2026-11-08"),), "2026-11-06"),
        # It begins on the last day, and a day too late.
        ((("2026-11-06", "2026-11-06"),), "2026-11-09"),
        ((("2026-11-09", "2026-11-13"),), "2026-11-06"),
        # It ended on the start day, and a day after.
        ((("2026-10-20", "2026-10-30"),), "2026-11-06"),
        ((("2026-10-20", "2026-11-02"),), "2026-11-09"),
        # Two that overlap count once, in any order; the second begins only because of the first.
        ((("2026-11-05", "2026-11-06"), ("2026-11-04", "2026-11-05")), "2026-11-11"),
        ((("2026-11-03", "2026-11-03"), ("2026-11-09", "2026-11-09")), "2026-11-10"),
        ((("2026-11-03", "2026-11-06"), ("2026-11-04", "2026-11-05")), "2026-11-12"),
    ],
)
def test_stopped_working_days_push_a_working_day_period_on(stops, expected):
    assert last_day("5 working_days", "2026-10-30", stops) == expected


@pytest.mark.parametrize(
    ("text", "stops", "expected"),
    [
        ("10 days", (), "2026-11-10"),
        ("10 days", (("2026-11-03", "2026-11-05"),), "2026-11-13"),
        ("10 days", (("2026-11-10", "2026-11-10"),), "2026-11-11"),
        ("10 days", (("2026-11-11", "2026-11-30"),), "2026-11-10"),
        ("10 days", (("2026-10-01", "2026-10-31"),), "2026-11-10"),
        ("10 days", (("2026-10-01", "2026-11-01"),), "2026-11-11"),
        # What was left rolls like any last day.
        ("10 days", (("2026-11-03", "2026-11-06"),), "2026-11-16"),
        ("1 months", (("2026-11-03", "2026-11-12"),), "2026-12-10"),
        ("1 months", (("2026-11-03", "2026-11-12"), ("2026-12-10", "2026-12-10")), "2026-12-11"),
        ("1 years", (("2026-11-03", "2026-11-04"),), "2027-11-02"),
    ],
)
def test_stopped_days_push_any_other_period_on(text, stops, expected):
    assert last_day(text, "2026-10-31", stops) == expected


def test_a_last_day_never_rolls_onto_a_stopped_day():
    # The nominal last day is Saturday 7 November; Monday is stopped, so Tuesday it is.
    assert last_day("7 days", "2026-10-31", (("2026-11-09", "2026-11-09"),)) == "2026-11-10"


def test_a_date_moves_by_the_days_stopped_since_the_start():
    assert last_day("11-10 fixed_date", "2026-11-02", (("2026-11-04", "2026-11-05"),)) == "2026-11-12"
    assert last_day("10 day_of_next_month", "2026-10-15", (("2026-11-04", "2026-11-05"),)) == "2026-11-12"


def test_a_deadline_that_counts_back_is_not_moved_by_stops():
    assert last_day("3 working_days", "2026-11-12", (("2026-11-10", "2026-11-11"),), before=True) == "2026-11-09"


def test_a_stop_that_ends_before_it_begins_is_refused_by_name():
    with pytest.raises(Invalid) as refusal:
        last_day("5 working_days", "2026-11-02", (("2026-11-05", "2026-11-04"),))

    assert list(refusal.value.fields) == ["stops"]


def test_a_stop_that_lasts_beyond_the_calendar_is_refused():
    with pytest.raises(Invalid) as refusal:
        last_day("5 working_days", "2026-11-02", (("2026-11-05", "2101-01-01"),))

    assert list(refusal.value.fields) == ["amount"]


def test_a_stop_from_before_the_calendar_counts_from_the_start_on():
    assert last_day("1 days", "2004-01-04", (("1999-01-01", "2004-01-05"),)) == "2004-01-06"


@pytest.mark.parametrize(
    ("text", "start", "settings", "provisional"),
    [
        # A working-day period touches the days that it counts.
        ("1 working_days", "2026-12-30", {}, False),
        ("1 working_days", "2026-12-31", {}, True),
        ("1 working_days", "2026-12-31", {"first_day_counts": True}, False),
        ("1 working_days", "2027-01-01", {"before": True}, False),
        ("1 working_days", "2027-01-02", {"before": True}, True),
        # Any other touches the days that decide whether it rolls.
        ("10 days", "2026-12-21", {}, False),
        ("10 days", "2026-12-22", {}, True),
        ("10 days", "2026-12-22", {"roll": "none"}, False),
        ("3 years", "2026-11-21", {"roll": "none"}, False),
        ("3 years", "2026-11-21", {}, True),
        ("60 days", "2027-02-01", {"before": True}, False),
    ],
)
def test_a_deadline_is_provisional_if_a_day_it_depends_on_is(text, start, settings, provisional):
    found = deadline(Period.parse(text, **settings), date.fromisoformat(start), CALENDAR)

    assert found.provisional is provisional


def test_entering_the_notice_makes_the_deadline_final():
    period, start = Period(1, "working_days"), date(2026, 12, 31)
    entered = CALENDAR.with_notice(2027, {date(2027, 1, day): "元旦" for day in (1, 2, 3, 4)}, {})

    found = deadline(period, start, entered)

    assert (found.last_day, found.provisional) == (date(2027, 1, 5), False)


def test_a_closure_in_the_region_moves_its_deadlines_alone():
    period, start = Period(1, "working_days"), date(2026, 8, 3)
    closed = calendar_for("440000").with_days({date(2026, 8, 4): "台风停工"})

    assert deadline(period, start, closed).last_day == date(2026, 8, 5)
    assert deadline(period, start, calendar_for("440000")).last_day == date(2026, 8, 4)


def test_the_last_day_ends_when_the_next_begins_in_beijing():
    found = deadline(Period(1, "days"), date(2026, 11, 2), CALENDAR)

    assert found.ends_at == datetime(2026, 11, 3, 16, tzinfo=UTC)
    assert found.ends_at.tzinfo is UTC


def test_a_counters_last_day_ends_when_it_closes():
    found = deadline(Period(1, "days", end_of_day="17:30"), date(2026, 11, 2), CALENDAR)

    assert found.ends_at == datetime(2026, 11, 3, 9, 30, tzinfo=UTC)


def test_the_day_before_the_roll_is_kept():
    found = deadline(Period(3, "months"), date(2025, 7, 4), CALENDAR)

    assert (found.nominal_day, found.last_day) == (date(2025, 10, 4), date(2025, 10, 9))


@pytest.mark.parametrize("start", [date(2003, 12, 31), date(2101, 1, 1), date(1, 1, 1), date(9999, 12, 31)])
def test_a_start_outside_the_years_held_is_refused_by_name(start):
    with pytest.raises(Invalid) as refusal:
        deadline(Period(1, "days"), start, CALENDAR)

    assert list(refusal.value.fields) == ["start"]


def test_the_first_and_last_start_are_taken():
    assert last_day("1 days", "2004-01-01") == "2004-01-02"
    assert last_day("1 days", "2100-12-30") == "2100-12-31"


def test_an_instant_is_no_start():
    with pytest.raises(TypeError, match="Beijing"):
        deadline(Period(1, "days"), datetime(2026, 11, 2, tzinfo=UTC), CALENDAR)


@pytest.mark.parametrize("unit", ["working_days", "days", "months", "years"])
@pytest.mark.parametrize("settings", [{}, {"roll": "none"}, {"before": True}, {"before": True, "roll": "none"}])
@pytest.mark.parametrize("amount", [100_000, 10**30])
def test_an_amount_that_leaves_the_calendar_is_refused_by_name(unit, settings, amount):
    with pytest.raises(Invalid) as refusal:
        deadline(Period(amount, unit, **settings), date(2026, 11, 2), CALENDAR)

    assert list(refusal.value.fields) == ["amount"]


@pytest.mark.parametrize(
    ("text", "start", "settings"),
    [
        ("1 days", "2100-12-31", {}),
        ("1 months", "2100-12-31", {}),
        ("6 months", "2100-08-31", {"first_day_counts": True}),
        ("1 working_days", "2100-12-31", {}),
        ("01-01 fixed_date", "2100-01-02", {}),
        ("1 day_of_next_month", "2100-12-01", {}),
        ("1 working_days", "2004-01-02", {"before": True}),
        ("1 days", "2004-01-02", {"before": True}),
        ("1 days", "2004-01-01", {"before": True}),
    ],
)
def test_a_last_day_just_outside_the_calendar_is_refused_by_name(text, start, settings):
    with pytest.raises(Invalid) as refusal:
        last_day(text, start, **settings)

    assert list(refusal.value.fields) == ["amount"]


def test_the_last_day_of_the_calendar_can_be_reached():
    assert last_day("1 months", "2100-12-01", first_day_counts=True) == str(LAST_DAY)
    assert last_day("31 day_of_next_month", "2100-11-30") == str(LAST_DAY)


def test_counting_back_without_a_roll_needs_no_calendar():
    assert last_day("1 days", "2004-01-01", before=True, roll="none") == "2003-12-31"
    assert last_day("55 years", "2004-01-01", before=True, roll="none") == "1949-01-01"


def test_each_day_is_shown_once_by_walking_the_working_days_of_a_year():
    walked, day = [], date(2025, 12, 31)
    while day < date(2026, 12, 31):
        day = deadline(Period(1, "working_days"), day, CALENDAR).last_day
        walked.append(day)

    every = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    assert walked == [day for day in every if CALENDAR.is_working_day(day)]


@pytest.mark.parametrize(
    ("start", "not_after", "roll", "last", "why"),
    [
        ("2026-03-12", "2026-03-18", "next", "2026-03-18", "five working days would end on the 19th"),
        ("2026-03-12", "2026-03-19", "next", "2026-03-19", "the very day it ends on"),
        ("2026-03-12", "2026-03-15", "next", "2026-03-16", "a Sunday rolls as the period does"),
        ("2026-03-12", "2026-03-15", "none", "2026-03-15", "a Sunday stays where nothing rolls"),
        ("2026-03-12", "2026-03-13", "next", "2026-03-13", "one day is left"),
        ("2026-03-12", "2026-03-12", "next", "2026-03-19", "no day would be left: uncut"),
        ("2026-03-12", "2026-02-02", "next", "2026-03-19", "that day is over: uncut"),
    ],
)
def test_a_period_is_cut_at_the_day_that_it_must_not_pass(start, not_after, roll, last, why):
    period = Period(5, "working_days", roll=roll, not_after=not_after)

    found = deadline(period, date.fromisoformat(start), national_calendar())

    assert found.last_day == date.fromisoformat(last), why
    assert found.ends_at == clock.day_start(found.last_day + timedelta(days=1))
    end = next(step for step in explain(period, found.start, national_calendar()).steps if step.kind == "end")
    assert end.until_day == found.last_day


def test_a_cut_that_falls_into_a_stop_is_passed_over():
    period = Period(5, "working_days", not_after="2026-03-18")
    stop = (date(2026, 3, 17), date(2026, 3, 18))

    assert deadline(period, date(2026, 3, 12), national_calendar(), [stop]).last_day == date(2026, 3, 23)


def test_a_cut_may_be_provisional():
    assert deadline(Period(30, "days", not_after="2027-01-02"), date(2026, 12, 20), national_calendar()).provisional


@pytest.mark.parametrize(
    "settings", [{"not_after": "18.3.2026"}, {"not_after": 5}, {"not_after": "2026-03-18", "before": True}]
)
def test_a_cut_that_makes_no_sense_is_refused_by_name(settings):
    with pytest.raises(Invalid) as refused:
        Period(5, "working_days", **settings)

    assert set(refused.value.fields) == {"not_after"}
