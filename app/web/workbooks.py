"""Lists as a workbook to download."""

import io
from typing import Any
from urllib.parse import quote

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font, PatternFill
from werkzeug.wrappers import Response

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HEAD = PatternFill("solid", fgColor="E8F0FB")


def download(book: Workbook, name: str) -> Response:
    """A workbook as the file that the browser keeps under `name`."""
    out = io.BytesIO()
    book.save(out)
    response = Response(out.getvalue(), mimetype=XLSX)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return response


def add_sheet(book: Workbook, title: str, heads: list[str], rows: list[list[Any]], widths: list[int]) -> None:
    """A sheet of a workbook that is only written. Text is text, whatever it begins with."""
    sheet = book.create_sheet(title)
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[chr(64 + place)].width = width
    sheet.freeze_panes = "A2"
    top = []
    for head in heads:
        cell = WriteOnlyCell(sheet, head)
        cell.font, cell.fill = Font(bold=True), _HEAD
        top.append(cell)
    sheet.append(top)
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def _cell(sheet: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value)[:32_000])
    cell.data_type = "s"
    return cell
