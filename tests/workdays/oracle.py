"""A second opinion on legal deadlines: slow, obvious, one day at a time, and sharing no line with the product.

It knows the national calendar by its own means. Up to 2026 it reads the tables of the `chinese_calendar` package;
from 2027 to 2100 it works out the provisional days itself. It knows no region, no closure, no stop.

A deadline is provisional when its answer asked the calendar about a provisional day, for then the notice of that year
may still move it:

- working days: every day that is walked over, counted or not; the start too, if it may count as day one;
- days, months, years, fixed date, day of the next month: the last day as first found, and each day it rolls over;
- without roll, these five never ask the calendar, and are never provisional (a title that ends in 2029 ends that day).

Left open by the rules and decided here:

- a period counted back never counts the day it is counted from, whatever the programme says of first days;
- without roll a result counted back stays where it falls;
- a fixed date counted back is the latest one on or before the start; a day of the next month has no way back;
- a day that its month lacks (day 31, 29 February) is the month's last day, as with periods in months;
- two holidays on one Sunday are made up for twice; on one weekday they are one day off;
- a last day outside 2004-2100 isn't judged, even where no calendar is asked.
"""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache

from chinese_calendar.constants import holidays, workdays
from lunardate import LunarDate

FIRST_YEAR, LAST_NOTICED_YEAR, LAST_YEAR = 2004, 2026, 2100
SATURDAY = 5
ONE_DAY = timedelta(days=1)
BEIJING = timezone(timedelta(hours=8))  # with no summer time since 1992

# `lunardate` ends with the lunar year 2099. These three were found from the new moons, as the test of this file shows.
BEYOND_LUNARDATE = {
    (2100, 1, 1): date(2100, 2, 9),
    (2100, 5, 5): date(2100, 6, 12),
    (2100, 8, 15): date(2100, 9, 18),
}


class Walker:
    """Answers for single days, and remembers whether any of them was provisional."""

    def __init__(self) -> None:
        self.provisional = False

    def works(self, day: date) -> bool:
        if day.year > LAST_NOTICED_YEAR:
            self.provisional = True
        return is_working_day(day)


def last_day(
    start: date, amount: int | str, unit: str, first_day_counts: bool, roll: str, before: bool
) -> tuple[date, bool]:
    """The last day of a period, and whether it is provisional.

    `unit` is working_days, days, months, years, fixed_date (amount "MM-DD") or day_of_next_month; `roll` is "next" or
    "none". Raises ValueError where the walk or its result leaves the years 2004-2100, or where the rules give no day.
    """
    walker = Walker()
    if unit == "working_days":
        if before:
            day = working_days_back(walker, start, amount)
        else:
            day = working_days_on(walker, start, amount, first_day_counts)
    elif unit == "days":
        day = days_back(start, amount) if before else days_on(start, amount, first_day_counts)
    elif unit == "months":
        day = months_back(start, amount) if before else months_on(start, amount, first_day_counts)
    elif unit == "years":
        day = months_back(start, amount * 12) if before else months_on(start, amount * 12, first_day_counts)
    elif unit == "fixed_date":
        day = nearest_day_named(start, amount, before)
    elif unit == "day_of_next_month" and not before:
        day = day_of_next_month(start, amount)
    else:
        raise ValueError(f"no rule for {unit}, before={before}")
    if roll == "next" and unit != "working_days":
        while not walker.works(day):
            day = day - ONE_DAY if before else day + ONE_DAY
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"{day} is outside the calendar")
    return day, walker.provisional


def end_of(day: date) -> datetime:
    """The first instant after `day` in Beijing."""
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING) + ONE_DAY


# Counting.

def working_days_on(walker: Walker, start: date, amount: int, first_day_counts: bool) -> date:
    day = start if first_day_counts else start + ONE_DAY
    counted = 0
    while True:
        if walker.works(day):
            counted += 1
        if counted == amount:
            return day
        day += ONE_DAY


def working_days_back(walker: Walker, start: date, amount: int) -> date:
    day = start
    counted = 0
    while counted < amount:
        day -= ONE_DAY
        if walker.works(day):
            counted += 1
    return day


def days_on(start: date, amount: int, first_day_counts: bool) -> date:
    day = start if first_day_counts else start + ONE_DAY
    for _ in range(amount - 1):
        day += ONE_DAY
    return day


