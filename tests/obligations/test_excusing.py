"""Excusing a miss: who may, what it does to a run, and what whoever decides a proposed sanction sees of it."""

import pytest
from sqlalchemy import select

from app import db
from app.audit.models import AuditEntry
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.obligations import excusing
from app.sanctions.models import Sanction
from tests import living
from tests.obligations import owing
from tests.obligations.owing import duties, duty, sanctions

REASON = "省平台三月十六日停机，有停机公告为证。"


def excuse(lived, period: str, login: str = "lead@city", reason: str = REASON) -> None:
    with db.transaction() as session:
        excusing.excuse(session, duty(lived, period).public_id, by=lived.who(session, login), reason=reason)


@pytest.fixture
def lived(database, clock_at):
    """A title with two misses: the circular is proposed."""
    lived = owing.titled(clock_at, "2025-11-20")
    living.pass_time(clock_at, "2026-06-17 09:00")
    assert [key for key, _cause, _status in sanctions(lived)] == ["reporting_circular"]
    return lived


def test_d10_the_city_excuses_a_miss_with_a_reason(lived):
    excuse(lived, "2026-03-15")

    found = duty(lived, "2026-03-15")
    assert (found.status, found.excuse, found.excused_by is not None) == ("excused", REASON, True)


def test_d10_a_proposal_whose_run_no_longer_holds_is_marked_and_not_deleted(lived, clock_at):
    excuse(lived, "2026-03-15")

    living.pass_time(clock_at, "2026-06-17 09:05")

    assert sanctions(lived) == [("reporting_circular", "quarterly:2026-06-15", "proposed")]
    with db.reading() as session:
        sanction = session.scalars(select(Sanction)).one()
        told = session.scalars(
            select(AuditEntry)
            .where(AuditEntry.chain == f"case:{sanction.case_id}", AuditEntry.verb == "misses_changed")
        ).one()
    assert [one["what"] for one in sanction.evidence][:1] == ["服务情况报送 2026-06-15 期未报送"]
    assert "现为连续 1 期，提出时为 2 期" in sanction.evidence[-1]["what"]
    assert (told.details["in_a_row"], told.details["wanted"]) == (1, 2)


def test_d9_an_excused_miss_neither_counts_nor_breaks(lived, clock_at):
    excuse(lived, "2026-06-15")

    living.pass_time(clock_at, "2026-09-16 09:00")

    assert duties(lived) == {"2026-03-15": "missed", "2026-06-15": "excused", "2026-09-15": "missed"}
    assert sanctions(lived)[1:] == [("reporting_circular", "quarterly:2026-09-15", "proposed")]


@pytest.mark.parametrize(("login", "error"), [
    ("clerk@city", NotAllowed), ("lead@province", NotAllowed), ("lead@county", NotAllowed),
    ("lead@sibling_city", NotFound),
])
def test_d10_nobody_else_excuses(lived, login, error):
    with pytest.raises(error):
        excuse(lived, "2026-03-15", login)


def test_an_excuse_needs_a_reason_and_a_miss_and_is_given_once(lived, clock_at):
    with pytest.raises(Invalid) as refused:
        excuse(lived, "2026-03-15", reason="停机")
    assert "reason" in refused.value.fields
    excuse(lived, "2026-03-15")
    with pytest.raises(Gone):
        excuse(lived, "2026-03-15")
    living.pass_time(clock_at, "2026-09-01 09:00")
    with pytest.raises(Refused):
        excuse(lived, "2026-09-15")


def test_a_late_report_is_told_in_the_evidence_of_what_was_proposed(lived, clock_at):
    owing.report(lived, "2026-06-15", activities=[])

    living.pass_time(clock_at, "2026-06-17 10:00")

    with db.reading() as session:
        evidence = session.scalars(select(Sanction)).one().evidence
    said = [one["what"].removeprefix("服务情况报送 ") for one in evidence]
    assert said == ["2026-03-15 期未报送", "2026-06-15 期逾期报送"]
