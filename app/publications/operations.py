"""公示: opened by a collective act over many applications, closed by its own timer.

Lock order: a case, then the publication's row, then its entries. What a publication says to its applications it says
once an entry, as a message; an entry that leaves the list takes back what nobody has read.
"""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, exists, insert, select, update
from sqlalchemy.orm import Session

from app import clock, db
from app.audit import operations as audit
from app.cases import messages
from app.cases import operations as cases
from app.cases import queries as answers
from app.cases.models import Act, ActRow, Case, Message
from app.cases.steps import CaseRow
from app.cases.words import Place
from app.errors import Refused
from app.people import queries as people
from app.people.models import Person, Region, Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.publications.models import Publication, PublicationEntry

CLEARED = "publication_cleared"
WITHDRAWN = "publication_entry_withdrawn"
RESULTS = ("cleared", "upheld", "removed")
"""What `publication_result` says in the message to an application."""

_APPLICATIONS = (
    select(Case.id, Unit.name, Unit.credit_code, Region.name.label("region_name"))
    .join(Unit, Case.applicant_id == Unit.id)
    .join(Region, Case.region_code == Region.code)
    .join(ActRow, ActRow.case_id == Case.id)
    .where(ActRow.act_id == bindparam("act"))
    .order_by(Case.region_code, Unit.name, Case.id)
)


def open_by_act(session: Session, act: Act, rows: Sequence[ActRow], by: Identity) -> None:
    """Publish the applications of a confirmed act as one list. The period starts with the act: its day is day zero,
    unless the programme counts the first day.

    The list holds only what the public may read, as it stands now, sealed by a hash.
    """
    applications = session.execute(_APPLICATIONS, {"act": act.id}).all()
    if len(applications) != len(rows):
        raise Refused("勾选的办件中有的没有申报单位，不能列入公示。")
    publication = open_list(
        session, programmes.programme(session, act.release_id), by=by, at=act.confirmed_at, act_id=act.id,
        title=act.title, text=str(act.answers.get("text", "")), contact=str(act.answers.get("contact", "")),
        entries=[
            {"case_id": a.id, "name": a.name, "credit_code": a.credit_code, "region_name": a.region_name}
            for a in applications
        ],
    )
    act.result_case_id = publication.case_id
    session.flush()


def open_list(
    session: Session, programme: Programme, *, by: Identity, at: datetime, title: str, text: str, contact: str,
    entries: Sequence[dict[str, Any]], act_id: int | None = None, corrects_id: int | None = None, correction: str = "",
    source_case_id: int | None = None, diagram: str = "publication",
) -> Publication:
    """Open a publication with its own case and period. Entries come in order, each with `case_id`, `name`,
    `credit_code`, `region_name` and optionally `status`."""
    placed = [{"status": "listed", **entry, "position": n} for n, entry in enumerate(entries, start=1)]
    made: list[Publication] = []

    def write_rows(case: Case) -> None:
        publication = Publication(
            public_id=db.public_id(), case_id=case.id, act_id=act_id, corrects_id=corrects_id, correction=correction,
            source_case_id=source_case_id,
            programme=programme.key, title=title, text=text, contact=contact, unit_id=by.unit_id, status="open",
            opened_at=at, list_hash=seal(title, placed),
        )
        session.add(publication)
        session.flush()
        session.execute(insert(PublicationEntry), [{"publication_id": publication.id, **entry} for entry in placed])
        made.append(publication)

    cases.open_case(
        session, programme=programme, diagram=diagram, title=title,
        region_code=by.region_code or programme.authority.region, applicant_id=None, by=by, at=at,
        before_start=write_rows,
    )
    return made[0]


