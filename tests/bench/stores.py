"""The databases of a run: one of each kind to copy from, and its copies. All of them go away at the end."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from app import db

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")


class Sqlite:
    """Files in a folder. WAL and synchronous=FULL, as the program opens them."""

    kind = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def url(self, name: str) -> str:
        return f"sqlite:///{self._folder / name}.sqlite3"

    def make(self, name: str) -> str:
        """An empty database."""
        return self.url(name)

    def copy(self, source: str, name: str) -> str:
        """A copy of a database that nobody has open."""
        self.drop(name)
        shutil.copyfile(make_url(self.url(source)).database, make_url(self.url(name)).database)
        return self.url(name)

    def drop(self, name: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{make_url(self.url(name)).database}{suffix}").unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing more: the folder is the caller's."""


class Postgresql:
    """Databases of this process's own on a server where databases may be made."""

    kind = "PostgreSQL"

    def __init__(self) -> None:
        self._server = create_engine(POSTGRES_URL, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
        self._made: set[str] = set()

    def is_there(self) -> bool:
        try:
            with self._server.connect():
                return True
        except OperationalError:
            return False

    def url(self, name: str) -> str:
        return make_url(POSTGRES_URL).set(database=self._full(name)).render_as_string(hide_password=False)

    def make(self, name: str) -> str:
        """An empty database."""
        self.drop(name)
        return self._create(name, "template0")

    def copy(self, source: str, name: str) -> str:
        """A copy of a database that nobody has open."""
        self.drop(name)
        return self._create(name, self._full(source))

    def drop(self, name: str) -> None:
        self._execute(f'DROP DATABASE IF EXISTS "{self._full(name)}" WITH (FORCE)')
        self._made.discard(name)

    def close(self) -> None:
        for name in list(self._made):
            self.drop(name)
        self._server.dispose()

    def _create(self, name: str, template: str) -> str:
        self._execute(f'CREATE DATABASE "{self._full(name)}" TEMPLATE "{template}"')
        self._made.add(name)
        return self.url(name)

    def _full(self, name: str) -> str:
        return f"banjian_bench_{os.getpid()}_{name}"

    def _execute(self, statement: str) -> None:
        with self._server.connect() as connection:
            connection.execute(text(statement))


Store = Sqlite | Postgresql


@contextmanager
def using(database: db.Database) -> Iterator[db.Database]:
    """Make an open database this process's, leaving the others open: rounds go to and fro between them."""
    before, db._current = db._current, database
    try:
        yield database
    finally:
        db._current = before


@contextmanager
def opened(url: str) -> Iterator[db.Database]:
    """Open a database, use it, close it."""
    database = db.Database(url)
    try:
        with using(database):
            yield database
    finally:
        database.close()
