"""`banjian holidays`: reading a holiday notice, importing the announced years, comparing them with a second source.

`read` and `differences` need no database and save nothing. A fault is a Chinese line on standard error and exit 1; with
--json it is also an object {"error": ...} on standard output.
"""

import json
import sys
from pathlib import Path
from typing import NoReturn

import click

from app import workdays
from app.workdays import reading
from app.workdays.reading import Reading

LARGEST_BYTES = 1_000_000


@click.group(help="放假通知与工作日历。")
def holidays() -> None:
    """The group of commands."""


@holidays.command("read", help="读一份放假通知（文本文件，“-”为标准输入），列出假期和调休上班日；不保存。")
@click.argument("file")
@click.option("--year", type=int, metavar="年份", help="通知中没有写明年份时使用。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def read(file: str, year: int | None, as_json: bool) -> None:
    try:
        text = content(file)
    except ValueError as error:
        _refuse([str(error)], as_json=as_json)
    found = reading.read(text, year=year)
    if found.faults:
        _refuse([str(fault) for fault in found.faults], as_json=as_json)
    click.echo(json.dumps(found.as_json(), ensure_ascii=False) if as_json else as_text(found))


@holidays.command("import", help="把程序自带的已公布年份录入为日历版本；已有版本的年份不变。")
def import_announced() -> None:
    from app import cli_run, db
    from app import config as configuration
    from app.calendars import operations

    cli_run.open_installation(configuration.from_environment())
    with db.transaction() as session:
        years = operations.import_announced(session)
    click.echo(f"已录入 {years_in_words(years)}。" if years else "没有需要录入的年份。")


@holidays.command("differences", help="把自带的已公布年份与软件包 holidays 逐日比较；有差异时退出码仍为 0。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def differences(as_json: bool) -> None:
    from app.workdays.differences import compare

    report = compare(workdays.national_calendar())
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
        return
    click.echo(f"比较了 {years_in_words(report.years)}，{len(report.differences)} 天不同。")
    for one in report.differences:
        click.echo(f"{one.day} 本程序：{one.ours}；holidays：{one.theirs}")


def content(file: str) -> str:
    """The text of a file, or of standard input for "-". Raises ValueError with a line to show."""
    try:
        raw = sys.stdin.buffer.read(LARGEST_BYTES + 1) if file == "-" else _bytes(Path(file))
    except FileNotFoundError:
        raise ValueError(f"找不到文件“{file}”；请核对文件名。") from None
    except (OSError, ValueError):
        raise ValueError(f"文件“{file}”不能读取；请确认它是文件，且您有读取权限。") from None
    if len(raw) > LARGEST_BYTES:
        raise ValueError(f"文件“{file}”超过 {LARGEST_BYTES // 1_000_000} MB，不会是放假通知。")
    try:
        return reading.decoded(raw)
    except UnicodeDecodeError:
        raise ValueError(f"文件“{file}”不是文本文件；请把通知另存为 UTF-8 或 GB18030 编码的文本。") from None


def as_text(found: Reading) -> str:
    """What was read, for people: the days by holiday, what was passed over, what is to be looked at."""
    about = "" if found.whole else "（对已有安排的调整或补充）"
    lines = [f"{found.year} 年{about}　{found.document_number}".rstrip("　")]
    for title, days in (("放假", found.holidays), ("调休上班", found.working_days)):
        by_name: dict[str, list[str]] = {}
        for day, name in sorted(days.items()):
            by_name.setdefault(name, []).append(day.isoformat())
        lines += [f"{title}　{name}：{'、'.join(listed)}" for name, listed in by_name.items()]
    lines += [f"鼓励休息，不是放假：{sentence}" for sentence in found.encouraged]
    lines += [f"没有读出：{sentence}" for sentence in found.unread]
    lines += [f"请核对：{warning}" for warning in found.warnings]
    return "\n".join(lines)


def years_in_words(years: tuple[int, ...] | list[int]) -> str:
    """2004 至 2026 年, or each year where some between are missing."""
    if len(years) > 2 and years[-1] - years[0] == len(years) - 1:
        return f"{years[0]} 至 {years[-1]} 年"
    return "、".join(f"{year} 年" for year in years) or "0 个年份"


def _bytes(path: Path) -> bytes:
    with path.open("rb") as opened:
        return opened.read(LARGEST_BYTES + 1)


def _refuse(messages: list[str], *, as_json: bool) -> NoReturn:
    for message in messages:
        click.echo(message, err=True)
    if as_json:
        click.echo(json.dumps({"error": " ".join(messages)}, ensure_ascii=False))
    raise click.exceptions.Exit(1)
