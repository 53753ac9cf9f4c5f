"""服务目录: the products and cases that title holders show, and keep up to date themselves.

An item is seen by everybody while its title stands; what it said before stands in the trail of its unit.
Source: HBI-16.1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from app import clock, db
from app.appointments.models import CatalogueItem
from app.audit import operations as audit
from app.documents import operations as documents
from app.documents.models import Document
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.people.models import Region, Unit
from app.people.queries import Identity
from app.programmes.queries import Programme
from app.titles import changing, standing
from app.titles.models import Title

PAGE = 24
KINDS = {"product": "服务产品", "case": "服务案例"}
LENGTHS = {"name": 80, "text": 1_900, "charge": 100}
MOST_ITEMS = 200
"""Items that one title shows at once."""


@dataclass(frozen=True)
class Draft:
    """What the holder fills in. `fields` are keys of `fields_of`; `paper` a file that was received, None: as before."""

    kind: str
    name: str
    text: str
    fields: Sequence[str] = ()
    charge: str = ""
    paper: documents.Received | None = None
    drop_paper: bool = False


def titles_of(session: Session, by: Identity) -> list[tuple[Title, Programme]]:
    """The titles of the person's unit that stand and show a catalogue, with their programmes, oldest first."""
    rows = session.scalars(
        select(Title).where(Title.holder_id == by.unit_id, Title.status.not_in(standing.ENDS)).order_by(Title.id)
    )
    found = [(title, changing.programme_of(session, title)) for title in rows]
    return [(title, programme) for title, programme in found if _shows(programme)]


def fields_of(programme: Programme) -> Mapping[str, str]:
    """The fields of service that the programme knows, key -> words: what proposes a class, else the classes."""
    for one in reversed(list(programme.title.classes.values())):
        form, _, key = (one.proposed_from or one.field).partition(".")
        field = programme.form(form).field(key)
        if field is not None and field.options:
            return {str(option.value): option.label for option in field.options}
    return {}


def publish(session: Session, title_public_id: str, draft: Draft, *, by: Identity) -> CatalogueItem:
    """发布: show a new item. Raises NotFound, NotAllowed, Refused for a title that has ended, Invalid."""
    title, programme = _own_title(session, title_public_id, by)
    _see_that_it_is_whole(programme, draft)
    if len(items_of(session, title.id)) >= MOST_ITEMS:
        raise Refused(f"最多发布 {MOST_ITEMS} 项，请先撤下不再提供的。")
    now = clock.now()
    made = CatalogueItem(
        public_id=db.public_id(), title_id=title.id, unit_id=by.unit_id, published_at=now, updated_at=now,
        **_values(programme, draft),
    )
    audit.lock(session, f"unit:{by.unit_id}")
    made.document_id = _paper(session, draft, by)
    session.add(made)
    session.flush()
    _record(session, made, "publish_item", by, kind=made.kind)
    return made


def change(session: Session, public_id: str, draft: Draft, *, by: Identity, version: int) -> CatalogueItem:
    """更新: change an item; what it said before goes into the trail. Raises Gone where somebody changed it since
    `version`."""
    item = _own(session, public_id, by)
    _title, programme = _own_title(session, _public_id_of(session, item.title_id), by)
    _see_that_it_is_whole(programme, draft)
    if item.version != version:
        raise Gone("此项已由同事修改过，请核对最新内容后再改。")
    before = {key: getattr(item, key) for key in ("kind", "name", "text", "fields", "charge")}
    values = _values(programme, draft)
    changed = {key: _said(before[key]) for key in before if before[key] != values[key]}
    paper = _paper(session, draft, by)
    if paper is not None or draft.drop_paper:
        changed["document"] = str(item.document_id or "")
        item.document_id = paper
    for key, value in values.items():
        setattr(item, key, value)
    item.updated_at, item.version = clock.now(), item.version + 1
    session.flush()
    _record(session, item, "change_item", by, before=[f"{key}：{value}" for key, value in changed.items()])
    return item


