"""NAT-5 to NAT-7, NAT-28, NAT-29: an application that meets each condition exactly, and one step below each."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.programmes import criteria, package
from app.programmes.programme import Programme
from app.programmes.reading import read_yaml
from app.rules import overall

FOLDER = Path(__file__).parent.parent.parent / "processes" / "national-platform"
REFERENCE_DAY = date(2026, 7, 31)
PROGRAMME = Programme(package.read_folder(FOLDER))
FILES = {asked.key for asked in PROGRAMME.form("application").asked if asked.kind == "filepicker"}
WRITTEN = read_yaml((FOLDER / "examples" / "recognition.yaml").read_bytes())["answers"]["application"]
SHORT = {"partners", "staff", "served"}
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
    **{key: value for key, value in WRITTEN.items() if key not in FILES | SHORT}, "filled_on": "2026-07-20",
    "founded_on": "2023-07-31", "total_assets_wan": "300.00", "premises_area": "0.01", "years": years(),
    "staff": staff(20, qualified=16), "partners": partners(10, 0), "served": served(90, 10),
    "functions": ["consulting", "training", "technology"], "service_totals": totals(), "matchmaking": "yes",
    "events": events(10), "technology_equipped": True, "technology_team": True, "technology_library": True,
    "technology_shared": "open",
}


@pytest.fixture
def verdicts(clock_at: Callable[[str], None]) -> Callable[..., list]:
    clock_at("2026-07-20 10:00")

    def found(**changes: object) -> list:
        rows = criteria.verdicts(
            PROGRAMME, {**APPLICATION, **changes}, reference_day=REFERENCE_DAY, region_code="130102"
        )
        assert {row.verdict for row in rows} <= {"met", "not_met", "not_applicable"}
        return rows

    return found


@pytest.fixture
def not_met(verdicts: Callable[..., list]) -> Callable[..., set[str]]:
    """The conditions that the application doesn't meet where some of its answers are others; of those of which one
    suffices, nothing is said while one is met."""

    def found(**changes: object) -> set[str]:
        rows = verdicts(**changes)
        helped = {row.group for row in rows if row.group and row.verdict == "met"}
        return {row.label for row in rows if row.verdict == "not_met" and row.group not in helped}

    return found


def test_nat_5_to_7_the_boundaries_themselves_are_met(not_met):
    assert not_met() == set()


@pytest.mark.parametrize(
    ("changes", "labels"),
    [
        ({"founded_on": "2023-08-01"}, {"运营年限"}),
        ({"total_assets_wan": "299.99"}, {"资产总额"}),
        ({"years": years(smes=899, before=899)}, {"服务中小企业占比"}),
        ({"is_not_branch": False}, {"不是分支机构"}),
    ],
)
def test_nat_5_and_29_a_step_below_fails(not_met, changes, labels):
    assert not_met(**changes) == labels


def test_nat_5_the_mean_of_the_yearly_shares_or_the_contracts_of_three_years_suffice_for_a_company(not_met):
    both = {"非营利法人", "政府委托专项收入占比（三年平均）", "政府委托专项合同金额（三年累计）"}

    assert not_met(years=years(ratios=("0.00", "20.00", "40.00"))) == set()
    assert not_met(years=years(ratios=("20.00", "20.00", "19.98"))) == both
    assert not_met(years=years(ratios=("0.00", "0.00", "0.00"), contracts="300.00")) == set()
    assert not_met(years=years(ratios=("0.00", "0.00", "0.00"), contracts="299.99")) == both


@pytest.mark.parametrize(("status", "meets"), [("nonprofit", True), ("company", False), ("unincorporated", False)])
def test_nat_5_and_29_a_nonprofit_needs_no_commission_an_unincorporated_unit_does(not_met, status, meets):
    assert (not_met(legal_status=status, years=years(ratios=("0.00", "0.00", "0.00"))) == set()) is meets


@pytest.mark.parametrize(
    ("changes", "labels"),
    [
        ({"recognised_by": "none"}, {"省级或协会认定"}),
        ({"premises_area": "0.00"}, {"固定的服务场所"}),
        ({"years": years(smes=900, before=901)}, {"服务中小企业数量增幅"}),
        ({"served": served(89, 11)}, {"客户满意度"}),
        ({"rights": []}, {"相关知识产权"}),
        ({"staff": staff(19, qualified=16)}, {"专职服务人员"}),
        ({"staff": staff(20, qualified=15)}, {"学历或职称达到要求的人员占比"}),
        ({"quality_system": "none"}, {"质量管理体系认证"}),
        ({"catalogue_public": False}, {"公开服务目录"}),
        ({"small_firm_discount": False}, {"小微企业收费优惠"}),
        ({"complaints_handled": False}, {"处理需求和投诉"}),
        ({"keeps_secrets": False}, {"信息保密制度"}),
        ({"has_no_bad_record": False}, {"近三年守法诚信"}),
        ({"takes_part": False}, {"参加主管部门组织的活动"}),
        ({"finances_sound": False}, {"财务收支良好"}),
        ({"has_plans": False}, {"发展规划和年度计划"}),
    ],
)
def test_nat_6_a_step_below_fails(not_met, changes, labels):
    assert not_met(**changes) == labels


def test_nat_6_3_a_degree_and_a_title_of_one_person_count_once(not_met):
    assert not_met(staff=staff(20, qualified=15, level="senior")) == {"学历或职称达到要求的人员占比"}


@pytest.mark.parametrize(("institutions", "experts", "meets"), [(10, 0, True), (9, 19, False), (9, 20, True)])
def test_nat_6_4_ten_institutions_or_twenty_experts(not_met, institutions, experts, meets):
    expected = set() if meets else {"集聚的服务机构", "外部专家"}

    assert not_met(partners=partners(institutions, experts)) == expected


@pytest.mark.parametrize(
    ("changes", "labels"),
    [
        ({"service_totals": totals(policy_online=9999)}, {"政策服务：线上年服务"}),
        ({"service_totals": totals(policy_offline=499)}, {"政策服务：线下年服务"}),
        ({"policy_searchable": False}, {"开放的政策服务系统"}),
        ({"policy_linked": False}, {"线上线下联动"}),
        ({"service_totals": totals(consulting=199)}, {"咨询服务：线下年服务"}),
        ({"events": events(9)}, {"供需对接活动"}),
        ({"events": [*events(9), *events(1, firms=19)]}, {"供需对接活动"}),
        ({"events": [*events(9), *events(1, year=2024)]}, {"供需对接活动"}),
        ({"service_totals": totals(training=1999)}, {"年培训"}),
        ({"training_both": False}, {"线上和线下培训能力"}),
        ({"training_evaluated": False}, {"培训评价机制"}),
        ({"service_totals": totals(technology=199)}, {"技术服务：线下年服务"}),
        ({"technology_equipped": False}, {"技术服务仪器设备"}),
        ({"technology_team": False}, {"技术服务团队"}),
        ({"technology_library": False}, {"专家库或项目库"}),
        ({"technology_shared": "kept"}, {"大型、精密仪器设备共享"}),
    ],
)
def test_nat_7_a_step_below_fails(not_met, changes, labels):
    assert not_met(**changes) == labels


def test_nat_7_instruments_are_shared_where_possible(verdicts):
    found = overall(verdicts(technology_shared="kept"))

    assert found.verdict == "met"
    assert [row.label for row in found.warnings] == ["大型、精密仪器设备共享"]


def test_nat_7_a_function_that_isnt_applied_for_needs_nothing(not_met):
    only_training = {"functions": ["training"], "service_totals": totals(consulting=0, technology=0)}

    assert not_met(**only_training, matchmaking=None, events=[], technology_equipped=False) == set()


def test_nat_7_matchmaking_is_asked_only_where_it_is_offered(not_met):
    assert not_met(matchmaking="no", events=[]) == set()
    assert not_met(matchmaking="yes", events=[]) == {"供需对接活动"}


@pytest.mark.parametrize("channel", COUNTED)
def test_nat_28_three_channels_count(not_met, channel):
    assert not_met(service_totals=totals(channel=channel)) == set()


@pytest.mark.parametrize("channel", ["pushed", "views"])
def test_nat_28_page_views_and_pushed_messages_dont_count(not_met, channel):
    assert not_met(service_totals=totals(channel=channel)) == {
        "政策服务：线上年服务", "政策服务：线下年服务", "咨询服务：线下年服务", "年培训", "技术服务：线下年服务",
    }


def test_nat_27_in_the_western_regions_a_figure_may_be_relaxed_elsewhere_not(verdicts):
    few = {"total_assets_wan": "299.99", "partners": partners(9, 0)}

    assert overall(verdicts(**few, western="no")).verdict == "not_met"
    western = overall(verdicts(**few, western="yes"))
    assert western.verdict == "met"
    assert {row.label for row in western.warnings} == {"资产总额", "集聚的服务机构", "外部专家"}


def test_nat_27_what_isnt_named_there_holds_in_the_western_regions_too(verdicts):
    assert overall(verdicts(western="yes", recognised_by="none")).verdict == "not_met"
    assert overall(verdicts(western="yes", is_not_branch=False)).verdict == "not_met"
