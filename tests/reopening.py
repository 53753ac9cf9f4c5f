"""One database after another at the same address: what SQLAlchemy has compiled for it is kept, what was read is not."""

from pathlib import Path

from app import db

_engines: dict[str, db.Database] = {}


class _Reopened(db.Database):
    """A database of its own, so that nothing is remembered of the one before, on the engines of that one."""

    def __init__(self, kept: db.Database) -> None:
        self.demo = False
        self.engine, self.readers, self.snapshots = kept.engine, kept.readers, kept.snapshots


def reopen(url: str) -> db.Database:
    """Make what lies at `url` now this process's database. Statements are compiled once for all that lay there, and a
    server's connections stay."""
    if url not in _engines:
        _engines[url] = db.Database(url)
    kept = _engines[url]
    if db._current is not None and (kept.is_sqlite or db._current.engine is not kept.engine):
        db._current.close()
    db._current = _Reopened(kept)
    return db._current


def put(file: Path, content: bytes) -> None:
    """Lay a SQLite database to a place. A new file, not new content: a connection that somebody left open goes on with
    the old one and hurts nobody."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{file}{suffix}").unlink(missing_ok=True)
    file.write_bytes(content)
