"""A small programme in which the reviewer returns an application for correction once; for tests of the heart.

apply -> check (pass, correct) -> supplement (five working days from service of the notice) -> recheck -> end.
"""

import json
from typing import Any

from app import clock, db
from app.programmes import package
from app.programmes.models import Release
from tests import sample

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
)
FORMS = {
    "report": [{"key": "name"}, {"key": "address"}, {"key": "proof", "type": "filepicker", "multiple": True}],
    "verdict": [
        {"key": "opinion"},
        {"key": "defects", "type": "dynamiclist", "components": [
            {"key": "field", "type": "select", "values": [{"label": key, "value": key} for key in ("name", "proof")]},
            {"key": "what"},
        ]},
    ],
}
PERIODS = """
  checking: {name: 审核, amount: 10, unit: working_days, starts: arrival, clause: BDP-10}
  correcting: {name: 补正, amount: 5, unit: working_days, starts: served, ours: yes}
"""


def deploy(session: Any, *, apply_late: str = "") -> Release:
    """The programme as a release, past the designer's checks."""
    found = sample.files()
    head = found["programme.yaml"].decode().replace("\nperiods:\n", f"\nperiods:{PERIODS}")
    found |= {
        "programme.yaml": head.encode(),
        "application.bpmn": diagram(apply_late=apply_late).encode(),
        **{f"forms/{key}.json": _form(key, parts) for key, parts in FORMS.items()},
    }
    release = Release(
        programme=sample.KEY, number=db.next_number(session, f"release:{sample.KEY}"), name="补正示例",
        fingerprint=package.fingerprint(found), files=package.pack(found), deployed_at=clock.now(), deployed_by=None,
    )
    session.add(release)
    session.flush()
    return release


def diagram(*, apply_late: str = "") -> str:
    """The diagram's text; elements and flows only."""
    late = {"late": apply_late} if apply_late else {}
    parts = [
        '<startEvent id="start"/>',
        task("apply", actor="applicant/applicant", form="report", period="filling", **late),
        task("check", actor="county/clerk", form="verdict", period="checking", outcomes="pass=通过,correct=补正"),
        '<exclusiveGateway id="checked"/>',
        task("supplement", actor="applicant/applicant", form="report", period="correcting", revises="yes",
             opens="verdict.defects.field"),
        '<boundaryEvent id="late" attachedToRef="supplement"><timerEventDefinition><timeDuration>correcting'
        "</timeDuration></timerEventDefinition></boundaryEvent>",
        task("recheck", actor="county/clerk", form="verdict", period="checking", continues="check",
             outcomes="pass=通过,refuse=不予推荐"),
        '<endEvent id="done" name="审核完毕"/>',
        flow("start", "apply"), flow("apply", "check"), flow("check", "checked"),
        flow("checked", "supplement", 'outcome == "correct"'), flow("checked", "done", 'outcome == "pass"'),
        flow("supplement", "recheck"), flow("late", "recheck"), flow("recheck", "done"),
    ]
    return f'{HEAD}<process id="application" isExecutable="true">{"".join(parts)}</process></definitions>'


def task(key: str, **properties: str) -> str:
    """A user task with its properties."""
    written = "".join(f'<spiffworkflow:property name="{k}" value="{v}"/>' for k, v in properties.items())
    return (
        f'<userTask id="{key}" name="{key}"><extensionElements><spiffworkflow:properties>{written}'
        "</spiffworkflow:properties></extensionElements></userTask>"
    )


def flow(source: str, target: str, condition: str = "") -> str:
    """A flow, with its condition if it has one."""
    inner = f'<conditionExpression xsi:type="tFormalExpression">{condition}</conditionExpression>' if condition else ""
    return f'<sequenceFlow id="{source}_to_{target}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'


def _form(key: str, parts: list[dict[str, Any]]) -> bytes:
    components = [{"type": "textfield", "label": part["key"], "id": part["key"], **part} for part in parts]
    for part in components:
        for inner in part.get("components", ()):
            inner.update({"type": "textfield", "label": inner["key"], "id": inner["key"], **inner})
        if part["type"] == "dynamiclist":
            part.setdefault("path", part["key"])
    return json.dumps({"type": "default", "id": key, "title": key, "components": components}).encode()
