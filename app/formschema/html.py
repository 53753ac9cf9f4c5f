"""Answers as a page posts them and shows them: flat names such as `staff-0-name`, everything text."""

import re
from collections.abc import Iterable, Iterator, Mapping

from app.formschema.fields import RESERVED, Field
from app.formschema.taking import is_blank

MOST_UNKNOWN = 20  # names that aren't the form's and are handed on, to be refused by name

_ROW = re.compile(r"(?P<key>[^-]+)-(?P<row>[0-9]{1,9})-(?P<column>[^-]+)")
_YES, _NO = {"on", "true", "1", "yes"}, {"off", "false", "0", "no", ""}


def from_html(asked: Iterable[Field], posted: object, *, blank_rows: bool = True) -> dict[str, object]:
    """Nested answers for `load` out of a posted form.

    `posted` is a MultiDict, or a mapping of name to text or list of texts. Rows keep their order, gaps between their
    numbers vanish. Rows left blank stay, so that the page that comes back shows `load`'s messages at the right rows
    (`load` passes over them); without `blank_rows` they vanish too. Names of the page
    itself (csrf_token, outcome, ... and any with a leading underscore) are left out; any other name that isn't the
    form's stays, so that `load` refuses it.
    """
    fields = {field.key: field for field in asked}
    columns = {
        field.key: {column.key: column for column in field.fields} for field in fields.values() if field.is_table
    }
    answers: dict[str, object] = {}
    rows: dict[str, dict[int, dict[str, object]]] = {key: {} for key in columns}
    unknown: dict[str, object] = {}
    for name, values in _pairs(posted):
        match = _ROW.fullmatch(name) if "-" in name else None
        if name in fields and not fields[name].is_table:
            answers[name] = _answer(fields[name], values)
        elif match and match["column"] in columns.get(match["key"], ()):
            row = rows[match["key"]].setdefault(int(match["row"]), {})
            row[match["column"]] = _answer(columns[match["key"]][match["column"]], values)
        elif name not in RESERVED and not name.startswith("_") and len(unknown) < MOST_UNKNOWN:
            unknown[name] = values[0] if values else ""
    for key, field in fields.items():
        if field.is_table:
            answers[key] = list(_filled(field, rows[key], blank_rows=blank_rows))
        elif field.kind == "checkbox":
            answers.setdefault(key, False)
    return answers | unknown


def _pairs(posted: object) -> Iterator[tuple[str, list[str]]]:
    lists = getattr(posted, "lists", None)
    for name, values in lists() if callable(lists) else posted.items():
        yield str(name), list(values) if isinstance(values, list | tuple) else [values]


def _answer(field: Field, values: list[str]) -> object:
    if field.kind in ("checklist", "filepicker"):
        return [value for value in values if not is_blank(value)]
    if len(values) != 1:
        return list(values)  # a name posted twice is nobody's typing: load refuses it
    value = values[0]
    if field.kind == "checkbox" and isinstance(value, str):
        said = value.strip().lower()
        return True if said in _YES else False if said in _NO else value
    return value


def _filled(field: Field, rows: Mapping[int, dict[str, object]], *, blank_rows: bool) -> Iterator[dict[str, object]]:
    ticks = [column.key for column in field.fields if column.kind == "checkbox"]
    for _, row in sorted(rows.items()):
        if not blank_rows and all(is_blank(value) or value is False for value in row.values()):
            continue
        for key in ticks:
            row.setdefault(key, False)
        yield row


def to_html_values(asked: Iterable[Field], answers: Mapping[str, object]) -> dict[str, object]:
    """What a page puts into its inputs, by flat name, from clean answers or from what was posted and refused.

    Text for most; bool for a checkbox; list of texts for checklist and filepicker; for a table its number of rows.
    """
    found: dict[str, object] = {}
    for field in asked:
        answer = answers.get(field.key)
        if not field.is_table:
            found[field.key] = _shown(field, answer)
            continue
        rows = [row if isinstance(row, Mapping) else {} for row in answer] if isinstance(answer, list) else []
        found[field.key] = len(rows)
        for place, row in enumerate(rows):
            found |= {
                f"{field.key}-{place}-{column.key}": _shown(column, row.get(column.key)) for column in field.fields
            }
    return found


def _shown(field: Field, answer: object) -> object:
    if field.kind == "checkbox":
        return answer is True
    if field.kind in ("checklist", "filepicker"):
        said = answer if isinstance(answer, list) else [] if answer is None else [answer]
        return [str(item) for item in said]
    if isinstance(answer, list):
        answer = answer[0] if answer else None
    return "" if answer is None else str(answer)
