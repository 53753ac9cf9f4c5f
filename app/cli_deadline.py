"""`banjian deadline`: when a period ends and why, for one question or for a file of them.

Exit 0 with the answer on standard output; or exit 2 with a Chinese line for each fault on standard error, no answer.
With --json the fault is also an object {"error": ...} on standard output. Needs no database and no web framework.
"""

import csv
import io
import json
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

import click
from click.core import ParameterSource

from app import clock, workdays
from app.errors import Invalid

COLUMNS = ("start", "amount", "unit", "first_day_counts", "roll")
OPTIONAL_COLUMNS = ("before",)
ANSWERS = ("last_day", "ends_at", "provisional")
FAULTS_SHOWN = 20

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WEEKDAYS = "一二三四五六日"
_EXAMPLE = '如 banjian deadline --start 2026-09-28 --period "5 working_days"'


class ChineseCommand(click.Command):
    """A command that tells wrong options in Chinese, and keeps to one line."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        as_json = "--json" in args
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            _refuse([f"没有 {error.option_name} 这个选项；可用的选项见 banjian deadline --help。"], as_json=as_json)
        except click.BadOptionUsage as error:
            _refuse([f"选项 {error.option_name} 缺少内容，或多了内容；{_EXAMPLE}。"], as_json=as_json)
        except click.UsageError:
            _refuse([f"命令中有多余的内容；期限中有空格，请加引号，{_EXAMPLE}。"], as_json=as_json)


@click.command("deadline", cls=ChineseCommand, help="计算期限的截止日，并说明理由。")
@click.option("--start", metavar="YYYY-MM-DD", help="起算日（北京时间）。")
@click.option(
    "--period",
    metavar="期限",
    help="“5 working_days”“10 days”“6 months”“3 years”“10 day_of_next_month”或“09-15 fixed_date”。",
)
@click.option("--region", metavar="代码", help="行政区划代码；缺省为全国日历。")
@click.option("--first-day-counts", is_flag=True, help="起算日计入。")
@click.option("--roll", metavar="next|none", default="next", show_default=True, help="最后一日遇休息日：顺延或不顺延。")
@click.option("--before", is_flag=True, help="自起算日倒推。")
@click.option("--end-of-day", metavar="HH:MM", default="24:00", show_default=True, help="最后一日的截止时间。")
@click.option("--stop", "stops", metavar="起..止", multiple=True, help="中止的起止日，均不计入；可多次给出。")
@click.option("--explain", "explained", is_flag=True, help="逐步说明如何算出。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
@click.option("--batch", metavar="文件.csv", help="逐行计算文件，输出 CSV；“-”为标准输入。")
@click.pass_context
def deadline(
    context: click.Context, *, batch: str | None, region: str | None, explained: bool, as_json: bool, **asked: Any
) -> None:
    try:
        calendar = workdays.national_calendar() if region is None else workdays.calendar_for(region)
        if batch is not None:
            _check_alone(context)
            click.echo(answer_batch(batch, calendar), nl=False)
            return
        explanation = answer_one(calendar, **asked)
    except Invalid as error:
        _refuse([message for messages in error.fields.values() for message in messages], as_json=as_json)
    click.echo(_as_json(explanation, explained) if as_json else _as_text(explanation, explained))


def answer_one(
    calendar: workdays.Calendar, *, start: str | None, period: str | None, stops: Sequence[str], **settings: Any
) -> workdays.Explanation:
    """The explained deadline of one question; raises Invalid."""
    missing = [name for name, value in (("--start", start), ("--period", period)) if not value]
    if not start or not period:
        raise Invalid({"": [f"缺少 {'、'.join(missing)}；{_EXAMPLE}。"]})
    asked = workdays.Period.parse(period, **settings)
    return workdays.explain(asked, _day(start, "start"), calendar, [_stop(text) for text in stops])


def answer_batch(path: str, calendar: workdays.Calendar) -> str:
    """The file's rows with their answers, as CSV; raises Invalid with each fault's line and column, or with none."""
    columns, rows = _read(path)
    faults: list[str] = []
    output = io.StringIO(newline="")
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow([*columns, *ANSWERS])
    for line, cells in rows:
        try:
            writer.writerow([*cells, *_answers(columns, cells, calendar)])
        except Invalid as error:
            faults += [f"第 {line} 行{_column(field)}：{' '.join(said)}" for field, said in error.fields.items()]
    if len(faults) > FAULTS_SHOWN:
        faults[FAULTS_SHOWN:] = [f"另有 {len(faults) - FAULTS_SHOWN} 处错误未列出。"]
    if faults:
        raise Invalid({"batch": faults})
    return output.getvalue()


def _answers(columns: Sequence[str], cells: Sequence[str], calendar: workdays.Calendar) -> tuple[str, str, str]:
    if len(cells) != len(columns):
        raise Invalid({"": [f"有 {len(cells)} 列，表头有 {len(columns)} 列；请补齐或删去多余的列。"]})
    row = dict(zip(columns, cells, strict=True))
    period = workdays.Period.of(
        row["amount"],
        row["unit"],
        first_day_counts=_flag(row["first_day_counts"], "first_day_counts"),
        roll=row["roll"],
        before=_flag(row.get("before") or "0", "before"),
    )
    found = workdays.deadline(period, _day(row["start"], "start"), calendar)
    return found.last_day.isoformat(), _in_beijing(found.ends_at), "1" if found.provisional else "0"


def _read(path: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, and each row that isn't blank with the number of its line."""
    rows = list(_rows(_content(path)))
    if not rows:
        raise Invalid({"batch": [f"文件“{path}”是空的；第一行应为表头：{','.join(COLUMNS)}。"]})
    columns = rows[0][1]
    missing = [column for column in COLUMNS if column not in columns]
    strange = [column for column in columns if column not in COLUMNS + OPTIONAL_COLUMNS]
    twice = sorted({column for column in columns if columns.count(column) > 1})
    faults = [
        f"第 1 行表头{what} {'、'.join(names)} 列；表头应为 {','.join(COLUMNS)}，可加 before。"
        for what, names in (("缺少", missing), ("不认识", strange), ("重复", twice))
        if names
    ]
    if faults:
        raise Invalid({"batch": faults})
    return columns, rows[1:]


