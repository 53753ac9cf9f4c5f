"""A new edition of the calendar over 100,000 open deadlines, while officials go on completing tasks in another
process."""

import multiprocessing
import resource
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import delete, func, select, text, update

from app import clock, db, workdays
from app.calendars.models import CalendarEdition
from app.cases import deadlines, recomputing, telling
from app.cases.models import Case, Deadline, Task, Timer
from app.errors import Gone, Refused, Unavailable
from app.people import queries as people
from app.people.queries import Identity
from app.workdays import Period
from tests import sample
from tests.bench.completions import complete
from tests.bench.scene import COUNTY, Scene
from tests.bench.stores import opened
from tests.bench.table import Row, Table
from tests.cases import editions

DEADLINES = 100_000
PREVIEW_GOAL, APPLY_GOAL, WAIT_GOAL = 10, 20, 5
PERIODS = (
    Period(15, "working_days"), Period(20, "working_days"), Period(25, "working_days"), Period(30, "working_days"),
    Period(60, "working_days"), Period(45, "working_days", first_day_counts=True),
)
STARTS = 12
"""The deadlines began on one of this many days up to today: all of them still run and meet the day that changes."""
NOTES = """\
Every deadline moves: the edition gives the fifth working day from today away. Two thirds are tasks with a
timer, one third an applicant's task; 6 periods, 12 starts, the regions of the whole country. Meanwhile another
process completes the county's tasks one after another, from all over the list. wait: the longest completion
while the step ran."""


def measure(scenes: list[Scene], _folder: Path, *, quick: bool) -> Table:
    """Preview, confirmation, the worker's second look, telling people, and the longest wait of a person."""
    count = 5_000 if quick else DEADLINES
    scene = next(scene for scene in scenes if scene.store.kind == "PostgreSQL")
    url = scene.copy("recompute")
    found: dict[str, float] = {}
    with opened(url) as database:
        tasks = _lay_out(scene, count)
        with db.transaction() as session:
            lead = people.person_by_login(session, "lead@province")
            by = people.identity_of_person(session, lead.id, unit_id=lead.unit_id)
            edition_id = editions.propose(session, year=_given_away().year, off=[_given_away()]).id
        database.engine.dispose()
        with _Officials(url, scene.people[COUNTY], tasks) as officials:
            steps: dict[str, Callable[[Any, Any], Any]] = {
                "preview": lambda session, edition: recomputing.preview(session, edition, by=by),
                "apply": lambda session, edition: recomputing.apply(session, edition, by=by),
            }
            for name, step in steps.items():
                with officials.watched(found, name), db.transaction() as session:
                    step(session, session.get_one(CalendarEdition, edition_id))
            with officials.watched(found, "sweep"):
                while _still_behind():
                    with db.transaction() as session:
                        recomputing.sweep(session)
            found["completions"] = officials.done
        found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        begun = time.perf_counter()
        while _tell():
            pass
        found["telling"] = time.perf_counter() - begun
        found["moved"] = _moved(edition_id)
        _see_that_all_holds()
    return Table(f"a new calendar over {count:,} open deadlines, PostgreSQL", NOTES, [
        Row("deadlines that moved", "", _at(found["moved"])),
        Row("preview", "s", _at(found["preview"]), PREVIEW_GOAL),
        Row("apply", "s", _at(found["apply"]), APPLY_GOAL),
        Row("longest wait in the preview", "s", _at(found["preview wait"]), WAIT_GOAL),
        Row("longest wait in the apply", "s", _at(found["apply wait"]), WAIT_GOAL),
        Row("the worker's second look at all", "s", _at(found["sweep"])),
        Row("longest wait in it", "s", _at(found["sweep wait"]), WAIT_GOAL),
        Row("writing the letters", "s", _at(found["telling"])),
        Row("completions meanwhile", "", _at(found["completions"])),
        Row("most memory of the process", "MB", _at(found["memory"])),
    ])


