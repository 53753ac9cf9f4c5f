"""Reads the XML of a decision table as the table editor (dmn-js) writes it, and nothing else of DMN."""

from dataclasses import dataclass

from lxml import etree

from app.rules.values import refuse

LARGEST_FILE = 2 * 1024 * 1024  # bytes
MOST_ROWS = 500
MOST_COLUMNS = 40

_MODEL = "omg.org/spec/DMN/"
_FEEL = "feel"


@dataclass(frozen=True)
class Written:
    """A decision table as written: heads and cells are text, not yet read as rules."""

    id: str
    name: str
    hit_policy: str
    aggregation: str
    inputs: tuple[tuple[str, str, str, str], ...]  # expression, label, type, allowed values
    outputs: tuple[tuple[str, str, str], ...]  # name, label, type
    rows: tuple[tuple[tuple[str, ...], tuple[str, ...], str], ...]  # input cells, output cells, note


def read_xml(xml: bytes) -> Written:
    """The one decision table of a .dmn file; raises Invalid for other content, a DOCTYPE or a file over 2 MB."""
    root = _root(xml)
    table = _only_table(root)
    decision = table.getparent()
    inputs = tuple(_input(element) for element in _children(table, "input"))
    outputs = tuple(_output(element) for element in _children(table, "output"))
    rows = tuple(_row(element) for element in _children(table, "rule"))
    if len(inputs) + len(outputs) > MOST_COLUMNS or len(rows) > MOST_ROWS:
        raise refuse(f"决策表最多 {MOST_ROWS} 行、{MOST_COLUMNS} 列。请拆成几张表。")
    return Written(
        id=decision.get("id", ""),
        name=decision.get("name", ""),
        hit_policy=table.get("hitPolicy", "UNIQUE"),
        aggregation=table.get("aggregation", ""),
        inputs=inputs,
        outputs=outputs,
        rows=rows,
    )


def _root(xml: bytes) -> etree._Element:
    if not isinstance(xml, bytes):
        raise refuse("决策表应当是 DMN 文件的内容。")
    if len(xml) > LARGEST_FILE:
        raise refuse("决策表文件超过 2 MB，无法读取。")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise refuse(f"文件不是完整的 XML，无法读取决策表（{str(error)[:120]}）。请在设计器里重新保存。") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise refuse("文件含有 DOCTYPE 声明，出于安全不予读取。请在设计器里重新保存。")
    name = etree.QName(root)
    if name.localname != "definitions" or _MODEL not in (name.namespace or ""):
        raise refuse("文件不是 DMN 决策表。请上传决策表设计器保存的 .dmn 文件。")
    return root


def _only_table(root: etree._Element) -> etree._Element:
    decisions = _children(root, "decision")
    tables = [table for decision in decisions for table in _children(decision, "decisionTable")]
    if len(decisions) != 1 or len(tables) != 1:
        raise refuse("一个 .dmn 文件只放一张决策表，不能有别的决策或文字表达式。请拆成几个文件。")
    for foreign in ("businessKnowledgeModel", "import", "decisionService"):
        if _children(root, foreign):
            raise refuse(f"决策表文件里不能有 {foreign}。请删去，只保留一张决策表。")
    return tables[0]


def _children(element: etree._Element, name: str) -> list[etree._Element]:
    namespace = etree.QName(element).namespace
    return element.findall(f"{{{namespace}}}{name}")


def _text(element: etree._Element, *path: str) -> str:
    for name in path:
        found = _children(element, name)
        if not found:
            return ""
        element = found[0]
    if len(element):
        raise refuse(f"{etree.QName(element).localname} 里只能是文字。请在设计器里重新填写。")
    return (element.text or "").strip()


def _input(element: etree._Element) -> tuple[str, str, str, str]:
    expressions = _children(element, "inputExpression")
    kind = ""
    for expression in expressions[:1]:
        _refuse_other_language(expression)
        kind = expression.get("typeRef", "")
    return (
        _text(element, "inputExpression", "text"),
        element.get("label", ""),
        kind,
        _text(element, "inputValues", "text"),
    )


def _output(element: etree._Element) -> tuple[str, str, str]:
    return element.get("name", "").strip(), element.get("label", ""), element.get("typeRef", "")


def _row(element: etree._Element) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    cells = []
    for name in ("inputEntry", "outputEntry"):
        entries = _children(element, name)
        for entry in entries:
            _refuse_other_language(entry)
        cells.append(tuple(_text(entry, "text") for entry in entries))
    notes = [_text(entry, "text") for entry in _children(element, "annotationEntry")]
    note = "；".join(said for said in [_text(element, "description"), *notes] if said)
    return cells[0], cells[1], note


def _refuse_other_language(element: etree._Element) -> None:
    language = element.get("expressionLanguage", "")
    if language and _FEEL not in language.lower():
        raise refuse(f"决策表只用 FEEL 书写，不能用“{language[:40]}”。请在设计器里把表达式语言改为 FEEL。")
