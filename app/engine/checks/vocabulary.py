"""The properties of tasks, and whether what they name exists."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from app.engine.checks.identity import who
from app.engine.checks.known import Known, listed
from app.engine.diagram import PERIOD, Diagram, Node, Scope, names_given, property_pairs
from app.engine.problems import Problem, problem

ACTOR = re.compile(r"[a-z][a-z0-9_-]*/[a-z][a-z0-9_-]*")
KEY = re.compile(r"[a-z][a-z0-9_-]*")
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
# What the property says -> how it must look, and how to write it.
VALUES = {
    "revises": (re.compile("yes|no"), "yes 或 no"),
    "through": (re.compile("yes|no"), "yes（中间的时间照计，须同时写 continues）或 no"),
    "late": (re.compile("refuse|allow"), "refuse（逾期不能办理）或 allow"),
    "dated": (re.compile(r"[a-z]\w*=[a-z][a-z0-9_]*"), "日期栏目=期限，例如 received_on=paper"),
    "copies": (re.compile(r"[a-z]\w*=[a-z][a-z0-9_]*"), "份数栏目=截止日，例如 received_copies=paper"),
    "opens": (re.compile(r"[a-z][a-z0-9_-]*\.\w+\.\w+"), "表单.表格.列，例如 review.defects.field"),
    "stage": (re.compile(r"[^\s\d][^\n]{0,19}"), "一个阶段的名称，最长 20 字，例如 初审"),
}

EVERYWHERE = frozenset(("clause", "help"))
USER_TASK = EVERYWHERE | {
    *("actor", "form", "period", "priority", "outcomes", "collective", "verbs"),
    *("revises", "opens", "continues", "through", "late", "stage", "dated", "copies", "returns"),
}
PROCESS = EVERYWHERE | {"period", "given"}

RULES = frozenset((
    "missing-actor", "bad-actor", "unknown-actor", "unknown-role", "missing-form", "unknown-form", "missing-period",
    "unknown-period", "missing-word", "unknown-word", "unknown-parameter", "unknown-message", "unknown-clause",
    "unknown-act", "unknown-property", "duplicate-property", "bad-outcomes", "bad-property-value",
    "opens-without-revises", "unknown-continued", "continued-period",
))


def problems(found: Diagram, known: Known) -> Iterator[Problem]:
    """Everything about the properties of one file."""
    for process in found.processes():
        yield from _properties(found.file, process.id, who(process), property_pairs(process.element), PROCESS)
        yield from _period(found.file, process.id, who(process), dict(property_pairs(process.element)), known)
        yield from _given(found.file, process)
    for node in found.nodes():
        allowed = USER_TASK if node.kind == "userTask" else None if node.kind == "serviceTask" else EVERYWHERE
        yield from _properties(found.file, node.id, who(node), property_pairs(node.element), allowed)
        yield from _clauses(found, node, known)
        if node.kind == "userTask":
            yield from _user_task(found, node, known)
        elif node.kind == "serviceTask":
            yield from _service_task(found, node, known)
        elif node.period and PERIOD.fullmatch(node.period):
            yield from _period(found.file, node.id, who(node), {"period": node.period}, known)
        elif node.message and known.messages is not None and node.message not in known.messages:
            yield problem(found.file, node.id, "unknown-message", who=who(node), value=node.message,
                          known=listed(known.messages))


def _properties(
    file: str, element: str, name: str, pairs: list[tuple[str, str]], allowed: frozenset[str] | None
) -> Iterator[Problem]:
    for key, times in Counter(key for key, _ in pairs).items():
        if times > 1:
            yield problem(file, element, "duplicate-property", who=name, value=key)
        if allowed is not None and key not in allowed:
            yield problem(file, element, "unknown-property", who=name, value=key, known=listed(sorted(allowed)))


def _user_task(found: Diagram, node: Node, known: Known) -> Iterator[Problem]:
    has = node.properties
    for key in known.required:
        if not has.get(key):
            yield problem(found.file, node.id, f"missing-{key}", who=who(node))
    actor = has.get("actor")
    if actor:
        yield from _actor(found, node, actor, known)
    if has.get("form") and known.forms is not None and has["form"] not in known.forms:
        yield problem(found.file, node.id, "unknown-form", who=who(node), value=has["form"])
    if has.get("collective") and known.acts is not None and has["collective"] not in known.acts:
        yield problem(found.file, node.id, "unknown-act", who=who(node), value=has["collective"],
                      known=listed(known.acts))
    yield from _period(found.file, node.id, who(node), has, known)
    yield from _values(found, node)
    yield from _continued(found, node)
    if "outcomes" in has and not _are_outcomes(has["outcomes"]):
        yield problem(found.file, node.id, "bad-outcomes", who=who(node), value=has["outcomes"][:60])


def _values(found: Diagram, node: Node) -> Iterator[Problem]:
    has = node.properties
    for key, (pattern, known) in VALUES.items():
        if key in has and not pattern.fullmatch(has[key]):
            yield problem(found.file, node.id, "bad-property-value", who=who(node), key=key, value=has[key][:60],
                          known=known)
    if "opens" in has and has.get("revises") != "yes":
        yield problem(found.file, node.id, "opens-without-revises", who=who(node))


def _continued(found: Diagram, node: Node) -> Iterator[Problem]:
    """A task may go on with the period of another one of its process, or with its own from the round before."""
    if "continues" not in node.properties:
        return
    wanted = node.properties["continues"]
    other = next((one for one in found.nodes() if one.id == wanted and one.process == node.process), None)
    if other is None or other.kind != "userTask":
        yield problem(found.file, node.id, "unknown-continued", who=who(node), value=wanted[:60])
        return
    periods = [one.properties.get("period", "") for one in (node, other)]
    if periods[0] != periods[1]:
        yield problem(found.file, node.id, "continued-period", who=who(node), other=who(other), value=periods[0],
                      wanted=periods[1])


def _given(file: str, process: Scope) -> Iterator[Problem]:
    """The names that whoever opens a case of this process hands over."""
    for name in names_given(process):
        if not NAME.fullmatch(name):
            yield problem(file, process.id, "bad-property-value", who=who(process), key="given", value=name[:60],
                          known="变量名，用逗号分隔，例如 ground, amount")


def _actor(found: Diagram, node: Node, actor: str, known: Known) -> Iterator[Problem]:
    relation, _, role = actor.partition("/")
    if not ACTOR.fullmatch(actor):
        yield problem(found.file, node.id, "bad-actor", who=who(node), value=actor)
    elif known.actors is not None and relation not in known.actors and actor not in known.actors:
        yield problem(found.file, node.id, "unknown-actor", who=who(node), value=actor, known=listed(known.actors))
    elif known.roles is not None and role not in known.roles:
        yield problem(found.file, node.id, "unknown-role", who=who(node), value=role, known=listed(known.roles))


def _period(file: str, element: str, name: str, has: Mapping[str, str], known: Known) -> Iterator[Problem]:
    period = has.get("period")
    if period and known.periods is not None and period not in known.periods:
        yield problem(file, element, "unknown-period", who=name, value=period, known=listed(known.periods))


def _clauses(found: Diagram, node: Node, known: Known) -> Iterator[Problem]:
    if known.clauses is None:
        return
    for clause in node.properties.get("clause", "").replace("，", ",").replace("、", ",").split(","):
        if clause.strip() and clause.strip() not in known.clauses:
            yield problem(found.file, node.id, "unknown-clause", who=who(node), value=clause.strip())


def _service_task(found: Diagram, node: Node, known: Known) -> Iterator[Problem]:
    word = node.properties.get("word")
    if not word:
        yield problem(found.file, node.id, "missing-word", who=who(node))
        return
    if known.words is None:
        return
    if word not in known.words:
        yield problem(found.file, node.id, "unknown-word", who=who(node), value=word, known=listed(known.words))
    elif isinstance(known.words, Mapping):
        for key in node.properties:
            if key not in known.words[word] and key not in EVERYWHERE | {"word"}:
                yield problem(found.file, node.id, "unknown-parameter", who=who(node), value=key,
                              known=listed(known.words[word]))


def _are_outcomes(text: str) -> bool:
    parts = [part.partition("=") for part in text.replace("，", ",").split(",")]
    keys = [key.strip() for key, _, _ in parts]
    return all(KEY.fullmatch(key) for key in keys) and all(word.strip() for _, _, word in parts) and (
        len(set(keys)) == len(keys))
