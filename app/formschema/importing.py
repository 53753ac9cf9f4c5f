"""Takes the rows of a sheet for a table of a form: what fits, and of the rest row, column, what, why and how."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from app.errors import Invalid
from app.formschema.checks import half_width
from app.formschema.fields import CHOICES, MOST_ROWS, Field
from app.formschema.form import Form
from app.formschema.workbooks import NO, YES, Cell, SheetRead, expected, in_sheet

HEADINGS_WITHIN = 10  # rows in which the headings are looked for
MOST_ISSUES = 500

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 00:00(?::00)?)?|(\d{4})(\d{2})(\d{2})")
_BETWEEN = re.compile(r"[、,，;；\n]+")
_YES, _NO = {YES, "true", "√", "✓", "✔", "有", "1", "y", "yes"}, {NO, "false", "×", "x", "无", "0", "n", "no"}
_ROW_SAID = re.compile(r"^第 \d+ 行：")


@dataclass(frozen=True)
class Issue:
    """What isn't taken: the row in the file (0: the whole sheet), the column's heading, what stands there, why, how."""

    row: int
    column: str
    what: str
    why: str
    how: str


@dataclass(frozen=True)
class Import:
    """What a sheet gives: `good` rows as `Form.load` takes them, in order; `found` is how many rows hold something."""

    sheet: str
    found: int
    good: tuple[Mapping[str, object], ...]
    issues: tuple[Issue, ...]
    notes: tuple[str, ...]

    @property
    def is_faultless(self) -> bool:
        """Whether every row that holds something is good."""
        return not self.issues and bool(self.good)


class _Unread(Exception):
    pass


def take_rows(form: Form, table: Field, read: SheetRead, *, around: Mapping[str, object]) -> Import:
    """The rows of a sheet for `table`, judged as a completed form would be. `around` are the form's other answers."""
    headings = _headings(table, read)
    if headings is None:
        names = "、".join(column.heading for column in in_sheet(table))
        how = "请下载模板，把内容填入模板后再导入"
        issue = Issue(0, "", f"工作表“{read.name}”", f"前 {HEADINGS_WITHIN} 行里没有找到列名（{names}）。", how)
        return Import(read.name, 0, (), (issue,), ())
    at, places, notes = headings
    rows, numbers, issues = [], [], list(_missing_columns(table, places))
    for number, cells in read.rows:
        if number > at:
            row, faults = _row(table, places, number, cells)
            if row or faults:
                rows.append(row)
                numbers.append(number)
                issues += faults
    if read.left_out:
        notes.append(f"隐藏的工作表没有读取：{'、'.join(read.left_out)}。")
    if not rows:
        issues.append(Issue(0, "", f"工作表“{read.name}”", "列名下面没有内容。", "请从列名的下一行起填写"))
    told = {(issue.row, issue.column) for issue in issues}
    judged = [i for i in _judged(form, table, rows, numbers, around) if (i.row, i.column) not in told]
    issues = sorted([*issues, *judged], key=lambda issue: issue.row)
    wrong = {issue.row for issue in issues}
    good = tuple(row for row, number in zip(rows, numbers, strict=True) if number not in wrong and row)
    return Import(read.name, len(rows), good, tuple(issues[:MOST_ISSUES]), tuple(notes))


def cell_answer(field: Field, cell: Cell) -> object:
    """The answer that a cell means, for `Form.load` to judge. Raises _Unread with why and how to mend it."""
    if cell.kind == "formula":
        raise _Unread("单元格是公式，系统不计算公式。", "请复制后用“选择性粘贴—数值”，再导入")
    if cell.kind == "error":
        raise _Unread("单元格里是计算错误。", expected(field))
    text = cell.text.strip()
    if field.kind in CHOICES:
        return _choice(field, _whole(cell, text))
    if field.kind == "checkbox":
        return _tick(text)
    if field.kind == "datetime":
        return _day(cell, text)
    if field.kind == "number":
        return _number(field, cell, text)
    return _text(cell, text)


def _text(cell: Cell, text: str) -> str:
    if cell.kind in ("number", "percent"):
        said = _whole(cell, text)
        if len(said.lstrip("-").replace(".", "")) > 15:
            raise _Unread("号码被表格软件当成了数字，末几位可能已经丢失。", "请把该列设为“文本”格式后重新填写")
        return said
    return {"true": YES, "false": NO}[text] if cell.kind == "yes" else text


def _whole(cell: Cell, text: str) -> str:
    """A number as somebody would type it: 2024 and not 2024.0."""
    if cell.kind not in ("number", "percent"):
        return text
    return format(Decimal(text), "f").removesuffix(".0")


def _choice(field: Field, text: str) -> object:
    known = {key: option.value for option in field.options for key in (_plain(option.value), _plain(option.label))}
    known |= {_plain(option.label): option.value for option in field.options}
    parts = [part for part in _BETWEEN.split(text) if part.strip()] if field.kind == "checklist" else [text]
    if field.kind == "checklist" and _plain(text) in known:
        parts = [text]
    if field.options_from:
        return parts if field.kind == "checklist" else text
    unknown = [part for part in parts if _plain(part) not in known]
    if unknown:
        raise _Unread(f"“{unknown[0].strip()[:40]}”不在选项里。", expected(field))
    found = [known[_plain(part)] for part in parts]
    return found if field.kind == "checklist" else found[0]


