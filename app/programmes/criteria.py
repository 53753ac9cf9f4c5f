"""The programme's conditions (criteria.dmn) held against the answers of an application, row by row."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from app import rules, workdays
from app.programmes.programme import Programme
from app.programmes.sections import RelaxRule

IN_PRINCIPLE = "in principle"
RELAX_WHEN = re.compile(r'(\w+) = "([^"]*)"')
"""How the condition of a relaxation is written."""


def verdicts(
    programme: Programme, answers: Mapping[str, object], *, reference_day: date, region_code: str,
    form_key: str = "",
) -> list[rules.Verdict]:
    """The verdict of every condition, in order; none where the programme has no criteria.

    `answers` of the criteria's form (or of `form_key`, one of the others that they judge), as stored or as loaded; what
    is missing makes a row unknown. `reference_day` is the day for which "two years" and "last year" are meant: the last
    full calendar year before it is `last_year`, and every period that starts with it gives a day under its own key, in
    conditions as in the figures of the form. A condition that the programme lets be relaxed for such answers is one in
    principle.
    """
    named = programme.settings.criteria
    if named is None:
        return []
    known = given(programme, reference_day=reference_day, region_code=region_code)
    form = programme.form(form_key or named.form)
    values = form.values(form.load(answers, partial=True), given=known)
    days = {key: value for key, value in known.items() if key in programme.periods}
    found = programme.table(named.table).criteria({**values, **days})
    holding = [rule for rule in named.relax if _holds(rule, values)]
    return [
        replace(row, weight=IN_PRINCIPLE)
        if any(row.clause in rule.clauses and row.label not in rule.but for rule in holding) else row
        for row in found
    ]


def _holds(rule: RelaxRule, values: Mapping[str, object]) -> bool:
    """Whether the answers are those for which a rule means its conditions in principle; never without `when`."""
    asked = RELAX_WHEN.fullmatch(rule.when)
    return asked is not None and values.get(asked[1]) == asked[2]


def given(programme: Programme, *, reference_day: date, region_code: str) -> dict[str, object]:
    """What the figures of a form can't know themselves: `last_year`, `reference_day`, and the day of every period that
    starts with it, under the period's key."""
    calendar = workdays.calendar_for(region_code)
    days = {
        key: workdays.deadline(rule.period, reference_day, calendar).last_day
        for key, rule in programme.periods.items()
        if rule.starts == "reference_day"
    }
    return {"last_year": reference_day.year - 1, "reference_day": reference_day, **days}
