"""Days of an edition as a list (CSV): what people import and export, and how a page carries days that aren't entered.

Columns day, kind, name, or 日期, 类别, 名称. A kind is off (放假) or on (上班).
"""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

OFF, ON = "off", "on"
MOST_ROWS = 400
LONGEST_NAME = 60
_COLUMNS = {
    "day": "day", "日期": "day", "date": "day", "kind": "kind", "类别": "kind", "name": "name", "名称": "name",
}
_KINDS = {
    "off": OFF, "放假": OFF, "休": OFF, "休息": OFF, "holiday": OFF, "停工": OFF,
    "on": ON, "上班": ON, "班": ON, "调休上班": ON, "working": ON, "working_day": ON,
}
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")


@dataclass(frozen=True)
class Row:
    """One row: its line in the file, its cells as written, and what is wrong with it ("" for nothing)."""

    line: int
    day: str
    kind: str
    name: str
    fault: str = ""


@dataclass
class Listing:
    """A list, read: days off and made-up days by name, a report of each row, and faults of the list as a whole."""

    off: dict[date, str] = field(default_factory=dict)
    on: dict[date, str] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Nothing is wrong with the list or a row of it."""
        return not self.faults and not any(row.fault for row in self.rows)


def read(text: str) -> Listing:
    """Read a list. Never raises: faults stand at their rows, and no day is taken from a faulty row."""
    listing = Listing()
    try:
        lines = list(csv.reader(io.StringIO(text.lstrip("\ufeff")), strict=True))
    except csv.Error:
        listing.faults.append("不是正确的 CSV；请检查引号是否成对。")
        return listing
    filled = [(number, [cell.strip() for cell in cells]) for number, cells in enumerate(lines, 1) if any(cells)]
    if not filled:
        listing.faults.append("没有内容；第一行应为表头 day,kind,name（或 日期,类别,名称）。")
        return listing
    columns = [_COLUMNS.get(cell.lower(), "") for cell in filled[0][1]]
    if sorted(columns) != ["day", "kind", "name"]:
        listing.faults.append("表头应为 day,kind,name（或 日期,类别,名称）三列。")
        return listing
    if len(filled) > MOST_ROWS + 1:
        listing.faults.append(f"超过 {MOST_ROWS} 行；一年的日历没有这么多天。")
        return listing
    for number, cells in filled[1:]:
        _take(listing, number, cells, columns)
    return listing


def write(off: Mapping[date, str], on: Mapping[date, str]) -> str:
    """The list that `read` reads."""
    output = io.StringIO(newline="")
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(["day", "kind", "name"])
    days = [(day, OFF, name) for day, name in off.items()] + [(day, ON, name) for day, name in on.items()]
    writer.writerows((day.isoformat(), kind, name) for day, kind, name in sorted(days))
    return output.getvalue()


def _take(listing: Listing, number: int, cells: list[str], columns: list[str]) -> None:
    if len(cells) != len(columns):
        fault = f"有 {len(cells)} 列，应为 {len(columns)} 列。"
        listing.rows.append(Row(number, "，".join(cells)[:60], "", "", fault))
        return
    row = dict(zip(columns, cells, strict=True))
    day, kind = _day(row["day"]), _KINDS.get(row["kind"].lower())
    fault = ""
    if day is None:
        fault = f"日期“{row['day'][:20]}”不对；应写作 2026-05-01，且确有这一天。"
    elif kind is None:
        fault = f"类别“{row['kind'][:20]}”不认识；应为 off（放假）或 on（上班）。"
    elif not row["name"]:
        fault = "没有名称；请写明放假或上班的原因，如“劳动节”。"
    elif len(row["name"]) > LONGEST_NAME:
        fault = f"名称超过 {LONGEST_NAME} 个字。"
    elif day in listing.off or day in listing.on:
        fault = f"{day} 重复出现；一天只写一行。"
    else:
        (listing.off if kind == OFF else listing.on)[day] = row["name"]
    listing.rows.append(Row(number, row["day"], row["kind"], row["name"], fault))


def _day(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
