"""Where everything goes: lanes as bands, steps from left to right, lines at right angles.

What is drawn so far has no say, so that a layout of a layout is the same layout.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from app.drawing import ranks, rows
from app.drawing.cells import Measuring, boundary_offsets, size
from app.drawing.geometry import Box, Point, straightened
from app.drawing.lettering import NAME_SIZE, width
from app.drawing.placing import LANE_HEIGHT, coordinates
from app.drawing.reading import GATEWAYS, NOTE, Lane, Line, Node, Plan, Pool, Scope
from app.drawing.routing import DOWN, LEFT, RIGHT, UP, Board, Laying, Place, Wish
from app.errors import Invalid

HEADER = 30
_LEFT, _TOP, _BETWEEN_POOLS = 160, 100, 40
# Tracks between two columns or rows, and from how many lines on those of one node may begin as one.
_TRACKS = ((4, 4), (7, 4), (7, 2), (12, 2), (20, 2))
_TRIES, _MOVES = 4, 20
_HOPE = 700.0  # how much worse a draft may be to be laid with more care
_WIDTH_COST, _HEIGHT_COST = 25, 25  # what a column more, a row more is worth in cost of ways


@dataclass
class Laid:
    """A picture: boxes of shapes, ways of edges, boxes of labels, by the id of the element."""

    shapes: dict[str, Box] = field(default_factory=dict)
    edges: dict[str, list[Point]] = field(default_factory=dict)
    labels: dict[str, Box] = field(default_factory=dict)
    size: tuple[float, float] = (0, 0)

    def take(self, other: "Laid", by_x: float, by_y: float) -> None:
        """Add another picture, moved."""
        self.shapes.update({name: box.moved(by_x, by_y) for name, box in other.shapes.items()})
        self.labels.update({name: box.moved(by_x, by_y) for name, box in other.labels.items()})
        self.edges.update({name: [Point(x + by_x, y + by_y) for x, y in way] for name, way in other.edges.items()})


@dataclass
class _Draft:
    """One way to arrange a scope: its board and the ways on it."""

    column: dict[str, int]
    row: dict[str, int]
    counts: list[int]
    board: Board
    laying: Laying
    chains: list[list[Node]]
    rows: rows.Rows
    cost: float = 0

    def __post_init__(self) -> None:
        self._weigh()

    def refine(self) -> None:
        """Lay the ways with more care."""
        self.laying.refine()
        self._weigh()

    def _weigh(self) -> None:
        self.cost = self.laying.cost() + _WIDTH_COST * max(self.column.values()) + _HEIGHT_COST * sum(self.counts)


def lay_out(plan: Plan) -> Laid:
    """The picture of a plan."""
    whole = Laid()
    top = float(_TOP)
    for pool in plan.pools:
        top = _pool(whole, pool, top) + _BETWEEN_POOLS
    return whole


def _pool(whole: Laid, pool: Pool, top: float) -> float:
    """Add a pool below `top`; where it ends."""
    if pool.process is None:
        whole.shapes[pool.id] = Box(_LEFT, top, 600, 60)
        return top + 60
    lanes = [leaf for lane in pool.process.lanes for leaf in lane.leaves()]
    header = HEADER if pool.id else 0
    depth = max((lane.depth() for lane in pool.process.lanes), default=0)
    inside, heights = scope(pool.process, lanes, _least(pool, lanes))
    content = inside.size[0] + HEADER * depth
    if pool.id:
        whole.shapes[pool.id] = Box(_LEFT, top, header + content, inside.size[1])
    at = top
    tops: dict[str, tuple[float, float]] = {}
    for lane, height in zip(lanes, heights, strict=False):
        tops[lane.id] = (at, height)
        at += height
    for lane in pool.process.lanes:
        _bands(whole, lane, _LEFT + header, content, tops)
    whole.take(inside, _LEFT + header + HEADER * depth, top)
    return top + inside.size[1]


def _least(pool: Pool, lanes: Sequence[Lane]) -> list[float]:
    """The least height of each lane, so that its name, and all together the pool's, fit upright."""
    heights = [max(LANE_HEIGHT, width(lane.name, NAME_SIZE) + 24) for lane in lanes] or [LANE_HEIGHT]
    missing = width(pool.name, NAME_SIZE) + 24 - sum(heights)
    return [height + max(0.0, missing / len(heights)) for height in heights]


