"""重新计算: a new edition of the calendar and the deadlines that it moves.

`preview` lists them before anybody confirms, `apply` confirms the edition and moves them in one transaction,
`sweep` (the worker) mends what was set with the old book meanwhile. All three judge by `app.cases.moves`, and
dates are set by `_set_dates` alone.

Lock order of `apply` and `sweep`: the list, the system's chain of the trail, then the cases in the
order of their ids, then their rows. A step of a case takes its case first and no other, so nobody waits in a
ring; it waits for as long as the dates are being set.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime
from functools import cache
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, Text, and_, delete, exists, false, func, or_, select, type_coerce, update
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from app import clock, db
from app.audit import operations as audit
from app.calendars import operations as editions
from app.calendars import queries as calendars
from app.calendars.models import CalendarEdition
from app.cases import telling
from app.cases.models import Case, Deadline, Task, Timer
from app.cases.move_models import CalendarMove, CalendarPreview
from app.cases.moves import (
    EARLIER,
    KEPT,
    MOVES,
    TAKEN_EFFECT,
    TOLD,
    Judge,
    Verdict,
    announced_cases,
    change,
    written_down,
)
from app.db import Statement
from app.errors import Gone, Refused
from app.people.queries import Identity
from app.programmes import queries as programmes

CHUNK = 10_000
SWEPT = 500
"""Deadlines that a worker looks at in one transaction of its sweep."""

_move = CalendarMove.__table__
_COLUMNS = (
    "edition_id", "deadline_id", "case_id", "region_code", "period", "started_on", "stops", "old_last_day",
    "new_last_day", "lawful_day", "old_ends_at", "new_ends_at", "old_provisional", "new_provisional", "guarded", "kind",
    "reason", "effect", "late_at",
)


def preview(session: Session, edition: CalendarEdition, *, by: Identity) -> CalendarPreview:
    """List every deadline that a proposed edition moves, keeps or finds carried out; replaces the edition's list.

    Changes no date. Raises Gone where the edition isn't proposed any more.
    """
    session.refresh(edition, with_for_update=True)
    _see_that_it_is_proposed(edition)
    now, base = clock.now(), calendars.revision(session)
    session.execute(delete(CalendarMove).where(CalendarMove.edition_id == edition.id))
    session.execute(delete(CalendarPreview).where(CalendarPreview.edition_id == edition.id))
    listed = _List(edition.id)
    rows = listed.rows(_judged(session, edition, now=now))
    while chunk := list(islice(rows, CHUNK)):
        db.fill(session, _move, chunk, columns=_COLUMNS)
    made = CalendarPreview(
        edition_id=edition.id, base=base, made_by=by.person_id, made_at=now, checked=listed.checked,
        count=listed.count, hash=listed.hash,
    )
    session.add(made)
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sql("ANALYZE calendar_move"))
    audit.record(
        session, chain="system", verb="preview_calendar", person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name,
        details={"edition": edition.public_id, "number": edition.document_number, "checked": made.checked,
                 "count": made.count, "hash": made.hash},
    )
    return made


def apply(session: Session, edition: CalendarEdition, *, by: Identity, seen: str = "") -> CalendarPreview:
    """确认: put the edition in force and move what its list says, in one transaction; returns the list as applied.

    `seen` is the hash of the list that the person looked at. Raises Refused where the list is missing, isn't
    that one, or rests on an older calendar or an earlier day; and what `calendars.operations.confirm` raises. A
    deadline that was set anew since the preview stays as it is, `superseded`: the sweep looks at it next.
    """
    made = session.get(CalendarPreview, edition.id, with_for_update=True, populate_existing=True)
    _see_that_the_list_holds(session, edition, made, seen)
    editions.confirm(session, edition, by=by)
    revision, now = edition.revision, clock.now()
    if revision != made.base + 1:
        raise _stale("预览之后又有别的工作日历生效")
    mine = and_(CalendarMove.edition_id == edition.id, CalendarMove.late_at.is_(None))
    _lock_cases(session, mine)
    superseded = _leave_what_changed(session, mine)
    held = _hold_back(session, mine, now=now)
    moved = _set_dates(session, mine, revision=revision)
    made.revision, made.applied_at, made.applied_by = revision, now, by.person_id
    session.flush()
    audit.record(
        session, chain="system", verb="apply_calendar", person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name,
        details={"edition": edition.public_id, "number": edition.document_number, "revision": revision,
                 "count": made.count, "hash": made.hash, "deadlines": moved, "superseded": superseded, "held": held},
    )
    session.expire_all()  # rows were changed past the session
    session.refresh(edition)
    session.refresh(made)
    return made


def is_stale(session: Session, made: CalendarPreview) -> bool:
    """Whether a list can't be confirmed any more: another edition came into force since, or another day began."""
    return made.base != calendars.revision(session) or clock.local(made.made_at).date() != clock.today()


