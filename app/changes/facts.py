"""What is known of a holder before a change and after it: read from a report, and put into the register."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.errors import Invalid, Refused
from app.people import operations as people
from app.people.models import Region, Unit
from app.people.queries import Identity
from app.programmes.queries import Programme
from app.titles import standing
from app.titles.models import Title

FACTS: Mapping[str, str] = {
    "name": "单位名称", "credit_code": "统一社会信用代码", "region": "所在地", "address": "注册地址",
    "representative": "法定代表人", "legal_form": "法人类型", "other": "其他",
}
"""What a change report says of a unit, in words; its form has a field before_KEY and a field after_KEY for each."""


@dataclass(frozen=True)
class Written:
    """A report's facts. `after` holds only what changed; `region_code` is the new division's code, "" for none;
    `successor` the (name, credit code) of another institution to which the title passes, None for none."""

    before: Mapping[str, str]
    after: Mapping[str, str]
    region_code: str
    successor: tuple[str, str] | None

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"before": dict(self.before), "after": dict(self.after)}
        if self.region_code:
            found["region_code"] = self.region_code
        if self.successor:
            found["successor"] = {"name": self.successor[0], "credit_code": self.successor[1]}
        return found


def read(session: Session, answers: Mapping[str, Any], holder: Unit, *, called: str) -> Written:
    """The facts of a report. What the register knows of the holder is taken from there, whatever was typed; `called` is
    its name by this title, which may be older than the unit's where another title's change came first.

    Raises Invalid at the field: nothing changed, a division that there isn't, a successor that is the holder itself.
    """
    known = {"name": called, "credit_code": holder.credit_code or "", "address": holder.address,
             "region": _name_of(session, holder.region_code)}
    before = {key: known.get(key) or _text(answers, f"before_{key}") for key in FACTS}
    after = {key: said for key in FACTS if (said := _text(answers, f"after_{key}")) and said != before[key]}
    if "credit_code" in after:
        after["credit_code"] = after["credit_code"].upper()
    region_code = ""
    if "region" in after:
        region = _region(session, after["region"])
        region_code, after["region"] = region.code, region.name
        if region.code == holder.region_code:
            del after["region"]
            region_code = ""
    successor = None
    if answers.get("has_successor") == "yes":
        successor = _text(answers, "successor_name"), _text(answers, "successor_code").upper()
        if successor[1] == known["credit_code"]:
            raise Invalid({"successor_code": ["与本单位的统一社会信用代码相同。称号仍由本单位持有的，请选“否”。"]})
    if not after and successor is None:
        raise Invalid({"after_name": ["没有填写任何变化后的情况。请在“变化后”一栏填写发生变化的项目。"]})
    return Written(before, after, region_code, successor)


def put_into_register(
    session: Session, programme: Programme, title: Title, facts: Mapping[str, Any], *, kind: str, clause: str,
    by: Identity | None, case_number: str,
) -> Unit:
    """Bring the register up to an accepted change; returns the title's holder after it.

    The institution's own row follows; where a successor is in the register already, the title passes to it. Raises
    Refused where the new division lies outside the authority's, or the successor holds a title of the programme.
    """
    holder, after = session.get_one(Unit, title.holder_id), dict(facts["after"])
    if region_code := facts.get("region_code"):
        _see_that_it_lies_inside(session, programme, region_code, clause)
    successor = facts.get("successor") or {}
    code = successor.get("credit_code") or after.get("credit_code") or holder.credit_code
    name = successor.get("name") or after.get("name") or holder.name
    other = session.scalar(select(Unit).where(Unit.credit_code == code, Unit.id != holder.id))
    if other is not None:
        _see_that_it_holds_none(session, title, other, clause)
        return other
    values = {"name": name, "credit_code": code, "address": after.get("address") or holder.address,
              "region_code": region_code or holder.region_code}
    return people.follow_change(session, holder.id, by=by, values=values, reason=kind, case=case_number)


def _see_that_it_lies_inside(session: Session, programme: Programme, code: str, clause: str) -> None:
    region, tier = session.get_one(Region, code), programme.authority.tier
    if tier != "ministry" and getattr(region, f"{tier}_code") != programme.authority.region:
        said = f"{region.name}不在{programme.authority.name}的辖区内，称号不能保留在名录中；请核实是否仍符合条件。"
        raise Refused(said, clause=clause)


def _see_that_it_holds_none(session: Session, title: Title, unit: Unit, clause: str) -> None:
    number = session.scalar(
        select(Title.number).where(
            Title.holder_id == unit.id, Title.programme == title.programme, Title.id != title.id,
            Title.status.not_in(standing.ENDS),
        )
    )
    if number is not None:
        raise Refused(f"承继单位{unit.name}已有本项目的称号（{number}），不能再承继一个。", clause=clause)


def _region(session: Session, said: str) -> Region:
    found = session.scalars(select(Region).where(or_(Region.code == said, Region.name == said))).all()
    if len(found) == 1:
        return found[0]
    said = "有多个同名地区，请填六位行政区划代码。" if found else "没有这个地区，请填行政区划全称或六位代码。"
    raise Invalid({"after_region": [said]})


def _name_of(session: Session, code: str | None) -> str:
    region = session.get(Region, code) if code else None
    return region.name if region else ""


def _text(answers: Mapping[str, Any], key: str) -> str:
    return str(answers.get(key) or "").strip()
