"""Reading what a new calendar does: the list's numbers, its rows, and what of it belongs to a case's story."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.calendars.models import CalendarEdition
from app.cases.models import Case
from app.cases.move_models import CalendarMove, CalendarPreview
from app.cases.moves import BECOMES_OVERDUE, EARLIER, KEPT, LATER, MARK, MOVES, NO_LONGER_OVERDUE, TAKEN_EFFECT
from app.people import queries as people
from app.people.models import Person, Region
from app.people.queries import Identity

PAGE = 50


@dataclass(frozen=True)
class Counts:
    """The numbers of a list, or of a division in it. `later` and `earlier` count those that become overdue, or are no
    longer, with the others; `undecided` what took effect and awaits a decision."""

    name: str
    later: int
    earlier: int
    mark: int
    becomes_overdue: int
    no_longer_overdue: int
    kept: int
    taken_effect: int
    undecided: int
    superseded: int

    @property
    def moves(self) -> int:
        """How many dates or marks the confirmation changes."""
        return self.later + self.earlier + self.mark

    @property
    def listed(self) -> int:
        return self.moves + self.kept + self.taken_effect


@dataclass(frozen=True)
class Chosen:
    """Which rows of a list are asked for; "" is all."""

    kind: str = ""
    effect: str = ""
    undecided: bool = False


def of_edition(session: Session, edition_id: int) -> CalendarPreview | None:
    """The list of an edition; None where none was made."""
    return session.get(CalendarPreview, edition_id)


def counts(session: Session, edition_id: int) -> tuple[Counts, list[Counts]]:
    """The numbers of a whole list, and by division (city, or county that answers to its province), the fullest
    first."""
    place = func.coalesce(Case.city_code, Case.county_code, Case.province_code)
    later = (CalendarMove.new_ends_at > CalendarMove.old_ends_at).label("later")
    rows = session.execute(
        select(place.label("place"), Region.name, CalendarMove.kind, CalendarMove.effect, CalendarMove.state,
               (CalendarMove.decision == "").label("undecided"), later, func.count().label("count"))
        .join(Case, Case.id == CalendarMove.case_id)
        .join(Region, Region.code == place)
        .where(CalendarMove.edition_id == edition_id)
        .group_by(place, Region.name, CalendarMove.kind, CalendarMove.effect, CalendarMove.state, "undecided", "later")
    ).all()
    names: dict[str, str] = {}
    places: dict[str, Counter[str]] = {}
    whole: Counter[str] = Counter()
    for row in rows:
        names[row.place] = row.name
        for tally in (whole, places.setdefault(row.place, Counter())):
            for label in _labels(row):
                tally[label] += row.count
    found = [_counts(names[code], tally) for code, tally in places.items()]
    return _counts("", whole), sorted(found, key=lambda one: (-one.listed, one.name))


def rows(
    session: Session, identity: Identity, edition_id: int, chosen: Chosen, *, after: int = 0, limit: int = PAGE
) -> tuple[list[Any], int]:
    """A page of the rows that a person has in sight, each with its case, and the id to go on after (0: the last
    page)."""
    found = session.execute(
        select(CalendarMove, Case.number, Case.title, Case.public_id.label("case_public_id"), Case.release_id,
               Region.name.label("region"), Person.name.label("decider"))
        .join(Case, Case.id == CalendarMove.case_id)
        .join(Region, Region.code == CalendarMove.region_code)
        .outerjoin(Person, Person.id == CalendarMove.decided_by)
        .where(CalendarMove.edition_id == edition_id, CalendarMove.id > after, *_where(chosen),
               people.case_scope(identity, Case))
        .order_by(CalendarMove.id)
        .limit(limit + 1)
    ).all()
    return list(found[:limit]), found[limit - 1].CalendarMove.id if len(found) > limit else 0


@dataclass(frozen=True)
class Told:
    """What a new calendar did to a deadline of a case, for the case's story. `at` is when it was confirmed, or
    found."""

    at: datetime
    source: str
    period: str
    kind: str
    reason: str
    old: date
    new: date
    lawful: date
    provisional: bool
    effect: str
    decision: str
    decision_text: str


def story(session: Session, case_id: int) -> list[Told]:
    """What confirmed editions did to a case's deadlines, oldest first."""
    asked = (
        select(CalendarMove, CalendarEdition.document_number, CalendarEdition.year,
               func.coalesce(CalendarMove.late_at, CalendarPreview.applied_at).label("at"))
        .join(CalendarEdition, CalendarEdition.id == CalendarMove.edition_id)
        .join(CalendarPreview, CalendarPreview.edition_id == CalendarMove.edition_id)
        .where(CalendarMove.case_id == case_id, CalendarMove.state == "listed",
               CalendarPreview.applied_at.is_not(None))
        .order_by(CalendarMove.id)
    )
    return [_told(row) for row in session.execute(asked)]


def _told(row: Any) -> Told:
    move = row.CalendarMove
    return Told(
        row.at, row.document_number or f"{row.year} 年工作日历", move.period, move.kind, move.reason,
        move.old_last_day, move.new_last_day, move.lawful_day, move.new_provisional,
        move.effect, move.decision, move.decision_text,
    )


def _labels(row: Any) -> Sequence[str]:
    if row.state != "listed":
        return ("superseded",)
    if row.kind == KEPT:
        return (KEPT,)
    if row.kind == TAKEN_EFFECT:
        return (TAKEN_EFFECT, "undecided") if row.undecided else (TAKEN_EFFECT,)
    way = MARK if row.effect == MARK else LATER if row.later else EARLIER
    return (way, row.effect) if row.effect in (BECOMES_OVERDUE, NO_LONGER_OVERDUE) else (way,)


def _counts(name: str, tally: Mapping[str, int]) -> Counts:
    return Counts(name, *(tally.get(label, 0) for label in (
        LATER, EARLIER, MARK, BECOMES_OVERDUE, NO_LONGER_OVERDUE, KEPT, TAKEN_EFFECT, "undecided", "superseded"
    )))


def _where(chosen: Chosen) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if chosen.kind == "superseded":
        where.append(CalendarMove.state == "superseded")
    elif chosen.kind:
        where += [CalendarMove.kind == chosen.kind, CalendarMove.state == "listed"]
    if chosen.effect in (LATER, EARLIER):
        is_later = CalendarMove.new_ends_at > CalendarMove.old_ends_at
        is_earlier = CalendarMove.new_ends_at < CalendarMove.old_ends_at
        where += [CalendarMove.kind == MOVES, is_later if chosen.effect == LATER else is_earlier]
    elif chosen.effect:
        where += [CalendarMove.effect == chosen.effect]
    if chosen.undecided:
        where += [CalendarMove.kind == TAKEN_EFFECT, CalendarMove.decision == ""]
    return where
