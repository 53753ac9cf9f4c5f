"""One completion: on the floor, through the operations, & through HTTP; both databases, interleaved round by round."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from app import db
from app.cases import operations
from app.people.queries import Identity
from app.programmes import queries as programmes
from tests.bench.floors import Floor
from tests.bench.scene import STEPS, Scene, copies, open_task
from tests.bench.serving import Browser, Server
from tests.bench.stores import opened, using
from tests.bench.table import Row, Table, ratios

SERVICE_GOAL, HTTP_GOAL = 2, 3
NOTES = """\
A round completes the three tasks of persons of each of its cases (report, county, city): every figure is the median of
a round's completions, ms; then median (least-most) over the rounds. One process, one completion after another.
F: raw driver, one transaction: read the document, library load + complete + save (its converters, specification
   cached), write the document, COMMIT. F with rows also closes the task row, inserts the next and a line of the trail.
service: two transactions of the operations, the first only reads; permission, form, lock, revision, deadline, trail.
HTTP: `banjian serve` in its own process, kept connection; sign-in, CSRF, permission, form, trail, 303."""


class Contest:
    """One database with everything that completes tasks in it."""

    def __init__(self, scene: Scene, folder: Path, cases_a_round: int, stack: ExitStack) -> None:
        self.name = scene.store.kind
        self._scene, self._cases = scene, cases_a_round
        url = scene.copy("completions")
        self._database = db.Database(url)
        stack.callback(self._database.close)
        with using(self._database), db.reading() as session:
            specification = programmes.programme(session, scene.release_id).specification("application")
        self._floors = [Floor(url, specification, rows=rows) for rows in (False, True)]
        for floor in self._floors:
            stack.callback(floor.close)
        self._floors[0].lay_out()
        self._next_floor = 1
        server = stack.enter_context(Server(url, folder / f"server-{self.name}"))
        self._browsers = [Browser(server.port).sign_in(login) for login, _answers, _outcome in STEPS]
        self.rounds: dict[str, list[float]] = {name: [] for name in ("F", "F with rows", "service", "HTTP")}

    def run_round(self, turn: int) -> None:
        """All ways once, beginning with another one each time."""
        ways: list[tuple[str, Callable[[], list[float]]]] = [
            ("F", lambda: self._on_floor(self._floors[0])), ("F with rows", lambda: self._on_floor(self._floors[1])),
            ("service", self._by_operations), ("HTTP", self._over_http),
        ]
        for way, run in ways[turn % len(ways):] + ways[:turn % len(ways)]:
            self.rounds[way].append(_median(run()))

    def forget_warm_up(self) -> None:
        for rounds in self.rounds.values():
            rounds.clear()

    def _on_floor(self, floor: Floor) -> list[float]:
        ids = list(range(self._next_floor, self._next_floor + self._cases))
        self._next_floor += self._cases
        floor.start(ids)
        times = []
        for case_id in ids:
            for step, (_login, _answers, outcome) in enumerate(STEPS):
                begun = time.perf_counter()
                floor.complete(case_id, step, {"outcome": outcome} if outcome else {})
                times.append(time.perf_counter() - begun)
        if floor.stands_at(ids[-1]) != {"list"}:
            raise RuntimeError("the floor ended somewhere else than the product")
        return times

    def _by_operations(self) -> list[float]:
        times = []
        with using(self._database):
            for case_id in copies(self._scene.application, self._cases):
                for login, answers, outcome in STEPS:
                    times.append(complete(open_task(case_id), self._scene.people[login], answers, outcome))
        return times

    def _over_http(self) -> list[float]:
        times = []
        with using(self._database):
            for case_id in copies(self._scene.application, self._cases):
                for browser, (_login, answers, outcome) in zip(self._browsers, STEPS, strict=True):
                    path = f"/tasks/{open_task(case_id)}"
                    begun = time.perf_counter()
                    status, body = browser.post(path, answers | ({"outcome": outcome} if outcome else {}))
                    times.append(time.perf_counter() - begun)
                    if status != 303:
                        raise RuntimeError(f"{path} was answered with {status}:\n{body.decode()[:2000]}")
        return times


def complete(task: str, by: Identity, answers: dict, outcome: str) -> float:
    """Seconds that a completion takes below the web: worked out, then written."""
    begun = time.perf_counter()
    with db.reading() as session:
        prepared = operations.prepare_completion(session, task, identity=by, answers=answers, outcome=outcome)
    with db.transaction() as session:
        operations.complete(session, prepared, by=by)
    return time.perf_counter() - begun


def measure(scenes: list[Scene], folder: Path, *, quick: bool) -> Table:
    """The first table: F, ours, and the ratios that the goals are about."""
    rounds, cases = (5, 8) if quick else (15, 20)
    with ExitStack() as stack:
        contests = [Contest(scene, folder, cases, stack) for scene in scenes]
        for turn in range(-1, rounds):
            for contest in contests:
                contest.run_round(turn)
                if turn < 0:
                    contest.forget_warm_up()
        found = {way: {c.name: c.rounds[way] for c in contests} for way in contests[0].rounds}
    rows = [Row(way, "ms", {name: [s * 1000 for s in times] for name, times in by.items()})
            for way, by in found.items()]
    rows += [
        Row("service / F", "", ratios(found["service"], found["F"]), SERVICE_GOAL),
        Row("HTTP / F", "", ratios(found["HTTP"], found["F"]), HTTP_GOAL),
        Row("service / F with rows", "", ratios(found["service"], found["F with rows"])),
        Row("HTTP / F with rows", "", ratios(found["HTTP"], found["F with rows"])),
    ]
    return Table(f"one completion ({rounds} rounds of {cases * len(STEPS)})", NOTES, rows)


def measure_size(scenes: list[Scene], _folder: Path, *, quick: bool) -> Table:
    """The same completion among 10 cases and among 10,000."""
    rounds, many = (5, 2_000) if quick else (9, 10_000)
    few = 10
    times: dict[int, dict[str, list[float]]] = {few: {}, many: {}}
    with ExitStack() as stack:
        large = {}
        for scene in scenes:
            database = large[scene] = stack.enter_context(opened(scene.copy("many")))
            stack.callback(database.close)
            with using(database):
                large[scene, "ids"] = copies(scene.application, many)
        for turn in range(-1, rounds):
            for scene in scenes:
                with opened(scene.copy("few")):
                    _among(scene, copies(scene.application, few), times[few], keep=turn >= 0)
                with using(large[scene]):
                    chosen = [large[scene, "ids"].pop(len(large[scene, "ids"]) // 2) for _ in range(few)]
                    _among(scene, chosen, times[many], keep=turn >= 0)
    rows = [Row(f"among {count:,} cases", "ms", {name: [s * 1000 for s in by] for name, by in found.items()})
            for count, found in times.items()]
    rows.append(Row(f"{many:,} / {few}", "", ratios(times[many], times[few]), 1.2))
    return Table(f"a completion (service) as the database grows ({rounds} rounds of {few * len(STEPS)})", "", rows)


def _among(scene: Scene, ids: list[int], times: dict[str, list[float]], *, keep: bool) -> None:
    found = []
    for nth, case_id in enumerate(ids):
        for login, answers, outcome in STEPS:
            spent = complete(open_task(case_id), scene.people[login], answers, outcome)
            if nth:  # the first meets empty caches where the database was just opened
                found.append(spent)
    if keep:
        times.setdefault(scene.store.kind, []).append(_median(found))


def _median(times: list[float]) -> float:
    ordered = sorted(times)
    return ordered[len(ordered) // 2]