def _bands(whole: Laid, lane: Lane, left: float, across: float, tops: dict[str, tuple[float, float]]) -> float:
    """Add the band of a lane and of those inside of it; its height."""
    if not lane.lanes:
        top, height = tops[lane.id]
        whole.shapes[lane.id] = Box(left, top, across, height)
        return height
    first = next(lane.leaves())
    height = sum(_bands(whole, inner, left + HEADER, across - HEADER, tops) for inner in lane.lanes)
    whole.shapes[lane.id] = Box(left, tops[first.id][0], across, height)
    return height


def scope(found: Scope, lanes: Sequence[Lane], least: Sequence[float]) -> tuple[Laid, list[float]]:
    """The picture of a process or sub-process from (0, 0), and the heights of its lanes."""
    inner = {node.id: _inside(node.inside) for node in found.nodes.values() if node.inside is not None}
    if not found.nodes:
        return Laid(size=(600, sum(least))), list(least)
    _settle_lanes(found, [lane.id for lane in lanes] or [""])
    sizes = {node.id: size(node, {name: laid.size for name, laid in inner.items()}) for node in found.nodes.values()}
    draft = _best_draft(found, [lane.id for lane in lanes] or [""], sizes)
    cells = Measuring(found, draft.column, draft.row, sizes, draft.laying, sum(draft.counts)).measured()
    xs, ys, across, heights = coordinates(draft.board, draft.laying, cells, least)
    return _drawn(found, draft, sizes, cells.labels, inner, xs, ys, (across, sum(heights))), heights


def _inside(found: Scope) -> Laid:
    """The picture of what a sub-process holds, with room for its name."""
    laid, _ = scope(found, [], [60])
    moved = Laid(size=(laid.size[0], laid.size[1] + 24))
    moved.take(laid, 0, 24)
    return moved


def _settle_lanes(found: Scope, lanes: list[str]) -> None:
    """What is in no lane goes where its neighbour is, else into the first."""
    for _ in found.nodes:
        lost = [node for node in found.nodes.values() if node.lane not in lanes]
        for node in lost:
            near = [found.nodes[end].lane for line in ranks.drawn_lines(found) if node.id in (line.source, line.target)
                    for end in (line.source, line.target) if end != node.id]
            node.lane = next((lane for lane in near if lane in lanes), node.lane)
        if len(lost) == sum(node.lane not in lanes for node in found.nodes.values()):
            break
    for node in found.nodes.values():
        node.lane = node.lane if node.lane in lanes else lanes[0]
        for event in node.boundaries:
            event.lane = node.lane


def _best_draft(found: Scope, lanes: list[str], sizes: dict[str, tuple[float, float]]) -> _Draft:
    """The cheapest of a few: all straight drops to other lanes taken, none, or all but one; then with rows moved."""
    back = ranks.returns(found)
    drops = ranks.drops(found, back, lanes)
    levels = [drops, frozenset(), *(drops - {one} for one in sorted(drops)[:_TRIES] if len(drops) > 1)]
    made: list[_Draft] = []
    for level in dict.fromkeys(levels):
        column = ranks.columns(found, back, level)
        chains = ranks.rows_of_nodes(found, column, back)
        made.append(_draft(found, sizes, back, column, chains, rows.arrange(found, lanes, chains, column, back)))
    made.sort(key=lambda draft: draft.cost)
    return min((_moved(found, sizes, back, draft) for draft in made[:2]), key=lambda draft: draft.cost)


