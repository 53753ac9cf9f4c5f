"""The archive's form: a tar.gz of `database`, `files/ab/cdef...` under their SHA-256, and `manifest.json` as the last.

An archive with a manifest is whole. What is read may come from anybody: a name becomes a path only after it had the
one form that is known, and nothing is believed that doesn't hash to what it should.
"""

import gzip
import io
import os
import re
import tarfile
import zlib
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import orjson

from app import clock
from app.documents import storage
from app.errors import Refused

FORMAT = 1
LARGEST_MANIFEST = 256 * 1024 * 1024
_FILE = re.compile(r"files/([0-9a-f]{2})/([0-9a-f]{62})")


@dataclass(frozen=True)
class Facts:
    """What a database holds, by which a restored one is compared.

    `counts` are rows by table; `heads` is one hash over the last entries of all `chains` of the trail.
    """

    schema: str | None
    counts: dict[str, int]
    chains: int
    heads: str


@dataclass(frozen=True)
class Manifest:
    """What an archive says of itself. `files` are sizes by SHA-256; `missing` were named and not there at the time."""

    format: int
    made_at: str
    program: str
    kind: str
    facts: Facts
    database_sha256: str
    files: dict[str, int]
    missing: list[str] = field(default_factory=list)


def damaged(what: str) -> Refused:
    """The refusal of an archive that isn't as it was made."""
    return Refused(f"备份文件已损坏或被改动：{what}。请换用另一份备份，恢复到空的目标。")


def add_database(archive: tarfile.TarFile, dump: Path) -> str:
    """Add the database's dump; returns its SHA-256."""
    with dump.open("rb") as file:
        digest, size = storage.digest_of(file)
        file.seek(0)
        archive.addfile(_member("database", size), file)
    return digest


def add_files(archive: tarfile.TarFile, files_dir: Path, digests: list[str]) -> tuple[dict[str, int], list[str]]:
    """Add every file whose bytes are right; returns their sizes, and those that are missing or changed."""
    added: dict[str, int] = {}
    missing = []
    for digest in digests:
        try:
            content = storage.path_of(files_dir, digest).read_bytes()
        except FileNotFoundError:
            content = b""
        if sha256(content).hexdigest() != digest:
            missing.append(digest)
            continue
        archive.addfile(_member(f"files/{digest[:2]}/{digest[2:]}", len(content)), io.BytesIO(content))
        added[digest] = len(content)
    return added, missing


def add_manifest(archive: tarfile.TarFile, manifest: Manifest) -> None:
    """Add the last member."""
    content = orjson.dumps(asdict(manifest), option=orjson.OPT_INDENT_2)
    archive.addfile(_member("manifest.json", len(content)), io.BytesIO(content))


def unpack(source: Path, folder: Path) -> Manifest:
    """Unpack an archive into an empty folder (`database`, `files/`), every hash compared. Raises Refused."""
    unpacking = _Unpacking(folder)
    try:
        with tarfile.open(source, mode="r|gz") as archive:
            for member in archive:
                unpacking.take(member, archive)
    except FileNotFoundError as error:
        raise Refused(f"没有找到备份文件 {source}。") from error
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise damaged(f"无法读取（{error}）") from error
    return unpacking.finish()


class _Unpacking:
    """What came out of an archive so far."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, int] = {}
        self._database = ""
        self._manifest: Manifest | None = None

    def take(self, member: tarfile.TarInfo, archive: tarfile.TarFile) -> None:
        content = archive.extractfile(member) if member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) else None
        file = _FILE.fullmatch(member.name)
        if content is None or self._manifest is not None:
            raise _unexpected(member)
        if file and file[1] + file[2] not in self._files:
            self._take_file(content, file[1] + file[2])
        elif member.name == "database" and not self._database:
            self._database, _ = _write_out(content, self._folder / "database")
        elif member.name == "manifest.json" and member.size <= LARGEST_MANIFEST:
            self._manifest = _read_manifest(content.read())
        else:
            raise _unexpected(member)

    def finish(self) -> Manifest:
        if self._manifest is None:
            raise damaged("没有清单，备份可能没有写完")
        if self._database != self._manifest.database_sha256:
            raise damaged("数据库与清单不符")
        if self._files != self._manifest.files:
            lacking = len(self._manifest.files.keys() - self._files.keys())
            beyond = len(self._files.keys() - self._manifest.files.keys())
            raise damaged(f"附件与清单不符（缺 {lacking} 个，多 {beyond} 个）")
        return self._manifest

    def _take_file(self, content: IO[bytes], digest: str) -> None:
        path = storage.path_of(self._folder / "files", digest)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        found, self._files[digest] = _write_out(content, path)
        if found != digest:
            raise damaged(f"附件 {digest[:16]} 的内容已变")


def _write_out(content: IO[bytes], path: Path) -> tuple[str, int]:
    digest, size = sha256(), 0
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        while piece := content.read(storage.CHUNK):
            digest.update(piece)
            size += len(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), size


def _read_manifest(content: bytes) -> Manifest:
    try:
        values: dict[str, Any] = orjson.loads(content)
        if values["format"] != FORMAT:
            raise Refused(f"备份的格式是第 {values['format']} 版，本程序只认第 {FORMAT} 版。请用相应版本的程序恢复。")
        return Manifest(**values | {"facts": Facts(**values["facts"])})
    except (ValueError, TypeError, KeyError) as error:
        raise damaged("清单无法读取") from error


def _member(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(clock.real().timestamp())
    return info


def _unexpected(member: tarfile.TarInfo) -> Refused:
    return damaged(f"含有不应出现的内容 {member.name[:80]!r}")
