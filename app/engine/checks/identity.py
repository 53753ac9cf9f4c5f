"""Ids, names, places in the picture and lanes: what people and the engine tell elements apart by."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from app.engine.checks.known import Known
from app.engine.diagram import BANNED_NODES, NODES, Diagram, Flow, Node, Scope, local, tag
from app.engine.problems import Problem, problem

ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,79}")
# Names that the library gives to tasks of its own.
RESERVED = frozenset(("Start", "End", "Root", "StartEventSplit", "StartEventJoin"))
RESERVED_ENDINGS = (".EndJoin", ".BoundaryEventSplit", ".BoundaryEventJoin")

KIND_WORDS = {
    "startEvent": "开始事件", "endEvent": "结束事件", "intermediateCatchEvent": "等待事件", "boundaryEvent": "边界事件",
    "userTask": "用户任务", "serviceTask": "服务任务", "subProcess": "子流程", "callActivity": "调用活动",
    "exclusiveGateway": "排他网关", "parallelGateway": "并行网关", "inclusiveGateway": "包容网关",
    "eventBasedGateway": "事件网关",
}
_MUST_BE_NAMED = frozenset(("userTask", "serviceTask", "subProcess", "callActivity", "intermediateCatchEvent",
                            "boundaryEvent"))
_SHOULD_BE_NAMED = frozenset(("startEvent", "endEvent"))
_QUESTIONS = frozenset(("exclusiveGateway", "inclusiveGateway", "eventBasedGateway"))


def problems(found: Diagram, known: Known) -> Iterator[Problem]:
    """Everything about ids, names, the picture and lanes of one file."""
    yield from _ids(found)
    yield from _processes(found)
    yield from _names(found)
    yield from _picture(found)
    yield from _lanes(found, known)


def who(thing: Node | Flow | Scope) -> str:
    """An element as people know it: its name, and its id to find it by."""
    return f"「{thing.name}」（{thing.id}）" if thing.name else f"「{thing.id}」"


def between_files(drawn: list[Diagram], beside: list[Diagram]) -> Iterator[Problem]:
    """Processes of one id in several files, and elements of one id in a process and what it calls."""
    first: dict[str, str] = {}
    for found in drawn:
        for process in found.processes():
            if process.id in first:
                yield problem(found.file, process.id, "duplicate-process", who=who(process), other=first[process.id])
            first.setdefault(process.id, found.file)
    homes = {process.id: found for found in [*beside, *drawn] for process in found.processes()}
    told: set[tuple[str, str]] = set()
    for found in drawn:
        for process in found.processes():
            yield from _shared_ids(found, process, homes, told)


def _shared_ids(
    found: Diagram, process: Scope, homes: Mapping[str, Diagram], told: set[tuple[str, str]]
) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name in closure(process.id, homes):
        home = homes[name]
        for scope in home.scopes_of(name):
            for node in scope.nodes.values():
                if seen.get(node.id, home.file) != home.file and (found.file, node.id) not in told:
                    told.add((found.file, node.id))
                    yield problem(found.file, node.id, "duplicate-id", who=who(node), other=home.file)
                seen.setdefault(node.id, home.file)


def closure(process_id: str, homes: Mapping[str, Diagram]) -> list[str]:
    """The process and all that it calls, directly or not, as far as they are at hand."""
    reached: list[str] = []
    wanted = [process_id]
    while wanted:
        name = wanted.pop(0)
        if name in homes and name not in reached:
            reached.append(name)
            wanted += [node.called for scope in homes[name].scopes_of(name) for node in scope.nodes.values()
                       if node.called]
    return reached


def _ids(found: Diagram) -> Iterator[Problem]:
    ids = Counter(element.get("id") for element in found.root.iter() if element.get("id"))
    for name, times in ids.items():
        if times > 1:
            yield problem(found.file, name, "duplicate-id", who=f"「{name}」", other="同一文件")
    for process in found.root.iter(tag("process")):
        for element in (process, *process.iterdescendants()):
            kind = local(element)
            if kind not in NODES and kind not in BANNED_NODES and kind not in ("sequenceFlow", "process"):
                continue
            name = element.get("id", "")
            if not name:
                yield problem(found.file, process.get("id", ""), "missing-id", tag=KIND_WORDS.get(kind, kind))
            elif not ID.fullmatch(name) or name in RESERVED or name.endswith(RESERVED_ENDINGS):
                yield problem(found.file, name, "bad-id", who=f"「{name}」")


def _processes(found: Diagram) -> Iterator[Problem]:
    if not any(True for _ in found.processes()):
        yield problem(found.file, "", "no-process")
    for process in found.processes():
        if process.element.get("isExecutable", "true") != "true":
            yield problem(found.file, process.id, "not-executable", who=who(process))


def _names(found: Diagram) -> Iterator[Problem]:
    for process in found.processes():
        if not process.name:
            yield problem(found.file, process.id, "missing-name", who=who(process), tag="流程")
    for lane in found.root.iter(tag("lane")):
        if not (lane.get("name") or "").strip():
            yield problem(found.file, lane.get("id", ""), "missing-name", who=f"「{lane.get('id', '')}」", tag="泳道")
    for node in found.nodes():
        kind = KIND_WORDS.get(node.kind, node.kind)
        splits = node.kind in _QUESTIONS and len(node.outgoing) > 1
        if not node.name and node.kind in _MUST_BE_NAMED:
            yield problem(found.file, node.id, "missing-name", who=who(node), tag=kind)
        elif not node.name and (node.kind in _SHOULD_BE_NAMED or splits):
            yield problem(found.file, node.id, "missing-label", who=who(node), tag=kind)
        if splits and node.kind != "eventBasedGateway":
            for flow in node.outgoing:
                if not flow.name:
                    yield problem(found.file, flow.id, "missing-label", who=who(flow), tag="网关引出的线")


def _picture(found: Diagram) -> Iterator[Problem]:
    if not found.shapes and not found.edges:
        process = next(found.processes(), None)
        if process is not None and process.nodes:
            yield problem(found.file, process.id, "missing-picture", who=who(process))
        return
    for node in found.nodes():
        if node.id and node.id not in found.shapes:
            kind = KIND_WORDS.get(node.kind, node.kind)
            yield problem(found.file, node.id, "missing-shape", who=who(node), tag=kind)
    for lane in found.root.iter(tag("lane"), tag("participant")):
        name = lane.get("id", "")
        if name not in found.shapes:
            yield problem(found.file, name, "missing-shape", who=f"「{lane.get('name') or name}」", tag="泳道")
    for scope in found.scopes.values():
        for flow in scope.flows.values():
            if flow.id and flow.id not in found.edges:
                yield problem(found.file, flow.id, "missing-edge", who=who(flow))


def _lanes(found: Diagram, known: Known) -> Iterator[Problem]:
    nodes = {node.id: node for node in found.nodes()}
    places: dict[str, int] = Counter()
    for lane in found.root.iter(tag("lane")):
        name = lane.get("name") or lane.get("id", "")
        inner = lane.find(tag("childLaneSet")) is not None
        for ref in lane.iterchildren(tag("flowNodeRef")):
            wanted = (ref.text or "").strip()
            if wanted not in nodes:
                yield problem(found.file, lane.get("id", ""), "lane-reference", who=f"「{name}」", other=wanted)
            elif not inner:
                places[wanted] += 1
    for wanted, times in places.items():
        if times > 1:
            yield problem(found.file, wanted, "two-lanes", who=who(nodes[wanted]))
    for process in found.processes():
        if process.element.find(tag("laneSet")) is not None:
            for scope in found.scopes_of(process.id):
                yield from _tasks_in_lanes(found, scope, known)


def _tasks_in_lanes(found: Diagram, scope: Scope, known: Known) -> Iterator[Problem]:
    lanes = known.actors if isinstance(known.actors, Mapping) else {}
    for node in scope.nodes.values():
        if node.kind != "userTask":
            continue
        wanted = lanes.get(node.properties.get("actor", "").partition("/")[0])
        if node.lane is None:
            yield problem(found.file, node.id, "outside-lanes", who=who(node))
        elif wanted and node.lane != wanted:
            yield problem(found.file, node.id, "lane-actor", who=who(node), lane=node.lane, wanted=wanted,
                          actor=node.properties["actor"])

