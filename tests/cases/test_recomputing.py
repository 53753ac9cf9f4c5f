"""A new edition of the calendar: what it lists before anybody confirms, what confirming does, what the worker mends."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from app import clock, db, invariants, workdays
from app.audit.models import AuditEntry
from app.calendars import queries as calendars
from app.calendars.models import CalendarEdition
from app.cases import due, operations, recomputing
from app.cases.models import Case, Deadline, Task, Timer
from app.cases.move_models import CalendarPreview
from app.errors import Gone, Refused
from app.outbox.models import Letter
from tests import sample
from tests.cases import editions
from tests.factories import CITY, COUNTY, SIBLING_COUNTY

FIRST_HOLIDAY = date(2026, 10, 12)
"""A Monday after the holidays of early October: the day that most tests give away."""


@pytest.fixture
def lead(office):
    return office.who["lead@province"]


def dates(case_id):
    """(last day of the deadline, day of the task's end, day of the timer's), None where there is none that is open."""
    with db.reading() as session:
        found = session.execute(
            select(Deadline.last_day, Task.ends_at, Timer.due_at)
            .outerjoin(Task, (Task.deadline_id == Deadline.id) & (Task.status == "open"))
            .outerjoin(Timer, (Timer.deadline_id == Deadline.id) & (Timer.status == "waiting"))
            .where(Deadline.case_id == case_id, Deadline.closed_at.is_(None))
        ).one()
    return tuple(found)


def ends(day):
    return clock.day_start(day + timedelta(days=1))


def audited(verb):
    with db.reading() as session:
        return session.scalars(select(AuditEntry).where(AuditEntry.verb == verb)).all()


def stale():
    with db.reading() as session:
        return recomputing.behind(session)


def see_that_all_holds():
    with db.reading() as session:
        assert list(invariants.dates_are_what_their_rule_says(session)) == []
        assert list(invariants.timers_are_due_when_their_deadline_ends(session)) == []


def test_a_day_off_moves_what_runs_over_it_and_nothing_else(office, lead):
    """15 working days from 21 September: 25 September and 1-7 October are off, so 20 October; 21 with 12
    October off."""
    case = office.apply()
    before = dates(case)

    made = editions.previewed(lead, off=[FIRST_HOLIDAY])

    assert before[0] == date(2026, 10, 19)
    [row] = editions.moves(made)
    assert (row.case_id, row.kind, row.effect) == (case, "moves", "later")
    assert (row.old_last_day, row.new_last_day) == (date(2026, 10, 19), date(2026, 10, 20))
    assert (row.old_ends_at, row.new_ends_at) == (ends(date(2026, 10, 19)), ends(date(2026, 10, 20)))
    assert dates(case) == before
    assert (made.count, made.checked, made.base) == (1, 1, 0)


def test_confirming_moves_deadline_task_and_timer_in_one_transaction_with_one_audit_entry(office, lead):
    reviewed, filling = office.reviewed(), office.apply("applicant@other_institution")
    act = office.publish(reviewed)
    office.work()
    with db.reading() as session:
        publication = session.scalar(select(Case.id).where(Case.diagram == "publication"))
    assert act.id
    task_before, timer_before = dates(filling), dates(publication)

    made = editions.applied(lead, off=[date(2026, 9, 28)])

    with db.reading() as session:
        assert session.get_one(CalendarEdition, made.edition_id).state == "in_force"
    assert dates(filling) == (date(2026, 10, 20), ends(date(2026, 10, 20)), None)
    assert dates(publication) == (date(2026, 10, 9), None, ends(date(2026, 10, 9)))
    assert (task_before[0], timer_before[0]) == (date(2026, 10, 19), date(2026, 10, 8))
    [entry] = audited("apply_calendar")
    assert (entry.details["hash"], entry.details["count"], entry.details["revision"]) == (made.hash, 2, 1)
    assert len(made.hash) == 64
    see_that_all_holds()


def test_the_hash_is_over_the_rows_as_they_lie_in_the_table(office, lead):
    office.apply()
    made = editions.previewed(lead, off=[FIRST_HOLIDAY])
    [row] = editions.moves(made)
    with db.transaction() as session:
        session.execute(update(type(row)).where(type(row).id == row.id).values(new_last_day=date(2026, 12, 31)))

    with pytest.raises(Refused, match="校验值不符"):
        editions.confirm(made, lead)


def test_a_year_without_a_notice_loses_its_mark_when_the_notice_comes(office, lead, clock_at):
    clock_at("2026-12-21 09:00")
    case = office.apply()
    with db.reading() as session:
        assert session.scalars(select(Deadline.provisional).where(Deadline.case_id == case)).one()

    made = editions.applied(lead, year=2027)

    [row] = editions.moves(made)
    assert (row.effect, row.kind, row.old_last_day) == ("mark", "moves", row.new_last_day)
    with db.reading() as session:
        assert not session.scalars(select(Deadline.provisional).where(Deadline.case_id == case)).one()
    see_that_all_holds()


def test_the_list_says_who_becomes_overdue_and_who_is_no_longer(office, lead, clock_at):
    """The county has ten working days from 21 September: to 10 October, a made-up Saturday."""
    late = office.apply()
    office.fill(late)
    clock_at("2026-10-13 09:00")
    assert dates(late)[0] == date(2026, 10, 12)

    no_longer = editions.previewed(lead, off=[date(2026, 10, 9), date(2026, 10, 10)])
    [row] = editions.moves(no_longer)
    assert (row.effect, row.new_last_day) == ("no_longer_overdue", date(2026, 10, 14))

    clock_at("2026-10-12 09:00")
    becomes = editions.previewed(lead, on=[date(2026, 9, 27)])
    [row] = editions.moves(becomes)
    assert (row.effect, row.kind, row.new_last_day) == ("becomes_overdue", "moves", date(2026, 10, 10))


def test_an_applicant_is_never_late_by_surprise(office, lead, clock_at):
    """A last day that was told and would be over already stays: 行政许可法 Art. 8."""
    case = office.apply()
    clock_at("2026-10-19 09:00")

    made = editions.applied(lead, on=[date(2026, 9, 27)])

    [row] = editions.moves(made)
    assert (row.kind, row.reason, row.lawful_day) == ("kept", "told", date(2026, 10, 16))
    assert dates(case)[:2] == (date(2026, 10, 19), ends(date(2026, 10, 19)))
    assert not stale()
    see_that_all_holds()


def test_an_applicants_last_day_that_comes_earlier_but_is_not_over_moves(office, lead, clock_at):
    case = office.apply()
    clock_at("2026-10-16 09:00")

    editions.applied(lead, on=[date(2026, 10, 11)])

    assert dates(case)[0] == date(2026, 10, 16)


def test_a_publications_announced_last_day_is_never_shortened(office, lead):
    office.publish(office.reviewed())
    office.work()
    with db.reading() as session:
        publication = session.scalar(select(Case.id).where(Case.diagram == "publication"))
    before = dates(publication)

    made = editions.applied(lead, on=[date(2026, 9, 27)])

    row = next(row for row in editions.moves(made) if row.case_id == publication)
    assert (row.kind, row.reason, row.lawful_day) == ("kept", "announced", date(2026, 9, 30))
    assert row.new_last_day == row.old_last_day == before[0]
    assert dates(publication) == before
    see_that_all_holds()


def test_what_has_taken_effect_is_listed_and_not_undone(office, lead, clock_at):
    """The publication closed on 30 September's end; with a day off it would have run on."""
    office.publish(office.reviewed())
    office.work()
    clock_at("2026-10-13 09:00")
    office.work()
    with db.reading() as session:
        before = session.execute(select(Timer.id, Timer.status, Timer.due_at, Timer.fired_at)).all()
        publication = session.scalar(select(Case.id).where(Case.diagram == "publication"))

    made = editions.applied(lead, off=[date(2026, 9, 28)])

    row = next(row for row in editions.moves(made) if row.case_id == publication)
    assert (row.kind, row.effect) == ("taken_effect", "no_longer_overdue")
    assert (row.old_last_day, row.new_last_day) == (date(2026, 10, 8), date(2026, 10, 9))
    with db.reading() as session:
        assert session.execute(select(Timer.id, Timer.status, Timer.due_at, Timer.fired_at)).all() == before
    see_that_all_holds()


