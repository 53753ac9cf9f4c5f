"""Reminder ladders: whom they name must exist, and each rung must be able to do what its level says."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.programmes import package
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View
from app.programmes.period_rules import CIRCULATE, ladder
from app.programmes.settings import Settings

_FILE = package.SETTINGS


def problems(seen: View, settings: Settings) -> Iterator[Problem]:
    """Everything about `reminders` and the `remind` of periods beyond the schema."""
    written = seen.written[_FILE]
    of_tasks = {node.properties.get("period") for nodes in seen.nodes.values() for node in nodes.values()
                if node.properties.get("actor")}
    yield from _ladder("reminders.ladder", written.get("reminders", {}).get("ladder", ()), settings)
    for key, period in written["periods"].items():
        place = f"periods.{key}.remind"
        yield from _ladder(place, period.get("remind", ()), settings)
        if period.get("remind") and seen.all_drawn and key not in of_tasks:
            yield problem(_FILE, place, "reminds-nobody")


def _ladder(place: str, written: Sequence[int | Mapping[str, Any]], settings: Settings) -> Iterator[Problem]:
    met = set()
    for position, entry in enumerate(written):
        rung, where = ladder([entry])[0], f"{place}.{position}"
        for relation in rung.to:
            if relation not in settings.actors:
                yield problem(_FILE, where, "unknown-reminded", key=relation, known="、".join(settings.actors))
        if rung.level == CIRCULATE and not rung.after:
            yield problem(_FILE, where, "circulates-early")
        if rung.level == CIRCULATE and rung.to:
            yield problem(_FILE, where, "circulates-to")
        if rung in met:
            yield problem(_FILE, where, "rung-twice", words=rung.words)
        met.add(rung)