_NEWEST = select(func.max(CalendarEdition.revision)).scalar_subquery()
_ANY_BEHIND = Statement(
    select(Deadline.id).where(Deadline.closed_at.is_(None), Deadline.calendar < func.coalesce(_NEWEST, 0)).limit(1)
)


def behind(session: Session) -> bool:
    """Whether an open deadline was computed with an older book than the one in force."""
    return db.send(session, _ANY_BEHIND, {}).first() is not None


def sweep(session: Session, *, limit: int = SWEPT) -> int:
    """Look at open deadlines that an older book computed, and set right those that the book in force gives
    another date; returns how many were looked at.

    One that moves is listed under the newest edition as found late, and its people are told. A case that
    somebody works on at this moment is left for the next round. Dates of a deadline that doesn't run yet are no
    dates: they are written without a word.
    """
    audit.lock(session, "system")
    revision, now = calendars.revision(session), clock.now()
    ids = list(session.scalars(_behind(revision).limit(limit)))
    free = _free_cases(session, ids)
    rows = session.execute(_candidates(Deadline.id.in_(ids), Deadline.case_id.in_(free), Deadline.closed_at.is_(None)))
    rows = [row for row in rows.all() if row.calendar < revision]
    judge = _judge(session, cache(lambda older: calendars.book_at(session, older)), calendars.book(session), now=now)
    running = [row for row in rows if row.status == "running"]
    found = [(row, verdict) for row in running if (verdict := judge.verdict(row)) is not None]
    if found:
        _apply_late(session, found, revision=revision, now=now)
    for row in rows:
        if row.status == "awaiting":
            dates = judge.dates(row)
            session.execute(update(Deadline).where(Deadline.id == row.id).values(
                last_day=dates.last_day, ends_at=dates.ends_at, provisional=dates.provisional))
    _stamp(session, [row.id for row in rows], revision=revision)
    return len(rows)


class _List:
    """The rows of a list on their way into the table: counted, and hashed in their order."""

    def __init__(self, edition_id: int, late_at: datetime | None = None) -> None:
        self._edition_id, self._late_at, self._sum = edition_id, late_at, hashlib.sha256()
        self.checked = self.count = 0

    @property
    def hash(self) -> str:
        return self._sum.hexdigest()

    def rows(self, judged: Iterator[tuple[Any, Verdict | None]]) -> Iterator[tuple[Any, ...]]:
        for row, verdict in judged:
            self.checked += 1
            if verdict is not None:
                self.count += 1
                values = _values(self._edition_id, row, verdict, self._late_at)
                for line in written_down([dict(zip(_COLUMNS, values, strict=True))]):
                    self._sum.update(line)
                yield values


def _judged(session: Session, edition: CalendarEdition, *, now: datetime) -> Iterator[tuple[Any, Verdict | None]]:
    before, after = calendars.book(session), calendars.book(session, proposed=edition)
    regions = session.scalars(select(Case.region_code).distinct()).all()
    changed = change(before, after, regions)
    if changed is None:
        return
    judge = _judge(session, lambda revision: before, after, now=now)
    where = [Deadline.status.in_(("running", "met", "missed")), _touches(changed.first, changed.last)]
    if len(changed.regions) < len(set(regions)):
        where.append(Case.region_code.in_(changed.regions))
    asked = _candidates(*where).order_by(Deadline.id)
    for row in session.execute(asked, execution_options={"yield_per": CHUNK}):
        yield row, judge.verdict(row)


def _judge(session: Session, before: Callable[[int], Any], after: Any, *, now: datetime) -> Judge:
    @cache
    def published(release_id: int) -> Collection[str]:
        periods = programmes.programme(session, release_id).periods
        return frozenset(key for key, rule in periods.items() if rule.starts == "published")

    return Judge(before, after, now=now, published=published)


