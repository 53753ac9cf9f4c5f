"""F2: kill -9 of the worker before every statement of an item, before and after its commit.

Items of one kind wait, four at a time. Killed before its commit, an item is as if nobody had come; killed after, it is
done and not done again. A worker that is let live finishes the rest.
"""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from app import clock, db, worker
from app.cases.models import ActRow, Case, Catch, Message, Task, Timer
from app.outbox.senders import NoSender
from app.publications.models import Publication, PublicationEntry
from app.titles.models import Title, TitleEvent
from tests import sample
from tests.faults.dump import changed, dump
from tests.races import office as offices

pytestmark = pytest.mark.fault

ITEMS = 4
ENTRIES = 3
MOST_STATEMENTS = 200
LISTED = datetime(2026, 9, 22, 10, tzinfo=clock.SHANGHAI)
CLEARED = datetime(2026, 10, 20, 10, tzinfo=clock.SHANGHAI)


def test_a_worker_killed_while_it_closes_publications_of_several_entries(house, office, told):
    cases = offices.open_at_listing(office, ITEMS * ENTRIES)
    for n in range(ITEMS):
        _confirm(cases[n * ENTRIES:(n + 1) * ENTRIES], office, sample.LIST, at=LISTED)
    _work(at=LISTED)

    house.at = CLEARED
    _kill_everywhere(house, told, "timer", Timer)

    assert _statuses(Publication) == {"closed": ITEMS}
    assert _statuses(PublicationEntry) == {"cleared": ITEMS * ENTRIES}
    assert _statuses(Message) == {"delivered": ITEMS * ENTRIES}
    _see_that_all_stand_at("announce", cases)


def test_a_worker_killed_while_it_delivers_messages(house, office, told):
    cases = offices.open_at_listing(office, ITEMS)
    _confirm(cases, office, sample.LIST, at=LISTED)
    _work(at=LISTED)
    with clock.held_at(CLEARED):
        offices.carry_out("timer", *_waiting(Timer))

    house.at = CLEARED
    _kill_everywhere(house, told, "message", Message)

    assert _statuses(Message) == {"delivered": ITEMS}
    assert _statuses(Catch) == {"taken": ITEMS}
    assert offices.steps(cases, "deliver_message") == Counter(cases)
    _see_that_all_stand_at("announce", cases)


def test_a_worker_killed_while_it_carries_out_an_act_that_lists(house, office, told):
    cases = offices.open_at_listing(office, ITEMS)
    _confirm(cases, office, sample.LIST, at=LISTED)

    house.at = LISTED
    _kill_everywhere(house, told, "list row", ActRow)

    assert _statuses(ActRow) == {"done": ITEMS}
    assert _statuses(Catch) == {"waiting": ITEMS}
    assert offices.answers(cases) == Counter(dict.fromkeys(cases, 4))


def test_a_worker_killed_while_it_carries_out_an_act_that_grants(house, office, told):
    cases = offices.open_at_listing(office, ITEMS)
    _confirm(cases, office, sample.LIST, at=LISTED)
    _work(at=CLEARED)
    _confirm(cases, office, sample.decision(CLEARED.date()), at=CLEARED)

    house.at = CLEARED
    _kill_everywhere(house, told, "grant row", ActRow)

    assert _count(Title) == _count(TitleEvent) == ITEMS
    assert len(set(_column(Title.number))) == len(set(_column(Title.case_id))) == ITEMS
    assert _count(Case, Case.id.in_(cases), Case.status == "done") == ITEMS


def test_a_worker_killed_while_it_fires_an_interrupting_timer(house, office, told):
    cases = offices.open_cases(office, "timed", ITEMS)

    house.at = offices.AFTER_REVIEW
    _kill_everywhere(house, told, "boundary", Timer)

    assert _statuses(Timer) == {"fired": 2 * ITEMS}  # the second timer was due long ago, too
    assert offices.steps(cases, "fire_timer") == Counter(dict.fromkeys(cases, 2))
    _see_that_all_stand_at("take_over", cases)


def _kill_everywhere(house, told, title, model):
    assert len(_waiting(model)) == ITEMS
    before = dump()
    assert not house.work("commit:1")
    _see_that_nothing_happened(before, "its commit")
    for left in range(ITEMS - 1, 0, -1):
        first = _waiting(model)[0]
        assert not house.work("committed:1")
        assert first not in _waiting(model)
        assert len(_waiting(model)) >= left
        offices.see_that_all_holds()
    points = ITEMS + _kill_before_each_statement(house, model)
    _see_that_nothing_is_tried_again()
    offices.see_that_all_holds()

    kind = "sqlite" if db.current().is_sqlite else "postgresql"
    told(f"worker killed: {title:<12} {kind:<10} points {points}, kills {house.kills}, "
         f"left undone {len(_waiting(model))}")


def _kill_before_each_statement(house, model):
    """Each life dies one statement later than the one before, and whatever it did before is done once."""
    for number in range(1, MOST_STATEMENTS):
        before, waiting = dump(), len(_waiting(model))
        if house.work(f"statement:{number}"):
            return number - 1
        if len(_waiting(model)) == waiting:
            _see_that_nothing_happened(before, f"statement {number}")
        offices.see_that_all_holds()
    raise AssertionError("the worker never came to its end")


def _see_that_nothing_happened(before, point):
    assert changed(before, dump()) == set(), f"killed before {point}"


def _see_that_nothing_is_tried_again():
    assert [_count(model, model.attempts > 0) for model in (Timer, Message, ActRow)] == [0, 0, 0]


def _see_that_all_stand_at(element, cases):
    assert _count(Task, Task.case_id.in_(cases), Task.element == element, Task.status == "open") == len(cases)
    assert _count(Task, Task.case_id.in_(cases), Task.status == "open") == len(cases)


def _confirm(cases, office, answers, *, at):
    with clock.held_at(at):
        sample.confirm(cases, by=office["lead@city"], answers=answers)


def _work(*, at):
    with clock.held_at(at + timedelta(minutes=1)):
        worker.run_until_idle(NoSender())


def _waiting(model):
    with db.reading() as session:
        return list(session.scalars(select(model.id).where(model.status == "waiting").order_by(model.id)))


def _statuses(model):
    with db.reading() as session:
        return dict(session.execute(select(model.status, func.count()).group_by(model.status)).all())


def _column(column):
    with db.reading() as session:
        return list(session.scalars(select(column)))


def _count(model, *where):
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where))
