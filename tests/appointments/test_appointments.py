"""An enterprise asks, the holder answers within five working days, and what isn't answered goes to the city."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from app import clock, config, db, invariants
from app.appointments import answering, booking, queries
from app.appointments.models import Appointment
from app.cases import operations as cases
from app.cases.models import Case, Deadline, Task
from app.errors import BanjianError, Invalid, NotAllowed, NotFound, Refused, TooMany
from app.outbox.models import Letter
from app.reminders.models import Reminder
from app.titles import changing
from tests import living as life
from tests.appointments.conftest import ACCEPT, again, answer, book
from tests.living import Living

GRANTED = "HBI202500001"
"""The case that tests.living closed by hand."""
LAST_SECOND, OVER = "2026-10-13 23:59:59", "2026-10-14 00:00"


def deadline() -> Deadline:
    with db.reading() as session:
        return session.scalars(select(Deadline).where(Deadline.period == "appointment")).one()


def lines(status: str) -> list[str]:
    with db.reading() as session:
        return list(session.scalars(select(Case.outcome).where(Case.diagram == "appointment", Case.status == status)))


def breaches(tmp_path) -> list[invariants.Breach]:
    with db.reading() as session:
        found = invariants.check(session, config.Config(database_url="", data_dir=tmp_path, secret_key="")).breaches
    return [breach for breach in found if GRANTED not in breach.where]


def suspend(scene: Living, kind: str) -> None:
    with db.transaction() as session:
        title = changing.locked(session, scene.title(session).id)
        changing.record(
            session, title, kind, case_id=title.case_id, clause="HBI-15", effective_on=clock.today(), decision="决定"
        )


def test_hbi_16_2_the_period_is_five_working_days_from_the_day_after_the_request(scene: Living):
    book(scene)

    assert deadline().last_day == date(2026, 10, 13)
    assert deadline().started_on == date(2026, 9, 30)


def test_hbi_16_2_an_answer_in_the_last_second_of_the_fifth_working_day_is_in_time(scene, clock_at, tmp_path):
    made = book(scene)
    life.pass_time(clock_at, LAST_SECOND)

    answer(scene)
    life.pass_time(clock_at, OVER)

    assert again(made).status == "accepted"
    assert again(made).overdue_at is None
    assert deadline().status == "met"
    assert life.open_tasks(name="督促处理逾期预约") == []
    assert lines("done") == ["已答复"]
    assert breaches(tmp_path) == []


def test_hbi_16_2_unanswered_at_the_end_of_it_goes_to_the_city_and_can_still_be_answered(scene, clock_at, tmp_path):
    made = book(scene)
    life.pass_time(clock_at, OVER)

    waits = life.open_tasks(name="督促处理逾期预约")

    assert again(made).status == "open"
    assert f"{clock.local(again(made).overdue_at):%Y-%m-%d %H:%M}" == OVER
    assert [task.unit_id for task in waits] == [scene.world.unit("city").id]
    answer(scene)
    assert again(made).status == "accepted"
    assert f"{clock.local(again(made).overdue_at):%Y-%m-%d %H:%M}" == OVER
    assert deadline().status == "missed"
    with db.reading() as session:
        city = scene.who(session, "clerk@city")
    life.complete(waits[0], city, {"done": "十月十四日电话督促。", "response": "已答复企业。"})
    assert lines("done") == ["已答复、已督促"]
    assert breaches(tmp_path) == []


def test_hbi_16_2_a_worker_that_comes_late_dates_it_at_the_end_of_the_period(scene, clock_at):
    made = book(scene)

    clock_at("2026-10-16 10:00")
    life.pass_time(clock_at, "2026-10-16 10:00")

    assert f"{clock.local(again(made).overdue_at):%Y-%m-%d %H:%M}" == OVER


def test_hbi_16_2_an_answer_after_the_end_is_overdue_though_no_worker_came_yet(scene, clock_at):
    made = book(scene)
    clock_at(OVER)

    answer(scene)

    assert f"{clock.local(again(made).overdue_at):%Y-%m-%d %H:%M}" == OVER


def test_hbi_16_2_people_are_reminded_of_an_overdue_one_until_they_answer(scene, clock_at):
    """The timer adds the city's task and doesn't end the holder's: its period runs on, and so does its ladder."""
    book(scene)

    life.pass_time(clock_at, "2026-10-15 09:00")

    assert deadline().status == "running"
    with db.reading() as session:
        levels = session.scalars(select(Reminder.level).where(Reminder.deadline_id == deadline().id)).all()
    assert "supervise" in levels


@pytest.mark.parametrize(
    ("outcome", "answers", "field"),
    [
        ("accept", {}, "reply"), ("decline", {"reply": "不便。"}, "reason"),
        ("other_date", {"reply": "改天。"}, "offered_on"),
    ],
)
def test_d25_a_refusal_needs_its_reason_and_another_date_its_date(scene, outcome, answers, field):
    made = book(scene)

    with pytest.raises(Invalid) as error:
        answer(scene, outcome, answers)

    assert field in error.value.fields
    assert again(made).status == "open"


