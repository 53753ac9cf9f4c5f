"""A county that has served a notice of defects, and the institution that got it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from app import db, worker
from app.cases.models import Deadline, Task, Timer
from app.documents import storage
from app.notices import operations
from app.notices.models import Notice
from app.outbox.senders import NoSender
from app.people.queries import Identity
from tests import factories
from tests.notices import corrected


@dataclass
class Desk:
    """The world's people by login, the case, and shortcuts."""

    case_id: int
    who: dict[str, Identity]

    @property
    def applicant(self) -> Identity:
        return self.who["applicant@institution"]

    @property
    def clerk(self) -> Identity:
        return self.who["clerk@county"]

    def notice(self) -> Notice:
        with db.reading() as session:
            return session.scalars(select(Notice).where(Notice.case_id == self.case_id).order_by(Notice.id)).all()[-1]

    def open(self, by: Identity | None = None) -> Notice:
        with db.transaction() as session:
            return operations.open_notice(session, self.notice().public_id, by=by or self.applicant)

    def deliver(self, day: date, *, way: str = "mail", reason: str = "", by: Identity | None = None):
        with db.transaction() as session:
            return operations.enter_delivery(
                session, self.notice().public_id, by=by or self.clerk, way=way, delivered_on=day, reason=reason
            )

    def deadline(self) -> Deadline:
        with db.reading() as session:
            return session.scalars(
                select(Deadline).where(Deadline.case_id == self.case_id, Deadline.period == "correction")
            ).one()

    def timer_due(self) -> datetime | None:
        with db.reading() as session:
            return session.scalars(select(Timer.due_at).where(Timer.case_id == self.case_id)).one()

    def task(self) -> Task:
        with db.reading() as session:
            return session.scalars(
                select(Task).where(Task.case_id == self.case_id, Task.element == "supplement")
            ).one()

    def work(self) -> int:
        return worker.run_until_idle(NoSender())


@pytest.fixture
def desk(database: db.Database, clock_at: Callable[[str], None], tmp_path: Path) -> Desk:
    """Monday 2026-09-21, 09:00: the county's clerk of the small world has just found two defects."""
    clock_at("2026-09-21 09:00")
    storage.open_folder(tmp_path / "files")
    with db.transaction() as session:
        world = factories.world(session)
        corrected.deploy(session)
        who = {login: world.identity(session, login) for login in world.people}
        case = corrected.apply(session, call_by=who["clerk@city"], by=who["applicant@institution"])
    corrected.reviewed(case.id, applicant=who["applicant@institution"], clerk=who["clerk@county"])
    return Desk(case.id, who)
