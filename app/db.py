"""One database a process: SQLite in WAL mode or PostgreSQL, and the only place that commits.

The ways in, all for the edge (web, worker, cli) alone:

- `transaction()`: one verb, one commit. On SQLite it takes the write lock at once (BEGIN IMMEDIATE): a deferred
  transaction that reads before it writes loses updates without an error.
- `reading()`: questions only, no lock, nothing is ever committed. `snapshot()`: the same, all of one state.

The operations below the edge get the session as their first argument and never commit.

What every click and every timer takes is a `Statement`, sent down the transaction's `line`: its price is the database's
own. Everything else goes through SQLAlchemy as usual, in the same transaction and in any order with the former.
"""

import itertools
import re
import sqlite3
from collections import namedtuple
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import orjson
import psycopg
from psycopg import pq
from psycopg._preparing import Prepare
from psycopg._transformer import Transformer
from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    create_engine,
    event,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, SessionTransaction, mapped_column

from app import chance, clock
from app.errors import Unavailable

SQLITE_BUSY_SECONDS = 10
MAY_STAND = "保存时与数据库的连接中断，您的提交可能已经生效：请刷新页面核对，没有生效的再重新提交。"


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept in UTC. Naive values are refused: they would mean the server's own zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive instant {value!r}")
        return value.astimezone(UTC) if dialect.name != "sqlite" else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A JSON value as text, keys in the order in which they were written (`jsonb` would reorder them)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        return None if value is None else orjson.loads(value)


Key = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    """Every table of the project."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Instant, str: Text, int: Key}


class ClockOffset(Base):
    """How far legal time is moved in the demonstration; server and worker read the same row."""

    __tablename__ = "clock_offset"

    id: Mapped[int] = mapped_column(primary_key=True)
    seconds: Mapped[int]


class Counter(Base):
    """The last number given out under a name ("case:BDP:2026")."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


class Database:
    """An open database: its engine, and whether legal time may be moved in it."""

    def __init__(self, url: str, *, demo: bool = False) -> None:
        self.demo = demo
        if url.startswith("sqlite"):
            self.engine = _sqlite(url, "BEGIN IMMEDIATE")
            self.readers = self.snapshots = _sqlite(url, "BEGIN")
        else:
            self.engine = _postgresql(url)
            self.readers = self.engine.execution_options(banjian_read_only=True)
            self.snapshots = self.engine.execution_options(isolation_level="REPEATABLE READ")

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def close(self) -> None:
        self.engine.dispose()
        self.readers.dispose()


_current: Database | None = None


def open_database(url: str, *, demo: bool = False) -> Database:
    """Make `url` this process's database; one opened before is closed."""
    global _current
    if _current is not None:
        _current.close()
    _current = Database(url, demo=demo)
    return _current


def current() -> Database:
    """This process's database."""
    if _current is None:
        raise RuntimeError("no database is open: call db.open_database first")
    return _current


@contextmanager
def transaction() -> Iterator[Session]:
    """One verb in one transaction: commits at the end, rolls back on any error.

    Raises Unavailable where the database can't be had now (locked too long, gone away): nothing was changed. Only where
    the connection broke while the commit was under way does nobody know; the error says so, and a retry finds out.
    """
    database, committing = current(), False
    try:
        with _Work(database.engine) as session:
            _take_clock(session, database)
            yield session
            session.flush()
            committing = True
            session.commit()
    except DBAPIError as error:
        if committing and error.connection_invalidated:
            raise Unavailable(MAY_STAND) from error
        raise _translated(error) from error


@contextmanager
def reading() -> Iterator[Session]:
    """Questions only. On PostgreSQL each statement sees what is committed then; on SQLite all see one state."""
    with _asking(current().readers) as session:
        yield session


@contextmanager
def snapshot() -> Iterator[Session]:
    """Questions that must agree with each other while others go on working: all see one state, on either database."""
    with _asking(current().snapshots) as session:
        yield session


@contextmanager
def _asking(engine: Engine) -> Iterator[Session]:
    database = current()
    try:
        with _Work(engine) as session:
            _take_clock(session, database)
            yield session
    except DBAPIError as error:
        raise _translated(error) from error


