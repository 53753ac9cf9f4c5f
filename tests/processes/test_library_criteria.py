"""HBL-6: an application that meets every condition exactly at its boundary, and one step below each."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.programmes import criteria, package
from app.programmes.programme import Programme
from app.programmes.reading import read_yaml

FOLDER = Path(__file__).parent.parent.parent / "processes" / "hebei-library"
REFERENCE_DAY = date(2025, 6, 13)
PROGRAMME = Programme(package.read_folder(FOLDER))
FILES = {asked.key for asked in PROGRAMME.form("application").asked if asked.kind == "filepicker"}
WRITTEN = read_yaml((FOLDER / "examples" / "first_batch.yaml").read_bytes())["answers"]["application"]
DATES = {"staff_filled_on": "2025-06-09", "filled_on": "2025-06-09"}


def experts(count: int, *, senior: int, year: int = 2024) -> list[dict[str, Any]]:
    return [
        {"expert": f"专家{n}", "expert_unit": "燕赵大学", "expert_level": "associate" if n < senior else "other",
         "expert_year": year} for n in range(count)
    ]


def partners(count: int) -> list[dict[str, Any]]:
    return [{"partner": f"机构{n}", "agreed_on": "2024-03-01", "agreement": "signed"} for n in range(count)]


def served(count: int, *, direct: int, on: str = "2024-06-13") -> list[dict[str, Any]]:
    return [
        {"enterprise": f"企业{n}", "service": "诊断", "satisfaction": "very", "served_on": on,
         "mode": "direct" if n < direct else "group"} for n in range(count)
    ]


APPLICATION = {
    **{key: value for key, value in WRITTEN.items() if key not in FILES}, **DATES,
    "years": [
        {"year": 2024, "service_income_wan": "260.0", "service_profit_wan": "18.5", "served_firms": 120, "events": 12},
        {"year": 2023, "service_income_wan": "231.0", "service_profit_wan": "-2.1", "served_firms": 110, "events": 9},
    ],
    "founded_on": "2023-06-13", "premises_area": "150.00", "total_assets_wan": "200.00",
    "experts": experts(20, senior=10), "partners": partners(5), "served": served(100, direct=10),
}


@pytest.fixture
def not_met(clock_at: Callable[[str], None]) -> Callable[..., set[str]]:
    """The conditions that the application doesn't meet where some of its answers are others."""
    clock_at("2025-06-09 10:00")

    def found(**changes: object) -> set[str]:
        verdicts = criteria.verdicts(
            PROGRAMME, {**APPLICATION, **changes}, reference_day=REFERENCE_DAY, region_code="130881"
        )
        assert {row.verdict for row in verdicts} <= {"met", "not_met"}
        return {row.label for row in verdicts if row.verdict == "not_met"}

    return found


def test_hbl_6_the_boundaries_themselves_are_met(not_met):
    """Two years to the day, 20 experts of whom 10 are senior, 5 partners, 150 square metres, 2 million yuan, 100 firms
    within twelve months and 10 of them served directly."""
    assert not_met() == set()


@pytest.mark.parametrize(
    ("changes", "labels"),
    [
        ({"founded_on": "2023-06-14"}, {"成立并运营年限"}),
        ({"experts": experts(19, senior=10)}, {"上年度合作专家"}),
        ({"experts": experts(20, senior=9)}, {"副高级以上或同等水平专家"}),
        ({"experts": experts(20, senior=10, year=2023)}, {"上年度合作专家", "副高级以上或同等水平专家"}),
        ({"partners": partners(4)}, {"签有协议的合作机构"}),
        ({"premises_area": "149.99"}, {"服务场地"}),
        ({"total_assets_wan": "199.99"}, {"总资产"}),
        ({"served": served(99, direct=10)}, {"近一年服务的企业"}),
        ({"served": served(100, direct=9)}, {"点对点服务的企业"}),
        ({"served": served(100, direct=10, on="2024-06-12")}, {"近一年服务的企业", "点对点服务的企业"}),
    ],
)
def test_hbl_6_a_step_below_a_boundary_fails_that_condition(not_met, changes, labels):
    assert not_met(**changes) == labels


def test_hbl_6_5_service_assets_never_stand_in_for_total_assets(not_met):
    assert not_met(total_assets_wan="199.99", service_assets_wan="900.00") == {"总资产"}


def test_hbl_6_4_partners_without_an_agreement_dont_count(not_met):
    rows = [*partners(4), {"partner": "机构五", "agreed_on": "2024-03-01", "agreement": "none"}]

    assert not_met(partners=rows) == {"签有协议的合作机构"}
