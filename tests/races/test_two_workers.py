"""F5: several workers on one due row. Each timer, message and row of an act is carried out once, by one of them."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from app import clock, db, worker
from app.audit.models import AuditRoot
from app.cases.models import ActRow, Case, Message, Task, Timer
from app.outbox.senders import NoSender
from app.publications.models import PublicationEntry
from app.titles.models import Title
from tests import sample
from tests.races import office as offices
from tests.races.racing import ROUNDS, Side, race, tell, winners

pytestmark = pytest.mark.fault

SIDES = ("worker 1", "worker 2")
LISTED = datetime(2026, 9, 22, 10, tzinfo=clock.SHANGHAI)
CLEARED = datetime(2026, 10, 20, 10, tzinfo=clock.SHANGHAI)
WORKERS = 4


def test_of_two_workers_one_fires_a_timer(office, told):
    cases = offices.open_cases(office, "timed", ROUNDS)
    timers = offices.timers(cases)

    with clock.held_at(offices.AFTER_REVIEW):
        ends = _race_workers("timer", timers)

    winners(ends, told=told, title="two workers on one timer", sides=SIDES)
    assert offices.steps(cases, "fire_timer") == Counter(cases)
    assert set(offices.revisions(cases).values()) == {2}
    offices.see_that_all_holds()


def test_of_two_workers_one_carries_out_a_row_and_one_delivers_a_message(office, told):
    cases = offices.open_at_listing(office, ROUNDS)

    with clock.held_at(LISTED):
        sample.confirm(cases, by=office["lead@city"], answers=sample.LIST)
        rows = _race_workers("act_row", _waiting(ActRow))
    with clock.held_at(CLEARED):
        offices.carry_out("timer", *_waiting(Timer))
        messages = _race_workers("message", _waiting(Message))

    winners(rows, told=told, title="two workers on one row of an act", sides=SIDES)
    winners(messages, told=told, title="two workers on one message", sides=SIDES)
    assert offices.answers(cases) == Counter(dict.fromkeys(cases, 4))
    assert offices.steps(cases, "deliver_message") == Counter(cases)
    assert set(offices.revisions(cases).values()) == {6}
    offices.see_that_all_holds()


def test_four_workers_who_come_back_together_do_everything_once(office, told):
    count = 40
    cases = offices.open_at_listing(office, count)
    with clock.held_at(LISTED):
        sample.confirm(cases, by=office["lead@city"], answers=sample.LIST)

    with clock.held_at(CLEARED):
        listed = _work_together()
        sample.confirm(cases, by=office["lead@city"], answers=sample.decision(clock.today()))
        decided = _work_together()

    kind = "sqlite" if db.current().is_sqlite else "postgresql"
    told(f"{'four workers, done by each':<40} {kind:<10} listing {listed}, decision {decided}")
    assert sum(listed) > count  # the rows and the timer; a message that came before its catch is taken with the row
    assert sum(decided) == count
    assert _count(Case, Case.id.in_(cases), Case.status == "done") == count
    assert _count(PublicationEntry, PublicationEntry.status == "cleared") == count
    assert _count(Message, Message.status == "delivered") == _count(Message) == count
    assert _count(Title) == count
    assert _count(Task, Task.status == "open") == 0
    assert [_count(model, model.attempts > 0) for model in (Timer, Message, ActRow)] == [0, 0, 0]
    offices.see_that_all_holds()


def test_two_cases_that_write_to_each_other_never_wait_in_a_ring(office, told):
    rounds = 30
    cases = offices.open_at_listing(office, rounds)
    with clock.held_at(LISTED):
        for case in cases:
            sample.confirm([case], by=office["lead@city"], answers=sample.LIST)
    _let_a_colleague_hold_the_tasks(office["second@city"])
    rows, timers = _waiting(ActRow), _waiting(Timer)

    with clock.held_at(CLEARED):
        ends = race(
            Side("application", lambda n: offices.carry_out("act_row", rows[n])),
            Side("publication", lambda n: offices.carry_out("timer", timers[n])),
            rounds=rounds,
        )
        worker.run_until_idle(NoSender())

    assert all(end.won for pair in ends for end in pair)
    first = [0 if application.ran[1] < publication.ran[1] else 1 for application, publication in ends]
    tell(ends, first, told=told, title="a row refused, its publication closed", sides=("row", "publication"))
    assert _count(ActRow, ActRow.status == "refused") == rounds
    assert _count(PublicationEntry, PublicationEntry.status.in_(("cleared", "withdrawn"))) == rounds
    offices.see_that_all_holds()


def test_two_workers_that_keep_house_at_once_make_one_root_a_day(office, tmp_path):
    days = [date(2026, 9, 21) + timedelta(days=n) for n in range(30)]

    race(*(Side(name, lambda n: worker.keep_house(days[n], tmp_path)) for name in SIDES), rounds=len(days))

    with db.reading() as session:
        assert session.scalars(select(AuditRoot.day).order_by(AuditRoot.id)).all() == days
    offices.see_that_all_holds()


def _let_a_colleague_hold_the_tasks(colleague):
    """As if the colleague's claims had been committed while the act was being confirmed."""
    with db.transaction() as session:
        session.execute(
            update(Task).where(Task.element == "list").values(claimed_by=colleague.person_id, claimed_at=clock.now())
        )


def _race_workers(kind, ids):
    assert len(ids) == ROUNDS
    return race(*(Side(name, lambda n: offices.carry_out(kind, ids[n])) for name in SIDES))


def _waiting(model):
    with db.reading() as session:
        return list(session.scalars(select(model.id).where(model.status == "waiting").order_by(model.id)))


def _work_together():
    """Whole workers, each in a thread; returns how many items each brought to an end."""
    with ThreadPoolExecutor(WORKERS) as pool:
        runs = [pool.submit(copy_context().run, worker.run_until_idle, NoSender()) for _ in range(WORKERS)]
        return [run.result() for run in runs]


def _count(model, *where):
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where))
