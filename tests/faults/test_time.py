"""F8 to F11: steps of the clock, the server's zone, midnight, and a calendar that changes while timers wait.

What happens in weeks without a worker is in test_outage.
"""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app import clock, db, workdays, worker
from app.cases import deadlines, queries
from app.cases.models import Deadline, Task, Timer
from app.errors import Gone
from app.outbox.senders import NoSender
from app.people.queries import Identity
from app.publications.models import Publication
from tests import sample
from tests.faults.dump import changed, dump
from tests.races import office as offices

pytestmark = pytest.mark.fault

ROOT = Path(__file__).parent.parent.parent
ZONES = ("UTC", "America/New_York", "Pacific/Kiritimati")
A_MOMENT = timedelta(microseconds=1)


# The clock steps.

@pytest.mark.parametrize(
    "step", [timedelta(milliseconds=3), timedelta(seconds=1), timedelta(hours=1), timedelta(days=3)]
)
def test_a_clock_set_back_between_two_looks_fires_nothing_again_and_nothing_early(office, step):
    case, = offices.open_cases(office, "timed", 1)
    first = _timer(case, "late").due_at
    with clock.held_at(first):
        assert worker.run_until_idle(NoSender()) == 1
    second = _timer(case, "pause").due_at
    before = dump()

    with clock.held_at(first - step):
        assert worker.run_until_idle(NoSender()) == 0
    assert changed(before, dump()) == set()
    with clock.held_at(second - A_MOMENT):
        assert worker.run_until_idle(NoSender()) == 0
    with clock.held_at(second):
        assert worker.run_until_idle(NoSender()) == 1

    assert offices.steps([case], "fire_timer")[case] == 2
    assert [_timer(case, name).fired_at for name in ("late", "pause")] == [first, second]
    offices.see_that_all_holds()


def test_people_work_on_while_the_clock_is_behind(office):
    case, = offices.open_cases(office, "timed", 1)
    for name in ("late", "pause"):
        with clock.held_at(_timer(case, name).due_at):
            worker.run_until_idle(NoSender())
    (task,) = offices.open_tasks([case])
    with db.reading() as session:
        opened_at, ends_at = session.execute(
            select(Task.opened_at, Task.ends_at).where(Task.case_id == case, Task.status == "open")
        ).one()

    with clock.held_at(opened_at - timedelta(seconds=2)):
        offices.complete(task, office["clerk@city"])

    done = offices.tasks_by_id([task])[task]
    assert (done.status, done.closed_at) == ("done", opened_at - timedelta(seconds=2))
    assert _deadline(done).status == "met"
    assert ends_at > opened_at
    offices.see_that_all_holds()


def test_the_offset_of_legal_time_is_one_for_all_and_may_go_back(office):
    """The demonstration moves legal time by a row; what has happened stays, what is to come waits for its instant."""
    case, = offices.open_cases(office, "timed", 1)
    due_at = _timer(case, "late").due_at
    url = db.current().engine.url.render_as_string(hide_password=False)
    clock_of_the_test = clock._held.set(None)
    try:
        db.open_database(url, demo=True)
        fired = []
        for aim in (due_at + timedelta(hours=1), due_at - timedelta(days=2), due_at + timedelta(hours=2)):
            with db.transaction() as session:
                db.move_clock(session, aim - clock.real())
            with db.reading():
                assert abs(clock.now() - aim) < timedelta(minutes=1)
            fired.append(worker.run_until_idle(NoSender()))
    finally:
        with db.transaction() as session:
            db.move_clock(session, timedelta(0))
        with db.reading():
            pass
        clock._held.reset(clock_of_the_test)
        db.open_database(url)

    assert fired == [1, 0, 0]
    assert _timer(case, "late").fired_at >= due_at
    offices.see_that_all_holds()


# The server stands elsewhere.

