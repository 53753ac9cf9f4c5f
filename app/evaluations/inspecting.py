"""检查: the finding of a check that is done in a case, and what may follow from data that turned out false.

The form of a check has `inspected_on` and `finding`, and may have `to_mend`; its step ends as passed or failed.
Source: HBI-17.1, HBI-15.
"""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, db
from app.cases import queries as cases
from app.cases.models import Case, Task
from app.cases.words import Place
from app.errors import Refused
from app.evaluations.models import Inspection
from app.evaluations.sampling import rule_of
from app.programmes.queries import Programme
from app.sanctions import proposing
from app.titles import changing
from app.titles.models import Title

PASSED = {"passed": True, "failed": False}
"""Outcomes of the step of a check -> whether it was passed."""


def begin(session: Session, case: Case, _programme: Programme) -> None:
    """The row of a check that somebody began by hand; a sampled one has its own already."""
    if case.title_id is not None and of_case(session, case.id) is None:
        title = session.get_one(Title, case.title_id)
        session.add(Inspection(
            public_id=db.public_id(), title_id=title.id, programme=title.programme, kind="on_site", case_id=case.id,
            recorded_at=clock.now(),
        ))
        session.flush()


def record(session: Session, place: Place) -> str:
    """登记检查结果: keep the day, what was found, and whether it was passed; returns "passed" or "failed"."""
    found = of_case(session, place.case.id)
    if found is None:
        raise Refused("此办件不是关于称号的检查。")
    step = session.execute(
        select(Task.outcome, Task.element)
        .where(Task.case_id == place.case.id, Task.status == "done", Task.outcome.in_(PASSED))
        .order_by(Task.closed_at.desc(), Task.id.desc()).limit(1)
    ).first()
    if step is None:
        raise Refused("还没有检查结论，不能登记。")
    form = str(place.programme.specification(place.case.diagram).elements[step.element].properties["form"])
    values = cases.latest_answers(session, place.case.id).get(form, {})
    found.passed = PASSED[step.outcome]
    found.inspected_on = date.fromisoformat(str(values["inspected_on"])) if values.get("inspected_on") else None
    found.finding = str(values.get("finding") or "")
    found.to_mend = str(values.get("to_mend") or "")
    found.recorded_at = place.at
    session.flush()
    return str(step.outcome)


def propose(session: Session, place: Place) -> str:
    """提出处理: the sanction that the programme names for false data, with the check and the report as its evidence.

    Only proposed: it is heard and decided in its own case. Returns "proposed". Raises Refused where the programme
    names none, or the check was passed.
    """
    rule, found = rule_of(place.programme), of_case(session, place.case.id)
    if rule is None or not rule.sanction:
        raise Refused("本项目没有规定数据不属实时的处理，请另行发起。")
    if found is None or found.passed is not False:
        raise Refused("检查结论不是“不属实”，不能提出处理。")
    title = changing.locked(session, found.title_id)
    checked = session.get(Case, found.checked_case_id) if found.checked_case_id else None
    said = f"抽查核实数据不属实：{found.finding}"[:500]
    evidence = [{"what": said, "on": (found.inspected_on or clock.today()).isoformat(), "case": place.case.number}]
    if checked is not None:
        evidence.append(
            {"what": checked.title, "on": clock.local(checked.opened_at).date().isoformat(), "case": checked.number}
        )
    made = proposing.propose(
        session, title, key=rule.sanction, cause=f"case:{found.case_id}", evidence=evidence,
        from_case_id=place.case.id, at=place.at,
    )
    return "proposed" if made is not None else "ended"


def of_case(session: Session, case_id: int) -> Inspection | None:
    """The check that is done in a case."""
    return session.scalars(select(Inspection).where(Inspection.case_id == case_id)).one_or_none()
