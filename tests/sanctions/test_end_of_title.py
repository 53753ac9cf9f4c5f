"""A sanction dies with its title, and what else is open about the title ends with it."""

from datetime import date

import pytest
from sqlalchemy import select

from app import db
from app.audit.models import AuditEntry
from app.cases.models import Case
from app.errors import Gone, Refused
from app.titles import changing
from tests import living
from tests.sanctions.conftest import OPINION
from tests.sanctions.test_deciding import PROPOSAL


def case_of(public_id):
    with db.reading() as session:
        return session.scalars(select(Case).where(Case.public_id == public_id)).one()


def test_hbi_15_the_decision_ends_all_other_open_cases_of_the_title_as_superseded(scene):
    first, second = scene.propose(), scene.propose(key="not_qualified", cause="case:1")
    third = scene.begin("clerk@city")
    other = scene.propose(key="not_qualified", cause="case:2", name="持证服务机构2")
    scene.to_decision(first)

    scene.decided(first, "2026-10-12")

    for public_id in (second, third):
        ended = case_of(public_id)
        assert (ended.status, ended.outcome) == ("done", changing.SUPERSEDED)
        assert living.open_tasks(public_id) == []
    assert [(row.key, row.status) for row in scene.sanctions()] == [
        ("reporting_revocation", "imposed"), ("not_qualified", "superseded"), ("not_qualified", "proposed"),
    ]
    assert case_of(other).status == "open"
    with db.reading() as session:
        said = session.scalars(select(AuditEntry.details).where(AuditEntry.verb == "supersede_case"))
        told = [details for details in said if details["ended_as"] == changing.SUPERSEDED]
    assert len(told) == 2
    assert all("HBI-13.3" in details["reason"] for details in told)


def test_hbi_15_a_completion_in_an_open_case_is_refused_with_the_clause_once_the_title_is_gone(scene):
    doomed, decisive = scene.propose(), scene.begin("clerk@county")
    scene.do(doomed, "clerk@province", OPINION, "proceed")
    scene.read_notice()
    [statement] = living.open_tasks(doomed)
    scene.pass_time("2026-10-12 09:05")
    scene.do(decisive, "clerk@county", PROPOSAL, "propose")
    scene.do(decisive, "clerk@province", {**OPINION, "reason": "名单已公示，事实无争议。"}, "direct")
    [decision] = living.open_tasks(decisive)
    with db.reading() as session:  # worked out while the title still stands
        from app.cases import operations

        late = operations.prepare_completion(
            session, statement.public_id, identity=scene.land.holder(session), answers={"statement": "不同意。"},
            outcome="state",
        )
        taken = operations.prepare_completion(
            session, decision.public_id, identity=scene.land.who(session, "lead@province"), outcome="impose",
            answers={"reason": "属实。", "document_number": "冀工信企业〔2026〕10 号", "document_date": "2026-10-12"},
        )
    with db.transaction() as session:
        operations.complete(session, taken, by=scene.who("lead@province"))

    with pytest.raises(Refused) as refused, db.transaction() as session:
        operations.complete(session, late, by=scene.holder())

    assert refused.value.clause == "HBI-15"
    assert "2026-10-12 起已取消" in refused.value.message
    assert "冀工信企业〔2026〕10 号" in refused.value.message
    assert scene.who("lead@province").name in refused.value.message
    scene.pass_time("2026-10-12 09:10")
    with pytest.raises(Gone):
        living.complete(statement, scene.holder(), {"statement": "不同意。"}, "state")


def test_a_title_that_expires_takes_what_is_proposed_against_it_along(scene):
    case = scene.propose()
    with db.transaction() as session:
        title = changing.locked(session, scene.land.title(session).id)
        changing.record(session, title, "expired", case_id=title.case_id, clause="HBI-12",
                        effective_on=date(2026, 10, 12))
    scene.pass_time("2026-10-12 09:10")
    assert scene.sanctions()[0].status == "superseded"
    assert case_of(case).outcome == changing.SUPERSEDED


def test_a_title_that_has_ended_is_proposed_nothing_more(scene):
    from app.sanctions import proposing

    case = scene.propose()
    scene.to_decision(case)
    scene.decided(case, "2026-10-12")
    with db.transaction() as session:
        title = changing.locked(session, scene.land.title(session).id)
        assert proposing.propose(session, title, key="not_qualified", cause="case:9", evidence=[]) is None
    with pytest.raises(Refused, match="已撤销"):
        scene.begin("clerk@county")


def test_the_same_cause_is_proposed_once(scene):
    assert scene.propose() == scene.propose()
    assert len(scene.sanctions()) == 1
