"""The worked examples of how a period is computed, as one table."""

from datetime import date

import pytest

from app.workdays import Period, deadline, explain, national_calendar

TITLE = {"roll": "none"}
COUNTED = {"first_day_counts": True}
BACK = {"before": True}

EXAMPLES = [
    # start, period, settings, last day, provisional
    ("2026-02-12", "5 working_days", {}, "2026-02-26", False),
    ("2026-02-12", "5 working_days", COUNTED, "2026-02-25", False),
    ("2026-09-23", "5 working_days", {}, "2026-10-08", False),
    ("2026-09-23", "7 working_days", {}, "2026-10-10", False),
    ("2025-09-29", "5 working_days", {}, "2025-10-13", False),
    ("2025-08-31", "6 months", {}, "2026-02-28", False),
    ("2025-08-17", "6 months", {}, "2026-02-24", False),
    ("2025-07-04", "3 months", {}, "2025-10-09", False),
    ("2026-04-30", "10 day_of_next_month", {}, "2026-05-11", False),
    ("2026-04-01", "10 day_of_next_month", {}, "2026-05-11", False),
    ("2026-09-30", "10 day_of_next_month", {}, "2026-10-10", False),
    ("2024-09-01", "09-15 fixed_date", {}, "2024-09-18", False),
    ("2025-06-01", "06-15 fixed_date", {}, "2025-06-16", False),
    ("2026-11-21", "3 years", TITLE, "2029-11-21", False),
    ("2026-11-21", "3 years", TITLE | COUNTED, "2029-11-20", False),
    ("2026-02-21", "5 working_days", COUNTED, "2026-02-28", False),
    ("2026-02-21", "5 working_days", {}, "2026-02-28", False),
    ("2026-10-08", "3 working_days", BACK, "2026-09-28", False),
    ("2024-01-31", "10 day_of_next_month", {}, "2024-02-18", False),
    ("2026-12-31", "10 days", {}, "2027-01-11", True),
    ("2027-01-01", "09-15 fixed_date", {}, "2027-09-16", True),
    ("2026-04-28", "7 working_days", {}, "2026-05-11", False),
    ("2026-04-28", "7 working_days", COUNTED, "2026-05-09", False),
    ("2025-12-30", "5 working_days", {}, "2026-01-07", False),
    ("2025-08-17", "6 months", COUNTED, "2026-02-24", False),
    # Those that stand in the text of the rules.
    ("2026-03-01", "1 months", COUNTED, "2026-03-31", False),
    ("2025-08-31", "6 months", COUNTED, "2026-02-28", False),
    ("2023-08-31", "6 months", {}, "2024-02-29", False),
    ("2026-09-28", "5 working_days", {}, "2026-10-10", False),
]


@pytest.mark.parametrize(("start", "period", "settings", "last_day", "provisional"), EXAMPLES)
def test_every_worked_example_ends_on_its_day(start, period, settings, last_day, provisional):
    asked = Period.parse(period, **settings)

    found = deadline(asked, date.fromisoformat(start), national_calendar())

    assert (found.last_day.isoformat(), found.provisional) == (last_day, provisional)


@pytest.mark.parametrize(("start", "period", "settings", "last_day", "provisional"), EXAMPLES)
def test_every_worked_example_explains_the_day_on_which_it_ends(start, period, settings, last_day, provisional):
    asked = Period.parse(period, **settings)

    steps = explain(asked, date.fromisoformat(start), national_calendar()).steps

    mark = "（暂定）" if provisional else ""
    assert f"截止 {last_day} 24:00{mark}" in [step.words for step in steps]
