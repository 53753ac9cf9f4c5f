"""Pages about reports: the periods of a division, the units behind a number, a unit's own, excusing, prefilling."""

import io

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app import db
from app.obligations.models import Duty
from app.people.models import Person
from tests import living
from tests.browsing import errors, seen
from tests.obligations import owing


@pytest.fixture
def lived(database, clock_at):
    """Two titles: the first filed for March 2026 and was accepted, the second missed it. It is 20 May, June's is open.
    """
    lived = owing.titled(clock_at, "2025-11-20", count=2)
    living.pass_time(clock_at, "2026-03-10 09:00")
    owing.report(lived, "2026-03-15", staff_total="21")
    owing.check(lived, "2026-03-15")
    living.pass_time(clock_at, "2026-05-20 09:00")
    return lived


def holder(number: int) -> str:
    with db.reading() as session:
        return session.scalars(select(Person.login).where(Person.login.startswith(f"holder{number}@"))).one()


def row_of(page, period: str) -> dict[str, str]:
    found = next(tr for tr in page.select("tbody tr") if period in tr.get_text())
    return {td["data-label"]: " ".join(td.get_text(" ").split()) for td in found.select("td")}


def test_a_department_sees_each_period_and_how_it_stands(client, lived):
    client.sign_in("clerk@city")

    page = client.page("/reports")

    march, june = row_of(page, "2026-03-15"), row_of(page, "2026-06-15")
    assert (march["应报"], march["已报"], march["漏报"], march["已报率"]) == ("2", "1", "1", "50.0%")
    assert (june["应报"], june["待报"], june["已报率"]) == ("2", "2", "0.0%")
    assert row_of(page, "2026-09-15")["待开放"] == "2"


def test_another_city_sees_nothing_of_it(client, lived):
    client.sign_in("clerk@sibling_city")

    assert "本地区没有需要报送的称号" in seen(client.get("/reports"))
    assert client.get("/reports?region=130600").status_code == 404


def test_a_number_leads_to_its_units_and_out_to_a_workbook(client, lived):
    client.sign_in("lead@province")
    page = client.page("/reports?region=130600")
    link = next(a["href"] for a in page.select("td[data-label=漏报] a"))

    rows = client.page(link)
    book = load_workbook(io.BytesIO(client.get(link.replace("/list", "/export.xlsx")).data))

    assert [tr.select_one("td[data-label=单位] a").get_text() for tr in rows.select("tbody tr")] == ["持证服务机构2"]
    lines = list(book["报送情况"].values)
    assert (len(lines), lines[1][0], lines[1][8], lines[1][7]) == (2, "持证服务机构2", "漏报", "2026-03-16")


def test_a_holder_sees_its_own_with_the_way_to_file(client, lived):
    client.sign_in(holder(1))

    page = client.page("/reports")

    assert row_of(page, "2026-03-15")["情况"] == "已报"
    assert row_of(page, "2026-06-15")["所属时段"] == "2026-03-16 至 2026-06-15"
    assert page.select_one("td[data-label=操作] a.btn-primary")["href"].startswith("/tasks/")
    assert "2026-09-15" in seen(client.get("/reports"))


def test_what_carries_over_is_prefilled_from_the_last_report_and_said_so(client, lived):
    client.sign_in(holder(1))

    page = client.page(f"/tasks/{owing.task_of(lived, '2026-06-15').public_id}")

    assert page.select_one("[name=staff_total]")["value"] == "21"
    assert page.select_one("[name=offline_served]").get("value", "") == ""
    assert "已沿用此前填报的内容：服务人员总数" in page.get_text()


def test_hbi_16_3_the_reviewer_finds_the_activities_as_reported(client, lived, clock_at):
    living.pass_time(clock_at, "2026-06-01 09:00")
    owing.report(lived, "2026-06-15")
    client.sign_in("clerk@city")

    page = client.page(f"/tasks/{owing.task_of(lived, '2026-06-15').public_id}")

    assert page.select_one("[name=activities-0-activity]")["value"] == "数字化转型培训"
    assert page.select_one("[name=activities-0-activity]")["type"] == "hidden", "what was reported isn't changed here"
    assert not page.select("#f-activities [name=_add], #f-activities [name=_remove]:not([hidden])")
    assert page.select_one("[name=activities-0-effective] option[selected]") in (None, page.select_one(
        "[name=activities-0-effective] option[value='']"))


def test_what_was_typed_before_the_last_day_is_there_for_the_late_report(client, lived, clock_at):
    client.sign_in(holder(2))
    task = owing.task_of(lived, "2026-06-15", "持证服务机构2").public_id
    assert client.submit(f"/tasks/{task}", {"offline_served": "24", "_do": "draft", "_seen": "0"}).status_code == 303
    living.pass_time(clock_at, "2026-06-16 09:00")

    page = client.page(f"/tasks/{owing.task_of(lived, '2026-06-15', '持证服务机构2').public_id}")

    assert page.select_one("[name=offline_served]")["value"] == "24"


def test_d10_the_lead_excuses_on_the_page_and_a_short_reason_stays_typed(client, lived):
    duty = owing.duty(lived, "2026-03-15", "持证服务机构2")
    client.sign_in("lead@city")
    path = f"/reports/{duty.public_id}"
    assert client.page(path).select_one("textarea[name=reason]")

    refused = client.submit(f"{path}/excuse", {"reason": "停机"})
    assert refused.status_code == 422
    assert "请写明免计的理由" in errors(refused)["reason"]
    client.submit(f"{path}/excuse", {"reason": "省平台停机两日，有公告为证。"})

    assert "省平台停机两日" in seen(client.get(path))
    with db.reading() as session:
        assert session.get_one(Duty, duty.id).status == "excused"


def test_nobody_else_is_offered_to_excuse(client, lived):
    duty = owing.duty(lived, "2026-03-15", "持证服务机构2")
    for login in ("clerk@city", "lead@province", holder(2)):
        client.sign_in(login)
        assert not client.page(f"/reports/{duty.public_id}").select("textarea[name=reason]")
    client.sign_in(holder(1))
    assert client.get(f"/reports/{duty.public_id}").status_code == 404
