"""The rows behind an evaluation: one question for each kind, whatever the indicators ask of it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app import clock
from app.appointments.models import Appointment
from app.cases.models import Answer, Deadline
from app.errors import BanjianError
from app.evaluations import figures
from app.evaluations.figures import NONE, Asked, Figure, Report, Source
from app.evaluations.models import Inspection
from app.obligations.models import Duty
from app.programmes.life import Indicator
from app.programmes.queries import Programme
from app.titles import changing
from app.titles.models import Title


def gather(session: Session, programme: Programme, title: Title, year: int, *, now: datetime) -> dict[str, Figure]:
    """The figures of a title for a year, by indicator. At `now` an open appointment whose end has passed is overdue."""
    rules = programme.life.evaluation
    indicators = rules.indicators if rules else ()
    sources = {one.key: figures.source(one.figure) for one in indicators}
    names = [name for found in sources.values() if found for name in found.names]
    kinds = {found.kind for found in sources.values() if found}
    reports = _reports(session, programme, title, year, names) if _needs(kinds, "duties", "reports") else []
    asked = _asked(session, programme, title, year) if _needs(kinds, "appointments") else []
    results = _results(session, title, year) if _needs(kinds, "inspections") else []
    held = part_held(_known_from(session, title), year)

    def figure(one: Indicator, found: Source | None) -> Figure:
        if found is None:
            return NONE
        if found.names:
            return figures.of_reports(found, reports, full=Decimal(str(one.full or 1)), held=held)
        plain = {
            "duties.in_time": lambda: figures.duties_in_time(reports),
            "appointments.in_time": lambda: figures.appointments_in_time(asked, now=now),
            "appointments.satisfaction": lambda: figures.satisfaction(asked),
            "inspections.passed": lambda: figures.passed(results),
        }
        return plain[found.kind]()

    return {one.key: figure(one, sources[one.key]) for one in indicators}


def days_held(granted_on: date, year: int) -> int:
    """How many days of a year a title that still stands at its end was held, 0 where it is younger."""
    return max((date(year, 12, 31) - max(granted_on, date(year, 1, 1))).days + 1, 0)


def part_held(since: date, year: int) -> Decimal:
    """The part of a year for which a title was held that began on a day and stood at the year's end."""
    return Decimal(days_held(since, year)) / days_held(date(year, 1, 1), year)


def _known_from(session: Session, title: Title) -> date:
    """From when on the register could know of a title's reports: one that came in by hand reported elsewhere before."""
    if title.basis == "granted":
        return title.granted_on
    return max(title.granted_on, clock.local(changing.events_of(session, title.id)[0].recorded_at).date())


def _needs(kinds: set[str], *sources: str) -> bool:
    return any(kind.partition(".")[0] in sources for kind in kinds)


def _reports(
    session: Session, programme: Programme, title: Title, year: int, names: Sequence[figures.Name]
) -> list[Report]:
    """The title's reports that were due in the year, with their last answers to the forms asked for."""
    forms = sorted({form for form, _name in names})
    last = (
        select(Answer.case_id, Answer.form, func.max(Answer.id).label("id"))
        .join(Duty, Duty.case_id == Answer.case_id)
        .where(Duty.title_id == title.id, Answer.form.in_(forms))
        .group_by(Answer.case_id, Answer.form)
        .subquery()
    )
    false = select(Inspection.checked_case_id).where(
        Inspection.title_id == title.id, Inspection.passed.is_(False), Inspection.checked_case_id.is_not(None)
    )
    rows = session.execute(
        select(
            Duty.case_id, Duty.status, Duty.filed_at, Duty.case_id.in_(false).label("false"), Answer.form,
            Answer.values,
        )
        .outerjoin(last, last.c.case_id == Duty.case_id)
        .outerjoin(Answer, Answer.id == last.c.id)
        .where(Duty.title_id == title.id, Duty.due_on.between(date(year, 1, 1), date(year, 12, 31)))
        .order_by(Duty.due_on, Duty.id)
    ).all()
    found: dict[int, Report] = {}
    for row in rows:
        before = found.get(row.case_id)
        said = {} if row.form is None else _numbers(programme, row.form, row.values, names)
        values = {**(before.values if before else {}), **said}
        found[row.case_id] = Report(row.status, row.filed_at is not None, bool(row.false), values)
    return list(found.values())


def _numbers(
    programme: Programme, form_key: str, written: Mapping[str, Any], names: Sequence[figures.Name]
) -> dict[figures.Name, Decimal]:
    """The numbers asked for that a form's answers give, fields and figures alike."""
    if f"forms/{form_key}.json" not in programme.files:
        return {}
    form = programme.form(form_key)
    try:
        values = form.values(form.load(written, partial=True))
    except BanjianError:
        return {}
    found = {}
    for name in names:
        value = values.get(name[1]) if name[0] == form_key else None
        if isinstance(value, Decimal | int) and not isinstance(value, bool):
            found[name] = Decimal(value)
    return found


def _asked(session: Session, programme: Programme, title: Title, year: int) -> list[Asked]:
    """The appointments asked for in the year, each with the end of its period as it stands."""
    rules = programme.life.appointments
    since, until = clock.day_start(date(year, 1, 1)), clock.day_start(date(year + 1, 1, 1))
    ends_at = func.min(Deadline.ends_at).label("ends_at")
    rows = session.execute(
        select(Appointment.id, Appointment.answered_at, Appointment.overdue_at, Appointment.satisfaction, ends_at)
        .outerjoin(
            Deadline, and_(Deadline.case_id == Appointment.case_id, Deadline.period == (rules.period if rules else "")),
        )
        .where(Appointment.title_id == title.id, Appointment.requested_at >= since, Appointment.requested_at < until)
        .group_by(Appointment.id, Appointment.answered_at, Appointment.overdue_at, Appointment.satisfaction)
        .order_by(Appointment.id)
    ).all()
    return [Asked(row.ends_at or row.overdue_at, row.answered_at, row.satisfaction) for row in rows]


def _results(session: Session, title: Title, year: int) -> list[bool]:
    return list(session.scalars(
        select(Inspection.passed).where(
            Inspection.title_id == title.id, Inspection.passed.is_not(None),
            Inspection.inspected_on.between(date(year, 1, 1), date(year, 12, 31)),
        )
    ))
