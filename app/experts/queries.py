"""Questions about experts: the register, who may be drawn, how a review stands. Nothing here changes anything."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.cases.models import Answer, Case, Deadline, Task
from app.errors import NotFound
from app.experts.drawing import Candidate, Divisions
from app.experts.models import Expert, ExpertDraw, ExpertRelation, ExpertReview, ExpertSeat
from app.people.models import Person, Region, RoleGrant, Unit
from app.people.queries import Identity

PAGE = 50
OFFERED = 30
ROLE = "expert"
OFFICE = ("clerk", "lead")

_HOLDS = exists().where(RoleGrant.person_id == Person.id, RoleGrant.role == ROLE)


@dataclass(frozen=True)
class Panel:
    """The newest review of a case as the office sees it, its draws in order. A row of `seats`: ExpertSeat, name,
    unit_name, instead_of (a name), last_day, provisional, case_public_id, number."""

    review: ExpertReview
    draws: Sequence[ExpertDraw]
    seats: Sequence[Row]
    shortage: Case | None


def people_with_role(by: Identity) -> Select[tuple[Person]]:
    """Active people who hold the role `expert`, of units in the asking unit's province (a ministry: everywhere)."""
    query = (
        select(Person)
        .join(Unit, Person.unit_id == Unit.id)
        .outerjoin(Region, Unit.region_code == Region.code)
        .where(Person.status == "active", Unit.status == "active", _HOLDS)
    )
    return query.where(Region.province_code == by.province_code) if by.province_code else query


def offered(session: Session, by: Identity, *, text: str = "") -> Sequence[Row]:
    """People who could be entered into the unit's register: (public_id, name, unit_name), the first 30 by name.

    `text` is searched in the names of person and unit.
    """
    known = select(Expert.person_id).where(Expert.keeper_id == by.unit_id)
    query = people_with_role(by).with_only_columns(Person.public_id, Person.name, Unit.name.label("unit_name"))
    query = query.where(Person.id.not_in(known))
    if text:
        found = (Person.name, Unit.name)
        query = query.where(or_(*(column.icontains(text, autoescape=True) for column in found)))
    return session.execute(query.order_by(Person.name, Person.id).limit(OFFERED)).all()


def experts(
    session: Session, by: Identity, *, text: str = "", status: str = "", after: int = 0
) -> tuple[Sequence[Row], int | None]:
    """A page of the unit's register and the next page's key: (Expert, name, unit_name, holds, relations, open, done).

    `holds`: whether the person can act now; `relations` that stand; seats `open` and `done` (scored) so far.
    """
    query = (
        select(
            Expert, Person.name, Unit.name.label("unit_name"),
            ((Person.status == "active") & (Unit.status == "active") & _HOLDS).label("holds"),
            _count(ExpertRelation.expert_id, ExpertRelation.ended_at.is_(None)).label("relations"),
            _count(ExpertSeat.expert_id, ExpertSeat.status == "open").label("open"),
            _count(ExpertSeat.expert_id, ExpertSeat.status == "scored").label("done"),
        )
        .join(Person, Expert.person_id == Person.id)
        .join(Unit, Person.unit_id == Unit.id)
        .where(Expert.keeper_id == by.unit_id, Expert.id > after)
        .order_by(Expert.id)
        .limit(PAGE + 1)
    )
    if status:
        query = query.where(Expert.status == status)
    if text:
        found = (Person.name, Unit.name, Expert.fields, Expert.employer)
        query = query.where(or_(*(column.icontains(text, autoescape=True) for column in found)))
    rows = session.execute(query).all()
    return rows[:PAGE], rows[PAGE - 1].Expert.id if len(rows) > PAGE else None


def expert(session: Session, by: Identity, public_id: str) -> tuple[Expert, Person, Unit, Sequence[Row]]:
    """An expert of the unit's register with person, unit and relations (ExpertRelation, unit_name, region_name), those
    that stand first. Raises NotFound."""
    row = session.execute(
        select(Expert, Person, Unit)
        .join(Person, Expert.person_id == Person.id)
        .join(Unit, Person.unit_id == Unit.id)
        .where(Expert.public_id == public_id, Expert.keeper_id == by.unit_id)
    ).one_or_none()
    if row is None:
        raise NotFound()
    relations = session.execute(
        select(ExpertRelation, Unit.name.label("unit_name"), Region.name.label("region_name"))
        .outerjoin(Unit, ExpertRelation.unit_id == Unit.id)
        .outerjoin(Region, ExpertRelation.region_code == Region.code)
        .where(ExpertRelation.expert_id == row.Expert.id)
        .order_by(ExpertRelation.ended_at.is_not(None), ExpertRelation.id.desc())
    ).all()
    return row.Expert, row.Person, row.Unit, relations


