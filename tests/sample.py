"""A small programme for tests of the heart: a straight path (tests/sample_package) with forms of a line or two.

It is a package of its own, so that the shipped programmes may grow without these tests.
"""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, db
from app import words as _loaded  # noqa: F401 - registers the vocabulary
from app.batches import operations as batches
from app.batches.models import Batch
from app.cases import acts, operations, words
from app.cases.models import Act, Case, Task
from app.people.queries import Identity
from app.programmes import package
from app.programmes.models import Release

SHIPPED = Path(__file__).parent / "sample_package"
KEY = "baoding-platform"
OPINION = {"opinion": "材料齐全，符合条件，同意。"}
LIST = {"title": "拟认定名单公示", "text": "现将拟认定名单予以公示。", "contact": "市工信局 0312-0000000"}


def files() -> dict[str, bytes]:
    """The package: diagrams and periods, small forms, no clauses."""
    shipped = {path.name: path.read_bytes() for path in SHIPPED.iterdir()}
    return {path: data for path, data in shipped.items() if not path.endswith(".json")} | {
        "forms/application_report.json": _form("application_report", _text("name"), _text("note", required=False)),
        "forms/recommendation.json": _form("recommendation", _text("opinion")),
        "forms/city_review.json": _form("city_review", _text("opinion")),
        "forms/publication_list.json": shipped["publication_list.json"],
        "forms/announcement.json": shipped["announcement.json"],
    }


def deploy(session: Session) -> Release:
    """Put the package into the database, past the designer's checks: it cites clauses that it doesn't carry."""
    seal, found = package.fingerprint(files()), files()
    release = Release(
        programme=KEY, number=db.next_number(session, f"release:{KEY}"), name="示例认定项目", fingerprint=seal,
        files=package.pack(found), deployed_at=clock.now(), deployed_by=None,
    )
    session.add(release)
    session.flush()
    return release


def open_batch(session: Session, *, by: Identity, name: str = "2026 年度") -> Batch:
    """A call that is open from today for a year."""
    today = clock.today()
    return batches.open_batch(
        session, by=by, programme_key=KEY, name=name, opens_on=today, closes_on=today + timedelta(days=365)
    )


def apply(session: Session, batch: Batch, *, by: Identity) -> Case:
    """An application that stands at its first task."""
    return batches.apply(session, batch, by=by)


def open_task(session: Session, case_id: int) -> Task:
    """The one open task of a case."""
    return session.scalars(select(Task).where(Task.case_id == case_id, Task.status == "open")).one()


def complete(case_id: int, *, by: Identity, answers: dict[str, Any], outcome: str = "") -> operations.Receipt:
    """Complete the open task of a case as the web does: worked out first, then written in a transaction of its own."""
    with db.reading() as session:
        task = open_task(session, case_id)
        prepared = operations.prepare_completion(
            session, task.public_id, identity=by, answers=answers, outcome=outcome
        )
    with db.transaction() as session:
        return operations.complete(session, prepared, by=by)


def confirm(case_ids: list[int], *, by: Identity, answers: dict[str, Any]) -> Act:
    """Confirm a collective act over the open tasks of cases."""
    with db.transaction() as session:
        tasks = [open_task(session, case_id) for case_id in case_ids]
        cases = [session.get_one(Case, case_id) for case_id in case_ids]
        return acts.confirm(
            session, by=by, release_id=cases[0].release_id, diagram=cases[0].diagram, element=tasks[0].element,
            answers=answers, seen=[(t.public_id, c.revision) for t, c in zip(tasks, cases, strict=True)],
        )


def decision(day: date, number: str = "保工信〔2026〕8 号") -> dict[str, str]:
    """The form of a recognition document of a day."""
    return {"document_title": "关于认定服务机构的通知", "document_number": number, "issued_on": day.isoformat()}


def vocabulary() -> dict[str, Any]:
    """What the checker of a package needs to know of the program."""
    return {"words": words.parameters_by_word(), "kinds": tuple(words.act_kinds())}


def _form(key: str, *components: dict[str, Any]) -> bytes:
    return json.dumps({"type": "default", "id": key, "title": key, "components": list(components)}).encode()


def _text(key: str, *, required: bool = True) -> dict[str, Any]:
    return {"type": "textfield", "id": key, "key": key, "label": key, "validate": {"required": required}}


