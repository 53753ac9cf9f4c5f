"""Which files there are, who may read one, and whether rows and bytes still agree."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import and_, column, exists, false, or_, select, table
from sqlalchemy.orm import Session

from app.documents import storage
from app.documents.models import Document
from app.errors import NotFound
from app.people.queries import ONLY_ASSIGNED, Identity, case_scope

PAGE = 1_000

# The heart's tables, by the columns that say who sees a case: records know them by foreign key and not by import.
_case = table("case_file", *map(column, (
    "id", "about_id", "applicant_id", "recommender_id", "province_code", "city_code", "county_code"
))).c
_task = table("task", *map(column, ("case_id", "unit_id", "role", "status", "claimed_by"))).c


@dataclass(frozen=True)
class Breach:
    """A file or row that doesn't hold."""

    where: str
    words: str


def readable(session: Session, identity: Identity, public_id: str) -> Document:
    """A document that somebody may read: of the own unit, of a case in sight, of a case in which one had a task, or of
    the case that an open task of one's own is about.

    Raises NotFound, also where it is there but out of sight.
    """
    document = session.scalars(
        select(Document).where(Document.public_id == public_id, _in_sight(identity))
    ).one_or_none()
    if document is None:
        raise NotFound()
    return document


def of_case(session: Session, case_id: int) -> Sequence[Document]:
    """The documents of a case, in the order in which they came."""
    return session.scalars(select(Document).where(Document.case_id == case_id).order_by(Document.id)).all()


def of_task(session: Session, task_id: int) -> Sequence[Document]:
    """The documents uploaded for a task, in the order in which they came."""
    return session.scalars(select(Document).where(Document.task_id == task_id).order_by(Document.id)).all()


def named(session: Session, public_ids: Collection[str]) -> dict[str, Document]:
    """Documents by their public ids; those that don't exist are missing. Asks nothing about who may read them."""
    if not public_ids:
        return {}
    found = session.scalars(select(Document).where(Document.public_id.in_(public_ids)))
    return {document.public_id: document for document in found}


def verify(session: Session, files_dir: Path) -> list[Breach]:
    """Rows whose bytes are missing or changed, and bytes older than 24 hours without a row. Reads every byte."""
    digests: set[str] = set()
    found = []
    for document in _all(session):
        if document.sha256 not in digests or not storage.path_of(files_dir, document.sha256).is_file():
            found += _faults(document, files_dir)
        digests.add(document.sha256)
    for digest, path in storage.stored(files_dir):
        if digest not in digests and storage.is_old(path):
            found.append(Breach(f"文件 {digest[:16]}", "没有登记，且已存放超过 24 小时"))
    return found


def _in_sight(identity: Identity):  # noqa: ANN202
    cases = select(_case.id).where(case_scope(identity, _case))
    handled = exists().where(
        _task.case_id == Document.case_id, _task.unit_id == identity.unit_id, _task.role.in_(sorted(identity.roles))
    )
    about = (
        select(_case.about_id)
        .join(_task.case_id.table, _task.case_id == _case.id)
        .where(_task.claimed_by == identity.person_id, _task.status == "open", _case.about_id.is_not(None))
    )
    of_the_unit = Document.unit_id == identity.unit_id if identity.roles - ONLY_ASSIGNED else false()
    return or_(
        of_the_unit,
        and_(Document.case_id.is_not(None), or_(Document.case_id.in_(cases), handled, Document.case_id.in_(about))),
    )


def _all(session: Session) -> Iterator[Document]:
    last = 0
    while page := session.scalars(select(Document).where(Document.id > last).order_by(Document.id).limit(PAGE)).all():
        yield from page
        last = page[-1].id
        session.expunge_all()


def _faults(document: Document, files_dir: Path) -> list[Breach]:
    where = f"文件 {document.public_id}（{document.name}）"
    try:
        with storage.path_of(files_dir, document.sha256).open("rb") as file:
            digest, size = storage.digest_of(file)
    except FileNotFoundError:
        return [Breach(where, "登记了，但文件不存在")]
    except OSError as error:
        return [Breach(where, f"文件无法读取：{error.strerror}")]
    if (digest, size) != (document.sha256, document.size):
        return [Breach(where, f"内容已改变：登记 {document.size} 字节，现有 {size} 字节")]
    return []
