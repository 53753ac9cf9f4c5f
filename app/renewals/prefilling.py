"""What a self-assessment starts with: what the application said of the institution, and the services of the last years
as they were reported."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.cases import queries as cases
from app.cases.models import Answer, Case
from app.obligations.models import Duty
from app.programmes import queries as programmes
from app.programmes.life import ServicesRule
from app.programmes.queries import Programme
from app.titles.models import Title

FILED = ("done", "late")


def of_assessment(session: Session, case: Case, form: str) -> Mapping[str, Any]:
    """Answers that the self-assessment of a title's renewal starts with; {} for any other form."""
    if case.title_id is None:
        return {}
    programme = programmes.programme(session, case.release_id)
    rules = programme.life.renewal
    if rules is None or case.diagram != rules.diagram or form != rules.form:
        return {}
    title = session.get_one(Title, case.title_id)
    said = _application(session, programme, title)
    found = {key: said[key] for key in rules.carries if key in said}
    if rules.services is not None:
        found[rules.services.table] = _services(session, programme, title, rules.services, case)
    return found


def _application(session: Session, programme: Programme, title: Title) -> Mapping[str, Any]:
    form = programme.settings.criteria.form if programme.settings.criteria else ""
    return cases.latest_answers(session, title.case_id).get(form, {})


def _services(
    session: Session, programme: Programme, title: Title, rule: ServicesRule, case: Case
) -> list[dict[str, Any]]:
    """A row for each of the last full years, the oldest first, with the sums of what was reported about it."""
    last = clock.local(case.opened_at).year - 1
    rows = {year: {rule.year: str(year)} for year in range(last - rule.years + 1, last + 1)}
    if rule.obligation not in programme.life.obligations or not rule.columns:
        return list(rows.values())
    form = programme.life.obligations[rule.obligation].form
    filed = session.execute(
        select(Duty.covers_until, Answer.values).join(Answer, Answer.case_id == Duty.case_id)
        .where(Duty.title_id == title.id, Duty.obligation == rule.obligation, Duty.status.in_(FILED),
               Answer.form == form)
        .order_by(Duty.covers_until, Answer.id)
    )
    last_said = {covers_until: values for covers_until, values in filed}  # noqa: C416 - the last answer counts
    for covers_until, values in last_said.items():
        row = rows.get(covers_until.year)
        for column, key in rule.columns.items() if row is not None else ():
            if (number := _number(values.get(key))) is not None:
                row[column] = str(Decimal(row.get(column, "0")) + number)
    return list(rows.values())


def _number(value: Any) -> Decimal | None:
    try:
        return None if value in (None, "") else Decimal(str(value))
    except InvalidOperation:
        return None