def units_named(session: Session, by: Identity, text: str) -> Sequence[Row]:
    """Units whose name or credit code fits, to declare a relation with: (public_id, name), the first 30."""
    query = (
        select(Unit.public_id, Unit.name)
        .outerjoin(Region, Unit.region_code == Region.code)
        .where(Unit.status != "refused",
               or_(Unit.name.icontains(text, autoescape=True), Unit.credit_code == text.upper()))
        .order_by(Unit.name, Unit.id)
        .limit(OFFERED)
    )
    if by.province_code:
        query = query.where(Region.province_code == by.province_code)
    return session.execute(query).all()


def candidates(session: Session, *, keeper_id: int) -> list[Candidate]:
    """Everybody in a unit's register, with what conflicts are found by and why somebody can't act at all.

    Who decides about the cases in the office itself doesn't score them too.
    """
    relations: dict[int, dict[str, dict]] = defaultdict(lambda: {"units": {}, "regions": {}})
    for one in session.scalars(select(ExpertRelation).where(ExpertRelation.ended_at.is_(None))):
        kind, key = ("units", one.unit_id) if one.unit_id else ("regions", one.region_code)
        relations[one.expert_id][kind][key] = one.reason
    in_office = exists().where(
        Person.unit_id == keeper_id, RoleGrant.person_id == Person.id, RoleGrant.role.in_(OFFICE)
    )
    rows = session.execute(
        select(
            Expert.id, Expert.public_id, Person.name, Person.unit_id, Unit.name.label("unit_name"), Expert.employer,
            Region.province_code, Region.city_code, Region.county_code, Expert.status,
            Person.status.label("person_status"), Unit.status.label("unit_status"), _HOLDS.label("holds"),
            in_office.label("in_office"),
        )
        .join(Person, Expert.person_id == Person.id)
        .join(Unit, Person.unit_id == Unit.id)
        .outerjoin(Region, Unit.region_code == Region.code)
        .where(Expert.keeper_id == keeper_id)
        .order_by(Expert.id)
    )
    return [
        Candidate(
            row.id, row.public_id, row.name, row.unit_id, row.unit_name, row.employer,
            Divisions(row.province_code, row.city_code, row.county_code), **relations[row.id], barred=_barred(row),
        )
        for row in rows
    ]


def panel(session: Session, case_id: int) -> Panel | None:
    """The newest review of a case with its draws and seats; None where nothing was drawn yet."""
    review = session.scalars(
        select(ExpertReview).where(ExpertReview.case_id == case_id).order_by(ExpertReview.id.desc()).limit(1)
    ).one_or_none()
    if review is None:
        return None
    draws = session.scalars(select(ExpertDraw).where(ExpertDraw.review_id == review.id).order_by(ExpertDraw.id)).all()
    before, other = aliased(ExpertSeat), aliased(Person)
    first = aliased(Expert)
    last_day, provisional = (
        select(column).join(Task, Task.deadline_id == Deadline.id).where(Task.case_id == ExpertSeat.case_id)
        .order_by(Deadline.last_day.desc(), Deadline.id.desc()).limit(1).scalar_subquery()
        for column in (Deadline.last_day, Deadline.provisional)
    )
    seats = session.execute(
        select(ExpertSeat, Person.name, Unit.name.label("unit_name"), other.name.label("instead_of"),
               last_day.label("last_day"), provisional.label("provisional"),
               Case.public_id.label("case_public_id"), Case.number)
        .join(Expert, ExpertSeat.expert_id == Expert.id)
        .join(Person, Expert.person_id == Person.id)
        .join(Unit, Person.unit_id == Unit.id)
        .join(Case, ExpertSeat.case_id == Case.id)
        .outerjoin(before, ExpertSeat.instead_of_id == before.id)
        .outerjoin(first, before.expert_id == first.id)
        .outerjoin(other, first.person_id == other.id)
        .where(ExpertSeat.review_id == review.id)
        .order_by(ExpertSeat.id)
    ).all()
    shortage = session.get(Case, review.shortage_case_id) if review.shortage_case_id else None
    return Panel(review, draws, seats, shortage)


def scores_of(session: Session, seat_case_ids: Sequence[int]) -> dict[int, Any]:
    """What each expert filled in, by the case of the seat: the values of the last answer."""
    from_cases = select(Answer.case_id, Answer.values).where(Answer.case_id.in_(seat_case_ids)).order_by(Answer.id)
    return dict(session.execute(from_cases).all()) if seat_case_ids else {}


def _barred(row: Row) -> str:
    if row.status != "active":
        return "专家库中暂停抽取"
    if row.person_status != "active" or row.unit_status != "active" or not row.holds:
        return "账号已停用或不再持有评审专家岗位"
    return "认定机关的经办、审核人员" if row.in_office else ""


def _count(column: Any, condition: Any) -> Any:
    return select(func.count()).where(column == Expert.id, condition).correlate(Expert).scalar_subquery()
