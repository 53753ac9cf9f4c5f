"""The page of ends: by month, within the own division, with the state of each renewal; as a workbook too."""

import io

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app import clock, db
from app.people.models import Person, RoleGrant
from app.titles.models import Title
from tests.browsing import seen
from tests.living import pass_time
from tests.renewals import ending


@pytest.fixture
def at(app, clock_at):
    clock_at("2026-12-01 09:00")
    return ending.titles(count=2)


def states(page) -> list[str]:
    return [row.select("td")[5].get_text(" ", strip=True) for row in page.select("#work tbody tr")]


def test_hbi_12_the_page_says_how_far_each_renewal_is(at, client, clock_at):
    client.sign_in("clerk@province")
    assert states(client.page("/ends?year=2027")) == ["未开始", "未开始"]
    pass_time(clock_at, "2027-01-11 09:00")
    ending.file(at, holder="持证服务机构2")

    page = client.page("/ends?year=2027")

    assert sorted(states(page)) == ["待提交自评", "评价中"]
    assert [one.get_text(strip=True) for one in page.select("#work h2")] == ["2027 年 3 月"]
    assert "全年 2 个" in seen(client.get("/ends?year=2027"))
    assert states(client.page("/ends?year=2027&state=filed")) == ["评价中"]
    assert "没有在这一年到期的称号" in seen(client.get("/ends?year=2028"))


def test_a_renewed_title_is_listed_at_its_old_end_and_at_its_new_one(at, client, clock_at):
    pass_time(clock_at, "2027-01-11 09:00")
    ending.file(at, holder="持证服务机构1")
    ending.reviewed(at)
    ending.decided(at, "pass")
    client.sign_in("clerk@province")

    assert sorted(states(client.page("/ends?year=2027"))) == ["已延续", "待提交自评"]
    assert states(client.page("/ends?year=2030")) == ["未开始"]


@pytest.mark.parametrize(("login", "count"), [
    ("clerk@city", 2), ("clerk@county", 2), ("clerk@sibling_city", 0), ("auditor@province", 2),
])
def test_departments_see_their_division(at, client, login, count):
    if login not in at.world.people:
        pytest.skip("nobody of that kind in the small world")
    client.sign_in(login)

    assert len(states(client.page("/ends?year=2027"))) == count


def test_a_holder_sees_its_own_titles_alone(at, client):
    with db.reading() as session:
        unit = session.scalars(select(Title.holder_id).order_by(Title.id).limit(1)).one()
        login = session.scalars(
            select(Person.login).join(RoleGrant, RoleGrant.person_id == Person.id)
            .where(Person.unit_id == unit, RoleGrant.role == "applicant")
        ).first()
    client.sign_in(login)

    page = client.page("/ends?year=2027")

    assert [row.select("td")[2].get_text(strip=True) for row in page.select("#work tbody tr")] == ["持证服务机构1"]
    # Without a year it sees that in which its title ends.
    with db.reading() as session:
        ends = session.scalars(select(Title.valid_until).order_by(Title.id).limit(1)).one()
    assert ends.year != clock.today().year
    assert len(client.page("/ends").select("#work tbody tr")) == 1


def test_the_workbook_holds_the_same_rows(at, client):
    client.sign_in("clerk@province")

    book = load_workbook(io.BytesIO(client.get("/ends/export.xlsx?year=2027").data))

    rows = list(book["到期和延续"].iter_rows(min_row=2, values_only=True))
    assert [(row[0], row[2], row[5], row[6]) for row in rows] == [
        ("2027-03-10", "持证服务机构1", "有效", "未开始"), ("2027-03-10", "持证服务机构2", "有效", "未开始"),
    ]


@pytest.mark.parametrize("query", ["year=x", "year=99999", "state=no", "after=x", "after=2027-01-01_x", "after=1_1"])
def test_a_bad_query_is_refused(at, client, query):
    client.sign_in("clerk@province")

    assert client.get(f"/ends?{query}").status_code == 422
