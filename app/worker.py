"""The worker: one loop over rows that are due. As many workers as wanted, on as many machines as wanted.

Each item is worked out without a lock and carried out in a transaction of its own. An item that fails is written down
with its error, shown on the operations page, and tried again after a growing pause of real time; it never stops the
others. Rows are the truth: a worker that dies loses nothing, and what it had not committed never happened.

Workers don't share out the work beforehand. A worker goes through what is due in order; where it comes to an item that
another one has just taken, it goes on with the cases in an order of its own, so that they hardly meet again. The items
of one case keep their order in any case.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import update
from sqlalchemy.orm import Session

from app import chance, clock, db
from app.audit import operations as audit
from app.calendars import current as calendars
from app.cases import acts, due, recomputing, telling
from app.cases.models import ActRow, Message, Timer
from app.documents import operations as documents
from app.documents import storage
from app.errors import Unavailable
from app.outbox import operations as outbox
from app.outbox.senders import Sender
from app.people import sessions
from app.reminders import operations as reminders
from app.titles import life
from app.titles.models import LifeDue

BATCH = 100
LISTED = 1_000
"""Items that are looked up for a batch: among many, two workers rarely come to the same one."""
IDLE_SECONDS = 1.0
LONGEST_PAUSE = timedelta(hours=1)

log = structlog.get_logger("worker")


@dataclass(frozen=True)
class Kind:
    """A kind of due row: which are due (`id` and `case_id`, in order), how one is worked out, how it is carried out
    (True: done by us)."""

    name: str
    model: Any
    due: Callable[[Session, int], Sequence[Any]]
    prepare: Callable[[Session, int], Any]
    carry_out: Callable[[Session, Any], bool]


class Ended(Enum):
    """How it went with one item: done by us, another's (or not to be done any more), failed and written down."""

    DONE = "done"
    TAKEN = "taken"
    FAILED = "failed"


KINDS = (
    Kind("timer", Timer, due.due_timers, due.prepare_timer, due.fire),
    Kind("message", Message, due.due_messages, due.prepare_message, due.deliver),
    Kind("act_row", ActRow, acts.due_rows, acts.prepare_row, lambda session, row: acts.carry_out(session, *row)),
    Kind("life", LifeDue, life.due, life.prepare, life.carry_out),
)


CALENDAR = ((recomputing.behind, recomputing.sweep), (telling.anybody_left, telling.tell_next))
"""What a confirmed edition of the calendar leaves to do: whether there is any, and how the next step is done."""


def run(stop: threading.Event, sender: Sender, files_dir: Path) -> None:
    """Work until `stop` is set: whatever is due at once, then a look every second; once a day the house is kept."""
    kept_on: date | None = None
    storage.open_folder(files_dir)
    while not stop.is_set():
        try:
            if kept_on != (today := clock.local(clock.real()).date()):
                kept_on = today
                _keep_house_or_say_why_not(today, files_dir)
            if run_once(sender) == 0:
                stop.wait(IDLE_SECONDS)
        except Unavailable:
            log.warning("database unavailable, trying again")
            stop.wait(IDLE_SECONDS * 3)


def run_once(sender: Sender) -> int:
    """Carry out one batch of everything that is due; returns how many items this worker brought to an end."""
    calendars.refresh()
    done = {kind.name: _carry_out_kind(kind) for kind in KINDS[:-1]}
    # A title that ends at the instant at which a period of its case does hears of the latter first.
    done["life"] = 0 if done["timer"] else _carry_out_kind(KINDS[-1])
    moved = sum(_follow_the_calendar(step) for step in CALENDAR)
    # What a timer ends nobody is reminded of any more: after a standstill the timers come first.
    reminded = 0 if done["timer"] else _remind()
    return sum((*done.values(), moved, reminded, outbox.send_due(sender, limit=BATCH)))


def run_until_idle(sender: Sender, *, at_most: int = 100_000) -> int:
    """Work until nothing more is due: for the demonstration's clock, tests and the command line."""
    done = 0
    while done < at_most and (step := run_once(sender)):
        done += step
    return done


