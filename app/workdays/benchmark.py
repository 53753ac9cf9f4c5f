"""What one deadline costs, for `make bench`."""

from collections.abc import Callable, Sequence
from datetime import date
from random import Random
from timeit import timeit

from app.workdays.calendars import Calendar, day_of, national_calendar, number_of
from app.workdays.counting import deadline
from app.workdays.notices import FIRST_YEAR, NationalChina, announced_years
from app.workdays.periods import DAYS, MONTHS, WORKING_DAYS, Period

SHORT, LONG = 5, 130
LARGEST = {WORKING_DAYS: 300, DAYS: 1000, MONTHS: 60}

# workalendar walks day by day, so it is asked this many times less often.
_SLOWER = 100


def microseconds_per_deadline(rounds: int) -> dict[str, float]:
    """Microseconds a deadline takes, each figure over `rounds` distinct starts (at most 20,000, of 2004-2090).

    `working_days_5` and `working_days_130`: a short and a long period, one calendar. `mixed`: random amounts of
    working days, days and months, built as periods beforehand. `long_to_short`: the second over the first.
    `workalendar_130`: the long period counted day by day by workalendar on the same calendar (announced years only,
    a hundredth of the rounds); `times_workalendar`: how many times faster the table is.
    """
    calendar = national_calendar()
    dice = Random(rounds)  # noqa: S311  # repeatable inputs for a measurement, no secret
    starts = _distinct_days(dice, rounds, last_year=2090)
    short = _measure(calendar, [(Period(SHORT, WORKING_DAYS), start) for start in starts])
    long = _measure(calendar, [(Period(LONG, WORKING_DAYS), start) for start in starts])
    mixed = _measure(calendar, [(_random_period(dice), start) for start in starts])
    walked = _walk(_distinct_days(dice, max(rounds // _SLOWER, 1), last_year=max(announced_years()) - 1))
    return {
        f"working_days_{SHORT}": short,
        f"working_days_{LONG}": long,
        "mixed": mixed,
        "long_to_short": long / short,
        f"workalendar_{LONG}": walked,
        "times_workalendar": walked / long,
    }


def _measure(calendar: Calendar, questions: Sequence[tuple[Period, date]]) -> float:
    def ask() -> None:
        for period, start in questions:
            deadline(period, start, calendar)

    return _microseconds(ask, len(questions))


def _walk(starts: Sequence[date]) -> float:
    china = NationalChina()

    def ask() -> None:
        for start in starts:
            china.add_working_days(start, LONG)

    return _microseconds(ask, len(starts))


def _microseconds(ask: Callable[[], None], questions: int) -> float:
    return timeit(ask, number=1) * 1_000_000 / questions


def _distinct_days(dice: Random, rounds: int, last_year: int) -> list[date]:
    first, last = number_of(date(FIRST_YEAR, 1, 1)), number_of(date(last_year, 12, 31))
    return [day_of(number) for number in dice.sample(range(first, last), rounds)]


def _random_period(dice: Random) -> Period:
    unit = dice.choice(list(LARGEST))
    return Period(dice.randint(1, LARGEST[unit]), unit)
