"""服务活动: the activities of a title as they were entered one by one, and what their satisfaction means for the year.

`evaluation.activities` names the form in which they are entered and its table, which the form of the yearly assessment
has too; the assessment's figure says how many of them count as low. Source: HUB-18.0, HUB-18.1.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.audit import operations as audit
from app.cases.models import Answer, Case
from app.cases.words import Place
from app.errors import Invalid, Refused
from app.evaluations import grading
from app.evaluations.models import Grade
from app.people import queries as people
from app.programmes import queries as programmes
from app.programmes.life import ActivityRules, EvaluationRules
from app.programmes.queries import Programme

REACHED, BELOW = "reached", "below"


def note(session: Session, place: Place) -> str:
    """The word note_activities: what was just entered counts. Returns reached where as many activities of one of its
    years are low as the programme names, and at least one of those just entered is; else below. Source: HUB-18.1."""
    rules, activities = _rules(place.programme)
    if place.case.title_id is None:
        raise Refused("服务活动只能就称号登记。")
    mine = _of_cases(session, activities, Case.id == place.case.id)
    years = {str(row[activities.day])[:4] for row in mine}
    known = _of_cases(session, activities, Case.title_id == place.case.title_id)
    reached = []
    for year in sorted(years):
        low = _low(place.programme, rules, _in(activities, known, year))
        if low >= activities.at_least and _low(place.programme, rules, _in(activities, mine, year)):
            reached.append(year)
    _record(session, place, "note_activities", activities=len(mine), reached=reached, clause=activities.clause)
    return REACHED if reached else BELOW


def record(session: Session, place: Place) -> str:
    """The word record_assessment: what the assessment found becomes the year's grade, which counts from now on. The
    outcome of the step is the key of the parameter that names the grade.

    Raises Invalid at the table where the outcome is one that so many low activities exclude. Source: HUB-18.0, 18.1.
    """
    rules, activities = _rules(place.programme)
    said, outcome = grading.last_step(session, place.case.id)
    grade = grading.of_case(session, place.case.id)
    low = _low(place.programme, rules, said.get(activities.table) or [])
    if outcome == activities.excludes and low >= activities.at_least:
        raise Invalid({activities.table: [
            f"本年度有 {low} 场活动的满意度偏低，已达 {activities.at_least} 场（{activities.clause}），"
            "不能得出这一结论，应当整改。"
        ]})
    grade.grade = place.parameters["grade"]
    grade.reason = str(said.get("opinion") or "")
    session.flush()
    _record(session, place, "record_assessment", year=grade.year, grade=grade.grade, low=low, clause=rules.clause)
    return grading.settle(session, place)


def of_assessment(session: Session, case: Case, form: str) -> Mapping[str, Any]:
    """The activities of the year that an assessment's form starts with; {} for any other form."""
    if case.title_id is None:
        return {}
    evaluation = programmes.programme(session, case.release_id).life.evaluation
    if evaluation is None or evaluation.activities is None or form != evaluation.form:
        return {}
    year = session.scalar(select(Grade.year).where(Grade.case_id == case.id))
    known = _of_cases(session, evaluation.activities, Case.title_id == case.title_id)
    return {evaluation.activities.table: _in(evaluation.activities, known, str(year))}


def _of_cases(session: Session, rules: ActivityRules, which: Any) -> list[Mapping[str, Any]]:
    """The rows entered in some cases, by day; of a case its last answers."""
    rows = session.execute(
        select(Answer.case_id, Answer.values).join(Case, Answer.case_id == Case.id)
        .where(which, Answer.form == rules.form).order_by(Answer.id)
    ).all()
    last = {row.case_id: row.values for row in rows}
    found = [one for values in last.values() for one in values.get(rules.table) or []]
    return sorted(found, key=lambda one: str(one[rules.day]))


def _in(rules: ActivityRules, rows: Sequence[Mapping[str, Any]], year: str) -> list[Mapping[str, Any]]:
    return [row for row in rows if str(row[rules.day]).startswith(f"{year}-")]


def _low(programme: Programme, rules: EvaluationRules, rows: Sequence[Mapping[str, Any]]) -> int:
    """How many of the rows the assessment's figure counts."""
    form, activities = programme.form(rules.form), rules.activities
    values = form.values(form.load({activities.table: [dict(row) for row in rows]}, partial=True))
    return int(values.get(activities.figure) or 0)


def _rules(programme: Programme) -> tuple[EvaluationRules, ActivityRules]:
    rules = programme.life.evaluation
    if rules is None or rules.activities is None:
        raise Refused("本项目没有写明服务活动怎样登记（evaluation.activities），不能办理。")
    return rules, rules.activities


def _record(session: Session, place: Place, verb: str, **details: Any) -> None:
    audit.record(
        session, chain=f"case:{place.case.id}", verb=verb, person_id=place.person_id,
        person_name=people.person_name(session, place.person_id) if place.person_id else "系统", unit_name="",
        details={**details, "on": clock.local(place.at).date().isoformat()}, legal_at=place.at,
    )
