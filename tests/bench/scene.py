"""What every measurement starts from: the small world, the shipped straight path with short forms, and one case of each
kind to be copied. A copy is rows; nothing of what is measured makes it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, func, insert, select, text
from sqlalchemy.orm import Session

from app import clock, db, tables
from app.audit.models import AuditEntry
from app.cases import operations
from app.cases.models import Case, Deadline, Task, Timer
from app.people import regions
from app.people.queries import Identity
from app.programmes import package, queries
from app.programmes.models import Release
from tests import factories, sample
from tests.bench.stores import Store, opened

APPLICANT, COUNTY, CITY = "applicant@institution", "clerk@county", "clerk@city"
STEPS = (
    (APPLICANT, {"name": "甲"}, ""),
    (COUNTY, sample.OPINION, "recommend"),
    (CITY, sample.OPINION, "pass"),
)
"""The three completions of a person that the straight path has before its collective acts."""

_CHUNK = 1_000
_OPEN_TASK = select(Task.public_id).where(Task.case_id == bindparam("case"), Task.status == "open")


@dataclass(frozen=True, eq=False)
class Scene:
    """A database laid out once for each kind: `application` and `waiting` are the ids of the cases to copy."""

    store: Store
    people: dict[str, Identity]
    release_id: int
    application: int
    waiting: int

    def copy(self, name: str) -> str:
        """The URL of a fresh copy of the scene."""
        return self.store.copy("scene", name)


def lay_out(store: Store) -> Scene:
    """Make the scene in a database of its own, and leave it closed."""
    with opened(store.make("scene")) as database:
        tables.metadata.create_all(database.engine)
        with db.transaction() as session:
            regions.load(session)
            world = factories.world(session)
            people = {login: world.identity(session, login) for login in (APPLICANT, COUNTY, CITY)}
            release_id = _deploy(session)
        with db.transaction() as session:
            batch = sample.open_batch(session, by=people[CITY])
            application = sample.apply(session, batch, by=people[APPLICANT]).id
            waiting = operations.open_case(
                session, programme=queries.programme(session, release_id), diagram="waiting", title="逾期转办",
                region_code=factories.COUNTY, applicant_id=None, by=people[CITY],
            ).id
        return Scene(store, people, release_id, application, waiting)


def copies(case_id: int, count: int) -> list[int]:
    """Put `count` copies of a case with its rows into the current database; returns their ids, in order."""
    with db.transaction() as session:
        originals = {model: _rows(session, model, case_id) for model in (Case, Deadline, Task, Timer)}
        entries = [dict(row) for row in session.execute(
            select(AuditEntry.__table__).where(AuditEntry.chain == f"case:{case_id}")).mappings()]
        first = {model: (session.scalar(select(func.max(model.id))) or 0) + 1 for model in originals}
        for start in range(0, count, _CHUNK):
            _copy(session, originals, entries, first, range(start, min(start + _CHUNK, count)))
        _mend_sequences(session, originals)
    with db.current().engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return list(range(first[Case], first[Case] + count))


def open_task(case_id: int) -> str:
    """The public id of a case's one open task."""
    with db.reading() as session:
        return session.execute(_OPEN_TASK, {"case": case_id}).scalar_one()


def _deploy(session: Session) -> int:
    files = sample.files() | {"waiting.bpmn": Path(__file__).with_name("waiting.bpmn").read_bytes()}
    release = Release(
        programme=sample.KEY, number=1, name="示例认定项目", fingerprint=package.fingerprint(files),
        files=package.pack(files), deployed_at=clock.now(), deployed_by=None,
    )
    session.add(release)
    session.flush()
    return release.id


def _rows(session: Session, model: Any, case_id: int) -> list[dict[str, Any]]:
    own = model.id if model is Case else model.case_id
    return [dict(row) for row in session.execute(select(model.__table__).where(own == case_id)).mappings()]


def _copy(session: Session, originals: dict, entries: list[dict], first: dict, places: range) -> None:
    """A row's new id counts on from the highest: place by place, the rows of a case in their old order."""
    for model, rows in originals.items():
        made = []
        for place in places:
            for nth, row in enumerate(rows):
                made.append(row | _identities(originals, first, model, row, place, nth))
        if made:
            session.execute(insert(model.__table__), made)
    session.execute(insert(AuditEntry.__table__), [
        entry | {"chain": f"case:{first[Case] + place}"} for place in places for entry in entries
    ])


def _identities(originals: dict, first: dict, model: Any, row: dict, place: int, nth: int) -> dict[str, Any]:
    case_id = first[Case] + place
    found: dict[str, Any] = {"id": first[model] + place * len(originals[model]) + nth}
    if model is Case:
        return found | {"public_id": db.public_id(), "number": f"{row['number']}-{case_id}"}
    found["case_id"] = case_id
    if model is Task:
        found["public_id"] = db.public_id()
    if model in (Task, Timer):
        deadlines = [deadline["id"] for deadline in originals[Deadline]]
        found["deadline_id"] = first[Deadline] + place * len(deadlines) + deadlines.index(row["deadline_id"])
    return found


def _mend_sequences(session: Session, models: Any) -> None:
    if db.current().is_sqlite:
        return
    for model in models:
        table = model.__tablename__
        session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"))
