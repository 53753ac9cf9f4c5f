"""Hebei's programme with a title whose years are evaluated: rounds pass, the city checks, the authority confirms."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app import db, worker
from app.cases import acts
from app.cases.models import Case, Task
from app.evaluations.models import Grade
from app.notices import operations as notices
from app.notices.models import Notice
from app.outbox.senders import NoSender
from app.programmes import package
from app.titles.models import TitleRecord
from tests import living as lives
from tests.living import Living, complete, open_tasks

FOLDER = Path(__file__).resolve().parents[2] / "processes" / "hebei-institution"
INDICATORS = ("reports_on_time", "offline_served", "benefit_share", "satisfaction", "appointment_satisfaction",
              "appointments_on_time", "inspections_passed")
SHARE = {"A": 100, "B": 70, "C": 10}
"""What each indicator is corrected to, in per cent, so that the score gives the grade."""
_STUB = FOLDER.parent / "common" / "observed_circular.bpmn"


def files(**changed: tuple[str, str]) -> dict[str, bytes]:
    """The programme as it lies in the folder; `changed`: file (dots as _) -> (text, its replacement). Diagrams in which
    sanctions are decided are stood in for where the folder has none."""
    found = package.read_folder(FOLDER)
    for key in ("circular", "sanction"):
        if f"{key}.bpmn" not in found:
            drawn = _STUB.read_text(encoding="utf-8").replace("observed_circular", key)
            found[f"{key}.bpmn"] = _without_word(drawn).encode()
    for path, (before, after) in changed.items():
        name = path.replace("__", ".")
        text = found[name].decode()
        assert before in text, f"{name} doesn't say {before!r}"
        found[name] = text.replace(before, after, 1).encode()
    return found


def _without_word(drawn: str) -> str:
    """The stand-in waits for a person and ends, and says no word."""
    start = drawn.index('    <bpmn:serviceTask id="propose"')
    end = drawn.index("</bpmn:serviceTask>", start) + len("</bpmn:serviceTask>\n")
    drawn = drawn[:start] + drawn[end:]
    drawn = drawn.replace('sourceRef="propose" targetRef="proposed"', 'sourceRef="fill" targetRef="proposed"')
    drawn = drawn.replace("<bpmn:outgoing>to_propose</bpmn:outgoing>", "<bpmn:outgoing>to_proposed</bpmn:outgoing>")
    drawn = drawn.replace("        <bpmn:flowNodeRef>propose</bpmn:flowNodeRef>\n", "")
    drawn = drawn.replace('    <bpmn:sequenceFlow id="to_propose" sourceRef="fill" targetRef="propose" />\n', "")
    for kind, wanted in (("BPMNShape", 'bpmnElement="propose"'), ("BPMNEdge", 'bpmnElement="to_propose"')):
        at = drawn.index(wanted)
        start, end = drawn.rindex(f"<bpmndi:{kind}", 0, at), drawn.index(f"</bpmndi:{kind}>", at)
        drawn = drawn[:start] + drawn[end + len(f"</bpmndi:{kind}>"):]
    return drawn


def living(*, count: int = 1, granted_on: date, **changed: tuple[str, str]) -> Living:
    return lives.living(count=count, granted_on=granted_on, files=files(**changed))


def remember(here: Living, grades: Mapping[int, str], name: str = "") -> None:
    """Enter grades from before the register."""
    with db.transaction() as session:
        title = here.title(session, name)
        for year, grade in grades.items():
            session.add(TitleRecord(title_id=title.id, kind="grade", period=str(year), value=grade,
                                    case_id=title.case_id))


def check(here: Living, *, share: Any = None, name: str = "") -> None:
    """The city's check of a title's indicators, each corrected to a share in per cent (None: none is)."""
    rows = [] if share is None else [
        {"indicator": key, "share": share, "reason": "按核实的记录更正"} for key in INDICATORS
    ]
    with db.reading() as session:
        title, who = here.title(session, name), here.who(session, "clerk@city")
        task = session.scalars(
            select(Task).join(Case).where(Case.title_id == title.id, Task.name == "核实指标", Task.status == "open")
        ).one()
    complete(task, who, {"corrections": rows, "opinion": "已核实"})


def confirm(here: Living, *, outcome: str = "computed", grade: str = "", reason: str = "", names: Any = ()) -> None:
    """The authority's act over what waits to be confirmed (of holders of these names)."""
    with db.transaction() as session:
        by = here.who(session, "lead@province")
        (choice,) = [one for one in acts.choices(session, by) if one.element == "confirm"]
        seen = [
            (one.task_public_id, one.revision)
            for one in acts.preview(session, by, release_id=choice.release_id, diagram="evaluation", element="confirm")
            if not names or one.applicant in names
        ]
        acts.confirm(
            session, by=by, release_id=choice.release_id, diagram="evaluation", element="confirm", outcome=outcome,
            answers={"document_title": "关于公布年度评价结果的通知", "grade": grade, "reason": reason}, seen=seen,
        )
    worker.run_until_idle(NoSender())


def read(here: Living, letter: str, name: str = "") -> None:
    """The holder opens its latest letter of a key."""
    with db.transaction() as session:
        who = here.holder(session, name)
        notice = session.scalars(
            select(Notice).where(Notice.letter == letter, Notice.to_unit_id == who.unit_id)
            .order_by(Notice.id.desc()).limit(1)
        ).one()
        notices.open_notice(session, notice.public_id, by=who)


def appeal(here: Living, outcome: str = "appeal", reason: str = "线下服务的家数少算了", name: str = "") -> None:
    with db.reading() as session:
        who = here.holder(session, name)
        task = session.scalars(select(Task).where(
            Task.name == "申请复核", Task.status == "open", Task.unit_id == who.unit_id
        )).one()
    complete(task, who, {"reason": reason}, outcome)


def grade(here: Living, wanted: str, *, name: str = "") -> None:
    """Carry an evaluation that waits for the city through to its decided grade."""
    check(here, share=SHARE[wanted], name=name)
    with db.reading() as session:
        holder = here.title(session, name).holder_name
    confirm(here, names=(holder,))
    read(here, "grade_notice", name)
    appeal(here, "accept", "", name)


def lead(here: Living, task_name: str, answers: Mapping[str, Any], outcome: str = "") -> None:
    """The authority's lead completes the one open task of a name."""
    (task,) = open_tasks(name=task_name)
    with db.reading() as session:
        who = here.who(session, "lead@province")
    complete(task, who, answers, outcome)


def grades(here: Living, name: str = "") -> list[Grade]:
    with db.reading() as session:
        return list(session.scalars(
            select(Grade).where(Grade.title_id == here.title(session, name).id).order_by(Grade.year)
        ))
