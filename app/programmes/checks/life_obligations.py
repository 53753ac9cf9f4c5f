"""报送义务: what the section names must be there and fit together, and so must what forms take over from others."""

from collections import Counter
from collections.abc import Iterator

from app.formschema.fields import CARRIES_LAST
from app.programmes import package
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View
from app.programmes.life import Obligation
from app.programmes.period_rules import DUE
from app.programmes.settings import Settings

_FILE = package.SETTINGS


def problems(seen: View, settings: Settings) -> Iterator[Problem]:
    """Of each obligation: its periods, form, diagram and sanctions; of each form: where its fields are taken from."""
    for rule in settings.life.obligations.values():
        yield from _periods(settings, rule)
        yield from _drawn(seen, settings, rule)
        yield from _misses(settings, rule)
        yield from _sums(seen, rule)
    yield from _carried(seen)


def _periods(settings: Settings, rule: Obligation) -> Iterator[Problem]:
    place = f"obligations.{rule.key}"
    due, opens = settings.periods.get(rule.period), settings.periods.get(rule.opens)
    if due is not None and due.date_key != DUE:
        yield problem(_FILE, f"{place}.period", "not-due", key=rule.period)
    if opens is not None and opens.period is not None and not opens.period.before:
        yield problem(_FILE, f"{place}.opens", "opens-forward", key=rule.opens)
    if rule.schedule == "yearly" and len(rule.dates) > 1:
        yield problem(_FILE, f"{place}.dates", "yearly-once", count=len(rule.dates))
    if rule.covers == "calendar_month" and rule.schedule != "monthly":
        yield problem(_FILE, f"{place}.covers", "month-not-monthly")
    if rule.excused_by and rule.excused_by not in settings.actors:
        yield problem(_FILE, f"{place}.excused_by", "unknown-actor", key=rule.excused_by)
    if rule.reporter not in settings.actors:
        yield problem(_FILE, f"{place}.reporter", "unknown-actor", key=rule.reporter)


def _drawn(seen: View, settings: Settings, rule: Obligation) -> Iterator[Problem]:
    """The form is there, and the diagram has a task of the reporter with this form and this period."""
    place = f"obligations.{rule.key}"
    if f"forms/{rule.form}.json" not in seen.files:
        yield problem(_FILE, f"{place}.form", "unknown-form", key=rule.form)
    if f"{rule.diagram}.bpmn" not in seen.files:
        yield problem(_FILE, f"{place}.diagram", "unknown-report", key=rule.diagram)
        return
    nodes = seen.nodes.get(rule.diagram)
    if nodes is None:
        return
    tasks = [node.properties for node in nodes.values() if node.kind == "userTask"]
    wanted = (rule.form, rule.period, rule.reporter)
    found = [(p.get("form"), p.get("period"), p.get("actor", "").partition("/")[0]) for p in tasks]
    if wanted not in found:
        yield problem(
            f"{rule.diagram}.bpmn", "", "report-without-task", form=rule.form, period=rule.period,
            actor=rule.reporter, key=rule.key,
        )
    drawn = {p.get("period") for p in tasks}
    for name in ("late", "correction"):
        key = getattr(rule, name)
        if key and key in settings.periods and key not in drawn:
            yield problem(_FILE, f"{place}.{name}", "report-period-undrawn", key=key, diagram=rule.diagram)


def _misses(settings: Settings, rule: Obligation) -> Iterator[Problem]:
    place = f"obligations.{rule.key}.misses"
    for one in rule.misses:
        if one.sanction not in settings.life.sanctions:
            known = "、".join(settings.life.sanctions) or "（无）"
            yield problem(_FILE, place, "unknown-sanction", key=one.sanction, known=known)
    for number, times in Counter(one.in_a_row for one in rule.misses).items():
        if times > 1:
            yield problem(_FILE, place, "same-run-twice", count=number)


def _sums(seen: View, rule: Obligation) -> Iterator[Problem]:
    """What is added up are numbers of the form, each once, and no shares; good practice stands in a field of it."""
    form = seen.forms.get(rule.form)
    if rule.practice and form is not None and form.field(rule.practice) is None:
        yield problem(_FILE, f"obligations.{rule.key}.practice", "unknown-field", form=rule.form, key=rule.practice)
    for one in rule.sums if form is not None else ():
        place = f"obligations.{rule.key}.sums.{one.key}"
        for key in one.fields:
            field = form.field(key)
            if field is None:
                yield problem(_FILE, place, "unknown-field", form=rule.form, key=key)
            elif field.kind != "number" or field.unit == "%":
                yield problem(_FILE, place, "sum-of-no-amount", key=key, form=rule.form)
    for key, times in Counter(key for one in rule.sums for key in one.fields).items():
        if times > 1:
            yield problem(_FILE, f"obligations.{rule.key}.sums", "sum-twice", key=key)


def _carried(seen: View) -> Iterator[Problem]:
    for key, form in seen.forms.items():
        for field in form.asked:
            if not field.carries or field.carries == CARRIES_LAST:
                continue
            other, _, name = field.carries.partition(".")
            if other in seen.broken_forms:
                continue
            there = seen.forms[other].field(name) if other in seen.forms else None
            if there is None or there.kind != field.kind:
                yield problem(f"forms/{key}.json", field.key, "carries-nothing", key=field.carries)
            elif field.given_rows:
                had = {column.key for column in there.fields}
                for column in field.fields:
                    if column.readonly and column.key not in had:
                        yield problem(f"forms/{key}.json", f"{field.key}.{column.key}", "carries-nothing",
                                      key=f"{field.carries}.{column.key}")
