"""What the diagram of an appointment says: the holder's answer, and that the period passed without one.

Any recorded answer that the programme counts (`appointments.handled_by`) is handling: accepted, another date offered,
declined with a reason. Source: HBI-16.2; D25.
"""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.appointments import booking
from app.appointments.models import Appointment
from app.cases import queries as cases
from app.cases.models import Case, Task
from app.cases.steps import CaseRow
from app.cases.words import Place
from app.errors import Invalid, Refused
from app.outbox import operations as outbox
from app.outbox import wording
from app.programmes.life import AppointmentRules
from app.titles.models import Title

OUTCOMES = {"accept": "accepted", "other_date": "other_date", "decline": "declined"}
"""Outcomes of a step -> what the appointment is then."""
HANDLED = {"accepted": "accepted", "other_date": "other_date", "declined": "declined_with_reason"}
"""What an appointment is -> its word in `handled_by`."""


def answer(session: Session, place: Place) -> str:
    """答复: keep what the holder answered and tell the enterprise by mail; returns what the appointment is now.

    The form of the step has `reply`, `offered_on` (another date) and `reason` (declined). An answer after the end of
    the period marks the appointment as overdue, whether its timer came or not.
    """
    made = locked(session, place.case.id)
    rules = _rules(place)
    step = _answered_step(session, place.case.id)
    status = OUTCOMES[step.outcome]
    if HANDLED[status] not in rules.handled_by:
        raise Invalid({"outcome": ["本项目不把这样的答复作为办理，请选择其他结果。"]})
    if made.status != "open":
        raise Refused("企业已取消此预约，不必再答复。")
    values = cases.latest_answers(session, place.case.id).get(_form(place, step.element), {})
    made.status, made.answered_at = status, place.at
    made.answer = _said(values, status)
    made.offered_on = _day(values.get("offered_on")) if status == "other_date" else None
    if made.overdue_at is None and place.at >= step.ends_at:
        made.overdue_at = step.ends_at
    region = session.scalar(select(Case.region_code).where(Case.id == place.case.id)) or ""
    made.rate_until = booking.rate_until(place.programme, rules, place.at, region)
    session.flush()
    if made.contact_email:
        holder = session.get_one(Title, made.title_id).holder_name
        subject, body = wording.APPOINTMENT_ANSWERED.written(holder=holder, code=made.code)
        outbox.post(session, to=made.contact_email, subject=subject, body=body)
    return status


def record_overdue(session: Session, place: Place) -> str:
    """逾期: the period ended at this instant and nobody had answered."""
    made = locked(session, place.case.id)
    if made.status == "open" and made.overdue_at is None:
        made.overdue_at = place.at
        session.flush()
    return "overdue" if made.overdue_at is not None else "handled"


def close_with_its_case(session: Session, case: CaseRow, _reason: str) -> None:
    """An appointment whose case ends without an answer (its title ended) waits no more."""
    made = session.scalars(
        select(Appointment).where(Appointment.case_id == case.id, Appointment.status == "open").with_for_update()
    ).one_or_none()
    if made is not None:
        made.status, made.closed_at = "void", booking.clock.now()
        session.flush()


def locked(session: Session, case_id: int) -> Appointment:
    """The appointment of a case, its row locked. Raises Refused for a case that isn't one of an appointment."""
    found = session.scalars(
        select(Appointment).where(Appointment.case_id == case_id).with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise Refused("此办件不是企业提出的服务预约。")
    return found


def _rules(place: Place) -> AppointmentRules:
    rules = place.programme.life.appointments
    if rules is None:
        raise Refused("本项目没有服务预约的规定。")
    return rules


def _answered_step(session: Session, case_id: int) -> Any:
    found = session.execute(
        select(Task.outcome, Task.ends_at, Task.element)
        .where(Task.case_id == case_id, Task.status == "done", Task.outcome.in_(OUTCOMES))
        .order_by(Task.closed_at.desc(), Task.id.desc()).limit(1)
    ).first()
    if found is None:
        raise Refused("还没有答复（接受、另约日期或谢绝），不能办结。")
    return found


def _form(place: Place, element: str) -> str:
    return str(place.programme.specification(place.case.diagram).elements[element].properties["form"])


def _said(values: Any, status: str) -> str:
    keys = ("reason", "reply") if status == "declined" else ("reply",)
    return "\n".join(str(values[key]).strip() for key in keys if values.get(key))


def _day(value: Any) -> date | None:
    return date.fromisoformat(str(value)) if value else None
