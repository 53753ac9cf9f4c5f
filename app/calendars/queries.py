"""Reading editions: the book that they make."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calendars.models import CalendarDay, CalendarEdition
from app.people.models import Region
from app.workdays import Book, Edition


def book(session: Session, *, proposed: CalendarEdition | None = None) -> Book:
    """The book of all editions in force; with `proposed` as it would be once that edition is confirmed.

    A proposed edition takes the place of the one in force for the same year and region. Its book carries the revision
    that the confirmation will give.
    """
    found = list(session.scalars(
        select(CalendarEdition).where(CalendarEdition.state == "in_force").order_by(CalendarEdition.year)
    ))
    if proposed is not None:
        place = (proposed.year, proposed.region_code)
        found = [edition for edition in found if (edition.year, edition.region_code) != place] + [proposed]
    return book_of(session, found, revision=next_revision(session) if proposed is not None else revision(session))


def book_of(session: Session, found: Collection[CalendarEdition], *, revision: int) -> Book:
    """The book that some editions make, at most one of each year and region."""
    found = sorted(found, key=lambda edition: (len(edition.region_code.rstrip("0")), edition.year))  # wider first
    days: dict[int, dict[bool, dict[date, str]]] = defaultdict(lambda: {True: {}, False: {}})
    for day in session.scalars(
        select(CalendarDay).where(CalendarDay.edition_id.in_([edition.id for edition in found]))
    ):
        days[day.edition_id][day.worked][day.day] = day.name
    editions = [
        Edition(
            edition.year, off=days[edition.id][False], on=days[edition.id][True], source=edition.document_number,
            regions=_within(session, edition.region_code) if edition.region_code else None,
        )
        for edition in found
    ]
    return Book(editions, revision=revision)


def revision(session: Session) -> int:
    """The revision of the book in force: that of the edition confirmed last, 0 without any."""
    newest = select(CalendarEdition.revision).where(CalendarEdition.revision.is_not(None))
    return session.scalar(newest.order_by(CalendarEdition.revision.desc()).limit(1)) or 0


def next_revision(session: Session) -> int:
    """The revision that the next confirmed edition gets."""
    return revision(session) + 1


def _within(session: Session, region_code: str) -> frozenset[str]:
    """The codes of a region and of all that lie in it by the tree of divisions."""
    within, level = {region_code}, {region_code}
    while level:
        level = set(_children(session, level)) - within
        within |= level
    return frozenset(within)


def _children(session: Session, codes: Collection[str]) -> Collection[str]:
    return session.scalars(select(Region.code).where(Region.parent_code.in_(codes))).all()
