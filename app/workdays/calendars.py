"""The calendar of a region as a table: every day from 2004 to 2100, asked in constant time."""

import re
from array import array
from collections.abc import Mapping
from copy import copy
from datetime import date
from functools import cache
from itertools import accumulate, compress

from app.errors import Invalid
from app.workdays import notices

FIRST_DAY, LAST_DAY = date(notices.FIRST_YEAR, 1, 1), date(notices.LAST_YEAR, 12, 31)
ORIGIN = FIRST_DAY.toordinal()
DAYS_HELD = LAST_DAY.toordinal() - ORIGIN + 1

WORKING, MAKE_UP, WEEKEND, HOLIDAY, CLOSURE = "working", "make_up", "weekend", "holiday", "closure"

_SATURDAY = 5
WEEKDAYS = "周一", "周二", "周三", "周四", "周五", "周六", "周日"
REGION_CODE = re.compile(r"[0-9]{6}(?:[0-9]{3}|[0-9]{6})?")


class Calendar:
    """The working days of one region; never changed, a new notice or closure makes a new calendar.

    Days are held by their number, 0 being 2004-01-01. `worked_before[n]` counts the working days earlier than day n,
    `working_days[k]` is the number of the k-th of them, `provisional_before[n]` counts provisional days likewise.
    """

    __slots__ = ("_provisional", "_special", "_works", "provisional_before", "region", "worked_before", "working_days")

    def __init__(
        self, works: bytes, *, special: Mapping[int, tuple[str, str]], provisional: bytes, region: str = ""
    ) -> None:
        """`works` and `provisional` hold one 0 or 1 a day; `special` the kind and name of days that aren't ordinary."""
        self._works, self._special, self._provisional, self.region = works, special, provisional, region
        self.worked_before = array("i", accumulate(works, initial=0))
        self.working_days = array("i", compress(range(DAYS_HELD), works))
        self.provisional_before = array("i", accumulate(provisional, initial=0))

    def is_working_day(self, day: date) -> bool:
        """Made-up weekends are; holidays, closures and other weekends aren't."""
        return bool(self._works[number_of(day)])

    def is_provisional(self, day: date) -> bool:
        """The notice of the day's year isn't known yet."""
        return bool(self._provisional[number_of(day)])

    def working_days_between(self, after: date, until: date) -> int:
        """How many working days lie after `after` up to and including `until`; negative if `until` is the earlier."""
        return self.worked_before[number_of(until) + 1] - self.worked_before[number_of(after) + 1]

    def working_day_on_or_after(self, day: date) -> date:
        """`day` itself if it is worked, else the next that is. Raises Invalid beyond 2100."""
        count = self.worked_before[number_of(day)]
        if count == len(self.working_days):
            raise Invalid({"day": [f"{day} 以后的工作日历超出 {notices.LAST_YEAR} 年，无法推算。"]})
        return day_of(self.working_days[count])

    def working_day_on_or_before(self, day: date) -> date:
        """`day` itself if it is worked, else the last one that was. Raises Invalid before 2004."""
        count = self.worked_before[number_of(day) + 1]
        if not count:
            raise Invalid({"day": [f"{day} 以前的工作日历早于 {notices.FIRST_YEAR} 年，无法推算。"]})
        return day_of(self.working_days[count - 1])

    def why(self, day: date) -> tuple[str, str]:
        """Kind and Chinese name of a day: ("holiday", "国庆节"), ("make_up", "国庆节调休"), ("weekend", "周六")..."""
        return self.why_number(number_of(day))

    def why_number(self, number: int) -> tuple[str, str]:
        """As `why`, for a day held by its number."""
        if number in self._special:
            return self._special[number]
        weekday = weekday_of(number)
        return (WEEKEND, WEEKDAYS[weekday]) if weekday >= _SATURDAY else (WORKING, "工作日")

    def with_days(self, extra_off: Mapping[date, str], extra_on: Mapping[date, str] | None = None) -> "Calendar":
        """This calendar with closures and extra working days of its own, each with its Chinese name.

        A typhoon day, a regional holiday. The days stay provisional in a year that is: its notice may still move them.
        """
        extra_on = extra_on or {}
        _check_named(extra_off, extra_on)
        works, special = bytearray(self._works), dict(self._special)
        for day, name in extra_off.items():
            works[number_of(day)], special[number_of(day)] = 0, (CLOSURE, name)
        for day, name in extra_on.items():
            works[number_of(day)], special[number_of(day)] = 1, (MAKE_UP, name)
        return Calendar(bytes(works), special=special, provisional=self._provisional, region=self.region)

    def with_notice(self, year: int, off: Mapping[date, str], on: Mapping[date, str]) -> "Calendar":
        """This calendar with the year's notice entered or corrected: the year is known and as the notice says.

        `off` are the days of the holidays, weekends among them or not, `on` the weekends that are worked; each has
        the name of its holiday. A notice may also name days of the December before. What was held of the year is
        forgotten, so enter notices in the order of their years and closures (`with_days`) after them.
        """
        _check_named(off, on)
        _check_of_year(year, [*off, *on])
        works, provisional, special = bytearray(self._works), bytearray(self._provisional), dict(self._special)
        for number in _numbers_of(year):
            works[number], provisional[number] = weekday_of(number) < _SATURDAY, 0
            special.pop(number, None)
        for day, name in off.items():
            works[number_of(day)], special[number_of(day)] = 0, (HOLIDAY, name)
        for day, name in on.items():
            works[number_of(day)], special[number_of(day)] = 1, (MAKE_UP, f"{name}调休")
        return Calendar(bytes(works), special=special, provisional=bytes(provisional), region=self.region)

    def in_region(self, region: str) -> "Calendar":
        """The same days, under the name of a region. The tables are shared."""
        named = copy(self)
        named.region = region
        return named

    def changed_days(self, other: "Calendar") -> list[date]:
        """The days that are worked in one of the two and not in the other, or provisional in one only."""
        held = zip(self._works, other._works, self._provisional, other._provisional, strict=True)
        return [
            day_of(number)
            for number, (works, worked, open_, opened) in enumerate(held)
            if works != worked or open_ != opened
        ]


