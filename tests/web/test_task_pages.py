"""A task's page through the server: automatic saves, conflicts, import and export, correction, receipt."""

import hashlib
import io
from typing import Any

import docx
import orjson
import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from app import db
from app.audit.models import AuditEntry
from app.cases.models import Answer, Draft
from app.documents.models import Document
from tests import factories, sample
from tests.browsing import seen, soup
from tests.cases import returning
from tests.documents import files
from tests.formschema.test_importing import book
from tests.web.test_bad_input import GOOD, _deploy

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def task(app, client, clock_at) -> str:
    """The path of an application's first task, opened by its institution."""
    clock_at("2026-03-02 10:00")
    with db.transaction() as session:
        world = factories.world(session)
        _deploy(session)
        call = sample.open_batch(session, by=world.identity(session, "lead@city"))
        case = sample.apply(session, call, by=world.identity(session, "applicant@institution"))
        path = f"/tasks/{sample.open_task(session, case.id).public_id}"
    client.sign_in("applicant@institution")
    return path


def keep(client, task: str, seen: int | None, *, anyway: bool = False, **fields: str) -> Any:
    body = {"seen": seen, "anyway": anyway, "fields": [[name.replace("__", "-"), value] for name, value in
                                                       fields.items()]}
    return client.post(f"{task}/draft", json=body, headers={"X-CSRFToken": client.csrf_token()})


def draft() -> dict[str, Any]:
    with db.reading() as session:
        return session.scalars(select(Draft)).one().values


def saves() -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.verb == "save_draft"))


def test_typing_is_saved_again_and_again_with_one_entry_in_the_trail(client, task):
    answers = [keep(client, task, place, name=f"名称{place}").get_json() for place in range(3)]

    assert [answer["seen"] for answer in answers] == [1, 2, 3]
    assert answers[0]["said"] == "已自动暂存 10:00"
    assert draft() == {"name": "名称2"}
    assert saves() == 1


@SQLITE
def test_another_window_is_not_overwritten_until_somebody_says_so(client, task):
    keep(client, task, 0, name="甲")

    late = keep(client, task, 0, name="乙")

    assert late.status_code == 409
    assert "10:00 在另一窗口暂存" in late.get_json()["said"]
    assert draft() == {"name": "甲"}
    assert keep(client, task, 0, anyway=True, name="乙").status_code == 200
    assert draft() == {"name": "乙"}


@SQLITE
@pytest.mark.parametrize("do", ["draft", "complete"])
def test_a_stale_page_comes_back_with_all_that_was_typed_and_may_be_sent_again(client, task, do):
    keep(client, task, 0, name="甲")
    sent = {**GOOD, "name": "乙", "_do": do, "_seen": "0"}

    late = client.submit(task, sent)

    assert late.status_code == 409
    page = soup(late)
    assert page.select_one("[name=name]")["value"] == "乙"
    assert page.select_one("[name=_seen]")["value"] == "1"
    assert draft() == {"name": "甲"}
    assert client.submit(task, {**sent, "_seen": "1"}).status_code == 303


@SQLITE
def test_what_is_no_number_yet_keeps_nothing_else_from_being_saved(client, task):
    answer = keep(client, task, 0, name="甲", count="许多", rows__0__item="x").get_json()

    assert draft() == {"name": "甲", "rows": [{"item": "x"}]}
    assert list(answer["errors"]) == ["count"]
    assert "1 处填写有误的未存" in answer["said"]


@SQLITE
@pytest.mark.parametrize("body", [
    b"", b"[]", b"{}", b'{"fields": [["name"]]}', b'{"fields": {"name": "x"}}', b'{"fields": [["name", 1]]}',
    b'{"fields": [["name", "x"]], "seen": -1}', b'{"fields": [["name", "x"]], "seen": "x"}',
    b'{"fields": [["__class__", "x"]]}', b'{"fields": [["unknown", "x"]]}', b"not json",
])
def test_a_save_that_no_page_sends_is_refused_and_saves_nothing(client, task, body):
    answer = client.post(f"{task}/draft", data=body, content_type="application/json",
                         headers={"X-CSRFToken": client.csrf_token()})

    assert answer.status_code == 422
    assert "没有暂存" in answer.get_json()["said"]
    assert saves() == 0
    assert client.post(f"{task}/draft", data=body, content_type="application/json").status_code == 400


@SQLITE
def test_a_live_check_tells_only_of_what_was_answered(client, task):
    found = client.submit(f"{task}/check", {"name": "x" * 21, "rows-0-item": "y" * 21, "rows-1-item": ""}).get_json()

    assert sorted(found["errors"]) == ["name", "rows.0.item"]


@SQLITE
def test_a_row_is_copied_without_javascript(client, task):
    page = soup(client.submit(task, {"rows-0-item": "甲", "rows-1-item": "乙", "_copy": "rows.0"}))

    assert [cell["value"] for cell in page.select("#f-rows input")] == ["甲", "甲", "乙"]


def imported(client, task: str, data: bytes, **more: str) -> Any:
    return client.submit(f"{task}/tables/rows", {"file": (io.BytesIO(data), "表.xlsx"), **more},
                         content_type="multipart/form-data")


