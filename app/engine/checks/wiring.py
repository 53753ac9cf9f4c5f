"""How a diagram is connected: flows, gateways, edges of activities, loops and calls."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from app.engine.checks.graph import circles, heaviest_path, reached
from app.engine.checks.identity import who
from app.engine.checks.inclusive import pairs
from app.engine.diagram import ACTIVITIES, BANNED_NODES, GATEWAYS, Diagram, Flow, Node, Scope
from app.engine.problems import Problem, problem

# Each further split in a row multiplies the steps that the library predicts: five pairs are a few hundred.
MAX_SPLITS = 2**5
# A run keeps a level for every step that it took and predicts all that follow; the library ends at a thousand.
MAX_NODES = 150
_CONDITIONAL = frozenset(("exclusiveGateway", "inclusiveGateway"))
_HOSTS = frozenset(("userTask", "subProcess", "callActivity"))
_BODIES = ACTIVITIES | BANNED_NODES | {"intermediateCatchEvent"}


def problems(found: Diagram, condemned: Collection[str]) -> Iterator[Problem]:
    """Everything about the connections of one file; nodes in `condemned` have a worse problem and aren't judged."""
    for scope in found.scopes.values():
        if scope.element.get("triggeredByEvent") == "true":
            continue
        if len(scope.nodes) > MAX_NODES:
            yield problem(found.file, scope.id, "too-long", who=who(scope), count=len(scope.nodes), limit=MAX_NODES)
        yield from _flows(found, scope)
        for node in scope.nodes.values():
            if node.id not in condemned and node.element.get("triggeredByEvent") != "true":
                yield from _node(found, node)
        yield from _starts_and_ends(found, scope)
        yield from _ways(found, scope, condemned)
        yield from _loops(found, scope)
        yield from _splits(found, scope)


def calls(drawn: list[Diagram], beside: list[Diagram]) -> Iterator[Problem]:
    """Calls of processes that aren't there, and processes that call themselves."""
    homes = {process.id: found for found in [*beside, *drawn] for process in found.processes()}
    called = {name: [node.called for scope in home.scopes_of(name) for node in scope.nodes.values() if node.called]
              for name, home in homes.items()}
    for found in drawn:
        for node in found.nodes():
            if node.kind == "callActivity" and (not node.called or node.called not in homes):
                yield problem(found.file, node.id, "missing-called", who=who(node), other=node.called or "")
    for circle in circles(called):
        name = min(circle)
        if homes[name] in drawn:
            process = homes[name].scopes[name]
            yield problem(homes[name].file, name, "call-cycle", who=who(process))


def _flows(found: Diagram, scope: Scope) -> Iterator[Problem]:
    others = {node.id for node in found.nodes()} - scope.nodes.keys()
    for flow in scope.flows.values():
        ends = (flow.source, flow.target)
        if any(end in others for end in ends):
            yield problem(found.file, flow.id, "flow-crosses", who=who(flow))
        elif any(end not in scope.nodes for end in ends):
            yield problem(found.file, flow.id, "dangling-flow", who=who(flow))
        elif (scope.nodes[flow.target].kind in ("startEvent", "boundaryEvent")
              or scope.nodes[flow.source].kind == "endEvent"):
            yield problem(found.file, flow.id, "impossible-flow", who=who(flow))


def _node(found: Diagram, node: Node) -> Iterator[Problem]:
    if node.kind == "boundaryEvent":
        yield from _boundary(found, node)
    if node.kind in _BODIES and len(node.incoming) > 1:
        yield problem(found.file, node.id, "several-incoming", who=who(node))
    if node.kind not in GATEWAYS and len(node.outgoing) > 1:
        yield problem(found.file, node.id, "several-outgoing", who=who(node))
    if node.kind in _CONDITIONAL:
        yield from _conditions(found, node)
    else:
        yield from _ignored(found, node, node.outgoing)
    if node.kind == "eventBasedGateway":
        yield from _event_gateway(found, node)
    elif node.kind in GATEWAYS and len(node.incoming) == len(node.outgoing) == 1:
        yield problem(found.file, node.id, "idle-gateway", who=who(node))


def _boundary(found: Diagram, node: Node) -> Iterator[Problem]:
    host = found.scopes[node.scope].nodes.get(node.attached_to or "")
    if host is not None and host.kind == "serviceTask":
        yield problem(found.file, node.id, "boundary-on-service", who=who(node))
    elif host is None or host.kind not in _HOSTS | BANNED_NODES:
        yield problem(found.file, node.id, "dangling-boundary", who=who(node))
    elif node.message and not node.interrupting:
        yield problem(found.file, node.id, "once-only", who=who(node))


def _ignored(found: Diagram, node: Node, outgoing: Iterable[Flow]) -> Iterator[Problem]:
    for flow in outgoing:
        if flow.condition or node.default == flow.id:
            yield problem(found.file, flow.id, "ignored-condition", who=who(flow))


def _conditions(found: Diagram, node: Node) -> Iterator[Problem]:
    if len(node.outgoing) < 2:
        yield from _ignored(found, node, node.outgoing)
        return
    for flow in node.outgoing:
        if flow.id == node.default and flow.condition:
            yield problem(found.file, flow.id, "default-condition", who=who(flow))
        elif flow.id != node.default and not flow.condition:
            yield problem(found.file, flow.id, "missing-condition", who=who(flow))
    if node.kind == "inclusiveGateway" and node.default is None and all(flow.condition for flow in node.outgoing):
        yield problem(found.file, node.id, "missing-default", who=who(node))