def _moved(
    found: Scope, sizes: dict[str, tuple[float, float]], back: frozenset[str], draft: _Draft
) -> _Draft:
    """The draft with rows of nodes moved where that spares detours and crossings."""
    draft.refine()
    left = _MOVES
    better = True
    while better and left > 0:
        better = False
        ends = [end for name in draft.laying.detours() for end in (found.lines[name].source, found.lines[name].target)]
        wanted = dict.fromkeys(ranks.host(found, end) for end in ends)
        places = dict.fromkeys(place for name in wanted for place, chain in enumerate(draft.chains)
                               if any(node.id == name for node in chain))
        for tried in [one for place in places for one in rows.others(draft.rows, place, draft.chains, draft.column)]:
            left -= 1
            other = _draft(found, sizes, back, draft.column, draft.chains, tried)
            if other.cost < draft.cost + _HOPE:
                other.refine()
            if other.cost < draft.cost - 1e-6:
                draft, better = other, True
                break
            if left <= 0:
                break
    return draft


def _draft(
    found: Scope, sizes: dict[str, tuple[float, float]], back: frozenset[str], column: dict[str, int],
    chains: list[list[Node]], arranged: rows.Rows,
) -> _Draft:
    row, counts = rows.row_of(found, arranged, chains), arranged.counts()
    for tracks, crowded in _TRACKS:
        board = Board.of(_uprights(found, column, sizes), counts, tracks)
        laying = Laying(board)
        if laying.lay(_wishes(found, board, column, row, sizes, back, crowded)):
            return _Draft(column, row, counts, board, laying, chains, arranged)
    raise Invalid({"": ["图中的连线太密，排不下；请拆成几个流程图，用“调用活动”相连。"]})


def _uprights(
    found: Scope, column: dict[str, int], sizes: dict[str, tuple[float, float]]
) -> list[list[float]]:
    made: list[set[float]] = [{0.0} for _ in range(max(column.values()) + 1)]
    for node in found.nodes.values():
        made[column[node.id]].update(boundary_offsets(node, sizes[node.id][0]).values())
    return [sorted(offsets) for offsets in made]


def _wishes(
    found: Scope, board: Board, column: dict[str, int], row: dict[str, int], sizes: dict[str, tuple[float, float]],
    back: frozenset[str], crowded: int,
) -> list[Wish]:
    level = {key[1]: index for index, key in enumerate(board.levels) if key[0] == "row"}
    uprights: dict[tuple[int, float], int] = {
        (key[1], key[2]): index for index, key in enumerate(board.uprights) if key[0] == "column"
    }
    places: dict[str, Place] = {}
    cells: dict[str, set[Place]] = {}
    for name, node in found.nodes.items():
        offset = 0.0
        if ranks.host(found, name) != name:
            offset = boundary_offsets(found.nodes[node.attached_to], sizes[node.attached_to][0])[name]
        places[name] = (uprights[column[name], offset], level[row[name]])
        # A line of a boundary event must not run through the task below it.
        if not offset:
            cells[name] = {(index, level[row[name]]) for (at, _), index in uprights.items() if at == column[name]}
            board.blocked |= cells[name]
    lines = sorted(ranks.drawn_lines(found), key=lambda line: _order(line, column, row, back))
    crowd = {name: sum(line.source == name for line in lines) for name in found.nodes}
    return [
        replace(_wish(found, line, places, crowd[line.source] >= crowded, line.id in back),
                own=frozenset(cells.get(line.source, set()) | cells[line.target]))
        for line in lines
    ]


def _order(line: Line, column: dict[str, int], row: dict[str, int], back: frozenset[str]) -> tuple:
    across, down = abs(column[line.target] - column[line.source]), abs(row[line.target] - row[line.source])
    return line.id in back, down > 0, across + down, column[line.source], row[line.source], line.id


