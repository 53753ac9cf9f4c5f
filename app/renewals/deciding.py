"""Deciding: what the words of a renewal's diagram do."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, workdays
from app.audit import operations as audit
from app.cases import deadlines
from app.cases import queries as cases
from app.cases.words import Place
from app.documents.models import Document
from app.errors import Refused
from app.notices import operations as notices
from app.programmes.queries import Programme
from app.renewals import exemption, opening
from app.renewals.models import Renewal
from app.titles import changing, life, standing
from app.titles.expiry import EXPIRE, UNDER_EVALUATION
from app.titles.models import Title, TitleEvent


def look_for_exemption(session: Session, place: Place) -> bool:
    """Whether the renewal is exempt from review as things are now, with the years that say so written down.
    Source: HBI-18.1."""
    renewal, title = _of(session, place)
    rule = place.programme.life.renewal.exempt
    stopped = rule is not None and exemption.is_stopped(session, title, rule)
    years = exemption.years(session, title, rule, on=clock.local(place.at).date()) if rule is not None else []
    renewal.exempt_years = [] if stopped else years
    session.flush()
    if years:
        _tell(session, place, "stop_exemption" if stopped else "find_exemption", clause=rule.clause,
              years="、".join(map(str, years)), grade=rule.grade)
    return bool(renewal.exempt_years)


def record_filed(session: Session, place: Place) -> str:
    """The holder filed in its window: from now on the renewal waits for its decision, also beyond the title's end.
    Source: HBI-12."""
    renewal, _title = _of(session, place)
    if renewal.status != "open":
        raise Refused("本次期满延续已经提交或办结，不能再提交。", clause=place.programme.life.renewal.clause)
    renewal.status, renewal.filed_at = "filed", place.at
    session.flush()
    return renewal.ends_on.isoformat()


def record_not_filed(session: Session, place: Place) -> str:
    """Nothing was filed in the window: the title ends with its last day, and the holder is told by the letter that the
    step names. Returns that day. Source: HBI-12."""
    renewal, title = _of(session, place)
    if renewal.status != "open":
        return renewal.ends_on.isoformat()
    renewal.status = "not_filed"
    renewal.reason = f"未在 {renewal.window_until or renewal.ends_on} 前提交期满自评"
    renewal.decided_on = deadlines.last_day_of(place.at)
    session.flush()
    _end(session, title, renewal)
    if place.parameters.get("letter"):
        notices.write(session, place, kind="letter")
    return renewal.ends_on.isoformat()


def renew(session: Session, place: Place) -> str:
    """Renew the title from its old end; returns its new last day.

    With `basis` exempt it cites the clause of the exemption and the years; else the decision on record in the case.
    Raises Refused for a title that has ended meanwhile. Source: HBI-12, HBI-18.1.
    """
    renewal, title = _of(session, place)
    rules = place.programme.life.renewal
    if title.status in standing.ENDS:
        said = f"称号 {title.number} {standing.STATUSES[title.status]}，不能延续。"
        raise Refused(said, clause=rules.clause)
    if renewal.status != "filed":
        raise Refused("本次期满延续尚未提交或已经办结。", clause=rules.clause)
    old = title.valid_until or renewal.ends_on
    until = extended(place.programme, old, place.case.region_code)
    clause = rules.clause
    if place.parameters.get("basis") == "exempt":
        if rules.exempt is None or not renewal.exempt_years:
            raise Refused("没有可以免评的评价结果。", clause=rules.clause)
        clause = rules.exempt.clause
        years = "、".join(map(str, renewal.exempt_years))
        renewal.reason = f"{years} 年评价均为 {rules.exempt.grade}，期满免评"
        renewal.status = "exempt"
    else:
        _take_decision(session, place, renewal)
        renewal.status = "passed"
    renewal.ends_on, renewal.renewed_until = old, until
    renewal.decided_on = renewal.decided_on or clock.local(place.at).date()
    session.flush()
    changing.record(
        session, title, "renewed", case_id=place.case.id, clause=clause, effective_on=workdays.day_after(old),
        decision=renewal.decision, reason=renewal.reason, document_id=renewal.document_id,
        details=changing.moved_until(title, until), person_id=place.person_id, at=place.at,
    )
    return until.isoformat()


def refuse(session: Session, place: Place) -> str:
    """Decide that the title isn't renewed: it ends with its last day, also where that is past. Returns that day.
    Source: HBI-12."""
    renewal, title = _of(session, place)
    if title.status in standing.ENDS or renewal.status != "filed":
        raise Refused("本次期满延续尚未提交或已经办结。", clause=place.programme.life.renewal.clause)
    _take_decision(session, place, renewal)
    renewal.status = "failed"
    session.flush()
    _end(session, title, renewal)
    return renewal.ends_on.isoformat()


def asked_at_expiry(session: Session, title: Title) -> str:
    """Whether a title is still being evaluated on the day after its last: its renewal is filed and undecided, or its
    window hasn't ended, or opens only now. Source: HBI-12."""
    programme = changing.programme_of(session, title)
    if not opening.is_renewable(programme, title):
        return ""
    renewal = opening.of_end(session, title)
    if renewal is None:
        return UNDER_EVALUATION if programme.life.renewal.opens is None else ""
    if renewal.status == "filed":
        return UNDER_EVALUATION
    waits = renewal.status == "open" and opening.window_is_open(session, renewal, programme)
    return UNDER_EVALUATION if waits else ""


