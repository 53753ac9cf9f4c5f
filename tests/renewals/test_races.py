"""Two at once over the end of a title: each ends in one way, which its events tell."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy import select

from app import clock, db, worker
from app.cases import operations as cases
from app.cases.models import Case, Task, Timer
from app.errors import Gone, Refused, Unavailable
from app.outbox.senders import NoSender
from app.renewals.models import Renewal
from app.titles import changing
from app.titles.models import LifeDue, Title
from tests.living import pass_time
from tests.renewals import ending

TITLES = 4


def test_hbi_12_begun_in_the_last_second_and_saved_in_the_next_it_came_too_late(database, clock_at):
    clock_at("2026-12-01 09:00")
    at = ending.titles()
    pass_time(clock_at, "2027-03-10 23:59:59")
    with db.reading() as session:
        who = at.holder(session)
        task = ending.task("填报期满自评", who)
        prepared = cases.prepare_completion(session, task.public_id, identity=who, answers={"said": "赶在最后"})
    clock_at("2027-03-11 00:00")

    with pytest.raises(Refused, match="截止"):
        _complete(prepared, who)
    worker.run_until_idle(NoSender())

    assert (ending.renewal(at).status, ending.events(at)) == ("not_filed", ["expired 2027-03-11 HBI-12"])


@pytest.mark.parametrize("first", ["timer", "life"])
def test_hbi_12_whichever_comes_first_at_the_end_nothing_filed_ends_the_title_once(database, clock_at, first):
    clock_at("2026-12-01 09:00")
    at = ending.titles()
    pass_time(clock_at, "2027-03-10 23:59:59")
    clock_at("2027-03-11 00:00")
    kinds = {kind.name: kind for kind in worker.KINDS}
    model = {"timer": Timer, "life": LifeDue}[first]
    with db.reading() as session:
        wanted = session.scalars(select(model.id).where(model.status == "waiting", model.due_at <= clock.now())).all()
    for item in wanted:
        worker._carry_out(kinds[first], item)
    worker.run_until_idle(NoSender())

    assert (ending.renewal(at).status, ending.events(at)) == ("not_filed", ["expired 2027-03-11 HBI-12"])
    with db.reading() as session:
        assert session.get_one(Case, ending.renewal(at).case_id).status == "done"


@pytest.mark.fault
def test_hbi_12_decided_in_the_second_in_which_a_sanction_ends_the_title_there_is_one_outcome(database, clock_at):
    clock_at("2026-12-01 09:00")
    at = ending.titles(count=TITLES)
    pass_time(clock_at, "2027-01-11 09:00")
    for name in at.titles:
        ending.file(at, holder=name)
        ending.reviewed(at)
    with db.reading() as session:
        lead = at.who(session, "lead@province")
        tasks = session.scalars(select(Task).where(Task.name == "延续决定", Task.status == "open")).all()
        ids = [(task.public_id, session.get_one(Case, task.case_id).title_id) for task in tasks]
    assert len(ids) == TITLES

    for task, title_id in ids:
        with db.reading() as session:
            prepared = cases.prepare_completion(
                session, task, identity=lead, answers=ending.DECISION, outcome="pass"
            )
        _at_once(lambda prepared=prepared: _complete(prepared, lead), lambda title_id=title_id: _cancel(title_id))
    worker.run_until_idle(NoSender())

    with db.reading() as session:
        for _task, title_id in ids:
            kinds = [event.kind for event in changing.events_of(session, title_id)]
            renewal = session.scalars(select(Renewal).where(Renewal.title_id == title_id)).one()
            ways = (["granted", "renewed", "cancelled"], "passed"), (["granted", "cancelled"], "void")
            assert (kinds, renewal.status) in ways
            assert session.get_one(Title, title_id).status == "cancelled"
            assert session.get_one(Case, renewal.case_id).status == "done"


@pytest.mark.fault
def test_hbi_12_decided_in_the_second_in_which_the_title_would_expire_it_runs_on_either_way(database, clock_at):
    clock_at("2026-12-01 09:00")
    at = ending.titles(count=TITLES)
    pass_time(clock_at, "2027-01-11 09:00")
    for name in at.titles:
        ending.file(at, holder=name)
        ending.reviewed(at)
    clock_at("2027-03-11 00:00")
    life = next(kind for kind in worker.KINDS if kind.name == "life")
    with db.reading() as session:
        lead = at.who(session, "lead@province")
        tasks = session.scalars(select(Task).where(Task.name == "延续决定", Task.status == "open")).all()
        due = {row.title_id: row.id for row in session.scalars(select(LifeDue).where(LifeDue.kind == "expire"))}
        pairs = [(task.public_id, session.get_one(Case, task.case_id).title_id) for task in tasks]

    for task, title_id in pairs:
        with db.reading() as session:
            prepared = cases.prepare_completion(session, task, identity=lead, answers=ending.DECISION, outcome="pass")
        _at_once(lambda prepared=prepared: _complete(prepared, lead),
                 lambda title_id=title_id: worker._carry_out(life, due[title_id]))
    worker.run_until_idle(NoSender())

    with db.reading() as session:
        for _task, title_id in pairs:
            kinds = [event.kind for event in changing.events_of(session, title_id)]
            assert kinds in (["granted", "renewed"], ["granted", "evaluation_opened", "renewed"])
            title = session.get_one(Title, title_id)
            assert (title.status, str(title.valid_until)) == ("active", "2030-03-10")


def _complete(prepared, who):
    with db.transaction() as session:
        cases.complete(session, prepared, by=who)


def _cancel(title_id):
    with db.transaction() as session:
        title = changing.locked(session, title_id)
        changing.record(session, title, "cancelled", case_id=title.case_id, clause="HBI-15",
                        effective_on=date(2027, 1, 11))


def _at_once(*acts):
    """Run them at the same time; one that comes second may be refused, and none may be lost."""
    barrier = Barrier(len(acts))

    def run(act):
        barrier.wait()
        try:
            act()
        except (Gone, Refused):
            return "refused"
        except Unavailable as error:
            return f"unavailable: {error}"
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        ends = [done.result() for done in [pool.submit(copy_context().run, run, act) for act in acts]]
    assert ends[1] == "done", ends
    assert ends[0] in ("done", "refused"), ends
