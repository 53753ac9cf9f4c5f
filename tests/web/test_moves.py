"""The pages about what an edition of the calendar does to deadlines."""

import io
from datetime import date

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app import db
from app.audit.models import AuditEntry
from app.calendars.models import CalendarEdition
from app.cases.models import Case, Deadline
from app.cases.move_models import CalendarMove, CalendarPreview
from tests import factories, sample
from tests.cases import editions
from tests.cases.conftest import Office

DAY = date(2026, 10, 12)


@pytest.fixture
def office(app, clock_at):
    """It is Monday 2026-09-21, 09:00 in Beijing."""
    clock_at("2026-09-21 09:00")
    with db.transaction() as session:
        world = factories.world(session)
        sample.deploy(session)
        batch = sample.open_batch(session, by=world.identity(session, "clerk@city"))
        who = {login: world.identity(session, login) for login in world.people}
    return Office(batch.id, who)


def proposed(**of_edition):
    with db.transaction() as session:
        return editions.propose(session, **of_edition).public_id


def text(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status, answer.status_code
    return answer.get_data(as_text=True)


def shown_hash():
    with db.reading() as session:
        return session.scalars(select(CalendarPreview.hash)).one()


def test_the_list_is_shown_confirmed_and_kept_as_a_record(office, client):
    case = office.apply()
    edition = proposed(off=[DAY])
    path = f"/calendars/editions/{edition}/moves"
    client.sign_in("lead@province")
    assert "尚未预览" in text(client, path)

    assert client.submit(f"{path}/preview").status_code == 303
    page = text(client, path)
    assert "确认生效（变动 1 项期限）" in page
    assert "2026-10-19" in page
    assert "2026-10-20" in page
    assert "变动 1 项期限" in text(client, f"/calendars/editions/{edition}")
    with db.reading() as session:
        assert session.scalars(select(Deadline.last_day).where(Deadline.case_id == case)).one() == date(2026, 10, 19)

    assert client.submit(f"{path}/apply", {"seen": shown_hash()}).status_code == 303

    with db.reading() as session:
        assert session.scalars(select(Deadline.last_day).where(Deadline.case_id == case)).one() == date(2026, 10, 20)
        public_id = session.get_one(Case, case).public_id
    record = text(client, path)
    assert "确认生效时的记录" in record
    assert "确认生效（" not in record
    story = text(client, f"/cases/{public_id}")
    assert "工作日历变更（国办发明电〔2026〕9号）：“填报”截止日 2026-10-19 → 2026-10-20" in story


def test_a_list_that_was_not_seen_is_not_confirmed(office, client):
    office.apply()
    edition = proposed(off=[DAY])
    path = f"/calendars/editions/{edition}/moves"
    client.sign_in("lead@province")
    client.submit(f"{path}/preview")

    answer = client.submit(f"{path}/apply", {"seen": "0" * 64})

    assert answer.status_code == 422
    assert "请重新预览" in answer.get_data(as_text=True)
    with db.reading() as session:
        assert session.scalars(select(CalendarEdition.state)).one() == "proposed"


def test_the_person_who_entered_it_has_no_button_and_is_refused(office, client):
    office.apply()
    with db.transaction() as session:
        made = editions.propose(session, off=[DAY])
        made.entered_by = office.who["lead@province"].person_id
    path = f"/calendars/editions/{made.public_id}/moves"
    client.sign_in("lead@province")
    client.submit(f"{path}/preview")

    assert "确认生效（" not in text(client, path)
    assert client.submit(f"{path}/apply").status_code == 422


def test_a_county_sees_the_numbers_and_its_own_rows(office, client):
    office.apply()
    office.apply("applicant@other_institution")
    made = editions.previewed(office.who["lead@province"], off=[DAY])
    with db.reading() as session:
        edition = session.get_one(CalendarEdition, made.edition_id).public_id
        own = session.scalars(select(Case.number).where(Case.region_code == factories.COUNTY)).one()
        others = session.scalars(select(Case.number).where(Case.region_code == factories.SIBLING_COUNTY)).one()
    client.sign_in("clerk@county")

    page = text(client, f"/calendars/editions/{edition}/moves")

    assert own in page
    assert others not in page
    assert "列出 2 项" in page
    assert client.submit(f"/calendars/editions/{edition}/moves/preview").status_code == 403


def test_what_took_effect_is_decided_with_a_reason(office, client, clock_at):
    office.publish(office.reviewed())
    office.work()
    clock_at("2026-10-13 09:00")
    office.work()
    made = editions.applied(office.who["lead@province"], off=[date(2026, 9, 28)])
    with db.reading() as session:
        edition = session.get_one(CalendarEdition, made.edition_id).public_id
        row = session.scalars(select(CalendarMove).where(CalendarMove.kind == "taken_effect")).one()
        case = session.get_one(Case, row.case_id).public_id
    path = f"/calendars/editions/{edition}/moves"
    client.sign_in("lead@city")
    assert "待决定" in text(client, f"{path}?kind=taken_effect")

    bare = client.submit(f"{path}/decide", {"decision": "upheld", "row": str(row.id)})
    nobody = client.submit(f"{path}/decide", {"decision": "upheld", "reason": "公示期已满。"})
    done = client.submit(f"{path}/decide", {"decision": "upheld", "reason": "没有异议，维持。", "row": str(row.id)})
    again = client.submit(f"{path}/decide", {"decision": "otherwise", "reason": "x", "row": str(row.id)})

    assert (bare.status_code, nobody.status_code, done.status_code, again.status_code) == (422, 422, 303, 422)
    assert "请写明理由" in bare.get_data(as_text=True)
    assert "公示期已满。" in nobody.get_data(as_text=True)
    with db.reading() as session:
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.verb == "decide_taken_effect"))
        assert session.get_one(CalendarMove, row.id).decision == "upheld"
    assert (entry.details["count"], entry.details["decision"]) == (1, "维持")
    assert "决定维持" in text(client, f"/cases/{case}")


