"""A sample programme as a package, and copies of it with one thing changed; and the shipped programmes.

The sample (tests/programmes/sample) is a shipped programme as it once was, so that programmes may grow without these
tests.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from app.programmes import checks, package
from tests.letters import making

FOLDER = Path(__file__).parent / "sample" / "processes" / "baoding-platform"
SHIPPED = Path(__file__).parent.parent.parent / "processes" / "baoding-platform"
KNOWN: Mapping[str, Any] = {
    "words": {"grant_title": frozenset(), "close_publication": frozenset()},
    "roles": {"clerk", "lead", "applicant"},
    "kinds": {"publication", "decision"},
    "messages": checks.MESSAGES,
}


@cache
def shipped() -> dict[str, bytes]:
    """The files of the shipped programme, as they are now."""
    return package.read_folder(SHIPPED)


@cache
def sample() -> dict[str, bytes]:
    """The files of the sample."""
    return package.read_folder(FOLDER)


def with_text(path: str, old: str, new: str, *, times: int = 1) -> dict[str, bytes]:
    """The sample's files with a text of one of them replaced; the text must be there."""
    text = sample()[path].decode()
    assert old in text, f"{path} has no {old!r}"
    return {**sample(), path: text.replace(old, new, times).encode()}


def with_file(path: str, data: bytes) -> dict[str, bytes]:
    """The sample's files with one file added or replaced."""
    return {**sample(), path: data}


def without(path: str) -> dict[str, bytes]:
    """The sample's files but one."""
    return {name: data for name, data in sample().items() if name != path}


LETTER = making.docx(making.text("特此通知。"))
"""A letter without a field."""


def problems(files: Mapping[str, bytes], **known: Any) -> list[checks.Problem]:
    """What the check says."""
    return checks.check(files, **{**KNOWN, **known})


def rules(files: Mapping[str, bytes], **known: Any) -> set[tuple[str, str, str]]:
    """(file, place, rule) of every problem."""
    return {(problem.file, problem.place, problem.rule) for problem in problems(files, **known)}


