"""Who may not recommend, because of a sanction or by a decision about the unit: written down with the decision, asked
at the call, where recommenders are offered, and when one recommends. Titles that there are go on; where a decision
about the unit itself hands them over, another unit answers for them (app.sanctions.handing).

A programme without chosen recommenders is recommended in by the department of its lowest tier; so is an applicant who
chose none.
"""

from collections.abc import Collection
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app import clock, db, workdays
from app.audit import operations as audit
from app.batches import queries as batches
from app.batches.models import Batch
from app.cases.models import Case
from app.cases.steps import CaseRow
from app.cases.words import Place
from app.errors import Refused
from app.notices import wording
from app.people import queries as people
from app.people.models import Region, Unit
from app.programmes.life import NEXT_YEAR, RecommenderRule, SanctionRule
from app.programmes.queries import Programme
from app.programmes.settings import RECOMMENDER
from app.sanctions.models import RecommenderHold, Sanction
from app.titles.models import Title

APPLICATION = "application"
EFFECTS = {"suspended": "暂停推荐", "cancelled": "取消推荐资格"}


def hold(
    session: Session, place: Place, title: Title, sanction: Sanction, rule: SanctionRule, decided_on: date
) -> RecommenderHold | None:
    """Write what an imposed sanction does to who recommends; None where it does nothing, and where the authority itself
    is the department of the place. Source: BDP-18.2."""
    found = rule.on_recommender
    if found is None:
        return None
    unit, region_code = _meant(session, place.programme, title, found)
    if unit is None and not region_code:
        return None
    year, starts_on, ends_on = _days(place, found, decided_on)
    made = RecommenderHold(
        public_id=db.public_id(), programme=title.programme, unit_id=unit.id if unit else None, region_code=region_code,
        others=found.of == "place" and found.also_associations, effect=found.effect, sanction_id=sanction.id,
        case_id=place.case.id, clause=found.clause, decision=sanction.decision, year=year, starts_on=starts_on,
        ends_on=ends_on, held=[], recorded_at=clock.now(),
    )
    session.add(made)
    session.flush()
    _record(session, made, "hold_recommender", place.person_id, recommender=name_of(session, made),
            starts_on=starts_on.isoformat(), ends_on=ends_on.isoformat() if ends_on else "", clause=found.clause)
    return made


def of_sanction(session: Session, sanction_id: int) -> RecommenderHold | None:
    """What a sanction did to who recommends."""
    return session.scalars(select(RecommenderHold).where(RecommenderHold.sanction_id == sanction_id)).one_or_none()


def hindrance(
    session: Session, programme: Programme, batch: Batch, places: Collection[str], recommender_id: int | None
) -> Refused | None:
    """Why an institution of these divisions can't be recommended in a call, by a unit or (None) by the department of
    its place; None where it can."""
    where = [RecommenderHold.region_code.in_(places), RecommenderHold.others] if recommender_id else [
        RecommenderHold.region_code.in_(places)
    ]
    meant = where[0] if recommender_id is None else or_(
        RecommenderHold.unit_id == recommender_id, where[0] & where[1]
    )
    rows = session.scalars(
        select(RecommenderHold).where(RecommenderHold.programme == programme.key, meant).order_by(RecommenderHold.id)
    )
    found = next((row for row in rows if closes(row, batch.year, clock.today())), None)
    return None if found is None else Refused(said(session, found), clause=found.clause)


def see_that_it_may_be_recommended(
    session: Session, case: CaseRow, programme: Programme, element: str, outcome: str
) -> None:
    """Raise Refused where who is held from recommending would recommend; returning and declining go on.

    Recommending is what the lowest tier, or the recommender, does with the first outcome drawn.
    """
    if case.diagram != APPLICATION or not _any_hold(session, programme):
        return
    relation = programme.specification(case.diagram).elements[element].properties["actor"].partition("/")[0]
    actor = programme.settings.actors.get(relation)
    if relation != RECOMMENDER and (actor is None or actor.tier != lowest(programme)):
        return
    outcomes = list(programme.outcomes(case.diagram, element))
    if outcomes and outcome != outcomes[0]:
        return
    batch = batches.batch_of_case(session, case.id)
    if batch is None:
        return
    refused = hindrance(session, programme, batch, _places(session, case.region_code), case.recommender_id)
    if refused is not None:
        raise refused


def held_now(
    session: Session, programme_key: str, unit_id: int, *, by_own_decision: bool = False
) -> RecommenderHold | None:
    """What keeps a unit from recommending in a programme today; None where nothing does. `by_own_decision`: of
    decisions about the unit itself alone."""
    where = [RecommenderHold.programme == programme_key, RecommenderHold.unit_id == unit_id]
    if by_own_decision:
        where.append(RecommenderHold.sanction_id.is_(None))
    today = clock.today()
    rows = session.scalars(select(RecommenderHold).where(*where).order_by(RecommenderHold.id))
    return next((row for row in rows if closes(row, today.year, today)), None)


def closes(row: RecommenderHold, year: int, today: date) -> bool:
    """Whether a hold keeps from recommending in a call of a year, today: while no stay holds it."""
    written = today.isoformat()
    if any(one["since"] <= written and (one["until"] is None or written < one["until"]) for one in row.held):
        return False
    if row.year is not None:
        return row.year == year
    return row.starts_on <= today and (row.ends_on is None or today <= row.ends_on)


