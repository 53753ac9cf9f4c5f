"""Two at once: pairs of calls on a barrier, each in a thread of its own with a connection of its own, round by round.

A little random delay on either side, and a handicap that grows for the side that came first, let both win whatever each
costs: a race that one side always wins was none, and fails. The random delay follows from the seed; who wins, also from
the machine's scheduler.
"""

import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

import pytest

from app import db
from app.errors import Gone, Refused

ROUNDS = 200
SEED = 20_261_121
LONGEST_DELAY = 0.004
HANDICAP = 0.001
"""Seconds by which the side that came first starts later in the next round. Both are less where the sides are quicker:
they are to meet, not to miss one another."""


@dataclass(frozen=True)
class Side:
    """One who runs: `act` gets the round's number; it has won where it returns something true, lost where it returns
    something false or raises Gone or Refused."""

    name: str
    act: Callable[[int], Any]


@dataclass(frozen=True)
class End:
    """How a round ended for one side: what came back, or why it lost; and when it ran, in seconds."""

    value: Any
    error: Gone | Refused | None
    ran: tuple[float, float]

    @property
    def won(self) -> bool:
        return self.error is None and bool(self.value)


def race(first: Side, second: Side, *, rounds: int = ROUNDS, seed: int = SEED) -> list[tuple[End, End]]:
    """Run both sides against each other. Returns (first's end, second's end) of each round; other errors fail."""
    delays, ends, lead, pace = random.Random(seed), [], 0.0, LONGEST_DELAY
    with ThreadPoolExecutor(2) as pool:
        for number in range(rounds):
            waits = [delays.uniform(0, min(LONGEST_DELAY, pace)) + max(late, 0.0) for late in (lead, -lead)]
            ends.append(_round(pool, (first, second), number, waits))
            handicap = min(HANDICAP, pace / 4)
            lead += handicap if _came_first(*ends[-1]) else -handicap
            pace += (min(end.ran[1] - end.ran[0] for end in ends[-1]) - pace) / 8
    return ends


def _came_first(one: End, other: End) -> bool:
    """Whether the first side did: by winning, else by being done earlier. Who loses may be told so before the winner is
    done."""
    return one.won if one.won != other.won else one.ran[1] < other.ran[1]


def winners(
    ends: Sequence[tuple[End, End]], *, told: Callable[[str], None], title: str, sides: tuple[str, str]
) -> list[int]:
    """Who won each round, 0 or 1: exactly one did. Prints the tally; fails where one side never won."""
    crooked = [number for number, pair in enumerate(ends) if pair[0].won == pair[1].won]
    assert not crooked, f"rounds without exactly one winner: {[(n, ends[n]) for n in crooked[:5]]}"
    won = [0 if pair[0].won else 1 for pair in ends]
    tell(ends, won, told=told, title=title, sides=sides)
    return won


def tell(
    ends: Sequence[tuple[End, End]], won: Sequence[int], *, told: Callable[[str], None], title: str,
    sides: tuple[str, str],
) -> None:
    """Print how many rounds each side won; fail where one never did, or where they seldom ran at the same time."""
    tally = Counter(won)
    overlapping = sum(first.ran[0] < second.ran[1] and second.ran[0] < first.ran[1] for first, second in ends)
    kind = "sqlite" if db.current().is_sqlite else "postgresql"
    told(f"{title:<40} {kind:<10} {sides[0]} {tally[0]} : {tally[1]} {sides[1]} "
         f"(at the same time {overlapping} of {len(ends)}, seed {SEED})")
    assert tally[0], f"{sides[0]} never won: no race"
    assert tally[1], f"{sides[1]} never won: no race"
    assert overlapping > len(ends) / 4, "the two sides seldom ran at the same time: no race"


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Print a line past pytest's capture; from a worker of xdist too, whose only way out is standard error."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def tell_line(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n  {line}", file=sys.stderr, end="", flush=True)

    return tell_line


def _round(pool: ThreadPoolExecutor, sides: tuple[Side, Side], number: int, waits: list[float]) -> tuple[End, End]:
    barrier = threading.Barrier(2)
    # Legal time is held in a context variable, which threads don't inherit.
    runs = [
        pool.submit(copy_context().run, _run, side, number, barrier, wait)
        for side, wait in zip(sides, waits, strict=True)
    ]
    return runs[0].result(), runs[1].result()


def _run(side: Side, number: int, barrier: threading.Barrier, wait: float) -> End:
    barrier.wait(timeout=30)
    time.sleep(wait)
    began = time.perf_counter()
    try:
        value, error = side.act(number), None
    except (Gone, Refused) as lost:
        value, error = None, lost
    return End(value, error, (began, time.perf_counter()))