def withdraw(session: Session, public_id: str, *, by: Identity, reason: str) -> CatalogueItem:
    """撤下: show an item no longer. Raises Invalid without a reason, Refused for one that is withdrawn already."""
    item = _own(session, public_id, by)
    if not reason.strip():
        raise Invalid({"reason": ["请写明撤下的原因。"]})
    item.withdrawn_at, item.withdrawal_reason = clock.now(), reason.strip()[:200]
    session.flush()
    _record(session, item, "withdraw_item", by, reason=item.withdrawal_reason)
    return item


def own(session: Session, public_id: str, by: Identity) -> CatalogueItem:
    """An item of the person's own unit. Raises NotFound."""
    item = session.scalars(
        select(CatalogueItem).where(CatalogueItem.public_id == public_id, CatalogueItem.unit_id == by.unit_id)
    ).one_or_none()
    if item is None:
        raise NotFound()
    return item


def items_of(session: Session, title_id: int, *, withdrawn: bool = False) -> Sequence[CatalogueItem]:
    """A title's items, the one updated last first; those withdrawn too where asked for."""
    where = [CatalogueItem.title_id == title_id, *([] if withdrawn else [CatalogueItem.withdrawn_at.is_(None)])]
    return session.scalars(
        select(CatalogueItem).where(*where)
        .order_by(CatalogueItem.withdrawn_at.is_not(None), CatalogueItem.updated_at.desc(), CatalogueItem.id.desc())
    ).all()


def listing(
    session: Session, *, text: str = "", kind: str = "", service_class: str = "", region: str = "",
    before: int | None = None,
) -> tuple[list[Any], int | None]:
    """A page of what everybody may see, newest first, and the id to go on before. `service_class` is one of a title's
    classes in words; `region` the code of a division: its own and what lies in it."""
    where = _shown_to_all()
    if text:
        where.append(or_(
            CatalogueItem.name.icontains(text, autoescape=True), CatalogueItem.text.icontains(text, autoescape=True),
            Title.holder_name.icontains(text, autoescape=True),
        ))
    if kind:
        where.append(CatalogueItem.kind == kind)
    if service_class:
        # Classes are kept as JSON text on either database; a class is a whole quoted value in it.
        where.append(CatalogueItem.title_id.in_(_titles_in_class(session, service_class)))
    if region:
        where.append(or_(Region.code == region, Region.city_code == region, Region.province_code == region))
    if before is not None:
        where.append(CatalogueItem.id < before)
    rows = session.execute(_shown().where(*where).order_by(CatalogueItem.id.desc()).limit(PAGE + 1)).all()
    return list(rows[:PAGE]), rows[PAGE - 1].CatalogueItem.id if len(rows) > PAGE else None


def item(session: Session, public_id: str) -> Any:
    """One item as everybody sees it. Raises NotFound for one that is withdrawn or whose title doesn't stand."""
    row = session.execute(_shown().where(CatalogueItem.public_id == public_id, *_shown_to_all())).one_or_none()
    if row is None:
        raise NotFound("此项服务已撤下，或服务机构的称号目前无效。")
    return row


def choices(session: Session) -> tuple[list[str], list[tuple[str, str]]]:
    """What the catalogue can be filtered by: classes of the titles that show something, and their cities."""
    rows = session.execute(
        select(Title.classes, Region.city_code, Region.province_code, Region.code)
        .join(CatalogueItem, CatalogueItem.title_id == Title.id)
        .join(Unit, Title.holder_id == Unit.id).outerjoin(Region, Unit.region_code == Region.code)
        .where(*_shown_to_all()).distinct()
    ).all() if session.scalar(select(CatalogueItem.id).limit(1)) else []
    classes = sorted({words for row in rows for words in (row.classes or {}).values()})
    codes = {row.city_code or row.code for row in rows if row.code}
    cities = session.execute(select(Region.code, Region.name).where(Region.code.in_(codes)).order_by(Region.code)).all()
    return classes, [(code, name) for code, name in cities]


def stands() -> ColumnElement[bool]:
    """A title of which something may be shown or booked today."""
    return and_(
        Title.status.in_(standing.STANDS), or_(Title.valid_until.is_(None), Title.valid_until >= clock.today())
    )


