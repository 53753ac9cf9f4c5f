"""Loads answers: what was sent goes through the compiled schema, then what concerns several fields is looked at."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from marshmallow import ValidationError

from app import clock
from app.errors import Invalid
from app.formschema.compiled import Compiled
from app.formschema.fields import MOST_ROWS, Field
from app.formschema.taking import is_blank, missing
from app.formschema.visibility import visible

MOST_NAMES = 2_000  # that one posted form, or one row, may hold
MOST_SENT_ROWS = 4 * MOST_ROWS  # blank ones among them
MOST_ERRORS = 200  # paths that are told at once

Answers = dict[str, object]
Choices = Mapping[str, Collection[str]]
Errors = dict[str, list[str]]


class _Row(NamedTuple):
    """A row that isn't blank: its table, its place among those kept and among those sent, and the columns it shows."""

    key: str
    place: int
    sent_as: int
    shown: tuple[Field, ...]


def load(
    compiled: Compiled,
    data: Mapping[str, object],
    *,
    partial: bool,
    files: Collection[str] | None,
    choices: Choices,
) -> Answers:
    """Clean answers out of what was sent; see `Form.load`."""
    _refuse_names(data, "", "提交的内容应当是各字段的答案。")
    kept, shown = visible(compiled.asked, data, {})
    rows = [row for field in shown if field.is_table for row in _open_rows(compiled, field, kept, partial=partial)]
    errors: Errors = {}
    try:
        answers = (compiled.drafting if partial else compiled.judging).load(kept)
    except ValidationError as error:
        answers = error.valid_data if isinstance(error.valid_data, dict) else {}
        _flatten(error.messages, "", errors)
    _check_files(compiled, answers, files, errors)
    _check_choices(compiled, answers, choices, errors, partial=partial)
    if not partial:
        _require(shown, kept, "", errors)
        for row in rows:
            _require(row.shown, kept[row.key][row.place], f"{row.key}.{row.place}.", errors)
        _check_days(compiled, answers, errors)
        _check_unique(compiled, answers, rows, errors)
    if errors:
        raise Invalid(_as_sent(rows, errors))
    return answers


def _refuse_names(data: object, path: str, message: str) -> None:
    if not isinstance(data, Mapping) or not all(isinstance(name, str) for name in data):
        raise Invalid({path: [message]})
    if len(data) > MOST_NAMES:
        raise Invalid({path: [f"提交的内容超过 {MOST_NAMES} 项，无法处理。请刷新页面后重新填写。"]})


def _open_rows(compiled: Compiled, field: Field, kept: Answers, *, partial: bool) -> list[_Row]:
    """Leave out blank rows, and of the others the hidden and blank cells, in `kept`; returns what each row shows."""
    sent, message = kept.get(field.key), f"“{field.label}”应当是一行一行的内容。"
    if sent is None:
        return []
    if not isinstance(sent, list) or len(sent) > MOST_SENT_ROWS:
        raise Invalid({field.key: [message if not isinstance(sent, list) else _too_many(field, len(sent), MOST_ROWS)]})
    opened = []
    for place, row in enumerate(sent):
        _refuse_names(row, field.key, message)
        if not _is_blank_row(row):
            opened.append((place, *visible(compiled.columns[field.key], row, kept)))
    most = MOST_ROWS if partial else field.most
    if len(opened) > most:
        raise Invalid({field.key: [_too_many(field, len(opened), most)]})
    kept[field.key] = [cells for _, cells, _ in opened]
    if not opened:
        del kept[field.key]
    return [_Row(field.key, place, sent_as, columns) for place, (sent_as, _, columns) in enumerate(opened)]


def _is_blank_row(row: Mapping[str, object]) -> bool:
    return all(is_blank(value) or value is False for value in row.values())


def _too_many(field: Field, found: int, most: int) -> str:
    return f"“{field.label}”最多 {most} 行，现有 {found} 行。"


def _require(shown: Iterable[Field], kept: Mapping[str, object], prefix: str, errors: Errors) -> None:
    for field in shown:
        given = field.key in kept and (field.kind != "checkbox" or kept[field.key] is not False)
        wanted = field.required or (field.kind != "number" and (field.minimum or 0) > 0)
        if wanted and not given:
            errors.setdefault(prefix + field.key, []).append(missing(field))


def _flatten(messages: object, path: str, errors: Errors) -> None:
    """marshmallow's nested messages as path -> messages; names that aren't the form's are cut short."""
    if not isinstance(messages, Mapping):
        errors.setdefault(path, []).extend(str(message) for message in messages)
        return
    for name, inner in messages.items():
        if len(errors) < MOST_ERRORS:
            _flatten(inner, f"{path}.{str(name)[:64]}".strip("."), errors)


