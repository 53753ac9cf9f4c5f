"""The pages of a title's life: who sees what, a day asked for, notes, the register and its exports, a city's watch."""

import io
from datetime import date

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app import clock, db
from app.audit.models import AuditEntry
from app.evaluations.models import Grade
from app.lives import queries as lives
from app.lives import register
from app.lives.register import AT_LEAST, STANDING, Chosen
from app.titles import changing, notes
from app.titles.models import TitleNote
from tests import factories
from tests.browsing import errors, seen
from tests.living import living


@pytest.fixture
def world(app, clock_at):
    clock_at("2026-11-20 10:00")
    made = living(count=3, granted_on=date(2024, 6, 12))
    with db.transaction() as session:
        title = made.title(session)
        changing.record(
            session, changing.locked(session, title.id), "observed", case_id=title.case_id, clause="HBI-18.2",
            effective_on=date(2026, 2, 1), reason="连续两年为 C",
        )
        for (_name, key), grade in zip(made.titles.items(), "ABC", strict=True):
            one = session.scalars(select(type(title)).where(type(title).public_id == key)).one()
            session.add(Grade(
                public_id=db.public_id(), title_id=one.id, programme=one.programme, year=2025, case_id=one.case_id,
                grade=grade, status="decided", decided_on=date(2026, 1, 28), recorded_at=clock.now(),
            ))
    return made


def first(world) -> str:
    return next(iter(world.titles.values()))


def test_the_public_sees_status_grades_and_clauses_but_no_reasons(client, world):
    page = client.page(f"/titles/{first(world)}")
    words = " ".join(page.get_text(" ").split())

    assert "列入观察" in words
    assert "2025 年度评价：A" in words
    assert "有效期届满" in words
    assert "连续两年为 C" not in words
    assert page.select_one("abbr[title*='观察半年']").get_text() == "HBI-18.2"
    assert page.select_one("svg.life-line-wide") is not None


@pytest.mark.parametrize(("login", "inside"), [
    ("clerk@county", True), ("clerk@city", True), ("clerk@province", True), ("auditor@province", True),
    ("clerk@sibling_city", False), ("applicant@institution", False),
])
def test_everything_is_for_the_holder_and_departments_of_its_region(client, world, login, inside):
    client.sign_in(login)

    words = seen(client.get(f"/titles/{first(world)}"))

    assert ("连续两年为 C" in words) is inside


def test_every_look_of_an_auditor_is_on_record_and_no_button_is_offered(client, world):
    client.sign_in("auditor@province")
    page = client.page(f"/titles/{first(world)}")

    with db.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "read_title")).one()
    assert entry.details["number"] == "HBI-2024-0001"
    assert page.select("main form[method=post]") == []


@pytest.mark.parametrize(("on", "stands"), [
    ("2024-06-11", False), ("2024-06-12", True), ("2027-06-12", True), ("2027-06-13", False),
])
def test_was_it_recognised_on_a_day(client, world, on, stands):
    words = seen(client.get(f"/titles/{first(world)}?on={on}"))

    assert f"{on} 当日{'有效' if stands else '无效'}" in words


def test_a_day_as_it_was_known_on_an_earlier_day(world):
    with db.reading() as session:
        title = world.title(session)
        now = lives.on_day(session, title, on=date(2026, 3, 1))
        before = lives.on_day(session, title, on=date(2026, 3, 1), known_on=date(2026, 11, 19))

    assert now.status == "observed"
    assert before.status is None  # nothing of it was registered yet


def test_a_day_that_is_none_is_said_at_its_field(client, world):
    assert client.get(f"/titles/{first(world)}?on=2026-02-30").status_code == 422


def test_hbi_22_a_city_notes_support_and_takes_it_back_with_a_reason(client, world):
    client.sign_in("clerk@city")
    sent = client.submit(f"/titles/{first(world)}/notes",
                         {"kind": "funds", "noted_on": "2026-05-06", "text": "专项资金 20 万元"})
    assert sent.status_code == 303
    assert "专项资金 20 万元" in seen(client.get(f"/titles/{first(world)}"))

    with db.reading() as session:
        note = session.scalars(select(TitleNote)).one()
    refused = client.submit(f"/titles/notes/{note.public_id}/remove", {"reason": ""})
    assert refused.status_code == 422
    assert "撤回的原因" in errors(refused)["reason"]
    assert client.submit(f"/titles/notes/{note.public_id}/remove", {"reason": "重复登记"}).status_code == 303
    with db.reading() as session:
        assert session.scalars(select(TitleNote)).one().removal_reason == "重复登记"


