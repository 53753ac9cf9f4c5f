"""名额: the recommendation is drawn, the groups of units can be told apart, and the application has what they ask."""

from collections.abc import Iterator

from app import rules
from app.errors import BanjianError
from app.formschema import Field
from app.programmes import package
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View
from app.programmes.sections import ONE_VALUE, QuotaGroup, Quotas
from app.programmes.settings import Settings

_FILE = package.SETTINGS
_PLACE = "batches.quotas"
APPLICATION = "application"


def problems(seen: View, settings: Settings) -> Iterator[Problem]:
    """What the quotas name must exist, and every group must be able to hold."""
    rule = settings.batches.quotas
    if rule is None:
        return
    if not seen.is_broken(f"{APPLICATION}.bpmn"):
        yield from _recommendation(seen, settings, rule)
    named_form = rule.form if rule.form in seen.forms or rule.form in seen.broken_forms else ""
    if not named_form and any(group.when or group.per for group in rule.groups.values()):
        yield problem(_FILE, f"{_PLACE}.form", "quota-form", key=rule.form or "（无）")
    whole = ""
    for key, group in rule.groups.items():
        place = f"{_PLACE}.groups.{key}"
        if whole:
            yield problem(_FILE, place, "quota-never", key=key, before=whole)
        yield from _units(settings, place, group)
        if named_form in seen.forms:
            yield from _application(seen, rule.form, place, group)
        if group.exempt and group.per:
            yield problem(_FILE, f"{place}.per", "quota-exempt-per", key=key)
        if not (whole or group.tier or group.regions or group.kinds or group.when):
            whole = key
    if not rule.counting:
        yield problem(_FILE, f"{_PLACE}.groups", "quota-of-nobody")


def _recommendation(seen: View, settings: Settings, rule: Quotas) -> Iterator[Problem]:
    """Each "task.outcome" is drawn; those who recommend act under one relation, and it isn't the applicant's."""
    relations = set()
    for number, named in enumerate(rule.at):
        task, _, outcome = named.partition(".")
        node = seen.nodes.get(APPLICATION, {}).get(task)
        place = f"{_PLACE}.at.{number}"
        if node is None or node.kind != "userTask":
            yield problem(_FILE, place, "quota-no-task", key=task)
        elif outcome not in node.outcomes and (outcome or node.outcomes):
            known = "、".join(node.outcomes) or "（无，只写环节的标识）"
            yield problem(_FILE, place, "quota-no-outcome", key=outcome or "（空）", task=task, known=known)
        else:
            relations.add(node.properties.get("actor", "").partition("/")[0])
    named_by_case = {relation for relation in relations
                     if seen.written[_FILE]["actors"].get(relation, {}).get("found_by") == "case"}
    if len(relations) > 1 or named_by_case:
        yield problem(_FILE, f"{_PLACE}.at", "quota-whose", known="、".join(sorted(relations)))


def _units(settings: Settings, place: str, group: QuotaGroup) -> Iterator[Problem]:
    known = settings.recommenders.kinds if settings.recommenders else {}
    for key in group.kinds:
        if key not in known:
            yield problem(_FILE, f"{place}.kinds", "unknown-kind", key=key, known="、".join(known) or "（无）")
    if group.tier and group.tier not in settings.tiers:
        yield problem(_FILE, f"{place}.tier", "quota-tier", tier=group.tier)


def _application(seen: View, form: str, place: str, group: QuotaGroup) -> Iterator[Problem]:
    fields: dict[str, Field] = {field.key: field for field in seen.forms[form].asked}
    if group.per:
        found = fields.get(group.per)
        if found is None:
            yield problem(_FILE, f"{place}.per", "unknown-field", form=form, key=group.per)
        elif found.kind not in ("select", "radio") or not found.required or found.conditions:
            yield problem(_FILE, f"{place}.per", "wrong-field", key=group.per, wanted="单选")
    if not group.when:
        return
    try:
        asked = rules.parse(group.when)
    except BanjianError as error:
        yield problem(_FILE, f"{place}.when", "quota-condition", when=group.when, reason=error.message)
        return
    readable = {key: field for key, field in fields.items() if field.kind in ONE_VALUE}
    for name in sorted(asked.names - readable.keys()):
        yield problem(_FILE, f"{place}.when", "unknown-field", form=form, key=name)
    for name, value in asked.compared:
        options = [option.value for option in readable[name].options] if name in readable else []
        if options and value is not None and value not in options:
            yield problem(_FILE, f"{place}.when", "unknown-choice", key=value, field=fields[name].label,
                          known="、".join(options))