def _candidates(*where: ColumnElement[bool]) -> Select[Any]:
    """Deadlines with what a verdict needs. `guarded`: somebody would lose something by the end (a timer waits
    for it, or the task is the applicant's). `fired`: a timer carried out what follows."""
    waits = exists().where(
        Timer.case_id == Deadline.case_id, Timer.deadline_id == Deadline.id, Timer.status == "waiting"
    )
    theirs = exists().where(
        Task.case_id == Deadline.case_id, Task.deadline_id == Deadline.id, Task.status == "open",
        Task.unit_id == Case.applicant_id,
    )
    fired = exists().where(Timer.case_id == Deadline.case_id, Timer.deadline_id == Deadline.id, Timer.status == "fired")
    announced = or_(false(), *(Deadline.case_id.in_(cases) for cases in announced_cases()))
    return (
        select(
            Deadline.id, Deadline.case_id, Deadline.period, type_coerce(Deadline.rule, Text).label("rule"),
            Deadline.started_on, type_coerce(Deadline.stops, Text).label("stops"), Deadline.last_day, Deadline.ends_at,
            Deadline.provisional, Deadline.calendar, Deadline.status, Deadline.closed_at, Case.region_code,
            Case.release_id, announced.label("announced"), or_(waits, theirs).label("guarded"), fired.label("fired"),
        )
        .join(Case, Deadline.case_id == Case.id)
        .where(*where)
    )


def _touches(first: date, last: date) -> ColumnElement[bool]:
    """Between its start and its last day, whichever comes first, lies one of the days."""
    return and_(
        or_(Deadline.started_on <= last, Deadline.last_day <= last),
        or_(Deadline.last_day >= first, Deadline.started_on >= first),
    )


def _values(edition_id: int, row: Any, verdict: Verdict, late_at: datetime | None) -> tuple[Any, ...]:
    dates = verdict.dates
    return (
        edition_id, row.id, row.case_id, row.region_code, row.period, row.started_on, orjson.loads(row.stops),
        row.last_day, dates.last_day, verdict.lawful_day, row.ends_at, dates.ends_at, row.provisional,
        dates.provisional, bool(row.guarded), verdict.kind, verdict.reason, verdict.effect, late_at,
    )


def _see_that_the_list_holds(
    session: Session, edition: CalendarEdition, made: CalendarPreview | None, seen: str
) -> None:
    _see_that_it_is_proposed(edition)
    if made is None:
        raise Refused("尚未预览此版工作日历对期限的影响，请先预览，核对后再确认。")
    if is_stale(session, made):
        raise _stale("预览之后工作日历或日期已有变化")
    if seen and seen != made.hash:
        raise _stale("您核对的预览已被更新")
    if _hash_of(session, edition.id) != made.hash:
        raise _stale("预览的内容与其校验值不符")


def _see_that_it_is_proposed(edition: CalendarEdition) -> None:
    if edition.state != "proposed":
        raise Gone("此版工作日历已由他人处理，请刷新页面。")


def _stale(why: str) -> Refused:
    return Refused(f"{why}，列出的影响可能不再准确；请重新预览，核对后再确认。")


def _hash_of(session: Session, edition_id: int) -> str:
    """The hash of a list as it lies in the table, page by page."""
    digest, last = hashlib.sha256(), 0
    asked = select(*(_move.c[name] for name in _COLUMNS)).where(_move.c.edition_id == edition_id)
    while rows := session.execute(
        asked.where(_move.c.deadline_id > last).order_by(_move.c.deadline_id).limit(CHUNK)
    ).mappings().all():
        for line in written_down(rows):
            digest.update(line)
        last = rows[-1]["deadline_id"]
    return digest.hexdigest()


def _lock_cases(session: Session, mine: ColumnElement[bool]) -> None:
    """Lock the cases whose dates change, in the order of their ids."""
    moved = select(CalendarMove.case_id).where(mine, CalendarMove.kind.in_((MOVES, KEPT)))
    locked = select(Case.id).where(Case.id.in_(moved)).order_by(Case.id).with_for_update(key_share=True).cte("locked")
    session.execute(select(func.count()).select_from(locked))


def _leave_what_changed(session: Session, mine: ColumnElement[bool]) -> int:
    """Rows whose deadline isn't any more as the preview saw it stay out; what took effect since is for a decision."""
    as_seen = exists().where(
        Deadline.id == CalendarMove.deadline_id, Deadline.status == "running",
        Deadline.period == CalendarMove.period, Deadline.started_on == CalendarMove.started_on,
        Deadline.last_day == CalendarMove.old_last_day, Deadline.ends_at == CalendarMove.old_ends_at,
        Deadline.stops == CalendarMove.stops,
    )
    ended = exists().where(
        Deadline.id == CalendarMove.deadline_id, CalendarMove.new_ends_at != CalendarMove.old_ends_at,
        or_(
            Deadline.status == "missed",
            and_(Deadline.status == "met", Deadline.closed_at >= CalendarMove.new_ends_at),
            exists().where(Timer.deadline_id == Deadline.id, Timer.case_id == Deadline.case_id,
                           Timer.status == "fired"),
        ),
    )
    left = _rows_of(mine, CalendarMove.kind.in_((MOVES, KEPT)), ~as_seen).values(state="superseded")
    count = session.execute(left).rowcount
    if count:
        taken = _rows_of(mine, CalendarMove.state == "superseded", CalendarMove.kind == MOVES, ended)
        session.execute(taken.values(kind=TAKEN_EFFECT, state="listed"))
    return count


