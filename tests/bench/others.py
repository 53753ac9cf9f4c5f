"""Timers that fall due at one instant, pages over many rows, a server's memory, start and front end, deadlines."""

import gzip
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from app import clock, db, worker
from app.cases.models import Timer
from app.workdays.benchmark import microseconds_per_deadline
from tests.bench.scene import APPLICANT, STEPS, Scene, copies, open_task
from tests.bench.serving import ROOT, Browser, Server
from tests.bench.stores import opened
from tests.bench.table import Row, Table

TIMERS, TIMER_SECONDS = 5_000, 120
FIRST_REQUESTS, LAST_REQUESTS, GROWTH_MB = 2_000, 10_000, 10
BUILT = ROOT / "app" / "static" / "dist"


class NoMail:
    """A sender for a run without mail."""

    def ready(self) -> bool:
        return False

    def close(self) -> None:
        """Nothing was opened."""


def measure_timers(scenes: list[Scene], _folder: Path, *, quick: bool) -> Table:
    """One worker, all timers due at one instant; each cancels a task, ends its deadline and opens the next task."""
    count = 500 if quick else TIMERS
    seconds: dict[str, list[float]] = {}
    for scene in scenes:
        with opened(scene.copy("timers")):
            copies(scene.waiting, count)
            with clock.held_at(clock.now() + timedelta(days=60)):
                begun = time.perf_counter()
                while worker.run_once(NoMail()):
                    pass
                seconds[scene.store.kind] = [time.perf_counter() - begun]
            _see_that_all_fired(count)
    rows = [
        Row(f"{count:,} timers", "s", seconds, TIMER_SECONDS * count / TIMERS),
        Row("rate", "/s", {name: [count / spent for spent in by] for name, by in seconds.items()}),
    ]
    return Table("timers due at one instant, one worker", "", rows)


def measure_pages(scenes: list[Scene], folder: Path, *, quick: bool) -> Table:
    """Pages as a person gets them, at 10 and at 10,000 open tasks of one role; and how the server starts."""
    many = 2_000 if quick else 10_000
    pages: dict[str, dict[str, list[float]]] = {}
    started: dict[str, list[float]] = {}
    for scene in scenes:
        for count in (10, many):
            url = scene.copy("pages")
            with opened(url):
                case_id = copies(scene.application, count)[0]
                task = open_task(case_id)
            with Server(url, folder / f"pages-{scene.store.kind}-{count}") as server:
                browser = Browser(server.port).sign_in(APPLICANT)
                for label, path in ((f"inbox, {count:,} open tasks", "/inbox"), (f"task, {count:,}", f"/tasks/{task}")):
                    pages.setdefault(label, {})[scene.store.kind] = _times(browser, path, 20 if quick else 60)
                started.setdefault(scene.store.kind, []).append(server.started_in)
    rows = [Row(label, "ms", by) for label, by in pages.items()]
    rows.append(Row("server: from its start to its first page", "s", started))
    rows += [Row(f"front end, {name}", "kB", {"gzip": [size / 1000]}) for name, size in _front_end().items()]
    return Table("pages (a GET each, median over requests), start, front end", "", rows)


def measure_memory(scenes: list[Scene], folder: Path, *, quick: bool) -> Table:
    """Resident memory of the answering process under inbox, task page, completion in turn."""
    first, last = (300, 1_500) if quick else (FIRST_REQUESTS, LAST_REQUESTS)
    scene = scenes[0]
    url = scene.copy("memory")
    with opened(url):
        ids = copies(scene.application, last // 9 + 10)
        with Server(url, folder / "memory") as server:
            browsers = [Browser(server.port).sign_in(login) for login, _answers, _outcome in STEPS]
            at, begun = {}, time.perf_counter()
            for count in _requests(browsers, ids):
                if count in (first, last):
                    at[count] = server.resident_mb()
                if count == last:
                    break
            rate = last / (time.perf_counter() - begun)
    rows = [Row(f"at request {count:,}", "MB", {scene.store.kind: [size]}) for count, size in at.items()]
    rows.append(Row("growth", "MB", {scene.store.kind: [at[last] - at[first]]}, GROWTH_MB))
    rows.append(Row("requests, one after another", "/s", {scene.store.kind: [rate]}))
    return Table("memory of one server process: inbox, task page, completion in turn", "", rows)


def measure_deadline(_scenes: list[Scene], _folder: Path, *, quick: bool) -> Table:
    """Legal deadlines over distinct random input."""
    tries = [microseconds_per_deadline(2_000 if quick else 20_000) for _ in range(5)]

    def row(label: str, unit: str, key: str, goal: float | None = None, *, least: bool = False) -> Row:
        return Row(label, unit, {"": [one[key] for one in tries]}, goal, least)

    return Table("a deadline, over distinct random starts", "", [
        row("working days, days, months, mixed", "us", "mixed", 10),
        row("5 working days", "us", "working_days_5"),
        row("130 working days", "us", "working_days_130"),
        row("130 / 5", "", "long_to_short", 2),
        row("130 by workalendar, day by day", "us", "workalendar_130"),
        row("times faster", "", "times_workalendar", 500, least=True),
    ])


def _requests(browsers: list[Browser], ids: list[int]) -> Iterator[int]:
    """Inbox, task page, completion, and so on; counts the requests."""
    count = 0
    for case_id in ids:
        for browser, (_login, answers, outcome) in zip(browsers, STEPS, strict=True):
            path = f"/tasks/{open_task(case_id)}"
            form = answers | ({"outcome": outcome} if outcome else {})
            for ask in (lambda: browser.get("/inbox"), lambda: browser.get(path), lambda: browser.post(path, form)):  # noqa: B023
                status, body = ask()
                if status not in (200, 303):
                    raise RuntimeError(f"{path} was answered with {status}:\n{body.decode()[:2000]}")
                count += 1
                yield count


def _times(browser: Browser, path: str, times: int) -> list[float]:
    found = []
    for _ in range(times + 5):
        begun = time.perf_counter()
        status, _body = browser.get(path)
        found.append((time.perf_counter() - begun) * 1000)
        if status != 200:
            raise RuntimeError(f"{path} was answered with {status}")
    return found[5:]


def _see_that_all_fired(count: int) -> None:
    with db.reading() as session:
        fired = session.scalar(select(func.count()).where(Timer.status == "fired"))
    if fired < count:
        raise RuntimeError(f"{fired} of {count} timers fired")


def _front_end() -> dict[str, int]:
    """What the browser loads, compressed, by kind of file."""
    sizes: dict[str, int] = {}
    for path in sorted(BUILT.glob("assets/*")):
        if path.suffix in (".js", ".css"):
            name = f"{path.stem.partition('-')[0]}{path.suffix}"
            sizes[name] = sizes.get(name, 0) + len(gzip.compress(path.read_bytes(), 9))
    return sizes
