"""The book as it was at an earlier revision, so that a stored date can be computed again as it was then."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.calendars import queries
from app.calendars.models import CalendarEdition
from app.workdays import Book


def book_at(session: Session, revision: int) -> Book:
    """The book of a revision: of each year and region the edition that was confirmed last up to then."""
    newest = (
        select(func.max(CalendarEdition.revision))
        .where(CalendarEdition.revision <= revision)
        .group_by(CalendarEdition.year, CalendarEdition.region_code)
    )
    found = session.scalars(select(CalendarEdition).where(CalendarEdition.revision.in_(newest))).all()
    return queries.book_of(session, found, revision=revision)
