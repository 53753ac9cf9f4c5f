"""The ledger of a deadline as a line in time: where it ran, stood still, was extended, and what is left of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, workdays
from app.cases import carrying, deadlines, extending, ledger
from app.cases.clock_models import ClockStop
from app.cases.models import Deadline
from app.documents.models import Document
from app.people.models import Person

RUN, STOP, EXTENSION, OVER = "run", "stop", "extension", "over"


@dataclass(frozen=True)
class Stretch:
    """A stretch of the line, both days included. `kind`: run, stop, extension, over (past the last day)."""

    kind: str
    since: date
    until: date


@dataclass(frozen=True)
class Entry:
    """A stop as the case shows it: `ended_on` None while it lasts; `counted` false where it held nothing up."""

    public_id: str
    how: str
    name: str
    clause: str
    evidence: str
    document: str
    since: date
    ended_on: date | None
    began_by: str
    ended_by: str
    end_note: str
    counted: bool


@dataclass(frozen=True)
class Line:
    """A deadline's line. `last_day` is None while its clock stands still; `left` says in words what is left of it."""

    start: date
    today: date
    last_day: date | None
    first: date
    last: date
    stretches: Sequence[Stretch]
    stops: Sequence[Entry]
    extensions: Sequence[extending.Request]
    left: str
    stopped: bool
    provisional: bool

    def held(self, request: extending.Request) -> bool:
        """Whether the clock stood still when a request was decided: its last day was open then."""
        decided = request.row.decided_at and clock.local(request.row.decided_at).date()
        return any(
            stop.counted and stop.since <= decided and (stop.ended_on is None or decided <= stop.ended_on)
            for stop in self.stops
        ) if decided else False

    @property
    def has_history(self) -> bool:
        """Whether it was ever stopped or asked to be longer."""
        return bool(self.stops or self.extensions)


def line(session: Session, deadline: Deadline, region_code: str) -> Line | None:
    """The line of a deadline; None for one that hasn't begun, that counts back, or whose day a call names."""
    period = deadlines.period_of(deadline.rule)
    if deadline.status == deadlines.AWAITING or period.before or period.names_a_date:
        return None
    is_open = deadline.status in (deadlines.RUNNING, deadlines.STOPPED)
    stopped = deadline.status == deadlines.STOPPED
    closed_at = None if is_open else deadline.closed_at
    today = clock.local(closed_at).date() if closed_at else clock.today()
    stops = [_entry(session, stop, deadline) for stop in ledger.of_deadline(session, deadline.id)]
    calendar = workdays.calendar_for(region_code)
    base = workdays.deadline(
        replace(period, extension=0), deadline.started_on, calendar, deadlines.stops_of(deadline.stops)
    ).last_day
    last = max(deadline.last_day, today) if is_open else deadline.last_day
    stretches = [Stretch(RUN, deadline.started_on, min(base, today) if stopped else base)]
    if period.extension and not stopped:
        stretches.append(Stretch(EXTENSION, base, deadline.last_day))
    if is_open and not stopped and today > deadline.last_day:
        stretches.append(Stretch(OVER, deadline.last_day, today))
    stretches += [
        Stretch(STOP, stop.since, stop.ended_on or max(today, stop.since)) for stop in stops
        if stop.counted and (stop.ended_on is not None or is_open)
    ]
    return Line(
        start=deadline.started_on, today=today, last_day=None if stopped else deadline.last_day,
        first=min([deadline.started_on, *(s.since for s in stretches)]),
        last=max([last, *(s.until for s in stretches)]), stretches=stretches, stops=stops,
        extensions=extending.of_deadline(session, deadline.id),
        left=_left(session, deadline, period, region_code) if is_open else "", stopped=stopped,
        provisional=deadline.provisional,
    )


def _left(session: Session, deadline: Deadline, period: workdays.Period, region_code: str) -> str:
    """ "剩余 3 个工作日，停表中" """
    unit = "个工作日" if period.unit == "working_days" else "日"
    if deadline.status == deadlines.STOPPED:
        return f"剩余 {ledger.left(session, deadline, region_code)} {unit}，停表中"
    light = deadlines.light(
        deadline.ends_at, last_day=deadline.last_day, provisional=deadline.provisional, region_code=region_code
    )
    return light.words


def _entry(session: Session, stop: ClockStop, deadline: Deadline) -> Entry:
    document = session.get(Document, stop.document_id) if stop.document_id else None
    until = stop.ended_on
    if until is None and deadline.closed_at is not None:
        until = clock.local(deadline.closed_at).date()
    return Entry(
        public_id=stop.public_id, how=stop.how, name=stop.name, clause=stop.clause, evidence=stop.evidence,
        document=document.public_id if document else "", since=stop.began_on, ended_on=until,
        began_by=_name(session, stop.began_by), ended_by=_name(session, stop.ended_by), end_note=stop.end_note,
        counted=stop.ended_on is None or carrying.holds(stop.how, stop.began_on, stop.ended_on),
    )


def _name(session: Session, person_id: int | None) -> str:
    return session.scalar(select(Person.name).where(Person.id == person_id)) or "" if person_id else ""
