"""`banjian holidays`: what reading a notice prints, and how it refuses."""

import json

import pytest
from click.testing import CliRunner

from app import cli_holidays
from app.cli import banjian
from app.workdays import national_calendar
from app.workdays.differences import compare
from tests.workdays import notice_texts as texts


def run(*arguments: str, stdin: str | bytes = ""):
    return CliRunner().invoke(banjian, ["holidays", *arguments], input=stdin)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_notice_is_printed_as_year_holidays_working_days_and_unread(tmp_path, encoding):
    file = tmp_path / "notice.txt"
    file.write_bytes(texts.WHOLE[2025].encode(encoding))

    done = run("read", str(file), "--json")

    answer = json.loads(done.stdout)
    assert done.exit_code == 0
    assert list(answer) == ["year", "holidays", "working_days", "unread"]
    assert answer["year"] == 2025
    assert answer["holidays"][:3] == ["2025-01-01", "2025-01-28", "2025-01-29"]
    assert answer["working_days"] == ["2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"]
    assert answer["unread"] == []


def test_unread_sentences_are_printed_and_are_no_error(tmp_path):
    file = tmp_path / "notice.txt"
    file.write_text(texts.WHOLE[2026] + "\n八、6月15日视情况安排。", encoding="utf-8")

    assert json.loads(run("read", str(file), "--json").stdout)["unread"] == ["八、6月15日视情况安排。"]
    readable = run("read", str(file))
    assert readable.exit_code == 0
    assert "没有读出：八、6月15日视情况安排。" in readable.stdout
    assert "调休上班　劳动节：2026-05-09" in readable.stdout


def test_a_notice_comes_from_standard_input_too():
    assert json.loads(run("read", "-", "--json", stdin=texts.WHOLE[2024]).stdout)["year"] == 2024


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (texts.WHOLE[2026].replace("5月9日（周六）", "5月9日（周日）").encode(), "2026-05-09 写作周日，实为周六"),
        ("会议通知：请于5月8日到会。".encode(), "不是放假通知"),
        (b"", "不是放假通知"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00", "不是文本文件"),
        (b"\xff\xff\xff", "不是文本文件"),
        (b"a" * 1_000_001, "不会是放假通知"),
    ],
)
def test_a_fault_is_told_in_chinese_without_a_trace(tmp_path, content, told):
    file = tmp_path / "notice.txt"
    file.write_bytes(content)

    refused, in_json = run("read", str(file)), run("read", str(file), "--json")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert told in refused.stderr
    assert list(json.loads(in_json.stdout)) == ["error"]


@pytest.mark.parametrize("file", ["no-such-file.txt", "."])
def test_a_file_that_cannot_be_had_is_told(file):
    refused = run("read", file)

    assert refused.exit_code == 1
    assert file in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_second_source_differs_in_one_day_of_2005_alone():
    report = compare(national_calendar())

    assert report.years == tuple(range(2004, 2027))
    assert [one.day.isoformat() for one in report.differences] == ["2005-12-31"]


def test_the_report_finds_a_day_that_was_changed():
    off, on = national_calendar().notice_days(2026)
    wrong = national_calendar().with_notice(2026, off, {day: name for day, name in on.items() if day.month != 10})

    assert [one.day.isoformat() for one in compare(wrong).differences] == ["2005-12-31", "2026-10-10"]


def test_the_report_is_printed_for_people_and_as_json():
    assert "比较了 2004 至 2026 年，1 天不同" in run("differences").stdout
    assert json.loads(run("differences", "--json").stdout)["differences"][0]["day"] == "2005-12-31"


def test_years_in_words():
    assert cli_holidays.years_in_words([2024, 2025, 2026]) == "2024 至 2026 年"
    assert cli_holidays.years_in_words([2024, 2026]) == "2024 年、2026 年"
