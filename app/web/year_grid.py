"""A year's calendar as twelve small tables, and the same in words: what the pages about calendars draw."""

from calendar import monthrange
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from app import clock
from app.workdays import Calendar
from app.workdays.calendars import CLOSURE, HOLIDAY, MAKE_UP, WEEKDAYS

SIGNS = {
    HOLIDAY: "休", CLOSURE: "停", MAKE_UP: "班",
}


@dataclass(frozen=True)
class Cell:
    """A day of the grid. `kind` is holiday, closure, make_up, weekend or working; `sign` stands in its corner."""

    day: date
    kind: str
    name: str
    sign: str
    is_today: bool
    is_changed: bool

    @property
    def words(self) -> str:
        """The day in words, for those who don't see its colour."""
        told = {MAKE_UP: "上班", HOLIDAY: "放假", CLOSURE: "本地区放假"}.get(self.kind, "")
        about = f"，{self.name}{told if told not in self.name else ''}" if told else ""
        return f"{self.day:%Y-%m-%d} {WEEKDAYS[self.day.weekday()]}{about}{'，有变动' if self.is_changed else ''}"


@dataclass(frozen=True)
class Month:
    """A month: its number and its weeks of seven cells from Monday, None where the month hasn't begun or is over."""

    number: int
    weeks: tuple[tuple[Cell | None, ...], ...]


@dataclass(frozen=True)
class Span:
    """Neighbouring days of one kind and name."""

    first: date
    last: date
    kind: str
    name: str

    @property
    def words(self) -> str:
        """2026-10-01（周四）至 10-07（周三）."""
        begins = f"{self.first}（{WEEKDAYS[self.first.weekday()]}）"
        if self.first == self.last:
            return begins
        return f"{begins}至 {self.last:%m-%d}（{WEEKDAYS[self.last.weekday()]}）"


def months(calendar: Calendar, year: int, *, changed: Collection[date] = ()) -> list[Month]:
    """The twelve months of a year."""
    today = clock.today()
    return [Month(number, tuple(_weeks(calendar, year, number, today, changed))) for number in range(1, 13)]


def spans(calendar: Calendar, year: int) -> list[Span]:
    """The year's holidays, closures and made-up days, those that follow each other together.

    Days of the December before that the year's notice set come first; a weekend within a holiday belongs to it.
    """
    off, on = calendar.notice_days(year)
    listed = dict(calendar.special_days(year))
    listed |= {day: (HOLIDAY, name) for day, name in off.items() if day.year < year}
    listed |= {day: (MAKE_UP, f"{name}调休") for day, name in on.items() if day.year < year}
    found: list[Span] = []
    for day, (kind, name) in sorted(listed.items()):
        last = found[-1] if found else None
        if last and (last.kind, last.name) == (kind, name) and kind != MAKE_UP and _adjoin(calendar, last.last, day):
            found[-1] = Span(last.first, day, kind, name)
        else:
            found.append(Span(day, day, kind, name))
    return found


def by_holiday(found: list[Span]) -> list[tuple[str, list[Span], list[Span]]]:
    """Spans by the holiday for which they are: its name, its days off, its made-up days."""
    named = sorted(found, key=lambda span: span.name.removesuffix("调休"))
    groups = [
        (name, [span for span in group if span.kind != MAKE_UP], [span for span in group if span.kind == MAKE_UP])
        for name, group in ((name, list(group)) for name, group in groupby(
            named, key=lambda span: span.name.removesuffix("调休")
        ))
    ]
    return sorted(groups, key=lambda group: (group[1] or group[2])[0].first)


def _adjoin(calendar: Calendar, one: date, other: date) -> bool:
    """Whether nothing is worked between two days."""
    return calendar.working_days_between(one, other) == 0 and (other - one).days <= 3


def _weeks(
    calendar: Calendar, year: int, month: int, today: date, changed: Collection[date]
) -> Iterator[tuple[Cell | None, ...]]:
    before, days = monthrange(year, month)
    week: list[Cell | None] = [None] * before
    for number in range(1, days + 1):
        day = date(year, month, number)
        kind, name = calendar.why(day)
        week.append(Cell(day, kind, name, SIGNS.get(kind, ""), day == today, day in changed))
        if len(week) == 7:
            yield tuple(week)
            week = []
    if week:
        yield tuple(week + [None] * (7 - len(week)))
