"""F8 and F12: the worker was away for three weeks, and the clock jumps.

What fell due meanwhile is done in due order and dated at its due instant; that it was late stays visible; a period that
runs against a person starts when that person could know. Nothing is done early, nothing twice.
"""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app import clock, db, worker
from app.audit.models import AuditEntry
from app.cases.models import ActRow, Deadline, Message, Task, Timer
from app.outbox.senders import NoSender
from app.publications.models import Publication, PublicationEntry
from tests import sample
from tests.faults.dump import changed, dump
from tests.races import office as offices

pytestmark = pytest.mark.fault


def _beijing(day: str) -> datetime:
    return datetime.fromisoformat(f"{day} 09:00").replace(tzinfo=clock.SHANGHAI)


OPENING_DAYS = ("2026-09-21", "2026-09-22", "2026-09-24", "2026-09-29")
WENT, BACK = _beijing("2026-10-09"), _beijing("2026-10-30")


@pytest.fixture
def caught_up(office):
    """Cases of several days and two publications; the worker went on 10-09, came back on 10-30 and did what was due."""
    for day in reversed(OPENING_DAYS):
        with clock.held_at(_beijing(day)):
            offices.open_cases(office, "timed", 2)
    for day in ("2026-09-29", "2026-09-28"):
        with clock.held_at(_beijing(day)):
            sample.confirm(offices.open_at_listing(office, 2), by=office["lead@city"], answers=sample.LIST)
            worker.run_until_idle(NoSender())
    with clock.held_at(WENT):
        assert worker.run_until_idle(NoSender()) == 0
    with clock.held_at(BACK):
        worker.run_until_idle(NoSender())
    return office


def test_after_three_weeks_timers_fire_in_due_order(caught_up):
    fired = _entries("fire_timer")

    due = [datetime.fromisoformat(entry.details["due_at"]) for entry in fired]
    assert due == sorted(due)
    assert len(set(due)) >= len(OPENING_DAYS) + 2
    assert len(fired) == 2 * (2 * len(OPENING_DAYS)) + 2  # two timers a case, one a publication


def test_after_three_weeks_lateness_is_on_record(caught_up):
    for entry in _entries("fire_timer"):
        due_at = datetime.fromisoformat(entry.details["due_at"])
        assert entry.legal_at == BACK
        assert entry.details["late_seconds"] == (BACK - due_at).total_seconds() > 0
    assert {timer.fired_at for timer in _all(Timer)} == {BACK}
    assert min(BACK - timer.due_at for timer in _all(Timer)) > timedelta(days=1)


def test_after_three_weeks_effects_are_dated_at_their_due_instant(caught_up):
    due = {timer.case_id: timer.due_at for timer in _all(Timer, Timer.element == "running")}
    for publication in _all(Publication):
        assert (publication.status, publication.closed_at) == ("closed", due[publication.case_id])
    assert {message.effective_at for message in _all(Message)} == set(due.values())
    assert {message.delivered_at for message in _all(Message)} == {BACK}
    assert {entry.status for entry in _all(PublicationEntry)} == {"cleared"}
    first = {timer.case_id: timer.due_at for timer in _all(Timer, Timer.element == "late")}
    assert {task.case_id: task.closed_at for task in _all(Task, Task.status == "cancelled")} == first


def test_a_timer_after_a_late_timer_counts_from_when_the_first_was_due(caught_up):
    first = {timer.case_id: timer.due_at for timer in _all(Timer, Timer.element == "late")}
    second = _all(Timer, Timer.element == "pause")

    assert len(second) == len(first)
    for timer in second:
        assert _deadline(timer).started_on == clock.local(first[timer.case_id]).date()


def test_a_task_that_a_late_timer_opened_runs_from_the_day_people_could_know(caught_up):
    tasks = _all(Task, Task.status == "open")

    assert {task.element for task in tasks} == {"take_over", "announce"}
    assert {task.opened_at for task in tasks} == {BACK}
    assert {_deadline(task).started_on for task in tasks} == {BACK.date()}
    assert {_deadline(task).status for task in tasks} == {"running"}


def test_after_the_catching_up_nothing_is_left_and_all_holds(caught_up):
    before = dump()
    with clock.held_at(BACK):
        assert worker.run_until_idle(NoSender()) == 0

    assert changed(before, dump()) == set()
    assert {row.attempts for model in (Timer, Message, ActRow) for row in _all(model)} == {0}
    offices.see_that_all_holds()


@pytest.mark.parametrize(("offset", "fired"), [(-timedelta(microseconds=1), 0), (timedelta(0), 1)])
def test_a_timer_fires_at_its_instant_and_not_a_moment_before(office, offset, fired):
    timer, = offices.timers(offices.open_cases(office, "timed", 1))
    due_at, = (row.due_at for row in _all(Timer))

    with clock.held_at(due_at + offset):
        assert worker.run_until_idle(NoSender()) == fired
        assert offices.carry_out("timer", timer) is False  # early, or done already
    offices.see_that_all_holds()


@pytest.mark.parametrize("back_to", ["2026-10-29 09:00+08:00", "2026-09-21 09:00+08:00", "1970-01-01 00:00+00:00"])
def test_a_clock_that_goes_back_fires_nothing_again(caught_up, back_to):
    before = dump()

    with clock.held_at(datetime.fromisoformat(back_to)):
        assert worker.run_until_idle(NoSender()) == 0

    assert changed(before, dump()) == set()


def test_a_clock_that_jumps_ahead_and_back_fires_each_timer_once(office):
    cases = offices.open_cases(office, "timed", 3)
    for instant in (datetime(2027, 10, 26, tzinfo=UTC), datetime(2026, 9, 21, 2, tzinfo=UTC), BACK,
                    datetime(2027, 10, 26, 1, tzinfo=UTC)):
        with clock.held_at(instant):
            worker.run_until_idle(NoSender())

    assert {offices.steps(cases, "fire_timer")[case] for case in cases} == {2}
    assert all(timer.fired_at >= timer.due_at for timer in _all(Timer))
    offices.see_that_all_holds()


def _entries(verb):
    with db.reading() as session:
        return session.scalars(select(AuditEntry).where(AuditEntry.verb == verb).order_by(AuditEntry.real_at)).all()


def _all(model, *where):
    with db.reading() as session:
        return session.scalars(select(model).where(*where)).all()


def _deadline(row):
    with db.reading() as session:
        return session.get_one(Deadline, row.deadline_id)
