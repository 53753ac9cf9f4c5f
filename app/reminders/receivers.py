"""To whom a reminder goes: those whose task it is, the unit above, or units that the programme names.

Asked for many tasks at once: units are resolved once a place, people are read with one statement.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.cases import steps, words
from app.errors import Refused
from app.people import queries as people
from app.people.models import Person, RoleGrant, Unit
from app.programmes.queries import CIRCULATE, SUPERVISE, URGE, Programme, Rung

TIERS = ("county", "city", "province", "ministry")


@dataclass(frozen=True)
class Receiver:
    """Somebody whom a reminder reaches; `address` is "" where no e-mail is known."""

    name: str
    address: str


@dataclass(frozen=True)
class Circle:
    """Whom one rung of one task reaches, as units and roles; `holder` is the person who has taken the task."""

    unit_id: int
    roles: Sequence[str]
    holder: int | None = None


@dataclass
class Finder:
    """Finds receivers for a batch of tasks, each a row with the columns of `operations.DUE_COLUMNS`."""

    session: Session
    _above: dict[tuple[str, str, str], int | None] = field(default_factory=dict)
    _units: dict[int, Any] = field(default_factory=dict)
    _people: dict[tuple[int, str], list[Receiver]] = field(default_factory=dict)
    _holders: dict[int, Receiver] = field(default_factory=dict)

    def circles(self, row: Any, programme: Programme, rung: Rung) -> list[Circle]:
        """Whom a rung of a task reaches. Nobody where it is a circulate."""
        if rung.level == CIRCULATE:
            return []
        if rung.to:
            roles = ("lead", "clerk") if rung.level == SUPERVISE else ("clerk", "lead")
            units = [self._of_relation(row, programme, relation) for relation in rung.to]
            return [Circle(unit_id, roles) for unit_id in units if unit_id is not None]
        if rung.level == URGE:
            return [own(row)]
        unit_id = self._unit_above(row, programme)
        return [Circle(unit_id, ("lead", "clerk"))] if unit_id is not None else []

    def read(self, circles: Iterable[Circle]) -> None:
        """Read the people of all circles that will be asked for."""
        circles = list(circles)
        unit_ids = {circle.unit_id for circle in circles} - self._units.keys()
        holders = {circle.holder for circle in circles if circle.holder} - self._holders.keys()
        if not unit_ids and not holders:
            return
        units = select(Unit.id, Unit.name, Unit.kind, Unit.contact_email).where(Unit.id.in_(unit_ids))
        self._units |= {unit.id: unit for unit in self.session.execute(units)}
        rows = self.session.execute(
            select(Person.id, Person.unit_id, Person.name, Person.email, RoleGrant.role)
            .outerjoin(RoleGrant, RoleGrant.person_id == Person.id)
            .where(Person.status == "active", or_(Person.unit_id.in_(unit_ids), Person.id.in_(holders)))
            .order_by(Person.id)
        )
        for row in rows:
            receiver = Receiver(row.name, row.email)
            self._holders[row.id] = receiver
            if row.role:
                self._people.setdefault((row.unit_id, row.role), []).append(receiver)

    def of(self, circle: Circle) -> list[Receiver]:
        """The people of a circle: who holds the task; else all in the first of its roles that anybody has. An
        institution is reached at its contact address, as with its letters."""
        unit = self._units[circle.unit_id]
        if unit.kind == "institution" and unit.contact_email and not people.ONLY_ASSIGNED.issuperset(circle.roles):
            return [Receiver(unit.name, unit.contact_email)]
        if circle.holder in self._holders:
            return [self._holders[circle.holder]]
        for role in circle.roles:
            if found := self._people.get((circle.unit_id, role)):
                return found
        return []

    def names(self, circles: Iterable[Circle]) -> str:
        """Whom some circles reach, in words: "李淑华、王强（定州市主管部门）"."""
        said = []
        for circle in circles:
            unit = self._units[circle.unit_id].name
            names = [receiver.name for receiver in self.of(circle)]
            said.append(unit if names in ([], [unit]) else f"{_few(names)}（{unit}）")
        return "；".join(dict.fromkeys(said))

    def _unit_above(self, row: Any, programme: Programme) -> int | None:
        """The unit that supervises: the department of the next tier, never above the programme's authority, whose own
        tasks its own lead answers for. Of an applicant the lowest department of its place; of an expert who asked."""
        if row.role in people.ONLY_ASSIGNED:
            return row.opener_unit_id
        if row.unit_kind != "department":
            return self._resolved("county", row.unit_region_code or row.region_code, programme.authority.body)
        if TIERS.index(row.unit_tier) >= TIERS.index(programme.authority.tier):
            return row.unit_id
        return self._resolved(TIERS[TIERS.index(row.unit_tier) + 1], row.unit_region_code, programme.authority.body)

    def _of_relation(self, row: Any, programme: Programme, relation: str) -> int | None:
        named = {"applicant": row.applicant_id, "opener": row.opener_unit_id, "recommender": row.recommender_id}
        if named.get(relation) is not None:
            return named[relation]
        if find := words.find_actor(relation):
            return find(self.session, steps.read(self.session, row.case_id), programme, "lead")[0]
        tier = programme.tier_of(relation)
        return self._resolved(tier, row.region_code, programme.authority.body) if tier else None

    def _resolved(self, tier: str, region_code: str, body: str) -> int | None:
        key = tier, region_code, body
        if key not in self._above:
            try:
                self._above[key] = people.resolve_unit(
                    self.session, tier=tier, region_code=region_code, role="lead", body=body
                )[0]
            except Refused:
                self._above[key] = None
        return self._above[key]


def own(row: Any) -> Circle:
    """Those whose task it is: its holder, else whoever has its role in its unit."""
    return Circle(row.unit_id, (row.role,), row.claimed_by)


def _few(names: Sequence[str]) -> str:
    return "、".join(names) if len(names) <= 3 else f"{'、'.join(names[:3])}等 {len(names)} 人"
