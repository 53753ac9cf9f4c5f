"""What people do with editions of the calendar: one enters, another confirms; a wrong one is withdrawn.

Nothing changes a date until it is confirmed. All verbs take the lock of the system's trail first, so that two people
who work on the same year see each other.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app import clock, db, workdays
from app.audit import operations as audit
from app.calendars import queries
from app.calendars.models import CalendarDay, CalendarEdition
from app.calendars.queries import NATIONAL, Days
from app.errors import Gone, Invalid, NotAllowed, Refused
from app.people.models import Region
from app.people.queries import Identity
from app.workdays.calendars import HOLIDAY

ENTER = ("clerk", "lead", "operator")
CONFIRM = ("lead",)
"""Who enters and who confirms, in the department of the region or above it; the country's calendar takes a department
of a province or the ministry."""
ORIGINS = ("paste", "hand", "csv")
IMPORTED = "chinesecalendar"
LONGEST_NAME = 60
LONGEST_NUMBER = 100
LONGEST_REASON = 500
_CHECKED_SINCE = 2014
_SATURDAY = 5
_SHOWN = 6


def propose(
    session: Session, *, by: Identity, year: int, region_code: str = NATIONAL, off: Days, on: Days,
    document_number: str, issued_on: date | None, origin: str, provisional: bool = False, text: str = "",
    sentences: Mapping[date, str] | None = None,
) -> CalendarEdition:
    """Enter an edition; it changes nothing until somebody else confirms it.

    `off` and `on` are the whole year's days of the country, or the days that a region adds. `provisional`: expected
    days of a year without a notice. Raises NotAllowed out of reach, Refused while another edition of the place waits,
    Invalid by field: year, days, document_number, issued_on, provisional.
    """
    _see_that_they_may(session, by, region_code, ENTER)
    audit.lock(session, "system")
    if waits := queries.waiting_for(session, year, region_code):
        entered = clock.local(waits.entered_at)
        raise Refused(f"{year} 年已有一版在 {entered:%Y-%m-%d %H:%M} 录入，等待确认；请先确认或撤回那一版。")
    document_number = document_number.strip()
    _see_that_it_is_sound(
        session, year, region_code, off, on, document_number=document_number, issued_on=issued_on,
        provisional=provisional,
    )
    edition = CalendarEdition(
        public_id=db.public_id(), year=year, region_code=region_code,
        status=_status(session, year, region_code, provisional=provisional), document_number=document_number,
        issued_on=issued_on, origin=origin, text=text, entered_by=by.person_id, entered_at=clock.now(),
    )
    _write(session, edition, off, on, sentences or {})
    _record(session, "propose_calendar", by, edition, days_off=len(off), made_up_days=len(on), origin=origin)
    return edition


def confirm(session: Session, edition: CalendarEdition, *, by: Identity) -> CalendarEdition:
    """Put an edition in force in place of the one before. It has its revision from now on.

    Raises Gone where it doesn't wait any more, Refused for the person who entered it, NotAllowed out of reach, Invalid
    where it no longer fits what is in force beside it.
    """
    _see_that_they_may(session, by, edition.region_code, CONFIRM)
    _lock(session, edition)
    if edition.entered_by == by.person_id:
        raise Refused("录入人不能确认自己录入的日历；请由另一名审核岗人员核对后确认。")
    off, on = queries.days_of(session, edition.id)
    _see_that_days_fit(session, edition.year, edition.region_code, off, on)
    replaced = put_in_force(session, edition, confirmed_by=by.person_id)
    _record(
        session, "confirm_calendar", by, edition, revision=edition.revision, days_off=len(off), made_up_days=len(on),
        replaces=replaced.document_number if replaced else "",
    )
    return edition


def withdraw(session: Session, edition: CalendarEdition, *, by: Identity, reason: str) -> CalendarEdition:
    """Take back an edition that waits, with a reason. Raises Gone, NotAllowed, Invalid (reason)."""
    _see_that_they_may(session, by, edition.region_code, ENTER)
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid({"reason": [f"请填写撤回的理由，最多 {LONGEST_REASON} 个字。"]})
    _lock(session, edition)
    edition.state, edition.reason = "withdrawn", reason
    session.flush()
    _record(session, "withdraw_calendar", by, edition, reason=reason)
    return edition


def import_announced(session: Session) -> list[int]:
    """Enter the announced years that the program brings along and that have no edition yet; returns them.

    They are entered and confirmed by the program itself. A year with an edition stays as it is, whoever entered it.
    """
    audit.lock(session, "system")
    held = set(session.scalars(
        select(CalendarEdition.year).where(CalendarEdition.region_code == NATIONAL, CalendarEdition.state == "in_force")
    ))
    missing = sorted(workdays.announced_years() - held)
    for year in missing:
        known = workdays.built_in_notice(year)
        edition = CalendarEdition(
            public_id=db.public_id(), year=year, region_code=NATIONAL, status=known["status"],
            document_number=known["number"],
            issued_on=date.fromisoformat(known["issued_on"]) if known["issued_on"] else None, origin=IMPORTED,
            entered_by=None, entered_at=clock.now(),
        )
        _write(session, edition, *workdays.announced_days(year), {})
        put_in_force(session, edition, confirmed_by=None)
    if missing:
        audit.record(
            session, chain="system", verb="import_calendars", person_id=None, person_name="", unit_name="",
            details={"years": missing, "origin": IMPORTED},
        )
    return missing


def put_in_force(
    session: Session, edition: CalendarEdition, *, confirmed_by: int | None
) -> CalendarEdition | None:
    """Give an edition its revision and its place; returns the one that it replaces. The trail's lock is held."""
    replaced = queries.in_force(session, edition.year, edition.region_code)
    if replaced is not None:
        replaced.state = "replaced"
        session.flush()
    edition.revision = queries.next_revision(session)
    edition.state, edition.confirmed_by, edition.confirmed_at = "in_force", confirmed_by, clock.now()
    session.flush()
    return replaced


