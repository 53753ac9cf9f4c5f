"""The pages: booking and following it, the holder's and the departments' lists, the catalogue."""

import io

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.appointments.models import Appointment, CatalogueItem
from app.audit.models import AuditEntry
from app.titles import changing
from tests import living as life
from tests.appointments.conftest import again, answer, book
from tests.browsing import Browser, errors, seen, soup
from tests.documents import files
from tests.living import Living

SAID = {
    "enterprise": "保定星火机械有限公司", "credit_code": "", "contact_name": "王小明", "contact_phone": "13812345678",
    "contact_email": "", "subject": "数字化诊断", "text": "希望诊断车间。", "wanted_on": "", "consent": "yes",
}
ITEM = {
    "kind": "product", "name": "数字化诊断", "text": "上门诊断，出具报告。", "charge": "免费", "fields": ["digital"],
}


@pytest.fixture
def holder(app: Flask, scene: Living) -> Browser:
    """Somebody of the first title's holder, signed in."""
    browser = app.test_client()
    with db.reading() as session:
        browser.sign_in(scene.holder(session).login)
    return browser


def form_of(scene: Living) -> str:
    return f"/titles/{next(iter(scene.titles.values()))}/appointment"


def signed_in(app: Flask, login: str) -> Browser:
    browser = app.test_client()
    browser.sign_in(login)
    return browser


def test_an_enterprise_books_follows_and_rates_without_an_account(client: Browser, scene: Living):
    answered = client.submit(form_of(scene), SAID)

    assert answered.status_code == 303
    page = client.get(answered.location)
    assert "预约已提交" in seen(page)
    assert "截止 2026-10-13" in seen(page)
    assert "13812345678" in seen(page)
    answer(scene)
    path = answered.location.partition("?")[0]
    page = client.page(path)
    assert "本周五上门" in page.get_text()
    assert client.submit(f"{path}/rating", {"satisfaction": "5", "comment": "及时"}).status_code == 303
    assert "5 分" in client.page(path).get_text()
    assert client.submit(f"{path}/rating", {"satisfaction": "1"}).status_code == 409


def test_errors_stand_at_their_fields_and_nothing_typed_is_lost(client: Browser, scene: Living):
    said = {key: value for key, value in SAID.items() if key != "consent"}

    answered = client.submit(form_of(scene), {**said, "contact_phone": "123", "credit_code": "X"})

    assert answered.status_code == 422
    assert set(errors(answered)) == {"contact_phone", "credit_code", "consent"}
    page = soup(answered)
    assert page.select_one("#f-enterprise")["value"] == SAID["enterprise"]
    assert page.select_one("#f-contact_phone")["value"] == "123"
    assert page.select_one("#f-text").text.strip() == SAID["text"]


def test_a_day_that_is_none_is_said_at_its_field(client: Browser, scene: Living):
    answered = client.submit(form_of(scene), {**SAID, "wanted_on": "明天"})

    assert "wanted_on" in errors(answered)


def test_a_suspended_title_shows_the_reason_and_takes_no_request(client: Browser, scene: Living):
    with db.transaction() as session:
        title = changing.locked(session, scene.title(session).id)
        changing.record(
            session, title, "suspended", case_id=title.case_id, clause="HBI-14", effective_on=title.granted_on
        )

    assert "暂停，目前不能预约" in client.page(form_of(scene)).get_text()
    answered = client.submit(form_of(scene), SAID)
    assert answered.status_code == 422
    assert "暂停" in seen(answered)
    with db.reading() as session:
        assert session.scalars(select(Appointment)).all() == []


def test_many_requests_from_one_address_are_told_to_wait(client: Browser, scene: Living):
    for place in range(10):
        client.submit(form_of(scene), {**SAID, "contact_phone": f"1390000{place:04}"})

    answered = client.submit(form_of(scene), {**SAID, "contact_phone": "13911110000"})

    assert answered.status_code == 429
    assert answered.headers["Retry-After"]
    assert soup(answered).select_one("#f-enterprise")["value"] == SAID["enterprise"]


