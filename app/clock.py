"""The two clocks. Nothing else in the project reads the system's time.

`now()` is legal time: what deadlines, publications and titles are dated by. In the demonstration it can be moved;
its offset is one row of the database, which `app.db` hands over at the start of each transaction.
`real()` is the machine's time: sessions, tokens, rate limits, retry pauses, logs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_offset = timedelta(0)
_held: ContextVar[datetime | None] = ContextVar("held", default=None)


def real() -> datetime:
    """The machine's time, aware, UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """Legal time, aware, UTC."""
    return _held.get() or real() + _offset


def today() -> date:
    """The legal date in Beijing."""
    return local(now()).date()


def local(instant: datetime) -> datetime:
    """The same instant on a Beijing wall clock."""
    return instant.astimezone(SHANGHAI)


def day_start(day: date) -> datetime:
    """00:00 of `day` in Beijing, as an aware UTC instant."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)


def move(offset: timedelta) -> None:
    """Take over the offset of legal time that the database holds."""
    global _offset
    _offset = offset


@contextmanager
def held_at(instant: datetime) -> Iterator[None]:
    """Hold legal time at an aware instant: for tests, trials of a programme, and effects dated at their due instant."""
    if instant.tzinfo is None:
        raise ValueError("clock.held_at needs an aware instant")
    token = _held.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _held.reset(token)
