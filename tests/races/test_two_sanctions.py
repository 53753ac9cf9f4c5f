"""Two sanctions race for one title: one takes effect, the other is refused with who, when and the clause. And a
decision races with the holder's step in another case of the title: nothing waits in a ring, and the title ends
whichever came first."""

from datetime import date

import pytest
from sqlalchemy import select

from app import db, worker
from app.audit.models import AuditEntry
from app.cases import operations
from app.cases.models import Case, Task
from app.documents import storage
from app.errors import Gone, Refused
from app.notices import operations as notices
from app.notices.models import Notice
from app.outbox.senders import NoSender
from app.sanctions import proposing
from app.sanctions.models import Sanction
from app.titles import changing
from app.titles.models import Ban, Title, TitleEvent
from tests import factories, living
from tests.races.racing import Side, race, tell, winners

pytestmark = pytest.mark.fault

ROUNDS = 30
KEYS = ("reporting_revocation", "not_qualified")
DECISION = {"reason": "属实。", "document_date": "2026-10-12"}


@pytest.fixture
def land(database, clock_at, tmp_path):
    """So many titles, each with two sanctions that wait for the lead's decision, a minute after they were proposed."""
    db.open_database(db.current().engine.url.render_as_string(hide_password=False))  # forgets releases read before
    storage.open_folder(tmp_path)
    clock_at("2026-10-12 09:00")
    found = living.living(granted_on=date(2026, 1, 20), count=ROUNDS)
    with db.transaction() as session:
        for public_id in found.titles.values():
            title = changing.locked(session, session.scalars(
                select(Title.id).where(Title.public_id == public_id)).one())
            for key in KEYS:
                proposing.propose(session, title, key=key, cause="race", evidence=[])
    return found


def tasks_of(key):
    """The open task of each title's case of a sanction, in the order of the titles."""
    with db.reading() as session:
        return list(session.scalars(
            select(Task.public_id).join(Sanction, Sanction.case_id == Task.case_id)
            .where(Sanction.key == key, Task.status == "open").order_by(Sanction.title_id)
        ))


def complete(task, by, answers, outcome):
    with db.reading() as session:
        prepared = operations.prepare_completion(session, task, identity=by, answers=answers, outcome=outcome)
    with db.transaction() as session:
        return operations.complete(session, prepared, by=by)


def direct(land, key):
    with db.reading() as session:
        clerk = land.who(session, "clerk@province")
    for task in tasks_of(key):
        complete(task, clerk, {"finding": "属实。", "reason": "情况紧急。"}, "direct")


def decide(land, key, lead):
    tasks = tasks_of(key)
    number = "冀工信企业〔2026〕{} {} 号"
    return lambda n: complete(tasks[n], lead, {**DECISION, "document_number": number.format(key, n)}, "impose")


def test_of_two_sanctions_one_takes_effect_and_the_other_learns_by_whom_when_and_by_which_clause(
    land, clock_at, told
):
    for key in KEYS:
        direct(land, key)
    clock_at("2026-10-12 09:30")
    with db.transaction() as session:
        office = land.world.unit("province")
        second = factories.person(session, office, "lead", login="lead2@province", name="第二审核岗")
        leads = [land.who(session, "lead@province"), factories.identity(session, second)]

    ends = race(*(Side(key, decide(land, key, lead)) for key, lead in zip(KEYS, leads, strict=True)), rounds=ROUNDS)

    won = winners(ends, told=told, title="two sanctions of one title", sides=KEYS)
    clauses = ("HBI-13.3", "HBI-14.2")
    for pair, winner in zip(ends, won, strict=True):
        lost = pair[1 - winner].error
        assert isinstance(lost, Refused)
        assert lost.clause == clauses[winner]
        assert leads[winner].name in lost.message
        assert "2026-10-12 09:30" in lost.message
        assert KEYS[winner] in lost.message  # the number of its document
    worker.run_until_idle(NoSender())
    _see_that_each_title_ended_once(land, won)


def _see_that_each_title_ended_once(land, won):
    with db.reading() as session:
        for public_id, winner in zip(land.titles.values(), won, strict=True):
            title = session.scalars(select(Title).where(Title.public_id == public_id)).one()
            assert title.status == ("revoked", "cancelled")[winner]
            kinds = session.scalars(
                select(TitleEvent.kind).where(TitleEvent.title_id == title.id).order_by(TitleEvent.seq)).all()
            assert kinds == ["granted", title.status]
            rows = dict(
                session.execute(select(Sanction.key, Sanction.status).where(Sanction.title_id == title.id)).all())
            assert rows == {KEYS[winner]: "imposed", KEYS[1 - winner]: "superseded"}
            assert len(session.scalars(select(Ban).where(Ban.title_id == title.id)).all()) == (winner == 0)
            loser = session.scalars(select(Case).join(Sanction, Sanction.case_id == Case.id).where(
                Sanction.title_id == title.id, Sanction.key == KEYS[1 - winner])).one()
            assert (loser.status, loser.outcome) == ("done", changing.SUPERSEDED)
            told = session.scalars(select(AuditEntry.verb).where(AuditEntry.chain == f"case:{loser.id}")).all()
            assert "supersede_case" in told
            assert "impose_sanction" not in told


def test_a_decision_and_a_statement_in_another_case_of_the_title_do_not_wait_in_a_ring(land, clock_at, told):
    direct(land, KEYS[0])
    with db.reading() as session:
        lead, clerk = land.who(session, "lead@province"), land.who(session, "clerk@province")
    for task in tasks_of(KEYS[1]):
        complete(task, clerk, {"finding": "属实。"}, "proceed")
    holders = []
    with db.transaction() as session:
        for notice in session.scalars(select(Notice).order_by(Notice.id)):
            by = factories.identity(session, land._applicant(session, notice.to_unit_id))
            holders.append(by)
    for by in holders:
        with db.transaction() as session:
            key = session.scalars(select(Notice.public_id).where(Notice.to_unit_id == by.unit_id)).one()
            notices.open_notice(session, key, by=by)
    statements = tasks_of(KEYS[1])
    clock_at("2026-10-12 09:30")

    ends = race(
        Side("decides", decide(land, KEYS[0], lead)),
        Side("states", lambda n: complete(statements[n], holders[n], {"statement": "不同意。"}, "state")),
        rounds=ROUNDS,
    )

    assert all(decided.won for decided, _stated in ends)
    assert all(stated.won or isinstance(stated.error, Refused | Gone) for _decided, stated in ends)
    for _decided, stated in ends:
        if isinstance(stated.error, Refused):
            assert stated.error.clause == "HBI-13.3"
    tell(ends, [0 if stated.error else 1 for _decided, stated in ends], told=told,
         title="a decision and a statement elsewhere", sides=("decided first", "stated first"))
    worker.run_until_idle(NoSender())
    with db.reading() as session:
        assert set(session.scalars(select(Title.status))) == {"revoked"}
        assert set(session.scalars(select(Sanction.status).where(Sanction.key == KEYS[1]))) == {"superseded"}
        assert session.scalars(select(Task).where(Task.status == "open")).all() == []
