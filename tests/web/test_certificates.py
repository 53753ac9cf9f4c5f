"""Certificates and the public page that verifies a number for any day."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from app import clock, db
from app.titles.models import Title, TitleEvent
from app.web import certificates
from tests import factories, sample
from tests.browsing import Browser, seen


@pytest.fixture
def title(app: Flask, clock_at: Callable[[str], None]) -> Title:
    """A title of the institution from 1 October 2026 to 30 September 2029."""
    clock_at("2026-11-21 10:05")
    with db.transaction() as session:
        world = factories.world(session)
        sample.deploy(session)
        call = sample.open_batch(session, by=world.identity(session, "clerk@city"))
        case = sample.apply(session, call, by=world.identity(session, "applicant@institution"))
        made = Title(
            public_id=db.public_id(), number="BDP-2026-0001", programme=sample.KEY, name="公共服务示范平台",
            holder_id=world.unit("institution").id, case_id=case.id, document_number="保工信〔2026〕8 号",
            granted_on=date(2026, 10, 1), valid_until=date(2029, 9, 30), status="active",
        )
        session.add(made)
        session.flush()
        session.add(TitleEvent(
            title_id=made.id, seq=1, kind="granted", status="active", clause="BDP-13", case_id=case.id,
            effective_on=date(2026, 10, 1), recorded_at=clock.now(),
        ))
    return made


def verified(client: Browser, number: str, on: str = "") -> str:
    return seen(client.get(f"/verify/{number}" + (f"?on={on}" if on else "")))


def test_the_holder_and_departments_over_it_get_the_certificate(title: Title, client: Browser):
    for login in ("applicant@institution", "clerk@county", "auditor@city", "lead@province", "operator@ministry"):
        client.sign_in(login)
        page = client.page(f"/titles/{title.public_id}/certificate")
        assert "顺平创业服务有限公司" in page.select_one(".certificate").get_text()
        assert page.select_one("svg.qr") is not None
        answer = client.get(f"/titles/{title.public_id}/certificate.pdf")
        assert answer.data.startswith(b"%PDF-")
        assert answer.headers["Content-Disposition"] == "attachment; filename=certificate-BDP-2026-0001.pdf"


def test_others_do_not_find_it(title: Title, client: Browser):
    for login in ("applicant@other_institution", "clerk@sibling_county", "clerk@sibling_city"):
        client.sign_in(login)
        assert client.get(f"/titles/{title.public_id}/certificate").status_code == 404
        assert client.get(f"/titles/{title.public_id}/certificate.pdf").status_code == 404


@pytest.mark.parametrize(
    ("on", "words"),
    [("", "2026-11-21 当日有效"), ("2026-10-01", "2026-10-01 当日有效"), ("2026-09-30", "当日尚未认定"),
     ("2029-09-30", "2029-09-30 当日有效"), ("2029-10-01", "当日已过有效期"), ("2028-01-01", "查询的是将来的日期")],
)
def test_anybody_learns_whether_it_holds_on_a_day(title: Title, client: Browser, on: str, words: str):
    found = verified(client, title.number, on)

    assert words in found
    for said in ("顺平创业服务有限公司", "保工信〔2026〕8 号", "BDP-2026-0001"):
        assert said in found


def test_an_unknown_number_is_answered_plainly(title: Title, client: Browser):
    answer = client.get("/verify/BDP-2026-9999")

    assert answer.status_code == 404
    assert "没有编号为“BDP-2026-9999”的证书" in seen(answer)
    assert client.get("/verify/" + "9" * 3000).status_code == 404
    assert client.get("/verify/BDP-2026-0001/x").status_code == 404


def test_a_day_that_is_none_is_refused(title: Title, client: Browser):
    assert client.get(f"/verify/{title.number}?on=yesterday").status_code == 422


def test_the_form_leads_to_the_answer(client: Browser):
    answer = client.get("/verify?number=BDP-2026-0001&on=2026-10-01")

    assert (answer.status_code, answer.location) == (302, "/verify/BDP-2026-0001?on=2026-10-01")
    assert "证书编号" in seen(client.get("/verify"))


def test_whoever_tries_too_many_numbers_must_wait(title: Title, client: Browser, monkeypatch):
    monkeypatch.setattr(certificates, "MOST_LOOKUPS", 3)

    answers = [client.get(f"/verify/BDP-2026-{n:04}").status_code for n in range(1, 6)]

    assert answers == [200, 404, 404, 429, 429]
