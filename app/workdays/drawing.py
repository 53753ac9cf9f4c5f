"""A deadline drawn as months: what each day is to it. Made from the count that its date and explanation have."""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from app.workdays.calendars import MAKE_UP, WORKING, Calendar, day_of, number_of, weekday_of
from app.workdays.counting import Count
from app.workdays.explaining import COUNTED, STOPPED, Explanation
from app.workdays.periods import DAYS, WORKING_DAYS, Period

MOST_MONTHS = 15

START, REST, OUTSIDE, BETWEEN = "start", "rest", "outside", "between"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a drawn month.

    `kind`: start (the day on which the period starts and which isn't counted), counted, rest (a day of the way that is
    no working day and doesn't count, or one over which the last day rolled), stopped, between (a day before a date that
    the rule names, or such a day: nothing is counted; also the working day to which the last day rolled), outside.
    `number`: which counted day it is, 0 where days aren't numbered.
    `name`: 国庆节, 周六 ... of a rest day, 调休上班 of a weekend that is worked, "" of an ordinary working day.
    """

    day: date
    kind: str
    is_last: bool
    is_made_up: bool
    is_rest_day: bool
    number: int
    name: str

    @property
    def words(self) -> str:
        """What the day is, for who can't see its colour; "" for an ordinary day outside the period."""
        said = [self.name] if self.name else []
        if self.kind == COUNTED:
            said.append(f"第 {self.number} 个" if self.number else "计入")
        said += {START: ["起算日"], REST: ["不计入"], STOPPED: ["中止，不计入"]}.get(self.kind, [])
        return "，".join([*said, *(["截止日"] if self.is_last else [])])


@dataclass(frozen=True, slots=True)
class Month:
    """A month: its weeks from Monday to Sunday, None where a week reaches out of it."""

    year: int
    month: int
    weeks: tuple[tuple[Day | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The months that a deadline concerns, in order. `left_out`: how many in between aren't drawn."""

    months: tuple[Month, ...]
    left_out: int

    @property
    def days(self) -> list[Day]:
        """Every drawn day, in order."""
        return [day for month in self.months for week in month.weeks for day in week if day is not None]


def draw(explanation: Explanation, calendar: Calendar) -> Drawing:
    """The months from a period's start to its last day. Of a way longer than 15 months the first and the last stand."""
    counted = explanation.counted
    early, late = sorted((max(counted.start, 0), max(counted.last, 0)))
    places = list(_months(day_of(early), day_of(late)))
    shown = places if len(places) <= MOST_MONTHS else [places[0], *places[-2:]]
    painter = _Painter(counted, explanation.deadline.period, calendar, _numbers(explanation))
    return Drawing(tuple(_month(year, month, painter) for year, month in shown), len(places) - len(shown))


@dataclass(frozen=True, slots=True)
class _Painter:
    """What each day, held by its number, is to one count. `numbers`: which counted day each is, where they have one."""

    counted: Count
    period: Period
    calendar: Calendar
    numbers: Mapping[int, int]

    def day(self, number: int) -> Day:
        what, name = self.calendar.why_number(number)
        kind = self._kind(number)
        return Day(
            day=day_of(number),
            kind=kind,
            is_last=number == self.counted.ends,
            is_made_up=what == MAKE_UP,
            is_rest_day=what not in (WORKING, MAKE_UP),
            number=self.numbers.get(number, 0) if kind == COUNTED else 0,
            name="" if what == WORKING else "调休上班" if what == MAKE_UP else name,
        )

    def _kind(self, number: int) -> str:
        start, first, nominal, last, pauses = self.counted[:5]
        if number > self.counted.ends and self.counted.cut_at is not None:
            return OUTSIDE
        if _between(first, number, last) and any(begins <= number <= ends for begins, ends in pauses):
            return STOPPED
        if number == start and not (self.period.first_day_counts and _between(first, number, last)):
            return START
        if self.period.unit == WORKING_DAYS and _between(first, number, last):
            return COUNTED if number in self.numbers else REST
        if _between(first, number, nominal):
            return BETWEEN if self.period.names_a_date else COUNTED
        if _between(nominal, number, last) and number != last:
            return REST
        return BETWEEN if number == last else OUTSIDE


def _numbers(explanation: Explanation) -> dict[int, int]:
    """The number of each counted day: of working days as the steps tell them, of days in their order."""
    counted, period = explanation.counted, explanation.deadline.period
    step = -1 if period.before else 1
    if period.unit == WORKING_DAYS:
        runs = [each for each in explanation.steps if each.kind == COUNTED]
        return {
            number: run.number + step * place
            for run in runs
            for place, number in enumerate(range(number_of(run.from_day), number_of(run.until_day) + 1))
        }
    if period.unit != DAYS:
        return {}
    days = range(counted.first, counted.nominal + step, step)
    alive = (day for day in days if not any(begins <= day <= ends for begins, ends in counted.pauses))
    return {day: place for place, day in enumerate(alive, start=1)}


def _months(one: date, other: date) -> Iterator[tuple[int, int]]:
    """Year and month, from the month of one day to that of another."""
    for place in range(one.year * 12 + one.month - 1, other.year * 12 + other.month):
        yield place // 12, place % 12 + 1


def _month(year: int, month: int, painter: _Painter) -> Month:
    begins = number_of(date(year, month, 1))
    days = [painter.day(number) for number in range(begins, begins + monthrange(year, month)[1])]
    places: list[Day | None] = [None] * weekday_of(begins) + days
    places += [None] * (-len(places) % 7)
    return Month(year, month, tuple(tuple(places[week : week + 7]) for week in range(0, len(places), 7)))


def _between(one: int, number: int, other: int) -> bool:
    return min(one, other) <= number <= max(one, other)
