"""Reads the definitions of a form's figures, and checks them against the tables that they are taken from."""

from collections.abc import Iterator, Mapping, Sequence

from app.formschema.attributes import Attributes
from app.formschema.fields import CHOICES, Field, FigureDefinition
from app.formschema.reading import KEY

MOST_FIGURES = 100
FIGURE_KINDS = ("count", "sum", "share", "average", "growth", "min", "max", "distinct")

_ATTRIBUTES = {"name", "label", "unit", "kind", "table", "field", "where", "of", "by", "per", "compare", "clause"}
_NUMERIC = ("sum", "average", "min", "max")  # need a column of numbers
_USES = {"field": (*_NUMERIC, "share", "growth", "distinct"), "of": ("share",), "by": ("growth",), "per": ("average",)}
_TESTS = {"min", "max", "not", "given"}


def read_figures(data: Mapping, fields: Mapping[str, Field], notes: Attributes) -> tuple[FigureDefinition, ...]:
    """The figures that the form defines; what is wrong goes to `notes`. `fields` are the form's own, by key."""
    given = data.get("figures")
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > MOST_FIGURES:
        notes.note("figures", f"figures 应当是列表，最多 {MOST_FIGURES} 项")
        return ()
    found = [_figure(definition, fields, notes) for definition in given]
    names = [definition.name for definition in found if definition]
    for name in sorted(set(names)):
        if names.count(name) > 1:
            notes.note(f"figures.{name}", "有两个指标同名", "请改名")
        if name in fields:
            notes.note(f"figures.{name}", "与一个字段同名", "请改名，避免混淆")
    return tuple(definition for definition in found if definition)


def _figure(given: object, fields: Mapping[str, Field], notes: Attributes) -> FigureDefinition | None:
    if not isinstance(given, Mapping):
        notes.note("figures", "每个指标应当是一个对象")
        return None
    name, kind = notes.text(given, "name", "figures"), notes.text(given, "kind", "figures")
    path = f"figures.{name[:64]}"
    notes.known(given, _ATTRIBUTES, path)
    if not KEY.fullmatch(name) or "__" in name:
        notes.note(path, "名称以字母或汉字开头，只用字母、数字、单个下划线和汉字")
    table = fields.get(notes.text(given, "table", path))
    if kind not in FIGURE_KINDS:
        notes.note(path, f"算法“{kind[:40]}”不可用", f"可用：{'、'.join(FIGURE_KINDS)}")
    if table is None or not table.is_table:
        notes.note(path, "table 没有指向表单里的表格", "请写表格的键名")
    if kind not in FIGURE_KINDS or table is None or not table.is_table:
        return None
    definition = FigureDefinition(
        name=name,
        label=notes.text(given, "label", path) or name,
        kind=kind,
        table=table.key,
        unit=notes.text(given, "unit", path) or ("%" if kind in ("share", "growth") else ""),
        where=_alternatives(given, "where", table, path, notes),
        of=_alternatives(given, "of", table, path, notes),
        **{part: notes.text(given, part, path) for part in ("field", "by", "per", "compare", "clause")},
    )
    _check_parts(definition, table, fields, path, notes)
    return definition


def _check_parts(
    definition: FigureDefinition, table: Field, fields: Mapping[str, Field], path: str, notes: Attributes
) -> None:
    columns = {column.key: column for column in table.fields}
    numeric = {"field": definition.kind != "distinct", "per": True}
    for part, kinds in _USES.items():
        said = getattr(definition, part)
        if said and definition.kind not in kinds:
            notes.note(path, f"{definition.kind} 不用 {part}", "请删去")
        elif isinstance(said, str) and said and said not in columns:
            notes.note(path, f"{part} 指向的列“{said[:64]}”不在表格里", "请写列的键名")
        elif isinstance(said, str) and said and numeric.get(part) and columns[said].kind != "number":
            notes.note(path, f"{part} 指向的列“{said}”不是数字")
    if definition.kind in (*_NUMERIC, "distinct") and not definition.field:
        notes.note(path, f"{definition.kind} 要写明 field", "请写要计算的列的键名")
    if definition.kind == "growth" and not definition.by:
        notes.note(path, "growth 要写明 by", "请写年份列的键名")
    compared = fields.get(definition.compare)
    if definition.compare and (compared is None or compared.kind != "number"):
        notes.note(path, "compare 应当指向表单里的一个数字字段", "请写填报合计数的字段的键名")


def _alternatives(
    given: Mapping, name: str, table: Field, path: str, notes: Attributes
) -> tuple[Mapping[str, object], ...]:
    """The row condition: an object whose tests all hold, or a list of such of which one suffices."""
    said = given.get(name)
    if said is None:
        return ()
    found = said if isinstance(said, list) else [said]
    columns = {column.key: column for column in table.fields}
    for alternative in found:
        if not isinstance(alternative, Mapping) or not alternative:
            notes.note(path, f"{name} 应当是列名到取值的对象，或几个这样的对象的列表")
            return ()
        for key, test in alternative.items():
            if key not in columns:
                notes.note(path, f"{name} 里的列“{str(key)[:64]}”不在表格里", "请写列的键名")
            else:
                _check_test(columns[key], test, f"{name}.{key}", path, notes)
    return tuple(found)


def _check_test(column: Field, test: object, said: str, path: str, notes: Attributes) -> None:
    for constant in _constants(test):
        if isinstance(constant, Mapping):
            notes.note(path, f"{said} 读不懂", "可写一个值、几个值的列表，或 min、max、not、given")
        elif column.kind in CHOICES and not column.options_from:
            if constant not in {option.value for option in column.options}:
                notes.note(path, f"{said} 的取值“{str(constant)[:60]}”不是“{column.label}”的选项", "请核对选项的 value")
        elif column.kind == "checkbox" and not isinstance(constant, bool):
            notes.note(path, f"{said} 只能是 true 或 false")
        elif column.kind == "number" and (isinstance(constant, bool) or not isinstance(constant, int | float)):
            notes.note(path, f"{said} 应当是数字")


def _constants(test: object) -> Iterator[object]:
    """The constants that a test names; an object that isn't a test is handed on, so that it gets told."""
    if isinstance(test, Mapping):
        if not test or set(test) - _TESTS or not isinstance(test.get("given", ""), str):
            yield test
            return
        for name in set(test) - {"given"}:
            yield from _constants(test[name])
    elif isinstance(test, Sequence) and not isinstance(test, str):
        for constant in test:
            yield from _constants(constant)
    else:
        yield test
