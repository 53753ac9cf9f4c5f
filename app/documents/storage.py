"""Bytes in the data folder, under their SHA-256: files/ab/cdef... A name given by a person is never part of a path.

The order is: temporary file, hash and size while it comes in, fsync, a look inside, rename, fsync of the folder, and
only then the row. So a row always has its bytes; bytes without a row (a transaction that failed) are swept after a day.
"""

import errno
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, BinaryIO, Protocol

from app import clock
from app.errors import Unavailable

CHUNK = 1024 * 1024
KEPT_WITHOUT_ROW_SECONDS = 24 * 3600
_INCOMING = "incoming"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


_folder: Path | None = None


def open_folder(files_dir: Path) -> None:
    """Make `files_dir` this process's folder for what the house itself writes: letters, in the midst of a step."""
    global _folder
    _folder = files_dir


def folder() -> Path:
    """This process's folder of files."""
    if _folder is None:
        raise RuntimeError("no folder of files is open: call storage.open_folder first")
    return _folder


class StorageFull(Unavailable):
    """存储空间不足，文件没有保存，您的提交未生效。请联系系统管理员清理空间后重试。"""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (StorageFull.__doc__ or ""))


class TooLarge(Exception):
    """More bytes came than may."""


class Stream(Protocol):
    """Something that is read from, in pieces."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Kept:
    """Bytes that lie safely on the disk."""

    sha256: str
    size: int


def keep(stream: Stream, files_dir: Path, *, max_bytes: int, inspect: Callable[[Path], None]) -> Kept:
    """Store what a stream gives, after `inspect` has looked at it (it raises where the file isn't wanted).

    At most `max_bytes` are taken; the same bytes are stored once. Raises TooLarge, StorageFull; whatever is raised,
    nothing is left behind.
    """
    with _told_when_full(), _incoming(files_dir) as (path, file):
        size, digest = _receive(stream, file, max_bytes)
        file.flush()
        os.fsync(file.fileno())
        inspect(path)
        place = path_of(files_dir, digest)
        _make_folder(place.parent)
        # Replaced even where it exists: its time is fresh then, and the sweep leaves it alone until the row stands.
        path.replace(place)
        _sync_folder(place.parent)
    return Kept(digest, size)


def path_of(files_dir: Path, digest: str) -> Path:
    """Where bytes of a SHA-256 (64 lower-case hex digits) lie."""
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise ValueError(f"not a SHA-256: {digest!r}")
    return files_dir / digest[:2] / digest[2:]


def stored(files_dir: Path) -> Iterator[tuple[str, Path]]:
    """The SHA-256 and the path of every file that is stored."""
    for folder in sorted(files_dir.glob("[0-9a-f][0-9a-f]")):
        for path in sorted(folder.iterdir()):
            yield folder.name + path.name, path


def digest_of(file: BinaryIO) -> tuple[str, int]:
    """The SHA-256 and size of what an open file holds from here on."""
    digest, size = sha256(), 0
    while piece := file.read(CHUNK):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def is_old(path: Path) -> bool:
    """Whether a file has lain there for over 24 hours of real time."""
    return clock.real().timestamp() - path.stat().st_mtime > KEPT_WITHOUT_ROW_SECONDS


def remove_if_old(path: Path) -> bool:
    """Remove a file that is older than 24 hours and say so; one that was stored anew meanwhile stays."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.rename(aside)
    except FileNotFoundError:
        return False
    if not is_old(aside):
        aside.replace(path)
        return False
    aside.unlink()
    return True


def remove_unfinished(files_dir: Path) -> int:
    """Remove what uploads that were cut off left behind over 24 hours ago. Returns how many."""
    with suppress(FileNotFoundError):
        return sum(is_old(path) and remove_if_old(path) for path in (files_dir / _INCOMING).iterdir())
    return 0


@contextmanager
def _incoming(files_dir: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    folder = files_dir / _INCOMING
    _make_folder(folder)
    path = folder / secrets.token_hex(16)
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            yield path, file
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _told_when_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull from error
        raise


def _receive(stream: Stream, file: IO[bytes], max_bytes: int) -> tuple[int, str]:
    digest, size = sha256(), 0
    while piece := stream.read(CHUNK):
        size += len(piece)
        if size > max_bytes:
            raise TooLarge
        digest.update(piece)
        file.write(piece)
    return size, digest.hexdigest()


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Make a rename in a folder last through a power cut. Windows can't open folders and needs no such thing."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
