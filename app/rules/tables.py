"""Decision tables. Two kinds are told apart by their output columns:

criteria (hit policy COLLECT): one row a condition. Output columns `figure`, `clause`, and if wanted `label`, `unit`,
`weight`, `group`; the input column headed `value` tests the figure; every other one says when the row applies.
grade (hit policy UNIQUE): exactly one row gives the outputs.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.errors import Invalid
from app.rules.cells import Test
from app.rules.expressions import Expression
from app.rules.values import MissingName, Value, WrongType, ZeroDivisor, admit, refuse, show

CRITERIA_COLUMNS = ("figure", "clause", "label", "unit", "weight", "group")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a table. `row` counts from 1 as in the editor, 0 is the whole table; `column` is its head."""

    row: int
    column: str
    message: str
    remedy: str

    def __str__(self) -> str:
        where = (
            "".join((f"第 {self.row} 行" if self.row else "", f"“{self.column}”列" if self.column else "")) or "整张表"
        )
        return f"{where}：{self.message}{self.remedy}"


@dataclass(frozen=True)
class Column:
    """An input column: its head as an expression, the kind its cells must have ("" = any), the values it may take."""

    text: str
    label: str
    kind: str
    whole_numbers: bool
    expression: Expression | None
    allowed: Test

    @property
    def said(self) -> str:
        """What people call the column."""
        return self.label or self.text


@dataclass(frozen=True)
class Row:
    """One row. For criteria `figure` is the expression of its figure and `outputs` hold the row's other facts."""

    number: int
    tests: tuple[Test, ...]
    outputs: Mapping[str, Value]
    note: str
    figure: Expression | None = None


@dataclass(frozen=True)
class Verdict:
    """What one row of a criteria table says.

    `verdict`: "met", "not_met", "unknown" (a value is missing), or "not_applicable"; `why` says which value is missing.
    `applies_when` is the row's condition as written, "" for always. `weight`: "must" or "in principle".
    One met row of a `group` suffices.
    """

    row: int
    figure: str
    label: str
    value: Value
    test: str
    unit: str
    verdict: str
    weight: str
    group: str
    applies_when: str
    clause: str
    note: str = ""
    why: str = ""


@dataclass(frozen=True)
class Table:
    """A decision table that was read. `problems` found while reading make `criteria` and `grade` refuse."""

    id: str
    name: str
    kind: str
    hit_policy: str
    columns: tuple[Column, ...]
    output_names: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...] = ()
    names: frozenset[str] = field(default_factory=frozenset)

    def criteria(self, values: Mapping[str, object]) -> list[Verdict]:
        """The verdict of every row, in order.

        `values` hold the figures and what the rows apply by. For the latter a set or list of texts (choices ticked)
        may be given: a cell then asks whether one of them is ticked. A missing or null value gives "unknown".
        """
        self._must_be("criteria")
        return [_verdict(self, row, values) for row in self.rows]

    def grade(self, values: Mapping[str, object]) -> dict[str, Value]:
        """The outputs of the one row that matches, by name.

        Raises MissingName, WrongType, or Invalid where no row matches.
        """
        self._must_be("grade")
        taken = [column.expression.evaluate(values) for column in self.columns]
        found = [row for row in self.rows if all(map(_passes, self.columns, row.tests, taken))]
        if len(found) == 1:
            return dict(found[0].outputs)
        said = "，".join(f"{column.said} = {show(value)}" for column, value in zip(self.columns, taken, strict=True))
        what = f"有 {len(found)} 行同时符合" if found else "没有一行符合"
        raise refuse(f"决策表“{self.name}”{what}（{said}），无法得出结果。请补全填报内容或修改决策表。")

    def _must_be(self, kind: str) -> None:
        if self.problems:
            raise Invalid({"": [str(problem) for problem in self.problems]}, f"决策表“{self.name}”有错误，不能使用。")
        if self.kind != kind:
            raise refuse(f"决策表“{self.name}”不是{'条件表' if kind == 'criteria' else '评级表'}，不能这样使用。")


@dataclass(frozen=True)
class Overall:
    """What a criteria table says as a whole: "met", "not_met" or "unknown", and the rows that are the reason.

    `failed` and `unknown` hold rows that must be met; `warnings` rows that should be met in principle and aren't.
    """

    verdict: str
    failed: tuple[Verdict, ...]
    unknown: tuple[Verdict, ...]
    warnings: tuple[Verdict, ...]


