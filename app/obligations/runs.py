"""Misses in a row. Pure: what became of each report, in due order.

A report in time ends a run; a circular doesn't, nor does a renewal. What is excused, held or void, and what isn't
decided yet, neither counts nor breaks it (D9).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.programmes.life import MissRule, Obligation

DONE, MISSED, LATE = "done", "missed", "late"


@dataclass(frozen=True)
class Report:
    """One report that was due: `status` is that of app.obligations.models.Duty, `case` the number of its case ("" for
    one from before the register), `until` the day up to which it could be filed."""

    period: str
    due_on: date
    status: str
    until: date
    case: str = ""


def is_miss(rule: Obligation, status: str) -> bool:
    """Whether a report counts as missed: also a late one, where the programme says so (D10)."""
    return status == MISSED or (status == LATE and rule.late_is_miss)


def runs(rule: Obligation, reports: Iterable[Report]) -> list[tuple[Report, ...]]:
    """For each miss in due order the run that ends with it, itself last. Source: HBI-13.2, HBI-13.3."""
    found: list[tuple[Report, ...]] = []
    run: tuple[Report, ...] = ()
    for report in sorted(reports, key=lambda one: one.due_on):
        if is_miss(rule, report.status):
            run = (*run, report)
            found.append(run)
        elif report.status in (DONE, LATE):
            run = ()
    return found


def consequences(rule: Obligation, reports: Iterable[Report]) -> list[tuple[MissRule, tuple[Report, ...]]]:
    """What follows: each consequence with the run that is exactly as long as it asks for."""
    return [
        (one, run) for run in runs(rule, reports) for one in rule.misses if one.in_a_row == len(run)
    ]
