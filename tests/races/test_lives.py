"""Two at once in the life of a title: two workers draw one sample, an answer meets a cancellation, two excuse one miss,
a late report meets its excuse, a timer meets a second look, two urge one task, a stay meets an annulment. Each has one
outcome, and the trail says which."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from app import clock, db, invariants, workdays, worker
from app.appointments import booking
from app.appointments.models import Appointment
from app.audit.models import AuditEntry
from app.cases import operations
from app.cases.models import Case, Deadline, Task, Timer
from app.documents import storage
from app.errors import Gone, Refused
from app.evaluations import sampling
from app.evaluations.models import Inspection, Sample
from app.obligations import excusing, reporting
from app.obligations.models import Duty
from app.outbox.senders import NoSender
from app.reminders import operations as reminders
from app.reminders.models import Reminder
from app.sanctions import proposing, staying
from app.sanctions.models import Sanction, SanctionStay
from app.titles import changing, life
from app.titles.models import LifeDue, Title
from tests import factories, living
from tests.appointments.conftest import ACCEPT, ASKED
from tests.evaluations.conftest import filed
from tests.obligations.owing import REPORT
from tests.races import office as offices
from tests.races.racing import Side, race, tell, winners

pytestmark = pytest.mark.fault

ROUNDS = 24
SIDES = ("worker 1", "worker 2")


def titles(clock_at, tmp_path, count):
    """So many titles of 20 November 2025."""
    db.open_database(db.current().engine.url.render_as_string(hide_password=False))  # forgets releases read before
    storage.open_folder(tmp_path)
    clock_at("2025-11-20 09:00")
    return living.living(granted_on=date(2025, 11, 20), count=count)


def see_that_all_holds():
    worker.run_until_idle(NoSender())
    with db.reading() as session:
        assert [str(b) for check in invariants.INVARIANTS for b in check(session)] == []


def verbs_of(case_id, *names):
    """How often each verb stands in a case's trail."""
    with db.reading() as session:
        found = session.execute(
            select(AuditEntry.verb, func.count()).where(AuditEntry.chain == f"case:{case_id}",
                                                        AuditEntry.verb.in_(names)).group_by(AuditEntry.verb)
        ).all()
    return Counter(dict(found))


def complete(task, who, answers, outcome):
    with db.reading() as session:
        prepared = operations.prepare_completion(session, task, identity=who, answers=answers, outcome=outcome)
    with db.transaction() as session:
        return operations.complete(session, prepared, by=who)


