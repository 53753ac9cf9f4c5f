"""Inclusive gateways in pairs: one parts, one gathers, and between them no way out, in or back.

Only so can it be told when everything that was started has come: the library guesses from what could still arrive.
"""

from app.engine.diagram import Flow, Node, Scope


def pairs(scope: Scope) -> list[tuple[str, str]]:
    """Ids of each splitting inclusive gateway with the one that gathers its branches."""
    gateways = [node for node in scope.nodes.values() if node.kind == "inclusiveGateway"]
    joins = [node for node in gateways if len(node.incoming) > 1 and len(node.outgoing) == 1]
    found: list[tuple[str, str]] = []
    for split in gateways:
        if len(split.outgoing) > 1 and len(split.incoming) == 1:
            taken = {join for _, join in found}
            match = next((join for join in joins if join.id not in taken and region(scope, split, join)), None)
            if match is not None:
                found.append((split.id, match.id))
    return found


def region(scope: Scope, split: Node, join: Node) -> set[str] | None:
    """Ids of the flows between the pair, or None if the two don't enclose what lies between them."""
    flows: set[str] = set()
    inside: dict[str, Node] = {}
    waiting: list[Flow] = list(split.outgoing)
    while waiting:
        flow = waiting.pop()
        if flow.id in flows:
            continue
        flows.add(flow.id)
        node = scope.nodes[flow.target]
        if node is join:
            continue
        if node is split or node.kind == "endEvent" or not node.outgoing:
            return None
        if any(not event.interrupting for event in node.boundaries):
            return None
        inside[node.id] = node
        waiting.extend(node.outgoing)
        for event in node.boundaries:
            inside[event.id] = event
            waiting.extend(event.outgoing)
    entries = [flow for node in (*inside.values(), join) for flow in node.incoming]
    if any(flow.id not in flows for flow in entries) or _has_circle(inside):
        return None
    return flows


def _has_circle(inside: dict[str, Node]) -> bool:
    """Whether one can come back within: take away, again and again, what nothing inside leads to."""
    left = dict(inside)
    while left:
        first = [name for name, node in left.items()
                 if not any(flow.source in left for flow in node.incoming) and node.attached_to not in left]
        if not first:
            return True
        for name in first:
            del left[name]
    return False