def _check_files(compiled: Compiled, answers: Answers, files: Collection[str] | None, errors: Errors) -> None:
    for path, field, answer in _each(compiled, answers):
        if field.kind == "filepicker" and files is not None and any(name not in files for name in answer):
            errors.setdefault(path, []).append(f"“{field.label}”里有的文件不在本办件中，请重新上传。")


def _check_choices(compiled: Compiled, answers: Answers, choices: Choices, errors: Errors, *, partial: bool) -> None:
    """Choices from elsewhere must be among those offered; a draft is believed where none are handed over."""
    for path, field, answer in _each(compiled, answers):
        if not field.options_from or (partial and field.options_from not in choices):
            continue
        offered = choices.get(field.options_from, ())
        if any(choice not in offered for choice in (answer if isinstance(answer, list) else [answer])):
            errors.setdefault(path, []).append(f"请在“{field.label}”的选项里选择。")


def _each(compiled: Compiled, answers: Answers) -> Iterator[tuple[str, Field, object]]:
    """Every answer with its path and field, rows opened."""
    for key, answer in answers.items():
        field = compiled.by_key[key]
        if not field.is_table:
            yield key, field, answer
            continue
        columns = {column.key: column for column in field.fields}
        for place, row in enumerate(answer):
            for name, cell in row.items():
                yield f"{key}.{place}.{name}", columns[name], cell


def _check_days(compiled: Compiled, answers: Answers, errors: Errors) -> None:
    for path, field, day in _each(compiled, answers):
        if field.kind != "datetime" or not (field.not_before or field.not_after):
            continue
        near = _row_of(answers, path)
        earliest, latest = (_day_named(said, near, answers) for said in (field.not_before, field.not_after))
        if earliest and day < earliest:
            said = _day_said(compiled, path, field.not_before, earliest)
            errors.setdefault(path, []).append(f"“{field.label}”不能早于{said}。")
        if latest and day > latest:
            said = _day_said(compiled, path, field.not_after, latest)
            errors.setdefault(path, []).append(f"“{field.label}”不能晚于{said}。")


def _row_of(answers: Answers, path: str) -> Mapping[str, object]:
    key, _, rest = path.partition(".")
    return answers[key][int(rest.partition(".")[0])] if rest else answers


def _day_named(said: str, near: Mapping[str, object], answers: Answers) -> date | None:
    if not said:
        return None
    if said == "today":
        return clock.today()
    if said[0].isdigit():
        return date.fromisoformat(said)
    found = near.get(said, answers.get(said))
    return found if isinstance(found, date) else None


def _day_said(compiled: Compiled, path: str, said: str, day: date) -> str:
    if said == "today":
        return f"今天（{day}）"
    table = compiled.by_key.get(path.partition(".")[0])
    columns = {column.key: column for column in table.fields} if table else {}
    other = columns.get(said) or compiled.by_key.get(said)
    return f"“{other.label}”（{day}）" if other else f" {day}"


def _check_unique(compiled: Compiled, answers: Answers, rows: Iterable[_Row], errors: Errors) -> None:
    """Nobody is listed twice: rows that agree in the table's `unique` columns."""
    seen: dict[tuple[str, ...], _Row] = {}
    for row in rows:
        field = compiled.by_key[row.key]
        if not field.unique or row.key not in answers:
            continue
        cells = answers[row.key][row.place]
        same = tuple("".join(str(cells.get(key, "")).split()).casefold() for key in field.unique)
        first = seen.setdefault((row.key, *same), row)
        if any(same) and first is not row:
            labels = "、".join(column.label for column in field.fields if column.key in field.unique)
            message = f"与第 {first.sent_as + 1} 行的“{labels}”相同，请删去重复的一行。"
            errors.setdefault(f"{row.key}.{row.place}.{field.unique[0]}", []).append(message)


def _as_sent(rows: Iterable[_Row], errors: Errors) -> Errors:
    """Paths and messages with the rows' places among those sent; messages begin with the row's number."""
    places = {(row.key, str(row.place)): row.sent_as for row in rows}
    found = {}
    for path, messages in errors.items():
        key, place, *rest = path.split(".", 2) if path.count(".") else (path, "")
        sent_as = places.get((key, place))
        before = "" if sent_as is None else f"第 {sent_as + 1} 行："
        found[".".join((key, str(sent_as), *rest)) if before else path] = [before + message for message in messages]
    return found


def plain(answer: object) -> object:
    """An answer as JSON holds it: dates and decimals as text."""
    if isinstance(answer, date):
        return answer.isoformat()
    if isinstance(answer, Decimal):
        return format(answer, "f")
    if isinstance(answer, list):
        return [plain(item) for item in answer]
    if isinstance(answer, Mapping):
        return {name: plain(item) for name, item in answer.items()}
    return answer
