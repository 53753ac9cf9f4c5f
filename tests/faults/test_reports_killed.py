"""kill -9 of the worker before every statement of opening a report, before and after its commit: each opens once."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app import clock, db, invariants
from app.cases.models import Case
from app.config import Config
from app.obligations import planning
from app.obligations.models import Duty
from app.titles import life
from app.titles.models import LifeDue
from tests.faults.dump import changed, dump
from tests.faults.lives import House
from tests.obligations import owing

pytestmark = pytest.mark.fault

ITEMS = 3
MOST_STATEMENTS = 120
OPENED = datetime(2026, 2, 10, 8, tzinfo=clock.SHANGHAI)


@pytest.fixture
def house(database, clock_at, nursery):
    """Three titles whose reports of March open now."""
    owing.titled(clock_at, "2025-11-20", count=ITEMS)
    with clock.held_at(OPENED):
        others = select(LifeDue.id).where(LifeDue.kind != planning.KIND, LifeDue.due_at <= OPENED)
        with db.reading() as session:
            found = session.scalars(others).all()
        for row in found:  # what else is due by then is done already
            with db.transaction() as session:
                life.carry_out(session, row)
    return House(nursery, db.current().engine.url.render_as_string(hide_password=False), OPENED)


def test_hbi_13_1_a_worker_killed_while_it_opens_reports_opens_each_once(house, told):
    wrong_before = _breaches()
    for point in ("commit:1", "committed:1"):
        before, waiting = dump(), _waiting()
        assert not house.work(point)
        assert _waiting() == waiting - (point == "committed:1")
        assert point == "committed:1" or changed(before, dump()) == set()
    points = _kill_before_each_statement(house)

    assert _count(Duty) == _count(Case, Case.diagram == "report") == ITEMS
    assert _count(LifeDue, LifeDue.key == "quarterly:2026-06-15", LifeDue.status == "waiting") == ITEMS
    assert _count(LifeDue, LifeDue.attempts > 0) == 0
    assert _breaches() == wrong_before, "what a report leaves behind is whole"
    kind = "sqlite" if db.current().is_sqlite else "postgresql"
    told(f"worker killed: reports      {kind:<10} points {points}, kills {house.kills}, left undone {_waiting()}")


def _kill_before_each_statement(house: House) -> int:
    for number in range(1, MOST_STATEMENTS):
        before, waiting = dump(), _waiting()
        if house.work(f"statement:{number}"):
            return number - 1
        if _waiting() == waiting:
            assert changed(before, dump()) == set(), f"killed before statement {number}"
        assert _count(Duty) == ITEMS - _waiting()
    raise AssertionError("the worker never came to its end")


def _breaches() -> list[str]:
    """What the invariants say: of titles that were put on the register without their applications, they say as much."""
    url = db.current().engine.url.render_as_string(hide_password=False)
    with db.snapshot() as session:
        report = invariants.check(session, Config(database_url=url, data_dir=Path("no-files"), secret_key=""))
    return [str(breach) for breach in report.breaches]


def _waiting() -> int:
    return _count(LifeDue, LifeDue.kind == planning.KIND, LifeDue.status == "waiting", LifeDue.due_at <= OPENED)


def _count(model, *where) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where))
