"""Which days are off and on in China: announced years from the State Council's notices, later ones by rule.

The only module that knows where the facts come from. Announced years come out of `chinesecalendar`; a year that it
doesn't have yet gets the statutory holidays of the regulation, and is provisional until its notice is entered.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache, cached_property
from pathlib import Path

import yaml
from chinese_calendar import constants as announced
from lunardate import LunarDate
from workalendar.asia.china import China
from workalendar.core import SAT, SUN

FIRST_YEAR, LAST_YEAR = 2004, 2100

# The lunar table ends with 2099. Computed from new moons and the sun's longitude, in Beijing time: New Year's Day,
# Qingming, Dragon Boat, Mid-Autumn.
_FESTIVALS_OF_2100 = (date(2100, 2, 9), date(2100, 4, 5), date(2100, 6, 12), date(2100, 9, 18))
_ONE_DAY = timedelta(days=1)
_NEW_YEAR = "元旦"
_REVISED = 2025
_DOCUMENTS = Path(__file__).with_name("documents.yaml")


def announced_years() -> frozenset[int]:
    """The years whose notices are known."""
    return frozenset(day.year for day in announced.holidays if FIRST_YEAR <= day.year <= LAST_YEAR)


def announced_days(year: int) -> tuple[dict[date, str], dict[date, str]]:
    """What the notice of an announced year says: days off and made-up days, each with the name of its holiday.

    The source files days under the calendar year in which they lie. New Year's days of a December were set by the
    notice of the year that follows, and stand here under that year.
    """
    off: dict[date, str] = {}
    on: dict[date, str] = {}
    for source, days in ((announced.holidays, off), (announced.workdays, on)):
        for day, english in sorted(source.items()):
            name = holiday_name(english)
            if day.year + (day.month == 12 and name == _NEW_YEAR) == year:
                days[day] = name
    return off, on


@cache
def documents() -> dict[int, dict[str, str]]:
    """What is known of the notices of the announced years: `number`, `issued_on` (YYYY-MM-DD), `status`."""
    return yaml.safe_load(_DOCUMENTS.read_text(encoding="utf-8"))


def built_in_notice(year: int) -> dict[str, str]:
    """How a year stands without any edition: `status` (published, amended, provisional), `number` of the document and
    the date `issued_on`, both "" where they aren't known."""
    status = "published" if year in announced_years() else "provisional"
    return {"status": status, "number": "", "issued_on": "", **documents().get(year, {})}


class NationalChina(China):
    """workalendar's China, fed with every year from 2004 to 2100.

    Its own table covers 2018-2023, calls 2020-01-31 and 2020-02-01 working although the extension was announced
    inside the year, and raises from 2024 on. Nothing of that table is used: only its ways of asking are.
    """

    WEEKEND_DAYS = (SAT, SUN)

    def __init__(self) -> None:
        super().__init__()
        self.extra_working_days = sorted(announced.workdays)

    def get_calendar_holidays(self, year: int) -> list[tuple[date, str]]:
        """The days off of `year` that have a name, weekends inside a holiday among them. 2004 <= year <= 2100."""
        if year in self._announced:
            return self._announced[year]
        return list(provisional_holidays(year))

    @cached_property
    def _announced(self) -> dict[int, list[tuple[date, str]]]:
        years: dict[int, list[tuple[date, str]]] = {year: [] for year in announced_years()}
        for day, english in announced.holidays.items():
            years[day.year].append((day, holiday_name(english)))
        return years

    def make_up_days(self) -> Iterator[tuple[date, str]]:
        """The weekends that are worked, each with the holiday for which it is."""
        for day in self.extra_working_days:
            yield day, holiday_name(announced.workdays[day])


def holiday_name(english: str) -> str:
    """The Chinese name of a holiday that the source names in English; its short names get their 节."""
    chinese = announced.Holiday(english).chinese
    return f"{chinese}节" if chinese in ("清明", "端午", "中秋") else chinese


def provisional_holidays(year: int) -> Iterator[tuple[date, str]]:
    """The days off of a year whose notice is missing, weekends that are no holiday left out.

    A holiday for all that falls on a Saturday or Sunday is made up for on the next working day; two holidays on one
    Sunday are made up for twice. Source: 全国年节及纪念日放假办法 (the regulation on public holidays), 2024, Art. 2, 6.
    """
    holidays = list(statutory_holidays(year))
    off: dict[date, str] = {}
    for day, name in holidays:
        off[day] = name if off.get(day, name) == name else f"{off[day]}、{name}"
    for day, name in holidays:
        if day.weekday() in (SAT, SUN):
            instead = day
            while instead.weekday() in (SAT, SUN) or instead in off:
                instead += _ONE_DAY
            off[instead] = f"{name}补假"
    yield from sorted(off.items())


def statutory_holidays(year: int) -> Iterator[tuple[date, str]]:
    """The thirteen holidays for all, in the year's order. Source: the same regulation, Art. 2."""
    spring, qingming, dragon_boat, mid_autumn = _festivals(year)
    yield date(year, 1, 1), _NEW_YEAR
    for offset in range(-1, 3):
        yield spring + timedelta(days=offset), "春节"
    yield qingming, "清明节"
    yield date(year, 5, 1), "劳动节"
    yield date(year, 5, 2), "劳动节"
    yield dragon_boat, "端午节"
    autumn = [(mid_autumn, "中秋节"), *((date(year, 10, day), "国庆节") for day in (1, 2, 3))]
    yield from sorted(autumn)


def statutory_days(year: int) -> list[tuple[date, str]]:
    """The holidays for all as the regulation of that year had them: thirteen from 2025 on, eleven from 2014 to 2024
    (without New Year's Eve and 2 May). Source: 全国年节及纪念日放假办法, 2013 and 2024, Art. 2."""
    if year >= _REVISED:
        return list(statutory_holidays(year))
    eve = _festivals(year)[0] - _ONE_DAY
    return [(day, name) for day, name in statutory_holidays(year) if day not in (eve, date(year, 5, 2))]


def _festivals(year: int) -> tuple[date, date, date, date]:
    """Lunar New Year's Day, Qingming, Dragon Boat and Mid-Autumn of `year`."""
    if year == LAST_YEAR:
        return _FESTIVALS_OF_2100
    return (
        LunarDate(year, 1, 1).to_solar_date(),
        date(year, 4, _qingming(year)),
        LunarDate(year, 5, 5).to_solar_date(),
        LunarDate(year, 8, 15).to_solar_date(),
    )


def _qingming(year: int) -> int:
    """The day of April on which the sun reaches 15 degrees; the customary formula, right for every year 2000-2099."""
    since = year - 2000
    return int(since * 0.2422 + 4.81) - since // 4
