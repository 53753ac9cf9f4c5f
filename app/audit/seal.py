"""The canonical form of what the trail keeps, and the hashes over it.

Anyone can recompute them without this project: a JSON array in UTF-8 without spaces, instants as ISO 8601 in UTC
("2026-03-15T08:00:00.000001+00:00", the fraction left out where it is zero), `details` as the text that the row holds.
SHA-256, written in lower-case hex. What comes before the first entry or root is the empty text.
"""

from collections.abc import Iterable
from datetime import date, datetime
from hashlib import sha256

import orjson


def entry(
    chain: str,
    seq: int,
    verb: str,
    person_id: int | None,
    person_name: str,
    unit_name: str,
    legal_at: datetime,
    real_at: datetime,
    details: str,
    previous_hash: str,
) -> str:
    """The hash of an entry; the parameters stand in the order of the columns."""
    fields = [chain, seq, verb, person_id, person_name, unit_name, legal_at, real_at, details, previous_hash]
    return sha256(orjson.dumps(fields)).hexdigest()


def root(
    number: int,
    day: date,
    chains: int,
    entries: int,
    made_at: datetime,
    previous_hash: str,
    heads: Iterable[tuple[str, int, str]],
) -> str:
    """The hash of a root: its own line, then one line (chain, seq, hash) a head in the order of the chains' names."""
    digest = sha256(orjson.dumps([number, day, chains, entries, made_at, previous_hash]))
    for chain, seq, head in sorted(heads):
        digest.update(b"\n" + orjson.dumps([chain, seq, head]))
    return digest.hexdigest()
