"""Tables as xlsx: a template to fill in, what is filled in, and reading a filled one back.

What somebody typed is written as text and never as a formula; what comes back is read in a process of its own.
"""

import io
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from app.errors import Invalid
from app.formschema import workbook_reading
from app.formschema.fields import CHOICES, Field
from app.formschema.loading import plain

LARGEST = 2 * 1024 * 1024  # bytes of a file that is read
SECONDS = 20
NOTES, LISTS = "填写说明", "选项"
YES, NO = "是", "否"

_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f']")
_NOT_IN_CELLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_HEAD = PatternFill("solid", fgColor="E8F0FB")
_NEEDED = PatternFill("solid", fgColor="FFF7E3")
_LINE = Border(*[Side(style="thin", color="BFC8D2")] * 4)
_children = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class Cell:
    """A cell that was read. `kind`: text, number, percent, day, time, yes, formula, error."""

    kind: str
    text: str


@dataclass(frozen=True)
class SheetRead:
    """A sheet as it was read: rows that hold something, by their number in the file. `left_out`: hidden sheets."""

    name: str
    left_out: tuple[str, ...]
    rows: tuple[tuple[int, tuple[Cell | None, ...]], ...]


def template(table: Field) -> bytes:
    """An empty sheet with headings, lists of choices as data validation, and a page of explanations."""
    return _table_book(table, ())


def filled(table: Field, rows: Sequence[Mapping[str, object]]) -> bytes:
    """The same with rows of clean answers (as `Form.load` returns them, or as they are stored)."""
    return _table_book(table, rows)


def answers_book(
    title: str, pairs: Iterable[tuple[str, str]], tables: Iterable[tuple[Field, Sequence[Mapping]]]
) -> bytes:
    """A whole form to keep: one sheet of (question, answer), one a table."""
    book = Workbook()
    sheet = book.active
    sheet.title = _title(title, book)
    _head(sheet, [("项目", False, ""), ("填报内容", False, "")])
    for place, pair in enumerate(pairs, start=2):
        for column, said in enumerate(pair, start=1):
            _write(sheet, place, column, said)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 32, 80
    for table, rows in tables:
        _fill(book.create_sheet(_title(table.label, book)), table, rows)
    return _bytes(book)


def read(data: bytes, *, wanted: str) -> SheetRead:
    """Read the sheet called `wanted`, else the first visible one. Raises Invalid at "file" with what is wrong."""
    if len(data) > LARGEST:
        raise _refused(f"文件超过 {LARGEST // 1024 // 1024} MB，请只保留要导入的表格，另存为 xlsx 后再导入")
    if not data:
        raise _refused("文件是空的（0 字节），请重新选择")
    command = [sys.executable, "-I", workbook_reading.__file__, sheet_name(wanted)]
    environment = {"PYTHONIOENCODING": "utf-8", "SYSTEMROOT": os.environ.get("SYSTEMROOT", "")}  # no secret goes along
    with _children:
        try:
            done = subprocess.run(  # noqa: S603 - our own program, our own arguments, no shell
                command, input=data, capture_output=True, timeout=SECONDS, env=environment, check=False
            )
        except subprocess.TimeoutExpired:
            raise _refused(workbook_reading.TOO_HEAVY) from None
    said = done.stdout.decode("utf-8", "replace")
    if done.returncode != workbook_reading.FITS:
        raise _refused(said if done.returncode == workbook_reading.UNFIT and said else workbook_reading.TOO_HEAVY)
    found = json.loads(said)
    rows = tuple((number, tuple(Cell(*cell) if cell else None for cell in cells)) for number, cells in found["rows"])
    return SheetRead(found["sheet"], tuple(found["left_out"]), rows)


def sheet_name(label: str) -> str:
    """A table's label as the name of a sheet: at most 31 characters, none that a sheet can't have."""
    return _NOT_IN_TITLES.sub(" ", label).strip()[:31] or "表格"


def in_sheet(table: Field) -> list[Field]:
    """The columns that a sheet has: all but files."""
    return [column for column in table.fields if column.kind != "filepicker"]


def words_of(field: Field, value: object) -> object:
    """An answer as a sheet shows it: labels of choices, yes and no, numbers as numbers, the rest as text."""
    if value is None or value == "" or value == []:
        return None
    if field.kind in CHOICES:
        return "、".join(field.label_of(one) for one in (value if isinstance(value, list) else [value]))
    if field.kind == "checkbox":
        return YES if value is True else NO
    if field.kind == "number":
        try:
            number = float(str(value))
        except ValueError:
            return str(value)
        return int(number) if number.is_integer() else number
    return str(plain(value))


def _table_book(table: Field, rows: Sequence[Mapping[str, object]]) -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = _title(table.label, book)
    _fill(sheet, table, rows)
    _offer(book, sheet, table)
    _explain(book.create_sheet(NOTES), table)
    return _bytes(book)


