"""BDP-7 and BDP-8: every figure at its threshold, just under and just over."""

from datetime import date
from typing import Any

import pytest

from app.programmes import criteria
from app.programmes.programme import Programme
from app.programmes.reading import read_yaml
from tests.processes import judging
from tests.programmes.package_files import shipped, without

CLOSES_ON = date(2026, 8, 31)
BAODING = judging.shipped("baoding-platform")
STORY = read_yaml(BAODING.files["examples/golden_week.yaml"])
ALL = ["information", "technology", "startup", "training", "finance"]
SERVICES = {
    "technology_has": ["resources", "experts", "projects"], "technology_instruments": "shared", "technology_events": 2,
    "startup_has": ["projects", "guide", "hotline", "agency"], "startup_events": 2,
    "training_basis": "filed", "training_has": ["remote", "evaluation"], "training_attendances": 800,
    "finance_has": ["advice", "supermarket"], "finance_matchmakings": 1, "finance_lectures": 2,
}


def report(**changes: Any) -> dict[str, Any]:
    """An application that meets every condition exactly at its threshold, with all five functions."""
    answers = {**STORY["answers"]["gaoyang_report"], **SERVICES, "functions": ALL}
    answers = {key: value for key, value in answers.items() if not key.startswith("m")}
    return {**answers, "staff": staff(10, 6), "operating_since": "2024-08-31", **changes}


def staff(count: int, qualified: int) -> list[dict[str, str]]:
    """So many people, of whom so many have a college degree."""
    rows = []
    for n in range(count):
        degree = "college" if n < qualified else "below"
        rows.append({"person": f"甲{n}", "post": "专员", "degree": degree, "title": "junior", "full_time": "no"})
    return rows


def years(before: int, last: int, *, benefit: int | None = None) -> list[dict[str, Any]]:
    """The two years' rows: firms served, and firms served free or at a low charge last year."""
    money = {"income_wan": "100", "service_income_wan": "90", "net_profit_wan": "1", "events": 3}
    return [
        {"year": 2025, "served_firms": last, "benefit_firms": last if benefit is None else benefit, **money},
        {"year": 2024, "served_firms": before, "benefit_firms": before, **money},
    ]


def partners(*names: str) -> list[dict[str, str]]:
    return [{"partner": name, "field": "咨询", "signed_on": "2024-01-02"} for name in names]


JUDGED = judging.Judged("baoding-platform", report(), "2026-08-20 10:00", CLOSES_ON, "130628")
CASES = [
    pytest.param({}, set(), id="bdp_7-and-8-the-thresholds-themselves"),
    *(pytest.param(under, {label}, id=f"{label}-under") for label, under in (
        ("运营年限", {"operating_since": "2024-09-01"}),
        ("资产总额", {"total_assets_wan": "149.99"}),
        ("年服务企业", {"years": years(79, 79)}),
        ("服务企业数量增幅", {"years": years(101, 100)}),
        ("用户满意度", {"satisfaction": "79.99"}),
        ("合作服务机构", {"partners": partners("甲", "乙")}),
        ("公益或低收费服务占比", {"years": years(100, 100, benefit=19)}),
        ("服务人员", {"staff": staff(9, 9)}),
        ("学历或职称达到要求的人员占比", {"staff": staff(11, 6)}),
        ("学历或职称达到要求的人员占比", {"staff": staff(22, 13)}),
        ("线下年服务企业", {"information_offline_firms": 49}),
        ("信息服务活动", {"information_events": 1}),
        ("技术服务活动", {"technology_events": 1}),
        ("创业项目洽谈和推介活动", {"startup_events": 1}),
        ("年培训", {"training_attendances": 799}),
        ("银企对接活动", {"finance_matchmakings": 0}),
        ("融资讲座", {"finance_lectures": 1}),
    )),
    *(pytest.param(over, set(), id=f"{'-'.join(over)}-over") for over in (
        {"operating_since": "2024-08-30"}, {"total_assets_wan": "150.01"}, {"years": years(81, 81)},
        {"years": years(100, 101)}, {"satisfaction": "80.01"}, {"partners": partners("甲", "乙", "丙", "丁")},
        {"years": years(100, 100, benefit=21)}, {"staff": staff(11, 11)}, {"staff": staff(11, 7)},
        {"information_offline_firms": 51}, {"information_events": 3}, {"technology_events": 3}, {"startup_events": 3},
        {"training_attendances": 801}, {"finance_matchmakings": 2}, {"finance_lectures": 3},
    )),
]
"""What of the application is otherwise, and the conditions that it then doesn't meet."""


