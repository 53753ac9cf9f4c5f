"""Criteria tables: a verdict for every row, with its reason."""

from decimal import Decimal

import pytest

from app.errors import Invalid
from app.rules import WrongType, check_table, overall, read_table
from tests.rules.drawing import CRITERIA_OUTPUTS, criteria, table_xml

# kind, functions, test, figure, unit, weight, group, clause
ASSETS = ("-", "-", ">= 150", '"total_assets"', '"万元"', '"must"', "", '"X-7.1"')
FIRMS = ("-", "-", ">= 50", "served_firms", "家", "in principle", "", "X-5.3")
TRAINING = ("-", '"training"', ">= 800", "attendances", "人次", "must", "", "X-8")
NON_PROFIT = ("-", "-", "true", "non_profit", "", "must", "standing", "X-5")
INCOME = ("-", "-", ">= 20", "income_share", "%", "must", "standing", "X-5")


def verdicts(*rows: tuple[str, ...], **values: object) -> list[str]:
    """The verdicts of some rows for some values."""
    return [row.verdict for row in criteria(*rows).criteria(values)]


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (Decimal("149.99"), "not_met"),
        (150, "met"),
        (Decimal("150"), "met"),
        (Decimal("150.01"), "met"),
        (0, "not_met"),
        (None, "unknown"),
    ],
)
def test_a_threshold_at_under_and_over(value: object, verdict: str) -> None:
    assert verdicts(ASSETS, total_assets=value) == [verdict]


def test_a_figure_that_is_not_there_is_unknown_and_named() -> None:
    verdict = criteria(ASSETS).criteria({})[0]

    assert verdict.verdict == "unknown"
    assert "total_assets" in verdict.why


def test_a_verdict_carries_everything_that_a_reviewer_reads() -> None:
    xml = table_xml(
        ('"综合"', "-", ">= 150", '"total_assets"', '"万元"', "必须", "", '"X-7.1"'),
        inputs=["kind", "functions", "value"],
        outputs=CRITERIA_OUTPUTS,
        policy="COLLECT",
        notes=["以上年末为准"],
    )

    verdict = read_table(xml).criteria({"kind": "综合", "total_assets": Decimal("149.5")})[0]

    assert (verdict.row, verdict.figure, verdict.label, verdict.value) == (
        1,
        "total_assets",
        "total_assets",
        Decimal("149.5"),
    )
    assert (verdict.test, verdict.unit, verdict.verdict, verdict.weight) == (">= 150", "万元", "not_met", "must")
    assert (verdict.group, verdict.applies_when, verdict.clause) == (
        "",
        "kind：“综合”".replace("“", '"').replace("”", '"'),
        "X-7.1",
    )
    assert (verdict.note, verdict.why) == ("以上年末为准", "")


def test_every_row_is_judged_and_not_only_the_first_that_fails() -> None:
    found = criteria(ASSETS, FIRMS, TRAINING).criteria(
        {"total_assets": 1, "served_firms": 1, "attendances": 1, "functions": ["training"]}
    )

    assert [row.verdict for row in found] == ["not_met"] * 3
    assert [row.row for row in found] == [1, 2, 3]


@pytest.mark.parametrize(
    ("chosen", "verdict"),
    [
        (["training"], "met"),
        (("information", "training"), "met"),
        ({"information"}, "not_applicable"),
        ([], "not_applicable"),
        ("training", "met"),
        ("information", "not_applicable"),
        (None, "unknown"),
    ],
)
def test_a_row_applies_by_what_was_ticked(chosen: object, verdict: str) -> None:
    assert verdicts(TRAINING, attendances=800, functions=chosen) == [verdict]


def test_not_means_that_none_of_the_choices_was_ticked() -> None:
    row = ("-", 'not("training")', ">= 800", "attendances", "", "must", "", "X-8")

    assert verdicts(row, attendances=800, functions=["information"]) == ["met"]
    assert verdicts(row, attendances=800, functions=["information", "training"]) == ["not_applicable"]


def test_a_row_that_surely_does_not_apply_needs_no_other_value() -> None:
    row = ('"综合"', '"training"', ">= 800", "attendances", "", "must", "", "X-8")

    assert verdicts(row, functions=["information"]) == ["not_applicable"]


def test_whether_a_row_applies_is_unknown_without_its_value() -> None:
    verdict = criteria(("-", "true", ">= 1", "x", "", "must", "", "X-1")).criteria({"x": 1})[0]

    assert verdict.verdict == "unknown"
    assert "functions" in verdict.why


def test_a_figure_may_be_computed() -> None:
    row = ("-", "-", ">= 0", "served - served_before", "家", "must", "", "X-7.3")

    assert verdicts(row, served=80, served_before=80) == ["met"]
    assert verdicts(row, served=79, served_before=80) == ["not_met"]
    assert verdicts(row, served=79) == ["unknown"]
    assert verdicts(row, served=79, served_before=None) == ["unknown"]


def test_a_division_by_zero_leaves_the_row_unknown_and_says_so() -> None:
    row = ("-", "-", ">= 10", "benefit / served * 100", "%", "must", "", "X-7.5")

    verdict = criteria(row).criteria({"benefit": 0, "served": 0})[0]

    assert verdict.verdict == "unknown"
    assert "除数为零" in verdict.why


