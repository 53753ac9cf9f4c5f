"""Entries: what they hold, how they hang together, and how they are read."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app import clock, db
from app.audit import operations, queries, triggers
from app.audit.models import AuditEntry


def record(session, chain="case:1", verb="claim_task", **details):
    return operations.record(
        session, chain=chain, verb=verb, person_id=7, person_name="李明", unit_name="容城县主管部门", details=details
    )


def test_the_entries_of_a_chain_are_numbered_and_linked(session):
    first = record(session)
    second = record(session, verb="complete_task")

    one, two = session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    assert (one.seq, one.previous_hash, one.hash) == (1, "", first)
    assert (two.seq, two.previous_hash, two.hash) == (2, first, second)


def test_each_chain_counts_for_itself(session):
    record(session, chain="case:1")
    record(session, chain="unit:3")
    record(session, chain="system")

    assert {chain: seq for chain, (seq, _) in queries.heads(session).items()} == {"case:1": 1, "unit:3": 1, "system": 1}


def test_an_entry_keeps_legal_and_real_time(session, clock_at):
    clock_at("2027-02-06 09:30")
    before = clock.real()

    record(session)

    entry = queries.story(session, "case:1")[0]
    assert entry.legal_at == datetime(2027, 2, 6, 1, 30, tzinfo=UTC)
    assert before <= entry.real_at <= clock.real()


def test_an_effect_may_be_dated_at_its_due_instant(session):
    due = clock.day_start(date(2026, 5, 1))

    operations.record(session, chain="case:1", verb="fire_timer", person_id=None, person_name="系统", unit_name="",
                      details={}, legal_at=due.astimezone(clock.SHANGHAI))

    assert queries.story(session, "case:1")[0].legal_at == due
    assert queries.verify(session) == []


def test_a_naive_instant_is_refused(session):
    with pytest.raises(ValueError, match="naive"):
        operations.record(session, chain="system", verb="x", person_id=None, person_name="", unit_name="", details={},
                          legal_at=datetime(2026, 5, 1))  # noqa: DTZ001


def test_details_keep_scalars_dates_amounts_and_short_lists(session):
    record(session, outcome="同意", score=86, passed=True, none=None, day=date(2026, 3, 15),
           amount_wan=Decimal("12.50"), cases=["A-1", "A-2"])

    assert queries.story(session, "case:1")[0].details == {
        "outcome": "同意", "score": 86, "passed": True, "none": None, "day": "2026-03-15", "amount_wan": "12.50",
        "cases": ["A-1", "A-2"],
    }


@pytest.mark.parametrize("details", [
    {"password": "x"}, {"Token": "x"}, {"id_number": "x"}, {"nested": {"a": 1}}, {"deep": [[1]]}, {"bytes": b"x"},
    {"many": list(range(201))}, {1: "x"},
])
def test_secrets_nests_and_long_lists_are_refused(session, details):
    with pytest.raises(ValueError, match="audit"):
        operations.record(session, chain="system", verb="x", person_id=None, person_name="", unit_name="",
                          details=details)

    assert queries.heads(session) == {}


def test_a_list_of_two_hundred_is_kept(session):
    record(session, many=list(range(200)))

    assert len(queries.story(session, "case:1")[0].details["many"]) == 200


@pytest.mark.parametrize(("typed", "kept"), [
    ("身份证110101199003071234。", "身份证110***********1234。"),
    ("11010119900307123X", "110***********123X"),
    ("110101199013071234", "110101199013071234"),  # a thirteenth month: not an identity number
    ("91130636MA0ABCDE1X", "91130636MA0ABCDE1X"),  # a credit code
])
def test_identity_numbers_keep_their_ends_only(session, typed, kept):
    record(session, reason=typed)

    assert queries.story(session, "case:1")[0].details["reason"] == kept


@pytest.mark.parametrize(("length", "kept"), [(2_000, 2_000), (2_001, 2_000 + len("…(共 2001 字)"))])
def test_long_text_is_cut_with_a_mark(session, length, kept):
    record(session, reason="字" * length)

    assert len(queries.story(session, "case:1")[0].details["reason"]) == kept


def test_characters_that_a_database_refuses_do_not_stop_the_change(session):
    operations.record(session, chain="system", verb="x", person_id=None, person_name="李\x00明", unit_name="\ud800",
                      details={"reason": "a\x00b\udfff"})

    entry = queries.story(session, "system")[0]
    assert (entry.person_name, entry.unit_name, entry.details["reason"]) == ("李明", "?", "ab?")


def test_a_story_is_read_newest_first_and_page_by_page(session):
    for number in range(1, 8):
        record(session, number=number)

    newest = queries.story(session, "case:1", limit=3)
    older = queries.story(session, "case:1", limit=3, before=newest[-1].seq)

    assert [entry.seq for entry in newest] == [7, 6, 5]
    assert [entry.seq for entry in older] == [4, 3, 2]


def test_the_whole_trail_is_read_by_verb_person_chain_and_time(session):
    record(session, chain="case:1", verb="claim_task")
    record(session, chain="case:2", verb="complete_task")
    record(session, chain="case:1", verb="complete_task")
    everything = queries.trail(session)

    assert [entry.chain for entry in everything] == ["case:1", "case:2", "case:1"]
    assert queries.trail(session, verb="claim_task") == [everything[2]]
    assert queries.trail(session, chain="case:2") == [everything[1]]
    assert queries.trail(session, person_id=8) == []
    assert queries.trail(session, since=everything[0].real_at) == [everything[0]]
    assert queries.trail(session, until=everything[1].real_at) == [everything[2]]
    assert queries.trail(session, limit=1, before=everything[0]) == [everything[1]]


def test_an_entry_goes_with_its_transaction(database):
    def record_and_fail():
        with db.transaction() as session:
            record(session)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        record_and_fail()

    with db.reading() as session:
        assert queries.heads(session) == {}


def test_eight_writers_of_one_chain_leave_no_gap(database):
    def write():
        for _ in range(10):
            with db.transaction() as session:
                record(session, chain="system")

    writers = [threading.Thread(target=write) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    with db.reading() as session:
        assert queries.heads(session)["system"][0] == 80
        assert queries.verify(session) == []


@pytest.mark.parametrize("statement", [
    "UPDATE audit_entry SET person_name = '张三'", "DELETE FROM audit_entry", "UPDATE audit_root SET hash = ''",
    "DELETE FROM audit_root", "UPDATE audit_head SET seq = 9", "DELETE FROM audit_head",
])
def test_the_database_itself_refuses_to_change_the_trail(session, statement):
    record(session)
    operations.make_root(session, date(2026, 3, 1))

    with pytest.raises(DBAPIError, match="append-only"):
        session.connection().exec_driver_sql(statement)


def test_the_refusal_can_be_taken_off_and_put_back_by_a_migration(session):
    record(session)
    triggers.drop(session.connection())
    assert session.connection().exec_driver_sql("DELETE FROM audit_entry").rowcount == 1
    triggers.create(session.connection())
    record(session)

    with pytest.raises(DBAPIError, match="append-only"):
        session.connection().exec_driver_sql("DELETE FROM audit_entry")


def test_a_root_is_made_once_a_day_and_counts_everything(session):
    record(session, chain="case:1")
    record(session, chain="case:2")
    first = operations.make_root(session, date(2026, 3, 1))
    record(session, chain="case:2")
    again = operations.make_root(session, date(2026, 3, 1))
    second = operations.make_root(session, date(2026, 3, 2))
    still = operations.make_root(session, date(2026, 3, 3))

    assert again is first
    assert (first.id, first.chains, first.entries, first.previous_hash) == (1, 2, 2, "")
    assert (second.id, second.chains, second.entries, second.previous_hash) == (2, 2, 3, first.hash)
    assert (still.entries, still.previous_hash) == (3, second.hash)
    assert queries.verify(session) == []


def test_a_day_that_comes_late_is_chained_in_the_order_of_making(session):
    """In the demonstration legal time can go back."""
    record(session)
    operations.make_root(session, date(2026, 3, 9))
    record(session)
    operations.make_root(session, date(2026, 3, 9) - timedelta(days=5))

    assert queries.verify(session) == []
