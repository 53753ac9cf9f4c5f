"""Opening the reporting cases of one period: one worker, rows that are due at one instant, on the shipped programme."""

import time
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import func, insert, select, text

from app import clock, db, tables, worker
from app.obligations.models import Duty
from app.people import regions
from app.people.models import Unit
from app.titles.models import LifeDue, Title
from tests import living
from tests.bench.others import NoMail
from tests.bench.scene import Scene
from tests.bench.stores import opened
from tests.bench.table import Row, Table
from tests.obligations import owing

REPORTS, REPORT_SECONDS = 20_000, 600
GRANTED, OPENED = date(2025, 11, 20), "2026-02-10 08:00"
_CHUNK = 2_000


def measure(scenes: list[Scene], _folder: Path, *, quick: bool) -> Table:
    """Seconds until the case of every title is open: its duty, task, deadline, timer, entry in the trail, next row."""
    count = 500 if quick else REPORTS
    seconds: dict[str, list[float]] = {}
    for scene in scenes:
        with opened(scene.store.make("reports")):
            titles(count)
            with clock.held_at(_instant(OPENED)):
                begun = time.perf_counter()
                while worker.run_once(NoMail()):
                    pass
                seconds[scene.store.kind] = [time.perf_counter() - begun]
            see_that_each_is_open_once(count)
    rows = [
        Row(f"{count:,} reports opened", "s", seconds, REPORT_SECONDS * count / REPORTS),
        Row("opened per second", "/s", {name: [count / spent for spent in by] for name, by in seconds.items()}),
    ]
    return Table("reporting cases of one period, one worker", "", rows)


def titles(count: int) -> None:
    """So many titles with their next report planned, in the current (empty) database: one that was granted, copied."""
    tables.metadata.create_all(db.current().engine)
    with clock.held_at(_instant(f"{GRANTED} 09:00")):
        with db.transaction() as session:
            regions.load(session)
        lived = living.living(granted_on=GRANTED, files=owing.files())
        with db.transaction() as session:
            first = lived.title(session)
            _copy(session, first, count - 1)
    with db.current().engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def see_that_each_is_open_once(count: int) -> None:
    """Raise where a report wasn't opened, or opened twice, or something failed."""
    with db.reading() as session:
        duties = session.scalar(select(func.count()).select_from(Duty))
        owing_titles = session.scalar(select(func.count(func.distinct(Duty.title_id))))
        cases = session.scalar(select(func.count(func.distinct(Duty.case_id))))
        planned = (LifeDue.status == "waiting", LifeDue.key.like("%2026-06-15"))
        waiting = session.scalar(select(func.count()).where(*planned))
        failed = session.scalar(select(func.count()).where(LifeDue.attempts > 0))
    if not duties == owing_titles == cases == waiting == count or failed:
        found = f"{duties} duties of {owing_titles} titles in {cases} cases, {waiting} next, {failed} failed"
        raise RuntimeError(found)


def _instant(wall: str):
    return clock.day_start(date.fromisoformat(wall[:10])) + timedelta(hours=int(wall[11:13]))


def _copy(session, first: Title, count: int) -> None:
    holder = session.get_one(Unit, first.holder_id)
    event = session.execute(text("SELECT * FROM title_event WHERE title_id = :t"), {"t": first.id}).mappings().one()
    due = session.scalars(select(LifeDue).where(LifeDue.title_id == first.id, LifeDue.kind == "report")).one()
    top = {model: session.scalar(select(func.max(model.id))) for model in (Unit, Title)}
    columns = {model: model.__table__.c.keys() for model in (Unit, Title, LifeDue)}
    for start in range(0, count, _CHUNK):
        places = range(start + 1, min(start + _CHUNK, count) + 1)
        session.execute(insert(Unit.__table__), [
            {**{key: getattr(holder, key) for key in columns[Unit]}, "id": top[Unit] + n, "public_id": db.public_id(),
             "credit_code": f"BENCH{n:013d}", "name": f"持证服务机构{n + 1}"} for n in places
        ])
        session.execute(insert(Title.__table__), [
            {**{key: getattr(first, key) for key in columns[Title]}, "id": top[Title] + n, "public_id": db.public_id(),
             "number": f"{first.number}-{n}", "holder_id": top[Unit] + n, "basis": "entered",
             "holder_name": f"持证服务机构{n + 1}"} for n in places
        ])
        names = [key for key in event if key != "id"]
        session.execute(
            text(f"INSERT INTO title_event ({', '.join(names)}) VALUES ({', '.join(':' + key for key in names)})"),
            [{**{key: event[key] for key in names}, "title_id": top[Title] + n} for n in places],
        )
        session.execute(insert(LifeDue.__table__), [
            {"subject": f"title:{top[Title] + n}", "title_id": top[Title] + n, "programme": due.programme,
             "kind": due.kind, "key": due.key, "due_at": due.due_at, "payload": {}, "status": "waiting", "attempts": 0,
             "error": ""} for n in places
        ])
    if not db.current().is_sqlite:
        for name in ("unit", "title"):
            top_id = f"(SELECT max(id) FROM {name})"
            session.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {top_id})"))
