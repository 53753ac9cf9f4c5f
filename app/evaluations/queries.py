"""Questions about grades: a title's history, the latest of many titles, what runs of grades give. Changes nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Integer, Row, case, cast, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from app.cases.models import Case, Task
from app.errors import NotFound
from app.evaluations.models import Grade
from app.people import queries as people
from app.people.models import Region, Unit
from app.people.queries import Identity
from app.titles.models import Title, TitleRecord

PAGE, CHUNK = 50, 500


@dataclass(frozen=True)
class Graded:
    """The grade of one year. `before_appeal` is the one that an appeal looked at, "" where there was none; `decided_on`
    None for one from before the register, whose `case_id` is that of its import."""

    year: int
    grade: str
    before_appeal: str
    decided_on: date | None
    case_id: int


def grades_of(session: Session, title_id: int, *, on: date | None = None) -> list[Graded]:
    """All decided grades of a title, the oldest first, those from before the register too; of one year that of the
    register. `on`: only what was decided by that day."""
    rows = session.execute(
        select(TitleRecord.period, TitleRecord.value, TitleRecord.case_id)
        .where(TitleRecord.title_id == title_id, TitleRecord.kind == "grade")
    )
    found = {int(row.period): Graded(int(row.period), row.value, "", None, row.case_id) for row in rows}
    where = [Grade.title_id == title_id, Grade.status == "decided"]
    for one in session.scalars(select(Grade).where(*where, *([] if on is None else [Grade.decided_on <= on]))):
        found[one.year] = Graded(one.year, one.grade, one.before_appeal, one.decided_on, one.case_id)
    return [found[year] for year in sorted(found)]


def latest_grades(session: Session, title_ids: Collection[int]) -> dict[int, tuple[int, str]]:
    """The last decided grade of many titles, in one statement: title -> (year, grade). One without any isn't in it."""
    if not title_ids:
        return {}
    statement = _decided().where(Grade.title_id.in_(title_ids))
    recorded = _recorded().where(TitleRecord.title_id.in_(title_ids))
    return {row.title_id: (row.year, row.grade) for row in session.execute(_newest(union_all(statement, recorded)))}


def latest() -> Any:
    """The last decided grade of every title as a subquery with title_id, year, grade: for lists that filter by it."""
    return _newest(union_all(_decided(), _recorded())).subquery()


def grade_of_case(session: Session, case_id: int) -> Grade | None:
    """The grade that a case is about."""
    return session.scalar(select(Grade).where(Grade.case_id == case_id))


def computed(session: Session, case_public_ids: Sequence[str]) -> dict[str, tuple[str, str, str, str]]:
    """Year, score, computed grade and how many indicators the city corrected, by the case's public id."""
    found = {}
    for start in range(0, len(case_public_ids), CHUNK):
        rows = session.execute(
            select(Case.public_id, Grade.year, Grade.score, Grade.computed, Grade.figures)
            .join(Grade, Grade.case_id == Case.id)
            .where(Case.public_id.in_(case_public_ids[start : start + CHUNK]))
        )
        for row in rows:
            corrected = sum("computed" in one for one in row.figures.values())
            found[row.public_id] = (str(row.year), row.score or "—", row.computed or "—", str(corrected or "—"))
    return found


@dataclass(frozen=True)
class Round:
    """The round of a programme about a year: how many titles are evaluated, by where they stand (STAGES)."""

    programme: str
    year: int
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


STAGES: Mapping[str, str] = {
    "checking": "核实指标", "confirming": "待确认等次", "told": "已告知，复核期内", "reviewing": "复核中",
    "decided": "等次已确定", "void": "已终止",
}
"""Where an evaluation stands, in words."""

# A grade that the authority has confirmed stands in the appeal; one that it hasn't waits for the step of its open task.
_OPEN_ELEMENTS = select(func.min(Task.element)).where(Task.case_id == Grade.case_id, Task.status == "open")
_STAGE = case(
    (Grade.status != "open", Grade.status),
    (_OPEN_ELEMENTS.scalar_subquery() == "check", "checking"),
    (_OPEN_ELEMENTS.scalar_subquery() == "confirm", "confirming"),
    (_OPEN_ELEMENTS.scalar_subquery() == "review", "reviewing"),
    else_="told",
)


