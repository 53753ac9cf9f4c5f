"""Overlap and gaps of a grade table, found without a single answer."""

import random
from decimal import Decimal
from itertools import product

import pytest

from app.errors import Invalid
from app.rules import MissingName, Table, WrongType, check_table, coverage, read_table
from app.rules.cells import Test
from app.rules.coverage import MOST_PROBLEMS
from tests.rules.drawing import grade, table_xml

NUMBER = (("score", "number"),)
WHOLE = (("score", "integer"),)
TWO = (("score", "number"), ("complained", "boolean"))


@pytest.mark.parametrize(
    "rows",
    [
        ((">= 90", '"A"'), ("[60..90)", '"B"'), ("< 60", '"C"')),
        ((">= 90", '"A"'), ("not(>= 90)", '"B"')),
        (("-", '"A"'),),
        (("90", '"A"'), ("not(90)", '"B"')),
        (("< 60, > 80", '"A"'), ("[60..80]", '"B"')),
    ],
)
def test_a_table_with_one_row_for_every_value_has_no_problem(rows: tuple) -> None:
    assert check_table(grade(*rows)) == []


@pytest.mark.parametrize(
    ("rows", "row", "example"),
    [
        (((">= 90", '"A"'), ("<= 90", '"B"')), 2, "90"),
        (((">= 90", '"A"'), (">= 80", '"B"'), ("< 80", '"C"')), 2, "90"),
        ((("-", '"A"'), ("50", '"B"')), 2, "50"),
        (((">= 60", '"A"'), ("< 60", '"B"'), ("[10..20]", '"C"')), 3, "10"),
        ((("not(60)", '"A"'), ("not(70)", '"B"')), 2, ""),
    ],
)
def test_an_overlap_is_told_with_both_rows_and_an_example(rows: tuple, row: int, example: str) -> None:
    problems = [problem for problem in check_table(grade(*rows)) if "重叠" in problem.message]

    assert [(problem.row, problem.column) for problem in problems] == [(row, "score")]
    assert "第 1 行" in problems[0].message or "第 2 行" in problems[0].message
    assert example in problems[0].message
    assert problems[0].remedy


@pytest.mark.parametrize(
    ("rows", "example"),
    [
        (((">= 90", '"A"'), ("< 90", '"B"')), None),
        (((">= 90", '"A"'), ("< 60", '"B"')), "60"),
        (((">= 90", '"A"'), ("[60..89]", '"B"'), ("< 60", '"C"')), "89.5"),
        ((("> 60", '"A"'), ("< 60", '"B"')), "60"),
        (((">= 0", '"A"'),), "-1"),
        ((("<= 100", '"A"'),), "101"),
        ((("60", '"A"'),), "59"),
    ],
)
def test_a_gap_is_told_with_an_example(rows: tuple, example: str | None) -> None:
    problems = check_table(grade(*rows))

    assert bool(problems) is (example is not None)
    assert all("遗漏" in problem.message for problem in problems)
    assert any(f"为 {example} " in problem.message for problem in problems) or example is None


def test_whole_numbers_have_no_gap_between_59_and_60() -> None:
    rows = ((">= 60", '"A"'), ("<= 59", '"B"'))

    assert check_table(grade(*rows, inputs=WHOLE)) == []
    assert "59.5" in check_table(grade(*rows, inputs=NUMBER))[0].message


@pytest.mark.parametrize(
    ("cell", "example"), [("<= 60", "61"), (">= 60", "59"), ("not(60)", "60"), ("< 59.5, > 60.5", "60")]
)
def test_whole_numbers_leave_a_gap_where_one_is_missing(cell: str, example: str) -> None:
    problems = check_table(grade((cell, '"A"'), inputs=WHOLE))

    assert [problem for problem in problems if f"为 {example} " in problem.message]


def test_whole_numbers_between_decimals_are_looked_at() -> None:
    assert check_table(grade(("<= 59.5", '"A"'), (">= 59.6", '"B"'), inputs=WHOLE)) == []


def test_days_have_no_gap_between_two_neighbours() -> None:
    rows = (('<= date("2026-02-28")', '"A"'), ('>= date("2026-03-01")', '"B"'))

    assert check_table(grade(*rows, inputs=(("filed_on", "date"),))) == []


def test_days_leave_a_gap_where_one_is_missing() -> None:
    rows = (('< date("2026-02-28")', '"A"'), ('>= date("2026-03-01")', '"B"'))

    assert "2026-02-28" in check_table(grade(*rows, inputs=(("filed_on", "date"),)))[0].message


def test_allowed_values_narrow_what_must_be_covered() -> None:
    rows = (('"甲"', '"A"'), ('"乙"', '"B"'))

    assert "其他文字" in check_table(grade(*rows, inputs=(("kind", "string"),)))[0].message
    assert check_table(grade(*rows, inputs=(("kind", "string", '"甲","乙"'),))) == []


def test_a_cell_outside_the_allowed_values_is_told() -> None:
    table = grade(('"甲"', '"A"'), ('"已"', '"B"'), inputs=(("kind", "string", '"甲","乙"'),))

    problems = check_table(table)

    assert (problems[0].row, problems[0].column) == (2, "kind")
    assert "允许" in problems[0].message


def test_an_allowed_interval_narrows_numbers() -> None:
    rows = (("[60..100]", '"A"'), ("[0..60)", '"B"'))

    assert check_table(grade(*rows, inputs=(("score", "number", "[0..100]"),))) == []


