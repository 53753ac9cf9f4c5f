"""Months, quarters and years of the calendar, by name: stretches of days that something is reported or sampled for."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

_KEY = re.compile(r"(\d{4})(?:Q([1-4])|-(0[1-9]|1[0-2]))?")


@dataclass(frozen=True)
class Stretch:
    """A month, quarter or year: its key ("2026-03", "2026Q1", "2026"), its first and last day, the first day after."""

    key: str
    first: date
    last: date
    after: date


def stretch_of(day: date, every: str) -> Stretch:
    """The month, quarter or year (`every`) in which a day lies."""
    months = {"month": 1, "quarter": 3, "year": 12}[every]
    place = (day.month - 1) // months
    following = (place + 1) * months
    first = date(day.year, place * months + 1, 1)
    after = date(day.year + following // 12, following % 12 + 1, 1)
    keys = {"month": f"{day:%Y-%m}", "quarter": f"{day.year}Q{place + 1}", "year": f"{day.year}"}
    return Stretch(keys[every], first, after - timedelta(days=1), after)


def stretch_named(key: str) -> Stretch:
    """The stretch with a key. Raises ValueError for one that none has."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise ValueError(key)
    year, quarter, month = int(found[1]), found[2], found[3]
    if quarter:
        return stretch_of(date(year, int(quarter) * 3, 1), "quarter")
    return stretch_of(date(year, int(month), 1), "month") if month else stretch_of(date(year, 1, 1), "year")
