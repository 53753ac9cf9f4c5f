"""The monitoring pages: numbers lead down to their rows, and out to a workbook whose cells are text."""

import io

import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from app import db
from app.cases.models import Case
from tests import factories, sample
from tests.browsing import seen, soup


@pytest.fixture
def world(database, clock_at):
    """It is Monday 2026-09-21; one application waits in the county, another in the sibling county."""
    clock_at("2026-09-21 09:00")
    with db.transaction() as session:
        world = factories.world(session)
        sample.deploy(session)
        call = sample.open_batch(session, by=world.identity(session, "clerk@city"))
        for login in ("applicant@institution", "applicant@other_institution"):
            sample.apply(session, call, by=world.identity(session, login))
    return world


def links(page, text):
    return [a["href"] for a in page.select("main a") if a.get_text(strip=True) == text]


def test_one_goes_from_the_province_down_to_the_rows(client, world):
    client.sign_in("lead@province")

    province = client.page("/monitoring")
    (down,) = links(province, "保定市")
    city = client.page(down)
    (county,) = links(city, "顺平县")
    rows = client.page(client.page(county).select_one(".counts td a[href*=tasks]")["href"])

    assert [td.get_text(strip=True) for td in rows.select("td[data-label=地区]")] == ["顺平县"]
    assert links(rows, "保定市") == []
    assert links(city, "河北省") == ["/monitoring?region=130000"]


def test_the_number_of_a_step_leads_to_the_rows_of_that_step(client, world):
    client.sign_in("clerk@city")

    page = client.page("/monitoring")
    step = page.select("#steps-h ~ .counts tbody tr")[0]
    rows = client.page(step.select_one("td.is-number a")["href"])

    assert step.select_one("td.is-number a").get_text(strip=True) == "2"
    assert len(rows.select("tbody tr")) == 2


def test_a_number_says_its_light_in_shape_and_words_too(client, world, clock_at):
    clock_at("2027-01-20 09:00")
    client.sign_in("auditor@city")

    page = client.page("/monitoring")

    assert [one.get_text(" ", strip=True) for one in page.select(".tallies > div")] == [
        "办理中 2", "已超期 2", "即将到期 0", "未到期 0"
    ]
    assert page.select_one(".tallies .light-red svg")
    assert page.select_one("svg.bar")["aria-label"].startswith("已超期 1")


@pytest.mark.parametrize("login", ["designer@city", "operator@city", "admin@province", "applicant@institution"])
def test_others_have_no_business_here(client, world, login):
    client.sign_in(login)

    assert client.get("/monitoring").status_code == 403


@pytest.mark.parametrize("query", ["region=420000", "region=130628", "region=x"])
def test_a_division_beyond_the_own_is_not_found(client, world, query):
    client.sign_in("lead@county")

    for path in ("/monitoring", "/monitoring/tasks", "/monitoring/export.xlsx"):
        assert client.get(f"{path}?{query}").status_code == 404


@pytest.mark.parametrize("query", ["light=blue", "after=x", "after=1-", "after=１-２"])
def test_a_bad_query_is_refused(client, world, query):
    client.sign_in("lead@county")

    assert client.get(f"/monitoring/tasks?{query}").status_code == 422


def test_the_workbook_holds_numbers_and_rows_and_no_formula(client, world):
    with db.transaction() as session:
        session.execute(update(Case).values(title='=HYPERLINK("http://evil.example","x")\x07'))
    client.sign_in("lead@city")

    response = client.get("/monitoring/export.xlsx")
    book = load_workbook(io.BytesIO(response.data))

    assert book.sheetnames == ["按地区", "按环节", "待办明细"]
    assert [row[:2] for row in book["按地区"].iter_rows(min_row=2, values_only=True)] == [("高阳县", 1), ("顺平县", 1)]
    titles = [row[1] for row in book["待办明细"].iter_rows(min_row=2)]
    assert [(cell.data_type, cell.value) for cell in titles] == [("s", '=HYPERLINK("http://evil.example","x")')] * 2


def test_the_view_for_printing_lists_what_is_overdue(client, world, clock_at):
    clock_at("2027-01-20 09:00")
    client.sign_in("lead@city")

    response = client.get("/monitoring?print=1")

    assert len(soup(response).select("#overdue-h ~ .list tbody tr")) == 2
    assert "用浏览器的打印功能打印" in seen(response)


def test_an_empty_division_says_so(client, world):
    client.sign_in("lead@sibling_city")

    assert "目前没有待办" in seen(client.get("/monitoring"))
