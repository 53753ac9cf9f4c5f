"""What a story expects of letters, of cases about a case, and of experts' scores."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from app import clock, db
from app.appointments.models import Appointment
from app.batches import shares
from app.batches.models import Batch
from app.cases import prefilling
from app.cases.models import Case, Task
from app.changes.models import ChangeReport
from app.evaluations.models import Grade, Sample
from app.experts.models import ExpertReview
from app.notices.models import Notice
from app.obligations.models import Duty, UnitDuty
from app.programmes import queries as programmes
from app.sanctions import circulars as public
from app.sanctions.models import Sanction
from app.stories import verbs
from app.stories.errors import StoryFails, same
from app.titles import bans, changing, standing
from app.titles.models import Ban

if TYPE_CHECKING:
    from app.stories.telling import Telling


def letters(told: "Telling", wanted: Mapping[str, Sequence[str]]) -> None:
    """The letters that each unit has got so far, by key, in the order in which they came."""
    with db.reading() as session:
        for unit, keys in wanted.items():
            found = session.scalars(
                select(Notice.letter).where(Notice.to_unit_id == told.units[unit]).order_by(Notice.id)
            ).all()
            same(f"“{unit}”收到的文书", list(found), list(keys))


def about(told: "Telling", wanted: Mapping[str, Sequence[str]]) -> None:
    """The open tasks of the cases about a unit's application, by name."""
    with db.reading() as session:
        for unit, names in wanted.items():
            case = told.application(session, unit)
            found = session.scalars(
                select(Task.name).join(Case, Task.case_id == Case.id)
                .where(Case.about_id == case.id, Task.status == "open")
            )
            same(f"与“{unit}”的办件有关的待办", sorted(found), sorted(names))


def score(told: "Telling", wanted: Mapping[str, str]) -> None:
    """The experts' score of a unit's application, as text with two decimals."""
    with db.reading() as session:
        for unit, points in wanted.items():
            case = told.application(session, unit)
            review = session.scalars(
                select(ExpertReview).where(ExpertReview.case_id == case.id).order_by(ExpertReview.id.desc()).limit(1)
            ).one_or_none()
            if review is None:
                raise StoryFails(f"“{unit}”没有专家评审")
            same(f"“{unit}”的专家评分", review.score, points)


def standing_on(told: "Telling", wanted: Mapping[str, Mapping[str, Any]]) -> None:
    """How each unit's title stood on days: "2026-03-01" -> status, by all that is recorded now."""
    with db.reading() as session:
        for unit, days in wanted.items():
            title = verbs.title_of(told, session, unit)
            events = changing.events_of(session, title.id)
            for day, status in days.items():
                began = changing.began_until(title, events)
                state = standing.fold(events, on=date.fromisoformat(str(day)), valid_until=began)
                same(f"“{unit}”的称号在 {day}", state.status if state else None, status)


def events(told: "Telling", wanted: Mapping[str, Sequence[str]]) -> None:
    """The events of each unit's title as "kind day clause", in the order in which they were recorded."""
    with db.reading() as session:
        for unit, lines in wanted.items():
            title = verbs.title_of(told, session, unit)
            found = [f"{e.kind} {e.effective_on} {e.clause}" for e in changing.events_of(session, title.id)]
            same(f"“{unit}”称号的变动", found, list(lines))


def banned(told: "Telling", wanted: Mapping[str, Any]) -> None:
    """The last day of each unit's ban; null for one that isn't banned, or whose ban is lifted or held."""
    with db.reading() as session:
        for unit, until in wanted.items():
            rows = session.scalars(select(Ban).where(Ban.unit_id == told.units[unit], Ban.lifted_on.is_(None)))
            found = max((ban.ends_on for ban in rows if not bans.held_now(ban)), default=None)
            same(f"“{unit}”的禁申期至", found and found.isoformat(), None if until is None else str(until))


def duties(told: "Telling", wanted: Mapping[str, Mapping[str, str]]) -> None:
    """What became of reports: unit -> period ("2026-03-15") -> status."""
    with db.reading() as session:
        for unit, periods in wanted.items():
            if told.story["units"][unit]["kind"] == "institution":
                title = verbs.title_of(told, session, unit)
                statement = select(Duty.period, Duty.status).where(Duty.title_id == title.id)
            else:
                statement = select(UnitDuty.period, UnitDuty.status).where(UnitDuty.unit_id == told.units[unit])
            found = dict(session.execute(statement).all())
            for period, status in periods.items():
                same(f"“{unit}”{period} 的报送", found.get(str(period)), status)


def sanctions(told: "Telling", wanted: Mapping[str, Sequence[str]]) -> None:
    """The sanctions against each unit as "key status", in the order in which they were proposed."""
    with db.reading() as session:
        for unit, lines in wanted.items():
            rows = session.scalars(
                select(Sanction).where(Sanction.unit_id == told.units[unit]).order_by(Sanction.id)
            )
            same(f"对“{unit}”的处理", [f"{row.key} {row.status}" for row in rows], list(lines))


