"""Appointments and samples: what these sections of programme.yaml name must be drawn, and drawn as they say."""

from collections.abc import Iterator
from typing import Any

from app.programmes import package
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View
from app.programmes.settings import Settings

_FILE = package.SETTINGS
PROPOSES = "propose_after_check"
FIXED = ("days", "months", "years")
"""Units whose last day no new calendar moves, where it doesn't roll: an enterprise is told one day and keeps it."""


def problems(seen: View, settings: Settings) -> Iterator[Problem]:
    """Everything about `appointments` and `evaluation.sample` beyond the schema."""
    yield from _appointments(seen, settings)
    yield from _sample(seen, settings)


def _appointments(seen: View, settings: Settings) -> Iterator[Problem]:
    rules, place = settings.life.appointments, "appointments"
    if rules is None:
        return
    if rules.overdue_to and rules.overdue_to not in settings.actors:
        yield problem(_FILE, f"{place}.overdue_to", "unknown-actor", key=rules.overdue_to)
    rating = settings.periods.get(rules.rating or "")
    period = rating.period if rating is not None else None
    if rating is not None and (period is None or period.unit not in FIXED or period.roll != "none"):
        yield problem(_FILE, f"{place}.rating", "rating-moves", key=rules.rating)
    drawn = yield from _drawn(seen, f"{place}.diagram", rules.diagram)
    if drawn is None:
        return
    file, nodes = f"{rules.diagram}.bpmn", list(drawn.values())
    tasks = [node for node in nodes if node.kind == "userTask"]
    if not any(node.properties.get("period") == rules.period for node in tasks):
        yield problem(file, "", "period-without-task", key=rules.period, section=place)
    if not any(node.kind == "boundaryEvent" and node.period == rules.period for node in nodes):
        yield problem(file, "", "appointment-never-overdue", key=rules.period)
    told = [node for node in tasks if node.properties.get("actor", "").partition("/")[0] == rules.overdue_to]
    if rules.overdue_to and not told:
        yield problem(file, "", "overdue-to-nobody", key=rules.overdue_to)


def _sample(seen: View, settings: Settings) -> Iterator[Problem]:
    rule = settings.life.evaluation.sample if settings.life.evaluation else None
    place = "evaluation.sample"
    if rule is None:
        return
    if rule.sanction and rule.sanction not in settings.life.sanctions:
        known = "、".join(settings.life.sanctions) or "（无）"
        yield problem(_FILE, f"{place}.sanction", "sample-sanction", key=rule.sanction, known=known)
    drawn = yield from _drawn(seen, f"{place}.diagram", rule.diagram)
    if drawn is None or rule.sanction:
        return
    for node in drawn.values():
        if node.properties.get("word") == PROPOSES:
            yield problem(f"{rule.diagram}.bpmn", node.id, "proposes-nothing")


def _drawn(seen: View, place: str, diagram: str) -> Any:
    """The nodes of a diagram that a section names; tells where there is none. None also for one that can't be read."""
    if diagram in seen.nodes:
        return seen.nodes[diagram]
    if not seen.is_broken(f"{diagram}.bpmn"):
        yield problem(_FILE, place, "section-undrawn", key=diagram)
    return None
