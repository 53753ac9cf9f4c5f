"""更正 of a wrong list: what was wrong is published anew with a full period of its own; the rest goes on untouched.

The old page stays as it was shown, with a note and a link to the new one. Nobody's period is shortened by it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app import clock
from app.audit import operations as audit
from app.cases import acts
from app.cases.models import Act, Task
from app.errors import Gone, Invalid, NotAllowed, NotFound, Refused
from app.people import registration
from app.people.queries import Identity
from app.programmes.queries import Programme
from app.publications import objections, operations
from app.publications.models import Objection, Publication, PublicationEntry

TEXTS = ("name", "credit_code", "region_name")
LABELS = {"name": "单位名称", "credit_code": "统一社会信用代码", "region_name": "所在地"}
CORRECTABLE = ("listed", "held", "cleared")
MOST_REASON = 500


@dataclass(frozen=True)
class Correction:
    """What was wrong. `changed`: position -> the texts as they should read (of TEXTS); `removed`: positions that should
    not have been listed; `added`: applications left out, as (task's public id, case's revision) seen at the list step.
    `reason` is read by everybody; `title` heads the new publication.
    """

    reason: str
    title: str
    changed: Mapping[int, Mapping[str, str]]
    removed: frozenset[int]
    added: Sequence[tuple[str, int]]


def correct(session: Session, publication_public_id: str, wanted: Correction, *, by: Identity) -> Publication:
    """Correct a publication; returns the new one, or the old one where entries were only removed.

    The lead of the unit that published it does so, while it is open or as long as the entries' applications have read
    nothing of its end. Raises NotFound, NotAllowed, Invalid, Refused, Gone.
    """
    if "lead" not in by.roles:
        raise NotAllowed("只有发布公示的单位负责人可以更正公示。")
    audit.lock(session, f"unit:{by.unit_id}")
    old = _published_by(session, publication_public_id, by)
    programme = objections.programme_of(session, old)
    _see_that_it_says_something(wanted)
    entries = _entries(session, old, {*wanted.changed, *wanted.removed})
    _see_that_texts_change(wanted.changed, entries)
    _free(session, old, list(entries.values()))
    _see_that_rows_are_done(session, list(entries.values()))
    _remove(session, old, [entries[position] for position in sorted(wanted.removed)], wanted.reason)
    moved = [entries[position] for position in sorted(wanted.changed)]
    new = _publish(session, old, programme, wanted, moved, by=by)
    audit.record(
        session, chain=f"unit:{by.unit_id}", verb="correct_publication", person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name,
        details={"publication": old.public_id, "title": old.title, "reason": wanted.reason, "changed": len(moved),
                 "removed": len(wanted.removed), "added": len(wanted.added), "new": new.public_id if new else ""},
    )
    return new or old


def left_out(session: Session, publication: Publication, by: Identity) -> list[acts.Candidate]:
    """Applications that wait at the step at which this publication's list was confirmed, and are not on it; none where
    it is a single opinion."""
    if publication.source_case_id is not None:
        return []
    act = _first_act(session, publication)
    return acts.preview(session, by, release_id=act.release_id, diagram=act.diagram, element=act.element)


def _publish(
    session: Session, old: Publication, programme: Programme, wanted: Correction, moved: Sequence[PublicationEntry], *,
    by: Identity,
) -> Publication | None:
    """The new publication: the entries left out by an act of their own, then those whose texts changed."""
    fresh = [
        {"case_id": entry.case_id, "status": "held" if entry.status == "held" else "listed",
         **{key: wanted.changed[entry.position].get(key, getattr(entry, key)) for key in TEXTS}}
        for entry in moved
    ]
    new = None
    if wanted.added:
        new = _publish_left_out(session, old, wanted, by=by)
        _append(session, new, fresh)
    elif fresh:
        new = operations.open_list(
            session, programme, by=by, at=clock.now(), title=wanted.title, text=wanted.reason, contact=old.contact,
            entries=fresh, corrects_id=old.id, correction=wanted.reason,
        )
    if new is not None:
        _move(session, moved, new, wanted.reason)
    return new


def _publish_left_out(session: Session, old: Publication, wanted: Correction, *, by: Identity) -> Publication:
    source = _first_act(session, old)
    try:
        act = acts.confirm(
            session, by=by, release_id=source.release_id, diagram=source.diagram, element=source.element,
            answers={**source.answers, "title": wanted.title, "text": wanted.reason}, seen=wanted.added,
            outcome=source.outcome,
        )
    except Invalid as error:
        raise Invalid({{"text": "reason"}.get(key, key): words for key, words in error.fields.items()}) from None
    new = session.scalars(select(Publication).where(Publication.act_id == act.id)).one()
    new.corrects_id, new.correction = old.id, wanted.reason
    session.flush()
    return new


def _append(session: Session, publication: Publication, entries: Sequence[dict[str, Any]]) -> None:
    listed = [
        {key: getattr(entry, key) for key in ("position", *TEXTS)} for entry in _all_entries(session, publication)
    ]
    more = [{**entry, "position": n} for n, entry in enumerate(entries, start=len(listed) + 1)]
    if more:
        session.execute(insert(PublicationEntry), [{"publication_id": publication.id, **entry} for entry in more])
    publication.list_hash = operations.seal(publication.title, [*listed, *more])
    session.flush()


def _move(session: Session, moved: Sequence[PublicationEntry], new: Publication, reason: str) -> None:
    """Entries go to the new list, and with each what is said against it."""
    now_at = {entry.case_id: entry.id for entry in _all_entries(session, new)}
    for entry in moved:
        session.execute(
            update(Objection)
            .where(Objection.entry_id == entry.id, Objection.status == "open")
            .values(entry_id=now_at[entry.case_id])
            .execution_options(synchronize_session=False)
        )
        entry.status, entry.reason = "moved", reason
    session.flush()


def _remove(session: Session, old: Publication, entries: Sequence[PublicationEntry], reason: str) -> None:
    for entry in entries:
        entry.status, entry.reason = "removed", reason
    session.flush()
    operations.tell(session, old, [(e.id, e.case_id) for e in entries], result="removed", at=clock.now())


def _free(session: Session, old: Publication, entries: Sequence[PublicationEntry]) -> None:
    """Take back what cleared entries were told; one whose application has read it has gone on and stays as it is."""
    cleared = [entry for entry in entries if entry.status == "cleared"]
    if not cleared:
        return
    freed = operations.take_back(session, old, [entry.id for entry in cleared])
    if gone := [entry.name for entry in cleared if entry.id not in freed]:
        names = "、".join(gone[:5])
        raise Refused(
            f"{names} 公示期满后已进入下一环节，公示不能再更正：请在该环节处理，或由申报单位办理变更报备。",
        )


def _published_by(session: Session, public_id: str, by: Identity) -> Publication:
    known = session.scalar(
        select(Publication.id).where(Publication.public_id == public_id, Publication.unit_id == by.unit_id)
    )
    if known is None:
        raise NotFound()
    publication = operations.locked(session, id_=known)
    if publication.source_case_id is not None:
        raise Refused("本公示只公示一件意见，没有名单可以更正；内容有误的，请在办件中重新审核后再公示。")
    return publication


def _first_act(session: Session, publication: Publication) -> Act:
    """The act that first listed: of the publication itself, or of the one that it corrects."""
    while publication.act_id is None:
        publication = session.get_one(Publication, publication.corrects_id)
    return session.get_one(Act, publication.act_id)


def _all_entries(session: Session, publication: Publication) -> Sequence[PublicationEntry]:
    return session.scalars(
        select(PublicationEntry)
        .where(PublicationEntry.publication_id == publication.id)
        .order_by(PublicationEntry.position)
    ).all()


def _entries(session: Session, old: Publication, positions: set[int]) -> dict[int, PublicationEntry]:
    found = {
        entry.position: entry for entry in _all_entries(session, old) if entry.position in positions
    }
    if positions - found.keys():
        raise NotFound()
    if gone := [entry.name for entry in found.values() if entry.status not in CORRECTABLE]:
        raise Gone(f"{'、'.join(gone[:5])} 已不在名单中，请刷新页面后重新选择。")
    return found


def _see_that_rows_are_done(session: Session, entries: Sequence[PublicationEntry]) -> None:
    """A row of the act that the worker hasn't carried out may yet be refused: then it would stand on two lists."""
    waiting = session.scalar(
        select(Task.id).where(Task.case_id.in_([entry.case_id for entry in entries]), Task.status == "open").limit(1)
    )
    if waiting is not None:
        raise Refused("名单刚刚确认，系统还在逐件办理，请等办理进度走完后再更正。")


