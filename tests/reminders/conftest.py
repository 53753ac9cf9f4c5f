"""An office whose programme has a ladder: 3 and 1 working days before, on the day, 1 after 督办, 5 after 通报."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from app import clock, db, worker
from app.cases.models import Deadline, Task
from app.outbox.senders import Envelope
from app.people.models import Person
from app.reminders.models import Reminder
from tests import sample
from tests.cases.conftest import Office, office  # noqa: F401 - a fixture

LADDER = b"""
reminders:
  at: "08:30"
  ladder: [3, 1, 0, {after: 1, level: supervise}, {after: 5, level: circulate}]
  ours: yes
"""


@dataclass
class Mailbox:
    """A sender that keeps what it is given."""

    letters: list[Envelope] = field(default_factory=list)

    def ready(self) -> bool:
        return True

    def send(self, envelope: Envelope) -> None:
        self.letters.append(envelope)

    def close(self) -> None:
        """Nothing is held open."""

    def taken(self) -> list[tuple[str, str]]:
        """(to, subject) of what came since the last look."""
        found = [(letter.to, letter.subject) for letter in self.letters]
        self.letters.clear()
        return found


@dataclass
class Desk:
    """The office, its mail, and short questions about reminders."""

    office: Office
    mail: Mailbox
    hold: Callable[[str], None]

    def at_county(self, applicant: str = "applicant@institution") -> int:
        """A case at 县级测评推荐, opened now."""
        case_id = self.office.apply(applicant)
        self.office.fill(case_id, applicant)
        return case_id

    def work(self, wall_time: str = "") -> None:
        """Let the worker do everything that is due, at a wall time in Beijing."""
        if wall_time:
            self.hold(wall_time)
        worker.run_until_idle(self.mail)

    def reminders(self, case_id: int | None = None) -> list[tuple[int | None, str, str]]:
        """(rung, level, status) in the order in which they were written."""
        where = [] if case_id is None else [Reminder.case_id == case_id]
        with db.reading() as session:
            rows = session.execute(
                select(Reminder.rung, Reminder.level, Reminder.status).where(*where).order_by(Reminder.id)
            )
            return [tuple(row) for row in rows]

    def row(self, case_id: int) -> Reminder:
        """The reminder of a case that was written last."""
        with db.reading() as session:
            return session.scalars(
                select(Reminder).where(Reminder.case_id == case_id).order_by(Reminder.id.desc())
            ).first()

    def task(self, case_id: int) -> Task:
        with db.reading() as session:
            return sample.open_task(session, case_id)

    def deadline(self, case_id: int) -> Deadline:
        with db.reading() as session:
            return session.get_one(Deadline, sample.open_task(session, case_id).deadline_id)

    def looks_at(self, case_id: int) -> str:
        """When the worker looks next at the ladder of a case's open task, in Beijing; "" for never."""
        found = self.deadline(case_id).remind_at
        return f"{clock.local(found):%Y-%m-%d %H:%M}" if found else ""

    def email(self, login: str) -> str:
        with db.reading() as session:
            return session.scalars(select(Person.email).where(Person.login == login)).one()


@pytest.fixture
def ladder() -> bytes:
    """What programme.yaml says about reminders; a module may say something else."""
    return LADDER


@pytest.fixture
def with_ladder(ladder: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample programme that is deployed from now on has the ladder."""
    plain = sample.files

    def files() -> dict[str, bytes]:
        found = plain()
        return found | {"programme.yaml": found["programme.yaml"] + ladder}

    monkeypatch.setattr(sample, "files", files)


@pytest.fixture
def desk(with_ladder: None, office: Office, clock_at: Callable[[str], None]) -> Desk:  # noqa: F811
    """It is Monday 2026-09-21, 09:00; what the county gets now it has to do until Monday 2026-10-12."""
    return Desk(office, Mailbox(), clock_at)
