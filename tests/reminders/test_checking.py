"""The invariants of reminders hold after every path, and find what was tampered with."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from app import clock, config, db, invariants, worker
from app.cases.models import Deadline
from app.reminders import operations, queries
from app.reminders.models import Ladder, Reminder, ReminderCopy
from tests.reminders.conftest import Desk


def report(tmp_path: Path) -> invariants.Report:
    with db.reading() as session:
        return invariants.check(session, config.Config(database_url="", data_dir=tmp_path, secret_key=""))


def alter(statement) -> None:
    with db.transaction() as session:
        session.execute(statement)


TAMPERED: dict[str, Callable[[], object]] = {
    "留痕 1 次": lambda: delete(Reminder).where(Reminder.rung == 0),
    "没有安排": lambda: update(Deadline).where(Deadline.remind_at.is_not(None)).values(remind_at=None),
    "邮件发给": lambda: update(ReminderCopy).values(address="other@example.cn"),
}


def test_everything_holds_and_each_tampering_is_found(desk: Desk, tmp_path: Path):
    desk.at_county()
    for wall_time in ("2026-10-08 08:30", "2026-10-13 08:30"):
        desk.work(wall_time)
        found = report(tmp_path)
        assert [b for b in found.breaches if b.invariant in ("I7", "I18", "I19")] == []
        assert [w for w in found.warnings if w.where == "提醒"] == []


@pytest.mark.parametrize("words", TAMPERED)
def test_what_was_tampered_with_is_found(desk: Desk, tmp_path: Path, words: str):
    desk.at_county()
    desk.work("2026-10-08 08:30")
    if words == "留痕 1 次":
        alter(delete(ReminderCopy))

    alter(TAMPERED[words]())

    assert any(words in b.words for b in report(tmp_path).breaches if b.invariant == "I19")


def test_a_rung_that_came_twice_for_one_day_is_found(desk: Desk, tmp_path: Path):
    case_id = desk.at_county()
    desk.work("2026-10-08 08:30")
    with db.transaction() as session:
        first = session.merge(desk.row(case_id))
        session.add(Reminder(
            case_id=first.case_id, task_id=first.task_id, deadline_id=first.deadline_id, rung=0, level="urge",
            status="collapsed", due_at=first.due_at - timedelta(days=1), fired_at=first.fired_at, day=first.day,
        ))
        session.flush()

    assert any("重复" in b.words for b in report(tmp_path).breaches)


def test_what_nobody_looked_at_for_an_hour_is_a_warning(desk: Desk, tmp_path: Path):
    desk.at_county()
    desk.hold("2026-10-08 09:31")

    assert any("仍未提醒" in w.words for w in report(tmp_path).warnings)


def test_a_ladder_that_cannot_be_worked_out_is_shown_and_tried_again_and_stops_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    broken, sound = desk.at_county(), desk.at_county("applicant@other_institution")
    bad = desk.deadline(broken).id
    plain = operations._firing

    def firing(session, finder, row, settled, now):
        if row.id == bad:
            raise ZeroDivisionError("broken rule")
        return plain(session, finder, row, settled, now)

    monkeypatch.setattr(operations, "_firing", firing)
    desk.work("2026-10-08 08:30")

    assert (desk.reminders(broken), desk.reminders(sound)) == ([], [(0, "urge", "fired")])
    with db.reading() as session:
        (shown,) = queries.failing(session)
        assert "broken rule" in shown.error
        ladder = session.get_one(Ladder, bad)
        assert clock.real() < ladder.retry_at <= clock.real() + timedelta(seconds=2)
    monkeypatch.setattr(operations, "_firing", plain)
    with db.transaction() as session:
        session.get_one(Ladder, bad).retry_at = clock.real()
        session.flush()
    worker.run_until_idle(desk.mail)
    assert desk.reminders(broken) == [(0, "urge", "fired")]
    with db.reading() as session:
        assert queries.failing(session) == []
        assert session.get_one(Ladder, bad).error == ""
