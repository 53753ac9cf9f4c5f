"""F6: a person against a timer on the same task, 200 rounds each on both databases."""

import pytest
from sqlalchemy import select

from app import clock, db
from app.audit.models import AuditEntry
from app.cases.models import Timer
from tests.races import office as offices
from tests.races.racing import ROUNDS, Side, race, tell, winners

pytestmark = pytest.mark.fault

SIDES = ("person", "timer")


def test_a_person_and_an_interrupting_timer_never_both_end_a_task(office, told):
    cases = offices.open_cases(office, "timed", ROUNDS)
    tasks, timers = offices.open_tasks(cases), offices.timers(cases)

    with clock.held_at(offices.AFTER_REVIEW):
        ends = race(
            Side("person", lambda n: offices.complete(tasks[n], office["clerk@county"])),
            Side("timer", lambda n: offices.carry_out("timer", timers[n])),
        )

    won = winners(ends, told=told, title="a person and an interrupting timer", sides=SIDES)
    _see_that_one_of_both_left_its_mark(cases, tasks, timers, won)
    for public_id, (person, _timer) in zip(tasks, ends, strict=True):
        if not person.won:
            _see_that_it_says_who_and_when(person.error, offices.tasks_by_id([public_id])[public_id].closed_at)
    offices.see_that_all_holds()


def test_a_timer_that_only_adds_a_task_leaves_the_persons_work_alone(office, told):
    cases = offices.open_cases(office, "urged", ROUNDS)
    tasks, timers = offices.open_tasks(cases), offices.timers(cases)

    with clock.held_at(offices.AFTER_REVIEW):
        ends = race(
            Side("person", lambda n: offices.complete(tasks[n], office["clerk@county"])),
            Side("timer", lambda n: offices.carry_out("timer", timers[n])),
        )

    assert all(person.won for person, _timer in ends)
    fired = [int(timer.won) for _person, timer in ends]
    assert [offices.steps(cases, "fire_timer")[case] for case in cases] == fired
    assert set(offices.steps(cases, "complete_task").values()) == {1}
    assert set(offices.answers(cases).values()) == {1}
    first = _first_to_move(cases)
    assert [int(first[case] == "fire_timer") for case in cases] == fired
    tell(ends, fired, told=told, title="a person and a timer that adds a task", sides=SIDES)
    offices.see_that_all_holds()


def _see_that_one_of_both_left_its_mark(cases, tasks, timers, won):
    found, statuses = offices.tasks_by_id(tasks), _statuses_of_timers(timers)
    completed, fired, answered = (
        offices.steps(cases, "complete_task"), offices.steps(cases, "fire_timer"), offices.answers(cases)
    )
    for case, task, timer, winner in zip(cases, tasks, timers, won, strict=True):
        marks = (found[task].status, statuses[timer], completed[case], answered[case], fired[case])
        assert marks == (("done", "gone", 1, 1, 0), ("cancelled", "fired", 0, 0, 1))[winner], f"case {case}"
    assert set(offices.revisions(cases).values()) == {2}


def _see_that_it_says_who_and_when(error, closed_at):
    assert (error.who, error.at) == ("系统", closed_at)
    assert f"{clock.local(closed_at):%Y-%m-%d %H:%M}" in error.message


def _statuses_of_timers(ids):
    with db.reading() as session:
        return dict(session.execute(select(Timer.id, Timer.status).where(Timer.id.in_(ids))).all())


def _first_to_move(cases):
    """The verb of the first step of each case after it was opened."""
    chains = [f"case:{case}" for case in cases]
    with db.reading() as session:
        rows = session.execute(
            select(AuditEntry.chain, AuditEntry.verb).where(AuditEntry.chain.in_(chains), AuditEntry.seq == 2)
        ).all()
    return {int(chain.removeprefix("case:")): verb for chain, verb in rows}
