"""A new calendar is confirmed while people and the worker go on."""

import pytest
from sqlalchemy import select, update

from app import clock, db, workdays
from app.calendars.models import CalendarEdition
from app.cases import recomputing
from app.cases.models import Deadline, Task, Timer
from tests.cases import editions
from tests.races import office as offices
from tests.races.racing import Side, race

pytestmark = pytest.mark.fault

ROUNDS = 25
CASES = 4
"""Cases that each confirmation moves besides the one that is fought for."""
DAYS = [clock.local(offices.OPENED).date().replace(day=day) for day in (22, 23, 24)]


@pytest.fixture
def lead(office):
    with db.reading() as session:
        return office.world.identity(session, "lead@province")


def lists(lead, rounds):
    """One edition a round, each listed on the calendar that the one before leaves: made just in time."""

    def confirm(number):
        """Days off to and fro, so that each confirmation moves everything."""
        made = editions.previewed(lead, off=[DAYS[number % len(DAYS)]])
        return lambda: editions.confirm(made, lead)

    return confirm


def see_that_dates_agree():
    with db.reading() as session:
        for model, column in ((Task, Task.ends_at), (Timer, Timer.due_at)):
            assert session.execute(
                select(model.id).join(Deadline, model.deadline_id == Deadline.id)
                .where(model.status.in_(("open", "waiting")), column != Deadline.ends_at)
            ).all() == []


def mend():
    while True:
        with db.transaction() as session:
            if not recomputing.sweep(session):
                return


def test_a_completion_and_a_confirmation_wait_for_each_other_and_both_succeed(office, lead):
    cases = offices.open_cases(office, "timed", ROUNDS + CASES)
    tasks = offices.open_tasks(cases)
    confirmations = lists(lead, ROUNDS)

    for number in range(ROUNDS):
        confirm = confirmations(number)
        [(person, calendar)] = race(
            Side("person", lambda _n, at=number: offices.complete(tasks[at], office["clerk@county"])),
            Side("calendar", lambda _n, do=confirm: do()),
            rounds=1, seed=number,
        )
        assert person.won, person
        assert calendar.won, calendar

    mend()
    see_that_dates_agree()
    offices.see_that_all_holds()


def test_a_timer_that_fires_while_the_calendar_changes_fires_by_one_date_or_waits_for_the_other(office, lead):
    """Each timer either fired at the end that it had, or waits until the end that the new calendar gives."""
    with clock.held_at(offices.OPENED):
        cases = offices.open_cases(office, "timed", ROUNDS)
        timers = offices.timers(cases)
    outcomes = set()

    with db.reading() as session:
        due = session.scalars(select(Timer.due_at).where(Timer.id == timers[0])).one()
    for number in range(ROUNDS):
        with clock.held_at(due):
            made = editions.previewed(lead, off=[DAYS[0]] if number % 2 == 0 else [])
            [(timer, calendar)] = race(
                Side("timer", lambda _n, at=number: offices.carry_out("timer", timers[at])),
                Side("calendar", lambda _n, do=made: editions.confirm(do, lead)),
                rounds=1, seed=number,
            )
        assert calendar.won, calendar
        with db.reading() as session:
            row = session.get_one(Timer, timers[number])
        outcomes.add(row.status)
        if row.status == "fired":
            assert timer.won
            assert row.fired_at >= row.due_at

    mend()
    see_that_dates_agree()
    offices.see_that_all_holds()


def test_a_deadline_set_with_the_old_book_while_the_new_one_is_confirmed_is_mended(office, lead):
    confirmations = lists(lead, ROUNDS)
    opened = []
    for number in range(ROUNDS):
        confirm = confirmations(number)
        [(person, calendar)] = race(
            Side("person", lambda _n: opened.extend(offices.open_cases(office, "timed", 1)) or True),
            Side("calendar", lambda _n, do=confirm: do()),
            rounds=1, seed=number,
        )
        assert person.won
        assert calendar.won

    mend()
    with db.reading() as session:
        last_days = set(session.scalars(
            select(Deadline.last_day).where(Deadline.case_id.in_(opened), Deadline.closed_at.is_(None))
        ))
        assert not recomputing.behind(session)
    rule = workdays.Period(10, "working_days")
    expected = workdays.deadline(rule, clock.today(), workdays.calendar_for("130636")).last_day
    assert last_days == {expected}
    see_that_dates_agree()
    offices.see_that_all_holds()


def test_two_people_confirm_two_lists_and_the_second_must_look_again(office, lead):
    offices.open_cases(office, "timed", CASES)
    won = []
    for number in range(ROUNDS):
        first = editions.previewed(lead, year=2027 + 2 * number)
        second = editions.previewed(lead, year=2028 + 2 * number)
        [ends] = race(
            Side("one", lambda _n, do=first: editions.confirm(do, lead)),
            Side("other", lambda _n, do=second: editions.confirm(do, lead)),
            rounds=1, seed=number,
        )
        assert [end.won for end in ends].count(True) == 1, ends
        won.append(ends[0].won)
        with db.transaction() as session:
            session.execute(
                update(CalendarEdition).where(CalendarEdition.state == "proposed").values(state="withdrawn")
            )
    assert len(won) == ROUNDS
