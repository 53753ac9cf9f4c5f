"""Proposing a sanction: a row with its evidence, and the case in which it is heard and decided. Never more than that:
no timer and no count of misses sanctions anybody."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, db
from app.cases.models import Case
from app.people.queries import Identity
from app.programmes.life import SanctionRule
from app.programmes.queries import Programme
from app.sanctions.models import Sanction
from app.titles import changing, standing
from app.titles.models import Title

BY_HAND = "by_hand"


def propose(
    session: Session, title: Title, *, key: str, cause: str, evidence: Sequence[Mapping[str, str]],
    from_case_id: int | None = None, by: Identity | None = None, at: datetime | None = None, ground: str = "",
) -> Sanction | None:
    """Propose the sanction `key` of the title's release for a cause, and open its case with the authority.

    The title's row is locked by the caller. The same (key, cause) again returns the row there is; a title that
    has ended is proposed nothing more (None). Raises KeyError for a sanction that the release doesn't know: its check
    sees to it.
    """
    found = session.scalar(
        select(Sanction).where(Sanction.title_id == title.id, Sanction.key == key, Sanction.cause == cause)
    )
    if found is not None:
        return found
    if title.status in standing.ENDS:
        return None
    programme = changing.programme_of(session, title)
    rule = programme.life.sanctions[key]
    made = Sanction(
        public_id=db.public_id(), programme=programme.key, release_id=programme.release_id, title_id=title.id,
        unit_id=title.holder_id, key=key, cause=cause, ground=ground or rule.ground, clause=rule.clause,
        evidence=[dict(one) for one in evidence], case_id=None, from_case_id=from_case_id,
        proposed_at=at or clock.now(), proposed_by=by.person_id if by else None,
    )
    session.add(made)
    session.flush()

    def tie(case: Case) -> None:
        made.case_id = case.id
        session.flush()

    changing.open_about(
        session, title, diagram=rule.diagram, name=rule.name, by=by, at=at, before_start=tie,
        values={"sanction": key, "effect": rule.effect, "has_hearing": rule.hearing is not None, "by_hand": False},
    )
    return made


def of_case(session: Session, case_id: int) -> Sanction | None:
    """The sanction that is decided in a case, its row locked."""
    return session.scalars(
        select(Sanction).where(Sanction.case_id == case_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()


def rule_of(programme: Programme, sanction: Sanction) -> SanctionRule:
    """What the release says of a sanction."""
    return programme.life.sanctions[sanction.key]
