"""Reports that a recommending unit owes about its platforms (an obligation whose reporter is the recommender): one case
for each unit that recommended the holder of a title which was in force in the time that the report covers.

A LifeDue row "programme:KEY" waits for each period; it lets a row of each unit fall due, which opens the unit's case.
Nothing follows by itself from a miss. Source: NAT-21.1, D34.
"""

from datetime import date

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from app import clock, db, workdays
from app.audit import operations as audit
from app.cases import operations as cases
from app.cases.models import Case, Deadline
from app.cases.words import Place
from app.errors import Refused
from app.obligations import schedule
from app.obligations.models import UnitDuty
from app.people import queries as people
from app.people.models import Unit
from app.programmes import queries as programmes
from app.programmes.life import Obligation
from app.programmes.queries import Programme
from app.titles import changing, life, recommending, standing
from app.titles.models import LifeDue, Title, TitleEvent

KIND, OF_UNIT = "unit_reports", "unit_report"
"""Kinds of due rows: a period of an obligation, and one unit's report for it."""
RECOMMENDER = "recommender"


@changing.on_change
def follow(session: Session, title: Title, event: TitleEvent) -> None:
    """From a programme's first title on, its recommenders' reports are planned; hears of every title's beginning."""
    if event.kind not in standing.BEGINNINGS:
        return
    programme = changing.programme_of(session, title)
    for rule in owed(programme):
        if not _is_planned(session, programme, rule):
            _plan(session, programme, rule,
                  schedule.first_due(rule, begin=max(title.granted_on, clock.today()), today=clock.today()))


def owed(programme: Programme) -> list[Obligation]:
    """The obligations of a programme whose reports its recommenders owe."""
    return [rule for rule in programme.life.obligations.values() if rule.reporter == RECOMMENDER]


@life.handler(KIND)
def let_units_report(session: Session, row: LifeDue) -> None:
    """Let each unit's report fall due, and plan the next period."""
    programme = programmes.latest(session, row.programme)
    key, _, written = row.key.partition(":")
    rule = programme.life.obligations.get(key)
    if rule is None:
        return
    due = date.fromisoformat(written)
    for unit_id in sorted(recommenders(session, programme, *schedule.covers(rule, due))):
        life.plan(session, subject=f"unit:{unit_id}", programme=programme.key, kind=OF_UNIT,
                  key=f"{programme.key}:{row.key}", on=clock.local(row.due_at).date())
    _plan(session, programme, rule, schedule.next_due(rule, due))


@life.handler(OF_UNIT)
def open_report(session: Session, row: LifeDue) -> None:
    """Open one unit's case of one period: nobody applied for anything, and the recommender's tasks are the unit's."""
    programme = programmes.latest(session, row.programme)
    _, key, written = row.key.split(":")
    rule, due = programme.life.obligations[key], date.fromisoformat(written)
    unit = session.get_one(Unit, int(row.subject.removeprefix("unit:")))
    since, until = schedule.covers(rule, due)

    def owe(case: Case) -> None:
        session.add(UnitDuty(
            public_id=db.public_id(), unit_id=unit.id, programme=programme.key, obligation=rule.key,
            period=due.isoformat(), covers_from=since, covers_until=until, due_on=due, case_id=case.id, status="open",
        ))
        session.flush()

    row.case_id = cases.open_case(
        session, programme=programme, diagram=rule.diagram, title=f"{unit.name}：{rule.name}（{due.isoformat()} 期）",
        region_code=unit.region_code or programme.authority.region, applicant_id=None,
        by=people.the_system(changing.authority_unit(session, programme)), recommender_id=unit.id,
        dates={"due": due.isoformat()}, before_start=owe,
    ).id


def recommenders(session: Session, programme: Programme, since: date, until: date) -> set[int]:
    """The units that answered for titles in force on some day of a stretch: who recommended the holder, for a title
    that came in otherwise the department that stands in for its recommender, and of a title that was handed over each
    unit that answered for it on some day. Source: NAT-20.3, NAT-21.1."""
    ended = exists().where(
        TitleEvent.title_id == Title.id, TitleEvent.kind.in_(standing.ENDS), TitleEvent.effective_on < since
    )
    counted = (Title.programme == programme.key, Title.granted_on <= until,
               or_(Title.status.not_in(standing.ENDS), ~ended))
    handed = recommending.was_handed_over()
    rows = session.execute(
        select(Case.recommender_id, Unit.region_code).select_from(Title)
        .join(Case, Title.case_id == Case.id).join(Unit, Title.holder_id == Unit.id)
        .where(*counted, ~handed)
    ).all()
    found = {chosen for chosen, _ in rows if chosen is not None}
    tier = programme.tier_of(RECOMMENDER)
    for region in {code for chosen, code in rows if chosen is None and code}:
        found.add(people.resolve_unit(
            session, tier=tier, region_code=region, role="clerk", body=programme.authority.body
        )[0])
    for title in session.scalars(select(Title).where(*counted, handed)).all():
        found |= set(recommending.answered(session, programme, title, since=since, until=until))
    return found


def record_report(session: Session, place: Place) -> str:
    """登记推荐单位的报送: done in time, late after the last day; nobody is late by a provisional day."""
    duty = _of_case(session, place)
    last = _deadline(session, place, duty)
    over = last is not None and not last.provisional and place.at >= last.ends_at
    duty.filed_at, duty.status = place.at, "late" if over else "done"
    session.flush()
    _record(session, place, duty, "record_report")
    return duty.status


def record_miss(session: Session, place: Place) -> str:
    """登记推荐单位未报送: the last day is over; by a provisional day nothing is recorded."""
    duty = _of_case(session, place)
    last = _deadline(session, place, duty)
    if duty.status == "open" and last is not None and not last.provisional:
        duty.status, duty.missed_at = "missed", last.ends_at
        session.flush()
    _record(session, place, duty, "record_miss")
    return duty.status


def _of_case(session: Session, place: Place) -> UnitDuty:
    found = session.scalars(
        select(UnitDuty).where(UnitDuty.case_id == place.case.id).with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise Refused("此办件不是推荐单位的报送办件，不能登记报送。")
    return found


def _deadline(session: Session, place: Place, duty: UnitDuty) -> Deadline | None:
    period = place.programme.life.obligations[duty.obligation].period
    return session.scalars(
        select(Deadline).where(Deadline.case_id == place.case.id, Deadline.period == period)
        .order_by(Deadline.id.desc()).limit(1)
    ).first()


def _plan(session: Session, programme: Programme, rule: Obligation, due: date) -> None:
    opens = programme.periods[rule.opens].period
    assert opens is not None
    on = schedule.opening_day(opens, due, workdays.calendar_for(programme.authority.region))
    life.plan(session, subject=f"programme:{programme.key}", programme=programme.key, kind=KIND,
              key=f"{rule.key}:{due.isoformat()}", on=on)


def _is_planned(session: Session, programme: Programme, rule: Obligation) -> bool:
    return bool(session.scalar(select(exists().where(
        LifeDue.subject == f"programme:{programme.key}", LifeDue.kind == KIND, LifeDue.status == "waiting",
        LifeDue.key.startswith(f"{rule.key}:", autoescape=True),
    ))))


def _record(session: Session, place: Place, duty: UnitDuty, verb: str) -> None:
    audit.record(
        session, chain=f"case:{place.case.id}", verb=verb, person_id=place.person_id,
        person_name=people.person_name(session, place.person_id) if place.person_id else "系统", unit_name="",
        details={"obligation": duty.obligation, "period": duty.period, "status": duty.status}, legal_at=place.at,
    )
