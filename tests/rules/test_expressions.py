"""What an expression may say, and what it answers."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

import pytest

from app.errors import Invalid
from app.rules import MissingName, WrongType, parse

VALUES = {
    "score": 80,
    "得分": 80,
    "share": Decimal("79.99"),
    "kind": "社团",
    "sealed": True,
    "blank": None,
    "filed_on": date(2026, 3, 15),
}


def value(text: str, values: Mapping[str, object] = VALUES) -> object:
    """What `text` says for some values."""
    return parse(text).evaluate(values)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("score >= 80", True),
        ("score > 80", False),
        ("score <= 80", True),
        ("score < 80", False),
        ("score >= 81", False),
        ("得分 = 80", True),
        ("得分 == 80", True),
        ("score != 80", False),
        ("score = 80.0", True),
        ("share < 80", True),
        ('kind = "社团"', True),
        ("kind = '社团'", True),
        ('kind != "商会"', True),
        ('kind in ("社团", "商会")', True),
        ('kind not in ("社团", "商会")', False),
        ("score in (70, 80)", True),
        ("-score in (-80)", True),
        ("not sealed", False),
        ("not not sealed", True),
        ("sealed and score >= 80", True),
        ("not sealed or score >= 80", True),
        ("sealed = true and blank = null", True),
        ("sealed = True and blank = None", True),
        ("blank = null", True),
        ("score = null", False),
        ("kind != null", True),
        ("kind in (null)", False),
        ("blank in (null, 1)", True),
        ('filed_on = date("2026-03-15")', True),
        ('filed_on <= @"2026-03-15"', True),
        ('filed_on < @"2026-03-15"', False),
        ("score + 20 * 2", 120),
        ("(score + 20) * 2", 200),
        ("score - 10 - 10", 60),
        ("score / 3 * 3 >= 79.99", True),
        ("1 / 4", Decimal("0.25")),
        ("0.1 + 0.2 = 0.3", True),
        ("- 3 + 4", 1),
        ("- -3", 3),
        ("kind", "社团"),
        ("blank", None),
        ("  score\n>=\t80  ", True),
        ('"说\\"好\\""', '说"好"'),
    ],
)
def test_an_expression_says(text: str, expected: object) -> None:
    assert value(text) == expected
    assert type(value(text)) is type(expected)


def test_a_short_cut_spares_the_types_behind_it() -> None:
    assert value("blank != null and blank > 3") is False


def test_a_missing_name_is_an_error_that_names_it() -> None:
    with pytest.raises(MissingName, match="奖项") as caught:
        value("奖项 = 1")

    assert caught.value.name == "奖项"
    assert "奖项" in caught.value.fields[""][0]


def test_a_missing_name_behind_a_short_cut_is_an_error_as_well() -> None:
    with pytest.raises(MissingName, match="nobody"):
        value("false and nobody = 1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind >= 3", "文字"),
        ('kind > "一"', "不能比较大小"),
        ('score = "80"', "不能比较是否相等"),
        ("score = true", "是否"),
        ("sealed > false", "不能比较大小"),
        ("filed_on > 3", "日期"),
        ("blank > 3", "null"),
        ("score in (true)", "是否"),
        ("kind + 1", "加减乘除只用于数字"),
        ("filed_on - filed_on", "日期"),
        ("sealed * 2", "是否"),
        ("- kind", "文字"),
        ("score and sealed", "score"),
        ("not kind", "kind"),
        ("score / 0", "除数为零"),
        ("score / (score - 80)", "除数为零"),
        ("999999999999999 * 999999999999999", "过大"),
    ],
)
def test_values_that_do_not_go_together_are_refused_by_name(text: str, said: str) -> None:
    with pytest.raises(WrongType, match=said):
        value(text)


@pytest.mark.parametrize(
    "given",
    [
        1.5,
        float("nan"),
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal("1e99999999"),
        Decimal("1e-99999999"),
        10**18 + 1,
        -(10**18) - 1,
        [1],
        {"a": 1},
        b"x",
        datetime(2026, 3, 15),
        "x" * 10_001,
        object(),
        type("Text", (str,), {})("x"),
        type("Number", (int,), {})(1),
    ],
    ids=lambda given: f"{type(given).__name__}",
)
def test_a_value_of_another_kind_or_without_bound_is_refused_by_name(given: object) -> None:
    with pytest.raises(WrongType, match="score"):
        value("score", {"score": given})


@pytest.mark.parametrize("given", [10**18, -(10**18), Decimal(10) ** 18, "x" * 10_000, Decimal("0.000001")], ids=str)
def test_a_value_at_its_bound_is_taken(given: object) -> None:
    assert value("score", {"score": given}) == given


def test_values_that_an_expression_does_not_name_are_not_looked_at() -> None:
    assert value("score = 80", {"score": 80, "other": object()}) is True


def test_an_expression_tells_its_names_and_numbers_and_comparisons() -> None:
    expression = parse(
        'score >= 80.5 and kind in ("甲", "乙") and 类型 = "丙" and filed_on > @"2026-01-02" or -3 < score'
    )

    assert expression.names == {"score", "kind", "类型", "filed_on"}
    assert expression.numbers == (Decimal("80.5"), 3)
    assert expression.dates == (date(2026, 1, 2),)
    assert expression.compared == (("kind", "甲"), ("kind", "乙"), ("类型", "丙"))


def test_an_expression_without_digits_has_no_numbers() -> None:
    assert parse('outcome = "pass" and q1_filed').numbers == ()


def test_a_text_of_500_characters_is_read_and_one_of_501_is_not() -> None:
    text = "得分 = 1".ljust(500)
    assert parse(text).names == {"得分"}

    with pytest.raises(Invalid, match="501"):
        parse(text + " ")


@pytest.mark.parametrize(("opening", "closing"), [("(", ")"), ("not ", ""), ("- ", "")])
def test_twenty_levels_are_read_and_twenty_one_are_not(opening: str, closing: str) -> None:
    inner = "true" if opening == "not " else "1"
    assert parse(opening * 20 + inner + closing * 20).names == frozenset()

    with pytest.raises(Invalid, match="20 层"):
        parse(opening * 21 + inner + closing * 21)


def test_numbers_are_bounded() -> None:
    assert parse("9" * 15).evaluate({}) == 10**15 - 1
    assert parse("0." + "1" * 10).evaluate({}) == Decimal("0.1111111111")

    for text in ("9" * 16, "0." + "1" * 11):
        with pytest.raises(Invalid, match="过长"):
            parse(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "空的"),
        ("   ", "空的"),
        ("得分 >=", "没有写完"),
        ("(得分 = 1", "右括号"),
        ("得分 = 1)", "读不懂"),
        ("60 <= 得分 < 80", "连写"),
        ("60 <= 得分 <= 80", "and"),
        ("得分 ＝ 1", "半角“=”"),
        ("（得分 = 1）", "半角“\\(”"),
        ("类型 = “甲”", "英文双引号"),
        ('类型 = "甲', "引号"),
        ("得分 && 1", "and"),
        ("得分 || 1", "or"),
        ("!得分", "not"),
        ("得分 ≥ 1", ">="),
        ("得分 >= 80%", "百分号"),
        ("得分 in 类型", "括号"),
        ("得分 in (类型)", "常量"),
        ('得分 in (1, "甲")', "同一类"),
        ('date("2026-02-30") = 得分', "日期"),
        ('date("2026-2-3") = 得分', "日期"),
        ('@"20260203" = 得分', "日期"),
        ("1e5", "数字"),
        ("5x", "名称"),
        ('得分 * "甲"', "不是数字"),
    ],
)
def test_what_cannot_be_read_is_refused_with_advice(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as caught:
        parse(text)

    assert list(caught.value.fields) == [""]


@pytest.mark.parametrize("text", [None, 5, b"score", ["score"]])
def test_what_is_no_text_is_refused(text: object) -> None:
    with pytest.raises(Invalid, match="文字"):
        parse(text)
