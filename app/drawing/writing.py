"""Writes a picture into a BPMN file and leaves every other byte as it was.

The place of the diagram interchange is found with expat, which knows where in the file it stands; the rest is cut and
joined. Ids, colours and other attributes of shapes and edges are kept.
"""

from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from app.drawing.geometry import Box, Point
from app.drawing.layout import Laid
from app.drawing.reading import BPMNDI, DC, DI, GATEWAYS, SCOPES, Lane, Plan

_URIS = {"bpmndi": BPMNDI, "dc": DC, "di": DI}
_OWN = frozenset(("bpmnElement", "id", "isHorizontal", "isExpanded", "isMarkerVisible"))


@dataclass
class _Found:
    """Where the diagram interchange stands, in bytes, and the attributes of its parts by `bpmnElement`."""

    spans: list[tuple[int, int]] = field(default_factory=list)
    end: int = 0  # where the root's end tag begins
    diagram: dict[str, str] = field(default_factory=dict)
    plane: dict[str, str] = field(default_factory=dict)
    parts: dict[str, dict[str, str]] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)


def written(xml: bytes, plan: Plan, laid: Laid) -> bytes:
    """The file with the picture in it. A file without one gets it before its last tag."""
    found = _find(xml, plan)
    ending = "\r\n" if b"\r\n" in xml else "\n"
    block = ending.join(_Writer(plan, laid, found).lines()).encode()
    if not found.spans:
        lead = xml[:found.end].rstrip(b" \t")
        gap = b"" if lead.endswith(b"\n") else ending.encode()
        return lead + gap + b"  " + block + ending.encode() + xml[found.end:]
    first, *others = found.spans
    made = xml
    for start, end in reversed(others):
        made = made[:start].rstrip(b" \t\r\n") + made[end:]
    return made[:first[0]] + block + made[first[1]:]


def _find(xml: bytes, plan: Plan) -> _Found:
    found = _Found()
    own = {prefix for prefix, uri in plan.root.nsmap.items() if uri == BPMNDI}
    trail: list[tuple[str, int]] = []
    # Without namespaces, so that attributes keep the prefixes they were written with.
    parser = expat.ParserCreate()

    def begin(tag: str, attributes: dict[str, str]) -> None:
        prefix, _, name = tag.rpartition(":")
        trail.append((tag, parser.CurrentByteIndex))
        in_picture = (prefix or None) in own or "bpmndi" in prefix
        if attributes.get("id") and not any(other.endswith("BPMNDiagram") for other, _ in trail):
            found.ids.add(attributes["id"])
        if not in_picture:
            return
        if name == "BPMNDiagram" and not found.diagram:
            found.diagram = dict(attributes)
        elif name == "BPMNPlane" and not found.plane:
            found.plane = dict(attributes)
        elif name in ("BPMNShape", "BPMNEdge"):
            found.parts.setdefault(attributes.get("bpmnElement", ""), dict(attributes))

    def finish(tag: str) -> None:
        _, start = trail.pop()
        prefix, _, name = tag.rpartition(":")
        if name == "BPMNDiagram" and len(trail) == 1:
            at = parser.CurrentByteIndex
            found.spans.append((start, xml.index(b">", at) + 1))
        if not trail:
            found.end = parser.CurrentByteIndex

    parser.StartElementHandler, parser.EndElementHandler = begin, finish
    parser.Parse(xml, True)
    return found


