"""The figures of Hebei's programme out of rows: each number that gives full marks, on both sides."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from app import clock, db
from app.appointments.models import Appointment
from app.cases.models import Answer, Task
from app.evaluations import gathering
from app.evaluations.models import Inspection
from app.obligations.models import Duty
from app.people.models import Person
from app.titles import changing
from tests.evaluations import setting
from tests.living import Living, pass_time


@pytest.fixture
def here(database, clock_at) -> Living:
    """A title that owed four reports in 2025."""
    clock_at("2024-11-20 09:00")
    made = setting.living(granted_on=date(2024, 11, 20))
    pass_time(clock_at, "2026-01-09 09:00")
    return made


def file(here: Living, *, offline: int = 0, online: int = 0, satisfied: str = "0", effective: int | None = None,
         status: str = "done", count: int = 4) -> None:
    """Say of the first `count` reports that they were filed, each with the same numbers."""
    with db.transaction() as session:
        person = session.scalars(select(Person.id).limit(1)).one()
        duties = session.scalars(select(Duty).where(Duty.due_on >= date(2025, 1, 1)).order_by(Duty.due_on)).all()
        assert len(duties) == 4
        for duty in duties[:count]:
            duty.status, duty.filed_at = status, clock.now()
            tasks = session.scalars(select(Task.id).where(Task.case_id == duty.case_id).order_by(Task.id)).all()
            said = [("quarterly_report", {"offline_served": offline, "online_served": online,
                                          "satisfaction": satisfied})]
            if effective is not None:
                row = {"activity": "讲座", "benefit": "yes", "effective": "yes", "firms": effective}
                said.append(("report_check", {"activities": [row]}))
            for task, (form, values) in zip(tasks, said, strict=False):
                session.add(Answer(case_id=duty.case_id, task_id=task, form=form, values=values, person_id=person,
                                   answered_at=clock.now()))


def shares(here: Living) -> dict[str, Decimal | None]:
    with db.reading() as session:
        title = here.title(session)
        found = gathering.gather(session, changing.programme_of(session, title), title, 2025, now=clock.now())
        return {key: one.share for key, one in found.items()}


@pytest.mark.parametrize(("offline", "share"), [(25, "1"), (24, "0.96")])
def test_hbi_6_7_a_hundred_enterprises_served_offline_in_the_year_give_full_marks(here, offline, share):
    file(here, offline=offline)

    assert shares(here)["offline_served"] == Decimal(share)


@pytest.mark.parametrize(("effective", "share"), [(10, "1"), (9, "0.9")])
def test_hbi_16_3_a_tenth_of_confirmed_public_benefit_gives_full_marks(here, effective, share):
    file(here, offline=70, online=30, effective=effective)

    assert shares(here)["benefit_share"] == Decimal(share)


@pytest.mark.parametrize(("satisfied", "share"), [("100.0", "1"), ("99.0", "0.99")])
def test_hbi_17_2_the_reported_satisfaction_is_a_share_of_a_hundred(here, satisfied, share):
    file(here, satisfied=satisfied)

    assert shares(here)["satisfaction"] == Decimal(share)


def test_hbi_13_1_reports_on_time_are_those_of_the_year(here):
    file(here, count=3)

    assert shares(here)["reports_on_time"] == Decimal("0.75")


def test_hbi_17_1_a_report_that_a_spot_check_found_false_counts_as_filed_but_says_nothing(here):
    file(here, offline=50)
    with db.transaction() as session:
        duty = session.scalars(select(Duty).where(Duty.due_on >= date(2025, 1, 1)).order_by(Duty.due_on)).first()
        session.add(Inspection(
            public_id=db.public_id(), title_id=duty.title_id, programme=duty.programme, kind="spot_check",
            case_id=here.title(session).case_id, checked_case_id=duty.case_id, inspected_on=date(2025, 4, 20),
            passed=False, recorded_at=clock.now(),
        ))

    found = shares(here)

    assert (found["offline_served"], found["reports_on_time"], found["inspections_passed"]) == (1, 1, 0)
    with db.transaction() as session:
        session.execute(update(Duty).where(Duty.id != duty.id).values(filed_at=None, status="missed"))
    assert shares(here)["offline_served"] == 0


@pytest.mark.parametrize(("late", "share"), [(timedelta(seconds=-1), 1), (timedelta(0), 0)])
def test_hbi_16_2_an_appointment_is_on_time_up_to_the_last_second(here, late, share):
    ends_at = clock.day_start(date(2025, 6, 7))
    with db.transaction() as session:
        title = here.title(session)
        for number, asked in enumerate((date(2025, 5, 30), date(2024, 12, 31), date(2026, 1, 1))):
            session.add(Appointment(
                public_id=db.public_id(), code=f"C{number}", title_id=title.id, case_id=None, enterprise="企业",
                credit_code="", contact_name="", contact_phone="", subject="咨询", wanted_on=None,
                requested_at=clock.day_start(asked), status="accepted", satisfaction=4 if number == 0 else 1,
                answered_at=ends_at + late, overdue_at=ends_at, rated_at=ends_at + late,
            ))

    found = shares(here)

    assert (found["appointments_on_time"], found["appointment_satisfaction"]) == (share, Decimal("0.8"))
