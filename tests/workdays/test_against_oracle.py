"""The product's deadlines, through its command line, against the oracle beside this file; first the oracle itself."""

import csv
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from chinese_calendar.constants import Holiday, holidays
from pymeeus.Epoch import Epoch
from pymeeus.Moon import Moon

from tests.workdays import oracle

ROOT = Path(__file__).resolve().parents[2]
SEED = int(os.environ.get("ORACLE_SEED", "20260212"))
ROWS = 20_000
SERVER_ZONES = ("UTC", "Asia/Shanghai", "America/New_York")
COLUMNS = ("start", "amount", "unit", "first_day_counts", "roll", "before")
ON, BACK = False, True
UNITS = ("working_days", "working_days", "days", "months", "years", "fixed_date", "day_of_next_month")
LUNAR_HOLIDAYS = {
    (1, 1): {Holiday.spring_festival.value},
    (5, 5): {Holiday.dragon_boat_festival.value},
    # Some years it lies in the National Day holiday, and the table has that name for it.
    (8, 15): {Holiday.mid_autumn_festival.value, Holiday.national_day.value},
}


# The oracle itself.

@pytest.mark.parametrize(
    ("start", "amount", "unit", "first_day_counts", "roll", "before", "expected", "provisional"),
    [
        ("2026-02-12", 5, "working_days", False, "next", ON, "2026-02-26", False),
        ("2026-02-12", 5, "working_days", True, "next", ON, "2026-02-25", False),
        ("2026-09-23", 5, "working_days", False, "next", ON, "2026-10-08", False),
        ("2026-09-23", 7, "working_days", False, "next", ON, "2026-10-10", False),
        ("2025-09-29", 5, "working_days", False, "next", ON, "2025-10-13", False),
        ("2025-08-31", 6, "months", False, "next", ON, "2026-02-28", False),
        ("2025-08-17", 6, "months", False, "next", ON, "2026-02-24", False),
        ("2025-07-04", 3, "months", False, "next", ON, "2025-10-09", False),
        ("2026-04-01", 10, "day_of_next_month", False, "next", ON, "2026-05-11", False),
        ("2026-04-30", 10, "day_of_next_month", False, "next", ON, "2026-05-11", False),
        ("2026-09-15", 10, "day_of_next_month", False, "next", ON, "2026-10-10", False),
        ("2024-01-01", "09-15", "fixed_date", False, "next", ON, "2024-09-18", False),
        ("2025-06-15", "06-15", "fixed_date", False, "next", ON, "2025-06-16", False),
        ("2026-11-21", 3, "years", False, "none", ON, "2029-11-21", False),
        ("2026-11-21", 3, "years", True, "none", ON, "2029-11-20", False),
        ("2026-02-21", 5, "working_days", True, "next", ON, "2026-02-28", False),
        ("2026-02-21", 5, "working_days", False, "next", ON, "2026-02-28", False),
        ("2026-10-08", 3, "working_days", False, "next", BACK, "2026-09-28", False),
        ("2024-01-31", 10, "day_of_next_month", False, "next", ON, "2024-02-18", False),
        ("2026-12-31", 10, "days", False, "next", ON, "2027-01-11", True),
        ("2026-12-01", "09-15", "fixed_date", False, "next", ON, "2027-09-16", True),
        ("2026-04-28", 7, "working_days", False, "next", ON, "2026-05-11", False),
        ("2026-04-28", 7, "working_days", True, "next", ON, "2026-05-09", False),
        ("2025-12-30", 5, "working_days", False, "next", ON, "2026-01-07", False),
        ("2025-08-17", 6, "months", True, "next", ON, "2026-02-24", False),
        # The examples inside the rules' own text.
        ("2025-08-31", 6, "months", False, "none", ON, "2026-02-28", False),
        ("2023-08-31", 6, "months", False, "none", ON, "2024-02-29", False),
        ("2026-03-01", 1, "months", True, "next", ON, "2026-03-31", False),
        ("2025-08-31", 6, "months", True, "next", ON, "2026-02-28", False),
        # A period ends on the last noticed day, and one day later.
        ("2026-12-30", 1, "working_days", False, "next", ON, "2026-12-31", False),
        ("2026-12-31", 1, "working_days", True, "next", ON, "2026-12-31", False),
        ("2026-12-31", 1, "working_days", False, "next", ON, "2027-01-04", True),
        ("2026-12-31", 1, "days", False, "none", ON, "2027-01-01", False),
        # Counting back: to the rest day's working day before, across a year's end, and from a month's end.
        ("2026-10-10", 5, "days", False, "next", BACK, "2026-09-30", False),
        ("2026-10-10", 5, "days", False, "none", BACK, "2026-10-05", False),
        ("2026-08-31", 6, "months", False, "next", BACK, "2026-02-28", False),
        ("2028-02-29", 2, "years", False, "next", BACK, "2026-02-28", False),
        ("2027-01-05", 3, "working_days", False, "next", BACK, "2026-12-30", True),
        ("2027-01-01", 1, "working_days", False, "next", BACK, "2026-12-31", False),
        ("2027-01-05", 5, "days", False, "next", BACK, "2026-12-31", False),
        # Readings of what the rules leave open, as the oracle's own text has them.
        ("2026-10-08", 3, "working_days", True, "next", BACK, "2026-09-28", False),
        ("2026-01-01", "09-15", "fixed_date", False, "next", BACK, "2025-09-15", False),
        ("2025-01-01", "02-29", "fixed_date", False, "next", ON, "2025-02-28", False),
        ("2024-01-15", 31, "day_of_next_month", False, "next", ON, "2024-02-29", False),
        ("2039-09-30", 1, "working_days", False, "next", ON, "2039-10-07", True),
        ("2028-09-29", 1, "working_days", False, "next", ON, "2028-10-05", True),
    ],
)
def test_the_oracle_agrees_with_every_example_worked_by_hand(
    start, amount, unit, first_day_counts, roll, before, expected, provisional
):
    found = oracle.last_day(date.fromisoformat(start), amount, unit, first_day_counts, roll, before)

    assert found == (date.fromisoformat(expected), provisional)


