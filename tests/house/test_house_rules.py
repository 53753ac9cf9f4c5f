"""Rules about the code itself. Each one has been the cause of a defect somewhere."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml

from app import tables
from app.cases import words
from app.vocabulary import as_markdown

ROOT = Path(__file__).parent.parent.parent
MODULES = sorted(path for path in (ROOT / "app").rglob("*.py") if "node_modules" not in path.parts)
OPERATIONS = [
    path for path in MODULES
    if path.name in ("operations.py", "due.py", "acts.py", "registration.py", "units.py", "signing_in.py")
    and "web" not in path.parts
]
AS_TYPED = {"{{ row.until }}", "{{ said.until }}"}
"""Days that an office wrote, and nobody computed: until when somebody was let in late, a holiday is prolonged."""
FOR_MACHINES = {"cli_deadline.py", "invariants.py", "telling.py"}
"""Modules that write a last day beside a column that says whether it is provisional, or compare it with one."""
EDGE = {"web", "worker.py", "cli.py", "demo.py", "stories", "simulating", "backup", "invariants.py"}


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def called(tree: ast.AST) -> set[str]:
    """Names of what a tree calls: `f` for f(...), `a.b` for a.b(...)."""
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


@cache
def calls_in(path: Path) -> frozenset[str]:
    """What a module calls; several rules ask."""
    return frozenset(called(parsed(path)))


def test_imports_point_down_the_house_and_each_library_has_one_door():
    result = subprocess.run(
        [sys.executable, "-m", "importlinter.cli", "lint", "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )

    assert result.returncode == 0, result.stdout + result.stderr


def test_the_code_is_clean_for_ruff():
    result = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "app", "tests", "migrations"],
        cwd=ROOT, capture_output=True, text=True,
    )

    assert result.returncode == 0, result.stdout + result.stderr


def test_only_the_clock_reads_the_time():
    forbidden = re.compile(r"^(datetime|date|time)(\.datetime|\.date)?\.(now|utcnow|today|time)$|\.utcnow$")

    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in MODULES if path.name != "clock.py"
        for name in calls_in(path) if forbidden.search(name)
    ]

    assert found == []


def test_nothing_is_evaluated_or_executed():
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in MODULES for name in calls_in(path) if name in {"eval", "exec", "compile", "__import__"}
    ]

    assert found == []


def test_only_the_edge_opens_a_transaction():
    """The outbox is the exception that its docstring names: it is the worker's own loop over letters."""
    openers = {"db.transaction", "db.reading"}
    found = [
        str(path.relative_to(ROOT / "app"))
        for path in MODULES
        if not EDGE & set(path.relative_to(ROOT / "app").parts) and not path.name.startswith("cli_")
        and openers & calls_in(path)
    ]

    assert found == ["outbox/operations.py"]


def test_only_the_database_module_commits():
    found = [
        str(path.relative_to(ROOT))
        for path in MODULES if path != ROOT / "app" / "db.py"
        for name in calls_in(path) if name.endswith(".commit")
    ]

    assert found == []


def test_every_page_writes_a_last_day_with_its_mark():
    """By the filter `last_day`, which knows whether the day is provisional; who validates a title isn't concerned."""
    bare = re.compile(r"\.(last_day|effective|until)\b(?!\s*(\|\s*last_day\(|\s*%\}|\s+(and|or|if|else|is|==)\b|\.))")

    found = [
        f"{path.relative_to(ROOT)}: {expression}"
        for path in sorted((ROOT / "app" / "templates").rglob("*.html"))
        for expression in re.findall(r"\{\{.*?\}\}", path.read_text(encoding="utf-8"), re.DOTALL)
        if bare.search(re.sub(r"last_day\([^)]*\)", "last_day(", expression)) and expression not in AS_TYPED
    ]

    assert found == []


