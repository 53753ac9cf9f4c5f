"""Titles that come into the register without an application: those in force from before it (存量), and those entered on
the strength of another title (直接入库).

Both are cases: an official of the authority fills a table (or imports it from xlsx), the register is checked at once
with each error at its row, and a second person confirms; then every row becomes a title with its event.

The table's columns: `name`, `credit_code`, `region` (code or name), `granted_on`, `valid_until`; for a title in force
also `number`, `document_number`, `grades` ("2024:A；2025:B") and `missed` ("2025-03-15；2025-06-15"), for an entered
one `original` (a key of direct_entry.titles) and `original_number`; and one column for each class of the programme.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app import clock, db, workdays
from app.audit import operations as audit
from app.cases import queries as cases
from app.cases.words import Place
from app.errors import Invalid, Refused
from app.people.models import Region, Unit
from app.programmes.queries import Programme
from app.titles import bans, changing, standing
from app.titles.models import Title, TitleRecord

IMPORTED, ENTERED = "imported", "entered"
_GRADE = re.compile(r"(\d{4})[:：\s]*([A-Z][+-]?|优秀|良好|合格|不合格)")
_PARTS = re.compile(r"[；;、,，\s]+")


@dataclass(frozen=True)
class Row:
    """One row of the table, read: whom it names, where, and what is known of the title. `place` counts from 0."""

    place: int
    values: Mapping[str, Any]
    unit: Unit | None
    region_code: str
    grades: Mapping[str, str]
    missed: Sequence[str]

    @property
    def credit_code(self) -> str:
        return str(self.values["credit_code"]).strip().upper()


def check(session: Session, place: Place) -> str:
    """核对: hold each row against the register and the divisions; raises Invalid at "table.row.column" for all that is
    wrong. Returns how many rows there are. What only warns (a ban of another programme, or one that the programme
    doesn't refuse) is told in the case's story, for the second person to judge."""
    rows = _read(session, place)
    for row in rows:
        told = bans.warnings(session, place.programme.key, row.credit_code, clock.today())
        ban = bans.ban_on(session, place.programme.key, row.credit_code, clock.today())
        if ban is not None:
            told.append(f"该单位{bans.said(session, ban, row.credit_code)}")
        for words in told:
            bans.warn(session, place.case.id, f"{row.values['name']}：{words}", person_id=place.person_id)
    return str(len(rows))


def enter(session: Session, place: Place) -> str:
    """登记: every row becomes a title; an institution that isn't known yet is set up, for its people to claim by
    registering. Returns how many titles came in. Raises Invalid as `check` does: the register may have moved since."""
    rows, basis, programme = _read(session, place), place.parameters["basis"], place.programme
    for row in rows:
        unit = row.unit or _set_up(session, row)
        title = _title(session, place, row, unit, basis)
        session.add(title)
        session.flush()
        changing.record(
            session, title, basis, case_id=place.case.id, clause=_clause(programme, basis),
            effective_on=title.granted_on, decision=title.document_number, person_id=place.person_id, at=place.at,
        )
        past = [{"kind": "grade", "period": year, "value": grade} for year, grade in row.grades.items()]
        past += [{"kind": "miss", "period": day, "value": ""} for day in row.missed]
        if past:
            session.execute(
                insert(TitleRecord), [{"title_id": title.id, "case_id": place.case.id, **one} for one in past]
            )
    audit.record(
        session, chain=f"case:{place.case.id}", verb="enter_titles", person_id=place.person_id,
        person_name="" if place.person_id else "系统", unit_name="",
        details={"basis": basis, "count": len(rows), "clause": _clause(programme, basis)}, legal_at=place.at,
    )
    return str(len(rows))


def _read(session: Session, place: Place) -> list[Row]:
    form, table = place.parameters["table"].split(".")
    written = cases.latest_answers(session, place.case.id).get(form, {}).get(table) or []
    if not written:
        raise Invalid({table: ["表中没有内容，请至少填写一行。"]})
    codes = [str(row["credit_code"]).strip().upper() for row in written]
    units = {
        unit.credit_code: unit
        for unit in session.scalars(select(Unit).where(Unit.credit_code.in_(codes), Unit.kind == "institution"))
    }
    wrong: dict[str, list[str]] = {}
    regions = _regions(session, place.programme)
    rows = []
    for n, values in enumerate(written):
        found = [code for code, name in regions if str(values["region"]).strip() in (code, name)]
        if len(found) != 1:
            said = "有多个同名地区，请填六位行政区划代码" if found else "不在认定机关辖区内，请填区划全称或六位代码"
            wrong[f"{table}.{n}.region"] = [f"“{values['region']}”{said}。"]
        grades, missed = _grades(values), _missed(values)
        if grades is None:
            wrong[f"{table}.{n}.grades"] = ["年度评价写作“2024:A；2025:B”。"]
        if missed is None:
            wrong[f"{table}.{n}.missed"] = ["漏报的周期写各期的截止日期，例如“2025-03-15；2025-06-15”。"]
        rows.append(Row(n, values, units.get(codes[n]), found[0] if found else "", grades or {}, missed or []))
    for field, message in _clashes(session, place, rows):
        wrong.setdefault(f"{table}.{field}", []).append(message)
    if wrong:
        raise Invalid(wrong, f"表中有 {len({path.split('.')[1] for path in wrong})} 行需要改正。")
    return rows


def _clashes(session: Session, place: Place, rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """What two rows, or a row and the register, can't both be."""
    programme, today = place.programme, clock.today()
    held = set(session.scalars(
        select(Unit.credit_code).join(Title, Title.holder_id == Unit.id)
        .where(Title.programme == programme.key, Title.status.not_in(standing.ENDS),
               Unit.credit_code.in_([row.credit_code for row in rows]))
    ))
    numbers = [str(row.values.get("number") or "") for row in rows]
    taken = set(session.scalars(select(Title.number).where(Title.number.in_([number for number in numbers if number]))))
    codes, repeated = Counter(row.credit_code for row in rows), Counter(numbers)
    for row, number in zip(rows, numbers, strict=True):
        ban = bans.ban_on(session, programme.key, row.credit_code, today) if _refuses_banned(place) else None
        if ban is not None:
            yield f"{row.place}.credit_code", f"该单位{bans.said(session, ban, row.credit_code)}"
        if codes[row.credit_code] > 1:
            yield f"{row.place}.credit_code", "同一单位在表中出现多次。"
        if row.credit_code in held:
            yield f"{row.place}.credit_code", "该单位在名录中已有本项目的称号。"
        if number and (number in taken or repeated[number] > 1):
            yield f"{row.place}.number", "编号与表中另一行或名录中的称号重复。"
        granted = _day(row.values.get("granted_on"))
        until = valid_until(programme, granted or today, row.values, row.region_code)
        if granted is not None and granted > today:
            yield f"{row.place}.granted_on", "日期在今天以后。"
        if until is not None and granted is not None and until < granted:
            yield f"{row.place}.valid_until", "有效期止早于起始日期。"
        if until is not None and until < today:
            yield f"{row.place}.valid_until", f"已于 {until} 到期，不能作为有效的称号登记。"


def _refuses_banned(place: Place) -> bool:
    """Whether a ban of the programme keeps a row out: always a title in force; an entered one as the programme says.
    Source: HBI-10."""
    entry = place.programme.settings.direct_entry
    return place.parameters["basis"] != ENTERED or entry is None or entry.while_banned == "refused"


def _title(session: Session, place: Place, row: Row, unit: Unit, basis: str) -> Title:
    programme, values = place.programme, row.values
    granted_on = _day(values.get("granted_on")) or clock.local(place.at).date()
    original = ""
    if basis == ENTERED:
        rules = programme.settings.direct_entry
        if rules is None:
            raise Refused("本项目没有直接入库的规定。")
        original = f"{rules.titles.get(values['original'], values['original'])} {values.get('original_number') or ''}"
        # The day of entry opens the title here; the other title's own days stay in `original`.
        granted_on = clock.local(place.at).date()
    return Title(
        public_id=db.public_id(),
        number=str(values.get("number") or "") or number_for(session, programme, granted_on),
        programme=programme.key, name=programme.title.name, holder_id=unit.id, holder_name=str(values["name"]),
        case_id=place.case.id, release_id=place.case.release_id, basis=basis, original=original.strip(),
        classes={key: class_words(programme, key, values[key]) for key in programme.title.classes if values.get(key)},
        document_number=str(values.get("document_number") or values.get("original_number") or ""),
        granted_on=granted_on, valid_until=valid_until(programme, granted_on, values, place.case.region_code),
        status="active",
    )


def valid_until(programme: Programme, granted_on: date, values: Mapping[str, Any], region_code: str) -> date | None:
    """The last day of a title that came in by hand: as written, else by the programme's validity; None without one."""
    written, validity = _day(values.get("valid_until")), programme.title.validity
    if written is not None or validity is None:
        return written
    calendar = workdays.calendar_for(region_code)
    return workdays.deadline(programme.periods[validity].period, granted_on, calendar).last_day


def number_for(session: Session, programme: Programme, day: date) -> str:
    """The next number of a title by the programme's pattern; one that came in from before is passed over."""
    while True:
        seq = db.next_number(session, f"title:{programme.code}:{day.year}")
        number = programme.number(programme.title.number, year=day.year, seq=seq)
        if session.scalar(select(Title.id).where(Title.number == number)) is None:
            return number


def class_words(programme: Programme, key: str, value: object) -> str:
    """What a class is called: the label of the choice in the field that decides it."""
    form, _, field = programme.title.classes[key].field.partition(".")
    found = programme.form(form).field(field)
    return found.label_of(value) if found else str(value)


def _set_up(session: Session, row: Row) -> Unit:
    unit = Unit(
        public_id=db.public_id(), kind="institution", credit_code=row.credit_code, region_code=row.region_code,
        name=str(row.values["name"]), status="active", created_at=clock.now(),
    )
    session.add(unit)
    session.flush()
    return unit


def _regions(session: Session, programme: Programme) -> list[tuple[str, str]]:
    top = programme.authority.region
    column = getattr(Region, f"{programme.authority.tier}_code") if programme.authority.tier != "ministry" else None
    where = [column == top] if column is not None else []
    return [(code, name) for code, name in session.execute(select(Region.code, Region.name).where(*where))]


def _grades(values: Mapping[str, Any]) -> dict[str, str] | None:
    parts = [part for part in _PARTS.split(str(values.get("grades") or "")) if part]
    found = [_GRADE.fullmatch(part) for part in parts]
    return None if None in found else {match[1]: match[2] for match in found}


def _missed(values: Mapping[str, Any]) -> list[str] | None:
    days = [_day(part) for part in _PARTS.split(str(values.get("missed") or "")) if part]
    return None if None in days else sorted({day.isoformat() for day in days})


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None


def _clause(programme: Programme, basis: str) -> str:
    entry = programme.settings.direct_entry
    return entry.clause if basis == ENTERED and entry is not None else programme.title.clause
