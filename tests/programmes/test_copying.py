"""`banjian programme copy`: a new programme that starts sound, and nothing overwritten."""

import shutil
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app import words as _registered  # noqa: F401 - loads the vocabulary
from app.cases import words
from app.cli_programme import programme
from app.people.roles import ROLES
from app.programmes import checks, package
from app.programmes.programme import Programme
from tests.letters import making
from tests.programmes.package_files import FOLDER

ROOT = Path(__file__).parents[2]
REAL = sorted(path.parent.name for path in (ROOT / "processes").glob("*/programme.yaml"))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """processes/ and forms/ with the sample."""
    shutil.copytree(FOLDER.parent, tmp_path / "processes")
    shutil.copytree(FOLDER.parent.parent / "forms", tmp_path / "forms")
    return tmp_path / "processes"


def copy(tree: Path, target: str = "demo-city", *options: str, source: str = FOLDER.name) -> Result:
    return CliRunner().invoke(programme, ["copy", str(tree / source), target, *options])


def errors(folder: Path) -> list[str]:
    """What keeps a folder from being deployed."""
    found = checks.check(
        package.read_folder(folder), words=words.parameters_by_word(), roles=ROLES, kinds=words.act_kinds(),
        messages=checks.MESSAGES,
    )
    return [str(wrong) for wrong in found if wrong.severity == checks.ERROR]


def texts(tree: Path, key: str) -> str:
    """All that the copy's own files say."""
    files = [*(tree / key).rglob("*"), *(tree.parent / "forms" / key).rglob("*")]
    return "\n".join(path.read_text() for path in files if path.is_file() and path.suffix != ".docx")


def test_a_copy_has_a_key_a_code_and_a_name_of_its_own_everywhere(tree):
    result = copy(tree, "demo-city", "--name", "示例服务平台", "--code", "XYZ", "--region", "420100", "--authority",
                  "示例市经济和信息化局")

    assert result.exit_code == 0, result.output
    made = Programme(package.read_folder(tree / "demo-city"))
    assert (made.key, made.code, made.name, made.title.name) == ("demo-city", "XYZ", "示例服务平台", "示例服务平台")
    assert (made.authority.region, made.authority.name) == ("420100", "示例市经济和信息化局")
    assert made.batches.open_to == "420100"
    assert made.settings.name_en == "Demo City"
    said = texts(tree, "demo-city")
    for old in ("BDP", "baoding-platform", "保定市中小企业公共服务示范平台", "保定市工业和信息化局", '"130600"'):
        # The text on which the original rests is for people to replace.
        assert old not in said.replace("保定市中小企业公共服务示范平台认定管理办法", ""), old
    assert all(new in said for new in ("XYZ-7.1", "XYZ-F1", "XYZ-2026-0001"))


def test_a_copy_is_sound_and_the_original_untouched(tree):
    before = package.fingerprint(package.read_folder(tree / FOLDER.name))

    assert copy(tree).exit_code == 0

    assert errors(tree / "demo-city") == []
    assert package.fingerprint(package.read_folder(tree / FOLDER.name)) == before


def test_without_options_code_and_name_are_made_and_the_region_stays(tree):
    copy(tree, "demo-city")

    made = Programme(package.read_folder(tree / "demo-city"))
    assert (made.code, made.name) == ("DC", "保定市中小企业公共服务示范平台（副本）")
    assert (made.authority.region, made.authority.name) == ("130600", "保定市工业和信息化局")


def test_comments_and_the_numbers_of_the_law_stay_as_they_are(tree):
    copy(tree, "demo-city")

    old, new = ((tree / key / "programme.yaml").read_text().splitlines() for key in (FOLDER.name, "demo-city"))
    assert len(old) == len(new)
    assert [line for line in new if "amount" in line] == [line for line in old if "amount" in line]
    assert sum("#" in line for line in new) == sum("#" in line for line in old)


def test_the_copy_says_what_was_written_and_what_to_edit_next(tree):
    result = copy(tree)

    assert str(tree / "demo-city" / "programme.yaml") in result.output
    assert str(tree.parent / "forms" / "demo-city" / "recommendation.json") in result.output
    assert "banjian programme check processes/demo-city" in result.output


@pytest.mark.parametrize("there", ["processes/demo-city", "forms/demo-city"])
def test_nothing_is_overwritten(tree, there):
    place = tree.parent / there
    place.mkdir()
    (place / "mine.txt").write_text("mine")

    result = copy(tree)

    assert result.exit_code == 1
    assert "已经存在" in result.output
    assert [path.name for path in place.iterdir()] == ["mine.txt"]
    assert [path.parent.name for path in tree.parent.glob("*/demo-city")] == [there.partition("/")[0]]


@pytest.mark.parametrize(
    ("target", "options", "said"),
    [
        ("Demo", (), "小写字母"),
        ("../demo", (), "小写字母"),
        ("common", (), "公用"),
        ("demo-city", ("--code", "bdp"), "大写字母"),
        ("demo-city", ("--code", "BDP"), "已由 baoding-platform 使用"),
        ("demo-city", ("--region", "42"), "六位数字"),
        ("demo-city", ("--name", '平台"x: y'), "符号"),
        ("demo-city", ("--name", "Platform"), "中文"),
        ("demo-city", ("--authority", "<局>"), "符号"),
    ],
)
def test_names_that_could_not_work_are_refused_before_anything_is_written(tree, target, options, said):
    before = sorted(tree.parent.rglob("*"))

    result = copy(tree, target, *options)

    assert result.exit_code == 1
    assert said in result.output
    assert sorted(tree.parent.rglob("*")) == before


def test_a_programme_with_errors_is_not_copied(tree):
    settings = tree / FOLDER.name / "programme.yaml"
    settings.write_text(settings.read_text().replace("amount: 7", "amount: 0"))

    result = copy(tree)

    assert result.exit_code == 1
    assert "periods.publication.amount" in result.output
    assert not (tree / "demo-city").exists()


def test_an_unknown_programme_is_told(tree):
    assert copy(tree, source="nowhere").exit_code == 2


def letter(text: str) -> bytes:
    return making.docx(making.text(text), more={"word/media/seal.png": b"\x89PNG BDP-7.1"})


def test_a_letter_that_names_the_programme_is_rewritten_and_any_other_stays(tree):
    place = tree / FOLDER.name / "letters"
    place.mkdir()
    (place / "named.docx").write_bytes(letter("保定市中小企业公共服务示范平台（BDP-13）{{申报单位}}"))
    (place / "plain.docx").write_bytes(letter("{{申报单位}}"))

    copy(tree, "demo-city", "--name", "示例服务平台")

    made = tree / "demo-city" / "letters"
    with zipfile.ZipFile(made / "named.docx") as file:
        assert "示例服务平台（DC-13）{{申报单位}}" in file.read("word/document.xml").decode()
        assert file.read("word/media/seal.png") == b"\x89PNG BDP-7.1"
    assert (made / "plain.docx").read_bytes() == (place / "plain.docx").read_bytes()


@pytest.mark.parametrize("key", REAL)
def test_every_shipped_programme_can_be_copied(key, tmp_path):
    shutil.copytree(ROOT / "processes", tmp_path / "processes")
    shutil.copytree(ROOT / "forms", tmp_path / "forms")

    result = copy(tmp_path / "processes", "demo-copy", "--code", "DEMO", source=key)

    assert result.exit_code == 0, result.output
    assert errors(tmp_path / "processes" / "demo-copy") == []
    assert Programme(package.read_folder(tmp_path / "processes" / "demo-copy")).code == "DEMO"
