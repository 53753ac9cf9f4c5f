"""A programme as a package of files: where they lie on disk, under which names a release keeps them.

On disk a programme is the folder `processes/<key>/` and its forms `forms/<key>/`; what programmes share lies in
`processes/common/` and `forms/common/`. In a package (and so in a release) there is one level: `programme.yaml`,
`application.bpmn`, `forms/announcement.json`, `examples/golden_week.yaml`. A programme's own file hides the common one
of the same name; of the common ones only those are taken that the programme names.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from app import engine
from app.programmes.reading import Unreadable, read_yaml

Files = Mapping[str, bytes]

SETTINGS = "programme.yaml"
CLAUSES = "clauses.yaml"
SIMULATION = "simulation.yaml"
COMMON = "common"
MAX_FILES = 300
MAX_FILE_BYTES = 2 * 1024 * 1024
MAX_PACKAGE_BYTES = 16 * 1024 * 1024

_NAME = "[a-z][a-z0-9_-]{0,63}"
_KINDS = {
    "settings": re.compile(r"programme\.yaml"),
    "clauses": re.compile(r"clauses\.yaml"),
    "lists": re.compile(r"(?:materials|tables|scoring)\.yaml"),
    "simulation": re.compile(r"simulation\.yaml"),
    "diagram": re.compile(rf"{_NAME}\.bpmn"),
    "table": re.compile(rf"{_NAME}\.dmn"),
    "form": re.compile(rf"forms/{_NAME}\.json"),
    "letter": re.compile(rf"letters/{_NAME}\.docx"),
    "example": re.compile(rf"examples/{_NAME}\.yaml"),
}


@lru_cache(maxsize=4096)
def kind_of(path: str) -> str | None:
    """What a file is: settings, clauses, lists, simulation, diagram, table, form, letter, example; None for none.

    A path that could lead out of the package (`..`, backslashes, absolute, control characters) is no part of one.
    """
    return next((kind for kind, pattern in _KINDS.items() if pattern.fullmatch(path)), None)


def name_of(path: str) -> str:
    """The key by which a file is named elsewhere: `forms/announcement.json` -> "announcement"."""
    return path.rpartition("/")[2].partition(".")[0]


def of_kind(files: Files, kind: str) -> dict[str, bytes]:
    """The files of one kind, by path, in order."""
    return {path: files[path] for path in sorted(files) if kind_of(path) == kind}


def read_folder(folder: Path) -> dict[str, bytes]:
    """The package of the programme whose folder this is (`.../processes/<key>`), with its forms and the common files
    that it names. Hidden files and editors' copies are left out, symbolic links aren't followed.

    Raises FileNotFoundError where `folder` has no programme.yaml.
    """
    folder = folder.resolve()
    if not (folder / SETTINGS).is_file():
        raise FileNotFoundError(f"{folder} 中没有 {SETTINGS}。")
    forms = folder.parent.parent / "forms"
    files = dict(files_under(folder))
    files |= {f"forms/{path}": data for path, data in files_under(forms / folder.name)}
    shared = dict(files_under(folder.parent / COMMON))
    shared |= {f"forms/{path}": data for path, data in files_under(forms / COMMON)}
    return _with_named(files, shared)


def fingerprint(files: Files) -> str:
    """SHA-256 over all files with their paths, in order of the paths."""
    digest = hashlib.sha256()
    for path in sorted(files):
        name = path.encode()
        digest.update(len(name).to_bytes(4) + name + len(files[path]).to_bytes(8) + files[path])
    return digest.hexdigest()


def pack(files: Files) -> dict[str, Any]:
    """The files as a JSON value: text as it is, anything else as {"base64": ...}."""
    return {path: _packed(files[path]) for path in sorted(files)}


def unpack(packed: Mapping[str, Any]) -> dict[str, bytes]:
    """The files that `pack` was given, byte for byte."""
    return {
        path: value.encode() if isinstance(value, str) else base64.b64decode(value["base64"])
        for path, value in packed.items()
    }


def _packed(data: bytes) -> str | dict[str, str]:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def files_under(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files in a folder that is there, by their paths in it, without hidden ones, editors' copies and links."""
    if not folder.is_dir():
        return
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_symlink() or not path.is_file() or any(p.startswith((".", "~")) or p.endswith("~") for p in parts):
            continue
        with path.open("rb") as file:
            yield "/".join(parts), file.read(MAX_FILE_BYTES + 1)


def _with_named(files: dict[str, bytes], shared: Files) -> dict[str, bytes]:
    """`files` and those of `shared` that a file taken names, directly or not."""
    taken = dict(files)
    names = set(_names_in(files))
    while True:
        more = {path: data for path, data in shared.items() if path not in taken and name_of(path) in names}
        if not more:
            return taken
        taken |= more
        names |= set(_names_in(more))


def _names_in(files: Files) -> Iterator[str]:
    """Every text that may name another file: values in programme.yaml, properties and calls in diagrams.

    An unreadable file names nothing; the check says what is wrong with it.
    """
    if SETTINGS in files:
        yield from _names_in_settings(files[SETTINGS])
    for data in of_kind(files, "diagram").values():
        yield from _names_in_diagram(data)


@lru_cache(maxsize=16)
def _names_in_settings(data: bytes) -> frozenset[str]:
    """Read once for as long as the file stays the same."""
    with suppress(Unreadable):
        return frozenset(_texts(read_yaml(data)))
    return frozenset()


@lru_cache(maxsize=256)
def _names_in_diagram(data: bytes) -> frozenset[str]:
    """Read once: the common diagrams are looked through for every programme."""
    try:
        scopes = engine.parse({"diagram.bpmn": data}).values()
    except engine.Unreadable:
        return frozenset()
    nodes = [node for scope in scopes for node in scope.nodes.values()]
    return frozenset(name for node in nodes for name in (*node.properties.values(), node.called or ""))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