def test_a_test_for_null_takes_null_as_an_answer() -> None:
    row = ("-", "-", "null, false", "under_investigation", "", "must", "", "X-5.6")

    assert verdicts(row, under_investigation=None) == ["met"]
    assert verdicts(row, under_investigation=True) == ["not_met"]
    assert verdicts(row) == ["unknown"]


def test_a_value_of_the_wrong_kind_names_row_and_figure() -> None:
    with pytest.raises(WrongType, match="第 1 行.*total_assets"):
        criteria(ASSETS).criteria({"total_assets": "150"})


def test_of_a_group_one_met_row_suffices() -> None:
    table = criteria(NON_PROFIT, INCOME)

    assert overall(table.criteria({"non_profit": False, "income_share": 20})).verdict == "met"
    assert overall(table.criteria({"non_profit": True, "income_share": None})).verdict == "met"
    assert overall(table.criteria({"non_profit": False, "income_share": None})).verdict == "unknown"
    assert overall(table.criteria({"non_profit": False, "income_share": 19})).verdict == "not_met"
    assert len(overall(table.criteria({"non_profit": False, "income_share": 19})).failed) == 2


def test_what_is_required_in_principle_only_warns() -> None:
    found = overall(criteria(ASSETS, FIRMS).criteria({"total_assets": 150, "served_firms": 49}))

    assert found.verdict == "met"
    assert [row.figure for row in found.warnings] == ["served_firms"]


def test_one_failed_row_outweighs_an_unknown_one() -> None:
    found = overall(criteria(ASSETS, TRAINING).criteria({"total_assets": 1, "functions": ["training"]}))

    assert found.verdict == "not_met"
    assert [row.figure for row in found.failed] == ["total_assets"]
    assert [row.figure for row in found.unknown] == ["attendances"]


def test_rows_that_do_not_apply_do_not_count() -> None:
    assert overall(criteria(TRAINING).criteria({"functions": []})).verdict == "met"


@pytest.mark.parametrize("said", ["must", "必须", ""])
def test_a_row_must_be_met_unless_it_says_otherwise(said: str) -> None:
    assert criteria((*ASSETS[:5], said, *ASSETS[6:])).criteria({})[0].weight == "must"


@pytest.mark.parametrize("said", ["in principle", "原则上"])
def test_a_row_may_be_required_in_principle(said: str) -> None:
    assert criteria((*ASSETS[:5], said, *ASSETS[6:])).criteria({})[0].weight == "in principle"


def test_a_good_table_has_no_problem() -> None:
    assert check_table(criteria(ASSETS, FIRMS, TRAINING, NON_PROFIT, INCOME)) == []


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ((*ASSETS[:5], "maybe", *ASSETS[6:]), "weight", "maybe"),
        ((*ASSETS[:7], ""), "clause", "条款"),
        ((*ASSETS[:3], "", *ASSETS[4:]), "figure", "空的"),
        ((*ASSETS[:3], "total assets", *ASSETS[4:]), "figure", "读不懂"),
        ((*ASSETS[:3], "sum(x)", *ASSETS[4:]), "figure", "不能调用函数"),
        ((*ASSETS[:2], "-", *ASSETS[3:]), "value", "没有写检验"),
        ((*ASSETS[:2], ">= 一百", *ASSETS[3:]), "value", "引号"),
        (("综合", *ASSETS[1:]), "kind", "引号"),
    ],
)
def test_a_row_that_decides_nothing_is_told(row: tuple[str, ...], column: str, said: str) -> None:
    problems = check_table(criteria(FIRMS, row))

    assert (problems[0].row, problems[0].column) == (2, column)
    assert said in problems[0].message


def test_a_row_written_twice_is_told() -> None:
    assert "第 1 行" in check_table(criteria(ASSETS, ASSETS))[0].message


@pytest.mark.parametrize(
    ("inputs", "outputs", "said"),
    [
        (["kind"], ["figure", "clause"], "检验列"),
        (["value", "值"], ["figure", "clause"], "检验列"),
        (["value"], ["figure"], "条款列"),
        (["value"], ["figure", "clause", "colour"], "没有这种列"),
    ],
)
def test_a_criteria_table_without_its_columns_is_told(inputs: list[str], outputs: list[str], said: str) -> None:
    row = tuple(["> 1"] * len(inputs) + ["x"] * len(outputs))
    problems = check_table(read_table(table_xml(row, inputs=inputs, outputs=outputs, policy="COLLECT")))

    assert any(said in problem.message for problem in problems)


def test_a_criteria_table_collects() -> None:
    problems = check_table(
        read_table(table_xml(ASSETS, inputs=["kind", "functions", "value"], outputs=CRITERIA_OUTPUTS))
    )

    assert "COLLECT" in problems[0].remedy


def test_a_figure_that_no_form_provides_is_told_with_its_row() -> None:
    names = {"kind", "functions", "total_assets"}

    problems = check_table(criteria(ASSETS, FIRMS), names=names)

    assert [problem.row for problem in problems] == [2]
    assert "served_firms" in problems[0].message


def test_a_table_is_not_used_as_the_other_kind() -> None:
    with pytest.raises(Invalid, match="评级表"):
        criteria(ASSETS).grade({})
