"""Decision tables as the table editor writes them, made from short rows of text."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from app.rules import Table, read_table

MODEL = "https://www.omg.org/spec/DMN/20191111/MODEL/"
_HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="{MODEL}" xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/"
 xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/" id="definitions" name="表" namespace="http://camunda.org/schema/1.0/dmn">
"""
_DIAGRAM = """<dmndi:DMNDI><dmndi:DMNDiagram><dmndi:DMNShape dmnElementRef="decision">
<dc:Bounds height="80" width="180" x="160" y="100" /></dmndi:DMNShape></dmndi:DMNDiagram></dmndi:DMNDI>"""


def table_xml(
    *rows: Sequence[str],
    inputs: Sequence[str | tuple[str, str] | tuple[str, str, str]],
    outputs: Sequence[str] = ("grade",),
    policy: str = "UNIQUE",
    extra: str = "",
    notes: Sequence[str] = (),
) -> bytes:
    """A .dmn file. An input is "name", (name, type) or (name, type, allowed values); a row has inputs, then outputs."""
    columns = "".join(_input(place, head) for place, head in enumerate(inputs))
    columns += "".join(f'<output id="o{place}" name={quoteattr(name)} />' for place, name in enumerate(outputs))
    said = [*notes, *[""] * len(rows)]
    body = "".join(_rule(place, row, len(inputs), said[place]) for place, row in enumerate(rows))
    inside = f'{columns}<annotation name="说明" />{body}'
    table = f'<decisionTable id="table" hitPolicy="{policy}"{extra}>{inside}</decisionTable>'
    decision = f'<decision id="decision" name="测试表">{table}</decision>'
    return f"{_HEAD}{decision}{_DIAGRAM}</definitions>".encode()


def grade(*rows: Sequence[str], inputs: Sequence[str | tuple[str, ...]] = (("score", "number"),)) -> Table:
    """A grade table, read."""
    return read_table(table_xml(*rows, inputs=inputs))


CRITERIA_INPUTS = ("kind", "functions", "value")
CRITERIA_OUTPUTS = ("figure", "unit", "weight", "group", "clause")


def criteria(*rows: Sequence[str]) -> Table:
    """A criteria table, read; a row is kind, functions, test, figure, unit, weight, group, clause."""
    return read_table(table_xml(*rows, inputs=CRITERIA_INPUTS, outputs=CRITERIA_OUTPUTS, policy="COLLECT"))


def _input(place: int, head: str | tuple[str, ...]) -> str:
    name, kind, allowed = (head, "", "") if isinstance(head, str) else (*head, "", "")[:3]
    type_ref = f' typeRef="{kind}"' if kind else ""
    values = f'<inputValues id="v{place}"><text>{escape(allowed)}</text></inputValues>' if allowed else ""
    expression = f'<inputExpression id="e{place}"{type_ref}><text>{escape(name)}</text></inputExpression>'
    return f'<input id="i{place}">{expression}{values}</input>'


def _rule(place: int, row: Sequence[str], inputs: int, note: str) -> str:
    cells = [
        f'<{"input" if column < inputs else "output"}Entry id="c{place}_{column}"><text>{escape(said)}</text>'
        f"</{'input' if column < inputs else 'output'}Entry>"
        for column, said in enumerate(row)
    ]
    return f'<rule id="r{place}">{"".join(cells)}<annotationEntry><text>{escape(note)}</text></annotationEntry></rule>'
