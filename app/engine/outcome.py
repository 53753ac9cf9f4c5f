"""What a run tells: where it waits, and what a step changed."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.engine.values import Scalar

COMPLETED, FIRED, CAUGHT, CANCELLED = "completed", "fired", "caught", "cancelled"


@dataclass(frozen=True, slots=True)
class Open:
    """A task that waits for a person. `lane` is where it is drawn, that of the call for a called process."""

    id: str
    element: str
    lane: str | None = None


@dataclass(frozen=True, slots=True)
class Armed:
    """A timer that waits. `period` is the key of its period.

    `attached_to` is the id of the task on whose edge it sits and `attached_element` that task's element; for a
    sub-process or a called process they name that activity, which is no task of a person. None for a timer on the way.
    """

    id: str
    element: str
    period: str
    attached_to: str | None = None
    attached_element: str | None = None
    interrupting: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """A catch that waits for the message `name`."""

    id: str
    element: str
    name: str
    attached_to: str | None = None
    interrupting: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A service task where the engine stopped. `parameters` are its further properties, `values` the scalars there."""

    id: str
    element: str
    word: str
    parameters: Mapping[str, str]
    values: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class Closed:
    """Something that waits no longer. `how` is completed, fired, caught (what was ordered) or cancelled."""

    id: str
    element: str
    how: str


@dataclass(frozen=True, slots=True)
class End:
    """An end event that the run has reached."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class State:
    """All that waits in a run, in the order in which it was reached, and the scalars it knows.

    `passed` are the ids of the elements that were completed at least once, `taken` those of the flows gone along.
    """

    tasks: tuple[Open, ...]
    timers: tuple[Armed, ...]
    catches: tuple[Waiting, ...]
    calls: tuple[Call, ...]
    finished: bool
    ends: tuple[End, ...]
    values: Mapping[str, Scalar]
    passed: frozenset[str]
    taken: frozenset[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step changed, and the document that holds the run now.

    opened, closed: tasks; armed, gone: timers; waiting, left: catches. What came and went within the step isn't told.
    `calls` are still to be answered; an outcome with calls may be written, and the next load has them again.
    `values` are the scalars that the run knows now, the latest of each name; `ends` the end events of the process
    itself that were reached so far, in order.
    """

    opened: tuple[Open, ...]
    closed: tuple[Closed, ...]
    armed: tuple[Armed, ...]
    gone: tuple[Closed, ...]
    waiting: tuple[Waiting, ...]
    left: tuple[Closed, ...]
    calls: tuple[Call, ...]
    finished: bool
    ends: tuple[End, ...]
    document: bytes
    values: Mapping[str, Scalar]
