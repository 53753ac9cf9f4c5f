"""From a period to its last day: the rules of 民法典 Art. 200-204 over the table of a calendar.

Every question is a handful of look-ups, however long the period. `count` works with the numbers of days; the deadline
and its explanation both come from what it returns, so they can't disagree.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from app import clock
from app.errors import Invalid
from app.workdays.calendars import DAYS_HELD, FIRST_DAY, ORIGIN, Calendar, day_of
from app.workdays.notices import FIRST_YEAR, LAST_YEAR
from app.workdays.periods import DAY_OF_NEXT_MONTH, DAYS, FIXED_DATE, MIDNIGHT, MONTHS, WORKING_DAYS, Period

Stop = tuple[date, date]
Pause = tuple[int, int]

# Beijing has been eight hours ahead of UTC, without summer time, since 1992: each day starts 24 hours after the last.
_FIRST_INSTANT = clock.day_start(FIRST_DAY)

# Counting back without a roll asks no calendar and may leave the table; it goes no further back than this.
_EARLIEST_YEAR = 1949
_EARLIEST = date(_EARLIEST_YEAR, 1, 1).toordinal() - ORIGIN


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of a period and the instant at which it ends.

    `ends_at`: aware, UTC, exclusive: nothing is overdue before it, and an act at this very instant is late.
    `provisional`: a day on which the result depends lies in a year whose notice isn't known. A period that neither
        counts working days nor rolls depends on no notice and is never provisional.
    `nominal_day`: the last day before it rolled; the same as `last_day` where nothing rolled.
    """

    start: date
    last_day: date
    ends_at: datetime
    provisional: bool
    nominal_day: date
    period: Period


class Count(NamedTuple):
    """How a period was counted, in numbers of days.

    `first`: the first day that may count (counting back: the last, nearest to the start). `nominal`: the last day
    before it rolled, `last` after. `pauses`: stops that don't overlap, in order, both ends stopped. `cut_at`: the
    day at which the period is cut, None where it isn't.
    """

    start: int
    first: int
    nominal: int
    last: int
    pauses: Sequence[Pause]
    provisional: bool
    cut_at: int | None = None

    @property
    def ends(self) -> int:
        """The day with which the period is over."""
        return self.last if self.cut_at is None else self.cut_at


def deadline(period: Period, start: date, calendar: Calendar, stops: Sequence[Stop] = ()) -> Deadline:
    """The deadline of a period that starts on `start`, a date in Beijing from 2004 to 2100.

    `stops` are pairs of the day on which a stop began and the day on which it ended, neither of which counts. Where the
    law is silent, the reading that leaves more time is taken: a last day never falls on a stopped day, also after a
    roll; a date (`fixed_date`, `day_of_next_month`) moves by the stopped days from the start on; a deadline that
    counts back isn't moved by stops, as nothing of it is left to run.

    Raises Invalid by the name of what is wrong: start, stops (ends before it begins), amount (runs past 2100; counting
    back, before 2004 where a calendar is asked, else before 1949). Source: 民法典 Art. 200-204; 行政许可法 Art. 82.
    """
    return deadline_of(period, count(period, start, calendar, stops))


def day_after(day: date) -> date:
    """The first day on which what lasted up to and including a day is over."""
    return day + timedelta(days=1)


def deadline_of(period: Period, counted: Count) -> Deadline:
    """What was counted, as dates and an instant."""
    return Deadline(
        start=day_of(counted.start),
        last_day=day_of(counted.ends),
        ends_at=_end_of(counted.ends, period.end_of_day),
        provisional=counted.provisional,
        nominal_day=day_of(counted.nominal),
        period=period,
    )


def count(period: Period, start: date, calendar: Calendar, stops: Sequence[Stop] = ()) -> Count:
    """Count a period; see `deadline` for what it takes and raises."""
    counted = _counted(period, start, calendar, stops)
    return _cut(counted, period, calendar) if period.not_after else counted


