"""Reading the trail: the story of a chain, the whole trail for those who audit, and whether it still holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Row, Select, Text, bindparam, func, select, tuple_, type_coerce
from sqlalchemy.orm import Session

from app.audit import seal
from app.audit.models import AuditEntry, AuditHead, AuditRoot

PAGE = 5_000


@dataclass(frozen=True)
class Entry:
    """One line of the trail. `legal_at` is what it counts from, `real_at` when the machine wrote it (aware, UTC)."""

    chain: str
    seq: int
    verb: str
    person_id: int | None
    person_name: str
    unit_name: str
    legal_at: datetime
    real_at: datetime
    details: dict[str, Any]
    hash: str


@dataclass(frozen=True)
class Breach:
    """A place where the trail doesn't hold; where a root itself is wrong `chain` is "root" and `seq` its number."""

    chain: str
    seq: int
    words: str

    @property
    def where(self) -> str:
        """The place in words."""
        return f"每日根第 {self.seq} 个" if self.chain == "root" else f"留痕 {self.chain} 第 {self.seq} 条"


_e = AuditEntry.__table__.c
_SHOWN = (
    _e.chain, _e.seq, _e.verb, _e.person_id, _e.person_name, _e.unit_name, _e.legal_at, _e.real_at, _e.details, _e.hash,
)


def story(session: Session, chain: str, limit: int = 50, before: int | None = None) -> list[Entry]:
    """The newest `limit` entries of a chain, newest first; with `before`, those of a smaller `seq`."""
    query = select(*_SHOWN).where(_e.chain == chain).order_by(_e.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(_e.seq < before)
    return _entries(session, query)


def trail(
    session: Session,
    *,
    verb: str = "",
    person_id: int | None = None,
    chain: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
    before: Entry | None = None,
) -> list[Entry]:
    """All chains' entries, newest first by real time: `since` <= real time < `until`, older than `before`."""
    query = select(*_SHOWN).order_by(_e.real_at.desc(), _e.chain.desc(), _e.seq.desc()).limit(limit)
    wanted = {_e.verb: verb or None, _e.person_id: person_id, _e.chain: chain or None}
    query = query.where(*(column == value for column, value in wanted.items() if value is not None))
    if since is not None:
        query = query.where(_e.real_at >= since)
    if until is not None:
        query = query.where(_e.real_at < until)
    if before is not None:
        here = tuple_(_e.real_at, _e.chain, _e.seq)
        query = query.where(here < tuple_(before.real_at, before.chain, before.seq))
    return _entries(session, query)


def heads(session: Session) -> dict[str, tuple[int, str]]:
    """The seq and hash of each chain's last entry: what a backup notes and a restore compares."""
    tops = select(_e.chain, func.max(_e.seq).label("seq")).group_by(_e.chain).subquery()
    last = select(_e.chain, _e.seq, _e.hash).join(tops, (tops.c.chain == _e.chain) & (tops.c.seq == _e.seq))
    return {row.chain: (row.seq, row.hash) for row in session.execute(last)}


def verify(session: Session, anchors: Mapping[date, str] | None = None) -> list[Breach]:
    """Every place where the trail doesn't hold, at most one a chain; empty where it does.

    A changed, removed or swapped entry breaks its chain. A cut tail or a chain rewritten with fresh hashes shows
    against the last root made before it; rewritten roots show only against `anchors` (day -> root hash) kept
    outside. What happened to a chain's tail since the last root can't be seen: make a root each day.
    """
    found = list(_broken_chains(session))
    named = {breach.chain for breach in found}
    found += [breach for breach in _lost_heads(session) if breach.chain not in named]
    return [*found, *_broken_roots(session), *_lost_anchors(session, anchors or {})]


# Read as they lie there, so that a row whose date or text was spoilt is a breach and not a crash.
_SEALED = (
    _e.chain, _e.seq, _e.verb, _e.person_id, _e.person_name, _e.unit_name, type_coerce(_e.legal_at, Text),
    type_coerce(_e.real_at, Text), type_coerce(_e.details, Text), _e.previous_hash, _e.hash,
)
_ONWARD = (
    select(*_SEALED)
    .where(tuple_(_e.chain, _e.seq) > tuple_(bindparam("chain"), bindparam("seq")))
    .order_by(_e.chain, _e.seq)
    .limit(PAGE)
)
_LOST = (
    select(AuditHead.chain, AuditHead.seq, AuditRoot.day, _e.hash)
    .join(AuditRoot, AuditRoot.id == AuditHead.root_id)
    .outerjoin(AuditEntry, (_e.chain == AuditHead.chain) & (_e.seq == AuditHead.seq))
    .where(_e.hash.is_(None) | (_e.hash != AuditHead.hash))
    .order_by(AuditHead.chain, AuditHead.seq)
)


def _broken_chains(session: Session) -> Iterator[Breach]:
    chain, seq, previous, broken = "", 0, "", ""
    for row in _all_entries(session):
        if row[0] != chain:
            chain, seq, previous = row[0], 0, ""
        if chain == broken:
            continue
        if what := _fault(row, seq + 1, previous):
            broken = chain
            yield Breach(chain, seq + 1, what)
        seq, previous = row[1], row[-1]


def _fault(row: Row[Any], seq: int, previous_hash: str) -> str:
    if row[1] != seq:
        return f"缺少第 {seq} 条，其后是第 {row[1]} 条"
    if row[-2] != previous_hash:
        return "与前一条的哈希不相接"
    return "" if row[-1] == _recomputed(row) else "内容与哈希不符"


def _recomputed(row: Row[Any]) -> str:
    chain, seq, verb, person_id, person_name, unit_name, legal_at, real_at, details, previous_hash, _ = row
    try:
        instants = _instant(legal_at), _instant(real_at)
        return seal.entry(chain, seq, verb, person_id, person_name, unit_name, *instants, details, previous_hash)
    except (ValueError, TypeError):
        return "unreadable"


def _instant(stored: datetime | str) -> datetime:
    """PostgreSQL gives an aware instant, SQLite the text of one in UTC without its zone."""
    if isinstance(stored, datetime):
        return stored.astimezone(UTC)
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)


