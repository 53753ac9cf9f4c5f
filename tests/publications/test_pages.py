"""The pages: objecting and following it, the authority's list, correcting, acts with outcomes, tables and exports."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from app import db
from app.cases.models import Act, Case, Task
from app.publications.models import Objection, Publication
from app.web import act_tables
from tests import sample
from tests.browsing import Browser, errors, seen
from tests.documents import files
from tests.publications import conftest as publishing
from tests.publications.conftest import PublishingOffice
from tests.publications.test_objections import OVER, listed, objection

SAID = {"name": "王芳", "contact": "13900139000", "text": "该单位的办公场地已于去年退租。"}


@pytest.fixture
def lead(app: Flask, office: PublishingOffice) -> Browser:
    """The city's lead, signed in."""
    browser = app.test_client()
    browser.sign_in("lead@city")
    return browser


def step(case_id: int, element: str) -> str:
    with db.reading() as session:
        release_id = session.get_one(Case, case_id).release_id
    return f"release={release_id}&diagram=application&element={element}"


def ticks(*case_ids: int) -> list[str]:
    with db.reading() as session:
        rows = session.execute(
            select(Task.public_id, Case.revision)
            .join(Case, Task.case_id == Case.id)
            .where(Task.case_id.in_(case_ids), Task.status == "open")
        )
        return [f"{public_id}:{revision}" for public_id, revision in rows]


def page_of(publication: Publication) -> str:
    return f"/publications/{publication.public_id}"


def test_anybody_objects_with_a_paper_and_follows_it_by_the_link(
    app: Flask, client: Browser, office: PublishingOffice, lead: Browser
):
    _one, _other, publication = listed(office)
    link = client.page(page_of(publication)).select_one("a[href$='/1/objection']")["href"]

    answer = client.submit(
        link, {**SAID, "evidence": (io.BytesIO(files.pdf()), "租赁合同.pdf")}, content_type="multipart/form-data"
    )

    assert answer.status_code == 303
    first = client.get(answer.location)
    assert "异议已收到" in seen(first)
    assert "租赁合同.pdf" in seen(first)
    with db.reading() as session:
        taken = session.scalars(select(Objection)).one()
    assert taken.number in seen(first)
    assert "有异议，正在核查" in seen(client.get(page_of(publication)))
    theirs = lead.page(f"{page_of(publication)}/objections")
    assert "王芳" in theirs.text
    paper = theirs.find("a", string="租赁合同.pdf")["href"]
    assert lead.get(paper).data == files.pdf()
    office.find(taken.case_id, "upheld")
    assert "感谢反映，核查情况如上" in seen(client.get(answer.location))
    assert "异议成立" in seen(client.get(answer.location))


@pytest.mark.parametrize("path", ["/objections/AAAA", "/publications/AAAA/entries/1/objection"])
def test_a_wrong_link_finds_nothing(client: Browser, office: PublishingOffice, path: str):
    assert client.get(path).status_code == 404


def test_the_reporter_is_told_before_that_a_nameless_one_is_only_a_tip(client: Browser, office: PublishingOffice):
    _one, _other, publication = listed(office)
    path = f"{page_of(publication)}/entries/1/objection"
    assert "只作为线索留存" in seen(client.get(path))

    answer = client.submit(path, {**SAID, "name": ""})

    assert "已作为线索收到" in seen(client.get(answer.location))


def test_what_is_missing_stands_at_its_field_and_nothing_typed_is_lost(
    app: Flask, client: Browser, strict_office: PublishingOffice
):
    _one, _other, publication = listed(strict_office)
    path = f"{page_of(publication)}/entries/1/objection"

    answer = client.submit(path, {**SAID, "name": ""})

    assert answer.status_code == 422
    assert set(errors(answer)) == {"name", "evidence"}
    assert "该单位的办公场地已于去年退租。" in seen(answer)


def test_a_file_that_is_not_what_it_says_is_refused_at_its_field(client: Browser, office: PublishingOffice):
    _one, _other, publication = listed(office)

    answer = client.submit(
        f"{page_of(publication)}/entries/1/objection",
        {**SAID, "evidence": (io.BytesIO(b"MZ"), "证据.exe")}, content_type="multipart/form-data",
    )

    assert answer.status_code == 422
    assert "只接受" in errors(answer)["evidence"]


