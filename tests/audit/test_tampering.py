"""Somebody who may do anything in the database changes the trail: `verify` finds it, and says where."""

import random
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Text, bindparam, delete, select, type_coerce, update

from app.audit import operations, queries, seal, triggers
from app.audit.models import AuditEntry, AuditHead, AuditRoot

DAY = date(2026, 3, 1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
entry = AuditEntry.__table__


@pytest.fixture
def trail(session):
    """Three chains of 6 entries, under a root; the triggers are off, as the owner of the database can have them."""
    triggers.drop(session.connection())
    for number in range(6):
        for chain in ("case:1", "case:2", "system"):
            add(session, chain, number)
    operations.make_root(session, DAY)
    return session


def add(session, chain, number):
    operations.record(session, chain=chain, verb=f"verb_{number}", person_id=number, person_name="李明",
                      unit_name="某市", details={"number": number})


def at(chain, seq):
    return (entry.c.chain == chain) & (entry.c.seq == seq)


def rewrite(session, chain, change):
    """Rewrite a chain with fresh hashes throughout, as one who knows the canonical form would."""
    columns = [type_coerce(column, Text).label("details") if column.name == "details" else column for column in entry.c]
    rows = [dict(row._mapping) for row in session.execute(select(*columns).where(entry.c.chain == chain)
                                                          .order_by(entry.c.seq))]
    session.execute(delete(AuditEntry).where(entry.c.chain == chain))
    previous = ""
    for seq, row in enumerate(change(rows), start=1):
        row |= {"seq": seq, "previous_hash": previous}
        row["hash"] = previous = seal.entry(*(row[column.name] for column in entry.c if column.name != "hash"))
        statement = entry.insert().values(details=bindparam("details", type_=Text))
        session.connection().execute(statement, row)


def test_an_untouched_trail_holds(trail):
    assert queries.verify(trail) == []


@pytest.mark.parametrize("values", [
    {"verb": "x"}, {"person_id": 99}, {"person_id": None}, {"person_name": "张三"}, {"unit_name": ""},
    {"details": {"number": 9}}, {"details": {}}, {"hash": "0" * 64}, {"previous_hash": ""},
    {"legal_at": LONG_AGO}, {"real_at": LONG_AGO},
])
def test_a_changed_column_is_named(trail, values):
    trail.execute(update(AuditEntry).where(at("case:2", 4)).values(**values))

    breaches = queries.verify(trail)

    assert [(breach.chain, breach.seq) for breach in breaches] == [("case:2", 4)]


def test_spaces_in_the_stored_details_are_a_change(trail):
    trail.connection().exec_driver_sql(
        "UPDATE audit_entry SET details = '{\"number\": 2}' WHERE chain = 'case:1' AND seq = 3"
    )

    assert [(breach.chain, breach.seq) for breach in queries.verify(trail)] == [("case:1", 3)]


def test_a_changed_entry_with_its_hash_made_fresh_breaks_the_next(trail):
    row = dict(trail.execute(select(*entry.c).where(at("case:1", 3))).one()._mapping) | {"person_name": "张三"}
    row["details"] = '{"number":2}'
    fresh = seal.entry(*(row[column.name] for column in entry.c if column.name != "hash"))
    trail.execute(update(AuditEntry).where(at("case:1", 3)).values(person_name="张三", hash=fresh))

    assert [(breach.chain, breach.seq) for breach in queries.verify(trail)] == [("case:1", 4)]


@pytest.mark.parametrize("seq", [1, 3, 5])
def test_a_removed_entry_is_named(trail, seq):
    trail.execute(delete(AuditEntry).where(at("case:1", seq)))

    assert [(breach.chain, breach.seq) for breach in queries.verify(trail)] == [("case:1", seq)]


def test_two_entries_in_each_others_place_are_found(trail):
    for old, new in ((3, 99), (4, 3), (99, 4)):
        trail.execute(update(AuditEntry).where(at("case:1", old)).values(seq=new))

    assert [(breach.chain, breach.seq) for breach in queries.verify(trail)] == [("case:1", 3)]


def test_an_entry_moved_to_another_chain_is_missed_and_not_welcome(trail):
    trail.execute(update(AuditEntry).where(at("case:1", 6)).values(chain="case:3", seq=1))

    assert [(breach.chain, breach.seq) for breach in queries.verify(trail)] == [("case:3", 1), ("case:1", 6)]


def test_a_cut_tail_is_found_through_the_root_alone(trail):
    trail.execute(delete(AuditEntry).where(entry.c.chain == "case:1", entry.c.seq >= 5))

    breaches = queries.verify(trail)

    assert [(breach.chain, breach.seq) for breach in breaches] == [("case:1", 6)]
    assert "截去" in breaches[0].words


def test_a_tail_cut_since_the_last_root_is_not_seen(trail):
    """The limit of the design: that is why there is a root each day."""
    add(trail, "case:1", 7)
    trail.execute(delete(AuditEntry).where(at("case:1", 7)))

    assert queries.verify(trail) == []


def test_a_chain_that_grew_again_after_the_cut_is_found(trail):
    trail.execute(delete(AuditEntry).where(at("case:1", 6)))
    add(trail, "case:1", 17)
    add(trail, "case:1", 18)
    operations.make_root(trail, date(2026, 3, 2))

    breaches = queries.verify(trail)

    assert [(breach.chain, breach.seq) for breach in breaches] == [("case:1", 6)]
    assert "重写" in breaches[0].words


def test_a_whole_chain_removed_is_found(trail):
    trail.execute(delete(AuditEntry).where(entry.c.chain == "case:2"))

    assert [(breach.chain, breach.seq) for breach in queries.verify(trail)] == [("case:2", 6)]


def test_a_chain_rewritten_with_fresh_hashes_is_found_through_the_root(trail):
    rewrite(trail, "case:2", lambda rows: [row | {"person_name": "张三"} if row["seq"] == 1 else row for row in rows])

    breaches = queries.verify(trail)

    assert [(breach.chain, breach.seq) for breach in breaches] == [("case:2", 6)]
    assert "重写" in breaches[0].words


def test_a_rewrite_that_changes_nothing_is_no_breach(trail):
    rewrite(trail, "case:2", lambda rows: rows)

    assert queries.verify(trail) == []


@pytest.mark.parametrize("values", [
    {"entries": 1}, {"day": date(2020, 1, 1)}, {"hash": "0" * 64}, {"previous_hash": "x"},
])
def test_a_changed_root_is_found(trail, values):
    operations.make_root(trail, date(2026, 3, 2))
    trail.execute(update(AuditRoot).where(AuditRoot.id == 1).values(**values))
    trail.expire_all()

    assert [(breach.chain, breach.seq) for breach in queries.verify(trail)] == [("root", 1)]


def test_heads_taken_from_under_a_root_are_found(trail):
    trail.execute(delete(AuditHead).where(AuditHead.chain == "case:1"))

    assert [(breach.chain, breach.seq) for breach in queries.verify(trail)] == [("root", 1)]


def test_roots_rewritten_with_the_chain_show_only_against_an_anchor_kept_outside(trail):
    anchor = trail.get(AuditRoot, 1).hash
    rewrite(trail, "case:2", lambda rows: rows[:-1])
    trail.execute(delete(AuditHead))
    trail.execute(delete(AuditRoot))
    trail.expire_all()
    operations.make_root(trail, DAY)

    assert queries.verify(trail) == []
    assert queries.verify(trail, {DAY: anchor}) == [
        queries.Breach("root", 0, "2026-03-01 日根与外部留存的哈希不一致")
    ]


def test_two_hundred_random_tamperings_are_all_found(trail):
    chance = random.Random(20260315)  # noqa: S311  # a seed, so that a failure can be run again
    operations.make_root(trail, date(2026, 3, 2))

    for trial in range(200):
        with trail.begin_nested() as savepoint:
            chain, seq = chance.choice(["case:1", "case:2", "system"]), chance.randint(1, 6)
            _TAMPERINGS[trial % len(_TAMPERINGS)](trail, chain, seq, chance)
            trail.expire_all()

            assert queries.verify(trail), (trial, chain, seq)
            savepoint.rollback()
    trail.expire_all()
    assert queries.verify(trail) == []


def _edit(session, chain, seq, chance):
    column = chance.choice(["verb", "person_name", "unit_name", "hash", "previous_hash", "details"])
    session.execute(update(AuditEntry).where(at(chain, seq)).values({column: f"x{chance.random()}"}))


def _remove(session, chain, seq, _chance):
    session.execute(delete(AuditEntry).where(at(chain, seq)))


def _swap(session, chain, seq, _chance):
    other = seq % 6 + 1
    for old, new in ((seq, 99), (other, seq), (99, other)):
        session.execute(update(AuditEntry).where(at(chain, old)).values(seq=new))


def _cut(session, chain, seq, _chance):
    session.execute(delete(AuditEntry).where(entry.c.chain == chain, entry.c.seq >= seq))


def _rewrite(session, chain, seq, _chance):
    rewrite(session, chain, lambda rows: [row | {"unit_name": "别处"} if row["seq"] == seq else row for row in rows])


def _insert(session, chain, seq, _chance):
    rewrite(session, chain, lambda rows: [*rows[:seq - 1], dict(rows[0]), *rows[seq - 1:]])


_TAMPERINGS = (_edit, _remove, _swap, _cut, _rewrite, _insert)


def test_a_spoilt_date_is_a_breach_and_not_a_crash(trail, database):
    if not database.is_sqlite:
        pytest.skip("PostgreSQL's types don't let it in")
    trail.connection().exec_driver_sql("UPDATE audit_entry SET legal_at = 'x' WHERE chain = 'case:1' AND seq = 2")

    assert [(breach.chain, breach.seq) for breach in queries.verify(trail)] == [("case:1", 2)]
