"""A programme copied, then turned by data and diagrams alone into another: two tiers, experts first, other numbers.

What a designer would do: `banjian programme copy`, edit the texts of its files, put in a diagram of one's own, check,
deploy. `demo-province/` holds the designer's diagram and story; the edits of the other files are below.
"""

import re
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app import db, drawing, stories
from app.cli_programme import programme as command
from app.programmes import criteria, operations, package
from app.programmes.programme import Programme
from app.programmes.reading import read_yaml
from tests import sample

ROOT = Path(__file__).parents[2]
OWN = Path(__file__).parent / "demo-province"
SOURCE, KEY = "hebei-institution", "demo-province"
OPTIONS = ("--name", "江苏省示范服务机构", "--code", "JSD", "--region", "320000", "--authority", "江苏省工业和信息化厅")
REFERENCE_DAY = date(2026, 9, 6)

# Path in the package -> (text as copied, text of the new programme).
EDITS: dict[str, tuple[tuple[str, str], ...]] = {
    "programme.yaml": (
        ("en: Demo Province", "en: Jiangsu Demonstration Service Institutions"),
        ("  source: 江苏省示范服务机构培育管理指南（征求意见稿）", "  source: 江苏省示范服务机构认定管理办法"),
        ("  status: draft\n", ""),
        ("# 省直管的市和新区按市级办理；没有县级的地方不经县级（JSD-3）。\n", ""),
        ("tiers: [county, city, province]", "tiers: [city, province]"),
        ("；county、city、province 按办件所在地", "；city、province 按办件所在地"),
        ("  county: {found_by: county, name: 县级主管部门}\n", ""),
        ("    name: 公示期\n    amount: 5\n    unit: working_days", "    name: 公示期\n    amount: 10\n    unit: days"),
        ("    name: 称号有效期\n    amount: 3", "    name: 称号有效期\n    amount: 2"),
        ("  dates: [applicants, county, city]", "  dates: [applicants, city]"),
        ("    answer: 按工作日", "    answer: 按自然日"),
        ("    why: 条文写明是工作日。", "    why: 条文写明是日。"),
        ("clause: JSD-8.2a", "clause: JSD-8.2b"),
        ("    opened_by: [county, city, authority]", "    opened_by: [city, authority]"),
        ("actor: [county/clerk, city/clerk, authority/clerk]", "actor: [city/clerk, authority/clerk]"),
    ),
    "criteria.dmn": (
        ("<text>&gt;= 150</text>", "<text>&gt;= 200</text>"),
        ("<text>&gt;= 20</text>", "<text>&gt;= 15</text>"),
    ),
    "clauses.yaml": (
        ("[application.tiered, application.county_review, application.city_review, actors.city]",
         "[application.city_review, actors.city]"),
        ("市级组织申报、初审和推荐；没有县级的地方直接由市级办理。", "市级组织申报、初审和推荐。"),
        ("[application.decide, application.pass_over_notice, forms.meeting_decision.reason]",
         "[application.verify, application.objection_refusal]"),
        ("向所在地县级送纸质材料", "向所在地市级送纸质材料"),
        ("forms.county_review.paper_received_on, forms.county_review.paper_matches",
         "forms.city_review.paper_received_on, forms.city_review.paper_matches"),
        ("application.published, application.decide, application.announce",
         "application.published, application.announce"),
        ("经会议研究后正式发文", "正式发文"),
        ("公示规定的工作日", "公示规定的日数"),
        ("periods.filling, periods.county_review, periods.city_review", "periods.filling, periods.city_review"),
        ("称号有效期三年；", "称号有效期两年；"),
        ("由省级解释，自发布之日起三年；目前是征求意见稿。", "由省级解释，自发布之日起施行。"),
        ("[programme.status, programme.effective", "[programme.effective"),
    ),
    "simulation.yaml": (
        ('county: "05-10", ', ""),
        ("  - {task: 县级初审, after: [0, 15], outcomes: {pass: 86, correct: 10, refuse: 4}}\n", ""),
        ("  - {task: 县级复核, outcomes: {pass: 90, refuse: 10}}\n", ""),
        ("冀工信企业函", "苏工信企业函"),
    ),
    "forms/city_review.json": (
        ("；不经县级的申报，纸质材料由市级接收。", "；纸质材料由市级接收。"),
        ("""            {
              "label": "由县级接收",
              "value": "county"
            },
""", ""),
    ),
}
# Whole parts that the new programme hasn't: the county's period and its clause, the meeting's period.
CUTS = {"programme.yaml": r"  (?:county_review|county_correction|deciding):\n(?:    .*\n)+",
        "clauses.yaml": r"JSD-8\.2a:\n(?:  .*\n)+"}
