"""Fixtures for everyone: a fresh database of either kind, legal time that stands still, the app and a browser for it.

A test that takes `database` (or anything made from it: `session`, `app`, `client`) runs on SQLite and on PostgreSQL.
Each worker makes its databases once, from the schema and the tree of divisions, and empties them between tests.
PostgreSQL: TEST_POSTGRES_URL says where (any database of a server on which databases may be made). Without one those
tests are skipped; with REQUIRE_ALL=1 they fail.
"""

import gc
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import clock, db, migrating, tables
from app.calendars import current as calendars
from app.config import Config
from app.documents import storage
from app.people import passwords, regions
from app.programmes import checks, package
from tests import reopening
from tests.browsing import Browser

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
KEPT_TABLES = {"region"}
PROCESSES = Path(__file__).parents[1] / "processes"
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Where the file of the SQLite tests lies: none of them asks what is left of it after a power cut."""


def make_schema(url: str) -> None:
    """Make every table in an empty database, as an installation does: by the migrations."""
    database = db.Database(url)
    migrating.upgrade(database.engine)
    database.close()


def pytest_collection_finish() -> None:
    """Modules and collected tests stay to the end: the garbage collector needn't look through them again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _cheap_hashes() -> Iterator[None]:
    """Hashes with the least cost; a test that wants the real one makes its own."""
    real, passwords.hasher = passwords.hasher, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield
    passwords.hasher = real


@pytest.fixture(scope="session", autouse=True)
def _calendar_asked_for_by_hand() -> Iterator[None]:
    """No look at the editions in between, so that statements can be counted; the page that confirms one looks."""
    real, calendars.PAUSE = calendars.PAUSE, None
    yield
    calendars.PAUSE = real


@pytest.fixture(scope="session", autouse=True)
def _the_same_files_are_checked_once() -> Iterator[None]:
    """What the check of a package says of the same files and the same vocabulary is remembered: every other test
    deploys a shipped programme. Tests of the checks themselves give it other files each time."""
    real, said = checks.check, {}

    def check(files: package.Files, **known: Any) -> list[checks.Problem]:
        key = package.fingerprint(files), repr(sorted((name, _in_order(value)) for name, value in known.items()))
        if key not in said:
            said[key] = real(files, **known)
        return list(said[key])

    checks.check = check
    yield
    checks.check = real


@pytest.fixture(scope="session", autouse=True)
def _shipped_folders_are_read_once() -> Iterator[None]:
    """What lies in processes/ and forms/ no test changes; a folder of a test's own is read each time."""
    real, shipped = package.read_folder, cache(package.read_folder)
    package.read_folder = lambda folder: dict(shipped(folder)) if folder.parent == PROCESSES else real(folder)
    yield
    package.read_folder = real


def _in_order(value: Any) -> Any:
    if isinstance(value, Mapping):
        return sorted((key, _in_order(one)) for key, one in value.items())
    return sorted(value) if isinstance(value, Collection) and not isinstance(value, str) else value


@pytest.fixture(scope="session")
def _sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator["_Sqlite"]:
    with TemporaryDirectory(prefix=f"banjian_test_{os.getpid()}_", dir=MEMORY) as folder:
        yield _Sqlite(Path(folder))
        if db._current is not None:
            db._current.close()


@pytest.fixture(scope="session")
def _postgresql() -> Iterator["_Postgresql | None"]:
    server = _server()
    if server is None:
        yield None
        return
    made = _Postgresql(server)
    yield made
    made.drop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[db.Database]:
    """This process's database, open and empty but for the tree of divisions."""
    store = request.getfixturevalue(f"_{request.param}")
    if store is None:
        (pytest.fail if REQUIRE_ALL else pytest.skip)(f"no PostgreSQL at {POSTGRES_URL}")
    store.reset()
    calendars.forget()
    yield reopening.reopen(store.url)
    calendars.forget()
    clock.move(timedelta(0))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[db.Database]:
    """A database of its own without a table."""
    if request.param == "sqlite":
        made = db.Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
        yield made
        made.close()
        return
    server = _server()
    if server is None:
        (pytest.fail if REQUIRE_ALL else pytest.skip)(f"no PostgreSQL at {POSTGRES_URL}")
    name = f"banjian_test_empty_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    with create_engine(server, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
        made = db.Database(make_url(server).set(database=name).render_as_string(hide_password=False))
        yield made
        made.close()
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture
def session(database: db.Database) -> Iterator[Session]:
    """One transaction for operations and queries, rolled back at the end. Use db.transaction() for what must stay."""
    with Session(database.engine, expire_on_commit=False, autoflush=False) as opened:
        yield opened
        opened.rollback()


