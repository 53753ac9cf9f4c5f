"""To whom a letter goes: a unit that a relation names, or somebody outside whom a domain package knows."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.cases import words
from app.cases.words import Place
from app.errors import Refused
from app.people import queries as people
from app.people.models import Unit


@dataclass(frozen=True)
class Recipient:
    """Who gets a letter. Without `unit_id` somebody who has no box here; `email` is empty where none is known."""

    name: str
    unit_id: int | None = None
    email: str = ""


_outside: dict[str, Callable[[Session, Place], Recipient]] = {}


def recipient(relation: str) -> Callable:
    """Register who gets letters under a relation that no unit answers to: f(session, place) -> Recipient."""

    def register(find: Callable[[Session, Place], Recipient]) -> Callable[[Session, Place], Recipient]:
        _outside[relation] = find
        return find

    return register


def of(session: Session, place: Place, relation: str) -> Recipient:
    """Who gets a letter of a case under a relation. Raises Refused where the case has nobody of that kind."""
    if relation in _outside:
        return _outside[relation](session, place)
    unit_id = _unit_of(session, place, relation)
    if unit_id is None:
        raise Refused(f"文书无法送达：本办件没有“{relation}”。请让流程设计人员改正 to 参数。")
    unit = session.get_one(Unit, unit_id)
    return Recipient(unit.name, unit.id, unit.contact_email)


def _unit_of(session: Session, place: Place, relation: str) -> int | None:
    case, programme = place.case, place.programme
    own = {"applicant": case.applicant_id, "opener": case.opener_unit_id, "recommender": case.recommender_id}
    if own.get(relation) is not None:
        return own[relation]
    if find := words.find_actor(relation):
        return find(session, case, programme, "clerk")[0]
    try:
        tier = programme.tier_of(relation)
    except KeyError:
        return None
    if not tier:
        return None
    body = programme.authority.body
    return people.resolve_unit(session, tier=tier, region_code=case.region_code, role="clerk", body=body)[0]
