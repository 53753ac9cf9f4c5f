"""What diagrams and settings say of a title's record: the fields that words take their clause, day and reason from, how
a title ends or is extended, and which titles a case may be about."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from app.programmes import package
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View
from app.programmes.settings import Settings

WORDS = frozenset({
    "suspend_title", "restore_title", "end_title", "extend_title", "record_change", "move_title", "follow_original",
    "check_original", "lift_ban", "correct_title", "check_correction",
})
"""The words that change a title's record."""
FIELDS = ("clause", "effective", "decision", "reason", "name", "ended_on", "kind")
DAYS = ("effective", "ended_on")
KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "end_title": ("revoked", "cancelled", "removed", "withdrawn", "expired"),
})
NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "end_title": ("kind",), "extend_title": ("period",), "follow_original": ("ended_on",),
    "check_original": ("ended_on",), "correct_title": ("form",), "check_correction": ("form",),
})
_PATH = re.compile(r"[a-z][a-z0-9_-]*\.[a-z][a-z0-9_]*")


def problems(seen: View, settings: Settings) -> Iterator[Problem]:
    """Everything about words of a title's record, and about what is begun on a title's page."""
    for diagram, nodes in seen.nodes.items():
        for node in nodes.values():
            if node.kind == "serviceTask" and node.properties.get("word") in WORDS:
                yield from _word(seen, settings, f"{diagram}.bpmn", node)
    for number, kind in enumerate(settings.opened_by_hand.values()):
        place = f"opened_by_hand.{number}"
        if (kind.basis or kind.marked or kind.ended != "no") and not kind.about:
            yield problem(package.SETTINGS, place, "about-no-title")
        elif kind.basis == "entered" and settings.direct_entry is None:
            yield problem(package.SETTINGS, f"{place}.basis", "enters-nobody")


def _word(seen: View, settings: Settings, path: str, node: Any) -> Iterator[Problem]:
    word, given = node.properties["word"], node.properties
    for name in NEEDED.get(word, ()):
        if not given.get(name):
            yield problem(path, node.id, "word-needs", word=word, key=name)
    for name in FIELDS:
        yield from _field(seen, path, node, name, given.get(name, ""))
    for fact in filter(None, (part.strip() for part in given.get("facts", "").split(","))):
        yield from _field(seen, path, node, "facts", fact)
    period, form, kind = given.get("period", ""), given.get("form", ""), given.get("kind", "")
    if period and period not in settings.periods:
        yield problem(path, node.id, "unknown-period", key=period, known="、".join(settings.periods))
    elif period and settings.periods[period].period is None:
        yield problem(path, node.id, "named-by-call", key=period)
    if form and form not in seen.forms and form not in seen.broken_forms:
        yield problem(path, node.id, "unknown-form", key=form)
    if kind and word in KINDS and kind not in KINDS[word] and not _PATH.fullmatch(kind):
        yield problem(path, node.id, "title-kind", key=kind, known="、".join(KINDS[word]))


def _field(seen: View, path: str, node: Any, name: str, written: str) -> Iterator[Problem]:
    """A parameter that names a field: it is there, and one that names a day asks for a date."""
    form, _, key = written.partition(".")
    if not _PATH.fullmatch(written) or form in seen.broken_forms:
        if name in DAYS and written and form not in seen.broken_forms:
            yield problem(path, node.id, "not-a-path", key=written)
        return
    if form not in seen.forms:
        yield problem(path, node.id, "unknown-form", key=form)
        return
    field = seen.forms[form].field(key)
    if field is None:
        yield problem(path, node.id, "unknown-field", form=form, key=key)
    elif name in DAYS and field.kind != "datetime":
        yield problem(path, node.id, "not-a-day", form=form, key=key)
