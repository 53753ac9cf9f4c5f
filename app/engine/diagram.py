"""A diagram as plain data: what is drawn, before the library sees it.

The checker, the list of elements and the names on pages all read this; none of them reads XML.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from lxml import etree

from app.engine.reading import BPMN, BPMNDI, read

SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"

ACTIVITIES = frozenset(("userTask", "serviceTask", "subProcess", "callActivity"))
GATEWAYS = frozenset(("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"))
EVENTS = frozenset(("startEvent", "endEvent", "intermediateCatchEvent", "boundaryEvent"))
NODES = ACTIVITIES | GATEWAYS | EVENTS

# A timer holds the name of a period and no number: numbers stand in programme.yaml.
PERIOD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")

# Nodes of BPMN that the engine doesn't run. They are read all the same, so that one mistake makes one problem.
BANNED_NODES = frozenset((
    "task", "manualTask", "scriptTask", "businessRuleTask", "sendTask", "receiveTask", "transaction", "adHocSubProcess",
    "complexGateway", "intermediateThrowEvent", "callChoreography", "subChoreography", "choreographyTask",
))


class Definition(NamedTuple):
    """An event definition: its tag (`timerEventDefinition`) and, for timers, the text; for messages, the name."""

    tag: str
    text: str | None = None
    form: str = ""


@dataclass(eq=False)
class Node:
    """One node of the picture. `scope` is the id of the process or sub-process in which it is drawn."""

    id: str
    kind: str
    name: str
    scope: str
    process: str
    element: etree._Element
    attached_to: str | None = None
    interrupting: bool = True
    default: str | None = None
    called: str | None = None
    lane: str | None = None
    properties: dict[str, str] = field(default_factory=dict)
    definitions: list[Definition] = field(default_factory=list)
    incoming: list["Flow"] = field(default_factory=list)
    outgoing: list["Flow"] = field(default_factory=list)
    boundaries: list["Node"] = field(default_factory=list)

    @property
    def definition(self) -> Definition | None:
        """The only event definition of a sound event, None for a plain one."""
        return self.definitions[0] if self.definitions else None

    @property
    def period(self) -> str | None:
        """The name of the period that a timer carries."""
        found = self.definition
        return found.text if found and found.tag == "timerEventDefinition" else None

    @property
    def message(self) -> str | None:
        """The name of the message that a catch waits for."""
        found = self.definition
        return found.text if found and found.tag == "messageEventDefinition" else None

    @cached_property
    def outcomes(self) -> dict[str, str]:
        """Keys and words of the property `outcomes`: `pass=通过, return=退回补正`."""
        return outcomes_of(self.properties.get("outcomes", ""))


@dataclass(eq=False)
class Flow:
    """A sequence flow. `condition` is its text without surrounding blanks, None where there is none."""

    id: str
    name: str
    source: str
    target: str
    scope: str
    condition: str | None
    element: etree._Element


@dataclass(eq=False)
class Scope:
    """A process or an embedded sub-process with the nodes drawn directly in it."""

    id: str
    name: str
    process: str
    element: etree._Element
    parent: str | None
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)

    def starts(self) -> list[Node]:
        return [node for node in self.nodes.values() if node.kind == "startEvent"]


@dataclass(eq=False)
class Diagram:
    """One file. `scopes` holds its processes and sub-processes by id, outer before inner."""

    file: str
    root: etree._Element
    scopes: dict[str, Scope] = field(default_factory=dict)
    shapes: frozenset[str] = frozenset()
    edges: frozenset[str] = frozenset()

    def processes(self) -> Iterator[Scope]:
        return (scope for scope in self.scopes.values() if scope.parent is None)

    def nodes(self) -> Iterator[Node]:
        for scope in self.scopes.values():
            yield from scope.nodes.values()

    def scopes_of(self, process_id: str) -> Iterator[Scope]:
        return (scope for scope in self.scopes.values() if scope.process == process_id)


def parse(files: Mapping[str, bytes]) -> dict[str, Scope]:
    """The processes drawn in `files` (name of the file -> its bytes), by process id.

    Raises Unreadable for a file that isn't safe to read. What is drawn isn't judged here: see `check`.
    """
    return {process.id: process for name, data in files.items() for process in diagram(name, data).processes()}


def diagram(file: str, data: bytes) -> Diagram:
    """Read one file. Raises Unreadable."""
    root = read(data)
    found = Diagram(file, root)
    messages = {node.get("id"): node.get("name") for node in root.iter(tag("message"))}
    for process in root.iterchildren(tag("process")):
        _scope(found, process, parent=None, process_id=process.get("id", ""), messages=messages)
    for scope in found.scopes.values():
        _connect(scope)
    _place_in_lanes(found)
    found.shapes = frozenset(root.xpath("//d:BPMNShape/@bpmnElement", namespaces={"d": BPMNDI}))
    found.edges = frozenset(root.xpath("//d:BPMNEdge/@bpmnElement", namespaces={"d": BPMNDI}))
    return found


def tag(name: str) -> str:
    """The full name of an element of BPMN."""
    return f"{{{BPMN}}}{name}"


def local(element: etree._Element) -> str:
    """The name of an element without its namespace, empty for elements of other namespaces than BPMN."""
    name = etree.QName(element)
    return name.localname if name.namespace == BPMN else ""


def names_given(process: Scope) -> list[str]:
    """The property `given` of a process: names of the scalars with which its cases are opened, separated by commas."""
    text = dict(property_pairs(process.element)).get("given", "")
    return [name.strip() for name in text.replace("，", ",").split(",") if name.strip()]


def outcomes_of(text: str) -> dict[str, str]:
    """`pass=通过, return=退回补正` as a mapping in the order drawn; parts without `=` have an empty word."""
    parts = (part.partition("=") for part in text.replace("，", ",").split(",") if part.strip())
    return {key.strip(): word.strip() for key, _, word in parts}


def _scope(
    found: Diagram, element: etree._Element, *, parent: str | None, process_id: str, messages: Mapping[str, str | None]
) -> None:
    scope = Scope(element.get("id", ""), element.get("name", "").strip(), process_id, element, parent)
    found.scopes[scope.id] = scope
    for child in element.iterchildren():
        kind = local(child)
        if kind in NODES or kind in BANNED_NODES:
            node = _node(child, kind, scope, messages)
            scope.nodes[node.id] = node
            if kind == "subProcess":
                _scope(found, child, parent=scope.id, process_id=process_id, messages=messages)
        elif kind == "sequenceFlow":
            flow = _flow(child, scope)
            scope.flows[flow.id] = flow


def _node(element: etree._Element, kind: str, scope: Scope, messages: Mapping[str, str | None]) -> Node:
    return Node(
        id=element.get("id", ""), kind=kind, name=element.get("name", "").strip(), scope=scope.id,
        process=scope.process, element=element, attached_to=element.get("attachedToRef"),
        interrupting=element.get("cancelActivity", "true").lower() == "true", default=element.get("default"),
        called=element.get("calledElement"), properties=dict(property_pairs(element)),
        definitions=[_definition(child, messages) for child in element if local(child).endswith("EventDefinition")],
    )


def property_pairs(element: etree._Element) -> list[tuple[str, str]]:
    """Names and values of the `spiffworkflow:property` elements of a node, in order, doubles included."""
    path = "./b:extensionElements/s:properties/s:property"
    return [
        (found.get("name", "").strip(), found.get("value", "").strip())
        for found in element.xpath(path, namespaces={"b": BPMN, "s": SPIFF})
    ]


def _definition(element: etree._Element, messages: Mapping[str, str | None]) -> Definition:
    kind = local(element)
    if kind == "timerEventDefinition":
        for child in element:
            if local(child) in ("timeDuration", "timeDate", "timeCycle"):
                return Definition(kind, (child.text or "").strip(), local(child))
    if kind == "messageEventDefinition":
        return Definition(kind, (messages.get(element.get("messageRef")) or "").strip() or None)
    return Definition(kind)


def _flow(element: etree._Element, scope: Scope) -> Flow:
    condition = element.find(tag("conditionExpression"))
    text = (condition.text or "").strip() if condition is not None else ""
    return Flow(element.get("id", ""), element.get("name", "").strip(), element.get("sourceRef", ""),
                element.get("targetRef", ""), scope.id, text or None, element)


def _connect(scope: Scope) -> None:
    for flow in scope.flows.values():
        if flow.source in scope.nodes and flow.target in scope.nodes:
            scope.nodes[flow.source].outgoing.append(flow)
            scope.nodes[flow.target].incoming.append(flow)
    for node in scope.nodes.values():
        host = scope.nodes.get(node.attached_to or "")
        if node.kind == "boundaryEvent" and host is not None:
            host.boundaries.append(node)


def _place_in_lanes(found: Diagram) -> None:
    # Document order, so the innermost of nested lanes wins; what is in a sub-process lies in the lane of it.
    lanes = {(ref.text or "").strip(): (ref.getparent().get("name") or "").strip()
             for ref in found.root.iter(tag("flowNodeRef"))}
    for scope in found.scopes.values():
        outer = found.scopes[scope.parent].nodes[scope.id].lane if scope.parent else None
        for node in scope.nodes.values():
            node.lane = lanes.get(node.id) or lanes.get(node.attached_to or "") or outer or None
