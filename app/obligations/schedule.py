"""When reports are due, what each is about, when its case opens. Pure: days in, days out, all moved by app.workdays.

A due day here is the day as the programme writes it ("15 March"); how it rolls over a rest day is a matter of the
deadline of the case.
"""

from datetime import date

from app import workdays
from app.programmes.life import Obligation
from app.workdays import Period

_ONE_DAY, _ONE_MONTH = Period(1, "days", roll="none"), Period(1, "months", roll="none")
_DAY_BEFORE, _MONTH_BEFORE = Period(1, "days", roll="none", before=True), Period(1, "months", roll="none", before=True)
_TWO_MONTHS_BEFORE = Period(2, "months", roll="none", before=True)
_FIRST, _LAST = Period(1, "day_of_next_month", roll="none"), Period(31, "day_of_next_month", roll="none")
_NEW_YEAR, _YEARS_END = (
    Period.of(day, "fixed_date", roll="none", before=True) for day in ("01-01", "12-31")
)
MONTHLY = "monthly"
LONGEST_SEARCH = 60
"""Due days that are looked through for the first of a title: five years of months."""


def next_due(rule: Obligation, after: date) -> date:
    """The first due day after a day, that day itself excluded."""
    if rule.schedule == MONTHLY:
        due = Period(rule.day, "day_of_next_month", roll="none")
        found = (_on(due, _on(_MONTH_BEFORE, after)), _on(due, after), _on(due, _on(_ONE_MONTH, after)))
        return min(day for day in found if day > after)
    tomorrow = _on(_ONE_DAY, after)
    return min(_on(Period.of(day, "fixed_date", roll="none"), tomorrow) for day in rule.dates)


def due_before(rule: Obligation, day: date) -> date:
    """The last due day before a day, that day itself excluded."""
    if rule.schedule == MONTHLY:
        due = Period(rule.day, "day_of_next_month", roll="none")
        found = (_on(due, _on(_TWO_MONTHS_BEFORE, day)), _on(due, _on(_MONTH_BEFORE, day)), _on(due, day))
        return max(one for one in found if one < day)
    yesterday = _on(_DAY_BEFORE, day)
    return max(_on(Period.of(one, "fixed_date", roll="none", before=True), yesterday) for one in rule.dates)


def covers(rule: Obligation, due: date) -> tuple[date, date]:
    """First and last day of what the report due on a day is about.

    since_last_due: from the day after the due day before it up to the due day itself (D24). calendar_month and
    calendar_year: the last full one before the due day.
    """
    if rule.covers == "calendar_month":
        start = _on(_TWO_MONTHS_BEFORE, due)
        return _on(_FIRST, start), _on(_LAST, start)
    if rule.covers == "calendar_year":
        until = _on(_YEARS_END, _on(_DAY_BEFORE, due))
        return _on(_NEW_YEAR, until), until
    return _on(_ONE_DAY, due_before(rule, due)), due


def first_due(rule: Obligation, *, begin: date, today: date) -> date:
    """The first due day of a title that began on a day: at least `first_period_min_days` after it, after today, and
    about days on which there was a title (D23). Today is the day on which the register learned of it: nobody owes what
    was due before.

    Source: HBI-13.1.
    """
    due = next_due(rule, max(begin, today))
    for _ in range(LONGEST_SEARCH):
        if (due - begin).days >= rule.first_period_min_days and covers(rule, due)[1] >= begin:
            return due
        due = next_due(rule, due)
    raise ValueError(f"{rule.key}: no due day within {LONGEST_SEARCH} of {begin}")


def due_between(rule: Obligation, since: date, until: date) -> list[date]:
    """The due days from one day to before another, in order."""
    found, due = [], next_due(rule, _on(_DAY_BEFORE, since))
    while due < until:
        found.append(due)
        due = next_due(rule, due)
    return found


def opening_day(opens: Period, due: date, calendar: workdays.Calendar) -> date:
    """The day on which the case opens: `opens` counted back from the due day."""
    return workdays.deadline(opens, due, calendar).last_day


def _on(period: Period, start: date) -> date:
    # None of these periods asks for a working day, so that any calendar gives the same.
    return workdays.deadline(period, start, workdays.national_calendar()).last_day