def days_back(start: date, amount: int) -> date:
    day = start
    for _ in range(amount):
        day -= ONE_DAY
    return day


def months_on(start: date, amount: int, first_day_counts: bool) -> date:
    year, month = start.year, start.month
    for _ in range(amount):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    if start.day not in days_of_month(year, month):
        return date(year, month, max(days_of_month(year, month)))
    corresponding = date(year, month, start.day)
    return corresponding - ONE_DAY if first_day_counts else corresponding


def months_back(start: date, amount: int) -> date:
    year, month = start.year, start.month
    for _ in range(amount):
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    return date(year, month, min(start.day, max(days_of_month(year, month))))


def nearest_day_named(start: date, month_and_day: str, before: bool) -> date:
    month, number = (int(part) for part in month_and_day.split("-"))
    day = start
    while not (day.month == month and day.day == min(number, max(days_of_month(day.year, month)))):
        day = day - ONE_DAY if before else day + ONE_DAY
    return day


def day_of_next_month(start: date, number: int) -> date:
    day = start
    while day.month == start.month:
        day += ONE_DAY
    return day.replace(day=min(number, max(days_of_month(day.year, day.month))))


@cache
def days_of_month(year: int, month: int) -> list[int]:
    return [day.day for day in days_of_year(year) if day.month == month]


def days_of_year(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += ONE_DAY


# The national calendar.

def is_working_day(day: date) -> bool:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"{day} is outside the calendar")
    if day.year > LAST_NOTICED_YEAR:
        return day not in provisional_days_off(day.year)
    if day in workdays:
        return True
    return day.weekday() < SATURDAY and day not in holidays


@cache
def provisional_days_off(year: int) -> frozenset[date]:
    """Weekends, the holidays for all, and one working day more for each holiday that falls on a weekend."""
    weekends = {day for day in days_of_year(year) if day.weekday() >= SATURDAY}
    off = weekends | set(holidays_for_all(year))
    for holiday in sorted(holidays_for_all(year)):
        if holiday in weekends:
            day = holiday
            while day in off:
                day += ONE_DAY
            off.add(day)
    return frozenset(off)


def holidays_for_all(year: int) -> list[date]:
    """The thirteen holidays of a year; a day is in it twice when Mid-Autumn lies in the National Day holiday."""
    spring_festival = solar(year, 1, 1)
    return [
        date(year, 1, 1),
        spring_festival - ONE_DAY, spring_festival, spring_festival + ONE_DAY, spring_festival + 2 * ONE_DAY,
        qingming(year),
        date(year, 5, 1), date(year, 5, 2),
        solar(year, 5, 5),
        solar(year, 8, 15),
        date(year, 10, 1), date(year, 10, 2), date(year, 10, 3),
    ]


def solar(year: int, lunar_month: int, lunar_day: int) -> date:
    """The Gregorian day of a day of the lunar year that begins in `year`."""
    if (year, lunar_month, lunar_day) in BEYOND_LUNARDATE:
        return BEYOND_LUNARDATE[year, lunar_month, lunar_day]
    return LunarDate(year, lunar_month, lunar_day).to_solar_date()


def qingming(year: int) -> date:
    """The day in Beijing on which the sun reaches a longitude of 15 degrees."""
    day = date(year, 4, 1)
    while sun_longitude(end_of(day)) < 15:
        day += ONE_DAY
    return day


def sun_longitude(at: datetime) -> float:
    """Apparent longitude of the sun in degrees, right to about 0.01, which it travels in a quarter of an hour.

    The method of low accuracy of Meeus, Astronomical Algorithms, chapter 25.
    """
    centuries = (at - datetime(2000, 1, 1, 12, tzinfo=UTC)) / timedelta(days=36525)
    mean_longitude = 280.46646 + 36000.76983 * centuries + 0.0003032 * centuries**2
    anomaly = math.radians(357.52911 + 35999.05029 * centuries - 0.0001537 * centuries**2)
    centre = (
        (1.914602 - 0.004817 * centuries) * math.sin(anomaly)
        + 0.019993 * math.sin(2 * anomaly)
        + 0.000289 * math.sin(3 * anomaly)
    )
    node = math.radians(125.04 - 1934.136 * centuries)
    return (mean_longitude + centre - 0.00569 - 0.00478 * math.sin(node)) % 360
