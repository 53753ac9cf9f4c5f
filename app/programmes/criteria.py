"""The programme's conditions (criteria.dmn) held against the answers of an application, row by row."""

from collections.abc import Mapping
from datetime import date

from app import rules, workdays
from app.programmes.programme import Programme


def verdicts(
    programme: Programme, answers: Mapping[str, object], *, reference_day: date, region_code: str
) -> list[rules.Verdict]:
    """The verdict of every condition, in order; none where the programme has no criteria.

    `answers` of the criteria's form, as stored or as loaded; what is missing makes a row unknown. `reference_day` is
    the day for which "two years" and "last year" are meant: the last full calendar year before it is `last_year`, and
    every period that starts with it gives a day under its own key.
    """
    named = programme.settings.criteria
    if named is None:
        return []
    form = programme.form(named.form)
    values = form.values(form.load(answers, partial=True), given={"last_year": reference_day.year - 1})
    calendar = workdays.calendar_for(region_code)
    days = {
        key: workdays.deadline(rule.period, reference_day, calendar).last_day
        for key, rule in programme.periods.items()
        if rule.starts == "reference_day"
    }
    return programme.table(named.table).criteria({**values, **days})
