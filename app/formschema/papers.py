"""A filled-in form as a docx in the manner of official forms: a grid of labels and answers, tables with their own grid,
a place for the seal. What is ours and not the regulation's (`print: false`) stays out.
"""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from app.formschema.fields import Field

HEAD, BODY = "宋体", "仿宋"
BROAD = ("textarea", "checklist", "filepicker")
"""Kinds whose answers take a line of the grid to themselves."""
SEAL = "（盖章）　　　　　　　　　　年　　月　　日"
LONG = 18
"""Characters of an answer, or of a label, beyond which it takes a line to itself."""
Words = Callable[[Field, Any], str]


def paper(
    title: str, about: Sequence[tuple[str, str]], fields: Iterable[Field], values: Mapping[str, Any], *, words: Words
) -> bytes:
    """The docx (A4) of a form: its title, a line of `about` pairs, then every printed field in order.

    `fields` are those that apply, as a tree; `words(field, answer)` says an answer in words, also that of a table's
    cell.
    """
    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2.4)
    page.top_margin = page.bottom_margin = Cm(2.5)
    _style(document.styles["Normal"], BODY, 10.5)
    _line(document.add_paragraph(), title, font=HEAD, size=20, bold=True).alignment = WD_ALIGN_PARAGRAPH.CENTER
    if about:
        _line(document.add_paragraph(), "　　".join(f"{name}：{said}" for name, said in about if said))
    sheet = _Sheet(document)
    sheet.take(fields, values, words)
    sheet.close()
    _line(document.add_paragraph(), SEAL).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


class _Sheet:
    """A document that is being filled: short answers stand two a line, the open half line waits in `_half`; the heading
    of a group waits in `_heading` for the first thing below it."""

    def __init__(self, document: Any) -> None:
        self._document, self._grid, self._half, self._heading = document, None, False, ""

    def take(self, fields: Iterable[Field], values: Mapping[str, Any], words: Words) -> None:
        for field in fields:
            if not field.print:
                continue
            if field.kind == "group":
                self._heading = field.label or self._heading
                self.take(field.fields, values, words)
                self._heading = ""
            elif field.is_table:
                rows = values.get(field.key)
                self._table(field, rows if isinstance(rows, list) else [], words)
            else:
                self._answer(field, words(field, values.get(field.key)))

    def close(self) -> None:
        """End the grid; what comes next stands below it."""
        self._grid, self._half = None, False

    def _row(self) -> Any:
        if self._grid is None:
            if self._document.element.body[-2].tag == qn("w:tbl"):  # the last is the page's; tables that touch are one
                _line(self._document.add_paragraph(), "", size=4)
            self._grid = _table(self._document, 4, (2.9, 5.2, 2.9, 5.2))
        self._half = False
        return self._grid.add_row().cells

    def _head(self) -> None:
        label, self._heading = self._heading, ""
        cells = self._row()
        cell = cells[0].merge(cells[3])
        _line(cell.paragraphs[0], label, bold=True)
        _shade(cell)

    def _answer(self, field: Field, said: str) -> None:
        if self._heading:
            self._head()
        label = field.label + (f"（{field.unit}）" if field.unit else "")
        broad = field.kind in BROAD or len(said) > LONG or len(label) > LONG
        if broad or not self._half:
            cells = self._row()
            if broad:
                answer = cells[1].merge(cells[3])
            else:
                answer, self._half = cells[1], True
            name = cells[0]
        else:
            cells = self._grid.rows[-1].cells
            name, answer, self._half = cells[2], cells[3], False
        _line(name.paragraphs[0], label)
        _line(answer.paragraphs[0], said)

    def _table(self, field: Field, rows: Sequence[Mapping[str, Any]], words: Words) -> None:
        self.close()
        if self._heading:
            _line(self._document.add_paragraph(), self._heading, size=12, bold=True)
            self._heading = ""
        columns = [column for column in field.fields if column.print]
        _line(self._document.add_paragraph(), field.label, bold=True)
        width = (16.2 - 1.1) / max(len(columns), 1)
        grid = _table(self._document, len(columns) + 1, (1.1, *[width] * len(columns)))
        heads = ["序号", *(column.label + (f"（{column.unit}）" if column.unit else "") for column in columns)]
        _cells(grid, heads, bold=True)
        _repeat(grid.rows[0])
        for place, row in enumerate(rows, start=1):
            _cells(grid, [str(place), *(words(column, row.get(column.key)) for column in columns)])
        if not rows:
            _cells(grid, ["无", *[""] * len(columns)])


def _table(document: Any, columns: int, widths: Sequence[float]) -> Any:
    made = document.add_table(rows=0, cols=columns)
    made.style, made.alignment, made.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(made.columns, widths, strict=True):
        column.width = Cm(width)
    return made


def _cells(grid: Any, said: Sequence[str], *, bold: bool = False) -> None:
    for cell, text in zip(grid.add_row().cells, said, strict=True):
        _line(cell.paragraphs[0], text, size=9, bold=bold)


def _line(paragraph: Any, text: str, *, font: str = BODY, size: float = 10.5, bold: bool = False) -> Any:
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(3)
    run = paragraph.add_run(text)
    _style(run, font, size)
    run.bold = bold
    return paragraph


def _style(styled: Any, font: str, size: float) -> None:
    styled.font.name, styled.font.size = font, Pt(size)
    styled.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def _shade(cell: Any) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", "EDF2F7")):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _repeat(row: Any) -> None:
    """The head of a table stands on each of its pages."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
