"""Every clause of the shipped programmes is carried by something that exists and proved by a story or a test.

A programme that still says `later` somewhere is under way: of its clauses only the carriers are looked at.
"""

from functools import cache
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from app.cli_clauses import clauses
from app.programmes import coverage, package
from app.programmes.reading import read_yaml

PROCESSES = Path(__file__).parent.parent.parent / "processes"
WRITTEN = {
    path.parent.name: read_yaml(path.read_bytes()) for path in sorted(PROCESSES.glob("*/clauses.yaml"))
}
UNDER_WAY = {key for key, found in WRITTEN.items() if any("later" in entry for entry in found.values())}


@cache
def covered(programme: str) -> dict[str, coverage.Covered]:
    return {row.id: row for row in coverage.coverage(package.read_folder(PROCESSES / programme))}


@pytest.mark.parametrize(
    ("programme", "clause"),
    [pytest.param(key, clause, id=f"{key}-{clause.replace('-', ' ')}")
     for key, found in WRITTEN.items() for clause in found],
)
def test_a_clause_has_carriers_that_exist_and_a_story_or_a_test(programme, clause):
    missing = covered(programme)[clause].missing

    if programme in UNDER_WAY:
        assert "unknown_carrier" not in missing
    else:
        assert missing == ()


def test_at_least_one_programme_is_finished():
    assert set(WRITTEN) - UNDER_WAY


FILES = {
    "programme.yaml": b"periods:\n  publication: {}\n",
    "clauses.yaml": (
        "ABC-1.1: {says: 甲, carried_by: [periods.publication]}\n"
        "ABC-1.2: {says: 乙, carried_by: [periods.publication]}\n"
        "ABC-2: {says: 丙, later: 流程图}\n"
        "ABC-F1: {says: 丁, carried_by: [forms.nothing]}\n"
    ).encode(),
    "examples/one.yaml": "name: 一件事\nclauses: [ABC-2]\n".encode(),
}


def with_tests(folder: Path, source: str) -> dict[str, coverage.Covered]:
    tests = folder / "tests"
    tests.mkdir()
    (tests / "test_abc.py").write_text(source, encoding="utf-8")
    return {row.id: row for row in coverage.coverage(FILES, tests=tests)}


@pytest.mark.parametrize(
    ("source", "proved"),
    [
        ("def test_abc_1_1_a_day(): ...", {"ABC-1.1"}),
        ("def test_abc_1_a_day(): ...", {"ABC-1.1", "ABC-1.2"}),
        ("def test_abc_1_2_and_2_a_day(): ...", {"ABC-1.2", "ABC-2"}),
        ("def test_abc_2_7_days(): ...", {"ABC-2"}),
        ("def test_abc_f1_a_form(): ...", {"ABC-F1"}),
        ("def test_a_day():\n    'ABC-1.2: a day.'", {"ABC-1.2"}),
        ("@pytest.mark.parametrize('x', [pytest.param(1, id='abc_1_1-short')])\ndef test_a_day(x): ...", {"ABC-1.1"}),
        ("@pytest.mark.parametrize('x', [1], ids=['ABC-2'])\ndef test_a_day(x): ...", {"ABC-2"}),
        ("def test_xabc_1_1_a_day(): ...", set()),
        ("def test_abc_11_a_day(): ...", set()),
        ("def helper():\n    'ABC-1.1'\n\ndef abc_1_1(): ...", set()),
        ("# ABC-1.1\ndef test_a_day(): ...", set()),
    ],
)
def test_a_test_proves_the_clauses_that_it_names(tmp_path, source, proved):
    found = with_tests(tmp_path, source)

    assert {row.id for row in found.values() if any(proof.kind == "test" for proof in row.proofs)} == proved


def test_a_story_proves_the_clauses_of_its_list_and_what_is_missing_is_named(tmp_path):
    found = with_tests(tmp_path, "def test_abc_1_1(): ...")

    assert found["ABC-2"].proofs == (coverage.Proof("story", "一件事", "examples/one.yaml"),)
    assert {key: row.missing for key, row in found.items()} == {
        "ABC-1.1": (), "ABC-1.2": ("test",), "ABC-2": ("later", "carrier"), "ABC-F1": ("unknown_carrier", "test"),
    }
    assert found["ABC-F1"].unknown == ("forms.nothing",)


def shipped(folder: Path) -> Path:
    """A folder as a programme lies on disk."""
    place = folder / "processes" / "abc"
    for path, data in FILES.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(data)
    return place


def test_the_command_lists_clauses_and_ends_with_1_where_something_is_missing(tmp_path):
    said = CliRunner().invoke(clauses, [str(shipped(tmp_path)), "--json"])

    assert said.exit_code == 1
    rows = {row["id"]: row for row in orjson.loads(said.stdout)}
    assert rows["ABC-2"] == {
        "id": "ABC-2", "carriers": [], "tests": ["examples/one.yaml"], "missing": ["later", "carrier"],
    }
    assert "ABC-F1：落实它的不存在（forms.nothing）" in said.stderr


def test_the_command_ends_with_0_where_nothing_is_missing():
    finished = min(set(WRITTEN) - UNDER_WAY)

    said = CliRunner().invoke(clauses, [finished])

    assert said.exit_code == 0
    assert "缺 0 处" in said.stdout


def test_the_command_knows_no_programme_that_is_not_there():
    assert CliRunner().invoke(clauses, ["nowhere"]).exit_code == 2
