"""A filled letter as text: paragraphs and tables in order, with the looks that print and page need."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from app.letters import package
from app.letters.template import W

ALIGNED = {"center": "center", "right": "right", "end": "right", "both": "justify", "distribute": "justify"}


@dataclass(frozen=True)
class Paragraph:
    """A paragraph: text (lines apart by a line break), align (left, center, right, justify), size in points, bold,
    colour (six hex digits, "" for black), indent of the first line in points, `ruled` for a line drawn under it (its
    colour), space before and after in points, and the right indent in points."""

    text: str
    align: str = "justify"
    size: float = 16.0
    bold: bool = False
    colour: str = ""
    indent: float = 0.0
    ruled: str = ""
    before: float = 0.0
    after: float = 0.0
    right: float = 0.0


@dataclass(frozen=True)
class Table:
    """A table: rows of cells, each a list of paragraphs; `widths` of the columns in twentieths of a point."""

    rows: tuple[tuple[tuple[Paragraph, ...], ...], ...]
    widths: tuple[float, ...] = field(default=())


Block = Paragraph | Table


def read(docx: bytes) -> list[Block]:
    """The body of a Word file, block by block. Raises package.Unfit."""
    parts = package.opened(docx)
    body = package.tree(package.BODY, parts[package.BODY]).find(f"{W}body")
    return list(_blocks(body)) if body is not None else []


def _blocks(parent: etree._Element) -> Iterator[Block]:
    for child in parent:
        if child.tag == f"{W}p":
            yield _paragraph(child)
        elif child.tag == f"{W}tbl":
            yield _table(child)
        elif child.tag == f"{W}sdt" and (content := child.find(f"{W}sdtContent")) is not None:
            yield from _blocks(content)


def _table(element: etree._Element) -> Table:
    grid = element.findall(f"{W}tblGrid/{W}gridCol")
    rows = tuple(
        tuple(tuple(_paragraph(p) for p in cell.findall(f"{W}p")) for cell in row.findall(f"{W}tc"))
        for row in element.findall(f"{W}tr")
    )
    return Table(rows, tuple(_number(column.get(f"{W}w")) for column in grid))


def _paragraph(element: etree._Element) -> Paragraph:
    run = next((r for r in element.iter(f"{W}r") if r.find(f"{W}t") is not None), None)
    looks = run.find(f"{W}rPr") if run is not None else None
    size = _number(_value(looks, "sz")) / 2 if looks is not None and _value(looks, "sz") else 16.0
    colour = _value(looks, "color")
    indent = element.find(f"{W}pPr/{W}ind")
    spacing = element.find(f"{W}pPr/{W}spacing")
    under = element.find(f"{W}pPr/{W}pBdr/{W}bottom")
    return Paragraph(
        text=_text(element),
        align=ALIGNED.get(_value(element.find(f"{W}pPr"), "jc"), "left"),
        size=size,
        bold=looks is not None and looks.find(f"{W}b") is not None and _value(looks, "b") not in ("0", "false"),
        colour="" if colour in ("", "auto", "000000") else colour,
        indent=_of(indent, "firstLine", "firstLineChars", size),
        ruled=(under.get(f"{W}color") or "000000") if under is not None else "",
        before=_number(spacing.get(f"{W}before")) / 20 if spacing is not None else 0.0,
        after=_number(spacing.get(f"{W}after")) / 20 if spacing is not None else 0.0,
        right=_of(indent, "right", "rightChars", size),
    )


def _of(indent: etree._Element | None, points: str, characters: str, size: float) -> float:
    """An indent in points; Word writes it in hundredths of a character where it counts characters."""
    if indent is None:
        return 0.0
    if indent.get(f"{W}{characters}"):
        return _number(indent.get(f"{W}{characters}")) / 100 * size
    return _number(indent.get(f"{W}{points}")) / 20


def _text(paragraph: etree._Element) -> str:
    said = []
    for node in paragraph.iter(f"{W}t", f"{W}br", f"{W}tab"):
        if next(node.iterancestors(f"{W}p")) is not paragraph or node.getparent().tag != f"{W}r":
            continue
        said.append({f"{W}br": "\n", f"{W}tab": "\t"}.get(node.tag) or node.text or "")
    return "".join(said)


def _value(parent: etree._Element | None, tag: str) -> str:
    found = parent.find(f"{W}{tag}") if parent is not None else None
    return (found.get(f"{W}val") or "") if found is not None else ""


def _number(text: str | None) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0