@pytest.mark.parametrize(("day", "says"), [
    ("2024-06-11", "不能早于认定日期"), ("2026-11-21", "不能晚于今天"), ("", "请填写日期"), ("x", "日期不正确"),
])
def test_hbi_22_a_note_of_a_day_that_cannot_be_keeps_what_was_typed(client, world, day, says):
    client.sign_in("clerk@city")

    answer = client.submit(f"/titles/{first(world)}/notes", {"kind": "talent", "noted_on": day, "text": "引才补贴"})

    assert answer.status_code == 422
    assert says in errors(answer)["noted_on"]
    assert "引才补贴" in answer.get_data(as_text=True)


def test_hbi_19_only_the_province_flags_an_outstanding_one_and_once(client, world):
    typed = {"kind": "outstanding", "noted_on": "2026-11-20", "text": "成效突出"}
    client.sign_in("clerk@city")
    assert client.submit(f"/titles/{first(world)}/notes", typed).status_code == 403

    client.sign_in("clerk@province")
    assert client.submit(f"/titles/{first(world)}/notes", typed).status_code == 303
    again = client.submit(f"/titles/{first(world)}/notes", typed)
    assert again.status_code == 422
    assert "已标为优秀" in errors(again)["kind"]
    assert [row.number for row in _rows(Chosen(outstanding=True))] == ["HBI-2024-0001"]


def test_a_city_elsewhere_finds_no_title_to_note_on(client, world):
    client.sign_in("clerk@sibling_city")

    answer = client.submit(f"/titles/{first(world)}/notes", {"kind": "funds", "noted_on": "2026-05-06", "text": "x"})

    assert answer.status_code == 404


GRADES = ("A", "B", "C")


@pytest.mark.parametrize(("chosen", "found"), [
    (Chosen(), [1, 2, 3]),
    (Chosen(grade=f"{AT_LEAST}B", grades=GRADES), [1, 2]),
    (Chosen(grade="C", grades=GRADES), [3]),
    (Chosen(status=STANDING), [1, 2, 3]),
    (Chosen(status="observed"), [1]),
    (Chosen(status="expired"), []),
    (Chosen(region="130600"), [1, 2, 3]),
    (Chosen(region="130100"), []),
    (Chosen(ends_before=date(2027, 6, 12)), []),
    (Chosen(ends_before=date(2027, 6, 13)), [1, 2, 3]),
    (Chosen(basis="imported"), []),
    (Chosen(text="机构2"), [2]),
    (Chosen(classes={"nature": "公益性"}), []),
])
def test_hbi_19_the_register_shows_exactly_what_is_asked_for(world, chosen, found):
    assert [row.number for row in _rows(chosen)] == [f"HBI-2024-000{number}" for number in found]


def test_hbi_20_who_is_c_is_not_on_the_list_of_invitation(client, world, monkeypatch):
    monkeypatch.setattr(register, "grades_of", lambda known: GRADES)
    client.sign_in("clerk@province")

    answer = client.get("/titles/register.xlsx?list=invited")

    book = load_workbook(io.BytesIO(answer.data))
    rows = list(book["邀请名单"].iter_rows(values_only=True))
    place = rows[0].index("最近评价")
    assert [row[place] for row in rows[1:]] == ["A", "B"]
    assert dict(list(book["说明"].iter_rows(values_only=True)))["日期"] == "2026-11-20"


def test_hbi_21_who_stands_is_marked_as_preferred_supplier(client, world):
    assert seen(client.get("/titles")).count("优先供应商") == 3

    with db.transaction() as session:
        title = world.title(session)
        changing.record(
            session, changing.locked(session, title.id), "revoked", case_id=title.case_id, clause="HBI-13.3",
            effective_on=date(2026, 11, 20),
        )
    assert seen(client.get("/titles")).count("优先供应商") == 2


@pytest.mark.parametrize("query", ["status=no", "grade=Z", "basis=no", "ends_before=2026-02-30", "before=x"])
def test_a_filter_that_makes_no_sense_is_refused(client, world, query):
    assert client.get(f"/titles?{query}").status_code == 422


def test_hbi_23_a_city_watches_over_the_titles_of_its_region(client, world):
    client.sign_in("clerk@city")
    page = client.page("/monitoring/titles")

    assert "顺平县" in page.get_text()
    assert len(client.page("/monitoring/titles/rows?kind=standing").select("tbody tr")) == 3
    assert client.get("/monitoring/titles?region=130100").status_code == 404
    assert client.get("/monitoring/titles/rows?kind=no").status_code == 422


def test_notes_are_kept_where_the_programme_says_so(world):
    with db.reading() as session:
        title = world.title(session)
        outsider = factories.identity(session, world.world.person("applicant@institution"))
        assert notes.may_add(session, title, outsider) == ()
        assert notes.OUTSTANDING not in notes.may_add(session, title, world.who(session, "clerk@city"))
        assert notes.OUTSTANDING in notes.may_add(session, title, world.who(session, "lead@province"))


def _rows(chosen: Chosen):
    with db.reading() as session:
        return register.everything(session, chosen)