def open_from_case(session: Session, place: Place) -> str:
    """The word open_publication: an opinion on the case's unit is published, as the step just said it, in a case of the
    diagram named; this case hears how it ended by `publication_cleared`. Returns opened. Source: NAT-18.3.
    """
    case, parameters = place.case, place.parameters
    if place.person_id is None or case.applicant_id is None:
        raise Refused("公示由经办人就称号单位的办件发布，本环节不能公示。请让流程设计人员改正流程图。")
    form, _, field = parameters["text"].partition(".")
    text = str(answers.latest_answers(session, case.id).get(form, {}).get(field) or "")
    who = session.get_one(Person, place.person_id)
    about = session.execute(
        select(Unit.name, Unit.credit_code, Region.name.label("region_name")).select_from(Unit)
        .join(Region, Region.code == case.region_code).where(Unit.id == case.applicant_id)
    ).one()
    open_list(
        session, place.programme, by=people.identity_of_person(session, who.id, unit_id=who.unit_id), at=place.at,
        title=f"{parameters['title']}：{about.name}", text=text, contact=place.programme.publication.contact,
        entries=[{"case_id": case.id, **about._mapping}], source_case_id=case.id, diagram=parameters["diagram"],
    )
    return "opened"


def close(session: Session, place: Place) -> str:
    """Close the publication of this case: what is still listed is cleared, and each application gets its word.

    Dated at the instant at which the period ended. An entry that an objection holds stays held, and the others go on;
    where the programme holds back the whole list for it, all wait for the decision. Returns "closed" to the diagram.
    Source: D22 (held), HBI-8.4, BDP-12.
    """
    publication = locked(session, case_id=place.case.id)
    if publication.status != "open":
        raise Refused("公示已经结束。")
    _take_withdrawals(session, publication)
    publication.status, publication.closed_at = "closed", place.at
    session.flush()
    clear_what_may(session, publication, place.programme, at=place.at)
    return "closed"


def clear_what_may(session: Session, publication: Publication, programme: Programme, *, at: datetime) -> None:
    """Clear what a closed publication still lists, unless its programme holds the whole list back for an open
    objection."""
    if programme.publication.held == "list" and _anything_held(session, publication.id):
        return
    cleared = session.execute(
        update(PublicationEntry)
        .where(PublicationEntry.publication_id == publication.id, PublicationEntry.status == "listed")
        .values(status="cleared")
        .returning(PublicationEntry.id, PublicationEntry.case_id)
        .execution_options(synchronize_session=False)
    ).all()
    tell(session, publication, [(entry.id, entry.case_id) for entry in cleared], result="cleared", at=at)


def tell(
    session: Session, publication: Publication, entries: Sequence[tuple[int, int]], *, result: str, at: datetime
) -> None:
    """Tell applications how their publication ended: one message an entry, (entry id, case id), at most once each."""
    messages.post(
        session,
        [{"to_case_id": case_id, "key": str(entry_id), "payload": {"publication_result": result}}
         for entry_id, case_id in entries],
        name=CLEARED, sender=f"case:{publication.case_id}", effective_at=at,
    )


def take_back(session: Session, publication: Publication, entry_ids: Collection[int]) -> set[int]:
    """Void what a publication told about entries where no application has read it yet; returns those entries' ids."""
    voided = session.execute(
        update(Message)
        .where(
            Message.sender == f"case:{publication.case_id}", Message.name == CLEARED, Message.status == "waiting",
            Message.key.in_([str(entry_id) for entry_id in entry_ids]),
        )
        .values(status="void")
        .returning(Message.key)
        .execution_options(synchronize_session=False)
    )
    return {int(key) for key in voided.scalars()}


def say_withdrawn(session: Session, act: Act, row: ActRow) -> None:
    """Tell the publication that a row of its act was refused: a message, for this transaction holds another case."""
    if act.result_case_id is not None:
        _leave(session, row.case_id, [act.result_case_id], row.reason)


def say_application_withdrawn(session: Session, case: CaseRow, reason: str) -> None:
    """Tell every publication that lists an application which was withdrawn or ended: its entry goes off the list."""
    _leave(session, case.id, _listing(session, case.id), reason)


