"""How much room each node needs in its column and row: itself, its label and the labels of the lines at its sides.

Labels lie inside of cells and ways lie on tracks between cells, so that no way can run through a label.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.drawing.geometry import Box
from app.drawing.lettering import label_size
from app.drawing.reading import Line, Node, Scope
from app.drawing.routing import DOWN, LEFT, RIGHT, UP, Laying, Place

TASK_WIDTH, TASK_HEIGHT, EVENT, GATEWAY = 110, 80, 36, 50
NOTE_WIDTH, BOUNDARY_STEP = 130, 50
_SIDE_OF_ENTRY = {RIGHT: LEFT, DOWN: UP, UP: DOWN, LEFT: RIGHT}


@dataclass
class Cells:
    """Room by column and row, from the middle; `lead` and `tail` by gap: what must stay free of tracks.

    `labels` are boxes relative to the middle of the node named with them (or, for boundary events, of their host).
    """

    left: list[float]
    right: list[float]
    above: list[float]
    below: list[float]
    lead: list[float]
    tail: list[float]
    labels: dict[str, tuple[str, Box]] = field(default_factory=dict)

    @classmethod
    def empty(cls, columns: int, rows: int) -> "Cells":
        zero = [0.0]
        return cls(zero * columns, zero * columns, zero * rows, zero * rows, zero * (columns + 1), zero * (columns + 1))

    def hold(self, column: int, row: int, box: Box) -> None:
        """Make room for a box relative to the middle."""
        self.left[column] = max(self.left[column], -box.x)
        self.right[column] = max(self.right[column], box.right)
        self.above[row] = max(self.above[row], -box.y)
        self.below[row] = max(self.below[row], box.bottom)


def size(node: Node, inside: Mapping[str, tuple[float, float]]) -> tuple[float, float]:
    """Width and height of a node's shape; `inside` are the sizes of what sub-processes hold."""
    if node.id in inside:
        width, height = inside[node.id]
        return max(width, 50 + BOUNDARY_STEP * len(node.boundaries), label_size(node.name, 1000)[0] + 30), height
    if node.task:
        return max(TASK_WIDTH, 10 + BOUNDARY_STEP * len(node.boundaries)), TASK_HEIGHT
    if node.kind == "textAnnotation":
        return NOTE_WIDTH, max(30, label_size(node.name, NOTE_WIDTH - 16)[1] + 10)
    return (GATEWAY, GATEWAY) if node.kind.endswith("Gateway") else (EVENT, EVENT)


def boundary_offsets(host: Node, width: float) -> dict[str, float]:
    """How far right of the middle of its host each boundary event sits, the first one rightmost."""
    return {event.id: width / 2 - 25 - BOUNDARY_STEP * place for place, event in enumerate(host.boundaries)}


