"""整改: six months from the day on which the holder was told, accepted by who guides it, or a sanction is proposed."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from app import clock, db, worker
from app.cases import extending, stopping
from app.cases import operations as cases
from app.cases.models import Task
from app.changes import rectification
from app.errors import NotAllowed, Refused
from app.notices import operations as notices
from app.notices.models import Notice
from app.outbox.senders import NoSender
from app.titles import changing
from tests import living
from tests.changes.scene import Scene, breaches, deadline, events, outcome_of, rectifications, sanctions, stood


@pytest.fixture
def scene(scene_of: Callable[..., Scene]) -> Scene:
    """A programme whose rectification suspends the title."""
    return scene_of(date(2025, 1, 2), rectifies=True)


def serve(scene: Scene) -> None:
    with db.transaction() as session:
        holder = scene.alive.holder(session)
        notice = session.scalars(
            select(Notice.public_id).where(Notice.to_unit_id == holder.unit_id, Notice.letter == "rectification_notice")
            .order_by(Notice.id.desc())
        ).first()
        notices.open_notice(session, notice, by=holder)
    worker.run_until_idle(NoSender())


def told_on(scene: Scene, day: str, cause: str = "assessment:2025") -> str:
    """A rectification whose notice is read on a day; returns its case."""
    scene.clock_at(f"{day} 09:00")
    case = scene.open_rectification(cause)
    serve(scene)
    return case


def test_nat_21_3_the_period_runs_from_service_not_from_the_notice(scene: Scene):
    scene.clock_at("2025-08-01 09:00")
    case = scene.open_rectification()
    assert deadline(case, "rectification").status == "awaiting"
    scene.clock_at("2025-08-31 09:00")
    serve(scene)

    found = deadline(case, "rectification")
    assert (found.status, found.started_on, found.last_day) == ("running", date(2025, 8, 31), date(2026, 2, 28))


@pytest.mark.parametrize(("told", "last_day"), [("2025-08-31", "2026-02-28"), ("2025-08-17", "2026-02-24")])
def test_nat_21_3_asked_for_on_the_last_day_is_in_time_however_long_the_check_takes(scene: Scene, told, last_day):
    case = told_on(scene, told)
    scene.plan()
    scene.pass_time(f"{last_day} 23:59")
    scene.work("finish")
    scene.pass_time("2026-03-10 10:00")
    scene.check()
    scene.confirm()

    (row,) = rectifications()
    assert (row.status, row.due_on.isoformat(), row.started_on.isoformat()) == ("accepted", last_day, told)
    assert sanctions() == []
    assert outcome_of(case) == {"status": "done", "outcome": "整改合格"}
    assert scene.title.status == "active"


@pytest.mark.parametrize(
    ("told", "last_day", "over"),
    [("2025-08-31", "2026-02-28", "2026-03-01"), ("2025-08-17", "2026-02-24", "2026-02-25")],
)
@pytest.mark.parametrize("planned", [True, False])
def test_nat_21_3_not_asked_for_by_the_end_a_sanction_is_proposed_and_nothing_more(
    scene: Scene, told, last_day, over, planned
):
    case = told_on(scene, told)
    if planned:
        scene.plan()
        scene.work("progress")
    scene.pass_time(f"{last_day} 23:59")
    assert (sanctions(), rectifications()[0].status) == ([], "open")
    scene.pass_time(f"{over} 00:00")

    (proposed,) = sanctions()
    assert (proposed.key, proposed.status) == ("not_qualified", "proposed")
    assert any(last_day in one["what"] for one in proposed.evidence)
    assert (rectifications()[0].status, outcome_of(case)["outcome"]) == ("out_of_time", "已提出处理")
    assert scene.title.status == "suspended"


def test_nat_21_2_suspended_from_the_day_it_opens_and_restored_within_the_validity(scene: Scene):
    until = scene.title.valid_until
    told_on(scene, "2025-08-18")
    assert (stood(scene, "2025-08-17"), stood(scene, "2025-08-18")) == ("active", "suspended")
    scene.plan()
    scene.clock_at("2025-09-15 09:00")
    scene.work()
    scene.check()
    assert scene.title.status == "suspended"
    scene.confirm()

    assert (stood(scene, "2025-09-14"), stood(scene, "2025-09-15")) == ("suspended", "active")
    assert scene.title.valid_until == until
    assert [line.split()[0] for line in events(scene)] == ["granted", "suspended", "restored"]


def test_where_the_programme_does_not_suspend_the_title_stays_active(scene_of: Callable[..., Scene]):
    scene = scene_of(date(2025, 1, 2), rectifies=False)
    told_on(scene, "2025-08-18")
    assert scene.title.status == "active"
    scene.plan()
    scene.work()
    scene.check()
    scene.confirm()

    assert [line.split()[0] for line in events(scene)] == ["granted"]
    assert rectifications()[0].status == "accepted"


def test_progress_may_be_reported_again_and_again_in_one_period(scene: Scene):
    case = told_on(scene, "2025-08-31")
    scene.plan()
    for month in (9, 10, 11):
        scene.clock_at(f"2025-{month:02}-20 09:00")
        scene.work("progress")
        found = deadline(case, "rectification")
        assert (found.status, found.started_on, found.last_day) == ("running", date(2025, 8, 31), date(2026, 2, 28))


def test_not_yet_goes_back_while_there_is_time_and_is_out_of_time_after_it(scene: Scene):
    case = told_on(scene, "2025-08-31")
    scene.plan()
    scene.work()
    scene.check("not_yet")
    assert [task.name for task in living.open_tasks(case)] == ["报送整改进展或申请验收"]
    assert deadline(case, "rectification").last_day == date(2026, 2, 28)

    scene.pass_time("2026-02-28 20:00")
    scene.work()
    scene.pass_time("2026-03-05 09:00")
    assert sanctions() == []
    scene.check("not_yet")
    scene.pass_time("2026-03-05 09:01")
    assert [one.status for one in sanctions()] == ["proposed"]


def test_a_plan_sent_before_the_notice_was_read_does_not_begin_the_period(scene: Scene):
    scene.clock_at("2025-08-01 09:00")
    case = scene.open_rectification()
    scene.plan()
    assert deadline(case, "rectification").status == "awaiting"
    scene.clock_at("2025-08-31 09:00")
    serve(scene)

    assert deadline(case, "rectification").last_day == date(2026, 2, 28)


def test_one_extension_lasts_through_the_steps_and_there_is_no_second(scene: Scene):
    case = told_on(scene, "2025-08-31")
    scene.plan()
    extend(scene, case)
    assert deadline(case, "rectification").last_day == date(2026, 3, 31)
    scene.work("progress")
    assert deadline(case, "rectification").last_day == date(2026, 3, 31)

    with pytest.raises(Refused, match="最多延期 1 次"):
        extend(scene, case)
    scene.work("finish")
    scene.check("not_yet")
    assert deadline(case, "rectification").last_day == date(2026, 3, 31)
    assert breaches(scene) == []


def extend(scene: Scene, case: str) -> None:
    (task,) = living.open_tasks(case)
    with db.transaction() as session:
        request = extending.ask(session, task.public_id, by=scene.alive.holder(session), reason="设备未到货")
    with db.transaction() as session:
        extending.decide(session, request.public_id, by=scene.alive.who(session, "lead@province"), decision="approved",
                         reason="同意")


def test_nothing_is_proposed_by_a_provisional_day(scene: Scene):
    case = told_on(scene, "2026-08-31")  # ends in 2027, whose notice isn't known
    assert deadline(case, "rectification").provisional
    scene.pass_time("2027-03-15 09:00")

    assert sanctions() == []
    assert [task.name for task in living.open_tasks(case)] == ["核对整改期限"]
    scene.do("核对整改期限", "clerk@province", "out", opinion="按新公布的安排已届满")
    assert [one.status for one in sanctions()] == ["proposed"]


def test_the_same_cause_opens_one_rectification(scene: Scene):
    scene.clock_at("2025-08-31 09:00")
    first = scene.open_rectification()

    assert scene.open_rectification() == first
    assert scene.open_rectification("inspection:2025") != first
    assert len(rectifications()) == 2


def test_a_title_suspended_twice_is_restored_when_the_last_is_over(scene_of: Callable[..., Scene]):
    """A change reported during a rectification: each goes its own way."""
    scene = scene_of(date(2025, 1, 2), suspends=True, rectifies=True)
    told_on(scene, "2025-08-18")
    scene.clock_at("2025-09-01 09:00")
    scene.report(scene.begin(), "2025-08-25")
    scene.verify()
    scene.decide()
    assert scene.title.status == "suspended"
    assert scene.title.holder_name == "持证服务集团"

    scene.plan()
    scene.work()
    scene.check()
    scene.confirm()
    assert (scene.title.status, rectifications()[0].status) == ("active", "accepted")


def test_a_rectification_is_not_taken_back_by_its_holder(scene: Scene):
    case = told_on(scene, "2025-08-31")

    with pytest.raises(NotAllowed), db.transaction() as session:
        cases.withdraw(session, case, by=scene.alive.holder(session), reason="不想整改")


def test_a_title_that_ends_ends_its_rectification(scene: Scene):
    case = told_on(scene, "2025-08-31")
    scene.clock_at("2025-09-01 10:00")
    with db.transaction() as session:
        title = changing.locked(session, scene.title.id)
        changing.record(session, title, "withdrawn", case_id=title.case_id, clause="HBI-5",
                        effective_on=date(2025, 9, 1))
    scene.pass_time("2025-09-01 10:01")

    assert (outcome_of(case)["outcome"], rectifications()[0].status) == ("称号已终止", "ended")


def test_a_programme_without_rectification_refuses_it(scene_of: Callable[..., Scene]):
    scene = scene_of()

    with pytest.raises(Refused, match="没有规定整改"), db.transaction() as session:
        rectification.open(session, changing.locked(session, scene.title.id), cause="x", what="x")


def test_the_notice_says_what_must_be_put_right_and_by_which_clause(scene: Scene):
    told_on(scene, "2025-08-31")

    with db.reading() as session:
        notice = session.scalars(select(Notice).where(Notice.letter == "rectification_notice")).one()
        assert (notice.kind, notice.title) == ("notice", "整改通知书")
        of_rectification = (Task.status == "open", Task.case_id == notice.case_id)
        assert session.scalars(select(Task.name).where(*of_rectification)).all() == ["报送整改方案"]
    assert clock.local(notice.served_at).date() == date(2025, 8, 31)


def test_a_holder_does_not_stop_its_own_period(scene: Scene):
    case = told_on(scene, "2025-08-31")
    (task,) = living.open_tasks(case)
    with pytest.raises(NotAllowed), db.transaction() as session:
        stopping.stop(session, task.public_id, by=scene.alive.holder(session), ground="disaster", evidence="洪水")