@pytest.mark.parametrize(
    ("outcome", "answers", "status", "said"),
    [
        ("accept", ACCEPT, "accepted", "本周五上门，免费。"),
        ("other_date", {"reply": "节后可以。", "offered_on": "2026-10-20"}, "other_date", "节后可以。"),
        ("decline", {"reason": "不提供此类服务。"}, "declined", "不提供此类服务。"),
    ],
)
def test_d25_any_recorded_answer_is_handling(scene, outcome, answers, status, said):
    made = book(scene)

    answer(scene, outcome, answers)

    found = again(made)
    assert (found.status, found.answer, found.offered_on) == (
        status, said, date(2026, 10, 20) if status == "other_date" else None
    )


@pytest.mark.parametrize("kind", ["suspended", "revoked"])
def test_hbi_16_2_a_title_that_does_not_stand_is_refused_with_the_reason(scene, kind):
    suspend(scene, kind)

    with pytest.raises(Refused, match="暂停" if kind == "suspended" else "已撤销") as error:
        book(scene)

    assert error.value.clause == "HBI-16.2"


@pytest.mark.parametrize("kind", ["observed"])
def test_hbi_16_2_a_title_under_observation_is_booked(scene, kind):
    suspend(scene, kind)

    assert book(scene).status == "open"


def test_hbi_16_2_a_title_is_booked_on_its_last_day_and_not_after(scene, clock_at):
    with db.transaction() as session:
        scene.title(session).valid_until = date(2026, 9, 30)
    assert book(scene).status == "open"

    clock_at("2026-10-01 09:00")

    with pytest.raises(Refused, match="已到期"):
        book(scene)


def test_the_end_of_a_title_ends_what_waits_and_blames_nobody(scene, clock_at):
    made = book(scene)

    suspend(scene, "revoked")
    life.pass_time(clock_at, "2026-10-20 09:00")

    assert (again(made).status, again(made).overdue_at) == ("void", None)
    assert lines("done") == ["称号已终止"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"enterprise": " "}, "enterprise"), ({"contact_name": ""}, "contact_name"),
        ({"contact_phone": ""}, "contact_phone"),
        ({"contact_phone": "12345"}, "contact_phone"), ({"contact_email": "王@"}, "contact_email"),
        ({"credit_code": "91130600MA0M90104X"}, "credit_code"), ({"subject": ""}, "subject"), ({"text": ""}, "text"),
        ({"text": "长" * 1_001}, "text"),
        ({"wanted_on": date(2026, 9, 29)}, "wanted_on"), ({"consent": False}, "consent"),
    ],
)
def test_what_is_wrong_in_a_request_is_said_at_its_field_and_nothing_is_kept(scene, changes, field):
    with pytest.raises(Invalid) as error:
        book(scene, **changes)

    assert list(error.value.fields) == [field]
    with db.reading() as session:
        assert session.scalars(select(Appointment)).all() == []


def test_a_request_may_wish_for_today(scene):
    assert book(scene, wanted_on=date(2026, 9, 30), credit_code="91130600MA0M90104N").credit_code


def test_an_address_that_sends_dozens_has_to_wait(scene):
    for place in range(booking.MOST_PER_ADDRESS):
        book(scene, contact_phone=f"1390000{place:04}")

    with pytest.raises(TooMany):
        book(scene, contact_phone="13911111111")
    book(scene, contact_phone="13911111111", address="192.0.2.2")


def test_three_requests_may_wait_at_once_with_one_holder_from_one_phone_and_no_fourth(scene):
    for _ in range(booking.MOST_OPEN):
        book(scene)

    with pytest.raises(Invalid):
        book(scene)
    answer(scene)
    book(scene)


def test_an_appointment_is_rated_once_and_only_after_an_answer(scene):
    made = book(scene)
    with pytest.raises(Refused, match="还没有答复"), db.transaction() as session:
        booking.rate(session, made.code, satisfaction=5)

    answer(scene)
    with db.transaction() as session:
        booking.rate(session, made.code, satisfaction=4, comment="很好")

    assert (again(made).satisfaction, again(made).comment) == (4, "很好")
    with pytest.raises(Refused, match="已经评价过"), db.transaction() as session:
        booking.rate(session, made.code, satisfaction=1)
    assert again(made).satisfaction == 4


@pytest.mark.parametrize("points", [0, 6])
def test_satisfaction_is_one_to_five(scene, points):
    made = book(scene)
    answer(scene)

    with pytest.raises(Invalid), db.transaction() as session:
        booking.rate(session, made.code, satisfaction=points)


