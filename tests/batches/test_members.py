"""HUB-9: who is an association's member chooses it; one that keeps no list is open to all."""

import io
from collections.abc import Callable
from datetime import date

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app import db
from app.audit.models import AuditEntry
from app.batches import recommending
from app.errors import Gone, Invalid, NotAllowed, NotFound
from app.people import members
from app.people.models import AssociationMember, Person, Unit
from app.programmes import operations as deploying
from app.programmes import package
from app.programmes.queries import latest
from app.vocabulary import known
from tests import factories, living
from tests.browsing import seen

KEY, WUHAN = "hubei-selected", "420106"
NAME = "湖北省某行业协会"


@pytest.fixture
def who(database: db.Database, clock_at: Callable[[str], None]) -> dict[str, str]:
    """Logins: an association of Wuhan, and an institution there whose code is under "code"; it is 1 July 2026."""
    clock_at("2026-07-01 09:00")
    with db.transaction() as session:
        deploying.deploy(session, package.read_folder(living.PROCESSES / KEY), person_id=None, **known())
        association = factories.association(session, region_code="420100", name=NAME)
        other = factories.association(session, region_code="420100", name="另一协会")
        institution = factories.institution(session, region_code=WUHAN, name="武汉某服务公司")
        for unit, role, login in ((association, "clerk", "keeper"), (other, "clerk", "other"),
                                  (institution, "applicant", "applicant")):
            factories.person(session, unit, role, login=login)
        return {"code": institution.credit_code, "association": association.public_id}


def identity(session, login: str):
    return factories.identity(session, session.scalars(select(Person).where(Person.login == login)).one())


def offered() -> list[str]:
    with db.reading() as session:
        found = recommending.choices(session, latest(session, KEY), identity(session, "applicant"))
        return [unit.name for unit in found if unit.kind == "association"]


def add(who: dict[str, str], *, login: str = "keeper", code: str = "", joined: date = date(2026, 1, 1)) -> str:
    with db.transaction() as session:
        return members.add(session, by=identity(session, login), name="武汉某服务公司", joined_on=joined,
                           credit_code=code or who["code"]).public_id


def leave(member: str, day: date, login: str = "keeper") -> None:
    with db.transaction() as session:
        members.leave(session, member, by=identity(session, login), left_on=day)


def take(rows: list[dict[str, str]]) -> dict[str, int]:
    with db.transaction() as session:
        return members.take_list(session, rows, by=identity(session, "keeper"))


def test_hub_9_an_association_without_a_list_is_offered_to_all(who):
    assert offered() == ["另一协会", NAME]


def test_hub_9_an_association_with_a_list_is_offered_to_its_members_alone(who):
    add(who, code=factories.credit_code())
    assert offered() == ["另一协会"]

    add(who)
    assert offered() == ["另一协会", NAME]
    with db.reading() as session, pytest.raises(Invalid):
        recommending.chosen(session, latest(session, KEY), identity(session, "applicant"), "没有这一家")


def test_hub_9_membership_begins_on_its_day_and_is_over_on_the_day_of_leaving(who, clock_at):
    member = add(who, joined=date(2026, 7, 1))
    assert NAME in offered()
    clock_at("2026-07-10 09:00")
    leave(member, date(2026, 7, 10))
    assert NAME not in offered()
    clock_at("2026-07-09 23:59")
    assert NAME in offered()
    clock_at("2026-06-30 23:59")
    assert NAME not in offered()