def _shown_to_all() -> list[ColumnElement[bool]]:
    return [CatalogueItem.withdrawn_at.is_(None), stands()]


def _shown() -> Select[Any]:
    return (
        select(CatalogueItem, Title, Region.name.label("region_name"), Document.name.label("paper"),
               Document.media_type, Document.sha256)
        .join(Title, CatalogueItem.title_id == Title.id)
        .join(Unit, Title.holder_id == Unit.id)
        .outerjoin(Region, Unit.region_code == Region.code)
        .outerjoin(Document, CatalogueItem.document_id == Document.id)
    )


def _titles_in_class(session: Session, service_class: str) -> list[int]:
    rows = session.execute(
        select(Title.id, Title.classes).join(CatalogueItem, CatalogueItem.title_id == Title.id)
        .where(*_shown_to_all())
    ).all()
    return sorted({row.id for row in rows if service_class in (row.classes or {}).values()})


def _own_title(session: Session, public_id: str, by: Identity) -> tuple[Title, Programme]:
    title = session.scalar(select(Title).where(Title.public_id == public_id))
    if title is None:
        raise NotFound()
    if title.holder_id != by.unit_id or "applicant" not in by.roles:
        raise NotAllowed("服务产品和案例由称号单位自己维护。")
    programme = changing.programme_of(session, title)
    if not _shows(programme):
        raise Refused(f"“{programme.name}”没有服务目录。")
    if title.status in standing.ENDS:
        raise Refused(f"称号 {title.number} {standing.STATUSES[title.status]}，不能再发布或更新。")
    return title, programme


def _own(session: Session, public_id: str, by: Identity) -> CatalogueItem:
    """An item of the own unit that is shown, its unit's trail and then its row locked."""
    if "applicant" not in by.roles:
        raise NotAllowed("服务产品和案例由称号单位自己维护。")
    audit.lock(session, f"unit:{by.unit_id}")
    item = session.scalars(
        select(CatalogueItem).where(CatalogueItem.public_id == public_id, CatalogueItem.unit_id == by.unit_id)
        .with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if item is None:
        raise NotFound()
    if item.withdrawn_at is not None:
        raise Refused("此项已经撤下，不能再修改。需要时请重新发布。")
    return item


def _public_id_of(session: Session, title_id: int) -> str:
    return session.scalar(select(Title.public_id).where(Title.id == title_id)) or ""


def _shows(programme: Programme) -> bool:
    return programme.life.appointments is not None and programme.life.appointments.catalogue


def _see_that_it_is_whole(programme: Programme, draft: Draft) -> None:
    errors: dict[str, list[str]] = {}
    if draft.kind not in KINDS:
        errors["kind"] = ["请选择是服务产品还是服务案例。"]
    for key, label in (("name", "名称"), ("text", "内容")):
        if not getattr(draft, key).strip():
            errors[key] = [f"请填写{label}。"]
    for key, most in LENGTHS.items():
        if len(getattr(draft, key)) > most:
            errors[key] = [f"最多 {most} 个字，现在有 {len(getattr(draft, key))} 个。"]
    if set(draft.fields) - set(fields_of(programme)):
        errors["fields"] = ["请从列表中选择服务领域。"]
    if errors:
        raise Invalid(errors)


def _values(programme: Programme, draft: Draft) -> dict[str, Any]:
    words = fields_of(programme)
    return {
        "kind": draft.kind, "name": draft.name.strip(), "text": draft.text.strip(), "charge": draft.charge.strip(),
        "fields": [words[key] for key in words if key in draft.fields],
    }


def _paper(session: Session, draft: Draft, by: Identity) -> int | None:
    if draft.paper is None:
        return None
    return documents.register(session, draft.paper, unit_id=by.unit_id, person_id=by.person_id, field="paper").id


def _said(value: Any) -> str:
    return "、".join(value) if isinstance(value, list) else str(value)


def _record(session: Session, item: CatalogueItem, verb: str, by: Identity, **details: Any) -> None:
    audit.record(
        session, chain=f"unit:{by.unit_id}", verb=verb, person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name, details={"item": item.public_id, "name": item.name, "version": item.version, **details},
    )
