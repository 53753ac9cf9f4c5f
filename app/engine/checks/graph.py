"""Walks over nodes and what comes after them: node -> the nodes after it."""

from collections.abc import Iterable, Mapping, Sequence

Graph = Mapping[str, Sequence[str]]


def reached(after: Graph, starts: Iterable[str]) -> set[str]:
    """The starts and all that can be reached from them."""
    seen: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(other for other in after.get(name, ()) if other not in seen)
    return seen


def circles(after: Graph) -> list[set[str]]:
    """Groups of nodes that can reach each other, and nodes that lead to themselves."""
    found: list[set[str]] = []
    placed: set[str] = set()
    before: dict[str, list[str]] = {}
    for name, names in after.items():
        for other in names:
            before.setdefault(other, []).append(name)
    for name in after:
        if name not in placed:
            group = reached(after, [name]) & reached(before, [name])
            placed |= group
            if len(group) > 1 or name in after[name]:
                found.append(group)
    return found


def heaviest_path(after: Graph, weights: Mapping[str, int]) -> int:
    """The greatest product of weights along a path that passes no node twice by a way back."""
    best: dict[str, int] = {}
    open_: set[str] = set()
    for root in after:
        # Depth first with a stack of our own: a diagram may be longer than Python's.
        stack = [(root, iter(after.get(root, ())))] if root not in best else []
        open_.update(name for name, _ in stack)
        while stack:
            name, others = stack[-1]
            following = next((other for other in others if other not in best and other not in open_), None)
            if following is not None:
                open_.add(following)
                stack.append((following, iter(after.get(following, ()))))
                continue
            stack.pop()
            open_.discard(name)
            best[name] = weights.get(name, 1) * max((best[other] for other in after.get(name, ()) if other in best),
                                                    default=1)
    return max(best.values(), default=1)