def rounds(session: Session, identity: Identity) -> list[Round]:
    """The rounds in a person's sight, the newest first."""
    rows = session.execute(
        select(Grade.programme, Grade.year, _STAGE.label("stage"), func.count().label("n"))
        .join(Case, Grade.case_id == Case.id)
        .where(people.case_scope(identity, Case))
        .group_by(Grade.programme, Grade.year, _STAGE)
    )
    found: dict[tuple[str, int], dict[str, int]] = {}
    for row in rows:
        found.setdefault((row.programme, row.year), {})[row.stage] = row.n
    keys = sorted(found, key=lambda key: (-key[1], key[0]))
    return [Round(*key, {stage: found[key].get(stage, 0) for stage in STAGES}) for key in keys]


def evaluations(
    session: Session, identity: Identity, *, programme: str, year: int, stage: str = "", grade: str = "",
    text: str = "", after: int = 0, limit: int = PAGE,
) -> tuple[Sequence[Row], int | None]:
    """The evaluations of a round in a person's sight, in the order in which they were opened, and the key to go on
    after (None: no more). `grade` is the one confirmed, or where none is the one computed; `stage` one of STAGES."""
    where = [Grade.programme == programme, Grade.year == year, people.case_scope(identity, Case), Grade.id > after]
    if stage:
        where.append(stage == _STAGE)
    if grade:
        where.append(func.coalesce(func.nullif(Grade.grade, ""), Grade.computed) == grade)
    if text:
        where.append(or_(
            Title.holder_name.icontains(text, autoescape=True), Title.number.icontains(text, autoescape=True),
            Region.name.icontains(text, autoescape=True),
        ))
    rows = session.execute(_shown().where(*where).order_by(Grade.id).limit(limit + 1)).all()
    return rows[:limit], rows[limit - 1].Grade.id if len(rows) > limit else None


def evaluation(session: Session, identity: Identity, public_id: str) -> Row:
    """One evaluation in a person's sight; the holder has its own in sight from when it was told. Raises NotFound."""
    row = session.execute(
        _shown().where(Grade.public_id == public_id, people.case_scope(identity, Case))
    ).one_or_none()
    if row is None or (identity.unit_kind != "department" and not row.Grade.grade):
        raise NotFound()
    return row


def _shown() -> Any:
    return (
        select(
            Grade, _STAGE.label("stage"), Title.number, Title.holder_name, Title.status.label("title_status"),
            Title.public_id.label("title_public_id"), Region.name.label("region"), Case.number.label("case_number"),
            Case.public_id.label("case_public_id"), Case.release_id,
        )
        .join(Case, Grade.case_id == Case.id)
        .join(Title, Grade.title_id == Title.id)
        .join(Unit, Title.holder_id == Unit.id)
        .outerjoin(Region, Case.region_code == Region.code)
    )


def _decided() -> Any:
    return select(Grade.title_id, Grade.year.label("year"), Grade.grade.label("grade"), literal(1).label("here")).where(
        Grade.status == "decided"
    )


def _recorded() -> Any:
    # Of other kinds the period is a day, which is no number: a database may read it before it looks at the kind.
    year = case((TitleRecord.kind == "grade", cast(TitleRecord.period, Integer)), else_=0)
    return select(
        TitleRecord.title_id, year.label("year"), TitleRecord.value.label("grade"),
        literal(0).label("here"),
    ).where(TitleRecord.kind == "grade")


def _newest(both: Any) -> Any:
    """Of each title the row of the newest year; of two the register's own."""
    rows = both.subquery()
    place = func.row_number().over(partition_by=rows.c.title_id, order_by=(rows.c.year.desc(), rows.c.here.desc()))
    ordered = select(rows.c.title_id, rows.c.year, rows.c.grade, place.label("place")).subquery()
    return select(ordered.c.title_id, ordered.c.year, ordered.c.grade).where(ordered.c.place == 1)