def test_after_the_period_nobody_can_object(
    client: Browser, office: PublishingOffice, clock_at: Callable[[str], None]
):
    _one, _other, publication = listed(office)
    path = f"{page_of(publication)}/entries/1/objection"
    clock_at(OVER)

    assert "提出异议" not in seen(client.get(page_of(publication)))
    assert "不能在此提出异议" in seen(client.get(path))
    assert client.submit(path, SAID).status_code == 422
    with db.reading() as session:
        assert session.scalars(select(Objection)).all() == []


def test_the_institution_reads_nothing_of_who_objected(
    app: Flask, client: Browser, office: PublishingOffice, lead: Browser
):
    _one, _other, publication = listed(office)
    taken = office.object(publication, 1)
    with db.reading() as session:
        case = session.get_one(Case, objection(taken).case_id)

    for login in ("applicant@other_institution", "clerk@sibling_county"):
        client.sign_in(login)
        assert client.get(f"/cases/{case.public_id}").status_code == 404
        assert "王芳" not in seen(client.get("/cases"))


def test_the_lead_corrects_a_name_and_both_pages_lead_to_each_other(
    client: Browser, office: PublishingOffice, lead: Browser
):
    _one, _other, publication = listed(office)
    form = lead.page(f"{page_of(publication)}/correction")
    data = {tag["name"]: tag.get("value", "") for tag in form.select("main input[name]:not([type=checkbox])")}
    data |= {"do-1": "change", "name-1": "高阳科技服务（集团）有限公司", "reason": "原公示中单位名称有误。"}

    answer = lead.submit(f"{page_of(publication)}/correction", {k: v for k, v in data.items() if k != "csrf_token"})

    assert answer.status_code == 303, seen(answer)
    new, old = client.page(answer.location), client.page(page_of(publication))
    assert "高阳科技服务（集团）有限公司" in new.text
    assert "这是一份更正公示" in new.text
    assert old.find("a", href=answer.location)
    assert "已更正，另行公示" in old.text
    assert new.find("a", href=page_of(publication))


def test_a_correction_without_reasons_comes_back_with_what_was_typed(office: PublishingOffice, lead: Browser):
    _one, _other, publication = listed(office)

    answer = lead.submit(
        f"{page_of(publication)}/correction",
        {"do-1": "change", "name-1": "某某公司", "credit_code-1": "x", "region_name-1": "高阳县", "title": "更正公示"},
    )

    assert answer.status_code == 422
    assert "reason" in errors(answer)
    assert 'value="某某公司"' in answer.get_data(as_text=True)


def test_a_name_is_found_in_a_long_list(client: Browser, office: PublishingOffice):
    _one, _other, publication = listed(office)

    found = seen(client.get(f"{page_of(publication)}?q=高阳科技"))

    assert "高阳科技服务有限公司" in found
    assert "顺平创业服务有限公司" not in found


def test_the_preview_shows_the_rows_selects_none_and_searches(office: PublishingOffice, lead: Browser):
    ours, theirs = office.reviewed(), office.reviewed("applicant@other_institution")
    path = f"/acts/new?{step(ours, 'list')}"

    page = lead.page(path)
    none = lead.page(f"{path}&pick=none")
    found = lead.page(f"{path}&q=高阳")

    assert len(page.select("input[name=task][checked]")) == 2
    assert len(none.select("input[name=task]")) == 2
    assert none.select("input[name=task][checked]") == []
    assert [tag["value"] for tag in found.select("input[name=task]")] == ticks(theirs)


def test_the_table_is_exported_as_xlsx_and_shown_for_print(office: PublishingOffice, lead: Browser):
    ours, _theirs = office.reviewed(), office.reviewed("applicant@other_institution")

    book = load_workbook(io.BytesIO(lead.get(f"/acts/table.xlsx?{step(ours, 'list')}").data))
    printed = lead.page(f"/acts/table?{step(ours, 'list')}")

    rows = list(book.active.iter_rows(values_only=True))
    assert rows[1] == ("办件号", "申报单位", "所在地")
    assert {row[1] for row in rows[2:]} == {"顺平创业服务有限公司", "高阳科技服务有限公司"}
    assert "顺平创业服务有限公司" in printed.text