def test_the_oracle_knows_the_days_off_that_were_added_inside_2020():
    assert not oracle.is_working_day(date(2020, 1, 31))
    assert not oracle.is_working_day(date(2020, 2, 1))
    assert oracle.is_working_day(date(2020, 2, 3))


@pytest.mark.parametrize("year", range(2008, 2027))
def test_the_oracle_finds_qingming_and_the_lunar_holidays_where_the_notices_had_them(year):
    assert holidays[oracle.qingming(year)] == Holiday.tomb_sweeping_day.value
    for month_and_day, names in LUNAR_HOLIDAYS.items():
        day = oracle.solar(year, *month_and_day)
        # The table leaves out some festivals that fall on a Saturday, but has the days off beside them.
        around = {holidays.get(day + timedelta(days=offset)) for offset in (-1, 0, 1)}
        assert not oracle.is_working_day(day)
        assert around & names


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_holidays_for_all_are_off_in_the_years_noticed_since_the_revision_of_2024(year):
    assert [day for day in sorted(oracle.holidays_for_all(year)) if oracle.is_working_day(day)] == []


def test_the_oracle_makes_up_for_the_holidays_of_2027_that_fall_on_a_weekend():
    off_on_weekdays = [f"{day:%m-%d}" for day in sorted(oracle.provisional_days_off(2027)) if day.weekday() < 5]

    new_year, spring_festival, made_up_for_it = ["01-01"], ["02-05", "02-08"], ["02-09", "02-10"]
    qingming, made_up_for_labour_day, dragon_boat, mid_autumn = ["04-05"], ["05-03", "05-04"], ["06-09"], ["09-15"]
    national_day, made_up_for_national_day = ["10-01"], ["10-04", "10-05"]
    assert off_on_weekdays == (
        new_year + spring_festival + made_up_for_it + qingming + made_up_for_labour_day + dragon_boat + mid_autumn
        + national_day + made_up_for_national_day
    )  # fmt: skip


@pytest.mark.parametrize(("lunar_month", "lunar_day"), [(1, 1), (5, 5), (8, 15)])
def test_the_lunar_days_of_2100_follow_from_the_new_moons(lunar_month, lunar_day):
    day = oracle.solar(2100, lunar_month, lunar_day)

    first_of_month = day - timedelta(days=lunar_day - 1)
    assert beijing_day_of_new_moon_near(first_of_month) == first_of_month


