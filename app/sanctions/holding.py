"""暂停或取消推荐资格 by a decision about the unit itself: whom a case names, and what its decision writes.

The unit is kept as the case's `recommender_id` from the naming on: it is asked for its statement as such.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import clock, db
from app.audit import operations as audit
from app.batches import recommending
from app.cases import queries as cases
from app.cases.models import Answer, Case, Task
from app.cases.words import Place
from app.errors import Invalid, Refused
from app.people import queries as people
from app.people.models import Unit
from app.sanctions import recommenders
from app.sanctions.models import RecommenderHold

SUSPENDED, CANCELLED = "suspended", "cancelled"


def name_recommender(session: Session, place: Place) -> str:
    """The word name_recommender: the unit that the case is about, by its name in the form. Returns named.

    Raises Invalid at the field for a unit that doesn't recommend in the programme and for one that is held already.
    Source: NAT-20.3.
    """
    form, _, field = place.parameters["unit"].partition(".")
    said = cases.latest_answers(session, place.case.id).get(form, {})
    name = str(said.get(field) or "").strip()
    unit = recommending.who_may(session, place.programme, name)
    if unit is None:
        raise Invalid({field: [f"“{name}”不是本项目的推荐单位，请填写单位全称。"]})
    held = recommenders.held_now(session, place.programme.key, unit.id, by_own_decision=True)
    if held is not None:
        raise Invalid({field: [recommenders.said(session, held)]})
    session.execute(update(Case).where(Case.id == place.case.id).values(recommender_id=unit.id))
    _record(session, place, "name_recommender", recommender=unit.name, reason=str(said.get("ground") or ""))
    return "named"


def hold_recommender(session: Session, place: Place) -> str:
    """The word hold_recommender: the case's recommender may not recommend from the day of the decision, up to the last
    day that it names (suspended), or without end (cancelled). Returns the effect.

    Raises Invalid at `document_date` and `held_until` for days that can't be. Source: NAT-20.3.
    """
    unit = session.get_one(Unit, place.case.recommender_id)
    if recommenders.held_now(session, place.programme.key, unit.id, by_own_decision=True) is not None:
        raise Refused(f"{unit.name}已经暂停或取消推荐，不能再作决定。", clause=_clause(place))
    form = place.parameters["form"]
    said = cases.latest_answers(session, place.case.id).get(form, {})
    effect, decided_on = place.parameters["effect"], date.fromisoformat(str(said["document_date"]))
    ends_on = _last_day(said, effect, decided_on)
    if not (since := opened_on(session, place.case.id)) <= decided_on <= clock.today():
        raise Invalid({"document_date": [f"决定日期不能早于本环节开始的 {since}，也不能晚于今天，请改正。"]})
    lowest = recommenders.lowest(place.programme)
    made = RecommenderHold(
        public_id=db.public_id(), programme=place.programme.key, unit_id=unit.id,
        region_code=unit.region_code or "" if unit.kind == "department" and unit.tier == lowest else "",
        others=False, effect=effect, sanction_id=None, case_id=place.case.id, clause=_clause(place),
        decision=str(said["document_number"]), year=None, starts_on=decided_on, ends_on=ends_on, held=[],
        recorded_at=clock.now(),
    )
    session.add(made)
    session.flush()
    _record(session, place, "hold_recommender", recommender=unit.name, starts_on=decided_on.isoformat(),
            ends_on=ends_on.isoformat() if ends_on else "", clause=made.clause, decision=made.decision)
    return effect


def opened_on(session: Session, case_id: int) -> date:
    """The day (Beijing) on which the step that was just done had come to be done."""
    opened = session.scalars(
        select(Task.opened_at).join(Answer, Answer.task_id == Task.id).where(Answer.case_id == case_id)
        .order_by(Answer.id.desc()).limit(1)
    ).one()
    return clock.local(opened).date()


def _clause(place: Place) -> str:
    """The clause under which people open such cases."""
    return place.programme.settings.opened_by_hand[place.case.diagram].clause


def _last_day(said: Mapping[str, Any], effect: str, decided_on: date) -> date | None:
    if effect == CANCELLED:
        if said.get("held_until"):
            raise Invalid({"held_until": ["取消推荐资格没有截止日，请删去此项。"]})
        return None
    last = date.fromisoformat(str(said["held_until"]))
    if last < decided_on:
        raise Invalid({"held_until": [f"暂停的最后一日不能早于决定日期 {decided_on}，请改正。"]})
    return last


def _record(session: Session, place: Place, verb: str, **details: str) -> None:
    audit.record(
        session, chain=f"case:{place.case.id}", verb=verb, person_id=place.person_id,
        person_name=people.person_name(session, place.person_id) if place.person_id else "系统", unit_name="",
        details=details, legal_at=place.at,
    )
