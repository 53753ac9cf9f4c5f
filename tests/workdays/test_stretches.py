"""Months, quarters and years by name."""

from datetime import date

import pytest

from app import workdays


@pytest.mark.parametrize(
    ("day", "every", "key", "first", "after"),
    [
        (date(2026, 1, 1), "quarter", "2026Q1", date(2026, 1, 1), date(2026, 4, 1)),
        (date(2026, 3, 31), "quarter", "2026Q1", date(2026, 1, 1), date(2026, 4, 1)),
        (date(2026, 12, 31), "quarter", "2026Q4", date(2026, 10, 1), date(2027, 1, 1)),
        (date(2026, 12, 1), "month", "2026-12", date(2026, 12, 1), date(2027, 1, 1)),
        (date(2024, 2, 29), "month", "2024-02", date(2024, 2, 1), date(2024, 3, 1)),
        (date(2026, 5, 5), "year", "2026", date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_stretches_of_time_have_keys_and_are_found_by_them(day, every, key, first, after):
    found = workdays.stretch_of(day, every)

    assert (found.key, found.first, found.after) == (key, first, after)
    assert found.last.toordinal() + 1 == after.toordinal()
    assert workdays.stretch_named(key) == found


@pytest.mark.parametrize("key", ["2026Q0", "2026Q5", "2026-13", "2026-00", "26", "2026-3", ""])
def test_what_is_no_key_is_refused(key):
    with pytest.raises(ValueError, match="^" + key + "$"):
        workdays.stretch_named(key)
