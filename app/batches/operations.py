"""申报批次: calls are opened by the programme's authority; an institution applies once in each."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import clock, db, workdays
from app.audit import operations as audit
from app.batches import dates as days
from app.batches import queries, quotas, recommending
from app.batches.models import Application, Batch, Entitlement, LateEntry
from app.cases import deadlines, messages, steps
from app.cases import operations as cases
from app.cases.models import Case, Message, Task
from app.cases.steps import CaseRow
from app.errors import Invalid, NotAllowed, Refused, Repeated
from app.outbox import operations as outbox
from app.outbox import wording
from app.people import queries as people
from app.people.models import Unit
from app.people.queries import Identity
from app.programmes import queries as programmes
from app.programmes.queries import Programme
from app.titles import bans

DATES_CHANGED = "batch_dates_changed"

_see_before: list[Callable[[Session, Programme, int], None]] = []


def before_applying(see: Callable[[Session, Programme, int], None]) -> Callable[[Session, Programme, int], None]:
    """Register f(session, programme, unit_id): it raises Refused where an institution may not apply now."""
    _see_before.append(see)
    return see


Hinders = Callable[[Session, Programme, Batch, Collection[str], int | None], Refused | None]
_hinders: list[Hinders] = []
_on_open: list[Callable[[Session, Batch], None]] = []
_also_in: list[Callable[[Session, int], Sequence[int]]] = []


def hinders_recommending(hinders: Hinders) -> Hinders:
    """Register f(session, programme, batch, codes of the divisions, recommender or None) -> why an institution from
    there can't be recommended by it (None: by its place's department) in the call; None where it can."""
    _hinders.append(hinders)
    return hinders


def on_open(hear: Callable[[Session, Batch], None]) -> Callable[[Session, Batch], None]:
    """Register f(session, batch): it hears of each call that is opened, in its transaction."""
    _on_open.append(hear)
    return hear


def also_in(cases_of: Callable[[Session, int], Sequence[int]]) -> Callable[[Session, int], Sequence[int]]:
    """Register f(session, batch id) -> ids of open cases, besides the applications, that the call's dates bind."""
    _also_in.append(cases_of)
    return cases_of


def open_batch(
    session: Session, *, by: Identity, programme_key: str, name: str, opens_on: date, closes_on: date,
    dates: Mapping[str, date] | None = None, text: str = "", entitled: Collection[str] = (),
    numbers: Mapping[str, int | None] | None = None,
) -> Batch:
    """Open a call of the latest release of a programme, from `opens_on` to `closes_on` (both included).

    `dates` are the other last days that the programme asks a call to name, by key. `entitled` are the public ids of the
    units that may recommend, where the programme's calls name them; `numbers` how many each unit may recommend, by the
    key of its group (None: no limit). Raises NotAllowed for anybody but the programme's authority, Invalid where dates,
    name, units or numbers don't fit, Refused after the programme's own end.
    """
    programme = programmes.latest(session, programme_key)
    queries.see_that_it_is_the_authority(programme, by)
    if closes_on < opens_on:
        raise Invalid({"closes_on": ["截止日不能早于开始日。"]})
    if closes_on < clock.today():
        raise Invalid({"closes_on": ["截止日已经过去，请填写今天或以后的日期。"]})
    named = {days.applicants_key(programme): closes_on, **(dates or {})}
    _see_that_dates_fit(programme, named, closes_on)
    _see_that_the_programme_holds(programme, opens_on)
    named_units = recommending.entitled(session, programme, entitled)
    figures = quotas.fitting(programme, numbers or {})
    year = opens_on.year
    held = select(func.count()).where(Batch.programme == programme.key, Batch.year == year)
    if session.scalar(held.where(Batch.name == name)):
        raise Invalid({"name": [f"{year} 年已有同名批次，请换一个名称。"]})
    most = programme.batches.a_year
    if most is not None and (session.scalar(held) or 0) >= most:
        raise Refused(f"{year} 年已发布 {most} 个批次，不能再发布。", clause=programme.batches.clause)
    batch = Batch(
        public_id=db.public_id(), release_id=programme.release_id, programme=programme.key, year=year, name=name,
        text=text, unit_id=by.unit_id, opens_on=opens_on, closes_on=closes_on,
        dates={key: day.isoformat() for key, day in named.items()}, created_at=clock.now(),
    )
    session.add(batch)
    session.flush()
    session.add_all(Entitlement(batch_id=batch.id, unit_id=unit.id) for unit in named_units)
    quotas.write(session, batch, figures)
    told = {"recommenders": [unit.name for unit in named_units]} if named_units else {}
    told |= {"quotas": quotas.written(programme, figures)} if figures else {}
    _record(session, by, "open_batch", batch=batch.public_id, programme=programme.key, name=name,
            opens_on=opens_on.isoformat(), dates=_written(batch.dates), **told)
    for hear in _on_open:
        hear(session, batch)
    return batch