def suspend(session: Session, row: RecommenderHold, *, since: date, reason: str, person_id: int | None) -> None:
    """A stay of the sanction holds it, from a day on."""
    if row.held and row.held[-1]["until"] is None:
        return
    row.held = [*row.held, {"since": since.isoformat(), "until": None, "reason": reason, "lift_reason": ""}]
    session.flush()
    _record(session, row, "stay_recommender", person_id, since=since.isoformat(), reason=reason, clause=row.clause)


def resume(session: Session, row: RecommenderHold, *, until: date, reason: str, person_id: int | None) -> None:
    """The stay is lifted: from this day it closes again what it closed, up to the end it had."""
    if not row.held or row.held[-1]["until"] is not None:
        return
    row.held = [*row.held[:-1], {**row.held[-1], "until": until.isoformat(), "lift_reason": reason}]
    session.flush()
    _record(session, row, "resume_recommender", person_id, since=until.isoformat(), reason=reason, clause=row.clause)


def annul(session: Session, row: RecommenderHold, *, reason: str, person_id: int | None) -> None:
    """The sanction never was: from its first day on it closes nothing."""
    first = row.starts_on.isoformat()
    row.held = [{"since": first, "until": None, "reason": reason, "lift_reason": ""}]
    session.flush()
    _record(session, row, "stay_recommender", person_id, since=first, reason=reason, clause=row.clause)


def name_of(session: Session, row: RecommenderHold) -> str:
    """Who may not recommend: the unit, or the division where it has no department."""
    if row.unit_id is not None:
        return session.scalar(select(Unit.name).where(Unit.id == row.unit_id)) or ""
    region = session.scalar(select(Region.name).where(Region.code == row.region_code)) or row.region_code
    return f"{region}主管部门"


def until_words(row: RecommenderHold) -> str:
    """For how long, in words."""
    if row.year is not None:
        return f"{row.year} 年度"
    return f"{row.starts_on} 起至 {row.ends_on} 止" if row.ends_on else f"{row.starts_on} 起"


def said(session: Session, row: RecommenderHold) -> str:
    """Why nobody is taken in on its recommendation, in a sentence."""
    document = f"{row.decision}，" if row.decision else ""
    again = f"{row.year + 1} 年度的批次可以申报" if row.year else (
        f"自 {workdays.day_after(row.ends_on)} 起可以申报" if row.ends_on else ""
    )
    whose = "该地的单位，不论由谁推荐" if row.others else "由其推荐的单位"
    return (
        f"{name_of(session, row)}{until_words(row)}{EFFECTS[row.effect]}（{document}{row.clause}），"
        f"{whose}，新的申报不予受理；已有称号的办件照常办理。{again + '。' if again else ''}"
    )


def effect_words(programme: Programme, rule: RecommenderRule) -> str:
    """What the rule does, before and after the decision, for letters."""
    whom = "所在地的推荐工作" if rule.of == "place" else "推荐单位的推荐工作"
    if rule.until == NEXT_YEAR:
        how_long = "下一年度"
    elif rule.until is not None:
        how_long = f"{wording.period(programme.periods[rule.until], {})}内"
    else:
        how_long = ""
    verb = "暂停" if rule.effect == "suspended" else "取消"
    return f"{verb}{how_long}{whom}"


def _any_hold(session: Session, programme: Programme) -> bool:
    found = session.scalar(select(RecommenderHold.id).where(RecommenderHold.programme == programme.key).limit(1))
    return found is not None


def _meant(session: Session, programme: Programme, title: Title, rule: RecommenderRule) -> tuple[Unit | None, str]:
    """The unit that may not recommend, and the division whose department it is ("" for an association)."""
    tier = lowest(programme)
    chosen = session.scalar(select(Case.recommender_id).where(Case.id == title.case_id))
    if rule.of == RECOMMENDER and chosen is not None:
        unit = session.get_one(Unit, chosen)
        return unit, unit.region_code or "" if unit.kind == "department" and unit.tier == tier else ""
    holder = session.get_one(Unit, title.holder_id)
    region = session.get(Region, holder.region_code) if holder.region_code else None
    code = getattr(region, f"{tier}_code", None) if region is not None else None
    if code is None or (tier, code) == (programme.authority.tier, programme.authority.region):
        return None, ""
    return session.scalars(
        select(Unit).where(Unit.kind == "department", Unit.tier == tier, Unit.region_code == code,
                           Unit.status == "active").order_by(Unit.id).limit(1)
    ).one_or_none(), code


def _days(place: Place, rule: RecommenderRule, decided_on: date) -> tuple[int | None, date, date | None]:
    """The year of the calls (None: by days), the first day and the last one (None: no end)."""
    if rule.until == NEXT_YEAR:
        year = decided_on.year + 1
        return year, date(year, 1, 1), date(year, 12, 31)
    if rule.until is None:
        return None, decided_on, None
    period = place.programme.periods[rule.until].period
    assert period is not None
    last = workdays.deadline(period, decided_on, workdays.calendar_for(place.case.region_code)).last_day
    return None, decided_on, last


def lowest(programme: Programme) -> str:
    """The lowest tier of departments, which recommends where nobody else does."""
    return next((tier for tier in programme.settings.tiers if tier != RECOMMENDER), "")


def _places(session: Session, region_code: str) -> list[str]:
    found = session.get_one(Region, region_code)
    return [code for code in (found.county_code, found.city_code, found.province_code) if code]


def _record(session: Session, row: RecommenderHold, verb: str, person_id: int | None, **details: str) -> None:
    audit.record(
        session, chain=f"case:{row.case_id}", verb=verb, person_id=person_id,
        person_name=people.person_name(session, person_id) if person_id else "系统", unit_name="", details=details,
    )
