"""Two people at one year of the calendar: one edition waits, and one confirmation puts it in force."""

import pytest
from sqlalchemy import func, select

from app import db, workdays
from app.audit.models import AuditEntry
from app.calendars import operations, queries
from app.calendars.models import CalendarEdition
from tests import factories
from tests.races.racing import Side, race, winners

pytestmark = pytest.mark.fault

ROUNDS = 40


@pytest.fixture
def people(database):
    with db.transaction() as tx:
        world = factories.world(tx)
        return {login: world.identity(tx, login) for login in (
            "clerk@province", "operator@province", "lead@province", "lead@ministry"
        )}


def test_of_two_who_enter_a_year_one_edition_waits(people, told):
    def enter(login):
        def act(number):
            with db.transaction() as tx:
                return operations.propose(
                    tx, by=people[login], year=2027 + number, off=_days(2027 + number)[0], on={},
                    document_number="通知", issued_on=None, origin="hand",
                )
        return Side(login, act)

    ends = race(enter("clerk@province"), enter("operator@province"), rounds=ROUNDS)

    winners(ends, told=told, title="two people enter a year", sides=("clerk", "operator"))
    assert _counted(CalendarEdition.state == "proposed") == ROUNDS


def test_of_two_who_confirm_one_does_and_each_revision_is_given_once(people, told):
    waiting = []
    with db.transaction() as tx:
        for year in range(2027, 2027 + ROUNDS):
            waiting.append(operations.propose(
                tx, by=people["clerk@province"], year=year, off=_days(year)[0], on={}, document_number="通知",
                issued_on=None, origin="hand",
            ).public_id)

    def confirm(login):
        def act(number):
            with db.transaction() as tx:
                return operations.confirm(tx, queries.edition(tx, waiting[number]).edition, by=people[login])
        return Side(login, act)

    ends = race(confirm("lead@province"), confirm("lead@ministry"), rounds=ROUNDS)

    winners(ends, told=told, title="two people confirm a year", sides=("province", "ministry"))
    with db.reading() as session:
        revisions = session.scalars(select(CalendarEdition.revision).order_by(CalendarEdition.revision)).all()
        confirmed = select(func.count()).where(AuditEntry.verb == "confirm_calendar")
        assert list(revisions) == list(range(1, ROUNDS + 1))
        assert session.scalar(confirmed) == ROUNDS


def _days(year):
    return workdays.national_calendar().notice_days(year)


def _counted(which):
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(CalendarEdition).where(which))
