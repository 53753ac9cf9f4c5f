"""异议: anybody may object to one entry while its publication is open. The entry waits for the decision, alone.

Receipt decides: the publication's row is locked, so that an objection is either before the closing or after it.
Source: NAT-12.2, HBI-8.4; D21 (who, how), D22 (what it holds).
"""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock, db
from app.audit import operations as audit
from app.cases import operations as cases
from app.cases.models import Case, Deadline, Task, Timer
from app.cases.words import Place
from app.documents import operations as documents
from app.errors import Invalid, NotFound, Refused
from app.notices.recipients import Recipient
from app.people import attempts, signing_in
from app.people.models import Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.programmes.settings import ObjectionRules
from app.publications import operations
from app.publications.models import Objection, ObjectionPaper, Publication, PublicationEntry

DIAGRAM = "objection"
MOST_PER_ADDRESS = 10
MOST_PAPERS = 5
MOST_TEXT = 2_000
OUTCOMES = ("upheld", "rejected")
ANYBODY, OBJECTOR = "社会公众", "异议人"
EMAIL = re.compile(r"[^@\s,;<>\"]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True)
class Taken:
    """What an objector gets: number, what it was taken as ("open" or "tip"), and the secret of the link to follow it,
    which is kept nowhere."""

    number: str
    status: str
    secret: str


def file(
    session: Session, publication_public_id: str, position: int, *, name: str, contact: str, text: str,
    papers: Sequence[documents.Received], address: str, received_at: datetime,
) -> Taken:
    """提出异议 against the entry at a position. The entry is held from now on, unless the programme keeps it as a tip.

    `received_at` is the legal instant at which it came in: before the end of the period, or Refused. Raises NotFound,
    Invalid (name, contact, evidence, text), and TooMany where an address sends dozens.
    """
    signing_in.see_that_address_is_open(session, address, what="objection")
    unit_id = session.scalar(select(Publication.unit_id).where(Publication.public_id == publication_public_id))
    if unit_id is None:
        raise NotFound()
    audit.lock(session, f"unit:{unit_id}")  # the papers' entries go there, and a unit comes before a publication
    publication = operations.locked(session, public_id=publication_public_id)
    programme = programme_of(session, publication)
    _see_that_it_is_open(session, publication, programme, received_at)
    entry = _entry(session, publication, position)
    as_tip = _see_that_it_is_whole(programme, name=name, contact=contact, text=text, papers=papers)
    attempts.fail(session, attempts.address_key(address, what="objection"), most=MOST_PER_ADDRESS)
    secret = secrets.token_urlsafe(24)
    year = clock.local(received_at).year
    sequence = db.next_number(session, f"objection:{programme.code}:{year}")
    objection = Objection(
        public_id=db.public_id(), number=f"{programme.code}Y{year}{sequence:04d}", secret_hash=hash_of(secret),
        publication_id=publication.id, entry_id=entry.id, name=name, contact=contact, text=text,
        received_at=received_at, status="tip" if as_tip else "open",
    )
    if as_tip:
        session.add(objection)
        session.flush()
        _record(session, f"unit:{unit_id}", "file_tip", objection, publication)
    else:
        _open(session, objection, publication, entry, programme)
    _register(session, objection, papers, unit_id)
    return Taken(objection.number, objection.status, secret)


def rules_of(programme: Programme) -> ObjectionRules | None:
    """What an objection must bring; None where the programme takes none online, or has no diagram to handle it."""
    return programme.publication.objections if DIAGRAM in programme.diagrams() else None


def hold(session: Session, place: Place) -> str:
    """暂停 the entry against which this case's objection stands; the rest of the list goes on. Returns its status."""
    objection = _of_case(session, place.case.id)
    entry = session.get_one(PublicationEntry, objection.entry_id)
    operations.locked(session, id_=entry.publication_id)
    session.refresh(entry)
    if entry.status == "listed":
        entry.status = "held"
        session.flush()
    return entry.status


def decide(session: Session, place: Place) -> str:
    """Carry out what was found about this case's objection; returns it, "upheld" or "rejected", to the diagram.

    Upheld: the application is told at once. Rejected: once nothing else is open against the entry, it is listed again
    while the period runs, or cleared as of the decision where it is over. One upheld decides for all.
    """
    objection = _of_case(session, place.case.id)
    found = session.scalar(
        select(Task.outcome)
        .where(Task.case_id == place.case.id, Task.status == "done", Task.outcome.in_(OUTCOMES))
        .order_by(Task.closed_at.desc(), Task.id.desc())
        .limit(1)
    )
    if found is None:
        raise Refused("异议还没有认定结论（成立或不成立），不能办结。")
    entry = session.get_one(PublicationEntry, objection.entry_id)
    publication = operations.locked(session, id_=entry.publication_id)
    session.refresh(entry)
    objection.status, objection.decided_at = found, place.at
    session.flush()
    if entry.status == "held":
        _settle(session, publication, entry, found, place)
    return found


def objector(session: Session, place: Place) -> Recipient:
    """To whom the reply goes: by e-mail too, where that is how the objector is reached."""
    objection = _of_case(session, place.case.id)
    return Recipient(objection.name or OBJECTOR, email=objection.contact if EMAIL.fullmatch(objection.contact) else "")


def hash_of(secret: str) -> str:
    """What is kept of a link's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def programme_of(session: Session, publication: Publication) -> Programme:
    """The release under which a publication was opened."""
    release_id = session.scalar(select(Case.release_id).where(Case.id == publication.case_id))
    return programmes.programme(session, release_id)


def ends_at(session: Session, publication: Publication) -> datetime:
    """When the period of a publication ends (exclusive)."""
    return session.scalars(
        select(Deadline.ends_at)
        .join(Timer, Timer.deadline_id == Deadline.id)
        .where(Timer.case_id == publication.case_id)
    ).one()


def _settle(
    session: Session, publication: Publication, entry: PublicationEntry, found: str, place: Place
) -> None:
    if found == "upheld":
        entry.status, entry.reason = "upheld", "经核查，异议成立。"
        session.flush()
        operations.tell(session, publication, [(entry.id, entry.case_id)], result="upheld", at=place.at)
    elif _others_open(session, entry.id):
        return
    elif publication.status == "open" and place.at < ends_at(session, publication):
        entry.status = "listed"
        session.flush()
    else:
        entry.status = "cleared"
        session.flush()
        operations.tell(session, publication, [(entry.id, entry.case_id)], result="cleared", at=place.at)
    if publication.status == "closed":
        operations.clear_what_may(session, publication, place.programme, at=place.at)


def _others_open(session: Session, entry_id: int) -> bool:
    return bool(session.scalar(
        select(func.count()).where(Objection.entry_id == entry_id, Objection.status == "open")
    ))


def _open(
    session: Session, objection: Objection, publication: Publication, entry: PublicationEntry, programme: Programme
) -> None:
    """Open its case in the authority's division: neither the institution nor its county sees it."""
    unit = session.get_one(Unit, publication.unit_id)
    anybody = Identity(
        person_id=None, public_id="", login="", name=ANYBODY, unit_id=unit.id, unit_public_id=unit.public_id,
        unit_name="", unit_kind=unit.kind, unit_status=unit.status, tier=unit.tier, region_code=unit.region_code,
        province_code=None, city_code=None, county_code=None, must_change_password=False,
    )

    def write_row(case: Case) -> None:
        objection.case_id = case.id
        session.add(objection)
        session.flush()

    region = session.scalar(select(Case.region_code).where(Case.id == publication.case_id))
    cases.open_case(
        session, programme=programme, diagram=DIAGRAM, title=f"对“{entry.name}”的异议（{objection.number}）",
        region_code=region, applicant_id=None, by=anybody, at=objection.received_at, about_id=entry.case_id,
        before_start=write_row,
    )
    _record(session, f"case:{objection.case_id}", "file_objection", objection, publication)


def _register(
    session: Session, objection: Objection, papers: Sequence[documents.Received], unit_id: int
) -> None:
    for received in papers:
        document = documents.register(
            session, received, unit_id=unit_id, person_id=None, case_id=objection.case_id, field="evidence"
        )
        session.add(ObjectionPaper(objection_id=objection.id, document_id=document.id))
    session.flush()


def _record(session: Session, chain: str, verb: str, objection: Objection, publication: Publication) -> None:
    audit.record(
        session, chain=chain, verb=verb, person_id=None, person_name=ANYBODY, unit_name="",
        details={"number": objection.number, "publication": publication.title, "opinion": objection.text},
        legal_at=objection.received_at,
    )


def _see_that_it_is_open(
    session: Session, publication: Publication, programme: Programme, received_at: datetime
) -> None:
    if rules_of(programme) is None:
        raise Refused("本公示不在网上受理异议，请按公示正文写明的方式提出。", clause=programme.publication.clause)
    end = ends_at(session, publication)
    if publication.status != "open" or received_at >= end:
        raise Refused(
            f"公示期已于 {clock.local(end):%Y-%m-%d %H:%M} 结束，不能再提出异议。确有问题的，请直接向认定机关反映。",
            clause=programme.publication.clause,
        )


def _entry(session: Session, publication: Publication, position: int) -> PublicationEntry:
    entry = session.scalars(
        select(PublicationEntry).where(
            PublicationEntry.publication_id == publication.id, PublicationEntry.position == position
        )
    ).one_or_none()
    if entry is None:
        raise NotFound()
    if entry.status not in ("listed", "held"):
        raise Refused("该单位已不在公示名单中，不必再提出异议。")
    return entry


def _see_that_it_is_whole(
    programme: Programme, *, name: str, contact: str, text: str, papers: Sequence[documents.Received]
) -> bool:
    """Whether it is only a tip. Raises Invalid at what the programme requires, where it keeps no tips."""
    rules = programme.publication.objections
    errors: dict[str, list[str]] = {}
    if not text.strip():
        errors["text"] = ["请写明异议的事实和理由。"]
    elif len(text) > MOST_TEXT:
        errors["text"] = [f"最多 {MOST_TEXT} 个字，现在有 {len(text)} 个。"]
    lacking = {
        "name": (rules.real_name and not name, "请填写真实姓名或单位名称：提出异议应当实名。"),
        "contact": (rules.contact and not contact, "请填写联系方式，以便核实情况和答复。"),
        "evidence": (rules.evidence and not papers, "请上传证明材料：提出异议应当附有证据。"),
    }
    said = f"缺少的不予受理（{rules.clause}）。" if rules.otherwise != "tip" and rules.clause else ""
    missing = {key: [words + said] for key, (lacks, words) in lacking.items() if lacks}
    if errors or (missing and rules.otherwise != "tip"):
        raise Invalid(errors | (missing if rules.otherwise != "tip" else {}))
    return bool(missing)


def _of_case(session: Session, case_id: int) -> Objection:
    return session.scalars(select(Objection).where(Objection.case_id == case_id)).one()
