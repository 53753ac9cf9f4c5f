"""Questions about ends: which titles end when, and how far their renewal is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, Select, and_, case, false, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from app.batches.models import Batch
from app.cases.models import Case
from app.people import queries as people
from app.people.models import Region, Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.renewals.models import Renewal, Review
from app.renewals.opening import SELF_ASSESSMENT
from app.titles import standing
from app.titles.models import Title

PAGE = 50
STATES: Mapping[str, str] = MappingProxyType({
    "not_opened": "未开始", "open": "待提交自评", "filed": "评价中", "passed": "已延续", "exempt": "已免评延续",
    "failed": "不予延续", "not_filed": "未提交", "void": "称号另行终止", "not_renewed": "到期终止，不延续",
})
"""How far the renewal at an end is, in words."""

REVIEWS: Mapping[str, str] = MappingProxyType({
    "not_filed": "没有申报，待决定", "open": "待提交", "filed": "复核中", "confirmed": "已确认",
    "failed": "未确认，已提出处理", "void": "称号另行终止",
})
"""How far the review of a title with a call is, in words; what waits for the authority because nobody filed first."""


@dataclass(frozen=True)
class Wanted:
    """Which ends are asked for: those of a year, in a division ("" for all in sight), of a programme, in a state."""

    year: int
    region: str = ""
    programme: str = ""
    state: str = ""


def ends(
    session: Session, identity: Identity, wanted: Wanted, *, after: tuple[date, int] | None = None, limit: int = PAGE
) -> tuple[Sequence[Row], tuple[date, int] | None]:
    """Titles by the day on which they end, the earliest first, and where the next page begins (None: this is the last).

    A title that was renewed is listed at its old end, and at its new one. A row: ends_on, state, renewed_until,
    filed_at, case_public_id, title_public_id, number, holder, region, status, programme.
    """
    rows = _rows(session, identity, wanted)
    found = rows.subquery()
    statement = select(found).order_by(found.c.ends_on, found.c.title_id).limit(limit + 1)
    if wanted.state:
        statement = statement.where(found.c.state == wanted.state)
    if after is not None:
        day, title_id = after
        statement = statement.where(
            or_(found.c.ends_on > day, and_(found.c.ends_on == day, found.c.title_id > title_id))
        )
    listed = session.execute(statement).all()
    last = listed[limit - 1] if len(listed) > limit else None
    return listed[:limit], (last.ends_on, last.title_id) if last is not None else None


def next_end(session: Session, unit_id: int, on: date) -> date | None:
    """The first last day from `on` on of the titles that an institution holds; None where none ends."""
    return session.scalar(
        select(func.min(Title.valid_until))
        .where(Title.holder_id == unit_id, Title.valid_until >= on, Title.status.not_in(standing.ENDS))
    )


def reviews(session: Session, identity: Identity, wanted: Wanted, *, limit: int) -> Sequence[Row]:
    """The reviews with the calls of a year in sight: those that nobody filed first, for somebody has to decide them;
    then by the title's number. A row: state, batch, filed_at, decided_on, number, holder, region, status, programme,
    case_public_id, title_public_id. Source: BDP-17."""
    where = [Batch.year == wanted.year, *_in_sight(identity)]
    if wanted.region:
        where.append(or_(*(place == wanted.region for place in (Region.code, Region.city_code, Region.province_code))))
    if wanted.programme:
        where.append(Title.programme == wanted.programme)
    if wanted.state:
        where.append(Review.status == wanted.state)
    return session.execute(
        select(
            Review.status.label("state"), Batch.name.label("batch"), Review.filed_at, Review.decided_on, Title.number,
            Title.status, Title.programme, func.coalesce(func.nullif(Title.holder_name, ""), Unit.name).label("holder"),
            Region.name.label("region"), Case.public_id.label("case_public_id"),
            Title.public_id.label("title_public_id"),
        )
        .select_from(Review).join(Title, Review.title_id == Title.id).join(Batch, Review.batch_id == Batch.id)
        .join(Unit, Title.holder_id == Unit.id).outerjoin(Region, Unit.region_code == Region.code)
        .outerjoin(Case, Review.case_id == Case.id)
        .where(*where).order_by(case((Review.status == "not_filed", 0), else_=1), Title.number, Review.id).limit(limit)
    ).all()


def by_month(session: Session, identity: Identity, wanted: Wanted) -> dict[int, int]:
    """How many titles end in each month of the year: month -> count, months without any left out."""
    found = _rows(session, identity, wanted).subquery()
    statement = select(found.c.ends_on, func.count()).group_by(found.c.ends_on)
    if wanted.state:
        statement = statement.where(found.c.state == wanted.state)
    counts: dict[int, int] = {}
    for day, count in session.execute(statement):
        counts[day.month] = counts.get(day.month, 0) + count
    return counts


def divisions_below(session: Session, code: str) -> list[tuple[str, str]]:
    """(code, name) of the divisions right below one; of the provinces for ""."""
    where = Region.parent_code == code if code else Region.tier == "province"
    return [(found, name) for found, name in session.execute(
        select(Region.code, Region.name).where(where).order_by(Region.code)
    )]


def _rows(session: Session, identity: Identity, wanted: Wanted) -> Select[Any]:
    """The ends of a year in sight: those that titles have now, and those from which they were renewed."""
    first, last = date(wanted.year, 1, 1), date(wanted.year, 12, 31)
    where = [Title.status.not_in(standing.ENDS - {"expired"}), *_in_sight(identity)]
    if wanted.region:
        places = (Region.code, Region.city_code, Region.province_code)
        where.append(or_(*(place == wanted.region for place in places)))
    if wanted.programme:
        where.append(Title.programme == wanted.programme)
    renewing = [
        release.programme for release in programmes.releases(session)
        if release.latest and (rules := programmes.latest(session, release.programme).life.renewal) is not None
        and rules.kind == SELF_ASSESSMENT
    ]
    renewable = and_(Title.programme.in_(renewing), Title.basis != "entered") if renewing else false()
    waits = and_(renewable, Title.status.not_in(standing.ENDS))
    unopened = case((waits, literal("not_opened")), else_=literal("not_renewed"))
    now = _columns(Title.valid_until, func.coalesce(Renewal.status, unopened)).outerjoin(
        Renewal, and_(Renewal.title_id == Title.id, Renewal.ends_on == Title.valid_until)
    )
    before = _columns(Renewal.ends_on, Renewal.status).join(Renewal, Renewal.title_id == Title.id)
    return union_all(*(
        statement.join(Unit, Title.holder_id == Unit.id).outerjoin(Region, Unit.region_code == Region.code)
        .outerjoin(Case, Renewal.case_id == Case.id).where(*where, day.between(first, last), *more)
        for statement, day, more in (
            (now, Title.valid_until, ()), (before, Renewal.ends_on, (Renewal.ends_on != Title.valid_until,)),
        )
    )).subquery().select()


def _columns(day: Any, state: Any) -> Select[Any]:
    return select(
        day.label("ends_on"), state.label("state"), Title.id.label("title_id"),
        Title.public_id.label("title_public_id"), Title.number, Title.programme, Title.status, Title.basis,
        Unit.name.label("holder"), Region.name.label("region"), Renewal.filed_at,
        Renewal.renewed_until, Renewal.window_until, Case.public_id.label("case_public_id"),
    ).select_from(Title)


def _in_sight(identity: Identity) -> list[Any]:
    """A department's own division, a ministry everything, an institution its own titles."""
    if identity.roles <= people.ONLY_ASSIGNED:
        return [false()]
    if identity.unit_kind != "department":
        return [Title.holder_id == identity.unit_id]
    if identity.tier == "ministry":
        return []
    return [getattr(Region, f"{identity.tier}_code") == identity.region_code]
