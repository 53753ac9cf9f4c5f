"""A small programme whose review can be stopped and extended; for tests of the ledger.

apply -> at the same time: check (10 working days), weigh (3 months), and plan -> visit. While the visit is open, and
while a case of the diagram `side` about this one is, the clock of `check` stands still. The rest is set by hand.
"""

from typing import Any

from app import clock, db
from app.programmes import package
from app.programmes.models import Release
from tests import sample
from tests.cases import returning
from tests.cases.returning import flow, task

PERIODS = """
  checking:
    name: 审核
    amount: 10
    unit: working_days
    starts: arrival
    clause: BDP-10
    stops:
      - {key: experts, name: 专家评审, clause: BDP-12}
      - {key: onsite, name: 现场核查, clause: BDP-18.1}
      - {key: visit, name: 走访, clause: BDP-18.2, during: [visit]}
      - {key: side, name: 会商, clause: BDP-19, during: [side]}
    extension: {amount: 5, times: 2, approved_by: city/lead, clause: BDP-20}
  weighing:
    name: 研究
    amount: 3
    unit: months
    starts: arrival
    clause: BDP-11
    stops: [{key: experts, name: 专家评审, clause: BDP-12}]
    extension: {amount: 1, asked_by: county/lead, approved_by: city/lead, clause: BDP-20}
  planning: {name: 安排, amount: 3, unit: working_days, starts: arrival, clause: BDP-13}
"""


def deploy(session: Any) -> Release:
    """The programme as a release, past the designer's checks."""
    found = sample.files()
    head = found["programme.yaml"].decode().replace("\nperiods:\n", f"\nperiods:{PERIODS}")
    found |= {
        "programme.yaml": head.encode(), "application.bpmn": application().encode(), "side.bpmn": side().encode(),
        **{f"forms/{key}.json": returning._form(key, parts) for key, parts in returning.FORMS.items()},
    }
    release = Release(
        programme=sample.KEY, number=db.next_number(session, f"release:{sample.KEY}"), name="停表示例",
        fingerprint=package.fingerprint(found), files=package.pack(found), deployed_at=clock.now(), deployed_by=None,
    )
    session.add(release)
    session.flush()
    return release


def application() -> str:
    """The diagram's text; elements and flows only."""
    late = (
        '<boundaryEvent id="late" attachedToRef="check"><timerEventDefinition><timeDuration>checking</timeDuration>'
        "</timerEventDefinition></boundaryEvent>"
    )
    parts = [
        '<startEvent id="start"/>', '<parallelGateway id="fork"/>', '<endEvent id="done" name="办结"/>',
        task("apply", actor="applicant/applicant", form="report", period="filling"),
        task("check", actor="county/clerk", form="verdict", period="checking"), late,
        task("weigh", actor="county/clerk", form="verdict", period="weighing"),
        task("plan", actor="county/clerk", form="verdict", period="planning"),
        task("visit", actor="county/clerk", form="verdict", period="planning"),
        flow("start", "apply"), flow("apply", "fork"), flow("fork", "check"), flow("fork", "weigh"),
        flow("fork", "plan"), flow("plan", "visit"), flow("check", "done"), flow("late", "done"),
        flow("weigh", "done"), flow("visit", "done"),
    ]
    return f'{returning.HEAD}<process id="application" isExecutable="true">{"".join(parts)}</process></definitions>'


def side() -> str:
    """A case about another: one task."""
    parts = [
        '<startEvent id="start"/>', task("confer", actor="county/lead", form="verdict", period="planning"),
        '<endEvent id="done" name="办结"/>', flow("start", "confer"), flow("confer", "done"),
    ]
    return f'{returning.HEAD}<process id="side" isExecutable="true">{"".join(parts)}</process></definitions>'
