"""A form compiled to marshmallow schemas, once per form: one judges every answer, one for drafts only takes them.

Which fields are hidden depends on the answers, so required answers and conditions are looked at around the schema.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from marshmallow import RAISE, Schema, ValidationError, fields

from app.formschema.fields import Field, answering
from app.formschema.taking import Untakable, faults, take

_UNKNOWN = "表单里没有这一项，请刷新页面后重新填写。"


class _Answer(fields.Field):
    """One answer, by its kind."""

    def __init__(self, asked: Field, *, judged: bool) -> None:
        super().__init__(data_key=asked.key, attribute=asked.key)
        self.asked, self.judged = asked, judged

    def _deserialize(self, value: object, attr: str | None, data: object, **kwargs: object) -> object:
        try:
            answer = take(self.asked, value)
        except Untakable as error:
            raise ValidationError([str(error)]) from None
        if self.judged and (found := faults(self.asked, answer)):
            raise ValidationError(found)
        return answer


class _Rows(fields.Nested):
    """The rows of a table; their own number is judged here, each row by its schema."""

    def __init__(self, asked: Field, schema: type[Schema], *, judged: bool) -> None:
        super().__init__(schema, many=True, data_key=asked.key, attribute=asked.key)
        self.asked, self.judged = asked, judged

    def _deserialize(self, value: object, attr: str | None, data: object, **kwargs: object) -> object:
        rows = super()._deserialize(value, attr, data, **kwargs)
        least = self.asked.minimum
        if self.judged and least is not None and len(rows) < least:
            raise ValidationError([f"“{self.asked.label}”至少填写 {least} 行，现有 {len(rows)} 行。"])
        return rows


@dataclass(frozen=True)
class Compiled:
    """What loading needs, worked out once: fields in the order in which their conditions can be decided."""

    asked: tuple[Field, ...]
    columns: Mapping[str, tuple[Field, ...]]
    judging: Schema
    drafting: Schema
    by_key: Mapping[str, Field]


def compile_form(tree: tuple[Field, ...]) -> Compiled:
    """Compile the fields of a form that has no problems."""
    asked = tuple(answering(tree))
    return Compiled(
        asked=in_order(asked),
        columns={field.key: in_order(field.fields) for field in asked if field.is_table},
        judging=_schema("Judging", asked, judged=True)(),
        drafting=_schema("Drafting", asked, judged=False)(),
        by_key={field.key: field for field in asked},
    )


def in_order(asked: Iterable[Field]) -> tuple[Field, ...]:
    """Fields sorted so that each comes after those by which it is hidden. Those of a circle are left out."""
    waiting = {field.key: field for field in asked}
    keys, placed = set(waiting), {}
    while waiting:
        ready = [
            field
            for field in waiting.values()
            if all(condition.key in placed or condition.key not in keys for condition in field.conditions)
        ]
        if not ready:
            break
        for field in ready:
            placed[field.key] = waiting.pop(field.key)
    return tuple(placed.values())


def _schema(name: str, asked: Iterable[Field], *, judged: bool) -> type[Schema]:
    made: dict[str, fields.Field] = {}
    for place, field in enumerate(asked):
        # The attribute's own name is ours: a form's key could be the name of one of the schema's methods.
        if field.is_table:
            made[f"f{place}"] = _Rows(field, _schema("Row", field.fields, judged=judged), judged=judged)
        else:
            made[f"f{place}"] = _Answer(field, judged=judged)
    meta = type("Meta", (), {"unknown": RAISE})
    messages = {"unknown": _UNKNOWN, "type": "这一行应当是各列的内容。"}
    return type(name, (Schema,), {**made, "Meta": meta, "error_messages": messages})
