"""Paper as the call asks for it: not received after the day that it names, and as many copies as it says."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app import workdays
from app.cases.steps import CaseRow
from app.errors import Invalid
from app.formschema import Form
from app.programmes.queries import Programme


def see_that_it_came_in_time(
    case: CaseRow, programme: Programme, properties: Mapping[str, str], form: Form, values: Mapping[str, Any]
) -> None:
    """Raise Invalid at the field of `dated` ("received_on=paper") where its day lies after the period's last one.

    That day is the call's, rolled as the period says. A call that doesn't name it, or one whose day is still
    provisional, keeps nothing out. Source: HBL-N1.
    """
    key, _, name = properties.get("dated", "").partition("=")
    day = values.get(key) if name else None
    if not isinstance(day, date):
        return
    rule = programme.periods[name]
    if rule.date_key not in case.dates:
        return
    found = workdays.deadline(*rule.on(case.dates), workdays.calendar_for(case.region_code))
    if found.provisional or day <= found.last_day:
        return
    field, last = form.field(key), workdays.last_day_words(found.last_day, found.provisional)
    label = field.label if field else key
    said = f"“{label}”晚于{rule.name} {last}（{rule.clause}），不能作为按期收到。"
    raise Invalid({key: [said]})


def see_that_the_copies_are_there(
    programme: Programme, element: Any, form: Form, values: Mapping[str, Any], outcome: str
) -> None:
    """Raise Invalid at the field of `copies` ("received=paper") where it says fewer copies than the call's date asks
    for. Only what the applicant asked for, the first outcome drawn, needs them. A field that is empty, or hidden
    because no paper came, says nothing unless it is `needed_for` that outcome.

    Source: HBL-N1.
    """
    key, _, name = element.properties.get("copies", "").partition("=")
    field = form.field(key) if name else None
    if field is None or outcome != next(iter(element.outcomes), ""):
        return
    came, asked = values.get(key), programme.batches.dates[name].copies
    if came is None and outcome not in field.needed_for:
        return
    if (came or 0) < asked:
        said = f"“{field.label}”不足 {asked} 份（{programme.batches.clause}），不能选“{element.outcomes[outcome]}”。"
        raise Invalid({key: [said]})
