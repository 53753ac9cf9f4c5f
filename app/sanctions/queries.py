"""Questions about sanctions: the department's list, one sanction with all that belongs to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from app import clock
from app.cases.models import Case
from app.documents.models import Document
from app.errors import NotFound
from app.people import queries as people
from app.people.models import Person, Region, Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.life import SanctionRule
from app.programmes.queries import Programme
from app.sanctions import recommenders
from app.sanctions.circulars import SIGNED
from app.sanctions.models import RecommenderHold, Sanction, SanctionAnnulment, SanctionStay
from app.titles import bans
from app.titles.models import Ban, Title

PAGE = 50


@dataclass(frozen=True)
class Evidence:
    """One fact: what, the day as written, and the case that shows it (number and public id, empty where there is none
    or who asks doesn't see it); or a paper that was uploaded with the proposal."""

    what: str
    on: str
    case_number: str = ""
    case_public_id: str = ""
    paper: Any = None


@dataclass(frozen=True)
class Shown:
    """A sanction with its rule, title, holder, the ban in force or held, its stays in order, its annulment, evidence.
    `least` is how the shortest ban would come about if the decision bore today's date; None where it brings none or is
    decided. `circular`: anybody may read it as one. `hold` is what it did to who recommends, `held_words` in words."""

    row: Sanction
    rule: SanctionRule
    programme: Programme
    title: Title | None
    holder: Unit
    case: Case | None
    ban: Ban | None
    stays: Sequence[SanctionStay]
    evidence: Sequence[Evidence]
    least: date | None
    hold: RecommenderHold | None = None
    held_words: str = ""
    annulment: SanctionAnnulment | None = None
    circular: bool = False

    @property
    def stay(self) -> SanctionStay | None:
        """The stay that runs."""
        return next((stay for stay in self.stays if stay.lifted_at is None), None)


def sanctions(
    session: Session, identity: Identity, *, programme: str = "", key: str = "", status: str = "", region: str = "",
    text: str = "", before: int | None = None,
) -> tuple[list[Row], int | None]:
    """A page of the sanctions in somebody's sight, newest first, and the id to go on before (None: the last page).
    `region` is the code of a division: its own and those of divisions in it. `status` "stayed": those that are held."""
    where = [people.case_scope(identity, Case)]
    if programme:
        where.append(Sanction.programme == programme)
    if key:
        where.append(Sanction.key == key)
    held = select(SanctionStay.id).where(
        SanctionStay.sanction_id == Sanction.id, SanctionStay.lifted_at.is_(None)
    ).exists()
    if status == "stayed":
        where.append(held)
    elif status:
        where.append(Sanction.status == status)
    if region:
        where.append(or_(Case.region_code == region, Case.city_code == region, Case.province_code == region))
    if text:
        where.append(or_(Unit.name.icontains(text, autoescape=True), Title.number.icontains(text, autoescape=True)))
    if before is not None:
        where.append(Sanction.id < before)
    rows = session.execute(
        select(Sanction, Title.number.label("title_number"), Unit.name.label("holder"),
               Region.name.label("region_name"), held.label("stayed"))
        .join(Case, Sanction.case_id == Case.id)
        .join(Unit, Sanction.unit_id == Unit.id)
        .outerjoin(Title, Sanction.title_id == Title.id)
        .outerjoin(Region, Case.region_code == Region.code)
        .where(*where).order_by(Sanction.id.desc()).limit(PAGE + 1)
    ).all()
    return list(rows[:PAGE]), rows[PAGE - 1].Sanction.id if len(rows) > PAGE else None


def places(session: Session, identity: Identity) -> list[tuple[str, str]]:
    """The divisions, cities and below, in which somebody sees sanctions: (code, name), in the order of their codes."""
    inside = select(Case.region_code, Case.city_code).join(Sanction, Sanction.case_id == Case.id).where(
        people.case_scope(identity, Case)
    ).distinct()
    codes = {code for row in session.execute(inside) for code in row if code}
    if not codes:
        return []
    rows = session.execute(select(Region.code, Region.name).where(Region.code.in_(codes)).order_by(Region.code))
    return [(code, name) for code, name in rows]


def names(session: Session, rows: Sequence[Sanction]) -> Mapping[int, str]:
    """What each sanction is called in its release, by its id."""
    return {
        row.id: programmes.programme(session, row.release_id).life.sanctions[row.key].name for row in rows
    }


def sanction(session: Session, identity: Identity, public_id: str) -> Shown:
    """One sanction in somebody's sight. Raises NotFound."""
    found = session.execute(
        select(Sanction).join(Case, Sanction.case_id == Case.id)
        .where(Sanction.public_id == public_id, people.case_scope(identity, Case))
    ).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return _shown(session, found, identity)


def of_case(session: Session, identity: Identity, case: Case) -> Shown | None:
    """The sanction that a case decides, for who sees the case; None for any other case."""
    if case.title_id is None:
        return None
    found = session.scalar(select(Sanction).where(Sanction.case_id == case.id))
    return None if found is None else _shown(session, found, identity)


def people_of(session: Session, shown: Shown) -> Mapping[int, str]:
    """The names of those who entered and lifted stays and who entered the annulment, by their id."""
    ids = {stay.person_id for stay in shown.stays} | {stay.lifted_by for stay in shown.stays if stay.lifted_by}
    ids |= {shown.annulment.person_id} if shown.annulment else set()
    return dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(ids))).all()) if ids else {}


