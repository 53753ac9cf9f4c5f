"""Random diagrams made of blocks, and a plain interpreter of what is drawn, to compare the engine with.

The interpreter moves tokens along flows by the rules of BPMN; it shares nothing with the library.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from app.engine.checks.inclusive import pairs, region
from app.engine.diagram import Diagram, Flow, Node, Scope

HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">'


class Sketch:
    """Draws blocks; each has one way in and one way out."""

    def __init__(self, choose: random.Random, size: int) -> None:
        self.choose, self.left, self.count = choose, size, 0
        self.parts: list[str] = []

    def process(self) -> bytes:
        body = self.whole("p", depth=0)
        messages = '<message id="m" name="news"/>'
        return f'{HEAD}{messages}<process id="p">{body}</process></definitions>'.encode()

    def whole(self, name: str, depth: int) -> str:
        """A scope: start, block, end."""
        outer, self.parts = self.parts, []
        begin, done = self.node("startEvent"), self.node("endEvent")
        entry, leave = self.block(depth)
        self.flow(begin, entry)
        self.flow(leave, done)
        inside, self.parts = "".join(self.parts), outer
        return inside

    def node(self, kind: str, inner: str = "", **attributes: str) -> str:
        self.count += 1
        name = f"{kind[:5]}{self.count}"
        written = "".join(f' {key}="{value}"' for key, value in attributes.items())
        self.parts.append(f'<{kind} id="{name}"{written}>{inner}</{kind}>')
        return name

    def flow(self, source: str, target: str, condition: str = "") -> str:
        self.count += 1
        name = f"flow{self.count}"
        inner = f"<conditionExpression>{condition or name}</conditionExpression>" if condition else ""
        ends = f'sourceRef="{source}" targetRef="{target}"'
        self.parts.append(f'<sequenceFlow id="{name}" {ends}>{inner}</sequenceFlow>')
        return name

    def block(self, depth: int) -> tuple[str, str]:
        self.left -= 1
        plain = [self.task, self.task, self.call, self.timer, self.catch]
        nested = [self.row, self.row, self.either, self.both, self.some, self.again, self.late, self.late_subprocess,
                  self.reminded, self.race, self.subprocess]
        return self.choose.choice(plain if self.left <= 0 or depth > 4 else nested)(depth + 1)

    def task(self, depth: int) -> tuple[str, str]:
        name = self.node("userTask")
        return name, name

    def call(self, depth: int) -> tuple[str, str]:
        name = self.node("serviceTask")
        return name, name

    def timer(self, depth: int) -> tuple[str, str]:
        name = self.node("intermediateCatchEvent", TIMER)
        return name, name

    def catch(self, depth: int) -> tuple[str, str]:
        name = self.node("intermediateCatchEvent", MESSAGE)
        return name, name

    def row(self, depth: int) -> tuple[str, str]:
        first, second = self.block(depth), self.block(depth)
        self.flow(first[1], second[0])
        return first[0], second[1]

    def split(self, kind: str, depth: int) -> tuple[str, str]:
        blocks = [self.block(depth) for _ in range(self.choose.choice([2, 2, 3]))]
        self.count += 1
        part, meet = f"part{self.count}", self.node(kind)
        flows = []
        for place, (entry, leave) in enumerate(blocks):
            conditional = kind != "parallelGateway" and place < len(blocks) - 1
            flows.append(self.flow(part, entry, f"when{self.count}" if conditional else ""))
            self.flow(leave, meet)
        default = "" if kind == "parallelGateway" else f' default="{flows[-1]}"'
        self.parts.append(f'<{kind} id="{part}"{default}/>')
        return part, meet

    def either(self, depth: int) -> tuple[str, str]:
        return self.split("exclusiveGateway", depth)

    def both(self, depth: int) -> tuple[str, str]:
        return self.split("parallelGateway", depth)

    def some(self, depth: int) -> tuple[str, str]:
        return self.split("inclusiveGateway", depth)

    def again(self, depth: int) -> tuple[str, str]:
        meet = self.node("exclusiveGateway")
        wait = self.node("userTask")
        entry, leave = self.block(depth)
        self.flow(meet, wait)
        self.flow(wait, entry)
        self.count += 1
        ask, out = f"ask{self.count}", self.node("exclusiveGateway")
        self.flow(leave, ask)
        self.flow(ask, meet, f"back{self.count}")
        default = self.flow(ask, out)
        self.parts.append(f'<exclusiveGateway id="{ask}" default="{default}"/>')
        return meet, out

    def late(self, depth: int) -> tuple[str, str]:
        return self._interrupted(self.node("userTask"), depth)

    def late_subprocess(self, depth: int) -> tuple[str, str]:
        return self._interrupted(self.subprocess(depth)[0], depth)

    def _interrupted(self, host: str, depth: int) -> tuple[str, str]:
        event = self.node("boundaryEvent", self.choose.choice([TIMER, MESSAGE]), attachedToRef=host)
        entry, leave = self.block(depth)
        meet = self.node("exclusiveGateway")
        self.flow(event, entry)
        self.flow(host, meet)
        self.flow(leave, meet)
        return host, meet

    def reminded(self, depth: int) -> tuple[str, str]:
        host = self.node("userTask")
        event = self.node("boundaryEvent", TIMER, attachedToRef=host, cancelActivity="false")
        entry, leave = self.block(depth)
        done = self.node("endEvent")
        self.flow(event, entry)
        self.flow(leave, done)
        return host, host

    def race(self, depth: int) -> tuple[str, str]:
        gateway, meet = self.node("eventBasedGateway"), self.node("exclusiveGateway")
        for event in (TIMER, MESSAGE):
            wait = self.node("intermediateCatchEvent", event)
            entry, leave = self.block(depth)
            self.flow(gateway, wait)
            self.flow(wait, entry)
            self.flow(leave, meet)
        return gateway, meet

    def subprocess(self, depth: int) -> tuple[str, str]:
        inside = self.whole("", depth)
        name = self.node("subProcess", inside)
        return name, name


TIMER = "<timerEventDefinition><timeDuration>some_days</timeDuration></timerEventDefinition>"
MESSAGE = '<messageEventDefinition messageRef="m"/>'


@dataclass(eq=False)
class Token:
    """A token at rest: at a node, or waiting on a flow for others to meet. `inner` is what runs inside a sub-process;
    `path` tells apart what events that don't interrupt have started."""

    node: Node
    path: object
    flow: Flow | None = None
    fired: set[str] = field(default_factory=set)
    inner: Reading | None = None


