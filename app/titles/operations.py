"""称号: granted by a case's diagram; every change is an event, and the status is their fold."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock, db, workdays
from app.audit import operations as audit
from app.cases import queries as cases
from app.cases.models import Act, ActRow, Message
from app.cases.words import Place
from app.errors import Invalid, Refused
from app.people import queries as people
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.titles import entering
from app.titles.models import Title, TitleEvent

PUBLICATION_OVER = "publication_cleared"
"""The message by which an application learns that its publication is over; dated at that instant."""


def grant(session: Session, place: Place) -> str:
    """Grant the programme's title to the case's applicant; returns its number.

    Day and document number come from the recognition document, at the fields that the programme names. The validity
    period, where the programme has one, runs from that day by app.workdays; its last day is `valid_until`.
    """
    if place.case.applicant_id is None:
        raise Refused("没有申报单位的办件不能授予称号。")
    rules = place.programme.title
    answers = cases.latest_answers(session, place.case.id)
    granted_on = date.fromisoformat(str(_answer(answers, rules.granted_on)))
    title = Title(
        public_id=db.public_id(),
        number=entering.number_for(session, place.programme, granted_on),
        programme=place.programme.key,
        name=rules.name,
        holder_id=place.case.applicant_id,
        holder_name=people.unit(session, place.case.applicant_id).name,
        classes=_classes(place, answers),
        case_id=place.case.id,
        document_number=str(_answer(answers, rules.document_number)),
        granted_on=granted_on,
        valid_until=_valid_until(place, granted_on),
        status="active",
    )
    session.add(title)
    session.flush()
    session.add(
        TitleEvent(
            title_id=title.id, seq=1, kind="granted", status="active", clause=rules.clause, case_id=place.case.id,
            effective_on=granted_on, recorded_at=clock.now(),
        )
    )
    session.flush()
    audit.record(
        session, chain=f"case:{place.case.id}", verb="grant_title", person_id=place.person_id,
        person_name="" if place.person_id else "系统", unit_name="",
        details={"number": title.number, "granted_on": granted_on.isoformat(), "clause": rules.clause},
        legal_at=place.at,
    )
    return title.number


def see_that_it_follows_the_publication(
    session: Session, act: Act, rows: Sequence[ActRow], _by: Identity
) -> None:
    """Raise Invalid at the document's date where it lies before the publication of one of the cases was over.

    The first day that a recognition document may bear is the one after the publication's last day.
    """
    rules = programmes.programme(session, act.release_id).title
    field = rules.granted_on.partition(".")[2]
    over = session.scalar(
        select(func.max(Message.effective_at)).where(
            Message.to_case_id.in_([row.case_id for row in rows]), Message.name == PUBLICATION_OVER,
            Message.status != "void",
        )
    )
    if over is not None and date.fromisoformat(str(act.answers[field])) < clock.local(over).date():
        first = clock.local(over).date()
        raise Invalid({field: [f"公示期满后才能发文：文件日期不能早于 {first}（{rules.clause}），请改正。"]})


def _classes(place: Place, answers: dict[str, dict]) -> dict[str, str]:
    """The title's classes in words, as they were decided at the fields that the programme names."""
    found = {}
    for key, rule in place.programme.title.classes.items():
        form, _, field = rule.field.partition(".")
        if value := answers.get(form, {}).get(field):
            found[key] = entering.class_words(place.programme, key, value)
    return found


def _valid_until(place: Place, granted_on: date) -> date | None:
    validity = place.programme.title.validity
    if validity is None:
        return None
    rule = place.programme.periods[validity]
    return workdays.deadline(rule.period, granted_on, workdays.calendar_for(place.case.region_code)).last_day


def _answer(answers: dict[str, dict], path: str) -> object:
    form, field = path.split(".")
    try:
        return answers[form][field]
    except KeyError:
        raise Refused(f"授予称号需要先填写“{path}”。") from None
