"""The last days of a call: as typed, and as they hold after the programme's rules about rest days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app import workdays
from app.programmes.queries import Programme

APPLICANT = "applicant"


@dataclass(frozen=True)
class LastDay:
    """One of a call's last days: `typed` by the office, `effective` after it rolled. `why` names the rest day that the
    typed one is, "" for a working day; `provisional` where the year's notice isn't known. It ends at `end_of_day`."""

    key: str
    name: str
    typed: date
    effective: date
    why: str
    provisional: bool
    end_of_day: str = "24:00"


def last_days(programme: Programme, dates: Mapping[str, str]) -> list[LastDay]:
    """The call's last days in the programme's order, those alone that the call names."""
    known = programme.batches.dates
    order = list(known) or list(dates)
    return [_last_day(programme, key, known[key].name if key in known else "申报截止日", dates[key])
            for key in order if key in dates]


def applicants_key(programme: Programme) -> str:
    """The key of the day that binds applicants: "applicants" where the programme names none."""
    found = (key for key, day in programme.batches.dates.items() if day.relation == APPLICANT)
    return next(found, "applicants")


def closing(programme: Programme, dates: Mapping[str, str], closes_on: date) -> LastDay:
    """The last day on which institutions may apply and submit: `closes_on`, rolled where the programme says so."""
    key = applicants_key(programme)
    return _last_day(programme, key, "", dates.get(key, closes_on.isoformat()))


def _last_day(programme: Programme, key: str, name: str, written: str) -> LastDay:
    typed = date.fromisoformat(written)
    calendar = workdays.calendar_for(programme.authority.region)
    why = "" if calendar.is_working_day(typed) else calendar.why(typed)[1]
    rule = next((rule for rule in programme.periods.values() if rule.date_key == key), None)
    if rule is None:
        return LastDay(key, name, typed, typed, why, False)
    period, start = rule.on({key: written})
    found = workdays.deadline(period, start, calendar)
    return LastDay(key, name, typed, found.last_day, why, found.provisional, period.end_of_day)