def _tick(text: str) -> bool:
    said = _plain(text)
    if said not in _YES | _NO:
        raise _Unread("应当写“是”或“否”。", "填写“是”或“否”")
    return said in _YES


def _day(cell: Cell, text: str) -> str:
    if cell.kind == "day":
        return text
    match = _DAY.fullmatch(" ".join(half_width(text).split()))
    if cell.kind == "time" or not match:
        raise _Unread("应当是日期。", "填写日期，例如 2026-03-15")
    year, month, day = (int(part) for part in match.groups() if part)
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise _Unread("日期不存在。", "请核对年月日，例如 2026-03-15") from None


def _number(field: Field, cell: Cell, text: str) -> str:
    if cell.kind in ("number", "percent"):
        try:
            value = Decimal(format(float(text), ".15g"))
        except (InvalidOperation, ValueError):
            raise _Unread("应当是数字。", expected(field)) from None
        if cell.kind == "percent":
            if field.unit != "%":
                raise _Unread("单元格是百分数格式，本列不是百分数。", expected(field))
            value = (value * 100).normalize()
        return format(value, "f")
    if cell.kind != "text":
        raise _Unread("应当是数字。", expected(field))
    said = half_width(text).strip()
    unit = half_width(field.unit)
    return said[: -len(unit)].rstrip() if unit and said.endswith(unit) else said


def _row(
    table: Field, places: Mapping[int, Field], number: int, cells: Sequence[Cell | None]
) -> tuple[dict[str, object], list[Issue]]:
    row, issues = {}, []
    for place, column in places.items():
        cell = cells[place] if place < len(cells) else None
        if cell is None:
            continue
        try:
            row[column.key] = cell_answer(column, cell)
        except _Unread as unread:
            issues.append(Issue(number, column.heading, cell.text[:60], *unread.args))
    return row, issues


def _judged(
    form: Form, table: Field, rows: list[dict[str, object]], numbers: list[int], around: Mapping[str, object]
) -> list[Issue]:
    """What the form itself has against the rows, told by the rows of the file."""
    if len(rows) > table.most:
        why = f"最多 {table.most} 行，文件里有 {len(rows)} 行。"
        return [Issue(0, "", table.label, why, "请删去多余的行，或分别导入")] + [
            Issue(number, "", "", f"超出最多 {table.most} 行。", "请删去这一行") for number in numbers[table.most :]
        ]
    others = {key: value for key, value in around.items() if key != table.key}
    try:
        form.load({**others, table.key: rows[:MOST_ROWS]})
    except Invalid as error:
        fields = error.fields
    else:
        return []
    columns = {column.key: column for column in table.fields}
    found = []
    for path, messages in fields.items():
        key, _, rest = path.partition(".")
        place, _, name = rest.partition(".")
        if key != table.key or not place.isdigit() or int(place) >= len(numbers) or name not in columns:
            continue  # the table as a whole (too few rows) is judged when the form is submitted
        column, value = columns[name], rows[int(place)].get(name)
        why = " ".join(_ROW_SAID.sub("", message) for message in messages)
        found.append(Issue(numbers[int(place)], column.heading, "" if value is None else str(value)[:60], why,
                           expected(column)))
    return found


def _headings(table: Field, read: SheetRead) -> tuple[int, dict[int, Field], list[str]] | None:
    """The row of the headings, which column stands where, and notes; None where no row looks like headings."""
    known: dict[str, Field] = {}
    for column in in_sheet(table):
        for said in (column.heading, column.label, column.key):
            known.setdefault(_plain(said), column)
    best: tuple[int, dict[int, Field], list[str]] | None = None
    for number, cells in read.rows[:HEADINGS_WITHIN]:
        places: dict[int, Field] = {}
        unknown, twice = [], []
        for place, cell in enumerate(cells):
            column = known.get(_plain(cell.text)) if cell else None
            if cell and column is None:
                unknown.append(cell.text.strip()[:40])
            elif column in places.values():
                twice.append(column.heading)
            elif column:
                places[place] = column
        notes = [f"没有对应栏目的列没有读取：{'、'.join(unknown)}。"] if unknown else []
        notes += [f"列“{'、'.join(twice)}”出现了两次，只读取了第一列。"] if twice else []
        if places and (best is None or len(places) > len(best[1])):
            best = (number, places, notes)
    return best


def _missing_columns(table: Field, places: Mapping[int, Field]) -> list[Issue]:
    there = {column.key for column in places.values()}
    return [
        Issue(0, column.heading, "", f"文件里没有“{column.heading}”这一列。", "请补上这一列，或下载模板后填写")
        for column in in_sheet(table) if column.required and not column.conditions and column.key not in there
    ]


def _plain(text: str) -> str:
    """Text without what people change unknowingly: width, blanks, stars, case."""
    return "".join(unicodedata.normalize("NFKC", text).replace("*", "").split()).casefold()
