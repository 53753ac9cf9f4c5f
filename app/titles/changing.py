"""Changing a title: every change is an event with clause, decision, the day from which it counts, and the instant at
which it was recorded. Everything that follows from one is told from here.

Lock order: the case, then the title's row. Nobody locks a case while holding a title.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from app import clock, db
from app.audit import operations as audit
from app.cases import messages
from app.cases import operations as cases
from app.cases.models import Case, Message
from app.cases.steps import CaseRow
from app.cases.words import Scalar
from app.db import Statement
from app.errors import Refused
from app.people import queries as people
from app.people.models import Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.titles import life, standing
from app.titles.models import LifeDue, Title, TitleEvent

ENDED = "title_ended"
"""The message by which a title's other open cases hear that it has ended; those that don't wait for it end."""
SUPERSEDED = "称号已终止"
HANDED_OVER = "handed_over"
"""A kind of event, and the message by which a title's open cases hear that another unit answers for it."""
_RECOMMENDER_OF = Statement(select(Case.recommender_id).where(Case.id == bindparam("case")))

_listeners: list[Callable[[Session, Title, TitleEvent], None]] = []


def on_change(hear: Callable[[Session, Title, TitleEvent], None]) -> Callable[[Session, Title, TitleEvent], None]:
    """Register f(session, title, event): it hears of every event of every title, in its transaction, the title's row
    locked. It plans what comes next and locks nothing else."""
    _listeners.append(hear)
    return hear


