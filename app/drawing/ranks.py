"""Which column a node stands in: left to right by the longest way from the start, returns left aside."""

from collections.abc import Mapping

from app.drawing.reading import NOTE, Line, Node, Scope


def host(scope: Scope, node_id: str) -> str:
    """The node itself, or the task on whose edge it sits."""
    node = scope.nodes[node_id]
    return node.attached_to if node.kind == "boundaryEvent" and node.attached_to in scope.nodes else node_id


def drawn_lines(scope: Scope) -> list[Line]:
    """The lines with both ends in this scope, in document order."""
    return [line for line in scope.lines.values() if line.source in scope.nodes and line.target in scope.nodes]


def returns(scope: Scope) -> frozenset[str]:
    """Ids of the flows that lead back to where the case was before: those that close a circle, seen from the start."""
    leaving: dict[str, list[Line]] = {name: [] for name in scope.nodes}
    entered: set[str] = set()
    for line in drawn_lines(scope):
        if not line.dotted:
            leaving[host(scope, line.source)].append(line)
            entered.add(host(scope, line.target))
    found: set[str] = set()
    done: set[str] = set()
    first = sorted(scope.nodes, key=lambda name: (scope.nodes[name].kind != "startEvent", name in entered))
    for begin in first:
        _walk(scope, begin, leaving, done, found)
    return frozenset(found)


def _walk(scope: Scope, begin: str, leaving: Mapping[str, list[Line]], done: set[str], found: set[str]) -> None:
    if begin in done:
        return
    trail, on_trail = [(begin, iter(leaving[begin]))], {begin}
    while trail:
        name, rest = trail[-1]
        line = next(rest, None)
        if line is None:
            trail.pop()
            on_trail.discard(name)
            done.add(name)
            continue
        target = host(scope, line.target)
        if target in on_trail:
            found.add(line.id)
        elif target not in done:
            trail.append((target, iter(leaving[target])))
            on_trail.add(target)


def forward(scope: Scope, back: frozenset[str]) -> list[Line]:
    """The flows that lead on."""
    return [line for line in drawn_lines(scope) if not line.dotted and line.id not in back]


def drops(scope: Scope, back: frozenset[str], lanes: list[str]) -> frozenset[str]:
    """Flows that may go straight to another lane within one column: the only way into their target, one per source.

    A row of them keeps its direction, so that no two nodes of one lane come to stand in one column by it.
    """
    onward = forward(scope, back)
    into: dict[str, int] = {}
    for line in onward:
        into[line.target] = into.get(line.target, 0) + 1
    came: dict[str, int] = {}
    taken: set[str] = set()
    found: set[str] = set()
    place = {lane: index for index, lane in enumerate(lanes)}
    for line in _in_order(scope, onward):
        source, target = scope.nodes[line.source], scope.nodes[line.target]
        way = place.get(target.lane, 0) - place.get(source.lane, 0)
        if way == 0 or into[line.target] > 1 or line.source in taken or source.kind == "boundaryEvent":
            continue
        if abs(way) > 1 or source.boundaries or came.get(line.source, way) * way < 0:
            continue
        taken.add(line.source)
        came[line.target] = way
        found.add(line.id)
    return frozenset(found)


def columns(scope: Scope, back: frozenset[str], level: frozenset[str] = frozenset()) -> dict[str, int]:
    """The column of each node from 0; the flows of `level` need none between their ends."""
    onward = forward(scope, back)
    found = {name: 0 for name in scope.nodes if host(scope, name) == name and scope.nodes[name].kind != NOTE}
    for line in _in_order(scope, onward):
        source, target = host(scope, line.source), host(scope, line.target)
        step = 0 if line.id in level else 1
        if target in found:
            found[target] = max(found[target], found.get(source, 0) + step)
    for name, node in scope.nodes.items():
        if host(scope, name) != name:
            found[name] = found[node.attached_to]
        elif node.kind == NOTE:
            found[name] = found.get(anchor(scope, name), 0)
    return found


def anchor(scope: Scope, note: str) -> str:
    """The node to which a note belongs, by its first association; the source, where it belongs to a flow."""
    for line in scope.lines.values():
        ends = [line.source, line.target]
        if line.dotted and note in ends:
            other = ends[1 - ends.index(note)]
            other = scope.lines[other].source if other in scope.lines else other
            if other in scope.nodes and scope.nodes[other].kind != NOTE:
                return host(scope, other)
    return ""


def _in_order(scope: Scope, onward: list[Line]) -> list[Line]:
    """The forward flows so that all that enter a node come before those that leave it."""
    leaving: dict[str, list[Line]] = {}
    waiting: dict[str, int] = {}
    for line in onward:
        leaving.setdefault(host(scope, line.source), []).append(line)
        waiting[host(scope, line.target)] = waiting.get(host(scope, line.target), 0) + 1
    ready = [name for name in scope.nodes if name not in waiting]
    made: list[Line] = []
    while ready:
        for line in leaving.get(ready.pop(0), ()):
            made.append(line)
            target = host(scope, line.target)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return made


def rows_of_nodes(scope: Scope, column: Mapping[str, int], back: frozenset[str]) -> list[list[Node]]:
    """Nodes that should stand in one row, left to right: the longest ways that stay in a lane, then what is left."""
    onward = [line for line in forward(scope, back) if line.source == host(scope, line.source)]
    height = dict.fromkeys(scope.nodes, 0)
    for line in reversed(_in_order(scope, forward(scope, back))):
        source = host(scope, line.source)
        height[source] = max(height[source], height[host(scope, line.target)] + 1)
    after: dict[str, str] = {}
    before: dict[str, str] = {}
    for line in sorted(onward, key=lambda line: -(column[line.source] + height[line.target])):
        same = scope.nodes[line.source].lane == scope.nodes[line.target].lane
        free = line.source not in after and line.target not in before
        if same and free and column[line.source] < column[line.target]:
            after[line.source], before[line.target] = line.target, line.source
    made = []
    for name, node in scope.nodes.items():
        if host(scope, name) == name and name not in before:
            row = [node]
            while row[-1].id in after:
                row.append(scope.nodes[after[row[-1].id]])
            made.append(row)
    return sorted(made, key=lambda row: (-len(row), column[row[0].id]))