def change_dates(
    session: Session, batch: Batch, *, by: Identity, dates: Mapping[str, date], reason: str
) -> list[str]:
    """变更日期: set the call's last days anew; returns the keys that changed.

    The applicants' day may only be moved to a later one; no day to one that is past. Each open application learns of
    it by a message, in whose transaction its deadlines are set anew and its applicant is told.
    """
    programme = programmes.programme(session, batch.release_id)
    queries.see_that_it_is_the_authority(programme, by)
    if not reason.strip():
        raise Invalid({"reason": ["请写明变更日期的原因，它会告知各申报单位。"]})
    audit.lock(session, f"unit:{by.unit_id}")  # before the call's row, as whoever confirms an act takes them
    old = {key: date.fromisoformat(written) for key, written in batch.dates.items()}
    new = {**old, **dates}
    changed = sorted(key for key in new if new[key] != old.get(key))
    if not changed:
        raise Invalid({"": ["日期没有变化。"]})
    wrong = {key: ["新的日期已经过去，请填写今天或以后的日期。"] for key in changed if new[key] < clock.today()}
    applicants = days.applicants_key(programme)
    if applicants in changed and new[applicants] < old[applicants]:
        wrong[applicants] = ["已公布的申报截止日不能提前，只能推后。"]
    if wrong:
        raise Invalid(wrong)
    _see_that_dates_fit(programme, new, new[applicants])
    batch.dates = {key: day.isoformat() for key, day in new.items()}
    batch.closes_on, batch.changes = new[applicants], batch.changes + 1
    session.flush()
    _tell_cases(session, batch, {key: batch.dates[key] for key in changed}, reason)
    _record(session, by, "change_batch_dates", batch=batch.public_id, reason=reason,
            old=_written({key: old[key].isoformat() for key in changed if key in old}),
            new=_written({key: batch.dates[key] for key in changed}))
    return changed


def admit_late(
    session: Session, batch: Batch, *, by: Identity, credit_code: str, until: date, reason: str
) -> LateEntry:
    """逾期受理: decide that one institution may apply, or submit what it has begun, until a day. Needs a reason."""
    programme = programmes.programme(session, batch.release_id)
    queries.see_that_it_is_the_authority(programme, by)
    if not programme.batches.late_entry:
        raise Refused("本项目不接受逾期申报。", clause=programme.batches.clause)
    unit = session.scalar(select(Unit).where(
        Unit.kind == "institution", Unit.status == "active", Unit.credit_code == credit_code.strip().upper()
    ))
    wrong: dict[str, list[str]] = {}
    if unit is None:
        wrong["credit_code"] = ["没有已确认注册的单位使用这个统一社会信用代码，请核对。"]
    if until < clock.today():
        wrong["until"] = ["受理至的日期已经过去，请填写今天或以后的日期。"]
    if not reason.strip():
        wrong["reason"] = ["请写明准许逾期申报的理由。"]
    if wrong:
        raise Invalid(wrong)
    entry = LateEntry(
        batch_id=batch.id, applicant_id=unit.id, until=until, reason=reason.strip(), person_id=by.person_id,
        decided_at=clock.now(),
    )
    session.add(entry)
    session.flush()
    dates = {days.applicants_key(programme): until.isoformat()}
    _tell_cases(session, batch, dates, reason, applicant_id=unit.id, key=f"late:{entry.id}")
    _record(session, by, "admit_late", batch=batch.public_id, applicant=unit.name, until=until.isoformat(),
            reason=entry.reason)
    return entry


