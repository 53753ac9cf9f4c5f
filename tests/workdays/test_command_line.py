"""`banjian deadline`: answers, files, refusals; one process each where the server's zone or its start matters."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli_deadline import deadline

ROOT = Path(__file__).resolve().parents[2]
QUESTION = ("--start", "2026-09-28", "--period", "5 working_days")
HEADER = "start,amount,unit,first_day_counts,roll\n"


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(deadline, arguments, input=stdin)


def in_a_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from app.cli_deadline import deadline; deadline()", *arguments]
    return subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, encoding="utf-8", check=False
    )


def batch(tmp_path: Path, content: str | bytes) -> Result:
    file = tmp_path / "rows.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return run("--batch", str(file))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati"])
def test_the_answer_is_the_same_in_every_time_zone_of_the_server(zone):
    answered = in_a_process(*QUESTION, "--json", TZ=zone)

    assert json.loads(answered.stdout) == {
        "start": "2026-09-28",
        "period": "5 working_days",
        "last_day": "2026-10-10",
        "ends_at": "2026-10-11T00:00:00+08:00",
        "provisional": False,
    }
    assert (answered.returncode, answered.stderr) == (0, "")


def test_the_command_starts_without_web_framework_engine_or_database():
    seen = subprocess.run(  # noqa: S603
        [sys.executable, "-c", "import sys, app.cli_deadline; print(*sys.modules)"],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=True,
    ).stdout.split()  # fmt: skip

    assert {"flask", "SpiffWorkflow", "sqlalchemy"}.isdisjoint(seen)


def test_without_json_the_answer_is_told_in_chinese():
    assert run(*QUESTION).stdout == "起算日：2026-09-28（周一）\n期限：5 个工作日\n截止：2026-10-10（周六） 24:00\n"


def test_a_provisional_answer_is_marked():
    assert "截止：2027-01-04（周一） 24:00（暂定）" in run("--start", "2026-12-31", "--period", "1 working_days").stdout
    answer = json.loads(run("--start", "2026-12-31", "--period", "1 working_days", "--json").stdout)
    assert answer["provisional"] is True


def test_the_explanation_follows_on_request():
    told = run(*QUESTION, "--explain").stdout
    steps = json.loads(run(*QUESTION, "--explain", "--json").stdout)["explanation"]

    assert "2026-10-01 至 10-07 国庆节 休（国办发明电〔2025〕7号）〔行政许可法第八十二条〕" in told
    assert steps[-1]["words"] == "截止 2026-10-10 24:00"


@pytest.mark.parametrize(
    ("options", "last_day"),
    [
        (("--first-day-counts",), "2026-10-09"),
        (("--before",), "2026-09-20"),
        (("--region", "130100"), "2026-10-10"),
        (("--stop", "2026-10-08..2026-10-09"), "2026-10-13"),
        (("--stop", "2026-10-08..2026-10-08", "--stop", "2026-10-09..2026-10-09"), "2026-10-13"),
    ],
)
def test_each_option_has_its_effect(options, last_day):
    assert json.loads(run(*QUESTION, *options, "--json").stdout)["last_day"] == last_day


def test_roll_and_end_of_day_have_their_effect():
    question = ("--start", "2026-09-21", "--period", "10 days", "--json")

    assert json.loads(run(*question).stdout)["last_day"] == "2026-10-08"
    assert json.loads(run(*question, "--roll", "none").stdout)["last_day"] == "2026-10-01"
    assert json.loads(run(*question, "--end-of-day", "17:30").stdout)["ends_at"] == "2026-10-08T17:30:00+08:00"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "缺少 --start、--period"),
        (("--start", "2026-09-28"), "缺少 --period"),
        (("--period", "5 days"), "缺少 --start"),
        (("--start", "20260101", "--period", "5 days"), "日期“20260101”应写作“年-月-日”"),
        (("--start", "2026-2-3", "--period", "5 days"), "日期“2026-2-3”应写作“年-月-日”"),
        (("--start", "2026-02-30", "--period", "5 days"), "没有 2026-02-30 这一天"),
        (("--start", "２０２６-01-01", "--period", "5 days"), "应写作“年-月-日”"),
        (("--start", "2026-01-01\n", "--period", "5 days"), "应写作“年-月-日”"),
        (("--start", "2003-12-31", "--period", "5 days"), "不在 2004 至 2100 年之间"),
        (("--start", "2101-01-01", "--period", "5 days"), "不在 2004 至 2100 年之间"),
        (("--start", "2026-01-01", "--period", "0 days"), "数量为 0"),
        (("--start", "2026-01-01", "--period", "5 weeks"), "单位“weeks”不认识"),
        (("--start", "2026-01-01", "--period", "99999 months"), "超出 2100 年"),
        (("--start", "2026-01-01", "--period", "5 days", "--roll", "back"), "“back”不认识"),
        (("--start", "2026-01-01", "--period", "5 days", "--region", "xx"), "行政区划代码“xx”"),
        (("--start", "2026-01-01", "--period", "5 days", "--stop", "2026-01-02"), "应写作“起..止”"),
        (("--start", "2026-01-01", "--period", "5 days", "--stop", "2026-01-03..2026-01-02"), "止日早于起日"),
        (("--start", "2026-01-01", "--period", "5", "days"), "请加引号"),
        (("--start",), "选项 --start 缺少内容"),
        (("--sart", "2026-01-01"), "没有 --sart 这个选项"),
        (("--batch", "no-such-file.csv"), "找不到文件“no-such-file.csv”"),
        (("--batch", "."), "不能读取"),
        (("--batch", "x.csv", "--start", "2026-01-01", "--explain"), "不能与 --start、--explain 同用"),
    ],
)
def test_a_fault_is_one_chinese_line_and_no_answer(arguments, told):
    refused, refused_in_json = run(*arguments), run("--json", *arguments)

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert told in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert refused_in_json.exit_code == 2
    assert list(json.loads(refused_in_json.stdout)) == ["error"]


def test_a_fault_in_a_process_leaves_no_trace():
    refused = in_a_process("--start", "\udcff", "--period", "5 days", "--json")

    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    assert "应写作" in json.loads(refused.stdout)["error"]


def test_a_file_is_answered_row_by_row_with_its_own_columns_first(tmp_path):
    answered = batch(
        tmp_path,
        "amount,start,unit,before,roll,first_day_counts\n"
        "5,2026-09-28,working_days,,next,0\n"
        "09-15,2024-09-01,fixed_date,0,next,0\n"
        "\n"
        "1,2027-01-05,working_days,1,none,1\n",
    )

    assert answered.stdout == (
        "amount,start,unit,before,roll,first_day_counts,last_day,ends_at,provisional\n"
        "5,2026-09-28,working_days,,next,0,2026-10-10,2026-10-11T00:00:00+08:00,0\n"
        "09-15,2024-09-01,fixed_date,0,next,0,2024-09-18,2024-09-19T00:00:00+08:00,0\n"
        "1,2027-01-05,working_days,1,none,1,2027-01-04,2027-01-05T00:00:00+08:00,1\n"
    )
    assert answered.exit_code == 0


def test_a_file_may_come_from_excel_or_from_standard_input(tmp_path):
    rows = HEADER + "2026-11-02,1,days,0,next\n"

    from_excel = batch(tmp_path, rows.replace("\n", "\r\n").encode("utf-8-sig"))
    from_stdin = run("--batch", "-", stdin=rows)

    assert from_excel.stdout == from_stdin.stdout
    assert from_stdin.stdout.splitlines() == [
        "start,amount,unit,first_day_counts,roll,last_day,ends_at,provisional",
        "2026-11-02,1,days,0,next,2026-11-03,2026-11-04T00:00:00+08:00,0",
    ]


def test_a_file_without_rows_is_answered_by_its_header(tmp_path):
    assert batch(tmp_path, HEADER).stdout == "start,amount,unit,first_day_counts,roll,last_day,ends_at,provisional\n"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("2026-02-30,5,days,0,next", "第 3 行 start 列：没有 2026-02-30 这一天"),
        ("20260101,5,days,0,next", "第 3 行 start 列：日期“20260101”应写作"),
        ("2003-01-01,5,days,0,next", "第 3 行 start 列：起算日 2003-01-01 不在"),
        ("2026-01-01,0,days,0,next", "第 3 行 amount 列：数量为 0"),
        ("2026-01-01,five,days,0,next", "第 3 行 amount 列：数量“five”不是整数"),
        ("2026-01-01,,days,0,next", "第 3 行 amount 列：数量“”不是整数"),
        ("2026-01-01,99999,days,0,next", "第 3 行 amount 列：期限“99999 日”算出的日期超出 2100 年"),
        ("2026-01-01,9-15,fixed_date,0,next", "第 3 行 amount 列：固定日期“9-15”应写作"),
        ("2026-01-01,5,weeks,0,next", "第 3 行 unit 列：单位“weeks”不认识"),
        ("2026-01-01,5,days,yes,next", "第 3 行 first_day_counts 列：“yes”应为 0 或 1"),
        ("2026-01-01,5,days,,next", "第 3 行 first_day_counts 列：“”应为 0 或 1"),
        ("2026-01-01,5,days,0,", "第 3 行 roll 列：遇休息日的处理“”不认识"),
        ("2026-01-01,5,days,0", "第 3 行：有 4 列，表头有 5 列"),
        ("2026-01-01,5,days,0,next,0", "第 3 行：有 6 列，表头有 5 列"),
    ],
)
def test_one_faulty_row_refuses_the_file_with_its_line_and_column(tmp_path, row, told):
    refused = batch(tmp_path, f"{HEADER}2026-01-01,5,days,0,next\n{row}\n2026-01-01,5,days,0,next\n")

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.startswith(told)
    assert refused.stderr.count("\n") == 1


def test_every_faulty_row_is_told_up_to_twenty(tmp_path):
    twenty, one_more = "2026-01-01,0,days,0,next\n" * 20, "2026-01-01,0,days,0,next\n" * 21

    assert batch(tmp_path, HEADER + twenty).stderr.count("\n") == 20
    told = batch(tmp_path, HEADER + one_more).stderr.splitlines()
    assert len(told) == 21
    assert told[-1] == "另有 1 处错误未列出。"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "是空的"),
        (b"start,amount,unit,roll\n", "第 1 行表头缺少 first_day_counts 列"),
        (HEADER.replace("roll", "roll,befor").encode(), "第 1 行表头不认识 befor 列"),
        (HEADER.replace("roll", "roll,roll").encode(), "第 1 行表头重复 roll 列"),
        ("期限".encode("gbk"), "不是 UTF-8 编码"),
        (HEADER.encode() + b'"2026-01-01,5,days,0,next\n', "不是正确的 CSV"),
    ],
)
def test_a_file_that_is_no_table_of_periods_is_refused(tmp_path, content, told):
    refused = batch(tmp_path, content)

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert told in refused.stderr
