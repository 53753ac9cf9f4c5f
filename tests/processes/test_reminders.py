"""The ladders that the shipped programmes have: each number of them stands here once more, and no clause gives one."""

from datetime import date
from pathlib import Path

import pytest

from app import clock, workdays
from app.cases import deadlines
from app.programmes import package
from app.programmes.programme import Programme

PROCESSES = Path(__file__).parent.parent.parent / "processes"
USUAL = ["2026-10-08 urge", "2026-10-10 urge", "2026-10-12 urge", "2026-10-13 supervise", "2026-10-19 circulate"]
FILLING = ["2026-09-29 urge", "2026-10-10 urge", "2026-10-12 urge"]
CORRECTION = ["2026-10-09 urge", "2026-10-10 urge", "2026-10-12 urge"]
SHIPPED = [
    *(("hebei-institution", key, USUAL) for key in (
        "county_review", "city_review", "scoring", "verifying", "visiting", "listing", "objection_handling", "deciding",
        "announcing",
    )),
    ("hebei-institution", "filling", FILLING),
    ("hebei-institution", "county_correction", CORRECTION),
    ("hebei-institution", "city_correction", CORRECTION),
    *(("baoding-platform", key, USUAL) for key in (
        "filling", "county_review", "city_review", "listing", "announcing", "objection_handling",
    )),
    ("baoding-platform", "correction", CORRECTION),
]


@pytest.mark.parametrize(("programme", "period", "expected"), SHIPPED)
def test_the_rungs_of_a_task_due_on_monday_2026_10_12(programme: str, period: str, expected: list[str]):
    ladder = Programme(package.read_folder(PROCESSES / programme)).periods[period].remind
    calendar = workdays.calendar_for("130600")

    found = [(clock.local(deadlines.rung_at(rung, date(2026, 10, 12), calendar)), rung.level) for rung in ladder]

    assert [f"{at:%Y-%m-%d} {level}" for at, level in found] == expected
    assert {f"{at:%H:%M}" for at, _level in found} == {"08:30"}
