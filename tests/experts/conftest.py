"""A province at work: see tests.experts.panel."""

from collections.abc import Callable

import pytest

from app import db
from tests.experts import panel
from tests.experts.panel import Province


@pytest.fixture
def province(database: db.Database, clock_at: Callable[[str], None]) -> Province:
    """It is Monday 2026-09-21, 09:00 in Beijing."""
    clock_at("2026-09-21 09:00")
    with db.transaction() as session:
        return panel.province(session)


@pytest.fixture
def province_with(database: db.Database, clock_at: Callable[[str], None]) -> Callable[..., Province]:
    """The same with other rules: province_with(experts=3, quorum=2)."""
    clock_at("2026-09-21 09:00")

    def make(**rules: object) -> Province:
        with db.transaction() as session:
            return panel.province(session, rules)

    return make
