"""The token game: can a run get stuck, or come to one place twice?

Every scope is played on its own: a sub-process and a called process are single steps of what surrounds them, each sound
in itself. A path that begins at an event which doesn't interrupt must be private to its end and is played apart.
Values aren't modelled: every gateway may take every way. Deadlines neither: an interrupting event may always happen.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations

from app.engine.checks.graph import reached
from app.engine.checks.identity import who
from app.engine.checks.inclusive import pairs, region
from app.engine.checks.wiring import successors
from app.engine.diagram import Diagram, Flow, Node, Scope
from app.engine.problems import Problem, problem

MAX_MARKINGS = 20_000

Marking = frozenset[str]


class Unsafe(Exception):
    """A second token would come to a flow that has one; holds the flow."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        super().__init__(flow.id)


def problems(found: Diagram) -> Iterator[Problem]:
    """Deadlocks and missing synchronisation in one file whose connections are sound."""
    for scope in found.scopes.values():
        game = Game(scope)
        shared = list(_shared_tails(found, scope))
        yield from shared
        tails = [node for node in scope.nodes.values() if node.kind == "boundaryEvent" and not node.interrupting]
        wrong: dict[Problem, None] = {}
        for start in [*scope.starts(), *([] if shared else tails)]:
            wrong.update(dict.fromkeys(_play(found, scope, game, start.outgoing)))
        yield from wrong


def _shared_tails(found: Diagram, scope: Scope) -> Iterator[Problem]:
    """Where the path of an event that doesn't interrupt comes back to a way that the run takes without it."""
    after = successors(scope)
    quiet = {node.id: node for node in scope.nodes.values() if node.kind == "boundaryEvent" and not node.interrupting}
    for event in quiet.values():
        without = {name: [other for other in names if other != event.id] for name, names in after.items()}
        shared = reached(after, [event.id]) & reached(without, [node.id for node in scope.starts()])
        entries = sorted(name for name in shared
                         if any(flow.source not in shared for flow in scope.nodes[name].incoming))
        for name in entries[:1]:
            yield problem(found.file, name, "no-synchronisation", who=who(scope.nodes[name]))


def _play(found: Diagram, scope: Scope, game: "Game", outgoing: list[Flow]) -> Iterator[Problem]:
    first: Marking = frozenset(game.rest(flow) for flow in outgoing)
    seen = {first}
    waiting = [first]
    unsafe: dict[str, Flow] = {}
    while waiting:
        marking = waiting.pop()
        following, clash = game.moves(marking)
        if clash is not None:
            unsafe.setdefault(clash.id, clash)
            continue
        if marking and not following:
            yield from _stuck(found, scope, marking)
        for new in following:
            if new not in seen:
                seen.add(new)
                waiting.append(new)
        if len(seen) > MAX_MARKINGS:
            yield problem(found.file, scope.id, "too-complex", who=who(scope))
            return
    # The first place where two tokens meet; what follows it is a consequence.
    for flow in list(unsafe.values())[:1]:
        source = scope.nodes[flow.source]
        node = source if len(source.incoming) > 1 else scope.nodes[flow.target]
        yield problem(found.file, node.id, "no-synchronisation", who=who(node))


def _stuck(found: Diagram, scope: Scope, marking: Marking) -> Iterator[Problem]:
    for name in sorted({scope.flows[flow].target for flow in marking}):
        yield problem(found.file, name, "deadlock", who=who(scope.nodes[name]))


class Game:
    """The moves of one scope. A marking is the set of flows that carry a token; a task is done when its token leaves.

    Where nothing is decided a token doesn't rest: it goes on along plain steps to the next gateway, end or activity
    that an event may interrupt. That keeps the number of markings small and hides no meeting of tokens.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._rests: dict[str, str] = {}
        self.regions: dict[str, set[str]] = {}
        for split, join in pairs(scope):
            self.regions[join] = region(scope, scope.nodes[split], scope.nodes[join]) or set()

    def rest(self, flow: Flow) -> str:
        """The flow on which a token put on `flow` comes to rest."""
        name = flow.id
        if name not in self._rests:
            passed = {name}
            node = self.scope.nodes[flow.target]
            while len(node.outgoing) == len(node.incoming) == 1 and not any(
                event.interrupting for event in node.boundaries
            ):
                flow = node.outgoing[0]
                if flow.id in passed:
                    break
                passed.add(flow.id)
                node = self.scope.nodes[flow.target]
            self._rests[name] = flow.id
        return self._rests[name]

    def moves(self, marking: Marking) -> tuple[set[Marking], Flow | None]:
        """All markings after one more move, and a flow to which a second token would come."""
        following: set[Marking] = set()
        try:
            for name in marking:
                following.update(self._from(self.scope.nodes[self.scope.flows[name].target], name, marking))
        except Unsafe as clash:
            return set(), clash.flow
        return following, None

    def _from(self, node: Node, came: str, marking: Marking) -> Iterator[Marking]:
        if node.kind == "endEvent":
            ends_all = any(found.tag == "terminateEventDefinition" for found in node.definitions)
            yield frozenset() if ends_all else marking - {came}
        elif node.kind == "parallelGateway":
            incoming = {flow.id for flow in node.incoming}
            if incoming <= marking:
                yield self._put(marking - incoming, node.outgoing)
        elif node.kind == "inclusiveGateway" and len(node.incoming) > 1:
            incoming = {flow.id for flow in node.incoming}
            if not (self.regions.get(node.id, set()) - incoming) & marking:
                yield self._put(marking - incoming, node.outgoing)
        elif node.kind == "inclusiveGateway":
            for size in range(1, len(node.outgoing) + 1):
                for chosen in combinations(node.outgoing, size):
                    yield self._put(marking - {came}, chosen)
        else:
            for flow in node.outgoing:
                yield self._put(marking - {came}, [flow])
            for event in node.boundaries:
                if event.interrupting:
                    yield self._put(marking - {came}, event.outgoing)

    def _put(self, marking: Marking, flows: Iterable[Flow]) -> Marking:
        for flow in flows:
            place = self.rest(flow)
            if place in marking:
                raise Unsafe(flow)
            marking = marking | {place}
        return marking
