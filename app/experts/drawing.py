"""Who may be drawn, and in which order. Pure: anyone can do a draw over again from its seed and its candidates.

The order is that of the SHA-256 of "seed:expert" for each candidate's public id: no candidate's place depends on who
else stands in the register, nor on any program's random numbers.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

TIERS = ("province", "city", "county")
BELOW = {"ministry": "province", "province": "city", "city": "county", "county": "county"}


@dataclass(frozen=True)
class Divisions:
    """Where something lies: the codes of its divisions from the province down; None where there is none."""

    province: str | None = None
    city: str | None = None
    county: str | None = None

    def at(self, tier: str) -> str | None:
        """The code of the division at a tier."""
        return getattr(self, tier)

    def all(self) -> frozenset[str]:
        """All codes."""
        return frozenset(code for code in (self.province, self.city, self.county) if code)


@dataclass(frozen=True)
class Candidate:
    """An expert of the register with what conflicts are found by. `barred` says why the person can't act at all."""

    id: int
    public_id: str
    name: str
    unit_id: int
    unit_name: str
    employer: str = ""
    divisions: Divisions = Divisions()
    units: Mapping[int, str] = field(default_factory=dict)
    regions: Mapping[str, str] = field(default_factory=dict)
    barred: str = ""


@dataclass(frozen=True)
class Matter:
    """What is reviewed: who applied, where, who recommends, and the tier of the authority that reviews."""

    applicant_id: int
    applicant_name: str
    divisions: Divisions
    recommender_id: int | None
    tier: str


def order(seed: str, public_ids: Iterable[str]) -> list[str]:
    """The public ids in the order that the seed gives them."""
    return sorted(public_ids, key=lambda one: (hashlib.sha256(f"{seed}:{one}".encode()).hexdigest(), one))


def split(
    candidates: Iterable[Candidate], matter: Matter, rules: Iterable[str], *, seed: str
) -> tuple[list[Candidate], list[tuple[Candidate, str]]]:
    """The candidates without conflict in the seed's order, and the others with the reason of each, by name."""
    checks, free, out = [CONFLICTS[rule] for rule in rules], {}, []
    for one in candidates:
        reason = one.barred or next(filter(None, (check(one, matter) for check in checks)), "")
        if reason:
            out.append((one, reason))
        else:
            free[one.public_id] = one
    out.sort(key=lambda pair: (pair[0].name, pair[0].public_id))
    return [free[key] for key in order(seed, free)], out


def _same_unit(one: Candidate, matter: Matter) -> str:
    employed = bool(one.employer) and _plain(one.employer) == _plain(matter.applicant_name)
    same = one.unit_id == matter.applicant_id or employed
    return "与申报单位为同一单位" if same else ""


def _same_region(one: Candidate, matter: Matter) -> str:
    """The same division one tier below the authority: a province's experts come from another city than the applicant.

    Where the applicant's divisions skip that tier, the next one below counts. A unit that stands at the authority's own
    tier or above belongs to no such division.
    """
    first = TIERS.index(BELOW[matter.tier])
    tier = next((tier for tier in TIERS[first:] if matter.divisions.at(tier)), TIERS[first])
    code = matter.divisions.at(tier)
    return "所在单位与申报单位在同一行政区划" if code and one.divisions.at(tier) == code else ""


def _declared(one: Candidate, matter: Matter) -> str:
    if matter.applicant_id in one.units:
        return f"已申报利害关系：{one.units[matter.applicant_id]}"
    code = next((code for code in matter.divisions.all() if code in one.regions), None)
    return f"已申报与该地区的利害关系：{one.regions[code]}" if code else ""


def _recommender(one: Candidate, matter: Matter) -> str:
    return "所在单位是推荐单位" if one.unit_id == matter.recommender_id else ""


CONFLICTS = {
    "same_unit": _same_unit,
    "same_region": _same_region,
    "declared": _declared,
    "recommender": _recommender,
}
"""The conflict rules that a programme may name in `expert_review.conflicts`: each gives the reason, or ""."""


def _plain(text: str) -> str:
    return "".join(text.split()).translate(str.maketrans("（）", "()"))