def _see_that_it_says_something(wanted: Correction) -> None:
    errors: dict[str, list[str]] = {}
    if not wanted.reason.strip():
        errors["reason"] = ["请写明原公示哪里有误，更正公示会向社会说明。"]
    elif len(wanted.reason) > MOST_REASON:
        errors["reason"] = [f"最多 {MOST_REASON} 个字，现在有 {len(wanted.reason)} 个。"]
    if not wanted.title.strip() and (wanted.changed or wanted.added):
        errors["title"] = ["请填写更正公示的标题。"]
    if not (wanted.changed or wanted.removed or wanted.added):
        errors[""] = ["请选择要更正、移出或补列的单位。"]
    if both := set(wanted.changed) & wanted.removed:
        errors[""] = [f"第 {min(both)} 号不能既更正又移出，请只选一项。"]
    if errors:
        raise Invalid(errors)


def _see_that_texts_change(
    changed: Mapping[int, Mapping[str, str]], entries: Mapping[int, PublicationEntry]
) -> None:
    errors: dict[str, list[str]] = {}
    for position, texts in changed.items():
        entry = entries[position]
        for key in TEXTS:
            if not texts.get(key, getattr(entry, key)).strip():
                errors[f"{key}-{position}"] = [f"请填写第 {position} 号的{LABELS[key]}。"]
        if all(texts.get(key, getattr(entry, key)) == getattr(entry, key) for key in TEXTS):
            errors[f"name-{position}"] = [f"第 {position} 号的内容没有改动，请改正有误之处，或不选它。"]
        elif texts.get("credit_code", entry.credit_code) != entry.credit_code:
            try:
                registration.see_that_credit_code_is_right(texts["credit_code"])
            except Invalid as error:
                errors[f"credit_code-{position}"] = [m for messages in error.fields.values() for m in messages]
    if errors:
        raise Invalid(errors)
