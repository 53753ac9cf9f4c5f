"""Who recommended the holder of a title: the unit that the application named, else the office of its place."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.models import Case
from app.errors import Refused
from app.people import queries as people
from app.people.models import Unit
from app.people.queries import Identity
from app.programmes.queries import Programme
from app.titles.models import Title

RECOMMENDER = "recommender"


def recommender_of(session: Session, programme: Programme, title: Title) -> int | None:
    """The unit that answers for a title as its recommender; None where the programme has none. Source: HUB-17."""
    if RECOMMENDER not in programme.settings.actors:
        return None
    named = session.scalar(select(Case.recommender_id).where(Case.id == title.case_id))
    if named is not None:
        return named
    region = session.scalar(select(Unit.region_code).where(Unit.id == title.holder_id)) or programme.authority.region
    try:
        return people.resolve_unit(
            session, tier=programme.tier_of(RECOMMENDER), region_code=region, role="clerk",
            body=programme.authority.body,
        )[0]
    except Refused:
        return None


def may(session: Session, programme: Programme, title: Title, by: Identity, actors: Sequence[str]) -> bool:
    """Whether somebody acts as the title's recommender, in a role that one of the actors names."""
    held = any(actor == f"{RECOMMENDER}/{role}" for actor in actors for role in by.roles)
    return held and by.unit_id == recommender_of(session, programme, title)
