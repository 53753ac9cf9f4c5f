"""HBI-18.1, D28: two best grades in a row at the end renew a title without review; nothing else does."""

from datetime import date

import pytest
from sqlalchemy import delete, select

from app import clock, db
from app.cases.models import Case
from app.evaluations.models import Grade
from app.notices.models import Notice
from app.sanctions.models import Sanction
from tests import living
from tests.living import pass_time
from tests.renewals import ending


@pytest.fixture
def at(database, clock_at):
    clock_at("2026-12-01 09:00")
    return ending.titles()


def asked(at) -> str:
    """The holder's task of the renewal."""
    return next(task.name for task in living.open_tasks() if task.name in ("填报期满自评", "确认免评事项"))


@pytest.mark.parametrize(
    ("grades", "task"),
    [
        ({"y2024": "A", "y2025": "A"}, "确认免评事项"),
        ({"y2024": "A", "y2025": "B"}, "填报期满自评"),
        ({"y2024": "B", "y2025": "A"}, "填报期满自评"),
        ({"y2023": "A", "y2025": "A"}, "填报期满自评"),
        ({"y2023": "A", "y2024": "A"}, "确认免评事项"),
        ({"y2022": "A", "y2023": "A"}, "填报期满自评"),
        ({"y2023": "B", "y2024": "A", "y2025": "A"}, "确认免评事项"),
        ({"y2025": "A"}, "填报期满自评"),
        ({}, "填报期满自评"),
    ],
)
def test_hbi_18_1_two_a_in_a_row_at_the_end_exempt_and_a_year_without_a_grade_breaks_the_row(
    at, clock_at, grades, task
):
    ending.graded(at, **grades)

    pass_time(clock_at, "2026-12-10 00:00")

    assert asked(at) == task


def test_hbi_18_1_a_title_that_a_round_of_the_last_year_left_out_has_a_year_without_a_grade(database, clock_at):
    clock_at("2026-12-01 09:00")
    at = ending.titles(count=2)
    ending.graded(at, y2023="A", y2024="A")
    _decide_grade(at, 2025, "B", date(2026, 3, 1), name="持证服务机构2")

    pass_time(clock_at, "2026-12-10 00:00")

    assert sorted(task.name for task in living.open_tasks() if "免评" in task.name) == []


@pytest.mark.parametrize(("in_a_row", "since", "task"), [
    ("1", 2025, "确认免评事项"), ("2", 2025, "填报期满自评"), ("2", 2024, "确认免评事项"), ("3", 2024, "填报期满自评"),
])
def test_hbi_18_1_how_many_are_needed_is_data(database, clock_at, in_a_row, since, task):
    clock_at("2026-12-01 09:00")
    at = ending.titles(("in_a_row: 2, stopped_by", f"in_a_row: {in_a_row}, stopped_by"))
    ending.graded(at, **{f"y{year}": "A" for year in range(since, 2026)})

    pass_time(clock_at, "2026-12-10 00:00")

    assert asked(at) == task


def test_hbi_18_1_the_holder_confirms_and_the_title_runs_on_without_review(at, clock_at):
    ending.graded(at, y2024="A", y2025="A")
    pass_time(clock_at, "2027-01-11 09:00")
    ending.confirm(at)

    assert ending.events(at) == ["renewed 2027-03-11 HBI-18.1"]
    assert str(ending.title(at).valid_until) == "2030-03-10"
    found = ending.renewal(at)
    assert (found.status, found.exempt_years, ending.outcome(at)) == ("exempt", [2024, 2025], "已免评延续")
    with db.reading() as session:
        assert session.scalars(
            select(Notice.title).where(Notice.case_id == found.case_id).order_by(Notice.id.desc()).limit(1)
        ).one() == "称号延续告知书"


def test_d28_exempt_and_not_confirmed_the_title_ends_with_its_day(at, clock_at):
    ending.graded(at, y2024="A", y2025="A")
    pass_time(clock_at, "2027-03-11 00:00")

    assert (ending.renewal(at).status, ending.events(at)) == ("not_filed", ["expired 2027-03-11 HBI-12"])


@pytest.mark.parametrize(("key", "exempt"), [("dishonesty", False), ("not_qualified", True)])
def test_d28_a_pending_sanction_for_dishonesty_sends_an_exempt_renewal_to_review(at, clock_at, key, exempt):
    ending.graded(at, y2024="A", y2025="A")
    pass_time(clock_at, "2027-01-11 09:00")
    with db.transaction() as session:
        _propose(session, at, key)
    ending.confirm(at)

    assert bool([task for task in living.open_tasks() if task.name == "市级审核"]) is not exempt
    assert (ending.renewal(at).status == "exempt") is exempt


def test_hbi_18_1_a_second_a_that_comes_while_it_is_filed_in_makes_the_review_needless(at, clock_at):
    ending.graded(at, y2025="A")
    pass_time(clock_at, "2027-02-11 09:00")
    _decide_grade(at, 2026, "A", date(2027, 2, 1))
    ending.file(at)

    assert ending.renewal(at).exempt_years == [2025, 2026]
    assert ending.events(at) == ["renewed 2027-03-11 HBI-18.1"]


def test_hbi_18_1_a_lower_grade_that_comes_meanwhile_ends_the_exemption(at, clock_at):
    ending.graded(at, y2024="A", y2025="A")
    pass_time(clock_at, "2027-02-11 09:00")
    _decide_grade(at, 2026, "B", date(2027, 2, 1))
    ending.confirm(at)

    assert ending.renewal(at).status == "filed"
    assert ending.task("市级审核")


def _propose(session, at, key):
    """A sanction that waits for its decision; its case is another part's."""
    title = at.title(session)
    session.add(Sanction(
        public_id=db.public_id(), programme=title.programme, release_id=title.release_id, title_id=title.id,
        unit_id=title.holder_id, key=key, cause="case:1", clause="HBI-15", evidence=[], case_id=None,
        from_case_id=None, proposed_at=clock.now(), proposed_by=None,
    ))


def _decide_grade(at, year, grade, day, *, name=""):
    with db.transaction() as session:
        title = at.title(session, name)
        case = session.scalars(select(Case.id).where(Case.id == title.case_id)).one()
        # The round of that year opened by itself; here its result is written at once.
        session.execute(delete(Grade).where(Grade.title_id == title.id, Grade.year == year))
        session.add(Grade(
            public_id=db.public_id(), title_id=title.id, programme=title.programme, year=year, case_id=case,
            grade=grade, computed=grade, status="decided", decided_on=day, recorded_at=clock.now(),
        ))
