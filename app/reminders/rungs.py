"""Which rungs of a ladder have come, and which of them fires: plain reckoning over instants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app import clock, workdays
from app.cases import deadlines
from app.programmes.queries import Rung


@dataclass(frozen=True)
class Placed:
    """A rung with its place in the ladder (from 0) and the instant at which it is due."""

    place: int
    rung: Rung
    due_at: datetime


@dataclass(frozen=True)
class Standing:
    """How a ladder stands at an instant: `fires` are the rungs that fire now (more than one only where they are due at
    the same instant), `collapsed` those that had come before them unseen, `ahead` those to come."""

    fires: Sequence[Placed]
    collapsed: Sequence[Placed]
    ahead: Sequence[Placed]

    @property
    def next_look(self) -> datetime | None:
        """When to look again; None where no rung is to come."""
        return self.ahead[0].due_at if self.ahead else None


def placed(ladder: Sequence[Rung], last_day: date, region_code: str) -> list[Placed]:
    """The rungs of a ladder for a last day, the earliest first."""
    calendar = workdays.calendar_for(region_code)
    found = [Placed(place, rung, deadlines.rung_at(rung, last_day, calendar)) for place, rung in enumerate(ladder)]
    return sorted(found, key=lambda one: (one.due_at, one.place))


def standing(
    rungs: Sequence[Placed], settled: Mapping[int, datetime], *, since: datetime, now: datetime
) -> Standing:
    """How a ladder stands now. `since`: when its deadline began to run; what would have been due by then never comes.
    `settled`: place -> the last instant at which that rung was fired, collapsed or held.

    A rung is settled for good unless its date moves past the instant at which it was: then it comes again.
    """
    open_ones = [
        one for one in rungs
        if since < one.due_at != deadlines.NOT_YET and (one.place not in settled or settled[one.place] < one.due_at)
    ]
    come = [one for one in open_ones if one.due_at <= now]
    last = come[-1].due_at if come else None
    return Standing(
        fires=[one for one in come if one.due_at == last],
        collapsed=[one for one in come if one.due_at != last],
        ahead=[one for one in open_ones if one.due_at > now],
    )


def since(rule: workdays.Period, started_on: date, opened_at: datetime) -> datetime:
    """When a task's deadline began to run: when the task opened, or where its period began later (a notice was served)
    on that day. The start of a fixed date says nothing about it."""
    if rule.unit == "fixed_date":
        return opened_at
    return max(opened_at, clock.day_start(started_on))