def _hold_back(session: Session, mine: ColumnElement[bool], *, now: datetime) -> int:
    """A guarded last day that would be over by now, and wasn't at the preview, stays as it was told."""
    late = _rows_of(
        mine, CalendarMove.kind == MOVES, CalendarMove.state == "listed", CalendarMove.guarded,
        CalendarMove.new_ends_at <= now, CalendarMove.new_ends_at < CalendarMove.old_ends_at,
    )
    return session.execute(late.values(
        kind=KEPT, reason=TOLD, effect=EARLIER, new_last_day=CalendarMove.old_last_day,
        new_ends_at=CalendarMove.old_ends_at,
    )).rowcount


def _rows_of(*where: ColumnElement[bool]) -> Any:
    return update(CalendarMove).where(*where).execution_options(synchronize_session=False)


def _set_dates(session: Session, mine: ColumnElement[bool], *, revision: int) -> int:
    """Set the dates that rows of a list give: deadline, open task, waiting timer. Returns how many deadlines.

    The one place where a recomputed date is written. The cases are locked.
    """
    rows = and_(mine, CalendarMove.state == "listed", CalendarMove.kind.in_((MOVES, KEPT)))
    shifted = and_(rows, CalendarMove.new_ends_at != CalendarMove.old_ends_at)
    deadlines = session.execute(
        update(Deadline)
        .where(Deadline.id == CalendarMove.deadline_id, rows)
        .values(last_day=CalendarMove.new_last_day, ends_at=CalendarMove.new_ends_at,
                provisional=CalendarMove.new_provisional, calendar=revision, remind_at=clock.now())
        .execution_options(synchronize_session=False)
    ).rowcount
    session.execute(
        update(Task)
        .where(Task.case_id == CalendarMove.case_id, Task.deadline_id == CalendarMove.deadline_id, shifted,
               Task.status == "open", Task.ends_at == CalendarMove.old_ends_at)
        .values(ends_at=CalendarMove.new_ends_at)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Timer)
        .where(Timer.case_id == CalendarMove.case_id, Timer.deadline_id == CalendarMove.deadline_id, shifted,
               Timer.status == "waiting", Timer.due_at == CalendarMove.old_ends_at)
        .values(due_at=CalendarMove.new_ends_at)
        .execution_options(synchronize_session=False)
    )
    return deadlines


def _behind(revision: int) -> Select[tuple[int]]:
    return select(Deadline.id).where(Deadline.closed_at.is_(None), Deadline.calendar < revision)


def _free_cases(session: Session, deadline_ids: Collection[int]) -> list[int]:
    """Lock the cases of some deadlines that nobody else holds."""
    of_them = select(Deadline.case_id).where(Deadline.id.in_(deadline_ids))
    asked = select(Case.id).where(Case.id.in_(of_them)).order_by(Case.id)
    return list(session.scalars(asked.with_for_update(key_share=True, skip_locked=True)))


def _apply_late(session: Session, found: list[tuple[Any, Verdict]], *, revision: int, now: datetime) -> None:
    edition = session.scalars(select(CalendarEdition).where(CalendarEdition.revision == revision)).one()
    before = session.scalar(select(func.max(CalendarMove.id))) or 0
    listed = _List(edition.id, late_at=now)
    rows = [dict(zip(_COLUMNS, values, strict=True)) for values in listed.rows(iter(found))]
    session.execute(_move.insert(), rows)
    mine = and_(CalendarMove.edition_id == edition.id, CalendarMove.late_at == now, CalendarMove.id > before)
    _set_dates(session, mine, revision=revision)
    audit.record(
        session, chain="system", verb="recompute_deadlines", person_id=None, person_name="系统", unit_name="",
        details={"edition": edition.public_id, "number": edition.document_number, "revision": revision,
                 "count": listed.count, "hash": listed.hash},
    )
    telling.tell_all(session, edition, mine)


def _stamp(session: Session, ids: Collection[int], *, revision: int) -> None:
    session.execute(
        update(Deadline).where(Deadline.id.in_(ids), Deadline.calendar < revision).values(calendar=revision)
        .execution_options(synchronize_session=False)
    )
