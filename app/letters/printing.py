"""A letter as PDF: A4 with the margins of GB/T 9704, in a font that every reader of PDF has for Chinese.

The font isn't embedded, so a file stays small; a letter outside of the font's first plane shows as 〓, the mark that
printers use for a missing type. The Word file has it in full.
"""

import io
from html import escape

from reportlab.lib.colors import HexColor, black
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import HRFlowable, SimpleDocTemplate, Spacer
from reportlab.platypus import Paragraph as Printed
from reportlab.platypus import Table as PrintedTable

from app.letters.reading import Block, Paragraph, Table, read

FONT = "STSong-Light"
MISSING = "〓"
WIDE = "\u00a0" * 4  # a wide space would be folded like any other
PADDING = 6  # of the frame, at either side
TOP, BOTTOM, LEFT, RIGHT = 37 * mm, 35 * mm, 28 * mm, 26 * mm
LINE = 28 / 16  # GB/T 9704: 22 lines of 三号 a page
_ALIGN = {"left": TA_LEFT, "center": TA_CENTER, "right": TA_RIGHT, "justify": TA_JUSTIFY}

pdfmetrics.registerFont(UnicodeCIDFont(FONT))


def pdf(docx: bytes, *, title: str = "") -> bytes:
    """The text of a filled Word file as PDF. The same file gives the same bytes. Raises package.Unfit."""
    target = io.BytesIO()
    document = SimpleDocTemplate(
        target, pagesize=A4, topMargin=TOP, bottomMargin=BOTTOM, leftMargin=LEFT, rightMargin=RIGHT,
        title=printable(title), invariant=1, lang="zh-CN",
    )
    story = [flowable for block in read(docx) for flowable in _flowables(block, document.width - 2 * PADDING)]
    document.build(story or [Spacer(1, 1)], onFirstPage=_page_number, onLaterPages=_page_number)
    return target.getvalue()


def printable(text: str) -> str:
    """Text as the font can show it."""
    return "".join(letter if letter <= "\uffff" else MISSING for letter in text)


def _flowables(block: Block, width: float) -> list[object]:
    if isinstance(block, Table):
        return [Spacer(1, 6), _table(block, width), Spacer(1, 6)]
    if not block.text.strip():
        found: list[object] = [Spacer(1, block.size * LINE * 0.9)]
    else:
        found = [_printed(block)]
    if block.ruled:
        found.append(HRFlowable(width="100%", thickness=1.6, color=_colour(block.ruled), spaceBefore=4, spaceAfter=10))
    return found


def _printed(block: Paragraph, *, leading: float = LINE) -> Printed:
    style = ParagraphStyle(
        "letter", fontName=FONT, fontSize=block.size, leading=block.size * leading, alignment=_ALIGN[block.align],
        textColor=_colour(block.colour), firstLineIndent=block.indent, spaceBefore=block.before,
        spaceAfter=block.after, rightIndent=block.right, wordWrap="CJK",
    )
    lines = [escape(printable(line)).replace("\t", WIDE).replace("\u3000", WIDE) for line in block.text.split("\n")]
    text = "<br/>".join(lines)
    return Printed(text, style)


def _table(block: Table, width: float) -> PrintedTable:
    columns = max((len(row) for row in block.rows), default=1)
    rows = [
        [[_printed(p, leading=1.35) for p in cell if p.text.strip()] or "" for cell in row]
        + [""] * (columns - len(row))
        for row in block.rows
    ] or [[""]]
    widths = block.widths if len(block.widths) == columns and sum(block.widths) else (1.0,) * columns
    return PrintedTable(
        rows, colWidths=[width * w / sum(widths) for w in widths], repeatRows=1 if len(rows) > 1 else 0,
        style=[("GRID", (0, 0), (-1, -1), 0.6, black), ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
               ("LEFTPADDING", (0, 0), (-1, -1), 4), ("RIGHTPADDING", (0, 0), (-1, -1), 4),
               ("TOPPADDING", (0, 0), (-1, -1), 4), ("BOTTOMPADDING", (0, 0), (-1, -1), 5)],
    )


def _colour(hexed: str) -> object:
    return HexColor(f"#{hexed}") if len(hexed) == 6 and all(c in "0123456789abcdefABCDEF" for c in hexed) else black


def _page_number(canvas: object, document: object) -> None:
    canvas.saveState()  # type: ignore[attr-defined]
    canvas.setFont(FONT, 14)
    canvas.drawCentredString(A4[0] / 2, 22 * mm, f"— {document.page} —")
    canvas.restoreState()
