"""The grade of one title for one year, from its computed figures to the end of the appeal.

The diagram's words are said in its case's step: the case is locked, then the grade, then the title. A grade counts once
it is decided; the one before an appeal stays beside it. Source: HBI-17.2.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import clock
from app.audit import operations as audit
from app.cases import queries as cases
from app.cases.models import Act, ActRow, Answer, Case, Task
from app.cases.steps import CaseRow
from app.cases.words import Place
from app.errors import Invalid, Refused
from app.evaluations import figures, gathering, observing, queries
from app.evaluations.models import Grade
from app.people import queries as people
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.life import EvaluationRules
from app.programmes.queries import Programme
from app.titles import changing
from app.titles.models import Title

CHECK = "evaluation_check"
"""The form with which the city corrects indicators: `corrections` are rows of indicator, share (per cent), reason."""
COMPUTED, OTHER = "computed", "other"
UPHOLD, CHANGE = "uphold", "change"


def compute(session: Session, place: Place) -> str:
    """计算指标: figures, score and computed grade of the case's title, with the city's corrections where it made some.
    Returns the computed grade, "" where no indicator could be counted. Raises Invalid at a wrong correction."""
    grade = of_case(session, place.case.id)
    title, rules = session.get_one(Title, grade.title_id), _rules(place.programme)
    gathered = gathering.gather(session, place.programme, title, grade.year, now=place.at)
    found = {key: {"share": None if one.share is None else str(one.share), "part": str(one.part),
                   "whole": str(one.whole)} for key, one in gathered.items()}
    shares = {key: one.share for key, one in gathered.items()}
    for key, said in _corrections(session, place, rules).items():
        shares[key] = said["share"]
        found[key] |= {"share": str(said["share"]), "computed": found[key]["share"], "reason": said["reason"]}
    scored = figures.score({one.key: one.points for one in rules.indicators}, shares)
    for key, counted in scored.points.items():
        found[key]["points"] = str(counted)
    grade.figures = found
    grade.score = "" if scored.score is None else str(scored.score)
    grade.computed = "" if scored.score is None else str(
        place.programme.table(rules.table).grade({"score": scored.score})["grade"]
    )
    session.flush()
    _record(session, place, "compute_grade", year=grade.year, score=grade.score, grade=grade.computed,
            corrected=len([one for one in found.values() if "computed" in one]))
    return grade.computed


def confirm(session: Session, place: Place) -> str:
    """确认等次: the authority takes the computed grade or, with a reason, another one."""
    grade, rules = of_case(session, place.case.id), _rules(place.programme)
    said, outcome = last_step(session, place.case.id)
    wrong = _wrong(rules, said, outcome)
    if wrong:
        raise Invalid(wrong)
    if outcome == COMPUTED and not grade.computed:
        raise Refused(NOTHING_COMPUTED)
    grade.grade = grade.computed if outcome == COMPUTED else str(said["grade"])
    grade.reason = "" if grade.grade == grade.computed else str(said["reason"])
    session.flush()
    _record(session, place, "confirm_grade", year=grade.year, grade=grade.grade, computed=grade.computed,
            reason=grade.reason)
    return grade.grade


NOTHING_COMPUTED = "没有可计算的指标，不能采用计算的等次：请选“另定等次”，写明等次和理由。"


def see_that_it_can_be_confirmed(session: Session, act: Act, rows: Sequence[ActRow], _by: Identity) -> None:
    """An act that takes computed grades needs one in each row; one that sets another needs the grade and the reason.
    Raises Invalid."""
    rules = _rules(programmes.programme(session, act.release_id))
    if wrong := _wrong(rules, act.answers, act.outcome):
        raise Invalid(wrong)
    if act.outcome != COMPUTED:
        return
    blank = session.scalars(
        select(Case.number).join(Grade, Grade.case_id == Case.id)
        .where(Case.id.in_([row.case_id for row in rows]), Grade.computed == "").order_by(Case.id)
    ).all()
    if blank:
        some = "、".join(blank[:5]) + ("等" if len(blank) > 5 else "")
        raise Invalid({"tasks": [f"办件 {some}：{NOTHING_COMPUTED}"]})


def review(session: Session, place: Place) -> str:
    """复核决定: the grade is upheld or changed; the one before the appeal is kept. Returns the grade."""
    grade, rules = of_case(session, place.case.id), _rules(place.programme)
    said, outcome = last_step(session, place.case.id)
    before = grade.grade
    if outcome == CHANGE:
        wrong = _wrong(rules, said, OTHER)
        if not wrong and said["grade"] == before:
            wrong = {"grade": [f"复核前的等次就是 {before}；维持原等次的，请选“维持”。"]}
        if wrong:
            raise Invalid(wrong)
        grade.grade = str(said["grade"])
    grade.before_appeal, grade.reason = before, str(said.get("reason") or "")
    session.flush()
    _record(session, place, "review_grade", year=grade.year, grade=grade.grade, before=before, reason=grade.reason)
    return grade.grade


def settle(session: Session, place: Place) -> str:
    """等次确定: from now on the grade counts; what equal grades in a row lead to is opened. Returns the grade."""
    if place.case.title_id is None:
        raise Refused("此办件不是年度评价，没有可办理的等次。")
    title = changing.locked(session, place.case.title_id)
    grade, rules = of_case(session, place.case.id), _rules(place.programme)
    if not grade.grade:
        raise Refused("等次还没有确认。")
    grade.status, grade.decided_on = "decided", clock.local(place.at).date()
    session.flush()
    _record(session, place, "settle_grade", year=grade.year, grade=grade.grade, clause=rules.clause)
    observing.follow(session, title, place, grade, rules)
    return grade.grade


def void(session: Session, case: CaseRow, _reason: str) -> None:
    """A title that ends while it is evaluated gets no grade of that year."""
    session.execute(
        update(Grade).where(Grade.case_id == case.id, Grade.status == "open").values(status="void")
        .execution_options(synchronize_session=False)
    )


def of_case(session: Session, case_id: int) -> Grade:
    """The grade that a case is about, its row locked. Raises Refused where it is about none."""
    grade = session.scalars(
        select(Grade).where(Grade.case_id == case_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if grade is None:
        raise Refused("此办件不是年度评价，没有可办理的等次。")
    return grade


def letter_fields(session: Session, place: Place) -> dict[str, str]:
    """What letters of an evaluation may name."""
    grade = queries.grade_of_case(session, place.case.id)
    if grade is None:
        return {}
    return {"评价年度": str(grade.year), "评价得分": grade.score or "（无）", "评价等次": grade.grade,
            "复核前等次": grade.before_appeal, "评价理由": grade.reason}


def _rules(programme: Programme) -> EvaluationRules:
    rules = programme.life.evaluation
    if rules is None:
        raise Refused("本项目没有写明评价（evaluation），不能办理。")
    return rules


def _corrections(session: Session, place: Place, rules: EvaluationRules) -> dict[str, dict[str, Any]]:
    """What the city corrected, by indicator. Raises Invalid at a row of a strange or repeated indicator."""
    rows = cases.latest_answers(session, place.case.id).get(CHECK, {}).get("corrections") or []
    known, found, wrong = {one.key for one in rules.indicators}, {}, {}
    for n, row in enumerate(rows):
        key = str(row["indicator"])
        if key not in known:
            wrong[f"corrections.{n}.indicator"] = ["本项目没有这项指标。"]
        elif key in found:
            wrong[f"corrections.{n}.indicator"] = ["同一指标只能更正一次。"]
        found[key] = {"share": figures.of(Decimal(str(row["share"])), 100).share, "reason": str(row["reason"])}
    if wrong:
        raise Invalid(wrong)
    return found


def _wrong(rules: EvaluationRules, said: Mapping[str, Any], outcome: str) -> dict[str, list[str]]:
    """What keeps another grade than the computed one from being set: it is one of the programme's, with a reason."""
    if outcome != OTHER:
        return {}
    wrong = {}
    if said.get("grade") not in rules.grades:
        wrong["grade"] = [f"请选择等次：{'、'.join(rules.grades)}。"]
    if not str(said.get("reason") or "").strip():
        wrong["reason"] = ["另定等次的，必须写明理由。"]
    return wrong


def last_step(session: Session, case_id: int) -> tuple[Mapping[str, Any], str]:
    """What the last completed task of a case said: its answers and its outcome."""
    row = session.execute(
        select(Answer.values, Task.outcome).join(Task, Answer.task_id == Task.id).where(Answer.case_id == case_id)
        .order_by(Answer.id.desc()).limit(1)
    ).one()
    return row[0], row[1] or ""


def _record(session: Session, place: Place, verb: str, **details: Any) -> None:
    audit.record(
        session, chain=f"case:{place.case.id}", verb=verb, person_id=place.person_id,
        person_name=people.person_name(session, place.person_id) if place.person_id else "系统", unit_name="",
        details=details, legal_at=place.at,
    )