def _rows(content: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    try:
        yield from ((reader.line_num, cells) for cells in reader if cells)
    except csv.Error:
        fault = f"第 {reader.line_num} 行不是正确的 CSV（引号不成对或含有不可见字符）；请重新导出文件。"
        raise Invalid({"batch": [fault]}) from None


def _content(path: str) -> str:
    try:
        content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        fault = f"找不到文件“{path}”；请核对文件名。"
    except UnicodeDecodeError:
        fault = f"文件“{path}”不是 UTF-8 编码；请另存为 UTF-8 的 CSV。"
    except (OSError, ValueError):
        fault = f"文件“{path}”不能读取；请确认它是文件，且您有读取权限。"
    raise Invalid({"batch": [fault]})


def _check_alone(context: click.Context) -> None:
    """Each row of a file has its own settings, so those of the command line would be ignored without a word."""
    given = [
        option.opts[0]
        for option in context.command.params
        if option.name not in ("batch", "region")
        and context.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE
    ]
    if given:
        raise Invalid({"batch": [f"--batch 不能与 {'、'.join(given)} 同用：各行的设置写在文件中，输出为 CSV。"]})


def _column(field: str) -> str:
    """Where a fault stands; the text of a fixed date stands in the column of the amount."""
    return f" {'amount' if field == 'month_day' else field} 列" if field else ""


def _day(text: str, field: str) -> date:
    if not _DAY.fullmatch(text):
        raise Invalid({field: [f"日期“{text}”应写作“年-月-日”，如 2026-02-03。"]})
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid({field: [f"没有 {text} 这一天；请核对日期。"]}) from None


def _stop(text: str) -> tuple[date, date]:
    begins, dots, ends = text.partition("..")
    if not dots:
        raise Invalid({"stops": [f"中止“{text}”应写作“起..止”，如 2026-03-02..2026-03-06。"]})
    return _day(begins, "stops"), _day(ends, "stops")


def _flag(text: str, field: str) -> bool:
    if text not in ("0", "1"):
        raise Invalid({field: [f"“{text}”应为 0 或 1。"]})
    return text == "1"


def _as_json(explanation: workdays.Explanation, explained: bool) -> str:
    found = explanation.deadline
    answer: dict[str, Any] = {
        "start": found.start.isoformat(),
        "period": found.period.text,
        "last_day": found.last_day.isoformat(),
        "ends_at": _in_beijing(found.ends_at),
        "provisional": found.provisional,
    }
    if explained:
        answer["explanation"] = explanation.as_json()
    return json.dumps(answer, ensure_ascii=False)


def _as_text(explanation: workdays.Explanation, explained: bool) -> str:
    found = explanation.deadline
    lines = [
        f"起算日：{_with_weekday(found.start)}",
        f"期限：{found.period.words}",
        f"截止：{_with_weekday(found.last_day)} {found.period.end_of_day}{'（暂定）' if found.provisional else ''}",
    ]
    return "\n".join([*lines, "", explanation.as_text()] if explained else lines)


def _with_weekday(day: date) -> str:
    return f"{day}（周{_WEEKDAYS[day.weekday()]}）"


def _in_beijing(instant: datetime) -> str:
    return clock.local(instant).isoformat()


def _refuse(faults: Sequence[str], *, as_json: bool = False) -> NoReturn:
    # What was typed may hold line ends, and surrogates where it isn't UTF-8, which no stream would print.
    told = [" ".join(fault.encode("utf-8", "replace").decode().split()) for fault in faults]
    for fault in told:
        click.echo(fault, err=True)
    if as_json:
        click.echo(json.dumps({"error": " ".join(told)}, ensure_ascii=False))
    raise click.exceptions.Exit(2)