def test_dates_are_those_of_beijing_wherever_the_server_stands(office):
    told = {zone: _in_zone(zone, office) for zone in ZONES}

    assert {answer["offset"] for answer in told.values()} == {0, 5 * 3600, -14 * 3600}
    assert told["UTC"]["cases"] == told["America/New_York"]["cases"] == told["Pacific/Kiritimati"]["cases"]
    before, at, later = told["UTC"]["cases"]
    assert [case["started_on"] for case in (before, at, later)] == ["2026-09-21", "2026-09-22", "2026-09-22"]
    assert before["opened"][0] == "2026-09-21"
    assert (at["opened"][0], at["opened"][2]) == ("2026-09-22", "2026年9月22日 00时00分00秒（北京时间）")
    for case in (before, at):
        last = date.fromisoformat(case["last_day"])
        assert case["ends_at"] == case["due_at"] == f"{last + timedelta(days=1)}T00:00:00+08:00"
        assert case["before"][:2] == [case["last_day"], "今日到期"]
        assert case["before"][2] == 0
        assert case["at"][:2] == [f"{last + timedelta(days=1)}", "超期 1 个工作日"]
        assert case["at"][2] >= 1
        assert f"截止 {case['last_day']} 24:00" in case["explanation"]
    assert later["last_day"] == at["last_day"]


# Midnight.

def test_nothing_is_overdue_before_midnight_and_all_is_at_midnight(office):
    case, = offices.open_cases(office, "timed", 1)
    clerk = office["clerk@county"]
    task_id, = offices.open_tasks([case])
    ends_at = offices.tasks_by_id([task_id])[task_id].ends_at
    assert clock.local(ends_at).time().isoformat() == "00:00:00"

    seen = {}
    for name, instant in (("before", ends_at - A_MOMENT), ("at", ends_at)):
        with clock.held_at(instant), db.reading() as session:
            (row,), _more = queries.inbox(session, clerk)
            seen[name] = (row.light.level, row.light.words, queries.inbox_counts(session, clerk)["overdue"])

    assert seen == {"before": ("yellow", "今日到期", 0), "at": ("red", "超期 1 个工作日", 1)}


@pytest.mark.parametrize(("late_by", "status"), [(-A_MOMENT, "met"), (timedelta(0), "missed")])
def test_what_is_done_at_the_last_moment_is_in_time_and_at_midnight_it_is_late(office, late_by, status):
    case, = offices.open_cases(office, "timed", 1)
    task_id, = offices.open_tasks([case])
    task = offices.tasks_by_id([task_id])[task_id]

    with clock.held_at(task.ends_at + late_by):
        offices.complete(task_id, office["clerk@county"])

    assert _deadline(task).status == status
    offices.see_that_all_holds()


def test_the_timer_of_midnight_wins_over_who_comes_after_it(office):
    case, = offices.open_cases(office, "timed", 1)
    task_id, = offices.open_tasks([case])
    with clock.held_at(_timer(case, "late").due_at):
        worker.run_until_idle(NoSender())

        with pytest.raises(Gone):
            offices.complete(task_id, office["clerk@county"])


@pytest.mark.parametrize(("late_by", "open_"), [(-A_MOMENT, True), (timedelta(0), False)])
def test_a_publication_is_shown_as_open_until_midnight_also_without_a_worker(office, late_by, open_):
    from app.publications import queries as publications

    sample.confirm(offices.open_at_listing(office, 1), by=office["lead@city"], answers=sample.LIST)
    worker.run_until_idle(NoSender())
    with db.reading() as session:
        public_id = session.scalars(select(Publication.public_id)).one()
        ends_at = publications.publication(session, public_id)[0].ends_at

    with clock.held_at(ends_at + late_by), db.reading() as session:
        shown, _entries = publications.publication(session, public_id)

    assert shown.status == ("open" if open_ else "closed")
    assert (shown.days_left == 0) is open_


