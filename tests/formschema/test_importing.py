"""Tables as xlsx: what goes out comes back; what people and attackers put into a file is told by row or refused."""

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from app.errors import Invalid
from app.formschema import read_form, workbooks
from app.formschema.importing import Import, take_rows

FORM = read_form({
    "type": "default", "id": "f", "title": "f", "components": [
        {"type": "textfield", "id": "name", "key": "name", "label": "单位", "validate": {"required": True}},
        {"type": "dynamiclist", "id": "staff", "path": "staff", "label": "人员/名单", "isRepeating": True,
         "validate": {"max": 5}, "properties": {"unique": "person"}, "components": [
             {"type": "textfield", "id": "person", "key": "person", "label": "姓名", "validate": {"required": True}},
             {"type": "select", "id": "degree", "key": "degree", "label": "学历",
              "values": [{"value": "b", "label": "本科"}, {"value": "c", "label": "大专"}]},
             {"type": "number", "id": "pay", "key": "pay", "label": "薪酬", "properties": {"unit": "万元"},
              "validate": {"min": 0}},
             {"type": "number", "id": "share", "key": "share", "label": "占比", "properties": {"unit": "%"}},
             {"type": "datetime", "id": "since", "key": "since", "dateLabel": "入职日期", "subtype": "date"},
             {"type": "checkbox", "id": "full", "key": "full", "label": "专职"},
             {"type": "textfield", "id": "phone", "key": "phone", "label": "证件号码"},
         ]},
    ],
})
STAFF = FORM.field("staff")
HEAD = ["姓名", "学历", "薪酬（万元）", "占比（%）", "入职日期", "专职", "证件号码"]


def book(*rows: list[Any], head: list[str] = HEAD, title: str = "人员 名单", **formats: str) -> bytes:
    """A workbook with a sheet of rows; `formats` are number formats by cell ("D2")."""
    made = Workbook()
    made.active.title = title
    for row in (head, *rows):
        made.active.append(row)
    for cell, said in formats.items():
        made.active[cell].number_format = said
    return data_of(made)


def data_of(made: Workbook) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def taken(data: bytes) -> Import:
    return take_rows(FORM, STAFF, workbooks.read(data, wanted=STAFF.label), around={})


def refused(data: bytes) -> str:
    with pytest.raises(Invalid) as error:
        workbooks.read(data, wanted="x")
    return error.value.fields["file"][0]


def test_what_is_exported_comes_back_unchanged():
    rows = [{"person": "=cmd|' /C calc'!A0", "degree": "b", "pay": "12.5", "share": "60", "since": "2024-03-05",
             "full": True, "phone": "013800138000"},
            {"person": "+86", "full": False}, {"person": "-1"}, {"person": "@SUM(A1)"}]

    found = taken(workbooks.filled(STAFF, rows))

    assert found.is_faultless
    assert FORM.dump(FORM.load({"name": "x", "staff": list(found.good)}))["staff"] == [
        rows[0], rows[1], {"person": "-1"}, {"person": "@SUM(A1)"}]


def test_text_that_begins_like_a_formula_is_written_as_text():
    sheet = load_workbook(io.BytesIO(workbooks.filled(STAFF, [{"person": "=1+1"}]))).worksheets[0]

    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["A2"].quotePrefix) == ("=1+1", "s", True)


def test_a_template_has_headings_choices_and_an_explanation():
    made = load_workbook(io.BytesIO(workbooks.template(STAFF)))

    assert made.sheetnames == ["人员 名单", "选项", "填写说明"]
    assert [cell.value for cell in made.worksheets[0][1]] == HEAD
    rules = {str(rule.sqref): rule.formula1 for rule in made.worksheets[0].data_validations.dataValidation}
    assert rules == {"B2:B6": "'选项'!$A$2:$A$3", "F2:F6": "'选项'!$B$2:$B$3"}
    assert [cell.value for cell in made["选项"]["A"]] == ["学历", "本科", "大专"]


def test_labels_units_dates_and_ticks_are_understood_as_people_write_them():
    found = taken(book(
        ["王一", " 本科 ", "１２ 万元", "85%", "2024年3月5日", "√", "12345"],
        ["王二", "b", 3, 0.5, datetime(2024, 3, 5), "否", 13800138000],
        ["王三", None, "1,200", 60, "20240305", None, None],
        ["王四", None, None, None, date(2024, 3, 6), True, None], D3="0%",
    ))

    assert found.issues == ()
    assert [row.get("since") for row in found.good] == ["2024-03-05"] * 3 + ["2024-03-06"]
    assert [row.get("share") for row in found.good] == ["85", "50", "60", None]
    assert [row.get("full") for row in found.good] == [True, False, None, True]
    assert found.good[1]["phone"] == "13800138000"


