import pytest

from app import clock, db
from tests.faults.lives import House, Nursery
from tests.races import office as offices
from tests.races.racing import told

__all__ = ["told"]


@pytest.fixture(scope="session")
def nursery(tmp_path_factory):
    """Where lives are forked, one a worker of the test run."""
    made = Nursery(tmp_path_factory.mktemp("lives"))
    yield made
    made.close()


@pytest.fixture
def office(database):
    """The office at nine in the morning of the day on which its cases are opened; legal time stands still here."""
    with clock.held_at(offices.OPENED):
        yield offices.furnish()


@pytest.fixture
def house(nursery, office):
    """An installation on the test's database; its lives begin an hour after the office opened."""
    made = House(nursery, db.current().engine.url.render_as_string(hide_password=False), offices.OPENED)
    yield made
    if made.server is not None:
        made.server.kill()
