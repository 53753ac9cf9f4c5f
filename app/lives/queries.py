"""Questions about a title's whole life: who may see it, its items in order, how it stood on a day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.appointments.models import Appointment
from app.cases.models import Case
from app.documents.models import Document
from app.errors import NotFound
from app.evaluations.models import Grade, Inspection
from app.lives.items import Item, Stretch, ordered, seen_by_public, stretches
from app.obligations.models import Duty
from app.people import queries as people
from app.people.models import Region, Unit
from app.people.queries import Identity
from app.programmes.queries import Programme
from app.sanctions import circulars
from app.sanctions.models import Sanction
from app.titles import changing, expiry, notes, recommending, standing
from app.titles.models import Ban, LifeDue, Title, TitleEvent
from app.titles.queries import Answer, standing_on

DUTIES: Mapping[str, str] = {
    "open": "待报送", "done": "按期报送", "late": "逾期报送", "missed": "未按期报送",
    "excused": "未按期报送（已说明理由）", "held": "暂停期间，不计", "void": "称号终止，不再报送",
}
SANCTIONS: Mapping[str, str] = {
    "proposed": "拟处理", "imposed": "已决定", "annulled": "决定后被撤销",
    "dropped": "决定不处理", "superseded": "称号已终止，不再处理",
}
INSPECTIONS: Mapping[str, str] = {"spot_check": "数据抽查", "on_site": "现场检查", "other": "检查"}
COMING: Mapping[str, str] = {
    "report": "开始报送", "renewal": "开始期满评价", "observation": "观察期满", "batch_review": "开始复核",
}
"""What falls due by itself and is told on a title's page, by the kind of its row (app.titles.life)."""


@dataclass(frozen=True)
class Seen:
    """A title's life as somebody may see it. `inside`: everything, as the holder and departments of the region do."""

    title: Title
    events: Sequence[TitleEvent]
    programme: Programme
    items: Sequence[Item]
    stretches: Sequence[Stretch]
    began_until: date | None
    inside: bool


def sees_inside(session: Session, title: Title, identity: Identity | None) -> bool:
    """Whether somebody sees more than the public: the holder's people, who recommended it or answers for it now, and
    departments in whose division it lies."""
    if identity is None or not identity.roles:
        return False
    if identity.unit_kind != "institution" and not identity.roles <= people.ONLY_ASSIGNED:
        answers = recommending.recommender_of(session, changing.programme_of(session, title), title)
        if answers == identity.unit_id:
            return True
    if identity.unit_kind != "department":
        return identity.unit_id == title.holder_id and not identity.roles <= people.ONLY_ASSIGNED
    place = session.scalar(select(Region).join(Unit, Unit.region_code == Region.code).where(Unit.id == title.holder_id))
    return identity.tier == "ministry" or (place is not None and people.sees(identity, place, applicant_id=None))


def life(session: Session, public_id: str, identity: Identity | None) -> Seen:
    """A title's life as somebody (None: the public) may see it. Raises NotFound."""
    title = session.scalar(select(Title).where(Title.public_id == public_id))
    if title is None:
        raise NotFound()
    inside = sees_inside(session, title, identity)
    events, programme = changing.events_of(session, title.id), changing.programme_of(session, title)
    began_until = changing.began_until(title, events)
    return Seen(
        title, events, programme, timeline(session, title, identity, inside=inside),
        stretches(events, valid_until=began_until, today=clock.today()), began_until, inside,
    )


def timeline(
    session: Session, title: Title, identity: Identity | None, *, inside: bool | None = None
) -> list[Item]:
    """Everything in a title's life that somebody may see, in order, from its beginning to what is to come."""
    inside = sees_inside(session, title, identity) if inside is None else inside
    programme = changing.programme_of(session, title)
    found = [*_events(session, title), *_grades(session, title), *_coming_to_all(title, programme)]
    if inside:
        for part in (_reports, _sanctions, _inspections, _appointments, _bans, _open_cases, _coming):
            found += part(session, title, programme)
        found += _notes(session, title)
        return ordered(found)
    if "inspections" in programme.title.publishes:
        found += _inspections(session, title, programme)
    return ordered(seen_by_public(found))


def on_day(session: Session, title: Title, *, on: date, known_on: date | None = None) -> Answer:
    """How the title stood on a day; with `known_on`, as the register knew it at the end of that day."""
    known_at = None if known_on is None else clock.day_start(date.fromordinal(known_on.toordinal() + 1))
    found = standing_on(session, title.number, title.programme, on, known_at)
    return next(one for one in found if one.title.id == title.id)


