"""NAT-5 to NAT-7, NAT-28, NAT-29: an application that meets each condition exactly, and one step below each."""

from datetime import date
from typing import Any

import pytest

from app.rules import Verdict, overall
from tests.processes.judging import Judged, answered, shipped

PROGRAMME = shipped("national-platform")
COUNTED = ("on_demand", "activity", "commissioned")


def years(*, firms: int = 1000, smes: int = 900, ratios: tuple[str, ...] = ("20.00", "20.00", "20.00"),
          contracts: str = "0.00", before: int = 900) -> list[dict[str, Any]]:
    """Three years of which the last has so many customers, with commissioned income out of a hundred each."""
    return [
        {"year": 2025 - n, "income_wan": "200.00", "service_income_wan": "100.00", "commissioned_income_wan": ratio,
         "commissioned_contract_wan": contracts if n == 0 else "0.00", "served_firms": firms,
         "served_smes": smes if n == 0 else before, "assets_wan": "300.00", "profit_wan": "1.00", "tax_wan": "1.00"}
        for n, ratio in enumerate(ratios)
    ]


def staff(count: int, *, qualified: int, level: str = "none") -> list[dict[str, Any]]:
    return [
        {"person": f"专员{n}", "age": 36, "degree": "bachelor" if n < qualified else "college", "school": "河北大学",
         "title_level": level if n < qualified else "none", "duty": "服务", "full_time": "yes"}
        for n in range(count)
    ]


def partners(institutions: int, experts: int) -> list[dict[str, Any]]:
    named = [("institution", f"机构{n}") for n in range(institutions)]
    named += [("expert", f"专家{n}") for n in range(experts)]
    return [{"partner_kind": kind, "partner": name, "partner_content": "合作", "partner_term": "2025年"}
            for kind, name in named]


def served(satisfied: int, others: int) -> list[dict[str, Any]]:
    return [
        {"enterprise": f"企业{n}", "enterprise_contact": "张三", "enterprise_phone": "13800000000",
         "enterprise_service": "诊断", "satisfaction": "satisfied" if n < satisfied else "dissatisfied",
         "served_channel": "on_demand"}
        for n in range(satisfied + others)
    ]


def totals(*, policy_online: int = 10000, policy_offline: int = 500, consulting: int = 200, training: int = 2000,
           technology: int = 200, channel: str = "on_demand") -> list[dict[str, Any]]:
    rows = [("policy", "online", policy_online), ("policy", "offline", policy_offline),
            ("consulting", "offline", consulting), ("training", "offline", training),
            ("technology", "offline", technology)]
    return [{"total_function": function, "total_mode": mode, "total_channel": channel, "total_firms": firms}
            for function, mode, firms in rows]


def events(count: int, *, firms: int = 20, year: int = 2025) -> list[dict[str, Any]]:
    return [{"event_name": f"对接{n}", "event_year": year, "event_firms": firms} for n in range(count)]


APPLICATION = {
    **answered(PROGRAMME, "recognition"), "filled_on": "2026-07-20",
    "founded_on": "2023-07-31", "total_assets_wan": "300.00", "premises_area": "0.01", "years": years(),
    "staff": staff(20, qualified=16), "partners": partners(10, 0), "served": served(90, 10),
    "functions": ["consulting", "training", "technology"], "service_totals": totals(), "matchmaking": "yes",
    "events": events(10), "technology_equipped": True, "technology_team": True, "technology_library": True,
    "technology_shared": "open",
}


