"""The pages of evaluations: rounds lead to their evaluations, one shows what was counted; out to a workbook."""

import io
from datetime import date

import pytest
from openpyxl import load_workbook

from app import db
from app.people.models import Person
from tests.evaluations import setting
from tests.living import open_tasks, pass_time

# The sentences are the same on either database.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def here(app, clock_at):
    """Two titles whose year 2025 is evaluated; the city has checked the first."""
    clock_at("2025-02-01 09:00")
    made = setting.living(count=2, granted_on=date(2025, 2, 1))
    pass_time(clock_at, "2026-01-12 09:00")
    setting.check(made, share=90, name=next(iter(made.titles)))
    return made


def row(page, name):
    (found,) = [tr for tr in page.select("#work tbody tr") if name in tr.get_text()]
    return {td["data-label"]: td.get_text(" ", strip=True) for td in found.select("td")}


def test_hbi_17_2_the_rounds_and_the_evaluations_of_the_newest(client, here):
    client.sign_in("lead@province")

    page = client.page("/evaluations")

    (told,) = page.select("section[aria-labelledby=rounds-h] tbody tr")
    assert {td["data-label"]: td.get_text(" ", strip=True) for td in told.select("td")} == {
        "年度": "2025 年度", "认定项目": "河北省优质中小企业服务机构", "核实指标": "1", "待确认等次": "1",
        "已告知，复核期内": "0", "复核中": "0", "等次已确定": "0", "已终止": "0", "合计": "2", "进度": "0%",
    }
    assert row(page, "持证服务机构1")["得分"] == "90.00"
    assert row(page, "持证服务机构1")["计算的等次"] == "A"
    assert row(page, "持证服务机构1")["等次"] == "—"
    assert [a.get_text(strip=True) for a in page.select(".page-actions a")] == ["批量确认等次（1）", "导出 xlsx"]


def test_the_list_is_filtered(client, here):
    client.sign_in("lead@province")
    base = "/evaluations?programme=hebei-institution&year=2025"

    assert len(client.page(f"{base}&stage=confirming").select("#work tbody tr")) == 1
    assert len(client.page(f"{base}&grade=A").select("#work tbody tr")) == 1
    assert len(client.page(f"{base}&q=服务机构2").select("#work tbody tr")) == 1
    assert "没有符合条件的评价" in client.page(f"{base}&grade=B").get_text()
    assert client.get(f"{base}&stage=nothing").status_code == 422
    assert client.get("/evaluations?programme=hebei-institution&year=1999").status_code == 422


def test_hbi_17_2_one_evaluation_shows_what_was_counted_and_that_points_were_spread(client, here):
    client.sign_in("auditor@city")
    second = client.page("/evaluations?q=服务机构2").select_one("#work tbody a")["href"]

    page = client.page(second)

    said = {tr.td.get_text(" ", strip=True): [td.get_text(" ", strip=True) for td in tr.select("td")[1:]]
            for tr in page.select("section[aria-labelledby=figures-h] tbody tr")}
    assert said["按时报送 HBI-13.1"] == ["0 / 4", "0%", "35.71 （原 25）", "0.00"]
    assert said["检查和抽查 HBI-17.1"] == ["—", "无可计数据", "—", "—"]
    assert "没有可计数据的指标不得分也不扣分" in page.get_text()


def test_the_task_of_the_city_shows_the_figures_beside_its_form(client, here):
    client.sign_in("clerk@city")
    (task,) = open_tasks(name="核实指标")

    page = client.page(f"/tasks/{task.public_id}")

    assert "2025 年度评价指标" in page.get_text()
    assert len(page.select("section[aria-labelledby=figures-h] tbody tr")) == 7


def test_hbi_17_2_the_holder_sees_its_evaluation_once_it_was_told_and_no_other_one(client, here):
    client.sign_in("lead@province")
    first = client.page("/evaluations?q=服务机构1").select_one("#work tbody a")["href"]
    second = client.page("/evaluations?q=服务机构2").select_one("#work tbody a")["href"]
    login = _login(here, "持证服务机构1")

    client.sign_in(login)
    assert client.get(first).status_code == 404
    assert client.get("/evaluations").status_code == 403
    setting.confirm(here)

    assert "等次" in client.page(first).get_text()
    assert client.get(second).status_code == 404


def test_the_act_shows_score_and_computed_grade_of_each_row(client, here):
    client.sign_in("lead@province")

    page = client.page(client.page("/evaluations").select_one(".page-actions a.btn-primary")["href"])

    text = page.get_text(" ", strip=True)
    assert "计算的等次" in text
    assert "90.00" in text


def test_the_workbook_has_each_indicator(client, here):
    client.sign_in("lead@province")

    book = load_workbook(io.BytesIO(client.get("/evaluations/export.xlsx").data))

    heads, *rows = book["年度评价"].iter_rows(values_only=True)
    assert heads[:7] == ("编号", "单位", "地区", "环节", "得分", "计算的等次", "等次")
    assert heads[10] == "按时报送（25 分）"
    assert [(one[1], one[4], one[10]) for one in rows] == [
        ("持证服务机构1", "90.00", "90%（0 / 4）"), ("持证服务机构2", "0.00", "0%（0 / 4）"),
    ]


def _login(here, name: str) -> str:
    with db.reading() as session:
        return session.get_one(Person, here.holder(session, name).person_id).login