def may(session: Session, by: Identity, region_code: str, roles: Collection[str]) -> bool:
    """Whether somebody holds one of the roles in a department that answers for a region ("": the country)."""
    if by.unit_kind != "department" or not by.has(*roles):
        return False
    if region_code == NATIONAL:
        return by.tier in ("ministry", "province")
    region = session.get(Region, region_code)
    if region is None:
        return False
    return by.tier == "ministry" or getattr(region, f"{by.tier}_code") == by.region_code


def _see_that_they_may(session: Session, by: Identity, region_code: str, roles: Collection[str]) -> None:
    if not may(session, by, region_code, roles):
        raise NotAllowed(
            "全国日历由国家级或省级主管部门录入和确认；本地区的日历由本级或上级主管部门录入，审核岗确认。"
        )


def _lock(session: Session, edition: CalendarEdition) -> None:
    """Lock the trail, then see that the edition still waits. Raises Gone."""
    audit.lock(session, "system")
    session.refresh(edition, with_for_update=True)
    if edition.state != "proposed":
        who = queries.edition(session, edition.public_id)
        raise Gone("这一版日历已经办理过，您的提交未生效。", who=who.confirmed_by, at=edition.confirmed_at)


def _write(
    session: Session, edition: CalendarEdition, off: Days, on: Days, sentences: Mapping[date, str]
) -> None:
    session.add(edition)
    session.flush()
    rows = [
        {"edition_id": edition.id, "day": day, "worked": worked, "name": name, "sentence": sentences.get(day, "")}
        for worked, days in ((False, off), (True, on)) for day, name in sorted(days.items())
    ]
    if rows:
        session.execute(insert(CalendarDay), rows)


def _status(session: Session, year: int, region_code: str, *, provisional: bool) -> str:
    if provisional:
        return "provisional"
    if region_code:
        return "amended" if queries.in_force(session, year, region_code) else "published"
    return "published" if queries.status_of(session, year) == "provisional" else "amended"


