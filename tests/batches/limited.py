"""The sample programme with quotas: counties recommend, 省属单位 don't count, one county has its own figure, and the
city may return an application to the county. And people who recommend and apply in it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, db
from app.batches import operations, shares
from app.batches.models import Batch, Recommendation
from app.cases.models import Case
from app.people.queries import Identity
from app.programmes import package
from app.programmes.models import Release
from tests import factories, sample
from tests.factories import COUNTY, SIBLING_COUNTY, World

QUOTAS = f"""
  quotas:
    at: [recommend.recommend]
    groups:
      provincial: {{name: 省属单位, when: provincial == true, exempt: yes}}
      direct: {{name: 单列县, regions: ["{SIBLING_COUNTY}"]}}
      county: {{name: 县, tier: county}}
    clause: BDP-9
"""
DATES = "\n  dates: [applicants, {key: county, name: 县级推荐截止日, tier: county}]\n"
PERIOD = "  county_review: {name: 县级测评推荐, amount: county, unit: batch_date, roll: next, clause: BDP-14}\n"
LAST_DAY = date(2026, 11, 30)
BACK = (
    '<bpmn:sequenceFlow id="to_back" name="退回推荐单位" sourceRef="passed" targetRef="recommend">'
    '<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">outcome == "back"</bpmn:conditionExpression>'
    "</bpmn:sequenceFlow>"
)


TABLES = """
tables:
  list:
    name: 拟认定名单
    form: application_report
    columns:
      - {key: number, heading: 序号, from: number}
      - {key: rank, heading: 推荐排序, from: rank}
      - {key: unit, heading: 申报单位, from: unit}
    order_by: [rank]
"""


def files(*, collective: str = "", quotas: str = QUOTAS) -> dict[str, bytes]:
    """The package; with `collective`, counties recommend by acts of that kind."""
    found = sample.files()
    settings = found["programme.yaml"].decode().replace("\nbatches:\n", f"\nbatches:{DATES}{quotas}")
    head, _, rest = settings.partition("  county_review:\n")
    settings = head + PERIOD + rest[rest.index("  city_review:\n"):]
    drawn = found["application.bpmn"].decode()
    drawn = drawn.replace("pass=评审通过,fail=评审不通过", "pass=评审通过,fail=评审不通过,back=退回推荐单位")
    drawn = drawn.replace('<bpmn:sequenceFlow id="to_failed"', BACK + '<bpmn:sequenceFlow id="to_failed"')
    if collective:
        mark = f'<spiffworkflow:property name="collective" value="{collective}" />'
        said = '<spiffworkflow:property name="outcomes" value="recommend=同意推荐,decline=不予推荐" />'
        drawn = drawn.replace(said, said + mark)
    form = json.loads(found["forms/application_report.json"])
    form["components"] += [
        {"type": "checkbox", "id": "provincial", "key": "provincial", "label": "省属单位"},
        {"type": "select", "id": "kind", "key": "kind", "label": "类别",
         "values": [{"label": "培训", "value": "training"}, {"label": "融资", "value": "finance"}]},
    ]
    return {**found, "programme.yaml": settings.encode(), "application.bpmn": drawn.encode(),
            "forms/application_report.json": json.dumps(form).encode(), "tables.yaml": TABLES.encode()}


def deploy(session: Session, **changes: Any) -> Release:
    """The package as a release, past the designer's checks."""
    found = files(**changes)
    release = Release(
        programme=sample.KEY, number=db.next_number(session, f"release:{sample.KEY}"), name="有名额的项目",
        fingerprint=package.fingerprint(found), files=package.pack(found), deployed_at=clock.now(), deployed_by=None,
    )
    session.add(release)
    session.flush()
    return release


@dataclass
class Call:
    """A call with its figures, and who acts in it: two clerks at the county."""

    world: World
    who: dict[str, Identity]
    batch_id: int
    public_id: str

    def batch(self, session: Session) -> Batch:
        return session.get_one(Batch, self.batch_id)

    def lines(self) -> dict[str, shares.Line]:
        """How every recommending unit stands, by its name."""
        with db.reading() as session:
            batch = self.batch(session)
            programme, rule = shares.rule_of(session, batch)
            found = shares.units(session, programme, batch, rule)
            return {line.unit.name: line for line in shares.lines(session, programme, batch, rule, found)}

    def words(self, place: str = "county") -> str:
        """How a unit stands, in words."""
        return self.lines()[self.world.unit(place).name].words


def call(numbers: Mapping[str, int | None] | None = None, **changes: Any) -> Call:
    """A call that is open since today, in an empty database."""
    db.open_database(db.current().engine.url.render_as_string(hide_password=False))  # forgets releases read before
    with db.transaction() as session:
        world = factories.world(session)
        unit = world.unit("county")
        world.people["second@county"] = factories.person(
            session, unit, "clerk", login="second@county", name=f"{unit.name}第二人"
        )
        deploy(session, **changes)
        who = {login: world.identity(session, login) for login in world.people}
        batch = operations.open_batch(
            session, by=who["lead@city"], programme_key=sample.KEY, name="2026 年度", opens_on=clock.today(),
            closes_on=date(2026, 10, 30), dates={"county": LAST_DAY}, numbers=numbers,
        )
        return Call(world, who, batch.id, batch.public_id)


def arrived(found: Call, name: str, *, region_code: str = COUNTY, **answers: Any) -> Case:
    """An application of a new institution that waits for its county."""
    with db.transaction() as session:
        unit = factories.institution(session, region_code=region_code, name=name)
        by = factories.identity(session, factories.person(session, unit, "applicant"))
        case = sample.apply(session, found.batch(session), by=by)
    sample.complete(case.id, by=by, answers={"name": name, **answers})
    return case


def recommend(found: Call, case: Case, *, by: str = "clerk@county") -> bool:
    """The county recommends."""
    sample.complete(case.id, by=found.who[by], answers=sample.OPINION, outcome="recommend")
    return True


def rows_of(case: Case) -> list[tuple[str, bool]]:
    """The recommendations of a case in their order: how each ended, and whether it counts."""
    with db.reading() as session:
        found = session.scalars(
            select(Recommendation).where(Recommendation.case_id == case.id).order_by(Recommendation.id)
        )
        return [(row.ended_as, not row.exempt) for row in found]