def withdraw_entry(session: Session, message: Any) -> None:
    """Take an entry off the list with its reason, and take back what its application hasn't read.

    One whose application has read that it was cleared, or that is off the list already, stays as it is.
    """
    publication = locked(session, case_id=message.to_case_id)
    if _withdraw(session, publication, message.payload["case_id"], message.payload["reason"]):
        audit.record(
            session, chain=f"case:{message.to_case_id}", verb="withdraw_entry", person_id=None, person_name="系统",
            unit_name="", details=dict(message.payload),
        )


def locked(session: Session, *, case_id: int | None = None, public_id: str = "", id_: int | None = None) -> Publication:
    """A publication by its case, its public id or its id, its row locked until the transaction ends."""
    which = (
        Publication.case_id == case_id if case_id is not None
        else Publication.id == id_ if id_ is not None else Publication.public_id == public_id
    )
    statement = select(Publication).where(which).with_for_update().execution_options(populate_existing=True)
    return session.scalars(statement).one()


def seal(title: str, entries: Sequence[dict[str, Any]]) -> str:
    """SHA-256 over a list as the public reads it: title, then position, name, credit code and region of each entry."""
    shown = [[e["position"], e["name"], e["credit_code"], e["region_name"]] for e in entries]
    return hashlib.sha256(orjson.dumps([title, shown])).hexdigest()


def _leave(session: Session, case_id: int, publication_cases: Sequence[int], reason: str) -> None:
    """An application leaves publications: what they have told it and it has not read is void at once, so that a later
    publication's catch can't take it; their rows change when they read the message.

    The publication's row is locked first. So either its closing comes before, and what it told is void here; or it
    comes after, and finds the message in its mailbox.
    """
    for publication_case in publication_cases:
        publication = locked(session, case_id=publication_case)
        entry_id = session.scalar(
            select(PublicationEntry.id).where(
                PublicationEntry.publication_id == publication.id, PublicationEntry.case_id == case_id
            )
        )
        if entry_id is not None:
            take_back(session, publication, [entry_id])
        messages.post(
            session,
            [{"to_case_id": publication_case, "key": str(publication_case),
              "payload": {"case_id": case_id, "reason": reason}}],
            name=WITHDRAWN, sender=f"case:{case_id}", effective_at=clock.now(),
        )


def _withdraw(session: Session, publication: Publication, case_id: int, reason: str) -> bool:
    entry = session.scalars(
        select(PublicationEntry).where(
            PublicationEntry.publication_id == publication.id, PublicationEntry.case_id == case_id
        )
    ).one_or_none()
    if entry is None:
        return False
    take_back(session, publication, [entry.id])
    if entry.status == "cleared" and _has_read(session, publication, entry.id):
        return False
    if entry.status not in ("listed", "held", "cleared"):
        return False
    entry.status, entry.reason = "withdrawn", reason
    session.flush()
    return True


def _take_withdrawals(session: Session, publication: Publication) -> None:
    """What lies in the publication's mailbox counts before its period ends; the rows are taken when delivered."""
    waiting = session.scalars(
        select(Message.payload).where(
            Message.to_case_id == publication.case_id, Message.name == WITHDRAWN, Message.status == "waiting"
        )
    )
    for payload in waiting.all():
        _withdraw(session, publication, payload["case_id"], payload["reason"])


def _has_read(session: Session, publication: Publication, entry_id: int) -> bool:
    return bool(session.scalar(
        select(exists().where(
            Message.sender == f"case:{publication.case_id}", Message.name == CLEARED, Message.key == str(entry_id),
            Message.status == "delivered",
        ))
    ))


def _listing(session: Session, case_id: int) -> Sequence[int]:
    """The cases of the publications on whose list an application stands now."""
    return session.scalars(
        select(Publication.case_id)
        .join(PublicationEntry, PublicationEntry.publication_id == Publication.id)
        .where(PublicationEntry.case_id == case_id, PublicationEntry.status.in_(("listed", "held", "cleared")))
        .order_by(Publication.id)
    ).all()


def _anything_held(session: Session, publication_id: int) -> bool:
    return bool(session.scalar(
        select(exists().where(PublicationEntry.publication_id == publication_id, PublicationEntry.status == "held"))
    ))
