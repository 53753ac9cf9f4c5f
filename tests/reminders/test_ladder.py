"""提醒的次序: each rung once, at its instant, to whom it is for; the latest alone after a standstill."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app import clock, db
from app.audit import queries as audit
from app.audit.models import AuditEntry
from app.cases import deadlines, operations, steps
from app.cases.models import Deadline
from app.outbox.models import Letter
from app.people.models import Person
from app.reminders import operations as reminders
from app.reminders.models import ReminderCopy
from tests import factories, sample
from tests.cases import returning
from tests.cases.test_corrections import DEFECT
from tests.reminders.conftest import Desk


def test_each_rung_fires_once_at_half_past_eight_of_its_working_day(desk: Desk):
    case_id = desk.at_county()
    looked = [desk.looks_at(case_id)]

    for wall_time in ("2026-10-08 08:29", "2026-10-08 08:30", "2026-10-08 12:00", "2026-10-10 08:30",
                      "2026-10-12 08:30", "2026-10-13 08:30", "2026-10-19 08:30", "2026-11-30 08:30"):
        desk.work(wall_time)
        looked.append(desk.looks_at(case_id))

    assert looked == [
        "2026-10-08 08:30", "2026-10-08 08:30", "2026-10-10 08:30", "2026-10-10 08:30", "2026-10-12 08:30",
        "2026-10-13 08:30", "2026-10-19 08:30", "", "",
    ]  # 10 October is a made-up Saturday
    assert desk.reminders(case_id) == [
        (0, "urge", "fired"), (1, "urge", "fired"), (2, "urge", "fired"), (3, "supervise", "fired"),
        (4, "circulate", "fired"),
    ]


def test_the_person_is_urged_the_unit_above_supervises_and_a_circulate_sends_nothing(desk: Desk):
    desk.at_county()

    desk.work("2026-10-08 08:30")
    before = desk.mail.taken()
    desk.work("2026-10-10 08:30")
    desk.work("2026-10-12 08:30")
    desk.mail.taken()
    desk.work("2026-10-13 08:30")
    assert "“监测”中查看" in desk.mail.letters[0].body
    after = desk.mail.taken()
    desk.work("2026-10-19 08:30")

    assert before == [
        (desk.email("clerk@county"), "催办：BDP202600001 “县级测评推荐”，2026-10-12 到期，剩余 3 个工作日")
    ]
    assert after == [
        (desk.email("lead@city"), "督办：BDP202600001 “县级测评推荐”，已于 2026-10-12 到期，超期 1 个工作日")
    ]
    assert desk.mail.taken() == []


def test_the_authoritys_own_lead_answers_for_its_tasks(desk: Desk):
    case_id = desk.at_county()
    desk.office.recommend(case_id)  # 市级评审: 20 working days
    end = desk.deadline(case_id).last_day

    desk.work(f"{end} 09:00")
    desk.mail.taken()
    desk.work("2026-10-30 09:00")

    assert desk.row(case_id).level == "supervise"
    assert [to for to, _subject in desk.mail.taken()] == [desk.email("lead@city")]


def test_an_applicant_is_reminded_at_the_address_of_its_letters(desk: Desk):
    case_id = desk.office.apply()  # 填报: 15 working days
    end = desk.deadline(case_id).last_day

    desk.work(f"{end} 08:30")

    assert [to for to, _subject in desk.mail.taken()] == ["wang@example.cn"]
    assert desk.row(case_id).receivers == "顺平创业服务有限公司"


def test_who_has_taken_the_task_alone_is_urged(desk: Desk):
    case_id = desk.at_county()
    with db.transaction() as session:
        operations.claim(session, desk.task(case_id).public_id, by=desk.office.who["clerk@county"])
        second = factories.person(session, factories.queries.unit(session, desk.task(case_id).unit_id), "clerk")
        address = second.email

    desk.work("2026-10-08 08:30")

    assert [to for to, _subject in desk.mail.taken()] == [desk.email("clerk@county")]
    with db.transaction() as session:
        operations.release(session, desk.task(case_id).public_id, by=desk.office.who["clerk@county"])
    desk.work("2026-10-10 08:30")
    assert {to for to, _subject in desk.mail.taken()} == {desk.email("clerk@county"), address}


def test_after_weeks_of_standstill_the_latest_rung_alone_fires_and_each_person_gets_one_letter(desk: Desk):
    first, second = desk.at_county(), desk.at_county("applicant@other_institution")

    desk.work("2026-10-30 10:00")

    for case_id in (first, second):
        assert desk.reminders(case_id) == [
            (0, "urge", "collapsed"), (1, "urge", "collapsed"), (2, "urge", "collapsed"),
            (3, "supervise", "collapsed"), (4, "circulate", "fired"),
        ]
    letters = [to for to, _subject in desk.mail.taken()]
    assert sorted(letters) == sorted([desk.email("clerk@county"), desk.email("clerk@sibling_county")])
    desk.work("2026-11-30 10:00")
    assert desk.mail.taken() == []


def test_many_tasks_of_one_person_are_one_letter_of_the_morning(desk: Desk):
    cases = [desk.at_county(), desk.at_county("applicant@other_institution")]
    with db.transaction() as session:  # both at one desk
        unit_id = desk.task(cases[0]).unit_id
        session.merge(desk.task(cases[1])).unit_id = unit_id
        session.flush()
    desk.hold("2026-10-08 08:30")
    with db.transaction() as session:
        assert reminders.work(session, limit=1) == 1  # a batch that ends in the midst of a person's tasks
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Letter)) == 0

    desk.work()

    assert desk.mail.letters[0].body.count("BDP2026") == 2
    assert desk.mail.taken() == [(desk.email("clerk@county"), "催办：2 项，最早截止 2026-10-12")]
    assert [desk.reminders(case_id) for case_id in cases] == [[(0, "urge", "fired")]] * 2


def test_what_is_done_or_gone_or_waits_nobody_is_reminded_of(desk: Desk):
    done, awaiting = desk.at_county(), desk.at_county("applicant@other_institution")
    desk.office.recommend(done)
    with db.transaction() as session:
        operations_of = session.get_one(Deadline, desk.deadline(awaiting).id)
        operations_of.status = "awaiting"
        session.flush()

    desk.work("2026-10-13 08:30")

    assert [row for row in desk.reminders(done) if row[0] is not None] == []
    assert desk.reminders(awaiting) == []


def test_a_return_is_a_new_deadline_with_a_ladder_of_its_own(desk: Desk):
    with db.transaction() as session:
        returning.deploy(session)
        desk.office.batch_id = sample.open_batch(session, by=desk.office.who["clerk@city"], name="补正批次").id
    case_id = desk.office.apply()
    applicant, clerk = desk.office.who["applicant@institution"], desk.office.who["clerk@county"]
    sample.complete(case_id, by=applicant, answers={"name": "服务平台", "address": "东风路 1 号"})
    desk.work("2026-10-08 08:30")
    first = desk.deadline(case_id)
    assert desk.reminders(case_id) == [(0, "urge", "fired")]

    sample.complete(case_id, by=clerk, answers=DEFECT, outcome="correct")
    with db.transaction() as session:
        steps.lock(session, case_id)
        deadlines.start_served(session, steps.read(session, case_id), at=clock.now())
    returned = desk.deadline(case_id)  # five working days from Thursday 10-08, Saturday 10-10 among them
    looks = [desk.looks_at(case_id)]
    desk.mail.taken()
    desk.work("2026-10-10 08:30")
    told = desk.mail.taken()
    sample.complete(case_id, by=applicant, answers={"name": "服务平台"})
    looks.append(desk.looks_at(case_id))

    assert (returned.last_day, looks[0][:10]) == (date(2026, 10, 14), "2026-10-08")  # at once, as it was set anew
    assert [to for to, _subject in told] == ["wang@example.cn"]
    assert [row[0] for row in desk.reminders(case_id)] == [0, 0]
    again = desk.deadline(case_id)  # the check goes on where it stopped, with all its rungs before it
    assert len({first.id, returned.id, again.id}) == 3
    desk.work(f"{again.last_day} 08:30")
    assert [row[0] for row in desk.reminders(case_id)][-3:] == [0, 1, 2]


def test_rungs_that_lay_behind_when_the_task_opened_never_come(desk: Desk):
    case_id = desk.at_county()
    with db.transaction() as session:  # a last day that is the next working day but one
        _move(session, case_id, date(2026, 9, 23))

    desk.work("2026-09-21 18:00")
    assert desk.reminders(case_id) == []
    assert desk.looks_at(case_id) == "2026-09-22 08:30"


def test_a_date_that_moves_later_brings_the_rungs_again_that_lie_ahead_of_their_firing(desk: Desk):
    case_id = desk.at_county()
    desk.work("2026-10-08 08:30")
    desk.work("2026-10-10 08:30")

    with db.transaction() as session:
        _move(session, case_id, date(2026, 10, 14))  # 3 before: 10-10 (fired 10-08); 1 before: 10-13 (fired 10-10)
    desk.work("2026-10-10 09:00")

    assert desk.reminders(case_id) == [(0, "urge", "fired"), (1, "urge", "fired"), (0, "urge", "fired")]
    assert desk.looks_at(case_id) == "2026-10-13 08:30"
    desk.work("2026-10-13 08:30")
    assert desk.reminders(case_id)[-1] == (1, "urge", "fired")


def test_a_date_that_moves_earlier_repeats_nothing_and_tells_what_has_come_meanwhile_once(desk: Desk):
    case_id = desk.at_county()
    desk.work("2026-10-08 08:30")
    desk.mail.taken()

    with db.transaction() as session:
        _move(session, case_id, date(2026, 10, 8))
    desk.work("2026-10-08 09:00")

    # 3 before would be 09-28, 1 before 09-30, on the day 10-08 08:30: what was fired is done with
    assert desk.reminders(case_id) == [(0, "urge", "fired"), (1, "urge", "collapsed"), (2, "urge", "fired")]
    assert len(desk.mail.taken()) == 1
    assert desk.looks_at(case_id) == "2026-10-09 08:30"


def test_each_reminder_stands_in_the_trail_of_its_case(desk: Desk):
    case_id = desk.at_county()
    desk.work("2026-10-08 08:30")
    desk.work("2026-10-13 08:30")

    with db.reading() as session:
        told = session.execute(
            select(AuditEntry.verb, AuditEntry.details).where(
                AuditEntry.chain == f"case:{case_id}", AuditEntry.verb == "remind"
            ).order_by(AuditEntry.seq)
        ).all()
        assert list(audit.verify(session)) == []
    assert [(row.details["level"], row.details["collapsed"], row.details["last_day"]) for row in told] == [
        ("urge", 0, "2026-10-12"), ("supervise", 2, "2026-10-12")
    ]


def test_a_period_that_waits_for_service_has_its_ladder_from_that_day_on(desk: Desk):
    case_id = desk.at_county()
    with db.transaction() as session:
        deadline = session.get_one(Deadline, desk.deadline(case_id).id)
        deadline.status = "awaiting"
        session.flush()
    desk.work("2026-10-20 10:00")
    assert desk.reminders(case_id) == []

    with db.transaction() as session:
        steps.lock(session, case_id)
        deadlines.start_served(session, steps.read(session, case_id), at=clock.now())
    desk.work()

    assert desk.reminders(case_id) == []
    assert desk.deadline(case_id).last_day == date(2026, 11, 3)
    assert desk.looks_at(case_id) == "2026-10-29 08:30"


def test_a_timers_own_deadline_has_no_ladder(desk: Desk):
    case_id = desk.office.reviewed()
    desk.office.publish(case_id)
    desk.work()

    with db.reading() as session:
        rows = session.execute(select(Deadline.period, Deadline.remind_at)).all()
    assert [row.remind_at for row in rows if row.period == "publication"] == [None]


def test_nobody_without_an_address_keeps_a_reminder_from_being_shown(desk: Desk):
    case_id = desk.at_county()
    with db.transaction() as session:
        desk_clerk = session.merge(_person(session, "clerk@county"))
        desk_clerk.email = ""
        session.flush()

    desk.work("2026-10-08 08:30")

    assert desk.mail.taken() == []
    assert desk.reminders(case_id) == [(0, "urge", "fired")]
    with db.reading() as session:
        assert session.execute(select(ReminderCopy.address, ReminderCopy.letter_id)).all() == [("", None)]


@pytest.mark.parametrize("days", [1, 2])
def test_a_clock_that_goes_back_fires_nothing_twice(desk: Desk, days: int):
    case_id = desk.at_county()
    desk.work("2026-10-08 08:30")

    desk.work(f"2026-10-0{8 - days} 08:30")
    desk.work("2026-10-08 09:30")

    assert desk.reminders(case_id) == [(0, "urge", "fired")]


def _move(session, case_id: int, last_day: date) -> None:
    """Another last day, as whoever recomputes dates writes it: the worker shall look at once."""
    deadline = session.get_one(Deadline, sample.open_task(session, case_id).deadline_id)
    deadline.last_day, deadline.ends_at = last_day, clock.day_start(last_day + timedelta(days=1))
    deadline.remind_at = clock.now()
    session.flush()


def _person(session, login: str):
    return session.scalars(select(Person).where(Person.login == login)).one()