# -- the parts ---------------------------------------------------------------------------------------------------------


def _events(session: Session, title: Title) -> Iterator[Item]:
    rows = session.execute(
        select(TitleEvent, Document.public_id, Case.public_id)
        .outerjoin(Document, Document.id == TitleEvent.document_id).join(Case, Case.id == TitleEvent.case_id)
        .where(TitleEvent.title_id == title.id).order_by(TitleEvent.seq)
    ).all()
    replaced = {event.supersedes: event.kind for event, _, _ in rows if event.supersedes is not None}
    signed, kept = circulars.of_events(session, title.id), standing.kept_from_the_public(row[0] for row in rows)
    for event, document, case in rows:
        words = standing.KINDS[event.kind]
        if until := event.details.get("valid_until"):
            words += f"，有效期至 {until}"
        if name := event.details.get("holder_name"):
            words += f"，单位名称为“{name}”"
        if name := event.details.get("recommender_name"):
            words += f"：由{event.details.get('recommender_before_name') or '（无）'}移交{name}"
        if event.seq in replaced:
            words += "（已被撤销）" if replaced[event.seq] == "annulled" else "（已被更正）"
        circular = signed.get(event.case_id, "") if event.kind == "circulated" else ""
        yield Item(
            event.effective_on, "event", words, event.kind, event.clause, event.decision, event.reason,
            _if_other(event.recorded_at, event.effective_on), document=document or "", case=case,
            public=event.seq not in kept, circular=circular,
        )


def _grades(session: Session, title: Title) -> Iterator[Item]:
    rows = session.execute(
        select(Grade, Case.public_id).join(Case, Case.id == Grade.case_id)
        .where(Grade.title_id == title.id, Grade.status == "decided").order_by(Grade.year)
    )
    for grade, case in rows:
        before = f"（申诉前为 {grade.before_appeal}）" if grade.before_appeal else ""
        yield Item(grade.decided_on, "grade", f"{grade.year} 年度评价：{grade.grade}{before}", grade.grade,
                   reason=grade.reason, case=case, public=True)


def _coming_to_all(title: Title, programme: Programme) -> Iterator[Item]:
    if title.valid_until is not None and title.status not in standing.ENDS and title.valid_until >= clock.today():
        clause = expiry.clause_of_the_end(programme, title)
        yield Item(title.valid_until, "coming", "有效期届满", "expiry", clause, ahead=True, public=True)


def _reports(session: Session, title: Title, programme: Programme) -> Iterator[Item]:
    rows = session.execute(
        select(Duty, Case.public_id).join(Case, Case.id == Duty.case_id)
        .where(Duty.title_id == title.id).order_by(Duty.due_on, Duty.id)
    )
    for duty, case in rows:
        rule = programme.life.obligations.get(duty.obligation)
        name = rule.name if rule else duty.obligation
        yield Item(
            duty.due_on, "report", f"{name}（{duty.period}）：{DUTIES[duty.status]}", duty.status,
            rule.clause if rule else "", reason=duty.excuse,
            recorded_on=_if_other(duty.filed_at, duty.due_on) if duty.filed_at else None, case=case,
            ahead=duty.status == "open" and duty.due_on >= clock.today(),
        )


def _sanctions(session: Session, title: Title, programme: Programme) -> Iterator[Item]:
    rows = session.execute(
        select(Sanction, Case.public_id).outerjoin(Case, Case.id == Sanction.case_id)
        .where(Sanction.title_id == title.id).order_by(Sanction.proposed_at, Sanction.id)
    )
    for one, case in rows:
        rule = programme.life.sanctions.get(one.key)
        evidence = "；".join(_fact(part) for part in one.evidence or () if part.get("what"))
        decided = one.effective_on or (clock.local(one.decided_at).date() if one.decided_at else None)
        yield Item(
            decided or clock.local(one.proposed_at).date(), "sanction",
            f"{rule.name if rule else one.key}：{SANCTIONS[one.status]}", one.status, one.clause, one.decision,
            one.reason or evidence, _if_other(one.decided_at, decided) if decided else None, case=case or "",
        )


def _fact(part: Mapping[str, str]) -> str:
    """A fact with its day, which is said once."""
    what, on = part["what"], part.get("on", "")
    return f"{what}（{on}）" if on and on not in what else what


