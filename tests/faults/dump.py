"""The whole database as values that can be compared: what a verb must leave untouched when it fails."""

from collections.abc import Collection

from sqlalchemy import select

from app import db, tables

UNTOUCHED = frozenset({"region"})
SIGNING_IN = frozenset({"sign_in", "attempt"})
"""Tables that change with a request itself and not with what is asked."""

Dump = dict[str, list[tuple]]


def dump(*, but: Collection[str] = ()) -> Dump:
    """The rows of every table, in the order of their keys."""
    with db.snapshot() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key.columns))]
            for table in tables.metadata.sorted_tables
            if table.name not in UNTOUCHED and table.name not in but
        }


def changed(before: Dump, after: Dump) -> set[str]:
    """The names of the tables that differ."""
    return {name for name in before if before[name] != after[name]}