def test_a_code_is_asked_for_and_a_wrong_one_is_said(client: Browser, scene: Living):
    made = book(scene)

    assert client.get(f"/appointments/find?code={made.code.lower()}").location == f"/appointments/{made.code}"
    assert client.get("/appointments/find?code=ABCD").status_code == 404
    assert client.get("/appointments/ABCD").status_code == 404


def test_an_enterprise_cancels_on_its_page(client: Browser, scene: Living):
    made = book(scene)

    assert client.submit(f"/appointments/{made.code}/cancel", {"reason": "已解决"}).status_code == 303
    assert "企业已取消" in client.page(f"/appointments/{made.code}").get_text()
    assert client.submit(f"/appointments/{made.code}/cancel").status_code == 409


def test_the_holder_sees_what_was_asked_beside_the_form(holder: Browser, scene: Living):
    made = book(scene)
    task = life.open_tasks(name="处理服务预约")[0]

    page = holder.page(f"/tasks/{task.public_id}").get_text()

    assert "希望诊断车间的数字化水平。" in page
    assert "13812345678" in page
    assert made.code not in page


def test_a_department_sees_those_of_its_division_with_lights_and_no_phone(app: Flask, scene: Living, clock_at):
    made = book(scene)

    city, other = signed_in(app, "clerk@city"), signed_in(app, "clerk@sibling_city")

    page = city.page("/appointments").get_text()
    assert "数字化诊断" in page
    assert "剩余" in page
    shown = city.page(f"/appointments/of/{made.public_id}").get_text()
    assert "138****5678" in shown
    assert "13812345678" not in shown
    assert "数字化诊断" not in other.page("/appointments").get_text()
    assert other.get(f"/appointments/of/{made.public_id}").status_code == 404
    life.pass_time(clock_at, "2026-10-14 09:00")
    assert "13812345678" in city.page(f"/appointments/of/{made.public_id}").get_text()
    assert "逾期" in city.page("/appointments?state=overdue").get_text()
    assert made.code not in city.page(f"/appointments/of/{made.public_id}").get_text()


def test_the_phone_is_on_no_page_of_the_case_for_a_department(app: Flask, scene: Living):
    book(scene)
    with db.reading() as session:
        case = changing.Case
        public_id = session.scalars(select(case.public_id).where(case.diagram == "appointment")).one()

    page = signed_in(app, "clerk@city").page(f"/cases/{public_id}").get_text()

    assert "13812345678" not in page
    assert "王小明" not in page


def test_hbi_16_1_a_holder_publishes_changes_and_withdraws_and_the_trail_keeps_what_was(
    client: Browser, holder: Browser, scene: Living
):
    title = next(iter(scene.titles.values()))
    assert holder.submit(f"/services/new/{title}", ITEM).status_code == 303
    with db.reading() as session:
        item = session.scalars(select(CatalogueItem)).one()
    assert item.fields
    assert "数字化诊断" in client.page("/catalogue").get_text()
    assert "上门诊断" in client.page(f"/catalogue/{item.public_id}").get_text()

    changed = {**ITEM, "text": "上门诊断，三日内出具报告。", "version": "1"}
    assert holder.submit(f"/services/{item.public_id}", changed).status_code == 303
    assert holder.submit(f"/services/{item.public_id}", changed).status_code == 409
    assert "三日内" in client.page(f"/catalogue/{item.public_id}").get_text()
    with db.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "change_item")).one()
    assert "上门诊断，出具报告。" in str(entry.details)

    holder.submit(f"/services/{item.public_id}/withdraw", {"reason": ""})
    assert client.get(f"/catalogue/{item.public_id}").status_code == 200
    holder.submit(f"/services/{item.public_id}/withdraw", {"reason": "不再提供"})
    assert client.get(f"/catalogue/{item.public_id}").status_code == 404
    assert "不再提供" in holder.page("/services").get_text()


