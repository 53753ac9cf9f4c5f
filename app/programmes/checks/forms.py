"""Forms beyond their own schema: their names, and whether something asks for them."""

from collections.abc import Iterator
from typing import Any

from app.programmes import package
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View


def problems(seen: View) -> Iterator[Problem]:
    """Everything about forms that only the package knows."""
    used = {node.properties.get("form", "") for nodes in seen.nodes.values() for node in nodes.values()}
    used |= set(named_in(seen.written.get(package.SETTINGS, {}), "form"))
    for key, form in seen.forms.items():
        path = f"forms/{key}.json"
        if form.id != key:
            yield problem(path, "id", "misnamed-form", found=form.id, wanted=key)
        if seen.all_drawn and key not in used:
            yield problem(path, "", "unused-form")


def named_in(value: Any, key: str) -> Iterator[str]:
    """Every text under this key, anywhere in a value read from YAML."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, found in inner:
        if name == key and isinstance(found, str):
            yield found
        else:
            yield from named_in(found, key)
