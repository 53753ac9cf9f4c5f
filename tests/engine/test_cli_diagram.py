"""`banjian diagram check`: what it prints and how it exits."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli_diagram import diagram

HERE = Path(__file__).parent
GOOD = str(HERE / "application.bpmn")
FAULTY = str(HERE / "faulty" / "deadlock.bpmn")


def check(*arguments: str):
    return CliRunner().invoke(diagram, ["check", *arguments])


def problems(*arguments: str) -> list[dict[str, str]]:
    """What the engine says; how a picture looks is told beside it, and tested in tests/drawing."""
    told = json.loads(check(*arguments, "--json").stdout)
    return [problem for problem in told if not problem["rule"].startswith("picture-")]


def test_a_good_diagram_exits_with_0():
    told = check(str(HERE.parents[1] / "processes" / "common" / "publication.bpmn"))

    assert told.exit_code == 0
    assert "没有问题" in told.output
    assert check(GOOD).exit_code == 0
    assert problems(GOOD) == []


def test_a_faulty_diagram_exits_with_1_and_is_told_in_chinese():
    told = check(FAULTY)

    assert told.exit_code == 1
    assert "会死锁" in told.output
    assert "改法" in told.output


def test_each_problem_is_one_object():
    (problem,) = problems(FAULTY)

    assert problem.keys() == {"file", "element", "rule", "words", "remedy", "severity"}
    assert (problem["file"], problem["element"], problem["rule"]) == (FAULTY, "meet", "deadlock")
    assert check(FAULTY, "--json").exit_code == 1


def test_a_warning_does_not_keep_a_diagram_from_running():
    told = check(str(HERE / "faulty" / "missing-label.bpmn"))

    assert told.exit_code == 0
    assert "提醒" in told.output


@pytest.mark.parametrize("name", ["nowhere.bpmn", str(HERE), "bad\0name"])
def test_a_file_that_cannot_be_opened_exits_with_2_and_is_a_problem_too(name):
    told = check(name, GOOD, "--json")

    assert told.exit_code == 2
    assert told.stdout.startswith("[")
    assert [problem["rule"] for problem in problems(name, GOOD)] == ["missing-file"]


@pytest.mark.parametrize("arguments", [[], ["--nonsense", GOOD]])
def test_wrong_arguments_exit_with_2_in_chinese(arguments):
    told = check(*arguments)

    assert told.exit_code == 2
    assert "banjian diagram check" in told.stderr
    assert [problem["rule"] for problem in problems(*arguments)] == ["missing-file"]


@pytest.mark.parametrize("content", [b"", bytes(range(256)), b"<a>" * 1000, b" " * 3_000_000, "图".encode("utf-16")])
def test_garbage_is_a_problem_and_never_a_trace(tmp_path, content):
    file = tmp_path / "garbage.bpmn"
    file.write_bytes(content)

    told = check(str(file), "--json")

    assert told.exit_code == 1
    assert len(json.loads(told.stdout)) == 1
    assert told.exception is None or isinstance(told.exception, SystemExit)


def test_conditions_are_read_by_the_rules(tmp_path):
    file = tmp_path / "condition.bpmn"
    file.write_bytes(Path(GOOD).read_bytes().replace(b'outcome == "grant"', b"__import__('os').system('true')"))

    assert [problem["rule"] for problem in problems(str(file))] == ["condition-invalid"]


def test_a_called_diagram_is_found_in_the_folder_and_in_common(tmp_path):
    caller, called = (HERE / f"{name}.bpmn" for name in ("caller", "recommendation"))
    programme, common = tmp_path / "programme", tmp_path / "common"
    programme.mkdir()
    common.mkdir()
    file = programme / "caller.bpmn"
    file.write_bytes(caller.read_bytes())
    assert "missing-called" in {problem["rule"] for problem in problems(str(file))}

    (common / "recommendation.bpmn").write_bytes(called.read_bytes())
    assert problems(str(file)) == []


def test_two_programmes_may_use_the_same_ids(tmp_path):
    files = []
    for programme in ("one", "two"):
        (tmp_path / programme).mkdir()
        file = tmp_path / programme / "application.bpmn"
        file.write_bytes(Path(GOOD).read_bytes())
        files.append(str(file))

    assert problems(*files) == []
    again = tmp_path / "one" / "again.bpmn"
    again.write_bytes(Path(GOOD).read_bytes())
    assert "duplicate-process" in {problem["rule"] for problem in problems(files[0], str(again))}


def test_it_needs_no_database():
    wanted = "import sys; import app.cli_diagram; print([m for m in sys.modules if 'sqlalchemy' in m or 'flask' in m])"

    told = subprocess.run([sys.executable, "-c", wanted], capture_output=True, text=True, cwd=HERE.parents[1],  # noqa: S603
                          check=True)

    assert told.stdout.strip() == "[]"