def locked(session: Session, title_id: int) -> Title:
    """A title, its row locked until the transaction ends, as it is committed now. Rows that name the title by foreign
    key don't wait for it (FOR NO KEY UPDATE)."""
    return session.scalars(
        select(Title).where(Title.id == title_id).with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def events_of(session: Session, title_id: int) -> Sequence[TitleEvent]:
    """All events of a title, in the order in which they were recorded."""
    return session.scalars(select(TitleEvent).where(TitleEvent.title_id == title_id).order_by(TitleEvent.seq)).all()


def programme_of(session: Session, title: Title) -> Programme:
    """The release under which a title runs; the newest where none is written (it came in before releases were kept).
    Source: NAT-30."""
    if title.release_id is not None:
        return programmes.programme(session, title.release_id)
    return programmes.latest(session, title.programme)


def record(
    session: Session, title: Title, kind: str, *, case_id: int, clause: str, effective_on: date, decision: str = "",
    reason: str = "", document_id: int | None = None, details: Mapping[str, Any] | None = None,
    supersedes: int | None = None, person_id: int | None = None, at: datetime | None = None,
) -> TitleEvent:
    """Write an event of a locked title, bring the title up to it, tell who listens; with the audit entry of its case.

    `kind` is one of standing.KINDS. Where the event ends the title, what waits in its life ends too and its other open
    cases are told. Raises Refused for a change of a title that has ended (all but a stay, a correction, a renewal after
    the expiry), and for one of its status that shall count from a day that hasn't come; a title that follows another
    may be granted before it begins.
    """
    events = events_of(session, title.id)
    if title.status in standing.ENDS and events and supersedes is None and not _may_follow(title.status, kind):
        said = f"称号 {title.number} {standing.STATUSES[title.status]}，不能再办理“{standing.KINDS[kind]}”。"
        raise Refused(said, clause=clause)
    if kind in (standing.CHANGES_STATUS | {HANDED_OVER}) - {"granted"} and effective_on > clock.today():
        raise Refused(f"“{standing.KINDS[kind]}”的生效日期 {effective_on} 在今天以后，不能登记。", clause=clause)
    event = TitleEvent(
        title_id=title.id, seq=len(events) + 1, kind=kind, status="", clause=clause, case_id=case_id,
        effective_on=effective_on, recorded_at=clock.now(), decision=decision, reason=reason, document_id=document_id,
        details=dict(details or {}), supersedes=supersedes, person_id=person_id,
    )
    before, recommender = title.status, title.recommender_id
    state = standing.fold([*events, event], on=date.max, valid_until=began_until(title, events))
    assert state is not None
    event.status = title.status = state.status
    title.valid_until, title.recommender_id = state.valid_until, state.recommender
    title.holder_name = state.holder_name or title.holder_name
    session.add(event)
    session.flush()
    audit.record(
        session, chain=f"case:{case_id}", verb="change_title", person_id=person_id,
        person_name=people.person_name(session, person_id) if person_id else "系统", unit_name="",
        details={"number": title.number, "kind": kind, "status": title.status, "clause": clause, "decision": decision,
                 "effective_on": effective_on.isoformat(), "reason": reason},
        legal_at=at,
    )
    if title.status in standing.ENDS and before not in standing.ENDS:
        life.drop(session, life.subject_of(title))
        tell_open_cases(session, title, event, but=case_id, name=ENDED)
    elif title.recommender_id != recommender:
        tell_open_cases(session, title, event, but=case_id, name=HANDED_OVER)
    for hear in _listeners:
        hear(session, title, event)
    return event


_AFTER_THE_END = frozenset({"stayed", "stay_lifted", "corrected", "changed"})


def _may_follow(status: str, kind: str) -> bool:
    """Whether such an event may be recorded of a title that has ended so; a renewal only takes back an expiry."""
    return kind in _AFTER_THE_END or (kind == "renewed" and status == "expired")


def as_recorded(session: Session, title: Title) -> standing.State:
    """The fold of all events of a title, whatever day they count from: what its row says."""
    events = events_of(session, title.id)
    state = standing.fold(events, on=date.max, valid_until=began_until(title, events))
    assert state is not None
    return state


def began_until(title: Title, events: Sequence[TitleEvent]) -> date | None:
    """The last day with which the title began: what the first event that moves it says it was before."""
    moved = next((event for event in events if "valid_until" in event.details), None)
    if moved is None:
        return title.valid_until
    written = moved.details.get("valid_until_before")
    return date.fromisoformat(written) if written else None


def moved_until(title: Title, until: date | None) -> dict[str, Any]:
    """The details of an event that moves a title's last day."""
    before = title.valid_until
    return {"valid_until": until and until.isoformat(), "valid_until_before": before and before.isoformat()}


def take_up(session: Session) -> int:
    """Let what is to come fall due for titles that nothing waits for: those that came into the register before their
    lives were kept. Returns how many were taken up; doing it again changes nothing."""
    without = ~exists().where(LifeDue.title_id == Title.id)
    ids = session.scalars(select(Title.id).where(Title.status.not_in(standing.ENDS), without).order_by(Title.id)).all()
    for title_id in ids:
        title = locked(session, title_id)
        for event in events_of(session, title_id)[:1]:
            for hear in _listeners:
                hear(session, title, event)
    session.flush()
    return len(ids)


def tell_open_cases(session: Session, title: Title, event: TitleEvent, *, but: int, name: str) -> None:
    """Tell every other open case of a title what has become of it, by a message each."""
    open_cases = session.scalars(
        select(Case.id).where(Case.title_id == title.id, Case.status == "open", Case.id != but).order_by(Case.id)
    ).all()
    messages.post(
        session,
        [{"to_case_id": case_id, "key": f"{title.id}:{event.seq}:{case_id}",
          "payload": {"title_status": title.status, "reason": _said(title, event)}} for case_id in open_cases],
        name=name, sender=f"case:{event.case_id}", effective_at=clock.now(),
    )


def close_of_ended_title(session: Session, message: Message) -> None:
    """A case whose title has ended, and that doesn't wait to hear of it, ends too; with the reason in its story."""
    cases.supersede(
        session, message.to_case_id, reason=str(message.payload["reason"]), ended_as=SUPERSEDED, at=clock.now()
    )


def see_that_the_title_stands(session: Session, case: CaseRow) -> None:
    """The guard of a title's cases: nothing is completed in one whose title has ended, except where the case itself
    ended it. A title that is being changed is waited for: of two cases that end it at once the second hears of the
    first. Raises Refused with the clause."""
    title = locked(session, case.title_id)
    if title.status not in standing.ENDS:
        return
    events = {event.seq: event for event in events_of(session, title.id)}
    ended = events[as_recorded(session, title).ended_by or 1]
    first = ended
    while first.supersedes is not None:
        first = events[first.supersedes]
    if case.id in (first.case_id, ended.case_id):
        return
    told = select(Message.id).where(Message.to_case_id == case.id, Message.name == ENDED)
    if case.opened_at >= first.recorded_at and session.scalar(told.limit(1)) is None:
        return  # it was opened after the end: an appeal, a stay, a correction of the record
    status, recorded = standing.STATUSES[title.status], _recorded(session, ended)
    raise Refused(
        f"称号 {title.number} 自 {ended.effective_on} 起{status}（{recorded}），本办件不再办理。", clause=ended.clause
    )


def _recorded(session: Session, event: TitleEvent) -> str:
    """By which document, by whom and when an event was recorded."""
    who = people.person_name(session, event.person_id) if event.person_id else "系统"
    said = f"{who}于 {clock.local(event.recorded_at):%Y-%m-%d %H:%M} 登记"
    return f"{event.decision}，{said}" if event.decision else said


def _said(title: Title, event: TitleEvent) -> str:
    if title.status not in standing.ENDS:
        by = "，".join(part for part in (event.decision, event.clause) if part)
        return f"称号 {title.number} 的推荐单位自 {event.effective_on} 起变更（{by}）。"
    status = standing.STATUSES[title.status]
    return f"称号 {title.number} {status}（{event.effective_on} 起，{event.clause}），本办件终止。"


def open_about(
    session: Session, title: Title, *, diagram: str, name: str, by: Identity | None = None, at: datetime | None = None,
    values: Mapping[str, Scalar] | None = None, dates: Mapping[str, str] | None = None,
    before_start: Callable[[Case], None] | None = None, about_id: int | None = None,
) -> Case:
    """Open a case in a title's life, of its own release: applicant is the holder, place is the holder's. `name` says
    what kind it is ("季度报告 2026-03-15"). `by` None: nobody did, for the authority.

    The case knows title.granted_on and title.valid_until, and the unit that recommended the holder.
    """
    programme = programme_of(session, title)
    holder = session.get_one(Unit, title.holder_id)
    known = {"title.granted_on": title.granted_on.isoformat()}
    if title.valid_until is not None:
        known["title.valid_until"] = title.valid_until.isoformat()
    recommender = title.recommender_id or db.send(session, _RECOMMENDER_OF, {"case": title.case_id}).scalar()
    return cases.open_case(
        session, programme=programme, diagram=diagram, title=f"{title.holder_name or holder.name}：{name}",
        region_code=holder.region_code or programme.authority.region, applicant_id=holder.id,
        by=by or people.the_system(authority_unit(session, programme)), at=at, values=values,
        dates={**known, **(dates or {})}, title_id=title.id, recommender_id=recommender, about_id=about_id,
        before_start=before_start,
    )


def authority_unit(session: Session, programme: Programme) -> Unit:
    """The unit that recognises in a programme."""
    authority = programme.authority
    found, _ = people.resolve_unit(
        session, tier=authority.tier, region_code=authority.region, role="clerk", body=authority.body
    )
    return session.get_one(Unit, found)
