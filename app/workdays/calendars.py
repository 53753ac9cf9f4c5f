"""The calendar of a region as a table: every day from 2004 to 2100, asked in constant time."""

import re
from array import array
from collections.abc import Collection, Mapping
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

    __slots__ = (
        "_ahead", "_provisional", "_sources", "_special", "_works", "provisional_before", "region", "worked_before",
        "working_days",
    )

    def __init__(
        self, works: bytes, *, special: Mapping[int, tuple[str, str]], provisional: bytes, region: str = "",
        sources: Mapping[int, str] | None = None, ahead: Collection[int] = (),
    ) -> None:
        """`works` and `provisional` hold one 0 or 1 a day; `special` the kind and name of days that aren't ordinary.

        `sources` names the document behind a special day where it is known; `ahead` are the days of a December that
        the next year's notice set.
        """
        self._works, self._special, self._provisional, self.region = works, special, provisional, region
        self._sources, self._ahead = sources or {}, frozenset(ahead)
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

    def source_of(self, day: date) -> str:
        """The document that makes a holiday, closure or made-up day what it is; "" for another day or where unknown."""
        return self._sources.get(number_of(day), "")

    def with_days(
        self, extra_off: Mapping[date, str], extra_on: Mapping[date, str] | None = None, *, source: str = ""
    ) -> "Calendar":
        """This calendar with closures and extra working days of its own, each with its Chinese name.

        A typhoon day, a regional holiday. The days stay provisional in a year that is: its notice may still move them.
        """
        draft = Draft(self)
        draft.add_days(extra_off, extra_on or {}, source=source)
        return draft.calendar()

    def with_notice(
        self, year: int, off: Mapping[date, str], on: Mapping[date, str], *, source: str = "",
        provisional: bool = False,
    ) -> "Calendar":
        """This calendar with the year's notice entered or corrected: the year is known and as the notice says.

        `off` are the days of the holidays, weekends among them or not, `on` the weekends that are worked; each has
        the name of its holiday. A notice may also name days of the December before. What was held of the notice is
        forgotten (not what the next year's notice says of this December), so enter closures (`with_days`) after it.
        `provisional`: the days are expected and not announced; the year stays provisional.
        """
        draft = Draft(self)
        draft.enter_notice(year, off, on, source=source, provisional=provisional)
        return draft.calendar()

    def in_region(self, region: str) -> "Calendar":
        """The same days, under the name of a region. The tables are shared."""
        made = object.__new__(Calendar)
        for name in Calendar.__slots__:
            setattr(made, name, getattr(self, name))
        made.region = region
        return made

    def special_days(self, year: int) -> dict[date, tuple[str, str]]:
        """The holidays, closures and made-up days of a calendar year in their order, each with kind and name."""
        return {day_of(number): self._special[number] for number in _numbers_of(year) if number in self._special}

    def notice_days(self, year: int) -> tuple[dict[date, str], dict[date, str]]:
        """What the notice of a year says, as held here: days off and made-up days, with the names of their holidays.

        Days of the December before belong to it, those of the year's own December that the next notice set don't. Ask
        the national calendar: a region's made-up days can't be told from the notice's.
        """
        off: dict[date, str] = {}
        on: dict[date, str] = {}
        for number, (kind, name) in sorted(self._special.items()):
            if day_of(number).year + (number in self._ahead) != year:
                continue
            if kind == HOLIDAY:
                off[day_of(number)] = name
            elif kind == MAKE_UP:
                on[day_of(number)] = name.removesuffix("调休")
        return off, on

    def changed_days(self, other: "Calendar") -> list[date]:
        """The days that are worked in one of the two and not in the other, or provisional in one only."""
        held = zip(self._works, other._works, self._provisional, other._provisional, strict=True)
        return [
            day_of(number)
            for number, (works, worked, open_, opened) in enumerate(held)
            if works != worked or open_ != opened
        ]


class Draft:
    """A calendar that is being changed: many notices and closures at the price of one table."""

    def __init__(self, calendar: Calendar) -> None:
        self._works, self._provisional = bytearray(calendar._works), bytearray(calendar._provisional)
        self._special, self._sources = dict(calendar._special), dict(calendar._sources)
        self._ahead, self._region = set(calendar._ahead), calendar.region

    def calendar(self) -> Calendar:
        """The calendar as changed so far."""
        return Calendar(
            bytes(self._works), special=self._special, provisional=bytes(self._provisional), region=self._region,
            sources=self._sources, ahead=self._ahead,
        )

    def add_days(self, off: Mapping[date, str], on: Mapping[date, str], *, source: str) -> None:
        """See `Calendar.with_days`."""
        _check_named(off, on)
        for days, works, kind in ((off, 0, CLOSURE), (on, 1, MAKE_UP)):
            for day, name in days.items():
                self._set(number_of(day), works, kind, name, source)

    def enter_notice(
        self, year: int, off: Mapping[date, str], on: Mapping[date, str], *, source: str, provisional: bool
    ) -> None:
        """See `Calendar.with_notice`."""
        _check_named(off, on)
        _check_of_year(year, [*off, *on])
        for number in [held for held in self._ahead if day_of(held).year == year - 1]:
            self._forget(number)
        for number in _numbers_of(year):
            self._provisional[number] = provisional
            if number not in self._ahead:
                self._forget(number)
        for days, works, kind, suffix in ((off, 0, HOLIDAY, ""), (on, 1, MAKE_UP, "调休")):
            for day, name in days.items():
                self._set(number_of(day), works, kind, name + suffix, source)
        self._ahead.update(number_of(day) for day in (*off, *on) if day.year == year - 1)

    def _set(self, number: int, works: int, kind: str, name: str, source: str) -> None:
        self._works[number], self._special[number] = works, (kind, name)
        self._sources.pop(number, None)
        if source:
            self._sources[number] = source

    def _forget(self, number: int) -> None:
        self._works[number] = weekday_of(number) < _SATURDAY
        self._special.pop(number, None)
        self._sources.pop(number, None)
        self._ahead.discard(number)


@cache
def national_calendar() -> Calendar:
    """The calendar of the State Council's notices: announced years, then provisional ones by rule, to 2100."""
    works = bytes(weekday_of(number) < _SATURDAY for number in range(DAYS_HELD))
    draft = Draft(Calendar(works, special={}, provisional=bytes(DAYS_HELD)))
    for year in range(notices.FIRST_YEAR, notices.LAST_YEAR + 1):
        announced = year in notices.announced_years()
        off, on = notices.announced_days(year) if announced else (dict(notices.provisional_holidays(year)), {})
        draft.enter_notice(year, off, on, source=notices.built_in_notice(year)["number"], provisional=not announced)
    return draft.calendar()


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