GONE = ("county_review.json", "county_recheck.json")


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the copy as the designer leaves it, beside the programmes that are shipped (without their stories:
    a copy's designer writes stories of the new places)."""
    place = tmp_path_factory.mktemp("copy")
    for tree in ("processes", "forms"):
        shutil.copytree(ROOT / tree, place / tree, ignore=shutil.ignore_patterns("examples"))
    processes, forms = place / "processes", place / "forms" / KEY
    made = CliRunner().invoke(command, ["copy", str(processes / SOURCE), KEY, *OPTIONS])
    assert made.exit_code == 0, made.output
    folder = processes / KEY
    for path, pattern in CUTS.items():
        edit(folder / path, lambda text, pattern=pattern: re.subn(pattern, "", text))
    for path, pairs in EDITS.items():
        file = forms / path.removeprefix("forms/") if path.startswith("forms/") else folder / path
        for old, new in pairs:
            edit(file, lambda text, old=old, new=new: (text.replace(old, new), text.count(old)))
    for name in GONE:
        (forms / name).unlink()
    (folder / "examples").mkdir()
    shutil.copy(OWN / "story.yaml", folder / "examples" / "two_tiers.yaml")
    shutil.copy(OWN / "application.bpmn", folder / "application.bpmn")
    return folder


def edit(file: Path, change: Any) -> None:
    """Change a file's text; what is to be changed must be there."""
    text, times = change(file.read_text(encoding="utf-8"))
    assert times, f"{file.name} no longer says what is to be changed"
    file.write_text(text, encoding="utf-8")


def tell(files: Mapping[str, bytes], files_dir: Path) -> None:
    """Deploy the copy and tell its story."""
    with db.transaction() as session:
        key = operations.deploy(session, files, person_id=None, **sample.vocabulary()).programme
    assert key == KEY
    stories.Telling(read_yaml(files["examples/two_tiers.yaml"]), files_dir=files_dir, programme=key).run()


def with_changed(files: Mapping[str, bytes], path: str, old: str, new: str) -> dict[str, bytes]:
    text = files[path].decode()
    assert text.count(old) == 1, f"{path}: {old}"
    return {**files, path: text.replace(old, new).encode()}


def verdict(files: Mapping[str, bytes], figure: str, **answers: Any) -> str:
    found = criteria.verdicts(Programme(files), answers, reference_day=REFERENCE_DAY, region_code="320106")
    return next(row.verdict for row in found if row.figure == figure)


def staff(count: int) -> list[dict[str, str]]:
    one = {"post": "顾问", "title": "", "title_level": "none", "degree": "bachelor", "full_time": "yes"}
    return [{"person": f"甲{n}", **one, "contract": "insured"} for n in range(count)]


def test_the_copy_turned_into_another_programme_is_without_errors(copied):
    result = CliRunner().invoke(command, ["check", str(copied)])

    assert result.exit_code == 0, result.output
    assert "0 处错误，0 处提醒" in result.output


def test_the_copy_is_another_programme_of_another_place(copied):
    made = Programme(package.read_folder(copied))

    assert (made.key, made.code, made.authority.region, made.batches.open_to) == (KEY, "JSD", "320000", "320000")
    assert list(made.settings.tiers) == ["city", "province"]
    own = [path for path in copied.rglob("*") if path.suffix in (".yaml", ".bpmn", ".dmn")]
    own += (copied.parents[1] / "forms" / KEY).glob("*.json")
    for path in own:
        assert not re.search("HBI|hebei|河北|county|县级", path.read_text(encoding="utf-8")), path.name


def test_the_new_diagram_has_its_whole_picture_and_asks_the_experts_before_the_city(copied):
    data = (copied / "application.bpmn").read_bytes()

    assert drawing.layout(data) == data
    flow = Programme(package.read_folder(copied)).specification("application")
    assert {"draw", "scored", "city_review"} <= set(flow.elements)
    assert not [element for element in flow.elements if "county" in element]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_the_story_of_the_copy_comes_true(database, tmp_path, copied):
    tell(package.read_folder(copied), tmp_path)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: 公示期\n    amount: 10\n", "name: 公示期\n    amount: 9\n", "应为 2026-10-26，实为 2026-10-23"),
        ("amount: 10\n    unit: days\n", "amount: 10\n    unit: working_days\n", "应为 2026-10-26，实为 2026-10-28"),
        ("name: 称号有效期\n    amount: 2\n", "name: 称号有效期\n    amount: 3\n", "应为 2028-10-28，实为 2029-10-28"),
    ],
    ids=["nine days", "working days", "three years"],
)
def test_a_number_of_the_copy_that_changes_makes_its_story_fail(database, tmp_path, copied, old, new, said):
    files = with_changed(package.read_folder(copied), "programme.yaml", old, new)

    with pytest.raises(stories.StoryFails, match=said):
        tell(files, tmp_path)


@pytest.mark.parametrize(
    ("figure", "under", "at", "old", "new"),
    [
        ("premises_area", {"premises_area": "199.99"}, {"premises_area": "200.00"}, "&gt;= 200", "&gt;= 199.99"),
        ("full_time_count", {"staff": staff(14)}, {"staff": staff(15)}, "&gt;= 15<", "&gt;= 14<"),
    ],
    ids=["premises", "staff"],
)
def test_the_threshold_of_the_copy_is_the_one_written_in_its_table(copied, figure, under, at, old, new):
    files = package.read_folder(copied)

    assert (verdict(files, figure, **under), verdict(files, figure, **at)) == ("not_met", "met")
    assert verdict(with_changed(files, "criteria.dmn", old, new), figure, **under) == "met"


def test_the_original_keeps_its_own_thresholds():
    files = package.read_folder(ROOT / "processes" / SOURCE)

    assert verdict(files, "premises_area", premises_area="150.00") == "met"
    assert verdict(files, "full_time_count", staff=staff(19)) == "not_met"
