"""Checks a table before it is deployed: a grade table has exactly one row for every possible value.

Each input column is cut into a few sample values, so that every cell takes either all or nothing of what a sample
stands for: the bounds that cells name, one value between each two of them, one beyond each end, one text that no
cell names. So the search over samples is exact.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from math import ceil, floor

from app.rules.tables import Column, Problem, Row, Table
from app.rules.values import KINDS, SAID, Value, show

MOST_PROBLEMS = 20  # of one kind that are told at once
MOST_STEPS = 200_000  # of the search for gaps

_OTHER = "（其他文字）"
_SPLIT = "请调整区间或增加条件，使每种情况只符合一行。"


def check_table(table: Table, *, names: Collection[str] | None = None) -> list[Problem]:
    """What keeps `table` from being deployed; empty if nothing.

    `names` are the figures and values that will be there; a name outside them is a problem. None leaves that unchecked.
    """
    found = list(table.problems)
    if names is not None:
        for name in sorted(table.names - set(names)):
            message = f"没有名为“{name}”的指标或填报项。"
            found.append(Problem(_row_naming(table, name), "", message, "请核对名称，或在表单里定义这个指标。"))
    if not found:
        found = list(_check_criteria(table) if table.kind == "criteria" else _check_grade(table))
    return found


def _row_naming(table: Table, name: str) -> int:
    return next((row.number for row in table.rows if row.figure and name in row.figure.names), 0)


def _check_criteria(table: Table) -> Iterator[Problem]:
    place = next(place for place, column in enumerate(table.columns) if column.expression is None)
    seen: dict[object, int] = {}
    for row in table.rows:
        if row.tests[place].kind == "any":
            yield Problem(
                row.number, table.columns[place].said, "没有写检验，这一行判断不了任何事。", "请写检验，例如 >= 150。"
            )
        same = (row.outputs["figure"], row.tests, row.outputs.get("group"))
        if same in seen:
            yield Problem(row.number, "", f"与第 {seen[same]} 行的指标、检验和适用情形完全相同。", "请删去一行。")
        seen.setdefault(same, row.number)
    for place, column in enumerate(table.columns):
        if column.expression is not None:
            yield from _mixed(column, [row.tests[place] for row in table.rows], table.rows)


def _check_grade(table: Table) -> Iterator[Problem]:
    undecidable = list(_undecidable(table))
    yield from undecidable
    if undecidable:
        return
    samples = [_samples(column, [row.tests[place] for row in table.rows]) for place, column in enumerate(table.columns)]
    taken = [
        [_mask(row.tests[place].accepts(value) for value in samples[place]) for row in table.rows]
        for place in range(len(table.columns))
    ]
    yield from _overlaps(table, samples, taken)
    yield from _gaps(table, samples)


def _undecidable(table: Table) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for place, column in enumerate(table.columns):
        for name in sorted(column.expression.names):
            if name in seen:
                message = f"与“{seen[name]}”列用到同一个“{name}”，无法判断各行是否重叠或遗漏。"
                yield Problem(0, column.said, message, "请合并成一列，或改用另算好的指标。")
            seen[name] = column.said
        if not column.expression.names:
            yield Problem(0, column.said, "列头是常量，不随填报变化。", "请写指标或填报项的名称。")
        yield from _mixed(column, [row.tests[place] for row in table.rows], table.rows)
    if not table.columns:
        yield Problem(0, "", "评级表没有输入列。", "请增加一列，列头写指标的名称。")


def _mixed(column: Column, tests: Sequence, rows: Sequence[Row]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for row, test in zip(rows, tests, strict=True):
        if test.kind not in ("any", "null"):
            first.setdefault(test.kind, row.number)
        for value in sorted(test.bounds, key=show):
            if column.allowed.kind not in ("any", KINDS[type(value)]) or not column.allowed.accepts(value):
                message = f"{show(value)} 不在这一列允许的取值里。"
                yield Problem(row.number, column.said, message, "请改正，或在列头补上这个取值。")
    if len(first) > 1:
        said = "、".join(f"第 {number} 行是{SAID[kind]}" for kind, number in first.items())
        yield Problem(max(first.values()), column.said, f"同一列混用了不同类的值：{said}。", "一列只检验一类值。")


def _samples(column: Column, tests: Sequence) -> list[Value]:
    """Values that stand for everything this column may hold, in order."""
    bounds = {value for test in [*tests, column.allowed] for value in test.bounds}
    kinds = {KINDS[type(value)] for value in bounds} or {column.kind}
    kind = kinds.pop()
    if kind in ("number", "date"):
        samples = _ordered(sorted(bounds), whole=column.whole_numbers)
    elif kind == "bool":
        samples = [True, False]
    else:
        samples = [*sorted(bounds), _OTHER]
    if any(None in test.points for test in tests):
        samples.append(None)
    return [value for value in samples if column.allowed.accepts(value)] or samples


def _ordered(bounds: Sequence, *, whole: bool) -> list:
    """The bounds, a value between each two where there is one, and a value beyond each end."""
    if not bounds:
        return [Decimal(0)]
    if isinstance(bounds[0], date):
        return _days(bounds)
    if whole:
        return sorted({number for bound in bounds for number in (ceil(bound) - 1, ceil(bound), floor(bound) + 1)})
    between = [(Decimal(low) + Decimal(high)) / 2 for low, high in pairwise(bounds)]
    return sorted([bounds[0] - 1, *bounds, *between, bounds[-1] + 1])


def _days(bounds: Sequence[date]) -> list[date]:
    day = timedelta(days=1)
    before = [bound - day for bound in bounds if bound > date.min]
    after = [bound + day for bound in bounds if bound < date.max]
    return sorted({*before, *bounds, *after})


def _mask(answers: Iterator[bool]) -> int:
    return sum(1 << place for place, answer in enumerate(answers) if answer)


def _overlaps(table: Table, samples: list[list[Value]], taken: list[list[int]]) -> Iterator[Problem]:
    told = 0
    for second in range(len(table.rows)):
        for first in range(second):
            common = [masks[first] & masks[second] for masks in taken]
            if not all(common):
                continue
            told += 1
            if told > MOST_PROBLEMS:
                return
            example = [values[(mask & -mask).bit_length() - 1] for values, mask in zip(samples, common, strict=True)]
            message = f"与第 {first + 1} 行重叠，例如 {_said(table, example)} 时两行都符合。"
            yield Problem(second + 1, _differing(table, first, second), message, _SPLIT)


def _differing(table: Table, first: int, second: int) -> str:
    """The column in which two rows differ, where a designer will mend the overlap."""
    rows = table.rows[first].tests, table.rows[second].tests
    differing = [column.said for column, *tests in zip(table.columns, *rows, strict=True) if tests[0] != tests[1]]
    return differing[0] if len(differing) == 1 else ""


def _gaps(table: Table, samples: list[list[Value]]) -> Iterator[Problem]:
    """Combinations of samples that no row takes, found by narrowing the rows down column by column."""
    accepting = [
        [_mask(row.tests[place].accepts(value) for row in table.rows) for value in values]
        for place, values in enumerate(samples)
    ]
    covered: set[tuple[int, int]] = set()
    steps = 0
    stack: list[tuple[int, int, tuple[Value, ...]]] = [(0, (1 << len(table.rows)) - 1, ())]
    gaps: list[tuple[Value, ...]] = []
    while stack and len(gaps) < MOST_PROBLEMS:
        place, rows, chosen = stack.pop()
        steps += 1
        if steps > MOST_STEPS:
            yield Problem(0, "", "表的组合太多，无法判断是否有遗漏。", "请减少输入列，或拆成几张表。")
            return
        if not rows:
            gaps.append(chosen)
        elif place < len(samples) and (place, rows) not in covered:
            covered.add((place, rows))
            pairs = list(zip(samples[place], accepting[place], strict=True))
            stack += [(place + 1, rows & mask, (*chosen, value)) for value, mask in reversed(pairs)]
    for gap in gaps:
        yield Problem(0, "", f"有遗漏：{_said(table, gap)} 时没有一行符合。", "请增加一行，或放宽某一行的条件。")


def _said(table: Table, values: Sequence[Value]) -> str:
    pairs = zip(table.columns, values, strict=False)
    return "，".join(f"{column.said} 为{_OTHER if value == _OTHER else ' ' + show(value)}" for column, value in pairs)
