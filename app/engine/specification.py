"""A specification: one process of a release with everything it calls, ready to be run many times."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from lxml import etree
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.exceptions import SpiffWorkflowException

from app.engine.checks.elements import first_forbidden
from app.engine.checks.graph import reached
from app.engine.checks.inclusive import pairs
from app.engine.checks.wiring import successors
from app.engine.diagram import Diagram, Node, Scope, diagram, property_pairs
from app.engine.errors import Faulty
from app.engine.library import Condition, Conditions, DiagramParser
from app.engine.meeting import Gather, Meeting

KINDS = {
    "userTask": "task",
    "serviceTask": "call",
    ("intermediateCatchEvent", "timerEventDefinition"): "timer",
    ("boundaryEvent", "timerEventDefinition"): "timer",
    ("intermediateCatchEvent", "messageEventDefinition"): "catch",
    ("boundaryEvent", "messageEventDefinition"): "catch",
}


@dataclass(frozen=True)
class Element:
    """What is drawn at one place where a run can stop.

    `kind` is task (a person acts), call (a word is performed), timer or catch (a message is awaited). `properties` are
    the task's own, as typed; `outcomes` maps each key to its words. `period` is a timer's, `message` a catch's;
    `attached_to` is the id of the activity on whose edge it sits, and `interrupting` whether it ends that activity.
    `lane` is drawn in its own file; it is None in a called process without lanes, where the lane of the call holds
    (a run tells it with each task that it opens).
    """

    id: str
    kind: str
    name: str
    process: str
    file: str
    lane: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)
    period: str | None = None
    message: str | None = None
    attached_to: str | None = None
    interrupting: bool = False


@dataclass(frozen=True, eq=False)
class Specification:
    """Immutable and safe to share between threads and runs; the caller keeps one for each release and process.

    `properties` are those of the process itself. `elements` are all places where a run can stop, called processes
    included, in the order of the files; `ends` are the names of end events by id, `lanes` the lanes of calls and
    sub-processes, `flows` the ids of the flows from one element to another. `fingerprint` changes with anything drawn
    that a run depends on, not with positions.
    """

    process_id: str
    name: str
    properties: Mapping[str, str]
    elements: Mapping[str, Element]
    ends: Mapping[str, str]
    lanes: Mapping[str, str]
    flows: Mapping[tuple[str, str], tuple[str, ...]]
    fingerprint: str
    process: BpmnProcessSpec
    called: Mapping[str, BpmnProcessSpec]
    engine: Conditions


def load_specification(files: Mapping[str, bytes], process_id: str, condition: Condition) -> Specification:
    """Build the specification of `process_id` out of `files` (name -> bytes), which hold it and what it calls.

    `condition(text, values)` evaluates the text of a flow's condition over the scalars of the run and returns a bool;
    it raises an error of app.errors for anything else, a missing name included. It should remember parsed texts.

    Raises Unreadable for an unsafe file and Faulty for a diagram that can't run. This refuses what the library would
    get wrong; it doesn't replace `check`, which says all that is wrong and why.
    """
    return specify(_reading(files, process_id), process_id, condition)


def specify(drawn: Iterable[Diagram], process_id: str, condition: Condition) -> Specification:
    """`load_specification` of diagrams that are read already, or are read as they are asked for."""
    used = _used(drawn, process_id)
    for found in {id(found): found for found, _ in used.values()}.values():
        if reason := first_forbidden(found):
            raise Faulty(f"流程图 {found.file} 不能运行：{reason}")
    process, called = _library_specs(used, process_id)
    for found, top in used.values():
        for scope in found.scopes_of(top.id):
            _tell_meetings(scope, process if scope.id == process_id else called[scope.id])
    nodes = [(found.file, node) for found, top in used.values() for scope in found.scopes_of(top.id)
             for node in scope.nodes.values()]
    _refuse_doubles(nodes)
    return Specification(
        process_id=process_id, name=used[process_id][1].name,
        properties=MappingProxyType(dict(property_pairs(used[process_id][1].element))), elements=_elements(nodes),
        ends=MappingProxyType({node.id: node.name for _, node in nodes if node.kind == "endEvent"}),
        lanes=MappingProxyType({node.id: node.lane for _, node in nodes
                                if node.lane and node.kind in ("callActivity", "subProcess")}),
        flows=_flows(used), fingerprint=_fingerprint(used), process=process, called=MappingProxyType(called),
        engine=Conditions(condition, {node.id: node.name for _, node in nodes}),
    )


def _tell_meetings(scope: Scope, spec: BpmnProcessSpec) -> None:
    """What gateways at which branches meet must know of the picture: their counterpart, and the paths they lie on."""
    for split, gather in pairs(scope):
        spec.task_specs[gather].split = split
    for task in spec.task_specs.values():
        if isinstance(task, Gather) and len(task._inputs) > 1 and task.split is None:
            raise Faulty(f"包容网关“{task.name}”没有成对的分支网关。请先用“检查”功能改正后再部署。")
    after = successors(scope)
    for event in scope.nodes.values():
        if event.kind == "boundaryEvent" and not event.interrupting:
            for name in reached(after, [event.id]):
                if isinstance(meeting := spec.task_specs.get(name), Meeting):
                    meeting.tails |= {event.id}


def _reading(files: Mapping[str, bytes], process_id: str) -> Iterator[Diagram]:
    """The diagrams in `files`, read one by one: that named like the process first."""
    for name in sorted(files, key=lambda name: name.rpartition("/")[2] != f"{process_id}.bpmn"):
        yield diagram(name, files[name])


def _used(drawn: Iterable[Diagram], process_id: str) -> dict[str, tuple[Diagram, Scope]]:
    """The process and all that it calls, directly or not, each with its file: of two of a name the first counts. No
    more is read than that takes."""
    unread = iter(drawn)
    places: dict[str, tuple[Diagram, Scope]] = {}
    used: dict[str, tuple[Diagram, Scope]] = {}
    wanted = [process_id]
    while wanted:
        name = wanted.pop(0)
        if name in used:
            continue
        while name not in places and (found := next(unread, None)) is not None:
            places = {**{top.id: (found, top) for top in found.processes()}, **places}
        if name not in places:
            raise Faulty(f"没有找到流程“{name}”。请检查流程标识，或把被调用的流程图一并提交。")
        used[name] = places[name]
        found = places[name][0]
        wanted += [node.called or "" for scope in found.scopes_of(name) for node in scope.nodes.values()
                   if node.kind == "callActivity"]
    return used


def _library_specs(
    used: Mapping[str, tuple[Diagram, Scope]], process_id: str
) -> tuple[BpmnProcessSpec, dict[str, BpmnProcessSpec]]:
    parser = DiagramParser()
    try:
        for found in {id(found): found for found, _ in used.values()}.values():
            parser.add_bpmn_xml(found.root, found.file)
        return parser.get_spec(process_id), parser.get_subprocess_specs(process_id)
    except RecursionError:
        raise Faulty("流程图太长，请拆成几个子流程。") from None
    except (SpiffWorkflowException, KeyError, AttributeError, TypeError, ValueError, NotImplementedError) as error:
        raise Faulty(f"流程图不能运行（{error}）。请先用“检查”功能改正后再部署。") from error


def _refuse_doubles(nodes: list[tuple[str, Node]]) -> None:
    seen: set[str] = set()
    for file, node in nodes:
        if node.id in seen:
            raise Faulty(f"元素标识“{node.id}”重复（{file}）。被调用的流程图与调用它的图不能有相同的元素标识。")
        seen.add(node.id)


def _elements(nodes: list[tuple[str, Node]]) -> Mapping[str, Element]:
    found = {}
    for file, node in nodes:
        kind = KINDS.get(node.kind) or KINDS.get((node.kind, node.definition.tag if node.definition else ""))
        if kind:
            found[node.id] = Element(
                id=node.id, kind=kind, name=node.name, process=node.process, file=file,
                lane=node.lane, properties=MappingProxyType(node.properties),
                outcomes=MappingProxyType(node.outcomes), period=node.period, message=node.message,
                attached_to=node.attached_to, interrupting=node.kind == "boundaryEvent" and node.interrupting,
            )
    return MappingProxyType(found)


def _flows(used: Mapping[str, tuple[Diagram, Scope]]) -> Mapping[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for file, top in used.values():
        for scope in file.scopes_of(top.id):
            for flow in scope.flows.values():
                found[flow.source, flow.target] = (*found.get((flow.source, flow.target), ()), flow.id)
    return MappingProxyType(found)


def _fingerprint(used: Mapping[str, tuple[Diagram, Scope]]) -> str:
    digest = hashlib.sha256()
    for name in sorted(used):
        digest.update(name.encode() + b"\0" + etree.tostring(used[name][1].element, method="c14n") + b"\0")
    return digest.hexdigest()[:32]