def test_work_done_late_that_would_have_been_in_time_is_listed_for_a_decision(office, lead, clock_at):
    case = office.apply()
    office.fill(case)
    clock_at("2026-10-13 09:00")
    office.recommend(case)

    made = editions.previewed(lead, off=[date(2026, 10, 9)])

    row = next(row for row in editions.moves(made) if row.kind == "taken_effect")
    assert (row.effect, row.new_last_day) == ("no_longer_overdue", date(2026, 10, 13))


def test_work_done_in_time_that_still_is_in_time_is_not_listed(office, lead, clock_at):
    case = office.apply()
    clock_at("2026-09-22 09:00")
    office.fill(case)

    made = editions.previewed(lead, off=[FIRST_HOLIDAY])

    assert [row.kind for row in editions.moves(made)] == ["moves"]


def test_a_regions_days_move_its_own_cases_alone(office, lead):
    here, there = office.apply(), office.apply("applicant@other_institution")
    before = dates(there)

    made = editions.applied(lead, region=COUNTY, off=[FIRST_HOLIDAY], number="")

    assert [row.case_id for row in editions.moves(made)] == [here]
    assert dates(there) == before
    assert dates(here)[0] == date(2026, 10, 20)
    office.work()
    assert dates(there) == before
    see_that_all_holds()
    with db.reading() as session:
        book = calendars.book(session)
    assert book.days_in(COUNTY) != book.days_in(SIBLING_COUNTY) == book.days_in(CITY)


