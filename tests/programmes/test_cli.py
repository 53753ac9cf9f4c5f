"""`banjian programme`: what a designer sees in a terminal, and what a script reads."""

import shutil
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from app import db, migrating
from app.cli_programme import programme
from tests.programmes.package_files import FOLDER


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty installation with its database."""
    monkeypatch.setenv("BANJIAN_DEMO", "1")
    monkeypatch.setenv("BANJIAN_DATA", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'banjian.sqlite3'}")
    migrating.upgrade(db.open_database(f"sqlite:///{tmp_path / 'banjian.sqlite3'}", demo=True).engine)
    return tmp_path


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the shipped programme that may be broken."""
    root = FOLDER.parent.parent
    shutil.copytree(root / "processes", tmp_path / "copy/processes")
    shutil.copytree(root / "forms", tmp_path / "copy/forms")
    return tmp_path / "copy/processes/baoding-platform"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(programme, [str(argument) for argument in arguments])


def test_a_sound_programme_passes_by_its_folder_or_its_settings():
    for path in (FOLDER, FOLDER / "programme.yaml"):
        result = run("check", path)

        assert result.exit_code == 0
        assert "0 处错误" in result.output


def test_errors_are_told_with_file_and_place_and_end_with_one(copy):
    settings = copy / "programme.yaml"
    settings.write_text(settings.read_text().replace("amount: 7", "amount: 0"))

    result = run("check", copy)

    assert result.exit_code == 1
    assert "错误 baoding-platform/programme.yaml（periods.publication.amount）" in result.output


def test_a_script_reads_the_same_as_json(copy):
    (copy / "application.bpmn").write_bytes(b"")

    result = run("check", copy, "--json")

    report = orjson.loads(result.stdout)
    assert result.exit_code == 1
    assert report["errors"] >= 1
    assert {"folder", "file", "place", "rule", "severity", "words", "remedy"} == set(report["problems"][0])


def test_a_warning_alone_passes(copy):
    settings = copy / "programme.yaml"
    settings.write_text(settings.read_text().replace("first_day_counts: no", "first_day_counts: yes"))

    result = run("check", copy)

    assert result.exit_code == 0
    assert "提醒" in result.output
    assert "1 处提醒" in result.output


def test_a_folder_that_is_none_ends_with_two(tmp_path):
    result = run("check", tmp_path)

    assert result.exit_code == 2
    assert "programme.yaml" in result.stderr


def test_deploying_twice_makes_one_release_and_the_list_shows_it(installation):
    first, again, listed = run("deploy", FOLDER), run("deploy", FOLDER), run("list")

    assert "已部署第 1 版" in first.output
    assert "仍为第 1 版" in again.output
    assert listed.output.count("baoding-platform") == 1
    assert orjson.loads(run("list", "--json").stdout)[0]["latest"] is True


def test_a_programme_with_errors_is_not_deployed(installation, copy):
    (copy / "application.bpmn").unlink()

    result = run("deploy", copy)

    assert result.exit_code == 1
    assert "未部署" in result.stderr
    assert "还没有部署" in run("list").output