def apply(session: Session, batch: Batch, *, by: Identity, recommender: str = "") -> Case:
    """Open the institution's application in a call. The form is the case's first task.

    `recommender` is the public id of the unit that shall recommend, where the programme lets the applicant choose; ""
    for the office of its place. Raises NotAllowed for others than the institution's applicants, Refused outside the
    call's days, outside its region, where the institution has applied already, is the authority itself, or while a ban
    keeps it out; one of another programme is told in the case's story. Raises Invalid at `recommender`. The unit's row
    is held, so that no ban comes in between.
    """
    if by.unit_kind != "institution" or "applicant" not in by.roles:
        raise NotAllowed("只有申报单位的申报岗可以申报。")
    programme = programmes.programme(session, batch.release_id)
    clause, today, dates = programme.batches.clause, clock.today(), dict(batch.dates)
    if today < batch.opens_on:
        raise Refused(f"本批次自 {batch.opens_on} 起受理，尚未开始。", clause=clause)
    late = _late_entry(session, batch, by.unit_id)
    if late is not None and late.isoformat() > dates.get(days.applicants_key(programme), ""):
        dates[days.applicants_key(programme)] = late.isoformat()
    closes = days.closing(programme, dates, batch.closes_on)
    if queries.is_over(closes):
        told = workdays.last_day_words(closes.effective, closes.provisional)
        raise Refused(f"本批次已于 {told} 截止，不能再申报。", clause=clause)
    authority = programme.authority
    if not authority.reaches(by.province_code, by.city_code, by.county_code):
        raise Refused(f"本批次只受理{authority.name}辖区内的单位。", clause=clause)
    existing = session.scalar(
        select(Case).join(Application, Application.case_id == Case.id)
        .where(Application.batch_id == batch.id, Application.applicant_id == by.unit_id)
    )
    if existing is not None:
        said = f"贵单位已在本批次申报（{existing.number}），同一批次只能申报一次。"
        raise Repeated(said, clause=programme.batches.once_clause or clause)
    unit = session.scalars(select(Unit).where(Unit.id == by.unit_id).with_for_update(read=True)).one()
    recommending.see_that_it_is_not_the_authority(session, programme, unit)
    bans.see_that_none_bans(session, programme, unit.credit_code or "", today)
    for see in _see_before:
        see(session, programme, by.unit_id)
    recommender_id = recommending.chosen(session, programme, by, recommender, batch)
    if (refused := hindrance(session, programme, batch, by, recommender_id)) is not None:
        raise refused
    case = cases.open_case(
        session, programme=programme, diagram="application", title=f"{unit.name}申报{programme.name}",
        region_code=unit.region_code, applicant_id=unit.id, by=by, dates=dates,
        recommender_id=recommender_id,
    )
    session.add(Application(batch_id=batch.id, applicant_id=unit.id, case_id=case.id))
    try:
        session.flush()
    except IntegrityError:
        raise Refused("贵单位刚刚已在本批次申报，请到办件列表中继续填写。", clause=clause) from None
    for told in bans.warnings(session, programme.key, unit.credit_code or "", today):
        bans.warn(session, case.id, told)
    return case


def forget_draft(session: Session, case: CaseRow, _reason: str) -> None:
    """What an institution deletes before it has filed it is no application, where the programme says so: it may begin
    anew. Source: HBL-O1."""
    if programmes.programme(session, case.release_id).batches.drafts_count:
        return
    filed = select(Task.id).where(Task.case_id == case.id, Task.status == "done")
    session.execute(delete(Application).where(Application.case_id == case.id, ~filed.exists()))


def hindrance(
    session: Session, programme: Programme, batch: Batch, by: Identity, recommender_id: int | None = None
) -> Refused | None:
    """Why an institution can't be recommended by a unit (None: the department of its place) in a call; None where it
    can."""
    places = [code for code in (by.county_code, by.city_code, by.province_code) if code]
    said = (hinders(session, programme, batch, places, recommender_id) for hinders in _hinders)
    return next((refused for refused in said if refused is not None), None)


def recommenders(session: Session, programme: Programme, by: Identity, batch: Batch | None = None) -> list[Unit]:
    """The units besides its place's department that an institution may choose to be recommended by; in a call those
    alone that may recommend it there."""
    found = recommending.choices(session, programme, by, batch)
    if batch is None:
        return found
    return [unit for unit in found if hindrance(session, programme, batch, by, unit.id) is None]


