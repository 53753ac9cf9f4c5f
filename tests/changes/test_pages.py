"""The office's list of change reports with who was late, its workbook, and what a case says of its change."""

import io
from datetime import date

import pytest
from openpyxl import load_workbook

from app import clock, db
from app.appointments.models import Appointment
from app.titles import changing
from app.web import changes
from tests.browsing import Browser
from tests.changes.scene import Scene, events, reports


@pytest.fixture
def late(scene: Scene) -> str:
    """One change reported a day late; returns its case."""
    scene.clock_at("2025-10-10 00:00")
    case = scene.begin()
    scene.report(case, "2025-07-04")
    return case


def texts(page, label: str) -> list[str]:
    return [" ".join(cell.get_text(" ", strip=True).split()) for cell in page.select(f"td[data-label={label}]")]


def test_hbi_14_1_the_list_marks_who_was_late(client: Browser, scene: Scene, late: str):
    client.sign_in("clerk@city")

    page = client.page("/changes")

    assert texts(page, "报告截止日") == ["2025-10-09"]
    assert texts(page, "报告日期") == ["2025-10-10 逾期"]
    assert texts(page, "状态") == ["核实中"]
    assert texts(client.page("/changes?status=late"), "变化") == ["更名 单位名称：持证服务机构1 → 持证服务集团"]
    assert texts(client.page("/changes?status=kept"), "变化") == []
    assert texts(client.page("/changes?q=没有这个单位"), "变化") == []


def test_the_workbook_says_the_same(client: Browser, scene: Scene, late: str):
    client.sign_in("lead@province")

    answer = client.get("/changes/export.xlsx?status=late")
    rows = list(load_workbook(io.BytesIO(answer.data))["变更报备"].values)

    assert rows[1][5:9] == ("2025-07-04", "2025-10-09", "2025-10-10", "逾期")


@pytest.mark.parametrize(("login", "status"), [("clerk@sibling_city", 200), ("applicant@institution", 403)])
def test_others_see_none_of_it(client: Browser, scene: Scene, late: str, login: str, status: int):
    client.sign_in(login)

    answer = client.get("/changes")

    assert answer.status_code == status
    assert "持证服务集团" not in answer.text


@pytest.mark.parametrize("query", ["status=moon", "before=x"])
def test_a_query_that_makes_no_sense_is_refused(client: Browser, scene: Scene, query: str):
    client.sign_in("clerk@city")

    assert client.get(f"/changes?{query}").status_code == 422


def test_the_case_tells_the_change_its_last_day_and_that_it_was_late(client: Browser, scene: Scene, late: str):
    client.sign_in("clerk@city")

    page = client.page(f"/cases/{late}")
    told = page.select_one("#change-h").parent.get_text(" ", strip=True)

    assert "变化日期 2025-07-04" in told
    assert "报告截止 2025-10-09" in told
    assert "逾期" in told
    assert texts(page, "变化后") == ["持证服务集团"]
    assert "登记重大变化：更名，2025-07-04，报告截止 2025-10-09，逾期报告" in page.get_text()


def test_d16_what_happened_between_the_change_and_its_report_is_listed_and_nothing_undone(
    client: Browser, scene_of, clock_at
):
    scene = scene_of(suspends=True)
    for moment, subject in (("2025-07-31 10:00", "以前"), ("2025-08-01 10:00", "当日"), ("2025-09-01 10:00", "报告日"),
                            ("2025-09-02 10:00", "以后")):
        clock_at(moment)
        with db.transaction() as session:
            session.add(Appointment(
                public_id=db.public_id(), code=db.public_id(), title_id=scene.title.id, case_id=None,
                enterprise="甲公司", credit_code="91130606MA0E97X9BU", contact_name="王敏",
                contact_phone="13800138000", subject=subject, requested_at=clock.now(),
            ))
    with db.transaction() as session:
        title = changing.locked(session, scene.title.id)
        changing.record(session, title, "circulated", case_id=title.case_id, clause="HBI-13.2",
                        effective_on=date(2025, 8, 20))
    clock_at("2025-09-01 12:00")
    case = scene.begin()
    scene.report(case, "2025-08-01")

    with db.reading() as session:
        found = changes.between(session, scene.title.id, date(2025, 8, 1), date(2025, 9, 1))
    assert [(one.on.isoformat(), one.what) for one in found] == [
        ("2025-08-01", "服务预约：甲公司，当日"), ("2025-08-20", "称号变动：通报（HBI-13.2）"),
        ("2025-09-01", "服务预约：甲公司，报告日"),
    ]
    client.sign_in("clerk@province")
    assert "服务预约：甲公司，当日" in client.page(f"/cases/{case}").get_text()
    assert reports()[0].suspended
    assert len(events(scene)) == 3
