"""What conditions say: texts that can be read, no number, and only names that have a value on every path.

A name without a value is an error when the gateway is reached, months after deployment; an outcome that no task offers
silently takes the default. So the paths are followed here, into sub-processes and called processes too.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from app.engine.checks.graph import reached
from app.engine.checks.identity import who
from app.engine.checks.known import Known
from app.engine.checks.wiring import successors
from app.engine.diagram import Diagram, Flow, Node, Scope, names_given
from app.engine.problems import Problem, problem
from app.errors import BanjianError, Invalid

OUTCOME = "outcome"
ELSEWHERE = "?"
CONDITIONAL = frozenset(("exclusiveGateway", "inclusiveGateway"))

_TEXT = re.compile(r'"[^"]*"|\'[^\']*\'')
_NUMBER = re.compile(r"(?<![\w.])[.]?\d")
_NUMBER_AS_TEXT = re.compile(r"[-+\d.,%/:年月日天万元\s]*\d[-+\d.,%/:年月日天万元\s]*")
_EQUALS = re.compile(r'\boutcome\s*[!=]=\s*("[^"]*"|\'[^\']*\')|("[^"]*"|\'[^\']*\')\s*[!=]=\s*outcome\b')
_AMONG = re.compile(r"\boutcome\s+(?:not\s+)?in\s*\(([^()]*)\)")
_ONLY = re.compile(r'outcome\s*==\s*("[^"]*"|\'[^\']*\')|outcome\s+in\s*\(([^()]*)\)')


def texts(found: Diagram, known: Known) -> Iterator[Problem]:
    """Texts of one file that can't be read or that hold a number."""
    for flow in _conditional_flows(found):
        text = flow.condition or ""
        if holds_number(text):
            yield problem(found.file, flow.id, "condition-number", who=who(flow), text=_short(text))
        elif (reason := _unreadable(text, known)) is not None:
            yield problem(found.file, flow.id, "condition-invalid", who=who(flow), text=_short(text), reason=reason)


def holds_number(text: str) -> bool:
    """Whether a condition holds a number, also one written as a text; digits within names aren't numbers."""
    quoted = _TEXT.findall(text)
    return bool(_NUMBER.search(_TEXT.sub('""', text))) or any(_NUMBER_AS_TEXT.fullmatch(part[1:-1]) for part in quoted)


def paths(drawn: list[Diagram], beside: list[Diagram], known: Known) -> Iterator[Problem]:
    """Names without a value, outcomes that nobody offers, gateways without a way, in files that are soundly connected.

    Each process that nobody calls is followed from its start; called ones with what their callers know.
    """
    homes = {process.id: found for found in [*beside, *drawn] for process in found.processes()}
    called = {node.called for found in homes.values() for node in found.nodes() if node.called}
    walk = Walk(homes, known)
    given = frozenset(known.given or ())
    entry = Knowledge(given, frozenset((ELSEWHERE,)) if OUTCOME in given else frozenset(), frozenset())
    for found in drawn:
        for process in found.processes():
            if process.id not in called:
                walk.process(process.id, entry.with_names(names_given(process)))
    own = {found.file for found in drawn}
    yield from (wrong for wrong in walk.problems if wrong.file in own)


@dataclass(frozen=True)
class Knowledge:
    """What is known at a flow: names that surely have a value, the tasks that may have written `outcome` last, and
    those of them that wrote it side by side."""

    names: frozenset[str]
    sources: frozenset[str]
    rivals: frozenset[str]

    def with_names(self, names: Collection[str]) -> "Knowledge":
        sources = frozenset((ELSEWHERE,)) if OUTCOME in names else self.sources
        return Knowledge(self.names | frozenset(names), sources, frozenset() if OUTCOME in names else self.rivals)