def test_hbi_16_1_what_is_missing_is_said_at_its_field(holder: Browser, scene: Living):
    title = next(iter(scene.titles.values()))

    answered = holder.submit(f"/services/new/{title}", {"kind": "", "name": "", "text": "内容", "charge": ""})

    assert answered.status_code == 422
    assert "name" in errors(answered)
    assert soup(answered).select_one("#f-text").text.strip() == "内容"


def test_hbi_16_1_nobody_changes_another_holders_items(app: Flask, holder: Browser, scene: Living):
    title = next(iter(scene.titles.values()))
    holder.submit(f"/services/new/{title}", ITEM)
    with db.reading() as session:
        item = session.scalars(select(CatalogueItem)).one()
    other = signed_in(app, "applicant@institution")

    assert other.get(f"/services/{item.public_id}").status_code == 404
    assert other.submit(f"/services/{item.public_id}", {**ITEM, "version": "1"}).status_code == 404
    assert other.submit(f"/services/new/{title}", ITEM).status_code == 404


@pytest.mark.parametrize("kind", ["suspended", "withdrawn"])
def test_hbi_16_1_items_of_a_title_that_does_not_stand_are_not_shown(client, holder, scene, kind):
    title = next(iter(scene.titles.values()))
    holder.submit(f"/services/new/{title}", ITEM)
    with db.transaction() as session:
        row = changing.locked(session, scene.title(session).id)
        changing.record(session, row, kind, case_id=row.case_id, clause="HBI-14", effective_on=row.granted_on)
        item = session.scalars(select(CatalogueItem)).one()

    assert "数字化诊断" not in client.page("/catalogue").get_text()
    assert client.get(f"/catalogue/{item.public_id}").status_code == 404
    assert "目前无效" in client.page(f"/catalogue/of/{title}").get_text()


def test_the_catalogue_is_searched_and_filtered(client: Browser, holder: Browser, scene: Living):
    title = next(iter(scene.titles.values()))
    with db.transaction() as session:
        scene.title(session).classes = {"service_class": "数字化服务类"}
    holder.submit(f"/services/new/{title}", ITEM)

    def found(query: str) -> bool:
        return bool(client.page(f"/catalogue?{query}").select("#work table tbody tr"))

    assert [found(query) for query in (
        "q=诊断", "q=融资", "kind=case", "kind=product", "class=数字化服务类", "class=其他", "region=130600",
        "region=130100",
    )] == [True, False, False, True, True, False, True, False]


def test_a_picture_of_an_item_is_shown_and_anything_else_is_saved(client: Browser, holder: Browser, scene: Living):
    title = next(iter(scene.titles.values()))
    holder.submit(
        f"/services/new/{title}", {**ITEM, "paper": (io.BytesIO(files.pdf()), "介绍.pdf")},
        content_type="multipart/form-data",
    )
    with db.reading() as session:
        item = session.scalars(select(CatalogueItem)).one()

    answered = client.get(f"/catalogue/{item.public_id}/paper")

    assert answered.status_code == 200
    assert answered.headers["Content-Disposition"].startswith("attachment")


def test_a_request_from_an_item_knows_it(client: Browser, holder: Browser, scene: Living):
    title = next(iter(scene.titles.values()))
    holder.submit(f"/services/new/{title}", ITEM)
    with db.reading() as session:
        item = session.scalars(select(CatalogueItem)).one()

    page = client.page(f"{form_of(scene)}?item={item.public_id}")
    assert page.select_one("#f-subject")["value"] == "数字化诊断"
    client.submit(form_of(scene), {**SAID, "item": item.public_id})

    with db.reading() as session:
        made = session.scalars(select(Appointment)).one()
    assert again(made).item_id == item.id
