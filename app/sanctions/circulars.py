"""公开的通报: circulars that were signed, as anybody may read them.

One document may name several institutions: sanctions of one programme with the same number and day are one circular. It
is shown from its signing on; what was held, annulled or corrected since is said with it, never taken away.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from app import clock
from app.cases import queries as cases
from app.documents.models import Document
from app.errors import NotFound
from app.notices import queries as letters
from app.notices.models import Notice
from app.people.models import Region, Unit
from app.programmes import queries as programmes
from app.programmes.life import SanctionRule
from app.programmes.queries import Programme
from app.sanctions.models import ANNULLERS, STAYS, Sanction, SanctionAnnulment, SanctionStay
from app.titles import changing
from app.titles.models import Title, TitleEvent
from app.titles.queries import standing_on

PAGE = 50
SIGNED = ("imposed", "annulled")
DRAFT = "sanction.draft"
"""What the field of the text begins with, by which it is found in the forms of a circular's case."""


@dataclass(frozen=True)
class Line:
    """A circular in the list. `names` are the institutions that it names, as they were called then; `public_id` leads
    to its page; `changed`: some of it was held, annulled or corrected since."""

    public_id: str
    programme: str
    programme_name: str
    decision: str
    signed_on: date
    name: str
    ground: str
    names: Sequence[str]
    changed: bool
    last_id: int


@dataclass(frozen=True)
class Named:
    """An institution that a circular names: what of (fact, day as written), and what became of it since ("" where it
    holds as it was signed). `letter` is whether its letter may be had."""

    public_id: str
    name: str
    title: Title
    region: str
    facts: Sequence[tuple[str, str]]
    since: str
    letter: bool


@dataclass(frozen=True)
class Circular:
    """A circular as it was signed, with the institutions that it names. `text` is that of the signed draft."""

    public_id: str
    programme: Programme
    rule: SanctionRule
    decision: str
    signed_on: date
    authority: str
    text: str
    ground: str
    named: Sequence[Named]


def circulars(
    session: Session, *, programme: str = "", text: str = "", after: tuple[date, int] | None = None
) -> tuple[list[Line], tuple[date, int] | None]:
    """A page of the circulars that anybody may read, that signed last first, and where to go on (None: nowhere).
    `text`: part of an institution's name (then or now), or of the document's number. Source: HBI-13.2, NAT-20.2."""
    meant = (Sanction.status.in_(SIGNED), _public(session))
    last = func.max(Sanction.id)
    asked = select(Sanction.programme, Sanction.decision, Sanction.effective_on, last.label("last")).where(*meant)
    if programme:
        asked = asked.where(Sanction.programme == programme)
    if text:
        words = (Unit.name, Title.holder_name, Sanction.decision)
        asked = asked.join(Unit, Sanction.unit_id == Unit.id).join(Title, Sanction.title_id == Title.id).where(
            or_(*(one.icontains(text, autoescape=True) for one in words))
        )
    asked = asked.group_by(Sanction.programme, Sanction.decision, Sanction.effective_on)
    if after is not None:
        day, number = after
        asked = asked.having(or_(Sanction.effective_on < day, and_(Sanction.effective_on == day, last < number)))
    found = session.execute(asked.order_by(Sanction.effective_on.desc(), last.desc()).limit(PAGE + 1)).all()
    lines = [_line(session, row.programme, row.decision, row.effective_on, row.last) for row in found[:PAGE]]
    more = (lines[-1].signed_on, lines[-1].last_id) if len(found) > PAGE else None
    return lines, more


def programmes_of(session: Session) -> list[tuple[str, str]]:
    """(key, name) of the programmes that have circulars which anybody may read."""
    keys = session.scalars(select(Sanction.programme).where(Sanction.status.in_(SIGNED), _public(session)).distinct())
    return [(key, programmes.latest(session, key).name) for key in sorted(keys)]


def circular(session: Session, public_id: str) -> Circular:
    """One circular, by the public id of any sanction that it is made of. Raises NotFound, also for one that was never
    signed and for one that isn't public."""
    first = _found(session, public_id)
    programme = programmes.programme(session, first.release_id)
    rows = _together(session, first.programme, first.decision, first.effective_on)
    authority = changing.authority_unit(session, programme)
    return Circular(
        rows[0].public_id, programme, programme.life.sanctions[first.key], first.decision, first.effective_on,
        authority.name, _text(session, first, programme), first.ground, [_named(session, row) for row in rows],
    )


def letter(session: Session, public_id: str) -> tuple[Document, bytes]:
    """The letter of a circular to the institution of a sanction, as it was written. Raises NotFound."""
    row = _found(session, public_id)
    document = _letter(session, row)
    if document is None:
        raise NotFound()
    return document, letters.content(document)


def of_events(session: Session, title_id: int) -> Mapping[int, str]:
    """The circulars of a title that anybody may read: id of the case that signed it -> public id."""
    rows = session.execute(
        select(Sanction.case_id, Sanction.public_id)
        .where(Sanction.title_id == title_id, Sanction.status.in_(SIGNED), _public(session))
    )
    return {row.case_id: row.public_id for row in rows}


