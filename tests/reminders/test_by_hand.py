"""停止、恢复、人工催办: who may, what it does to the ladder, and what the trail keeps."""

import pytest
from sqlalchemy import select

from app import db
from app.audit.models import AuditEntry
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.reminders import operations as reminders
from tests.reminders.conftest import Desk

REASON = "申报单位停产整顿，经批准暂缓办理。"


def stop(desk: Desk, case_id: int, login: str = "lead@county", reason: str = REASON) -> None:
    with db.transaction() as session:
        reminders.stop(session, desk.task(case_id).public_id, by=desk.office.who[login], reason=reason)


def resume(desk: Desk, case_id: int, login: str = "lead@county") -> None:
    with db.transaction() as session:
        reminders.resume(session, desk.task(case_id).public_id, by=desk.office.who[login])


def urge(desk: Desk, case_id: int, login: str = "clerk@city", words: str = "请于今日办结。") -> None:
    with db.transaction() as session:
        reminders.urge(session, desk.task(case_id).public_id, by=desk.office.who[login], words=words)


def verbs(case_id: int) -> list[tuple[str, str]]:
    with db.reading() as session:
        rows = session.execute(
            select(AuditEntry.verb, AuditEntry.person_name).where(AuditEntry.chain == f"case:{case_id}")
            .order_by(AuditEntry.seq)
        )
        return [tuple(row) for row in rows]


def test_a_stopped_ladder_holds_its_rungs_and_goes_on_with_those_to_come(desk: Desk):
    case_id = desk.at_county()
    stop(desk, case_id)
    desk.work("2026-10-08 08:30")
    desk.work("2026-10-10 08:30")
    resume(desk, case_id)
    desk.work("2026-10-10 09:00")
    assert desk.mail.taken() == []

    desk.work("2026-10-12 08:30")

    assert desk.reminders(case_id) == [(0, "urge", "held"), (1, "urge", "held"), (2, "urge", "fired")]
    assert len(desk.mail.taken()) == 1
    assert [verb for verb, _name in verbs(case_id)][-3:] == ["stop_reminders", "resume_reminders", "remind"]


def test_what_comes_while_it_is_stopped_is_held_even_if_no_worker_looked(desk: Desk):
    case_id = desk.at_county()
    stop(desk, case_id)
    desk.hold("2026-10-08 10:00")
    resume(desk, case_id)

    desk.work()

    assert desk.reminders(case_id) == [(0, "urge", "held")]
    assert desk.looks_at(case_id) == "2026-10-10 08:30"


@pytest.mark.parametrize(
    ("login", "error"),
    [
        ("lead@county", None), ("lead@city", None), ("lead@province", None), ("clerk@county", NotAllowed),
        ("clerk@city", NotAllowed), ("lead@sibling_county", NotFound), ("lead@sibling_city", NotFound),
        ("applicant@institution", NotAllowed), ("applicant@other_institution", NotFound),
    ],
)
def test_the_units_lead_and_the_leads_above_may_stop_a_ladder(desk: Desk, login: str, error: type | None):
    case_id = desk.at_county()

    if error is None:
        stop(desk, case_id, login)
        assert verbs(case_id)[-1] == ("stop_reminders", desk.office.who[login].name)
    else:
        with pytest.raises(error):
            stop(desk, case_id, login)
        assert verbs(case_id)[-1][0] == "complete_task"


@pytest.mark.parametrize(
    ("login", "error"),
    [
        ("lead@county", None), ("clerk@city", None), ("clerk@province", None), ("clerk@county", NotAllowed),
        ("auditor@city", NotAllowed), ("clerk@sibling_city", NotFound), ("applicant@institution", NotAllowed),
    ],
)
def test_the_units_lead_and_those_above_may_urge(desk: Desk, login: str, error: type | None):
    case_id = desk.at_county()

    if error is None:
        urge(desk, case_id, login)
        assert desk.reminders(case_id) == [(None, "urge", "fired")]
    else:
        with pytest.raises(error):
            urge(desk, case_id, login)
        assert desk.reminders(case_id) == []


def test_a_task_is_urged_by_hand_once_a_day_whoever_does_it(desk: Desk):
    case_id = desk.at_county()
    desk.hold("2026-09-22 10:00")
    urge(desk, case_id)
    desk.work()
    sent = desk.mail.letters[0]

    with pytest.raises(Refused, match="今天已经催办"):
        urge(desk, case_id, "clerk@province")
    desk.hold("2026-09-23 00:00")
    urge(desk, case_id, "clerk@province")

    assert sent.to == desk.email("clerk@county")
    assert "请于今日办结。" in sent.body
    assert desk.reminders(case_id) == [(None, "urge", "fired")] * 2
    desk.work("2026-10-08 08:30")  # the ladder knows nothing of it
    assert desk.reminders(case_id)[-1] == (0, "urge", "fired")


def test_a_reason_and_words_are_asked_for_by_name(desk: Desk):
    case_id = desk.at_county()

    for do, field, text in ((stop, "reason", " "), (stop, "reason", "长" * 501), (urge, "words", ""),
                            (urge, "words", "长" * 501)):
        with pytest.raises(Invalid) as raised:
            do(desk, case_id, "lead@county", text)
        assert list(raised.value.fields) == [field]


def test_what_is_stopped_already_or_runs_or_is_done_is_gone(desk: Desk):
    case_id = desk.at_county()
    with pytest.raises(Gone):
        resume(desk, case_id)
    stop(desk, case_id)
    with pytest.raises(Gone):
        stop(desk, case_id, "lead@city")
    public_id = desk.task(case_id).public_id
    desk.office.recommend(case_id)

    lead = desk.office.who["lead@county"]
    for verb, given in ((reminders.stop, {"reason": REASON}), (reminders.resume, {}), (reminders.urge, {"words": "."})):
        with pytest.raises(Gone), db.transaction() as session:
            verb(session, public_id, by=lead, **given)
