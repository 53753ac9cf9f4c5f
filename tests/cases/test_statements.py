"""What one completion costs the database, counted; and what holds of statements that are sent without waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from markupsafe import Markup
from sqlalchemy import bindparam, event, insert, select, text, update
from sqlalchemy.exc import DataError, IntegrityError

from app import clock, db
from app.cases.models import Task
from tests import sample
from tests.browsing import Browser
from tests.cases.conftest import Office

MOST_STATEMENTS = 20

_INSERT = db.Statement(insert(db.Counter), columns=("name", "value"))
_SET = db.Statement(update(db.Counter).where(db.Counter.name == bindparam("n")).values(value=bindparam("v")))
_READ = db.Statement(select(db.Counter.name, db.Counter.value).order_by(db.Counter.name))
_OLD = db.Statement(select(Task.opened_at, Task.misplaced).where(Task.opened_at < bindparam("before")))


@contextmanager
def counted() -> Iterator[tuple[list[str], list[str]]]:
    """Every statement and every commit that this process's database sees meanwhile; BEGIN is no statement."""
    statements: list[str] = []
    commits: list[str] = []
    engines = {db.current().engine, db.current().readers} if db.current().is_sqlite else {db.current().engine}

    def note_statement(_connection, _cursor, statement: str, *_rest) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    def note_commit(_connection) -> None:
        commits.append("COMMIT")

    for engine in engines:
        event.listen(engine, "before_cursor_execute", note_statement)
        event.listen(engine, "commit", note_commit)
    try:
        yield statements, commits
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note_statement)
            event.remove(engine, "commit", note_commit)


def test_a_completion_takes_one_commit_and_at_most_twenty_statements(office: Office):
    case_id = office.apply()
    office.fill(case_id)

    with counted() as (statements, commits):
        office.recommend(case_id)

    writes = [text for text in statements if not text.lstrip().startswith("SELECT")]
    assert writes, "the counter sees what is written"
    assert len(commits) == 1
    assert len(statements) <= MOST_STATEMENTS, "\n".join(statements)
    print(f"\n{db.current().engine.dialect.name}: {len(statements)} statements, {len(commits)} commit")


def test_a_completion_over_http_takes_one_commit_and_at_most_twenty_statements(office: Office, client: Browser):
    case_id = office.apply()
    office.fill(case_id)
    with db.reading() as session:
        public_id = sample.open_task(session, case_id).public_id
    client.sign_in("clerk@county")
    token = client.csrf_token()

    with counted() as (statements, commits):
        response = client.post(
            f"/tasks/{public_id}",
            data={"csrf_token": token, "_do": "complete", "outcome": "recommend", **sample.OPINION},
        )

    assert response.status_code == 303
    assert len(commits) == 1
    assert len(statements) <= MOST_STATEMENTS, "\n".join(statements)
    assert sum("FROM task JOIN case_file" in " ".join(text.split()) for text in statements) == 1, "read once"
    print(f"\n{db.current().engine.dialect.name} over HTTP: {len(statements)} statements, {len(commits)} commit")


def test_a_statement_that_nobody_waited_for_still_breaks_its_transaction(database: db.Database):
    with pytest.raises(IntegrityError):
        _write(("first", 1), ("first", 2))

    assert _counters() == []
    _write(("first", 3))  # the connection is as good as new
    with pytest.raises(IntegrityError):
        _write(("second", 1), ("first", 4))
    assert _counters() == [("first", 3)]


def test_statements_and_sqlalchemy_take_turns_in_one_transaction(database: db.Database):
    with db.transaction() as session:
        db.send(session, _INSERT, {"name": "a", "value": 1})
        session.add(db.Counter(name="b", value=2))
        session.flush()
        session.execute(text("UPDATE counter SET value = value + 10"))
        assert db.send(session, _READ, {}).rows() == [("a", 11), ("b", 12)]
        changed = db.send(session, _SET, {"n": "b", "v": 5})
        missed = db.send(session, _SET, {"n": "c", "v": 5})
        assert session.get_one(db.Counter, "a").value == 11
        assert (changed.count, missed.count) == (1, 0)

    assert _counters() == [("a", 11), ("b", 5)]


def test_text_with_a_nul_is_refused_where_the_database_cannot_hold_it(database: db.Database):
    if database.is_sqlite:
        _write(("a\0b", 1))
        assert _counters() == [("a\0b", 1)]
        return

    with pytest.raises(DataError):
        _write(("a\0b", 1))

    assert _counters() == []
    _write(("ab", 2))
    assert _counters() == [("ab", 2)]


def test_values_of_other_kinds_go_the_drivers_way(database: db.Database):
    _write((Markup("a"), 1), ("b", 2))

    assert _counters() == [("a", 1), ("b", 2)]


def test_questions_in_line_are_answered_together_and_alone(database: db.Database):
    _write(("a", 1))

    with db.reading() as session:
        db.line_up(session)
        first, second = db.send(session, _READ, {}), db.send(session, _READ, {})
        _write(("b", 2))
        assert [row.name for row in second.rows()] in (["a"], ["a", "b"])
        assert first.rows() == second.rows()
        assert session.scalar(select(db.Counter.value).where(db.Counter.name == "a")) == 1
    with db.reading() as session:
        db.line_up(session)
    assert _counters() == [("a", 1), ("b", 2)]


def test_what_an_error_of_the_caller_ends_is_not_written(database: db.Database):
    with pytest.raises(ZeroDivisionError):
        _write(("a", 1), ends_with=ZeroDivisionError)

    assert _counters() == []


def test_a_savepoint_ends_what_was_sent_after_it(database: db.Database):
    with db.transaction() as session:
        db.send(session, _INSERT, {"name": "a", "value": 1})
        savepoint = session.begin_nested()
        db.send(session, _INSERT, {"name": "b", "value": 1})
        with pytest.raises(IntegrityError):
            assert db.send(session, _INSERT, {"name": "a", "value": 2}).count
        savepoint.rollback()
        db.send(session, _INSERT, {"name": "c", "value": 3})

    assert _counters() == [("a", 1), ("c", 3)]


def test_values_and_rows_pass_through_the_types_of_their_columns(office: Office):
    office.apply()
    now = clock.now() + timedelta(days=1)

    with db.reading() as session:
        row = db.send(session, _OLD, {"before": now.astimezone(clock.SHANGHAI)}).first()
        expected = session.scalars(select(Task.opened_at)).first()

    assert row == (expected, False)
    assert row.opened_at.utcoffset() == timedelta(0)
    assert isinstance(row.misplaced, bool)
    with db.reading() as session, pytest.raises(ValueError, match="naive"):
        db.send(session, _OLD, {"before": now.replace(tzinfo=None)})
    with db.reading() as session, pytest.raises(KeyError):
        db.send(session, _OLD, {})


def _write(*counters: tuple[str, int], ends_with: type[Exception] | None = None) -> None:
    with db.transaction() as session:
        for name, value in counters:
            db.send(session, _INSERT, {"name": name, "value": value})
        if ends_with is not None:
            raise ends_with


def _counters() -> list[tuple[str, int]]:
    with db.reading() as session:
        return db.send(session, _READ, {}).rows()
