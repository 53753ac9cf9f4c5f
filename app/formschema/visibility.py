"""Which fields are shown for given answers: a field hidden by a condition has no answer, whatever was sent."""

from collections.abc import Iterable, Iterator, Mapping

from app.formschema.compiled import Compiled
from app.formschema.fields import Field
from app.formschema.taking import is_blank


def visible(
    asked: Iterable[Field], data: Mapping[str, object], outer: Mapping[str, object]
) -> tuple[dict[str, object], tuple[Field, ...]]:
    """What was answered of the fields shown (and whatever isn't a field, to be refused), and the fields shown.

    `asked` come in the order in which conditions can be decided. `outer` are the answers around a table's row.
    """
    kept, shown = dict(data), []
    asked = tuple(asked)
    near = {field.key for field in asked}
    for field in asked:
        if any(each.hides((kept if each.key in near else outer).get(each.key)) for each in field.conditions):
            kept.pop(field.key, None)
            continue
        shown.append(field)
        if field.key in kept and is_blank(kept[field.key]):
            del kept[field.key]
    return kept, tuple(shown)


def hidden(compiled: Compiled, answers: Mapping[str, object]) -> Iterator[str]:
    """Keys of the fields and paths of the cells that are hidden."""
    kept, shown = visible(compiled.asked, answers, {})
    seen = {field.key for field in shown}
    yield from (field.key for field in compiled.asked if field.key not in seen)
    for field in shown:
        rows = kept.get(field.key) if field.is_table else None
        for place, row in enumerate(rows if isinstance(rows, list) else []):
            cells = row if isinstance(row, Mapping) else {}
            columns = {column.key for column in visible(compiled.columns[field.key], cells, kept)[1]}
            yield from (f"{field.key}.{place}.{column.key}" for column in field.fields if column.key not in columns)