class _Work(Session):
    """A session over one connection, taken when it is first asked for. Where statements alone are sent down the line,
    nothing of the session's own machinery runs."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(expire_on_commit=False, autoflush=False)
        self._engine, self._taken = engine, None

    def get_bind(self, *_: Any, **__: Any) -> Connection:
        """The one connection, its transaction begun; the session joins it."""
        if self._taken is None:
            self._taken = self._engine.connect()
            self._taken.begin()
            driver = self._taken.connection.driver_connection
            if isinstance(driver, _Postgresql) and self._engine.get_execution_options().get("banjian_read_only"):
                driver.only_ask()
        return self._taken

    def begin_nested(self) -> SessionTransaction:
        """A savepoint, set at once: SQLAlchemy would wait for its own first statement."""
        self.connection()
        nested = super().begin_nested()
        self.connection()
        return nested

    def commit(self) -> None:
        """Commit what the connection did, then let the session forget its part in it, if it had any."""
        if self._taken is not None:
            self._taken.commit()
        if self.in_transaction():
            super().commit()
        else:
            self.dispatch.after_commit(self)

    def close(self) -> None:
        """Give the connection back; what wasn't committed never happened."""
        if self.in_transaction() or self._new or self.identity_map:
            super().close()
        if self._taken is not None:
            self._taken.close()


class Statement:
    """A statement compiled once for each kind of database, to be sent down a `Line` as text.

    Takes a Core select, insert, update or delete; whatever changes from call to call is a named `bindparam` (of an
    insert: `columns` names those that are given, scalar defaults of the others hold). Values and rows pass through the
    columns' types; a row is a named tuple. Lists of any length (IN) are not for it.
    """

    def __init__(self, built: Any, *, columns: Sequence[str] | None = None) -> None:
        self._built = built.inline() if built.is_insert and not built.exported_columns else built
        self._columns = columns
        self._compiled: dict[str, _Compiled] = {}

    def on(self, dialect: Dialect) -> "_Compiled":
        """As it is sent to a database of this kind."""
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = _Compiled(self._built, self._columns, dialect)
        return found


class _Compiled:
    """A statement's text for one kind of database, and how its values and rows are turned."""

    def __init__(self, built: Any, columns: Sequence[str] | None, dialect: Dialect) -> None:
        compiled = built.compile(dialect=dialect, column_keys=columns)
        self.text = str(compiled)
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        turns = {name: _turn_to(bind.type, dialect) for name, bind in binds.items()}
        values = {name: bind.effective_value for name, bind in binds.items() if not bind.required}
        values |= {column.key: column.default.arg for column in compiled.insert_prefetch or ()}
        given = {name for name in binds if name not in values or name in (columns or ())}
        self._fixed = {name: _turned(turns[name], value) for name, value in values.items() if name not in given}
        self._given = [(name, turns[name]) for name in given]
        self._places = compiled.positiontup and [
            (name, turns[name], self._fixed.get(name), name in given) for name in compiled.positiontup
        ]
        self.numbered, self.order = _numbered(self.text) if dialect.name == "postgresql" else (b"", ())
        selected = built.exported_columns
        self._row = namedtuple("Row", [column.key for column in selected], rename=True) if selected else None  # noqa: PYI024
        turns_back = [_turn_from(column.type, dialect) for column in selected]
        self._turns_back = [(place, turn) for place, turn in enumerate(turns_back) if turn is not None]

    @property
    def returns_rows(self) -> bool:
        return self._row is not None

    def bound(self, values: Mapping[str, Any]) -> Any:
        """The values as the driver takes them. Raises KeyError for one that wasn't given."""
        if self._places:
            return [
                fixed if not given else values[name] if turn is None else turn(values[name])
                for name, turn, fixed, given in self._places
            ]
        turned = {name: values[name] if turn is None else turn(values[name]) for name, turn in self._given}
        turned.update(self._fixed)
        return turned

    def rows(self, found: Sequence[Sequence[Any]]) -> list[Any]:
        """The driver's rows as the columns' types tell them."""
        rows = []
        for one in found:
            row = list(one)
            for place, turn in self._turns_back:
                row[place] = turn(row[place])
            rows.append(self._row._make(row))
        return rows


def _numbered(text: str) -> tuple[bytes, tuple[str, ...]]:
    """A statement with $1, $2 ... for its named places, as PostgreSQL prepares it; and their names in that order."""
    order: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return "%" if found[0] == "%%" else f"${order.setdefault(found[1], len(order) + 1)}"

    return _PLACE.sub(number, text).encode(), tuple(order)


_PLACE = re.compile(r"%%|%\((\w+)\)s")


