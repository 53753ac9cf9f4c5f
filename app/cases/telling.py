"""Who is told that a new edition of the calendar moved dates: an applicant of its own tasks, each role of an
office in one summary. Letters go through the outbox; a long list is told in steps, unit by unit, after the
dates were set."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, literal, select, union_all
from sqlalchemy.orm import Session

from app import clock, db
from app.calendars.models import CalendarEdition
from app.cases.models import Case, Task
from app.cases.move_models import CalendarMove, CalendarPreview
from app.cases.moves import BECOMES_OVERDUE, MOVES, NO_LONGER_OVERDUE
from app.db import Statement
from app.outbox import operations as outbox
from app.outbox import wording
from app.people.models import Person, RoleGrant, Unit

UNITS = 200
"""Units that are told in one transaction."""
LISTED = 20
"""Tasks that a letter names; of more it gives the number."""
ANSWERABLE = "lead"
"""The role of the unit that opened a case which hears of a period in which nobody has a task."""
_ANY_UNTOLD = Statement(
    select(CalendarPreview.edition_id)
    .where(CalendarPreview.applied_at.is_not(None), CalendarPreview.told_at.is_(None)).limit(1)
)


def tell_next(session: Session) -> int:
    """Tell the next units of a list that was applied; returns how many, 0 where nobody is left to tell."""
    made = session.scalars(
        select(CalendarPreview)
        .where(CalendarPreview.applied_at.is_not(None), CalendarPreview.told_at.is_(None))
        .order_by(CalendarPreview.revision)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if made is None:
        return 0
    edition = session.get_one(CalendarEdition, made.edition_id)
    mine = and_(CalendarMove.edition_id == edition.id, CalendarMove.late_at.is_(None))
    rows = _concerned(mine).subquery()
    units = session.scalars(
        select(rows.c.unit_id).where(rows.c.unit_id > made.told_after).distinct().order_by(rows.c.unit_id).limit(UNITS)
    ).all()
    if units:
        _tell(session, edition, mine, units)
        made.told_after = units[-1]
    else:
        made.told_at = clock.now()
    session.flush()
    return max(len(units), 1)


def anybody_left(session: Session) -> bool:
    """Whether an applied list hasn't been told to all yet."""
    return db.send(session, _ANY_UNTOLD, {}).first() is not None


def tell_all(session: Session, edition: CalendarEdition, mine: ColumnElement[bool]) -> None:
    """Tell everybody whom some rows of a list concern, at once: for the few that the sweep finds."""
    rows = _concerned(mine).subquery()
    _tell(session, edition, mine, session.scalars(select(rows.c.unit_id).distinct()).all())


def _concerned(mine: ColumnElement[bool]) -> Any:
    """Each task whose date moved with the unit and role that have it; a period without a task is its opener's."""
    moved = (
        mine, CalendarMove.kind == MOVES, CalendarMove.state == "listed",
        CalendarMove.new_ends_at != CalendarMove.old_ends_at,
    )
    shown = (
        Case.number, CalendarMove.old_last_day, CalendarMove.new_last_day, CalendarMove.new_provisional,
        CalendarMove.effect,
    )
    at_this = Task.case_id == CalendarMove.case_id, Task.deadline_id == CalendarMove.deadline_id, Task.status == "open"
    tasks = (
        select(Task.unit_id, Task.role, (Task.unit_id == func.coalesce(Case.applicant_id, 0)).label("own"),
               Task.name.label("step"), *shown)
        .select_from(CalendarMove)
        .join(Case, Case.id == CalendarMove.case_id)
        .join(Task, and_(*at_this))
        .where(*moved)
    )
    others = (
        select(Case.opener_unit_id.label("unit_id"), literal(ANSWERABLE).label("role"), literal(False).label("own"),
               Case.title.label("step"), *shown)
        .select_from(CalendarMove)
        .join(Case, Case.id == CalendarMove.case_id)
        .where(*moved, ~exists().where(*at_this))
    )
    return union_all(tasks, others)


def _tell(session: Session, edition: CalendarEdition, mine: ColumnElement[bool], units: Collection[int]) -> None:
    rows = _concerned(mine).subquery()
    grouped: dict[tuple[int, str, bool], list[Any]] = defaultdict(list)
    for row in session.execute(
        select(rows).where(rows.c.unit_id.in_(units)).order_by(rows.c.unit_id, rows.c.new_last_day, rows.c.number)
    ):
        grouped[row.unit_id, row.role, bool(row.own)].append(row)
    places = {unit.id: unit for unit in session.scalars(select(Unit).where(Unit.id.in_(units)))}
    holders = _holders(session, units)
    source = edition.document_number or f"{edition.year} 年工作日历"
    for (unit_id, role, own), moved in grouped.items():
        unit = places[unit_id]
        if own:
            addresses, mail = [unit.contact_email], wording.OWN_DATES
        else:
            addresses, mail = holders.get((unit_id, role), []), wording.OFFICE_DATES
        subject, body = mail.written(
            receiver=unit.name, source=source, count=str(len(moved)), dates=_lines(moved), effects=_effects(moved),
        )
        for address in addresses:
            if address:
                outbox.post(session, to=address, subject=subject, body=body)


def _holders(session: Session, units: Collection[int]) -> dict[tuple[int, str], list[str]]:
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    for row in session.execute(
        select(Person.unit_id, RoleGrant.role, Person.email)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(Person.unit_id.in_(units), Person.status == "active", Person.email != "")
        .order_by(Person.id)
    ):
        found[row.unit_id, row.role].append(row.email)
    return found


def _lines(moved: Sequence[Any]) -> str:
    lines = [
        f"{row.number} {row.step}：{row.old_last_day} → {row.new_last_day}{'（暂定）' if row.new_provisional else ''}"
        for row in moved[:LISTED]
    ]
    if len(moved) > LISTED:
        lines.append(f"另有 {len(moved) - LISTED} 件，请登录后查看。")
    return "\n".join(lines)


def _effects(moved: Sequence[Any]) -> str:
    counts = Counter(row.effect for row in moved)
    return f"其中转为超期 {counts[BECOMES_OVERDUE]} 件，不再超期 {counts[NO_LONGER_OVERDUE]} 件"
