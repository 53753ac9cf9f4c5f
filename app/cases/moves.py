"""What another book of the calendar does to a deadline: it moves, it is kept, or it took effect and a person decides.

Pure but for the programmes it is given: a row of a deadline comes in, a verdict goes out. The preview of an
edition, its confirmation and the worker's sweep all ask here, so they can't differ.

What is kept, and why (docs/decisions/0017):
- a last day that was announced to the public is never shortened;
- whoever was told a last day, and would lose something by its passing, is not late by surprise: where a timer waits for
  it, or the task is the applicant's, a last day that would already be over stays as it was told.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Select

from app import workdays
from app.cases import deadlines
from app.workdays import Book

MOVES, KEPT, TAKEN_EFFECT = "moves", "kept", "taken_effect"
ANNOUNCED, TOLD = "announced", "told"
LATER, EARLIER, MARK = "later", "earlier", "mark"
BECOMES_OVERDUE, NO_LONGER_OVERDUE = "becomes_overdue", "no_longer_overdue"
RUNNING = "running"

_announced: list[Select[tuple[int]]] = []


def announces(cases: Select[tuple[int]]) -> None:
    """Register the ids of cases whose period of publication (a period that starts `published`) the public reads now."""
    _announced.append(cases)


def announced_cases() -> list[Select[tuple[int]]]:
    """What was registered with `announces`."""
    return list(_announced)


@dataclass(frozen=True, slots=True)
class Dates:
    """What a deadline's row says of its end."""

    last_day: date
    ends_at: datetime
    provisional: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a deadline: `dates` are those it has from then on (of one that took effect: would have)."""

    kind: str
    reason: str
    effect: str
    dates: Dates
    lawful_day: date


class Judge:
    """Compares two books, deadline by deadline. Equal periods with equal starts are computed once."""

    def __init__(
        self, before: Callable[[int], Book], after: Book, *, now: datetime,
        published: Callable[[int], Collection[str]],
    ) -> None:
        """`before` gives the book with which a deadline of a revision is compared, `published` the keys of a release's
        periods that start when something is published."""
        self._before, self._after, self._now, self._published = before, after, now, published
        self._known: dict[tuple[Any, ...], tuple[Dates, Dates]] = {}
        self._days: dict[tuple[int, str], tuple[Any, ...]] = {}

    def verdict(self, row: Any) -> Verdict | None:
        """The verdict on a candidate (see `app.cases.recomputing`); None where the new book says what the old one said,
        or what the row says already."""
        before, after = self._computed(row)
        if before == after:
            return None
        stored = Dates(row.last_day, row.ends_at, row.provisional)
        if row.status != RUNNING:
            return self._of_the_past(row, stored, after)
        if after == stored:
            return None
        if reason := self._reason_to_keep(row, stored, after):
            dates = Dates(stored.last_day, stored.ends_at, after.provisional)
            effect = _effect(after, stored, overdue_at=None)
            return Verdict(KEPT, reason, effect, dates, after.last_day)
        return Verdict(MOVES, "", _effect(after, stored, overdue_at=self._now), after, after.last_day)

    def dates(self, row: Any) -> Dates:
        """What the new book says of a row."""
        return self._computed(row)[1]

    def _reason_to_keep(self, row: Any, stored: Dates, after: Dates) -> str:
        if after.ends_at >= stored.ends_at:
            return ""
        if row.announced and row.period in self._published(row.release_id):
            return ANNOUNCED
        return TOLD if row.guarded and after.ends_at <= self._now else ""

    def _of_the_past(self, row: Any, stored: Dates, after: Dates) -> Verdict | None:
        """What a timer carried out, or what was recorded as late; in time stays in time unless it would be late now."""
        if after.ends_at == stored.ends_at:
            return None
        in_time = row.status == "met" and not row.fired
        if in_time and row.closed_at < after.ends_at:
            return None
        return Verdict(TAKEN_EFFECT, "", _effect(after, stored, overdue_at=row.closed_at), after, after.last_day)

    def _computed(self, row: Any) -> tuple[Dates, Dates]:
        key = (row.calendar, row.rule, row.started_on, row.stops, self._days_of(row.calendar, row.region_code))
        found = self._known.get(key)
        if found is None:
            period, stops = deadlines.period_of(orjson.loads(row.rule)), deadlines.stops_of(orjson.loads(row.stops))
            books = self._before(row.calendar), self._after
            found = self._known[key] = tuple(  # type: ignore[assignment]
                _dates(workdays.deadline(period, row.started_on, book.calendar_for(row.region_code), stops))
                for book in books
            )
        return found

    def _days_of(self, revision: int, region_code: str) -> tuple[Any, ...]:
        """What tells regions with other days apart, in either book."""
        found = self._days.get((revision, region_code))
        if found is None:
            found = self._before(revision).days_in(region_code), self._after.days_in(region_code)
            self._days[revision, region_code] = found
        return found


@dataclass(frozen=True)
class Change:
    """Where two books differ: the regions, and the first and last day that is worked or provisional in one alone."""

    regions: frozenset[str]
    first: date
    last: date


def change(before: Book, after: Book, regions: Iterable[str]) -> Change | None:
    """How two books differ in some regions; None where they don't."""
    seen: dict[Any, list[date]] = {}
    affected = set()
    for region in regions:
        days = before.days_in(region), after.days_in(region)
        if days not in seen:
            seen[days] = before.calendar_for(region).changed_days(after.calendar_for(region))
        if seen[days]:
            affected.add(region)
    changed = [days for days in seen.values() if days]
    if not changed:
        return None
    return Change(frozenset(affected), min(days[0] for days in changed), max(days[-1] for days in changed))


def written_down(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Each row of a list as the bytes over which its hash goes: what was seen, and what was shown."""
    for row in rows:
        yield orjson.dumps([
            row["deadline_id"], row["case_id"], row["kind"], row["reason"], row["effect"],
            row["old_last_day"], row["old_ends_at"].timestamp(), row["old_provisional"],
            row["new_last_day"], row["new_ends_at"].timestamp(), row["new_provisional"], row["lawful_day"],
        ]) + b"\n"


def _dates(computed: workdays.Deadline) -> Dates:
    return Dates(computed.last_day, computed.ends_at, computed.provisional)


def _effect(after: Dates, stored: Dates, *, overdue_at: datetime | None) -> str:
    """`overdue_at`: the instant that must lie before a deadline's end for it to be in time; None where it isn't
    asked."""
    if after.ends_at == stored.ends_at:
        return MARK
    if overdue_at is not None:
        was, becomes = stored.ends_at <= overdue_at, after.ends_at <= overdue_at
        if was != becomes:
            return BECOMES_OVERDUE if becomes else NO_LONGER_OVERDUE
    return LATER if after.ends_at > stored.ends_at else EARLIER