def test_hbi_17_1_of_two_workers_one_draws_the_sample_of_a_quarter(database, clock_at, tmp_path, told):
    land = titles(clock_at, tmp_path, 1)
    stretches = [workdays.stretch_of(date(2026 + n // 4, 3 * (n % 4) + 1, 1), "quarter") for n in range(ROUNDS)]
    clock_at("2032-06-01 09:00")
    filed(land, *(f"{stretch.first} 10:00" for stretch in stretches))
    with db.transaction() as session:
        for stretch in stretches:
            life.plan(session, subject=f"programme:{land.programme}", programme=land.programme, kind=sampling.KIND,
                      key=stretch.key, on=stretch.after)
    with db.reading() as session:
        rows = dict(session.execute(select(LifeDue.key, LifeDue.id).where(LifeDue.kind == sampling.KIND)).all())
    due = [rows[stretch.key] for stretch in stretches]

    ends = race(*(Side(name, lambda n: offices.carry_out("life", due[n])) for name in SIDES), rounds=ROUNDS)

    winners(ends, told=told, title="two workers on one sample", sides=SIDES)
    with db.reading() as session:
        samples = list(session.scalars(select(Sample).where(Sample.kind == sampling.KIND).order_by(Sample.id)))
        assert sorted(row.period for row in samples) == sorted(stretch.key for stretch in stretches)
        assert all(sampling.agrees(row) and len(row.drawn) == 1 for row in samples)
        said = session.scalars(select(AuditEntry).where(AuditEntry.verb == "draw_sample")).all()
        assert len(said) == ROUNDS


def test_of_two_workers_one_opens_the_check_of_a_drawn_report(database, clock_at, tmp_path, told):
    land = titles(clock_at, tmp_path, 1)
    clock_at("2026-04-01 09:00")
    cases = filed(land, *(f"2026-02-{n + 1:02} 10:00" for n in range(ROUNDS)))
    with db.transaction() as session:
        sample = Sample(public_id=db.public_id(), programme=land.programme, kind=sampling.KIND, period="2026-Q1",
                        seed="5f", population=cases, drawn=cases, percent=100, at_least=1, drawn_at=clock.now())
        session.add(sample)
        session.flush()
        title = land.title(session)
        for case_id in cases:
            life.plan_for(session, title, kind=sampling.CHECK, key=f"2026-Q1:{case_id}", on=date(2026, 4, 1),
                          payload={"sample": sample.id, "case": case_id})
    with db.reading() as session:
        due = list(session.scalars(select(LifeDue.id).where(LifeDue.kind == sampling.CHECK).order_by(LifeDue.id)))

    ends = race(*(Side(name, lambda n: offices.carry_out("life", due[n])) for name in SIDES), rounds=ROUNDS)

    winners(ends, told=told, title="two workers on one check", sides=SIDES)
    with db.reading() as session:
        assert Counter(session.scalars(select(Inspection.checked_case_id))) == Counter(cases)


def test_hbi_16_2_an_answer_and_the_enterprises_cancellation_come_to_one_end(database, clock_at, tmp_path, told):
    land = titles(clock_at, tmp_path, 1)
    clock_at("2026-09-30 09:00")
    codes = []
    for number in range(ROUNDS):
        with db.transaction() as session:
            made = booking.book(
                session, land.title(session).public_id, replace(ASKED, contact_phone=f"139{number:08}"),
                address=f"192.0.2.{number}", received_at=clock.now(),
            )
            codes.append((made.code, made.case_id))
    with db.reading() as session:
        holder = land.holder(session)
        tasks = dict(session.execute(
            select(Task.case_id, Task.public_id).where(Task.status == "open", Task.name == "处理服务预约")
        ).all())

    def cancel(number):
        with db.transaction() as session:
            return booking.cancel(session, codes[number][0], reason="另有安排")

    ends = race(
        Side("answers", lambda n: complete(tasks[codes[n][1]], holder, ACCEPT, "accept")), Side("cancels", cancel),
        rounds=ROUNDS,
    )

    won = winners(ends, told=told, title="an answer and a cancellation", sides=("answered", "cancelled"))
    with db.reading() as session:
        rows = {row.code: row for row in session.scalars(select(Appointment))}
        outcomes = dict(session.execute(select(Case.id, Case.outcome)).all())
    for (code, case_id), winner, pair in zip(codes, won, ends, strict=True):
        assert rows[code].status == ("accepted", "cancelled")[winner]
        assert (rows[code].answered_at is None) == bool(winner)
        assert isinstance(pair[1 - winner].error, Gone | Refused)
        assert (outcomes[case_id] == booking.CANCELLED) == bool(winner)
        assert verbs_of(case_id, "cancel_appointment", "answer_appointment")["cancel_appointment"] == winner
    see_that_all_holds()


@pytest.fixture
def missed(database, clock_at, tmp_path):
    """Titles that have missed the report of 15 March 2026, on the day after."""
    land = titles(clock_at, tmp_path, ROUNDS)
    living.pass_time(clock_at, "2026-03-17 09:00")
    with db.reading() as session:
        duties = list(session.scalars(select(Duty).where(Duty.period == "2026-03-15").order_by(Duty.id)))
    assert {duty.status for duty in duties} == {"missed"}
    return land, duties


def excuse(duty, by):
    with db.transaction() as session:
        excusing.excuse(session, duty.public_id, by=by, reason="省平台停机，有停机公告为证。")
    return True


def now(duty):
    with db.reading() as session:
        return session.get_one(Duty, duty.id)


def test_d10_of_two_leads_who_excuse_one_miss_one_does_and_the_other_is_told(missed, told):
    land, duties = missed
    with db.transaction() as session:
        office = land.world.unit("city")
        second = factories.person(session, office, "lead", login="lead2@city", name="第二审核岗")
        leads = [land.who(session, "lead@city"), factories.identity(session, second)]

    ends = race(*(Side(by.name, lambda n, by=by: excuse(duties[n], by)) for by in leads), rounds=ROUNDS)

    won = winners(ends, told=told, title="two excuse one miss", sides=("lead", "second lead"))
    for duty, winner, pair in zip(duties, won, ends, strict=True):
        assert now(duty).excused_by == leads[winner].person_id
        assert isinstance(pair[1 - winner].error, Gone)
        assert verbs_of(duty.case_id, "excuse_miss") == {"excuse_miss": 1}
    see_that_all_holds()


def test_d10_a_late_report_and_its_excuse_come_to_the_same_whichever_is_first(missed, told):
    land, duties = missed
    with db.reading() as session:
        lead = land.who(session, "lead@city")
        holders = {title.id: land.holder(session, title.holder_name) for title in session.scalars(select(Title))}
        tasks = dict(session.execute(
            select(Task.case_id, Task.public_id).where(Task.status == "open", Task.role == "applicant")
        ).all())

    ends = race(
        Side("reports", lambda n: complete(tasks[duties[n].case_id], holders[duties[n].title_id], REPORT, "")),
        Side("excuses", lambda n: excuse(duties[n], lead)), rounds=ROUNDS,
    )

    assert all(end.won for pair in ends for end in pair)
    first = [0 if reported.ran[1] < excused.ran[1] else 1 for reported, excused in ends]
    tell(ends, first, told=told, title="a late report and its excuse", sides=("reported first", "excused first"))
    for duty in duties:
        assert (now(duty).status, now(duty).filed_at is not None) == ("excused", True)
        assert verbs_of(duty.case_id, "excuse_miss", "record_report") == {"excuse_miss": 1, "record_report": 1}
    see_that_all_holds()


def test_a_miss_that_its_timer_records_and_that_is_looked_at_again_never_waits_in_a_ring(
    database, clock_at, tmp_path, told
):
    land = titles(clock_at, tmp_path, ROUNDS)
    living.pass_time(clock_at, "2026-03-16 12:00")
    with db.transaction() as session:
        duties = list(session.scalars(select(Duty).where(Duty.period == "2026-03-15").order_by(Duty.id)))
        for duty in duties:
            last = session.scalars(
                select(Deadline).where(Deadline.case_id == duty.case_id, Deadline.period == "report_due")
            ).one()
            life.plan_for(
                session, session.get_one(Title, duty.title_id), kind=reporting.UNDECIDED, key=f"race:{last.id}",
                on=date(2026, 3, 17), payload={"duty": duty.id, "deadline": last.id},
            )
    clock_at("2026-03-17 09:00")
    with db.reading() as session:
        timers = dict(session.execute(
            select(Timer.case_id, func.min(Timer.id)).where(Timer.status == "waiting").group_by(Timer.case_id)
        ).all())
        rows = dict(session.execute(
            select(LifeDue.title_id, LifeDue.id).where(LifeDue.kind == reporting.UNDECIDED)
        ).all())
    assert len(land.titles) == ROUNDS

    ends = race(
        Side("timer", lambda n: offices.carry_out("timer", timers[duties[n].case_id])),
        Side("look", lambda n: offices.carry_out("life", rows[duties[n].title_id])), rounds=ROUNDS,
    )

    assert all(end.won for pair in ends for end in pair)
    first = [0 if timer.ran[1] < looked.ran[1] else 1 for timer, looked in ends]
    tell(ends, first, told=told, title="a miss recorded and looked at again", sides=("timer first", "look first"))
    for duty in duties:
        assert now(duty).status == "missed"
        assert verbs_of(duty.case_id, "record_miss") == {"record_miss": 1}
    see_that_all_holds()


def test_of_two_who_urge_one_task_at_once_one_does(office, told):
    tasks = offices.open_tasks(offices.open_cases(office, "urged", ROUNDS))
    urging = [office["lead@city"], office["lead@province"]]

    def urge(number, by):
        with db.transaction() as session:
            reminders.urge(session, tasks[number], by=by, words="请今日办结。")
        return True

    ends = race(*(Side(by.name, lambda n, by=by: urge(n, by)) for by in urging), rounds=ROUNDS)

    won = winners(ends, told=told, title="two urge one task", sides=("city", "province"))
    with db.reading() as session:
        rows = session.scalars(select(Reminder).where(Reminder.rung.is_(None)).order_by(Reminder.task_id)).all()
    assert [row.person_id for row in rows] == [urging[winner].person_id for winner in won]
    for pair, winner in zip(ends, won, strict=True):
        assert urging[winner].name in pair[1 - winner].error.message
    offices.see_that_all_holds()


def test_a_stay_and_an_annulment_of_one_sanction_leave_it_annulled_and_nothing_held(
    database, clock_at, tmp_path, told
):
    land = titles(clock_at, tmp_path, ROUNDS)
    clock_at("2026-10-12 09:00")
    with db.transaction() as session:
        for title_id in session.scalars(select(Title.id).order_by(Title.id)).all():
            proposing.propose(session, changing.locked(session, title_id), key="reporting_revocation", cause="race",
                              evidence=[])
    with db.reading() as session:
        clerk, lead = land.who(session, "clerk@province"), land.who(session, "lead@province")
    for number, task in enumerate(living.open_tasks(name="审查事由和证据")):
        complete(task.public_id, clerk, {"finding": "属实。", "reason": "情况紧急。"}, "direct")
        [decision] = [one for one in living.open_tasks(name="作出决定") if one.case_id == task.case_id]
        complete(decision.public_id, lead, {"reason": "属实。", "document_number": f"{number} 号",
                                            "document_date": "2026-10-12"}, "impose")
    with db.reading() as session:
        sanctions = list(session.scalars(select(Sanction.public_id).order_by(Sanction.id)))

    def enter(number):
        with db.transaction() as session:
            return staying.enter_stay(session, sanctions[number], by=clerk, kind="litigation", document="冀行初 1 号",
                                      since=date(2026, 10, 12))

    def annul(number):
        with db.transaction() as session:
            return staying.annul(session, sanctions[number], by=lead, kind="own", document="冀撤 1 号", reason="有误")

    ends = race(Side("stays", enter), Side("annuls", annul), rounds=ROUNDS)

    assert all(annulled.won for _stayed, annulled in ends)
    assert all(stayed.won or isinstance(stayed.error, Refused) for stayed, _annulled in ends)
    tell(ends, [0 if stayed.won else 1 for stayed, _annulled in ends], told=told,
         title="a stay and an annulment", sides=("stayed first", "annulled first"))
    with db.reading() as session:
        assert set(session.scalars(select(Sanction.status))) == {"annulled"}
        assert set(session.scalars(select(Title.status))) == {"active"}
        assert session.scalars(select(SanctionStay).where(SanctionStay.lifted_at.is_(None))).all() == []
    see_that_all_holds()