def papers_of(session: Session, shown: Shown) -> Mapping[int, Document]:
    """The documents of stays and of the annulment, by their id."""
    ids = {paper for stay in shown.stays for paper in (stay.document_id, stay.lift_document_id) if paper}
    ids |= {shown.annulment.document_id} if shown.annulment and shown.annulment.document_id else set()
    return {row.id: row for row in session.scalars(select(Document).where(Document.id.in_(ids)))} if ids else {}


def draft(session: Session, case_id: int, programme: Programme) -> str:
    """The text with which drafting a circular starts: the ground, and what there is of evidence; "" elsewhere."""
    found = session.scalar(select(Sanction).where(Sanction.case_id == case_id))
    if found is None:
        return ""
    facts = "；".join(
        f"{one['what']}（{one['on']}）" if one.get("on") else one["what"] for one in found.evidence if one["what"]
    )
    ground = programme.life.sanctions[found.key].ground
    return f"经核查，有关单位{found.ground or ground}：{facts}。" if facts else f"经核查，有关单位{ground}。"


def _shown(session: Session, found: Sanction, identity: Identity) -> Shown:
    programme = programmes.programme(session, found.release_id)
    rule = programme.life.sanctions[found.key]
    case = session.get(Case, found.case_id) if found.case_id else None
    waits = found.status == "proposed" and case is not None
    hold = recommenders.of_sanction(session, found.id)
    return Shown(
        row=found, rule=rule, programme=programme,
        title=session.get(Title, found.title_id) if found.title_id else None,
        holder=session.get_one(Unit, found.unit_id), case=case,
        ban=session.get(Ban, found.ban_id) if found.ban_id else None,
        stays=session.scalars(
            select(SanctionStay).where(SanctionStay.sanction_id == found.id).order_by(SanctionStay.id)
        ).all(),
        evidence=_evidence(session, found, identity),
        least=bans.length(programme, rule.ban, clock.today(), case.region_code).until
        if waits and rule.ban is not None and case is not None else None,
        hold=hold, held_words=recommenders.said(session, hold) if hold is not None else "",
        annulment=session.scalar(select(SanctionAnnulment).where(SanctionAnnulment.sanction_id == found.id)),
        circular=rule.public and found.status in SIGNED,
    )


def _evidence(session: Session, found: Sanction, identity: Identity) -> list[Evidence]:
    named = [str(one["case"]) for one in found.evidence if one.get("case")]
    seen: dict[str, Any] = {}
    for row in session.execute(
        select(Case.number, Case.public_id)
        .where(or_(Case.number.in_(named), Case.public_id.in_(named)), people.case_scope(identity, Case))
    ) if named else ():
        seen |= {row.number: row, row.public_id: row}
    ids = [one["document"] for one in found.evidence if one.get("document")]
    papers = {
        row.public_id: row for row in session.scalars(select(Document).where(Document.public_id.in_(ids)))
    } if ids else {}
    made = []
    for one in found.evidence:
        if paper := papers.get(one.get("document", "")):
            made.append(Evidence("", "", paper=paper))
        elif one["what"]:
            row = seen.get(str(one.get("case", "")))
            number, public_id = (row.number, row.public_id) if row else ("", "")
            made.append(Evidence(one["what"], one.get("on", ""), number, public_id))
    return made
