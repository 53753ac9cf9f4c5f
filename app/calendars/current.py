"""Keeping this process's book current: dates are computed with the editions that are in force, wherever they were
confirmed.

The edge calls `refresh`: each request, each round of a worker, each command that computes dates. It asks the database
at most once a second of real time, and builds a new book only where the revision has changed. A date that was computed
in the second after a confirmation elsewhere carries its old revision and is put right by the worker.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app import clock, db, workdays
from app.calendars import queries

PAUSE: timedelta | None = timedelta(seconds=1)
"""How long an answer holds; None: until it is asked for at once."""

_asked_at: datetime | None = None


def refresh(*, at_once: bool = False, ask: Callable[[], AbstractContextManager[Session]] = db.reading) -> None:
    """Use the book of the editions in force. `at_once`: don't wait for the pause, as after an own confirmation.

    `ask` opens the caller's way to the database. Raises Unavailable where it can't be had; the old book stays in use.
    """
    global _asked_at
    now = clock.real()
    # A clock that was set back must not keep the book old until it has caught up.
    if not at_once and (PAUSE is None or (_asked_at is not None and timedelta(0) <= now - _asked_at < PAUSE)):
        return
    _asked_at = now
    with ask() as session:
        if queries.revision(session) == workdays.book_in_use().revision:
            return
        book = queries.book(session)
    workdays.use(book)


def forget() -> None:
    """Use the program's own calendar until `refresh` asks again: another database was opened."""
    global _asked_at
    _asked_at = None
    workdays.use(workdays.Book())
