"""Reads a diagram for drawing: what is to be drawn (`Plan`) and what is drawn (`Picture`).

Nothing outside the file is fetched and no entity is expanded; the engine's checker judges the meaning, not this.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from lxml import etree

from app.drawing.geometry import Box, Point
from app.errors import Invalid

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"

MAX_BYTES = 2 * 1024 * 1024
MAX_NODES = 300

TASKS = frozenset((
    "task", "userTask", "serviceTask", "manualTask", "scriptTask", "businessRuleTask", "sendTask", "receiveTask",
    "callActivity",
))
SCOPES = frozenset(("subProcess", "transaction", "adHocSubProcess"))
GATEWAYS = frozenset((
    "exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway",
))
EVENTS = frozenset((
    "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent",
))
NOTE = "textAnnotation"
NODES = TASKS | SCOPES | GATEWAYS | EVENTS | {NOTE}
LINES = frozenset(("sequenceFlow", "association"))
_LEFT_OUT = frozenset((
    "dataObjectReference", "dataStoreReference", "messageFlow", "group", "choreographyTask", "subChoreography",
    "callChoreography", "conversation",
))


@dataclass(eq=False)
class Node:
    """What is drawn as a shape inside a process. `lane` is the innermost lane's id, empty outside of lanes."""

    id: str
    kind: str
    name: str
    lane: str = ""
    attached_to: str = ""
    interrupting: bool = True
    mark: str = ""  # timer, message, terminate ..., of an event
    inside: "Scope | None" = None
    boundaries: list["Node"] = field(default_factory=list)

    @property
    def task(self) -> bool:
        return self.kind in TASKS or self.kind in SCOPES

    @property
    def labelled_outside(self) -> bool:
        """Whether the name stands beside the shape."""
        return bool(self.name) and (self.kind in EVENTS or self.kind in GATEWAYS)


@dataclass(eq=False)
class Line:
    """A sequence flow or an association between two nodes of one scope."""

    id: str
    name: str
    source: str
    target: str
    dotted: bool = False
    default: bool = False


@dataclass(eq=False)
class Lane:
    """A band of a pool; `lanes` are the bands inside of it."""

    id: str
    name: str
    lanes: list["Lane"] = field(default_factory=list)

    def leaves(self) -> Iterator["Lane"]:
        if not self.lanes:
            yield self
        for lane in self.lanes:
            yield from lane.leaves()

    def depth(self) -> int:
        return 1 + max((lane.depth() for lane in self.lanes), default=0)


@dataclass(eq=False)
class Scope:
    """A process or an embedded sub-process with what is drawn directly in it."""

    id: str
    nodes: dict[str, Node] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    lanes: list[Lane] = field(default_factory=list)

    def everything(self) -> Iterator["Scope"]:
        """This scope and all scopes inside of it."""
        yield self
        for node in self.nodes.values():
            if node.inside:
                yield from node.inside.everything()


@dataclass(eq=False)
class Pool:
    """A participant; `process` is None for one whose inside isn't told. An id of '' is a process without a pool."""

    id: str
    name: str
    process: Scope | None


@dataclass(eq=False)
class Picture:
    """Diagram interchange as found: boxes and ways by the id of the element; `flags` are attributes of shapes."""

    shapes: dict[str, Box] = field(default_factory=dict)
    edges: dict[str, list[Point]] = field(default_factory=dict)
    labels: dict[str, Box] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Plan:
    """One file. `plane` is the id of the collaboration or process that the picture shows."""

    root: etree._Element
    plane: str
    pools: list[Pool]

    def scopes(self) -> Iterator[Scope]:
        for pool in self.pools:
            if pool.process:
                yield from pool.process.everything()

    def lanes(self) -> Iterator[Lane]:
        waiting = [lane for scope in self.scopes() for lane in scope.lanes]
        while waiting:
            lane = waiting.pop(0)
            yield lane
            waiting += lane.lanes

    @cached_property
    def names(self) -> dict[str, str]:
        """Names of everything that has an id."""
        return {element.get("id"): (element.get("name") or "").strip() for element in self.root.iter("{*}*")
                if element.get("id")}


def read(xml: bytes) -> Plan:
    """The plan of a diagram. Raises Invalid for what isn't a safe, readable BPMN file of at most 2 MB."""
    root = _root(xml)
    processes = {element.get("id", ""): _scope(element) for element in root.findall(_tag("process"))}
    collaboration = root.find(_tag("collaboration"))
    participants = [] if collaboration is None else collaboration.findall(_tag("participant"))
    pools = [Pool(element.get("id", ""), (element.get("name") or "").strip(),
                  processes.get(element.get("processRef", ""))) for element in participants]
    told = {id(pool.process) for pool in pools}
    pools += [Pool("", "", process) for process in processes.values() if id(process) not in told]
    if not processes:
        raise _refuse("文件中没有流程；请先画一个流程。")
    plane = collaboration.get("id", "") if collaboration is not None and participants else next(iter(processes))
    plan = Plan(root, plane, pools)
    if collaboration is not None and pools[0].process:
        _notes_between(collaboration, pools[0].process)
    if sum(len(scope.nodes) for scope in plan.scopes()) > MAX_NODES:
        raise _refuse(f"图中超过 {MAX_NODES} 个元素，无法排图；请拆成几个流程图，用“调用活动”相连。")
    return plan


