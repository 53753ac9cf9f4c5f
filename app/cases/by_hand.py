"""Cases that people open by hand: what a programme lets them begin (`opened_by_hand`), and beginning it.

Those about a title are begun on its page: app.titles.by_hand.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.cases import operations
from app.cases.models import Case
from app.errors import NotAllowed, NotFound
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import OpenedByHand, Programme


@dataclass(frozen=True)
class Offer:
    """A kind of case that a person may begin: of which programme, by which diagram."""

    programme: Programme
    kind: OpenedByHand


def offers(session: Session, by: Identity) -> list[Offer]:
    """What a person may begin in the latest releases, in the programmes' order; not what is about a title."""
    return [
        Offer(programme, kind)
        for programme in programmes.all_latest(session)
        for kind in programme.settings.opened_by_hand.values()
        if not kind.about and may(programme, kind, by)
    ]


def begin(session: Session, by: Identity, *, programme_key: str, diagram: str) -> Case:
    """Open a case of a kind that the person may begin, in the person's own division.

    Raises NotFound for a kind that isn't opened by hand, NotAllowed where somebody else may.
    """
    programme = programmes.latest(session, programme_key)
    kind = programme.settings.opened_by_hand.get(diagram)
    if kind is None or kind.about:
        raise NotFound()
    if not may(programme, kind, by):
        raise NotAllowed(f"“{kind.name}”由{who(programme, kind)}发起。")
    return operations.open_case(
        session, programme=programme, diagram=diagram, title=f"{programme.name}：{kind.name}",
        region_code=by.region_code or programme.authority.region, applicant_id=None, by=by,
    )


def may(programme: Programme, kind: OpenedByHand, by: Identity) -> bool:
    """Whether a department's person may begin a kind of case, by tier, division and role."""
    return any(_fits(programme, actor, by) for actor in kind.actors)


def who(programme: Programme, kind: OpenedByHand) -> str:
    """Who may begin a kind of case, in words."""
    return "、".join(dict.fromkeys(programme.actor(actor.partition("/")[0]).name for actor in kind.actors))


def _fits(programme: Programme, actor: str, by: Identity) -> bool:
    relation, _, role = actor.partition("/")
    if role not in by.roles or by.unit_kind != "department":
        return False
    if relation == "authority":
        return programme.authority.is_unit(by)
    inside = programme.authority.reaches(by.province_code, by.city_code, by.county_code)
    return inside and by.tier == programme.tier_of(relation) and by.body == programme.authority.body
