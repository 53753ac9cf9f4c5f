"""Notes on a title: support that a city gave or that it found for an institution (HBI-22), and the flag 优秀 with which
the authority marks an outstanding one (HBI-19). Taken back with a reason, never deleted.

Source: HBI-19, HBI-22.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, db
from app.audit import operations as audit
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.people import queries as people
from app.people.models import Region, Unit
from app.people.queries import Identity
from app.titles import changing, standing
from app.titles.models import Title, TitleNote

KINDS: Mapping[str, str] = MappingProxyType({
    "funds": "资金支持", "project": "项目支持", "talent": "人才支持", "connection": "对接合作", "outstanding": "优秀",
})
OUTSTANDING = "outstanding"
MOST_TEXT = 1_000
ROLES = ("clerk", "lead")


def may_add(session: Session, title: Title, by: Identity | None) -> tuple[str, ...]:
    """The kinds of notes that somebody may add, of those that the programme keeps: support by departments in whose
    division the title lies, the flag by the authority."""
    if by is None or by.unit_kind != "department" or not by.has(*ROLES) or not _in_sight(session, title, by):
        return ()
    programme = changing.programme_of(session, title)
    authority, kept = programme.authority, programme.title.notes
    support = tuple(kind for kind in KINDS if kind != OUTSTANDING and "support" in kept)
    flags = "outstanding" in kept and authority.is_unit(by)
    return (*support, OUTSTANDING) if flags else support


def add(
    session: Session, title_public_id: str, *, by: Identity, kind: str, noted_on: date | None, text: str
) -> TitleNote:
    """记一笔: support with its day and what it was, or the flag with its reason.

    Raises NotFound beyond one's division, NotAllowed for a kind that somebody else adds, Invalid (kind, noted_on,
    text), Refused for the flag on a title that has it or doesn't stand.
    """
    title = _title(session, title_public_id, by)
    if kind not in KINDS:
        raise Invalid({"kind": ["请选择记录的种类。"]})
    if kind not in may_add(session, title, by):
        raise NotAllowed(f"“{KINDS[kind]}”由{'认定机关' if kind == OUTSTANDING else '称号所在地的主管部门'}登记。")
    wrong: dict[str, list[str]] = {}
    if noted_on is None:
        wrong["noted_on"] = ["请填写日期，例如 2026-03-15。"]
    elif noted_on > clock.today():
        wrong["noted_on"] = ["日期不能晚于今天，请改正。"]
    elif noted_on < title.granted_on:
        wrong["noted_on"] = [f"日期不能早于认定日期 {title.granted_on}，请改正。"]
    words = text.strip()
    if not words:
        wrong["text"] = ["请写明理由。" if kind == OUTSTANDING else "请写明支持的内容。"]
    elif len(words) > MOST_TEXT:
        wrong["text"] = [f"最多 {MOST_TEXT} 字，现有 {len(words)} 字。"]
    if wrong:
        raise Invalid(wrong)
    assert noted_on is not None
    if kind == OUTSTANDING:
        changing.locked(session, title.id)  # two who flag it at once come one after the other
        if title.status not in standing.STANDS:
            raise Refused(f"称号 {title.number} {standing.STATUSES[title.status]}，不能标为优秀。")
        if any(note.kind == OUTSTANDING for note in of_title(session, title.id)):
            raise Refused("该称号已标为优秀。")
    note = TitleNote(
        public_id=db.public_id(), title_id=title.id, kind=kind, noted_on=noted_on, text=words, unit_id=by.unit_id,
        person_id=by.person_id, recorded_at=clock.now(), removed_at=None,
    )
    session.add(note)
    session.flush()
    _record(session, title, "add_note", by, note)
    return note


def remove(session: Session, public_id: str, *, by: Identity, reason: str) -> TitleNote:
    """撤回: a note no longer counts; it stays with the reason. Only the unit that wrote it takes it back.

    Raises NotFound, NotAllowed, Gone where it is taken back already, Invalid without a reason.
    """
    note = session.scalars(
        select(TitleNote).where(TitleNote.public_id == public_id).with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if note is None:
        raise NotFound()
    title = session.get_one(Title, note.title_id)
    if not _in_sight(session, title, by):
        raise NotFound()
    if note.unit_id != by.unit_id or not by.has(*ROLES):
        raise NotAllowed("只有登记的单位可以撤回。")
    if note.removed_at is not None:
        raise Gone("这条记录已经撤回。", at=note.removed_at)
    if not reason.strip() or len(reason) > MOST_TEXT:
        raise Invalid({"reason": ["请写明撤回的原因。" if not reason.strip() else f"最多 {MOST_TEXT} 字。"]})
    note.removed_at, note.removal_reason = clock.now(), reason.strip()
    session.flush()
    _record(session, title, "remove_note", by, note, reason=note.removal_reason)
    return note


def of_title(session: Session, title_id: int, *, all_of_them: bool = False) -> Sequence[TitleNote]:
    """The notes of a title by day; those taken back only where `all_of_them` is set."""
    where = [TitleNote.title_id == title_id]
    if not all_of_them:
        where.append(TitleNote.removed_at.is_(None))
    return session.scalars(select(TitleNote).where(*where).order_by(TitleNote.noted_on, TitleNote.id)).all()


def _title(session: Session, public_id: str, by: Identity) -> Title:
    title = session.scalar(select(Title).where(Title.public_id == public_id))
    if title is None or not _in_sight(session, title, by):
        raise NotFound()
    return title


def _in_sight(session: Session, title: Title, by: Identity) -> bool:
    if by.unit_kind != "department":
        return False
    place = session.scalar(select(Region).join(Unit, Unit.region_code == Region.code).where(Unit.id == title.holder_id))
    return by.tier == "ministry" or (place is not None and people.sees(by, place, applicant_id=None))


def _record(session: Session, title: Title, verb: str, by: Identity, note: TitleNote, **more: str) -> None:
    audit.record(
        session, chain=f"unit:{by.unit_id}", verb=verb, person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name, details={"number": title.number, "kind": KINDS[note.kind], "on": note.noted_on,
                                         "text": note.text, **more},
    )