def _turn_to(kind: Any, dialect: Dialect) -> Any:
    """What turns a value of a column's type into what the driver takes; None where nothing does."""
    if isinstance(kind, Instant) and dialect.name == "sqlite":
        return _as_text
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _turn_from(kind: Any, dialect: Dialect) -> Any:
    """What turns what the driver brings into a value of a column's type; None where nothing does."""
    if isinstance(kind, Instant) and dialect.name == "sqlite":
        return _from_text
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _as_text(value: datetime | None) -> str | None:
    """An instant as SQLAlchemy's own type writes it in SQLite, in one go."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"naive instant {value!r}")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _from_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def _turned(turn: Any, value: Any) -> Any:
    return value if turn is None else turn(value)


class Line:
    """The short way to the database within a transaction: statements as text, straight to the driver.

    On PostgreSQL a writer's statements stand in line (the protocol's pipeline): the way there and back is paid only
    when an answer is looked at, and at the commit. They are carried out in the order in which they were
    sent, those of SQLAlchemy among them. So an error shows at the next look, at the latest at the commit: whoever must
    know whether a statement met its row looks at its `count`.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.notes: dict[str, Any] = {}
        self._driver = connection.connection.driver_connection
        self._lite = not isinstance(self._driver, _Postgresql)
        if not self._lite and not self._driver.autocommit:
            self._driver.line_up()

    def send(self, statement: Statement, values: Mapping[str, Any]) -> "Answer":
        """Send a statement with its values."""
        compiled = statement.on(self.connection.dialect)
        bound = compiled.bound(values)
        cursor = self._driver.cursor()
        try:
            self._tell(cursor, compiled.text, bound)
            if self._lite or not self._driver.send_prepared(cursor, compiled.numbered, compiled.order, bound):
                cursor.execute(compiled.text, bound)
        except Exception as error:
            self.fail(error, compiled.text, bound)
        answer = Answer(self, compiled, cursor, bound)
        if compiled.returns_rows and self._lite:
            answer.rows()  # a query not read to its end would outlast the commit, with the state it saw
        return answer

    def fail(self, error: Exception, text: str, bound: Any) -> None:
        """Raise a driver's error as SQLAlchemy would, and give up a connection that broke as it would."""
        self.connection._handle_dbapi_exception(error, text, bound, None, None)

    def _tell(self, cursor: Any, text: str, bound: Any) -> None:
        """Tell those who listen to SQLAlchemy's statements (counters, tests that break things) of ours as well."""
        connection = self.connection
        if connection.engine._has_events:
            for listener in connection.dispatch.before_cursor_execute:
                listener(connection, cursor, text, bound, None, False)
        if connection.dialect._has_events:
            for listener in connection.dialect.dispatch.do_execute:
                listener(cursor, text, bound, SimpleNamespace(root_connection=connection))


class Answer:
    """What a statement brought: waited for when it is looked at."""

    __slots__ = ("_bound", "_compiled", "_cursor", "_line", "_rows")

    def __init__(self, line: Line, compiled: _Compiled, cursor: Any, bound: Any) -> None:
        self._line, self._compiled, self._cursor, self._bound = line, compiled, cursor, bound
        self._rows: list[Any] | None = None

    def rows(self) -> list[Any]:
        """All rows, as named tuples."""
        if self._rows is None:
            self._rows = self._compiled.rows(self._looked_at(self._cursor.fetchall))
        return self._rows

    def first(self) -> Any:
        """The first row; None where there is none."""
        rows = self.rows()
        return rows[0] if rows else None

    def scalar(self) -> Any:
        """The first column of the first row; None where there is none."""
        row = self.first()
        return None if row is None else row[0]

    @property
    def count(self) -> int:
        """How many rows were changed."""
        return self._looked_at(lambda: self._cursor.rowcount)

    def _looked_at(self, look: Any) -> Any:
        try:
            return look()
        except Exception as error:
            self._line.fail(error, self._compiled.text, self._bound)


_LINE = "line"


def send(session: Session, statement: Statement, values: Mapping[str, Any]) -> Answer:
    """Send a statement in the session's transaction: see `Line` for when it is waited for."""
    return _line(session).send(statement, values)


def line_up(session: Session) -> None:
    """From here on, questions of a `reading` that are sent one behind the other are waited for together."""
    driver = _line(session).connection.connection.driver_connection
    if isinstance(driver, _Postgresql):
        driver.line_up()


def notes(session: Session) -> dict[str, Any]:
    """What the operations of a transaction note for each other; gone when it ends."""
    return _line(session).notes


def _line(session: Session) -> Line:
    line = session.info.get(_LINE)
    if line is None or not line.connection.in_transaction():
        bind = session.get_bind()
        line = session.info[_LINE] = Line(bind if isinstance(bind, Connection) else session.connection())
    return line


