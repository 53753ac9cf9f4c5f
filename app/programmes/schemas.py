"""Holds the value of a file against its JSON Schema, and says what is wrong in a designer's words."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

FOLDER = Path(__file__).resolve().parent.parent.parent / "processes" / "schema"
MOST_FAULTS = 50
_TYPES = {
    "string": "文字", "integer": "整数", "number": "数字", "boolean": "是否（yes 或 no）", "object": "一组设置",
    "array": "列表", "null": "空",
}


class Fault(NamedTuple):
    """What is wrong at one place ("periods.publication.amount"), and what to do."""

    place: str
    words: str
    remedy: str


def faults(value: Any, schema: str) -> list[Fault]:
    """What is wrong with a value by the schema of this name (`processes/schema/<name>.json`), at most 50 faults."""
    found = sorted(_leaves(_validator(schema).iter_errors(value)), key=lambda error: _place(error))
    return [_fault(error) for error in found[:MOST_FAULTS]]


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((FOLDER / f"{name}.json").read_bytes()))


def _leaves(errors: Iterator[ValidationError]) -> Iterator[ValidationError]:
    """Of an alternative (anyOf, oneOf) the errors of the branch that comes nearest to what was written."""
    for error in errors:
        if not error.context:
            yield error
            continue
        branches: dict[int, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        nearest = max(branches.values(), key=lambda branch: (max(len(e.path) for e in branch), -len(branch)))
        yield from _leaves(iter(nearest))


def _place(error: ValidationError) -> str:
    return ".".join(str(part) for part in error.absolute_path)


def _fault(error: ValidationError) -> Fault:
    words, remedy = _said(error)
    return Fault(_place(error), words, _remedy_of(error) or remedy)


def _remedy_of(error: ValidationError) -> str:
    """What the schema itself says about the place, in the `description` of its part."""
    return error.schema.get("description", "") if isinstance(error.schema, dict) else ""


def _said(error: ValidationError) -> tuple[str, str]:
    kind, limit, value = error.validator, error.validator_value, error.instance
    if kind == "required":
        missing = [name for name in limit if name not in value]
        return f"缺少 {'、'.join(missing)}。", "请补上。"
    if kind == "additionalProperties":
        known = error.schema.get("properties", {})
        strange = sorted(name for name in value if name not in known)
        return f"{'、'.join(strange)} 不是这里可用的设置。", f"请删去或改正；可用：{'、'.join(known) or '无'}。"
    if kind == "propertyNames":
        return f"名称“{value}”不合规定。", "请用小写字母开头，由小写字母、数字和下划线组成。"
    if kind == "type":
        wanted = [limit] if isinstance(limit, str) else limit
        return f"{_shown(value)} 应为{'或'.join(_TYPES[name] for name in wanted)}。", "请改正。"
    if kind in ("enum", "const"):
        known = limit if kind == "enum" else [limit]
        return f"{_shown(value)} 不是可选的值。", f"可选：{'、'.join(map(_shown, known))}。"
    return _bound(kind, limit, value), "请改正。"


def _bound(kind: str, limit: Any, value: Any) -> str:
    words = {
        "pattern": f"{_shown(value)} 的写法不合规定。",
        "minLength": "不能为空。" if limit == 1 else f"至少要 {limit} 个字符。",
        "maxLength": f"超过 {limit} 个字符。",
        "minimum": f"{_shown(value)} 小于 {limit}。",
        "maximum": f"{_shown(value)} 大于 {limit}。",
        "minItems": f"至少要 {limit} 项。",
        "maxItems": f"超过 {limit} 项。",
        "minProperties": f"至少要 {limit} 项。",
        "maxProperties": f"超过 {limit} 项。",
        "uniqueItems": "有重复的项。",
        "format": f"{_shown(value)} 的写法不合规定。",
    }
    return words.get(kind, f"{_shown(value)} 不合规定。")


def _shown(value: Any) -> str:
    if value is None:
        return "空值"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"“{text if len(text) <= 40 else text[:39] + '…'}”"
