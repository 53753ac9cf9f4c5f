"""An office where things happen at once: a release with two diagrams more, two people at every desk that is fought for,
and cases opened many at a time.

Nothing here races; what does, goes through transactions of its own, as the web and the worker do it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock, db, invariants, worker
from app.audit.models import AuditEntry
from app.cases import operations
from app.cases.models import Answer, Case, Task, Timer
from app.config import Config
from app.people.queries import Identity
from app.programmes import package, queries
from app.programmes.models import Release
from tests import factories, sample
from tests.factories import COUNTY, World

HERE = Path(__file__).parent
APPLICATION = {"name": "顺平创业服务有限公司"}
SECOND = {"second@county": "clerk", "second@city": "lead"}
OPENED = datetime(2026, 9, 21, 9, tzinfo=clock.SHANGHAI)
AFTER_REVIEW = datetime(2026, 10, 30, 9, tzinfo=clock.SHANGHAI)
"""When the county's ten working days are over, whichever way the holidays of early October are counted."""


@dataclass(frozen=True)
class Office:
    """The people, and the release that their cases run on."""

    world: World
    release_id: int
    identities: Mapping[str, Identity]

    def __getitem__(self, login: str) -> Identity:
        return self.identities[login]


def furnish() -> Office:
    """People, units and the release, in this process's empty database."""
    db.open_database(db.current().engine.url.render_as_string(hide_password=False))  # forgets releases read before
    with db.transaction() as session:
        world = factories.world(session)
        for login, role in SECOND.items():
            unit = world.unit(login.partition("@")[2])
            world.people[login] = factories.person(session, unit, role, login=login, name=f"{unit.name}第二人")
        release = _deploy(session)
        session.flush()
        identities = {login: world.identity(session, login) for login in world.people}
    return Office(world, release.id, identities)


def open_cases(office: Office, diagram: str, count: int) -> list[int]:
    """Cases of one diagram of the release, all of one institution, each at its first wait."""
    with db.transaction() as session:
        return [_open(session, office, diagram) for _ in range(count)]


def open_at_listing(office: Office, count: int) -> list[int]:
    """Applications that wait for the city's publication."""
    with db.transaction() as session:
        cases = [_open(session, office, "application") for _ in range(count)]
        for case_id in cases:
            _complete(session, case_id, office["applicant@institution"], APPLICATION)
            _complete(session, case_id, office["clerk@county"], sample.OPINION, "recommend")
            _complete(session, case_id, office["clerk@city"], sample.OPINION, "pass")
    return cases


def open_tasks(case_ids: list[int]) -> list[str]:
    """The public id of each case's one open task, in the order of the cases."""
    with db.reading() as session:
        return [sample.open_task(session, case_id).public_id for case_id in case_ids]


def timers(case_ids: list[int]) -> list[int]:
    """The id of each case's one waiting timer, in the order of the cases."""
    with db.reading() as session:
        waiting = select(Timer.case_id, Timer.id).where(Timer.status == "waiting", Timer.case_id.in_(case_ids))
        of_case = dict(session.execute(waiting).all())
    return [of_case[case_id] for case_id in case_ids]


def complete(public_id: str, by: Identity, opinion: str = "同意。", outcome: str = "") -> operations.Receipt:
    """Complete a task as the web does: worked out without a lock, written in a transaction of its own."""
    with db.reading() as session:
        prepared = operations.prepare_completion(
            session, public_id, identity=by, answers={"opinion": opinion}, outcome=outcome
        )
    with db.transaction() as session:
        return operations.complete(session, prepared, by=by)


def claim(public_id: str, by: Identity) -> bool:
    """Claim a task as the web does."""
    with db.transaction() as session:
        operations.claim(session, public_id, by=by)
    return True


def carry_out(kind_name: str, item_id: int) -> bool:
    """Carry out one due row as the worker does, but let its errors out; True where it was done here."""
    kind = next(kind for kind in worker.KINDS if kind.name == kind_name)
    with db.reading() as session:
        prepared = kind.prepare(session, item_id)
    if prepared is None:
        return False
    with db.transaction() as session:
        return kind.carry_out(session, prepared)


def steps(case_ids: list[int], verb: str) -> Counter[int]:
    """How many entries of a verb the trail of each case holds."""
    chains = {f"case:{case_id}": case_id for case_id in case_ids}
    with db.reading() as session:
        counted = session.execute(
            select(AuditEntry.chain, func.count()).where(AuditEntry.verb == verb).group_by(AuditEntry.chain)
        ).all()
    return Counter({chains[chain]: number for chain, number in counted if chain in chains})


def answers(case_ids: list[int]) -> Counter[int]:
    """How many answers each case holds."""
    with db.reading() as session:
        return Counter(session.scalars(select(Answer.case_id).where(Answer.case_id.in_(case_ids))))


def revisions(case_ids: list[int]) -> dict[int, int]:
    """The revision of each case."""
    with db.reading() as session:
        return dict(session.execute(select(Case.id, Case.revision).where(Case.id.in_(case_ids))).all())


def tasks_by_id(public_ids: list[str]) -> dict[str, Task]:
    """Tasks by their public ids."""
    with db.reading() as session:
        return {task.public_id: task for task in session.scalars(select(Task).where(Task.public_id.in_(public_ids)))}


def see_that_all_holds() -> None:
    """Every invariant of the data, as `banjian check` looks at it."""
    url = db.current().engine.url.render_as_string(hide_password=False)
    with db.snapshot() as session:
        report = invariants.check(session, Config(database_url=url, data_dir=HERE / "no-files", secret_key=""))
    assert not report.breaches, report.as_text()


def _deploy(session: Session) -> Release:
    files = sample.files() | {f"{name}.bpmn": (HERE / f"{name}.bpmn").read_bytes() for name in ("timed", "urged")}
    release = Release(
        programme=sample.KEY, number=1, name="示例认定项目", fingerprint=package.fingerprint(files),
        files=package.pack(files), deployed_at=clock.now(), deployed_by=None,
    )
    session.add(release)
    session.flush()
    return release


def _open(session: Session, office: Office, diagram: str) -> int:
    programme = queries.programme(session, office.release_id)
    institution = office.world.unit("institution")
    return operations.open_case(
        session, programme=programme, diagram=diagram, title=f"{institution.name}的办件", region_code=COUNTY,
        applicant_id=institution.id, by=office["applicant@institution"],
    ).id


def _complete(session: Session, case_id: int, by: Identity, given: Mapping[str, Any], outcome: str = "") -> None:
    task = sample.open_task(session, case_id)
    prepared = operations.prepare_completion(session, task.public_id, identity=by, answers=given, outcome=outcome)
    operations.complete(session, prepared, by=by)
