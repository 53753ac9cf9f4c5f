"""Suspending a title from a day, and lifting that: several things may hold a title suspended at once, and it is
restored when the last of them is over. Source: NAT-18.1, NAT-18.4, NAT-21.2.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.cases.words import Place
from app.changes.models import ChangeReport, Rectification
from app.sanctions import deciding
from app.sanctions.models import Sanction
from app.titles import changing, standing
from app.titles.models import Title, TitleEvent

SUSPENDED = "suspended"


def suspend(
    session: Session, title: Title, *, case_id: int, clause: str, on: date, reason: str, at: datetime,
    person_id: int | None = None,
) -> None:
    """Suspend a locked title from a day on, also one that is past. Said again for the same case with another day it
    takes the earlier event's place.

    Where the title was restored after that day for another reason, it is suspended anew from the day of that.
    """
    events = changing.events_of(session, title.id)
    mine = [event for event in _not_replaced(events) if event.kind == SUSPENDED and event.case_id == case_id]
    if mine and mine[0].effective_on == on:
        return
    said: dict[str, Any] = {"clause": clause, "reason": reason, "at": at, "person_id": person_id}
    changing.record(
        session, title, SUSPENDED, case_id=case_id, effective_on=on, supersedes=mine[0].seq if mine else None, **said
    )
    restored = [event.effective_on for event in events if event.kind == "restored" and event.effective_on >= on]
    if restored and SUSPENDED not in _marks(session, title):
        changing.record(session, title, SUSPENDED, case_id=case_id, effective_on=max(restored), **said)


def lift(
    session: Session, title: Title, *, case_id: int, clause: str, on: date, reason: str, decision: str, at: datetime,
    person_id: int | None,
) -> bool:
    """Restore a locked title for which a case is over; its last day stays what it was. False where something else still
    holds it suspended, or nothing does."""
    if SUSPENDED not in _marks(session, title) or _held_by_others(session, title, case_id):
        return False
    changing.record(
        session, title, "restored", case_id=case_id, clause=clause, effective_on=on, decision=decision, reason=reason,
        at=at, person_id=person_id,
    )
    return True


@deciding.on_drop
def restore(session: Session, place: Place, title: Title, sanction: Sanction) -> None:
    """A title that was suspended for what the sanction was proposed for, and that isn't sanctioned, is restored."""
    held = {event.case_id for event in changing.events_of(session, title.id) if event.kind == SUSPENDED}
    if sanction.from_case_id in held:
        lift(
            session, title, case_id=place.case.id, clause=sanction.clause, on=clock.local(place.at).date(),
            decision="", reason=f"决定不予处理：{sanction.reason}", at=place.at, person_id=place.person_id,
        )


def _held_by_others(session: Session, title: Title, case_id: int) -> bool:
    """Whether the title was suspended since it was last restored in another case that isn't over."""
    events = _not_replaced(changing.events_of(session, title.id))
    last = max((event.seq for event in events if event.kind == "restored"), default=0)
    holding = {event.case_id for event in events if event.kind == SUSPENDED and event.seq > last} - {case_id}
    over = set(session.scalars(
        select(Sanction.from_case_id).where(
            Sanction.title_id == title.id, Sanction.from_case_id.in_(holding), Sanction.status == "dropped"
        )
    )) | set(session.scalars(
        select(ChangeReport.case_id).where(ChangeReport.case_id.in_(holding), ChangeReport.status == "kept")
    )) | set(session.scalars(
        select(Rectification.case_id).where(
            Rectification.case_id.in_(holding), Rectification.status == "accepted"
        )
    ))
    return bool(holding - over)


def _not_replaced(events: Any) -> list[TitleEvent]:
    replaced = {event.supersedes for event in events if event.supersedes is not None}
    return [event for event in events if event.seq not in replaced]


def _marks(session: Session, title: Title) -> frozenset[str]:
    state = standing.fold(changing.events_of(session, title.id), on=clock.today(), valid_until=title.valid_until)
    return state.marks if state else frozenset()
