"""How much of a period is left while its clock stands still."""

from collections.abc import Sequence
from datetime import date

from app.workdays.calendars import ORIGIN, Calendar
from app.workdays.counting import Stop, count
from app.workdays.periods import WORKING_DAYS, Period


def left(period: Period, start: date, calendar: Calendar, stops: Sequence[Stop], since: date) -> int:
    """What runs on once a stop that began on `since` ends: working days of a working-day period, days of any other.

    `stops` are those that ended already. The day on which the stop began isn't used up. Months and years are turned
    into days at the stop; a roll at the end is no part of what is left. Raises what `deadline` raises.
    """
    counted = count(period, start, calendar, stops)
    first = max(counted.first, since.toordinal() - ORIGIN)
    last = counted.last if period.unit == WORKING_DAYS else counted.nominal
    days = (number for number in range(first, last + 1) if not _is_stopped(number, counted.pauses))
    if period.unit != WORKING_DAYS:
        return sum(1 for _ in days)
    return sum(calendar.worked_before[number + 1] - calendar.worked_before[number] for number in days)


def _is_stopped(number: int, pauses: Sequence[tuple[int, int]]) -> bool:
    return any(begins <= number <= ends for begins, ends in pauses)
