"""催办、督办、通报: the worker fires the rungs that have come; people stop a ladder, let it go on, or urge by hand.

The worker works a batch of deadlines in one transaction. It takes the locks of their cases without waiting for any
(what another holds is left for the next round), so no two transactions can wait for each other however many cases one
of them has. The mail is collated afterwards, when no rung is due any more: one letter a person and morning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Text, bindparam, func, insert, or_, select, update
from sqlalchemy.orm import Session

from app import clock, db
from app.audit import operations as audit
from app.cases import deadlines, operations, precedence, steps
from app.cases.models import Case, Deadline, Task
from app.db import Statement
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.outbox import operations as outbox
from app.people import queries as people
from app.people.models import Person, Region, Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import URGE, Programme
from app.reminders import wording
from app.reminders.models import Ladder, Reminder, ReminderCopy
from app.reminders.receivers import TIERS, Circle, Finder, own
from app.reminders.rungs import Placed, Standing, placed, since, standing

BATCH = 250
"""Deadlines a transaction: an official whose case is among them waits for no longer than such a batch takes."""
LETTERS = 200
LONGEST_WORDS = 500
LONGEST_PAUSE = timedelta(hours=1)
_FAMILY = 4_518  # keeps this lock apart from those of the trail

_DUE = (
    Deadline.status == "running", Deadline.remind_at <= bindparam("now", type_=Deadline.remind_at.type),
    or_(Ladder.retry_at.is_(None), Ladder.retry_at <= bindparam("real", type_=Ladder.retry_at.type)),
)
_ANY_DUE = Statement(
    select(Deadline.id).outerjoin(Ladder, Ladder.deadline_id == Deadline.id).where(*_DUE).limit(bindparam("most"))
)
_ANY_UNSENT = Statement(
    select(ReminderCopy.id).where(ReminderCopy.letter_id.is_(None), ReminderCopy.address != "").limit(1)
)
_TRY_ALONE = Statement(
    select(
        func.pg_try_advisory_xact_lock(bindparam("family", type_=Integer), func.hashtext(bindparam("n", type_=Text)))
    )
)

DUE_COLUMNS = (
    Deadline.id, Deadline.case_id, Deadline.period, Deadline.rule, Deadline.started_on, Deadline.last_day,
    Case.release_id, Case.region_code, Case.applicant_id, Case.opener_unit_id, Case.recommender_id,
    Task.id.label("task_id"), Task.name.label("task"), Task.unit_id, Task.role, Task.claimed_by, Task.opened_at,
    Unit.kind.label("unit_kind"), Unit.tier.label("unit_tier"), Unit.region_code.label("unit_region_code"),
    Ladder.stopped_at, func.coalesce(Ladder.attempts, 0).label("attempts"),
)
"""What is read of each deadline with its open task (None where it has none, then nobody is reminded)."""
_WITH_TASK = (
    select(*DUE_COLUMNS)
    .join(Case, Deadline.case_id == Case.id)
    .outerjoin(
        Task, (Task.case_id == Deadline.case_id) & (Task.deadline_id == Deadline.id) & (Task.status == "open")
    )
    .outerjoin(Unit, Task.unit_id == Unit.id)
    .outerjoin(Ladder, Ladder.deadline_id == Deadline.id)
)
_LOOKED_AT = (
    update(Deadline.__table__)
    .where(Deadline.__table__.c.id == bindparam("d"))
    .values(remind_at=bindparam("next", type_=Deadline.remind_at.type))
)


@dataclass(frozen=True)
class Firing:
    """One deadline of a batch: its row, how its ladder stands, and whom it reaches by rung."""

    row: Any
    standing: Standing
    circles: dict[int, list[Circle]]


def is_due(session: Session) -> bool:
    """Whether the worker has anything to do here: a ladder to look at, or mail to collate. Two look-ups by index."""
    return bool(due(session, 1)) or db.send(session, _ANY_UNSENT, {}).first() is not None


def due(session: Session, limit: int) -> list[int]:
    """Ids of deadlines whose ladder is to be looked at now."""
    rows = db.send(session, _ANY_DUE, {"now": clock.now(), "real": clock.real(), "most": limit}).rows()
    return [row.id for row in rows]


def work(session: Session, *, limit: int = BATCH) -> int:
    """Look at one batch of ladders; with none left, collate the mail. Returns how many items came to an end."""
    looked_at = fire_due(session, limit=limit)
    if looked_at or due(session, 1):
        return looked_at  # also where another worker has the last ones: their mail belongs to the same letters
    return collate(session)


def fire_due(session: Session, *, limit: int = BATCH, only: int | None = None, locked: bool = False) -> int:
    """Fire what has come of the ladders that are to be looked at, each rung once; returns how many were looked at.

    After a long standstill only the latest rung of each fires, the others are written down as collapsed; those whose
    task it is are told once along, where one of theirs was among them. A stopped ladder's rungs are held. `only`: one
    deadline alone, with `locked` where the caller holds its case. A deadline that is met, waits or is stopped is never
    looked at.
    """
    rows = _taken(session, limit, only, locked=locked)
    if not rows:
        return 0
    now, finder = clock.now(), Finder(session)
    settled = _settled(session, [row.id for row in rows])
    firings = [_firing(session, finder, row, settled.get(row.id, {}), now) for row in rows]
    finder.read(circle for one in firings for circles in one.circles.values() for circle in circles)
    _write(session, finder, firings, now)
    session.execute(_LOOKED_AT, [{"d": one.row.id, "next": one.standing.next_look} for one in firings])
    if mended := [row.id for row in rows if row.attempts]:
        session.execute(
            update(Ladder).where(Ladder.deadline_id.in_(mended)).values(attempts=0, retry_at=None, error="")
        )
    return len(firings)


def collate(session: Session, *, limit: int = LETTERS) -> int:
    """Write the mail of what was fired: one letter an address, however many tasks it is about. Returns how many.

    One worker at a time does this, so that nobody's letter is torn in two.
    """
    if not db.current().is_sqlite and not db.send(session, _TRY_ALONE, {"family": _FAMILY, "n": "mail"}).scalar():
        return 0
    unsent = (ReminderCopy.letter_id.is_(None), ReminderCopy.address != "")
    addresses = session.scalars(
        select(ReminderCopy.address).where(*unsent).distinct().order_by(ReminderCopy.address).limit(limit)
    ).all()
    copies: dict[str, list[Any]] = {}
    for row in session.execute(
        select(
            ReminderCopy.id, ReminderCopy.address, ReminderCopy.name, Reminder.level, Reminder.words,
            Task.name.label("task"), Case.number, Case.title, Case.region_code, Deadline.last_day,
            Deadline.provisional, Deadline.ends_at,
        )
        .join(Reminder, ReminderCopy.reminder_id == Reminder.id)
        .join(Task, Reminder.task_id == Task.id)
        .join(Case, Reminder.case_id == Case.id)
        .join(Deadline, Reminder.deadline_id == Deadline.id)
        .where(*unsent, ReminderCopy.address.in_(addresses))
        .order_by(ReminderCopy.address, Deadline.ends_at, Reminder.id)
    ):
        copies.setdefault(row.address, []).append(row)
    letters = outbox.post_many(session, [(address, *wording.letter(rows)) for address, rows in copies.items()])
    if letters:
        session.execute(
            update(ReminderCopy.__table__)
            .where(ReminderCopy.__table__.c.id == bindparam("copy"))
            .values(letter_id=bindparam("letter")),
            [{"copy": row.id, "letter": letter}
             for letter, rows in zip(letters, copies.values(), strict=True) for row in rows],
        )
    return len(letters)


def write_down(session: Session, deadline_id: int, error: Exception) -> None:
    """A ladder that can't be worked out is tried again after 2, 4, 8 ... seconds, an hour at most, and shown."""
    ladder = session.get(Ladder, deadline_id) or Ladder(deadline_id=deadline_id, attempts=0)
    ladder.attempts += 1
    ladder.retry_at = clock.real() + min(timedelta(seconds=2 ** min(ladder.attempts, 12)), LONGEST_PAUSE)
    ladder.error = f"{type(error).__name__}: {error}"[:2000]
    session.add(ladder)
    session.flush()