def hear_of_the_end(session: Session, title: Title, event: TitleEvent) -> None:
    """A renewal that is still under way when its title ends is over with it."""
    if title.status not in standing.ENDS:
        return
    renewal = opening.undecided_or_lost(session, title)
    if renewal is None or renewal.status in opening.LOST:
        return
    lapsed = event.kind == "expired" and renewal.status == "open"
    renewal.status = "not_filed" if lapsed else "void"
    renewal.decided_on = clock.today()
    renewal.reason = "期满未提交自评" if lapsed else f"称号{standing.KINDS[event.kind]}（{event.clause}）"
    session.flush()


def extended(programme: Programme, old: date, region_code: str) -> date:
    """The last day of the validity that follows on one with the last day `old`, by app.workdays.

    Where the first day counts, it is the day after the old end. Source: HBI-12.
    """
    period = programme.periods[programme.title.validity].period
    start = workdays.day_after(old) if period.first_day_counts else old
    return workdays.deadline(period, start, workdays.calendar_for(region_code)).last_day


def _of(session: Session, place: Place) -> tuple[Renewal, Title]:
    """The renewal of a case and its title, both locked: the title first."""
    if place.case.title_id is None:
        raise Refused("此办件没有称号，不能办理期满延续。")
    title = changing.locked(session, place.case.title_id)
    renewal = session.scalars(
        select(Renewal).where(Renewal.case_id == place.case.id).with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if renewal is None:
        raise Refused("此办件不是由到期自动建立的期满延续，不能办理。")
    return renewal, title


def _end(session: Session, title: Title, renewal: Renewal) -> None:
    """Let a title whose renewal is lost end, by its own row instead of the plain expiry's. It ends once."""
    if title.status in standing.ENDS:
        return
    life.drop(session, life.subject_of(title), kinds=(EXPIRE,))
    opening.plan_end(session, title, renewal)


def _take_decision(session: Session, place: Place, renewal: Renewal) -> None:
    """Number, day, reason and document of the decision, from the last answers of the form that `decision` names."""
    said: Mapping[str, Any] = cases.latest_answers(session, place.case.id).get(
        place.parameters.get("decision") or "renewal_decision", {}
    )
    renewal.decision = str(said.get("document_number") or "")
    renewal.reason = str(said.get("reason") or "")
    issued_on = said.get("issued_on")
    renewal.decided_on = date.fromisoformat(str(issued_on)) if issued_on else clock.local(place.at).date()
    files = said.get("document") or []
    if files:
        renewal.document_id = session.scalar(select(Document.id).where(Document.public_id == files[0]))


def _tell(session: Session, place: Place, verb: str, **details: str) -> None:
    audit.record(
        session, chain=f"case:{place.case.id}", verb=verb, person_id=None, person_name="系统", unit_name="",
        details=details, legal_at=place.at,
    )
