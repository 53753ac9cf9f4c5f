"""申报批次: dates per tier, changed dates, late entry."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app import db, worker
from app.batches import dates as days
from app.batches import operations
from app.batches.models import Batch
from app.cases import deadlines, queries, steps
from app.cases.models import Case, Deadline
from app.errors import Invalid, NotAllowed, Refused
from app.outbox.models import Letter
from app.outbox.senders import NoSender
from app.people.queries import Identity
from app.programmes import package
from app.programmes import queries as programmes
from app.programmes.models import Release
from app.programmes.period_rules import PeriodRule
from app.workdays import Period
from tests import factories, sample

DATES = """
  dates: [applicants, county, city]
  late_entry: yes
"""
PERIODS = """
  filling: {name: 填报, amount: applicants, unit: batch_date, roll: next, clause: BDP-14}
  county_review: {name: 县级审核, amount: county, unit: batch_date, roll: next, clause: BDP-10}
"""
CITY = date(2026, 12, 30)


@pytest.fixture
def who(database: db.Database, clock_at: Callable[[str], None]) -> dict[str, Identity]:
    """It is Monday 2026-09-21; the programme's call names a day for applicants, counties and the city."""
    clock_at("2026-09-21 09:00")
    found = sample.files()
    lines = found["programme.yaml"].decode()
    for key in ("filling", "county_review"):
        head, _, rest = lines.partition(f"  {key}:\n")
        lines = head + rest[rest.index("\n  ") + 1:] if not rest.startswith("    ") else head + _after(rest)
    lines = lines.replace("\nperiods:\n", f"\nperiods:{PERIODS}").replace("\nbatches:\n", f"\nbatches:{DATES}")
    form = found["forms/application_report.json"]
    found |= {"programme.yaml": lines.encode(), "forms/application_report.json": form}
    found["application.bpmn"] = found["application.bpmn"].replace(
        b'<spiffworkflow:property name="period" value="filling" />',
        b'<spiffworkflow:property name="period" value="filling" />'
        b'<spiffworkflow:property name="late" value="refuse" />',
    )
    with db.transaction() as session:
        world = factories.world(session)
        session.add(Release(
            programme=sample.KEY, number=db.next_number(session, f"release:{sample.KEY}"), name="有日期的项目",
            fingerprint=package.fingerprint(found), files=package.pack(found), deployed_at=db.clock.now(),
            deployed_by=None,
        ))
        return {login: world.identity(session, login) for login in world.people}


def _after(block: str) -> str:
    """What follows a period written over several lines."""
    lines = block.splitlines(keepends=True)
    first = next(n for n, line in enumerate(lines) if not line.startswith("    "))
    return "".join(lines[first:])


def call(who: dict[str, Identity], **changes: Any) -> Batch:
    with db.transaction() as session:
        given = {
            "programme_key": sample.KEY, "name": "2026 年度", "opens_on": date(2026, 9, 21),
            "closes_on": date(2026, 10, 1), "dates": {"county": date(2026, 11, 30), "city": CITY}, **changes,
        }
        return operations.open_batch(session, by=who["lead@city"], **given)


def apply(who: dict[str, Identity], batch: Batch, login: str = "applicant@institution") -> int:
    with db.transaction() as session:
        return operations.apply(session, session.get_one(Batch, batch.id), by=who[login]).id


def change(who: dict[str, Identity], batch: Batch, **dates: date) -> list[str]:
    with db.transaction() as session:
        found = session.get_one(Batch, batch.id)
        return operations.change_dates(session, found, by=who["lead@city"], dates=dates, reason="系统维护")


def last_day(case_id: int) -> date:
    with db.reading() as session:
        task = sample.open_task(session, case_id)
        return session.get_one(Deadline, task.deadline_id).last_day


def test_a_typed_rest_day_rolls_to_the_next_working_day_and_says_so(who):
    batch = call(who)  # 2026-10-01 is National Day; the first working day after it is Thursday the 8th

    with db.reading() as session:
        shown = days.last_days(programmes.programme(session, batch.release_id), batch.dates)

    assert [(day.key, day.typed, day.effective) for day in shown][0] == (
        "applicants", date(2026, 10, 1), date(2026, 10, 8)
    )
    assert "国庆" in shown[0].why
    assert shown[1].why == ""
    assert last_day(apply(who, batch)) == date(2026, 10, 8)


