"""进度: which step of how many a case has reached, whose turn it is, and by when: for the applicant.

The diagram says which stage (`stage`) an element belongs to; the stages stand in the order in which they are reached.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from app import engine
from app.cases import deadlines, queries
from app.cases.models import Case, Deadline
from app.programmes.queries import Programme

DONE, CURRENT, FUTURE, SKIPPED = "done", "current", "future", "skipped"


@dataclass(frozen=True)
class Stage:
    """One stage. `state` is done, current, future or skipped (the way led past it). Of a current one: `who` has the
    turn, `until` is the last day by which it is expected (None: no period runs), `note` says what holds the clock."""

    name: str
    state: str
    who: str = ""
    until: date | None = None
    light: deadlines.Light | None = None
    note: str = ""


def stages(session: Session, case: Case, programme: Programme) -> list[Stage]:
    """The stages of a case's diagram as it stands; empty where the diagram names none."""
    spec = programme.specification(case.diagram)
    stage_of = _in_order(spec)
    if not stage_of:
        return []
    passed = engine.state(spec, case.document).passed
    reached = {stage_of[element] for element in passed if element in stage_of}
    current = _current(session, case, programme, stage_of) if case.status == "open" else {}
    names = list(dict.fromkeys(stage_of.values()))
    furthest = max((n for n, name in enumerate(names) if name in reached or name in current), default=-1)
    found = []
    for n, name in enumerate(names):
        if name in current:
            found.append(current[name])
        elif name in reached:
            found.append(Stage(name, DONE))
        else:
            found.append(Stage(name, SKIPPED if n < furthest or case.status != "open" else FUTURE))
    return found


def _in_order(spec: engine.Specification) -> Mapping[str, str]:
    """Element -> stage, each element after those that lead to it; ways back don't count."""
    after: dict[str, list[str]] = {}
    for source, target in spec.flows:
        after.setdefault(source, []).append(target)
    for element in spec.elements.values():
        if element.attached_to:
            after.setdefault(element.attached_to, []).append(element.id)
    led_to = {target for targets in after.values() for target in targets}
    left: list[str] = []  # elements in the order in which everything behind them was seen
    seen: set[str] = set()
    way = [(start, iter(after[start])) for start in sorted(set(after) - led_to)]
    seen.update(start for start, _ in way)
    while way:
        here, following = way[-1]
        step = next((target for target in following if target not in seen), None)
        if step is None:
            left.append(here)
            way.pop()
        else:
            seen.add(step)
            way.append((step, iter(after.get(step, ()))))
    stages = {name: spec.elements[name].properties.get("stage", "") for name in reversed(left) if name in spec.elements}
    return {element: stage for element, stage in stages.items() if stage}


def _current(
    session: Session, case: Case, programme: Programme, stage_of: Mapping[str, str]
) -> dict[str, Stage]:
    found: dict[str, Stage] = {}
    for catch in queries.catches(session, case.id):
        if catch.status == "waiting" and catch.element in stage_of:
            name = stage_of[catch.element]
            found[name] = Stage(name, CURRENT, note=programme.specification(case.diagram).elements[catch.element].name)
    for row in queries.tasks(session, case.id):
        if row.Task.status == "open" and row.Task.element in stage_of:
            name = stage_of[row.Task.element]
            stage = Stage(name, CURRENT, who=row.unit_name)
            found[name] = _with_deadline(stage, row.Deadline, case.region_code)
    return found


def _with_deadline(stage: Stage, deadline: Deadline, region_code: str) -> Stage:
    waits, stopped_now = deadline.status == "awaiting", deadline.status == deadlines.STOPPED
    light = deadlines.light(
        deadline.ends_at, last_day=deadline.last_day, provisional=deadline.provisional, region_code=region_code,
        awaiting=waits, stopped=stopped_now,
    )
    stopped = "、".join(f"{ground} {since} 至 {until}" for since, until, ground in deadline.stops)
    note = "通知书送达后开始计算期限" if waits else f"期限曾中止：{stopped}" if stopped else ""
    if stopped_now:
        note = "期限停表中，恢复后接续计算"
    return replace(stage, until=None if waits or stopped_now else deadline.last_day, light=light, note=note)
