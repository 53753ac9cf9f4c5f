"""Two workers beside one: processes of their own, on PostgreSQL, over timers that are all due at one instant.

Run alone: `python -m tests.bench.workers` (with a database's URL and an instant: one worker of the measurement).
"""

import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from app import clock, db, logs, worker
from app import words as _words  # noqa: F401 - registers the vocabulary
from app.audit.models import AuditEntry
from app.cases.models import Timer
from tests.bench.others import TIMERS, NoMail
from tests.bench.scene import Scene, copies, lay_out
from tests.bench.serving import ROOT
from tests.bench.stores import Postgresql, opened
from tests.bench.table import Row, Table, ratios

GOAL, ROUNDS, QUICK_TIMERS = 1.4, 5, 1_000
LOOK_SECONDS = 0.1
NOTES = """\
Each worker is a process with the worker's own loop; the time runs from the word to begin until no timer waits.
One and two in turn, each over a fresh copy; the ratio is taken round by round."""


def measure(scenes: list[Scene], folder: Path, *, quick: bool) -> Table:
    """Seconds of one and of two workers, and how many times as fast two are."""
    count = QUICK_TIMERS if quick else TIMERS
    seconds: dict[int, dict[str, list[float]]] = {1: {}, 2: {}}
    for scene in (scene for scene in scenes if scene.store.kind == "PostgreSQL"):
        for turn in range(ROUNDS):
            for workers in ((1, 2), (2, 1))[turn % 2]:
                seconds[workers].setdefault(scene.store.kind, []).append(_fire(scene, folder, count, workers))
    rows = [Row(f"{workers} worker{'s' if workers > 1 else ''}", "s", by) for workers, by in seconds.items()]
    rows.append(Row("two are as fast as one times", "", ratios(seconds[1], seconds[2]), GOAL, least=True))
    return Table(f"{count:,} timers due at one instant, workers in processes of their own", NOTES, rows)


def _fire(scene: Scene, folder: Path, count: int, workers: int) -> float:
    """Seconds until all timers of a fresh copy have fired, each once."""
    url = scene.copy("workers")
    with opened(url):
        copies(scene.waiting, count)
        at = clock.now() + timedelta(days=60)
        with ExitStack() as stack:
            started = [stack.enter_context(_Worker(url, at, folder / f"worker-{n}")) for n in range(workers)]
            for one in started:
                one.wait_until_ready()
            begun = time.perf_counter()
            for one in started:
                one.tell("go")
            while _waiting(at):
                time.sleep(LOOK_SECONDS)
            spent = time.perf_counter() - begun
        _see_that_each_fired_once(at)
    return spent


class _Worker:
    """A worker in a process of its own."""

    def __init__(self, url: str, at: datetime, files: Path) -> None:
        files.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.workers", url, at.isoformat(), str(files)], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )

    def wait_until_ready(self) -> None:
        if self._process.stdout.readline() != "ready\n":
            raise RuntimeError("the worker didn't start")

    def tell(self, word: str) -> None:
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def __enter__(self) -> "_Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()  # it stops where nobody can tell it anything any more
        self._process.wait(60)
        self._process.stdout.close()


def _waiting(at: datetime) -> bool:
    with db.reading() as session:
        waiting = select(Timer.id).where(Timer.status == "waiting", Timer.due_at <= at).limit(1)
        return session.scalar(waiting) is not None


def _see_that_each_fired_once(at: datetime) -> None:
    with db.reading() as session:
        due = session.scalar(select(func.count()).where(Timer.due_at <= at))
        fired = session.scalar(select(func.count()).where(Timer.status == "fired"))
        told = session.scalar(select(func.count()).where(AuditEntry.verb == "fire_timer"))
        failed = session.scalar(select(func.count()).where(Timer.attempts > 0))
    if not due == fired == told or failed:
        raise RuntimeError(f"{due} due, {fired} fired, {told} in the trail, {failed} failed")


def work(url: str, at: datetime, files: Path) -> None:
    """Be one worker: say "ready", begin at the word, work until nobody listens any more."""
    stop = threading.Event()
    logs.set_up("WARNING")
    with opened(url):
        worker.keep_house(clock.local(clock.real()).date(), files)
        print("ready", flush=True)
        sys.stdin.readline()
        threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
        with clock.held_at(at):
            worker.run(stop, NoMail(), files)


def main() -> None:
    """Measure and print."""
    postgresql = Postgresql()
    with tempfile.TemporaryDirectory(prefix="banjian-bench-") as folder:
        try:
            print(measure([lay_out(postgresql)], Path(folder), quick="--quick" in sys.argv).as_text())
        finally:
            postgresql.close()


if __name__ == "__main__":
    if len(sys.argv) == 4:
        work(sys.argv[1], datetime.fromisoformat(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