def test_an_unchanged_edition_moves_nothing(office, lead):
    cases = [office.apply(), office.reviewed("applicant@other_institution")]
    before = [dates(case) for case in cases]

    made = editions.applied(lead)
    office.work()

    assert (made.count, editions.moves(made)) == (0, [])
    assert [dates(case) for case in cases] == before
    assert not stale()


def test_there_and_back_restores_every_date(office, lead):
    other = office.apply("applicant@other_institution")
    office.fill(other, "applicant@other_institution")
    cases = [office.apply(), other]
    before = [dates(case) for case in cases]

    editions.applied(lead, off=[FIRST_HOLIDAY])
    moved = [dates(case) for case in cases]
    editions.applied(lead)

    assert all(was != now for was, now in zip(before, moved, strict=True))
    assert [dates(case) for case in cases] == before


def test_a_list_is_made_anew_before_it_is_confirmed_once_the_calendar_changed(office, lead):
    office.apply()
    first, second = editions.previewed(lead, off=[FIRST_HOLIDAY]), editions.previewed(lead, year=2027)

    editions.confirm(second, lead)

    with pytest.raises(Refused, match="重新预览"):
        editions.confirm(first, lead)


def test_a_list_of_yesterday_is_not_confirmed(office, lead, clock_at):
    office.apply()
    made = editions.previewed(lead, off=[FIRST_HOLIDAY])
    clock_at("2026-09-22 00:00")

    with pytest.raises(Refused, match="重新预览"):
        editions.confirm(made, lead)


def test_another_list_than_the_person_saw_is_not_confirmed(office, lead):
    office.apply()
    made = editions.previewed(lead, off=[FIRST_HOLIDAY])

    with pytest.raises(Refused, match="已被更新"):
        editions.confirm(made, lead, seen="0" * 64)


def test_nothing_is_confirmed_without_a_list(office, lead):
    with db.transaction() as session:
        edition = editions.propose(session)

    with pytest.raises(Refused, match="尚未预览"), db.transaction() as session:
        recomputing.apply(session, session.get_one(CalendarEdition, edition.id), by=lead)


def test_an_edition_is_confirmed_once(office, lead):
    made = editions.applied(lead, off=[FIRST_HOLIDAY])

    with pytest.raises(Gone):
        editions.confirm(made, lead)
    with pytest.raises(Gone), db.transaction() as session:
        recomputing.preview(session, session.get_one(CalendarEdition, made.edition_id), by=lead)


def test_listing_again_replaces_the_list(office, lead):
    office.apply()
    made = editions.previewed(lead, off=[FIRST_HOLIDAY])
    with db.transaction() as session:
        again = recomputing.preview(session, session.get_one(CalendarEdition, made.edition_id), by=lead)

    assert len(editions.moves(made)) == 1
    assert again.hash == made.hash


