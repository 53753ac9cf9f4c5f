"""A second opinion on the announced years: the package `holidays`, which keeps its own table of the same notices."""

from dataclasses import dataclass
from datetime import date, timedelta

from app.workdays.calendars import FIRST_DAY, Calendar


@dataclass(frozen=True)
class Difference:
    """A day on which the two disagree; `ours` and `theirs` say what each holds it for."""

    day: date
    ours: str
    theirs: str


@dataclass(frozen=True)
class Report:
    """The years that both know, and the days on which they differ."""

    years: tuple[int, ...]
    differences: tuple[Difference, ...]

    def as_json(self) -> dict[str, object]:
        """Years, and each difference with day (ISO), ours, theirs."""
        return {
            "years": list(self.years),
            "differences": [
                {"day": one.day.isoformat(), "ours": one.ours, "theirs": one.theirs} for one in self.differences
            ],
        }


def compare(calendar: Calendar) -> Report:
    """Compare a national calendar with `holidays`, day by day, in every year in which both speak.

    A provisional year is left out: neither knows its notice. So is a year of which `holidays` knows no made-up working
    day and the calendar does, for its table ends before.
    """
    # Loaded on use: the command that compares is its only reader.
    from holidays import country_holidays

    years, found = [], []
    for year in range(FIRST_DAY.year, _last_year(calendar) + 1):
        theirs = country_holidays("CN", years=year, language="zh_CN")
        if not any(day.year == year for day in theirs.weekend_workdays):
            continue
        years.append(year)
        day = date(year, 1, 1)
        while day.year == year:
            if calendar.is_working_day(day) != theirs.is_working_day(day):
                name = theirs.get(day) or ("工作日" if theirs.is_working_day(day) else "周末")
                found.append(Difference(day, calendar.why(day)[1], name))
            day += timedelta(days=1)
    return Report(tuple(years), tuple(found))


def _last_year(calendar: Calendar) -> int:
    """The last year before the first provisional one."""
    year = FIRST_DAY.year
    while not calendar.is_provisional(date(year, 12, 31)):
        year += 1
    return year - 1