def fill(session: Session, table: Table, rows: Sequence[Sequence[Any]], *, columns: Sequence[str]) -> None:
    """Put many rows into a table, each with the values of `columns`; scalar defaults of other columns hold.

    On PostgreSQL by COPY, which takes a tenth of the time that inserts take; by inserts after a `send` in the same
    transaction, whose pipeline can't carry it.
    """
    connection = session.connection()
    defaults = {c.key: c.default.arg for c in table.c if c.default is not None and c.key not in columns}
    driver = connection.connection.driver_connection
    if not isinstance(driver, _Postgresql) or driver._lined is not None:
        values = [dict(zip(columns, row, strict=True)) for row in rows]
        if values:
            connection.execute(table.insert(), values)
        return
    turns = [table.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect) for name in columns]
    turned = [(place, turn) for place, turn in enumerate(turns) if turn is not None]
    names = ", ".join(f'"{name}"' for name in (*columns, *defaults))
    fixed = list(defaults.values())
    with (
        driver.cursor() as cursor,
        cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy,
    ):
        for row in rows:
            line = [*row, *fixed]
            for place, turn in turned:
                line[place] = turn(line[place])
            copy.write_row(line)


def public_id() -> str:
    """A random id for addresses, so that nobody can guess a neighbour's."""
    return chance.public_id()


def next_number(session: Session, name: str) -> int:
    """The next number under a name, from 1 upwards; the row stays locked until the transaction ends."""
    return session.connection().execute(_NEXT_NUMBER, {"name": name}).scalar_one()


def move_clock(session: Session, offset: timedelta) -> None:
    """Set the offset of legal time (demonstration only)."""
    if not current().demo:
        raise RuntimeError("legal time can only be moved in the demonstration")
    session.connection().execute(_SET_OFFSET, {"seconds": int(offset.total_seconds())})


_NEXT_NUMBER = text(
    "INSERT INTO counter (name, value) VALUES (:name, 1) "
    "ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value"
)
_SET_OFFSET = text(
    "INSERT INTO clock_offset (id, seconds) VALUES (1, :seconds) "
    "ON CONFLICT (id) DO UPDATE SET seconds = excluded.seconds"
)
_OFFSET = select(ClockOffset.seconds).where(ClockOffset.id == bindparam("id"))


def _take_clock(session: Session, database: Database) -> None:
    if database.demo:
        seconds = session.connection().execute(_OFFSET, {"id": 1}).scalar()
        clock.move(timedelta(seconds=seconds or 0))


def _translated(error: DBAPIError) -> Exception:
    transient = error.connection_invalidated or isinstance(error, OperationalError)
    return Unavailable() if transient else error


class _PatientCursor(psycopg.Cursor):
    """A cursor that waits for its answer when SQLAlchemy looks at it, also where nothing has waited for it before."""

    @property
    def description(self) -> Any:
        self._wait()
        return super().description

    @property
    def rowcount(self) -> int:
        self._wait()
        return super().rowcount

    def fetchall(self) -> list[Any]:
        self._wait()
        return super().fetchall()

    def _wait(self) -> None:
        if self.pgresult is None:
            self.connection.wait_for_answers()


def _as_words(text: str) -> bytes:
    if "\0" in text:
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return text.encode()


def _unknown(_value: Any) -> Any:
    """What a value of a kind that isn't ours is written as: see `send_prepared`."""
    return _unknown


_WRITTEN: dict[type, Any] = {
    type(None): lambda _: None,
    str: _as_words,
    int: lambda number: b"%d" % number,
    bool: lambda yes: b"t" if yes else b"f",
    datetime: lambda instant: str(instant).encode(),
    date: lambda day: str(day).encode(),
    psycopg.Binary: lambda wrapped: bytes(wrapped.obj),
}
"""How a value is written for PostgreSQL, by its type."""


_NUMBERS = itertools.count(1)


class _Pipeline(psycopg.Pipeline):
    """The driver's pipeline, which is left without a last way there and back where everything was answered. After an
    error the server listens to nothing until it gets a Sync."""

    def _exit_gen(self) -> Iterator[Any]:
        if self.command_queue or self.result_queue or self.pgconn.pipeline_status != pq.PipelineStatus.ON:
            yield from super()._exit_gen()


