"""Opening reports: the next one of each title waits as a due row; the worker opens its case and plans the one after."""

from datetime import date

from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.orm import Session

from app import clock, db, workdays
from app.cases.models import Case
from app.db import Statement
from app.obligations import schedule
from app.obligations.models import Duty
from app.people.models import Unit
from app.programmes.life import Obligation
from app.programmes.queries import Programme
from app.titles import changing, life, standing
from app.titles.models import LifeDue, Title, TitleEvent

KIND = "report"
HOLDER = "holder"
PAUSED = "paused"
_REGION_OF = Statement(select(Unit.region_code).where(Unit.id == bindparam("unit")))
_DUTY_OF = Statement(
    select(Duty.id).where(
        Duty.title_id == bindparam("title"), Duty.obligation == bindparam("obligation"),
        Duty.period == bindparam("period"),
    )
)
OPENED_TOO_LATE = "开放报送时期限已过，不计漏报"


def owed(programme: Programme, title: Title) -> list[Obligation]:
    """What a title owes: all obligations of its release that a holder reports; none where it came in directly and the
    programme says so."""
    entry = programme.settings.direct_entry
    if title.basis == "entered" and entry is not None and not entry.obligations:
        return []
    return [rule for rule in programme.life.obligations.values() if rule.reporter == HOLDER]


@changing.on_change
def follow(session: Session, title: Title, event: TitleEvent) -> None:
    """Hears of every event: what a title that ended still had open is void; one that stands has its next report planned
    (also after a renewal, a stay, a new release)."""
    if title.status in standing.ENDS:
        session.execute(
            update(Duty).where(Duty.title_id == title.id, Duty.status == "open").values(status="void")
            .execution_options(synchronize_session=False)
        )
        return
    programme = changing.programme_of(session, title)
    for rule in owed(programme, title):
        if not _is_planned(session, title, rule):
            _plan_first(session, title, programme, rule, event)


@life.handler(KIND)
def open_report(session: Session, row: LifeDue) -> None:
    """Open the case of one report, with its duty, and plan the next. Once: a duty is unique by title and period.

    While the title is suspended and reports are paused no case opens. Source: HBI-13.1, D15.
    """
    assert row.title_id is not None
    title = changing.locked(session, row.title_id)
    programme = changing.programme_of(session, title)
    key, _, written = row.key.partition(":")
    rule, due = programme.life.obligations.get(key), date.fromisoformat(written)
    if rule is None or title.status in standing.ENDS:
        return
    is_paused = programme.life.while_suspended == PAUSED and suspended_on(session, title, clock.today())
    if not is_paused and not _has_duty(session, title, rule, due):
        row.case_id = _open(session, title, programme, rule, due).id
    plan(session, title, programme, rule, schedule.next_due(rule, due))


def plan(session: Session, title: Title, programme: Programme, rule: Obligation, due: date) -> None:
    """Let the case of the report due on a day open in good time before it."""
    region = db.send(session, _REGION_OF, {"unit": title.holder_id}).scalar() or programme.authority.region
    opens = programme.periods[rule.opens].period
    assert opens is not None
    on = schedule.opening_day(opens, due, workdays.calendar_for(region))
    life.plan_for(session, title, kind=KIND, key=f"{rule.key}:{due.isoformat()}", on=on)


def suspended_on(session: Session, title: Title, day: date) -> bool:
    """Whether a title was suspended on a day, by all that is recorded now."""
    state = standing.fold(changing.events_of(session, title.id), on=day, valid_until=title.valid_until)
    return state is not None and "suspended" in state.marks


def _open(session: Session, title: Title, programme: Programme, rule: Obligation, due: date) -> Case:
    since, until = schedule.covers(rule, due)

    def owe(case: Case) -> None:
        # Nobody misses what could not be filed: the case opens when its last day is over (after a standstill).
        over = clock.today() > last_day(programme, rule, due, case.region_code)
        session.add(Duty(
            public_id=db.public_id(), title_id=title.id, programme=programme.key, obligation=rule.key,
            period=due.isoformat(), covers_from=max(since, min(title.granted_on, until)), covers_until=until,
            due_on=due, case_id=case.id, status="excused" if over else "open",
            excuse=OPENED_TOO_LATE if over else "", excused_at=clock.now() if over else None,
        ))
        session.flush()

    return changing.open_about(
        session, title, diagram=rule.diagram, name=f"{rule.name}（{due.isoformat()} 期）",
        dates={"due": due.isoformat()}, before_start=owe,
    )


def last_day(programme: Programme, rule: Obligation, due: date, region_code: str) -> date:
    """The last day on which the report due on a day can be filed: the due day as it rolls."""
    period, start = programme.periods[rule.period].on({"due": due.isoformat()})
    return workdays.deadline(period, start, workdays.calendar_for(region_code)).last_day


def _plan_first(session: Session, title: Title, programme: Programme, rule: Obligation, event: TitleEvent) -> None:
    """The next report from today on. A title that came in by hand is treated as one that began when the register
    learned of it: its reports of before were handed in elsewhere."""
    begin, today = title.granted_on, clock.today()
    if event.kind == "imported" or (event.kind in standing.BEGINNINGS and rule.begins == "entered_on"):
        begin = max(begin, today)
    plan(session, title, programme, rule, schedule.first_due(rule, begin=begin, today=today))


def _is_planned(session: Session, title: Title, rule: Obligation) -> bool:
    waits = exists().where(
        LifeDue.subject == life.subject_of(title), LifeDue.kind == KIND, LifeDue.status == "waiting",
        LifeDue.key.startswith(f"{rule.key}:", autoescape=True),
    )
    return bool(session.scalar(select(waits)))


def _has_duty(session: Session, title: Title, rule: Obligation, due: date) -> bool:
    values = {"title": title.id, "obligation": rule.key, "period": due.isoformat()}
    return db.send(session, _DUTY_OF, values).first() is not None
