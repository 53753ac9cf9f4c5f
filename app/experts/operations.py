"""评审专家库: what an authority does with its register of experts."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, db
from app.audit import operations as audit
from app.errors import Gone, Invalid, NotFound
from app.experts import queries
from app.experts.models import Expert, ExpertRelation
from app.people import regions
from app.people.models import Person, Unit
from app.people.queries import Identity

FIELDS = ("fields", "post", "employer", "status")
STATUSES = {"active": "在库", "paused": "暂停抽取"}


def enter_expert(session: Session, person_public_id: str, *, by: Identity, values: Mapping[str, str]) -> Expert:
    """Enter somebody who holds the role `expert` into the unit's register.

    Raises Invalid (field "person") for a person who isn't there, holds no such role, or is in the register already.
    """
    person = session.scalars(queries.people_with_role(by).where(Person.public_id == person_public_id)).one_or_none()
    if person is None:
        message = "没有找到此人，或其不持有“评审专家”岗位；请先由其所在单位的管理员在“单位与人员”中设置岗位。"
        raise Invalid({"person": [message]})
    known = select(Expert.id).where(Expert.keeper_id == by.unit_id, Expert.person_id == person.id)
    if session.scalar(known) is not None:
        raise Invalid({"person": [f"{person.name}已在专家库中，请在名单中查看。"]})
    expert = Expert(
        public_id=db.public_id(), keeper_id=by.unit_id, person_id=person.id, fields=values["fields"],
        post=values["post"], employer=values["employer"], status="active", entered_at=clock.now(),
    )
    session.add(expert)
    session.flush()
    _record(session, "enter_expert", by, expert, person.name, fields=expert.fields)
    return expert


def change_expert(session: Session, public_id: str, *, by: Identity, values: Mapping[str, str]) -> Expert:
    """Correct what the register says of an expert, or pause him or her. Seats that were drawn before stay."""
    expert, person = _kept(session, public_id, by)
    changed = [key for key in FIELDS if getattr(expert, key) != values[key]]
    for key in changed:
        setattr(expert, key, values[key])
    session.flush()
    _record(session, "change_expert", by, expert, person.name, changed=changed, status=STATUSES[expert.status])
    return expert


def declare_relation(
    session: Session, public_id: str, *, by: Identity, unit_public_id: str, region_code: str, reason: str
) -> ExpertRelation:
    """Record that an expert is related to a unit or to a division (one of the two): no case of theirs from now on.

    Raises NotFound, Invalid (unit, region_code).
    """
    expert, person = _kept(session, public_id, by)
    if bool(unit_public_id) == bool(region_code):
        raise Invalid({"unit": ["请选择一个单位或一个行政区划，二者填一项。"]})
    unit = _unit(session, unit_public_id) if unit_public_id else None
    region = _region(session, region_code) if region_code else None
    relation = ExpertRelation(
        public_id=db.public_id(), expert_id=expert.id, unit_id=unit.id if unit else None,
        region_code=region.code if region else None, reason=reason, declared_at=clock.now(),
    )
    session.add(relation)
    session.flush()
    with_whom = unit.name if unit else region.name
    _record(session, "declare_relation", by, expert, person.name, with_whom=with_whom, reason=reason)
    return relation


def end_relation(session: Session, public_id: str, relation_public_id: str, *, by: Identity) -> None:
    """The relation stands no longer; that it did stays on record. Raises NotFound, Gone where it was ended before."""
    expert, person = _kept(session, public_id, by)
    relation = session.scalars(
        select(ExpertRelation)
        .where(ExpertRelation.public_id == relation_public_id, ExpertRelation.expert_id == expert.id)
        .with_for_update()
    ).one_or_none()
    if relation is None:
        raise NotFound()
    if relation.ended_at is not None:
        raise Gone(f"此项利害关系已于 {clock.local(relation.ended_at):%Y-%m-%d %H:%M} 解除。", at=relation.ended_at)
    relation.ended_at = clock.now()
    session.flush()
    _record(session, "end_relation", by, expert, person.name, reason=relation.reason)


def _kept(session: Session, public_id: str, by: Identity) -> tuple[Expert, Person]:
    row = session.execute(
        select(Expert, Person)
        .join(Person, Expert.person_id == Person.id)
        .where(Expert.public_id == public_id, Expert.keeper_id == by.unit_id)
        .with_for_update(of=Expert)
    ).one_or_none()
    if row is None:
        raise NotFound()
    return row.Expert, row.Person


def _unit(session: Session, public_id: str) -> Unit:
    unit = session.scalars(select(Unit).where(Unit.public_id == public_id)).one_or_none()
    if unit is None:
        raise Invalid({"unit": ["没有这个单位，请从列表中选择。"]})
    return unit


def _region(session: Session, code: str) -> regions.Region:
    try:
        return regions.get(session, code)
    except NotFound as error:
        raise Invalid({"region_code": [error.message]}) from error


def _record(session: Session, verb: str, by: Identity, expert: Expert, name: str, **details: object) -> None:
    audit.record(
        session, chain=f"unit:{by.unit_id}", verb=verb, person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name, details={"expert": expert.public_id, "name": name, **details},
    )
