"""What an evaluation looks at: named figures of one title and one year, each a share from 0 to 1 with the counts behind
it, and the score that they give. Pure: rows in, Decimals out. The rows come from app.evaluations.gathering.

Figures, as programme.yaml names them (`figure` of an indicator):

duties.in_time            reports of the year that were filed in time, of those that were due (excused and held ones
                          don't count)
appointments.in_time      appointments asked for in the year that were answered before their deadline, of those that
                          were answered or are overdue
appointments.satisfaction the mean of the satisfaction given to them, of MOST_SATISFIED
inspections.passed        inspections and spot checks of the year that were passed, of those with a result
reports.sum:FORM.NAME     the sum of a number over the reports that were due in the year, of `full` a year
reports.mean:FORM.NAME    the mean of a number over them, of `full`
reports.ratio:FORM.A/FORM.B+C
                          sum of A over the sum of B and C, of `full`; over the reports in which A was answered

A report that a spot check found false doesn't count: what it says is left out, as if nothing had been reported.
There is no share ("none") where there is nothing to count; the points are then spread over the other indicators.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

MOST_SATISFIED = 5
"""Satisfaction is given from 1 to this."""

PLAIN = ("duties.in_time", "appointments.in_time", "appointments.satisfaction", "inspections.passed")
OF_REPORTS = ("reports.sum", "reports.mean", "reports.ratio")
_PLACE = r"([a-z][a-z0-9_-]*)\.([A-Za-z_][A-Za-z0-9_]*)"
_ONE = re.compile(_PLACE)
_RATIO = re.compile(rf"{_PLACE}/{_PLACE}((?:\+[A-Za-z_][A-Za-z0-9_]*)*)")
_CENT, _FINE = Decimal("0.01"), Decimal("0.000001")

Name = tuple[str, str]
"""A form and the name of a field or figure of it."""


@dataclass(frozen=True)
class Source:
    """A figure's name, read: its kind and what it takes from reports."""

    kind: str
    names: tuple[Name, ...] = ()


@dataclass(frozen=True)
class Figure:
    """`share` (0 to 1, None: nothing to count) is `part` of `whole`."""

    share: Decimal | None
    part: Decimal
    whole: Decimal


NONE = Figure(None, Decimal(0), Decimal(0))


@dataclass(frozen=True)
class Report:
    """A report that was due in the year: what became of it (app.obligations), whether it was filed at all, whether a
    check found it false, and its numbers."""

    status: str
    filed: bool
    false: bool
    values: Mapping[Name, Decimal]


@dataclass(frozen=True)
class Asked:
    """An appointment: the end of its period (exclusive; None: none was set), when it was answered, satisfaction."""

    ends_at: datetime | None
    answered_at: datetime | None
    satisfaction: int | None


@dataclass(frozen=True)
class Score:
    """`score` with two decimals, None where no indicator could be counted; `points` by indicator as they count, after
    those of indicators without a share were spread."""

    score: Decimal | None
    points: Mapping[str, Decimal]


def source(figure: str) -> Source | None:
    """A figure's name, read; None for one that there isn't."""
    if figure in PLAIN:
        return Source(figure)
    kind, _, said = figure.partition(":")
    if kind == "reports.ratio" and (found := _RATIO.fullmatch(said)):
        form, name, other, first, more = found.groups()
        return Source(kind, ((form, name), *((other, below) for below in [first, *more.split("+")[1:]])))
    if kind in ("reports.sum", "reports.mean") and (found := _ONE.fullmatch(said)):
        return Source(kind, ((found[1], found[2]),))
    return None


def of(part: Decimal | int, whole: Decimal | int) -> Figure:
    """Part of whole, never below 0 nor above 1; none where the whole is nothing."""
    part, whole = Decimal(part), Decimal(whole)
    if whole <= 0:
        return NONE
    share = min(max(part / whole, Decimal(0)), Decimal(1)).quantize(_FINE, ROUND_HALF_UP)
    return Figure(share, part, whole)


def duties_in_time(reports: Iterable[Report]) -> Figure:
    """Reports filed in time, of those that had to be filed. Source: HBI-17.2."""
    counted = [report.status for report in reports if report.status in _COUNTED]
    return of(counted.count("done"), len(counted))


def appointments_in_time(asked: Iterable[Asked], *, now: datetime) -> Figure:
    """Appointments answered before their deadline, of those that were answered or are overdue: an answer in the last
    second of the last day is in time. Source: HBI-16.2, HBI-17.2."""
    counted = [one for one in asked if one.answered_at is not None or (one.ends_at is not None and one.ends_at <= now)]
    in_time = [
        one for one in counted
        if one.answered_at is not None and (one.ends_at is None or one.answered_at < one.ends_at)
    ]
    return of(len(in_time), len(counted))


def satisfaction(asked: Iterable[Asked]) -> Figure:
    """The mean satisfaction with appointments, of the highest that can be given."""
    given = [one.satisfaction for one in asked if one.satisfaction is not None]
    return of(sum(given), MOST_SATISFIED * len(given))


def passed(results: Iterable[bool]) -> Figure:
    """Inspections passed, of those with a result."""
    found = list(results)
    return of(found.count(True), len(found))


def of_reports(found: Source, reports: Sequence[Report], *, full: Decimal, held: Decimal) -> Figure:
    """A figure out of reports. `held` is the part of the year for which the title was held (0 to 1): of a sum so much
    of `full` is asked. Where reports were owed but none may be counted, the share is 0, not none."""
    usable = [report.values for report in reports if report.filed and not report.false]
    if not usable:
        owed = any(report.status in _COUNTED or report.filed for report in reports)
        return Figure(Decimal(0), Decimal(0), Decimal(0)) if owed else NONE
    top, *below = found.names
    said = [values for values in usable if top in values]
    if not said:
        return NONE
    total = sum((values[top] for values in said), Decimal(0))
    if found.kind == "reports.sum":
        return of(total, full * held)
    if found.kind == "reports.mean":
        return of(total, full * len(said))
    whole = sum((values.get(name, Decimal(0)) for values in said for name in below), Decimal(0))
    return Figure(of(total, whole * full).share, total, whole) if whole > 0 else NONE


def score(points: Mapping[str, int], shares: Mapping[str, Decimal | None]) -> Score:
    """The sum of share x points over the indicators that have a share, raised so that all of the points can be had.
    Rounded to two decimals, half up: the grade is that of the score as it is shown."""
    present = {key: most for key, most in points.items() if shares.get(key) is not None}
    if not present:
        return Score(None, {})
    raised = Decimal(sum(points.values())) / sum(present.values())
    counted = {key: most * raised for key, most in present.items()}
    total = sum((counted[key] * Decimal(shares[key] or 0) for key in counted), Decimal(0))
    shown = {key: most.quantize(_CENT, ROUND_HALF_UP) for key, most in counted.items()}
    return Score(total.quantize(_CENT, ROUND_HALF_UP), shown)


_COUNTED = frozenset({"done", "missed", "late"})