class _Writer:
    """The text of one diagram."""

    def __init__(self, plan: Plan, laid: Laid, found: _Found) -> None:
        self.plan, self.laid, self.found = plan, laid, found
        known = {uri: prefix for prefix, uri in plan.root.nsmap.items() if prefix}
        self.prefix = {name: known.get(uri, name) for name, uri in _URIS.items()}
        self.declared = {f"xmlns:{name}": uri for name, uri in _URIS.items() if uri not in known}
        self.taken = set(found.ids)

    def lines(self) -> list[str]:
        bpmndi = self.prefix["bpmndi"]
        diagram = {**self.declared, **self.found.diagram}
        diagram["id"] = self._id(diagram.get("id"), "BPMNDiagram_1")
        plane = {**self.found.plane, "bpmnElement": self.plan.plane}
        plane["id"] = self._id(plane.get("id"), "BPMNPlane_1")
        made = [f"<{bpmndi}:BPMNDiagram{_attributes(diagram)}>", f"    <{bpmndi}:BPMNPlane{_attributes(plane)}>"]
        made += [line for name, extra in self._shapes() for line in self._shape(name, extra)]
        made += [line for scope in self.plan.scopes() for name in scope.lines if name in self.laid.edges
                 for line in self._edge(name, self.laid.edges[name])]
        return [*made, f"    </{bpmndi}:BPMNPlane>", f"  </{bpmndi}:BPMNDiagram>"]

    def _shapes(self) -> list[tuple[str, dict[str, str]]]:
        """Ids of everything with a box, outer before inner, and what is told beside the box."""
        made = []
        for pool in self.plan.pools:
            level = {"isHorizontal": "true"}
            made += [(pool.id, level)] if pool.id else []
            waiting: list[Lane] = list(pool.process.lanes) if pool.process else []
            while waiting:
                lane = waiting.pop(0)
                made.append((lane.id, level))
                waiting = [*lane.lanes, *waiting]
            for scope in pool.process.everything() if pool.process else ():
                nodes = sorted(scope.nodes.values(), key=lambda node: node.kind == "boundaryEvent")
                made += [(node.id, _told(node.kind)) for node in nodes]
        return made

    def _shape(self, name: str, extra: dict[str, str]) -> list[str]:
        bpmndi = self.prefix["bpmndi"]
        bounds = self._bounds(self.laid.shapes[name])
        made = [f"      <{bpmndi}:BPMNShape{self._part(name, extra)}>", f"        {bounds}"]
        return [*made, *self._label(name), f"      </{bpmndi}:BPMNShape>"]

    def _edge(self, name: str, way: list[Point]) -> list[str]:
        bpmndi = self.prefix["bpmndi"]
        points = [f'        <{self.prefix["di"]}:waypoint x="{_number(x)}" y="{_number(y)}" />' for x, y in way]
        return [f"      <{bpmndi}:BPMNEdge{self._part(name, {})}>", *points, *self._label(name),
                f"      </{bpmndi}:BPMNEdge>"]

    def _label(self, name: str) -> list[str]:
        if name not in self.laid.labels:
            return []
        bpmndi = self.prefix["bpmndi"]
        return [f"        <{bpmndi}:BPMNLabel>", f"          {self._bounds(self.laid.labels[name])}",
                f"        </{bpmndi}:BPMNLabel>"]

    def _bounds(self, box: Box) -> str:
        words = " ".join(f'{name}="{_number(value)}"' for name, value in zip(box._fields, box, strict=True))
        return f"<{self.prefix['dc']}:Bounds {words} />"

    def _part(self, name: str, extra: dict[str, str]) -> str:
        had = self.found.parts.get(name, {})
        kept = {key: value for key, value in had.items() if key not in _OWN}
        return _attributes({"id": self._id(had.get("id"), f"{name}_di"), "bpmnElement": name, **extra, **kept})

    def _id(self, had: str | None, wanted: str) -> str:
        name = had if had and had not in self.taken else wanted
        number = 1
        while name in self.taken:
            number += 1
            name = f"{wanted}_{number}"
        self.taken.add(name)
        return name


def _told(kind: str) -> dict[str, str]:
    if kind in SCOPES:
        return {"isExpanded": "true"}
    return {"isMarkerVisible": "true"} if kind == "exclusiveGateway" and kind in GATEWAYS else {}


def _attributes(attributes: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