@pytest.mark.parametrize(("now", "may"), [("2026-10-30 23:59:59", True), ("2026-10-31 00:00", False)])
def test_rating_ends_thirty_days_after_the_answer(scene, clock_at, now, may):
    made = book(scene)
    answer(scene)
    clock_at(now)

    assert queries.may_be_rated(again(made)) is may
    if not may:
        with pytest.raises(Refused, match="2026-10-30"), db.transaction() as session:
            booking.rate(session, made.code, satisfaction=5)


def test_an_enterprise_takes_back_what_waits_and_nothing_else(scene, clock_at, tmp_path):
    made, kept = book(scene), book(scene, contact_phone="13900000000")
    with db.transaction() as session:
        booking.cancel(session, made.code, reason="已自行解决")

    life.pass_time(clock_at, OVER)

    assert (again(made).status, again(made).overdue_at) == ("cancelled", None)
    assert lines("done") == [booking.CANCELLED]
    answer(scene)
    with pytest.raises(Refused, match="不能再取消"), db.transaction() as session:
        booking.cancel(session, kept.code)
    assert breaches(tmp_path) == []


def test_a_holder_cannot_take_back_what_an_enterprise_asked(scene):
    book(scene)
    with db.reading() as session:
        holder = scene.holder(session)
        case = session.scalars(select(Case.public_id).where(Case.diagram == "appointment")).one()

    with pytest.raises(NotAllowed, match="不是本单位发起"), db.transaction() as session:
        cases.withdraw(session, case, by=holder, reason="不想处理")


def test_the_contact_is_whole_for_the_holder_and_for_the_city_once_overdue(scene, clock_at):
    made = book(scene, contact_email="wang@example.cn")

    def seen_by(login: str) -> tuple[str, str]:
        with db.reading() as session:
            who = scene.holder(session) if login == "holder" else scene.who(session, login)
            shown = queries.in_sight(session, who, made.public_id)
            return shown.phone, shown.email

    whole, part = ("13812345678", "wang@example.cn"), ("138****5678", "w***@example.cn")
    assert [seen_by(who) for who in ("holder", "clerk@city", "clerk@county", "clerk@province")] == [
        whole, part, part, part
    ]
    life.pass_time(clock_at, OVER)
    assert [seen_by(who) for who in ("holder", "clerk@city", "clerk@county", "clerk@province")] == [
        whole, whole, part, part
    ]
    with pytest.raises(NotFound):
        seen_by("clerk@sibling_city")


def test_a_code_is_found_however_it_is_typed_and_no_other(scene):
    made = book(scene)

    with db.reading() as session:
        assert booking.of_code(session, f" {made.code.lower().replace('-', ' ')} ").id == made.id
        with pytest.raises(NotFound):
            booking.of_code(session, made.public_id)


def test_an_enterprise_that_leaves_an_address_is_told_without_a_word_of_the_matter(scene):
    made = book(scene, contact_email="wang@example.cn")
    answer(scene)

    with db.reading() as session:
        written = select(Letter).where(Letter.to_address == "wang@example.cn").order_by(Letter.id)
        letters = session.scalars(written).all()
    assert [letter.subject for letter in letters] == [f"预约已收到（{made.code}）", f"预约已答复（{made.code}）"]
    assert all("数字化诊断" not in letter.body and "上门" not in letter.body for letter in letters)


def test_what_is_counted_of_a_title_leaves_out_what_nobody_can_be_blamed_for(scene, clock_at):
    kept, back = book(scene), book(scene, contact_phone="13900000000")
    with db.transaction() as session:
        booking.cancel(session, back.code)

    with db.reading() as session:
        found = queries.requested(
            session, kept.title_id, since=clock.day_start(date(2026, 9, 30)), until=clock.day_start(date(2026, 10, 1))
        )
    assert [one.id for one in found] == [kept.id]


def test_an_answer_that_the_programme_does_not_count_is_refused(scene, monkeypatch):
    rules = answering._rules
    monkeypatch.setattr(answering, "_rules", lambda place: replace(rules(place), handled_by=("accepted",)))
    book(scene)

    with pytest.raises(Invalid) as error:
        answer(scene, "decline", {"reason": "不提供。"})

    assert "outcome" in error.value.fields


def test_cancelling_and_answering_at_once_have_one_outcome(scene):
    """Whoever locks the case first wins; the other is told."""
    made = book(scene)
    with db.reading() as session:
        holder = scene.holder(session)
        task = session.scalars(select(Task).where(Task.name == "处理服务预约")).one()
        prepared = cases.prepare_completion(
            session, task.public_id, identity=holder, answers=ACCEPT, outcome="accept"
        )
    with db.transaction() as session:
        booking.cancel(session, made.code)

    with pytest.raises(BanjianError), db.transaction() as session:
        cases.complete(session, prepared, by=holder)
    assert again(made).status == "cancelled"
