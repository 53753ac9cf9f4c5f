"""What a self-assessment starts with: the facts of the application, and the reported services of the last years."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app import db
from app.cases import prefilling
from app.cases.models import Answer, Case, Task
from app.obligations.models import Duty
from app.programmes import package
from app.programmes.life import ServicesRule
from app.renewals import prefilling as ours
from tests import living
from tests.living import pass_time
from tests.renewals import ending


@pytest.fixture
def at(database, clock_at):
    clock_at("2026-12-01 09:00")
    return living.living(granted_on=ending.GRANTED, files=package.read_folder(living.PROCESSES / living.PROVINCE))


def starting(at, form: str = "renewal_assessment") -> dict:
    with db.reading() as session:
        return prefilling.values(session, ending.renewal(at).case_id, form)


def test_hbi_12_the_assessment_starts_with_the_last_three_years_and_what_the_application_said(at, clock_at):
    with db.transaction() as session:
        title = at.title(session)
        task = session.scalars(select(Task).where(Task.case_id == title.case_id)).first()
        session.add(Answer(
            case_id=title.case_id, task_id=task.id, form="application", person_id=at.holder(session).person_id,
            values={"premises_area": "180.00", "staff_total": "12", "uniqueness": "不沿用"},
            answered_at=datetime(2024, 1, 1, tzinfo=UTC),
        ))
    pass_time(clock_at, "2026-12-10 09:00")

    assert starting(at) == {
        "premises_area": "180.00", "staff_total": "12",
        "services": [{"year": "2023"}, {"year": "2024"}, {"year": "2025"}],
    }
    assert starting(at, "renewal_facts") == {}


def test_hbi_12_the_services_are_summed_over_the_reports_of_each_year(at, clock_at):
    """Of a programme whose obligation and columns say so: two quarters of 2025, one filed late."""
    pass_time(clock_at, "2026-12-10 09:00")
    rule = ServicesRule("services", "year", 3, obligation="of_a_quarter", columns={"served_firms": "served"})
    with db.transaction() as session:
        title = at.title(session)
        for number, (until, status, served) in enumerate((
            (date(2025, 3, 15), "done", "30"), (date(2025, 6, 15), "late", "12"), (date(2025, 9, 15), "missed", "99"),
            (date(2022, 12, 15), "done", "7"),
        )):
            case = _case(session, at, title)
            session.add(Duty(
                public_id=f"duty{number}", title_id=title.id, programme=title.programme, obligation="of_a_quarter",
                period=until.isoformat(), covers_from=date(until.year, 1, 1), covers_until=until, due_on=until,
                case_id=case, status=status,
            ))
            task = session.scalars(select(Task.id).where(Task.case_id == case)).one()
            session.add(Answer(case_id=case, task_id=task, form="report", values={"served": served},
                               person_id=at.holder(session).person_id, answered_at=datetime(2025, 4, 1, tzinfo=UTC)))
        session.flush()
        renewal = session.get_one(Case, ending.renewal(at).case_id)
        found = ours._services(session, _Obliged(), title, rule, renewal)

    assert found == [{"year": "2023"}, {"year": "2024"}, {"year": "2025", "served_firms": "42"}]


class _Obliged:
    """A programme with a quarterly report whose form is "report"."""

    class life:  # noqa: N801 - as the programme names it
        obligations = {"of_a_quarter": type("Obligation", (), {"form": "report"})}  # noqa: RUF012


def _case(session, at, title) -> int:
    """A case of its own for a report."""
    made = living.changing.open_about(session, title, diagram="titles_in_force", name="报送")
    return made.id
