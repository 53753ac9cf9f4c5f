"""Reading editions: the book that they make, and the lists that pages show."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app import workdays
from app.calendars.models import CalendarDay, CalendarEdition
from app.errors import NotFound
from app.people.models import Person, Region
from app.workdays import Book, Edition

Days = Mapping[date, str]
NATIONAL = ""


@dataclass(frozen=True)
class Shown:
    """An edition as lists show it: who entered and who confirmed it ("" for the program), the region's name."""

    edition: CalendarEdition
    region_name: str
    entered_by: str
    confirmed_by: str


@dataclass(frozen=True)
class YearState:
    """How a year of the country stands: `status` as of an edition, `shown` the edition in force, None where the days
    are the program's own."""

    year: int
    status: str
    document_number: str
    issued_on: date | None
    shown: Shown | None


@dataclass(frozen=True)
class Change:
    """A day that another edition makes different: worked or not before and after, with the names of both."""

    day: date
    worked_before: bool
    worked_after: bool
    before: str
    after: str
    provisional_before: bool
    provisional_after: bool


def book(session: Session, *, proposed: CalendarEdition | None = None) -> Book:
    """The book of all editions in force; with `proposed` as it would be once that edition is confirmed.

    A proposed edition takes the place of the one in force for the same year and region. Its book carries the revision
    that the confirmation will give.
    """
    if proposed is None:
        editions, newest = _editions(session)
        return Book(_in_order(editions), revision=newest)
    off, on = days_of(session, proposed.id)
    return book_with(
        session, year=proposed.year, region_code=proposed.region_code, off=off, on=on,
        source=proposed.document_number, provisional=proposed.status == "provisional",
    )


def book_with(
    session: Session, *, year: int, region_code: str, off: Days, on: Days, source: str, provisional: bool = False
) -> Book:
    """The book as it would be with these days for a year and region, in place of the edition in force there."""
    editions, newest = _editions(session)
    regions = _within(session, region_code) if region_code else None
    editions[year, region_code] = Edition(year, off, on, source=source, regions=regions, provisional=provisional)
    return Book(_in_order(editions), revision=newest + 1)


def book_at(session: Session, at: int) -> Book:
    """The book as it was at a revision: with it every date was computed that carries the revision."""
    editions, _ = _editions(session, at=at)
    return Book(_in_order(editions), revision=at)


def revision(session: Session) -> int:
    """The revision of the book in force: that of the edition confirmed last, 0 without any."""
    newest = select(CalendarEdition.revision).where(CalendarEdition.revision.is_not(None))
    return session.scalar(newest.order_by(CalendarEdition.revision.desc()).limit(1)) or 0


def next_revision(session: Session) -> int:
    """The revision that the next confirmed edition gets."""
    return revision(session) + 1


def days_of(session: Session, edition_id: int) -> tuple[dict[date, str], dict[date, str]]:
    """An edition's days off and made-up days, in their order."""
    rows = session.scalars(
        select(CalendarDay).where(CalendarDay.edition_id == edition_id).order_by(CalendarDay.day)
    ).all()
    return {row.day: row.name for row in rows if not row.worked}, {row.day: row.name for row in rows if row.worked}


def in_force(session: Session, year: int, region_code: str = NATIONAL) -> CalendarEdition | None:
    """The edition in force for a year and region."""
    return _in_state(session, "in_force", year, region_code)


def waiting_for(session: Session, year: int, region_code: str = NATIONAL) -> CalendarEdition | None:
    """The edition of a year and region that waits to be confirmed; there is one at most."""
    return _in_state(session, "proposed", year, region_code)


def held_days(session: Session, year: int, region_code: str = NATIONAL) -> tuple[dict[date, str], dict[date, str]]:
    """The days from which a new edition starts: of the one in force; else, for the country, what the program holds."""
    found = in_force(session, year, region_code)
    if found is not None:
        return days_of(session, found.id)
    return ({}, {}) if region_code else workdays.national_calendar().notice_days(year)


def edition(session: Session, public_id: str) -> Shown:
    """One edition. Raises NotFound."""
    found = _shown(session, CalendarEdition.public_id == public_id)
    if not found:
        raise NotFound()
    return found[0]


def waiting(session: Session) -> list[Shown]:
    """The editions that wait to be confirmed, the oldest first."""
    return _shown(session, CalendarEdition.state == "proposed")


def history(session: Session, year: int, region_code: str = NATIONAL) -> list[Shown]:
    """Every edition of a year and region, in the order in which they were entered."""
    return _shown(session, (CalendarEdition.year == year) & (CalendarEdition.region_code == region_code))


def regional(session: Session, *, years: Collection[int] = ()) -> list[Shown]:
    """The regional editions in force, of some years or of all."""
    of_years = CalendarEdition.year.in_(years) if years else CalendarEdition.year > 0
    found = _shown(session, (CalendarEdition.state == "in_force") & (CalendarEdition.region_code != "") & of_years)
    return sorted(found, key=lambda shown: (-shown.edition.year, shown.edition.region_code))


