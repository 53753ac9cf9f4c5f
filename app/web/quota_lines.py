"""名额 where people look: at a task, in the inbox, before an act, on a case; with the way to the call's page."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from flask import g, url_for
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app import clock, engine
from app.batches import dates, queries, shares
from app.batches.models import Application, Batch, Quota
from app.batches.shares import APPLICATION, Line
from app.cases.models import Case
from app.people import queries as people
from app.people.models import Unit
from app.programmes.queries import Programme
from app.programmes.sections import Quotas


@dataclass(frozen=True)
class Shown:
    """A call as one of its recommending units reads it. `line` is None for an office above the units; `exempt` says
    that the application at hand doesn't count, and why ("": it does); `over` that no place is left for it."""

    batch: Batch
    programme: Programme
    line: Line | None
    last: dates.LastDay | None
    url: str
    exempt: str = ""
    over: bool = False


def calls(session: Session, *, limited: bool = False) -> list[Shown]:
    """The calls of this year and the last one in which the unit of who asks recommends, or units below it, newest
    first; `limited`: those alone that have figures, in which it recommends itself and its last day isn't over."""
    if g.identity.unit_kind == "institution":
        return []
    statement = select(Batch).where(Batch.year >= clock.today().year - 1).order_by(Batch.id.desc()).limit(100)
    if limited:
        statement = statement.where(exists().where(Quota.batch_id == Batch.id))
    found = []
    for batch in session.scalars(statement):
        programme, rule = shares.rule_of(session, batch)
        if rule is None:
            continue
        own = shares.units(session, programme, batch, rule, only=g.identity.unit_id)
        last = shares.last_day(programme, batch, rule)
        if limited and (not own or (last is not None and queries.is_over(last))):
            continue
        if own or (batch.unit_id != g.identity.unit_id and _is_inside(programme)
                   and shares.in_sight(session, programme, batch, rule, g.identity)):
            line = shares.lines(session, programme, batch, rule, own)[0] if own else None
            found.append(Shown(batch, programme, line, last, _address(batch)))
    return found


def _is_inside(programme: Programme) -> bool:
    """Whether the own unit lies in the authority's division: one above it finds the call where it looks for it."""
    return programme.authority.reaches(g.identity.province_code, g.identity.city_code, g.identity.county_code)


def at_task(session: Session, task: Any, case: Case, programme: Programme) -> Shown | None:
    """What the unit that is to recommend has left, at its task and at those before; None elsewhere."""
    rule = programme.batches.quotas
    if rule is None or case.diagram != APPLICATION or task.status != "open" or task.unit_id != g.identity.unit_id:
        return None
    batch = queries.batch_of_case(session, case.id)
    if batch is None or not _is_ahead(programme, rule, task):
        return None
    unit_id = shares.home(session, case, programme, rule, acting=task.unit_id)
    line = shares.lines(session, programme, batch, rule, [session.get_one(Unit, unit_id)])[0]
    answers = shares.answers_of(session, rule, [case.id]).get(case.id, {})
    place = shares.place_of(session, programme, rule, unit_id, answers)
    number = None if place.exempt else shares.numbers(session, batch.id).get(place.key)
    taken = shares.places_taken(session, programme, rule, batch.id)[unit_id, place.key, place.choice]
    return Shown(
        batch, programme, line, shares.last_day(programme, batch, rule), _address(batch),
        exempt=place.group.name if place.group is not None and place.exempt else "",
        over=number is not None and taken >= number,
    )


def at_act(session: Session, programme: Programme, element: str, case_ids: Collection[str]) -> list[Shown]:
    """What the unit has left in the calls of the cases among which it is to choose, where the act recommends."""
    rule = programme.batches.quotas
    if rule is None or element not in rule.tasks:
        return []
    batches = session.scalars(
        select(Batch).where(Batch.id.in_(
            select(Application.batch_id).join(Case, Application.case_id == Case.id).where(Case.public_id.in_(case_ids))
        )).order_by(Batch.id)
    ).all()
    found = []
    for batch in batches:
        own = shares.units(session, programme, batch, rule, only=g.identity.unit_id)
        if own:
            line = shares.lines(session, programme, batch, rule, own)[0]
            found.append(Shown(batch, programme, line, None, _address(batch)))
    return found


def of_case(session: Session, case: Case, batch: Batch | None, programme: Programme) -> str:
    """Who recommends a case and at which place of its own order, for offices; "" where nobody does, for experts and for
    institutions."""
    outside = g.identity.unit_kind == "institution" or g.identity.roles <= people.ONLY_ASSIGNED
    if batch is None or programme.batches.quotas is None or outside:
        return ""
    unit_id = shares.recommender_of(session, case.id)
    if unit_id is None:
        return ""
    rows = shares.standing(session, batch.id, unit_id=unit_id)
    mine = next(row for row in rows if row.case_id == case.id)
    order = f"推荐排序第 {mine.rank} 位" if mine.rank else "尚未排序"
    return f"{people.unit_name(session, unit_id)}，{order}（共 {len(rows)} 家）{'，不占名额' if mine.exempt else ''}"


def _is_ahead(programme: Programme, rule: Quotas, task: Any) -> bool:
    """Whether a task of the recommenders is the recommendation, or comes before it."""
    if task.actor.partition("/")[0] != shares.relation(programme, rule):
        return False
    return task.element in engine.before(programme.specification(APPLICATION), rule.tasks) | rule.tasks


def _address(batch: Batch) -> str:
    return url_for("batches.recommended", public_id=batch.public_id)
