"""Titles in force from before the register, and direct entry: checked by row, confirmed by a second person."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app import clock, db
from app.audit.models import AuditEntry
from app.cases import by_hand
from app.errors import Invalid, NotAllowed, NotFound
from app.people import registration
from app.people.models import Unit
from app.people.queries import Identity
from app.programmes import package
from app.programmes.models import Release
from app.titles import queries
from app.titles.models import Title, TitleEvent, TitleRecord
from tests import factories, sample
from tests.titles import acting

ROOT = Path(__file__).resolve().parents[2]
CODES = ("91130606MA0E97X9BU", "91130636MA0710001T", "91130628MA0710002B")
SETTINGS = """
opened_by_hand:
  - {diagram: titles_in_force, name: 存量称号登记, actor: authority/clerk}
  - {diagram: direct_entry, name: 直接入库, actor: authority/clerk, clause: BDP-5}

direct_entry:
  titles: {national: 国家级示范平台, provincial_base: 省级示范基地}
  confirmed_by: authority
  ends: with_original
  obligations: yes
  renewable: no
  while_banned: refused
  clause: BDP-5
"""


@pytest.fixture
def who(database: db.Database, clock_at: Callable[[str], None]) -> dict[str, Identity]:
    """The small world with a programme that lets its authority enter titles; Monday 2026-09-21."""
    clock_at("2026-09-21 09:00")
    found = sample.files()
    entering = "\nperiods:\n  entering: {name: 登记, amount: 10, unit: working_days, starts: arrival, ours: yes}\n"
    found["programme.yaml"] = found["programme.yaml"].replace(b"\nperiods:\n", entering.encode()) + SETTINGS.encode()
    for name in ("titles_in_force", "direct_entry"):
        found[f"{name}.bpmn"] = (ROOT / f"processes/common/{name}.bpmn").read_bytes()
    for place, name in (("common", "titles_in_force"), ("hebei-institution", "direct_entries"),
                        ("common", "entry_decision")):
        found[f"forms/{name}.json"] = (ROOT / f"forms/{place}/{name}.json").read_bytes()
    with db.transaction() as session:
        world = factories.world(session)
        session.add(Release(
            programme=sample.KEY, number=1, name="可登记的项目", fingerprint=package.fingerprint(found),
            files=package.pack(found), deployed_at=clock.now(), deployed_by=None,
        ))
        return {login: world.identity(session, login) for login in world.people}


def row(n: int = 0, **changes: Any) -> dict[str, Any]:
    given = {
        "name": f"第{n + 1}服务公司", "credit_code": CODES[n], "region": "顺平县", "number": f"BDP-2024-{n + 1:04}",
        "document_number": "保工信〔2024〕6 号", "granted_on": "2024-06-18", "valid_until": "2027-06-18", **changes,
    }
    return {key: value for key, value in given.items() if value is not None}


def begin(who: dict[str, Identity], diagram: str = "titles_in_force", login: str = "clerk@city") -> int:
    with db.transaction() as session:
        return by_hand.begin(session, who[login], programme_key=sample.KEY, diagram=diagram).id


def fill(who: dict[str, Identity], case_id: int, *rows: dict[str, Any]) -> None:
    sample.complete(case_id, by=who["clerk@city"], answers={"source": "历年认定文件", "titles": list(rows)})


def decide(who: dict[str, Identity], case_id: int, outcome: str = "confirm") -> None:
    sample.complete(case_id, by=who["lead@city"], answers={"opinion": "与原件一致"}, outcome=outcome)


def titles() -> list[Title]:
    with db.reading() as session:
        return list(session.scalars(select(Title).order_by(Title.number)))


def test_titles_in_force_come_in_with_their_dates_grades_and_misses(who):
    case_id = begin(who)
    fill(who, case_id, row(0, grades="2024:A；2025:B", missed="2026-03-15"), row(1, valid_until=None))
    assert titles() == []

    decide(who, case_id)

    first, second = titles()
    assert (first.number, first.granted_on, first.valid_until, first.basis) == (
        "BDP-2024-0001", date(2024, 6, 18), date(2027, 6, 18), "imported"
    )
    assert second.valid_until is None
    with db.reading() as session:
        past = session.execute(select(TitleRecord.kind, TitleRecord.period, TitleRecord.value).order_by(TitleRecord.id))
        assert past.all() == [("grade", "2024", "A"), ("grade", "2025", "B"), ("miss", "2026-03-15", "")]
        assert session.scalars(select(TitleEvent.kind)).all() == ["imported", "imported"]


def test_nothing_comes_in_where_the_second_person_refuses(who):
    case_id = begin(who)
    fill(who, case_id, row())

    decide(who, case_id, "refuse")

    assert titles() == []


@pytest.mark.parametrize(
    ("rows", "field"),
    [([row(0, region="不存在县")], "titles.0.region"),
     ([row(0), row(1, credit_code=CODES[0])], "titles.1.credit_code"),
     ([row(0), row(1, number="BDP-2024-0001")], "titles.1.number"),
     ([row(0, granted_on="2026-09-22")], "titles.0.granted_on"),
     ([row(0, valid_until="2024-06-17")], "titles.0.valid_until"),
     ([row(0, valid_until="2026-09-20")], "titles.0.valid_until"),
     ([row(0, grades="优")], "titles.0.grades"),
     ([row(0, missed="2026年3月")], "titles.0.missed")],
)
def test_what_is_wrong_is_said_at_its_row_and_nothing_is_written(who, rows, field):
    case_id = begin(who)

    with pytest.raises(Invalid) as error:
        fill(who, case_id, *rows)

    assert field in error.value.fields
    with db.reading() as session:
        assert sample.open_task(session, case_id).element == "fill"


def test_a_title_that_is_in_the_register_by_now_is_refused_at_the_confirmation(who):
    first, second = begin(who), begin(who)
    fill(who, first, row(0))
    fill(who, second, row(0, number="BDP-2024-0009"))
    decide(who, first)

    with pytest.raises(Invalid) as error:
        decide(who, second)

    assert "titles.0.credit_code" in error.value.fields
    assert [title.number for title in titles()] == ["BDP-2024-0001"]


def test_direct_entry_ends_with_the_original_title(who):
    case_id = begin(who, "direct_entry")
    entry = {
        "name": "示范平台公司", "credit_code": CODES[2], "region": "130628", "original": "provincial_base",
        "original_number": "冀工信〔2025〕1 号", "valid_until": "2028-01-05", "nature": "public",
        "service_class": "other",
    }
    sample.complete(case_id, by=who["clerk@city"], answers={"source": "省级名单", "titles": [entry]})
    decide(who, case_id)

    (title,) = titles()

    assert (title.basis, title.original, title.valid_until, title.granted_on) == (
        "entered", "省级示范基地 冀工信〔2025〕1 号", date(2028, 1, 5), date(2026, 9, 21)
    )
    with db.reading() as session:
        assert session.scalars(select(TitleEvent.clause)).one() == "BDP-5"


@pytest.mark.parametrize("login", ["clerk@county", "lead@city", "applicant@institution", "clerk@province"])
def test_only_the_authoritys_clerk_begins(who, login):
    with pytest.raises(NotAllowed):
        begin(who, login=login)


def test_a_diagram_that_nobody_opens_by_hand_is_not_found(who):
    with pytest.raises(NotFound):
        begin(who, "application")


def test_what_may_be_begun_is_offered_to_the_authority_alone(who):
    with db.reading() as session:
        offered = [offer.kind.name for offer in by_hand.offers(session, who["clerk@city"])]
        assert offered == ["存量称号登记", "直接入库"]
        assert by_hand.offers(session, who["clerk@county"]) == []


def test_an_institution_claims_its_title_by_registering(who):
    case_id = begin(who)
    fill(who, case_id, row(0))
    decide(who, case_id)
    with db.transaction() as session:
        registration.register(
            session, credit_code=CODES[0], region_code="130636", unit={"name": "第一服务公司"},
            person={"login": "first", "name": "张三"}, password_hash="x", address="10.0.0.1",
        )

    with db.reading() as session:
        assert session.scalar(select(func.count()).where(Unit.credit_code == CODES[0])) == 1
        rows, _more = queries.register(session, text=CODES[0])
        assert [found.holder for found in rows] == ["第一服务公司"]
        assert session.scalars(select(Unit.status).where(Unit.credit_code == CODES[0])).one() == "pending"


def banned(who: dict[str, Identity], case_id: int, until: str) -> str:
    """Ban an institution of the county from the programme until a day; returns its credit code."""
    with db.transaction() as session:
        unit = factories.institution(session, name="被禁申单位")
        acting.write_ban(session, unit=unit, programme=sample.KEY, case_id=case_id, since="2024-09-21", until=until)
        return unit.credit_code


@pytest.mark.parametrize("diagram", ["direct_entry", "titles_in_force"])
def test_hbi_10_a_banned_institution_is_not_entered_on_the_last_day_of_its_ban(who, diagram):
    case_id = begin(who, diagram)
    code = banned(who, case_id, "2026-09-21")

    with pytest.raises(Invalid) as invalid:
        enter_one(who, case_id, diagram, code)

    assert "2026-09-21" in invalid.value.fields["titles.0.credit_code"][0]
    assert "HBI-15" in invalid.value.fields["titles.0.credit_code"][0]


def test_hbi_10_it_is_entered_on_the_day_after(who):
    case_id = begin(who, "direct_entry")

    enter_one(who, case_id, "direct_entry", banned(who, case_id, "2026-09-20"))
    decide(who, case_id)

    assert [title.status for title in titles()] == ["entered"]


def test_a_ban_that_begins_before_the_second_person_decides_keeps_it_out(who):
    case_id = begin(who, "direct_entry")
    with db.transaction() as session:
        unit = factories.institution(session, name="随后被禁申")
    enter_one(who, case_id, "direct_entry", unit.credit_code)
    with db.transaction() as session:
        acting.write_ban(session, unit=unit, programme=sample.KEY, case_id=case_id, since="2026-09-21",
                         until="2028-09-21")

    with pytest.raises(Invalid):
        decide(who, case_id)

    assert titles() == []


def test_where_a_ban_only_warns_the_second_person_is_told(who):
    with db.transaction() as session:
        release = session.scalars(select(Release)).one()
        found = dict(package.unpack(release.files))
        found["programme.yaml"] = found["programme.yaml"].replace(b"while_banned: refused", b"while_banned: warned")
        session.add(Release(
            programme=sample.KEY, number=2, name="只提示", fingerprint=package.fingerprint(found),
            files=package.pack(found), deployed_at=clock.now(), deployed_by=None,
        ))
    case_id = begin(who, "direct_entry")

    enter_one(who, case_id, "direct_entry", banned(who, case_id, "2028-09-21"))

    with db.reading() as session:
        told = session.scalars(select(AuditEntry).where(AuditEntry.verb == "warn_of_ban")).one()
    assert "2028-09-21" in told.details["told"]
    decide(who, case_id)
    assert len(titles()) == 1


def enter_one(who: dict[str, Identity], case_id: int, diagram: str, code: str) -> None:
    """Fill the table with one row, of the diagram's columns."""
    if diagram == "titles_in_force":
        fill(who, case_id, row(0, credit_code=code))
    else:
        fill(who, case_id, {
            "name": "被禁申单位", "credit_code": code, "region": "顺平县", "original": "national_platform",
            "original_number": "工信部企业〔2024〕12 号", "valid_until": "2027-06-30", "nature": "social",
            "service_class": "innovation",
        })
