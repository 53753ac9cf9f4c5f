"""What administrators do with units: setting up, correcting, closing and opening again."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, db
from app.errors import Invalid, NotAllowed, NotFound, Refused
from app.people import reach, regions, sessions
from app.people.models import Person, Unit
from app.people.queries import LOWER_TIERS, Identity

BODIES = ("centre", "internal")
"""Sorts of office besides a department of the government: a service centre, a section within one."""
ORGANISATION = "organisation_code"
UNIT_FIELDS = ("name", "address", "contact_name", "contact_phone", "contact_email")
_TIER_WORDS = {"province": "省级", "city": "市级", "county": "县级"}


def create_unit(
    session: Session, *, by: Identity, kind: str, tier: str, region_code: str, values: Mapping[str, str]
) -> Unit:
    """Set up a department or an association below one's own tier, or beside one's own unit in the same division.

    An association has no tier (""). `kind` may also be one of BODIES: a department that is such an office. `values` may
    say the credit code of the organisation behind it (organisation_code). Raises NotAllowed, Invalid (fields name,
    tier, region_code).
    """
    if not by.has("admin") or by.unit_kind != "department":
        raise NotAllowed()
    body = kind if kind in BODIES else ""
    kind = "department" if body else kind
    if kind == "department":
        see_that_tier_fits(session, tier, region_code)
    _see_that_division_is_below(session, by, region_code, tier=tier if kind == "department" else "")
    made = new_unit(
        session, kind=kind, tier=tier if kind == "department" else None, region_code=region_code, values=values,
        set_up_by_id=by.unit_id, body=body,
    )
    reach.record(session, "create_unit", by, made, kind=body or kind, tier=tier, region=region_code)
    return made


def change_unit(session: Session, public_id: str, *, by: Identity, values: Mapping[str, str]) -> Unit:
    """Correct a unit's name, address and contact. Raises NotFound, NotAllowed, Invalid."""
    unit = reach.unit(session, by, public_id)
    if values["name"] != unit.name:
        if unit.kind == "institution":
            raise Invalid({"name": ["机构名称的变更须按“变更报备”办理，不能在此修改。"]})
        _see_that_name_is_free(session, values["name"])
    known = UNIT_FIELDS if unit.kind == "institution" else (*UNIT_FIELDS, ORGANISATION)
    changed = [key for key in known if key in values and getattr(unit, key) != values[key]]
    for key in changed:
        setattr(unit, key, values[key])
    session.flush()
    reach.record(session, "change_unit", by, unit, changed=changed)
    return unit


def follow_change(
    session: Session, unit_id: int, *, by: Identity | None, values: Mapping[str, str], reason: str, case: str
) -> Unit:
    """变更: write an institution's name, credit code, division and address as an accepted change report has them.

    `reason` is the kind of change, `case` the number of the case that decided it. Raises Refused where the credit code
    is another unit's.
    """
    unit = session.scalars(
        select(Unit).where(Unit.id == unit_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if session.scalar(select(Unit.id).where(Unit.credit_code == values["credit_code"], Unit.id != unit.id)):
        raise Refused(f"统一社会信用代码 {values['credit_code']} 已登记在另一单位名下。")
    changed = [
        f"{key}: {getattr(unit, key)} → {value}" for key, value in values.items() if getattr(unit, key) != value
    ]
    for key, value in values.items():
        setattr(unit, key, value)
    session.flush()
    reach.record(session, "follow_change", by, unit, changed=changed, reason=reason, case=case)
    return unit


def disable_unit(session: Session, public_id: str, *, by: Identity, reason: str) -> Unit:
    """Close a unit: nobody signs in for it any more, live sessions end at once, tasks go to the unit above."""
    unit = reach.unit(session, by, public_id)
    if unit.id == by.unit_id:
        raise Refused("不能停用本单位；请由上级单位的管理员办理。")
    if unit.status not in ("active", "disabled"):
        raise Refused("注册尚未确认的单位不能停用；请在“注册审核”中处理。")
    reach.see_that_it_changes(unit.status, "disabled")
    unit.status, unit.status_reason = "disabled", reason
    for person_id in session.scalars(select(Person.id).where(Person.unit_id == unit.id)):
        sessions.end_all(session, person_id=person_id)
    session.flush()
    reach.record(session, "disable_unit", by, unit, reason=reason)
    return unit


def enable_unit(session: Session, public_id: str, *, by: Identity) -> Unit:
    """Open a disabled unit again."""
    unit = reach.unit(session, by, public_id)
    reach.see_that_it_changes(unit.status, "active")
    if unit.status != "disabled":
        raise Refused("只有已停用的单位可以启用。")
    unit.status, unit.status_reason = "active", ""
    session.flush()
    reach.record(session, "enable_unit", by, unit)
    return unit


def new_unit(
    session: Session, *, kind: str, tier: str | None, region_code: str | None, values: Mapping[str, str],
    set_up_by_id: int | None = None, body: str = "",
) -> Unit:
    """Write a unit's row. Raises Invalid (field "name") where one is called so already."""
    _see_that_name_is_free(session, values["name"])
    unit = Unit(
        public_id=db.public_id(), kind=kind, tier=tier, region_code=region_code, status="active",
        set_up_by_id=set_up_by_id, created_at=clock.now(), body=body,
        **{key: values.get(key, "") for key in (*UNIT_FIELDS, ORGANISATION)},
    )
    session.add(unit)
    session.flush()
    return unit


def _see_that_name_is_free(session: Session, name: str) -> None:
    if session.scalar(select(Unit.id).where(Unit.name == name, Unit.kind != "institution")) is not None:
        raise Invalid({"name": ["已有同名单位，请核对；同名的不同单位请在名称中加以区别。"]})


def see_that_tier_fits(session: Session, tier: str, region_code: str) -> None:
    """A department stands at the tier of its division; a ministry has none."""
    if tier == "ministry":
        if region_code:
            raise Invalid({"region_code": ["国家级单位不填行政区划。"]})
        return
    if not region_code:
        raise Invalid({"region_code": ["请选择行政区划。"]})
    region = see_that_region_exists(session, region_code)
    if region.tier != tier:
        raise Invalid({"tier": [f"{region.name}在本系统中按{_TIER_WORDS[region.tier]}办理，与所选层级不符。"]})


def see_that_region_exists(session: Session, code: str) -> regions.Region:
    """The division of a code that somebody chose. Raises Invalid (field "region_code")."""
    try:
        return regions.get(session, code)
    except NotFound as error:
        raise Invalid({"region_code": [error.message]}) from error


def _see_that_division_is_below(session: Session, by: Identity, region_code: str, *, tier: str) -> None:
    """One's own division and what lies in it; a department at one's own tier only in one's own division."""
    if tier and tier not in (by.tier, *LOWER_TIERS[by.tier or "county"]):
        raise Invalid({"tier": ["只能建立本级或下级部门。"]})
    if tier == "ministry":
        return
    region = see_that_region_exists(session, region_code)
    if by.tier != "ministry" and getattr(region, f"{by.tier}_code") != by.region_code:
        raise Invalid({"region_code": ["该行政区划不在本单位管辖范围内。"]})