def stop(session: Session, task_id: str, *, by: Identity, reason: str) -> None:
    """停止催办: no rung of an open task's ladder fires any more, for a reason that the task and the list show.

    The unit's own lead and the leads above it may. Raises NotFound, NotAllowed, Gone, Invalid without a reason.
    """
    task = _locked(session, task_id, by)
    if not may_stop(by, task):
        raise NotAllowed("停止催办由承办单位的审核岗或上级单位的审核岗决定。")
    words = _typed(reason, "reason", "请写明停止催办的原因，例如：申报单位停产整顿，经批准暂缓办理。")
    ladder = session.get(Ladder, task.deadline_id)
    if ladder is not None and ladder.stopped_at is not None:
        raise Gone("此待办的催办已经停止。", at=ladder.stopped_at)
    if ladder is None:
        ladder = Ladder(deadline_id=task.deadline_id)
        session.add(ladder)
    ladder.stopped_at, ladder.stopped_by, ladder.reason = clock.now(), by.person_id, words
    session.flush()
    _record(session, task, "stop_reminders", by, reason=words)


def resume(session: Session, task_id: str, *, by: Identity) -> None:
    """恢复催办: the ladder goes on with the rungs that are still to come; those held meanwhile stay held."""
    task = _locked(session, task_id, by)
    if not may_stop(by, task):
        raise NotAllowed("恢复催办由承办单位的审核岗或上级单位的审核岗决定。")
    ladder = session.get(Ladder, task.deadline_id)
    if ladder is None or ladder.stopped_at is None:
        raise Gone("此待办的催办没有停止，或已经恢复。")
    fire_due(session, only=task.deadline_id, locked=True)  # holds what has come meanwhile, also if nobody looked yet
    ladder.stopped_at, ladder.stopped_by, ladder.reason = None, None, ""
    session.flush()
    _record(session, task, "resume_reminders", by)


