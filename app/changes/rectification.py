"""整改: opened by other cases about a title, worked off by its holder, accepted by who guides it, or over its time.

The period runs from the day on which the holder was told and goes on through every step of the holder's: app.cases has
its stops and extensions. Nothing follows from a provisional day. Source: NAT-21.2, NAT-21.3, HUB-18.1, HUB-18.4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, db, workdays
from app.audit import operations as audit
from app.cases import deadlines
from app.cases import queries as cases
from app.cases.models import Case, Deadline
from app.cases.steps import CaseRow
from app.cases.words import Place
from app.changes import suspending
from app.changes.models import Rectification
from app.errors import Refused
from app.notices import operations as notices
from app.people import queries as people
from app.people.queries import Identity
from app.programmes.life import RectificationRules
from app.sanctions import proposing
from app.titles import changing
from app.titles.models import Title


def open(  # noqa: A001 - read as rectification.open
    session: Session, title: Title, *, cause: str, what: str, evidence: Sequence[Mapping[str, str]] = (),
    from_case_id: int | None = None, by: Identity | None = None, at: datetime | None = None,
) -> Rectification:
    """Open a rectification of a title, its row locked by the caller: the holder is told, and the title is suspended
    from that day where the programme says so.

    `cause` names what it is for ("evaluation:2026"): the same one again returns the row that is open. `what` says it in
    words, `evidence` is a list of {"what", "on", "case"}. Raises Refused where the programme has no rectification, or
    the title has ended.
    """
    programme = changing.programme_of(session, title)
    rules = programme.life.rectification
    if rules is None:
        raise Refused("本项目没有规定整改。")
    found = session.scalar(
        select(Rectification).where(
            Rectification.title_id == title.id, Rectification.cause == cause, Rectification.status == "open"
        )
    )
    if found is not None:
        return found
    at = at or clock.now()

    def tie(case: Case) -> None:
        session.add(Rectification(
            public_id=db.public_id(), title_id=title.id, programme=title.programme, case_id=case.id, cause=cause,
            from_case_id=from_case_id, what=what, clause=rules.clause, evidence=[dict(one) for one in evidence],
            opened_at=at, suspended=rules.suspends,
        ))
        session.flush()
        if rules.suspends:
            suspending.suspend(
                session, title, case_id=case.id, clause=rules.clause, on=clock.local(at).date(), at=at,
                reason=f"整改：{what}", person_id=by.person_id if by else None,
            )

    case = changing.open_about(
        session, title, diagram=rules.diagram, name="整改", by=by, at=at, before_start=tie, about_id=from_case_id
    )
    return _row(session, case.id)


def say_open(session: Session, place: Place) -> None:
    """The word open_rectification: a rectification of the case's title, for what the case found."""
    if place.case.title_id is None:
        raise Refused("与称号无关的办件不能发起整改。")
    title = changing.locked(session, place.case.title_id)
    said = [values for values in cases.all_answers(session, place.case.id) if values.get("opinion")]
    reason = str(said[-1]["opinion"]) if said else ""
    day = clock.local(place.at).date().isoformat()
    open(
        session, title, cause=f"case:{place.case.id}", from_case_id=place.case.id, at=place.at,
        what=place.parameters.get("what") or reason or place.case.title,
        evidence=[{"what": reason or place.case.title, "on": day, "case": place.case.number}],
    )


def tell(session: Session, place: Place) -> str:
    """通知整改: serve the notice with what must be put right; the period runs from its service. Returns its number."""
    row, rules = _row(session, place.case.id), _rules(place)
    said = [row.what, *(f"{one['what']}（{one['on']}）" for one in row.evidence if one["what"] != row.what)]
    parameters = {**place.parameters, "period": rules.period, "clause": rules.clause, "reason": "；".join(said),
                  "to": "holder"}
    return notices.serve_notice(session, replace(place, parameters=parameters))


