"""A deadline drawn as months: the days are what the date's own count made of them."""

from datetime import date

from app.workdays import Period, draw, explain, national_calendar

CALENDAR = national_calendar()


def drawn(text: str, start: str, stops=(), **settings) -> dict[date, object]:
    explanation = explain(Period.parse(text, **settings), date.fromisoformat(start), CALENDAR, stops)
    return {day.day: day for day in draw(explanation, CALENDAR).days}


def test_working_days_over_a_holiday_are_drawn():
    days = drawn("5 working_days", "2026-09-28")

    assert len(days) == 61
    assert days[date(2026, 9, 28)].words == "起算日"
    assert [days[date(2026, 9, day)].words for day in (29, 30)] == ["第 1 个", "第 2 个"]
    assert {days[date(2026, 10, day)].words for day in range(1, 8)} == {"国庆节，不计入"}
    assert days[date(2026, 10, 10)].words == "调休上班，第 5 个，截止日"
    assert days[date(2026, 10, 11)].words == "周日"
    assert days[date(2026, 10, 12)].words == ""


def test_stopped_days_and_a_roll_are_drawn():
    days = drawn("10 days", "2026-11-02", [(date(2026, 11, 4), date(2026, 11, 5))])

    assert [days[date(2026, 11, day)].kind for day in (2, 3, 4, 5, 6, 14, 15, 16)] == [
        "start", "counted", "stopped", "stopped", "counted", "counted", "rest", "between",
    ]
    assert [days[date(2026, 11, day)].number for day in (3, 6, 14)] == [1, 2, 10]
    assert [days[date(2026, 11, day)].words for day in (14, 15, 16)] == ["周六，第 10 个", "周日，不计入", "截止日"]


def test_a_fixed_date_and_a_month_are_drawn_without_numbers():
    named, month = drawn("09-15 fixed_date", "2024-09-01"), drawn("1 months", "2026-04-01")

    assert [named[date(2024, 9, day)].kind for day in (1, 14, 15, 16, 17, 18)] == [
        "start", "between", "between", "rest", "rest", "between",
    ]
    assert [day for day in named.values() if day.is_last][0].day == date(2024, 9, 18)
    assert month[date(2026, 4, 2)].words == "计入"


def test_a_counted_first_day_is_counted_and_counting_back_numbers_from_the_end():
    first = drawn("2 working_days", "2026-11-02", first_day_counts=True)
    back = drawn("3 days", "2026-11-06", before=True)

    assert [first[date(2026, 11, day)].words for day in (2, 3)] == ["第 1 个", "第 2 个，截止日"]
    assert [back[date(2026, 11, day)].words for day in (3, 4, 5, 6)] == [
        "第 3 个，截止日", "第 2 个", "第 1 个", "起算日",
    ]


def test_of_a_long_way_the_first_month_and_the_last_two_are_drawn():
    drawing = draw(explain(Period(3, "years", roll="none"), date(2026, 11, 21), CALENDAR), CALENDAR)

    assert [(month.year, month.month) for month in drawing.months] == [(2026, 11), (2029, 10), (2029, 11)]
    assert drawing.left_out == 34
