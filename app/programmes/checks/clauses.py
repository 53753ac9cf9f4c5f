"""Clauses: each is carried by something that exists, and nothing cites one that doesn't."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.formschema import Field
from app.programmes import package
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View


def problems(seen: View) -> Iterator[Problem]:
    """Everything about clauses.yaml, and the clauses that other files cite; the engine checks those of diagrams."""
    if package.CLAUSES not in seen.files:
        yield problem(package.CLAUSES, "", "missing-clauses")
    if not seen.clauses:
        return
    for clause, found in seen.clauses.items():
        for carrier in found.get("carried_by", ()):
            if not seen.has(carrier):
                yield problem(package.CLAUSES, clause, "unknown-carrier", key=carrier)
    known = _with_wholes(seen.clauses)
    for file, place, clause in _cited(seen):
        if clause not in known:
            yield problem(file, place, "unknown-clause", key=clause)


def _with_wholes(clauses: Mapping[str, Any]) -> set[str]:
    """The clauses, and those whose parts they are: a form may cite an article where each paragraph has its own id."""
    return set(clauses) | {clause.partition(".")[0] for clause in clauses}


def _cited(seen: View) -> Iterator[tuple[str, str, str]]:
    """(file, place, clause) of every citation outside diagrams."""
    for path in (package.SETTINGS, *package.of_kind(seen.files, "lists")):
        yield from ((path, *cited) for cited in _in_yaml(seen.written.get(path, {}), ""))
    for key, form in seen.forms.items():
        path = f"forms/{key}.json"
        cited = [("", form.clause), *((field.key, field.clause) for field in _all(form.fields))]
        cited += [(f"figures.{figure.name}", figure.clause) for figure in form.definitions]
        yield from ((path, place, clause) for place, text in cited for clause in _split(text))
    for key, table in seen.tables.items():
        for row in table.rows:
            for clause in _split(str(row.outputs.get("clause") or "")) if table.kind == "criteria" else ():
                yield f"{key}.dmn", f"第 {row.number} 行", clause
    for path in package.of_kind(seen.files, "example"):
        for clause in seen.written.get(path, {}).get("clauses", ()):
            yield path, "clauses", clause


def _in_yaml(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            where = f"{place}.{key}" if place else key
            if key == "clause" and isinstance(inner, str):
                yield where, inner
            elif key == "clauses" and isinstance(inner, list):
                yield from ((where, clause) for clause in inner)
            else:
                yield from _in_yaml(inner, where)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _in_yaml(inner, f"{place}.{number}")


def _all(fields: tuple[Field, ...]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from _all(field.fields)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.replace("，", ",").replace("、", ",").split(",") if part.strip()]