def test_a_faultless_file_changes_the_draft_and_can_be_exported_again(client, task):
    keep(client, task, 0, name="甲")

    done = imported(client, task, book(["服务器"], ["=1+1"], head=["item"]))
    assert done.status_code == 422  # a formula is never worked out
    done = imported(client, task, book(["服务器"], ["显微镜"], head=["item"]))

    assert done.status_code == 303
    assert draft() == {"name": "甲", "rows": [{"item": "服务器"}, {"item": "显微镜"}]}
    out = client.get(f"{task}/tables/rows.xlsx")
    sheet = load_workbook(io.BytesIO(out.data)).worksheets[0]
    assert [row[0] for row in sheet.iter_rows(max_row=3, values_only=True)] == ["item", "服务器", "显微镜"]
    assert imported(client, task, book(["甲"], ["乙"], head=["item"]), mode="append").status_code == 422  # 4 of 3 rows


@SQLITE
def test_a_file_with_a_fault_changes_nothing_until_the_good_rows_are_taken(client, task):
    report = imported(client, task, book(["服务器"], ["x" * 21], head=["item"]))

    assert report.status_code == 422
    assert "第 3 行" in seen(report)
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Draft)) == 0
    rows = soup(report).select_one("textarea[name=rows]").get_text()
    assert client.submit(f"{task}/tables/rows", {"rows": rows, "mode": "replace"}).status_code == 303
    assert draft() == {"rows": [{"item": "服务器"}]}


@SQLITE
@pytest.mark.parametrize("rows", ["", "x", "{}", "[]", '[{"item": "%s"}]' % ("x" * 21), '[{"unknown": "x"}]', "[1]",
                                  '[{"item": {"a": 1}}]'])
def test_rows_that_no_report_gave_are_refused(client, task, rows):
    assert client.submit(f"{task}/tables/rows", {"rows": rows}).status_code == 422
    assert saves() == 0


@SQLITE
def test_a_table_is_its_doers_and_only_tables_are(client, task):
    client.get(f"{task}/tables/rows/template.xlsx")
    assert client.get(f"{task}/tables/name.xlsx").status_code == 404
    client.sign_in("applicant@other_institution")
    assert client.get(f"{task}/tables/rows.xlsx").status_code == 404
    client.sign_in("lead@city")
    assert client.get(f"{task}/tables/rows.xlsx").status_code == 403


def test_a_receipt_names_number_instant_and_the_hash_of_every_file_and_of_the_answers(client, task):
    paper = files.pdf()

    done = client.submit(task, {**GOOD, "papers": (io.BytesIO(paper), "证明.pdf")}, content_type="multipart/form-data")

    assert done.location == f"{task}/receipt"
    with db.reading() as session:
        answer, document = session.scalars(select(Answer)).one(), session.scalars(select(Document)).one()
        entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "complete_task")).one()
    text = client.get(f"{task}/receipt.txt").get_data(as_text=True)
    known = orjson.dumps({"form": answer.form, "values": answer.values}, option=orjson.OPT_SORT_KEYS)
    for words in (hashlib.sha256(known).hexdigest(), hashlib.sha256(paper).hexdigest(), entry.hash, document.name,
                  "2026年3月2日 10时00分00秒（北京时间）", "2026-03-02T10:00:00+08:00"):
        assert words in text
        assert words in seen(client.get(f"{task}/receipt"))
    sheet = load_workbook(io.BytesIO(client.get(f"{task}/answers.xlsx").data))
    assert [row[:2] for row in sheet.worksheets[0].iter_rows(values_only=True)][1] == ("name", "惠企服务平台")
    words = [cell.text for table in docx.Document(io.BytesIO(client.get(f"{task}/answers.docx").data)).tables
             for row in table.rows for cell in row.cells]
    assert words[words.index("name") + 1] == "惠企服务平台"
    assert client.get(task).location == f"{task}/receipt"
    client.sign_in("applicant@other_institution")
    ends = ("receipt", "receipt.txt", "answers.xlsx", "answers.docx")
    assert {client.get(f"{task}/{end}").status_code for end in ends} == {404}


@SQLITE
def test_a_correction_shows_what_is_wrong_and_takes_only_the_open_fields(app, client, clock_at):
    clock_at("2026-03-02 10:00")
    with db.transaction() as session:
        world = factories.world(session)
        returning.deploy(session)
        case = sample.apply(session, sample.open_batch(session, by=world.identity(session, "lead@city")),
                            by=world.identity(session, "applicant@institution"))
        applicant, clerk = (world.identity(session, who) for who in ("applicant@institution", "clerk@county"))
    sample.complete(case.id, by=applicant, answers={"name": "甲", "address": "东路"})
    sample.complete(case.id, by=clerk, outcome="correct",
                    answers={"opinion": "补正", "defects": [{"field": "name", "what": "名称与证照不符"}]})
    with db.reading() as session:
        path = f"/tasks/{sample.open_task(session, case.id).public_id}"
    client.sign_in("applicant@institution")

    page = client.page(path)
    saved = keep(client, path, 0, name="乙", address="西路")

    assert page.select_one("[name=name]")["value"] == "甲"
    assert page.select_one("[name=address]") is None
    assert "名称与证照不符" in page.select_one(".remark-text").get_text()
    assert "东路" in page.select_one("#f-address-field").get_text()
    assert saved.status_code == 200
    assert draft() == {"name": "乙", "address": "东路"}
    assert client.submit(path, {"name": "丙", "address": "北路"}).status_code == 303
    with db.reading() as session:
        assert session.scalars(select(Answer).order_by(Answer.id.desc())).first().values == {
            "name": "丙", "address": "东路"}
