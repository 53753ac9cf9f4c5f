"""The pages of stops and extensions: the line in time on the case, the forms, and what happens to what was typed."""

import io
from collections.abc import Callable

import pytest
from sqlalchemy import select

from app import db
from app.cases.clock_models import ClockStop, Extension
from app.cases.models import Case
from app.documents.models import Document
from tests.browsing import Browser
from tests.cases.conftest import office
from tests.cases.test_stopping import deadline_of, running, task_of
from tests.documents import files

__all__ = ["office", "running"]


@pytest.fixture
def page(running: int) -> str:
    return f"/tasks/{task_of(running).public_id}/clock"


def case_page(client: Browser, case_id: int) -> str:
    with db.reading() as session:
        public_id = session.get_one(Case, case_id).public_id
    return client.get(f"/cases/{public_id}").text


def stop(client: Browser, page: str, **changed) -> object:
    return client.submit(f"{page}/stop", data={"ground": "onsite", "evidence": "核查通知（5 号）", **changed})


def test_an_official_stops_the_clock_and_everybody_concerned_sees_it_on_the_case(
    running: int, page: str, client: Browser, clock_at: Callable[[str], None]
):
    clock_at("2026-09-23 10:00")
    client.sign_in("clerk@county")
    assert stop(client, page).status_code == 303

    assert "剩余 9 个工作日，停表中" in client.get(page).text
    client.sign_in("applicant@institution")
    shown = case_page(client, running)
    assert "剩余 9 个工作日，停表中" in shown
    assert "核查通知（5 号）" in shown
    assert "BDP-18.1" in shown
    assert "恢复计时</button>" not in client.get(page).text


def test_the_evidence_can_be_a_file(running: int, page: str, client: Browser):
    client.sign_in("clerk@county")

    stop(client, page, document=(io.BytesIO(files.pdf()), "核查通知.pdf"))

    with db.reading() as session:
        paper = session.get_one(Document, session.scalars(select(ClockStop)).one().document_id)
        assert (paper.name, paper.case_id) == ("核查通知.pdf", running)
        public_id = paper.public_id
    assert f"/documents/{public_id}" in case_page(client, running)


def test_what_was_typed_stays_where_something_is_missing(running: int, page: str, client: Browser):
    client.sign_in("clerk@county")

    answer = stop(client, page, ground="")

    assert answer.status_code == 422
    assert "请选择停表的情形。" in answer.text
    assert "核查通知（5 号）</textarea>" in answer.text


def test_the_clock_runs_on_and_the_line_keeps_the_stop(
    running: int, page: str, client: Browser, clock_at: Callable[[str], None]
):
    clock_at("2026-09-23 10:00")
    client.sign_in("clerk@county")
    stop(client, page)
    clock_at("2026-09-29 16:00")
    with db.reading() as session:
        public_id = session.scalars(select(ClockStop.public_id)).one()
    assert client.submit(f"{page}/stops/{public_id}/end", data={"note": ""}).status_code == 422
    assert client.submit(f"{page}/stops/{public_id}/end", data={"note": "核查完毕"}).status_code == 303

    shown = case_page(client, running)

    assert "2026-09-23 至 2026-09-29" in shown
    assert "2026-10-16 截止" in shown
    assert 'class="clock-stop"' in shown
    assert str(deadline_of(running).last_day) == "2026-10-16"


def test_a_ground_that_is_not_the_programmes_is_refused_with_its_clause(page: str, client: Browser, running: int):
    client.sign_in("clerk@county")

    answer = stop(client, page, ground="weather")

    assert answer.status_code == 422
    assert "BDP-10" in answer.text


def test_an_extension_goes_to_the_desk_of_who_decides_and_back(running: int, page: str, client: Browser):
    client.sign_in("clerk@county")
    assert client.submit(f"{page}/extension", data={"amount": "many", "reason": "x"}).status_code == 422
    assert client.submit(f"{page}/extension", data={"amount": "3", "reason": "案情复杂"}).status_code == 303
    assert "等候批准" in client.get(page).text
    client.sign_in("lead@city")
    assert "有 1 件延期申请等候审批" in client.get("/inbox").text
    with db.reading() as session:
        public_id = session.scalars(select(Extension.public_id)).one()
    assert public_id in client.get("/extensions").text
    answer = client.submit(f"/extensions/{public_id}", data={"decision": "", "reason": "同意"})
    assert (answer.status_code, "同意</textarea>" in answer.text) == (422, True)

    client.submit(f"/extensions/{public_id}", data={"decision": "approved", "reason": "同意"})

    assert str(deadline_of(running).last_day) == "2026-10-15"
    assert "截止日由 2026-10-12 改为 2026-10-15" in case_page(client, running)
    assert "等候审批" not in client.get("/inbox").text
