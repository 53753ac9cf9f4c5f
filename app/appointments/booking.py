"""服务预约: an enterprise asks a title holder for a service, follows it by its code, takes it back, and rates it.

Nobody signs in for it. The code is the enterprise's key to its own appointment: nobody else is shown it.
Source: HBI-16.2; D25 (the period starts on the day of the request, which isn't counted).
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock, db, workdays
from app.appointments.models import Appointment, CatalogueItem
from app.audit import operations as audit
from app.cases import operations as cases
from app.cases import steps
from app.cases.models import Case
from app.errors import Invalid, NotFound, Refused
from app.formschema import checks
from app.outbox import operations as outbox
from app.outbox import wording
from app.people import attempts, signing_in
from app.people.models import Unit
from app.people.queries import Identity
from app.programmes.life import AppointmentRules
from app.programmes.queries import Programme
from app.titles import changing, standing
from app.titles.models import Title

MOST_PER_ADDRESS = 10
MOST_OPEN = 3
"""Requests that may wait at once with one holder from one phone number."""
LENGTHS: Mapping[str, int] = {
    "enterprise": 100, "credit_code": 30, "contact_name": 40, "contact_phone": 30, "contact_email": 254,
    "subject": 100, "text": 1_000, "comment": 500,
}
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
WHAT = "appointment"
CANCELLED = "企业已取消"
ANSWERED = frozenset({"accepted", "other_date", "declined"})
_NEEDED = {
    "enterprise": "企业名称", "contact_name": "联系人", "contact_phone": "联系电话", "subject": "需要的服务",
    "text": "具体需求",
}


@dataclass(frozen=True)
class Request:
    """What an enterprise fills in. `credit_code`, `contact_email` and `wanted_on` may be left out ("", None); `consent`
    that its data go to the holder and the departments. `item` is the public id of a catalogue item, or ""."""

    enterprise: str
    credit_code: str
    contact_name: str
    contact_phone: str
    contact_email: str
    subject: str
    text: str
    wanted_on: date | None
    consent: bool
    item: str = ""


def book(
    session: Session, title_public_id: str, request: Request, *, address: str, received_at: datetime
) -> Appointment:
    """预约: open an appointment with a title's holder as of the instant at which it came in.

    Raises NotFound, Refused for a title that doesn't stand (with the reason) or a programme that takes no appointments,
    Invalid at the fields, TooMany where an address sends dozens.
    """
    signing_in.see_that_address_is_open(session, address, what=WHAT)
    title_id = session.scalar(select(Title.id).where(Title.public_id == title_public_id))
    if title_id is None:
        raise NotFound()
    title = changing.locked(session, title_id)
    programme = changing.programme_of(session, title)
    rules = see_that_it_may_be_booked(programme, title)
    asked = _checked(session, title, request)
    attempts.fail(session, attempts.address_key(address, what=WHAT), most=MOST_PER_ADDRESS)
    item = _item(session, title, request.item)
    made = Appointment(
        public_id=db.public_id(), code=new_code(session), title_id=title.id, item_id=item.id if item else None,
        wanted_on=request.wanted_on, requested_at=received_at, status="open", **asked,
    )

    def write_row(case: Case) -> None:
        made.case_id = case.id
        session.add(made)
        session.flush()

    case = changing.open_about(
        session, title, diagram=rules.diagram, name=f"服务预约 {made.subject}", at=received_at,
        by=_enterprise(session, programme, made), before_start=write_row,
    )
    _record(session, made, "book_service", subject=made.subject, number=case.number, legal_at=received_at)
    _tell(session, made, title, wording.APPOINTMENT_TAKEN)
    return made


def see_that_it_may_be_booked(programme: Programme, title: Title) -> AppointmentRules:
    """The rules by which a title is booked. Raises Refused, with the reason, for one that can't be."""
    rules = programme.life.appointments
    if rules is None:
        raise Refused(f"“{programme.name}”不在网上受理服务预约，请直接与服务机构联系。")
    over = title.valid_until is not None and title.valid_until < clock.today()
    if title.status not in standing.STANDS or over:
        said = "已到期" if over and title.status in standing.STANDS else standing.STATUSES[title.status]
        raise Refused(f"称号 {title.number} {said}，目前不能预约该单位的服务。", clause=rules.clause)
    return rules


def cancel(session: Session, code: str, *, reason: str = "") -> Appointment:
    """取消: the enterprise takes back what nobody has answered; its case ends. Raises NotFound, Refused afterwards."""
    made = _of_code(session, code)
    if made.status != "open":
        raise Refused("此预约已经答复或已结束，不能再取消。")
    if len(reason) > LENGTHS["comment"]:
        raise Invalid({"reason": [_too_long("comment", reason)]})
    now = clock.now()
    made.status, made.closed_at = "cancelled", now
    session.flush()
    said = "企业取消了预约" + (f"：{reason}" if reason else "。")
    cases.supersede(session, made.case_id, reason=said, ended_as=CANCELLED, at=now)  # type: ignore[arg-type]
    _record(session, made, "cancel_appointment", reason=reason)
    return made


def rate(session: Session, code: str, *, satisfaction: int, comment: str = "") -> Appointment:
    """评价: 1 to 5, once, after the answer and not after `rate_until`. Raises NotFound, Refused, Invalid."""
    made = _of_code(session, code)
    see_that_it_may_be_rated(made)
    if not 1 <= satisfaction <= 5:
        raise Invalid({"satisfaction": ["请选择 1 至 5 分。"]})
    if len(comment) > LENGTHS["comment"]:
        raise Invalid({"comment": [_too_long("comment", comment)]})
    made.satisfaction, made.comment, made.rated_at = satisfaction, comment, clock.now()
    session.flush()
    _record(session, made, "rate_appointment", satisfaction=satisfaction)
    return made


