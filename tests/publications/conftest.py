"""An office whose programme takes objections: the small programme of tests.sample, with a way out of the publication
for those who don't pass it, and the shared diagram for objections."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from app import clock, db
from app.cases.models import Act
from app.documents import storage
from app.people.queries import Identity
from app.programmes import package
from app.programmes.models import Release
from app.publications import objections
from app.publications.models import Publication
from tests import factories, sample
from tests.cases.conftest import Office

ROOT = Path(__file__).parent.parent.parent
OBJECTIONS = (
    "  objections: {{real_name: {real_name}, contact: {contact}, evidence: {evidence}, otherwise: {otherwise}}}\n"
)
HANDLING = """  objection_handling: {name: 异议核查, amount: 10, unit: working_days, starts: arrival, ours: yes}
"""
RESULT = """
    <bpmn:exclusiveGateway id="passed_publication" name="公示结果">
      <bpmn:incoming>to_result</bpmn:incoming>
      <bpmn:outgoing>to_announce</bpmn:outgoing>
      <bpmn:outgoing>to_not_passed</bpmn:outgoing>
    </bpmn:exclusiveGateway>
    <bpmn:endEvent id="not_passed" name="公示未通过"><bpmn:incoming>to_not_passed</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="to_result" sourceRef="cleared" targetRef="passed_publication" />
    <bpmn:sequenceFlow id="to_not_passed" sourceRef="passed_publication" targetRef="not_passed">
      <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">
        publication_result != "cleared"
      </bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="to_announce" sourceRef="passed_publication" targetRef="announce">
      <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">
        publication_result == "cleared"
      </bpmn:conditionExpression>
    </bpmn:sequenceFlow>"""
STRICT = {"real_name": "yes", "contact": "yes", "evidence": "yes", "otherwise": "refused"}
LENIENT = {"real_name": "yes", "contact": "yes", "evidence": "no", "otherwise": "tip"}


def files(rules: Mapping[str, str] = LENIENT, *, held: str = "entry") -> dict[str, bytes]:
    """The package. `rules` and `held` go into programme.yaml's `publication`."""
    found = sample.files()
    drawn = found["application.bpmn"].decode()
    if "publication_result" not in drawn:
        leads = "<bpmn:outgoing>{}</bpmn:outgoing>"
        drawn = drawn.replace(leads.format("to_announce"), leads.format("to_result"), 1)
        flow = '\n    <bpmn:sequenceFlow id="to_announce" sourceRef="cleared" targetRef="announce" />'
        assert flow in drawn
        drawn = drawn.replace(flow, RESULT)
        lane = "<bpmn:flowNodeRef>{}</bpmn:flowNodeRef>"
        more = "".join(map(lane.format, ("cleared", "passed_publication", "not_passed")))
        drawn = drawn.replace(lane.format("cleared"), more)
    written = found["programme.yaml"].decode()
    if "objection_handling" not in written:
        written = written.replace("\nperiods:\n", f"\nperiods:\n{HANDLING}", 1)
    before, _, after = written.partition("\npublication:\n")
    kept = [line for line in after.split("\n") if not line.strip().startswith(("objections:", "held:"))]
    written = f"{before}\npublication:\n{OBJECTIONS.format(**rules)}  held: {held}\n" + "\n".join(kept)
    common = {
        "objection.bpmn": (ROOT / "processes/common/objection.bpmn").read_bytes(),
        "letters/objection_reply.docx": (ROOT / "processes/common/letters/objection_reply.docx").read_bytes(),
        "forms/objection_finding.json": (ROOT / "forms/common/objection_finding.json").read_bytes(),
    }
    return found | common | {"application.bpmn": drawn.encode(), "programme.yaml": written.encode()}


@dataclass
class PublishingOffice(Office):
    """What one does with publications and objections, each in a transaction of its own."""

    def publication(self, act: Act) -> Publication:
        with db.reading() as session:
            return session.scalars(select(Publication).where(Publication.act_id == act.id)).one()

    def object(self, publication: Publication, position: int = 1, **more: object) -> objections.Taken:
        """Object to an entry now."""
        said = {"name": "王芳", "contact": "13900139000", "text": "该单位的办公场地已于去年退租。", "papers": [],
                "address": "192.0.2.1", "received_at": clock.now()} | more
        with db.transaction() as session:
            return objections.file(session, publication.public_id, position, **said)

    def find(self, objection_case: int, outcome: str) -> None:
        """The authority's clerk says what was found."""
        sample.complete(
            objection_case, by=self.who["clerk@city"], outcome=outcome,
            answers={"finding": "已实地核查。", "clause": "办法第七条", "reply": "感谢反映，核查情况如上。"},
        )


def open_office(
    clock_at: Callable[[str], None], folder: Path, package_files: Mapping[str, bytes]
) -> PublishingOffice:
    """It is Monday 2026-09-21, 09:00 in Beijing. A publication opened now ends with 2026-10-08."""
    clock_at("2026-09-21 09:00")
    storage.open_folder(folder)
    with db.transaction() as session:
        world = factories.world(session)
        release = Release(
            programme=sample.KEY, number=db.next_number(session, f"release:{sample.KEY}"), name="示例认定项目",
            fingerprint=package.fingerprint(package_files), files=package.pack(package_files),
            deployed_at=clock.now(), deployed_by=None,
        )
        session.add(release)
        session.flush()
        batch = sample.open_batch(session, by=world.identity(session, "clerk@city"))
        who: dict[str, Identity] = {login: world.identity(session, login) for login in world.people}
    return PublishingOffice(batch.id, who)


@pytest.fixture
def office(database: db.Database, clock_at: Callable[[str], None], tmp_path: Path) -> PublishingOffice:
    """An office whose programme keeps as a tip what has no name or no contact."""
    return open_office(clock_at, tmp_path, files())


@pytest.fixture
def strict_office(database: db.Database, clock_at: Callable[[str], None], tmp_path: Path) -> PublishingOffice:
    """An office whose programme takes objections in real name with evidence alone."""
    return open_office(clock_at, tmp_path, files(STRICT))


@pytest.fixture
def whole_list_office(database: db.Database, clock_at: Callable[[str], None], tmp_path: Path) -> PublishingOffice:
    """An office whose programme holds the whole list back for one objection."""
    return open_office(clock_at, tmp_path, files(held="list"))
