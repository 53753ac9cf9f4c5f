"""Due days, what a report is about, and the first one of a title."""

from datetime import date

import pytest

from app import workdays
from app.obligations import schedule
from app.programmes.life import Obligation
from app.workdays import Period


def rule(**given) -> Obligation:
    plain = {"key": "r", "name": "报送", "reporter": "holder", "schedule": "dates", "period": "p", "opens": "o",
             "form": "f", "clause": "HBI-13.1", "dates": ("03-15", "06-15", "09-15", "12-15")}
    return Obligation(**{**plain, **given})


QUARTERLY = rule(first_period_min_days=30)
MONTHLY = rule(schedule="monthly", day=10, dates=(), covers="calendar_month")
YEARLY = rule(schedule="yearly", dates=("03-31",), covers="calendar_year")


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(("which", "after", "due"), [
    (QUARTERLY, "2026-03-14", "2026-03-15"),
    (QUARTERLY, "2026-03-15", "2026-06-15"),
    (QUARTERLY, "2026-12-15", "2027-03-15"),
    (MONTHLY, "2026-01-09", "2026-01-10"),
    (MONTHLY, "2026-01-10", "2026-02-10"),
    (MONTHLY, "2026-12-31", "2027-01-10"),
    (rule(schedule="monthly", day=31, dates=()), "2026-01-31", "2026-02-28"),
    (rule(schedule="monthly", day=31, dates=()), "2026-02-28", "2026-03-31"),
    (YEARLY, "2026-03-31", "2027-03-31"),
    (rule(schedule="yearly", dates=("02-29",)), "2027-02-28", "2028-02-29"),
])
def test_the_next_due_day(which, after, due):
    assert schedule.next_due(which, day(after)) == day(due)
    assert schedule.due_before(which, day(due)) <= day(after)
    assert schedule.next_due(which, schedule.due_before(which, day(due))) == day(due)


@pytest.mark.parametrize(("which", "due", "since", "until"), [
    (QUARTERLY, "2026-06-15", "2026-03-16", "2026-06-15"),
    (QUARTERLY, "2026-03-15", "2025-12-16", "2026-03-15"),
    (MONTHLY, "2026-03-10", "2026-02-01", "2026-02-28"),
    (MONTHLY, "2026-01-10", "2025-12-01", "2025-12-31"),
    (YEARLY, "2026-03-31", "2025-01-01", "2025-12-31"),
])
def test_d24_what_a_report_is_about(which, due, since, until):
    assert schedule.covers(which, day(due)) == (day(since), day(until))


@pytest.mark.parametrize(("begin", "due"), [
    ("2026-02-13", "2026-03-15"),
    ("2026-02-14", "2026-06-15"),
    ("2026-03-14", "2026-06-15"),
])
def test_d23_the_first_due_day_is_thirty_days_after_recognition(begin, due):
    assert schedule.first_due(QUARTERLY, begin=day(begin), today=day(begin)) == day(due)


def test_without_least_days_it_is_the_next_one():
    assert schedule.first_due(rule(), begin=day("2026-03-14"), today=day("2026-03-14")) == day("2026-03-15")


def test_nobody_owes_what_was_due_before_the_register_knew_the_title():
    assert schedule.first_due(QUARTERLY, begin=day("2024-05-20"), today=day("2026-03-15")) == day("2026-06-15")


def test_a_month_before_the_title_is_not_reported():
    assert schedule.first_due(MONTHLY, begin=day("2026-04-01"), today=day("2026-04-01")) == day("2026-05-10")
    assert schedule.first_due(MONTHLY, begin=day("2026-03-31"), today=day("2026-03-31")) == day("2026-04-10")


def test_the_case_opens_so_many_working_days_before():
    period = Period(20, "working_days", before=True)

    opened = schedule.opening_day(period, day("2026-06-15"), workdays.national_calendar())

    assert opened == day("2026-05-18")


def test_the_due_days_between_two_days():
    found = schedule.due_between(QUARTERLY, day("2025-06-15"), day("2025-12-15"))

    assert found == [day("2025-06-15"), day("2025-09-15")]