def test_progress_goes_on_without_javascript_and_outcomes_are_exported(office: PublishingOffice, lead: Browser):
    ours, theirs = office.reviewed(), office.reviewed("applicant@other_institution")
    release, diagram, element = (part.partition("=")[2] for part in step(ours, "list").split("&"))

    answer = lead.submit("/acts/new", {
        "release": release, "diagram": diagram, "element": element, "task": ticks(ours, theirs), **sample.LIST,
    })

    waiting = lead.get(answer.location).get_data(as_text=True)
    assert '<noscript><meta http-equiv="refresh"' in waiting
    assert "刷新进度" in waiting
    office.work()
    done = lead.page(answer.location)
    assert done.find("noscript") is None
    assert done.find("progress")["value"] == "2"
    with db.reading() as session:
        act = session.scalars(select(Act)).one()
    book = load_workbook(io.BytesIO(lead.get(f"/acts/{act.public_id}/outcomes.xlsx").data))
    assert [row[3] for row in book.active.iter_rows(min_row=3, values_only=True)] == ["已办", "已办"]


def meeting_files() -> dict[str, bytes]:
    """The package with a meeting in place of the publication: two outcomes, and a form with room for reasons."""
    found = publishing.files()
    drawn = found["application.bpmn"].decode().replace(
        'name="collective" value="publication"', 'name="collective" value="meeting"'
    ).replace(
        'name="form" value="publication_list" />',
        ('name="form" value="meeting" />'
         '<spiffworkflow:property name="outcomes" value="select=选定,pass_over=不予选定" />'),
    )
    fields = [{"type": "textfield", "id": key, "key": key, "label": key} for key in ("title", "reason")]
    form = {"type": "default", "id": "meeting", "title": "会议审定", "components": fields}
    tables = """
tables:
  meeting:
    name: 会议审定表
    columns:
      - {key: no, heading: 序号, from: number}
      - {key: name, heading: 申报单位, from: unit}
      - {key: opinion, heading: 评审意见, from: form:city_review.opinion}
      - {key: own, heading: 内部备注, from: blank, printed: no}
    order_by: [name]
"""
    return found | {
        "application.bpmn": drawn.encode(), "forms/meeting.json": json.dumps(form).encode(),
        "tables.yaml": tables.encode(),
    }


def test_a_meeting_asks_which_outcome_and_why_somebody_is_passed_over(
    app: Flask, database: db.Database, clock_at: Callable[[str], None], tmp_path: Path
):
    office = publishing.open_office(clock_at, tmp_path, meeting_files())
    ours, theirs = office.reviewed(), office.reviewed("applicant@other_institution")
    browser = app.test_client()
    browser.sign_in("lead@city")
    release, diagram, element = (part.partition("=")[2] for part in step(ours, "list").split("&"))
    sent = {"release": release, "diagram": diagram, "element": element, "task": ticks(ours, theirs), "title": "会议"}
    page, printed = browser.page(f"/acts/new?{step(ours, 'list')}"), browser.page(f"/acts/table?{step(ours, 'list')}")

    undecided = browser.submit("/acts/new", sent)
    unreasoned = browser.submit("/acts/new", sent | {"outcome": "pass_over"})
    answer = browser.submit("/acts/new", sent | {"outcome": "pass_over", "reason": "名额已满。"})
    office.work()

    assert [tag["value"] for tag in page.select("input[name=outcome]")] == ["select", "pass_over"]
    assert [tag.text for tag in page.select("thead th")][2:] == ["序号", "申报单位", "评审意见", "内部备注", "办件"]
    assert [tag.text for tag in printed.select("thead th")] == ["序号", "申报单位", "评审意见"]
    cells = [tag.text for tag in printed.select("tbody tr td")]
    assert cells[:3] == ["1", "顺平创业服务有限公司", "材料齐全，符合条件，同意。"]
    assert (undecided.status_code, unreasoned.status_code, answer.status_code) == (422, 422, 303)
    assert "请选择办理结果" in seen(undecided)
    assert "请写明理由" in errors(unreasoned)["reason"]
    with db.reading() as session:
        assert set(session.scalars(select(Task.outcome).where(Task.element == "list"))) == {"pass_over"}
    assert "不予选定" in seen(browser.get(answer.location))


def test_what_somebody_typed_never_becomes_a_formula():
    book = load_workbook(io.BytesIO(act_tables.xlsx("表", ["名称"], [["=1+1"]], [10])))

    assert book.active["A3"].data_type == "s"
