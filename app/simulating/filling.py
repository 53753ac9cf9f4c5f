"""Answers for any form, out of its own rules: what must be filled in is, with the least that it takes.

Not what somebody would write, but what the form accepts: a plan gives the answers that matter.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from app.formschema import Field, Form

_TEXTS = {
    "uscc": "91130600MA0000001U", "id": "11010519491231002X", "phone": "13800138000", "email": "office@example.cn",
    "postcode": "050000",
}
_CANDIDATES = (
    "情况属实", "2026", "1", "A", "13800138000", "050000", "模拟〔2026〕1 号", "模拟〔2026〕1号", "2026-01-05", "1.0",
    "10%", "https://example.cn", "ABC-1",
)
_SENTENCE = "经核对情况属实，按规定办理。"
NUMBER = "document_number"
"""The field that holds a document's number: what is signed on one day bears one."""
Upload = Callable[[Field], str]
"""Takes in a file for a field; gives its id."""


def answers(
    form: Form, *, given: Mapping[str, Any], outcome: str, today: date, upload: Upload,
    points: Callable[[], int] | None = None, again: Collection[str] | None = None,
) -> dict[str, Any]:
    """Answers to a form for an outcome: those `given`, and the least for all else that must be filled in.

    `points` gives the per cent of its maximum that each number gets which has one; None: the least that the form takes.
    `again` are the fields of a correction: of those what must be filled in is answered anew, and all else stands.
    """
    found: dict[str, Any] = {**form.dump(form.defaults()), **given}
    if again is not None:
        return found | _answered_again(form, found, again, outcome=outcome, today=today, upload=upload)
    hidden = form.hidden(found)
    for field in form.asked:
        if field.key in hidden:
            continue
        if field.kind == "filepicker" and field.key in given:
            found[field.key] = [upload(field)]
        if field.kind == "dynamiclist" and field.key in given:
            found[field.key] = [row(field, cells, today=today, upload=upload) for cells in given[field.key]]
        if field.key in found:
            continue
        if points is not None and field.kind == "number" and field.maximum is not None:
            found[field.key] = int(field.maximum * points() / 100)
        elif _is_wanted(field, outcome):
            found[field.key] = _answer(field, found, today=today, upload=upload)
        else:
            continue
        hidden = form.hidden(found)
    return found


def _answered_again(
    form: Form, found: Mapping[str, Any], again: Collection[str], *, outcome: str, today: date, upload: Upload
) -> dict[str, Any]:
    wanted = (field for field in form.asked if field.key in again and _is_wanted(field, outcome))
    return {field.key: _answer(field, found, today=today, upload=upload) for field in wanted}


def _is_wanted(field: Field, outcome: str) -> bool:
    least = field.kind != "number" and (field.minimum or 0) > 0
    return field.required or least or outcome in field.needed_for


def row(field: Field, given: Mapping[str, Any], *, today: date, upload: Upload) -> dict[str, Any]:
    """A row of a table: the cells given, and the least for the others that must be filled in."""
    cells = dict(given)
    for column in field.fields:
        if column.key not in cells and _is_wanted(column, ""):
            cells[column.key] = _answer(column, cells, today=today, upload=upload)
    return cells


def _answer(field: Field, found: Mapping[str, Any], *, today: date, upload: Upload) -> Any:
    if field.kind == "dynamiclist":
        rows = [row(field, {}, today=today, upload=upload) for _ in range(max(int(field.minimum or 0), 1))]
        return [_apart(field, one, place) for place, one in enumerate(rows)]
    if field.kind == "filepicker":
        return [upload(field) for _ in range(max(int(field.minimum or 0), 1))]
    if field.kind == "datetime":
        return _day(field, found, today)
    if field.kind == "checkbox":
        return True
    if field.kind == "checklist":
        return [option.value for option in field.options[: max(int(field.minimum or 0), 1)]]
    if field.kind in ("select", "radio"):
        return field.options[0].value if field.options else ""
    return _number(field) if field.kind == "number" else _text(field, today)


def _apart(table: Field, cells: dict[str, Any], place: int) -> dict[str, Any]:
    """Rows that must not agree in some columns don't."""
    if place == 0 or not table.unique:
        return cells
    column = next(one for one in table.fields if one.key == table.unique[0])
    before = cells.get(column.key, "")
    if column.kind == "number":
        return {**cells, column.key: int(before or 0) + place}
    return {**cells, column.key: f"{before}{place}"[: column.longest]}


def _number(field: Field) -> int | str:
    number = field.minimum if field.minimum is not None else Decimal(1)
    if field.maximum is not None:
        number = min(max(number, Decimal(1)), field.maximum)
    return int(number) if number == int(number) else format(number, "f")


def _day(field: Field, found: Mapping[str, Any], today: date) -> str:
    for said in (field.not_before, field.not_after):
        other = found.get(said)
        if isinstance(other, str) and other:
            return other
        if said[:1].isdigit():
            return said
    return today.isoformat()


def _text(field: Field, today: date) -> str:
    if field.key == NUMBER and not field.pattern:
        return f"模拟〔{today.year}〕{today:%m%d} 号"
    if field.check:
        return _TEXTS[field.check]
    if field.pattern:
        fitting = (one for one in _CANDIDATES if re.search(field.pattern, one) and len(one) <= field.longest)
        return next(fitting, "")
    text = field.label + "：" + _SENTENCE if field.kind == "textarea" else "从略"
    while len(text) < (field.min_length or 0):
        text += _SENTENCE
    return text[: field.longest]
