"""Who answers for a title as its recommender: the unit to which a decision handed it over, else the one that the
application named, else the office of its place.

Source: NAT-3, NAT-20.3, HUB-17.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from app import clock
from app.cases import handovers
from app.cases.models import Case, Message
from app.errors import Refused
from app.people import queries as people
from app.people.models import Region, Unit
from app.people.queries import Identity
from app.programmes.queries import Programme
from app.titles import changing, standing
from app.titles.models import Title, TitleEvent

RECOMMENDER = "recommender"


def recommender_of(session: Session, programme: Programme, title: Title) -> int | None:
    """The unit that answers for a title as its recommender; None where the programme has none. Source: HUB-17."""
    if RECOMMENDER not in programme.settings.actors:
        return None
    return title.recommender_id or _at_first(session, programme, title)


def answered(session: Session, programme: Programme, title: Title, *, since: date, until: date) -> list[int]:
    """The units that answered for a title on some day of a stretch (both ends belong to it), the first one first; on
    the day of a handover it is the new one. Source: NAT-20.3."""
    events = changing.events_of(session, title.id)
    days = [since, *(event.effective_on for event in standing.in_force(events) if since < event.effective_on <= until)]
    found = []
    for day in days:
        state = standing.fold(events, on=day)
        named = state.recommender if state is not None else None
        found.append(named or _at_first(session, programme, title))
    return list(dict.fromkeys(one for one in found if one is not None))


def of_unit(session: Session, programme: Programme, unit: Unit) -> ColumnElement[bool]:
    """The condition that a unit answers for a title of the programme; of a statement in which the title's case
    (`Case`) and its holder (`Unit`) are joined."""
    named = func.coalesce(Title.recommender_id, Case.recommender_id)
    return and_(
        Title.programme == programme.key,
        or_(named == unit.id, and_(named.is_(None), Unit.region_code.in_(_places(session, programme, unit)))),
    )


def recommenders_of(session: Session, programme: Programme, title_ids: Collection[int]) -> dict[int, int | None]:
    """title -> the unit that answers for it now, of many titles of a programme at once."""
    rows = session.execute(
        select(Title.id, func.coalesce(Title.recommender_id, Case.recommender_id).label("named"), Unit.region_code)
        .join(Case, Title.case_id == Case.id).join(Unit, Title.holder_id == Unit.id).where(Title.id.in_(title_ids))
    ).all()
    regions = {row.region_code or programme.authority.region for row in rows if row.named is None}
    offices = {code: _office(session, programme, code) for code in regions}
    return {row.id: row.named or offices.get(row.region_code or programme.authority.region) for row in rows}


def running_of(session: Session, programme: Programme, unit: Unit) -> Sequence[Title]:
    """The titles that haven't ended for which a unit answers, in the order of their ids."""
    return session.scalars(
        select(Title).join(Case, Title.case_id == Case.id).join(Unit, Title.holder_id == Unit.id)
        .where(of_unit(session, programme, unit), Title.status.not_in(standing.ENDS)).order_by(Title.id)
    ).all()


def hand_over(
    session: Session, title: Title, to: Unit, *, case_id: int, clause: str, decision: str, reason: str,
    effective_on: date, person_id: int | None, at: datetime,
) -> TitleEvent:
    """移交: another unit answers for a locked title from a day on, with history; its open cases are told. What is due
    in them stays due, and who answered before stays named. Source: NAT-20.3."""
    programme = changing.programme_of(session, title)
    before = recommender_of(session, programme, title)
    named = people.unit_name(session, before) if before is not None else ""
    return changing.record(
        session, title, changing.HANDED_OVER, case_id=case_id, clause=clause, effective_on=effective_on,
        decision=decision, reason=reason, person_id=person_id, at=at,
        details={"recommender": to.id, "recommender_name": to.name, "recommender_before": before,
                 "recommender_before_name": named},
    )


def take_over(session: Session, message: Message) -> None:
    """A case whose title was handed over: the tasks of its recommender are those of the unit that answers now."""
    case = session.get_one(Case, message.to_case_id)
    title = session.get_one(Title, case.title_id, populate_existing=True)
    to = recommender_of(session, changing.programme_of(session, title), title)
    if to is not None:
        handovers.hand_to_recommender(
            session, case.id, to, reason=str(message.payload["reason"]), at=clock.now()
        )


def may(session: Session, programme: Programme, title: Title, by: Identity, actors: Sequence[str]) -> bool:
    """Whether somebody acts as the title's recommender, in a role that one of the actors names."""
    held = any(actor == f"{RECOMMENDER}/{role}" for actor in actors for role in by.roles)
    return held and by.unit_id == recommender_of(session, programme, title)


def was_handed_over() -> ColumnElement[bool]:
    """The condition that a title was handed over some day."""
    return exists().where(TitleEvent.title_id == Title.id, TitleEvent.kind == changing.HANDED_OVER)


def _at_first(session: Session, programme: Programme, title: Title) -> int | None:
    """The unit that recommended the holder, or the office of its place."""
    named = session.scalar(select(Case.recommender_id).where(Case.id == title.case_id))
    if named is not None:
        return named
    region = session.scalar(select(Unit.region_code).where(Unit.id == title.holder_id)) or programme.authority.region
    return _office(session, programme, region)


def _office(session: Session, programme: Programme, region_code: str) -> int | None:
    try:
        return people.resolve_unit(
            session, tier=programme.tier_of(RECOMMENDER), region_code=region_code, role="clerk",
            body=programme.authority.body,
        )[0]
    except Refused:
        return None


def _places(session: Session, programme: Programme, unit: Unit) -> list[str]:
    """The divisions whose office a department is in a programme: those in its reach in which there are holders."""
    if unit.kind != "department" or RECOMMENDER not in programme.settings.actors:
        return []
    holders = (
        select(Unit.region_code).join(Title, Title.holder_id == Unit.id).join(Region, Unit.region_code == Region.code)
        .where(Title.programme == programme.key).distinct()
    )
    if unit.region_code is not None:
        holders = holders.where(getattr(Region, f"{unit.tier}_code") == unit.region_code)
    return [code for code in session.scalars(holders) if _office(session, programme, code) == unit.id]
