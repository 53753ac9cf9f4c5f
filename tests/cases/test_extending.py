"""延期: asked for before the end, decided by the role that the programme names; together with stops in either order."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from app import db
from app.cases import deadlines, extending
from app.cases.clock_models import Extension
from app.cases.models import Deadline
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.outbox.models import Letter
from tests.cases.conftest import Office
from tests.cases.test_stopping import breaches, deadline_of, resume, running, stop, task_of, timer_of

__all__ = ["running"]


def ask(office: Office, case_id: int, *, element: str = "check", by: str = "clerk@county", **said) -> str:
    with db.transaction() as session:
        return extending.ask(
            session, task_of(case_id, element).public_id, by=office.who[by], reason="案情复杂", **said
        ).public_id


def decide(
    office: Office, public_id: str, decision: str = "approved", *, by: str = "lead@city", reason: str = "情况属实"
) -> None:
    with db.transaction() as session:
        extending.decide(session, public_id, by=office.who[by], decision=decision, reason=reason)


def test_an_approved_extension_lengthens_the_period_and_says_so(office: Office, running: int, tmp_path):
    decide(office, ask(office, running))

    found = deadline_of(running)

    # 22, 23, 24, 28, 29, 30 September, 8, 9, 10, 12, 13, 14, 15, 16, 19 October: fifteen working days.
    assert (found.last_day, found.rule["amount"], found.rule["extension"]) == (date(2026, 10, 19), 10, 5)
    assert task_of(running).ends_at == timer_of(running).due_at == found.ends_at
    assert "期限：10 个工作日，延长 5 个工作日" in deadlines.explanation(found, "130636").as_text()
    with db.reading() as session:
        (request,) = extending.of_deadline(session, found.id)
    assert (request.row.last_day_before, request.row.last_day_after) == (date(2026, 10, 12), date(2026, 10, 19))
    assert breaches(tmp_path) == []


def test_less_than_the_programme_allows_may_be_asked_for(office: Office, running: int):
    decide(office, ask(office, running, amount=2))

    assert deadline_of(running).last_day == date(2026, 10, 14)
    with pytest.raises(Invalid, match="修改|有误") as invalid:
        ask(office, running, amount=6)
    assert list(invalid.value.fields) == ["amount"]


def test_a_month_is_added_before_the_corresponding_day_is_looked_for(office: Office, running: int):
    decide(office, ask(office, running, element="weigh", by="lead@county"))

    assert deadline_of(running, "weigh").last_day == date(2027, 1, 21)  # 21 September and four months


@pytest.mark.parametrize("order", ["stop first", "extend first", "extend while stopped", "ask, stop, decide"])
def test_a_stop_and_an_extension_agree_in_either_order(
    office: Office, running: int, clock_at: Callable[[str], None], tmp_path, order: str
):
    request = ask(office, running) if order == "ask, stop, decide" else ""
    if order == "extend first":
        decide(office, ask(office, running))
    clock_at("2026-09-23 10:00")
    lasting = stop(office, running)
    if order == "extend while stopped":
        decide(office, ask(office, running))
        assert deadline_of(running).status == "stopped"
    if request:
        decide(office, request)
    clock_at("2026-09-29 16:00")
    resume(office, lasting)
    if order == "stop first":
        decide(office, ask(office, running))

    # Day 1 is 22 September; 30 September, 8, 9, 10, 12 to 16 October are days 2 to 10; 19 to 23 October are
    # the five of the extension.
    found = deadline_of(running)
    assert (found.status, found.last_day) == ("running", date(2026, 10, 23))
    assert timer_of(running).due_at == found.ends_at
    assert breaches(tmp_path) == []


def test_a_refused_request_moves_nothing_and_another_may_follow(office: Office, running: int):
    before = deadline_of(running).last_day
    decide(office, ask(office, running), "refused", reason="理由不充分")
    assert deadline_of(running).last_day == before

    decide(office, ask(office, running))
    decide(office, ask(office, running))
    with pytest.raises(Refused, match="最多延期 2 次") as refused:
        ask(office, running)
    assert refused.value.clause == "BDP-20"


def test_one_request_waits_at_a_time_and_is_decided_once(office: Office, running: int):
    public_id = ask(office, running)
    with pytest.raises(Gone, match="等候批准"):
        ask(office, running)
    decide(office, public_id)
    with pytest.raises(Gone, match="审批"):
        decide(office, public_id, "refused")


@pytest.mark.parametrize(
    ("login", "error"), [("clerk@city", NotFound), ("lead@county", NotFound), ("lead@sibling_city", NotFound)]
)
def test_only_the_role_that_the_programme_names_decides(office: Office, running: int, login: str, error: type):
    public_id = ask(office, running)

    with pytest.raises(error):
        decide(office, public_id, by=login)


@pytest.mark.parametrize(
    ("login", "error"),
    [("lead@city", NotAllowed), ("applicant@institution", NotAllowed), ("clerk@sibling_county", NotFound)],
)
def test_only_who_has_the_task_asks(office: Office, running: int, login: str, error: type):
    with pytest.raises(error):
        ask(office, running, by=login)


def test_nobody_decides_the_own_request(office: Office, running: int):
    public_id = ask(office, running)
    with db.transaction() as session:
        session.scalars(select(Extension)).one().asked_by = office.who["lead@city"].person_id

    with pytest.raises(NotAllowed, match="本人"):
        decide(office, public_id)


def test_it_is_asked_for_before_the_end(office: Office, running: int, clock_at: Callable[[str], None]):
    clock_at("2026-10-12 23:59")
    ask(office, running)
    clock_at("2026-12-22 00:00")

    with pytest.raises(Refused, match="已于 2026-12-21 届满"):
        ask(office, running, element="weigh", by="lead@county")
    with pytest.raises(Refused, match="没有规定可以延期"):
        ask(office, running, element="plan")


def test_a_request_that_nobody_decided_in_time_ends_with_its_task(
    office: Office, running: int, clock_at: Callable[[str], None], tmp_path
):
    public_id = ask(office, running)
    clock_at("2026-10-13 00:00")
    office.work()  # the period is over, its timer has fired

    with pytest.raises(Gone):
        decide(office, public_id)
    with db.reading() as session:
        assert extending.on_the_desk(session, office.who["lead@city"]) == []
    assert breaches(tmp_path) == []


def test_both_sides_are_told_by_mail_and_the_desk_shows_what_waits(office: Office, running: int):
    public_id = ask(office, running)
    with db.reading() as session:
        assert [one.row.public_id for one in extending.on_the_desk(session, office.who["lead@city"])] == [public_id]
        assert extending.waiting_for(session, office.who["lead@city"]) == 1
        assert extending.waiting_for(session, office.who["clerk@city"]) == 0
    decide(office, public_id)

    with db.reading() as session:
        subjects = session.scalars(select(Letter.subject).order_by(Letter.id)).all()
        bodies = session.scalars(select(Letter.body).order_by(Letter.id)).all()
        assert extending.waiting_for(session, office.who["lead@city"]) == 0
    assert ["待审批" in subjects[0], "已获批准" in subjects[1], len(subjects)] == [True, True, 2]
    assert "截止日由 2026-10-12 改为 2026-10-19。" in bodies[1]


def test_a_reason_is_asked_for_on_both_sides(office: Office, running: int):
    with pytest.raises(Invalid), db.transaction() as session:
        extending.ask(session, task_of(running).public_id, by=office.who["clerk@county"], reason=" ")
    public_id = ask(office, running)
    with pytest.raises(Invalid) as invalid:
        decide(office, public_id, "perhaps", reason="")
    assert list(invalid.value.fields) == ["decision", "reason"]


def test_the_stored_rule_computes_the_date_again(office: Office, running: int):
    decide(office, ask(office, running))
    with db.reading() as session:
        found = session.get_one(Deadline, deadline_of(running).id)
        assert deadlines.explanation(found, "130636").deadline.last_day == found.last_day
