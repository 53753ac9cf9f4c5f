"""观察期: what equal grades in a row lead to, being placed under observation, and how an observation ends.

Nothing of it happens by itself: a run of grades opens the case in which the authority decides, the end of the period
opens the task in which it decides again, and the title stays observed until it has. Source: HBI-18.2, D29.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app import clock
from app.cases import queries as cases
from app.cases.models import Case
from app.cases.words import Place
from app.errors import Invalid, Refused
from app.evaluations import queries, runs
from app.evaluations.models import Grade
from app.programmes.life import EvaluationRules, RunRule
from app.programmes.queries import Programme
from app.sanctions import proposing
from app.titles import changing, standing
from app.titles.models import Title, TitleEvent

OBSERVATION, PROPOSALS = "observation", ("propose_revocation", "circular")
OBSERVED = "observed"
DECISION, END, NOTE = "observation_decision", "observation_end", "observation_notice"
"""The forms of the decision to observe, of the decision that ends it, and of a notice while it lasts."""


def follow(session: Session, title: Title, place: Place, grade: Grade, rules: EvaluationRules) -> None:
    """What a grade that was just decided leads to, by the programme's runs; the title is locked."""
    graded = {one.year: one for one in queries.grades_of(session, title.id)}
    plain = {year: one.grade for year, one in graded.items()}
    for rule in rules.runs:
        if title.status in standing.ENDS:
            continue
        end = runs.completed_by(plain, grade.year, grade=rule.grade, in_a_row=rule.in_a_row)
        if end is None:
            continue
        found = [graded[year] for year in range(end - rule.in_a_row + 1, end + 1)]
        if rule.effect == OBSERVATION:
            _open(session, title, rule, found, place)
        else:
            proposing.propose(
                session, title, key=rule.sanction, cause=f"grades:{end}", evidence=evidence(session, found),
                from_case_id=place.case.id, at=place.at,
            )


def evidence(session: Session, graded: Sequence[queries.Graded]) -> list[dict[str, str]]:
    """Grades as a sanction names its evidence: which year and grade, decided on which day, in which case."""
    numbers = dict(session.execute(
        select(Case.id, Case.number).where(Case.id.in_([one.case_id for one in graded]))
    ).all())
    return [
        {"what": f"{one.year} 年度评价等次为 {one.grade}", "on": one.decided_on.isoformat() if one.decided_on else "",
         "case": numbers[one.case_id]}
        for one in graded
    ]


def begin(session: Session, place: Place) -> str:
    """列入观察: the authority's decision places the title under observation from its day on. Raises Refused for
    one that is observed already."""
    title = changing.locked(session, _title_id(place))
    if is_observed(session, title):
        raise Refused(f"称号 {title.number} 已经列入观察。", clause=_rule(place.programme).clause)
    said = _answers(session, place, DECISION)
    decided_on = _decided_on(said, place)
    _change(session, place, OBSERVED, said, decided_on)
    return "observed"


def lift(session: Session, place: Place) -> str:
    """解除观察: by decision, at any time while it lasts or after its end. Raises Refused for a title that isn't
    observed."""
    title = changing.locked(session, _title_id(place))
    if not is_observed(session, title):
        raise Refused(f"称号 {title.number} 没有列入观察。", clause=_rule(place.programme).clause)
    said = _answers(session, place, END)
    _change(session, place, "observation_lifted", said, _decided_on(said, place))
    return "lifted"


def propose(session: Session, place: Place) -> str:
    """Propose the notice (what=circular) or the revocation (what=revocation) of a title under observation."""
    title = changing.locked(session, _title_id(place))
    if not is_observed(session, title):
        said = f"称号 {title.number} {standing.STATUSES[title.status]}，不在观察期内。"
        raise Refused(said, clause=_rule(place.programme).clause)
    rule, what = _rule(place.programme), place.parameters.get("what", "circular")
    said = _answers(session, place, NOTE if what == "circular" else END)
    last = [one for one in queries.grades_of(session, title.id) if one.grade == rule.grade]
    shown = [*evidence(session, last), {"what": str(said["reason"]), "on": clock.local(place.at).date().isoformat(),
                                        "case": place.case.number}]
    proposing.propose(
        session, title, key=rule.circular if what == "circular" else rule.sanction,
        cause=f"case:{place.case.id}:{place.case.revision}", evidence=shown, from_case_id=place.case.id, at=place.at,
    )
    return what


def is_observed(session: Session, title: Title) -> bool:
    """Whether a title is under observation, whatever else holds of it."""
    state = standing.fold(changing.events_of(session, title.id), on=clock.today(), valid_until=title.valid_until)
    return state is not None and OBSERVED in state.marks and state.ended_by is None


def _open(
    session: Session, title: Title, rule: RunRule, found: Sequence[queries.Graded], place: Place
) -> None:
    """The case in which the authority decides; none beside one that is open, or for a title observed already."""
    is_open = session.scalar(select(exists().where(
        Case.title_id == title.id, Case.diagram == rule.diagram, Case.status == "open"
    )))
    if is_open or is_observed(session, title):
        return
    years = "、".join(str(one.year) for one in found)
    changing.open_about(
        session, title, diagram=rule.diagram, name=f"列入观察（{years} 年度评价均为 {rule.grade}）", at=place.at,
        about_id=place.case.id,
    )


def _change(session: Session, place: Place, kind: str, said: Mapping[str, Any], on: date) -> TitleEvent:
    return changing.record(
        session, changing.locked(session, _title_id(place)), kind, case_id=place.case.id,
        clause=_rule(place.programme).clause, effective_on=on, decision=str(said.get("document_number") or ""),
        reason=str(said.get("reason") or ""), person_id=place.person_id, at=place.at,
    )


def _decided_on(said: Mapping[str, Any], place: Place) -> date:
    """The day of the decision; it can't lie before its case."""
    day, opened = date.fromisoformat(str(said["decided_on"])), clock.local(place.case.opened_at).date()
    if day < opened:
        raise Invalid({"decided_on": [f"决定日期不能早于本办件建立的日期 {opened}，请改正。"]})
    return day


def _answers(session: Session, place: Place, form: str) -> Mapping[str, Any]:
    return cases.latest_answers(session, place.case.id)[form]


def _title_id(place: Place) -> int:
    if place.case.title_id is None:
        raise Refused("此办件没有称号，不能办理观察。")
    return place.case.title_id


def _rule(programme: Programme) -> RunRule:
    """The run that leads to an observation. Raises Refused where the programme has none."""
    rules = programme.life.evaluation
    found = next((one for one in rules.runs if one.effect == OBSERVATION), None) if rules else None
    if found is None:
        raise Refused("本项目没有写明观察期（evaluation.runs），不能办理。")
    return found
