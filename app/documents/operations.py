"""Taking files in: first the bytes, then the row, in this order whatever happens in between."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock, db
from app.audit import operations as audit
from app.documents import formats, storage
from app.documents.models import Document
from app.errors import Invalid
from app.people.models import Person, Unit

MAX_BYTES = 20 * 1024 * 1024
MAX_BYTES_OF_A_CASE = 200 * 1024 * 1024


@dataclass(frozen=True)
class Received:
    """A file whose bytes are safe and looked into, still without a row."""

    name: str
    media_type: str
    sha256: str
    size: int


def receive(
    stream: storage.Stream, *, name: str, field: str = "", files_dir: Path, max_bytes: int = MAX_BYTES
) -> Received:
    """Take a file's bytes in. Needs no transaction, and should have none: reading and looking take their time.

    Raises Invalid at `field`, naming the file, what is wrong with it and what to do; StorageFull where the disk is.
    """
    try:
        text, extension = formats.checked_name(name)
        kept = storage.keep(
            stream, files_dir, max_bytes=max_bytes, inspect=lambda path: formats.see_that_it_fits(path, extension)
        )
    except formats.Unfit as unfit:
        raise _invalid(field, name, str(unfit)) from unfit
    except storage.TooLarge as error:
        raise _invalid(field, name, f"文件超过 {_megabytes(max_bytes)}，请压缩或拆分后再上传") from error
    return Received(text, formats.FORMATS[extension].media_type, kept.sha256, kept.size)


def register(
    session: Session,
    received: Received,
    *,
    unit_id: int,
    person_id: int | None,
    task_id: int | None = None,
    case_id: int | None = None,
    field: str = "",
) -> Document:
    """The row of a received file, with its entry in the unit's trail. `person_id` is None for one from the public.

    In a transaction that doesn't hold a case: the unit's trail is locked here, and a case is locked before all else.
    Raises Invalid where a case's files would come to more than 200 MB.
    """
    if case_id is not None:
        _see_that_the_case_has_room(session, received, case_id, field)
    document = Document(
        public_id=db.public_id(), unit_id=unit_id, case_id=case_id, task_id=task_id, field=field, name=received.name,
        media_type=received.media_type, size=received.size, sha256=received.sha256, uploaded_by=person_id,
        uploaded_at=clock.now(),
    )
    session.add(document)
    session.flush()
    audit.record(
        session, chain=f"unit:{unit_id}", verb="upload_document", person_id=person_id,
        person_name="" if person_id is None else session.get_one(Person, person_id).name,
        unit_name=session.get_one(Unit, unit_id).name,
        details={"document": document.public_id, "name": document.name, "size": document.size,
                 "sha256": document.sha256, "task_id": task_id, "case_id": case_id},
    )
    return document


def store(
    session: Session,
    stream: storage.Stream,
    *,
    name: str,
    unit_id: int,
    person_id: int,
    task_id: int | None,
    case_id: int | None,
    field: str,
    files_dir: Path,
    max_bytes: int = MAX_BYTES,
) -> Document:
    """Receive and register in one go, where nobody waits for the session's lock meanwhile."""
    received = receive(stream, name=name, field=field, files_dir=files_dir, max_bytes=max_bytes)
    return register(
        session, received, unit_id=unit_id, person_id=person_id, task_id=task_id, case_id=case_id, field=field
    )


def sweep(session: Session, files_dir: Path) -> int:
    """Remove bytes that no row has named for over 24 hours, and what cut-off uploads left. Returns how many files.

    Only reads the database, so that `db.reading()` is enough.
    """
    old = [(digest, path) for digest, path in storage.stored(files_dir) if storage.is_old(path)]
    removed = storage.remove_unfinished(files_dir)
    for start in range(0, len(old), 500):
        some = old[start : start + 500]
        named = set(session.scalars(select(Document.sha256).where(Document.sha256.in_([d for d, _ in some]))))
        removed += sum(storage.remove_if_old(path) for digest, path in some if digest not in named)
    return removed


def _see_that_the_case_has_room(session: Session, received: Received, case_id: int, field: str) -> None:
    held = session.scalar(select(func.coalesce(func.sum(Document.size), 0)).where(Document.case_id == case_id))
    if int(held or 0) + received.size > MAX_BYTES_OF_A_CASE:
        limit = _megabytes(MAX_BYTES_OF_A_CASE)
        raise _invalid(field, received.name, f"本办件的附件合计将超过 {limit}，请压缩后再上传")


def _invalid(field: str, name: str, reason: str) -> Invalid:
    message = f"“{formats.readable_name(name)}”没有上传：{reason}。"
    return Invalid({field: [message]}, message)


def _megabytes(count: int) -> str:
    return f"{count / 1024 / 1024:g} MB"
