"""Clause coverage: what carries each clause of a programme, and which stories and tests prove it.

A story proves the clauses that its `clauses` lists. A test function proves those that its name writes
(`test_hbi_13_1_...`, `test_hbi_13_3_and_15_...`), or that its docstring or the ids of its parameters name, either in
that way or as they are (HBI-13.1). The tests are read, not run. Who names a whole article proves all its parts.
"""

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.programmes import package
from app.programmes.checks.view import View, view
from app.programmes.reading import Unreadable, read_yaml

TESTS = Path(__file__).parents[2] / "tests"
"""Where the tests of this house lie; an installation has none."""


@dataclass(frozen=True)
class Proof:
    """A story (its name, its file in the package) or a test function (its name, `tests/folder/file.py`)."""

    kind: str
    name: str
    place: str


@dataclass(frozen=True)
class Covered:
    """A clause with its carriers as clauses.yaml writes them, those of them that don't exist, and what proves it."""

    id: str
    article: str
    says: str
    kind: str
    later: str
    carriers: tuple[str, ...]
    unknown: tuple[str, ...]
    proofs: tuple[Proof, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """What is missing: any of carrier, unknown_carrier, test, later."""
        found = {
            "later": bool(self.later), "carrier": not self.carriers, "unknown_carrier": bool(self.unknown),
            "test": not self.proofs,
        }
        return tuple(name for name, holds in found.items() if holds)


MISSING = {"later": "尚未落实", "carrier": "没有写明由什么落实", "unknown_carrier": "落实它的不存在",
           "test": "没有故事或测试"}


def coverage(files: package.Files, *, tests: Path = TESTS) -> list[Covered]:
    """Every clause of a package in the order of its list. Without the folder `tests` the stories alone count."""
    seen = view(files)
    proofs = _proofs(files, seen.clauses, tests)
    return [_covered(seen, clause, proofs[clause]) for clause in seen.clauses]


def _covered(seen: View, clause: str, proofs: Collection[Proof]) -> Covered:
    written = seen.clauses[clause]
    carriers = tuple(written.get("carried_by", ()))
    return Covered(
        id=clause, article=str(written.get("article", "")), says=str(written["says"]),
        kind=str(written.get("kind", "")), later=str(written.get("later", "")), carriers=carriers,
        unknown=tuple(one for one in carriers if not seen.has(one)), proofs=tuple(proofs),
    )


def _proofs(files: package.Files, clauses: Collection[str], tests: Path) -> dict[str, list[Proof]]:
    found: dict[str, list[Proof]] = {clause: [] for clause in clauses}
    for path, data in package.of_kind(files, "example").items():
        try:
            story = read_yaml(data)
        except Unreadable:
            continue  # the check tells it
        for clause in _parts(map(str, story.get("clauses", ())), clauses):
            found[clause].append(Proof("story", str(story.get("name", "")), path))
    for code in sorted({clause.partition("-")[0] for clause in clauses}):
        for proof, texts in _tests_about(code, tests):
            for clause in _parts(_named(texts, code, clauses), clauses):
                found[clause].append(proof)
    return found


def _parts(named: Iterator[str], clauses: Collection[str]) -> list[str]:
    """The clauses that are named, and the parts of those that have parts, each once, in the order of the list."""
    wholes = set(named)
    return [clause for clause in clauses if clause in wholes or clause.partition(".")[0] in wholes]


def _named(texts: Collection[str], code: str, clauses: Collection[str]) -> Iterator[str]:
    """The clauses of one code that texts name in either way of writing."""
    known = set(clauses) | {clause.partition(".")[0] for clause in clauses}
    for text in texts:
        yield from (found for found in re.findall(rf"\b{code}-[A-Z]{{0,2}}\d+[a-z]?(?:\.\d+[a-z]?)*", text))
        yield from _in_name(text, code, known)


def _in_name(text: str, code: str, known: Collection[str]) -> Iterator[str]:
    """`hbi_13_3_and_15_the_ban`: HBI-13.3 and HBI-15. What isn't known as a part is no part: `hbi_7_14_kinds`."""
    for run in re.findall(rf"(?:^|[^a-z0-9]){code.lower()}((?:_(?:and_)?[a-z]{{0,2}}\d+[a-z]?)+)", text.lower()):
        for written in run.split("_and"):
            numbers = [number for number in written.split("_") if number]
            part = _spelt(".".join(numbers[:2]), code)
            yield part if part in known else _spelt(numbers[0], code)


def _spelt(number: str, code: str) -> str:
    letters = re.match(r"[a-z]*(?=\d)", number)
    head = letters[0] if letters else ""
    return f"{code}-{head.upper()}{number[len(head):]}"


@lru_cache(maxsize=32)
def _tests_about(code: str, tests: Path) -> tuple[tuple[Proof, tuple[str, ...]], ...]:
    """The test functions that write a code somewhere, each with its texts: name, docstring, ids of its parameters."""
    if not tests.is_dir():
        return ()
    found = []
    for path in sorted(tests.rglob("test_*.py")):
        source = path.read_text(encoding="utf-8")
        if re.search(rf"\b{code}-|(?<![a-z0-9]){code.lower()}_", source) is None:
            continue
        place = path.relative_to(tests.parent).as_posix()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                texts = [node.name, ast.get_docstring(node) or "", *_ids(node)]
                found.append((Proof("test", node.name, place), tuple(texts)))
    return tuple(found)


def _ids(node: ast.FunctionDef) -> Iterator[str]:
    """What `ids=[...]` and `id=...` of its parameters say."""
    for decorator in node.decorator_list:
        for inner in ast.walk(decorator):
            if isinstance(inner, ast.keyword) and inner.arg in ("id", "ids"):
                yield from (
                    one.value for one in ast.walk(inner.value)
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                )