def _event_gateway(found: Diagram, node: Node) -> Iterator[Problem]:
    nodes = found.scopes[node.scope].nodes
    targets = [nodes[flow.target] for flow in node.outgoing]
    if len(targets) < 2 or any(
        target.kind != "intermediateCatchEvent" or len(target.incoming) != 1 for target in targets
    ):
        yield problem(found.file, node.id, "event-gateway", who=who(node))
        return
    if sum(1 for target in targets if target.period) > 1:
        yield problem(found.file, node.id, "event-gateway-timers", who=who(node))
    messages = [target.message for target in targets if target.message]
    for message in sorted({message for message in messages if messages.count(message) > 1}):
        yield problem(found.file, node.id, "event-gateway-messages", who=who(node), message=message)


def _starts_and_ends(found: Diagram, scope: Scope) -> Iterator[Problem]:
    starts = scope.starts()
    if not starts:
        yield problem(found.file, scope.id, "no-start", who=who(scope))
    elif len(starts) > 1:
        yield problem(found.file, scope.id, "several-starts", who=who(scope))
    if not any(node.kind == "endEvent" for node in scope.nodes.values()):
        yield problem(found.file, scope.id, "no-end", who=who(scope))


def _ways(found: Diagram, scope: Scope, condemned: Collection[str]) -> Iterator[Problem]:
    after = successors(scope)
    starts = [node.id for node in scope.starts()]
    free = {node.id for node in scope.nodes.values() if node.id in condemned}
    free |= {node.id for node in scope.nodes.values() if node.element.get("triggeredByEvent") == "true"}
    # What a condemned node leads to is judged as if it were reached.
    here = reached(after, [*starts, *free])
    before = {name: [other for other, names in after.items() if name in names] for name in after}
    ends = [node.id for node in scope.nodes.values() if node.kind == "endEvent"]
    stuck = [node.id for node in scope.nodes.values()
             if not node.outgoing and node.kind != "endEvent" and node.id not in free]
    for name in stuck:
        if name in here:
            yield problem(found.file, name, "dead-end", who=who(scope.nodes[name]))
    if starts:
        lost = [name for name in after if name not in here]
        yield from _once(found, scope, lost, before, "unreachable")
    if ends:
        leading = reached(before, [*ends, *stuck, *free])
        trapped = [name for name in after if name not in leading and name in here]
        yield from _once(found, scope, trapped, before, "no-way-to-end")


def _once(
    found: Diagram, scope: Scope, names: list[str], before: Mapping[str, list[str]], rule: str
) -> Iterator[Problem]:
    """One problem for each connected group: its entry, or any one of a circle."""
    left = set(names)
    entries = [name for name in names if not any(other in left for other in before[name])]
    after = {name: [other for other in names if name in before[other]] for name in names}
    left -= reached(after, entries)
    while left:
        entry = next(name for name in names if name in left)
        entries.append(entry)
        left -= reached(after, [entry])
    for name in entries:
        yield problem(found.file, name, rule, who=who(scope.nodes[name]))


def _loops(found: Diagram, scope: Scope) -> Iterator[Problem]:
    running = {name for name, node in scope.nodes.items() if not waits(found, node)}
    after = {name: [other for other in names if other in running]
             for name, names in successors(scope).items() if name in running}
    for circle in circles(after):
        name = next(name for name in scope.nodes if name in circle)
        yield problem(found.file, name, "engine-loop", who=who(scope.nodes[name]))


def waits(found: Diagram, node: Node) -> bool:
    """Whether a run surely or possibly stops here for somebody; service tasks are performed at once."""
    if node.kind in ("userTask", "intermediateCatchEvent", "eventBasedGateway", "callActivity"):
        return True
    if node.kind == "subProcess" and node.id in found.scopes:
        return any(waits(found, inner) for inner in found.scopes[node.id].nodes.values())
    return node.kind in BANNED_NODES


def _splits(found: Diagram, scope: Scope) -> Iterator[Problem]:
    product = heaviest_path(successors(scope), {name: _ways_out(node) for name, node in scope.nodes.items()})
    if product > MAX_SPLITS:
        yield problem(found.file, scope.id, "parallel-pairs", who=who(scope), product=product, limit=MAX_SPLITS)
    matched = {gateway for pair in pairs(scope) for gateway in pair}
    for node in scope.nodes.values():
        if (node.kind == "inclusiveGateway" and node.id not in matched
                and (len(node.incoming) > 1 or len(node.outgoing) > 1)):
            yield problem(found.file, node.id, "inclusive-unpaired", who=who(node))


def _ways_out(node: Node) -> int:
    count = max(len(node.outgoing), 1)
    # Any of the branches of an inclusive gateway may be taken together: the ways double with each.
    return {"parallelGateway": count, "inclusiveGateway": 2 ** min(count - 1, 16)}.get(node.kind, 1)


def successors(scope: Scope) -> dict[str, list[str]]:
    """What comes after each node, events on its edge included."""
    return {node.id: [flow.target for flow in node.outgoing] + [event.id for event in node.boundaries]
            for node in scope.nodes.values()}