def test_a_deadline_that_was_completed_since_the_preview_stays_as_it_is(office, lead):
    case = office.apply()
    made = editions.previewed(lead, off=[FIRST_HOLIDAY])
    office.fill(case)

    editions.confirm(made, lead)

    [row] = editions.moves(made)
    assert row.state == "superseded"
    office.work()
    assert dates(case)[0] == date(2026, 10, 13)  # the county's ten days, set with the old book before the confirmation
    late = [row for row in editions.moves(made) if row.late_at is not None]
    assert [(row.old_last_day, row.new_last_day) for row in late] == [(date(2026, 10, 12), date(2026, 10, 13))]
    assert audited("recompute_deadlines")[0].details["count"] == 1
    see_that_all_holds()


def test_a_date_set_with_an_old_book_after_the_confirmation_is_mended_by_the_worker(office, lead):
    editions.applied(lead, off=[FIRST_HOLIDAY])
    workdays.use(workdays.Book())  # another process that hasn't heard of it
    case = office.apply()
    assert dates(case)[0] == date(2026, 10, 19)

    editions.use_the_book()
    office.work()

    assert dates(case) == (date(2026, 10, 20), ends(date(2026, 10, 20)), None)
    assert not stale()
    see_that_all_holds()


def test_the_worker_leaves_a_case_that_somebody_works_on_for_the_next_round(office, lead, database):
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    editions.applied(lead, off=[FIRST_HOLIDAY])
    workdays.use(workdays.Book())
    case = office.apply()

    with db.transaction() as held:
        held.execute(select(Case.id).where(Case.id == case).with_for_update(key_share=True))
        with db.transaction() as session:
            assert recomputing.sweep(session) == 0
    with db.transaction() as session:
        assert recomputing.sweep(session) == 1

    assert dates(case)[0] == date(2026, 10, 20)


def test_people_concerned_are_told_once(office, lead):
    case = office.apply()
    other = office.apply("applicant@other_institution")
    office.fill(other, "applicant@other_institution")

    editions.applied(lead, off=[FIRST_HOLIDAY], number="国办发明电〔2026〕9号")
    office.work()
    office.work()

    with db.reading() as session:
        number = session.get_one(Case, case).number
        letters = session.scalars(select(Letter).where(Letter.subject.contains("工作日历")).order_by(Letter.id)).all()
        told = session.scalars(select(CalendarPreview)).one()
    own, offices = (
        [letter for letter in letters if ("你单位" in letter.subject) == is_own] for is_own in (True, False)
    )
    assert [letter.to_address for letter in own] == ["wang@example.cn"]
    assert number in own[0].body
    assert "：2026-10-19 → 2026-10-20\n" in own[0].body
    assert "国办发明电〔2026〕9号" in own[0].body
    assert [letter.to_address for letter in offices] == ["clerk.sibling_county@example.cn"]
    assert "本岗位 1 项待办" in offices[0].body
    assert told.told_at is not None


def test_a_completion_that_met_the_new_date_is_judged_by_it(office, lead, clock_at):
    """Worked out before the confirmation, written after it: the end that holds is the one under the lock."""
    case = office.apply()
    office.fill(case)
    clock_at("2026-10-13 09:00")
    by = office.who["clerk@county"]
    with db.reading() as session:
        task = sample.open_task(session, case)
        prepared = operations.prepare_completion(
            session, task.public_id, identity=by, answers=sample.OPINION, outcome="recommend"
        )
    editions.applied(lead, off=[date(2026, 10, 9), date(2026, 10, 10)])

    with db.transaction() as session:
        operations.complete(session, prepared, by=by)

    with db.reading() as session:
        assert session.get_one(Deadline, task.deadline_id).status == "met"
    entry = next(entry for entry in audited("complete_task") if entry.details["element"] == task.element)
    assert entry.details["deadline"] == "met"


def test_a_timer_read_before_the_confirmation_does_not_fire_by_its_old_date(office, lead, clock_at):
    office.publish(office.reviewed())
    office.work()
    clock_at("2026-10-09 09:00")
    with db.reading() as session:
        [timer_id] = [found.id for found in due.due_timers(session, 10)]
        prepared = due.prepare_timer(session, timer_id)
    editions.applied(lead, off=[date(2026, 9, 28)])

    with db.transaction() as session:
        assert not due.fire(session, prepared)

    with db.reading() as session:
        timer = session.get_one(Timer, timer_id)
    assert (timer.status, timer.due_at) == ("waiting", ends(date(2026, 10, 9)))
