"""抽查: a random sample of the reports that came in, the same for whoever draws it again with the same seed.

A LifeDue row "programme:KEY" of the kind `sample` waits for each quarter (month, year) and is due on the first working
day after it. It draws, writes the Sample with seed and population, and lets a check of each drawn report begin.
Source: HBI-17.1; the percentage is ours.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app import chance, clock, db, workdays
from app.audit import operations as audit
from app.cases.models import Case
from app.errors import NotFound
from app.evaluations.models import Inspection, Sample
from app.obligations.models import Duty
from app.people import queries as people
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.life import SampleRule
from app.programmes.queries import Programme
from app.titles import changing, life, standing
from app.titles.models import LifeDue, Title, TitleEvent

Drawn = TypeVar("Drawn", int, str)
KIND, CHECK = "sample", "spot_check"
"""Kinds of LifeDue rows: the draw, and the check of one drawn report. KIND is also the kind of the Sample."""


def draw(seed: str, ids: Iterable[Drawn], percent: int, at_least: int) -> list[Drawn]:
    """The ids (numbers, or names) that are drawn, in the order of the draw: so many percent, rounded up, at least so
    many, at most all.

    Whoever has the seed comes to the same: ids are ordered by the SHA-256 of "seed:id", whatever order they came in,
    and no part of it depends on a version of Python.
    """
    known = sorted(set(ids))
    wanted = min(len(known), max(at_least, -(-len(known) * percent // 100)))
    return sorted(known, key=lambda one: (hashlib.sha256(f"{seed}:{one}".encode()).digest(), one))[:wanted]


def drawn_on(programme: Programme, stretch: workdays.Stretch) -> date:
    """The day of the draw: the first working day after the stretch, where the authority sits."""
    calendar = workdays.calendar_for(programme.authority.region)
    return workdays.deadline(workdays.Period(1, "working_days"), stretch.last, calendar).last_day


def plan_first(session: Session, title: Title, event: TitleEvent) -> None:
    """From a programme's first title on, the reports of each stretch are sampled; hears of every title's beginning."""
    if event.kind in standing.BEGINNINGS:
        programme = changing.programme_of(session, title)
        if rule := rule_of(programme):
            _plan(session, programme, workdays.stretch_of(clock.today(), rule.every))


def rule_of(programme: Programme) -> SampleRule | None:
    """What the release says of samples; None where it draws none."""
    return programme.life.evaluation.sample if programme.life.evaluation else None


def take(session: Session, row: LifeDue) -> None:
    """Draw the sample of a stretch, once; plan the next. What was drawn is checked case by case, a row each."""
    programme = programmes.latest(session, row.programme)
    rule, stretch = rule_of(programme), workdays.stretch_named(row.key)
    if rule is None:
        return
    _plan(session, programme, workdays.stretch_of(stretch.after, rule.every))
    if session.scalar(select(Sample.id).where(
        Sample.programme == row.programme, Sample.kind == KIND, Sample.period == row.key
    )):
        return
    filed = population(session, row.programme, stretch)
    seed = chance.seed()
    sample = Sample(
        public_id=db.public_id(), programme=row.programme, kind=KIND, period=row.key, seed=seed,
        population=sorted(filed), drawn=draw(seed, filed, rule.percent, rule.at_least), percent=rule.percent,
        at_least=rule.at_least, drawn_at=clock.now(),
    )
    session.add(sample)
    session.flush()
    for case_id in sample.drawn:
        life.plan(
            session, subject=f"title:{filed[case_id]}", title_id=filed[case_id], programme=row.programme, kind=CHECK,
            key=f"{row.key}:{case_id}", on=clock.local(row.due_at).date(),
            payload={"sample": sample.id, "case": case_id},
        )
    audit.record(
        session, chain="system", verb="draw_sample", person_id=None, person_name="系统", unit_name="",
        details={"programme": row.programme, "period": row.key, "population": len(filed),
                 "drawn": len(sample.drawn), "seed": seed, "clause": rule.clause},
    )


def open_check(session: Session, row: LifeDue) -> None:
    """Open the check of one drawn report, about the report's case; nothing where the title has ended since."""
    title = changing.locked(session, row.title_id)  # type: ignore[arg-type]
    programme = programmes.latest(session, row.programme)
    rule = rule_of(changing.programme_of(session, title)) or rule_of(programme)
    if rule is None or title.status in standing.ENDS:
        return
    sample = session.get_one(Sample, row.payload["sample"])
    checked = session.get_one(Case, row.payload["case"])

    def write_row(case: Case) -> None:
        session.add(Inspection(
            public_id=db.public_id(), title_id=title.id, programme=title.programme, kind="spot_check", case_id=case.id,
            checked_case_id=checked.id, sample_id=sample.id, recorded_at=clock.now(),
        ))
        session.flush()

    case = changing.open_about(
        session, title, diagram=rule.diagram, name=f"{sample.period} 报送数据抽查（{checked.number}）",
        about_id=checked.id, before_start=write_row,
    )
    row.case_id = case.id


