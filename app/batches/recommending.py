"""推荐单位: who may recommend an applicant, and that nobody recommends or judges itself.

An organisation is known by its credit code: an institution applies under it, and an office or association names it as
its `organisation_code`. Source: HUB-9, HUB-21, BDP-9, BDP-21, D31, D32.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from app import clock
from app.batches.models import Batch, Entitlement
from app.errors import Invalid, Refused
from app.people import members
from app.people.models import Region, Unit
from app.people.queries import Identity
from app.programmes.queries import Programme
from app.programmes.sections import MINISTRY, RecommenderKind
from app.titles import changing

REGION, MEMBERSHIP = "region", "membership"
NAMED_IN_CALL = "named_in_call"
_BODIES = MappingProxyType({"department": "", "centre": "centre", "internal": "internal"})
"""Kinds of recommending offices, as a programme names them -> the body of their units."""


def choices(session: Session, programme: Programme, by: Identity, batch: Batch | None = None) -> list[Unit]:
    """The units besides its place's office that an institution may choose to be recommended by, by name; in a call that
    names those who may, only these. One matched by membership that keeps a list of its members is offered to these
    alone. A recommender that applies itself chooses among those that handle a recommender's own application."""
    rules = programme.settings.recommenders
    if rules is None:
        return []
    code = session.scalar(select(Unit.credit_code).where(Unit.id == by.unit_id)) or ""
    kinds = [kind for kind in rules.kinds.values() if kind.matched_by != REGION and kind.unit_kind]
    if recommends_itself(session, programme, code):
        kinds = [kind for kind in kinds if kind.key == rules.self_handled_by]
    if not kinds:
        return []
    places = {"county": by.county_code, "city": by.city_code, "province": by.province_code}
    fitting = (
        and_(_units(kind, places), members.open_to(code, clock.today())) if kind.matched_by == MEMBERSHIP
        else _units(kind, places) for kind in kinds
    )
    where = [or_(*fitting), Unit.status == "active"]
    if code:
        where.append(Unit.organisation_code != code)
    if batch is not None and programme.batches.entitled == NAMED_IN_CALL:
        where.append(Unit.id.in_(select(Entitlement.unit_id).where(Entitlement.batch_id == batch.id)))
    return list(session.scalars(select(Unit).where(*where).order_by(Unit.name)))


def may_be_named(session: Session, programme: Programme) -> list[Unit]:
    """The units that a call may name as those who may recommend, by name; none where its calls name nobody."""
    rules = programme.settings.recommenders
    if programme.batches.entitled != NAMED_IN_CALL or rules is None:
        return []
    fitting = [
        of_kind(kind)
        for kind in rules.kinds.values() if kind.matched_by != REGION and kind.unit_kind
    ]
    if not fitting:
        return []
    return list(session.scalars(select(Unit).where(or_(*fitting), Unit.status == "active").order_by(Unit.name)))


def who_may(session: Session, programme: Programme, name: str) -> Unit | None:
    """The unit of this name if it is of a sort that recommends in the programme; None where there is no such one."""
    rules = programme.settings.recommenders
    fitting = [
        of_kind(kind)
        for kind in (rules.kinds.values() if rules else ()) if kind.unit_kind
    ]
    if not fitting:
        return None
    return session.scalars(
        select(Unit).where(or_(*fitting), Unit.status == "active", Unit.name == name).order_by(Unit.id).limit(1)
    ).one_or_none()


def may_recommend_in(session: Session, programme: Programme, unit: Unit, region_code: str) -> bool:
    """Whether a unit is of a sort that recommends institutions of a division, matched to them or chosen by them.
    Source: NAT-3, NAT-20.3."""
    rules, region = programme.settings.recommenders, session.get_one(Region, region_code)
    places = {"county": region.county_code, "city": region.city_code, "province": region.province_code}
    fitting = [
        and_(_units(kind, places), of_kind(kind))
        for kind in (rules.kinds.values() if rules else ()) if kind.unit_kind
    ]
    return bool(fitting) and session.scalar(select(Unit.id).where(Unit.id == unit.id, or_(*fitting))) is not None