class Measuring:
    """Measures the cells of a scope whose ways are laid."""

    def __init__(
        self, scope: Scope, column: Mapping[str, int], row: Mapping[str, int], sizes: Mapping[str, tuple[float, float]],
        laying: Laying, rows: int,
    ) -> None:
        self.scope, self.column, self.row, self.sizes, self.laying = scope, column, row, sizes, laying
        self.cells = Cells.empty(max(column.values()) + 1, rows)
        self.used = self._used_sides()

    def measured(self) -> Cells:
        for node in self.scope.nodes.values():
            width, height = self.sizes[node.id]
            if node.kind != "boundaryEvent":
                self.cells.hold(self.column[node.id], self.row[node.id], Box(-width / 2, -height / 2, width, height))
            if node.labelled_outside:
                self._label_node(node)
        for line in self.scope.lines.values():
            if line.name and line.id in self.laying.ways:
                self._label_line(line)
        return self.cells

    def _used_sides(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {name: set() for name in self.scope.nodes}
        for name, way in self.laying.ways.items():
            line = self.scope.lines[name]
            found[line.source].add(_heading(way[0], way[1]))
            found[line.target].add(_SIDE_OF_ENTRY[_heading(way[-2], way[-1])])
        return found

    def _label_node(self, node: Node) -> None:
        width, height = label_size(node.name)
        half = self.sizes[node.id][0] / 2
        if node.kind == "boundaryEvent" and node.attached_to in self.scope.nodes:
            self._label_boundary(node, width, height)
            return
        used = self.used[node.id]
        low, high = Box(-width / 2, half + 4, width, height), Box(-width / 2, -half - 4 - height, width, height)
        corners = [Box(-7 - width, -half - 4 - height, width, height), Box(-7 - width, half + 4, width, height)]
        sides = [(DOWN, low), (UP, high)] if node.kind.endswith("Event") else [(UP, high), (DOWN, low)]
        free = [box for side, box in sides if side not in used]
        self._keep(node.id, node.id, (free or corners)[0])

    def _label_boundary(self, node: Node, width: float, height: float) -> None:
        host = self.scope.nodes[node.attached_to]
        at = boundary_offsets(host, self.sizes[host.id][0])[node.id]
        top = self.sizes[host.id][1] / 2 + 20
        rightmost = node is host.boundaries[0]
        left = at + 7 if rightmost else at - 7 - width
        if not rightmost:
            # Between two events there is room for one label only, so each further one hangs lower.
            top += (host.boundaries.index(node) - 1) * (height + 2)
        self._keep(node.id, host.id, Box(left, top, width, height))

    def _label_line(self, line: Line) -> None:
        way = self.laying.ways[line.id]
        width, height = label_size(line.name)
        if not self._shared(line, way[0], way[1]):
            self._at_start(line, _heading(way[0], way[1]), width, height)
        else:
            self._at_end(line, _heading(way[-2], way[-1]), width, height)

    def _shared(self, line: Line, one: Place, other: Place) -> bool:
        users = self.laying.parts.get((min(one, other), one[1] == other[1]), set())
        return len(users) > 1

    def _at_start(self, line: Line, heading: int, width: float, height: float) -> None:
        node = self.scope.nodes[line.source]
        about, across = self._middle(node)
        half_width, half_height = self.sizes[node.id][0] / 2, self.sizes[node.id][1] / 2
        if heading == RIGHT:
            own = self.cells.labels.get(node.id)
            start = half_width + 5
            if own and own[1].y < 0 and height > 16:
                start = max(start, own[1].right + 4)
            box = Box(start, -4 - height, width, height)
            self._reserve(line.id, about, box, self.cells.lead, self.column[node.id] + 1)
        elif heading in (DOWN, UP):
            start = half_height + 4 if node.id == about else self.sizes[about][1] / 2 + 20 + label_size(node.name)[1]
            box = Box(across + 7, start if heading == DOWN else -start - height, width, height)
            self._keep(line.id, about, box)

    def _at_end(self, line: Line, heading: int, width: float, height: float) -> None:
        node = self.scope.nodes[line.target]
        half_width, half_height = self.sizes[node.id][0] / 2, self.sizes[node.id][1] / 2
        if heading == RIGHT:
            box = Box(-half_width - 14 - width, -4 - height, width, height)
            self._reserve(line.id, node.id, box, self.cells.tail, self.column[node.id])
        else:
            box = Box(7, -half_height - 12 - height if heading == DOWN else half_height + 12, width, height)
            self._keep(line.id, node.id, box)

    def _middle(self, node: Node) -> tuple[str, float]:
        """The node whose middle labels are measured from, and how far right of it `node` sits."""
        if node.kind != "boundaryEvent" or node.attached_to not in self.scope.nodes:
            return node.id, 0
        host = self.scope.nodes[node.attached_to]
        return host.id, boundary_offsets(host, self.sizes[host.id][0])[node.id]

    def _keep(self, name: str, about: str, box: Box) -> None:
        self.cells.labels[name] = (about, box)
        self.cells.hold(self.column[about], self.row[about], box)

    def _reserve(self, name: str, about: str, box: Box, room: list[float], gap: int) -> None:
        self.cells.labels[name] = (about, box)
        row = self.row[about]
        self.cells.above[row] = max(self.cells.above[row], -box.y)
        room[gap] = max(room[gap], (box.right if room is self.cells.lead else -box.x))


def _heading(one: Place, other: Place) -> int:
    if one[1] == other[1]:
        return RIGHT if other[0] > one[0] else LEFT
    return DOWN if other[1] > one[1] else UP