def test_a_lead_decides_about_the_own_division_alone(office, client, clock_at):
    office.publish(office.reviewed())
    office.work()
    clock_at("2026-10-13 09:00")
    office.work()
    made = editions.applied(office.who["lead@province"], off=[date(2026, 9, 28)])
    with db.reading() as session:
        edition = session.get_one(CalendarEdition, made.edition_id).public_id
    client.sign_in("lead@sibling_city")

    answer = client.submit(
        f"/calendars/editions/{edition}/moves/decide", {"decision": "upheld", "reason": "维持。", "all": "1"}
    )

    assert answer.status_code == 422
    with db.reading() as session:
        assert set(session.scalars(select(CalendarMove.decision))) == {""}


def test_the_list_as_a_workbook(office, client):
    office.apply()
    made = editions.previewed(office.who["lead@province"], off=[DAY])
    with db.reading() as session:
        edition = session.get_one(CalendarEdition, made.edition_id).public_id
    client.sign_in("auditor@province")

    answer = client.get(f"/calendars/editions/{edition}/moves/export.xlsx")

    book = load_workbook(io.BytesIO(answer.data))
    assert book.sheetnames == ["按地区", "期限明细"]
    assert [cell.value for cell in book["按地区"][3]][:3] == ["合计", 1, 0]
    details = [cell.value for cell in book["期限明细"][2]]
    assert details[3:9] == ["填报", "2026-10-19", "2026-10-20", None, "变动", "延后"]


@pytest.mark.parametrize("query", ["kind=x", "effect=x", "after=-1", "after=1e9", "after=" + "9" * 19])
def test_a_filter_that_does_not_exist_is_named(office, client, query):
    edition = proposed(off=[DAY])
    client.sign_in("lead@province")

    text(client, f"/calendars/editions/{edition}/moves?{query}", status=422)