def test_no_python_writes_a_last_day_without_its_mark():
    """In words, for a mail, a table or a message: `workdays.last_day_words` does."""
    told = {"last_day", "effective"}

    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in MODULES if "workdays" not in path.parts and path.name not in FOR_MACHINES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.Attribute) and node.value.attr in told
        or isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "isoformat"
        and isinstance(node.func.value, ast.Attribute) and node.func.value.attr in told
    ]

    assert found == []


def test_no_python_names_a_programme_or_a_place():
    keys = {path.parent.name for path in (ROOT / "processes").glob("*/programme.yaml")}
    names = {yaml.safe_load(path.read_text(encoding="utf-8"))["programme"]["code"]
             for path in (ROOT / "processes").glob("*/programme.yaml")}
    places = {"河北", "湖北", "保定", "雄安", "定州", "辛集", "hebei", "hubei", "baoding"}
    shape = re.compile("|".join(re.escape(word) for word in keys | places) + "|" + "|".join(rf"\b{n}\b" for n in names))

    found = []
    for path in MODULES:
        tree = parsed(path)
        documentation = {ast.get_docstring(node, clean=False) for node in ast.walk(tree)
                         if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)}
        for node in ast.walk(tree):
            said = isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in documentation
            if said and shape.search(node.value):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {node.value[:60]}")

    assert found == []


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: str(path.relative_to(ROOT / "app")))
def test_a_package_that_changes_things_writes_the_trail(path: Path):
    text = path.read_text(encoding="utf-8")

    assert "audit.record" in text or "reach.record" in text or "_record(" in text or path.parent.name in {
        "audit",  # the trail itself
        "outbox",  # letters are effects of a verb that is on record
        "publications",  # the act and the case that carry it are on record; see confirm_act, open_case
    }


def test_every_word_of_the_vocabulary_is_explained_in_both_languages():
    import app.words  # noqa: F401

    for word in words.vocabulary().values():
        assert word.zh.endswith("。"), word.name
        assert word.en.endswith("."), word.name


def test_the_designers_page_lists_the_vocabulary_as_it_is():
    page = (ROOT / "processes" / "README.md").read_text(encoding="utf-8")

    listed = page.split("<!-- vocabulary -->")[1].split("<!-- /vocabulary -->")[0].strip()

    assert listed == as_markdown().strip(), "run: banjian words, and put its output between the markers"


def test_migrations_are_in_one_line_and_their_head_is_written_down():
    versions = sorted((ROOT / "migrations" / "versions").glob("*.py"))
    numbers = [path.name.split("_")[0] for path in versions]

    assert numbers == [f"{n:04}" for n in range(1, len(versions) + 1)]
    assert (ROOT / "migrations" / "HEAD").read_text().strip() == numbers[-1]
    assert all("import models" not in path.read_text() for path in versions)


def test_tables_have_one_name_each_in_the_singular():
    names = list(tables.metadata.tables)

    assert [name for name in names if name.endswith("s") and not name.endswith(("ss", "us"))] == []


def test_pins_hold_names_and_hashes_only():
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        for line in path.read_text().splitlines():
            assert re.match(r"\s+--hash=sha256:[0-9a-f]{64}( \\)?$|[A-Za-z0-9._-]+(\[[a-z]+\])?==\S+", line), line
            assert "://" not in line, line


def test_the_lock_file_of_the_front_end_names_no_registry():
    lock = (ROOT / "app" / "assets" / "package-lock.json").read_text()

    assert '"resolved"' not in lock
    assert "://" not in re.sub(r'"(url|funding|homepage)": *("[^"]*"|\{[^}]*\})', "", lock)


def test_nothing_is_left_for_later():
    left = re.compile(r"\b(TODO|FIXME|XXX)\b|raise NotImplementedError|pragma: no cover")
    here = Path(__file__)

    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in [*MODULES, *(ROOT / "tests").rglob("*.py")] if path != here
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if left.search(line)
    ]

    assert found == []
