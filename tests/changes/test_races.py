"""A change reported in the second in which the title is revoked: one of both comes first, and the trail says which."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from app import clock, db, worker
from app.cases import operations as cases
from app.cases.models import Case
from app.changes.models import ChangeReport
from app.documents import storage
from app.outbox.senders import NoSender
from app.titles import changing
from app.titles.models import Title, TitleEvent
from tests import living
from tests.changes.scene import Scene, files
from tests.races.racing import Side, race

ROUNDS = 12


@pytest.mark.fault
def test_a_report_in_the_second_of_a_revocation_is_taken_or_refused_and_the_title_is_revoked_either_way(
    database: db.Database, clock_at: Callable[[str], None], tmp_path
):
    clock_at("2025-07-01 09:00")
    storage.open_folder(tmp_path)
    alive = living.living(granted_on=date(2025, 7, 1), files=files(suspends=True), count=ROUNDS)
    scene = Scene(alive, clock_at, tmp_path)
    clock_at("2025-09-01 10:00")
    with db.reading() as session:
        holders = [alive.holder(session, name) for name in alive.titles]
        titles = [alive.title(session, name).id for name in alive.titles]
    begun = [living.begin(who, title, "change_report")
             for who, title in zip(holders, alive.titles.values(), strict=True)]
    tasks = [living.open_tasks(case)[0] for case in begun]
    answers = [scene.reported("2025-08-01", task, who) for task, who in zip(tasks, holders, strict=True)]

    def report(number: int) -> bool:
        with db.reading() as session:
            prepared = cases.prepare_completion(
                session, tasks[number].public_id, identity=holders[number], answers=answers[number]
            )
        with db.transaction() as session:
            cases.complete(session, prepared, by=holders[number])
        return True

    def revoke(number: int) -> bool:
        with db.transaction() as session:
            title = changing.locked(session, titles[number])
            changing.record(session, title, "revoked", case_id=title.case_id, clause="HBI-13.3",
                            effective_on=date(2025, 9, 1))
        return True

    with clock.held_at(clock.day_start(date(2025, 9, 2))):
        ends = race(Side("report", report), Side("revoke", revoke), rounds=ROUNDS)
        worker.run_until_idle(NoSender())

    for number, (reported, revoked) in enumerate(ends):
        assert revoked.won
        if not reported.won:
            assert reported.error.clause == "HBI-13.3"
        with db.reading() as session:
            kinds = session.scalars(
                select(TitleEvent.kind).where(TitleEvent.title_id == titles[number]).order_by(TitleEvent.seq)
            ).all()
            case = session.scalars(select(Case).where(Case.public_id == begun[number])).one()
            row = session.scalars(select(ChangeReport).where(ChangeReport.case_id == case.id)).one()
            assert session.get_one(Title, titles[number]).status == "revoked"
            assert kinds == ["granted", *(["suspended"] if reported.won else []), "revoked"]
            assert (case.status, case.outcome, row.status) == ("done", "称号已终止", "withdrawn")
            assert (row.reported_at is not None) == reported.won