def accept(session: Session, place: Place) -> str:
    """通过验收: the rectification is over, and a title that was suspended because of it is restored, its last day
    unchanged. Returns restored, or accepted where nothing was to be restored or something else still suspends it."""
    title, rules = changing.locked(session, place.case.title_id), _rules(place)
    row, answers = _row(session, place.case.id), cases.all_answers(session, place.case.id)[-1]
    _look(session, row, rules)
    row.status, row.closed_at, row.decision = "accepted", place.at, str(answers.get("document_number") or "")
    session.flush()
    restored = row.suspended and suspending.lift(
        session, title, case_id=place.case.id, clause=rules.clause, on=clock.local(place.at).date(),
        decision=row.decision, reason=f"整改验收合格：{row.what}", at=place.at, person_id=place.person_id,
    )
    _record(session, place, "accept_rectification", row)
    return "restored" if restored else "accepted"


def run_out(session: Session, place: Place) -> str:
    """逾期: propose the programme's sanction, with the notice and the last day as evidence. Returns proposed, or
    provisional where the last day may still move: then nothing is proposed, and the authority looks at the day."""
    title, rules = changing.locked(session, place.case.title_id), _rules(place)
    row = _row(session, place.case.id)
    ran = _look(session, row, rules)
    by_hand = place.person_id is not None
    if ran is not None and ran.provisional and not by_hand:
        return "provisional"
    row.status, row.closed_at = "out_of_time", place.at
    session.flush()
    day = workdays.last_day_words(row.due_on, ran.provisional) if ran is not None else ""
    proposing.propose(
        session, title, key=_sanction(session, rules, row), cause=f"case:{place.case.id}", from_case_id=place.case.id,
        at=place.at,
        evidence=[
            {"what": f"整改事由：{row.what}", "on": row.started_on.isoformat() if row.started_on else "",
             "case": place.case.number},
            {"what": f"至 {day} 未通过验收", "on": clock.local(place.at).date().isoformat(), "case": place.case.number},
            *row.evidence,
        ],
    )
    _record(session, place, "rectification_out_of_time", row)
    return "proposed"


def _sanction(session: Session, rules: RectificationRules, row: Rectification) -> str:
    """The sanction for a rectification out of time: by what the case that opened it said, where the programme tells
    them apart. Source: HUB-18.1, HUB-18.4."""
    form, _, name = rules.by_field.partition(".")
    if not form or row.from_case_id is None:
        return rules.out_of_time
    said = cases.latest_answers(session, row.from_case_id).get(form, {}).get(name)
    return rules.by_cause.get(str(said), rules.out_of_time)


def ended(session: Session, case: CaseRow, _reason: str) -> None:
    """A rectification whose title has ended."""
    row = session.scalar(select(Rectification).where(Rectification.case_id == case.id, Rectification.status == "open"))
    if row is not None:
        row.status, row.closed_at = "ended", clock.now()
        session.flush()


def _look(session: Session, row: Rectification, rules: RectificationRules) -> Deadline | None:
    """The newest deadline of the rectification that has begun; its days are kept in the row."""
    found = session.scalars(
        select(Deadline)
        .where(Deadline.case_id == row.case_id, Deadline.period == rules.period,
               Deadline.status != deadlines.AWAITING)
        .order_by(Deadline.id.desc()).limit(1)
    ).first()
    if found is not None:
        row.started_on, row.due_on = found.started_on, found.last_day
    return found


def _row(session: Session, case_id: int) -> Rectification:
    found = session.scalars(
        select(Rectification).where(Rectification.case_id == case_id).with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise Refused("整改由考核、评价等办件发起，不能单独发起。")
    return found


def _rules(place: Place) -> RectificationRules:
    rules = place.programme.life.rectification
    if rules is None:
        raise Refused("本项目没有规定整改。")
    return rules


def _record(session: Session, place: Place, verb: str, row: Rectification) -> None:
    audit.record(
        session, chain=f"case:{place.case.id}", verb=verb, person_id=place.person_id,
        person_name=people.person_name(session, place.person_id) if place.person_id else "系统", unit_name="",
        details={"what": row.what, "clause": row.clause, "decision": row.decision}, legal_at=place.at,
    )
