"""Questions about publications; what the public reads comes from a positive list of fields."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from app import clock, workdays
from app.cases import deadlines
from app.cases.models import Answer, Case, Deadline, Timer
from app.documents.models import Document
from app.errors import NotFound
from app.people.models import Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.settings import ObjectionRules
from app.publications import objections as verbs
from app.publications.models import Objection, ObjectionPaper, Publication, PublicationEntry

PAGE = 50
OFF_THE_LIST = ("withdrawn", "moved", "removed")


@dataclass(frozen=True)
class Shown:
    """A publication as the public sees it; `days_left` are working days until the last day, None once it is over.

    `objections` is what one must bring, None where none is taken online (any more). `corrects` is the
    publication of which this one corrects some entries, `corrected_by` those that correct this one: (public_id, title,
    correction, opened_at) each.
    """

    public_id: str
    title: str
    text: str
    contact: str
    unit_name: str
    status: str
    opened_at: datetime
    last_day: date
    ends_at: datetime
    provisional: bool
    days_left: int | None
    explanation: workdays.Explanation
    unit_id: int
    objections: ObjectionRules | None
    correction: str
    corrects: Row | None
    corrected_by: Sequence[Row]
    region_code: str

    @property
    def until(self) -> str:
        """When on the last day the publication ends: 24:00, or when a counter closes."""
        return self.explanation.deadline.period.end_of_day


def publications(session: Session, *, before: int | None = None) -> tuple[list[Row], int | None]:
    """A page of publications, newest first: (id, public_id, title, unit_name, status, opened_at, last_day, entries)."""
    entries = (
        select(func.count()).where(PublicationEntry.publication_id == Publication.id).scalar_subquery()
    )
    statement = (
        select(
            Publication.id, Publication.public_id, Publication.title, Unit.name.label("unit_name"), Publication.status,
            Publication.opened_at, Deadline.last_day, Deadline.provisional, entries.label("entries"),
        )
        .join(Unit, Publication.unit_id == Unit.id)
        .join(Timer, Timer.case_id == Publication.case_id)
        .join(Deadline, Timer.deadline_id == Deadline.id)
        .order_by(Publication.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        statement = statement.where(Publication.id < before)
    rows = session.execute(statement).all()
    return list(rows[:PAGE]), rows[PAGE - 1].id if len(rows) > PAGE else None


def publication(session: Session, public_id: str) -> tuple[Shown, Sequence[PublicationEntry]]:
    """One publication with its entries in order. Raises NotFound."""
    row = session.execute(
        select(Publication, Unit.name, Deadline, Case.region_code, Case.release_id)
        .join(Unit, Publication.unit_id == Unit.id)
        .join(Case, Publication.case_id == Case.id)
        .join(Timer, Timer.case_id == Publication.case_id)
        .join(Deadline, Timer.deadline_id == Deadline.id)
        .where(Publication.public_id == public_id)
    ).one_or_none()
    if row is None:
        raise NotFound()
    found, unit_name, deadline, region_code, release_id = row
    over = found.status == "closed" or clock.now() >= deadline.ends_at
    left = None if over else workdays.calendar_for(region_code).working_days_between(clock.today(), deadline.last_day)
    entries = session.scalars(
        select(PublicationEntry).where(PublicationEntry.publication_id == found.id).order_by(PublicationEntry.position)
    ).all()
    shown = Shown(
        found.public_id, found.title, found.text, found.contact, unit_name, "closed" if over else "open",
        found.opened_at, deadline.last_day, deadline.ends_at, deadline.provisional, left,
        deadlines.explanation(deadline, region_code), found.unit_id,
        None if over else verbs.rules_of(programmes.programme(session, release_id)), found.correction,
        *_corrections(session, found), region_code,
    )
    return shown, entries


def _corrections(session: Session, found: Publication) -> tuple[Row | None, Sequence[Row]]:
    columns = select(Publication.public_id, Publication.title, Publication.correction, Publication.opened_at)
    old = session.execute(columns.where(Publication.id == found.corrects_id)).one_or_none()
    new = session.execute(columns.where(Publication.corrects_id == found.id).order_by(Publication.id)).all()
    return old, new


def entry(entries: Sequence[PublicationEntry], position: int) -> PublicationEntry:
    """The entry at a position. Raises NotFound."""
    found = next((entry for entry in entries if entry.position == position), None)
    if found is None:
        raise NotFound()
    return found


def objection_by_secret(session: Session, secret: str) -> Row:
    """What an objector may read of the own objection by its link: (Objection, entry_name, title and contact of
    the publication, publication_id, unit_name). Raises NotFound."""
    row = session.execute(
        select(
            Objection, PublicationEntry.name.label("entry_name"), Publication.title, Publication.contact,
            Publication.public_id.label("publication_id"), Unit.name.label("unit_name"),
        )
        .join(PublicationEntry, Objection.entry_id == PublicationEntry.id)
        .join(Publication, Objection.publication_id == Publication.id)
        .join(Unit, Publication.unit_id == Unit.id)
        .where(Objection.secret_hash == verbs.hash_of(secret))
    ).one_or_none()
    if row is None:
        raise NotFound("没有找到这件异议：请核对链接是否完整。")
    return row


def finding(session: Session, case_id: int | None) -> dict[str, Any]:
    """What was answered when an objection was decided, by the form's fields; empty before."""
    if case_id is None:
        return {}
    values = session.scalar(select(Answer.values).where(Answer.case_id == case_id).order_by(Answer.id.desc()).limit(1))
    return dict(values or {})


