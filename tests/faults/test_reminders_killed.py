"""F2: kill -9 of the worker before every statement and around every commit of a morning's reminders and their mail."""

from collections import Counter
from datetime import datetime

import pytest
from sqlalchemy import func, select

from app import clock, db
from app.outbox.models import Letter
from app.reminders.models import Reminder, ReminderCopy
from tests.faults.dump import changed, dump
from tests.races import office as offices
from tests.races.test_reminders import _at_county
from tests.reminders.conftest import LADDER, with_ladder  # noqa: F401 - fixtures

pytestmark = pytest.mark.fault

CASES, MOST_STATEMENTS = 3, 60
MORNING = datetime(2026, 10, 13, 8, 30, tzinfo=clock.SHANGHAI)


@pytest.fixture
def ladder():
    return LADDER


@pytest.fixture
def office(with_ladder, database):  # noqa: F811
    with clock.held_at(offices.OPENED):
        yield offices.furnish()


def test_a_worker_killed_anywhere_reminds_and_writes_once(house, office, told):
    cases = _at_county(office, CASES)
    house.at = MORNING

    before = dump()
    assert not house.work("commit:1")
    assert changed(before, dump()) == set()
    points = _kill_before_each_statement(house)
    offices.see_that_all_holds()

    assert _by_case(Reminder.status == "fired") == Counter(cases)
    assert _by_case(Reminder.status == "collapsed") == Counter(dict.fromkeys(cases, 3))
    assert offices.steps(cases, "remind") == Counter(cases)
    with db.reading() as session:
        letters = Counter(session.scalars(select(Letter.to_address)))
        unsent = session.scalar(select(func.count()).select_from(ReminderCopy).where(ReminderCopy.letter_id.is_(None)))
    assert set(letters.values()) == {1}
    assert len(letters) == 4  # the county's two clerks, who missed theirs, and the city's two leads
    assert unsent == 0
    kind = "sqlite" if db.current().is_sqlite else "postgresql"
    told(f"worker killed: reminders    {kind:<10} points {points}, kills {house.kills}")


def _kill_before_each_statement(house):
    """The first life dies before its first statement, the next one later; what was committed stays done. A morning is
    two transactions: the reminders, then their mail. Killed right after the first commit, the mail is still written."""
    for number in range(1, MOST_STATEMENTS):
        before, fired = dump(), _count(Reminder)
        done = house.work(f"statement:{number}")
        if not done and _count(Reminder) == fired and not _count(Letter):
            assert changed(before, dump()) == set(), f"killed before statement {number}"
        offices.see_that_all_holds()
        if done:
            return number
    raise AssertionError("the worker never came to its end")


def _by_case(*where):
    with db.reading() as session:
        return Counter(session.scalars(select(Reminder.case_id).where(*where)))


def _count(model):
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model))
