"""停表: a clock stands still on a ground of the programme, by hand and by diagram, and what was left runs on after.

The dates are written down by hand from requirement 13 and the State Council's calendar of 2026: 25 to 27 September are
the Mid-Autumn holiday, 1 to 7 October the National Day, Sunday 20 September and Saturday 10 October are worked.
"""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app import clock, config, db, invariants, workdays
from app.audit.models import AuditEntry
from app.cases import deadlines, ledger, operations, queries, stopping
from app.cases.clock_models import ClockStop
from app.cases.models import Case, Deadline, Task, Timer
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.programmes import queries as programmes
from tests import sample
from tests.cases import halting, returning
from tests.cases.conftest import Office

OPINION = {"opinion": "同意"}


@pytest.fixture
def running(office: Office) -> int:
    """A case whose review (10 working days) and study (3 months) begin on Monday 2026-09-21 at nine."""
    with db.transaction() as session:
        halting.deploy(session)
        office.batch_id = sample.open_batch(session, by=office.who["clerk@city"], name="停表批次").id
    case_id = office.apply()
    sample.complete(case_id, by=office.who["applicant@institution"], answers={"name": "服务平台"})
    return case_id


def task_of(case_id: int, element: str = "check") -> Task:
    with db.reading() as session:
        return session.scalars(
            select(Task).where(Task.case_id == case_id, Task.element == element).order_by(Task.id.desc())
        ).first()


def deadline_of(case_id: int, element: str = "check") -> Deadline:
    with db.reading() as session:
        return session.get_one(Deadline, task_of(case_id, element).deadline_id)


def timer_of(case_id: int) -> Timer:
    with db.reading() as session:
        return session.scalars(select(Timer).where(Timer.case_id == case_id)).one()


def stop(
    office: Office, case_id: int, ground: str = "onsite", *, element: str = "check", by: str = "clerk@county",
    evidence: str = "现场核查通知（县工信〔2026〕5 号）",
) -> str:
    with db.transaction() as session:
        return stopping.stop(
            session, task_of(case_id, element).public_id, by=office.who[by], ground=ground, evidence=evidence
        ).public_id


def resume(office: Office, public_id: str, *, by: str = "clerk@county", note: str = "核查完毕") -> None:
    with db.transaction() as session:
        stopping.resume(session, public_id, by=office.who[by], note=note)


def finish(office: Office, case_id: int, element: str, *, by: str = "clerk@county") -> None:
    with db.reading() as session:
        prepared = operations.prepare_completion(
            session, task_of(case_id, element).public_id, identity=office.who[by], answers=OPINION
        )
    with db.transaction() as session:
        operations.complete(session, prepared, by=office.who[by])


def breaches(tmp_path) -> list[invariants.Breach]:
    with db.reading() as session:
        return invariants.check(session, config.Config(database_url="", data_dir=tmp_path, secret_key="")).breaches


def test_a_stopped_clock_has_no_end_fires_no_timer_and_is_never_overdue(
    office: Office, running: int, clock_at: Callable[[str], None], tmp_path
):
    assert deadline_of(running).last_day == date(2026, 10, 12)  # 22, 23, 24, 28, 29, 30 Sep, 8, 9, 10, 12 Oct
    clock_at("2026-09-23 10:00")
    stop(office, running)

    assert deadline_of(running).status == "stopped"
    assert (task_of(running).ends_at, timer_of(running).due_at) == (deadlines.NOT_YET, None)
    assert breaches(tmp_path) == []

    clock_at("2027-03-01 09:00")
    assert office.work() == 0
    with db.reading() as session:
        rows, _more = queries.inbox(session, office.who["clerk@county"])
    assert [(row.light.words, row.light.last_day) for row in rows if row.name == "check"] == [("停表中", None)]
    assert deadlines.explanation(deadline_of(running), "130636").as_text().endswith("此前没有截止日")


