"""The floor F: a raw driver, the cached specification, the library's own converters, one commit around the bare step.

`Floor(rows=False)` is F, the strictest: in one transaction, read the document, let the library load it, complete the
task, go on and save, write the document, COMMIT. `rows=True` also writes the rows without which nobody would call it a
completion: closes the task row, inserts the next one, inserts a line of the trail. Neither asks who somebody is, looks
at a form, or knows a deadline. The journal is as safe as ours: WAL with synchronous=FULL, synchronous_commit=on.
"""

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from app.engine import Specification
from app.engine.floor import floor_load, floor_start, floor_step

_TABLES = (
    "CREATE TABLE floor_case (id BIGINT PRIMARY KEY, document {bytes} NOT NULL)",
    "CREATE TABLE floor_task (case_id BIGINT NOT NULL REFERENCES floor_case, step BIGINT NOT NULL, role TEXT NOT NULL,"
    " status TEXT NOT NULL, ends_at TEXT NOT NULL, closed_at TEXT, PRIMARY KEY (case_id, step))",
    "CREATE INDEX ix_floor_task ON floor_task (role, ends_at) WHERE status = 'open'",
    "CREATE TABLE floor_audit (case_id BIGINT NOT NULL REFERENCES floor_case, step BIGINT NOT NULL, said TEXT NOT NULL,"
    " at TEXT NOT NULL, PRIMARY KEY (case_id, step))",
)


class Floor:
    """One connection that completes tasks as barely as it can be done."""

    def __init__(self, url: str, specification: Specification, *, rows: bool) -> None:
        self._specification, self._rows = specification, rows
        self._lite = url.startswith("sqlite")
        self._connection = _connect_sqlite(url) if self._lite else _connect_postgresql(url)
        self._document = floor_start(specification, {})

    def lay_out(self) -> None:
        """Make the floor's own tables."""
        for statement in _TABLES:
            self._connection.execute(statement.format(bytes="BLOB" if self._lite else "BYTEA"))
        self._commit()

    def start(self, ids: list[int]) -> None:
        """Runs at their first task."""
        self._begin()
        for case_id in ids:
            self._execute("INSERT INTO floor_case (id, document) VALUES (?, ?)", case_id, self._document)
            if self._rows:
                self._execute("INSERT INTO floor_task VALUES (?, 0, 'applicant', 'open', '2026-10-20', NULL)", case_id)
        self._commit()

    def complete(self, case_id: int, step: int, values: Mapping[str, Any]) -> None:
        """The open task of a run, the `step`th from 0, is done; the run stands at its next."""
        self._begin()
        lock = "" if self._lite else " FOR UPDATE"
        row = self._execute(f"SELECT document FROM floor_case WHERE id = ?{lock}", case_id).fetchone()
        document = floor_step(self._specification, row[0], values)
        self._execute("UPDATE floor_case SET document = ? WHERE id = ?", document, case_id)
        if self._rows:
            now = datetime.now(UTC).isoformat()
            self._execute("UPDATE floor_task SET status = 'done', closed_at = ? WHERE case_id = ? AND step = ?",
                          now, case_id, step)
            self._execute("INSERT INTO floor_task VALUES (?, ?, 'clerk', 'open', '2026-10-20', NULL)", case_id, step + 1)  # noqa: E501
            self._execute("INSERT INTO floor_audit VALUES (?, ?, 'complete_task', ?)", case_id, step, now)
        self._commit()

    def stands_at(self, case_id: int) -> set[str]:
        """The elements at which the library says that a run waits."""
        row = self._execute("SELECT document FROM floor_case WHERE id = ?", case_id).fetchone()
        self._commit()
        workflow = floor_load(self._specification, row[0])
        return {task.task_spec.bpmn_id for task in workflow.get_tasks(manual=True) if task.has_state(16)}

    def close(self) -> None:
        self._connection.close()

    def _begin(self) -> None:
        if self._lite:
            self._connection.execute("BEGIN IMMEDIATE")

    def _execute(self, statement: str, *values: Any) -> Any:
        return self._connection.execute(statement if self._lite else statement.replace("?", "%s"), values)

    def _commit(self) -> None:
        if self._lite and not self._connection.in_transaction:
            return
        self._connection.commit()


def _connect_sqlite(url: str) -> sqlite3.Connection:
    connection = sqlite3.connect(make_url(url).database, timeout=10, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _connect_postgresql(url: str) -> psycopg.Connection:
    parts = make_url(url)
    return psycopg.connect(host=parts.host, port=parts.port, user=parts.username, password=parts.password,
                           dbname=parts.database)