def test_an_institution_applies_until_the_effective_day_and_not_after(who, clock_at):
    batch = call(who)
    clock_at("2026-10-08 23:59")
    case_id = apply(who, batch)
    clock_at("2026-10-09 00:00")

    with pytest.raises(Refused, match="2026-10-08 截止"):
        apply(who, batch, "applicant@other_institution")
    with pytest.raises(Refused, match="截止，不能再提交"):
        sample.complete(case_id, by=who["applicant@institution"], answers={"name": "平台"})


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"dates": {"county": date(2026, 11, 30)}}, "city"),
     ({"dates": {"county": date(2026, 9, 30), "city": CITY}}, "county"),
     ({"dates": {"county": CITY, "city": date(2026, 12, 29)}}, "city"),
     ({"dates": {"county": CITY, "city": CITY, "moon": CITY}}, "")],
)
def test_a_call_names_every_day_in_order_and_no_others(who, changes, field):
    with pytest.raises(Invalid) as error:
        call(who, **changes)

    assert set(error.value.fields) == {field}


def test_changed_dates_reach_open_applications_and_their_deadlines(who):
    batch = call(who)
    case_id = apply(who, batch)

    with db.transaction() as session:
        session.get_one(factories.Unit, who["applicant@institution"].unit_id).contact_email = "office@firm.example"
    assert change(who, batch, applicants=date(2026, 10, 20)) == ["applicants"]
    worker.run_until_idle(NoSender())

    assert last_day(case_id) == date(2026, 10, 20)
    with db.reading() as session:
        case = session.get_one(Case, case_id)
        entry = next(entry for entry in queries.story(session, case_id) if entry.verb == "change_case_dates")
        assert case.dates == {"applicants": "2026-10-20", "county": "2026-11-30", "city": "2026-12-30"}
        assert entry.details["moved"] == ["填报 2026-10-08 → 2026-10-20"]
        letter = session.scalars(select(Letter)).one()
        assert letter.to_address == "office@firm.example"
        assert "2026-10-20" in letter.body


def test_a_period_that_stays_within_a_day_of_the_call_follows_its_change(who):
    case_id = apply(who, call(who))
    rule = PeriodRule(
        key="filling", name="填报", period=Period(200, "days"), starts="arrival", clause="", public=False, ours=True,
        within="applicants",
    )

    with db.transaction() as session:
        case = steps.read(session, case_id)
        moved = deadlines.move_dates(session, replace(case, dates={"applicants": "2026-10-20"}), {"filling": rule})

    assert [(key, new) for key, _old, new in moved] == [("filling", "2026-10-20")]
    assert last_day(case_id) == date(2026, 10, 20)


def test_the_applicants_day_is_never_moved_to_an_earlier_one(who):
    batch = call(who)

    with pytest.raises(Invalid) as error:
        change(who, batch, applicants=date(2026, 9, 30))
    assert "不能提前" in error.value.fields["applicants"][0]


def test_an_earlier_day_of_a_department_may_not_be_past(who):
    with pytest.raises(Invalid):
        change(who, call(who), county=date(2026, 9, 20))


def test_who_is_admitted_late_applies_and_submits_until_that_day_alone(who, clock_at):
    batch = call(who)
    clock_at("2026-10-12 09:00")
    with db.transaction() as session:
        code = session.get_one(factories.Unit, who["applicant@institution"].unit_id).credit_code
        operations.admit_late(
            session, session.get_one(Batch, batch.id), by=who["lead@city"], credit_code=code,
            until=date(2026, 10, 14), reason="平台故障",
        )

    case_id = apply(who, batch)
    assert last_day(case_id) == date(2026, 10, 14)
    with pytest.raises(Refused):
        apply(who, batch, "applicant@other_institution")
    clock_at("2026-10-15 00:00")
    with pytest.raises(Refused):
        sample.complete(case_id, by=who["applicant@institution"], answers={"name": "平台"})


def test_late_entry_opens_what_was_begun_again(who, clock_at):
    batch = call(who)
    case_id = apply(who, batch)
    clock_at("2026-10-12 09:00")
    with db.transaction() as session:
        code = session.get_one(factories.Unit, who["applicant@institution"].unit_id).credit_code
        operations.admit_late(
            session, session.get_one(Batch, batch.id), by=who["lead@city"], credit_code=code,
            until=date(2026, 10, 14), reason="平台故障",
        )
    worker.run_until_idle(NoSender())

    sample.complete(case_id, by=who["applicant@institution"], answers={"name": "平台"})

    with db.reading() as session:
        assert session.scalars(select(Deadline.status).where(Deadline.case_id == case_id)).first() == "met"


def test_only_the_authority_decides_about_dates_and_late_entry(who):
    batch = call(who)

    for login in ("lead@county", "applicant@institution", "lead@province"):
        with pytest.raises(NotAllowed), db.transaction() as session:
            operations.change_dates(
                session, session.get_one(Batch, batch.id), by=who[login], dates={"city": CITY}, reason="试"
            )


def test_the_explanation_names_the_rest_days(who):
    case_id = apply(who, call(who))

    with db.reading() as session:
        task = sample.open_task(session, case_id)
        text = deadlines.explanation(session.get_one(Deadline, task.deadline_id), "130607").as_text()

    assert "国庆" in text
    assert "2026-10-08" in text