def circulars(told: "Telling", wanted: Mapping[str, Sequence[str]]) -> None:
    """The circulars about each unit that anybody may read as "number day", in the order in which they were signed; with
    "changed" where they were held, annulled or corrected since."""
    with db.reading() as session:
        lines = public.circulars(session)[0]
        for unit, said in wanted.items():
            name = told.story["units"][unit]["name"]
            found = [f"{line.decision} {line.signed_on}{' changed' if line.changed else ''}"
                     for line in reversed(lines) if name in line.names]
            same(f"点名“{unit}”的通报", found, list(said))


def changes(told: "Telling", wanted: Mapping[str, Sequence[str]]) -> None:
    """The change reports of each unit's title as "kind day status", with in_time, late, or provisional."""
    with db.reading() as session:
        for unit, lines in wanted.items():
            title = verbs.title_of(told, session, unit)
            rows = session.scalars(
                select(ChangeReport).where(ChangeReport.title_id == title.id).order_by(ChangeReport.id)
            )
            found = [f"{row.kind} {row.changed_on} {row.status} {_timely(row)}" for row in rows]
            same(f"“{unit}”的变更报备", found, list(lines))


def _timely(row: ChangeReport) -> str:
    return "late" if row.late else "provisional" if row.provisional else "in_time"


def grades(told: "Telling", wanted: Mapping[str, Mapping[str, str]]) -> None:
    """The decided grades: unit -> year -> grade."""
    with db.reading() as session:
        for unit, years in wanted.items():
            title = verbs.title_of(told, session, unit)
            found = dict(session.execute(
                select(Grade.year, Grade.grade).where(Grade.title_id == title.id, Grade.status == "decided")
            ).all())
            for year, grade in years.items():
                same(f"“{unit}”{year} 年的等次", found.get(int(year)), grade)


def appointments(told: "Telling", wanted: Mapping[str, Sequence[str]]) -> None:
    """The appointments of each unit's title in the order of the requests: "status", or "status overdue" and the end of
    the period that passed ("2026-10-14 00:00")."""
    with db.reading() as session:
        for unit, lines in wanted.items():
            title = verbs.title_of(told, session, unit)
            rows = session.scalars(select(Appointment).where(Appointment.title_id == title.id).order_by(Appointment.id))
            found = [
                row.status + (f" overdue {clock.local(row.overdue_at):%Y-%m-%d %H:%M}" if row.overdue_at else "")
                for row in rows
            ]
            same(f"“{unit}”收到的预约", found, list(lines))


def samples(told: "Telling", wanted: Mapping[str, str]) -> None:
    """What was drawn for each stretch: "1/3" is one of three."""
    with db.reading() as session:
        rows = session.scalars(select(Sample).where(Sample.programme == told.programme))
        found = {row.period: f"{len(row.drawn)}/{len(row.population)}" for row in rows}
        for period, said in wanted.items():
            same(f"{period} 的抽查", found.get(period), said)


def quotas(told: "Telling", wanted: Mapping[str, str]) -> None:
    """What each recommending unit has used of the latest call: "2/3" is two of three, "2/-" two without a limit, " +1"
    one besides that doesn't count; several figures with "; " between."""
    for unit, line in _lines(told, wanted):
        used = "; ".join(f"{one.recommended}/{'-' if one.number is None else one.number}" for one in line.shares)
        same(f"“{unit}”的名额", used + (f" +{line.exempt}" if line.exempt else ""), wanted[unit])


def ranked(told: "Telling", wanted: Mapping[str, Sequence[str]]) -> None:
    """Whom each recommending unit recommends in the latest call, in its order."""
    names = {one["name"]: key for key, one in told.story["units"].items()}
    for unit, line in _lines(told, wanted):
        same(f"“{unit}”推荐的单位", [names[row.applicant] for row in line.rows], list(wanted[unit]))


def _lines(told: "Telling", wanted: Collection[str]) -> list[tuple[str, shares.Line]]:
    """How these units stand in the latest call that may limit."""
    with db.reading() as session:
        for batch in session.scalars(select(Batch).order_by(Batch.id.desc())):
            programme, rule = shares.rule_of(session, batch)
            if rule is not None:
                found = shares.units(session, programme, batch, rule)
                lines = {line.unit.id: line for line in shares.lines(session, programme, batch, rule, found)}
                return [(unit, lines[told.units[unit]]) for unit in wanted]
    raise StoryFails("没有设名额的批次")


def prefilled(told: "Telling", wanted: Mapping[str, Mapping[str, Any]]) -> None:
    """What the form of the open task of a unit's latest case begins with, beyond defaults; None: nothing."""
    with db.reading() as session:
        for unit, fields in wanted.items():
            case = told.application(session, unit)
            task = session.scalars(
                select(Task).where(Task.case_id == case.id, Task.status == "open").order_by(Task.id).limit(1)
            ).one()
            programme = programmes.programme(session, case.release_id)
            form = programme.specification(case.diagram).elements[task.element].properties["form"]
            found = prefilling.values(session, case.id, form)
            for key, value in fields.items():
                same(f"“{unit}”预填的 {key}", found.get(key), value)
