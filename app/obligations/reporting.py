"""What becomes of a report: filed in time, missed, filed late. Said by the words of its case's diagram.

A miss is recorded when the last day is over, dated at that instant. It is never recorded by a provisional day: the duty
stays open, and every week it is seen whether the calendar is confirmed by now.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, workdays
from app.audit import operations as audit
from app.cases import deadlines
from app.cases.models import Case, Deadline
from app.cases.words import Place
from app.errors import Refused
from app.obligations import consequences, planning
from app.obligations.models import Duty
from app.programmes.life import Obligation
from app.programmes.queries import Programme
from app.titles import changing, life, standing
from app.titles.models import LifeDue, Title

UNDECIDED = "report_undecided"
UNTIL_THE_CALENDAR = timedelta(days=7)
"""How often it is seen whether the calendar of a provisional last day's year is in force; the day itself is never lost:
a report that was missed is missed from its own last instant."""
"""Kind of the due rows of reports whose deadline isn't known for certain yet, or whose days of grace still run."""
HELD = "held"


def duty_of(session: Session, case_id: int) -> Duty:
    """The duty that a case is about, its row locked after its title's, as `look_again` does. Raises Refused for a case
    that is about none."""
    title_id = session.scalar(select(Duty.title_id).where(Duty.case_id == case_id))
    if title_id is not None:
        changing.locked(session, title_id)
    found = session.scalars(
        select(Duty).where(Duty.case_id == case_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise Refused("此办件不是报送办件，不能登记报送。")
    return found


def record_report(session: Session, place: Place) -> str:
    """登记报送: what was filed. In time: done. After the last day, or after a miss: late; nobody is late by a
    provisional day (see `settle`). Of one that is held or excused only the filing is kept. Returns the status.

    Source: HBI-13.1, D10.
    """
    duty = duty_of(session, place.case.id)
    if duty.filed_at is None or duty.status in ("done", "missed"):
        duty.filed_at = place.at
    if duty.status == "missed":
        _become(session, place.programme, duty, "late", case_id=place.case.id)
    elif duty.status == "open":
        last = _deadline(session, place.programme, duty)
        if last is None or place.at < last.ends_at:
            duty.status = "done"
        else:
            settle(session, place.programme, duty, last, case_id=place.case.id)
    session.flush()
    _audit(session, place, "record_report", duty)
    return duty.status


def record_miss(session: Session, place: Place) -> str:
    """登记漏报: the last day is over (of the report, or of its correction) and nothing was filed. Returns the status.

    Source: HBI-13.2, HBI-13.3, D10, D15.
    """
    duty = duty_of(session, place.case.id)
    if duty.status in ("open", "done"):
        last = _deadline(session, place.programme, duty, also_correction=True)
        assert last is not None, "a timer that fired has a deadline"
        settle(session, place.programme, duty, last, case_id=place.case.id)
    _audit(session, place, "record_miss", duty)
    return duty.status


def accept_report(session: Session, place: Place) -> str:
    """报告通过核对: the reviewer found it in order; its figures and confirmed activities count from now on."""
    duty = duty_of(session, place.case.id)
    duty.accepted_at = place.at
    session.flush()
    _audit(session, place, "accept_report", duty)
    return duty.status


def settle(session: Session, programme: Programme, duty: Duty, last: Deadline, *, case_id: int) -> bool:
    """Decide what a deadline that is over means for a duty; False where that can't be said yet.

    The day is computed anew: where it is provisional, or the days of grace still run, the register looks again when
    there may be more to say. `missed_at` is the instant at which the last day was over.
    """
    rule = programme.life.obligations[duty.obligation]
    region = session.scalars(select(Case.region_code).where(Case.id == duty.case_id)).one()
    calendar = workdays.calendar_for(region)
    stops = deadlines.stops_of(last.stops)
    computed = workdays.deadline(deadlines.period_of(last.rule), last.started_on, calendar, stops)
    is_correction = last.period == rule.correction
    graced = computed
    if rule.grace is not None and not is_correction:
        grace = programme.periods[rule.grace].period
        assert grace is not None
        graced = workdays.deadline(grace, computed.last_day, calendar)
    over = graced.ends_at
    filed = duty.filed_at
    if is_correction and filed is not None and filed < last.ends_at:
        filed = None  # that was the filing that was returned
    title = changing.locked(session, duty.title_id)
    if title.status in standing.ENDS:
        return True
    if computed.provisional or graced.provisional:
        _look_again(session, title, duty, last, clock.today() + UNTIL_THE_CALENDAR)
        return False
    if filed is not None and filed < over:
        duty.status = "done"
    elif clock.now() < over:
        _look_again(session, title, duty, last, max(clock.local(over).date(), workdays.day_after(clock.today())))
        return False
    elif programme.life.while_suspended == HELD and planning.suspended_on(session, title, computed.last_day):
        duty.status = HELD
    else:
        duty.missed_at = over
        _become(session, programme, duty, "missed" if filed is None else "late", case_id=case_id)
    session.flush()
    return True


@life.handler(UNDECIDED)
def look_again(session: Session, row: LifeDue) -> None:
    """Settle what could not be said before; the row waits on while it still can't."""
    assert row.title_id is not None
    title = changing.locked(session, row.title_id)
    duty = session.scalars(
        select(Duty).where(Duty.id == row.payload["duty"]).with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    last = session.get_one(Deadline, row.payload["deadline"])
    if duty.status not in ("open", "done") or (duty.status == "done" and duty.accepted_at is not None):
        return
    settle(session, changing.programme_of(session, title), duty, last, case_id=duty.case_id)


def _look_again(session: Session, title: Title, duty: Duty, last: Deadline, on: date) -> None:
    """Once more on a day; the row that is being carried out is taken for it, so that there is one a deadline."""
    key = f"{duty.obligation}:{duty.period}:{last.id}"
    row = session.scalar(
        select(LifeDue).where(
            LifeDue.subject == life.subject_of(title), LifeDue.kind == UNDECIDED, LifeDue.key == key
        )
    )
    if row is None:
        life.plan_for(session, title, kind=UNDECIDED, key=key, on=on, payload={"duty": duty.id, "deadline": last.id})
    else:
        row.status, row.due_at, row.done_at = "waiting", clock.day_start(on), None


def _become(session: Session, programme: Programme, duty: Duty, status: str, *, case_id: int) -> None:
    """A duty is missed or late: what follows from the misses in a row is proposed, and what was proposed on a run that
    no longer holds is told so."""
    duty.status = status
    session.flush()
    consequences.follow(session, programme, duty, case_id=case_id, reason="")


def _deadline(
    session: Session, programme: Programme, duty: Duty, *, also_correction: bool = False
) -> Deadline | None:
    """The newest deadline of the report's own period, or of its correction."""
    rule = programme.life.obligations[duty.obligation]
    periods = [rule.period, *([rule.correction] if also_correction and rule.correction else [])]
    return session.scalars(
        select(Deadline).where(Deadline.case_id == duty.case_id, Deadline.period.in_(periods))
        .order_by(Deadline.id.desc()).limit(1)
    ).one_or_none()


def _audit(session: Session, place: Place, verb: str, duty: Duty) -> None:
    rule: Obligation = place.programme.life.obligations[duty.obligation]
    filed: datetime | None = duty.filed_at
    audit.record(
        session, chain=f"case:{place.case.id}", verb=verb, person_id=place.person_id,
        person_name="" if place.person_id else "系统", unit_name="", legal_at=place.at,
        details={"obligation": rule.name, "period": duty.period, "status": duty.status, "clause": rule.clause,
                 "filed_at": filed.isoformat() if filed else "",
                 "missed_at": duty.missed_at.isoformat() if duty.missed_at else ""},
    )