def _public(session: Session) -> ColumnElement[bool]:
    """Whether a sanction is a circular that anybody may read, by the release under which it was signed."""
    pairs = session.execute(select(Sanction.release_id, Sanction.key).where(Sanction.status.in_(SIGNED)).distinct())
    public: dict[int, list[str]] = {}
    for release_id, key in pairs:
        if programmes.programme(session, release_id).life.sanctions[key].public:
            public.setdefault(release_id, []).append(key)
    meant = [and_(Sanction.release_id == release, Sanction.key.in_(keys)) for release, keys in public.items()]
    return or_(*meant) if meant else false()


def _found(session: Session, public_id: str) -> Sanction:
    row = session.scalar(
        select(Sanction).where(Sanction.public_id == public_id, Sanction.status.in_(SIGNED), _public(session))
    )
    if row is None or row.effective_on is None:
        raise NotFound()
    return row


def _together(session: Session, programme: str, decision: str, signed_on: date) -> Sequence[Sanction]:
    """The sanctions of one document, in the order in which they were proposed."""
    return session.scalars(
        select(Sanction).where(
            Sanction.programme == programme, Sanction.decision == decision, Sanction.effective_on == signed_on,
            Sanction.status.in_(SIGNED), _public(session),
        ).order_by(Sanction.id)
    ).all()


def _line(session: Session, key: str, decision: str, signed_on: date, last_id: int) -> Line:
    rows = _together(session, key, decision, signed_on)
    programme = programmes.programme(session, rows[0].release_id)
    rule = programme.life.sanctions[rows[0].key]
    return Line(
        rows[0].public_id, key, programme.name, decision, signed_on, rule.name, rows[0].ground,
        [_name_then(session, row) for row in rows], any(_since(session, row) for row in rows), last_id,
    )


def _named(session: Session, row: Sanction) -> Named:
    title = session.get_one(Title, row.title_id)
    region_code = session.scalar(select(Unit.region_code).where(Unit.id == row.unit_id))
    region = session.scalar(select(Region.name).where(Region.code == region_code)) or ""
    facts = [(one["what"], one.get("on", "")) for one in row.evidence if one["what"]]
    return Named(row.public_id, _name_then(session, row), title, region, facts, _since(session, row),
                 _letter(session, row) is not None)


def _name_then(session: Session, row: Sanction) -> str:
    """The institution's name on the day of the circular."""
    title = session.get_one(Title, row.title_id)
    found = next(
        (one for one in standing_on(session, title.number, row.programme, row.effective_on or clock.today())
         if one.title.id == title.id), None,
    )
    return (found.holder_name if found else "") or title.holder_name


def _since(session: Session, row: Sanction) -> str:
    """What became of a signed circular, in a sentence; "" where it holds."""
    annulled = session.scalar(select(SanctionAnnulment).where(SanctionAnnulment.sanction_id == row.id))
    if annulled is not None:
        day = clock.local(annulled.recorded_at).date()
        return f"已撤销：{ANNULLERS[annulled.kind]}，{annulled.document}，{day} 登记。"
    corrected = _corrected(changing.events_of(session, row.title_id or 0), row)
    if corrected is not None:
        day = clock.local(corrected.recorded_at).date()
        if corrected.kind == "corrected":
            return f"已撤回：系误登（{corrected.decision}，{day} 登记）。"
        return f"已更正：日期应为 {corrected.effective_on}（{corrected.decision}，{day} 登记）。"
    stay = session.scalar(
        select(SanctionStay).where(SanctionStay.sanction_id == row.id, SanctionStay.lifted_at.is_(None))
    )
    return f"因{STAYS[stay.kind]}停止执行，自 {stay.since} 起（{stay.document}）。" if stay is not None else ""


def _corrected(events: Collection[TitleEvent], row: Sanction) -> TitleEvent | None:
    """The event that last took the place of the circular's in the title's record."""
    by_place = {event.supersedes: event for event in events if event.supersedes is not None}
    found = next((event for event in events if event.case_id == row.case_id and event.kind == "circulated"), None)
    later = None
    while found is not None:
        found = by_place.get(found.seq)
        later = found or later
    return later


def _letter(session: Session, row: Sanction) -> Document | None:
    """The letter that the institution got of the case that signed it, the latest."""
    return session.scalar(
        select(Document).join(Notice, Notice.document_id == Document.id)
        .where(Notice.case_id == row.case_id, Notice.to_unit_id == row.unit_id).order_by(Notice.id.desc()).limit(1)
    )


def _text(session: Session, row: Sanction, programme: Programme) -> str:
    """The signed text: what the field that starts with the draft was filled with."""
    answers = cases.latest_answers(session, row.case_id or 0)
    for key, said in answers.items():
        for asked in programme.form(key).asked:
            if asked.prefill == DRAFT and said.get(asked.key):
                return str(said[asked.key])
    return ""
