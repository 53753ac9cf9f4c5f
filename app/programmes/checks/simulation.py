"""simulation.yaml: the tasks, outcomes, diagrams, forms, characters and days of calls that it names must exist."""

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
    yield from _calls(seen, plan)
    yield from _books(seen, plan)
    for section, one in (("enters", plan["enters"]), *((f"begins_about.{n}", one)
                         for n, one in enumerate(plan.get("begins_about", ())))):
        if one["diagram"] not in diagrams:
            yield problem(_FILE, section, "unknown-diagram", key=one["diagram"], known="、".join(diagrams))


def _calls(seen: View, plan: dict[str, Any]) -> Iterator[Problem]:
    """A call of a simulation names the very days that the programme's calls name."""
    if "calls" not in plan or seen.settings is None:
        return
    wanted, named = list(seen.settings.batches.dates), plan["calls"]["dates"]
    for key in named:
        if key not in wanted:
            yield problem(_FILE, f"calls.dates.{key}", "unknown-call-date", key=key, known="、".join(wanted))
    for key in wanted:
        if key not in named:
            yield problem(_FILE, "calls.dates", "missing-call-date", key=key)


def _books(seen: View, plan: dict[str, Any]) -> Iterator[Problem]:
    """Services are booked where the programme takes appointments, and satisfaction is written of each character."""
    if "books" not in plan or seen.settings is None:
        return
    if "appointments" not in seen.written[package.SETTINGS]:
        yield problem(_FILE, "books", "books-nothing")
    satisfaction = plan["books"]["satisfaction"]
    for key in satisfaction:
        if key not in plan["characters"]:
            place = f"books.satisfaction.{key}"
            yield problem(_FILE, place, "unknown-character", key=key, known="、".join(plan["characters"]))
    for key in plan["characters"]:
        if key not in satisfaction:
            yield problem(_FILE, "books.satisfaction", "missing-satisfaction", key=key)


def _outcomes(place: str, policy: dict[str, Any], task: Any) -> Iterator[Problem]:
    for outcome in policy.get("outcomes", ()):
        if outcome not in task.outcomes:
            known = "、".join(task.outcomes) or "（无）"
            yield problem(_FILE, place, "unknown-outcome", element=task.name, key=outcome, known=known)
