"""Bringing a backup back: unpacked beside the target, every hash compared, and only then put in place.

Afterwards nothing goes out by itself: unsent mail is muted, nobody is signed in, codes given out don't work. What fell
due in between is still due and is carried out by the worker, late and visibly so.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import update

from app import clock, db, migrating
from app.audit import operations as audit
from app.backup import archive, dumps
from app.backup.archive import Manifest
from app.backup.making import facts, scratch
from app.config import Config
from app.errors import Refused
from app.outbox import operations as outbox
from app.people.models import OneTimeCode, SignIn


@dataclass(frozen=True)
class Restored:
    """A finished restore: the archive's manifest, and how many unsent letters are muted now."""

    manifest: Manifest
    muted: int


def restore(config: Config, source: Path) -> Restored:
    """Bring an archive back into an empty installation; the restored database is this process's open one afterwards.

    Raises Refused where the target isn't empty, the archive is damaged, incomplete or changed, or belongs to another
    kind of database or to a newer program. Until all is compared nothing outside a scratch folder is touched.
    """
    _see_that_nothing_is_there(config)
    config.data_dir.mkdir(parents=True, exist_ok=True)
    with scratch(config.data_dir) as folder:
        manifest = archive.unpack(source, folder)
        _see_that_it_fits(manifest, config)
        place = _place_sqlite if manifest.kind == "sqlite" else _place_postgresql
        return Restored(manifest, place(config, folder, manifest))


def _place_sqlite(config: Config, folder: Path, manifest: Manifest) -> int:
    """Everything is settled in the scratch folder; the file of the database comes last."""
    path = dumps.sqlite_path(config.database_url)
    muted = _settle(f"sqlite:///{folder / 'database'}", config, manifest)
    db.current().close()
    _move_files(folder / "files", config.files_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(folder / "database", path)
    db.open_database(config.database_url, demo=config.demo)
    return muted


def _place_postgresql(config: Config, folder: Path, manifest: Manifest) -> int:
    dumps.load_postgresql(config.database_url, folder / "database")
    muted = _settle(config.database_url, config, manifest)
    _move_files(folder / "files", config.files_dir)
    return muted


def _settle(url: str, config: Config, manifest: Manifest) -> int:
    """Compare a database with the manifest, bring it to the newest schema, and still what must not go on by itself."""
    database = db.open_database(url, demo=config.demo)
    with db.reading() as session:
        if facts(session) != manifest.facts:
            raise archive.damaged("恢复出的数据与清单不符")
    if manifest.facts.schema:
        migrating.upgrade(database.engine)
    with db.transaction() as session:
        now = clock.real()
        session.execute(update(SignIn).where(SignIn.ended_at.is_(None)).values(ended_at=now))
        session.execute(update(OneTimeCode).where(OneTimeCode.used_at.is_(None)).values(used_at=now))
        muted = outbox.hold(session)
        audit.record(
            session, chain="system", verb="restore_backup", person_id=None, person_name="系统", unit_name="",
            details={
                "made_at": manifest.made_at, "program": manifest.program, "letters_muted": muted,
                "files": len(manifest.files), "files_missing": len(manifest.missing), "heads": manifest.facts.heads,
            },
        )
    return muted


def _see_that_nothing_is_there(config: Config) -> None:
    if dumps.is_used(config.database_url):
        raise Refused("目标数据库不是空的。恢复不会覆盖数据：请新建空库（SQLite 则移走原文件）后重试。")
    if any(path.is_file() for path in config.files_dir.rglob("*")):
        raise Refused(f"附件目录 {config.files_dir} 不是空的。请移走其中的文件后重试。")


def _see_that_it_fits(manifest: Manifest, config: Config) -> None:
    here = dumps.kind(config.database_url)
    if manifest.kind != here:
        raise Refused(f"备份来自 {manifest.kind}，不能恢复到 {here}。请把 DATABASE_URL 改为同类的空库。")
    if manifest.facts.schema and not _knows(manifest.facts.schema):
        raise Refused(f"备份来自更新的程序（{manifest.program}，数据库版本 {manifest.facts.schema}）。请先升级程序。")


def _knows(revision: str) -> bool:
    try:
        return ScriptDirectory(str(migrating.MIGRATIONS)).get_revision(revision) is not None
    except CommandError:
        return False


def _move_files(staged: Path, files_dir: Path) -> None:
    shutil.rmtree(files_dir, ignore_errors=True)  # empty folders at most: that was looked at before
    staged.mkdir(mode=0o700, exist_ok=True)
    files_dir.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(staged, files_dir)
