"""Questions about calls."""

from datetime import timedelta

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from app import clock
from app.batches import dates
from app.batches.models import Application, Batch, LateEntry
from app.cases.models import Case, Task
from app.errors import NotAllowed, NotFound
from app.people.models import Person, Region, Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import Programme

LONGEST_REST = timedelta(days=20)
"""No rest of the calendar is longer; a call whose typed day lies further back is over."""


def batch(session: Session, public_id: str) -> Batch:
    """One call. Raises NotFound."""
    found = session.scalar(select(Batch).where(Batch.public_id == public_id))
    if found is None:
        raise NotFound()
    return found


def open_calls(session: Session, identity: Identity) -> list[tuple[Batch, str | None, dates.LastDay]]:
    """The calls that are open today, with the institution's own application in each, if any: (Batch, case's public id
    or None, the last day that holds for this institution). One whose last day is provisional isn't over yet."""
    today = clock.today()
    late = (
        select(func.max(LateEntry.until))
        .where(LateEntry.batch_id == Batch.id, LateEntry.applicant_id == identity.unit_id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Batch, Case.public_id, late)
        .outerjoin(Application, (Application.batch_id == Batch.id) & (Application.applicant_id == identity.unit_id))
        .outerjoin(Case, Application.case_id == Case.id)
        .where(Batch.opens_on <= today, or_(Batch.closes_on >= today - LONGEST_REST, late >= today))
        .order_by(Batch.closes_on, Batch.id)
    )
    found = []
    for batch, case_id, until in rows:
        programme = programmes.programme(session, batch.release_id)
        last = dates.closing(programme, batch.dates, batch.closes_on)
        if until is not None and until > last.effective:
            last = dates.closing(programme, {**batch.dates, dates.applicants_key(programme): until.isoformat()}, until)
        if not is_over(last):
            found.append((batch, case_id, last))
    return found


def is_over(last: dates.LastDay) -> bool:
    """Whether a call is closed after a last day. A provisional one shuts nobody out: until its year's notice is entered
    the call stays open, though no longer than any rest of the calendar could move that day."""
    today = clock.today()
    return today > last.effective and not (last.provisional and today - LONGEST_REST <= last.typed)


def call_of(session: Session, public_id: str, *, unit_id: int) -> Batch:
    """A call that a department has opened. Raises NotFound for any other."""
    found = batch(session, public_id)
    if found.unit_id != unit_id:
        raise NotFound()
    return found


def applications(session: Session, batch_id: int) -> list[Row]:
    """The applications in a call in the order in which they were begun: (case's public id, number, institution, region,
    status, outcome, names of the open steps)."""
    steps = (
        select(func.aggregate_strings(Task.name, "、"))
        .where(Task.case_id == Case.id, Task.status == "open")
        .scalar_subquery()
    )
    return list(
        session.execute(
            select(
                Case.public_id, Case.number, Unit.name.label("applicant"), Region.name.label("region"), Case.status,
                Case.outcome, steps.label("steps"),
            )
            .join(Application, Application.case_id == Case.id)
            .join(Unit, Case.applicant_id == Unit.id)
            .join(Region, Case.region_code == Region.code)
            .where(Application.batch_id == batch_id)
            .order_by(Application.id)
            .limit(2_000)
        )
    )


def late_entries(session: Session, batch_id: int) -> list[Row]:
    """Who was let in late: (institution, until, reason, decided_at, name of the person)."""
    return list(
        session.execute(
            select(Unit.name, LateEntry.until, LateEntry.reason, LateEntry.decided_at, Person.name.label("person"))
            .join(Unit, LateEntry.applicant_id == Unit.id)
            .join(Person, LateEntry.person_id == Person.id)
            .where(LateEntry.batch_id == batch_id)
            .order_by(LateEntry.id)
        )
    )


def batch_of_case(session: Session, case_id: int) -> Batch | None:
    """The call in which a case is an application, if it is one."""
    return session.scalar(
        select(Batch).join(Application, Application.batch_id == Batch.id).where(Application.case_id == case_id)
    )


def calls_of(session: Session, unit_id: int) -> list[Row]:
    """The calls that a department has opened, newest first: (Batch, number of applications)."""
    count = select(func.count()).where(Application.batch_id == Batch.id).scalar_subquery()
    return list(
        session.execute(select(Batch, count).where(Batch.unit_id == unit_id).order_by(Batch.id.desc()).limit(100))
    )


def see_that_it_is_the_authority(programme: Programme, by: Identity) -> None:
    """Raise NotAllowed for anybody but the clerks and leads of the programme's authority."""
    at_home = by.unit_kind == "department" and programme.authority.is_unit(by)
    if not at_home or not by.roles & {"clerk", "lead"}:
        raise NotAllowed("只有认定机关的经办或审核岗可以发布和管理申报批次。")