class _Officials:
    """Another process in which a clerk completes one task after another, until the block ends."""

    def __init__(self, url: str, by: Identity, tasks: list[str]) -> None:
        context = multiprocessing.get_context("spawn")
        self._stop, self._ready, self._times = context.Event(), context.Event(), context.Queue()
        self._process = context.Process(target=_work, args=(url, by, tasks, self._stop, self._ready, self._times))
        self._seen: list[tuple[float, float]] = []
        self.done = 0

    def __enter__(self) -> "_Officials":
        self._process.start()
        if not self._ready.wait(60):
            raise RuntimeError("the officials didn't come")
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        while (one := self._times.get(timeout=60)) is not None:
            self._take(one)
        self._process.join(60)

    def watched(self, found: dict[str, float], name: str) -> "_Watch":
        return _Watch(self, found, name)

    def between(self, since: float, until: float) -> list[float]:
        """Seconds of the completions that went on between two instants."""
        time.sleep(0.5)
        while not self._times.empty():
            self._take(self._times.get())
        return [ended - began for began, ended in self._seen if began < until and ended > since]

    def _take(self, one: Any) -> None:
        if isinstance(one, str):
            raise RuntimeError(f"a completion failed: {one}")
        self._seen.append(one)
        self.done += 1


class _Watch:
    def __init__(self, officials: _Officials, found: dict[str, float], name: str) -> None:
        self._officials, self._found, self._name = officials, found, name

    def __enter__(self) -> None:
        self._begun = time.monotonic()

    def __exit__(self, kind: Any, *_: object) -> None:
        ended = time.monotonic()
        if kind is None:
            times = self._officials.between(self._begun, ended)
            self._found |= {self._name: ended - self._begun, f"{self._name} wait": max(times, default=0.0)}


def _work(url: str, by: Identity, tasks: list[str], stop: Any, ready: Any, times: Any) -> None:
    """One completion after another; what it says of one that fails ends the measurement."""
    db.open_database(url)
    ready.set()
    try:
        for task in tasks:
            if stop.is_set():
                break
            began = time.monotonic()
            complete(task, by, sample.OPINION, "")
            times.put((began, time.monotonic()))
            time.sleep(0.02)
    except (Gone, Refused, Unavailable, Exception) as error:
        times.put(f"{type(error).__name__}: {error}")
    finally:
        times.put(None)


def _given_away() -> date:
    calendar, day = workdays.national_calendar(), clock.today()
    for _ in range(5):
        day = calendar.working_day_on_or_after(day + timedelta(days=1))
    return day