def _all_entries(session: Session) -> Iterator[Row[Any]]:
    """Every entry in the order of (chain, seq), page by page: no cursor is held open, and the memory stays small."""
    chain, seq = "", 0
    while rows := session.connection().execute(_ONWARD, {"chain": chain, "seq": seq}).all():
        yield from rows
        chain, seq = rows[-1][0], rows[-1][1]


def _lost_heads(session: Session) -> Iterator[Breach]:
    named = set()
    for chain, seq, day, found in session.execute(_LOST):
        if chain not in named:
            named.add(chain)
            what = "的条目已不存在（尾部被截去）" if found is None else "的哈希已改变（整条链被重写）"
            yield Breach(chain, seq, f"{day} 日根所记第 {seq} 条{what}")


def _broken_roots(session: Session) -> Iterator[Breach]:
    previous = ""
    for number, root in enumerate(session.scalars(select(AuditRoot).order_by(AuditRoot.id)), start=1):
        of_root = select(AuditHead.chain, AuditHead.seq, AuditHead.hash).where(AuditHead.root_id == root.id)
        held = [tuple(head) for head in session.execute(of_root)]
        recomputed = seal.root(root.id, root.day, root.chains, root.entries, root.made_at, root.previous_hash, held)
        if root.id != number or root.previous_hash != previous or root.hash != recomputed:
            yield Breach("root", number, f"{root.day} 日根被改动或与前一日根不相接")
            return
        previous = root.hash


def _lost_anchors(session: Session, anchors: Mapping[date, str]) -> Iterator[Breach]:
    held = {row.day: row.hash for row in session.execute(select(AuditRoot.day, AuditRoot.hash))}
    for day, anchor in sorted(anchors.items()):
        if held.get(day) != anchor:
            yield Breach("root", 0, f"{day} 日根与外部留存的哈希不一致")


def _entries(session: Session, query: Select[Any]) -> list[Entry]:
    return [Entry(*row) for row in session.execute(query)]
