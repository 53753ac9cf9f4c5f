"""A shipped story told once, the state before each step kept, so that it can be told on from there with other files.

What a changed period does begins at the step in which it is first counted; what comes before is the same to the byte,
and isn't told again.
"""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

from sqlalchemy import select

from app import db, stories
from app.cases.models import Deadline
from app.documents import storage
from app.programmes import operations, package
from app.programmes.models import Release
from app.programmes.programme import Programme
from app.programmes.reading import read_yaml
from app.titles.models import Title
from tests import reopening, sample

PROCESSES = Path(__file__).parent.parent.parent / "processes"


@dataclass(frozen=True)
class State:
    """A database before a step (b"" where nobody tells on from here), the telling as it stood, and the periods counted
    until then."""

    content: bytes
    telling: stories.Telling
    counted: frozenset[str]


class Told:
    """A story that came true, over the test's SQLite database."""

    def __init__(self, path: Path) -> None:
        self.states: list[State] = []
        with db.transaction() as session:
            programme = operations.deploy(
                session, package.read_folder(path.parent.parent), person_id=None, **sample.vocabulary()
            ).programme
            story = read_yaml(path.read_bytes())
            for other in story.get("also", ()):
                operations.deploy(
                    session, package.read_folder(PROCESSES / other), person_id=None, **sample.vocabulary()
                )
        told = stories.Telling(
            story, files_dir=Path(mkdtemp(prefix="banjian_told_")), programme=programme
        )
        told.begin()
        for number in range(len(told.story["steps"])):
            self._keep(told)
            told.do_step(number)
        self._keep(told)

    def tell_on(self, files: Mapping[str, bytes], *, period: str = "", validity: bool = False) -> None:
        """Tell it on, on other files of the programme, from the step in which a period (or, with `validity`, a title)
        is first counted; without one from the beginning. The files aren't checked. Raises StoryFails."""
        first = self._first(lambda state: period in state.counted or (validity and "a title" in state.counted))
        begins = first if period or validity else 0
        state = self.states[begins]
        _lay(state.content)
        _change_release(files)
        told = replace(state.telling, units=dict(state.telling.units), people=dict(state.telling.people))
        storage.open_folder(told.files_dir)
        for number in range(begins, len(told.story["steps"])):
            told.do_step(number)

    def end(self) -> stories.Telling:
        """Lay the state after the last step; returns the telling that knows its units and people."""
        _lay(self.states[-1].content)
        storage.open_folder(self.states[-1].telling.files_dir)
        return self.states[-1].telling

    def _first(self, counts: Callable[[State], bool]) -> int:
        """The step after which something counts for the first time; the first of all where it never does."""
        return next((number - 1 for number, state in enumerate(self.states) if number and counts(state)), 0)

    def _keep(self, told: stories.Telling) -> None:
        with db.reading() as session:
            counted = set(session.scalars(select(Deadline.period).distinct()))
            if session.scalar(select(Title.id).limit(1)) is not None:
                counted.add("a title")
        if len(self.states) > 1 and self.states[-1].counted == counted:  # the step counted nothing for the first time
            self.states[-1] = replace(self.states[-1], content=b"")
        self.states.append(State(
            _content(), replace(told, units=dict(told.units), people=dict(told.people)), frozenset(counted)
        ))


_told: dict[Path, Told] = {}


def told(path: Path) -> Told:
    """A story told as it is shipped. The last one is kept, so tests of one story should stand together."""
    if path not in _told:
        _told.clear()
        _told[path] = Told(path)
    return _told[path]


def _file() -> Path:
    return Path(db.current().engine.url.database)


def _content() -> bytes:
    with closing(sqlite3.connect(_file())) as connection:
        return connection.serialize()


def _lay(content: bytes) -> None:
    url = db.current().engine.url.render_as_string(hide_password=False)
    db.current().close()
    reopening.put(_file(), content)
    reopening.reopen(url)


def _change_release(files: Mapping[str, bytes]) -> None:
    with db.transaction() as session:
        release = session.scalars(select(Release).where(Release.programme == Programme(files).key)).one()
        release.files, release.fingerprint = package.pack(files), package.fingerprint(files)