def objections_of(session: Session, identity: Identity, public_id: str) -> tuple[Publication, Sequence[Row]]:
    """A publication of the person's unit with the objections and tips that came in for it, newest first: (Objection,
    entry_name, position, case_public_id, case_number). Raises NotFound."""
    found = session.scalars(
        select(Publication).where(Publication.public_id == public_id, Publication.unit_id == identity.unit_id)
    ).one_or_none()
    if found is None:
        raise NotFound()
    rows = session.execute(
        select(
            Objection, PublicationEntry.name.label("entry_name"), PublicationEntry.position,
            Case.public_id.label("case_public_id"), Case.number.label("case_number"),
        )
        .join(PublicationEntry, Objection.entry_id == PublicationEntry.id)
        .outerjoin(Case, Objection.case_id == Case.id)
        .where(or_(Objection.publication_id == found.id, PublicationEntry.publication_id == found.id))
        .order_by(Objection.id.desc())
    ).all()
    return found, rows


def papers(session: Session, objection_ids: Sequence[int]) -> dict[int, list[Document]]:
    """The files of objections, in the order in which they came, by the objection's id."""
    found: dict[int, list[Document]] = {}
    rows = session.execute(
        select(ObjectionPaper.objection_id, Document)
        .join(Document, ObjectionPaper.document_id == Document.id)
        .where(ObjectionPaper.objection_id.in_(objection_ids))
        .order_by(Document.id)
    )
    for objection_id, document in rows:
        found.setdefault(objection_id, []).append(document)
    return found


def of_objection_case(session: Session, case_id: int) -> Objection | None:
    """The objection that a case handles; None for a case about anything else."""
    return session.scalars(select(Objection).where(Objection.case_id == case_id)).one_or_none()


def publication_of_objection_case(session: Session, case_id: int) -> str | None:
    """The public id of the publication against which the objection of a case was received."""
    return session.scalar(
        select(Publication.public_id).join(Objection, Objection.publication_id == Publication.id)
        .where(Objection.case_id == case_id)
    )


def of_case(session: Session, case_id: int) -> Sequence[Row]:
    """The publications that list a case, or that it is itself, oldest first: (public_id, title, status, last_day,
    ends_at, provisional)."""
    listed = select(PublicationEntry.publication_id).where(
        PublicationEntry.case_id == case_id, PublicationEntry.status.not_in(OFF_THE_LIST)
    )
    return session.execute(
        select(
            Publication.public_id, Publication.title, Publication.status, Deadline.last_day, Deadline.ends_at,
            Deadline.provisional,
        )
        .join(Timer, Timer.case_id == Publication.case_id)
        .join(Deadline, Timer.deadline_id == Deadline.id)
        .where(or_(Publication.case_id == case_id, Publication.id.in_(listed)))
        .order_by(Publication.id)
    ).all()
