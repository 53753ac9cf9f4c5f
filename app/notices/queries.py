"""Questions about letters: a unit's box, what a department sent and isn't served yet, the letters of a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session, aliased

from app import letters
from app.cases.models import Act, Case
from app.documents import storage
from app.documents.models import Document
from app.errors import NotFound, Refused
from app.notices.models import ActPaper, Delivery, Notice
from app.people import queries as people
from app.people.models import Person, Unit
from app.people.queries import Identity

PAGE = 50

_issuer = aliased(Unit)
_reader = aliased(Person)


@dataclass(frozen=True)
class Shown:
    """A letter for somebody who may see it. `mine`: the own unit received it. `ours`: the own unit issued it."""

    notice: Notice
    case_number: str
    case_title: str
    case_public_id: str
    region_code: str
    issuer: str
    reader: str
    document: Document
    mine: bool
    ours: bool

    @property
    def sealed(self) -> bool:
        """Whether the receiver must sign for it before reading it."""
        return self.mine and self.notice.read_at is None


def unread(session: Session, identity: Identity) -> int:
    """How many letters in the box of the person's unit nobody has opened."""
    return session.scalar(
        select(func.count()).where(Notice.to_unit_id == identity.unit_id, Notice.read_at.is_(None))
    ) or 0


def box(
    session: Session, identity: Identity, *, before: int | None = None
) -> tuple[Sequence[Row], Sequence[Row], int | None]:
    """The unit's box: all that is unread (at most 200), a page of what was read, newest first, and where to go on."""
    mine = _rows().where(Notice.to_unit_id == identity.unit_id)
    new = session.execute(mine.where(Notice.read_at.is_(None)).order_by(Notice.id.desc()).limit(200)).all()
    old = mine.where(Notice.read_at.is_not(None))
    if before is not None:
        old = old.where(Notice.id < before)
    rows = session.execute(old.order_by(Notice.id.desc()).limit(PAGE + 1)).all()
    return new, rows[:PAGE], rows[PAGE - 1].Notice.id if len(rows) > PAGE else None


def issued(
    session: Session, identity: Identity, *, waiting: bool = True, before: int | None = None
) -> tuple[Sequence[Row], int | None]:
    """What the person's department sent: the notices not served yet, oldest first, or everything, newest first."""
    statement = _rows().where(Notice.unit_id == identity.unit_id)
    if waiting:
        statement = statement.where(Notice.served_at.is_(None), Notice.kind == "notice")
        if before is not None:
            statement = statement.where(Notice.id > before)
        statement = statement.order_by(Notice.id)
    else:
        if before is not None:
            statement = statement.where(Notice.id < before)
        statement = statement.order_by(Notice.id.desc())
    rows = session.execute(statement.limit(PAGE + 1)).all()
    return rows[:PAGE], rows[PAGE - 1].Notice.id if len(rows) > PAGE else None


def of_case(session: Session, identity: Identity, case_id: int) -> Sequence[Row]:
    """The letters of a case that the person may see, in the order in which they were written."""
    return session.execute(
        _rows().where(Notice.case_id == case_id, _in_sight(identity)).order_by(Notice.id)
    ).all()


def shown(session: Session, identity: Identity, public_id: str) -> Shown:
    """One letter: to its receiver, its issuer, and the departments in whose sight the case is. Raises NotFound."""
    row = session.execute(_rows().where(Notice.public_id == public_id, _in_sight(identity))).one_or_none()
    if row is None:
        raise NotFound()
    notice = row.Notice
    return Shown(
        notice, row.number, row.title, row.public_id, row.region_code, row.issuer, row.reader or "",
        session.get_one(Document, notice.document_id), notice.to_unit_id == identity.unit_id,
        notice.unit_id == identity.unit_id,
    )


def readable(session: Session, identity: Identity, public_id: str) -> Shown:
    """A letter that may be read now. Raises NotFound, or Refused where the receiver hasn't signed for it."""
    found = shown(session, identity, public_id)
    if found.sealed:
        raise Refused("请先在通知页面点“查看并签收”，再阅读和下载文书。")
    return found


def content(document: Document) -> bytes:
    """The bytes of a letter. Raises NotFound where the storage has lost them."""
    return _bytes(document.sha256, document.name)


def blocks(document: Document) -> list[letters.Block]:
    """The text of a letter, block by block."""
    return letters.read(content(document))


def deliveries(session: Session, notice_id: int) -> Sequence[Row]:
    """The entries of a letter's delivery, oldest first, with who wrote them and the receipt: the last is in force."""
    return session.execute(
        select(Delivery, Person.name.label("person"), Document.public_id.label("receipt"),
               Document.name.label("receipt_name"))
        .join(Person, Delivery.person_id == Person.id)
        .outerjoin(Document, Delivery.receipt_id == Document.id)
        .where(Delivery.notice_id == notice_id)
        .order_by(Delivery.seq)
    ).all()


def act_paper(session: Session, act: Act) -> tuple[ActPaper, bytes] | None:
    """The document of an act as it was filed with its cases; None where it wasn't yet."""
    paper = session.get(ActPaper, act.id)
    return None if paper is None else (paper, _bytes(paper.sha256, paper.name))


def _bytes(digest: str, name: str) -> bytes:
    path = storage.path_of(storage.folder(), digest)
    if not path.is_file():
        raise NotFound(f"“{name}”已登记，但存储中没有找到文件。请联系系统管理员从备份中恢复。")
    return path.read_bytes()


def _rows() -> Any:
    return (
        select(
            Notice, Case.number, Case.title, Case.public_id, Case.region_code, _issuer.name.label("issuer"),
            _reader.name.label("reader"),
        )
        .join(Case, Notice.case_id == Case.id)
        .join(_issuer, Notice.unit_id == _issuer.id)
        .outerjoin(_reader, Notice.read_by == _reader.id)
    )


def _in_sight(identity: Identity) -> Any:
    own = Notice.to_unit_id == identity.unit_id
    if identity.unit_kind != "department":
        return own
    return or_(own, Notice.unit_id == identity.unit_id, people.case_scope(identity, Case))