JUDGED = Judged("national-platform", APPLICATION, "2026-07-20 10:00", date(2026, 7, 31), "130102")
COMMISSIONED = {"非营利法人", "政府委托专项收入占比（三年平均）", "政府委托专项合同金额（三年累计）"}
"""Of which a company meets one: the mean of the yearly shares, or the contracts of three years."""
NAT_5 = [
    pytest.param({}, set()),
    pytest.param({"founded_on": "2023-08-01"}, {"运营年限"}),
    pytest.param({"total_assets_wan": "299.99"}, {"资产总额"}),
    pytest.param({"years": years(smes=899, before=899)}, {"服务中小企业占比"}),
    pytest.param({"is_not_branch": False}, {"不是分支机构"}),
    pytest.param({"years": years(ratios=("0.00", "20.00", "40.00"))}, set()),
    pytest.param({"years": years(ratios=("20.00", "20.00", "19.98"))}, COMMISSIONED),
    pytest.param({"years": years(ratios=("0.00", "0.00", "0.00"), contracts="300.00")}, set()),
    pytest.param({"years": years(ratios=("0.00", "0.00", "0.00"), contracts="299.99")}, COMMISSIONED),
]
NAT_6 = [
    pytest.param({"recognised_by": "none"}, {"省级或协会认定"}),
    pytest.param({"premises_area": "0.00"}, {"固定的服务场所"}),
    pytest.param({"years": years(smes=900, before=901)}, {"服务中小企业数量增幅"}),
    pytest.param({"served": served(89, 11)}, {"客户满意度"}),
    pytest.param({"rights": []}, {"相关知识产权"}),
    pytest.param({"staff": staff(19, qualified=16)}, {"专职服务人员"}),
    pytest.param({"staff": staff(20, qualified=15)}, {"学历或职称达到要求的人员占比"}),
    pytest.param({"quality_system": "none"}, {"质量管理体系认证"}),
    pytest.param({"catalogue_public": False}, {"公开服务目录"}),
    pytest.param({"small_firm_discount": False}, {"小微企业收费优惠"}),
    pytest.param({"complaints_handled": False}, {"处理需求和投诉"}),
    pytest.param({"keeps_secrets": False}, {"信息保密制度"}),
    pytest.param({"has_no_bad_record": False}, {"近三年守法诚信"}),
    pytest.param({"takes_part": False}, {"参加主管部门组织的活动"}),
    pytest.param({"finances_sound": False}, {"财务收支良好"}),
    pytest.param({"has_plans": False}, {"发展规划和年度计划"}),
    pytest.param({"staff": staff(24, qualified=19)}, {"学历或职称达到要求的人员占比"}),
    pytest.param({"staff": staff(20, qualified=15, level="senior")}, {"学历或职称达到要求的人员占比"}),
    pytest.param({"partners": partners(9, 19)}, {"集聚的服务机构", "外部专家"}),
    pytest.param({"partners": partners(9, 20)}, set()),
]
NAT_7 = [
    pytest.param({"service_totals": totals(policy_online=9999)}, {"政策服务：线上年服务"}),
    pytest.param({"service_totals": totals(policy_offline=499)}, {"政策服务：线下年服务"}),
    pytest.param({"policy_searchable": False}, {"开放的政策服务系统"}),
    pytest.param({"policy_linked": False}, {"线上线下联动"}),
    pytest.param({"service_totals": totals(consulting=199)}, {"咨询服务：线下年服务"}),
    pytest.param({"events": events(9)}, {"供需对接活动"}),
    pytest.param({"events": [*events(9), *events(1, firms=19)]}, {"供需对接活动"}),
    pytest.param({"events": [*events(9), *events(1, year=2024)]}, {"供需对接活动"}),
    pytest.param({"service_totals": totals(training=1999)}, {"年培训"}),
    pytest.param({"training_both": False}, {"线上和线下培训能力"}),
    pytest.param({"training_evaluated": False}, {"培训评价机制"}),
    pytest.param({"service_totals": totals(technology=199)}, {"技术服务：线下年服务"}),
    pytest.param({"technology_equipped": False}, {"技术服务仪器设备"}),
    pytest.param({"technology_team": False}, {"技术服务团队"}),
    pytest.param({"technology_library": False}, {"专家库或项目库"}),
    pytest.param({"technology_shared": "kept"}, {"大型、精密仪器设备共享"}),
]
CASES = [*NAT_5, *NAT_6, *NAT_7]
"""What of the application is otherwise, and the conditions that it then doesn't meet."""


def verdicts(**changes: object) -> list[Verdict]:
    return JUDGED.verdicts(changes)


def not_met(**changes: object) -> set[str]:
    return JUDGED.not_met(changes)


@pytest.mark.parametrize(("changes", "labels"), NAT_5)
def test_nat_5_and_29_each_condition_at_its_boundary_and_a_step_below(changes, labels):
    assert not_met(**changes) == labels


@pytest.mark.parametrize(("changes", "labels"), NAT_6)
def test_nat_6_each_condition_at_its_boundary_and_a_step_below(changes, labels):
    assert not_met(**changes) == labels


@pytest.mark.parametrize(("changes", "labels"), NAT_7)
def test_nat_7_each_condition_at_its_boundary_and_a_step_below(changes, labels):
    assert not_met(**changes) == labels


@pytest.mark.parametrize(("status", "meets"), [("nonprofit", True), ("company", False), ("unincorporated", False)])
def test_nat_5_and_29_a_nonprofit_needs_no_commission_an_unincorporated_unit_does(status, meets):
    assert (not_met(legal_status=status, years=years(ratios=("0.00", "0.00", "0.00"))) == set()) is meets


def test_nat_7_instruments_are_shared_where_possible():
    found = overall(verdicts(technology_shared="kept"))

    assert found.verdict == "met"
    assert [row.label for row in found.warnings] == ["大型、精密仪器设备共享"]


def test_nat_7_a_function_that_isnt_applied_for_needs_nothing():
    only_training = {"functions": ["training"], "service_totals": totals(consulting=0, technology=0)}

    assert not_met(**only_training, matchmaking=None, events=[], technology_equipped=False) == set()


def test_nat_7_matchmaking_is_asked_only_where_it_is_offered():
    assert not_met(matchmaking="no", events=[]) == set()
    assert not_met(matchmaking="yes", events=[]) == {"供需对接活动"}


@pytest.mark.parametrize("channel", COUNTED)
def test_nat_28_three_channels_count(channel):
    assert not_met(service_totals=totals(channel=channel)) == set()


@pytest.mark.parametrize("channel", ["pushed", "views"])
def test_nat_28_page_views_and_pushed_messages_dont_count(channel):
    assert not_met(service_totals=totals(channel=channel)) == {
        "政策服务：线上年服务", "政策服务：线下年服务", "咨询服务：线下年服务", "年培训", "技术服务：线下年服务",
    }


def test_nat_27_in_the_western_regions_a_figure_may_be_relaxed_elsewhere_not():
    few = {"total_assets_wan": "299.99", "partners": partners(9, 0)}

    assert overall(verdicts(**few, western="no")).verdict == "not_met"
    western = overall(verdicts(**few, western="yes"))
    assert western.verdict == "met"
    assert {row.label for row in western.warnings} == {"资产总额", "集聚的服务机构", "外部专家"}


def test_nat_27_what_isnt_named_there_holds_in_the_western_regions_too():
    assert overall(verdicts(western="yes", recognised_by="none")).verdict == "not_met"
    assert overall(verdicts(western="yes", is_not_branch=False)).verdict == "not_met"