def _see_that_it_is_sound(
    session: Session, year: int, region_code: str, off: Days, on: Days, *, document_number: str,
    issued_on: date | None, provisional: bool,
) -> None:
    faults: dict[str, list[str]] = {}
    if provisional and (region_code or queries.status_of(session, year) != "provisional"):
        faults["provisional"] = ["只有放假通知尚未公布的年份，全国日历才能按暂定录入。"]
    if not document_number and not provisional:
        faults["document_number"] = ["请填写通知的文号，如“国办发明电〔2025〕7号”；没有文号的填写依据的名称。"]
    elif len(document_number) > LONGEST_NUMBER:
        faults["document_number"] = [f"最多 {LONGEST_NUMBER} 个字。"]
    if issued_on and issued_on > clock.today():
        faults["issued_on"] = [f"成文日期 {issued_on} 晚于今天；请核对。"]
    if faults:
        raise Invalid(faults)
    _see_that_days_fit(session, year, region_code, off, on)


def _see_that_days_fit(session: Session, year: int, region_code: str, off: Days, on: Days) -> None:
    """Raise Invalid where days contradict each other, the year, the law or what is in force beside them."""
    first, last = workdays.FIRST_DAY.year, workdays.LAST_DAY.year
    if not first <= year <= last:
        raise Invalid({"year": [f"年份应在 {first} 至 {last} 之间。"]})
    faults = _faults_of_days(year, region_code, off, on)
    if not faults:
        faults = _faults_beside(session, year, region_code, off, on)
    if faults:
        raise Invalid({"days": faults})


def _faults_of_days(year: int, region_code: str, off: Days, on: Days) -> list[str]:
    """What is wrong with the days whatever else is in force."""
    days = [*off, *on]
    outside = [day for day in days if day.year != year and (region_code or (day.year, day.month) != (year - 1, 12))]
    both = sorted(off.keys() & on.keys())
    weekdays = [day for day in on if day.weekday() < _SATURDAY]
    nameless = [day for named in (off, on) for day, name in named.items() if not name or len(name) > LONGEST_NAME]
    missing = [
        day for day, _ in workdays.statutory_days(year)
        if day not in off and (day.weekday() < _SATURDAY or day in on)
    ] if not region_code and year >= _CHECKED_SINCE else []
    return [
        f"{_listed(found)} {words}"
        for found, words in (
            (outside, f"不在 {year} 年。"),
            (both, "同时列为放假和上班；请只保留一处。"),
            (weekdays, "列为调休上班，但本来就是工作日（周一至周五）。"),
            (nameless, f"没有名称，或名称超过 {LONGEST_NAME} 个字。"),
            (missing, "是法定节假日，没有放假；请核对通知。"),
        )
        if found
    ]


def _faults_beside(session: Session, year: int, region_code: str, off: Days, on: Days) -> list[str]:
    """What contradicts the other editions: those of the years beside, or the country's under a region's."""
    others = queries.book(session)
    if region_code:
        beneath = others.national
        taken = [day for day in on if beneath.why(day)[0] == HOLIDAY]
        held = [day for day in off if beneath.why(day)[0] == HOLIDAY]
        return [
            f"{_listed(found)} {words}"
            for found, words in (
                (taken, "是全国假期，不能在一个地区列为上班。"),
                (held, "在全国日历中已经放假，不必再列。"),
            )
            if found
        ]
    before, after = (others.national.notice_days(beside) if beside else ({}, {}) for beside in _beside(year))
    overlapping = {
        *((day, year - 1) for days in before for day in days if day in off or day in on),
        *((day, year + 1) for days in after for day in days if day in off or day in on),
    }
    return [f"{day} 已由 {other} 年的日历规定，两版重叠；请核对通知。" for day, other in sorted(overlapping)]


def _beside(year: int) -> tuple[int | None, int | None]:
    first, last = workdays.FIRST_DAY.year, workdays.LAST_DAY.year
    return (year - 1 if year > first else None), (year + 1 if year < last else None)


def _listed(days: Collection[date]) -> str:
    shown = sorted(days)
    more = f" 等 {len(shown)} 天" if len(shown) > _SHOWN else ""
    return "、".join(day.isoformat() for day in shown[:_SHOWN]) + more


def _record(session: Session, verb: str, by: Identity, edition: CalendarEdition, **details: Any) -> None:
    audit.record(
        session, chain="system", verb=verb, person_id=by.person_id, person_name=by.name, unit_name=by.unit_name,
        details={
            "edition": edition.public_id, "year": edition.year, "region": edition.region_code,
            "status": edition.status, "document": edition.document_number, **details,
        },
    )
