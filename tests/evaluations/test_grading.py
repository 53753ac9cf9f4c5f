"""A title's year from the round to its decided grade, at the boundary of each number."""

from datetime import date

import pytest
from sqlalchemy import func, select

from app import db
from app.cases.models import Case, Deadline, Task
from app.errors import Invalid
from app.evaluations import queries, rounds
from app.notices.models import Notice
from app.titles import changing
from app.titles.models import LifeDue
from tests.evaluations import setting
from tests.evaluations.setting import appeal, check, confirm, grades, lead, read
from tests.living import due_rows, open_tasks, pass_time


@pytest.fixture
def here(database, clock_at):
    """A title of 20 November 2024, on the day on which the round about 2025 opens."""
    clock_at("2024-11-20 09:00")
    made = setting.living(granted_on=date(2024, 11, 20))
    pass_time(clock_at, "2026-01-10 09:00")
    return made


def test_hbi_17_2_the_round_about_a_year_opens_on_10_january_after_it(database, clock_at):
    clock_at("2024-11-20 09:00")
    here = setting.living(granted_on=date(2024, 11, 20))

    pass_time(clock_at, "2026-01-09 23:59")
    assert open_tasks(name="核实指标") == []
    pass_time(clock_at, "2026-01-10 00:00")

    assert [one.year for one in grades(here)] == [2025]
    with db.reading() as session:
        rows = session.scalars(select(LifeDue).where(LifeDue.kind == "evaluation_round").order_by(LifeDue.id)).all()
    assert [(row.key, row.status) for row in rows] == [("2024", "done"), ("2025", "done"), ("2026", "waiting")]


@pytest.mark.parametrize(("granted_on", "evaluated"), [("2025-07-02", True), ("2025-07-03", False)])
def test_hbi_17_2_whoever_held_the_title_for_183_days_of_the_year_is_evaluated(
    database, clock_at, granted_on, evaluated
):
    clock_at(f"{granted_on} 09:00")
    here = setting.living(granted_on=date.fromisoformat(granted_on))

    pass_time(clock_at, "2026-01-10 09:00")

    assert [one.year for one in grades(here)] == ([2025] if evaluated else [])


def test_hbi_17_2_a_round_plans_the_evaluation_of_all_titles_by_one_statement(database, clock_at, statements):
    clock_at("2025-02-01 09:00")
    setting.living(count=8, granted_on=date(2025, 2, 1))
    clock_at("2026-01-10 09:00")
    with db.transaction() as session:
        row = session.scalars(select(LifeDue).where(LifeDue.kind == "evaluation_round")).one()
        with statements() as sent:
            rounds.open_round(session, row)
        planned = session.scalar(select(func.count()).where(LifeDue.kind == "evaluate"))

    assert planned == 8
    assert len([one for one in sent if "INSERT INTO life_due" in one]) == 2  # the titles, and the next round


def test_hbi_17_2_a_title_that_ended_is_not_evaluated_and_one_under_evaluation_gets_no_grade(here, clock_at):
    with db.transaction() as session:
        title = changing.locked(session, here.title(session).id)
        changing.record(
            session, title, "withdrawn", case_id=title.case_id, clause="HBI-4", effective_on=date(2026, 1, 10)
        )
    pass_time(clock_at, "2027-01-10 09:00")

    assert [(one.year, one.status) for one in grades(here)] == [(2025, "void")]
    assert open_tasks(name="核实指标") == []


def test_hbi_17_2_a_year_with_a_grade_from_before_the_register_is_not_evaluated_again(database, clock_at):
    clock_at("2025-01-05 09:00")
    here = setting.living(granted_on=date(2025, 1, 5))
    setting.remember(here, {2025: "A"})

    pass_time(clock_at, "2026-01-10 09:00")

    assert grades(here) == []


def test_hbi_17_2_with_nothing_but_missed_reports_the_figures_are_0_and_what_is_not_there_is_none(here):
    (grade,) = grades(here)

    assert {key: one["share"] for key, one in grade.figures.items()} == {
        "reports_on_time": "0.000000", "offline_served": "0", "benefit_share": "0", "satisfaction": "0",
        "appointment_satisfaction": None, "appointments_on_time": None, "inspections_passed": None,
    }
    assert (grade.score, grade.computed, grade.grade, grade.status) == ("0.00", "C", "", "open")
    assert grade.figures["reports_on_time"]["points"] == "35.71"  # 25 of the 70 that can be counted


@pytest.mark.parametrize(
    ("share", "score", "expected"),
    [("85", "85.00", "A"), ("84.99", "84.99", "B"), ("60", "60.00", "B"), ("59.99", "59.99", "C"),
     ("100", "100.00", "A"), ("0", "0.00", "C")],
)
def test_hbi_17_2_the_table_grades_each_score_on_both_sides_of_its_bounds(here, share, score, expected):
    check(here, share=share)

    (grade,) = grades(here)
    assert (grade.score, grade.computed) == (score, expected)


def test_hbi_17_2_a_correction_keeps_what_was_computed_with_its_reason(here):
    check(here, share=90)

    (grade,) = grades(here)
    assert grade.figures["reports_on_time"] == {
        "share": "0.900000", "part": "0", "whole": "4", "computed": "0.000000", "reason": "按核实的记录更正",
        "points": "25.00",
    }


