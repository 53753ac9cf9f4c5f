"""What is wrong with a picture to look at, by the diagram interchange alone."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.drawing import ranks
from app.drawing.geometry import Box, Point, Segment, cross, pairs, segments, through
from app.drawing.lettering import LABEL_LINE, NAME_LINE, NAME_SIZE, lines, width
from app.drawing.reading import GATEWAYS, NOTE, Lane, Line, Node, Picture, Plan, Scope

_SLACK = 1.0  # pixels that nobody sees
_TOUCHING = 6.0  # how far from its node a line may begin or end


@dataclass(frozen=True)
class Fault:
    """One fault. `elements` are the ids that it is about, `rule` a short key, `words` a Chinese sentence."""

    rule: str
    elements: tuple[str, ...]
    words: str


def of(plan: Plan, picture: Picture) -> list[Fault]:
    """All faults of a picture, in the order of the file."""
    look = _Look(plan, picture)
    return [*look.missing(), *look.shapes(), *look.lanes(), *look.edges(), *look.labels(), *look.directions()]


class _Look:
    """A look at one picture."""

    def __init__(self, plan: Plan, picture: Picture) -> None:
        self.plan, self.picture = plan, picture
        self.nodes: dict[str, Node] = {}
        self.lines: dict[str, Line] = {}
        self.home: dict[str, Scope] = {}
        for scope in plan.scopes():
            self.nodes |= scope.nodes
            self.lines |= scope.lines
            self.home |= dict.fromkeys([*scope.nodes, *scope.lines], scope)
        self.boxes = {name: picture.shapes[name] for name in self.nodes if name in picture.shapes}
        self.ways = {name: segments(picture.edges[name]) for name in self.lines if name in picture.edges}

    def missing(self) -> Iterator[Fault]:
        wanted = [pool.id for pool in self.plan.pools if pool.id]
        wanted += [lane.id for lane in self.plan.lanes()]
        for name in [*wanted, *self.nodes]:
            if name not in self.picture.shapes:
                yield self._fault("no-shape", "{0}在图上没有位置。", name)
        for name, line in self.lines.items():
            if name not in self.ways:
                yield self._fault("no-edge", "{0}在图上没有线。", name)
                continue
            for end, at in ((line.source, self.picture.edges[name][0]), (line.target, self.picture.edges[name][-1])):
                if end in self.boxes and not _at_edge(self.boxes[end], at):
                    yield self._fault("loose-end", "{0}的一端没有接到{1}的边缘。", name, end)
        for name in self.picture.doubled:
            yield self._fault("doubled", "{0}在图上画了两次。", name)

    def shapes(self) -> Iterator[Fault]:
        for one, other in pairs(list(self.boxes)):
            if self._related(one, other):
                continue
            if self.boxes[one].grown(-_SLACK).overlaps(self.boxes[other]):
                yield self._fault("overlap", "{0}与{1}重叠。", one, other)
        for name, node in self.nodes.items():
            if node.inside is None or name not in self.boxes:
                continue
            for inner in node.inside.nodes:
                if inner in self.boxes and not self.boxes[name].grown(_SLACK).holds(self.boxes[inner]):
                    yield self._fault("outside-scope", "{0}画在子流程{1}之外。", inner, name)

    def lanes(self) -> Iterator[Fault]:
        shapes = self.picture.shapes
        for pool in self.plan.pools:
            for lane in pool.process.lanes if pool.process else ():
                yield from self._inside_of(lane, pool.id)
        for name, node in self.nodes.items():
            lane = shapes.get(node.lane)
            if lane is None or name not in self.boxes or node.kind == "boundaryEvent":
                continue
            if not lane.grown(_SLACK).holds(self.boxes[name]):
                yield self._fault("outside-lane", "{0}画在泳道{1}之外。", name, node.lane)

    def _inside_of(self, lane: Lane, outer: str) -> Iterator[Fault]:
        shapes = self.picture.shapes
        if outer in shapes and lane.id in shapes and not shapes[outer].grown(_SLACK).holds(shapes[lane.id]):
            yield self._fault("outside-pool", "泳道{0}画在{1}之外。", lane.id, outer)
        for one, other in pairs(lane.lanes):
            if one.id in shapes and other.id in shapes and shapes[one.id].grown(-_SLACK).overlaps(shapes[other.id]):
                yield self._fault("overlap", "泳道{0}与{1}重叠。", one.id, other.id)
        for inner in lane.lanes:
            yield from self._inside_of(inner, lane.id)

    def edges(self) -> Iterator[Fault]:
        for name, way in self.ways.items():
            line = self.lines[name]
            for other, box in self.boxes.items():
                if other in (line.source, line.target) or self._holds(other, name):
                    continue
                if other == ranks.host(self.home[name], line.source) and _only_begins(way, box):
                    continue
                if any(through(part, box.grown(-_SLACK)) for part in way):
                    yield self._fault("through-shape", "{0}穿过{1}。", name, other)
            for end in (line.source, line.target):
                if end in self.boxes and any(through(part, self.boxes[end].grown(-3)) for part in way):
                    yield self._fault("through-shape", "{0}穿过{1}。", name, end)
        for one, other in pairs(list(self.ways)):
            if not self._meet(one, other) and any(
                cross(part, second) for part in self.ways[one] for second in self.ways[other]
            ):
                yield self._fault("crossing", "{0}与{1}交叉。", one, other)

    def _meet(self, one: str, other: str) -> bool:
        """Whether two lines may touch: they leave one node or enter one, and only run together there."""
        first, second = self.lines[one], self.lines[other]
        if first.dotted or second.dotted:
            return bool({first.source, first.target} & {second.source, second.target, other}) or one in (
                second.source, second.target)
        if first.target != second.target and first.source != second.source:
            return False
        crossed = [(part, far) for part in self.ways[one] for far in self.ways[other] if cross(part, far)]
        return not any(_transversal(part, far) for part, far in crossed)

    def labels(self) -> Iterator[Fault]:
        labels = {name: self._label(name) for name in self._labelled()}
        for name, box in labels.items():
            yield from self._label_fits(name, box)
            for other, shape in self.boxes.items():
                if self._covers(box, other, shape.grown(-_SLACK)) and not self._holds(other, name):
                    yield self._fault("label-on-shape", "{0}的文字压住{1}。", name, other)
            for other, way in self.ways.items():
                if any(through(part, box.grown(-_SLACK)) for part in way):
                    yield self._fault("label-on-edge", "{1}穿过{0}的文字。", name, other)
        for one, other in pairs(list(labels)):
            if labels[one].grown(-_SLACK).overlaps(labels[other]):
                yield self._fault("label-on-label", "{0}与{1}的文字重叠。", one, other)
        yield from self._names_inside()

    def _covers(self, label: Box, other: str, shape: Box) -> bool:
        """Whether a label lies on a shape; the corners around the diamond of a gateway are free."""
        if self.nodes[other].kind not in GATEWAYS:
            return label.overlaps(shape)
        x, y = shape.centre
        across = max(label.x - x, x - label.right, 0) / (shape.width / 2)
        down = max(label.y - y, y - label.bottom, 0) / (shape.height / 2)
        return across + down < 1

    def _labelled(self) -> list[str]:
        nodes = [name for name, node in self.nodes.items() if node.labelled_outside]
        return [name for name in [*nodes, *(name for name, line in self.lines.items() if line.name)]
                if name in self.picture.labels]

    def _label(self, name: str) -> Box:
        return self.picture.labels[name]

    def _label_fits(self, name: str, box: Box) -> Iterator[Fault]:
        text = self.nodes[name].name if name in self.nodes else self.lines[name].name
        broken = lines(text, max(box.width, 44))
        if max(width(line) for line in broken) > box.width + 2 or len(broken) * (LABEL_LINE - 2) > box.height + 2:
            yield self._fault("label-cut", "{0}的文字“{text}”放不进所留的位置。", name, text=text)
        frame = self._frame(name)
        if frame is not None and not frame.grown(_SLACK).holds(box):
            yield self._fault("label-cut", "{0}的文字伸到图框之外。", name)

    def _names_inside(self) -> Iterator[Fault]:
        for name, node in self.nodes.items():
            box = self.boxes.get(name)
            if box is None or not node.name or not (node.task or node.kind == NOTE):
                continue
            broken = lines(node.name, box.width - 12, NAME_SIZE)
            room = (box.height - 8) if node.inside is None else 24
            if max(width(line, NAME_SIZE) for line in broken) > box.width - 8 or len(broken) * NAME_LINE > room:
                yield self._fault("label-cut", "{0}的名称放不进图形。", name)
        for name in [*(pool.id for pool in self.plan.pools if pool.id), *(lane.id for lane in self.plan.lanes())]:
            box, text = self.picture.shapes.get(name), self.plan.names.get(name, "")
            if box is not None and text and len(lines(text, box.height - 8, NAME_SIZE)) > 2:
                yield self._fault("label-cut", "{0}的名称放不进泳道的标题栏。", name)

    def _frame(self, name: str) -> Box | None:
        for pool in self.plan.pools:
            if pool.process and any(self.home[name] is scope for scope in pool.process.everything()):
                return self.picture.shapes.get(pool.id)
        return None

    def directions(self) -> Iterator[Fault]:
        for scope in self.plan.scopes():
            back = ranks.returns(scope)
            for line in ranks.forward(scope, back):
                source, target = self.boxes.get(line.source), self.boxes.get(line.target)
                if source and target and target.centre.x < source.centre.x - (_SLACK if not line.dotted else 1e6):
                    at = self.boxes.get(ranks.host(scope, line.source), source)
                    if target.centre.x < at.centre.x - _SLACK:
                        yield self._fault("leftward", "{0}从右向左，却不是返回。", line.id)

    def _related(self, one: str, other: str) -> bool:
        first, second = self.nodes[one], self.nodes[other]
        return (first.attached_to == other or second.attached_to == one
                or self._holds(one, other) or self._holds(other, one))

    def _holds(self, outer: str, inner: str) -> bool:
        """Whether a node or line lies in a sub-process, or on the edge of something inside of it."""
        node = self.nodes.get(outer)
        return node is not None and node.inside is not None and any(
            inner in scope.nodes or inner in scope.lines for scope in node.inside.everything()
        )

    def _fault(self, rule: str, words: str, *names: str, **more: str) -> Fault:
        return Fault(rule, names, words.format(*(self._who(name) for name in names), **more))

    def _who(self, name: str) -> str:
        text = self.plan.names.get(name, "")
        return f"「{text}」（{name}）" if text else f"「{name}」"


def _at_edge(box: Box, point: Point) -> bool:
    near = box.grown(_TOUCHING)
    deep = box.grown(-_TOUCHING)
    inside = near.x <= point.x <= near.right and near.y <= point.y <= near.bottom
    return inside and not (deep.x < point.x < deep.right and deep.y < point.y < deep.bottom)


def _only_begins(way: list[Segment], box: Box) -> bool:
    """A line from a boundary event may pass the edge of its task at its beginning."""
    return not any(through(part, box.grown(-_SLACK)) for part in way[1:])


def _transversal(one: Segment, other: Segment) -> bool:
    """Whether two segments cross rather than run together or branch off."""
    flat = one[0].y == one[1].y
    if flat == (other[0].y == other[1].y):
        return False
    level, upright = (one, other) if flat else (other, one)
    xs, ys = sorted(point.x for point in level), sorted(point.y for point in upright)
    x, y = upright[0].x, level[0].y
    return xs[0] + _SLACK < x < xs[1] - _SLACK and ys[0] + _SLACK < y < ys[1] - _SLACK