def overall(verdicts: Iterable[Verdict]) -> Overall:
    """The verdicts of a table taken together: of a group one met row suffices, rows that don't apply don't count."""
    found: dict[str, list[Verdict]] = {"not_met": [], "unknown": [], "warning": []}
    for rows in _grouped(verdicts):
        said = {row.verdict for row in rows}
        if "met" in said:
            continue
        if all(row.weight == "in principle" for row in rows):
            found["warning"] += rows
        else:
            found["unknown" if "unknown" in said else "not_met"] += rows
    verdict = "not_met" if found["not_met"] else "unknown" if found["unknown"] else "met"
    return Overall(verdict, tuple(found["not_met"]), tuple(found["unknown"]), tuple(found["warning"]))


def _grouped(verdicts: Iterable[Verdict]) -> list[list[Verdict]]:
    groups: dict[object, list[Verdict]] = {}
    for row in verdicts:
        if row.verdict != "not_applicable":
            groups.setdefault(row.group or row.row, []).append(row)
    return list(groups.values())


def _passes(column: Column, test: Test, value: Value) -> bool:
    try:
        return test.accepts(value)
    except WrongType as error:
        raise WrongType(f"“{column.said}”列：{error.message}") from None


def _verdict(table: Table, row: Row, values: Mapping[str, object]) -> Verdict:
    applies, conditions, why = _applies(table.columns, row, values)
    place = next(place for place, column in enumerate(table.columns) if column.expression is None)
    test, value, verdict = row.tests[place], None, "not_applicable"
    if applies is not False:
        value, no_value = _value(row, values)
        if value is None and not test.asks_for_null:
            no_value = no_value or f"“{row.outputs['figure']}”没有填写"
        why = why or no_value
        verdict = "unknown" if why else "met" if _passes_row(row, test, value) else "not_met"
    facts = {name: str(row.outputs.get(name) or "") for name in CRITERIA_COLUMNS}
    return Verdict(
        row=row.number,
        value=value,
        test=test.text,
        verdict=verdict,
        applies_when=conditions,
        note=row.note,
        why="" if verdict == "not_applicable" else why,
        **{**facts, "label": facts["label"] or facts["figure"]},
    )


def _passes_row(row: Row, test: Test, value: Value) -> bool:
    try:
        return test.accepts(value)
    except WrongType as error:
        raise WrongType(f"第 {row.number} 行的指标“{row.outputs['figure']}”：{error.message}") from None


def _value(row: Row, values: Mapping[str, object]) -> tuple[Value, str]:
    """The figure's value, and why there is none; a plain figure may be null without a reason."""
    figure: Expression = row.figure
    missing = sorted(name for name in figure.names if values.get(name) is None)
    if any(name not in values or name != figure.text.strip() for name in missing):
        return None, f"缺少“{'”“'.join(missing)}”"
    try:
        return figure.evaluate(values), ""
    except ZeroDivisor as error:
        return None, error.message


def _applies(columns: Sequence[Column], row: Row, values: Mapping[str, object]) -> tuple[bool | None, str, str]:
    """Whether the row applies (None = a value is missing), its condition in words, and which value is missing."""
    said, answers, why = [], [], ""
    for column, test in zip(columns, row.tests, strict=True):
        if column.expression is None or test.kind == "any":
            continue
        said.append(f"{column.said}：{test.text}")
        answer = _condition(column, test, values)
        if answer is None:
            why = why or f"缺少“{column.said}”"
        answers.append(answer)
    applies = False if False in answers else None if None in answers else True
    return applies, "，".join(said), why


def _condition(column: Column, test: Test, values: Mapping[str, object]) -> bool | None:
    expression: Expression = column.expression
    raw = values.get(expression.text.strip())
    if isinstance(raw, Collection) and not isinstance(raw, str):
        return _ticked(column, test, raw)
    try:
        value = expression.evaluate(values)
    except MissingName:
        return True if test.asks_for_null and test.kind == "null" else None
    return None if value is None and not test.asks_for_null else _passes(column, test, value)


def _ticked(column: Column, test: Test, choices: Collection[object]) -> bool:
    plain = Test(test.text, test.kind, test.points, test.intervals)
    some = any(_passes(column, plain, admit(column.said, choice)) for choice in choices)
    return some is not test.negated
