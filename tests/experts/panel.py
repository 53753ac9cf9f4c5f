"""A province that has its applications scored: a small programme, a register of experts, and shortcuts.

The programme is the sample's with a scoring sheet (two items, 60 and 40 points) and an application of four steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, db, worker
from app.batches.models import Batch
from app.cases import operations, queries
from app.cases.models import Case, Message, Task
from app.experts import queries as register
from app.experts.models import Expert, ExpertRelation
from app.outbox.senders import NoSender
from app.people.models import Unit
from app.people.queries import Identity
from app.programmes import package
from app.programmes.models import Release
from tests import factories, sample

ROOT = Path(__file__).parent.parent.parent
RULES = {
    "experts": 5, "quorum": 3, "drop_highest": 1, "drop_lowest": 1, "pass_mark": 70, "sheet": "scoring",
    "period": "scoring", "diagram": "expert_score", "clause": "BDP-12",
    "conflicts": ["same_unit", "same_region", "declared"],
}
SHEET = {
    "sheets": {
        "scoring": {
            "name": "评审评分表", "total": 100, "clause": "BDP-12",
            "items": [
                {"key": "service", "name": "服务能力", "most": 60, "step": 0.5, "clause": "BDP-7.2"},
                {"key": "team", "name": "团队", "most": 40, "step": 0.5, "veto": True},
            ],
        }
    }
}
CITIES = ("130100", "130200", "130300", "130400", "130500")


def files(rules: dict[str, Any] | None = None) -> dict[str, bytes]:
    """The package with these rules over RULES."""
    found = dict(sample.files())
    settings = yaml.safe_load(found["programme.yaml"])
    settings["programme"]["authority"] = {"tier": "province", "region": "130000", "name": "省级主管部门"}
    settings["tiers"] = ["county", "city", "province"]
    settings["actors"]["expert"] = {"found_by": "case", "name": "评审专家"}
    settings["batches"]["open_to"] = "130000"
    settings["periods"]["scoring"] = {
        "name": "评审打分", "amount": 10, "unit": "working_days", "starts": "arrival", "ours": True,
    }
    settings["expert_review"] = {**RULES, **(rules or {})}
    found["programme.yaml"] = yaml.safe_dump(settings, allow_unicode=True).encode()
    found["scoring.yaml"] = yaml.safe_dump(SHEET, allow_unicode=True).encode()
    found["application.bpmn"] = (Path(__file__).parent / "application.bpmn").read_bytes()
    for key in ("expert_score", "expert_shortage"):
        found[f"{key}.bpmn"] = (ROOT / "processes" / "common" / f"{key}.bpmn").read_bytes()
        found[f"forms/{key}.json"] = (ROOT / "forms" / "common" / f"{key}.json").read_bytes()
    return found


def deploy(session: Session, rules: dict[str, Any] | None = None) -> Release:
    """Put the package into the database, past the designer's checks."""
    found = files(rules)
    release = Release(
        programme=sample.KEY, number=db.next_number(session, f"release:{sample.KEY}"), name="示例认定项目",
        fingerprint=package.fingerprint(found), files=package.pack(found), deployed_at=clock.now(), deployed_by=None,
    )
    session.add(release)
    session.flush()
    return release


def expert(session: Session, keeper: Unit, unit: Unit, name: str, **values: Any) -> Expert:
    """Somebody of a unit with the role, in the keeper's register."""
    person = factories.person(session, unit, "expert", name=name, login=f"{name}@{unit.public_id}".casefold())
    made = Expert(public_id=db.public_id(), keeper_id=keeper.id, person_id=person.id, entered_at=clock.now(), **values)
    session.add(made)
    session.flush()
    return made


