"""会员名录: which institutions are members of an association, by credit code and days, kept by the association itself.

Where a programme matches its recommenders by membership, an association with a list is offered to those alone who are
members on that day; one that keeps no list to all, and it says at its review whether the applicant is its member.
Source: HUB-9.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from app import clock, db
from app.audit import operations as audit
from app.errors import Gone, Invalid, NotAllowed, NotFound
from app.formschema import Field, Form, read_form
from app.people.models import AssociationMember, Unit
from app.people.queries import Identity

ROLES = ("clerk", "lead")
LONGEST_NAME = 100
PAGE = 50
_FORM = Path(__file__).with_name("members.json")


@cache
def form() -> Form:
    """The form of the list as it is imported."""
    return read_form(_FORM.read_bytes())


def table() -> Field:
    """The list's table: its columns are those of the workbook."""
    found = form().field("members")
    assert found is not None
    return found


def add(session: Session, *, by: Identity, name: str, credit_code: str, joined_on: date) -> AssociationMember:
    """入会: a member from a day on. Raises NotAllowed for anybody but an association's own people, Invalid at the
    fields: a code that none can be, a day that hasn't come, and one who is a member already."""
    _see_that_it_may(by)
    code = credit_code.strip().upper()
    wrong: dict[str, list[str]] = {}
    if not name.strip() or len(name.strip()) > LONGEST_NAME:
        wrong["name"] = [f"请填写单位名称，不超过 {LONGEST_NAME} 字。"]
    if not uscc.is_valid(code):
        wrong["credit_code"] = ["统一社会信用代码不正确，请核对 18 位代码。"]
    if joined_on > clock.today():
        wrong["joined_on"] = ["日期不能晚于今天，请改正。"]
    if wrong:
        raise Invalid(wrong)
    audit.lock(session, f"unit:{by.unit_id}")
    _see_that_it_is_new(session, by.unit_id, code, joined_on)
    made = _write(session, by, name.strip(), code, joined_on, None)
    _record(session, "add_member", by, name=made.name, code=code, joined_on=joined_on.isoformat())
    return made


def leave(session: Session, public_id: str, *, by: Identity, left_on: date) -> AssociationMember:
    """退会: from a day on the institution is no member any more. An entry made in error ends on the day on which it
    began. Raises NotFound for another association's, Gone for one that has left, Invalid at `left_on`."""
    _see_that_it_may(by)
    audit.lock(session, f"unit:{by.unit_id}")
    member = own(session, public_id, by)
    if member.left_on is not None:
        raise Gone(f"该单位已于 {member.left_on} 退会。")
    if not member.joined_on <= left_on <= clock.today():
        raise Invalid({"left_on": [f"退会日期不能早于入会的 {member.joined_on}，也不能晚于今天。"]})
    member.left_on = left_on
    session.flush()
    _record(session, "end_membership", by, name=member.name, code=member.credit_code, left_on=left_on.isoformat())
    return member


def own(session: Session, public_id: str, by: Identity) -> AssociationMember:
    """A member of the person's own association. Raises NotFound."""
    member = session.scalars(
        select(AssociationMember)
        .where(AssociationMember.public_id == public_id, AssociationMember.association_id == by.unit_id)
    ).one_or_none()
    if member is None:
        raise NotFound()
    return member


def take_list(session: Session, rows: Sequence[Mapping[str, Any]], *, by: Identity) -> dict[str, int]:
    """导入: rows of the list as a sheet gave them (`form`; at most 500 at once): new members are added, those with a
    day of leaving leave. Returns how many were added, have left, and were known already.

    All or nothing: raises Invalid at `file` for a row that contradicts the list.
    """
    _see_that_it_may(by)
    values = form().load({"members": list(rows)})["members"]
    audit.lock(session, f"unit:{by.unit_id}")
    known = {
        (row.credit_code, row.joined_on): row for row in session.scalars(
            select(AssociationMember).where(AssociationMember.association_id == by.unit_id))
    }
    counted = {"added": 0, "left": 0, "known": 0}
    for row in values:
        code, joined, left = str(row["credit_code"]).upper(), row["joined_on"], row.get("left_on")
        if left is not None and left < joined:
            raise Invalid({"file": [f"{row['name']}：退会日期 {left} 早于入会日期 {joined}。"]})
        found = known.get((code, joined))
        if found is None:
            _see_that_it_is_new(session, by.unit_id, code, joined, field="file", name=str(row["name"]), left=left)
            known[code, joined] = _write(session, by, str(row["name"]).strip(), code, joined, left)
            counted["added"] += 1
        elif left is not None and found.left_on is None:
            found.left_on = left
            counted["left"] += 1
        else:
            counted["known"] += 1
    session.flush()
    _record(session, "import_members", by, **counted)
    return counted