def hear_of_changed_dates(session: Session, message: Message) -> None:
    """A case of the call learns its new last days; runs in the message's transaction, which holds the case."""
    case = session.get_one(Case, message.to_case_id)
    if case.status != "open":
        return
    told = {key.removeprefix("on_"): value for key, value in message.payload.items() if key.startswith("on_")}
    case.dates = {**case.dates, **told}
    session.flush()
    programme = programmes.programme(session, case.release_id)
    row = steps.read(session, case.id)
    moved = deadlines.move_dates(session, row, programme.periods)
    audit.record(
        session, chain=f"case:{case.id}", verb="change_case_dates", person_id=None, person_name="系统", unit_name="",
        details={"reason": message.payload["reason"], "dates": _written(told),
                 "moved": [f"{programme.periods[key].name} {old} → {new}" for key, old, new in moved]},
    )
    _tell_the_applicant(session, case, programme, told, message.payload["reason"])


def _tell_cases(
    session: Session, batch: Batch, dates: Mapping[str, str], reason: str, *, applicant_id: int | None = None,
    key: str = "",
) -> None:
    statement = select(Application.case_id).join(Case, Application.case_id == Case.id).where(
        Application.batch_id == batch.id, Case.status == "open"
    )
    others: list[int] = []
    if applicant_id is not None:
        statement = statement.where(Application.applicant_id == applicant_id)
    else:
        others = [case_id for cases_of in _also_in for case_id in cases_of(session, batch.id)]
    payload = {"reason": reason.strip(), **{f"on_{name}": day for name, day in dates.items()}}
    messages.post(
        session,
        [{"to_case_id": case_id, "key": key or f"{case_id}:{batch.changes}", "payload": payload}
         for case_id in (*session.scalars(statement), *others)],
        name=DATES_CHANGED, sender=f"batch:{batch.id}", effective_at=clock.now(),
    )


def _tell_the_applicant(
    session: Session, case: Case, programme: Programme, told: Mapping[str, str], reason: str
) -> None:
    unit = people.unit(session, case.applicant_id)
    if not unit.contact_email:
        return
    lines = [
        f"{day.name}：{workdays.last_day_words(day.effective, day.provisional)}"
        for day in days.last_days(programme, told)
    ]
    subject, body = wording.DATES.written(
        receiver=unit.name, programme=programme.name, number=case.number, dates="\n".join(lines), reason=reason
    )
    outbox.post(session, to=unit.contact_email, subject=subject, body=body)


def _late_entry(session: Session, batch: Batch, unit_id: int) -> date | None:
    return session.scalar(
        select(func.max(LateEntry.until)).where(LateEntry.batch_id == batch.id, LateEntry.applicant_id == unit_id)
    )


def _see_that_dates_fit(programme: Programme, named: Mapping[str, date], closes_on: date) -> None:
    """Every day that the programme asks for is named, none that it doesn't know, and each is no earlier than the one
    before it."""
    asked = programme.batches.dates
    wrong: dict[str, list[str]] = {}
    before, before_name = closes_on, "申报截止日"
    for key, day in asked.items():
        if key not in named:
            wrong[key] = [f"请填写{day.name}。"]
        elif named[key] < before:
            wrong[key] = [f"{day.name}不能早于{before_name}（{before}）。"]
        else:
            before, before_name = named[key], day.name
    unknown: Any = set(named) - set(asked) - {days.applicants_key(programme)}
    if unknown:
        wrong[""] = [f"本项目的批次没有这些日期：{'、'.join(sorted(unknown))}。"]
    if wrong:
        raise Invalid(wrong)


def _see_that_the_programme_holds(programme: Programme, opens_on: date) -> None:
    until = programme.settings.effective_until
    if until is not None and opens_on.isoformat() > until:
        raise Refused(f"“{programme.name}”的办法有效期至 {until}，之后须先部署新的版本才能发布批次。",
                      clause=programme.batches.clause)


def _written(dates: Mapping[str, str]) -> list[str]:
    return [f"{key} {day}" for key, day in dates.items()]


def _record(session: Session, by: Identity, verb: str, **details: Any) -> None:
    audit.record(
        session, chain=f"unit:{by.unit_id}", verb=verb, person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name, details=details,
    )
