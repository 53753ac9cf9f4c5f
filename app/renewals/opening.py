"""Opening: what falls due before the end of a title, and the cases that come of it."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, db, workdays
from app.audit import operations as audit
from app.cases import deadlines, messages, steps
from app.cases.models import Case, Deadline, Message
from app.people.models import Unit
from app.programmes import queries as programmes
from app.programmes.life import RenewalRules
from app.programmes.period_rules import DUE
from app.programmes.queries import Programme
from app.renewals.models import Renewal
from app.titles import changing, life, standing
from app.titles.models import LifeDue, Title, TitleEvent

RENEWAL, NOTICE, REFUSED_END = "renewal", "expiry_notice", "renewal_end"
"""Kinds of due rows: a renewal opens, an end is announced, a title that wasn't renewed ends."""
SELF_ASSESSMENT, APPLY_AGAIN, BATCH_REVIEW = "self_assessment", "apply_again", "batch_review"
"""Kinds of renewal that say more than that there is none. batch_review opens with the yearly call, not here."""
END_MOVED = "title_end_moved"
"""The message by which the case of a renewal hears that its title's last day was corrected."""
LOST = frozenset({"failed", "not_filed"})
_PLANS_ANEW = standing.BEGINNINGS | {"renewed", "extended", "corrected", "moved"}
_STANDS_AGAIN = frozenset({"stayed", "annulled"})


@changing.on_change
def plan(session: Session, title: Title, event: TitleEvent) -> None:
    """Plan what comes before the end of a title whose last day was set or moved. A title whose renewal at this end was
    refused already only ends. Source: HBI-12."""
    again = event.kind in _STANDS_AGAIN and _was_dropped(session, title)
    if not (again or event.kind in _PLANS_ANEW) or title.status in standing.ENDS:
        return
    life.drop(session, life.subject_of(title), kinds=(RENEWAL, NOTICE, REFUSED_END))
    rules = changing.programme_of(session, title).life.renewal
    if title.valid_until is None or rules is None or rules.kind == BATCH_REVIEW:
        return
    renewal = undecided_or_lost(session, title)
    if renewal is not None and renewal.ends_on != title.valid_until:  # a correction moved the end at stake
        renewal.ends_on = title.valid_until
        session.flush()
        messages.post(
            session, [{"to_case_id": renewal.case_id, "key": f"{title.id}:{event.seq}",
                       "payload": {"valid_until": title.valid_until.isoformat()}}],
            name=END_MOVED, sender=f"case:{event.case_id}", effective_at=clock.now(),
        )
    if renewal is not None and renewal.status in LOST:
        plan_end(session, title, renewal, key=str(event.seq))
    if renewal is not None:
        return
    programme = changing.programme_of(session, title)
    if is_renewable(programme, title):
        _plan(session, title, event, RENEWAL, opens_on(session, programme, title))
    elif (day := _notice_on(session, programme, rules, title)) is not None:
        _plan(session, title, event, NOTICE, day)


@life.handler(RENEWAL)
def open_renewal(session: Session, row: LifeDue) -> None:
    """Open the renewal of a title, once for an end. Its holder is told by the case."""
    title = changing.locked(session, row.title_id)
    if title.status in standing.ENDS or str(title.valid_until) != row.payload["valid_until"]:
        return
    programme = changing.programme_of(session, title)
    if not is_renewable(programme, title) or of_end(session, title) is not None:
        return
    rules, until = programme.life.renewal, title.valid_until
    dates = {DUE: until.isoformat(), "title.valid_until": until.isoformat()}
    made = Renewal(
        public_id=db.public_id(), title_id=title.id, programme=title.programme, case_id=0, ends_on=until,
        opens_on=clock.today(), window_until=_window(session, programme, title, dates),
    )

    def tie(case: Case) -> None:
        made.case_id = case.id
        session.add(made)
        session.flush()

    case = changing.open_about(
        session, title, diagram=rules.diagram, name=f"期满延续 {until}", before_start=tie, at=row.due_at,
        dates=dates,
    )
    row.case_id = case.id
    session.flush()


@life.handler(NOTICE)
def announce_end(session: Session, row: LifeDue) -> None:
    """Tell the holder, its city and the authority that a title ends soon: by letters of a case of their own."""
    title = changing.locked(session, row.title_id)
    if title.status in standing.ENDS or str(title.valid_until) != row.payload["valid_until"]:
        return
    rules = changing.programme_of(session, title).life.renewal
    if rules is not None:
        case = changing.open_about(
            session, title, diagram=rules.notice_diagram, name=f"到期提示 {title.valid_until}", at=row.due_at
        )
        row.case_id = case.id
        session.flush()


@life.handler(REFUSED_END)
def end(session: Session, row: LifeDue) -> None:
    """End a title that wasn't renewed, with what decided so."""
    title = changing.locked(session, row.title_id)
    renewal = of_end(session, title)
    if title.status not in standing.ENDS and renewal is not None and renewal.status in LOST:
        record_end(session, title, renewal)


def plan_end(session: Session, title: Title, renewal: Renewal, *, key: str = "") -> None:
    """Let a title that isn't renewed end on the day after its last; at once where that has come. The title is locked;
    `key` tells a second plan from the first."""
    if clock.today() > renewal.ends_on:
        record_end(session, title, renewal)
        return
    life.plan_for(session, title, kind=REFUSED_END, key=f"{renewal.id}:{key}",
                  on=workdays.day_after(renewal.ends_on))