def _inspections(session: Session, title: Title, programme: Programme) -> Iterator[Item]:
    published = programme.title.publishes.get("inspections", "")
    rows = session.execute(
        select(Inspection, Case.public_id).join(Case, Case.id == Inspection.case_id)
        .where(Inspection.title_id == title.id).order_by(Inspection.id)
    )
    for one, case in rows:
        result = {True: "合格", False: "发现问题", None: "检查中"}[one.passed]
        yield Item(
            one.inspected_on or clock.local(one.recorded_at).date(), "inspection",
            f"{INSPECTIONS[one.kind]}：{result}", {True: "passed", False: "failed", None: "open"}[one.passed],
            reason=one.finding, case=case, clause=published, public=bool(published) and one.passed is not None,
        )


def _appointments(session: Session, title: Title, _programme: Programme) -> Iterator[Item]:
    """One item a year: how many were asked for, handled in time, overdue, and how content the enterprises were."""
    rows = session.execute(
        select(Appointment.requested_at, Appointment.status, Appointment.overdue_at, Appointment.satisfaction)
        .where(Appointment.title_id == title.id).order_by(Appointment.requested_at)
    ).all()
    years: dict[int, list[Any]] = {}
    for row in rows:
        years.setdefault(clock.local(row.requested_at).year, []).append(row)
    for year, asked in years.items():
        rated = [row.satisfaction for row in asked if row.satisfaction is not None]
        overdue = sum(row.overdue_at is not None for row in asked)
        handled = sum(row.status != "open" and row.overdue_at is None for row in asked)
        content = f"，满意度 {sum(rated) / len(rated):.1f}（{len(rated)} 份）" if rated else ""
        last = max(clock.local(row.requested_at).date() for row in asked)
        yield Item(
            last, "appointment",
            f"{year} 年服务预约 {len(asked)} 次：按期答复 {handled} 次，超期 {overdue} 次{content}",
            "overdue" if overdue else "done",
        )


def _bans(session: Session, title: Title, _programme: Programme) -> Iterator[Item]:
    for ban in session.scalars(select(Ban).where(Ban.title_id == title.id).order_by(Ban.id)):
        lifted = f"，{ban.lifted_on} 解除：{ban.lift_reason}" if ban.lifted_on else ""
        yield Item(
            ban.starts_on, "sanction", f"禁申期，至 {ban.ends_on} 止{lifted}", "ban", ban.clause, ban.decision,
            recorded_on=_if_other(ban.recorded_at, ban.starts_on), through=ban.ends_on,
        )


def _open_cases(session: Session, title: Title, _programme: Programme) -> Iterator[Item]:
    """What is being handled now, beside reports and sanctions, which say so themselves."""
    told = select(Duty.case_id).where(Duty.title_id == title.id)
    proposed = select(Sanction.case_id).where(Sanction.title_id == title.id, Sanction.case_id.is_not(None))
    rows = session.execute(
        select(Case.public_id, Case.title, Case.opened_at)
        .where(Case.title_id == title.id, Case.status == "open", Case.id.not_in(told), Case.id.not_in(proposed))
        .order_by(Case.id)
    )
    for public_id, name, opened_at in rows:
        yield Item(clock.local(opened_at).date(), "change", f"办理中：{name.partition('：')[2] or name}", "open",
                   case=public_id)


def _coming(session: Session, title: Title, programme: Programme) -> Iterator[Item]:
    rows = session.scalars(
        select(LifeDue).where(LifeDue.title_id == title.id, LifeDue.status == "waiting").order_by(LifeDue.due_at)
    )
    for row in rows:
        if row.kind in COMING:
            obligation, _, period = row.key.partition(":")
            rule = programme.life.obligations.get(obligation)
            named = f"：{rule.name}（{period}）" if rule else ""
            renewal = programme.life.renewal if row.kind in ("renewal", "batch_review") else None
            clause = rule.clause if rule else renewal.clause if renewal else ""
            yield Item(clock.local(row.due_at).date(), "coming", f"{COMING[row.kind]}{named}", row.kind, clause,
                       ahead=True)


def _notes(session: Session, title: Title) -> Iterator[Item]:
    for note in notes.of_title(session, title.id, all_of_them=True):
        kind = notes.KINDS.get(note.kind, note.kind)
        gone = f"（已撤回：{note.removal_reason}）" if note.removed_at else ""
        yield Item(
            note.noted_on, "note", f"{kind}：{note.text}{gone}", "removed" if note.removed_at else note.kind,
            recorded_on=_if_other(note.recorded_at, note.noted_on),
        )


def _if_other(instant: datetime | None, day: date | None) -> date | None:
    """The Beijing day of an instant, where it isn't `day`."""
    if instant is None:
        return None
    found = clock.local(instant).date()
    return None if found == day else found