@pytest.fixture
def clock_at() -> Iterator[Callable[[str], None]]:
    """Hold legal time: clock_at("2026-11-21 10:05") is Beijing wall time; the last call counts."""
    with ExitStack() as held:

        def hold(wall_time: str) -> None:
            held.close()
            held.enter_context(clock.held_at(datetime.fromisoformat(wall_time).replace(tzinfo=clock.SHANGHAI)))

        yield hold


@pytest.fixture
def statements(database: db.Database) -> Callable[[], AbstractContextManager[list[str]]]:
    """`with statements() as seen:` collects the SQL that this process's database is sent meanwhile."""

    @contextmanager
    def collect() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(*event_arguments: object) -> None:
            seen.append(str(event_arguments[2]))

        engines = {db.current().engine, db.current().readers} if db.current().is_sqlite else {db.current().engine}
        for engine in engines:
            event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            for engine in engines:
                event.remove(engine, "before_cursor_execute", note)

    return collect


_apps: dict[str, Flask] = {}


@pytest.fixture
def app(database: db.Database, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The app on the test's database; made once a worker and kind of database."""
    from app import create_app  # here, so that tests of the machines need no web

    url = database.engine.url.render_as_string(hide_password=False)
    if url not in _apps:
        _apps[url] = create_app(test_config(url, tmp_path_factory.mktemp("data")))
        _apps[url].test_client_class = Browser
    storage.open_folder(_apps[url].config["BANJIAN"].files_dir)
    return _apps[url]


@pytest.fixture
def client(app: Flask) -> Browser:
    """A browser that has not signed in: see tests.browsing."""
    return app.test_client()


def test_config(url: str, data_dir: Path) -> Config:
    """A configuration as tests want it: no demonstration, cookies over http."""
    return Config(database_url=url, data_dir=data_dir, secret_key="k" * 48, secure_cookies=False)


test_config.__test__ = False


class _Sqlite:
    """A file made once and copied for each test."""

    def __init__(self, folder: Path) -> None:
        self._file, template = folder / "test.sqlite3", folder / "template.sqlite3"
        self.url = f"sqlite:///{self._file}"
        _fill(f"sqlite:///{template}")
        self._template = template.read_bytes()

    def reset(self) -> None:
        if db._current is not None:
            db._current.close()
        reopening.put(self._file, self._template)


class _Postgresql:
    """A database of this worker's own; emptied before each test but for what every test needs."""

    def __init__(self, server: str) -> None:
        self._server = create_engine(server, isolation_level="AUTOCOMMIT")
        self._drop_left_behind()
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        self.name = f"banjian_test_{worker}_{os.getpid()}"
        self.url = make_url(server).set(database=self.name).render_as_string(hide_password=False)
        with self._server.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{self.name}"'))
            # What is left after a power cut, tests/faults ask of servers of their own.
            connection.execute(text(f'ALTER DATABASE "{self.name}" SET synchronous_commit = off'))
        _fill(self.url)
        self._engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        names = [t.name for t in tables.metadata.sorted_tables if t.name not in KEPT_TABLES]
        # Triggers that keep the trail append-only, and foreign keys, are off for this one statement.
        self._empty = "; ".join(
            ["SET session_replication_role = replica", *(f'DELETE FROM "{n}"' for n in names),
             "SET session_replication_role = origin"]
        )

    def reset(self) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(self._empty)

    def drop(self) -> None:
        if db._current is not None:
            db._current.close()
        self._engine.dispose()
        self._drop(self.name)
        self._server.dispose()

    def _drop(self, name: str) -> None:
        with self._server.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))

    def _drop_left_behind(self) -> None:
        """Databases of runs that were killed: the process that made them is gone."""
        with self._server.connect() as connection:
            names = connection.scalars(text("SELECT datname FROM pg_database WHERE datname LIKE 'banjian\\_test\\_%'"))
            for name in names.all():
                found = re.fullmatch(r"banjian_test_\w+_(\d+)", name)
                if found and not Path(f"/proc/{found[1]}").exists():
                    self._drop(name)


def _fill(url: str) -> None:
    make_schema(url)
    database = db.Database(url)
    with Session(database.engine) as opened:
        regions.load(opened)
        opened.commit()
    with database.engine.connect() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    database.close()


def _server() -> str | None:
    try:
        engine = create_engine(POSTGRES_URL, connect_args={"connect_timeout": 3})
        with engine.connect():
            return POSTGRES_URL
    except OperationalError:
        return None
