"""典型做法: cases of title holders that the authority publishes, with who published them and when; anybody reads them
while the title stands. Withdrawn with a reason, never deleted.

Source: NAT-20.0, NAT-25.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, or_, select
from sqlalchemy.orm import Session

from app import clock, db
from app.audit import operations as audit
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.people.models import Region, Unit
from app.people.queries import Identity
from app.titles import changing, standing
from app.titles.models import PublishedCase, Title

LENGTHS: Mapping[str, int] = MappingProxyType({"name": 80, "text": 5_000, "source": 200})
LABELS: Mapping[str, str] = MappingProxyType({"name": "标题", "text": "内容", "source": "来源"})
LONGEST_REASON = 500
ROLES = ("clerk", "lead")
PUBLISHES = "cases"
"""The key of the programme's `title.publishes` under which it says by which clause it publishes cases."""
PAGE = 24


def may_publish(session: Session, title: Title, by: Identity | None) -> bool:
    """Whether somebody may publish a case of a title: the authority, where its programme publishes cases and the title
    stands."""
    if by is None or by.unit_kind != "department" or not by.has(*ROLES) or title.status not in standing.STANDS:
        return False
    programme = changing.programme_of(session, title)
    return PUBLISHES in programme.title.publishes and programme.authority.is_unit(by)


def publish(session: Session, title_public_id: str, *, by: Identity, said: Mapping[str, str]) -> PublishedCase:
    """公布: a case of a title, by its `name`, `text` and `source`.

    Raises NotFound for a title that there isn't or of a programme that publishes none, NotAllowed for anybody but the
    authority, Refused for a title that doesn't stand, Invalid at the fields. Source: NAT-25.
    """
    title = session.scalars(select(Title).where(Title.public_id == title_public_id)).one_or_none()
    if title is None:
        raise NotFound()
    programme = changing.programme_of(session, title)
    if PUBLISHES not in programme.title.publishes:
        raise NotFound()
    if by.unit_kind != "department" or not by.has(*ROLES) or not programme.authority.is_unit(by):
        raise NotAllowed("典型做法由认定机关公布。")
    clause = programme.title.publishes[PUBLISHES]
    title = changing.locked(session, title.id)
    if title.status not in standing.STANDS:
        raise Refused(f"称号 {title.number} {standing.STATUSES[title.status]}，不能公布其做法。", clause=clause)
    values = {key: str(said.get(key, "")).strip() for key in LENGTHS}
    if errors := _wrong(values):
        raise Invalid(errors)
    made = PublishedCase(
        public_id=db.public_id(), title_id=title.id, clause=clause, unit_id=by.unit_id, person_id=by.person_id,
        published_at=clock.now(), **values,
    )
    session.add(made)
    session.flush()
    _record(session, title, made, "publish_case", by)
    return made


def withdraw(session: Session, public_id: str, *, by: Identity, reason: str) -> PublishedCase:
    """撤下: a case is read no longer; it stays with the reason. Raises NotFound for anybody but the unit that published
    it, NotAllowed for another role, Gone where it is withdrawn already, Invalid without a reason."""
    found = session.scalars(
        select(PublishedCase).where(PublishedCase.public_id == public_id, PublishedCase.unit_id == by.unit_id)
        .with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound()
    if not by.has(*ROLES):
        raise NotAllowed()
    if found.withdrawn_at is not None:
        raise Gone("这项做法已经撤下。", at=found.withdrawn_at)
    words = reason.strip()
    if not words or len(words) > LONGEST_REASON:
        raise Invalid({"reason": ["请写明撤下的原因。" if not words else f"最多 {LONGEST_REASON} 字。"]})
    found.withdrawn_at, found.withdrawn_by, found.withdrawal_reason = clock.now(), by.person_id, words
    session.flush()
    _record(session, session.get_one(Title, found.title_id), found, "withdraw_published_case", by, reason=words)
    return found


def listing(
    session: Session, *, text: str = "", programme: str = "", title_id: int | None = None, before: int | None = None
) -> tuple[list[Row], int | None]:
    """A page of what everybody may read, the newest first, and the id to go on before (None: the last page)."""
    where = _shown_to_all()
    if text:
        where.append(or_(PublishedCase.name.icontains(text, autoescape=True),
                         PublishedCase.text.icontains(text, autoescape=True),
                         Title.holder_name.icontains(text, autoescape=True)))
    if programme:
        where.append(Title.programme == programme)
    if title_id is not None:
        where.append(Title.id == title_id)
    if before is not None:
        where.append(PublishedCase.id < before)
    rows = session.execute(_shown().where(*where).order_by(PublishedCase.id.desc()).limit(PAGE + 1)).all()
    return list(rows[:PAGE]), rows[PAGE - 1].PublishedCase.id if len(rows) > PAGE else None


def one(session: Session, public_id: str, by: Identity | None) -> Row:
    """A published case as somebody may read it: whoever published it also after it was withdrawn. Raises NotFound."""
    seen = _shown_to_all()
    own = select(PublishedCase.id).where(PublishedCase.unit_id == by.unit_id) if by is not None and by.roles else None
    readable: Sequence[Any] = seen if own is None else [or_(PublishedCase.id.in_(own), *_all(seen))]
    row = session.execute(_shown().where(PublishedCase.public_id == public_id, *readable)).one_or_none()
    if row is None:
        raise NotFound("此项做法已撤下，或该单位的称号目前无效。")
    return row


def programmes_shown(session: Session) -> list[str]:
    """The keys of the programmes of which somebody may read a case."""
    return list(session.scalars(
        select(Title.programme).join(PublishedCase, PublishedCase.title_id == Title.id).where(*_shown_to_all())
        .distinct().order_by(Title.programme)
    ))


def _all(conditions: Sequence[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    first, *others = conditions
    for other in others:
        first = first & other
    return [first]


def _shown_to_all() -> list[ColumnElement[bool]]:
    in_time = or_(Title.valid_until.is_(None), Title.valid_until >= clock.today())
    return [PublishedCase.withdrawn_at.is_(None), Title.status.in_(standing.STANDS), in_time]


def _shown() -> Select[Any]:
    publisher = select(Unit.name).where(Unit.id == PublishedCase.unit_id).correlate(PublishedCase).scalar_subquery()
    return (
        select(PublishedCase, Title, Region.name.label("region_name"), publisher.label("publisher"))
        .join(Title, PublishedCase.title_id == Title.id).join(Unit, Title.holder_id == Unit.id)
        .outerjoin(Region, Unit.region_code == Region.code)
    )


def _wrong(values: Mapping[str, str]) -> dict[str, list[str]]:
    errors = {key: [f"请填写{LABELS[key]}。"] for key in ("name", "text") if not values[key]}
    for key, most in LENGTHS.items():
        if len(values[key]) > most:
            errors[key] = [f"最多 {most} 个字，现在有 {len(values[key])} 个。"]
    return errors


def _record(
    session: Session, title: Title, case: PublishedCase, verb: str, by: Identity, **details: str
) -> None:
    audit.record(
        session, chain=f"unit:{by.unit_id}", verb=verb, person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name,
        details={"number": title.number, "name": case.name, "clause": case.clause, **details},
    )
