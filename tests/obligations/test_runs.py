"""Misses in a row: what counts, what breaks a run, what does neither."""

from datetime import date

import pytest

from app.obligations import runs
from app.obligations.runs import Report
from app.programmes.life import MissRule
from tests.obligations.test_schedule import rule

QUARTERLY = rule(misses=(MissRule(2, "circular", "HBI-13.2"), MissRule(3, "revocation", "HBI-13.3")))
DAYS = [date(2025, 3, 15), date(2025, 6, 15), date(2025, 9, 15), date(2025, 12, 15), date(2026, 3, 15)]
LETTERS = {"m": "missed", "l": "late", "d": "done", "e": "excused", "h": "held", "o": "open", "v": "void"}


def reports(letters: str) -> list[Report]:
    return [
        Report(day.isoformat(), day, LETTERS[letter], day) for letter, day in zip(letters, DAYS, strict=False)
    ]


@pytest.mark.parametrize(("letters", "wanted"), [
    ("m", []),
    ("mm", [("circular", 1)]),
    ("mmm", [("circular", 1), ("revocation", 2)]),
    ("mmmm", [("circular", 1), ("revocation", 2)]),
    ("mmd", [("circular", 1)]),
    ("mmdm", [("circular", 1)]),
    ("mdm", []),
    ("mlm", [("circular", 1), ("revocation", 2)]),
    ("mem", [("circular", 2)]),
    ("mhhm", [("circular", 3)]),
    ("mom", [("circular", 2)]),
    ("mvm", [("circular", 2)]),
    ("eee", []),
    ("mdmm", [("circular", 3)]),
])
def test_d9_misses_in_a_row_are_counted_over_what_was_due(letters, wanted):
    found = runs.consequences(QUARTERLY, reports(letters))

    assert [(one.sanction, DAYS.index(run[-1].due_on)) for one, run in found] == wanted


def test_d10_where_a_late_report_is_no_miss_it_ends_the_run():
    lenient = rule(misses=QUARTERLY.misses, late_is_miss=False)

    assert runs.consequences(lenient, reports("mlm")) == []


def test_the_order_is_that_of_the_due_days_and_not_that_in_which_they_were_written():
    found = runs.consequences(QUARTERLY, list(reversed(reports("mm"))))

    assert [report.period for report in found[0][1]] == ["2025-03-15", "2025-06-15"]
