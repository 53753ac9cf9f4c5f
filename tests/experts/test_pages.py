"""The pages: the register, the expert's task, the office's view of a review."""

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.cases.models import Case
from app.experts.models import Expert
from app.people.models import Unit
from tests import browsing, factories
from tests.experts.panel import Province


@pytest.fixture
def drawn(province: Province, app: Flask) -> tuple[Province, int]:
    province.enter_many(6)
    return province, province.apply()


def public_id(case_id: int) -> str:
    with db.reading() as session:
        return session.get_one(Case, case_id).public_id


def task_path(province: Province, case_id: int, name: str) -> str:
    return f"/tasks/{province.open_task(province.seat_case(case_id, name)).public_id}"


def test_an_expert_finds_the_own_scoring_alone_in_the_inbox(drawn, client):
    province, case_id = drawn
    client.sign_in(province.people[province.seated(case_id)[0]].login)

    page = client.page("/inbox")

    assert page.get_text().count("评审打分：") >= 1
    assert len(page.select(".c-do a")) == 1


def test_the_task_shows_the_application_beside_the_sheet(drawn, client):
    province, case_id = drawn
    name = province.seated(case_id)[0]
    client.sign_in(province.people[name].login)

    page = client.page(task_path(province, case_id, name))

    text = " ".join(page.get_text(" ").split())
    assert "填报申请" in text
    assert "服务平台" in text
    assert "0 至 60 分；每 0.5 分一档" in text
    assert page.select_one("#f-score_service")["name"] == "score_service"
    assert "总分（满分 100 分）" in text
    assert not page.select("form[action$='/release']")


def test_an_expert_scores_on_the_page(drawn, client):
    province, case_id = drawn
    name = province.seated(case_id)[0]
    client.sign_in(province.people[name].login)
    path = task_path(province, case_id, name)

    wrong = client.submit(path, {"score_service": "70", "outcome": "scored", "_do": "complete"})
    done = client.submit(path, {"score_service": "50", "score_team": "31.5", "outcome": "scored", "_do": "complete"})

    assert wrong.status_code == 422
    assert "score_service" in browsing.errors(wrong)
    assert done.status_code == 303
    assert client.get(done.location).status_code == 200
    assert [row.ExpertSeat.score for row in province.panel(case_id).seats if row.name == name] == ["81.50"]


def test_missing_points_are_named_at_their_field(drawn, client):
    province, case_id = drawn
    name = province.seated(case_id)[0]
    client.sign_in(province.people[name].login)

    answer = client.submit(
        task_path(province, case_id, name), {"score_service": "50", "outcome": "scored", "_do": "complete"}
    )

    assert answer.status_code == 422
    assert "请为“团队”评分" in browsing.errors(answer)["score_team"]


def test_another_experts_scoring_is_not_there(drawn, client):
    province, case_id = drawn
    first, second = province.seated(case_id)[:2]
    client.sign_in(province.people[second].login)

    assert client.get(task_path(province, case_id, first)).status_code == 404
    assert client.get(f"/cases/{public_id(province.seat_case(case_id, first))}").status_code == 404
    assert client.get(f"/cases/{public_id(case_id)}/experts").status_code == 403


def test_an_expert_reads_the_application_until_the_scoring_is_done(drawn, client):
    province, case_id = drawn
    name = province.seated(case_id)[0]
    client.sign_in(province.people[name].login)

    assert "专家评审 状态" not in client.page(f"/cases/{public_id(case_id)}").get_text(" ")
    province.score(case_id, name, "50")

    assert client.get(f"/cases/{public_id(case_id)}").status_code == 404


def test_the_office_sees_draw_scores_and_result(drawn, client):
    province, case_id = drawn
    names = province.seated(case_id)
    for name, points in zip(names, ("50", "45", "60", "40", "55"), strict=True):
        province.score(case_id, name, points, remark_team="团队稳定")
    client.sign_in("clerk@province")

    page = client.page(f"/cases/{public_id(case_id)}/experts")
    text = " ".join(page.get_text(" ").split())

    assert province.panel(case_id).draws[0].seed in text
    assert "80.00 分" in text
    assert "最高分，不计" in text
    assert "团队稳定" in text
    assert "80.00" in client.page(f"/cases/{public_id(case_id)}").get_text()


@pytest.mark.parametrize("login", ["clerk@city", "clerk@county", "clerk@ministry"])
def test_nobody_but_the_office_sees_the_scores(drawn, client, login: str):
    _, case_id = drawn
    client.sign_in(login)

    assert client.get(f"/cases/{public_id(case_id)}/experts").status_code == 404


def test_the_register_is_kept_on_its_pages(province: Province, client):
    with db.transaction() as session:
        home = factories.institution(session, region_code="130100", name="省城大学有限公司")
        person = factories.person(session, home, "expert", name="赵教授")
        other = factories.institution(session, name="太行咨询有限公司")
    client.sign_in("clerk@province")

    assert "赵教授（省城大学有限公司）" in client.page("/experts/new?q=赵").get_text()
    entered = client.submit("/experts/new", {"person": person.public_id, "fields": "管理咨询", "post": "教授",
                                             "employer": ""})
    assert entered.status_code == 303
    path = entered.location
    assert other.public_id in str(client.page(f"{path}?q=太行").select_one("#f-unit"))
    assert client.submit(f"{path}/relations", {"unit": other.public_id, "region_code": "", "reason": "曾任顾问"},
                         ).status_code == 303
    assert client.submit(f"{path}/relations", {"unit": "", "region_code": "", "reason": "x"}).status_code == 422
    paused = client.submit(path, {"fields": "财务", "post": "教授", "employer": "", "status": "paused"})
    assert paused.status_code == 303
    row = " ".join(client.page("/experts").select_one("tbody tr").get_text(" ").split())
    assert row == "赵教授 省城大学有限公司 财务 1 0 0 暂停抽取"
    page = client.page(path)
    end = page.select_one("form[action$='/end']")["action"]
    assert client.submit(end).status_code == 303
    assert "解除" in client.page(path).select_one("tbody").get_text()


def test_another_authoritys_expert_is_not_there(province: Province, client):
    province.enter("钱教授")
    with db.reading() as session:
        path = f"/experts/{session.scalars(select(Expert.public_id)).one()}"
    client.sign_in("clerk@city")

    assert client.get(path).status_code == 404
    assert client.submit(path, {"fields": "x", "post": "", "employer": "", "status": "active"}).status_code == 404


def test_a_shortage_leads_the_office_to_its_task(province: Province, client):
    province.enter_many(1)
    case_id = province.apply()
    client.sign_in("clerk@province")

    assert "补充评审专家" in client.page("/inbox").get_text()
    text = client.page(f"/cases/{public_id(case_id)}/experts").get_text(" ")
    assert "无利害关系的专家不足 3 名" in text


def test_an_expert_of_a_department_sees_no_case_but_the_assigned(province: Province, client):
    with db.reading() as session:
        city = session.scalars(select(Unit).where(Unit.tier == "city", Unit.region_code == "130100")).one()
    province.enter_many(4)
    province.enter("处长", unit=city)
    case_id = province.apply()
    other = province.apply("applicant@other_institution")
    if "处长" not in province.seated(case_id):
        pytest.fail("five experts, five seats")
    province.stand_aside(other, "处长")
    client.sign_in(province.people["处长"].login)

    assert client.get(f"/cases/{public_id(case_id)}").status_code == 200
    assert client.get(f"/cases/{public_id(other)}").status_code == 404