class Walk:
    """Follows the paths of all processes; `problems` collects what was found, each once."""

    def __init__(self, homes: Mapping[str, Diagram], known: Known) -> None:
        self.homes, self.known = homes, known
        self.nodes = {_key(node): node for found in homes.values() for node in found.nodes()}
        self.problems: dict[Problem, None] = {}
        self._done: dict[tuple[str, Knowledge], Knowledge] = {}

    def process(self, name: str, entry: Knowledge) -> Knowledge:
        """What is known at the end of a process entered with `entry`."""
        if (name, entry) not in self._done:
            found = self.homes[name]
            self._done[name, entry] = self._scope(found, found.scopes[name], entry)
        return self._done[name, entry]

    def _scope(self, found: Diagram, scope: Scope, entry: Knowledge) -> Knowledge:
        at: dict[str, Knowledge] = {}
        waiting = [(flow, entry) for start in scope.starts() for flow in start.outgoing]
        while waiting:
            flow, new = waiting.pop()
            merged = _either([at[flow.id], new]) if flow.id in at else new
            if at.get(flow.id) == merged:
                continue
            at[flow.id] = merged
            node = scope.nodes[flow.target]
            before = self._arriving(scope, node, at)
            if before is None:
                continue
            after = self._after(found, node, before)
            waiting += [(following, after) for following in node.outgoing]
            for event in node.boundaries:
                waiting += [(following, self._after(found, event, before)) for following in event.outgoing]
        for node in scope.nodes.values():
            if node.kind in CONDITIONAL and len(node.outgoing) > 1:
                before = self._arriving(scope, node, at)
                if before is not None:
                    self.problems.update(dict.fromkeys(self._judge(found, node, before)))
        ends = [at[flow.id] for node in scope.nodes.values() if node.kind == "endEvent"
                for flow in node.incoming if flow.id in at]
        return _either(ends) if ends else entry

    def _arriving(self, scope: Scope, node: Node, at: Mapping[str, Knowledge]) -> Knowledge | None:
        incoming = [at[flow.id] for flow in node.incoming if flow.id in at]
        if not incoming or (node.kind == "parallelGateway" and len(incoming) < len(node.incoming)):
            return None
        if node.kind == "parallelGateway" and len(incoming) > 1:
            return _all(incoming, _rivals(scope, node, at))
        merged = _either(incoming)
        if node.kind == "inclusiveGateway" and len(incoming) > 1:
            return Knowledge(merged.names, merged.sources, merged.rivals | _rivals(scope, node, at))
        return merged

    def _after(self, found: Diagram, node: Node, before: Knowledge) -> Knowledge:
        if node.kind == "userTask":
            return self._user_task(node, before)
        if node.kind == "serviceTask":
            return before.with_names([node.properties.get("word", "")])
        if node.message:
            return before.with_names(_writes(self.known.messages, node.message))
        if node.kind == "subProcess":
            return self._scope(found, found.scopes[node.id], before)
        if node.kind == "callActivity" and node.called in self.homes:
            return self.process(node.called, before)
        return before

    def _user_task(self, node: Node, before: Knowledge) -> Knowledge:
        after = before.with_names(_writes(self.known.forms, node.properties.get("form", "")))
        if node.outcomes:
            return Knowledge(after.names | {OUTCOME}, frozenset((_key(node),)), frozenset())
        return after

    def _judge(self, found: Diagram, gateway: Node, before: Knowledge) -> Iterator[Problem]:
        flows = [flow for flow in gateway.outgoing if flow.condition and flow.id != gateway.default]
        for flow in flows:
            yield from self._judge_flow(found, flow, before)
        if gateway.kind == "exclusiveGateway" and gateway.default is None and not self._exhausts(flows, before):
            yield problem(found.file, gateway.id, "missing-default", who=who(gateway))

    def _judge_flow(self, found: Diagram, flow: Flow, before: Knowledge) -> Iterator[Problem]:
        text = flow.condition or ""
        names = _names(text, self.known.names_of)
        for name in sorted(names - before.names):
            if name == OUTCOME or self.known.writers:
                yield problem(found.file, flow.id, "unknown-name", who=who(flow), other=name)
        if OUTCOME not in names or OUTCOME not in before.names:
            return
        if before.rivals:
            rivals = "、".join(sorted(self.nodes[name].name or name for name in before.rivals if name in self.nodes))
            yield problem(found.file, flow.id, "parallel-outcome", who=who(flow), other=rivals)
        if ELSEWHERE not in before.sources:
            for key in sorted(compared(text) - self._offered(before)):
                yield problem(found.file, flow.id, "unknown-outcome", who=who(flow), other=key)

    def _offered(self, before: Knowledge) -> set[str]:
        return {key for name in before.sources for key in self.nodes[name].outcomes}

    def _exhausts(self, flows: list[Flow], before: Knowledge) -> bool:
        """Whether the conditions ask for every outcome that can be there, so that no default is needed."""
        if ELSEWHERE in before.sources or not before.sources or OUTCOME not in before.names:
            return False
        asked: set[str] = set()
        for flow in flows:
            if not _ONLY.fullmatch((flow.condition or "").strip()):
                return False
            asked |= compared(flow.condition or "")
        return self._offered(before) <= asked