def picture(plan: Plan) -> Picture:
    """The diagram interchange of a plan's file; shapes without bounds and edges without a way are left out."""
    found = Picture()
    for element in plan.root.iter(f"{{{BPMNDI}}}BPMNShape", f"{{{BPMNDI}}}BPMNEdge"):
        about = element.get("bpmnElement", "")
        if about in found.shapes or about in found.edges:
            found.doubled.append(about)
            continue
        label = element.find(f"{{{BPMNDI}}}BPMNLabel")
        bounds = _bounds(label) if label is not None else None
        if bounds:
            found.labels[about] = bounds
        if element.tag.endswith("Shape"):
            box = _bounds(element)
            if box:
                found.shapes[about] = box
        else:
            points = [Point(_number(point, "x"), _number(point, "y")) for point in element.findall(f"{{{DI}}}waypoint")]
            if len(points) > 1:
                found.edges[about] = points
    return found


def left_out(plan: Plan) -> list[tuple[str, str]]:
    """Tags and ids of what the engine doesn't run and the layout has no place for."""
    return [(etree.QName(element).localname, element.get("id", "")) for element in plan.root.iter("{*}*")
            if etree.QName(element).namespace == BPMN and etree.QName(element).localname in _LEFT_OUT]


def check_safe(xml: bytes) -> None:
    """Refuse what no parser should see; raises Invalid."""
    if len(xml) > MAX_BYTES:
        raise _refuse(f"文件超过 {MAX_BYTES // 1024 // 1024} MB；请拆成几个流程图。")
    try:
        text = xml.decode("utf-8-sig").lower()
    except UnicodeDecodeError:
        raise _refuse("文件不是 UTF-8 编码的 XML；请在设计器中重新导出。") from None
    if "<!doctype" in text or "<!entity" in text:
        raise _refuse("文件含有 DOCTYPE 或实体定义，出于安全不予读取；请删去。")


def _root(xml: bytes) -> etree._Element:
    check_safe(xml)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
                             remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise _refuse(f"文件不是正确的 XML（第 {error.lineno or 1} 行）；请在设计器中重新导出。") from None
    if root.tag != _tag("definitions"):
        raise _refuse("文件不是 BPMN 2.0 流程图；请在设计器中以 BPMN 2.0 格式导出。")
    return root


def _scope(element: etree._Element) -> Scope:
    scope = Scope(element.get("id", ""))
    for child in element.iterchildren("{*}*"):
        _take(child, scope)
    for laneset in element.findall(_tag("laneSet")):
        scope.lanes += _lanes(laneset, scope)
    for node in scope.nodes.values():
        host = scope.nodes.get(node.attached_to)
        if host is not None and node.kind == "boundaryEvent":
            host.boundaries.append(node)
            node.lane = host.lane
    return scope


def _take(child: etree._Element, scope: Scope) -> None:
    kind = etree.QName(child).localname
    if etree.QName(child).namespace != BPMN:
        return
    if kind in NODES:
        name = child.get("name") if kind != NOTE else child.findtext(_tag("text"))
        scope.nodes[child.get("id", "")] = Node(
            child.get("id", ""), kind, (name or "").strip(), attached_to=child.get("attachedToRef", ""),
            interrupting=child.get("cancelActivity", "true") == "true", mark=_mark(child),
            inside=_scope(child) if kind in SCOPES else None,
        )
    elif kind in LINES:
        default = any(other.get("default") == child.get("id") for other in child.getparent())
        scope.lines[child.get("id", "")] = Line(
            child.get("id", ""), (child.get("name") or "").strip(), child.get("sourceRef", ""),
            child.get("targetRef", ""), dotted=kind == "association", default=default,
        )


def _lanes(laneset: etree._Element, scope: Scope) -> list[Lane]:
    made = []
    for element in laneset.findall(_tag("lane")):
        lane = Lane(element.get("id", ""), (element.get("name") or "").strip())
        for ref in element.findall(_tag("flowNodeRef")):
            node = scope.nodes.get((ref.text or "").strip())
            if node is not None:
                node.lane = lane.id
        inner = element.find(_tag("childLaneSet"))
        if inner is not None:
            lane.lanes = _lanes(inner, scope)
        made.append(lane)
    return made


def _notes_between(collaboration: etree._Element, process: Scope) -> None:
    """Notes that the editor has written into the collaboration belong to the first pool."""
    for child in collaboration.iterchildren(_tag(NOTE), _tag("association")):
        _take(child, process)


def _mark(element: etree._Element) -> str:
    for child in element.iterchildren("{*}*"):
        name = etree.QName(child).localname
        if name.endswith("EventDefinition"):
            return name.removesuffix("EventDefinition")
    return ""


def _bounds(element: etree._Element) -> Box | None:
    bounds = element.find(f"{{{DC}}}Bounds")
    if bounds is None:
        return None
    return Box(*(_number(bounds, name) for name in ("x", "y", "width", "height")))


def _number(element: etree._Element, name: str) -> float:
    try:
        found = float(element.get(name, "0"))
    except ValueError:
        found = float("nan")
    if not abs(found) < 1e6:
        raise _refuse(f"图形坐标“{element.get(name)}”不是可用的数；请在设计器中重新保存，或重新排图。")
    return found


def _tag(name: str) -> str:
    return f"{{{BPMN}}}{name}"


def _refuse(words: str) -> Invalid:
    return Invalid({"": [words]}, words)
