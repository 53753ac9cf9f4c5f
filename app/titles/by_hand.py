"""Cases that people begin about a title, on its page: what a programme lets them begin, and beginning it."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases import by_hand
from app.cases.models import Case
from app.errors import NotAllowed, NotFound, Refused
from app.people.models import Region, Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import OpenedByHand, Programme
from app.titles import changing, recommending, standing
from app.titles.models import Title

ABOUT, MOVE = "title", "move_title"
NOT_MARKED = {"suspended": "没有暂停", "observed": "不在观察期", "under_evaluation": "不在期满评价中"}
"""Why a kind for titles that are marked so isn't for another one."""


def offers(session: Session, title: Title, by: Identity) -> list[OpenedByHand]:
    """What a person may begin about a title, in the programme's order: of one that has ended only what may follow."""
    programme = changing.programme_of(session, title)
    kinds = [kind for kind in programme.settings.opened_by_hand.values() if kind.about == ABOUT]
    return [
        kind for kind in kinds
        if _may(session, programme, kind, title, by) and not _unfit(session, programme, kind, title)
    ]


def begin(session: Session, by: Identity, *, title_public_id: str, diagram: str) -> Case:
    """Open a case of a kind that the person may begin about a title.

    Raises NotFound for a kind or title there isn't, NotAllowed where somebody else may, Refused for a title of another
    basis, for one that has ended (or hasn't) or isn't marked where the kind is only for the others, and for a move of
    one to the rules that it has.
    """
    title = session.scalar(select(Title).where(Title.public_id == title_public_id))
    if title is None:
        raise NotFound()
    programme = changing.programme_of(session, title)
    kind = programme.settings.opened_by_hand.get(diagram)
    if kind is None or kind.about != ABOUT:
        raise NotFound()
    if not _may(session, programme, kind, title, by):
        raise NotAllowed(f"“{kind.name}”由{by_hand.who(programme, kind)}发起。")
    if said := _unfit(session, programme, kind, title):
        raise Refused(f"称号 {title.number} {said}，不能办理“{kind.name}”。", clause=kind.clause)
    title = changing.locked(session, title.id)
    return changing.open_about(session, title, diagram=diagram, name=kind.name, by=by, values={"by_hand": True})


def _unfit(session: Session, programme: Programme, kind: OpenedByHand, title: Title) -> str:
    """Why a kind of case can't be about a title; "" where it can."""
    ended = title.status in standing.ENDS
    if kind.basis and kind.basis != title.basis:
        return f"不是“{standing.KINDS[kind.basis]}”的称号"
    if (ended and kind.ended == "no") or (not ended and kind.ended == "only"):
        return standing.STATUSES[title.status]
    if kind.marked and kind.marked not in changing.as_recorded(session, title).marks:
        return NOT_MARKED[kind.marked]
    elements = programme.specification(kind.diagram).elements.values()
    if any(one.properties.get("word") == MOVE for one in elements) and programme.release_id == programmes.latest(
        session, title.programme
    ).release_id:
        return "已适用现行的规则"
    return ""


def _may(session: Session, programme: Programme, kind: OpenedByHand, title: Title, by: Identity) -> bool:
    """The holder's own people, who recommended it, and departments of the tier in whose division the holder lies."""
    if any(actor == f"holder/{role}" for actor in kind.actors for role in by.roles):
        return by.unit_id == title.holder_id
    if recommending.may(session, programme, title, by, kind.actors):
        return True
    others = tuple(actor for actor in kind.actors if actor.partition("/")[0] != recommending.RECOMMENDER)
    if not by_hand.may(programme, replace(kind, actors=others), by):
        return False
    place = session.execute(
        select(Region.province_code, Region.city_code, Region.county_code)
        .join(Unit, Unit.region_code == Region.code).where(Unit.id == title.holder_id)
    ).one_or_none()
    return by.tier == "ministry" or (place is not None and by.region_code in tuple(place))