@cache
def national_calendar() -> Calendar:
    """The calendar of the State Council's notices: announced years, then provisional ones by rule, to 2100."""
    china = notices.NationalChina()
    works = bytearray(weekday_of(number) < _SATURDAY for number in range(DAYS_HELD))
    provisional, special = bytearray(DAYS_HELD), {}
    for year in range(notices.FIRST_YEAR, notices.LAST_YEAR + 1):
        for day, name in china.holidays(year):
            works[number_of(day)], special[number_of(day)] = 0, (HOLIDAY, name)
        if year not in notices.announced_years():
            for number in _numbers_of(year):
                provisional[number] = 1
    for day, name in china.make_up_days():
        works[number_of(day)], special[number_of(day)] = 1, (MAKE_UP, f"{name}调休")
    return Calendar(bytes(works), special=special, provisional=bytes(provisional))


def number_of(day: date) -> int:
    """The number of a day that the table holds; raises Invalid for another."""
    number = day.toordinal() - ORIGIN
    if not 0 <= number < DAYS_HELD:
        raise Invalid({"day": [f"{day} 不在 {notices.FIRST_YEAR} 至 {notices.LAST_YEAR} 年之间，没有工作日历。"]})
    return number


def day_of(number: int) -> date:
    return date.fromordinal(ORIGIN + number)


def weekday_of(number: int) -> int:
    """Monday is 0. Day 0, 2004-01-01, was a Thursday."""
    return (number + 3) % 7


def _numbers_of(year: int) -> range:
    return range(number_of(date(year, 1, 1)), number_of(date(year, 12, 31)) + 1)


def _check_named(off: Mapping[date, str], on: Mapping[date, str]) -> None:
    faults: dict[str, list[str]] = {}
    for field, days in (("off", off), ("on", on)):
        unnamed = [str(day) for day, name in days.items() if not name]
        if unnamed:
            faults[field] = [f"{'、'.join(unnamed)} 没有名称；请写明放假或上班的原因。"]
    both = sorted(str(day) for day in off.keys() & on.keys())
    if both:
        faults["on"] = [f"{'、'.join(both)} 同时列为放假和上班；请只保留一处。"]
    if faults:
        raise Invalid(faults)


def _check_of_year(year: int, days: list[date]) -> None:
    if not notices.FIRST_YEAR <= year <= notices.LAST_YEAR:
        raise Invalid({"year": [f"{year} 年不在 {notices.FIRST_YEAR} 至 {notices.LAST_YEAR} 年之间。"]})
    strange = [day for day in days if day.year != year and (day.year, day.month) != (year - 1, 12)]
    if strange:
        raise Invalid({"days": [f"{'、'.join(map(str, sorted(strange)))} 不属于 {year} 年的放假通知。"]})
