"""Certificates: what one says, and whether its title holds on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from sqlalchemy import false, select, true
from sqlalchemy.orm import Session

from app import letters
from app.errors import NotFound
from app.letters.certificate import Certificate
from app.notices import wording
from app.people.models import Region, Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.titles.models import Title, TitleEvent

LONGEST_NUMBER = 60
STANDS = frozenset({"active"})
KNOWN = {
    "持有单位": "称号持有单位的名称",
    "统一社会信用代码": "持有单位的代码",
    "称号": "称号的名称",
    "称号编号": "称号的编号",
    "认定项目": "认定项目的名称",
    "依据": "管理办法的名称",
    "认定机关": "认定机关的名称",
    "认定文件号": "认定文件的文号",
    "认定日期": "认定的日期",
    "有效期": "有效期的说明",
}
"""What the template of a certificate (title.certificate) may name."""

PLAIN = "经审核，认定为"
HEADING = "证书"


@dataclass(frozen=True)
class Shown:
    """A title for its certificate."""

    public_id: str
    number: str
    holder: str
    status: str
    certificate: Certificate


@dataclass(frozen=True)
class Change:
    """One public entry of a title's history."""

    effective_on: date
    kind: str
    status: str


@dataclass(frozen=True)
class Standing:
    """What the public learns of a number for a day. `why` says in one sentence why the title doesn't hold; "" where it
    does. `history` goes up to that day."""

    number: str
    public_id: str
    name: str
    programme: str
    holder: str
    document_number: str
    granted_on: date
    valid_until: date | None
    authority: str
    on: date
    valid: bool
    why: str
    history: Sequence[Change]


STATUSES = {
    "active": "有效", "suspended": "暂停", "under_evaluation": "评价中", "observed": "观察期", "expired": "到期",
    "revoked": "已撤销", "cancelled": "已注销", "removed": "已移出", "ended": "已终止",
}
KINDS = {
    "granted": "授予", "suspended": "暂停", "restored": "恢复", "renewed": "延续", "extended": "延长",
    "revoked": "撤销", "expired": "到期", "cancelled": "注销", "removed": "移出", "observed": "列入观察",
    "imported": "登记（此前已认定）", "entered": "登记（直接录入）", "renamed": "名称变更",
}


def shown(session: Session, identity: Identity, public_id: str, *, site_url: str) -> Shown:
    """The certificate of a title, for its holder and for departments in whose division the holder lies.

    Raises NotFound beyond that, and where the programme issues none.
    """
    row = session.execute(
        _titles().where(Title.public_id == public_id, _in_sight(identity))
    ).one_or_none()
    if row is None:
        raise NotFound()
    programme = _programme(session, row.Title)
    return Shown(
        row.Title.public_id, row.Title.number, row.holder, row.Title.status,
        _certificate(row, programme, site_url=site_url),
    )


def is_in_sight(session: Session, identity: Identity, public_id: str) -> bool:
    """Whether somebody may see the certificate of a title: its holder, and departments in whose division that lies."""
    return session.scalar(_titles().where(Title.public_id == public_id, _in_sight(identity))) is not None


def standing(session: Session, number: str, *, on: date) -> Standing | None:
    """How a title stands on a day, by what is registered; None for a number that was never given out."""
    if not number or len(number) > LONGEST_NUMBER:
        return None
    row = session.execute(_titles().where(Title.number == number)).one_or_none()
    if row is None:
        return None
    title: Title = row.Title
    events = session.scalars(
        select(TitleEvent)
        .where(TitleEvent.title_id == title.id, TitleEvent.effective_on <= on)
        .order_by(TitleEvent.effective_on, TitleEvent.seq)
    ).all()
    why = _why_not(title, events, on)
    programme = _programme(session, title)
    return Standing(
        title.number, title.public_id, title.name, programme.name, _holder_then(row, events), title.document_number,
        title.granted_on, title.valid_until, programme.authority.name, on, not why, why,
        [Change(e.effective_on, KINDS.get(e.kind, e.kind), STATUSES.get(e.status, e.status)) for e in events],
    )


def _why_not(title: Title, events: Sequence[TitleEvent], on: date) -> str:
    if on < title.granted_on:
        return f"该称号自 {title.granted_on} 起认定，当日尚未认定。"
    if title.valid_until is not None and on > title.valid_until:
        return f"该称号有效期至 {title.valid_until}，当日已过有效期。"
    if events and events[-1].status not in STANDS:
        last = events[-1]
        return f"该称号自 {last.effective_on} 起为“{STATUSES.get(last.status, last.status)}”状态。"
    return "" if events else "当日没有该称号的登记。"


def _holder_then(row: Any, events: Sequence[TitleEvent]) -> str:
    """The holder's name on the day: that of the last event which carries one, else the name in the register now."""
    named = [name for event in events if (name := getattr(event, "holder_name", ""))]
    return named[-1] if named else getattr(row.Title, "holder_name", "") or row.holder


def _certificate(row: Any, programme: Programme, *, site_url: str) -> Certificate:
    title: Title = row.Title
    values = {
        "持有单位": row.holder, "统一社会信用代码": row.credit_code or "", "称号": title.name, "称号编号": title.number,
        "认定项目": programme.name, "依据": programme.settings.source, "认定机关": programme.authority.name,
        "认定文件号": title.document_number, "认定日期": wording.day(title.granted_on),
        "有效期": f"至{wording.day(title.valid_until)}" if title.valid_until else "未设期限",
    }
    heading, lines = _said(programme, values)
    return Certificate(
        heading=heading, holder=row.holder, lines=lines, authority=programme.authority.name,
        day=values["认定日期"], url=f"{site_url}/verify/{quote(title.number)}",
        facts=[("证书编号", title.number), ("统一社会信用代码", values["统一社会信用代码"]),
               ("认定文件", title.document_number), ("有效期", values["有效期"])],
    )


def _said(programme: Programme, values: dict[str, str]) -> tuple[str, list[str]]:
    """Heading and text: out of the programme's template where it has one. A bold line there is a strong one here."""
    key = programme.title.certificate
    if not key or f"letters/{key}.docx" not in programme.files:
        return HEADING, [PLAIN, f"*{values['称号']}"]
    filled = letters.fill(programme.letter(key), values)
    said = [block for block in letters.read(filled) if isinstance(block, letters.Paragraph) and block.text.strip()]
    heading, rest = said[0].text.strip(), said[1:]
    return heading, [f"{'*' if block.bold else ''}{block.text.strip()}" for block in rest]


def _programme(session: Session, title: Title) -> Programme:
    return programmes.latest(session, title.programme)


def _titles() -> Any:
    return (
        select(Title, Unit.name.label("holder"), Unit.credit_code)
        .join(Unit, Title.holder_id == Unit.id)
        .outerjoin(Region, Unit.region_code == Region.code)
    )


def _in_sight(identity: Identity) -> Any:
    if not identity.roles:
        return false()
    if identity.unit_kind != "department":
        return Title.holder_id == identity.unit_id
    return true() if identity.tier == "ministry" else getattr(Region, f"{identity.tier}_code") == identity.region_code
