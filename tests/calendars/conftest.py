"""The small world with its people, and editions made in it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from app import db, workdays
from app.calendars import current, operations, queries
from app.calendars.models import CalendarEdition
from tests import factories

OFF_2027, ON_2027 = workdays.national_calendar().notice_days(2027)
"""What the regulation gives for 2027, which has no notice yet."""
LABOUR = {date(2027, 5, day): "劳动节" for day in range(1, 6)}
NOTICE_2027 = (
    {**OFF_2027, **LABOUR}, {date(2027, 5, 8): "劳动节", date(2027, 4, 25): "劳动节"}
)


@dataclass
class Office:
    """The world, and its verbs done by login."""

    world: factories.World

    def identity(self, login: str) -> Any:
        with db.reading() as session:
            return self.world.identity(session, login)

    def propose(self, login: str = "clerk@province", **changed: Any) -> str:
        """Enter an edition; returns its public id."""
        off, on = NOTICE_2027
        asked = {
            "year": 2027, "region_code": "", "off": off, "on": on, "document_number": "国办发明电〔2026〕9号",
            "issued_on": None, "origin": "hand", **changed,
        }
        with db.transaction() as tx:
            return operations.propose(tx, by=self.world.identity(tx, login), **asked).public_id

    def confirm(self, public_id: str, login: str = "lead@province") -> None:
        with db.transaction() as tx:
            edition = queries.edition(tx, public_id).edition
            operations.confirm(tx, edition, by=self.world.identity(tx, login))
        current.refresh(at_once=True)

    def withdraw(self, public_id: str, login: str = "clerk@province", reason: str = "录错") -> None:
        with db.transaction() as tx:
            edition = queries.edition(tx, public_id).edition
            operations.withdraw(tx, edition, by=self.world.identity(tx, login), reason=reason)

    def edition(self, public_id: str) -> CalendarEdition:
        with db.reading() as session:
            return queries.edition(session, public_id).edition

    def in_force(self, **changed: Any) -> str:
        """An edition entered and confirmed."""
        public_id = self.propose(**changed)
        self.confirm(public_id)
        return public_id


@pytest.fixture
def office(database: db.Database) -> Office:
    with db.transaction() as tx:
        return Office(factories.world(tx))


@pytest.fixture
def after() -> Callable[[date, int], date]:
    """The last day of a period of working days, nationally or for a region, in the book in use."""

    def last_day(start: date, amount: int, region: str = "130600") -> date:
        period = workdays.Period(amount, "working_days")
        return workdays.deadline(period, start, workdays.calendar_for(region)).last_day

    return last_day


def days_from(first: date, count: int, name: str) -> dict[date, str]:
    """Some days on end, all of one name."""
    return {first + timedelta(days=offset): name for offset in range(count)}
