"""A number of the section obligations that is written otherwise is noticed."""

import pytest

from tests import living
from tests.obligations import owing

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

PERIOD = "  report_opens:\n    name: 开放报送\n    amount: {}\n"


def lived_to_september(clock_at, granted_on: str = "2025-11-20", **written: str):
    lived = owing.titled(clock_at, granted_on, **written)
    living.pass_time(clock_at, "2026-09-16 00:00")
    return owing.duties(lived), [(key, cause.partition(":")[2]) for key, cause, _status in owing.sanctions(lived)]


def test_as_it_is_shipped(database, clock_at):
    owed, proposed = lived_to_september(clock_at)

    assert list(owed) == ["2026-03-15", "2026-06-15", "2026-09-15"]
    assert proposed == [("reporting_circular", "2026-06-15"), ("reporting_revocation", "2026-09-15")]


@pytest.mark.parametrize(("circular", "revocation", "days"), [
    (1, 2, ["2026-03-15", "2026-06-15"]), (1, 3, ["2026-03-15", "2026-09-15"]), (2, 4, ["2026-06-15"]),
    (3, 4, ["2026-09-15"]),
])
def test_hbi_13_so_many_misses_in_a_row_as_the_programme_says(database, clock_at, circular, revocation, days):
    _owed, proposed = lived_to_september(clock_at, **{
        "in_a_row: 2, sanction: reporting_circular": f"in_a_row: {circular}, sanction: reporting_circular",
        "in_a_row: 3, sanction: reporting_revocation": f"in_a_row: {revocation}, sanction: reporting_revocation",
    })

    assert proposed == list(zip(("reporting_circular", "reporting_revocation"), days, strict=False))


def test_hbi_13_a_due_day_that_is_one_off_proposes_otherwise(database, clock_at):
    _owed, proposed = lived_to_september(clock_at, **{
        'dates: ["03-15", "06-15", "09-15", "12-15"]': 'dates: ["03-15", "06-15", "09-16", "12-15"]'
    })

    assert proposed == [("reporting_circular", "2026-06-15")]


@pytest.mark.parametrize(("days", "granted_on", "first"), [
    (30, "2026-02-13", "2026-03-15"), (31, "2026-02-13", "2026-06-15"), (29, "2026-02-14", "2026-03-15"),
])
def test_d23_the_least_days_before_the_first_report(database, clock_at, days, granted_on, first):
    changed = {} if days == 30 else {"first_period_min_days: 30": f"first_period_min_days: {days}"}

    owed, _proposed = lived_to_september(clock_at, granted_on, **changed)

    assert next(iter(owed)) == first


@pytest.mark.parametrize(("days", "opened"), [(20, {"2026-06-15": "open"}), (19, {})])
def test_the_lead_with_which_a_case_opens(database, clock_at, days, opened):
    changed = {} if days == 20 else {PERIOD.format(20): PERIOD.format(days)}
    lived = owing.titled(clock_at, "2026-03-20", **changed)

    living.pass_time(clock_at, "2026-05-18 09:00")

    assert owing.duties(lived) == opened
