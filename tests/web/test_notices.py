"""The box, signing for a letter, deliveries, and what the pages give to whom."""

import io
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.cases.models import Deadline
from app.notices.models import Delivery, Notice
from tests import factories
from tests.browsing import Browser, errors, seen
from tests.documents import files
from tests.notices import corrected


@pytest.fixture
def letter(app: Flask, clock_at: Callable[[str], None]) -> str:
    """The public id of a notice that the county has just served on the institution."""
    clock_at("2026-09-21 09:00")
    with db.transaction() as session:
        world = factories.world(session)
        corrected.deploy(session)
        who = {login: world.identity(session, login) for login in world.people}
        case = corrected.apply(session, call_by=who["clerk@city"], by=who["applicant@institution"])
    corrected.reviewed(case.id, applicant=who["applicant@institution"], clerk=who["clerk@county"])
    with db.reading() as session:
        return session.scalars(select(Notice.public_id)).one()


def test_the_box_and_the_badge_show_what_is_unread(letter: str, client: Browser):
    client.sign_in("applicant@institution")

    page = client.page("/notices")

    assert "补正通知书" in page.select_one("section[aria-labelledby=new-h]").get_text()
    assert page.select_one(".nav-main a[href='/notices'] .count").get_text(" ", strip=True).startswith("1")


def test_the_text_is_shown_only_after_signing_and_the_badge_goes(
    letter: str, client: Browser, clock_at: Callable[[str], None]
):
    client.sign_in("applicant@institution")
    before = client.get(f"/notices/{letter}")
    assert "查看并签收" in seen(before)
    assert "与证照不一致" not in seen(before)
    for kind in ("docx", "pdf"):
        assert client.get(f"/notices/{letter}/letter.{kind}").status_code == 422

    clock_at("2026-09-25 16:30")
    answer = client.submit(f"/notices/{letter}/open")

    assert (answer.status_code, answer.location) == (303, f"/notices/{letter}")
    page = client.page(f"/notices/{letter}")
    assert "与证照不一致 {{日期}}" in page.select_one(".letter-sheet").get_text()
    assert "2026-09-25 16:30" in page.get_text()
    assert page.select_one(".nav-main a[href='/notices'] .count") is None
    assert client.get(f"/notices/{letter}/letter.docx").data.startswith(b"PK\x03\x04")
    assert client.get(f"/notices/{letter}/letter.pdf").data.startswith(b"%PDF-")
    with db.reading() as session:
        assert session.scalars(select(Deadline.status).where(Deadline.period == "correction")).one() == "running"


def test_looking_alone_signs_nothing(letter: str, client: Browser):
    client.sign_in("applicant@institution")
    for _ in range(2):
        client.get(f"/notices/{letter}")
        client.get(f"/notices/{letter}/open")

    with db.reading() as session:
        assert session.scalars(select(Notice.read_at)).one() is None


def test_the_department_enters_a_delivery_with_its_receipt(letter: str, client: Browser):
    client.sign_in("clerk@county")
    assert "补正通知书" in seen(client.get("/notices/issued"))

    answer = client.submit(
        f"/notices/{letter}/deliveries",
        {"way": "direct", "delivered_on": "2026-09-21", "receipt": (io.BytesIO(files.pdf()), "回执.pdf")},
        content_type="multipart/form-data",
    )

    assert answer.status_code == 303
    page = client.page(f"/notices/{letter}")
    link = page.find("a", string="回执.pdf")
    assert client.get(link["href"]).data == files.pdf()
    assert "没有尚未送达的通知" in seen(client.get("/notices/issued"))
    assert "补正通知书" in seen(client.get("/notices/issued?show=all"))
    client.sign_in("clerk@city")
    assert "登记送达" not in seen(client.get(f"/notices/{letter}"))


def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(letter: str, client: Browser):
    client.sign_in("clerk@county")

    answer = client.submit(f"/notices/{letter}/deliveries", {"way": "mail", "delivered_on": "2026-09-22"})

    assert answer.status_code == 422
    assert errors(answer) == {"delivered_on": "送达日期不能晚于今天，请改正。"}
    assert 'value="2026-09-22"' in answer.get_data(as_text=True)
    bad = client.submit(
        f"/notices/{letter}/deliveries",
        {"way": "mail", "delivered_on": "2026-09-21", "receipt": (io.BytesIO(b"no pdf"), "回执.pdf")},
        content_type="multipart/form-data",
    )
    assert "receipt" in errors(bad)
    with db.reading() as session:
        assert session.scalars(select(Delivery)).all() == []


def test_a_second_entry_asks_for_its_reason(letter: str, client: Browser, clock_at: Callable[[str], None]):
    clock_at("2026-09-23 09:00")
    client.sign_in("clerk@county")
    client.submit(f"/notices/{letter}/deliveries", {"way": "mail", "delivered_on": "2026-09-22"})

    without = client.submit(f"/notices/{letter}/deliveries", {"way": "mail", "delivered_on": "2026-09-23"})
    with_it = client.submit(
        f"/notices/{letter}/deliveries", {"way": "mail", "delivered_on": "2026-09-23", "reason": "抄错"}
    )

    assert (without.status_code, set(errors(without)), with_it.status_code) == (422, {"reason"}, 303)
    text = client.page(f"/notices/{letter}").get_text()
    assert "已更正" in text
    assert "抄错" in text