class _Postgresql(psycopg.Connection):
    """A connection that can send a transaction's statements without waiting for each answer: from `line_up` until the
    transaction ends. COMMIT goes with the statements before it; where one of them failed, it isn't carried out."""

    _pipeline_context: AbstractContextManager[psycopg.Pipeline] | None = None
    _lined: psycopg.Pipeline | None = None
    _borrowed = False  # `autocommit` is set by us, for this transaction or these questions

    def only_ask(self) -> None:
        """Until it is given back, each statement is a transaction of its own: nothing to begin and to end."""
        self.autocommit = self._borrowed = True

    def line_up(self) -> None:
        """Send what follows without waiting."""
        if self._lined is not None:
            return
        idle = not self.autocommit and self.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        if idle:
            self.autocommit = self._borrowed = True  # or the driver would begin by itself, and wait for that alone
        if not self.closed:
            self._pipeline = _Pipeline(self)
        self._pipeline_context = self.pipeline()
        self._lined = self._pipeline_context.__enter__()
        if idle:
            level = f" ISOLATION LEVEL {self.isolation_level.name.replace('_', ' ')}" if self.isolation_level else ""
            self.execute(f"BEGIN{level}", prepare=False)

    def send_prepared(self, cursor: psycopg.Cursor, text: bytes, order: Sequence[str], values: Mapping) -> bool:
        """Put a statement of ours in the line, without the driver's looking at its text and values: that would take as
        long as all the rest. It goes off when somebody waits.

        It is prepared once a connection, in the driver's own list of what is prepared, so that whatever empties that
        list (an error, a rollback) empties it of this too. False where the driver must send it itself: outside a line,
        with something to tidy up first, or with values of other kinds. Raises DataError for text with a NUL.
        """
        prepared, pipeline = self._prepared, self._lined
        if pipeline is None or prepared._to_flush:
            return False
        written = [_WRITTEN.get(type(values[name]), _unknown)(values[name]) for name in order]
        if _unknown in written:
            return False
        formats = [pq.Format.BINARY if type(values[name]) is psycopg.Binary else pq.Format.TEXT for name in order]
        key, note = (text, ()), None
        name = prepared._names.get(key)
        if name is None:
            name = prepared._names[key] = f"banjian_{next(_NUMBERS)}".encode()
            prepared._rotate()
            pipeline.command_queue.append(partial(self.pgconn.send_prepare, name, text))
            pipeline.result_queue.append(None)
            note = (key, Prepare.SHOULD, name)
        else:
            prepared._names.move_to_end(key)
        cursor._tx = Transformer(cursor)
        pipeline.command_queue.append(partial(self.pgconn.send_query_prepared, name, written, formats))
        pipeline.result_queue.append((cursor, note))
        return True

    def wait_for_answers(self) -> None:
        """Wait for everything that was sent. Raises the first error among the answers."""
        if self._lined is not None:
            self._lined.sync()

    def commit(self) -> None:
        if self._lined is None:
            super().commit()
            return
        try:
            self.execute("COMMIT", prepare=False)
            self._leave()
        except psycopg.Error:
            with suppress(psycopg.Error):
                self.rollback()  # where a statement failed, COMMIT didn't end the transaction
            raise
        self._give_back()

    def rollback(self) -> None:
        if self._lined is not None:
            with suppress(psycopg.Error):
                self._leave()
        if self.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            super().rollback()
        self._give_back()

    def _leave(self) -> None:
        context, self._pipeline_context, self._lined = self._pipeline_context, None, None
        context.__exit__(None, None, None)

    def _give_back(self) -> None:
        if self._borrowed and not self.closed:
            self.autocommit = self._borrowed = False


def _postgresql(url: str) -> Engine:
    # A machine that vanishes in the middle of a transaction must not keep its locks for hours.
    options = "-c timezone=UTC -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000"
    engine = create_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=False, pool_timeout=10,
                           connect_args={"options": options, "cursor_factory": _PatientCursor})

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, arguments: Any, named: Any) -> psycopg.Connection:
        return _Postgresql.connect(*arguments, **named)

    return engine


def _sqlite(url: str, begin: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": SQLITE_BUSY_SECONDS, "check_same_thread": False})
    # The driver begins nothing by itself. Not an event of the engine: a single one makes every statement dearer.
    engine.dialect.do_begin = lambda connection: connection.execute(begin)  # type: ignore[method-assign]

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "checkin")
    def end_transaction(connection: sqlite3.Connection | None, _record: Any) -> None:
        # A COMMIT that failed (disk full) leaves its transaction open, and with it the one write lock of the database.
        if connection is not None and connection.in_transaction:
            connection.rollback()

    return engine
