"""A title whose holder changes, and one whose holder must put something right: what each test begins with."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pypdf import PdfWriter
from sqlalchemy import select

from app import config, db, invariants
from app.cases.models import Case, Deadline
from app.changes import rectification
from app.changes.models import ChangeReport, Rectification
from app.documents import operations as documents
from app.people.queries import Identity
from app.programmes import package
from app.sanctions.models import Sanction
from app.titles import changing, standing
from app.titles.models import Title
from tests import living
from tests.living import Living

FOLDER = living.PROCESSES / living.PROVINCE
HERE = Path(__file__).parent
CODE = "91130606MA0E97X9BU"

RECTIFICATION = """
  rectification:
    name: 整改期限
    amount: 6
    unit: months
    starts: served
    roll: next
    extension: {amount: 1, times: 1, approved_by: authority/lead, ours: yes}
    stops: [{key: disaster, name: 不可抗力, ours: yes}]
    clause: HBI-14.2
  rectification_checking:
    {name: 整改验收, amount: 10, unit: working_days, starts: arrival, ours: yes}
  rectification_confirming:
    {name: 整改确认, amount: 10, unit: working_days, starts: arrival, ours: yes}
"""
SECTION = """
rectification:
  period: rectification
  out_of_time: not_qualified
  accepted_by: city
  suspends: SUSPENDS
  diagram: rectification
  clause: HBI-14.2
"""


def files(*, suspends: bool = False, rectifies: bool | None = None) -> dict[str, bytes]:
    """The shipped programme; with a title that a change or a rectification suspends; with rectification where
    `rectifies` says whether that suspends. A diagram for sanctions is added where none is shipped."""
    found = dict(package.read_folder(FOLDER))
    text = found["programme.yaml"].decode()
    if suspends or rectifies:
        text = text.replace("statuses: [active,", "statuses: [active, suspended,")
    if suspends:
        text = text.replace("  suspends: no\n", "  suspends: yes\n", 1)
    if rectifies is not None:
        text = text.replace("\nperiods:\n", "\nperiods:" + RECTIFICATION, 1)
        text += SECTION.replace("SUSPENDS", "yes" if rectifies else "no")
        common = living.PROCESSES / "common"
        found["rectification.bpmn"] = (common / "rectification.bpmn").read_bytes()
        for name in ("rectification_notice", "rectification_accepted"):
            found[f"letters/{name}.docx"] = (common / "letters" / f"{name}.docx").read_bytes()
        for path in (living.PROCESSES.parent / "forms" / "common").glob("rectification_*.json"):
            found[f"forms/{path.name}"] = path.read_bytes()
    found["programme.yaml"] = text.encode()
    found.setdefault("sanction.bpmn", (HERE / "sanction.bpmn").read_bytes())
    return found


@dataclass
class Scene:
    """One titled institution of a programme, with what people do about its changes."""

    alive: Living
    clock_at: Callable[[str], None]
    files_dir: Path

    @property
    def title(self) -> Title:
        with db.reading() as session:
            return self.alive.title(session)

    def who(self, login: str) -> Identity:
        with db.reading() as session:
            return self.alive.holder(session) if login == "holder" else self.alive.who(session, login)

    def begin(self, by: str = "holder") -> str:
        return living.begin(self.who(by), self.title.public_id, "change_report")

    def report(self, case: str, changed_on: str, **answers: Any) -> None:
        """The holder's report, whichever task asks for it."""
        (task,) = [one for one in living.open_tasks(case) if one.actor == "holder/applicant"]
        holder = self.who("holder")
        living.complete(task, holder, {**self.reported(changed_on, task, holder), **answers})

    def reported(self, changed_on: str, task: Any, by: Identity) -> dict[str, Any]:
        return {
            "kind": "renamed", "changed_on": changed_on, "reason": "经批准更名", "before_name": "持证服务机构1",
            "before_credit_code": CODE, "after_name": "持证服务集团", "has_successor": "no",
            "effect_on_service": "没有影响", "evidence": [self.paper(task, by)], "declared": True,
            "declared_by": "王敏", "phone": "13800138000", "filled_on": "2025-07-02",
        }

    def do(self, name: str, login: str, outcome: str = "", **answers: Any) -> None:
        """Complete the open task of this name."""
        (task,) = living.open_tasks(name=name)
        living.complete(task, self.who(login), answers, outcome)

    def verify(self, outcome: str = "qualified", opinion: str = "符合认定条件") -> None:
        self.do("核实变化", "clerk@city", outcome, checked_on=self.title.granted_on.isoformat(), way="papers",
                findings="变更登记属实", opinion=opinion)

    def decide(self, outcome: str = "keep", **answers: Any) -> None:
        self.do("决定", "clerk@province", outcome, **{"opinion": "同意市级意见", **answers})

    def pass_time(self, until: str) -> None:
        living.pass_time(self.clock_at, until)

    def paper(self, task: Any, by: Identity) -> str:
        writer, data = PdfWriter(), io.BytesIO()
        writer.add_blank_page(width=200, height=200)
        writer.write(data)
        data.seek(0)
        received = documents.receive(data, name="evidence.pdf", files_dir=self.files_dir)
        with db.transaction() as session:
            return documents.register(
                session, replace(received, name="evidence.pdf"), unit_id=by.unit_id, person_id=by.person_id,
                case_id=task.case_id, task_id=task.id, field="evidence",
            ).public_id

    def open_rectification(self, cause: str = "assessment:2025") -> str:
        with db.transaction() as session:
            title = changing.locked(session, self.title.id)
            row = rectification.open(
                session, title, cause=cause, what="服务满意度偏低",
                evidence=[{"what": "满意度 60%", "on": "2025-08-01", "case": "X1"}],
            )
            return session.get_one(Case, row.case_id).public_id

    def plan(self, login: str = "holder") -> None:
        self.do("报送整改方案", login, causes="人手不足", measures=[
            {"item": "满意度", "measure": "增加人员", "head": "王敏", "until": "2025-12-01"}])

    def work(self, outcome: str = "finish") -> None:
        self.do("报送整改进展或申请验收", "holder", outcome, progress="已增加人员", left="无")

    def check(self, outcome: str = "accept") -> None:
        self.do("验收", "clerk@city", outcome, checked_on="2025-08-01", findings="逐项核对", opinion="合格")

    def confirm(self) -> None:
        self.do("确认整改结果", "clerk@province", "confirm", opinion="同意")


