"""Choices of a form that the programme's own settings give: a field with `options_from: sanctions` offers the sanctions
that may be proposed by hand, so that their names stand once, in programme.yaml."""

from collections.abc import Mapping
from typing import Any

from app.programmes.life import Life

SANCTIONS = "sanctions"


def filled(form: Mapping[str, Any], life: Life) -> Mapping[str, Any]:
    """A form's JSON with those choices written out, in its groups too; the same where it takes none."""
    parts = form.get("components")
    if not isinstance(parts, list):
        return form
    made = [_filled(part, life) for part in parts]
    return form if all(new is old for new, old in zip(made, parts, strict=True)) else {**form, "components": made}


def _filled(part: Any, life: Life) -> Any:
    if not isinstance(part, Mapping):
        return part
    if part.get("type") == "group":
        return filled(part, life)
    properties = part.get("properties")
    if not isinstance(properties, Mapping) or properties.get("options_from") != SANCTIONS:
        return part
    choices = [{"value": rule.key, "label": rule.name} for rule in life.sanctions.values() if rule.opened_by]
    kept = {key: value for key, value in properties.items() if key != "options_from" or not choices}
    return {**part, "values": choices, "properties": kept}