def _counted(period: Period, start: date, calendar: Calendar, stops: Sequence[Stop]) -> Count:
    begin = _begin(start)
    pauses = _pauses(stops) if stops and not period.before else ()
    if period.unit == WORKING_DAYS:
        return _count_working_days(period, begin, calendar, pauses)
    first, nominal = _count_back(period, start, begin) if period.before else _count_on(period, start, begin)
    nominal = _held(_lengthened(nominal, first, pauses), period)
    if period.roll == "none":
        return Count(begin, first, nominal, nominal, pauses, provisional=False)
    last = _rolled_back(nominal, calendar, period) if period.before else _rolled(nominal, calendar, period, pauses)
    return Count(begin, first, nominal, last, pauses, _touches_provisional(calendar, nominal, last))


def _cut(counted: Count, period: Period, calendar: Calendar) -> Count:
    """The count cut at the period's `not_after`, where that is earlier and leaves the period a day that counts."""
    limit = _begin(date.fromisoformat(period.not_after))
    cut_at = limit if period.roll == "none" else _working_day_from(limit, calendar, period)
    stands_still = any(begins <= cut_at <= ends for begins, ends in counted.pauses)
    if not counted.first <= cut_at < counted.last or stands_still:
        return counted
    asks = not _asks_no_calendar(period)
    return counted._replace(cut_at=cut_at, provisional=asks and _touches_provisional(calendar, counted.first, cut_at))


def _count_working_days(period: Period, begin: int, calendar: Calendar, pauses: Sequence[Pause]) -> Count:
    """The n-th working day from the first that may count; stopped ones push it on. Source: 行政许可法 Art. 82."""
    worked_before, working_days = calendar.worked_before, calendar.working_days
    if period.before:
        place = worked_before[begin] - period.amount
        if place < 0:
            raise _beyond(period)
        last = working_days[place]
        return Count(begin, begin - 1, last, last, pauses, _touches_provisional(calendar, begin - 1, last))
    first = begin if period.first_day_counts else begin + 1
    place = worked_before[first] + period.length - 1
    if place >= len(working_days):
        raise _beyond(period)
    last = working_days[place]
    for pause_begins, pause_ends in pauses:
        if pause_begins > last:
            break
        if pause_ends >= first:
            place += worked_before[pause_ends + 1] - worked_before[max(pause_begins, first)]
            if place >= len(working_days):
                raise _beyond(period)
            last = working_days[place]
    return Count(begin, first, last, last, pauses, _touches_provisional(calendar, first, last))


def _count_on(period: Period, start: date, begin: int) -> tuple[int, int]:
    """First day that counts and nominal last day of a period in days, months, years, or of a date."""
    if period.unit == FIXED_DATE:
        return begin, _fixed_date(period, start, begin)
    if period.unit == DAY_OF_NEXT_MONTH:
        return begin, _day_in(start, 1, period.amount, period)
    counts = period.first_day_counts
    first = begin if counts else begin + 1
    if period.unit == DAYS:
        return first, begin + period.length - counts
    # Art. 202: the corresponding day, or the month's last where there is none. A counted first day takes one day off
    # the corresponding day, not off the month's last.
    last = _day_in(start, _months(period), start.day, period)
    return first, last - (counts and day_of(last).day == start.day)


def _count_back(period: Period, start: date, begin: int) -> tuple[int, int]:
    """The same, mirrored: the start is the day from which one counts back, and isn't counted."""
    if period.unit == FIXED_DATE:
        return begin, _fixed_date(period, start, begin)
    if period.unit == DAYS:
        return begin - 1, begin - period.amount
    return begin - 1, _day_in(start, -_months(period), start.day, period)


def _fixed_date(period: Period, start: date, begin: int) -> int:
    """The next such date on or after the start; counting back, the last one on or before it."""
    month, day = period.month_and_day
    this_year = _day_in(start, month - start.month, day, period)
    if period.before:
        return this_year if this_year <= begin else _day_in(start, month - start.month - 12, day, period)
    return this_year if this_year >= begin else _day_in(start, month - start.month + 12, day, period)


def _months(period: Period) -> int:
    return period.length if period.unit == MONTHS else 12 * period.length