def breaches(scene: Scene) -> list[invariants.Breach]:
    """What app.invariants finds wrong in what is stored, but for the applications that `living.grant` only sketches and
    for the bytes of files."""
    with db.reading() as session:
        sketched = {f"办件 {number}" for number in session.scalars(
            select(Case.number).where(Case.diagram == "application"))}
        settings = config.Config(database_url="", data_dir=scene.files_dir, secret_key="")
        found = invariants.check(session, settings).breaches
    return [one for one in found if one.where not in sketched and "文件不存在" not in one.words]


def events(scene: Scene) -> list[str]:
    """The title's events as "kind day clause"."""
    with db.reading() as session:
        return [f"{e.kind} {e.effective_on} {e.clause}" for e in changing.events_of(session, scene.title.id)]


def stood(scene: Scene, day: str) -> str:
    with db.reading() as session:
        title = scene.alive.title(session)
        found = standing.fold(changing.events_of(session, title.id), on=date.fromisoformat(day))
        return found.status if found else ""


def reports() -> list[ChangeReport]:
    with db.reading() as session:
        return list(session.scalars(select(ChangeReport).order_by(ChangeReport.id)))


def rectifications() -> list[Rectification]:
    with db.reading() as session:
        return list(session.scalars(select(Rectification).order_by(Rectification.id)))


def sanctions() -> list[Sanction]:
    with db.reading() as session:
        return list(session.scalars(select(Sanction).order_by(Sanction.id)))


def deadline(case: str, period: str) -> Deadline:
    """The newest deadline of a period in a case."""
    with db.reading() as session:
        return session.scalars(
            select(Deadline).join(Case, Deadline.case_id == Case.id)
            .where(Case.public_id == case, Deadline.period == period).order_by(Deadline.id.desc()).limit(1)
        ).one()


def outcome_of(case: str) -> Mapping[str, str]:
    with db.reading() as session:
        row = session.scalars(select(Case).where(Case.public_id == case)).one()
        return {"status": row.status, "outcome": row.outcome}