def test_what_was_left_runs_on_from_the_day_after(
    office: Office, running: int, clock_at: Callable[[str], None], tmp_path
):
    clock_at("2026-09-23 10:00")  # 22 September was day 1; the 23rd is stopped: nine days are left
    public_id = stop(office, running)
    with db.reading() as session:
        assert ledger.left(session, session.get_one(Deadline, deadline_of(running).id), "130636") == 9
    clock_at("2026-09-29 16:00")  # the 29th isn't counted; 30 Sep, 8, 9, 10, 12, 13, 14, 15, 16 October are
    resume(office, public_id)

    found = deadline_of(running)

    assert (found.status, found.last_day) == ("running", date(2026, 10, 16))
    assert found.stops == [["2026-09-23", "2026-09-29", "现场核查"]]
    assert task_of(running).ends_at == timer_of(running).due_at == found.ends_at
    assert "2026-09-23 至 09-29 中止（现场核查），不计入" in deadlines.explanation(found, "130636").as_text()
    assert breaches(tmp_path) == []


def test_grounds_that_overlap_count_once(office: Office, running: int, clock_at: Callable[[str], None], tmp_path):
    clock_at("2026-09-22 10:00")
    experts = stop(office, running, "experts")
    clock_at("2026-09-23 10:00")
    onsite = stop(office, running, "onsite")
    clock_at("2026-09-24 10:00")
    resume(office, experts)
    assert deadline_of(running).status == "stopped"
    clock_at("2026-09-28 10:00")
    resume(office, onsite)

    # 22 to 28 September stand still: 22, 23, 24, 28 are four working days. 29, 30 Sep, 8, 9, 10, 12 to 16 October.
    assert deadline_of(running).last_day == date(2026, 10, 16)
    assert breaches(tmp_path) == []


def test_a_stop_of_a_period_in_months_is_turned_into_days(
    office: Office, running: int, clock_at: Callable[[str], None], tmp_path
):
    assert deadline_of(running, "weigh").last_day == date(2026, 12, 21)
    clock_at("2026-10-20 10:00")
    public_id = stop(office, running, "experts", element="weigh")
    with db.reading() as session:  # 20 October to 21 December: 12 + 30 + 21 days
        assert ledger.left(session, session.get_one(Deadline, deadline_of(running, "weigh").id), "130636") == 63
    clock_at("2026-11-02 10:00")
    resume(office, public_id)

    # 20 October to 2 November: 14 days. 21 December + 14 = Monday 4 January 2027; 63 days from 3 November end there.
    assert deadline_of(running, "weigh").last_day == date(2027, 1, 4)
    assert deadline_of(running, "weigh").provisional
    assert breaches(tmp_path) == []


@pytest.mark.parametrize("until", ["2026-09-23 10:00", "2026-09-23 17:30"])
def test_a_stop_that_is_lifted_at_the_same_instant_or_day_changes_nothing(
    office: Office, running: int, clock_at: Callable[[str], None], tmp_path, until: str
):
    before = deadline_of(running)
    clock_at("2026-09-23 10:00")
    public_id = stop(office, running)
    clock_at(until)
    resume(office, public_id)

    after = deadline_of(running)

    assert (after.last_day, after.ends_at) == (before.last_day, before.ends_at)
    assert (after.stops, after.status) == ([], "running")
    assert timer_of(running).due_at == before.ends_at
    assert breaches(tmp_path) == []


def test_a_task_may_be_done_while_its_clock_stands_still(
    office: Office, running: int, clock_at: Callable[[str], None], tmp_path
):
    clock_at("2026-09-23 10:00")
    public_id = stop(office, running)
    clock_at("2026-11-30 10:00")
    finish(office, running, "check")

    assert deadline_of(running).status == "met"
    with pytest.raises(Gone):
        resume(office, public_id)
    assert breaches(tmp_path) == []


def test_a_ground_that_the_programme_does_not_name_is_refused_with_the_clause(office: Office, running: int):
    with pytest.raises(Refused, match="专家评审、现场核查") as refused:
        stop(office, running, "holiday")
    assert refused.value.clause == "BDP-10"
    with pytest.raises(Refused, match="没有规定") as refused:
        stop(office, running, "onsite", element="plan")
    assert refused.value.clause == "BDP-13"
    with pytest.raises(Refused, match="没有规定"):  # that one follows the diagram
        stop(office, running, "visit")


def test_a_ground_and_its_evidence_are_asked_for(office: Office, running: int):
    with pytest.raises(Invalid) as invalid:
        stop(office, running, "", evidence=" ")
    assert list(invalid.value.fields) == ["ground", "evidence"]
    public_id = stop(office, running)
    with pytest.raises(Invalid) as invalid:
        resume(office, public_id, note="")
    assert list(invalid.value.fields) == ["note"]


