"""期满: a title ends when the day after its last begins, unless somebody evaluates it."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app import clock, db, worker
from app.outbox.senders import NoSender
from app.titles import changing, expiry, life, queries
from app.titles.models import LifeDue, TitleEvent
from tests import living
from tests.living import Living
from tests.titles import acting

GRANTED = date(2025, 11, 20)


@pytest.fixture
def titled(database: db.Database, clock_at: Callable[[str], None]) -> Living:
    """A title of 20 November 2025, valid until 20 November 2028; its grant is the day."""
    clock_at("2025-11-20 09:00")
    return acting.left_alone(living.living(granted_on=GRANTED))


def expiries(titled: Living) -> list[tuple[str, str]]:
    title = acting.title_now(titled)
    return [(key.partition(":")[0], status) for kind, key, status in living.due_rows(title) if kind == expiry.EXPIRE]


def test_hbi_12_it_holds_to_the_end_of_its_last_day_and_has_expired_at_midnight(titled, clock_at):
    clock_at("2028-11-20 23:59")
    worker.run_until_idle(NoSender())
    assert acting.title_now(titled).status == "active"

    clock_at("2028-11-21 00:00")
    worker.run_until_idle(NoSender())

    title = acting.title_now(titled)
    assert acting.events(title) == ["granted 2025-11-20 active", "expired 2028-11-21 expired"]
    with db.reading() as session:
        ended = session.scalars(select(TitleEvent).where(TitleEvent.kind == "expired")).one()
    assert (ended.clause, ended.effective_on) == ("HBI-12", date(2028, 11, 21))
    assert expiries(titled) == [("2028-11-20", "done")]


def test_hbi_12_a_title_of_a_leap_day_ends_with_february(database, clock_at):
    clock_at("2024-02-29 09:00")
    titled = acting.left_alone(living.living(granted_on=date(2024, 2, 29)))
    assert acting.title_now(titled).valid_until == date(2027, 2, 28)

    living.pass_time(clock_at, "2027-02-28 23:59")
    assert acting.title_now(titled).status == "active"
    living.pass_time(clock_at, "2027-03-01 00:00")

    assert acting.title_now(titled).status == "expired"


def test_a_worker_that_comes_late_expires_it_from_the_same_day(titled, clock_at):
    clock_at("2028-12-24 09:00")
    worker.run_until_idle(NoSender())

    title = acting.title_now(titled)
    assert acting.events(title)[-1] == "expired 2028-11-21 expired"
    with db.reading() as session:
        [answer] = queries.standing_on(session, title.number, "", date(2028, 11, 20))
    assert answer.stands


def test_one_that_is_suspended_expires_too(titled, clock_at):
    clock_at("2028-06-01 09:00")
    acting.event(acting.title_now(titled), "suspended", "2028-05-01")

    living.pass_time(clock_at, "2028-11-21 00:00")

    assert acting.title_now(titled).status == "expired"


def test_whoever_evaluates_it_keeps_it_under_evaluation(titled, clock_at, monkeypatch):
    asked = []
    monkeypatch.setattr(expiry, "_askers", [
        lambda session, title: None,
        lambda session, title: asked.append(title.number) or expiry.UNDER_EVALUATION,
    ])

    living.pass_time(clock_at, "2028-11-21 00:00")

    title = acting.title_now(titled)
    assert acting.events(title)[-1] == "evaluation_opened 2028-11-21 under_evaluation"
    assert asked == [title.number]
    acting.event(title, "stayed", "2028-11-21", details={"seq": 1})
    worker.run_until_idle(NoSender())
    assert len(acting.events(title)) == 3  # planned anew and found to be under evaluation already


def test_hbi_12_a_renewal_before_the_end_moves_the_expiry(titled, clock_at):
    clock_at("2028-10-10 09:00")
    acting.event(acting.title_now(titled), "renewed", "2028-11-21", details=_until(titled, "2031-11-20"))
    assert acting.title_now(titled).valid_until == date(2031, 11, 20)

    living.pass_time(clock_at, "2031-11-20 23:59")
    assert acting.title_now(titled).status == "active"
    living.pass_time(clock_at, "2031-11-21 00:00")

    assert acting.events(acting.title_now(titled))[1:] == ["renewed 2028-11-21 active", "expired 2031-11-21 expired"]
    first, second = expiries(titled)
    assert first == ("2028-11-20", "gone")
    assert second in (("2031-11-20", "done"), ("2031-11-20", "gone")), "it ends once: by its day, or not renewed"


def test_hbi_12_a_renewal_recorded_after_the_expiry_takes_it_back_and_plans_the_next(titled, clock_at):
    living.pass_time(clock_at, "2028-12-15 09:00")
    assert acting.title_now(titled).status == "expired"

    acting.event(acting.title_now(titled), "renewed", "2028-11-21", details=_until(titled, "2031-11-20"))

    title = acting.title_now(titled)
    assert (title.status, title.valid_until) == ("active", date(2031, 11, 20))
    with db.reading() as session:
        found = [queries.standing_on(session, title.number, "", day)[0].status
                 for day in (date(2028, 11, 20), date(2028, 11, 21), date(2028, 12, 15), date(2031, 11, 21))]
    assert found == ["active", "active", "active", "expired"]
    assert expiries(titled)[-1] == ("2031-11-20", "waiting")


def test_a_title_that_is_revoked_expires_no_more_until_a_stay_brings_it_back(titled, clock_at):
    clock_at("2026-05-10 09:00")
    acting.event(acting.title_now(titled), "revoked", "2026-05-10")
    assert expiries(titled) == [("2028-11-20", "gone")]

    clock_at("2026-06-15 09:00")
    acting.event(acting.title_now(titled), "stayed", "2026-06-15", details={"seq": 2})

    assert acting.title_now(titled).status == "active"
    living.pass_time(clock_at, "2028-11-21 00:00")
    assert acting.title_now(titled).status == "expired"


def test_what_was_dropped_waits_again_when_it_is_planned_again(titled):
    with db.transaction() as session:
        title = changing.locked(session, titled.title(session).id)
        for day in (date(2026, 1, 1), date(2026, 2, 1)):
            life.plan_for(session, title, kind="something", key="one", on=day)
        assert _row(session).due_at == clock.day_start(date(2026, 1, 1))
        life.drop(session, life.subject_of(title), kinds=["something"])
        life.plan_for(session, title, kind="something", key="one", on=date(2026, 3, 1))
        session.expire_all()
        assert (_row(session).status, _row(session).due_at) == ("waiting", clock.day_start(date(2026, 3, 1)))


def test_nothing_of_a_status_counts_from_a_day_that_has_not_come(titled):
    tomorrow = clock.today() + timedelta(days=1)
    with pytest.raises(Exception, match="在今天以后"):
        acting.event(acting.title_now(titled), "suspended", tomorrow.isoformat())
    assert acting.events(acting.title_now(titled)) == ["granted 2025-11-20 active"]


def _row(session) -> LifeDue:
    return session.scalars(select(LifeDue).where(LifeDue.kind == "something")).one()


def _until(titled: Living, day: str) -> dict[str, str | None]:
    return changing.moved_until(acting.title_now(titled), date.fromisoformat(day))
