"""The database itself, out of and into: SQLite by its online backup, PostgreSQL by pg_dump and pg_restore."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import db
from app.errors import Refused

_TABLES = text(
    "SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND n.nspname NOT IN ('pg_catalog', 'information_schema') "
    "AND n.nspname NOT LIKE 'pg\\_%'"
)


def kind(url: str) -> str:
    """"sqlite" or "postgresql"."""
    return make_url(url).get_backend_name()


def sqlite_path(url: str) -> Path:
    """The file of an SQLite database. Raises Refused for one that lives in memory."""
    name = make_url(url).database
    if not name or name == ":memory:":
        raise Refused("数据库在内存中，无法备份或恢复。请把 DATABASE_URL 设为文件。")
    return Path(name)


def is_used(url: str) -> bool:
    """Whether there is something in a database. Raises Refused where it can't be reached."""
    if kind(url) == "sqlite":
        path = sqlite_path(url)
        return path.exists() and path.stat().st_size > 0
    with _postgresql(url) as database, database.engine.connect() as connection:
        return connection.execute(_TABLES).scalar_one() > 0


@contextmanager
def dumped(url: str, dump: Path) -> Iterator[Session]:
    """Write the database at one instant to `dump` (once entered it is written), and ask questions of that instant."""
    copying = _dumped_sqlite if kind(url) == "sqlite" else _dumped_postgresql
    with copying(url, dump) as session:
        yield session


def load_postgresql(url: str, dump: Path) -> None:
    """Load a dump into an empty database, all or nothing."""
    _run("pg_restore", url, "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", str(dump))


@contextmanager
def _dumped_sqlite(url: str, dump: Path) -> Iterator[Session]:
    path = sqlite_path(url)
    if not path.exists():
        raise Refused(f"没有找到数据库文件 {path}。请检查 BANJIAN_DATA 与 DATABASE_URL。")
    source_uri = f"{path.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(source_uri, uri=True, timeout=30)) as source, closing(sqlite3.connect(dump)) as copy:
        source.backup(copy)
        found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise Refused(f"数据库文件已损坏（{found}），备份未完成。请保留现场并从较早的备份恢复。")
    database = db.Database(f"sqlite:///{dump}")
    try:
        with Session(database.readers) as session:
            yield session
    finally:
        database.close()


@contextmanager
def _dumped_postgresql(url: str, dump: Path) -> Iterator[Session]:
    with _postgresql(url) as database, database.engine.connect() as connection:
        connection = connection.execution_options(isolation_level="REPEATABLE READ")
        # pg_dump sees exactly what this transaction sees, whatever others commit meanwhile.
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        _run("pg_dump", url, "--format=custom", f"--snapshot={snapshot}", "--no-owner", "--no-privileges",
             f"--file={dump}")
        with Session(connection) as session:
            yield session


@contextmanager
def _postgresql(url: str) -> Iterator[db.Database]:
    database = db.Database(url)
    try:
        yield database
    except OperationalError as error:
        raise Refused(f"连不上数据库：{error.orig}。请检查 DATABASE_URL，并先建好空库。") from error
    finally:
        database.close()


def _run(tool: str, url: str, *options: str) -> None:
    program = shutil.which(tool)
    if program is None:
        raise Refused(f"没有找到 {tool}。请安装与服务器同版本的 PostgreSQL 客户端（postgresql-client），并放进 PATH。")
    parts = make_url(url)
    # The password goes through the environment: arguments can be read by every user of the machine.
    # (`set` takes None for "leave as it is", so the field itself is replaced.)
    address = parts.set(drivername="postgresql")._replace(password=None).render_as_string(hide_password=False)
    environment = os.environ | ({"PGPASSWORD": str(parts.password)} if parts.password else {})
    done = subprocess.run(  # noqa: S603 - a program of the machine, our own arguments, no shell
        [program, f"--dbname={address}", *options], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Refused(f"{tool} 没有成功：{done.stderr.strip()[-800:]}")
