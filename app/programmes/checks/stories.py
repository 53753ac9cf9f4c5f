"""Examples: what their steps name must exist, so that a story that can't run is told before it runs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.programmes import package
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View

BEGUN = "begun"
"""What a step calls the case that was begun last by hand."""


def problems(seen: View) -> Iterator[Problem]:
    """Everything about examples beyond their schema."""
    tasks = _tasks(seen)
    for path in package.of_kind(seen.files, "example"):
        if path not in seen.written:
            continue
        story = seen.written[path]
        people = [person["name"] for unit in story["units"].values() for person in unit["people"]]
        for name in sorted({name for name in people if people.count(name) > 1}):
            yield problem(path, "units", "same-name", key=name)
        before = ""
        for number, step in enumerate(story["steps"]):
            yield from _step(path, f"steps.{number}", step, story, people, tasks)
            if not step["on"].startswith("T") and step["on"] < before:
                yield problem(path, f"steps.{number}.on", "time-goes-back")
            before = step["on"]


def _tasks(seen: View) -> Mapping[str, Any]:
    """User tasks by name, those of all diagrams; none where a diagram can't be read, for then nothing can be said about
    names."""
    if not seen.all_drawn:
        return {}
    found: dict[str, list[Any]] = {}
    for nodes in seen.nodes.values():
        for node in nodes.values():
            if node.kind == "userTask":
                found.setdefault(node.name, []).append(node)
    return found


def _step(
    path: str, place: str, step: Mapping[str, Any], story: Mapping[str, Any], people: Sequence[str], tasks: Mapping
) -> Iterator[Problem]:
    if "by" in step and step["by"] not in people:
        yield problem(path, f"{place}.by", "unknown-person", key=step["by"], known="、".join(people))
    for_whom = step.get("for", [])
    named = [for_whom] if isinstance(for_whom, str) else list(for_whom)
    for key in [*named, *_units_expected(step)]:
        if key not in story["units"] and key != BEGUN:
            yield problem(path, place, "unknown-unit", key=key, known="、".join(story["units"]))
    sets = story.get("answers", {})
    if step.get("answers_of") not in (None, *sets):
        yield problem(path, place, "unknown-answers", key=step["answers_of"], known="、".join(sets) or "（无）")
    does = step.get("does") or step.get("confirms")
    if does is None or not tasks:
        return
    if does not in tasks:
        yield problem(path, place, "unknown-task", key=does, known="、".join(tasks))
    else:
        yield from _outcome(path, place, step, tasks[does])


def _outcome(path: str, place: str, step: Mapping[str, Any], named: Sequence[Any]) -> Iterator[Problem]:
    """A step that is to be refused may name an outcome that doesn't exist: that may be why. `named`: the tasks of that
    name."""
    outcomes = {key for task in named for key in task.outcomes or [""]}
    if "refused" not in step and step.get("outcome", "") not in outcomes:
        known = "、".join(key for task in named for key in task.outcomes) or "（无）"
        yield problem(path, place, "unknown-outcome", element=named[0].name, key=step.get("outcome", ""), known=known)


def _units_expected(step: Mapping[str, Any]) -> Iterator[str]:
    expected = step.get("expect", {})
    yield from step.get("ranks", {}).get("order", ())
    for what in ("open", "ended", "titles", "letters", "about", "score", "quotas", "ranked"):
        yield from expected.get(what, {})
    yield from expected.get("publication", {}).get("entries", {})
    yield from (deadline["of"] for deadline in expected.get("deadlines", ()) if "of" in deadline)
