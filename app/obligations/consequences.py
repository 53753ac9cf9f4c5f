"""What follows from reports that were missed in a row: sanctions proposed with their evidence, never more than that.

Lock order: the report's case, its title, its duty. A sanction that is proposed already has a case of its own, which is
told by a message when its evidence changes.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.audit import operations as audit
from app.cases import messages
from app.cases.models import Case, Deadline, Message
from app.obligations import planning, runs, schedule
from app.obligations.models import Duty
from app.obligations.runs import Report
from app.people.models import Unit
from app.programmes.life import Obligation
from app.programmes.queries import Programme
from app.sanctions import proposing
from app.sanctions.models import Sanction
from app.titles import changing
from app.titles.models import Title, TitleRecord

CHANGED = "misses_changed"
"""The message by which the case of a proposed sanction hears that what it was proposed for has changed."""
NO_LONGER = "连续漏报的情况已有变化"


def follow(session: Session, programme: Programme, duty: Duty, *, case_id: int, reason: str) -> None:
    """After a change of a duty: propose what the runs of its title's misses now ask for, and tell the cases of what was
    proposed before. The title is locked by the caller. Source: HBI-13.2, HBI-13.3, D9."""
    rule = programme.life.obligations[duty.obligation]
    if not rule.misses:
        return
    title = session.get_one(Title, duty.title_id)
    reports = reports_of(session, programme, rule, title)
    for one, run in runs.consequences(rule, reports):
        if run[-1].due_on >= duty.due_on:
            proposing.propose(
                session, title, key=one.sanction, cause=f"{rule.key}:{run[-1].period}",
                evidence=list(evidence(rule, run)), from_case_id=case_id,
            )
    _tell(session, rule, title, duty, reports, case_id=case_id, reason=reason)


def reports_of(session: Session, programme: Programme, rule: Obligation, title: Title) -> list[Report]:
    """All reports of a title, in due order: those of the register, and those that were due before it. Of the latter a
    miss is on record (TitleRecord); what isn't was in order and ends a run."""
    region = session.scalar(select(Unit.region_code).where(Unit.id == title.holder_id)) or programme.authority.region
    rows = session.execute(
        select(Duty, Case.number).join(Case, Duty.case_id == Case.id)
        .where(Duty.title_id == title.id, Duty.obligation == rule.key).order_by(Duty.due_on)
    ).all()
    last_days = _last_days(session, [duty.case_id for duty, _number in rows], rule.period)
    known = [
        Report(duty.period, duty.due_on, duty.status, last_days.get(duty.case_id, duty.due_on), number)
        for duty, number in rows
    ]
    return [*_before(session, programme, rule, title, region), *known]


def evidence(rule: Obligation, run: Sequence[Report]) -> Iterator[dict[str, str]]:
    """What a sanction is proposed on, for its record: which report, its last day, its case."""
    for report in run:
        what = {"missed": "未报送", "late": "逾期报送"}[report.status]
        where = "" if report.case else "（登记入名录以前）"
        yield {"what": f"{rule.name} {report.period} 期{what}{where}", "on": report.until.isoformat(),
               "case": report.case}


def hear(session: Session, message: Message) -> None:
    """The case of a proposed sanction hears that the misses have changed: its evidence is written anew, with a note
    where the run no longer holds. It is for the person who decides to drop it."""
    sanction = proposing.of_case(session, message.to_case_id)
    if sanction is None or sanction.status != "proposed":
        return
    title = session.get_one(Title, sanction.title_id)
    programme = changing.programme_of(session, title)
    key, _, period = sanction.cause.partition(":")
    rule = programme.life.obligations[key]
    run = _run_at(rule, reports_of(session, programme, rule, title), period)
    wanted = next((one.in_a_row for one in rule.misses if one.sanction == sanction.key), 0)
    found = list(evidence(rule, run))
    if len(run) != wanted:
        note = f"{NO_LONGER}：{message.payload['reason']}现为连续 {len(run)} 期，提出时为 {wanted} 期"
        found.append({"what": note, "on": clock.today().isoformat(), "case": str(message.payload["case"])})
    sanction.evidence = found
    session.flush()
    audit.record(
        session, chain=f"case:{message.to_case_id}", verb="misses_changed", person_id=None, person_name="系统",
        unit_name="",
        details={"reason": str(message.payload["reason"]), "in_a_row": len(run), "wanted": wanted,
                 "clause": sanction.clause},
    )


def _tell(
    session: Session, rule: Obligation, title: Title, duty: Duty, reports: Sequence[Report], *, case_id: int,
    reason: str,
) -> None:
    """Tell the cases of undecided sanctions whose run is no longer as long as it was, and those that were told so and
    now have it again."""
    wanted = {one.sanction: one.in_a_row for one in rule.misses}
    proposed = session.execute(
        select(Sanction.key, Sanction.cause, Sanction.case_id, Sanction.evidence).where(
            Sanction.title_id == title.id, Sanction.status == "proposed", Sanction.case_id.is_not(None),
            Sanction.key.in_(wanted), Sanction.cause.startswith(f"{rule.key}:", autoescape=True),
        )
    ).all()
    number = session.scalar(select(Case.number).where(Case.id == case_id)) or ""
    letters = []
    for row in proposed:
        run = _run_at(rule, reports, row.cause.partition(":")[2])
        if list(evidence(rule, run)) != list(row.evidence):
            letters.append({
                "to_case_id": row.case_id, "key": f"{row.case_id}:{duty.id}:{duty.status}",
                "payload": {"reason": reason or f"{rule.name} {duty.period} 期{_STATUS.get(duty.status, '')}。",
                            "case": number},
            })
    messages.post(session, letters, name=CHANGED, sender=f"case:{case_id}", effective_at=clock.now())


_STATUS = {"late": "已补报", "missed": "登记为漏报", "excused": "已准予免计"}


def _run_at(rule: Obligation, reports: Sequence[Report], period: str) -> tuple[Report, ...]:
    return next((run for run in runs.runs(rule, reports) if run[-1].period == period), ())


def _before(
    session: Session, programme: Programme, rule: Obligation, title: Title, region: str
) -> Iterator[Report]:
    """What was due before the register knew the title, from the first miss on record. Misses are written by their due
    day, or by the day to which it rolled."""
    recorded = [
        date.fromisoformat(period) for period in session.scalars(
            select(TitleRecord.period).where(TitleRecord.title_id == title.id, TitleRecord.kind == "miss")
        )
    ]
    if not recorded:
        return
    began = clock.local(changing.events_of(session, title.id)[0].recorded_at).date()
    for due in schedule.due_between(rule, schedule.due_before(rule, min(recorded)), began):
        last = planning.last_day(programme, rule, due, region)
        missed = due in recorded or last in recorded
        yield Report(due.isoformat(), due, runs.MISSED if missed else runs.DONE, last)


def _last_days(session: Session, case_ids: Sequence[int], period: str) -> dict[int, date]:
    rows = session.execute(
        select(Deadline.case_id, Deadline.last_day)
        .where(Deadline.case_id.in_(case_ids), Deadline.period == period).order_by(Deadline.id)
    )
    return {row.case_id: row.last_day for row in rows}