def listing(
    session: Session, association_id: int, *, text: str = "", after: int = 0
) -> tuple[list[AssociationMember], int | None]:
    """A page of an association's list in the order of entry, and the id to go on after (None: the last page)."""
    where = [AssociationMember.association_id == association_id, AssociationMember.id > after]
    if text:
        where.append(or_(AssociationMember.name.icontains(text, autoescape=True),
                         AssociationMember.credit_code == text.strip().upper()))
    rows = session.scalars(
        select(AssociationMember).where(*where).order_by(AssociationMember.id).limit(PAGE + 1)
    ).all()
    return list(rows[:PAGE]), rows[PAGE - 1].id if len(rows) > PAGE else None


def everything(session: Session, association_id: int) -> list[dict[str, Any]]:
    """The whole list as rows of the workbook."""
    rows = session.scalars(
        select(AssociationMember).where(AssociationMember.association_id == association_id)
        .order_by(AssociationMember.id)
    )
    return [{"name": row.name, "credit_code": row.credit_code, "joined_on": row.joined_on, "left_on": row.left_on}
            for row in rows]


def open_to(credit_code: str, day: date) -> ColumnElement[bool]:
    """The condition that an association (`Unit`) keeps no list, or that an institution is its member on a day."""
    of_unit = AssociationMember.association_id == Unit.id
    member = exists().where(of_unit, AssociationMember.credit_code == credit_code, _on(day))
    return or_(~exists().where(of_unit), member)


def _on(day: date) -> ColumnElement[bool]:
    return and_(AssociationMember.joined_on <= day,
                or_(AssociationMember.left_on.is_(None), AssociationMember.left_on > day))


def _see_that_it_may(by: Identity) -> None:
    if by.unit_kind != "association" or not by.has(*ROLES):
        raise NotAllowed("会员名录由协会的经办岗、审核岗维护。")


def _see_that_it_is_new(
    session: Session, association_id: int, code: str, joined_on: date, *, field: str = "credit_code", name: str = "",
    left: date | None = None,
) -> None:
    """No two memberships of an institution at the same time."""
    where = [AssociationMember.association_id == association_id, AssociationMember.credit_code == code,
             or_(AssociationMember.left_on.is_(None), AssociationMember.left_on > joined_on)]
    if left is not None:
        where.append(AssociationMember.joined_on < left)
    found = session.scalars(select(AssociationMember).where(*where).limit(1)).one_or_none()
    if found is not None:
        until = f"至 {found.left_on}" if found.left_on else "至今"
        said = f"该单位自 {found.joined_on} {until}已是会员，日期重叠。"
        raise Invalid({field: [f"{name}：{said}" if name else said]})


def _write(
    session: Session, by: Identity, name: str, code: str, joined_on: date, left_on: date | None
) -> AssociationMember:
    made = AssociationMember(
        public_id=db.public_id(), association_id=by.unit_id, name=name, credit_code=code, joined_on=joined_on,
        left_on=left_on, person_id=by.person_id, recorded_at=clock.now(),
    )
    session.add(made)
    session.flush()
    return made


def _record(session: Session, verb: str, by: Identity, **details: Any) -> None:
    audit.record(
        session, chain=f"unit:{by.unit_id}", verb=verb, person_id=by.person_id, person_name=by.name,
        unit_name=by.unit_name, details=details,
    )