def _fill(sheet: Worksheet, table: Field, rows: Sequence[Mapping[str, object]]) -> None:
    columns = in_sheet(table)
    _head(sheet, [(column.heading, column.required, _hint(column)) for column in columns])
    for place, row in enumerate(rows, start=2):
        for number, column in enumerate(columns, start=1):
            _write(sheet, place, number, words_of(column, row.get(column.key)))
    for number, column in enumerate(columns, start=1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = max(12, min(40, 2 * len(column.heading) + 4))
        for row in sheet.iter_rows(min_row=2, max_row=min(table.most, 500) + 1, min_col=number, max_col=number):
            row[0].number_format = "General" if column.kind == "number" else "@"


def _head(sheet: Worksheet, headings: Sequence[tuple[str, bool, str]]) -> None:
    for number, (words, needed, hint) in enumerate(headings, start=1):
        cell = sheet.cell(1, number, _clean(words))
        cell.font, cell.border, cell.fill = Font(bold=True), _LINE, _NEEDED if needed else _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        if hint:
            cell.comment = Comment(_clean(hint), "", width=260, height=90)
    sheet.freeze_panes = "A2"


def _write(sheet: Worksheet, row: int, column: int, value: object) -> None:
    if value is None:
        return
    cell = sheet.cell(row, column)
    if isinstance(value, int | float) and not isinstance(value, bool):
        cell.value = value
        return
    cell.value = _clean(str(value))
    cell.data_type = "s"  # whatever it begins with (= + - @) it is text
    cell.number_format, cell.quotePrefix = "@", str(value)[:1] in ("=", "+", "-", "@", "\t", "\r")
    cell.alignment = Alignment(wrap_text=True, vertical="top")


def _offer(book: Workbook, sheet: Worksheet, table: Field) -> None:
    """Lists of choices: beside the headings they stand on a sheet of their own, because a rule holds 255 characters."""
    lists = None
    for number, column in enumerate(in_sheet(table), start=1):
        offered = [YES, NO] if column.kind == "checkbox" else [option.label for option in column.options]
        if not offered or column.kind == "checklist":
            continue
        lists = lists or book.create_sheet(LISTS)
        place = lists.max_column + 1 if lists.cell(1, 1).value else 1
        for row, words in enumerate([column.heading, *offered], start=1):
            _write(lists, row, place, words)
        letter, own = get_column_letter(place), get_column_letter(number)
        rule = DataValidation(
            "list", formula1=f"'{LISTS}'!${letter}$2:${letter}${len(offered) + 1}", allow_blank=True,
            showErrorMessage=True, errorTitle="请从列表中选择", error="请从下拉列表中选择，不要自行填写。",
        )
        sheet.add_data_validation(rule)
        rule.add(f"{own}2:{own}{table.most + 1}")


def _explain(sheet: Worksheet, table: Field) -> None:
    _head(sheet, [("列", False, ""), ("是否必填", False, ""), ("怎么填", False, "")])
    for row, column in enumerate(in_sheet(table), start=2):
        for place, said in enumerate((column.heading, "必填" if column.required else "选填", _hint(column)), start=1):
            _write(sheet, row, place, said)
    end = len(in_sheet(table)) + 3
    _write(sheet, end, 1, f"第一行是列名，请勿修改；从第二行起填写，最多 {table.most} 行。公式请先粘贴为数值。")
    for letter, width in zip("ABC", (28, 12, 70), strict=True):
        sheet.column_dimensions[letter].width = width


def _hint(column: Field) -> str:
    return "；".join(part for part in (column.help, expected(column)) if part)


def expected(field: Field) -> str:
    """What may stand in a cell of a column, in a sentence without full stop."""
    if field.kind in CHOICES or field.kind == "checkbox":
        offered = [YES, NO] if field.kind == "checkbox" else [option.label for option in field.options]
        several = "可选几项，用“、”隔开：" if field.kind == "checklist" else "从下列选项中选一项："
        return (several + "、".join(offered))[:400]
    if field.kind == "datetime":
        return "填写日期，例如 2026-03-15"
    if field.kind == "number":
        bounds = [f"不小于 {field.minimum}" if field.minimum is not None else "",
                  f"不大于 {field.maximum}" if field.maximum is not None else ""]
        said = "，".join(["填写整数" if field.decimals == 0 else "填写数字", *filter(None, bounds)])
        return f"{said}，单位：{field.unit}" if field.unit else said
    return f"填写文字，最多 {field.longest} 字"


def _title(label: str, book: Workbook) -> str:
    name, number = sheet_name(label), 1
    taken = {*book.sheetnames} - {"Sheet"} | {NOTES, LISTS}
    while name in taken:
        number += 1
        name = f"{sheet_name(label)[:28]} {number}"
    return name


def _clean(text: str) -> str:
    return _NOT_IN_CELLS.sub("", text)[:32_000]


def _bytes(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _refused(message: str) -> Invalid:
    return Invalid({"file": [f"{message}。"]}, f"{message}。")