def keep_house(today: date, files_dir: Path) -> None:
    """The day's root over the trail, and forgetting what nothing can come of: old sessions, bytes without a row.

    Doing it twice a day, or from two workers, changes nothing more.
    """
    with db.transaction() as session:
        audit.make_root(session, today)
        sessions.sweep(session)
    with db.reading() as session:
        documents.sweep(session, files_dir)


def _keep_house_or_say_why_not(today: date, files_dir: Path) -> None:
    """A full disk must not keep deadlines from being carried out; tomorrow's round does both days' work."""
    try:
        keep_house(today, files_dir)
    except OSError:
        log.exception("house not kept", day=today.isoformat())


def start_thread(sender: Sender, files_dir: Path) -> threading.Event:
    """Run a worker as a daemon thread of this process; set the returned event to stop it."""
    stop = threading.Event()
    threading.Thread(target=run, args=(stop, sender, files_dir), name="worker", daemon=True).start()
    return stop


def _follow_the_calendar(step: tuple[Callable[[Session], bool], Callable[[Session], int]]) -> int:
    """A step of what a new calendar leaves to do; one that fails is logged and tried again in the next round."""
    waits, do = step
    try:
        with db.reading() as session:
            if not waits(session):
                return 0
        with db.transaction() as session:
            return do(session)
    except Unavailable:
        raise
    except Exception:
        log.exception("calendar not followed", step=do.__name__)
        return 0


def _carry_out_kind(kind: Kind) -> int:
    """One batch; returns how many of it were done by us."""
    with db.reading() as session:
        items = deque(kind.due(session, LISTED))
    done = failed = 0
    in_company = False
    while items and done + failed < BATCH:
        ended = _carry_out(kind, items.popleft().id)
        done += ended is Ended.DONE
        failed += ended is Ended.FAILED
        if ended is Ended.TAKEN and not in_company:
            items, in_company = deque(_spread(items)), True
    return done


def _spread(items: Iterable[Any]) -> list[Any]:
    """The cases in an order by chance, the items of each in theirs."""
    places: dict[int, float] = {}
    for item in items:
        places.setdefault(item.case_id, chance.turn())
    return sorted(items, key=lambda item: places[item.case_id])


def _remind() -> int:
    """One batch of reminder ladders in one transaction. Where that fails, each ladder alone, so that one that can't be
    worked out is written down and the others go on."""
    with db.reading() as session:
        if not reminders.is_due(session):
            return 0
    try:
        with db.transaction() as session:
            return reminders.work(session)
    except Unavailable:
        raise
    except Exception:
        log.exception("reminders failed, trying each alone")
    with db.reading() as session:
        ids = reminders.due(session, reminders.BATCH)
    return sum(_remind_of(deadline_id) for deadline_id in ids)


def _remind_of(deadline_id: int) -> int:
    try:
        with db.transaction() as session:
            return reminders.fire_due(session, only=deadline_id)
    except Unavailable:
        raise
    except Exception as error:
        log.exception("item failed", kind="reminder", id=deadline_id)
        with db.transaction() as session:
            reminders.write_down(session, deadline_id, error)
        return 0


def _carry_out(kind: Kind, item_id: int) -> Ended:
    try:
        with db.reading() as session:
            prepared = kind.prepare(session, item_id)
        if prepared is None:
            return Ended.TAKEN
        with db.transaction() as session:
            return Ended.DONE if kind.carry_out(session, prepared) else Ended.TAKEN
    except Unavailable:
        raise
    except Exception as error:
        log.exception("item failed", kind=kind.name, id=item_id)
        _write_down(kind, item_id, error)
        return Ended.FAILED


def _write_down(kind: Kind, item_id: int, error: Exception) -> None:
    """The failed item waits longer each time: 2, 4, 8 ... seconds, an hour at most. It stays visible and is retried."""
    with db.transaction() as session:
        row = session.get(kind.model, item_id)
        if row is None or row.status != "waiting":
            return
        attempts = row.attempts + 1
        pause = min(timedelta(seconds=2 ** min(attempts, 12)), LONGEST_PAUSE)
        session.execute(
            update(kind.model)
            .where(kind.model.id == item_id)
            .values(attempts=attempts, retry_at=clock.real() + pause, error=f"{type(error).__name__}: {error}"[:2000])
        )
