"""Grounds on which a period stops, and its extension: what they name must be there and fit the period."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from app.people.roles import ROLES
from app.programmes import package
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View
from app.programmes.settings import PeriodRule, Settings

_FILE = package.SETTINGS


def problems(seen: View, settings: Settings) -> Iterator[Problem]:
    """Everything about `stops` and `extension` of the periods beyond the schema."""
    for key, rule in settings.periods.items():
        written = seen.written[_FILE]["periods"][key]
        yield from _stops(seen, f"periods.{key}.stops", written.get("stops", ()))
        if rule.extension is not None:
            yield from _extension(settings, f"periods.{key}.extension", rule, written)


def _stops(seen: View, place: str, written: Any) -> Iterator[Problem]:
    for key in sorted(key for key, times in Counter(ground["key"] for ground in written).items() if times > 1):
        yield problem(_FILE, place, "twice", key=key)
    if not seen.all_drawn:
        return
    tasks = {node.id for nodes in seen.nodes.values() for node in nodes.values() if node.kind == "userTask"}
    for number, ground in enumerate(written):
        for name in ground.get("during", ()):
            if name not in tasks and name not in seen.nodes:
                yield problem(_FILE, f"{place}.{number}.during", "unknown-halting", key=name)


def _extension(
    settings: Settings, place: str, rule: PeriodRule, written: Mapping[str, Any]
) -> Iterator[Problem]:
    unit = written["extension"].get("unit", written["unit"])
    if rule.period is None or rule.period.names_a_date or rule.period.before:
        yield problem(_FILE, place, "extends-date", key=rule.key)
    elif unit != written["unit"]:
        yield problem(_FILE, f"{place}.unit", "extends-otherwise", key=unit, unit=written["unit"])
    for name in ("asked_by", "approved_by"):
        relation, _, role = getattr(rule.extension, name).partition("/")
        if relation and relation not in settings.actors:
            yield problem(_FILE, f"{place}.{name}", "unknown-actor", key=relation)
        elif relation and role not in ROLES:
            yield problem(_FILE, f"{place}.{name}", "unknown-role", key=role, known="、".join(ROLES))
