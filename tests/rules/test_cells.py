"""The tests in a table's cells: each bound at, just under and just over."""

from datetime import date
from decimal import Decimal

import pytest

from app.errors import Invalid
from app.rules import WrongType
from app.rules.cells import read_constant, read_test

UNDER, AT, OVER = Decimal("59.99"), 60, Decimal("60.01")


@pytest.mark.parametrize(
    ("cell", "passing"),
    [
        (">= 60", (False, True, True)),
        ("> 60", (False, False, True)),
        ("<= 60", (True, True, False)),
        ("< 60", (True, False, False)),
        ("= 60", (False, True, False)),
        ("60", (False, True, False)),
        ("[60..80)", (False, True, True)),
        ("(60..80]", (False, False, True)),
        ("]60..80[", (False, False, True)),
        ("[40..60]", (True, True, False)),
        ("[40..60)", (True, False, False)),
        ("not(60)", (True, False, True)),
        ("not(>= 60)", (True, False, False)),
        ("not([60..80))", (True, False, False)),
        ("< 60, > 60", (True, False, True)),
        ("-", (True, True, True)),
        ("", (True, True, True)),
        ("  ", (True, True, True)),
    ],
)
def test_a_numeric_test_at_its_bound(cell: str, passing: tuple[bool, bool, bool]) -> None:
    assert tuple(read_test(cell).accepts(value) for value in (UNDER, AT, OVER)) == passing


def test_the_far_bound_of_an_interval() -> None:
    half_open, closed = read_test("[60..80)"), read_test("(60..80]")

    assert [half_open.accepts(value) for value in (Decimal("79.99"), 80, Decimal("80.01"))] == [True, False, False]
    assert [closed.accepts(value) for value in (Decimal("79.99"), 80, Decimal("80.01"))] == [True, True, False]


def test_a_negative_number() -> None:
    assert read_test(">= -5").accepts(-5)
    assert not read_test(">= -5").accepts(-6)
    assert read_test("[-2..-1]").accepts(Decimal("-1.5"))


@pytest.mark.parametrize(
    ("cell", "value", "passes"),
    [
        ('"甲","乙"', "甲", True),
        ('"甲","乙"', "丙", False),
        ('not("甲","乙")', "丙", True),
        ('not("甲","乙")', "乙", False),
        ("true", True, True),
        ("true", False, False),
        ("false", False, True),
        ("true,false", False, True),
        ("1, 2", 2, True),
        ("1, 2", 3, False),
        ('date("2026-03-15")', date(2026, 3, 15), True),
        ('>= date("2026-03-15")', date(2026, 3, 14), False),
        ('[@"2026-01-01"..@"2026-12-31"]', date(2026, 12, 31), True),
        ("null", None, True),
        ("null", 5, False),
        ("null", "x", False),
        ("not(null)", None, False),
        ("not(null)", 5, True),
        ('"甲", null', None, True),
        ('"甲"', None, False),
        ('not("甲")', None, False),
        ("-", None, True),
    ],
)
def test_a_cell_of_another_kind(cell: str, value: object, passes: bool) -> None:
    assert read_test(cell).accepts(value) is passes


@pytest.mark.parametrize(
    ("cell", "value"),
    [(">= 60", "60"), ('"甲"', 1), ("true", 1), ("1", True), (">= 60", date(2026, 1, 1)), ('date("2026-01-01")', 60)],
)
def test_a_value_of_another_kind_than_the_cell_is_an_error(cell: str, value: object) -> None:
    with pytest.raises(WrongType, match="只用于"):
        read_test(cell).accepts(value)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("甲", '"甲"'),
        ("score", "没有加引号"),
        (">= score", "没有加引号"),
        ("60..80", "读不懂"),
        ("[60..80", "区间没有写完"),
        ("[60,80]", "读不懂"),
        ("[80..60]", "没有任何值"),
        ("[60..60)", "没有任何值"),
        ('[60.."a"]', "只有数字和日期"),
        ('[60..date("2026-01-01")]', "不是同一类"),
        ('>= "甲"', "只有数字和日期"),
        (">= true", "只有数字和日期"),
        ('"甲", 1', "混写"),
        ('not("甲"), "乙"', "读不懂"),
        ("not(not(1))", "读不懂"),
        ("not()", "读不懂"),
        ("!= 60", "not"),
        ("60 + 1", "读不懂"),
        (">= 60 and < 80", "读不懂"),
        ("? > 60", "不用写问号"),
        (">= 80%", "百分号"),
        ("＞= 60", "半角"),
        ('- "甲"', "负号"),
        (">=", "没有写完"),
        ('"甲",', "没有写完"),
        ("1 2", "读不懂"),
    ],
)
def test_a_cell_that_cannot_be_read_says_what_to_write(cell: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_test(cell)


def test_a_cell_of_500_characters_is_read_and_one_of_501_is_not() -> None:
    cell = '"' + "甲" * 498 + '"'
    assert read_test(cell).accepts("甲" * 498)

    with pytest.raises(Invalid, match="501"):
        read_test(cell[:-1] + '甲"')


@pytest.mark.parametrize(
    ("cell", "value"),
    [('"A"', "A"), ("1", 1), ("-1.5", Decimal("-1.5")), ("true", True), ("null", None), ("", None), ("-", None)],
)
def test_an_output_cell_holds_one_constant(cell: str, value: object) -> None:
    assert read_constant(cell) == value
    assert type(read_constant(cell)) is type(value)


@pytest.mark.parametrize("cell", ["A", "1 + 1", '"A","B"', "> 5", "[1..2]", "x()", '"A" "B"', "not(1)"])
def test_an_output_cell_with_anything_else_is_refused(cell: str) -> None:
    with pytest.raises(Invalid):
        read_constant(cell)