@pytest.mark.parametrize(
    ("login", "error"),
    [("lead@city", NotAllowed), ("applicant@institution", NotAllowed), ("auditor@county", NotAllowed),
     ("clerk@sibling_county", NotFound), ("applicant@other_institution", NotFound)],
)
def test_only_officials_of_the_unit_that_has_the_task_stop_its_clock(
    office: Office, running: int, login: str, error: type
):
    with pytest.raises(error):
        stop(office, running, by=login)
    public_id = stop(office, running, by="lead@county")
    with pytest.raises(error):
        resume(office, public_id, by=login)


def test_a_ground_lasts_once_and_is_lifted_once(office: Office, running: int, clock_at: Callable[[str], None]):
    public_id = stop(office, running)
    with pytest.raises(Gone, match="已因“现场核查”停表"):
        stop(office, running)
    clock_at("2026-09-24 10:00")
    resume(office, public_id)
    with pytest.raises(Gone, match="2026-09-24 10:00"):
        resume(office, public_id)


def test_what_is_over_cannot_be_stopped(office: Office, running: int, clock_at: Callable[[str], None]):
    clock_at("2026-10-13 00:00")

    with pytest.raises(Refused, match="已于 2026-10-12 届满"):
        stop(office, running)


def test_a_timer_that_was_worked_out_before_the_stop_does_not_fire(
    office: Office, running: int, clock_at: Callable[[str], None]
):
    from app.cases import due

    clock_at("2026-10-13 00:00")
    with db.reading() as session:
        prepared = due.prepare_timer(session, timer_of(running).id)
    clock_at("2026-10-12 23:59")
    stop(office, running)
    clock_at("2026-10-13 00:00")
    with db.transaction() as session:
        assert due.fire(session, prepared) is False

    assert (task_of(running).status, timer_of(running).status) == ("open", "waiting")


def test_both_ends_are_on_the_trail(office: Office, running: int, clock_at: Callable[[str], None]):
    public_id = stop(office, running)
    clock_at("2026-09-28 10:00")
    resume(office, public_id)

    with db.reading() as session:
        told = {entry.verb: entry for entry in session.scalars(
            select(AuditEntry).where(AuditEntry.chain == f"case:{running}"))}
    assert told["stop_clock"].details["evidence"].startswith("现场核查通知")
    assert told["stop_clock"].details["clause"] == "BDP-18.1"
    resumed = told["resume_clock"]
    assert (resumed.details["last_day"], resumed.details["note"]) == ("2026-10-16", "核查完毕")
    assert told["resume_clock"].person_name == office.who["clerk@county"].name


def test_a_task_of_the_diagram_stops_the_clock_while_it_is_open(
    office: Office, running: int, clock_at: Callable[[str], None], tmp_path
):
    clock_at("2026-09-23 10:00")
    finish(office, running, "plan")
    assert deadline_of(running).status == "stopped"
    with db.reading() as session:
        (lasting,) = ledger.of_deadline(session, deadline_of(running).id)
        assert (lasting.how, lasting.name, lasting.evidence, lasting.clause) == (
            "diagram", "走访", "“visit”环节", "BDP-18.2"
        )
    with pytest.raises(Refused, match="由流程引起"):
        resume(office, lasting.public_id)
    assert breaches(tmp_path) == []
    clock_at("2026-09-29 16:00")
    finish(office, running, "visit")

    assert (deadline_of(running).status, deadline_of(running).last_day) == ("running", date(2026, 10, 16))
    assert breaches(tmp_path) == []


def open_side(office: Office, case_id: int) -> int:
    with db.transaction() as session:
        case = session.get_one(Case, case_id)
        return operations.open_case(
            session, programme=programmes.programme(session, case.release_id), diagram="side", title="会商",
            region_code=case.region_code, applicant_id=None, by=office.who["lead@county"], about_id=case_id,
        ).id


def test_a_case_about_this_one_stops_the_clock_while_it_is_open(
    office: Office, running: int, clock_at: Callable[[str], None], tmp_path
):
    clock_at("2026-09-23 10:00")
    about = open_side(office, running)
    office.work()
    assert deadline_of(running).status == "stopped"
    clock_at("2026-09-29 16:00")
    finish(office, about, "confer", by="lead@county")
    office.work()

    assert (deadline_of(running).status, deadline_of(running).last_day) == ("running", date(2026, 10, 16))
    assert breaches(tmp_path) == []


