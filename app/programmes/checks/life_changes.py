"""Change reports and rectification in programme.yaml: what they name must be there and do what the section says."""

from collections.abc import Iterator

from app.formschema import Field
from app.programmes import package
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View
from app.programmes.life import RectificationRules
from app.programmes.settings import Settings

_FILE = package.SETTINGS
KIND, CHANGED_ON = "kind", "form:changed_on"


def problems(seen: View, settings: Settings) -> Iterator[Problem]:
    """Everything about `changes` and `rectification` beyond the schema; periods are looked up with all others."""
    changes, rectification = settings.life.changes, settings.life.rectification
    if changes is not None:
        yield from _sanction(settings, "changes.not_passed", changes.not_passed)
        rule = settings.periods.get(changes.period)
        if rule is not None and rule.starts != CHANGED_ON:
            yield problem(_FILE, f"periods.{rule.key}.starts", "starts-otherwise", key=rule.key, wanted=CHANGED_ON)
        yield from _diagram(seen, "changes.diagram", changes.diagram, ("record_change_report", "keep_changed_title"))
        yield from _kinds(seen, changes.diagram, set(changes.kinds))
        if changes.suspends:
            yield from _suspended(settings, "changes.suspends")
    if rectification is not None:
        yield from _sanction(settings, "rectification.out_of_time", rectification.out_of_time)
        yield from _causes(seen, settings, rectification)
        rule = settings.periods.get(rectification.period)
        if rule is not None and rule.starts != "served":
            yield problem(_FILE, f"periods.{rule.key}.starts", "starts-otherwise", key=rule.key, wanted="served")
        words = ("serve_rectification", "accept_rectification", "rectification_over")
        yield from _diagram(seen, "rectification.diagram", rectification.diagram, words)
        yield from _timed(seen, rectification.diagram, rectification.period)
        yield from _guide(seen, settings, rectification.diagram, rectification.accepted_by)
        if rectification.suspends:
            yield from _suspended(settings, "rectification.suspends")


def _sanction(settings: Settings, place: str, key: str) -> Iterator[Problem]:
    known = settings.life.sanctions
    if key not in known:
        yield problem(_FILE, place, "unknown-sanction", key=key, known="、".join(known) or "（无）")


def _causes(seen: View, settings: Settings, rules: RectificationRules) -> Iterator[Problem]:
    """The field is a choice of a form, what it is told apart by are its choices, and the sanctions are there."""
    place = "rectification.out_of_time_by"
    for key in rules.by_cause.values():
        yield from _sanction(settings, place, key)
    form, _, name = rules.by_field.partition(".")
    if not form or form in seen.broken_forms:
        return
    asked: Field | None = seen.forms[form].field(name) if form in seen.forms else None
    known = [option.value for option in asked.options] if asked is not None else []
    if asked is None:
        yield problem(_FILE, f"{place}.field", "unknown-form", key=rules.by_field)
        return
    for value in rules.by_cause:
        if value not in known:
            yield problem(_FILE, f"{place}.sanctions", "unknown-choice", key=value, field=asked.label,
                          known="、".join(known))


def _suspended(settings: Settings, place: str) -> Iterator[Problem]:
    if "suspended" not in settings.life.statuses:
        yield problem(_FILE, place, "never-suspended")


def _diagram(seen: View, place: str, key: str, words: tuple[str, ...]) -> Iterator[Problem]:
    """The diagram is there and says what the section needs."""
    if seen.is_broken(f"{key}.bpmn"):
        return
    if key not in seen.nodes:
        yield problem(_FILE, place, "unknown-diagram", key=key)
        return
    said = {node.properties.get("word") for node in seen.nodes[key].values()}
    for word in words:
        if word not in said:
            yield problem(f"{key}.bpmn", "", "unsaid-word", key=word)


def _kinds(seen: View, key: str, kinds: set[str]) -> Iterator[Problem]:
    """Every form of the diagram that asks for the kind offers what the section lists, no more and no less."""
    asked = {node.properties.get("form", "") for node in seen.nodes.get(key, {}).values()}
    for name in sorted(asked & set(seen.forms)):
        field: Field | None = seen.forms[name].field(KIND)
        if field is None:
            continue
        offered = {option.value for option in field.options}
        if offered != kinds:
            wrong = "、".join(sorted(offered ^ kinds))
            yield problem(f"forms/{name}.json", KIND, "kinds-differ", keys=wrong)


def _timed(seen: View, key: str, period: str) -> Iterator[Problem]:
    """The diagram acts when the period is over."""
    nodes = seen.nodes.get(key, {})
    if nodes and not any(node.period == period for node in nodes.values()):
        yield problem(f"{key}.bpmn", "", "never-over", key=period)


def _guide(seen: View, settings: Settings, key: str, relation: str) -> Iterator[Problem]:
    """Who accepts is an actor, and has a task in the diagram."""
    if not relation:
        return
    if relation not in settings.actors:
        yield problem(_FILE, "rectification.accepted_by", "unknown-actor", key=relation)
        return
    nodes = seen.nodes.get(key, {})
    acting = {node.properties.get("actor", "").partition("/")[0] for node in nodes.values()}
    if nodes and relation not in acting:
        yield problem(_FILE, "rectification.accepted_by", "acts-nowhere", key=relation, diagram=key)