def years(session: Session, *, until: int) -> list[YearState]:
    """The years of the country up to `until` or to the last one with an edition, the latest first."""
    own = {
        shown.edition.year: shown
        for shown in _shown(session, (CalendarEdition.state == "in_force") & (CalendarEdition.region_code == ""))
    }
    return [_state(year, own.get(year)) for year in range(max([until, *own]), workdays.FIRST_DAY.year - 1, -1)]


def year_state(session: Session, year: int) -> YearState:
    """How one year of the country stands."""
    found = _shown(
        session,
        (CalendarEdition.state == "in_force") & (CalendarEdition.region_code == "") & (CalendarEdition.year == year),
    )
    return _state(year, found[0] if found else None)


def status_of(session: Session, year: int) -> str:
    """provisional, published or amended: of the year's edition in force, else of what the program holds."""
    found = in_force(session, year)
    return found.status if found else workdays.built_in_notice(year)["status"]


def changes(before: workdays.Calendar, after: workdays.Calendar) -> list[Change]:
    """The days that are worked in one only, or provisional in one only, in their order."""
    return [
        Change(
            day, before.is_working_day(day), after.is_working_day(day), before.why(day)[1], after.why(day)[1],
            before.is_provisional(day), after.is_provisional(day),
        )
        for day in after.changed_days(before)
    ]


def calendar_of(book_of_editions: Book, region_code: str = NATIONAL) -> workdays.Calendar:
    """The calendar of a region, or of the country."""
    return book_of_editions.calendar_for(region_code) if region_code else book_of_editions.national


def region_name(session: Session, region_code: str) -> str:
    """A division's name with those above it; "全国" for the country. Raises NotFound."""
    if not region_code:
        return "全国"
    region = session.get(Region, region_code)
    if region is None:
        raise NotFound()
    above = region_name(session, region.parent_code) if region.parent_code else ""
    return f"{above}{region.name}"


Places = dict[tuple[int, str], Edition]
"""Editions by year and region."""


def _editions(session: Session, *, at: int | None = None) -> tuple[Places, int]:
    """The editions in force, now or at a revision, and the revision that they make.

    The edition confirmed last is in force, so its revision is that of the book; taken from the same rows, it can't be
    newer than they are.
    """
    which = CalendarEdition.state == "in_force" if at is None else CalendarEdition.revision <= at
    rows = session.scalars(select(CalendarEdition).where(which).order_by(CalendarEdition.revision))
    found = {(one.year, one.region_code): one for one in rows}.values()  # of a place, the one confirmed last
    days: dict[int, tuple[dict[date, str], dict[date, str]]] = defaultdict(lambda: ({}, {}))
    for day in session.scalars(select(CalendarDay).where(CalendarDay.edition_id.in_([one.id for one in found]))):
        days[day.edition_id][day.worked][day.day] = day.name
    editions = {
        (one.year, one.region_code): Edition(
            one.year, off=days[one.id][0], on=days[one.id][1], source=one.document_number,
            regions=_within(session, one.region_code) if one.region_code else None,
            provisional=one.status == "provisional",
        )
        for one in found
    }
    return editions, max((one.revision or 0 for one in found), default=0)


def _in_order(editions: Places) -> list[Edition]:
    """The country before provinces, these before the cities and counties in them."""
    return [editions[place] for place in sorted(editions, key=lambda place: (len(place[1].rstrip("0")), place))]


def covers(session: Session, region_code: str, place: str) -> bool:
    """Whether a division lies in a region, or is it."""
    return place in _within(session, region_code)


def _in_state(session: Session, state: str, year: int, region_code: str) -> CalendarEdition | None:
    return session.scalars(
        select(CalendarEdition).where(
            CalendarEdition.year == year, CalendarEdition.region_code == region_code, CalendarEdition.state == state
        )
    ).one_or_none()


def _shown(session: Session, which: object) -> list[Shown]:
    entered, confirmed = aliased(Person), aliased(Person)
    rows = session.execute(
        select(CalendarEdition, Region.name, entered.name, confirmed.name)
        .outerjoin(Region, Region.code == CalendarEdition.region_code)
        .outerjoin(entered, entered.id == CalendarEdition.entered_by)
        .outerjoin(confirmed, confirmed.id == CalendarEdition.confirmed_by)
        .where(which)  # type: ignore[arg-type]
        .order_by(CalendarEdition.id)
    )
    return [Shown(found, region or "", by or "", second or "") for found, region, by, second in rows]


def _state(year: int, shown: Shown | None) -> YearState:
    if shown is not None:
        found = shown.edition
        return YearState(year, found.status, found.document_number, found.issued_on, shown)
    known = workdays.built_in_notice(year)
    issued_on = date.fromisoformat(known["issued_on"]) if known["issued_on"] else None
    return YearState(year, known["status"], known["number"], issued_on, None)


def _within(session: Session, region_code: str) -> frozenset[str]:
    """The codes of a region and of all that lie in it by the tree of divisions."""
    within, level = {region_code}, {region_code}
    while level:
        level = set(_children(session, level)) - within
        within |= level
    return frozenset(within)


def _children(session: Session, codes: Collection[str]) -> Sequence[str]:
    return session.scalars(select(Region.code).where(Region.parent_code.in_(codes))).all()
