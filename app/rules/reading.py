"""Makes a table out of a .dmn file, and keeps what is wrong in single heads and cells as problems for the designer."""

from collections.abc import Mapping, Sequence

from app.errors import Invalid
from app.rules import dmn
from app.rules.cells import Test, read_constant, read_test
from app.rules.expressions import Expression, parse
from app.rules.tables import CRITERIA_COLUMNS, Column, Problem, Row, Table
from app.rules.values import Value

VALUE_HEADS = ("value", "值")
WEIGHTS = {"": "must", "must": "must", "必须": "must", "in principle": "in principle", "原则上": "in principle"}
KINDS_BY_TYPE = {
    "number": "number",
    "integer": "number",
    "long": "number",
    "double": "number",
    "string": "text",
    "boolean": "bool",
    "date": "date",
}


def read_table(xml: bytes) -> Table:
    """The table of a .dmn file. Raises Invalid if it isn't one; what is wrong in single cells is kept in `problems`."""
    written = dmn.read_xml(xml)
    problems: list[Problem] = []
    names = tuple(name for name, _, _ in written.outputs)
    kind = "criteria" if "figure" in names else "grade"
    columns = tuple(_column(head, kind, problems) for head in written.inputs)
    rows = tuple(
        _row(number, cells, columns, written.outputs, kind, problems)
        for number, cells in enumerate(written.rows, start=1)
    )
    problems += _problems_of_shape(written, kind, rows)
    expressions = [column.expression for column in columns] + [row.figure for row in rows]
    return Table(
        id=written.id,
        name=written.name or written.id,
        kind=kind,
        hit_policy=written.hit_policy,
        columns=columns,
        output_names=names,
        rows=rows,
        problems=tuple(problems),
        names=frozenset().union(*(expression.names for expression in expressions if expression)),
    )


def _problems_of_shape(written: dmn.Written, kind: str, rows: Sequence[Row]) -> list[Problem]:
    wanted = "COLLECT" if kind == "criteria" else "UNIQUE"
    said = "条件表（有 figure 列）逐行判断" if kind == "criteria" else "评级表只能有一行符合"
    found = []
    if written.hit_policy != wanted or written.aggregation:
        remedy = f"请把命中策略改为 {wanted}，不设汇总方式。"
        found.append(
            Problem(0, "", f"{said}，命中策略不能是 {written.hit_policy} {written.aggregation}".rstrip() + "。", remedy)
        )
    if not rows:
        found.append(Problem(0, "", "表里没有一行规则。", "请至少写一行。"))
    names = [name for name, _, _ in written.outputs]
    for name in names:
        if not name:
            found.append(Problem(0, "", "有一个输出列没有名称。", "请在列头填写名称，例如 grade。"))
        elif names.count(name) > 1:
            found.append(Problem(0, name, "有两个输出列同名。", "请改名或删去一列。"))
    if not names:
        found.append(Problem(0, "", "表里没有输出列。", "请增加一个输出列。"))
    if kind == "criteria":
        found += _problems_of_criteria_heads(written, names)
    return list(dict.fromkeys(found))


def _problems_of_criteria_heads(written: dmn.Written, names: Sequence[str]) -> list[Problem]:
    found = []
    tests = [text for text, _, _, _ in written.inputs if text in VALUE_HEADS]
    if len(tests) != 1:
        found.append(
            Problem(0, "value", f"条件表要有且只有一个检验列，现有 {len(tests)} 个。", "请把检验列的列头写作 value。")
        )
    if "clause" not in names:
        found.append(Problem(0, "clause", "条件表缺少条款列。", "请增加输出列 clause，每行写明条款号。"))
    for name in names:
        if name and name not in CRITERIA_COLUMNS:
            found.append(Problem(0, name, "条件表里没有这种列。", f"可用的列：{'、'.join(CRITERIA_COLUMNS)}。"))
    return found