def see_that_it_may_be_rated(made: Appointment) -> None:
    """Raise Refused, with the reason, where an appointment can't be rated now."""
    if made.status not in ANSWERED:
        raise Refused("服务机构还没有答复，答复后才能评价。" if made.status == "open" else "此预约已经结束，不能评价。")
    if made.satisfaction is not None:
        raise Refused("此预约已经评价过，每件预约评价一次。")
    if made.rate_until is not None and clock.today() > made.rate_until:
        raise Refused(f"评价已于 {made.rate_until} 截止。")


def rate_until(programme: Programme, rules: AppointmentRules, answered_at: datetime, region_code: str) -> date | None:
    """The last day for rating what was answered at an instant; None where the programme sets no end."""
    rule = programme.periods.get(rules.rating or "")
    if rule is None or rule.period is None:
        return None
    calendar = workdays.calendar_for(region_code)
    return workdays.deadline(rule.period, clock.local(answered_at).date(), calendar).last_day


def of_code(session: Session, code: str) -> Appointment:
    """The appointment with a code, however it was typed. Raises NotFound."""
    found = session.scalars(select(Appointment).where(Appointment.code == plain_code(code))).one_or_none()
    if found is None:
        raise NotFound("没有这个预约码，请核对后重新输入。")
    return found


def plain_code(typed: str) -> str:
    """A code as it is kept: "K7QM-3F2X-9PTD-WH4R"."""
    letters = re.sub(r"[^0-9A-Z]", "", typed.upper()[:40])
    return "-".join(letters[place:place + 4] for place in range(0, len(letters), 4))


def new_code(session: Session) -> str:
    """A code that nobody has: 16 letters and digits that aren't mistaken for each other."""
    while True:
        code = plain_code("".join(secrets.choice(LETTERS) for _ in range(16)))
        if session.scalar(select(Appointment.id).where(Appointment.code == code)) is None:
            return code


def _checked(session: Session, title: Title, request: Request) -> dict[str, Any]:
    values = {key: getattr(request, key).strip() for key in LENGTHS if hasattr(request, key)}
    errors: dict[str, list[str]] = {}
    for key, check in (("credit_code", "uscc"), ("contact_phone", "phone"), ("contact_email", "email")):
        values[key] = checks.tidy(check, values[key])
        if values[key] and (fault := checks.fault(check, values[key])):
            errors[key] = [f"{fault}。"]
    for key, label in _NEEDED.items():
        if not values[key]:
            errors[key] = [f"请填写{label}。"]
    for key, value in values.items():
        if len(value) > LENGTHS[key]:
            errors[key] = [_too_long(key, value)]
    if request.wanted_on is not None and request.wanted_on < clock.today():
        errors["wanted_on"] = ["希望的日期不能早于今天。"]
    if not request.consent:
        errors["consent"] = ["请勾选同意，否则服务机构无法与您联系。"]
    if not errors and _waiting(session, title, values["contact_phone"]) >= MOST_OPEN:
        errors[""] = [f"您已有 {MOST_OPEN} 件预约等待该单位答复，请等待答复，或取消后再预约。"]
    if errors:
        raise Invalid(errors)
    return values


def _waiting(session: Session, title: Title, phone: str) -> int:
    where = Appointment.title_id == title.id, Appointment.contact_phone == phone, Appointment.status == "open"
    return session.scalar(select(func.count()).select_from(Appointment).where(*where)) or 0


def _item(session: Session, title: Title, public_id: str) -> CatalogueItem | None:
    """The catalogue item that the enterprise came from, if it is still the holder's."""
    if not public_id:
        return None
    return session.scalar(
        select(CatalogueItem).where(CatalogueItem.public_id == public_id, CatalogueItem.title_id == title.id)
    )


def _of_code(session: Session, code: str) -> Appointment:
    """The appointment with a code, its case and then its row locked."""
    case_id = of_code(session, code).case_id
    assert case_id is not None
    steps.lock(session, case_id)
    return session.scalars(
        select(Appointment).where(Appointment.case_id == case_id).with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _enterprise(session: Session, programme: Programme, made: Appointment) -> Identity:
    """Who opens the case: nobody of ours, at the authority's door."""
    unit: Unit = changing.authority_unit(session, programme)
    return Identity(
        person_id=None, public_id="", login="", name=made.enterprise, unit_id=unit.id,  # type: ignore[arg-type]
        unit_public_id=unit.public_id, unit_name="", unit_kind=unit.kind, unit_status=unit.status, tier=unit.tier,
        region_code=unit.region_code, province_code=None, city_code=None, county_code=None, must_change_password=False,
    )


def _tell(session: Session, made: Appointment, title: Title, mail: wording.Mail) -> None:
    if made.contact_email:
        subject, body = mail.written(holder=title.holder_name, code=made.code)
        outbox.post(session, to=made.contact_email, subject=subject, body=body)


def _too_long(key: str, value: str) -> str:
    return f"最多 {LENGTHS[key]} 个字，现在有 {len(value)} 个。"


def _record(
    session: Session, made: Appointment, verb: str, *, legal_at: datetime | None = None, **details: Any
) -> None:
    audit.record(
        session, chain=f"case:{made.case_id}", verb=verb, person_id=None, person_name=made.enterprise, unit_name="",
        details=details, legal_at=legal_at,
    )