def test_a_message_that_comes_late_changes_no_date(
    office: Office, running: int, clock_at: Callable[[str], None], tmp_path
):
    clock_at("2026-09-23 10:00")
    first = open_side(office, running)
    clock_at("2026-09-24 10:00")
    second = open_side(office, running)
    clock_at("2026-09-28 10:00")
    finish(office, first, "confer", by="lead@county")
    clock_at("2026-09-29 16:00")
    finish(office, second, "confer", by="lead@county")
    clock_at("2026-10-09 10:00")  # the worker was down all the time
    office.work()

    assert (deadline_of(running).status, deadline_of(running).last_day) == ("running", date(2026, 10, 16))
    assert breaches(tmp_path) == []


def test_a_correction_stands_in_the_ledger_of_the_period_that_goes_on(
    office: Office, clock_at: Callable[[str], None], tmp_path
):
    with db.transaction() as session:
        returning.deploy(session)
        office.batch_id = sample.open_batch(session, by=office.who["clerk@city"], name="补正批次").id
    case_id = office.apply()
    sample.complete(case_id, by=office.who["applicant@institution"], answers={"name": "服务平太"})
    clock_at("2026-09-23 10:00")
    defects = {"opinion": "不符", "defects": [{"field": "name", "what": "不一致"}]}
    sample.complete(case_id, by=office.who["clerk@county"], answers=defects, outcome="correct")
    clock_at("2026-09-28 15:00")
    sample.complete(case_id, by=office.who["applicant@institution"], answers={"name": "服务平台"})

    with db.reading() as session:
        deadline = session.get_one(Deadline, sample.open_task(session, case_id).deadline_id)
        (row,) = ledger.of_deadline(session, deadline.id)
    assert (row.how, row.name, row.began_on, row.ended_on) == (
        "continued", "补正", date(2026, 9, 23), date(2026, 9, 28)
    )
    assert deadline.stops == [["2026-09-23", "2026-09-28", "补正"]]
    assert breaches(tmp_path) == []


def test_a_ledger_that_does_not_fit_its_deadline_is_found(office: Office, running: int, tmp_path):
    stop(office, running)
    with db.transaction() as session:
        session.scalars(select(ClockStop)).one().ended_at = clock.now()
        session.scalars(select(ClockStop)).one().ended_on = clock.today() + timedelta(days=3)

    assert {breach.invariant for breach in breaches(tmp_path)} == {"I19"}


DAYS = st.integers(0, 12)
STRETCHES = st.lists(st.tuples(DAYS, DAYS, st.sampled_from(["experts", "onsite"])), min_size=1, max_size=4)


@settings(
    max_examples=12, deadline=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(stretches=STRETCHES)
def test_the_date_is_that_of_app_workdays_in_whatever_order_stops_begin_and_end(
    office: Office, running: int, stretches: list[tuple[int, int, str]]
):
    """Every begin and end in order of time, on one task; each day that any of them covers is stopped, none twice."""
    with db.transaction() as session:
        for row in session.scalars(select(ClockStop)):
            session.delete(row)
    first = clock.now()
    events = sorted(
        (at, kind, n) for n, (since, length, _ground) in enumerate(stretches)
        for at, kind in ((since, "begin"), (since + length, "end"))
    )
    lasting: dict[str, tuple[int, str]] = {}
    covered = []
    for at, kind, n in sorted(events, key=lambda event: (event[0], event[1] == "end", event[2])):
        since, _length, ground = stretches[n]
        with clock.held_at(first + timedelta(days=at)):
            if kind == "begin" and ground not in lasting:
                lasting[ground] = n, stop(office, running, ground)
            elif kind == "end" and ground in lasting and lasting[ground][0] == n:
                resume(office, lasting.pop(ground)[1])
                if at > since:
                    day = clock.local(first).date()
                    covered.append((day + timedelta(days=since), day + timedelta(days=at)))

    found = deadline_of(running)
    expected = workdays.deadline(
        workdays.Period(10, "working_days"), date(2026, 9, 21), workdays.calendar_for("130636"), covered
    )
    assert (found.last_day, found.ends_at) == (expected.last_day, expected.ends_at)
