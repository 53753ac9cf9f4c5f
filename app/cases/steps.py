"""One step of a case: from a move of the engine to rows, with the words it says and the messages it finds waiting.

Every verb that moves a case (a person's completion, a timer, a message, an act's row) goes through `move`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app import db, engine
from app.audit import operations as audit
from app.cases import messages, projection, words
from app.cases.models import Case
from app.db import Statement
from app.programmes.queries import Programme

CASE_COLUMNS = (
    Case.id, Case.public_id, Case.number, Case.title, Case.release_id, Case.diagram, Case.applicant_id,
    Case.opener_unit_id, Case.recommender_id, Case.about_id, Case.title_id, Case.region_code, Case.dates,
    Case.opened_at, Case.revision, Case.status, Case.document,
)
_READ = Statement(select(*CASE_COLUMNS).where(Case.id == bindparam("id")))
# FOR NO KEY UPDATE: a row that names a case by foreign key (a message into its mailbox) doesn't wait for the case. With
# FOR UPDATE it would, and two cases that write to each other would wait in a ring.
_revision = select(Case.revision).where(Case.id == bindparam("id"))
_LOCK = Statement(_revision.with_for_update(key_share=True))
_TRY = Statement(_revision.with_for_update(key_share=True, skip_locked=True))


@dataclass(frozen=True)
class CaseRow:
    """What a step needs to know of its case; `revision` is the one that the step starts from."""

    id: int
    public_id: str
    number: str
    title: str
    release_id: int
    diagram: str
    applicant_id: int | None
    opener_unit_id: int
    recommender_id: int | None
    about_id: int | None
    title_id: int | None
    region_code: str
    dates: Mapping[str, str]
    opened_at: datetime
    revision: int
    status: str
    document: bytes


def read(session: Session, case_id: int) -> CaseRow:
    """The case as it is committed now, without a lock."""
    return CaseRow(*db.send(session, _READ, {"id": case_id}).rows()[0])


def joined_columns() -> list[Any]:
    """The case's columns for a joined statement, each prefixed `case_`; the id is the other table's `case_id`."""
    return [column.label(f"case_{column.key}") for column in CASE_COLUMNS if column.key != "id"]


def from_columns(columns: Any) -> CaseRow:
    """The case out of a joined row: see `joined_columns`."""
    return CaseRow(**{column.key: getattr(columns, f"case_{column.key}") for column in CASE_COLUMNS})


def lock(session: Session, case_id: int, *, skip_locked: bool = False) -> int | None:
    """Lock a case for the transaction and return its revision; None where another holds it and `skip_locked` is set.

    Always the first lock that a transaction takes, and never two cases in one: so no two transactions wait in a ring.
    """
    revision = db.send(session, _TRY if skip_locked else _LOCK, {"id": case_id})
    audit.look_ahead(session, f"case:{case_id}")
    return revision.scalar()


def move(
    session: Session, case: CaseRow, programme: Programme, step: engine.Step, *, person_id: int | None, at: datetime
) -> engine.Outcome:
    """Finish a step that was already made in memory: words, waiting messages, rows. The case must be locked.

    `at` is the legal instant at which the step takes effect; for a timer its due instant, also long after.
    """
    while True:
        while calls := step.calls:
            call = calls[0]
            place = words.Place(case, programme, call.element, call.parameters, person_id, at)
            said = words.perform(session, place, call.word)
            step.answer(call.id, {call.word: said} if said is not None else {})
        outcome = step.outcome()
        found = messages.take(session, case.id, outcome.waiting, at=at)
        if not found:
            break
        for engine_id, payload in found:
            step.catch(engine_id, payload)
    projection.project(session, case, programme, outcome, at=at)
    if outcome.opened:
        words.tell_arrival(session, case, programme, {task.element for task in outcome.opened}, at)
    return outcome
