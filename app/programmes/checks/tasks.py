"""What the tasks of diagrams say of forms, letters and periods, as far as the engine can't know it."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from app.formschema import Field
from app.formschema.fields import CHOICES
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View

SERVES = ("serve_notice", "issue_letter")
"""The words by which a person is told something."""


def problems(seen: View, words: Mapping[str, Collection[str]]) -> Iterator[Problem]:
    """Everything about properties of tasks that name something outside the diagram; `words` as for `check`."""
    for diagram, nodes in seen.nodes.items():
        path = f"{diagram}.bpmn"
        for node in nodes.values():
            if node.kind == "userTask":
                yield from _opens(seen, path, node, nodes)
                yield from _revises(path, node, nodes)
                yield from _period(seen, path, node, nodes)
                yield from _dated(seen, path, node)
                yield from _copies(seen, path, node)
                if node.properties.get("returns", "") not in ("", *node.outcomes):
                    yield problem(path, node.id, "returns-nothing", key=node.properties["returns"],
                                  known="、".join(node.outcomes) or "（无）")
            elif node.kind == "serviceTask":
                yield from _letter(seen, path, node, words)
        yield from _places(seen, path, nodes)


def _opens(seen: View, path: str, node: Any, nodes: Mapping[str, Any]) -> Iterator[Problem]:
    """`opens=FORM.TABLE.COLUMN`: whoever filled FORM chose there which fields of this task's form are open."""
    form, _, rest = node.properties.get("opens", "").partition(".")
    table, _, column = rest.partition(".")
    if not column or form in seen.broken_forms:
        return
    if form not in seen.forms:
        yield problem(path, node.id, "unknown-form", key=form)
        return
    rows, chosen = seen.forms[form].field(table), seen.forms[form].field(f"{table}.{column}")
    if rows is None or not rows.is_table:
        yield problem(path, node.id, "not-a-table", form=form, key=table)
    elif chosen is None:
        yield problem(path, node.id, "unknown-field", form=form, key=f"{table}.{column}")
    elif chosen.kind not in CHOICES or not chosen.options:
        yield problem(path, node.id, "opens-no-choice", form=form, key=f"{table}.{column}")
    else:
        yield from _strange(seen, path, node, chosen)
    if all(other.properties.get("form") != form for other in nodes.values()):
        yield problem(path, node.id, "opens-unfilled", key=form)


def _strange(seen: View, path: str, node: Any, chosen: Field) -> Iterator[Problem]:
    """Choices that are no field of the task's own form."""
    own = node.properties.get("form", "")
    if own not in seen.forms:
        return
    strange = [option.value for option in chosen.options if option.value not in seen.forms[own].keys]
    if strange:
        some = "、".join(strange[:8]) + ("……" if len(strange) > 8 else "")
        yield problem(path, node.id, "opens-strange", column=chosen.label, form=own, keys=some)


def _revises(path: str, node: Any, nodes: Mapping[str, Any]) -> Iterator[Problem]:
    """`revises=yes` needs earlier answers: another task with this form, or a way back to this one."""
    if node.properties.get("revises") != "yes":
        return
    form = node.properties.get("form", "")
    others = any(other is not node and other.properties.get("form") == form for other in nodes.values())
    if not others and node.id not in _after(node, nodes):
        yield problem(path, node.id, "revises-nothing", key=form)


def _after(node: Any, nodes: Mapping[str, Any]) -> set[str]:
    """The elements that can come after one, itself among them only where a way leads back."""
    found: set[str] = set()
    waiting = [flow.target for one in (node, *node.boundaries) for flow in one.outgoing]
    while waiting:
        name = waiting.pop()
        if name not in found and name in nodes:
            found.add(name)
            waiting += [flow.target for one in (nodes[name], *nodes[name].boundaries) for flow in one.outgoing]
    return found


def _period(seen: View, path: str, node: Any, nodes: Mapping[str, Any]) -> Iterator[Problem]:
    periods = seen.settings.periods if seen.settings else {}
    rule = periods.get(node.properties.get("period", ""))
    if rule is None:
        return
    if node.properties.get("late") == "refuse" and rule.ours:
        yield problem(path, node.id, "late-ours", key=rule.key)
    if rule.starts == "served" and not any(other.properties.get("word") in SERVES for other in nodes.values()):
        yield problem(path, node.id, "served-by-nothing", key=rule.key)


def _dated(seen: View, path: str, node: Any) -> Iterator[Problem]:
    """`dated=FIELD=PERIOD`: a day of the task's form that doesn't lie after a day that the call names."""
    key, _, period = node.properties.get("dated", "").partition("=")
    form, periods = seen.forms.get(node.properties.get("form", "")), seen.settings.periods if seen.settings else {}
    if not period or form is None:
        return
    field = form.field(key)
    if field is None:
        yield problem(path, node.id, "unknown-field", form=node.properties["form"], key=key)
    elif field.kind != "datetime":
        yield problem(path, node.id, "not-a-day", form=node.properties["form"], key=key)
    if seen.settings and period not in periods:
        yield problem(path, node.id, "unknown-period", key=period, known="、".join(periods))
    elif period in periods and (not periods[period].date_key or periods[period].ours):
        yield problem(path, node.id, "dated-by-nothing", key=period)


def _copies(seen: View, path: str, node: Any) -> Iterator[Problem]:
    """`copies=FIELD=DATE`: a number of the task's form, against the copies that a date of the call asks for."""
    key, _, name = node.properties.get("copies", "").partition("=")
    form, dates = seen.forms.get(node.properties.get("form", "")), seen.settings.batches.dates if seen.settings else {}
    if not name or form is None:
        return
    field = form.field(key)
    if field is None or field.kind != "number":
        yield problem(path, node.id, "unknown-field", form=node.properties["form"], key=key)
    if seen.settings and (name not in dates or not dates[name].copies):
        yield problem(path, node.id, "copies-of-nothing", key=name)


def _letter(seen: View, path: str, node: Any, words: Mapping[str, Collection[str]]) -> Iterator[Problem]:
    key = node.properties.get("letter", "")
    if "letter" not in words.get(node.properties.get("word", ""), ()):
        return
    if not key:
        yield problem(path, node.id, "missing-letter")
    elif f"letters/{key}.docx" not in seen.files:
        yield problem(path, node.id, "unknown-letter", key=key)


def _places(seen: View, path: str, nodes: Mapping[str, Any]) -> Iterator[Problem]:
    """A diagram speaks of tiers and roles, so that another region can take it over as it is."""
    name = seen.settings.authority.name if seen.settings else ""
    ends = [at for at, letter in enumerate(name) if letter in "省市区县州盟旗" and at > 1]
    place = name[: ends[0]] if ends else ""
    if not place:
        return
    for node in nodes.values():
        said = [node.name, *node.properties.values(), *(flow.name for flow in node.outgoing)]
        said += [flow.condition or "" for flow in node.outgoing]
        if any(place in text for text in said):
            yield problem(path, node.id, "names-a-place", key=place)