def population(session: Session, programme: str, stretch: workdays.Stretch) -> dict[int, int]:
    """The reports filed in a stretch (Beijing days), of titles that haven't ended: id of the report's case -> of its
    title."""
    since, until = clock.day_start(stretch.first), clock.day_start(stretch.after)
    rows: Sequence[Any] = session.execute(
        select(Duty.case_id, Duty.title_id).join(Title, Duty.title_id == Title.id)
        .where(
            Duty.programme == programme, Duty.filed_at >= since, Duty.filed_at < until,
            Title.status.not_in(standing.ENDS),
        )
    ).all()
    return {row.case_id: row.title_id for row in rows}


def agrees(sample: Sample) -> bool:
    """Whether drawing again from what was recorded gives what was recorded."""
    return draw(sample.seed, sample.population, sample.percent, sample.at_least) == list(sample.drawn)


def _plan(session: Session, programme: Programme, stretch: workdays.Stretch) -> None:
    life.plan(
        session, subject=f"programme:{programme.key}", programme=programme.key, kind=KIND, key=stretch.key,
        on=drawn_on(programme, stretch),
    )


@dataclass(frozen=True)
class Listed:
    """A sample with the name of its programme, and how many of its checks are done and found false data."""

    sample: Sample
    programme: str
    done: int
    failed: int


def listing(session: Session, by: Identity) -> list[Listed]:
    """The samples of the programmes whose authority lies over the department, or in its division; newest first."""
    near = {one.key: one.name for one in programmes.all_latest(session) if _near(one, by)}
    counts: dict[int, list[bool | None]] = {}
    for sample_id, passed in session.execute(
        select(Inspection.sample_id, Inspection.passed).where(Inspection.sample_id.is_not(None))
    ):
        counts.setdefault(sample_id, []).append(passed)
    rows = session.scalars(
        select(Sample).where(Sample.programme.in_(near), Sample.kind == KIND)
        .order_by(Sample.drawn_at.desc(), Sample.id.desc()).limit(200)
    )
    return [
        Listed(
            row, near[row.programme], sum(passed is not None for passed in counts.get(row.id, ())),
            counts.get(row.id, []).count(False),
        )
        for row in rows
    ]


def found(session: Session, by: Identity, public_id: str) -> Listed:
    """One sample in a department's sight. Raises NotFound."""
    for one in listing(session, by):
        if one.sample.public_id == public_id:
            return one
    raise NotFound()


def checks_of(session: Session, by: Identity, sample: Sample) -> tuple[Sequence[Any], int]:
    """The checks of a sample in the person's division, in the order of the draw, and how many lie elsewhere."""
    checked = aliased(Case)
    rows = session.execute(
        select(Inspection, Case.public_id.label("case_public_id"), Case.number, Case.status.label("case_status"),
               checked.number.label("checked_number"), checked.public_id.label("checked_public_id"),
               checked.id.label("checked_id"), Title.holder_name, Title.public_id.label("title_public_id"))
        .join(Case, Inspection.case_id == Case.id).join(checked, Inspection.checked_case_id == checked.id)
        .join(Title, Inspection.title_id == Title.id)
        .where(Inspection.sample_id == sample.id, people.case_scope(by, Case))
    ).all()
    place = {case_id: n for n, case_id in enumerate(sample.drawn)}
    rows = sorted(rows, key=lambda row: place.get(row.checked_id, len(place)))
    return rows, len(sample.drawn) - len(rows)


def _near(programme: Programme, by: Identity) -> bool:
    """Whether a department has to do with a programme: its authority lies over it, or in its division."""
    if by.tier == "ministry":
        return True
    region = programme.authority.region
    return region in (by.province_code, by.city_code, by.county_code)
