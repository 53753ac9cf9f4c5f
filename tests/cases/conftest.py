"""An office at work: the small world, a deployed programme, an open call."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import pytest

from app import db, worker
from app.batches.models import Batch
from app.cases.models import Act
from app.cases.operations import Receipt
from app.outbox.senders import NoSender
from app.people.queries import Identity
from tests import factories, sample

COUNTY_OF = {"applicant@institution": "clerk@county", "applicant@other_institution": "clerk@sibling_county"}


@dataclass
class Office:
    """Who works here, and shortcuts to drive cases as far as a test needs."""

    batch_id: int
    who: dict[str, Identity] = field(default_factory=dict)

    def apply(self, applicant: str = "applicant@institution") -> int:
        """An application at its first task; returns the case's id."""
        with db.transaction() as session:
            return sample.apply(session, session.get_one(Batch, self.batch_id), by=self.who[applicant]).id

    def fill(self, case_id: int, applicant: str = "applicant@institution") -> Receipt:
        return sample.complete(case_id, by=self.who[applicant], answers={"name": "服务平台"})

    def recommend(self, case_id: int, clerk: str = "clerk@county", outcome: str = "recommend") -> Receipt:
        return sample.complete(case_id, by=self.who[clerk], answers=sample.OPINION, outcome=outcome)

    def review(self, case_id: int, outcome: str = "pass") -> Receipt:
        return sample.complete(case_id, by=self.who["clerk@city"], answers=sample.OPINION, outcome=outcome)

    def reviewed(self, applicant: str = "applicant@institution") -> int:
        """A case that stands at 列入公示."""
        case_id = self.apply(applicant)
        self.fill(case_id, applicant)
        self.recommend(case_id, COUNTY_OF[applicant])
        self.review(case_id)
        return case_id

    def publish(self, *case_ids: int) -> Act:
        return sample.confirm(list(case_ids), by=self.who["lead@city"], answers=sample.LIST)

    def announce(self, *case_ids: int, day: date) -> Act:
        return sample.confirm(list(case_ids), by=self.who["lead@city"], answers=sample.decision(day))

    def work(self) -> int:
        """Let the worker do everything that is due now."""
        return worker.run_until_idle(NoSender())


@pytest.fixture
def office(database: db.Database, clock_at: Callable[[str], None]) -> Office:
    """It is Monday 2026-09-21, 09:00 in Beijing."""
    clock_at("2026-09-21 09:00")
    with db.transaction() as session:
        world = factories.world(session)
        sample.deploy(session)
        batch = sample.open_batch(session, by=world.identity(session, "clerk@city"))
        who = {login: world.identity(session, login) for login in world.people}
    return Office(batch.id, who)
