"""F22: the database refuses the n-th statement of a verb, for every n, and its commit: all or nothing every time."""

from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime

import pytest
from sqlalchemy import event, select

from app import clock, db
from app.batches import operations as batches
from app.cases import operations
from app.cases.models import ActRow, Message, Task, Timer
from app.errors import Unavailable
from tests import sample
from tests.faults.dump import changed, dump
from tests.races import office as offices

pytestmark = pytest.mark.fault

LISTED = datetime(2026, 9, 22, 10, tzinfo=clock.SHANGHAI)
CLEARED = datetime(2026, 10, 20, 10, tzinfo=clock.SHANGHAI)
MOST_STATEMENTS = 200


def test_completing(office, told):
    task = _task(office)
    _sweep("complete", lambda: offices.complete(task, office["clerk@county"]), told)


def test_claiming(office, told):
    task = _task(office)
    _sweep("claim", lambda: offices.claim(task, office["clerk@county"]), told)


def test_releasing(office, told):
    task = _task(office)
    offices.claim(task, office["clerk@county"])
    _sweep("release", lambda: _do(operations.release, task, by=office["clerk@county"]), told)


def test_saving_a_draft_over_another(office, told):
    task = _task(office)
    _do(operations.save_draft, task, by=office["clerk@county"], answers={"opinion": "尚未写完"})
    _sweep("draft", lambda: _do(
        operations.save_draft, task, by=office["clerk@county"], answers={"opinion": "写完了"}), told)


def test_opening_a_batch(office, told):
    _sweep("open batch", lambda: _do(sample.open_batch, by=office["clerk@city"]), told)


def test_applying_which_opens_a_case(office, told):
    with db.transaction() as session:
        batch = sample.open_batch(session, by=office["clerk@city"])
    _sweep("apply", lambda: _do(batches.apply, batch, by=office["applicant@institution"]), told)


def test_confirming_an_act_which_opens_a_publication(office, told):
    cases = offices.open_at_listing(office, 3)
    _sweep("confirm act", lambda: sample.confirm(cases, by=office["lead@city"], answers=sample.LIST), told)


def test_carrying_out_a_row_that_lists(office, told):
    _confirm(offices.open_at_listing(office, 1), office, sample.LIST, at=LISTED)
    _sweep("list row", lambda: _carry_out("act_row", ActRow), told)


def test_carrying_out_a_row_that_grants(office, told):
    cases = offices.open_at_listing(office, 1)
    _confirm(cases, office, sample.LIST, at=LISTED)
    for kind, model in (("act_row", ActRow), ("timer", Timer), ("message", Message)):
        _carry_out(kind, model)
    _confirm(cases, office, sample.decision(CLEARED.date()), at=CLEARED)
    _sweep("grant row", lambda: _carry_out("act_row", ActRow), told)


def test_refusing_a_row(office, told):
    _confirm(offices.open_at_listing(office, 1), office, sample.LIST, at=LISTED)
    _change(Task, claimed_by=office["second@city"].person_id, claimed_at=LISTED)
    _sweep("refuse row", lambda: _carry_out("act_row", ActRow), told)


def test_closing_a_publication_of_three_entries(office, told):
    _confirm(offices.open_at_listing(office, 3), office, sample.LIST, at=LISTED)
    _sweep("close publication", lambda: _carry_out("timer", Timer), told)


def test_firing_an_interrupting_timer(office, told):
    offices.open_cases(office, "timed", 1)
    _sweep("boundary timer", lambda: _carry_out("timer", Timer, at=offices.AFTER_REVIEW), told)


def test_delivering_a_message_that_a_diagram_waits_for(office, told):
    _confirm(offices.open_at_listing(office, 1), office, sample.LIST, at=LISTED)
    for kind, model in (("act_row", ActRow), ("timer", Timer)):
        _carry_out(kind, model)
    _sweep("deliver", lambda: _carry_out("message", Message), told)


def test_delivering_a_message_that_a_package_takes(office, told):
    _confirm(offices.open_at_listing(office, 1), office, sample.LIST, at=LISTED)
    _change(Task, claimed_by=office["second@city"].person_id, claimed_at=LISTED)
    _carry_out("act_row", ActRow)
    _sweep("take message", lambda: _carry_out("message", Message), told)


def _sweep(title: str, verb: Callable[[], object], told: Callable[[str], None]) -> None:
    before, failed = dump(), 0
    for number in range(1, MOST_STATEMENTS):
        with _refusing(number) as refused:
            try:
                assert verb(), "the verb had nothing to do"
            except Unavailable:
                assert refused(), "unavailable without a refusal"
        if not refused():
            break
        failed += 1
        assert changed(before, dump()) == set(), f"refused at point {number}"
    assert failed > 2, "the sweep met no statements"
    assert changed(before, dump()), "the verb changed nothing in the end"
    offices.see_that_all_holds()
    told(f"step failure: {title:<20} {'sqlite' if db.current().is_sqlite else 'postgresql':<10} {failed} points")


@contextmanager
def _refusing(number: int):
    """Let the driver refuse the n-th statement or commit of transactions that write; yields a question whether it came
    to that."""
    engine, seen = db.current().engine, [0]
    dialect, do_commit = engine.dialect, engine.dialect.do_commit

    def count(connection=None):
        seen[0] += 1
        if seen[0] != number:
            return
        if connection is not None and dialect.name == "postgresql":
            connection.rollback()  # a commit that fails ends the transaction there; SQLite leaves it open
        raise dialect.dbapi.OperationalError("refused by the test")

    def on_statement(_cursor, _statement, *rest):
        context = rest[-1]
        options = context.root_connection.get_execution_options()
        if not options.get("banjian_read_only") and not options.get("isolation_level"):
            count()

    def on_commit(connection):
        count(connection)
        do_commit(connection)

    for name in ("do_execute", "do_executemany", "do_execute_no_params"):
        event.listen(engine, name, on_statement)
    dialect.do_commit = on_commit
    try:
        yield lambda: seen[0] >= number
    finally:
        del dialect.do_commit
        for name in ("do_execute", "do_executemany", "do_execute_no_params"):
            event.remove(engine, name, on_statement)


def _task(office):
    return offices.open_tasks(offices.open_cases(office, "timed", 1))[0]


def _do(operation, *arguments, **named):
    with db.transaction() as session:
        operation(session, *arguments, **named)
    return True


def _confirm(cases, office, answers, *, at):
    with clock.held_at(at):
        sample.confirm(cases, by=office["lead@city"], answers=answers)


def _carry_out(kind, model, *, at=CLEARED):
    with db.reading() as session:
        first = session.scalars(select(model.id).where(model.status == "waiting").order_by(model.id)).first()
    with clock.held_at(at):
        return offices.carry_out(kind, first)


def _change(model, **values):
    """Set columns of all open rows, past every verb."""
    with db.transaction() as session:
        for row in session.scalars(select(model).where(model.status == "open")):
            for name, value in values.items():
                setattr(row, name, value)