def _day_in(start: date, months: int, day: int, period: Period) -> int:
    """The number of a day in the month that lies `months` after the start's, cut to that month's last day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    # One year beyond the table, for a counted first day: 2100-12-01 and a month end on 2100-12-31.
    if not _EARLIEST_YEAR <= year <= LAST_YEAR + 1:
        raise _beyond(period)
    if day > 28:
        day = min(day, monthrange(year, month + 1)[1])
    return date(year, month + 1, day).toordinal() - ORIGIN


def _lengthened(last: int, first: int, pauses: Sequence[Pause]) -> int:
    """The last day moved on by the stopped days that the period meets."""
    for pause_begins, pause_ends in pauses:
        if pause_begins > last:
            break
        if pause_ends >= first:
            last += pause_ends - max(pause_begins, first) + 1
    return last


def _rolled(nominal: int, calendar: Calendar, period: Period, pauses: Sequence[Pause]) -> int:
    """The first working day on or after the nominal last day that isn't stopped. Source: 民法典 Art. 203."""
    last = _working_day_from(nominal, calendar, period)
    for pause_begins, pause_ends in pauses:
        if pause_begins <= last <= pause_ends:
            last = _working_day_from(pause_ends + 1, calendar, period)
    return last


def _working_day_from(number: int, calendar: Calendar, period: Period) -> int:
    place = calendar.worked_before[number]
    if place == len(calendar.working_days):
        raise _beyond(period)
    return calendar.working_days[place]


def _rolled_back(nominal: int, calendar: Calendar, period: Period) -> int:
    """The last working day on or before the nominal day: what counts back is never moved later."""
    place = calendar.worked_before[nominal + 1] - 1
    if place < 0:
        raise _beyond(period)
    return calendar.working_days[place]


def _touches_provisional(calendar: Calendar, one: int, other: int) -> bool:
    early, late = (one, other) if one <= other else (other, one)
    return calendar.provisional_before[late + 1] > calendar.provisional_before[early]


def _begin(start: date) -> int:
    if isinstance(start, datetime):
        raise TypeError("a period starts on a date in Beijing; convert an instant with clock.local(...).date()")
    begin = start.toordinal() - ORIGIN
    if not 0 <= begin < DAYS_HELD:
        raise Invalid({"start": [f"起算日 {start} 不在 {FIRST_YEAR} 至 {LAST_YEAR} 年之间；请核对起算日。"]})
    return begin


def _pauses(stops: Sequence[Stop]) -> list[Pause]:
    """Stops as numbers of days, in order, overlapping ones joined and what lies outside the table cut off."""
    joined: list[Pause] = []
    for begins_on, ends_on in sorted(stops):
        if ends_on < begins_on:
            raise Invalid({"stops": [f"中止自 {begins_on} 起、至 {ends_on} 止，止日早于起日；请核对。"]})
        begins, ends = max(begins_on.toordinal() - ORIGIN, 0), min(ends_on.toordinal() - ORIGIN, DAYS_HELD - 1)
        if joined and begins <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], ends)
        elif begins <= ends:
            joined.append((begins, ends))
    return joined


def _held(number: int, period: Period) -> int:
    """The day itself, if the table has it or needn't."""
    earliest = _EARLIEST if _asks_no_calendar(period) else 0
    if not earliest <= number < DAYS_HELD:
        raise _beyond(period)
    return number


def _asks_no_calendar(period: Period) -> bool:
    return period.roll == "none" and period.unit != WORKING_DAYS


def _beyond(period: Period) -> Invalid:
    earliest = _EARLIEST_YEAR if _asks_no_calendar(period) else FIRST_YEAR
    edge = f"早于 {earliest} 年" if period.before else f"超出 {LAST_YEAR} 年"
    return Invalid({"amount": [f"期限“{period.words}”算出的日期{edge}，无法推算；请核对数量和起算日。"]})


def _end_of(number: int, end_of_day: str) -> datetime:
    if end_of_day == MIDNIGHT:
        return _FIRST_INSTANT + timedelta(days=number + 1)
    return _FIRST_INSTANT + timedelta(days=number, hours=int(end_of_day[:2]), minutes=int(end_of_day[3:]))