def urge(session: Session, task_id: str, *, by: Identity, words: str) -> None:
    """人工催办: a superior, a recommender or the unit's own lead urges those whose task it is, once a day and task."""
    task = _locked(session, task_id, by)
    if not may_urge(by, task):
        raise NotAllowed("催办由承办单位的审核岗、上级单位或推荐单位办理。")
    text = _typed(words, "words", "请写明催办的内容，例如：请于今日下班前办结。")
    if session.get_one(Deadline, task.deadline_id).status != "running":
        raise Refused("此待办的期限还没有起算或者已经中止，现在不催办；起算或恢复以后再办理。")
    today, now = clock.today(), clock.now()
    before = session.execute(
        select(Reminder.fired_at, Person.name).join(Person, Reminder.person_id == Person.id)
        .where(Reminder.task_id == task.id, Reminder.rung.is_(None), Reminder.day == today)
    ).first()
    if before is not None:
        raise Refused(f"{before.name}今天已经催办过此待办，同一待办一天只催办一次，请明天再催办。")
    circle, finder = own(task), Finder(session)
    finder.read([circle])
    reminder = Reminder(
        case_id=task.case_id, task_id=task.id, deadline_id=task.deadline_id, rung=None, level=URGE, status="fired",
        due_at=now, fired_at=now, day=today, receivers=finder.names([circle]), person_id=by.person_id, words=text,
    )
    session.add(reminder)
    session.flush()
    session.add_all(
        ReminderCopy(reminder_id=reminder.id, name=who.name, address=who.address) for who in finder.of(circle)
    )
    session.flush()
    _record(session, task, "urge_task", by, to=reminder.receivers, opinion=text)


def may_stop(by: Identity, task: Any) -> bool:
    """Whether somebody may stop a task's ladder: the lead of its unit, or of a department above it."""
    return by.has("lead") and (by.unit_id == task.unit_id or _is_above(by, task))


def may_urge(by: Identity, task: Any) -> bool:
    """Whether somebody may urge by hand: the lead of the task's unit, who works in a department above it, or in the
    unit that recommended the institution whose task it is. Source: NAT-20.3."""
    if by.unit_id == task.unit_id:
        return by.has("lead")
    return by.has("lead", "clerk") and (_is_above(by, task) or _recommends(by, task))


def task_seen_by(session: Session, public_id: str, by: Identity) -> Any:
    """A task with what the verbs here ask of it. Raises NotFound where its case lies outside the person's sight."""
    row = session.execute(
        select(
            Task.id, Task.public_id, Task.case_id, Task.name, Task.unit_id, Task.role, Task.claimed_by, Task.status,
            Task.deadline_id, Task.opened_at, Task.closed_at, Unit.kind.label("unit_kind"),
            Unit.tier.label("unit_tier"), Unit.name.label("unit_name"), Case.public_id.label("case_public_id"),
            Case.number, Case.title, Case.region_code, Case.release_id, Case.applicant_id, Case.recommender_id,
            Region.province_code, Region.city_code, Region.county_code,
        )
        .join(Case, Task.case_id == Case.id)
        .join(Unit, Task.unit_id == Unit.id)
        .join(Region, Case.region_code == Region.code)
        .where(Task.public_id == public_id)
    ).first()
    if row is None or not (_is_own(by, row) or _sees(by, row) or _recommends(by, row)):
        raise NotFound()
    return row


def _is_own(by: Identity, row: Any) -> bool:
    """Whether it is a task of the person's desk; what is assigned to one person is that person's alone."""
    held = row.unit_id == by.unit_id and row.role in by.roles
    return held and (row.role not in people.ONLY_ASSIGNED or row.claimed_by == by.person_id)


def _sees(by: Identity, row: Any) -> bool:
    return people.sees(by, row, applicant_id=row.applicant_id, recommender_id=row.recommender_id)


def _recommends(by: Identity, task: Any) -> bool:
    """Whether it is a task of an institution that the person's unit recommended."""
    return task.unit_kind == "institution" and task.recommender_id is not None and task.recommender_id == by.unit_id


def _is_above(by: Identity, task: Any) -> bool:
    if by.unit_kind != "department" or not _sees(by, task):
        return False
    return task.unit_kind != "department" or TIERS.index(by.tier) > TIERS.index(task.unit_tier)