def test_hbi_17_2_an_indicator_is_corrected_once(here):
    (task,) = open_tasks(name="核实指标")
    rows = [{"indicator": "reports_on_time", "share": 50, "reason": "第一次更正的理由"},
            {"indicator": "reports_on_time", "share": 60, "reason": "第二次更正的理由"}]
    with db.reading() as session:
        who = here.who(session, "clerk@city")

    with pytest.raises(Invalid) as wrong:
        setting.complete(task, who, {"corrections": rows, "opinion": "已核实"})

    assert wrong.value.fields == {"corrections.1.indicator": ["同一指标只能更正一次。"]}
    assert [task.name for task in open_tasks(name="核实指标")] == ["核实指标"]


def test_hbi_17_2_the_grade_counts_once_the_appeal_is_over(here, clock_at):
    """Told on Monday 12 January 2026: the fifth working day is Monday the 19th."""
    check(here, share=90)
    confirm(here)
    pass_time(clock_at, "2026-01-12 10:00")
    read(here, "grade_notice")

    with db.reading() as session:
        assert session.scalar(
            select(Deadline.last_day).where(Deadline.period == "grade_appeal")
        ) == date(2026, 1, 19)
    pass_time(clock_at, "2026-01-19 23:59")
    assert [(one.grade, one.status) for one in grades(here)] == [("A", "open")]
    pass_time(clock_at, "2026-01-20 00:00")

    (grade,) = grades(here)
    assert (grade.grade, grade.status, grade.decided_on) == ("A", "decided", date(2026, 1, 20))


def test_hbi_17_2_an_appeal_window_does_not_run_before_the_holder_was_told(here, clock_at):
    check(here, share=90)
    confirm(here)

    pass_time(clock_at, "2026-03-10 09:00")

    assert [one.status for one in grades(here)] == ["open"]


def test_hbi_17_2_on_appeal_both_grades_are_kept(here):
    check(here, share=10)
    confirm(here)
    read(here, "grade_notice")
    appeal(here)

    lead(here, "复核决定", {"grade": "B", "reason": "补充的服务记录属实"}, "change")

    (grade,) = grades(here)
    assert (grade.before_appeal, grade.grade, grade.computed, grade.status) == ("C", "B", "C", "decided")
    assert grade.reason == "补充的服务记录属实"
    with db.reading() as session:
        assert session.scalars(select(Notice.letter).order_by(Notice.id)).all()[-1] == "grade_review_notice"


def test_hbi_17_2_an_appeal_may_be_turned_down_and_the_grade_stays(here):
    check(here, share=10)
    confirm(here)
    read(here, "grade_notice")
    appeal(here)

    lead(here, "复核决定", {"reason": "没有新的证据支持"}, "uphold")

    (grade,) = grades(here)
    assert (grade.before_appeal, grade.grade, grade.status) == ("C", "C", "decided")


def test_hbi_17_2_a_change_on_appeal_names_another_grade(here):
    check(here, share=10)
    confirm(here)
    read(here, "grade_notice")
    appeal(here)

    with pytest.raises(Invalid) as wrong:
        lead(here, "复核决定", {"grade": "C", "reason": "没有新的证据支持"}, "change")

    assert wrong.value.fields == {"grade": ["复核前的等次就是 C；维持原等次的，请选“维持”。"]}
    assert [(one.grade, one.before_appeal) for one in grades(here)] == [("C", "")]


@pytest.mark.parametrize(("grade", "reason", "field"), [("", "有理由", "grade"), ("A", " ", "reason")])
def test_hbi_17_2_another_grade_than_the_computed_one_needs_the_grade_and_a_reason(here, grade, reason, field):
    check(here, share=10)

    with pytest.raises(Invalid) as wrong:
        confirm(here, outcome="other", grade=grade, reason=reason)

    assert set(wrong.value.fields) == {field}
    assert [one.grade for one in grades(here)] == [""]


def test_hbi_17_2_the_authority_may_depart_from_the_computed_grade_with_a_reason(here):
    check(here, share=10)
    confirm(here, outcome="other", grade="B", reason="因灾停业三个月")

    (grade,) = grades(here)
    assert (grade.computed, grade.grade, grade.reason) == ("C", "B", "因灾停业三个月")


def test_hbi_17_2_the_authority_confirms_many_at_once(database, clock_at):
    clock_at("2025-02-01 09:00")
    here = setting.living(count=3, granted_on=date(2025, 2, 1))
    pass_time(clock_at, "2026-01-10 09:00")
    for name, share in zip(here.titles, (100, 70, 10), strict=True):
        check(here, share=share, name=name)

    confirm(here)

    assert [grades(here, name)[0].grade for name in here.titles] == ["A", "B", "C"]


def test_hbi_19_the_latest_grades_of_many_titles_come_by_one_statement(database, clock_at, statements):
    clock_at("2025-02-01 09:00")
    here = setting.living(count=3, granted_on=date(2025, 2, 1))
    first, second, _third = here.titles
    setting.remember(here, {2023: "C", 2024: "B"}, first)
    pass_time(clock_at, "2026-01-10 09:00")
    setting.grade(here, "A", name=second)

    with db.transaction() as session:
        ids = {name: here.title(session, name).id for name in here.titles}
        with statements() as sent:
            found = queries.latest_grades(session, list(ids.values()))

    assert found == {ids[first]: (2024, "B"), ids[second]: (2025, "A")}
    assert len(sent) == 1


def test_an_evaluation_belongs_to_its_title(here):
    with db.reading() as session:
        case = session.scalars(select(Case).where(Case.diagram == "evaluation")).one()
        title = here.title(session)
        assert case.title_id == title.id
        assert case.title == "持证服务机构1：2025 年度评价"
        assert session.scalar(select(Task.name).where(Task.case_id == case.id)) == "核实指标"
    assert ("evaluate", "2025", "done") in due_rows(title)
