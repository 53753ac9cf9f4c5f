"""HUB-20: a city runs a selection of its own in the same way: copied, its authority and parameters changed, no code."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli_programme import programme as command
from app.programmes import package
from app.programmes.programme import Programme

ROOT = Path(__file__).parents[2]
SOURCE, KEY = "hubei-selected", "yichang-selected"
CENTRE = "宜昌市中小企业服务中心"
OPTIONS = ("--name", "宜昌市严选服务机构", "--code", "YCS", "--region", "420500", "--authority", CENTRE)
EDITS = (
    ("    tier: province\n    region: \"420500\"", "    tier: city\n    region: \"420500\""),
    ("tiers: [city, province]", "tiers: [county, city]"),
    ("matched_by: region, tier: city, clause", "matched_by: region, tier: county, clause"),
    ("matched_by: department, tier: province", "matched_by: department, tier: city"),
    ("    name: 称号有效期\n    amount: 3", "    name: 称号有效期\n    amount: 2"),
)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("copy")
    for tree in ("processes", "forms"):
        shutil.copytree(ROOT / tree, place / tree, ignore=shutil.ignore_patterns("examples"))
    made = CliRunner().invoke(command, ["copy", str(place / "processes" / SOURCE), KEY, *OPTIONS])
    assert made.exit_code == 0, made.output
    file = place / "processes" / KEY / "programme.yaml"
    text = file.read_text(encoding="utf-8")
    for old, new in EDITS:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    return file.parent


def test_hub_20_the_copy_of_a_city_is_without_errors(copied):
    result = CliRunner().invoke(command, ["check", str(copied)])

    assert result.exit_code == 0, result.output
    assert "0 处错误" in result.output


def test_hub_20_the_city_centre_is_the_authority_and_the_numbers_are_its_own(copied):
    made = Programme(package.read_folder(copied))

    assert (made.authority.kind, made.authority.tier, made.authority.name) == ("centre", "city", CENTRE)
    assert (made.batches.open_to, made.periods["validity"].period.amount) == ("420500", 2)
    assert made.tier_of("recommender") == "county"
    assert made.settings.criteria.relax[0].clause == "YCS-5.7"