@pytest.mark.parametrize(("place", "value", "why"), [
    (0, None, "姓名"), (1, "博士", "不在选项里"), (2, "许多", "数字"), (2, -1, "不能小于"), (2, "=1+1", "公式"),
    (2, True, "数字"), (4, "去年", "日期"), (4, "2024-02-30", "不存在"), (4, 45000, "日期"), (5, "也许", "是"),
    (6, 130626199001011234, "末几位"), (0, "x" * 600, "最多"), (2, "1e400", "数字"), (2, "#DIV/0!", "错误"),
])
def test_a_wrong_cell_is_told_by_row_column_content_reason_and_remedy_and_its_row_is_not_good(place, value, why):
    wrong = ["王二", "本科", 1, 1, "2024-01-01", "是", "1"]
    wrong[place] = value

    found = taken(book(["王一"], wrong, ["王三"]))

    (issue,) = found.issues
    assert (issue.row, issue.column) == (3, HEAD[place])
    assert why in issue.why
    assert issue.how
    assert [row["person"] for row in found.good] == ["王一", "王三"]


def test_the_same_person_twice_and_too_many_rows_are_told():
    twice = taken(book(["王一"], ["王 一"]))
    many = taken(book(*([f"王{n}"] for n in range(7))))

    assert [(issue.row, "重复" in issue.why) for issue in twice.issues] == [(3, True)]
    assert "最多 5 行，文件里有 7 行" in many.issues[0].why
    assert len(many.good) == 5


def test_columns_in_another_order_a_title_above_and_unknown_columns_are_taken_and_told():
    made = Workbook()
    for row in (["人员名单"], [], ["备注", "学历", "姓名*"], ["x", "大专", "王一"]):
        made.active.append(row)

    found = taken(data_of(made))

    assert found.good == ({"degree": "c", "person": "王一"},)
    assert found.notes == ("没有对应栏目的列没有读取：备注。",)


def test_a_missing_required_column_or_no_headings_at_all_take_nothing():
    assert taken(book(["本科"], head=["学历"])).good == ()
    assert "没有找到列名" in taken(book(["王一"], head=["甲"])).issues[0].why
    assert "没有内容" in taken(book()).issues[0].why


def test_hidden_sheets_are_not_read():
    made = Workbook()
    made.active.append(HEAD)
    made.active.append(["看得见"])
    secret = made.create_sheet("人员 名单")
    secret.append(HEAD)
    secret.append(["看不见"])
    secret.sheet_state = "veryHidden"

    found = taken(data_of(made))

    assert [row["person"] for row in found.good] == ["看得见"]
    assert found.notes == ("隐藏的工作表没有读取：人员 名单。",)


def repacked(data: bytes, name: str, content: bytes) -> bytes:
    """A workbook with one of its parts replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.namelist():
            if item != name:
                new.writestr(item, old.read(item))
        new.writestr(name, content)
    return out.getvalue()


LAUGHS = (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
          b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>')


@pytest.mark.parametrize(("what", "data", "said"), [
    ("nothing", b"", "空的"),
    ("too large", b"PK\x03\x04" + b"x" * workbooks.LARGEST, "超过 2 MB"),
    ("a picture", b"\x89PNG\r\n\x1a\n" + b"x" * 100, "不是 xlsx"),
    ("an old or locked file", b"\xd0\xcf\x11\xe0" + b"x" * 100, "旧版 xls"),
    ("a cut file", book(["王一"])[:900], "损坏"),
    ("a zip that is no workbook", repacked(b"PK\x05\x06" + b"\0" * 18, "a.txt", b"a"), "不是 xlsx"),
    ("a bomb", repacked(book(["王一"]), "xl/media/a.xml", b" " * (60 * 1024 * 1024)), "解压后超过 40 MB"),
    ("entities", repacked(book(["王一"]), "xl/worksheets/sheet1.xml", LAUGHS), "不能接受的声明"),
    ("another encoding", repacked(book(["王一"]), "xl/workbook.xml", "<workbook/>".encode("utf-16")), "不能接受"),
    ("no sheet", repacked(book(["王一"]), "xl/workbook.xml", b"<workbook/>"), "没有可见的工作表"),
    ("no XML", repacked(book(["王一"]), "xl/worksheets/sheet1.xml", b"<not"), "损坏"),
], ids=lambda value: value if isinstance(value, str) and len(value) < 30 else "")
def test_a_file_that_is_no_honest_workbook_is_refused_in_words(what, data, said):
    assert said in refused(data), what


def test_a_sheet_that_lies_about_its_size_is_read_for_what_it_holds():
    sheet = (b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
             b'<dimension ref="A1:XFD1048576"/><sheetData>'
             b'<row r="1"><c r="A1" t="inlineStr"><is><t>\xe5\xa7\x93\xe5\x90\x8d</t></is></c></row>'
             b'<row r="2"><c r="A2" t="inlineStr"><is><t>x</t></is></c><c r="XFD2"><v>1</v></c></row>'
             b'<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData></worksheet>')

    found = taken(repacked(book(), "xl/worksheets/sheet1.xml", sheet))

    assert found.good == ({"person": "x"},)
