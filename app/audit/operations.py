"""Writing the trail: an entry with each change, a root over all chains each day."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Integer, Row, Text, bindparam, func, insert, select
from sqlalchemy.orm import Session

from app import clock, db
from app.audit import details as recorded
from app.audit import seal
from app.audit.models import AuditEntry, AuditHead, AuditRoot
from app.db import Statement

_entry = AuditEntry.__table__
_LOCK = Statement(
    select(
        func.pg_advisory_xact_lock(bindparam("family", type_=Integer), func.hashtext(bindparam("chain", type_=Text)))
    )
)
_LOCK_FAMILY = 4_517  # keeps these locks apart from any other advisory lock
_HEAD = Statement(
    select(_entry.c.seq, _entry.c.hash)
    .where(_entry.c.chain == bindparam("chain"))
    .order_by(_entry.c.seq.desc())
    .limit(1)
)
_COLUMNS = tuple(_entry.c.keys())
_append = insert(_entry).values(
    {name: bindparam(name, type_=Text) if name == "details" else bindparam(name) for name in _COLUMNS}
)
_APPEND = Statement(_append)

# The chains that grew since they were last under a root, each with its head now and the seq under that root.
_tops = select(_entry.c.chain, func.max(_entry.c.seq).label("seq")).group_by(_entry.c.chain).subquery()
_roots = select(AuditHead.chain, func.max(AuditHead.seq).label("seq")).group_by(AuditHead.chain).subquery()
_rooted = func.coalesce(_roots.c.seq, 0)
_MOVED = (
    select(_entry.c.chain, _entry.c.seq, _entry.c.hash, _rooted.label("rooted"))
    .join(_tops, (_tops.c.chain == _entry.c.chain) & (_tops.c.seq == _entry.c.seq))
    .outerjoin(_roots, _roots.c.chain == _entry.c.chain)
    .where(_entry.c.seq > _rooted)
)


def record(
    session: Session,
    *,
    chain: str,
    verb: str,
    person_id: int | None,
    person_name: str,
    unit_name: str,
    details: dict[str, Any],
    legal_at: datetime | None = None,
) -> str:
    """Append an entry to a chain in the transaction of the change that it tells of; returns its hash.

    `chain` is "case:ID" (the caller holds that case's lock), "unit:ID" or "system". A transaction that writes to both
    writes to the unit first. `details` are scalars and short lists (see app.audit.details), never a secret. `legal_at`
    defaults to legal now; the real time is always the machine's.
    """
    if not chain.startswith("case:"):
        lock(session, chain)
        look_ahead(session, chain)
    noted = db.notes(session).pop(f"head of {chain}", None)
    head = (noted or db.send(session, _HEAD, {"chain": chain})).first()
    seq, previous_hash = (head.seq + 1, head.hash) if head else (1, "")
    fields = (
        chain, seq, verb, person_id, recorded.clean(person_name), recorded.clean(unit_name),
        _utc(legal_at or clock.now()), clock.real(), recorded.as_text(details), previous_hash,
    )
    own_hash = seal.entry(*fields)
    db.send(session, _APPEND, dict(zip(_COLUMNS, (*fields, own_hash), strict=True)))
    return own_hash


def record_for_cases(session: Session, verb: str, found: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Append what the system did in many cases at once: (case's id, details) each, in their order, two statements in
    all. The caller holds the lock of every one of these cases and took them without waiting for any."""
    if not found:
        return
    chains = {f"case:{case_id}" for case_id, _details in found}
    last = (
        select(_entry.c.chain, func.max(_entry.c.seq).label("seq"))
        .where(_entry.c.chain.in_(chains)).group_by(_entry.c.chain).subquery()
    )
    heads = dict.fromkeys(chains, (0, "")) | {
        row.chain: (row.seq, row.hash) for row in session.execute(
            select(_entry.c.chain, _entry.c.seq, _entry.c.hash)
            .join(last, (last.c.chain == _entry.c.chain) & (last.c.seq == _entry.c.seq))
        )
    }
    legal_at, real_at, rows = _utc(clock.now()), clock.real(), []
    for case_id, details in found:
        chain = f"case:{case_id}"
        seq, previous_hash = heads[chain]
        fields = (chain, seq + 1, verb, None, "系统", "", legal_at, real_at, recorded.as_text(details), previous_hash)
        own_hash = seal.entry(*fields)
        heads[chain] = seq + 1, own_hash
        rows.append(dict(zip(_COLUMNS, (*fields, own_hash), strict=True)))
    session.execute(_append, rows)


def look_ahead(session: Session, chain: str) -> None:
    """Ask for a chain's head right behind its lock, so that `record` needn't wait for it. Lock first: a head that was
    read before is an old one."""
    db.notes(session)[f"head of {chain}"] = db.send(session, _HEAD, {"chain": chain})


def lock(session: Session, chain: str) -> None:
    """Take the lock of a chain for the transaction: what else is recorded there waits. A case's chain has its case's.

    `record` takes it by itself; a verb that must see what others have just done takes it before it looks.
    """
    if session.get_bind().dialect.name == "postgresql":
        db.send(session, _LOCK, {"family": _LOCK_FAMILY, "chain": chain})


def make_root(session: Session, day: date) -> AuditRoot:
    """The root of `day`: made over all chains' heads as they are now, or the one that was already made.

    A day is rooted once. Give its hash to somebody outside (print it, mail it): that is what shows a cut tail or a
    rewritten chain even to those who don't trust the database's owner.
    """
    connection = session.connection()
    lock(session, "root")
    if made := session.scalars(select(AuditRoot).where(AuditRoot.day == day)).first():
        return made
    last = session.scalars(select(AuditRoot).order_by(AuditRoot.id.desc()).limit(1)).first()
    return _add_root(session, day, last=last, moved=connection.execute(_MOVED).all())


def _add_root(session: Session, day: date, *, last: AuditRoot | None, moved: Sequence[Row[Any]]) -> AuditRoot:
    root = AuditRoot(
        id=last.id + 1 if last else 1,
        day=day,
        chains=(last.chains if last else 0) + sum(head.rooted == 0 for head in moved),
        entries=(last.entries if last else 0) + sum(head.seq - head.rooted for head in moved),
        made_at=clock.real(),
        previous_hash=last.hash if last else "",
    )
    heads = [(head.chain, head.seq, head.hash) for head in moved]
    root.hash = seal.root(root.id, day, root.chains, root.entries, root.made_at, root.previous_hash, heads)
    session.add(root)
    session.flush()
    if heads:
        rows = [{"root_id": root.id, "chain": chain, "seq": seq, "hash": head} for chain, seq, head in heads]
        session.execute(insert(AuditHead), rows)
    return root


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"naive instant {instant!r}")
    return instant.astimezone(UTC)
