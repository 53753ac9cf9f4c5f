"""称号: granted by a case's diagram; every change is an event, and the status is their fold."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock, db, workdays
from app.audit import operations as audit
from app.cases import queries as cases
from app.cases.models import Act, ActRow, Case, Message
from app.cases.words import Place
from app.errors import Invalid, Refused
from app.people import queries as people
from app.people.models import Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.programmes.sections import AFTER_PUBLICATION
from app.titles import bans, changing, entering, standing
from app.titles.models import Title

APPLY_AGAIN = "apply_again"
"""The kind of renewal by a new application: see app.programmes.life.RenewalRules."""
PUBLICATION_OVER = "publication_cleared"
"""The message by which an application learns that its publication is over; dated at that instant."""


def grant(session: Session, place: Place) -> str:
    """Grant the programme's title to the case's applicant; returns its number.

    Day and document number come from the recognition document, at the fields that the programme names. The validity
    period, where the programme has one, runs from that day by app.workdays; its last day is `valid_until`. Where there
    is no document, the title begins on the day after the publication's last one. Granted to the holder of one that
    still runs, where the programme lets it apply again before the end, the title begins on the day after that.

    Raises Refused with clause and date where a ban keeps the applicant out on that day, or today.
    Source: HBL-8.4, HUB-15.1, NAT-17, HBI-13.3, HBI-15.
    """
    if place.case.applicant_id is None:
        raise Refused("没有申报单位的办件不能授予称号。")
    rules = place.programme.title
    answers = cases.latest_answers(session, place.case.id)
    if rules.granted_on == AFTER_PUBLICATION:
        granted_on = clock.local(place.at).date()
    else:
        granted_on = date.fromisoformat(str(_answer(answers, rules.granted_on)))
    holder = people.unit(session, place.case.applicant_id)
    for day in (granted_on, clock.today()):
        bans.see_that_none_bans(session, place.programme, holder.credit_code or "", day)
    begins_on = _begins_on(session, place, granted_on)
    title = Title(
        public_id=db.public_id(),
        number=entering.number_for(session, place.programme, granted_on),
        programme=place.programme.key,
        name=rules.name,
        holder_id=place.case.applicant_id,
        holder_name=holder.name,
        classes=_classes(place, answers),
        case_id=place.case.id,
        document_number=str(_answer(answers, rules.document_number)) if rules.document_number else "",
        release_id=place.case.release_id,
        granted_on=begins_on,
        valid_until=_valid_until(place, begins_on),
        status="active",
    )
    session.add(title)
    session.flush()
    changing.record(
        session, title, "granted", case_id=place.case.id, clause=rules.clause, effective_on=begins_on,
        decision=title.document_number, person_id=place.person_id, at=place.at,
        details={} if begins_on == granted_on else {"decided_on": granted_on.isoformat()},
    )
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
    """Raise Invalid at the document's date where it lies before the publication of one of the cases was over, or in a
    ban of one of the applicants.

    The first day that a recognition document may bear is the one after the publication's last day.
    """
    programme = programmes.programme(session, act.release_id)
    rules = programme.title
    field = rules.granted_on.partition(".")[2]
    _see_that_none_is_banned(session, programme, rows, date.fromisoformat(str(act.answers[field])), field)
    over = session.scalar(
        select(func.max(Message.effective_at)).where(
            Message.to_case_id.in_([row.case_id for row in rows]), Message.name == PUBLICATION_OVER,
            Message.status != "void",
        )
    )
    if over is not None and date.fromisoformat(str(act.answers[field])) < clock.local(over).date():
        first = clock.local(over).date()
        raise Invalid({field: [f"公示期满后才能发文：文件日期不能早于 {first}（{rules.clause}），请改正。"]})


def _see_that_none_is_banned(
    session: Session, programme: Programme, rows: Sequence[ActRow], day: date, field: str
) -> None:
    if not bans.any_runs(session, programme.key, day):
        return
    applicants = session.execute(
        select(Case.number, Unit.name, Unit.credit_code).join(Unit, Case.applicant_id == Unit.id)
        .where(Case.id.in_([row.case_id for row in rows])).order_by(Case.id)
    )
    for row in applicants:
        ban = bans.ban_on(session, programme.key, row.credit_code or "", day)
        if ban is not None:
            raise Invalid({field: [f"{row.name}（{row.number}）{bans.said(session, ban, row.credit_code)}"]})


def _classes(place: Place, answers: dict[str, dict]) -> dict[str, str]:
    """The title's classes in words, as they were decided at the fields that the programme names."""
    found = {}
    for key, rule in place.programme.title.classes.items():
        form, _, field = rule.field.partition(".")
        if value := answers.get(form, {}).get(field):
            found[key] = entering.class_words(place.programme, key, value)
    return found


def _begins_on(session: Session, place: Place, granted_on: date) -> date:
    """The first day of a title: that of its document, or the day after the holder's running one ends."""
    renewal = place.programme.life.renewal
    if renewal is None or renewal.kind != APPLY_AGAIN:
        return granted_on
    until = session.scalar(
        select(func.max(Title.valid_until)).where(
            Title.programme == place.programme.key, Title.holder_id == place.case.applicant_id,
            Title.status.not_in(standing.ENDS), Title.valid_until >= granted_on,
        )
    )
    return granted_on if until is None else workdays.day_after(until)


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
