"""F5: several workers come to the same ladders at half past eight; an official completes while one reminds."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from app import clock, db, worker
from app.cases import operations
from app.cases.models import Case, Deadline, Task
from app.reminders import operations as reminders
from app.reminders.models import Reminder, ReminderCopy
from tests import sample
from tests.races import office as offices
from tests.races.racing import Side, race
from tests.reminders.conftest import LADDER, Mailbox, with_ladder  # noqa: F401 - fixtures

pytestmark = pytest.mark.fault

WORKERS, CASES = 4, 60
MORNING = datetime(2026, 10, 12, 8, 30, tzinfo=clock.SHANGHAI)


@pytest.fixture
def ladder():
    return LADDER


@pytest.fixture
def office(with_ladder, database):  # noqa: F811
    """The office of the races, of a release with a ladder."""
    with clock.held_at(offices.OPENED):
        yield offices.furnish()


def test_four_workers_fire_each_rung_once_and_tear_nobodys_letter(office, monkeypatch):
    cases = _at_county(office, CASES)
    monkeypatch.setattr(reminders, "BATCH", 7)  # many batches, so that the four meet
    monkeypatch.setattr(reminders.fire_due, "__kwdefaults__", {"limit": 7, "only": None, "locked": False})
    monkeypatch.setattr(reminders.work, "__kwdefaults__", {"limit": 7})
    boxes = [Mailbox() for _ in range(WORKERS)]

    with clock.held_at(MORNING):
        with ThreadPoolExecutor(WORKERS) as pool:
            found = [pool.submit(copy_context().run, _work, box) for box in boxes]
            [one.result() for one in found]
        worker.run_until_idle(boxes[0])

    with db.reading() as session:
        fired = Counter(session.scalars(select(Reminder.case_id).where(Reminder.status == "fired")))
    assert fired == Counter(cases)
    assert offices.steps(cases, "remind") == Counter(cases)
    sent = Counter(letter.to for box in boxes for letter in box.letters)
    assert set(sent.values()) == {1}
    assert len(sent) == 2  # two clerks share the desk
    assert _count(ReminderCopy, ReminderCopy.letter_id.is_(None)) == 0
    offices.see_that_all_holds()


def test_what_an_official_completes_meanwhile_is_reminded_of_before_or_not_at_all(office):
    rounds = 20
    cases = _at_county(office, rounds)
    tasks = offices.open_tasks(cases)
    ids = [_deadline(case_id) for case_id in cases]

    with clock.held_at(MORNING):
        race(
            Side("official", lambda n: bool(offices.complete(tasks[n], office["clerk@county"], outcome="recommend"))),
            Side("worker", lambda n: _fire(ids[n])),
            rounds=rounds,
        )
        worker.run_until_idle(Mailbox())

    with db.reading() as session:
        rows = session.execute(
            select(Reminder.fired_at, Task.closed_at, Task.status).join(Task, Reminder.task_id == Task.id)
            .where(Reminder.deadline_id.in_(ids), Reminder.status == "fired")
        ).all()
        statuses = set(session.scalars(select(Deadline.status).where(Deadline.id.in_(ids))))
    assert statuses == {"met"}
    assert all(row.status == "done" and row.fired_at <= row.closed_at for row in rows)
    assert _count(Case, Case.id.in_(cases), Case.revision == 3) == rounds
    offices.see_that_all_holds()


def _at_county(office, count):
    cases = offices.open_cases(office, "application", count)
    for case_id in cases:
        with db.reading() as session:
            task = sample.open_task(session, case_id)
        _fill(office, task)
    return cases


def _fill(office, task):

    with db.reading() as session:
        prepared = operations.prepare_completion(
            session, task.public_id, identity=office["applicant@institution"], answers=offices.APPLICATION
        )
    with db.transaction() as session:
        operations.complete(session, prepared, by=office["applicant@institution"])


def _fire(deadline_id):
    with db.transaction() as session:
        return bool(reminders.fire_due(session, only=deadline_id))


def _work(box):
    deadline = clock.real() + timedelta(seconds=60)
    while worker.run_once(box) or _left():
        assert clock.real() < deadline


def _left():
    with db.reading() as session:
        return reminders.is_due(session)


def _deadline(case_id):
    with db.reading() as session:
        return sample.open_task(session, case_id).deadline_id


def _count(model, *where):
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where))