def _column(head: tuple[str, str, str, str], kind: str, problems: list[Problem]) -> Column:
    text, label, type_name, allowed = head
    said = label or text
    is_value = kind == "criteria" and text in VALUE_HEADS
    expression, domain = None, Test("-")
    try:
        expression = None if is_value else parse(text)
    except Invalid as error:
        problems.append(Problem(0, said, f"列头“{text}”读不懂：{error.message}", "列头写名称或简单算式。"))
    try:
        domain = read_test(allowed)
    except Invalid as error:
        problems.append(
            Problem(0, said, f"允许的取值“{allowed}”读不懂：{error.message}", "请逐个列出，文字加英文双引号。")
        )
    if type_name and type_name.lower() not in KINDS_BY_TYPE and type_name != "Any":
        problems.append(
            Problem(0, said, f"列的类型“{type_name}”不受支持。", "请选 string、number、integer、boolean 或 date。")
        )
    value_kind = "" if is_value else KINDS_BY_TYPE.get(type_name.lower()) or ""
    return Column(text, label, value_kind, type_name.lower() in ("integer", "long"), expression, domain)


def _row(
    number: int,
    cells: tuple[tuple[str, ...], tuple[str, ...], str],
    columns: Sequence[Column],
    outputs: Sequence[tuple[str, str, str]],
    kind: str,
    problems: list[Problem],
) -> Row:
    tests_said, outputs_said, note = cells
    if len(tests_said) != len(columns) or len(outputs_said) != len(outputs):
        problems.append(Problem(number, "", "这一行的格子数与列数不符。", "请在设计器里重新保存。"))
        return Row(number, (), {}, note)
    tests = tuple(_test(number, column, said, problems) for column, said in zip(columns, tests_said, strict=True))
    if kind == "grade":
        pairs = zip(outputs, outputs_said, strict=True)
        return Row(number, tests, {head[0]: _output(number, head, said, problems) for head, said in pairs}, note)
    facts = {head[0]: _bare(said) for head, said in zip(outputs, outputs_said, strict=True)}
    return Row(number, tests, _weighed(number, facts, problems), note, _figure(number, facts, problems))


def _test(number: int, column: Column, said: str, problems: list[Problem]) -> Test:
    try:
        test = read_test(said)
    except Invalid as error:
        problems.append(Problem(number, column.said, error.message, ""))
        return Test("-")
    if column.kind and test.kind not in ("any", "null", column.kind):
        message = f"“{said}”与列的类型不符。"
        problems.append(Problem(number, column.said, message, "请修改格子，或在列头改类型。"))
    return test


def _output(number: int, head: tuple[str, str, str], said: str, problems: list[Problem]) -> Value:
    name, label, _ = head
    try:
        return read_constant(said)
    except Invalid as error:
        problems.append(Problem(number, label or name, error.message, "输出只写一个常量。"))
        return None


def _bare(said: str) -> str:
    """The text of a criteria table's fact; designers may leave out the quotes, since it can only be text."""
    said = said.strip()
    quoted = len(said) >= 2 and said[0] == said[-1] and said[0] in "\"'"
    return said[1:-1].strip() if quoted else "" if said == "-" else said


def _weighed(number: int, facts: dict[str, str], problems: list[Problem]) -> dict[str, Value]:
    weight = facts.get("weight", "")
    if weight not in WEIGHTS:
        problems.append(
            Problem(number, "weight", f"“{weight}”不是要求的程度。", "请写 must（必须）或 in principle（原则上）。")
        )
    if not facts.get("clause"):
        problems.append(Problem(number, "clause", "没有写条款号。", "每个条件都要写明依据的条款。"))
    return {**facts, "weight": WEIGHTS.get(weight, "must")}


def _figure(number: int, facts: Mapping[str, str], problems: list[Problem]) -> Expression | None:
    try:
        return parse(facts["figure"])
    except Invalid as error:
        problems.append(Problem(number, "figure", error.message, "请写指标的名称，例如 served_firms。"))
        return None
