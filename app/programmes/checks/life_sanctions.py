"""处理: what the sanctions of programme.yaml name must exist, and what names a sanction must name one that there is."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from app.programmes import package
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View
from app.programmes.life import CIRCULAR, RecommenderRule, SanctionRule
from app.programmes.settings import RECOMMENDER, Settings

_FILE = package.SETTINGS
_STATUS_AFTER: Mapping[str, str] = MappingProxyType({
    "suspend": "suspended", "observe": "observed", "revoke": "revoked", "cancel": "cancelled", "remove": "removed",
})
_LONG = frozenset({"months", "years"})
TAKES = "take_proposal"


def problems(seen: View, settings: Settings) -> Iterator[Problem]:
    """Everything about `sanctions`, and about the sections that name one."""
    for rule in settings.life.sanctions.values():
        yield from _rule(seen, settings, rule)
    known = "、".join(settings.life.sanctions) or "（无）"
    for place, key in _named(settings):
        if key and key not in settings.life.sanctions:
            yield problem(_FILE, place, "unknown-sanction", key=key, known=known)


def _rule(seen: View, settings: Settings, rule: SanctionRule) -> Iterator[Problem]:
    place = f"sanctions.{rule.key}"
    for name, relations in (("decided_by", (rule.decided_by,)), ("opened_by", rule.opened_by)):
        for relation in relations:
            if relation not in settings.actors:
                yield problem(_FILE, f"{place}.{name}", "unknown-actor", key=relation)
    status = _STATUS_AFTER.get(rule.effect)
    if status and status not in settings.life.statuses:
        yield problem(_FILE, f"{place}.effect", "effect-without-status", key=status)
    if rule.public and rule.effect != CIRCULAR:
        yield problem(_FILE, f"{place}.public", "public-no-circular")
    yield from _diagram(seen, settings, rule, place)
    if rule.ban is not None:
        yield from _ban(settings, rule, place)
    if rule.on_recommender is not None:
        yield from _on_recommender(settings, rule.on_recommender, f"{place}.on_recommender")


def _diagram(seen: View, settings: Settings, rule: SanctionRule, place: str) -> Iterator[Problem]:
    if f"{rule.diagram}.bpmn" not in seen.files:
        yield problem(_FILE, f"{place}.diagram", "unknown-diagram", key=rule.diagram)
        return
    if seen.is_broken(f"{rule.diagram}.bpmn") or rule.diagram not in seen.nodes:
        return
    nodes = seen.nodes[rule.diagram].values()
    if all(node.properties.get("word") != TAKES for node in nodes):
        yield problem(_FILE, f"{place}.diagram", "sanction-not-taken", key=rule.diagram, word=TAKES)
    tasks = [node for node in nodes if node.kind == "userTask"]
    deciders = {node.properties.get("actor", "").partition("/")[0] for node in tasks}
    if rule.decided_by in settings.actors and rule.decided_by not in deciders:
        yield problem(_FILE, f"{place}.decided_by", "decided-by-nobody", key=rule.decided_by, diagram=rule.diagram)
    if rule.hearing and rule.hearing not in {node.properties.get("period") for node in tasks}:
        yield problem(_FILE, f"{place}.hearing", "hearing-undrawn", key=rule.hearing, diagram=rule.diagram)
    by_hand = settings.opened_by_hand.get(rule.diagram)
    if rule.opened_by and (by_hand is None or by_hand.about != "title"):
        yield problem(_FILE, f"{place}.opened_by", "opened-by-unused", diagram=rule.diagram)
    elif by_hand is not None:
        may = {actor.partition("/")[0] for actor in by_hand.actors}
        for relation in rule.opened_by:
            if relation in settings.actors and relation not in may:
                yield problem(_FILE, f"{place}.opened_by", "opener-left-out", key=relation, diagram=rule.diagram)


def _ban(settings: Settings, rule: SanctionRule, place: str) -> Iterator[Problem]:
    assert rule.ban is not None
    found = settings.periods.get(rule.ban.period)
    if rule.ban.starts != "decision":
        yield problem(_FILE, f"{place}.ban.starts", "ban-from-service")
    if found is None:
        return
    if found.period is None or found.period.before:
        yield problem(_FILE, f"{place}.ban.period", "ban-no-length", key=found.key)
    elif found.period.unit not in _LONG or found.roll != "none":
        yield problem(_FILE, f"{place}.ban.period", "ban-rolls", key=found.key)


def _on_recommender(settings: Settings, rule: RecommenderRule, place: str) -> Iterator[Problem]:
    """A suspension ends; what is held is somebody below the authority, or whom applicants choose."""
    if rule.until is None and rule.effect == "suspended":
        yield problem(_FILE, f"{place}.until", "hold-without-end")
    found = settings.periods.get(rule.until or "")
    if found is not None and (found.period is None or found.period.before):
        yield problem(_FILE, f"{place}.until", "ban-no-length", key=found.key)
    chosen = settings.recommenders is not None and any(
        kind.matched_by != "region" for kind in settings.recommenders.kinds.values()
    )
    lowest = next((tier for tier in settings.tiers if tier != RECOMMENDER), "")
    if lowest == settings.authority.tier and (rule.of == "place" or not chosen):
        yield problem(_FILE, place, "hold-of-nobody")


def _named(settings: Settings) -> Iterator[tuple[str, str]]:
    """(place, key) of every sanction that another section names."""
    life: Any = settings.life
    for key, obligation in life.obligations.items():
        for number, miss in enumerate(obligation.misses):
            yield f"obligations.{key}.misses.{number}", miss.sanction
    if life.renewal is not None:
        yield "title.renewal.not_passed", life.renewal.not_passed
    if life.changes is not None:
        yield "changes.not_passed", life.changes.not_passed
    if life.rectification is not None:
        yield "rectification.out_of_time", life.rectification.out_of_time
    if life.evaluation is not None:
        for number, run in enumerate(life.evaluation.runs):
            yield f"evaluation.runs.{number}", run.sanction