def beijing_day_of_new_moon_near(day: date) -> date:
    new_moon = Moon.moon_phase(Epoch(day.year, day.month, day.day), target="new")
    minutes_of_drift, hours_ahead = 2, 8
    year, month, whole_and_part = (new_moon + hours_ahead / 24 - minutes_of_drift / 1440).get_date()
    return date(year, month, int(whole_and_part))


# The product.

@pytest.fixture(scope="module")
def deadlines() -> list[tuple[dict[str, str], tuple[date, bool]]]:
    """Random rows for the command line, each with the oracle's answer."""
    print(f"ORACLE_SEED={SEED}")
    dice = random.Random(SEED)  # noqa: S311
    found = []
    for row in random_rows(dice):
        flags = row["first_day_counts"] == "1", row["roll"], row["before"] == "1"
        amount = row["amount"] if row["unit"] == "fixed_date" else int(row["amount"])
        try:
            answer = oracle.last_day(date.fromisoformat(row["start"]), amount, row["unit"], *flags)
        except ValueError:
            # The period leaves the years that the oracle judges.
            continue
        found.append((row, answer))
        if len(found) == ROWS:
            return found
    return found


def random_rows(dice: random.Random) -> Iterator[dict[str, str]]:
    while True:
        unit = dice.choice(UNITS)
        yield {
            "start": random_start(dice).isoformat(),
            "amount": random_amount(dice, unit),
            "unit": unit,
            "first_day_counts": dice.choice("01"),
            "roll": dice.choice(("next", "none")),
            "before": "0" if unit == "day_of_next_month" else dice.choice("01"),
        }


def random_start(dice: random.Random) -> date:
    """Any day, more often of 2018-2028, and one time in five near a turn of month, festival or notice."""
    year = dice.randint(2018, 2028) if dice.random() < 0.7 else dice.randint(2004, 2035)
    if dice.random() < 0.2:
        turn = dice.choice((date(year, 1, 1), date(year, 3, 1), date(year, 5, 1), date(year, 10, 4), date(2027, 1, 1)))
        return max(turn + timedelta(days=dice.randint(-8, 8)), date(2004, 1, 1))
    return date(year, 1, 1) + timedelta(days=dice.randint(0, 364))


def random_amount(dice: random.Random, unit: str) -> str:
    if unit == "fixed_date":
        return f"{date(2024, 1, 1) + timedelta(days=dice.randint(0, 365)):%m-%d}"
    largest = {"working_days": 300, "days": 1000, "months": 60, "years": 20, "day_of_next_month": 31}[unit]
    return str(dice.randint(1, min(largest, 30)) if dice.random() < 0.7 else dice.randint(1, largest))


@pytest.mark.parametrize("zone", SERVER_ZONES)
def test_the_command_line_agrees_with_the_oracle_whatever_the_servers_time_zone(zone, deadlines, tmp_path):
    batch = tmp_path / "deadlines.csv"
    with batch.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(row for row, _ in deadlines)

    answers = computed_by_the_product(batch, zone)

    assert len(answers) == len(deadlines) == ROWS
    differing = [
        f"{','.join(row.values())}  product: {said(answer)}  oracle: {written(expected)}"
        for (row, expected), answer in zip(deadlines, answers, strict=True)
        if not same(row, answer, expected)
    ]
    assert not differing, f"ORACLE_SEED={SEED} TZ={zone}: {len(differing)} rows differ\n" + "\n".join(differing[:10])


def computed_by_the_product(batch: Path, zone: str) -> list[dict[str, str]]:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", "from app.cli_deadline import deadline; deadline()", "--batch", str(batch)],
        cwd=ROOT, env=os.environ | {"TZ": zone}, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(done.stdout.splitlines()))


def same(row: dict[str, str], answer: dict[str, str], expected: tuple[date, bool]) -> bool:
    day, provisional = expected
    return (
        all(answer[column] == row[column] for column in COLUMNS)
        and answer["last_day"] == day.isoformat()
        and answer["ends_at"] == oracle.end_of(day).isoformat()
        and answer["provisional"] == str(int(provisional))
    )


def said(answer: dict[str, str]) -> str:
    return " ".join(answer[column] for column in ("last_day", "ends_at", "provisional"))


def written(expected: tuple[date, bool]) -> str:
    day, provisional = expected
    return f"{day} {oracle.end_of(day).isoformat()} {int(provisional)}"