def _wish(found: Scope, line: Line, places: dict[str, Place], shares: bool, back: bool) -> Wish:
    source, target = found.nodes[line.source], found.nodes[line.target]
    if source.kind == "boundaryEvent":
        leaves = {DOWN: 0.0}
    elif line.dotted:
        leaves = {UP: 0.0, DOWN: 0.0, RIGHT: 150.0, LEFT: 150.0}
    elif source.kind in GATEWAYS:
        leaves = {RIGHT: 0.0, UP: 5.0, DOWN: 0.0}
    else:
        leaves = {RIGHT: 0.0, UP: 45.0, DOWN: 40.0 + 400.0 * bool(source.boundaries)}
    low = 400.0 if target.boundaries or target.kind in ("endEvent",) else 30.0
    enters = {RIGHT: 0.0, DOWN: 20.0, UP: low}
    if line.dotted or back:
        enters = {RIGHT: 150.0, LEFT: 150.0, DOWN: 0.0, UP: 5.0}
    if back:
        enters.pop(LEFT)
    return Wish(line.id, places[line.source], places[line.target], leaves, enters, line.source, line.target,
                shares_source=shares or NOTE in (source.kind, target.kind),
                leftward=1.0 if back or line.dotted else 1.6)


def _drawn(
    found: Scope, draft: _Draft, sizes: dict[str, tuple[float, float]], labels: dict[str, tuple[str, Box]],
    inner: dict[str, Laid], xs: list[float], ys: list[float], whole: tuple[float, float],
) -> Laid:
    laid = Laid(size=whole)
    middle = {("column", number): xs[index] for index, (kind, number, *rest) in enumerate(draft.board.uprights)
              if kind == "column" and rest[0] == 0}
    level = {key[1]: ys[index] for index, key in enumerate(draft.board.levels) if key[0] == "row"}
    centres = {name: Point(middle["column", draft.column[name]], level[draft.row[name]]) for name in found.nodes}
    for name, node in found.nodes.items():
        across, down = sizes[name]
        x, y = centres[name]
        if ranks.host(found, name) != name:
            host_width, host_height = sizes[node.attached_to]
            x += boundary_offsets(found.nodes[node.attached_to], host_width)[name]
            y += host_height / 2
        laid.shapes[name] = Box(x - across / 2, y - down / 2, across, down)
        if name in inner:
            slack = (across - inner[name].size[0]) / 2
            laid.take(inner[name], laid.shapes[name].x + slack, laid.shapes[name].y)
    for name, (about, box) in labels.items():
        laid.labels[name] = box.moved(*centres[about])
    for name, way in draft.laying.ways.items():
        line = found.lines[name]
        points = straightened([Point(xs[x], ys[y]) for x, y in way])
        laid.edges[name] = _clipped(points, laid.shapes[line.source], laid.shapes[line.target])
    _loose_ends(found, laid)
    return laid


def _clipped(points: list[Point], source: Box, target: Box) -> list[Point]:
    """The way from edge to edge instead of from middle to middle."""
    start = Point(points[0].x, source.centre.y)
    return [_edge(source, start, points[1]), *points[1:-1], _edge(target, points[-1], points[-2])]


def _edge(box: Box, middle: Point, towards: Point) -> Point:
    if towards.x > box.right and towards.y == middle.y:
        return Point(box.right, middle.y)
    if towards.x < box.x and towards.y == middle.y:
        return Point(box.x, middle.y)
    return Point(middle.x, box.bottom if towards.y > middle.y else box.y)


def _loose_ends(found: Scope, laid: Laid) -> None:
    """Associations with a flow instead of a node: straight to the middle of its first part."""
    for line in found.lines.values():
        if line.id in laid.edges or not line.dotted:
            continue
        ends = [_point(name, laid) for name in (line.source, line.target)]
        if ends[0] and ends[1]:
            laid.edges[line.id] = [ends[0], ends[1]]


def _point(name: str, laid: Laid) -> Point | None:
    if name in laid.edges:
        first, second = laid.edges[name][:2]
        return Point((first.x + second.x) / 2, (first.y + second.y) / 2)
    if name in laid.shapes:
        box = laid.shapes[name]
        return Point(box.centre.x, box.y)
    return None