def _taken(session: Session, limit: int, only: int | None, *, locked: bool) -> Sequence[Any]:
    """The due deadlines of a batch, they and their cases locked; those that another has are left out. To wait for one
    is safe for who holds its case alone: all others take the case first."""
    statement = _WITH_TASK.with_for_update(key_share=True, skip_locked=not locked, of=(Deadline, Case))
    if only is not None:
        return session.execute(statement.where(Deadline.id == only, Deadline.status == "running")).all()
    return session.execute(
        statement.where(*_DUE).order_by(Deadline.remind_at, Deadline.id).limit(limit),
        {"now": clock.now(), "real": clock.real()},
    ).all()


def _settled(session: Session, deadline_ids: Sequence[int]) -> dict[int, dict[int, datetime]]:
    """deadline -> place of a rung -> the last instant at which it was fired, collapsed or held."""
    found: dict[int, dict[int, datetime]] = {}
    for row in session.execute(
        select(Reminder.deadline_id, Reminder.rung, func.max(Reminder.fired_at).label("at"))
        .where(Reminder.deadline_id.in_(deadline_ids), Reminder.rung.is_not(None))
        .group_by(Reminder.deadline_id, Reminder.rung)
    ):
        found.setdefault(row.deadline_id, {})[row.rung] = row.at
    return found


def _firing(session: Session, finder: Finder, row: Any, settled: dict[int, datetime], now: datetime) -> Firing:
    if row.task_id is None:
        return Firing(row, Standing((), (), ()), {})
    programme = programmes.programme(session, row.release_id)
    rungs = placed(programme.periods[row.period].remind, row.last_day, row.region_code)
    begun = since(deadlines.period_of(row.rule), row.started_on, row.opened_at)
    found = standing(rungs, settled, since=begun, now=now)
    return Firing(row, found, {} if row.stopped_at else _circles(finder, row, programme, found))


def _circles(finder: Finder, row: Any, programme: Programme, found: Standing) -> dict[int, list[Circle]]:
    circles = {one.place: finder.circles(row, programme, one.rung) for one in found.fires}
    missed = any(one.rung.level == URGE and not one.rung.to for one in found.collapsed)
    if missed and own(row) not in [circle for some in circles.values() for circle in some]:
        circles[found.fires[0].place].append(own(row))
    return circles


def _write(session: Session, finder: Finder, firings: Sequence[Firing], now: datetime) -> None:
    day, rows, reached, told = clock.local(now).date(), [], [], []
    for one in firings:
        stopped = one.row.stopped_at is not None
        for rung in (*one.standing.collapsed, *one.standing.fires):
            fires = not stopped and rung in one.standing.fires
            circles = one.circles.get(rung.place, []) if fires else []
            names = finder.names(circles)
            rows.append({
                "case_id": one.row.case_id, "task_id": one.row.task_id, "deadline_id": one.row.id, "rung": rung.place,
                "level": rung.rung.level, "status": "fired" if fires else "held" if stopped else "collapsed",
                "due_at": rung.due_at, "fired_at": now, "day": day, "receivers": names, "person_id": None,
                "words": "",
            })
            reached.append({who.address: who for circle in circles for who in finder.of(circle)}.values())
            if fires:
                told.append((one.row.case_id, _details(one, rung, names)))
    if not rows:
        return
    ids = session.scalars(insert(Reminder).returning(Reminder.id, sort_by_parameter_order=True), rows).all()
    copies = [
        {"reminder_id": reminder_id, "name": who.name, "address": who.address}
        for reminder_id, everybody in zip(ids, reached, strict=True) for who in everybody
    ]
    if copies:
        session.execute(insert(ReminderCopy), copies)
    audit.record_for_cases(session, "remind", told)


def _details(one: Firing, rung: Placed, names: str) -> dict[str, Any]:
    return {
        "task": one.row.task, "level": rung.rung.level, "last_day": one.row.last_day, "to": names,
        "due_at": rung.due_at, "collapsed": len(one.standing.collapsed),
    }


def _locked(session: Session, public_id: str, by: Identity) -> Any:
    task = task_seen_by(session, public_id, by)
    steps.lock(session, task.case_id)
    task = task_seen_by(session, public_id, by)
    if task.status != "open":
        raise precedence.gone(session, operations.read_task(session, public_id))
    return task


def _typed(text: str, field: str, missing: str) -> str:
    if not text.strip():
        raise Invalid({field: [missing]})
    if len(text.strip()) > LONGEST_WORDS:
        raise Invalid({field: [f"超过 {LONGEST_WORDS} 字，请缩短。"]})
    return text.strip()


def _record(session: Session, task: Any, verb: str, by: Identity, **details: Any) -> None:
    audit.record(
        session, chain=f"case:{task.case_id}", verb=verb, person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name, details={"task": task.name, **details},
    )
