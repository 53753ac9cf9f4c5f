"""Titles to test life with: a shipped programme deployed as it lies in the folder, departments of every tier, and
institutions whose titles are in the register. What is under test goes through the operations and the worker."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import clock, db, worker
from app.cases import operations as cases
from app.cases.models import Case, Task
from app.documents import storage
from app.obligations import reporting
from app.outbox.senders import NoSender
from app.people import queries as people
from app.people.models import Person, RoleGrant
from app.people.queries import Identity
from app.programmes import operations as programmes
from app.programmes import package
from app.programmes import queries as deployed
from app.programmes.queries import Programme
from app.stories import telling
from app.titles import by_hand, changing, entering, life
from app.titles.models import LifeDue, Title
from app.vocabulary import known
from tests import factories

PROCESSES = Path(__file__).resolve().parents[1] / "processes"
PROVINCE = "hebei-institution"


@dataclass
class Living:
    """A programme with titled institutions. `titles` are public ids by the institution's name, in order."""

    programme: str
    world: factories.World
    titles: dict[str, str]

    def title(self, session: Session, name: str = "") -> Title:
        """A title by its holder's name (the first without one)."""
        key = self.titles[name] if name else next(iter(self.titles.values()))
        return session.scalars(select(Title).where(Title.public_id == key)).one()

    def holder(self, session: Session, name: str = "") -> Identity:
        """Somebody of the holder who acts for it."""
        title = self.title(session, name)
        return factories.identity(session, self._applicant(session, title.holder_id))

    def who(self, session: Session, login: str) -> Identity:
        """Somebody of a department: "clerk@province", "lead@province", "clerk@city", "clerk@county"."""
        return self.world.identity(session, login)

    @staticmethod
    def _applicant(session: Session, unit_id: int) -> Any:
        return session.scalars(
            select(Person).join(RoleGrant, RoleGrant.person_id == Person.id)
            .where(Person.unit_id == unit_id, RoleGrant.role == "applicant").limit(1)
        ).one()


def living(*, count: int = 1, granted_on: date, files: Mapping[str, bytes] | None = None, programme: str = PROVINCE,
           ) -> Living:
    """Deploy a programme (as it lies in the folder, or `files`) and put `count` institutions on its register; legal
    time should be held at or after `granted_on`. Institutions lie in Shunping county, Baoding."""
    storage.open_folder(Path(tempfile.mkdtemp(prefix="banjian-living-")))  # for the letters that time brings
    with db.transaction() as session:
        release = programmes.deploy(
            session, files or package.read_folder(PROCESSES / programme), person_id=None, **known()
        )
        world = factories.world(session)
        titles = {}
        for number in range(count):
            unit = factories.institution(session, name=f"持证服务机构{number + 1}")
            factories.person(session, unit, "applicant", login=f"holder{number + 1}@{unit.credit_code}")
            titles[unit.name] = grant(session, deployed.programme(session, release.id), world, unit, granted_on)
    return Living(programme, world, titles)


def grant(session: Session, programme: Programme, world: factories.World, unit: Any, granted_on: date) -> str:
    """Put a title on the register as a recognition of that day would; returns its public id."""
    office = people.the_system(world.unit("province"))
    case = cases.open_case(
        session, programme=programme, diagram="application", title=f"{unit.name}申报", region_code=unit.region_code,
        applicant_id=unit.id, by=office,
        dates={key: granted_on.isoformat() for key in programme.batches.dates},
    )
    cases.supersede(session, case.id, reason="试验登记", ended_as="已认定", at=clock.now())
    title = Title(
        public_id=db.public_id(), number=entering.number_for(session, programme, granted_on),
        programme=programme.key, name=programme.title.name, holder_id=unit.id, holder_name=unit.name,
        case_id=case.id, release_id=programme.release_id, document_number="冀工信企业〔2025〕1号",
        granted_on=granted_on, valid_until=entering.valid_until(programme, granted_on, {}, unit.region_code),
        status="active",
    )
    session.add(title)
    session.flush()
    changing.record(
        session, title, "granted", case_id=case.id, clause=programme.title.clause, effective_on=granted_on,
        decision=title.document_number,
    )
    return title.public_id


def pass_time(clock_at: Callable[[str], None], wall_time: str) -> None:
    """Let everything happen that falls due until "2026-03-16 09:00" (Beijing), each at its own instant; the test's
    legal time stays there."""
    instant = datetime.fromisoformat(wall_time).replace(tzinfo=clock.SHANGHAI)
    with _one_look_at_the_calendar(instant):
        while (due := telling.next_due(instant)) is not None:
            with clock.held_at(max(due, clock.now())):  # what was due before the story began is done when it begins
                worker.run_until_idle(NoSender())
    clock_at(wall_time)
    worker.run_until_idle(NoSender())
    telling.see_that_nothing_failed()


@contextmanager
def _one_look_at_the_calendar(until: datetime) -> Iterator[None]:
    """No edition comes into force while time passes: a report that waits for one is looked at once and not every week,
    and waits for a week again afterwards."""
    real, reporting.UNTIL_THE_CALENDAR = reporting.UNTIL_THE_CALENDAR, timedelta(days=36_500)
    try:
        yield
    finally:
        reporting.UNTIL_THE_CALENDAR = real
    latest = until + real
    with db.transaction() as session:
        session.execute(
            update(LifeDue)
            .where(LifeDue.kind == reporting.UNDECIDED, LifeDue.status == "waiting", LifeDue.due_at > latest)
            .values(due_at=latest)
        )


def begin(who: Identity, title: str, diagram: str) -> str:
    """Begin a case about a title by hand; returns its public id."""
    with db.transaction() as session:
        return by_hand.begin(session, who, title_public_id=title, diagram=diagram).public_id


def open_tasks(case: str = "", *, name: str = "") -> list[Task]:
    """Open tasks, of a case or by their name, in order."""
    where = [Task.status == "open"]
    if case:
        where.append(Task.case_id.in_(select(Case.id).where(Case.public_id == case)))
    if name:
        where.append(Task.name == name)
    with db.reading() as session:
        return list(session.scalars(select(Task).where(*where).order_by(Task.id)))


def open_tasks_in(session: Session, case_id: int) -> list[Task]:
    """The open tasks of a case, in the transaction that opened it."""
    return list(session.scalars(select(Task).where(Task.case_id == case_id, Task.status == "open").order_by(Task.id)))


def complete(task: Task, who: Identity, answers: Mapping[str, Any] | None = None, outcome: str = "") -> None:
    """Complete a task as somebody, then let the worker work."""
    with db.reading() as session:
        prepared = cases.prepare_completion(
            session, task.public_id, identity=who, answers=dict(answers or {}), outcome=outcome
        )
    with db.transaction() as session:
        cases.complete(session, prepared, by=who)
    worker.run_until_idle(NoSender())


def due_rows(title: Title) -> list[tuple[str, str, str]]:
    """(kind, key, status) of what falls due for a title, in the order of its days."""
    with db.reading() as session:
        rows = session.scalars(
            select(LifeDue).where(LifeDue.subject == life.subject_of(title)).order_by(LifeDue.due_at, LifeDue.id)
        )
        return [(row.kind, row.key, row.status) for row in rows]