def named(session: Session, batch: Batch) -> list[Unit]:
    """The units that a call names as those who may recommend, by name."""
    return list(session.scalars(
        select(Unit).join(Entitlement, Entitlement.unit_id == Unit.id).where(Entitlement.batch_id == batch.id)
        .order_by(Unit.name)
    ))


def entitled(session: Session, programme: Programme, public_ids: Collection[str]) -> list[Unit]:
    """The units named for a new call. Raises Invalid for one that can't be named in a call of this programme."""
    known = {unit.public_id: unit for unit in may_be_named(session, programme)}
    if unknown := set(public_ids) - known.keys():
        raise Invalid({"entitled": [f"有 {len(unknown)} 家单位不能列为本项目的推荐单位，请从列表中选择。"]})
    return [known[one] for one in sorted(set(public_ids))]


def of_place(programme: Programme) -> str:
    """What the office of an applicant's place is called that recommends where nobody else is chosen."""
    rules = programme.settings.recommenders
    found = [kind.name for kind in rules.kinds.values() if kind.matched_by == REGION] if rules else []
    return f"所在地{found[0]}" if found else "所在地主管部门"


def recommends_itself(session: Session, programme: Programme, credit_code: str) -> bool:
    """Whether an organisation is a recommender of the programme and has to be recommended by somebody else."""
    rules = programme.settings.recommenders
    if rules is None or not rules.self_handled_by or not credit_code:
        return False
    offices = or_(*(_sort(kind) for kind in rules.kinds.values() if kind.unit_kind))
    return session.scalar(
        select(Unit.id).where(Unit.organisation_code == credit_code, Unit.status == "active", offices).limit(1)
    ) is not None


def chosen(
    session: Session, programme: Programme, by: Identity, public_id: str, batch: Batch | None = None
) -> int | None:
    """The unit that an applicant chose; None for the office of its place. Raises Invalid at `recommender`."""
    if not public_id:
        code = session.scalar(select(Unit.credit_code).where(Unit.id == by.unit_id)) or ""
        if recommends_itself(session, programme, code):
            rules = programme.settings.recommenders
            by_whom = rules.kinds[rules.self_handled_by].name
            raise Invalid({"recommender": [f"本单位就是推荐单位，不能推荐自己：请选择由哪个{by_whom}推荐。"]})
        return None
    found = next((unit for unit in choices(session, programme, by, batch) if unit.public_id == public_id), None)
    if found is None:
        raise Invalid({"recommender": ["请从列表中选择推荐单位。"]})
    return found.id


def see_that_it_is_not_the_authority(session: Session, programme: Programme, unit: Unit) -> None:
    """Raise Refused where an applicant is the organisation that recognises. Source: HUB-21."""
    if unit.credit_code and changing.authority_unit(session, programme).organisation_code == unit.credit_code:
        raise Refused("贵单位是本项目的认定机关，不能向自己申报。", clause=programme.batches.clause)


def _sort(kind: RecommenderKind) -> ColumnElement[bool]:
    """Units of the sort that a kind names, where it says."""
    if kind.unit_kind in _BODIES:
        sort = and_(Unit.kind == "department", Unit.body == _BODIES[kind.unit_kind])
    else:
        sort = Unit.kind == kind.unit_kind
    return and_(sort, Unit.region_code.in_(kind.regions)) if kind.regions else sort


def of_kind(kind: RecommenderKind) -> ColumnElement[bool]:
    """Units of the sort, offices at the kind's tier alone."""
    return and_(_sort(kind), Unit.tier == kind.tier) if kind.unit_kind in _BODIES and kind.tier else _sort(kind)


def _units(kind: RecommenderKind, places: Mapping[str, str | None]) -> ColumnElement[bool]:
    """Units of a kind at an institution's place (tier -> code): at the kind's tier, else in its county, city or
    province; those of a kind of the whole country (tier ministry) lie anywhere."""
    if kind.tier == MINISTRY:
        return _sort(kind)
    found = [places[kind.tier]] if kind.tier in places else [place for place in places.values() if place]
    return and_(_sort(kind), Unit.region_code.in_(found))