def _key(node: Node) -> str:
    """A node among all diagrams: two of them may use one id."""
    return f"{node.process}:{node.id}"


def compared(text: str) -> set[str]:
    """The texts that a condition compares `outcome` with."""
    found = {(left or right)[1:-1] for left, right in _EQUALS.findall(text)}
    for inside in _AMONG.findall(text):
        found |= {part[1:-1] for part in _TEXT.findall(inside)}
    return found


def _conditional_flows(found: Diagram) -> Iterator[Flow]:
    for node in found.nodes():
        if node.kind in CONDITIONAL and len(node.outgoing) > 1:
            yield from (flow for flow in node.outgoing if flow.condition and flow.id != node.default)


def _either(incoming: list[Knowledge]) -> Knowledge:
    names = frozenset.intersection(*(knowledge.names for knowledge in incoming))
    return Knowledge(names, frozenset().union(*(knowledge.sources for knowledge in incoming)),
                     frozenset().union(*(knowledge.rivals for knowledge in incoming)))


def _all(incoming: list[Knowledge], rivals: frozenset[str]) -> Knowledge:
    merged = _either(incoming)
    return Knowledge(frozenset().union(*(knowledge.names for knowledge in incoming)), merged.sources,
                     merged.rivals | rivals)


def _rivals(scope: Scope, join: Node, at: Mapping[str, Knowledge]) -> frozenset[str]:
    """Tasks of several branches that wrote `outcome` since the branches parted: each reaches its own branch alone."""
    after = {name: [other for other in names if other != join.id] for name, names in successors(scope).items()}
    keys = {_key(node): node.id for node in scope.nodes.values()}
    own: list[set[str]] = []
    for flow in join.incoming:
        others = {other.source for other in join.incoming if other is not flow}
        sources = at[flow.id].sources if flow.id in at else frozenset()
        own.append({key for key in sources if key in keys and not reached(after, [keys[key]]) & others})
    return frozenset().union(*own) if sum(1 for names in own if names) > 1 else frozenset()


def _writes(registry: Collection[str] | None, key: str) -> Collection[str]:
    return registry.get(key, ()) if isinstance(registry, Mapping) else ()


def _names(text: str, names_of: Callable[[str], Collection[str]] | None) -> frozenset[str]:
    """The names in a condition; without a reader only `outcome` is looked for."""
    if names_of is None:
        return frozenset((OUTCOME,)) if re.search(rf"\b{OUTCOME}\b", _TEXT.sub('""', text)) else frozenset()
    try:
        return frozenset(names_of(text))
    except BanjianError:
        return frozenset()


def _unreadable(text: str, known: Known) -> str | None:
    if known.names_of is None:
        return None
    try:
        known.names_of(text)
    except Invalid as error:
        return " ".join(message for messages in error.fields.values() for message in messages) or error.message
    except BanjianError as error:
        return error.message
    return None


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:80] + "……"