@dataclass
class Province:
    """The office, its experts by name, and one application."""

    batch_id: int
    who: dict[str, Identity]
    experts: dict[str, int] = field(default_factory=dict)
    people: dict[str, Identity] = field(default_factory=dict)

    def enter(self, name: str, *, unit: Unit | None = None, region_code: str = CITIES[0], **values: Any) -> int:
        """Enter an expert of a new institution in a city into the register; returns the expert's id."""
        with db.transaction() as session:
            keeper = session.get_one(Unit, self.who["clerk@province"].unit_id)
            home = unit or factories.institution(session, region_code=region_code)
            made = expert(session, keeper, home, name, **values)
            self.experts[name] = made.id
            self.people[name] = factories.identity(session, session.get_one(register.Person, made.person_id))
        return made.id

    def enter_many(self, count: int) -> list[str]:
        """Experts 专家1, 专家2 ... of other cities than the applicant's."""
        names = [f"专家{n}" for n in range(1, count + 1)]
        for place, name in enumerate(names):
            self.enter(name, region_code=CITIES[place % len(CITIES)])
        return names

    def relate(self, name: str, *, unit_id: int | None = None, region_code: str | None = None) -> None:
        with db.transaction() as session:
            session.add(
                ExpertRelation(public_id=db.public_id(), expert_id=self.experts[name], unit_id=unit_id,
                               region_code=region_code, reason="曾任顾问", declared_at=clock.now())
            )

    def apply(self, applicant: str = "applicant@institution") -> int:
        """An application whose experts were drawn; returns its case's id."""
        by = self.who[applicant]
        with db.transaction() as session:
            case_id = sample.apply(session, session.get_one(Batch, self.batch_id), by=by).id
        sample.complete(case_id, by=by, answers={"name": "服务平台"})
        return case_id

    def panel(self, case_id: int) -> register.Panel:
        with db.reading() as session:
            return register.panel(session, case_id)

    def seated(self, case_id: int, *statuses: str) -> list[str]:
        """The names of those with a seat, in order; only with these statuses, if some are named."""
        return [row.name for row in self.panel(case_id).seats if not statuses or row.ExpertSeat.status in statuses]

    def seat_case(self, case_id: int, name: str) -> int:
        return next(row.ExpertSeat.case_id for row in self.panel(case_id).seats if row.name == name)

    def score(self, case_id: int, name: str, service: str, team: str = "30", **more: Any) -> operations.Receipt:
        """The named expert scores: points for the two items."""
        answers = {"score_service": service, "score_team": team, **more}
        return sample.complete(self.seat_case(case_id, name), by=self.people[name], answers=answers, outcome="scored")

    def stand_aside(self, case_id: int, name: str, reason: str = "曾在该单位任职") -> operations.Receipt:
        answers = {"conflict_reason": reason}
        return sample.complete(self.seat_case(case_id, name), by=self.people[name], answers=answers, outcome="conflict")

    def settle_shortage(self, case_id: int, outcome: str) -> operations.Receipt:
        shortage = self.panel(case_id).shortage
        return sample.complete(shortage.id, by=self.who["clerk@province"], answers={"shortage_note": "已处理"},
                               outcome=outcome)

    def result(self, case_id: int) -> dict[str, Any] | None:
        """The message that the application got or will get; None before."""
        with db.reading() as session:
            return session.scalar(
                select(Message.payload).where(Message.to_case_id == case_id, Message.name == "scoring_done")
            )

    def case(self, case_id: int) -> Case:
        with db.reading() as session:
            return session.get_one(Case, case_id)

    def open_task(self, case_id: int) -> Task:
        with db.reading() as session:
            return sample.open_task(session, case_id)

    def sees(self, name: str, case_id: int) -> bool:
        with db.reading() as session:
            return session.scalar(
                select(Case.id).where(Case.id == case_id, queries.in_sight(self.people[name]))
            ) is not None

    def work(self) -> int:
        return worker.run_until_idle(NoSender())


def province(session: Session, rules: dict[str, Any] | None = None) -> Province:
    """The small world with the programme deployed and a call open; nobody in the register yet."""
    world = factories.world(session)
    deploy(session, rules)
    batch = sample.open_batch(session, by=world.identity(session, "clerk@province"))
    return Province(batch.id, {login: world.identity(session, login) for login in world.people})


def totals(points: Sequence[str]) -> list[tuple[str, str]]:
    """Points for the two items that add up to each total."""
    return [(str(float(total) - 30), "30") for total in points]