def _lay_out(scene: Scene, count: int) -> list[str]:
    """Two kinds of case, copied by the database; returns the county's open tasks in an order of their own."""
    with db.transaction() as session:
        regions = "SELECT code, row_number() OVER (ORDER BY code) - 1 AS place FROM region WHERE tier = 'county'"
        session.execute(text(f"CREATE TEMP TABLE place ON COMMIT DROP AS {regions}"))
        for original, many in ((scene.waiting, count - count // 3), (scene.application, count // 3)):
            _copy(session, original, many)
        session.execute(update(Deadline).values(status="void", closed_at=clock.now()).where(
            Deadline.case_id.in_((scene.waiting, scene.application))))
        session.execute(delete(Timer).where(Timer.case_id == scene.waiting))
        _date(session)
        for table in ("case_file", "deadline", "task", "timer"):
            session.execute(text(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
            ))
    with db.current().engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    with db.reading() as session:
        return list(session.scalars(
            select(Task.public_id).join(Case, Task.case_id == Case.id)
            .where(Task.status == "open", Case.diagram == "waiting", Case.id != scene.waiting)
            .order_by(func.md5(Task.public_id)).limit(5_000)
        ))


def _copy(session: Any, original: int, many: int) -> None:
    """`many` copies of a case with its deadline, task and timer, each with the same number added to its ids."""
    first = (session.scalar(select(func.max(Case.id))) or 0) + 1
    session.execute(text(f"CREATE TEMP TABLE n ON COMMIT DROP AS SELECT g FROM generate_series(0, {many - 1}) g"))
    regions = session.scalar(text("SELECT count(*) FROM place"))
    for model in (Case, Deadline, Task, Timer):
        table = model.__table__
        own = table.c.id if model is Case else table.c.case_id
        old_id = session.scalar(select(table.c.id).where(own == original))
        if old_id is None:
            continue
        base = first if model is Case else (session.scalar(select(func.max(table.c.id))) or 0) + 1
        if model is Deadline:
            deadline_base = base
        given = {"id": f"{base} + n.g", "case_id": f"{first} + n.g", "public_id": "md5(random()::text)"}
        if model is Case:
            given |= {"number": f"'B{original}-' || n.g",
                      "region_code": f"(SELECT code FROM place WHERE place = n.g % {regions})"}
        elif model is not Deadline:
            given["deadline_id"] = f"{deadline_base} + n.g"
        names = [column.name for column in table.c]
        values = ", ".join(given.get(name, f'o."{name}"') for name in names)
        columns = ", ".join(f'"{name}"' for name in names)
        session.execute(text(
            f'INSERT INTO {table.name} ({columns}) SELECT {values} FROM {table.name} o, n WHERE o.id = {old_id}'
        ))
    session.execute(text("DROP TABLE n"))


def _date(session: Any) -> None:
    """Give every open deadline one of the periods and starts, with the dates that they have by the calendar."""
    calendar, today = workdays.national_calendar(), clock.today()
    starts = [today - timedelta(days=n) for n in range(STARTS)]
    for place, (period, start) in enumerate((period, start) for period in PERIODS for start in starts):
        computed = workdays.deadline(period, start, calendar)
        session.execute(
            update(Deadline)
            .where(Deadline.closed_at.is_(None), Deadline.id % (len(PERIODS) * STARTS) == place)
            .values(rule=deadlines.rule_as_json(period), started_on=start, last_day=computed.last_day,
                    ends_at=computed.ends_at, provisional=computed.provisional)
            .execution_options(synchronize_session=False)
        )
    for table, column, status in (("task", "ends_at", "open"), ("timer", "due_at", "waiting")):
        session.execute(text(
            f"UPDATE {table} t SET {column} = d.ends_at FROM deadline d "
            f"WHERE d.id = t.deadline_id AND t.status = '{status}'"
        ))


def _still_behind() -> bool:
    with db.reading() as session:
        return recomputing.behind(session)


def _tell() -> int:
    with db.transaction() as session:
        return telling.tell_next(session)


def _moved(edition_id: int) -> int:
    return sum(row.state == "listed" for row in editions.moves_of(edition_id))


def _see_that_all_holds() -> None:
    """Deadline, task and timer say the same, and what the rule gives with the new book."""
    with db.reading() as session:
        for model, column in ((Task, Task.ends_at), (Timer, Timer.due_at)):
            still = model.status.in_(("open", "waiting"))
            wrong = session.scalar(select(func.count()).select_from(model).join(
                Deadline, model.deadline_id == Deadline.id).where(still, column != Deadline.ends_at))
            if wrong:
                raise RuntimeError(f"{wrong} rows of {model.__tablename__} were left behind")
        editions.use_the_book()
        rows = session.execute(select(Deadline.rule, Deadline.started_on, Deadline.last_day).where(
            Deadline.closed_at.is_(None)).distinct()).all()
        calendar = workdays.book_in_use().national
        for row in rows:
            if workdays.deadline(deadlines.period_of(row.rule), row.started_on, calendar).last_day != row.last_day:
                raise RuntimeError(f"{orjson.dumps(row.rule).decode()} from {row.started_on}: {row.last_day}")


def _at(value: float) -> dict[str, list[float]]:
    return {"PostgreSQL": [value]}
