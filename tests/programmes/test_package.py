"""A folder becomes a package; a package is stored byte for byte."""

from pathlib import Path

import pytest

from app.programmes import package
from tests.programmes.package_files import FOLDER, sample

SETTINGS = b"programme: {key: demo}\npublication: {period: publication}\n"
CALLS_COMMON = (
    b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="application">'
    b'<callActivity id="a" calledElement="recommendation"/></process></definitions>'
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """processes/demo with its settings and an application that calls a common diagram."""
    write(tmp_path / "processes/demo/programme.yaml", SETTINGS)
    write(tmp_path / "processes/demo/application.bpmn", CALLS_COMMON)
    return tmp_path


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def read(tree: Path) -> dict[str, bytes]:
    return package.read_folder(tree / "processes/demo")


def test_a_programme_takes_its_forms_and_the_common_files_that_it_names():
    assert {"application.bpmn", "publication.bpmn", "forms/announcement.json", "forms/application_report.json",
            "examples/golden_week.yaml"} <= set(sample())


def test_a_programmes_own_file_hides_the_common_one(tree):
    write(tree / "processes/common/publication.bpmn", b"common")
    write(tree / "processes/demo/publication.bpmn", b"own")
    write(tree / "forms/common/note.json", b"common")
    write(tree / "forms/demo/note.json", b"own")

    files = read(tree)

    assert files["publication.bpmn"] == b"own"
    assert files["forms/note.json"] == b"own"


def test_a_common_file_that_nothing_names_stays_out(tree):
    write(tree / "processes/common/publication.bpmn", b"named by programme.yaml")
    write(tree / "processes/common/inspection.bpmn", b"not named")

    assert "publication.bpmn" in read(tree)
    assert "inspection.bpmn" not in read(tree)


def test_what_a_common_diagram_names_comes_along(tree):
    named = CALLS_COMMON.replace(b"application", b"recommendation").replace(b"calledElement", b"x").replace(
        b"<callActivity", b'<callActivity calledElement="correction"')
    write(tree / "processes/common/recommendation.bpmn", named)
    write(tree / "processes/common/correction.bpmn", b"second")

    assert {"recommendation.bpmn", "correction.bpmn"} <= set(read(tree))


def test_hidden_files_copies_of_editors_and_links_are_left_out(tree):
    write(tree / "processes/demo/.swp", b"x")
    write(tree / "processes/demo/.git/config", b"x")
    write(tree / "processes/demo/application.bpmn~", b"x")
    write(tree / "processes/demo/~$letter.docx", b"x")
    (tree / "processes/demo/secret.yaml").symlink_to("/etc/passwd")

    assert set(read(tree)) == {"programme.yaml", "application.bpmn"}


def test_broken_files_are_read_too_so_that_the_check_can_tell(tree):
    write(tree / "processes/demo/programme.yaml", b"a: &x [")
    write(tree / "processes/demo/application.bpmn", b"no xml")

    assert set(read(tree)) == {"programme.yaml", "application.bpmn"}


def test_a_folder_without_settings_is_no_programme(tmp_path):
    with pytest.raises(FileNotFoundError):
        package.read_folder(tmp_path)


@pytest.mark.parametrize(
    "path",
    ["../programme.yaml", "/etc/passwd", "forms/../programme.yaml", "forms\\x.json", "forms/a/b.json", "x.py",
     "application.bpmn\n", "application.bpmn\x00", "Application.bpmn", "", ".bpmn", "examples/.yaml",
     "forms/" + "a" * 65 + ".json", "programme.yml"],
)
def test_a_path_that_is_no_part_of_a_package_has_no_kind(path):
    assert package.kind_of(path) is None


def test_files_are_stored_byte_for_byte():
    files = {"a.bpmn": "流程\r\n\ufeff".encode(), "letters/a.docx": b"PK\x03\x04\xff\x00", "b.dmn": b""}

    assert package.unpack(package.pack(files)) == files


def test_the_fingerprint_knows_names_from_contents_and_not_the_order():
    files = {"a.bpmn": b"xy", "b.bpmn": b"z"}

    same = package.fingerprint({"b.bpmn": b"z", "a.bpmn": b"xy"})

    assert same == package.fingerprint(files)
    assert package.fingerprint({"a.bpmn": b"x", "b.bpmn": b"yz"}) != same
    assert package.fingerprint({"a.bpmn": b"xy", "c.bpmn": b"z"}) != same


def test_the_folder_is_read_the_same_every_time():
    assert package.fingerprint(package.read_folder(FOLDER)) == package.fingerprint(sample())