def verdict(name: str, **changes: Any) -> str:
    """What the row of a figure says."""
    return next(row.verdict for row in JUDGED.verdicts(changes) if name in (row.figure, row.label))


def test_an_application_at_every_threshold_meets_every_condition():
    found = JUDGED.verdicts({})

    assert {row.verdict for row in found} == {"met"}
    assert len(found) == 19
    assert all(row.clause.startswith("BDP-") for row in found)


@pytest.mark.parametrize(("changes", "labels"), CASES)
def test_bdp_7_and_8_the_threshold_passes_and_one_less_fails(changes, labels):
    assert JUDGED.not_met(changes) == labels


def test_bdp_7_3_firms_of_last_year_count_and_not_those_of_the_year_before():
    assert verdict("served_last_year", years=years(80, 79)) == "not_met"
    assert verdict("served_last_year", years=years(79, 80)) == "met"


def test_bdp_7_3_the_same_number_two_years_running_is_steady_growth():
    assert verdict("served_growth", years=years(90, 90)) == "met"


@pytest.mark.parametrize(
    ("degree", "title", "counted"),
    [
        ("college", "none", True),
        ("below", "middle", True),
        ("graduate", "senior", True),
        ("below", "junior", False),
    ],
)
def test_bdp_7_6_a_degree_or_a_title_counts_once(degree, title, counted):
    one = {"person": "乙", "post": "专员", "degree": degree, "title": title, "full_time": "no"}

    share = verdict("qualified_share", staff=[*staff(9, 5), one])

    assert share == ("met" if counted else "not_met")


def test_bdp_7_6_people_who_serve_part_time_count_too():
    assert verdict("staff_count", staff=staff(10, 10)) == "met"


def test_bdp_8_only_the_functions_chosen_are_judged():
    found = criteria.verdicts(
        BAODING, report(functions=["training"], finance_lectures=0), reference_day=CLOSES_ON, region_code="130628"
    )

    judged = {row.figure for row in found if row.clause == "BDP-8" and row.verdict != "not_applicable"}
    assert judged == {"training_basis", "training_attendances"}


@pytest.mark.parametrize(
    ("answer", "said"), [("shared", "met"), ("none", "met"), ("kept", "not_met")]
)
def test_bdp_8_instruments_that_are_there_must_be_open(answer, said):
    assert verdict("technology_instruments", technology_instruments=answer) == said


@pytest.mark.parametrize(("answer", "said"), [("qualified", "met"), ("filed", "met"), ("neither", "not_met")])
def test_bdp_8_training_needs_a_qualification_or_filing(answer, said):
    assert verdict("training_basis", training_basis=answer) == said


def test_an_answer_that_is_missing_is_unknown_and_not_failed():
    answers = report()
    del answers["total_assets_wan"], answers["operating_since"]

    found = criteria.verdicts(BAODING, answers, reference_day=CLOSES_ON, region_code="130628")

    assert {row.label for row in found if row.verdict == "unknown"} == {"资产总额", "运营年限"}


def test_the_reference_day_decides_which_year_was_last():
    found = criteria.verdicts(BAODING, report(), reference_day=date(2027, 1, 4), region_code="130628")

    assert next(row.verdict for row in found if row.figure == "served_last_year") == "not_met"


def test_a_programme_without_criteria_has_no_verdicts():
    text = shipped()["programme.yaml"].decode()
    bare = text.replace("criteria:\n  table: criteria\n  form: application_report\n", "")

    programme = Programme({**without("criteria.dmn"), "programme.yaml": bare.encode()})

    assert criteria.verdicts(programme, report(), reference_day=CLOSES_ON, region_code="130628") == []
