"""期限计算: anybody asks when a period would end; the address is the question, and a fault stands at its field."""

import re
from datetime import date

import pytest

from app import db, workdays
from tests import factories, sample
from tests.browsing import errors, soup

NATIONAL_DAY = "/deadlines?start=2026-09-28&amount=5&unit=working_days"


@pytest.fixture
def visitor(client, database):
    """Somebody who isn't signed in; there is one programme."""
    with db.transaction() as session:
        factories.world(session)
        sample.deploy(session)
    return client


def told(page):
    return [item.get_text(" ", strip=True) for item in page.select(".told > li")]


def test_the_answer_has_date_steps_articles_and_months(visitor):
    page = visitor.page(NATIONAL_DAY)

    assert page.select_one("#answer .until").get_text(strip=True) == "截止 2026-10-10 24:00，周六"
    assert told(page)[1:4] == [
        "2026-09-28 起算日不计入 民法典第二百零一条第一款",
        "2026-09-29 至 09-30 第 1 至第 2 个工作日 行政许可法第八十二条",
        "2026-10-01 至 10-07 国庆节 休（国办发明电〔2025〕7号） 行政许可法第八十二条",
    ]
    assert [table.caption.get_text() for table in page.select("table.month")] == ["2026 年 9 月", "2026 年 10 月"]
    (last,) = page.select("td.is-last")
    assert last.get_text(" ", strip=True).startswith("10 调休上班，第 5 个，截止日")
    assert len(page.select("td.is-counted")) == 5
    assert len(page.select("td.is-rest")) == 7


def test_every_coloured_day_says_in_words_what_it_is(visitor):
    page = visitor.page(f"{NATIONAL_DAY}&stops=2026-09-29+%E8%87%B3+2026-09-30")

    coloured = page.select("td.day:not(.is-outside)")
    assert len(coloured) > 10
    assert all(day.select_one(".visually-hidden") for day in coloured)
    assert [day["title"] for day in page.select("td.is-stopped")] == ["中止，不计入"] * 2


def test_without_a_question_there_is_a_form_for_today(visitor, clock_at):
    clock_at("2026-12-31 23:59")

    page = visitor.page("/deadlines")

    assert page.select_one("#f-start")["value"] == "2026-12-31"
    assert page.select_one(".told") is None


@pytest.mark.parametrize(
    ("query", "last_day"),
    [
        ("start=2026-02-12&amount=5&unit=working_days&first=1", "2026-02-25"),
        ("start=2025-08-31&amount=6&unit=months", "2026-02-28"),
        ("start=2026-10-08&amount=3&unit=working_days&before=1", "2026-09-28"),
        ("start=2026-11-21&amount=3&unit=years&roll=none", "2029-11-21"),
        ("start=2024-09-01&amount=09-15&unit=fixed_date", "2024-09-18"),
        ("start=2024-01-10&amount=10&unit=day_of_next_month", "2024-02-18"),
        ("start=2026-11-02&amount=2&unit=working_days&stops=2026-11-04..2026-11-05", "2026-11-06"),
        ("start=2026-12-31&amount=10&unit=days", "2027-01-11 24:00（暂定）"),
        ("start=2026-11-02&amount=1&unit=days&end=17:30", "2026-11-03 17:30"),
        ("start=2026-09-23&of=baoding-platform/publication", "2026-10-10"),
    ],
)
def test_every_setting_is_in_the_address(visitor, query, last_day):
    page = visitor.page(f"/deadlines?{query}")

    assert f"截止 {last_day}" in page.select_one("#answer .until").get_text()


def test_a_programmes_period_is_named_with_its_clause(visitor):
    page = visitor.page("/deadlines?start=2026-09-23&of=baoding-platform/publication")

    assert told(page)[0] == "期限：7 个工作日 BDP-12"
    assert "公示期" in page.select_one("#answer .countdown").get_text()


def test_visitors_are_offered_the_periods_of_the_text_and_those_inside_all(visitor):
    def offered():
        return {option["value"] for option in visitor.page("/deadlines").select("#f-of option")} - {""}

    outside = offered()
    visitor.sign_in("clerk@city")

    assert outside == {"baoding-platform/publication", "baoding-platform/operated"}
    assert offered() > outside
    assert visitor.get("/deadlines?start=2026-09-23&of=baoding-platform/filling").status_code == 200


