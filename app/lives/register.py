"""名录: the register of titles, filtered; the same for a page and for an export of everything that fits.

Source: HBI-5, HBI-19, HBI-20, HBI-21.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row, Text, and_, case, exists, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from app import clock
from app.evaluations.models import Grade
from app.people.models import Region, Unit
from app.programmes.period_rules import nothing
from app.programmes.queries import Programme
from app.titles import notes, standing
from app.titles.models import Title, TitleNote, TitleRecord

PAGE = 50
MOST = 50_000
STANDING = "standing"
"""The filter for every title that may be used now, whatever its mark."""
AT_LEAST = "at-least:"


@dataclass(frozen=True)
class Chosen:
    """What is looked for; "" for all. `status` is one of standing.STATUSES, or STANDING. `grade` is one of the
    programmes', or with AT_LEAST before it that one and all better; `grades` are all of them, best first. `classes`
    maps a class to its words. `ends_before`: titles whose last day lies before it."""

    text: str = ""
    programme: str = ""
    status: str = ""
    region: str = ""
    basis: str = ""
    grade: str = ""
    outstanding: bool = False
    ends_before: date | None = None
    classes: Mapping[str, str] = field(default_factory=nothing)
    grades: tuple[str, ...] = ()


def page(session: Session, chosen: Chosen, *, before: int | None = None) -> tuple[Sequence[Row], int | None]:
    """A page of the register, newest first, and the id to go on before (None: the last page)."""
    where = _where(chosen)
    if before is not None:
        where.append(Title.id < before)
    rows = session.execute(_shown().where(*where).order_by(Title.id.desc()).limit(PAGE + 1)).all()
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def everything(session: Session, chosen: Chosen) -> Sequence[Row]:
    """All that fits, in the order of numbers; at most 50,000."""
    return session.execute(_shown().where(*_where(chosen)).order_by(Title.number).limit(MOST)).all()


def counts(session: Session, chosen: Chosen) -> list[tuple[str, int]]:
    """(status, how many) of what fits but for the status, in the order of statuses, without those that nothing has."""
    without = Chosen(**{**vars(chosen), "status": ""})
    found = dict(
        session.execute(
            select(status := _status(), func.count()).join(Unit, Title.holder_id == Unit.id)
            .outerjoin(Region, Unit.region_code == Region.code).where(*_where(without)).group_by(status)
        ).all()
    )
    return [(status, found[status]) for status in standing.STATUSES if status in found]


def regions(session: Session) -> list[tuple[str, str]]:
    """(code, name) of the divisions in which titles lie, as a tree: provinces, in them cities, in these counties, the
    name set in by its depth."""
    places = session.execute(
        select(Region.province_code, Region.city_code, Region.county_code)
        .where(Region.code.in_(select(Unit.region_code).join(Title, Title.holder_id == Unit.id))).distinct()
    ).all()
    codes = {code for place in places for code in place if code}
    found = session.scalars(select(Region).where(Region.code.in_(codes))).all() if codes else []
    inside: dict[str | None, list[Region]] = {}
    for region in sorted(found, key=lambda one: one.code):
        inside.setdefault(region.parent_code, []).append(region)
    tree: list[tuple[str, str]] = []

    def walk(parent: str | None, depth: int) -> None:
        for region in inside.get(parent, ()):
            tree.append((region.code, "　" * depth + region.name))
            walk(region.code, depth + 1)

    walk(None, 0)
    return tree


def grades_of(programmes: Sequence[Programme]) -> tuple[str, ...]:
    """The grades of the programmes' evaluations, best first."""
    rules = [programme.life.evaluation for programme in programmes]
    return tuple(dict.fromkeys(grade for one in rules if one is not None for grade in one.grades))


_GRADE = (
    select(Grade.grade).where(Grade.title_id == Title.id, Grade.status == "decided")
    .order_by(Grade.year.desc()).limit(1).correlate(Title).scalar_subquery()
)
_EARLIER = (
    select(TitleRecord.value).where(TitleRecord.title_id == Title.id, TitleRecord.kind == "grade")
    .order_by(TitleRecord.period.desc()).limit(1).correlate(Title).scalar_subquery()
)
_LATEST = func.coalesce(_GRADE, _EARLIER)
_FLAG = exists().where(
    TitleNote.title_id == Title.id, TitleNote.kind == notes.OUTSTANDING, TitleNote.removed_at.is_(None)
)


def _status() -> Any:
    """The status that is shown: see standing.shown."""
    over = and_(Title.valid_until < clock.today(), Title.status.in_(standing.UNTIL_THE_LAST_DAY))
    return case((over, "expired"), else_=Title.status).label("status")


def _shown() -> Any:
    return (
        select(
            Title.id, Title.public_id, Title.number, Title.name, _status(), Title.granted_on, Title.valid_until,
            Title.document_number, Title.basis, Title.original, Title.classes, Title.programme, Title.holder_name,
            Unit.name.label("holder"), Unit.credit_code, Unit.contact_name, Unit.contact_phone,
            Region.name.label("region_name"), _LATEST.label("grade"), _FLAG.label("outstanding"),
        )
        .join(Unit, Title.holder_id == Unit.id).outerjoin(Region, Unit.region_code == Region.code)
    )


def _where(chosen: Chosen) -> list[Any]:
    where: list[Any] = []
    if chosen.text:
        where.append(or_(
            Unit.name.icontains(chosen.text, autoescape=True),
            Title.holder_name.icontains(chosen.text, autoescape=True),
            Title.number.icontains(chosen.text, autoescape=True), Unit.credit_code == chosen.text.strip().upper(),
        ))
    if chosen.programme:
        where.append(Title.programme == chosen.programme)
    if chosen.status:
        where.append(
            _status().in_(standing.STANDS) if chosen.status == STANDING else _status() == chosen.status
        )
    if chosen.region:
        where.append(or_(Region.code == chosen.region, Region.city_code == chosen.region,
                         Region.province_code == chosen.region))
    if chosen.basis:
        where.append(Title.basis == chosen.basis)
    if chosen.grade:
        where.append(_LATEST.in_(_fitting(chosen)))
    if chosen.outstanding:
        where.append(_FLAG)
    if chosen.ends_before is not None:
        where.append(and_(Title.valid_until.is_not(None), Title.valid_until < chosen.ends_before))
    for key, words in chosen.classes.items():
        where.append(type_coerce(Title.classes, Text).contains(f'"{key}":"{words}"', autoescape=True))
    return where


def _fitting(chosen: Chosen) -> tuple[str, ...]:
    if not chosen.grade.startswith(AT_LEAST):
        return (chosen.grade,)
    least = chosen.grade.removeprefix(AT_LEAST)
    return chosen.grades[: chosen.grades.index(least) + 1] if least in chosen.grades else ()
