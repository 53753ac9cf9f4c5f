"""认定条件 when it is decided: what isn't met lets nobody pass, but what the programme lets a reviewer let go for a
reason. A figure that is only asked "in principle" may always be accepted with a reason.

Source: HUB-5.3, HUB-5.7.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app import clock, rules
from app.audit import operations as audit
from app.batches import queries
from app.cases import queries as cases
from app.cases.words import Place
from app.errors import Invalid, Refused
from app.people import queries as people
from app.programmes import criteria
from app.programmes.sections import CriteriaRules, RelaxRule

LABEL, REASON = "criterion", "reason"


def see(session: Session, place: Place) -> str:
    """The word see_conditions: every condition is met, or let go in a row of the table `rows` ("form.table" with
    criterion and reason); every choice of the checklist `ticked` ("form.field") is ticked. Of several forms, separated
    by commas, the last one that was answered counts.

    Returns met, or relaxed where something was let go. Raises Invalid at the table and the checklist.
    """
    named = place.programme.settings.criteria
    if named is None:
        raise Refused("本项目没有条件表（criteria），不能核对条件。")
    answers = cases.latest_answers(session, place.case.id)
    form, table = _place(place, "rows", answers)
    let_go = answers.get(form, {}).get(table) or []
    found = rules.overall(_verdicts(session, place, named, answers.get(named.form, {})))
    wrong = _unmet(named, answers, let_go, table, found)
    _see_ticks(place, answers, wrong)
    if wrong:
        raise Invalid(wrong)
    if let_go:
        _record(session, place, named, let_go)
    return "relaxed" if let_go else "met"


def _verdicts(
    session: Session, place: Place, named: CriteriaRules, answers: Mapping[str, Any]
) -> list[rules.Verdict]:
    batch = queries.batch_of_case(session, place.case.id)
    day = batch.closes_on if batch else clock.local(place.case.opened_at).date()
    return criteria.verdicts(place.programme, answers, reference_day=day, region_code=place.case.region_code)


def _unmet(
    named: CriteriaRules, answers: Mapping[str, Any], let_go: Sequence[Mapping[str, Any]], table: str,
    found: rules.Overall,
) -> dict[str, list[str]]:
    """What is wrong with the table, by the path of its rows."""
    failed = {row.label: row for row in (*found.failed, *found.unknown)}
    warned = {row.label: row for row in found.warnings}
    wrong: dict[str, list[str]] = {}
    for n, row in enumerate(let_go):
        label = str(row[LABEL])
        if label in warned:
            continue
        if label not in failed:
            wrong[f"{table}.{n}.{LABEL}"] = ["这项条件已经达到，不需要放宽，请删去这一行。"]
        elif said := _why_not(named.relax, failed[label], answers):
            wrong[f"{table}.{n}.{LABEL}"] = [said]
    named_rows = {str(row[LABEL]) for row in let_go}
    left = [row for row in failed.values() if row.label not in named_rows]
    doubtful = [row for row in warned.values() if row.label not in named_rows]
    said = [f"“{row.label}”（{row.clause}）没有达到，不能通过；依规定可以放宽的，写明理由。" for row in left]
    said += [f"“{row.label}”（{row.clause}）原则上应当达到：可以接受的，写明理由。" for row in doubtful]
    if said:
        wrong[table] = said
    return wrong


def _why_not(relax: Sequence[RelaxRule], row: rules.Verdict, answers: Mapping[str, Any]) -> str:
    """Why a condition that isn't met can't be let go; "" where it can."""
    rule = next((one for one in relax if not one.when and row.clause in one.clauses and row.label not in one.but), None)
    if rule is None:
        return f"“{row.label}”（{row.clause}）不能放宽。"
    form, _, field = rule.evidence.partition(".")
    if rule.evidence and not answers.get(form, {}).get(field):
        return f"没有可以放宽的佐证材料（{rule.clause}），不能放宽。"
    return ""


def _see_ticks(place: Place, answers: Mapping[str, Any], wrong: dict[str, list[str]]) -> None:
    form, key = _place(place, "ticked", answers)
    if not form:
        return
    field = place.programme.form(form).field(key)
    ticked = set(answers.get(form, {}).get(key) or ())
    missing = [option.label for option in field.options if option.value not in ticked]
    if missing:
        wrong[key] = [f"还有没有认定符合的条件，不能通过：{'、'.join(missing)}。"]


def _place(place: Place, parameter: str, answers: Mapping[str, Any]) -> tuple[str, str]:
    """Form and field of a parameter: of several the last one whose form was answered; ("", "") for none."""
    places = [said.strip().partition(".") for said in place.parameters.get(parameter, "").split(",")]
    answered = [(form, key) for form, _, key in places if form in answers]
    return answered[-1] if answered else ("", "")


def _record(
    session: Session, place: Place, named: CriteriaRules, let_go: Sequence[Mapping[str, Any]]
) -> None:
    audit.record(
        session, chain=f"case:{place.case.id}", verb="let_conditions_go", person_id=place.person_id,
        person_name=people.person_name(session, place.person_id) if place.person_id else "系统", unit_name="",
        details={"conditions": [f"{row[LABEL]}：{row[REASON]}" for row in let_go],
                 "clause": "、".join(dict.fromkeys(one.clause for one in named.relax))},
        legal_at=place.at,
    )
