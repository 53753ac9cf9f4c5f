"""A package as far as it can be read: what the checks look at, so that each file is read once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from app import engine, formschema, rules
from app.errors import BanjianError, Invalid
from app.programmes import package, schemas
from app.programmes import settings as plain
from app.programmes.checks.problems import Problem, problem
from app.programmes.reading import Unreadable, read_yaml


@dataclass
class View:
    """What is in the files. What can't be read is missing here and told in `problems`."""

    files: package.Files
    problems: list[Problem] = field(default_factory=list)
    written: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    settings: plain.Settings | None = None
    clauses: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    forms: dict[str, formschema.Form] = field(default_factory=dict)
    broken_forms: set[str] = field(default_factory=set)
    tables: dict[str, rules.Table] = field(default_factory=dict)
    processes: dict[str, set[str]] = field(default_factory=dict)
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def has(self, carrier: str) -> bool:
        """Whether what a clause or a question points to is there: `forms.FORM.FIELD` (a field or a figure),
        `DIAGRAM.ELEMENT`, the name of a table, `letters.LETTER`, `materials.LIST`, `materials.LIST.NUMBER`,
        `tables.TABLE`, `scoring.SHEET`, or a path in programme.yaml. What can't be read counts as there: its own fault
        is told once."""
        first, *rest = carrier.split(".")
        if first == "forms":
            return self._has_form(rest)
        if first == "letters":
            return len(rest) == 1 and f"letters/{rest[0]}.docx" in self.files
        if first in _LISTS:
            return self.is_broken(f"{first}.yaml") or self._is_listed(first, rest)
        if self.is_broken(f"{first}.bpmn"):
            return True
        if first in self.nodes and (not rest or rest[0] in self.nodes[first]) and len(rest) < 2:
            return True
        return (f"{first}.dmn" in self.files and not rest) or self._is_set(first, rest)

    def _has_form(self, rest: list[str]) -> bool:
        key = rest[0] if rest else ""
        if key in self.broken_forms or key not in self.forms or len(rest) == 1:
            return key in self.broken_forms or key in self.forms
        form, path = self.forms[key], ".".join(rest[1:])
        return form.field(path) is not None or any(figure.name == path for figure in form.definitions)

    def _is_listed(self, first: str, rest: list[str]) -> bool:
        found = self.written.get(f"{first}.yaml", {}).get(_LISTS[first], {})
        if not rest or rest[0] not in found:
            return not rest and bool(found)
        return len(rest) == 1 or rest[1:] in [[str(item.get("number"))] for item in found[rest[0]].get("items", ())]

    def is_broken(self, path: str) -> bool:
        """Whether a diagram or a YAML file is there but can't be read."""
        return path in self.files and path not in self.processes and path not in self.written

    @property
    def all_drawn(self) -> bool:
        """Whether every diagram could be read: else nothing can be said about what no diagram names."""
        return not any(self.is_broken(path) for path in package.of_kind(self.files, "diagram"))

    def _is_set(self, first: str, rest: list[str]) -> bool:
        if self.is_broken(package.SETTINGS):
            return True
        value: Any = self.written.get(package.SETTINGS, {})
        for part in (first, *rest):
            if not isinstance(value, Mapping) or part not in value:
                return False
            value = value[part]
        return True


def view(files: package.Files) -> View:
    """Read everything that can be read."""
    seen = View(files)
    _read_diagrams(seen)
    _read_forms(seen)
    _read_tables(seen)
    for kind in ("settings", "clauses", "lists", "simulation", "example"):
        for path in package.of_kind(files, kind):
            _read_yaml(seen, path)
    _read_settings(seen)
    if package.CLAUSES in seen.written:
        seen.clauses = seen.written[package.CLAUSES]
    return seen


def _read_yaml(seen: View, path: str) -> None:
    schema = _SCHEMAS.get(package.kind_of(path) or "") or package.name_of(path)
    try:
        value, found = _held_against(schema, seen.files[path])
    except Unreadable as error:
        seen.problems.append(problem(path, "", "unreadable", reason=error.message))
        return
    if value is None:
        seen.problems.append(problem(path, "", "not-a-mapping"))
        return
    seen.problems += [
        problem(path, fault.place, "schema", reason=fault.words, remedy=fault.remedy) for fault in found
    ]
    if not found:
        seen.written[path] = value


@lru_cache(maxsize=256)
def _held_against(schema: str, data: bytes) -> tuple[Mapping[str, Any] | None, Sequence[schemas.Fault]]:
    """A file's mapping (None where it is none) and what its schema says of it; of a package that is checked again and
    again only what was edited is read again. Nobody writes into what comes out."""
    value = read_yaml(data)
    return (value, schemas.faults(value, schema)) if isinstance(value, dict) else (None, ())


_LISTS = {"materials": "lists", "tables": "tables", "scoring": "sheets"}
_SCHEMAS = {"settings": "programme", "clauses": "clauses", "example": "example"}


def _read_settings(seen: View) -> None:
    """The settings as data, if every period makes sense."""
    if package.SETTINGS not in seen.written:
        return
    written = seen.written[package.SETTINGS]
    sound = True
    for key, period in written["periods"].items():
        try:
            plain.period_rule(key, period)
        except Invalid as error:
            sound = False
            seen.problems += [
                problem(package.SETTINGS, f"periods.{key}", "bad-period", field=name, reason=" ".join(messages))
                for name, messages in error.fields.items()
            ]
    if sound:
        seen.settings = plain.settings(written)


def _read_diagrams(seen: View) -> None:
    for path, data in package.of_kind(seen.files, "diagram").items():
        try:
            scopes = engine.parse({path: data})
        except engine.Unreadable:
            continue  # the engine's own check tells it
        seen.processes[path] = set(scopes)
        seen.nodes[package.name_of(path)] = {
            node.id: node for scope in scopes.values() for node in scope.nodes.values()
        }


def _read_forms(seen: View) -> None:
    for path, data in package.of_kind(seen.files, "form").items():
        key = package.name_of(path)
        found = formschema.check_form(data)
        seen.problems += [
            problem(path, wrong.path, "bad-form", reason=wrong.message, remedy=wrong.remedy) for wrong in found
        ]
        if found:
            seen.broken_forms.add(key)
        else:
            seen.forms[key] = formschema.read_form(data)


def _read_tables(seen: View) -> None:
    for path, data in package.of_kind(seen.files, "table").items():
        try:
            seen.tables[package.name_of(path)] = rules.read_table(data)
        except BanjianError as error:
            seen.problems.append(problem(path, "", "bad-table", reason=error.message, remedy="请在设计器中重新保存。"))
