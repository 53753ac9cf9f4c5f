"""Certificates: what one says, and whether its title holds on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from sqlalchemy import false, select, true
from sqlalchemy.orm import Session

from app import clock, letters
from app.errors import NotFound
from app.letters.certificate import Certificate
from app.notices import wording
from app.people.models import Region, Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.titles import changing
from app.titles import queries as titles
from app.titles import standing as folded
from app.titles.models import Title

LONGEST_NUMBER = 60
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
    stands: bool
    certificate: Certificate


@dataclass(frozen=True)
class Change:
    """One public entry of a title's history: the day from which it counts, and that on which it was recorded."""

    effective_on: date
    kind: str
    status: str
    recorded_on: date


@dataclass(frozen=True)
class Standing:
    """What the public learns of a title for a day. `status` in words ("" before it began); it has held `since` a day by
    `clause`, as was recorded on `recorded_on` (None where nothing was). `why` says in one sentence why the title
    doesn't hold, or what else there is to know; "" for nothing. `history` goes up to that day."""

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
    status: str
    since: date | None
    clause: str
    recorded_on: date | None
    why: str
    history: Sequence[Change]


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
        row.Title.public_id, row.Title.number, row.Title.holder_name or row.holder, row.Title.status in folded.STANDS,
        _certificate(row, programme, site_url=site_url),
    )


def is_in_sight(session: Session, identity: Identity, public_id: str) -> bool:
    """Whether somebody may see the certificate of a title: its holder, and departments in whose division that lies."""
    return session.scalar(_titles().where(Title.public_id == public_id, _in_sight(identity))) is not None


def standings(session: Session, asked: str, *, on: date) -> list[Standing]:
    """How titles stand on a day, by what is registered now: the one of a number, or all that the institution of a
    credit code has had; nothing for a number that was never given out."""
    if not asked or len(asked) > LONGEST_NUMBER:
        return []
    return [_standing(session, answer) for answer in titles.standing_on(session, asked, "", on)]


def _standing(session: Session, answer: titles.Answer) -> Standing:
    title, programme = answer.title, _programme(session, answer.title)
    holder = answer.holder_name or session.get_one(Unit, title.holder_id).name
    return Standing(
        title.number, title.public_id, title.name, programme.name, holder, title.document_number, title.granted_on,
        answer.valid_until, programme.authority.name, answer.on, answer.stands,
        folded.STATUSES[answer.status] if answer.status else "", answer.since, answer.clause,
        clock.local(answer.recorded_at).date() if answer.recorded_at else None, answer.said, _history(session, answer),
    )


def _history(session: Session, answer: titles.Answer) -> list[Change]:
    """Each change that anybody may read, with the status that the title has had from it on."""
    shown, kept = [], folded.kept_from_the_public(changing.events_of(session, answer.title.id))
    for event in answer.events:
        if event.seq in kept:
            continue
        state = folded.fold(answer.events, on=event.effective_on)
        status = folded.STATUSES[state.status] if state else ""
        recorded_on = clock.local(event.recorded_at).date()
        shown.append(Change(event.effective_on, folded.KINDS[event.kind], status, recorded_on))
    return shown


def _certificate(row: Any, programme: Programme, *, site_url: str) -> Certificate:
    title: Title = row.Title
    values = {
        "持有单位": title.holder_name or row.holder, "统一社会信用代码": row.credit_code or "",
        "称号": title.name, "称号编号": title.number,
        "认定项目": programme.name, "依据": programme.settings.source, "认定机关": programme.authority.name,
        "认定文件号": title.document_number, "认定日期": wording.day(title.granted_on),
        "有效期": f"至{wording.day(title.valid_until)}" if title.valid_until else "未设期限",
    }
    heading, lines = _said(programme, values)
    return Certificate(
        heading=heading, holder=values["持有单位"], lines=lines, authority=programme.authority.name,
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
