"""What happened in a simulation: counted by year out of the records, for the table at its end."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, db
from app.appointments import booking
from app.appointments.models import Appointment
from app.cases.models import Case, Task
from app.evaluations.models import Grade
from app.obligations.models import Duty
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.publications.models import Objection
from app.sanctions.models import Sanction
from app.titles import bans, standing
from app.titles.models import Ban, TitleEvent

DUTIES = {
    "done": "按期报送", "late": "逾期报送", "missed": "漏报", "excused": "漏报（已说明）", "held": "暂停期间",
    "open": "未到期", "void": "称号终止",
}
OBJECTIONS = {"upheld": "成立", "rejected": "不成立", "tip": "作为线索"}
STANDING = "年末在册称号"


@dataclass(frozen=True)
class Year:
    """A year's figures, by what is counted, in words."""

    year: int
    figures: Mapping[str, int]


def counted(programme: Programme, stands: Mapping[int, int], happened: Mapping[tuple[int, str], int]) -> list[Year]:
    """The figures of each year of a programme; `stands` are the titles in the register at the end of each, `happened`
    counts by year what left no record."""
    found: dict[int, Counter[str]] = {year: Counter({STANDING: count}) for year, count in sorted(stands.items())}
    with db.reading() as session:
        for year, what in _happened(session, programme):
            if year in found:
                found[year][what] += 1
    for (year, what), count in happened.items():
        if year in found:
            found[year][what] += count
    return [Year(year, dict(figures)) for year, figures in found.items()]


def table(years: Sequence[Year]) -> list[list[str]]:
    """The table: a head of years, and a row for each thing counted, in the order in which a title lives."""
    names = list(dict.fromkeys(_order(name for year in years for name in year.figures)))
    head = ["", *(str(year.year) for year in years), "合计"]
    rows = []
    for name in names:
        counts = [year.figures.get(name, 0) for year in years]
        rows.append([name, *map(str, counts), "" if name == STANDING else str(sum(counts))])
    return [head, *rows]


def _order(names: Iterable[str]) -> list[str]:
    groups = (STANDING, "申报 ", "结果 ", "异议 ", "称号 ", "报送 ", "评价 ", "处理 ", "禁申", "预约 ")
    places = {name: next((n for n, group in enumerate(groups) if name.startswith(group)), 99) for name in names}
    return sorted(places, key=lambda name: places[name])


def _happened(session: Session, programme: Programme) -> Iterable[tuple[int, str]]:
    """(year, what) of everything that is counted."""
    yield from _applied(session, programme)
    for kind, day in session.execute(select(TitleEvent.kind, TitleEvent.effective_on)):
        yield day.year, f"称号 {standing.KINDS[kind]}"
    for status, day in session.execute(select(Duty.status, Duty.due_on)):
        yield day.year, f"报送 {DUTIES[status]}"
    for grade, year in session.execute(select(Grade.grade, Grade.year).where(Grade.status == "decided")):
        yield year, f"评价 {grade}"
    names: dict[tuple[int, str], str] = {}
    for release_id, key, day in session.execute(
        select(Sanction.release_id, Sanction.key, Sanction.effective_on).where(Sanction.status == "imposed")
    ):
        yield day.year, f"处理 {_name(session, names, release_id, key)}"
    for day in session.scalars(select(Ban.starts_on)):
        yield day.year, "禁申"
    asked: Any = select(
        Appointment.requested_at, Appointment.status, Appointment.overdue_at, Appointment.satisfaction
    )
    for at, status, overdue_at, satisfaction in session.execute(asked):
        year = clock.local(at).year
        yield year, "预约 收到"
        if satisfaction is not None:
            yield year, "预约 企业已评价"
        if status in ("cancelled", "void"):
            yield year, "预约 取消或终止"
        if overdue_at is not None:
            yield year, "预约 超期"
        elif status in booking.ANSWERED:
            yield year, "预约 按期答复"


def _applied(session: Session, programme: Programme) -> Iterable[tuple[int, str]]:
    """The applications: which came, what was said of them at each step that chooses, how they ended; objections."""
    of_application = (Case.programme == programme.key, Case.diagram == bans.APPLICATION)
    for at, outcome, closed_at in session.execute(
        select(Case.opened_at, Case.outcome, Case.closed_at).where(*of_application)
    ):
        yield clock.local(at).year, "申报 收到"
        if closed_at is not None:
            yield clock.local(closed_at).year, f"结果 {outcome}"
    said: Any = select(Task.closed_at, Task.element, Task.name, Task.outcome).join(Case, Task.case_id == Case.id)
    for at, element, name, outcome in session.execute(said.where(*of_application, Task.status == "done")):
        choices = programme.outcomes(bans.APPLICATION, element)
        if len(choices) > 1 and outcome in choices:
            yield clock.local(at).year, f"申报 {name}：{choices[outcome]}"
    for at, status in session.execute(select(Objection.received_at, Objection.status)):
        year = clock.local(at).year
        yield year, "异议 收到"
        if status in OBJECTIONS:
            yield year, f"异议 {OBJECTIONS[status]}"


def _name(session: Session, names: dict[tuple[int, str], str], release_id: int, key: str) -> str:
    if (release_id, key) not in names:
        names[release_id, key] = programmes.programme(session, release_id).life.sanctions[key].name
    return names[release_id, key]
