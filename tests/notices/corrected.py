"""A small programme whose county finds defects and serves a notice of them; the correction waits for its reading."""

import json
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from app import clock, db
from app import words as _loaded  # noqa: F401 - registers the vocabulary
from app.batches import operations as batches
from app.cases.models import Case
from app.people.queries import Identity
from app.programmes import package
from app.programmes.models import Release
from tests import sample

LETTERS = Path(__file__).parent.parent.parent / "processes" / "common" / "letters"
DEFECTS = {"opinion": "有缺漏", "clause": "", "defects": [
    {"field": "name", "what": "与证照不一致 {{日期}}"}, {"field": "note", "what": "请补写"},
]}

_DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  id="d" targetNamespace="urn:t"><bpmn:process id="application" isExecutable="true">
  <bpmn:startEvent id="start"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
  <bpmn:userTask id="apply" name="填报">{apply}<bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
  </bpmn:userTask>
  <bpmn:userTask id="review" name="县级审核">{review}<bpmn:incoming>f2</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing>
  </bpmn:userTask>
  <bpmn:serviceTask id="notify" name="补正通知">{notify}
  <bpmn:incoming>f3</bpmn:incoming><bpmn:outgoing>f4</bpmn:outgoing>
  </bpmn:serviceTask>
  <bpmn:userTask id="supplement" name="补正">{supplement}<bpmn:incoming>f4</bpmn:incoming>
  <bpmn:outgoing>f5</bpmn:outgoing></bpmn:userTask>
  <bpmn:endEvent id="corrected" name="已补正"><bpmn:incoming>f5</bpmn:incoming></bpmn:endEvent>
  <bpmn:boundaryEvent id="late" attachedToRef="supplement"><bpmn:outgoing>f6</bpmn:outgoing>
  <bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">correction</bpmn:timeDuration>
  </bpmn:timerEventDefinition></bpmn:boundaryEvent>
  <bpmn:serviceTask id="tell" name="逾期告知">{tell}<bpmn:incoming>f6</bpmn:incoming><bpmn:outgoing>f7</bpmn:outgoing>
  </bpmn:serviceTask>
  <bpmn:endEvent id="lapsed" name="逾期未补正"><bpmn:incoming>f7</bpmn:incoming></bpmn:endEvent>
  {flows}
</bpmn:process></bpmn:definitions>"""
_FLOWS = (("start", "apply"), ("apply", "review"), ("review", "notify"), ("notify", "supplement"),
          ("supplement", "corrected"), ("late", "tell"), ("tell", "lapsed"))


def deploy(session: Session) -> Release:
    """Put the programme into the database."""
    files = sample.files() | {
        "application.bpmn": _diagram(),
        "forms/review.json": _review(),
        "programme.yaml": sample.files()["programme.yaml"].replace(
            b"\nperiods:\n",
            "\nperiods:\n  correction:\n    name: 补正\n    amount: 10\n    unit: working_days\n    starts: served\n"
            "    ours: yes\n".encode(), 1),
    } | {f"letters/{path.name}": path.read_bytes() for path in LETTERS.glob("*.docx")}
    release = Release(
        programme=sample.KEY, number=db.next_number(session, f"release:{sample.KEY}"), name="补正示例",
        fingerprint=package.fingerprint(files), files=package.pack(files), deployed_at=clock.now(), deployed_by=None,
    )
    session.add(release)
    session.flush()
    return release


def apply(session: Session, *, call_by: Identity, by: Identity) -> Case:
    """An application of a call of its own."""
    today = clock.today()
    call = batches.open_batch(
        session, by=call_by, programme_key=sample.KEY, name=f"批次 {db.next_number(session, 'batch')}",
        opens_on=today, closes_on=today + timedelta(days=300),
    )
    return batches.apply(session, call, by=by)


def reviewed(case_id: int, *, applicant: Identity, clerk: Identity) -> None:
    """Drive a case to its correction: filled in, and reviewed with two defects."""
    sample.complete(case_id, by=applicant, answers={"name": "服务平台"})
    sample.complete(case_id, by=clerk, answers=DEFECTS)


def _diagram() -> bytes:
    made = _DIAGRAM.format(
        apply=_properties(actor="applicant/applicant", form="application_report", period="filling"),
        review=_properties(actor="county/clerk", form="review", period="county_review"),
        notify=_properties(word="serve_notice", letter="correction_notice", period="correction"),
        supplement=_properties(actor="applicant/applicant", form="application_report", period="correction"),
        tell=_properties(word="issue_letter", letter="unanswered_notice", by="county", reason="逾期没有补正。"),
        flows="".join(
            f'<bpmn:sequenceFlow id="f{n}" sourceRef="{source}" targetRef="{target}"/>'
            for n, (source, target) in enumerate(_FLOWS, 1)
        ),
    )
    return made.encode()


def _properties(**values: str) -> str:
    inner = "".join(f'<spiffworkflow:property name="{key}" value="{value}"/>' for key, value in values.items())
    return (f"<bpmn:extensionElements><spiffworkflow:properties>{inner}</spiffworkflow:properties>"
            "</bpmn:extensionElements>")


def _review() -> bytes:
    def text(key: str) -> dict:
        return {"type": "textfield", "id": key, "key": key, "label": key}

    table = {"type": "dynamiclist", "id": "defects", "path": "defects", "label": "缺漏",
             "components": [text("field"), text("what")]}
    return json.dumps(
        {"type": "default", "id": "review", "title": "审核", "components": [text("opinion"), text("clause"), table]}
    ).encode()
