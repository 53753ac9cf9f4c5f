"""Whatever the calendars: what the list says happens, what doesn't change stays, and there and back is home again."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from app import clock, db, workdays
from app.cases import deadlines, recomputing
from app.cases.models import Case, Deadline, Task, Timer
from app.workdays import Period
from tests.cases import editions

FIRST = date(2026, 9, 1)
DAYS = st.integers(0, 110).map(lambda n: FIRST + timedelta(days=n))
PERIODS = st.one_of(
    st.builds(Period, st.integers(1, 60), st.just("working_days"), first_day_counts=st.booleans()),
    st.builds(Period, st.integers(1, 90), st.just("days"), first_day_counts=st.booleans(),
              roll=st.sampled_from(["next", "none"]), end_of_day=st.sampled_from(["24:00", "17:30"])),
    st.builds(Period, st.integers(1, 3), st.just("months")),
)
STOPS = st.lists(st.tuples(DAYS, st.integers(0, 10)), max_size=2).map(
    lambda stops: [[since.isoformat(), (since + timedelta(days=days)).isoformat(), "补正"] for since, days in stops]
)
RUNNING = st.lists(st.tuples(PERIODS, DAYS, STOPS, st.booleans()), min_size=1, max_size=12)
CHANGES = st.tuples(st.sets(DAYS, max_size=6), st.sets(DAYS, max_size=6)).map(
    lambda change: {
        "off": {day for day in change[0] - change[1] if workdays.national_calendar().why(day)[0] != "holiday"},
        "on": {day for day in change[1] if workdays.national_calendar().why(day)[0] == "weekend"},
    }
)
SETTINGS = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def lead(office):
    return office.who["lead@province"]


@pytest.fixture
def case(office):
    """A case that carries the deadlines; its own is of no matter here."""
    made = office.apply()
    with db.transaction() as session:
        session.execute(update(Case).values(applicant_id=None))
    return made


def lay(case, running):
    """These deadlines alone, each with an open task and, where it has one, a waiting timer."""
    calendar = workdays.book_in_use().national
    with db.transaction() as session:
        for model in (Timer, Task, Deadline):
            session.execute(model.__table__.delete())
        for n, (period, start, stops, timed) in enumerate(running, start=1):
            found = workdays.deadline(period, start, calendar, deadlines.stops_of(stops))
            session.execute(insert(Deadline).values(
                id=n, case_id=case, period="filling", rule=deadlines.rule_as_json(period), clause="", started_on=start,
                last_day=found.last_day, ends_at=found.ends_at, provisional=found.provisional, stops=stops,
                calendar=workdays.book_in_use().revision, status="running",
            ))
            unit = session.get_one(Case, case).opener_unit_id
            session.execute(insert(Task).values(
                public_id=db.public_id(), case_id=case, engine_id=str(n), element="x", name="x", actor="city/clerk",
                unit_id=unit, role="clerk", deadline_id=n, ends_at=found.ends_at, opened_at=clock.now(),
            ))
            if timed:
                session.execute(insert(Timer).values(
                    case_id=case, engine_id=str(n), element="x", deadline_id=n, due_at=found.ends_at
                ))


def state():
    """Every date that legal effect hangs on."""
    with db.reading() as session:
        return (
            session.execute(select(Deadline.id, Deadline.last_day, Deadline.ends_at, Deadline.provisional)
                            .order_by(Deadline.id)).all(),
            session.execute(select(Task.deadline_id, Task.ends_at).order_by(Task.deadline_id)).all(),
            session.execute(select(Timer.deadline_id, Timer.due_at).order_by(Timer.deadline_id)).all(),
        )


def as_the_rules_say(running):
    calendar = workdays.book_in_use().national
    found = [
        workdays.deadline(period, start, calendar, deadlines.stops_of(stops)) for period, start, stops, _ in running
    ]
    return [(n, one.last_day, one.ends_at, one.provisional) for n, one in enumerate(found, start=1)]


def mend():
    while True:
        with db.transaction() as session:
            if not recomputing.sweep(session):
                return


@SETTINGS
@given(running=RUNNING, change=CHANGES)
def test_what_the_list_says_is_what_happens_and_back_again_is_home(case, lead, running, change):
    """Nothing has ended yet, so that nothing is kept: legal time stands before the first start."""
    with clock.held_at(clock.day_start(FIRST - timedelta(days=1))):
        editions.applied(lead)
        lay(case, running)
        before = state()
        unchanged = editions.applied(lead)
        assert editions.moves(unchanged) == []
        assert state() == before

        made = editions.previewed(lead, **change)
        assert state() == before
        listed = {row.deadline_id: row for row in editions.moves(made)}
        editions.confirm(made, lead)

        after = state()
        assert after[0] == as_the_rules_say(running)
        assert {row[0] for row, was in zip(after[0], before[0], strict=True) if row != was} == set(listed)
        for n, last_day, ends_at, provisional in after[0]:
            if n in listed:
                row = listed[n]
                assert (row.new_last_day, row.new_ends_at, row.new_provisional) == (last_day, ends_at, provisional)
        ends = {n: ends_at for n, _, ends_at, _ in after[0]}
        assert all(ends_at == ends[n] for n, ends_at in [*after[1], *after[2]])

        mend()
        assert state() == after
        editions.applied(lead)
        assert state() == before


@SETTINGS
@given(running=RUNNING, change=CHANGES, today=DAYS)
def test_whenever_it_is_confirmed_nobody_guarded_is_late_by_surprise(case, lead, running, change, today):
    with clock.held_at(clock.day_start(today)):
        editions.applied(lead)
        lay(case, running)
        before = {n: ends_at for n, _, ends_at, _ in state()[0]}
        timed = {n for n, (*_, timer) in enumerate(running, start=1) if timer}

        editions.applied(lead, **change)
        after = {n: ends_at for n, _, ends_at, _ in state()[0]}
        lawful = {n: ends_at for n, _, ends_at, _ in as_the_rules_say(running)}

        for n, ends_at in after.items():
            kept = n in timed and lawful[n] < before[n] and lawful[n] <= clock.now()
            assert ends_at == (before[n] if kept else lawful[n])
            assert not (n in timed and ends_at <= clock.now() < before[n])
        mend()
        assert {n: ends_at for n, _, ends_at, _ in state()[0]} == after
        editions.applied(lead)
