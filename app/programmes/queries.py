"""Reading releases. A programme is parsed once a process and kept, the last 64 releases that were asked for."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from app import db
from app.errors import NotFound
from app.programmes.models import Release
from app.programmes.package import Files, unpack
from app.programmes.period_rules import CIRCULATE, LEVELS, SUPERVISE, URGE
from app.programmes.programme import Programme
from app.programmes.settings import ExtensionRule, Ground, OpenedByHand, PeriodRule, Rung

__all__ = [
    "CIRCULATE", "LEVELS", "SUPERVISE", "URGE", "ExtensionRule", "Ground", "OpenedByHand", "PeriodRule", "Programme",
    "ReleaseRow", "Rung", "all_latest", "files", "latest", "programme", "releases", "same_release",
]

KEPT = 64

_FILES = select(Release.files).where(Release.id == bindparam("id"))
_LATEST = select(Release.id).where(Release.programme == bindparam("key")).order_by(Release.number.desc()).limit(1)
_LATEST_OF_ALL = select(func.max(Release.id)).group_by(Release.programme).order_by(Release.programme)
_SAME = select(Release).where(Release.programme == bindparam("key"), Release.fingerprint == bindparam("fingerprint"))


@dataclass(frozen=True)
class ReleaseRow:
    """A release in lists. `latest` marks the one that new batches take."""

    id: int
    programme: str
    number: int
    name: str
    fingerprint: str
    deployed_at: datetime
    latest: bool


class _Kept:
    """The programmes of one database that were asked for last. Releases never change, so nothing here grows old."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._programmes: OrderedDict[int, Programme] = OrderedDict()

    def get(self, release_id: int) -> Programme | None:
        with self._lock:
            if release_id not in self._programmes:
                return None
            self._programmes.move_to_end(release_id)
            return self._programmes[release_id]

    def put(self, programme: Programme) -> None:
        with self._lock:
            self._programmes[programme.release_id] = programme
            while len(self._programmes) > KEPT:
                self._programmes.popitem(last=False)


_kept: WeakKeyDictionary[db.Database, _Kept] = WeakKeyDictionary()


def programme(session: Session, release_id: int) -> Programme:
    """A release by id. Raises NotFound.

    A release that this very transaction wrote is kept for it alone: a rollback would give its id to another.
    """
    own = session.info.setdefault("read", {}) if release_id in session.info.get("deployed", ()) else None
    if own is not None and release_id in own:
        return own[release_id]
    kept = _kept.setdefault(db.current(), _Kept())
    if own is None and (found := kept.get(release_id)):
        return found
    files = session.execute(_FILES, {"id": release_id}).scalar_one_or_none()
    if files is None:
        raise NotFound()
    read = Programme(unpack(files), release_id=release_id)
    if own is None:
        kept.put(read)
    else:
        own[release_id] = read
    return read


def latest(session: Session, key: str) -> Programme:
    """The newest release of a programme. Raises NotFound where it was never deployed."""
    release_id = session.execute(_LATEST, {"key": key}).scalar_one_or_none()
    if release_id is None:
        raise NotFound("没有这个认定项目，或尚未部署。")
    return programme(session, release_id)


def all_latest(session: Session) -> list[Programme]:
    """The newest release of every programme, in order of their keys."""
    return [programme(session, release_id) for release_id in session.scalars(_LATEST_OF_ALL)]


def files(release: Release) -> Files:
    """The files of a release, byte for byte as they were deployed."""
    return unpack(release.files)


def releases(session: Session) -> list[ReleaseRow]:
    """All releases, by programme, the newest first."""
    rows = session.execute(
        select(
            Release.id, Release.programme, Release.number, Release.name, Release.fingerprint, Release.deployed_at
        ).order_by(Release.programme, Release.number.desc())
    ).all()
    found: list[ReleaseRow] = []
    for row in rows:
        found.append(ReleaseRow(*row, latest=not found or found[-1].programme != row.programme))
    return found


def same_release(session: Session, key: str, fingerprint: str) -> Release | None:
    """The release of a programme whose files are exactly these, if there is one."""
    return session.scalar(_SAME, {"key": key, "fingerprint": fingerprint})
