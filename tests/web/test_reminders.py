"""催办 on the pages: tags in the inbox, the ladder of a task, stopping and urging, and the list that is circulated."""

import io

import pytest
from openpyxl import load_workbook

from app import db, worker
from app.cases.models import Case
from app.outbox.senders import NoSender
from tests import factories, sample
from tests.reminders.conftest import LADDER, with_ladder  # noqa: F401 - fixtures

pytestmark = pytest.mark.usefixtures("with_ladder")
REASON = "申报单位停产整顿，经批准暂缓办理。"


@pytest.fixture
def ladder():
    return LADDER


@pytest.fixture
def task(with_ladder, database, clock_at):  # noqa: F811
    """The county's task of an application, due on Monday 2026-10-12, of which five rungs have come by 2026-10-19."""
    clock_at("2026-09-21 09:00")
    with db.transaction() as session:
        world = factories.world(session)
        sample.deploy(session)
        call = sample.open_batch(session, by=world.identity(session, "clerk@city"))
        case_id = sample.apply(session, call, by=world.identity(session, "applicant@institution")).id
        applicant = world.identity(session, "applicant@institution")
    sample.complete(case_id, by=applicant, answers={"name": "服务平台"})
    for wall_time in ("2026-10-08 08:30", "2026-10-10 08:30", "2026-10-13 08:30", "2026-10-19 08:30"):
        clock_at(wall_time)
        worker.run_until_idle(NoSender())
    with db.reading() as session:
        return sample.open_task(session, case_id)


def tags(page, within="main"):
    return [tag.get_text(strip=True) for tag in page.select(f"{within} .tag")]


def test_inbox_task_and_case_say_how_often_the_task_was_urged(client, task):
    client.sign_in("clerk@county")

    inbox = client.page("/inbox")
    page = client.page(f"/tasks/{task.public_id}")
    (way,) = [a["href"] for a in page.select(".reminder-line a")]
    ladder = client.page(way)

    assert tags(inbox) == ["已催办 2 次", "督办", "通报"]
    assert tags(page, ".reminder-line") == ["已催办 2 次", "督办", "通报"]
    assert tags(ladder) == ["已提醒", "已提醒", "合并到后一次", "已提醒", "已列入通报"]
    assert [td.get_text(strip=True) for td in ladder.select("td[data-label=提醒]")] == [
        "截止前 3 个工作日催办", "截止前 1 个工作日催办", "截止当日催办", "逾期 1 个工作日督办", "逾期 5 个工作日通报"
    ]
    assert "待发 1 封" in ladder.get_text()


def test_a_lead_stops_and_resumes_a_ladder_and_everybody_sees_the_reason(client, task):
    client.sign_in("lead@county")
    address = f"/tasks/{task.public_id}/reminders"

    refused = client.post(f"{address}/stop", data={"csrf_token": client.csrf_token(), "reason": " "})
    stopped = client.post(f"{address}/stop", data={"csrf_token": client.csrf_token(), "reason": REASON})
    shown = client.page(address)
    listed = client.page("/monitoring/circulated")
    resumed = client.post(f"{address}/resume", data={"csrf_token": client.csrf_token()})

    assert (refused.status_code, stopped.status_code, resumed.status_code) == (422, 303, 303)
    assert "请写明停止催办的原因" in refused.get_data(as_text=True)
    assert REASON in shown.select_one(".notice-warning").get_text()
    assert listed.select_one("td[data-label=说明]").get_text(strip=True) == f"已停止催办：{REASON}"
    assert REASON not in client.page(address).select_one("main").get_text()


def test_what_was_typed_is_still_there_when_it_is_refused(client, task):
    client.sign_in("lead@city")

    answer = client.post(
        f"/tasks/{task.public_id}/reminders/urge", data={"csrf_token": client.csrf_token(), "words": "长" * 501}
    )

    assert answer.status_code == 422
    assert "长" * 501 in answer.get_data(as_text=True)


def test_a_superior_urges_once_a_day(client, task):
    client.sign_in("clerk@city")
    address = f"/tasks/{task.public_id}/reminders/urge"

    first = client.post(address, data={"csrf_token": client.csrf_token(), "words": "请于今日办结。"})
    second = client.post(address, data={"csrf_token": client.csrf_token(), "words": "请于今日办结。"})

    assert (first.status_code, second.status_code) == (303, 422)
    case = client.page(f"/cases/{_case_of(task)}")
    assert "人工催办“县级测评推荐”" in case.get_text()
    assert "请于今日办结。" in case.get_text()


def test_how_an_office_urges_its_people_is_not_the_applicants_business(client, task):
    client.sign_in("applicant@institution")

    assert client.get(f"/tasks/{task.public_id}/reminders").status_code == 404
    assert "催办" not in client.page(f"/cases/{_case_of(task)}").select_one("main").get_text()


def test_the_list_names_units_and_tasks_and_goes_out_as_a_workbook(client, task):
    client.sign_in("auditor@province")

    page = client.page("/monitoring/circulated?print=1")
    book = load_workbook(io.BytesIO(client.get("/monitoring/circulated.xlsx").data))

    assert [h2.find(string=True) for h2 in page.select("main h2")] == ["顺平县主管部门"]
    assert page.select_one("td[data-label=超期]").get_text(strip=True) == "5 个工作日"
    rows = list(book["通报名单"].values)
    assert len(rows) == 2
    assert (rows[1][0], rows[1][7], rows[1][8], rows[1][9], rows[1][10]) == (
        "顺平县主管部门", "2026-10-12", 5, "2026-10-19", 2
    )


def test_a_neighbour_has_an_empty_list(client, task):
    client.sign_in("lead@sibling_city")

    assert "没有到通报次序的超期待办" in client.page("/monitoring/circulated").get_text()


def _case_of(task):
    with db.reading() as session:
        return session.get_one(Case, task.case_id).public_id