@pytest.mark.parametrize("day", ["2026-02-28", "2028-02-29", "2026-12-31", "2026-09-30", "2026-10-10"])
def test_the_end_of_a_day_is_the_start_of_the_next_and_24_hours_after_its_own(day):
    that = date.fromisoformat(day)
    start, end = clock.day_start(that), clock.day_start(that + timedelta(days=1))

    assert clock.local(end - A_MOMENT).date() == that
    assert clock.local(end).date() == that + timedelta(days=1)
    assert end - start == timedelta(hours=24)
    found = workdays.deadline(workdays.Period(1, "days", roll="none"), that, workdays.national_calendar())
    assert found.ends_at == clock.day_start(that + timedelta(days=2))
    assert deadlines.last_day_of(found.ends_at) == found.last_day


def test_the_zone_knows_the_summer_time_that_china_had_until_1991():
    assert clock.day_start(date(1991, 9, 16)) - clock.day_start(date(1991, 9, 15)) == timedelta(hours=25)


# The calendar changes while timers wait.

def test_a_notice_by_itself_moves_no_stored_date_and_fires_nothing_early(office, monkeypatch):
    """A day more off in the way of a waiting timer: until somebody has it recomputed, it fires on its day, and the
    explanation says that the day is the one on record."""
    case, = offices.open_cases(office, "timed", 1)
    before, timer = dump(), _timer(case, "late")
    last_day = deadlines.last_day_of(timer.due_at)
    closed = workdays.national_calendar().with_days({date(2026, 9, 24): "台风停工"}, source="某政办〔2026〕1号")
    monkeypatch.setattr(workdays, "calendar_for", closed.in_region)
    with clock.held_at(timer.due_at - A_MOMENT):
        assert worker.run_until_idle(NoSender()) == 0
    assert changed(before, dump()) == set()

    with db.reading() as session:
        told = deadlines.explanation(session.get_one(Deadline, timer.deadline_id), "130636").as_text()
    assert "2026-09-24 台风停工 休（某政办〔2026〕1号）" in told
    assert "仍以登记的日期为准" in told
    assert f"截止 {last_day} 24:00" in told.splitlines()[-1]
    with clock.held_at(timer.due_at):
        assert worker.run_until_idle(NoSender()) == 1
    assert _timer(case, "late").fired_at == timer.due_at
    assert _deadline(_timer(case, "pause")).last_day == workdays.deadline(
        deadlines.period_of(_deadline(_timer(case, "pause")).rule), clock.local(timer.due_at).date(), closed
    ).last_day


def test_a_hundred_days_away_late_timers_in_chains_are_dated_one_after_the_other(office):
    """Each second timer begins when the first was due, whenever the worker comes to it."""
    cases = offices.open_cases(office, "timed", 20)

    with clock.held_at(datetime(2027, 1, 4, 1, tzinfo=UTC)):
        worker.run_until_idle(NoSender())

    with db.reading() as session:
        fired = session.scalar(select(func.count()).where(Timer.status == "fired"))
    assert fired == 2 * len(cases)
    for case in cases:
        first, second = _timer(case, "late"), _timer(case, "pause")
        assert _deadline(second).started_on == clock.local(first.due_at).date()
        assert first.due_at < second.due_at < first.fired_at == second.fired_at


def _in_zone(zone: str, office: offices.Office) -> dict:
    by: Identity = office["applicant@institution"]
    asked = {"url": db.current().engine.url.render_as_string(hide_password=False), "release": office.release_id,
             "person": by.person_id, "unit": by.unit_id}
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.zoned", json.dumps(asked)], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "TZ": zone, "PGTZ": zone},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def _timer(case_id: int, element: str) -> Timer:
    with db.reading() as session:
        return session.scalars(select(Timer).where(Timer.case_id == case_id, Timer.element == element)).one()


def _deadline(row: Task | Timer) -> Deadline:
    with db.reading() as session:
        return session.get_one(Deadline, row.deadline_id)