def test_two_columns_are_looked_at_together() -> None:
    rows = ((">= 90", "false", '"A"'), (">= 90", "true", '"B"'), ("< 90", "-", '"B"'))

    assert check_table(grade(*rows, inputs=TWO)) == []
    assert "complained 为 true" in check_table(grade(rows[0], rows[2], inputs=TWO))[0].message


def test_null_must_be_covered_once_a_cell_speaks_of_it() -> None:
    rows = ((">= 60", '"A"'), ("< 60", '"B"'))
    with_null = (*rows, ("null", '"C"'))

    assert check_table(grade(*rows)) == []
    assert check_table(grade(*with_null)) == []
    assert grade(*with_null).grade({"score": None}) == {"grade": "C"}


def test_columns_that_depend_on_each_other_are_refused() -> None:
    inputs = (("score", "number"), ("score + bonus", "number"))

    problems = check_table(grade(("-", "-", '"A"'), inputs=inputs))

    assert "同一个“score”" in problems[0].message


def test_a_column_of_mixed_kinds_is_refused() -> None:
    problems = check_table(grade(("60", '"A"'), ('"甲"', '"B"'), inputs=("score",)))

    assert problems[0].column == "score"
    assert "混用" in problems[0].message


def test_not_more_than_twenty_overlaps_and_gaps_are_told() -> None:
    same = grade(*[("-", '"A"')] * 50)
    points = grade(*[(str(number), '"A"') for number in range(100)])

    assert len(check_table(same)) == MOST_PROBLEMS
    assert len(check_table(points)) == MOST_PROBLEMS


def test_a_table_with_too_many_combinations_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    width = 12
    rows = [["false"] * place + ["true"] + ["-"] * (width - place - 1) + ['"A"'] for place in range(width)]
    table = read_table(
        table_xml(*rows, ["false"] * width + ['"B"'], inputs=[(f"x{n}", "boolean") for n in range(width)])
    )
    assert check_table(table) == []

    monkeypatch.setattr(coverage, "MOST_STEPS", 10)

    assert "组合太多" in check_table(table)[0].message


@pytest.mark.parametrize("seed", range(150))
def test_what_is_found_agrees_with_trying_every_value(seed: int) -> None:
    chance = random.Random(seed)
    rows = [(*random_cells(chance), '"A"') for _ in range(chance.choice((1, 2, 3, 4)))]
    table = grade(*rows, inputs=(("score", "number"), ("complained", "boolean"), ("kind", "string")))

    found = {word for problem in check_table(table) for word in ("重叠", "遗漏") if word in problem.message}

    assert found == found_by_trying(table)


def random_cells(chance: random.Random) -> tuple[str, str, str]:
    low, high = sorted(chance.sample(range(5), 2))
    interval = f"{chance.choice('[(')}{low}..{high}{chance.choice('])')}"
    ray = f"{chance.choice(('<', '<=', '>', '>='))} {low}"
    numbers = chance.choice(("-", "-", interval, ray, f"not({interval})", f"not({ray})", str(low), f"{ray}, {high}"))
    flags = chance.choice(("-", "-", "true", "false", "not(true)", "true, false"))
    kinds = chance.choice(("-", "-", '"甲"', '"甲", "乙"', 'not("甲")', 'not("甲", "乙")'))
    return numbers, flags, kinds


def found_by_trying(table: Table) -> set[str]:
    """What a grid of values over all three columns shows."""
    scores = [Decimal(half) / 2 for half in range(-4, 14)]
    found = set()
    for values in product(scores, (True, False), ("甲", "乙", "丙")):
        matching = [row for row in table.rows if all(map(Test.accepts, row.tests, values))]
        found |= {"遗漏"} if not matching else {"重叠"} if len(matching) > 1 else set()
    return found


def test_the_row_that_matches_gives_every_output() -> None:
    rows = ((">= 90", '"A"', "3", "true"), ("< 90", '"B"', "1.5", ""))
    table = read_table(table_xml(*rows, inputs=["score"], outputs=["grade", "years", "exempt"]))

    assert table.grade({"score": 90}) == {"grade": "A", "years": 3, "exempt": True}
    assert table.grade({"score": Decimal("89.99")}) == {"grade": "B", "years": Decimal("1.5"), "exempt": None}


def test_only_scalars_come_out() -> None:
    table = grade(("-", '"A"'))

    assert all(isinstance(value, str) for value in table.grade({"score": 1}).values())


def test_a_head_may_compute() -> None:
    table = grade((">= 60", '"A"'), ("< 60", '"B"'), inputs=(("points / 10 + bonus", "number"),))

    assert table.grade({"points": 595, "bonus": Decimal("0.5")}) == {"grade": "A"}


def test_a_missing_name_is_named() -> None:
    with pytest.raises(MissingName, match="score"):
        grade(("-", '"A"')).grade({})


def test_a_value_of_the_wrong_kind_names_the_column() -> None:
    with pytest.raises(WrongType, match="score"):
        grade((">= 60", '"A"'), ("< 60", '"B"')).grade({"score": "60"})


def test_a_null_that_no_row_takes_is_refused() -> None:
    with pytest.raises(Invalid, match="没有一行符合.*null"):
        grade((">= 60", '"A"'), ("< 60", '"B"')).grade({"score": None})


def test_two_rows_that_match_are_refused_at_run_time_too() -> None:
    with pytest.raises(Invalid, match="2 行同时符合"):
        grade((">= 60", '"A"'), (">= 50", '"B"')).grade({"score": 60})