def test_hub_9_the_list_is_kept_by_the_association_itself_with_days_that_can_be(who):
    member = add(who)
    with pytest.raises(Invalid) as wrong:
        add(who, joined=date(2026, 5, 1))
    assert "已是会员" in wrong.value.fields["credit_code"][0]
    for code, joined, field in (("91130600MA00000000", date(2026, 1, 1), "credit_code"),
                                (factories.credit_code(), date(2026, 7, 2), "joined_on")):
        with pytest.raises(Invalid) as wrong:
            add(who, code=code, joined=joined)
        assert list(wrong.value.fields) == [field]
    with pytest.raises(NotFound):
        leave(member, date(2026, 7, 1), "other")
    with pytest.raises(NotAllowed):
        add(who, login="applicant")
    for day in (date(2025, 12, 31), date(2026, 7, 2)):
        with pytest.raises(Invalid):
            leave(member, day)
    leave(member, date(2026, 7, 1))
    with pytest.raises(Gone):
        leave(member, date(2026, 7, 1))
    add(who, joined=date(2026, 7, 1))
    with db.reading() as session:
        verbs = session.scalars(select(AuditEntry.verb).where(AuditEntry.verb.like("%member%"))).all()
    assert sorted(verbs) == ["add_member", "add_member", "end_membership"]


def test_hub_9_a_list_is_imported_whole_or_not_at_all(who):
    row = {"name": "武汉某服务公司", "credit_code": who["code"], "joined_on": "2026-01-01", "left_on": ""}
    other = {**row, "name": "另一公司", "credit_code": factories.credit_code()}
    assert take([row, other]) == {"added": 2, "left": 0, "known": 0}
    assert take([{**row, "left_on": "2026-06-01"}, other]) == {"added": 0, "left": 1, "known": 1}

    with pytest.raises(Invalid):
        take([{**other, "credit_code": factories.credit_code()}, {**other, "joined_on": "2026-02-01"}])
    with pytest.raises(Invalid):
        take([{**row, "joined_on": "2026-06-02", "left_on": "2026-06-01"}])
    with db.reading() as session:
        assert len(session.scalars(select(AssociationMember)).all()) == 2


def test_hub_9_the_page_lists_enters_ends_and_imports(client, who):
    client.sign_in("keeper")
    assert "没有登记会员" in seen(client.get("/members"))
    typed = {"name": "武汉某服务公司", "credit_code": who["code"], "joined_on": "2026-01-01"}
    assert client.submit("/members", {**typed, "joined_on": "2026-13-01"}).status_code == 422
    assert client.submit("/members", typed).status_code == 303
    assert who["code"] in seen(client.get("/members"))
    assert "没有登记会员" in seen(client.get("/members?q=没有这家"))

    book = load_workbook(io.BytesIO(client.get("/members/list.xlsx").data))
    assert "武汉某服务公司" in [cell.value for row in book.worksheets[0].iter_rows() for cell in row]
    template = load_workbook(io.BytesIO(client.get("/members/template.xlsx").data))
    sheet = template.worksheets[0]
    heads = next(row for row in sheet.iter_rows() if any("单位名称" in str(cell.value) for cell in row))
    place = heads[0].row + 1
    for column, value in enumerate(("另一公司", factories.credit_code(), "2026-02-01"), start=1):
        sheet.cell(place, column, value)
    out = io.BytesIO()
    template.save(out)
    sent = client.submit("/members/import", {"file": (io.BytesIO(out.getvalue()), "会员.xlsx")})
    assert sent.status_code == 303
    assert "另一公司" in seen(client.get("/members"))
    sheet.cell(place, 2, "123")
    out = io.BytesIO()
    template.save(out)
    refused = client.submit("/members/import", {"file": (io.BytesIO(out.getvalue()), "会员.xlsx")})
    assert refused.status_code == 422
    with db.reading() as session:
        member = session.scalars(select(AssociationMember).where(AssociationMember.name == "另一公司")).one().public_id
        assert session.scalars(select(Unit.id)).all()
    assert client.submit(f"/members/{member}/leave", {"left_on": "2026-01-01"}).status_code == 422
    assert client.submit(f"/members/{member}/leave", {"left_on": "2026-03-01"}).status_code == 303
    assert "自 2026-03-01 起退会" in seen(client.get("/members"))
    client.sign_in("applicant")
    assert client.get("/members").status_code == 403