def test_a_period_that_isnt_shown_to_visitors_cant_be_asked_for_by_them(visitor):
    response = visitor.get("/deadlines?start=2026-09-23&of=baoding-platform/filling")

    assert response.status_code == 422
    assert "请从列表中选择" in errors(response)["of"]


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("start=2026-02-30&amount=5", "start", "没有 2026-02-30 这一天"),
        ("start=20260230&amount=5", "start", "应写作“年-月-日”"),
        ("start=2003-12-31&amount=5", "start", "不在 2004 至 2100 年之间"),
        ("amount=5", "start", "请填写起算日"),
        ("start=2026-01-01", "amount", "请填写数量"),
        ("start=2026-01-01&amount=0", "amount", "1 以上"),
        ("start=2026-01-01&amount=5.5", "amount", "不是整数"),
        ("start=2026-01-01&amount=999999", "amount", "超出 2100 年"),
        ("start=2026-01-01&amount=13-40&unit=fixed_date", "amount", "没有 13 月 40 日"),
        ("start=2026-01-01&amount=5&unit=weeks", "unit", "不认识"),
        ("start=2026-01-01&amount=5&roll=back", "roll", "不认识"),
        ("start=2026-01-01&amount=5&end=25:00", "end", "17:30"),
        ("start=2026-01-01&amount=5&unit=day_of_next_month&before=1", "before", "不能倒推"),
        ("start=2026-01-01&amount=5&region=999999", "region", "没有名称或代码为"),
        ("start=2026-01-01&amount=5&region=%E6%A1%A5%E8%A5%BF%E5%8C%BA", "region", "有多个“桥西区”；请填代码：130104"),
        ("start=2026-01-01&amount=5&stops=x", "stops", "应写作"),
        ("start=2026-01-01&amount=5&stops=2026-01-05..2026-01-02", "stops", "止日早于起日"),
        ("start=2026-01-01&of=x/y", "of", "请从列表中选择"),
    ],
)
def test_a_fault_stands_at_its_field_and_nothing_typed_is_lost(visitor, query, field, words):
    response = visitor.get(f"/deadlines?{query}")

    assert response.status_code == 422
    assert words in errors(response)[field]
    page = soup(response)
    assert page.select_one(f".error-summary a[href='#f-{field}']")
    if "amount=5" in query:
        assert page.select_one("#f-amount")["value"].startswith("5")


def test_a_region_is_found_by_name_and_by_code(visitor):
    for region in ("130600", "%E4%BF%9D%E5%AE%9A%E5%B8%82"):
        page = visitor.page(f"{NATIONAL_DAY}&region={region}")

        assert "保定市日历" in page.select_one("#answer .countdown").get_text()


def test_an_address_made_from_a_deadline_gives_that_deadline_again(visitor):
    from app.web import reckoning

    stops = [(date(2026, 11, 4), date(2026, 11, 5)), (date(2026, 11, 5), date(2026, 11, 9))]
    periods = [
        workdays.Period(5, "working_days", first_day_counts=True, end_of_day="17:00"),
        workdays.Period(2, "months", roll="none"),
        workdays.Period.parse("12-06 fixed_date"),
        workdays.Period(10, "days", before=True),
    ]
    for period in periods:
        calendar = workdays.calendar_for("130628")
        explanation = workdays.explain(period, date(2026, 11, 2), calendar, stops)

        with visitor.application.test_request_context():
            address = reckoning.address(explanation, "130628")

        assert told(visitor.page(address)) == [
            f"{step.words} {step.rule}".strip() for step in explanation.steps
        ]


def test_pages_with_a_deadline_lead_to_the_question_and_back_to_the_same_day(client, database, clock_at):
    clock_at("2026-09-21 09:00")
    with db.transaction() as session:
        world = factories.world(session)
        sample.deploy(session)
        call = sample.open_batch(session, by=world.identity(session, "clerk@city"))
        case = sample.apply(session, call, by=world.identity(session, "applicant@institution")).public_id
    client.sign_in("applicant@institution")
    task = client.page("/inbox").select_one(".task-list td.c-title a")["href"]

    for path in (f"/cases/{case}", task):
        page = client.page(path)
        link = page.select_one(".explained a[href^='/deadlines']")["href"]
        said = re.search(r"截止 \d{4}-\d\d-\d\d", page.select_one(".explained").get_text())[0]

        assert said in client.page(link).select_one("#answer .until").get_text()
