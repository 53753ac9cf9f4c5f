"""Making a backup while the installation goes on working.

Files need no lock: bytes are stored before the row that names them and never change, so whatever the database names
at its instant still lies there when the files are read afterwards.
"""

import os
import secrets
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import IO

import orjson
from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from app import clock, tables
from app.audit import queries as trail
from app.backup import archive, dumps
from app.backup.archive import Facts, Manifest
from app.config import Config
from app.documents import storage
from app.documents.models import Document
from app.errors import Refused


@dataclass(frozen=True)
class Made:
    """A finished backup. `sha256` is the archive's: kept elsewhere, it shows that the archive is the one made here."""

    path: Path
    size: int
    sha256: str
    manifest: Manifest


def backup(config: Config, target: Path, *, allow_missing: bool = False) -> Made:
    """Write the whole installation into a new file that only its owner may read.

    Raises Refused where the target exists, a tool is missing, or a file that the database names isn't there or is
    changed (with `allow_missing` it is left out and listed in the manifest instead).
    """
    if target.exists():
        raise Refused(f"{target} 已存在。备份不会覆盖已有文件，请换一个文件名。")
    target.parent.mkdir(parents=True, exist_ok=True)
    with scratch(target.parent) as folder, _new_file(folder / "archive") as file:
        manifest = _write(file, config, folder / "database", allow_missing=allow_missing)
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)
        digest, size = storage.digest_of(file)
        (folder / "archive").rename(target)
    return Made(target, size, digest, manifest)


def facts(session: Session) -> Facts:
    """What the database holds, at one instant if the session sees one."""
    connection = session.connection()
    here = set(inspect(connection).get_table_names())
    counts = {
        str(table.name): session.scalar(select(func.count()).select_from(table)) or 0
        for table in tables.metadata.sorted_tables
        if table.name in here
    }
    heads = sorted((chain, seq, head) for chain, (seq, head) in trail.heads(session).items())
    schema = MigrationContext.configure(connection).get_current_revision()
    return Facts(schema, counts, len(heads), sha256(orjson.dumps(heads)).hexdigest())


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """A folder of its own that is gone afterwards."""
    folder = parent / f".banjian-{secrets.token_hex(6)}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(file: IO[bytes], config: Config, dump: Path, *, allow_missing: bool) -> Manifest:
    with dumps.dumped(config.database_url, dump) as session:
        held = facts(session)
        named = sorted(session.scalars(select(Document.sha256).distinct()))
    with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as packed:
        digest = archive.add_database(packed, dump)
        files, missing = archive.add_files(packed, config.files_dir, named)
        if missing and not allow_missing:
            raise Refused(
                f"有 {len(missing)} 个附件缺失或内容已变（{missing[0][:16]} 等），备份未完成。"
                "请先运行 banjian check 查明；确需先行备份时加 --allow-missing。"
            )
        manifest = Manifest(
            format=archive.FORMAT, made_at=clock.real().isoformat(), program=_program(),
            kind=dumps.kind(config.database_url), facts=held, database_sha256=digest, files=files, missing=missing,
        )
        archive.add_manifest(packed, manifest)
    return manifest


def _new_file(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b")


def _program() -> str:
    try:
        return f"banjian {metadata.version('banjian')}"
    except metadata.PackageNotFoundError:
        return "banjian"
