"""simulation.yaml: the tasks, outcomes, diagrams, forms and characters that it names must exist."""

from collections.abc import Iterator
from typing import Any

from app.programmes import package
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View

_FILE = package.SIMULATION


def problems(seen: View) -> Iterator[Problem]:
    """Everything about the plan of a simulation beyond its schema."""
    if _FILE not in seen.written or not seen.all_drawn:
        return
    plan = seen.written[_FILE]
    tasks = {node.name: node for nodes in seen.nodes.values() for node in nodes.values() if node.kind == "userTask"}
    diagrams = [package.name_of(path) for path in package.of_kind(seen.files, "diagram")]
    for number, policy in enumerate(plan.get("tasks", ())):
        place = f"tasks.{number}"
        if policy.get("only", "") not in ("", *plan["characters"]):
            yield problem(_FILE, place, "unknown-character", key=policy["only"], known="、".join(plan["characters"]))
        if policy.get("diagram", "") not in ("", *diagrams):
            yield problem(_FILE, place, "unknown-diagram", key=policy["diagram"], known="、".join(diagrams))
        if "task" in policy and policy["task"] not in tasks:
            yield problem(_FILE, place, "unknown-task", key=policy["task"], known="、".join(tasks))
        elif "task" in policy:
            yield from _outcomes(place, policy, tasks[policy["task"]])
    for section, one in (("enters", plan["enters"]), *((f"begins_about.{n}", one)
                         for n, one in enumerate(plan.get("begins_about", ())))):
        if one["diagram"] not in diagrams:
            yield problem(_FILE, section, "unknown-diagram", key=one["diagram"], known="、".join(diagrams))


def _outcomes(place: str, policy: dict[str, Any], task: Any) -> Iterator[Problem]:
    for outcome in policy.get("outcomes", ()):
        if outcome not in task.outcomes:
            known = "、".join(task.outcomes) or "（无）"
            yield problem(_FILE, place, "unknown-outcome", element=task.name, key=outcome, known=known)
