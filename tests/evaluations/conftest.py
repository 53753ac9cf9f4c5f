"""Statements that a piece of code sends, and reports that were filed, for samples."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, select

from app import clock, db
from app.cases import operations as cases
from app.cases.models import Task
from app.documents import storage
from app.obligations.models import Duty
from app.people import queries as people
from app.titles import changing
from app.titles.models import Title
from tests.living import Living


@pytest.fixture
def statements(database: db.Database) -> Callable[[], AbstractContextManager[list[str]]]:
    """`with statements() as sent:` - the statements that SQLAlchemy sends meanwhile."""

    @contextmanager
    def listen() -> Iterator[list[str]]:
        sent: list[str] = []

        def take(_connection, _cursor, statement, *_rest) -> None:
            sent.append(statement)

        event.listen(database.engine, "before_cursor_execute", take)
        try:
            yield sent
        finally:
            event.remove(database.engine, "before_cursor_execute", take)

    return listen


@pytest.fixture(autouse=True)
def _folder_of_files(tmp_path: Path) -> None:
    """Letters are kept as files."""
    storage.open_folder(tmp_path)


def filed(scene: Living, *instants: str) -> list[int]:
    """A report of the first title filed at each instant (Beijing wall time); returns the ids of their cases."""
    made = []
    with db.transaction() as session:
        title = scene.title(session)
        programme = changing.programme_of(session, title)
        for place, wall in enumerate(instants):
            instant = datetime.fromisoformat(wall).replace(tzinfo=clock.SHANGHAI)
            made.append(_report(session, scene, title, programme, instant, place))
    return made


def _report(session, scene, title: Title, programme, instant: datetime, place: int) -> int:
    case = cases.open_case(
        session, programme=programme, diagram="application", title=f"季度报告 {place}", region_code="130636",
        applicant_id=title.holder_id, at=instant, title_id=title.id,
        dates=dict.fromkeys(programme.batches.dates, "2026-12-01"), by=people.the_system(scene.world.unit("province")),
    )
    case.status, case.closed_at, case.outcome = "done", instant, "已报送"
    for task in session.scalars(select(Task).where(Task.case_id == case.id)):
        task.status, task.closed_at = "cancelled", instant
    session.add(Duty(
        public_id=db.public_id(), title_id=title.id, programme=title.programme, obligation="quarterly",
        period=f"{instant:%Y-%m-%d}-{place}", covers_from=date(2025, 1, 1), covers_until=date(2025, 3, 31),
        due_on=date(2026, 3, 15), case_id=case.id, status="done", filed_at=instant,
    ))
    session.flush()
    return case.id
