"""HBL-6: an application that meets every condition exactly at its boundary, and one step below each."""

from datetime import date
from typing import Any

import pytest

from tests.processes.judging import Judged, answered, shipped

PROGRAMME = shipped("hebei-library")
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
    **answered(PROGRAMME, "first_batch"), **DATES,
    "years": [
        {"year": 2024, "service_income_wan": "260.0", "service_profit_wan": "18.5", "served_firms": 120, "events": 12},
        {"year": 2023, "service_income_wan": "231.0", "service_profit_wan": "-2.1", "served_firms": 110, "events": 9},
    ],
    "founded_on": "2023-06-13", "premises_area": "150.00", "total_assets_wan": "200.00",
    "experts": experts(20, senior=10), "partners": partners(5), "served": served(100, direct=10),
}


JUDGED = Judged("hebei-library", APPLICATION, "2025-06-09 10:00", date(2025, 6, 13), "130881")
CASES = [
    pytest.param({}, set(), id="hbl_6-the-boundaries-themselves"),
    pytest.param({"founded_on": "2023-06-14"}, {"成立并运营年限"}, id="hbl_6_2-a-day-short-of-two-years"),
    pytest.param({"experts": experts(19, senior=10)}, {"上年度合作专家"}, id="hbl_6_4-nineteen-experts"),
    pytest.param({"experts": experts(20, senior=9)}, {"副高级以上或同等水平专家"}, id="hbl_6_4-nine-senior"),
    pytest.param(
        {"experts": experts(20, senior=10, year=2023)}, {"上年度合作专家", "副高级以上或同等水平专家"},
        id="hbl_6_4-the-year-before",
    ),
    pytest.param({"partners": partners(4)}, {"签有协议的合作机构"}, id="hbl_6_4-four-partners"),
    pytest.param({"premises_area": "149.99"}, {"服务场地"}, id="hbl_6_5-premises"),
    pytest.param({"total_assets_wan": "199.99"}, {"总资产"}, id="hbl_6_5-assets"),
    pytest.param({"served": served(99, direct=10)}, {"近一年服务的企业"}, id="hbl_6_6-99-served"),
    pytest.param({"served": served(100, direct=9)}, {"点对点服务的企业"}, id="hbl_6_6-nine-directly"),
    pytest.param(
        {"served": served(100, direct=10, on="2024-06-12")}, {"近一年服务的企业", "点对点服务的企业"},
        id="hbl_6_6-a-day-before-the-twelve-months",
    ),
]
"""What of the application is otherwise, and the conditions that it then doesn't meet."""


def not_met(**changes: object) -> set[str]:
    return JUDGED.not_met(changes)


@pytest.mark.parametrize(("changes", "labels"), CASES)
def test_hbl_6_each_condition_at_its_boundary_and_a_step_below(changes, labels):
    """Two years to the day, 20 experts of whom 10 are senior, 5 partners, 150 square metres, 2 million yuan, 100 firms
    within twelve months and 10 of them served directly."""
    assert not_met(**changes) == labels


def test_hbl_6_5_service_assets_never_stand_in_for_total_assets():
    assert not_met(total_assets_wan="199.99", service_assets_wan="900.00") == {"总资产"}


def test_hbl_6_4_partners_without_an_agreement_dont_count():
    rows = [*partners(4), {"partner": "机构五", "agreed_on": "2024-03-01", "agreement": "none"}]

    assert not_met(partners=rows) == {"签有协议的合作机构"}