def record_end(session: Session, title: Title, renewal: Renewal) -> None:
    """The end of a title that wasn't renewed, effective on the day after its last day. The title is locked."""
    programme = changing.programme_of(session, title)
    changing.record(
        session, title, "expired", case_id=renewal.case_id, clause=programme.life.renewal.clause,
        effective_on=workdays.day_after(renewal.ends_on), decision=renewal.decision, reason=renewal.reason,
        document_id=renewal.document_id,
    )


def is_renewable(programme: Programme, title: Title) -> bool:
    """Whether a title is renewed by assessment: not one that was entered on the strength of another, where the
    programme says so. Source: HBI-10."""
    rules, entry = programme.life.renewal, programme.settings.direct_entry
    if rules is None or rules.kind != SELF_ASSESSMENT or title.valid_until is None:
        return False
    return title.basis != "entered" or entry is None or entry.renewable


def opens_on(session: Session, programme: Programme, title: Title) -> date:
    """The day on which the renewal of a title opens: counted back from its last day, or the day after it."""
    rules = programme.life.renewal
    if rules.opens is None:
        return workdays.day_after(title.valid_until)
    return _counted(session, programme, rules.opens, title)


def of_end(session: Session, title: Title) -> Renewal | None:
    """The renewal at the title's present end, if one was opened."""
    return session.scalar(
        select(Renewal).where(Renewal.title_id == title.id, Renewal.ends_on == title.valid_until)
    )


def undecided_or_lost(session: Session, title: Title) -> Renewal | None:
    """The renewal of a title that is under way, or that was refused while the title still runs."""
    return session.scalar(
        select(Renewal).where(Renewal.title_id == title.id, Renewal.status.in_(("open", "filed", *LOST)))
        .order_by(Renewal.id.desc()).limit(1)
    )


def window_is_open(session: Session, renewal: Renewal, programme: Programme) -> bool:
    """Whether the period for filing still runs: by the deadline of its case, as it is now."""
    last = session.execute(
        select(Deadline.status, Deadline.ends_at)
        .where(Deadline.case_id == renewal.case_id, Deadline.period == (programme.life.renewal.window or ""))
        .order_by(Deadline.id.desc()).limit(1)
    ).one_or_none()
    return last is not None and (last.status in deadlines.STILL or last.ends_at > clock.now())


def hear_of_moved_end(session: Session, message: Message) -> None:
    """The case of a renewal learns that the title's last day was corrected; runs in the message's transaction, which
    holds the case."""
    case = session.get_one(Case, message.to_case_id)
    if case.status != "open":
        return
    until = str(message.payload["valid_until"])
    case.dates = {**case.dates, DUE: until, "title.valid_until": until}
    session.flush()
    programme = programmes.programme(session, case.release_id)
    row = steps.read(session, case.id)
    moved = deadlines.move_dates(session, row, programme.periods)
    renewal = session.scalars(select(Renewal).where(Renewal.case_id == case.id)).one()
    title = session.get_one(Title, renewal.title_id)
    renewal.window_until = _window(session, programme, title, case.dates, since=renewal.opens_on)
    session.flush()
    audit.record(
        session, chain=f"case:{case.id}", verb="move_title_end", person_id=None, person_name="系统", unit_name="",
        details={"valid_until": until, "moved": [f"{programme.periods[key].name} {old} → {new}"
                                                  for key, old, new in moved]},
    )


def _window(
    session: Session, programme: Programme, title: Title, dates: Mapping[str, str], *, since: date | None = None
) -> date | None:
    """The last day for filing in a case with these dates that opens on a day (today); None without a window."""
    rule = programme.periods.get(programme.life.renewal.window or "")
    if rule is None:
        return None
    period, start = rule.for_case(dates, since or clock.today())
    return workdays.deadline(period, start, _calendar(session, programme, title)).last_day


def _was_dropped(session: Session, title: Title) -> bool:
    """Whether what comes before the title's end, which hasn't passed, was dropped with the title when that ended: so
    that a stay or an annulment lets it come after all."""
    rows = session.scalars(
        select(LifeDue.status).where(
            LifeDue.subject == life.subject_of(title), LifeDue.kind.in_((RENEWAL, NOTICE)),
            LifeDue.key.startswith(f"{title.valid_until}:", autoescape=True),
        )
    ).all()
    return title.valid_until is not None and title.valid_until >= clock.today() and set(rows) == {"gone"}


def _plan(session: Session, title: Title, event: TitleEvent, kind: str, on: date) -> None:
    life.plan_for(
        session, title, kind=kind, key=f"{title.valid_until}:{event.seq}", on=max(on, clock.today()),
        payload={"valid_until": title.valid_until.isoformat()},
    )


def _notice_on(session: Session, programme: Programme, rules: RenewalRules, title: Title) -> date | None:
    period = rules.notice or rules.opens
    return _counted(session, programme, period, title) if period else None


def _counted(session: Session, programme: Programme, period: str, title: Title) -> date:
    rule = programme.periods[period].period
    return workdays.deadline(rule, title.valid_until, _calendar(session, programme, title)).last_day


def _calendar(session: Session, programme: Programme, title: Title) -> workdays.Calendar:
    region = session.scalar(select(Unit.region_code).where(Unit.id == title.holder_id))
    return workdays.calendar_for(region or programme.authority.region)
