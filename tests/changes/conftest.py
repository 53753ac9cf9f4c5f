"""A programme with one titled institution, its title granted on 1 July 2025."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from app import db
from app.documents import storage
from tests import living
from tests.changes.scene import Scene, files


@pytest.fixture
def scene_of(database: db.Database, clock_at: Callable[[str], None], tmp_path: Path) -> Callable[..., Scene]:
    """Deploy the programme (with options of scene.files) and put a title on the register on 1 July 2025, 9:00."""

    def make(granted_on: date = date(2025, 7, 1), **options: bool) -> Scene:
        clock_at(f"{granted_on} 09:00")
        storage.open_folder(tmp_path)
        return Scene(living.living(granted_on=granted_on, files=files(**options)), clock_at, tmp_path)

    return make


@pytest.fixture
def scene(scene_of: Callable[..., Scene]) -> Scene:
    return scene_of()
