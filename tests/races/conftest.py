import pytest

from app import clock
from tests.races import office as offices
from tests.races.racing import told

__all__ = ["told"]


@pytest.fixture
def office(database):
    """The office at nine in the morning of the day on which its cases are opened; legal time stands still."""
    with clock.held_at(offices.OPENED):
        yield offices.furnish()
