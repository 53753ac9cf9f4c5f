"""Reads one sheet out of a stranger's workbook in a process of its own: `python workbook_reading.py SHEET < FILE`.

Ends with 0 and JSON on standard output: {"sheet": name, "left_out": [names], "rows": [[row number, [cell, ...]], ...]}
where a cell is null or [kind, text] with kind text, number, percent, day, time, yes, formula or error. Ends with 3 and
one sentence where the file isn't taken. Any other end means that nothing could be said. Formulas are handed on as they
are written and never worked out. It imports nothing of the project.
"""

import datetime
import io
import json
import sys
import zipfile
import zlib
from contextlib import suppress

FITS, UNFIT = 0, 3
TOO_HEAVY = "无法在限定的时间和内存内读取，请只保留要导入的表格，另存为 xlsx 后再导入"

MIB = 1024 * 1024
MEMORY = 768 * MIB
CPU_SECONDS = 10
LARGEST_UNPACKED = 40 * MIB
MOST_MEMBERS = 500
MOST_COLUMNS = 80
MOST_ROWS = 3_000  # that hold something
MOST_SCANNED = 20_000
MOST_BLANK = 2_000  # in a row, after which nothing more is looked for
LONGEST_CELL = 25_000

_BROKEN = "文件已损坏或不完整，请用 Excel 或 WPS 另存为 xlsx 后再导入"


class Wrong(Exception):
    """The file isn't taken; the message says why and what to do."""


def read(data: bytes, wanted: str) -> dict:
    """The sheet called `wanted` if it is there and visible, else the first visible one."""
    _see_that_it_is_a_workbook(data)
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    except (KeyError, ValueError, TypeError, OSError, AttributeError, IndexError, SyntaxError) as error:
        raise Wrong(_BROKEN) from error
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not sheets:
        raise Wrong("文件里没有可见的工作表，请取消隐藏后再导入")
    sheet = next((one for one in sheets if one.title == wanted), sheets[0])
    hidden = [one.title for one in book.worksheets if one.sheet_state != "visible"]
    try:
        rows = list(_rows(sheet))
    except (KeyError, ValueError, TypeError, OSError, AttributeError, IndexError, SyntaxError) as error:
        raise Wrong(_BROKEN) from error
    return {"sheet": sheet.title, "left_out": hidden, "rows": rows}


def _see_that_it_is_a_workbook(data: bytes) -> None:
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Wrong("文件是旧版 xls 格式或设有打开密码，请取消密码并另存为 xlsx 后再导入")
    if not data.startswith(b"PK\x03\x04"):
        raise Wrong("内容不是 xlsx 格式，请用 Excel 或 WPS 另存为 xlsx，不要只改扩展名")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _see_that_it_unpacks(archive)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, KeyError, ValueError, RuntimeError,
            NotImplementedError, OSError) as error:
        raise Wrong(_BROKEN) from error


def _see_that_it_unpacks(archive: zipfile.ZipFile) -> None:
    """Unpack every part to nowhere within the bound: what the directory says of sizes may be a lie."""
    members, left = archive.infolist(), LARGEST_UNPACKED
    if len(members) > MOST_MEMBERS:
        raise Wrong(f"文件内部的部件超过 {MOST_MEMBERS} 个，请只保留要导入的工作表后另存")
    if "xl/workbook.xml" not in archive.namelist():
        raise Wrong("内容不是 xlsx 格式，请用 Excel 或 WPS 另存为 xlsx")
    for member in members:
        if member.flag_bits & 0x1:
            raise Wrong("文件设有密码，请取消密码后再导入")
        tail = b""
        with archive.open(member) as part:
            while piece := part.read(MIB):
                left -= len(piece)
                if left < 0:
                    raise Wrong("文件解压后超过 40 MB，请只保留要导入的表格后另存")
                if member.filename.endswith((".xml", ".rels")):
                    _see_that_it_declares_nothing(tail + piece)
                tail = piece[-16:]


def _see_that_it_declares_nothing(piece: bytes) -> None:
    """No entity, so none that grows; no encoding in which one could hide."""
    if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece or b"\x00" in piece:
        raise Wrong("文件内部含有不能接受的声明，请用 Excel 或 WPS 另存为 xlsx 后再导入")


def _rows(sheet):  # noqa: ANN001, ANN202 - the types are imported in the child alone
    sheet.reset_dimensions()  # what the file says of its own size may be a lie
    found = blank = 0
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, max_row=MOST_SCANNED), start=1):
        cells = [_cell(cell) for cell in row]
        while cells and cells[-1] is None:
            cells.pop()
        if not cells:
            blank += 1
            if blank > MOST_BLANK:
                return
            continue
        found, blank = found + 1, 0
        if found > MOST_ROWS:
            raise Wrong(f"表格超过 {MOST_ROWS} 行，请分几次导入")
        yield [number, cells]


def _cell(cell):  # noqa: ANN001, ANN202
    value, kind = cell.value, getattr(cell, "data_type", "n")
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if kind == "f":
        return ["formula", str(getattr(value, "text", value))[:200]]
    if kind == "e":
        return ["error", str(value)[:40]]
    if isinstance(value, bool):
        return ["yes", "true" if value else "false"]
    if isinstance(value, datetime.datetime):
        whole = not (value.hour or value.minute or value.second or value.microsecond)
        return ["day", value.date().isoformat()] if whole else ["time", value.isoformat(sep=" ")]
    if isinstance(value, datetime.date):
        return ["day", value.isoformat()]
    if isinstance(value, int | float):
        return ["percent" if "%" in (cell.number_format or "") else "number", repr(value)]
    return ["text", str(value)[:LONGEST_CELL]]


def _limit() -> None:
    """Little memory, little time, no files written, no core. Where a system can't limit, the parent's clock remains."""
    with suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> int:
    import warnings

    _limit()
    warnings.simplefilter("ignore")
    try:
        found = read(sys.stdin.buffer.read(), sys.argv[1])
        sys.stdout.write(json.dumps(found))
    except Wrong as wrong:
        sys.stdout.write(str(wrong))
        return UNFIT
    except (MemoryError, RecursionError):
        sys.stdout.write(TOO_HEAVY)
        return UNFIT
    return FITS


if __name__ == "__main__":
    sys.exit(main())
