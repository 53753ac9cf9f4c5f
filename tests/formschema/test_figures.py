"""Figures derived from rows: each way of reckoning, with a condition, at its limits."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.formschema import Form
from tests.formschema.sample import FORM, GOOD, form_of, good

COLUMNS = [
    {"type": "textfield", "key": "name", "label": "姓名"},
    {
        "type": "select",
        "key": "degree",
        "label": "学历",
        "values": [{"value": "bachelor"}, {"value": "college"}, {"value": "none"}],
    },
    {"type": "select", "key": "title", "label": "职称", "values": [{"value": "senior"}, {"value": "none"}]},
    {"type": "checkbox", "key": "full_time", "label": "专职"},
    {"type": "number", "key": "year", "label": "年度", "decimalDigits": 0},
    {"type": "number", "key": "served", "label": "服务企业", "decimalDigits": 0},
    {"type": "number", "key": "benefit", "label": "公益"},
    {"type": "datetime", "key": "served_on", "label": "日期"},
    {"type": "checklist", "key": "channels", "label": "渠道", "values": [{"value": "online"}, {"value": "offline"}]},
]
QUALIFIED = [{"degree": ["bachelor", "college"]}, {"title": "senior"}]


def form_with(**definition: Any) -> Form:
    table = {"type": "dynamiclist", "key": "rows", "label": "表", "components": COLUMNS}
    return form_of(table, figures=[{"name": "f", "table": "rows", **definition}])


def figure(
    rows: list[dict[str, Any]], given: dict[str, object] | None = None, **definition: Any
) -> Decimal | int | None:
    """The value of one figure over some rows as they are sent."""
    form = form_with(**definition)
    return form.figures(form.load({"rows": rows}), given=given)["f"].value


def people(*degrees_and_titles: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"degree": degree, "title": title, "full_time": True} for degree, title in degrees_and_titles]


def test_rows_are_counted() -> None:
    assert figure(people(("bachelor", "none"), ("none", "none")), kind="count") == 2
    assert figure(people(("bachelor", "none"), ("none", "none")), kind="count", where={"degree": "bachelor"}) == 1
    assert figure([], kind="count") == 0


def test_a_person_who_fulfils_both_alternatives_is_counted_once() -> None:
    rows = people(("bachelor", "senior"), ("none", "senior"), ("college", "none"), ("none", "none"))

    assert figure(rows, kind="count", where=QUALIFIED) == 3
    assert figure(rows, kind="share", where=QUALIFIED) == 75


@pytest.mark.parametrize(
    ("qualified", "of", "share"), [(16, 20, 80), (15, 20, 75), (6, 10, 60), (20, 20, 100), (0, 20, 0)]
)
def test_a_share_is_exact_where_it_can_be(qualified: int, of: int, share: int) -> None:
    rows = people(*[("bachelor", "none")] * qualified, *[("none", "none")] * (of - qualified))

    assert figure(rows, kind="share", where=QUALIFIED) == share


def test_a_share_just_under_its_threshold_is_under_it() -> None:
    rows = people(*[("bachelor", "none")] * 399, *[("none", "none")] * 101)

    assert figure(rows, kind="share", where=QUALIFIED) == Decimal("79.8")
    assert figure(people(*[("bachelor", "none")] * 2, ("none", "none")), kind="share", where=QUALIFIED) < Decimal(
        "66.67"
    )


def test_a_share_is_out_of_those_that_count_at_all() -> None:
    rows = [
        *people(("bachelor", "none"), ("none", "none")),
        {"degree": "bachelor", "full_time": False},
        {"degree": "none"},
    ]

    assert figure(rows, kind="share", where=QUALIFIED, of={"full_time": True}) == 50


def test_a_share_of_nothing_is_unknown() -> None:
    assert figure([], kind="share", where=QUALIFIED) is None
    assert figure(people(("none", "none")), kind="share", of={"full_time": False}) is None


def test_a_share_may_be_of_a_columns_sum() -> None:
    rows = [{"served": 30, "full_time": True}, {"served": 70, "full_time": False}]

    assert figure(rows, kind="share", field="served", where={"full_time": True}) == 30


def test_sums_and_extremes_pass_over_empty_cells() -> None:
    rows = [{"benefit": "1.5"}, {"benefit": "2.25"}, {"name": "空"}]

    assert figure(rows, kind="sum", field="benefit") == Decimal("3.75")
    assert figure(rows, kind="min", field="benefit") == Decimal("1.5")
    assert figure(rows, kind="max", field="benefit") == Decimal("2.25")
    assert figure(rows, kind="average", field="benefit") == Decimal("1.875")


def test_of_no_numbers_the_sum_is_zero_and_the_rest_unknown() -> None:
    assert figure([{"name": "空"}], kind="sum", field="served") == 0
    for kind in ("min", "max", "average"):
        assert figure([{"name": "空"}], kind=kind, field="served") is None


def test_an_average_of_yearly_shares_is_the_mean_of_the_shares() -> None:
    rows = [{"year": 2024, "benefit": 10, "served": 100}, {"year": 2025, "benefit": 60, "served": 200}]

    assert figure(rows, kind="average", field="benefit", per="served") == 20


def test_an_average_of_shares_is_unknown_where_one_is() -> None:
    rows = [{"benefit": 10, "served": 100}, {"benefit": 0, "served": 0}]

    assert figure(rows, kind="average", field="benefit", per="served") is None


def test_different_values_are_counted_once() -> None:
    rows = [{"name": "甲公司"}, {"name": "甲 公司"}, {"name": "乙公司"}, {"served": 1}]

    assert figure(rows, kind="distinct", field="name") == 2


@pytest.mark.parametrize(
    ("served", "growth"),
    [
        ([(2024, 80), (2025, 80)], 0),
        ([(2024, 80), (2025, 79)], Decimal("-1.25")),
        ([(2024, 80), (2025, 100)], 25),
        ([(2025, 100), (2024, 80)], 25),
        ([(2023, 100), (2024, 50), (2025, 200)], -50),
        ([(2024, 40), (2024, 40), (2025, 90)], Decimal("12.5")),
        ([(2024, 0), (2025, 0)], 0),
        ([(2024, 0), (2025, 5)], 100),
        ([(2025, 80)], None),
        ([(2023, 80), (2025, 90)], None),
        ([(2024, None), (2025, 90)], None),
        ([(None, 80), (2025, 90)], None),
        ([], None),
    ],
)
def test_growth_is_the_smallest_change_from_year_to_year(served: list, growth: object) -> None:
    rows = [{"name": "行", "year": year, "served": number} for year, number in served]

    assert figure(rows, kind="growth", field="served", by="year") == growth


def test_growth_may_count_rows() -> None:
    rows = [{"year": 2024}, {"year": 2025}, {"year": 2025}]

    assert figure(rows, kind="growth", by="year") == 100


@pytest.mark.parametrize(("number", "counts"), [(19, 0), (20, 1), (21, 1), (40, 1), (41, 0), (None, 0)])
def test_a_condition_from_to_includes_both_ends(number: int | None, counts: int) -> None:
    rows = [{"name": "x", "served": number}]

    assert figure(rows, kind="count", where={"served": {"min": 20, "max": 40}}) == counts


def test_all_tests_of_an_alternative_must_hold() -> None:
    rows = [{"degree": "bachelor", "full_time": True}, {"degree": "bachelor", "full_time": False}]

    assert figure(rows, kind="count", where={"degree": "bachelor", "full_time": True}) == 1


def test_a_condition_may_be_turned_round() -> None:
    rows = people(("bachelor", "none"), ("none", "none"), ("college", "none"))

    assert figure(rows, kind="count", where={"degree": {"not": ["none", "college"]}}) == 1


def test_a_box_that_is_not_ticked_is_false() -> None:
    assert figure([{"name": "x"}, {"full_time": True}], kind="count", where={"full_time": False}) == 1


def test_of_several_choices_one_suffices() -> None:
    rows = [{"channels": ["online", "offline"]}, {"channels": ["online"]}]

    assert figure(rows, kind="count", where={"channels": "offline"}) == 1


def test_a_given_year_selects_rows() -> None:
    rows = [{"year": 2024, "served": 1}, {"year": 2025, "served": 2}]
    definition = {"kind": "sum", "field": "served", "where": {"year": {"given": "last_year"}}}

    assert figure(rows, {"last_year": 2025}, **definition) == 2
    assert figure(rows, {"last_year": 2023}, **definition) == 0
    assert figure(rows, None, **definition) is None


@pytest.mark.parametrize(
    ("day", "counts"), [("2025-06-15", 0), ("2025-06-16", 1), ("2026-06-15", 1), ("2026-06-16", 0)]
)
def test_given_days_make_a_window(day: str, counts: int) -> None:
    window = {"served_on": {"min": {"given": "since"}, "max": {"given": "until"}}}
    given = {"since": date(2025, 6, 16), "until": date(2026, 6, 15)}

    assert figure([{"served_on": day}], given, kind="count", where=window) == counts
    assert figure([{"name": "无日期"}], given, kind="count", where=window) == 0


def test_a_field_may_be_a_figure_with_its_unit_and_clause() -> None:
    found = FORM.figures(FORM.load(GOOD))["total_assets"]

    assert (found.value, found.unit, found.label, found.clause) == (Decimal("1500.5"), "万元", "资产总额", "X-7.1")


def test_figures_of_an_empty_draft_do_not_fail() -> None:
    assert {name: figure.value for name, figure in FORM.figures({}).items()} == {"total_assets": None, "staff_count": 0}


def test_shares_are_percent_unless_said_otherwise() -> None:
    assert form_with(kind="share").figures({})["f"].unit == "%"
    assert form_with(kind="count", unit="人").figures({})["f"].unit == "人"


def test_a_table_may_ask_for_every_field_and_figure() -> None:
    values = FORM.values(FORM.load(GOOD))

    assert values["kind"] == "general"
    assert values["functions"] == ("training",)
    assert values["licence"] == 1
    assert values["founded_on"] == date(2020, 1, 1)
    assert values["total_assets"] == values["assets"] == Decimal("1500.5")
    assert values["staff_count"] == 2
    assert values["operating_since"] is None
    assert "staff" not in values


def test_only_marked_fields_go_to_the_engine() -> None:
    assert FORM.scalars(FORM.load(GOOD)) == {"staff_total": 2, "kind": "general"}
    assert FORM.scalars({}) == {"staff_total": None, "kind": None}


def test_a_typed_total_that_differs_from_the_rows_is_a_warning() -> None:
    assert FORM.warnings(FORM.load(GOOD)) == {}
    assert FORM.warnings(FORM.load(good(staff_total=3))) == {
        "staff_total": ["填报数 3 与表格中得出的“服务人员” 2 不一致，请核对。"]
    }


@pytest.mark.parametrize(("length", "warned"), [(99, False), (100, False), (101, True)])
def test_a_long_text_is_a_warning_and_no_error(length: int, warned: bool) -> None:
    answers = FORM.load(good(kind="special", speciality="字" * length))

    assert ("speciality" in FORM.warnings(answers)) is warned


@pytest.mark.parametrize(("number", "warned"), [(9, True), (10, False), (20, False), (21, True)])
def test_an_unusual_number_is_a_warning(number: int, warned: bool) -> None:
    form = form_of({"type": "number", "properties": {"warn_min": 10, "warn_max": "20", "unit": "家"}})

    assert bool(form.warnings(form.load({"x": number}))) is warned
