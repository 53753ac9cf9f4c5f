"""禁申期: who may not apply for a programme, until when, by which clause; imposing, holding and lifting one.

A ban follows the credit code, and from one institution to those that follow it (`Successor`), however many times. It
runs up to and including its last day.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, db, workdays
from app.audit import operations as audit
from app.cases import messages
from app.cases import operations as cases
from app.cases.models import Case, Message
from app.cases.words import Place
from app.errors import Invalid, Refused
from app.people import queries as people
from app.people.models import Unit
from app.programmes import queries as programmes
from app.programmes.life import BanRule
from app.programmes.queries import Programme
from app.titles.models import Ban, Successor, Title, TitleEvent

IMPOSED = "ban_imposed"
"""The message by which an open application hears of a ban that reaches its applicant; it ends."""
ENDED_AS = "禁申期内，申报终止"
APPLICATION = "application"
"""The diagram by which institutions apply: every programme has it."""


@dataclass(frozen=True)
class Length:
    """How long a ban lasts by its rule: its last day, and how that was computed, as text."""

    until: date
    explained: str


def length(programme: Programme, rule: BanRule, starts_on: date, region_code: str) -> Length:
    """The least that a ban of this rule lasts that starts on a day. Source: HBI-13.3, HBI-15."""
    return _length(programme, rule.period, starts_on, region_code)


def _length(programme: Programme, key: str, starts_on: date, region_code: str) -> Length:
    period = programme.periods[key].period
    assert period is not None
    found = workdays.explain(period, starts_on, workdays.calendar_for(region_code))
    return Length(found.deadline.last_day, "；".join(step.words for step in found.steps))


def impose(
    session: Session, place: Place, title: Title, rule: BanRule, decided_on: date, longer_until: date | None = None,
    *, decision: str = "", field: str = "ban_until",
) -> Ban:
    """Ban the holder of a title from its programme: from `decided_on` (the day from which the rule lets it start: of
    the decision, or of its delivery) through the period's last day, or `longer_until` where the rule lets the decision
    set one. `decision` is the number of its document, `field` where a form asks for the day.

    Its open applications in the programme, and those of who follows it, are told and end. Raises Invalid at `field` for
    a day before the period's end, and for any other than it where the rule sets the length.
    """
    programme = place.programme
    holder = session.scalars(select(Unit).where(Unit.id == title.holder_id).with_for_update(key_share=True)).one()
    least = length(programme, rule, decided_on, place.case.region_code)
    until = longer_until or least.until
    if until < least.until:
        said = f"禁申期自 {decided_on} 起至少到 {least.until}（{rule.clause}），不能定为更早的 {until}。"
        raise Invalid({field: [said]})
    if until > least.until and not rule.may_be_longer:
        raise Invalid({field: [f"禁申期到 {least.until} 为止（{rule.clause}），决定不能另行延长。"]})
    explained = least.explained + (f"；决定延长至 {until}" if until > least.until else "")
    ban = Ban(
        public_id=db.public_id(), programme=title.programme, unit_id=holder.id, credit_code=holder.credit_code or "",
        title_id=title.id, case_id=place.case.id, clause=rule.clause, decision=decision, period=rule.period,
        starts_on=decided_on, least_until=least.until, ends_on=until, explained=explained, held=[],
        recorded_at=clock.now(),
    )
    session.add(ban)
    session.flush()
    _record(session, ban, "impose_ban", place.case.id, place.person_id, holder=title.holder_name,
            starts_on=decided_on.isoformat(), ends_on=until.isoformat(), clause=rule.clause, decision=decision,
            explained=explained)
    _tell_applications(session, ban, {ban.credit_code, *followers(session, ban.credit_code)}, but=place.case.id)
    return ban


def ban_on(session: Session, programme_key: str, credit_code: str, day: date) -> Ban | None:
    """The ban that keeps an institution from a programme on a day, that with the latest end; None where none does."""
    return max(_running(session, credit_code, day, programme_key), key=lambda ban: (ban.ends_on, ban.id), default=None)


def any_runs(session: Session, programme_key: str, day: date) -> bool:
    """Whether the programme has a ban whose days a day lies in, of whomever."""
    where = (Ban.programme == programme_key, Ban.starts_on <= day, Ban.ends_on >= day)
    return session.scalar(select(Ban.id).where(*where).limit(1)) is not None


def see_that_none_bans(session: Session, programme: Programme, credit_code: str, on: date) -> None:
    """Raise Refused with clause and last day where a ban of the programme keeps an institution from it on a day."""
    ban = ban_on(session, programme.key, credit_code, on)
    if ban is not None:
        raise Refused(said(session, ban, credit_code), clause=ban.clause)


def said(session: Session, ban: Ban, credit_code: str) -> str:
    """Why an institution may not apply, in a sentence with the last day and the first on which it may again."""
    of = ""
    if ban.credit_code != credit_code.strip().upper():
        name = session.scalar(
            select(Successor.before_name).where(Successor.before_code == ban.credit_code).limit(1)
        )
        of = f"所承继的{name or ban.credit_code}"
    document = f"，{ban.decision}" if ban.decision else ""
    again = workdays.day_after(ban.ends_on)
    return f"{of}处于禁申期内，至 {ban.ends_on} 止（{ban.clause}{document}），自 {again} 起可以申报。"


def warnings(session: Session, programme_key: str, credit_code: str, day: date) -> list[str]:
    """Bans of other programmes that reach an institution on a day: each keeps it from its own programme alone, and is
    told to whoever judges here."""
    others = [ban for ban in _running(session, credit_code, day) if ban.programme != programme_key]
    named = {programme.key: programme.name for programme in programmes.all_latest(session)} if others else {}
    return [
        f"该单位在“{named.get(ban.programme, ban.programme)}”处于禁申期内，至 {ban.ends_on} 止（{ban.clause}）；"
        "不影响本项目的办理，供审核参考。"
        for ban in others
    ]


def warn(session: Session, case_id: int, told: str, *, person_id: int | None = None) -> None:
    """Write into a case's story what whoever judges should know of a ban that doesn't keep the applicant out."""
    audit.record(
        session, chain=f"case:{case_id}", verb="warn_of_ban", person_id=person_id,
        person_name=people.person_name(session, person_id) if person_id else "系统", unit_name="",
        details={"told": told},
    )


def lift(session: Session, place: Place, ban: Ban, *, lifted_on: date, reason: str) -> None:
    """解除禁申: by decision, from a day on (that day it runs no more). Raises Refused for one that is lifted or over,
    Invalid without a reason."""
    if not reason.strip():
        raise Invalid({"reason": ["请写明解除禁申期的理由。"]})
    if ban.lifted_on is not None:
        raise Refused(f"禁申期已于 {ban.lifted_on} 起解除。", clause=ban.clause)
    if lifted_on > ban.ends_on:
        raise Refused(f"禁申期已于 {ban.ends_on} 届满，不必解除。", clause=ban.clause)
    ban.lifted_on, ban.lift_reason = lifted_on, reason.strip()
    session.flush()
    _record(session, ban, "lift_ban", place.case.id, place.person_id, lifted_on=lifted_on.isoformat(),
            reason=reason.strip(), clause=ban.clause)


def annul(session: Session, ban: Ban, *, reason: str, case_id: int, person_id: int | None) -> None:
    """What brought the ban never was: it is lifted from its first day on."""
    ban.lifted_on, ban.lift_reason = ban.starts_on, reason
    session.flush()
    _record(session, ban, "lift_ban", case_id, person_id, lifted_on=ban.starts_on.isoformat(), reason=reason,
            clause=ban.clause)


def follow_correction(session: Session, place: Place, event: TitleEvent, day: date | None, reason: str) -> None:
    """A correction moved the event that brought bans to another day, or struck it out (None): what counted from that
    day counts from the new one, a length that the decision had set stays; without the event there is no ban."""
    for ban in of_title(session, event.title_id):
        if ban.case_id != event.case_id or ban.starts_on != event.effective_on or ban.lifted_on is not None:
            continue
        if day is None:
            annul(session, ban, reason=reason, case_id=place.case.id, person_id=place.person_id)
            continue
        least = _length(place.programme, ban.period, day, place.case.region_code)
        set_by_decision = ban.ends_on if ban.ends_on > ban.least_until else least.until
        ban.starts_on, ban.least_until, ban.explained = day, least.until, least.explained
        ban.ends_on = max(least.until, set_by_decision)
        session.flush()
        _record(session, ban, "move_ban", place.case.id, place.person_id, starts_on=day.isoformat(),
                ends_on=ban.ends_on.isoformat(), reason=reason, clause=ban.clause)


def suspend(
    session: Session, ban: Ban, *, since: date, reason: str, case_id: int, person_id: int | None = None
) -> None:
    """暂停禁申: a stay of its sanction holds the ban from a day on. Held already: nothing changes."""
    if held_now(ban):
        return
    ban.held = [*ban.held, {"since": since.isoformat(), "until": None, "reason": reason, "lift_reason": ""}]
    session.flush()
    _record(session, ban, "hold_ban", case_id, person_id, since=since.isoformat(), reason=reason, clause=ban.clause)


def resume(
    session: Session, ban: Ban, *, until: date, reason: str, case_id: int, person_id: int | None = None
) -> None:
    """恢复禁申: the stay is lifted; from this day the ban runs again, up to the end it had. Not held: nothing changes.

    Applications that were opened meanwhile are told and end.
    """
    if not held_now(ban):
        return
    ban.held = [*ban.held[:-1], {**ban.held[-1], "until": until.isoformat(), "lift_reason": reason}]
    session.flush()
    _record(session, ban, "resume_ban", case_id, person_id, since=until.isoformat(), reason=reason, clause=ban.clause)
    if runs_on(ban, clock.today()):
        reached = {ban.credit_code, *followers(session, ban.credit_code)}
        _tell_applications(session, ban, reached, but=case_id, again=len(ban.held))


def held_now(ban: Ban) -> bool:
    """Whether a stay holds the ban."""
    return bool(ban.held) and ban.held[-1]["until"] is None


def runs_on(ban: Ban, day: date) -> bool:
    """Whether a ban runs on a day: from its first to its last, neither lifted nor held."""
    if not ban.starts_on <= day <= ban.ends_on or (ban.lifted_on is not None and day >= ban.lifted_on):
        return False
    written = day.isoformat()
    return not any(one["since"] <= written and (one["until"] is None or written < one["until"]) for one in ban.held)


def of_title(session: Session, title_id: int) -> Sequence[Ban]:
    """All bans that came of a title, in order."""
    return session.scalars(select(Ban).where(Ban.title_id == title_id).order_by(Ban.id)).all()


def followers(session: Session, credit_code: str, day: date | None = None) -> set[str]:
    """The codes of all institutions that follow one, over any number of steps, by what holds on a day (None: all)."""
    return _reached(session, credit_code, Successor.before_code, lambda row: row.after_code, day)


def predecessors(session: Session, credit_code: str, day: date | None = None) -> set[str]:
    """The codes of all institutions that one follows, over any number of steps."""
    return _reached(session, credit_code, Successor.after_code, lambda row: row.before_code, day)


def tell_followers(session: Session, successor: Successor) -> None:
    """A newly entered successor: end the open applications that a running ban now reaches."""
    today = clock.today()
    reached = {successor.after_code, *followers(session, successor.after_code, today)}
    for ban in _running(session, successor.before_code, today):
        _tell_applications(session, ban, reached, but=0, again=f"successor:{successor.id}")


def end_application(session: Session, message: Message) -> None:
    """An application that a ban reaches ends, with the reason in its story; its entry leaves the publication."""
    ban = session.get_one(Ban, message.payload["ban_id"])
    if runs_on(ban, clock.today()):
        cases.supersede(
            session, message.to_case_id, reason=str(message.payload["reason"]), ended_as=ENDED_AS, at=clock.now()
        )


def _running(session: Session, credit_code: str, day: date, programme_key: str = "") -> list[Ban]:
    code = credit_code.strip().upper()
    if not code:
        return []
    statement = select(Ban).where(
        Ban.credit_code.in_({code, *predecessors(session, code, day)}), Ban.starts_on <= day, Ban.ends_on >= day
    )
    if programme_key:
        statement = statement.where(Ban.programme == programme_key)
    return [ban for ban in session.scalars(statement.order_by(Ban.id)) if runs_on(ban, day)]


def _reached(
    session: Session, credit_code: str, where: object, other: Callable[[Successor], str], day: date | None
) -> set[str]:
    start = credit_code.strip().upper()
    found: set[str] = set()
    edge: Collection[str] = {start}
    while edge:
        statement = select(Successor).where(where.in_(edge), Successor.removed_at.is_(None))  # type: ignore[attr-defined]
        if day is not None:
            statement = statement.where(Successor.changed_on <= day)
        edge = {other(row) for row in session.scalars(statement)} - found - {start}
        found |= edge
    return found


def _tell_applications(
    session: Session, ban: Ban, credit_codes: Collection[str], *, but: int, again: int | str = ""
) -> None:
    rows = session.execute(
        select(Case.id, Unit.credit_code).join(Unit, Case.applicant_id == Unit.id)
        .where(Case.programme == ban.programme, Case.diagram == APPLICATION, Case.status == "open", Case.id != but,
               Unit.credit_code.in_(credit_codes))
        .order_by(Case.id)
    ).all()
    letters = [
        {"to_case_id": row.id, "key": f"{row.id}:{again}",
         "payload": {"ban_id": ban.id, "reason": f"{ENDED_AS}：{said(session, ban, row.credit_code)}"}}
        for row in rows
    ]
    messages.post(session, letters, name=IMPOSED, sender=f"ban:{ban.id}", effective_at=clock.now())


def _record(session: Session, ban: Ban, verb: str, case_id: int, person_id: int | None, **details: str) -> None:
    audit.record(
        session, chain=f"case:{case_id}", verb=verb, person_id=person_id,
        person_name=people.person_name(session, person_id) if person_id else "系统", unit_name="",
        details={"credit_code": ban.credit_code, **details},
    )