class Reading:
    """One scope being run: where its tokens are."""

    def __init__(self, diagram: Diagram, scope: Scope, holds: Callable[[str], bool]) -> None:
        self.diagram, self.scope, self.holds = diagram, scope, holds
        self.tokens: list[Token] = []
        self.regions = {join: region(scope, scope.nodes[split], scope.nodes[join]) for split, join in pairs(scope)}
        for start in scope.starts():
            self._leave(start, None)

    def stops(self) -> list[str]:
        """The elements at which something waits, several times if several wait."""
        found = []
        for token in self.tokens:
            kind = token.node.kind
            if token.inner:
                found += token.inner.stops()
            elif kind in ("userTask", "serviceTask", "intermediateCatchEvent"):
                found.append(token.node.id)
            elif kind == "eventBasedGateway":
                found += [flow.target for flow in token.node.outgoing]
            if kind in ("userTask", "subProcess"):
                found += [event.id for event in token.node.boundaries if event.id not in token.fired]
        return sorted(found)

    def happen(self, element: str) -> bool:
        """What waits at `element` is done; False if nothing waits there."""
        for token in list(self.tokens):
            node = token.node
            event = next((event for event in node.boundaries if event.id == element), None)
            if event is not None and event.id not in token.fired:
                if event.interrupting:
                    self.tokens.remove(token)
                token.fired.add(event.id)
                self._leave(event, token.path if event.interrupting else object())
                return True
            if token.inner is not None and token.inner.happen(element):
                if not token.inner.tokens:
                    self.tokens.remove(token)
                    self._leave(node, token.path)
                return True
            if node.kind == "eventBasedGateway" and any(flow.target == element for flow in node.outgoing):
                self.tokens.remove(token)
                self._leave(self.scope.nodes[element], token.path)
                return True
            if node.id == element and token.flow is None and token.inner is None:
                self.tokens.remove(token)
                self._leave(node, token.path)
                return True
        return False

    def _leave(self, node: Node, path: object) -> None:
        for flow in self._chosen(node):
            self._arrive(flow, path)
        self._gather(path)

    def _chosen(self, node: Node) -> list[Flow]:
        if node.kind not in ("exclusiveGateway", "inclusiveGateway") or len(node.outgoing) < 2:
            return node.outgoing
        true = [flow for flow in node.outgoing if flow.condition and self.holds(flow.condition)]
        default = [flow for flow in node.outgoing if flow.id == node.default]
        return (true[:1] if node.kind == "exclusiveGateway" else true) or default

    def _arrive(self, flow: Flow, path: object) -> None:
        node = self.scope.nodes[flow.target]
        if node.kind == "endEvent":
            return
        if node.kind == "exclusiveGateway":
            self._leave(node, path)
        elif node.kind in ("parallelGateway", "inclusiveGateway"):
            self.tokens.append(Token(node, path, flow))
        elif node.kind == "subProcess":
            inner = Reading(self.diagram, self.diagram.scopes[node.id], self.holds)
            if inner.tokens:
                self.tokens.append(Token(node, path, inner=inner))
            else:
                self._leave(node, path)
        else:
            self.tokens.append(Token(node, path))

    def _gather(self, path: object) -> None:
        for node in self.scope.nodes.values():
            if node.kind not in ("parallelGateway", "inclusiveGateway"):
                continue
            here = {token.flow: token for token in self.tokens if token.node is node and token.path is path}
            parallel = node.kind == "parallelGateway"
            if here and (set(here) == set(node.incoming) if parallel else self._all_came(node, path)):
                for token in here.values():
                    self.tokens.remove(token)
                self._leave(node, path)
                return

    def _all_came(self, node: Node, path: object) -> bool:
        inside = self.regions.get(node.id) or set()
        within = {self.scope.flows[name].target for name in inside} - {node.id}
        return not any(token.node.id in within and token.path is path for token in self.tokens)
