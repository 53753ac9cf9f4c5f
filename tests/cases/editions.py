"""Editions of the calendar for tests: the year as it is known, with days added and taken away."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, db, workdays
from app.calendars import queries as calendars
from app.calendars.models import CalendarDay, CalendarEdition
from app.cases import recomputing
from app.cases.move_models import CalendarMove, CalendarPreview
from app.people.models import Person
from app.people.queries import Identity

EXTRA = "临时放假"


def propose(
    session: Session, *, year: int = 2026, off: Collection[date] = (), on: Collection[date] = (), region: str = "",
    number: str = "国办发明电〔2026〕9号",
) -> CalendarEdition:
    """An edition as somebody else entered it: of the country the known year with `off` not worked and `on` worked; of a
    region just these days."""
    before = calendars.waiting_for(session, year, region)
    if before is not None:
        before.state = "withdrawn"
        session.flush()
    days = {} if region else _known(year)
    days |= dict.fromkeys(off, (False, EXTRA)) | dict.fromkeys(on, (True, "调休"))
    made = CalendarEdition(
        public_id=db.public_id(), year=year, region_code=region, status="amended", document_number=number,
        issued_on=clock.today(), origin="hand", entered_at=clock.now(),
        entered_by=session.scalar(select(Person.id).where(Person.login == "clerk@province")),
    )
    session.add(made)
    session.flush()
    session.add_all(
        CalendarDay(edition_id=made.id, day=day, worked=worked, name=name) for day, (worked, name) in days.items()
    )
    session.flush()
    return made


def previewed(by: Identity, **of_edition) -> CalendarPreview:
    """Propose an edition and list what it does, each in a transaction of its own."""
    with db.transaction() as session:
        edition = propose(session, **of_edition)
    with db.transaction() as session:
        return recomputing.preview(session, session.get_one(CalendarEdition, edition.id), by=by)


def applied(by: Identity, **of_edition) -> CalendarPreview:
    """The same, confirmed; this process computes with the new book from then on."""
    made = previewed(by, **of_edition)
    return confirm(made, by)


def confirm(made: CalendarPreview, by: Identity, seen: str = "") -> CalendarPreview:
    """Confirm a list."""
    with db.transaction() as session:
        done = recomputing.apply(session, session.get_one(CalendarEdition, made.edition_id), by=by, seen=seen)
    use_the_book()
    return done


def use_the_book() -> None:
    """This process computes with the editions in force."""
    with db.reading() as session:
        workdays.use(calendars.book(session))


def moves(made: CalendarPreview) -> list[CalendarMove]:
    """The rows of a list in their order."""
    return moves_of(made.edition_id)


def moves_of(edition_id: int) -> list[CalendarMove]:
    """The rows of an edition's list in their order."""
    with db.reading() as session:
        asked = select(CalendarMove).where(CalendarMove.edition_id == edition_id)
        return list(session.scalars(asked.order_by(CalendarMove.deadline_id, CalendarMove.id)))


def _known(year: int) -> dict[date, tuple[bool, str]]:
    off, on = workdays.national_calendar().notice_days(year)
    return {day: (False, name) for day, name in off.items()} | {day: (True, name) for day, name in on.items()}
