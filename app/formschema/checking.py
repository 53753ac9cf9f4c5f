"""Checks a form as a whole: what each field says against the others."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

from app.formschema.compiled import in_order
from app.formschema.definitions import read_figures
from app.formschema.fields import CHOICES, MOST_FILES, MOST_ROWS, TEXTS, Condition, Field, FigureDefinition, answering
from app.formschema.problems import Problem
from app.formschema.reading import Reading, read_json
from app.formschema.taking import Untakable, is_blank, take

_CONTROLLING = ("select", "radio", "checklist", "checkbox", "textfield")


def examine(
    data: bytes | str | Mapping,
) -> tuple[Mapping, tuple[Field, ...], tuple[FigureDefinition, ...], list[Problem]]:
    """The form's object, its fields and figures, and everything that is wrong with it."""
    source, problems = read_json(data)
    if problems:
        return source, (), (), problems
    reading = Reading()
    tree = reading.form(source)
    asked = tuple(answering(tree))
    _check_fields(asked, {}, "", reading)
    for field in asked:
        if field.is_table:
            _check_table(field, {other.key: other for other in asked}, reading)
    figures = read_figures(source, {field.key: field for field in asked}, reading)
    _check_figure_names(asked, figures, reading)
    return source, tree, figures, list(dict.fromkeys(reading.problems))


def _check_fields(asked: tuple[Field, ...], outer: Mapping[str, Field], prefix: str, notes: Reading) -> None:
    for key, times in Counter(field.key for field in asked).items():
        if times > 1:
            notes.note(prefix + key, f"键名“{key}”用了 {times} 次", "请改名，每个字段的键名只用一次")
    near = {field.key: field for field in asked}
    for field in asked:
        path = prefix + field.key
        for condition in field.conditions:
            _check_condition(condition, field, near, outer, path, notes)
        for message, remedy in _faults(field, {**outer, **near}):
            notes.note(path, message, remedy)
    placed = {field.key for field in in_order(asked)}
    for key in sorted(set(near) - placed):
        notes.note(prefix + key, "隐藏条件互相牵连成环，无法判断先后", "请去掉其中一个条件")


def _check_table(table: Field, outer: Mapping[str, Field], notes: Reading) -> None:
    _check_fields(table.fields, outer, f"{table.key}.", notes)
    columns = {column.key for column in table.fields}
    for key in table.unique:
        if key not in columns:
            notes.note(table.key, f"unique 里的列“{key[:64]}”不在表格里", "请写列的键名")
    if not table.fields:
        notes.note(table.key, "表格没有列", "请至少放一列")


def _check_condition(
    condition: Condition,
    field: Field,
    near: Mapping[str, Field],
    outer: Mapping[str, Field],
    path: str,
    notes: Reading,
) -> None:
    other = near.get(condition.key) or outer.get(condition.key)
    if other is None:
        notes.note(path, f"隐藏条件里的“{condition.key[:64]}”不是表单里的字段", "请核对键名")
    elif other.kind not in _CONTROLLING:
        notes.note(path, f"隐藏条件不能看“{other.label}”", "只能看单选、多选、勾选或单行文本的值")
    elif isinstance(condition.value, bool) != (other.kind == "checkbox"):
        notes.note(path, f"隐藏条件的值与“{other.label}”不符", "勾选写 true 或 false，其余写加引号的文字")
    elif other.kind in CHOICES and other.options and not _offers(other, condition.value):
        notes.note(path, f"隐藏条件里的“{condition.value}”不是“{other.label}”的选项", "请核对选项的 value")


def _offers(field: Field, value: object) -> bool:
    return bool(field.options_from) or any(option.value == value for option in field.options)


def _faults(field: Field, known: Mapping[str, Field]) -> Iterator[tuple[str, str]]:
    """What is wrong inside one field, with its remedy."""
    if field.kind in CHOICES and not field.options and not field.options_from:
        yield "没有选项", "请在 values 里写选项，或用 properties.options_from 指明来源"
    if field.engine and field.kind == "number" and field.decimals != 0:
        yield "进入流程的数字只能是整数", "请把 decimalDigits 设为 0，或去掉 engine"
    if field.minimum is not None and field.kind == "checklist" and field.options and field.minimum > len(field.options):
        yield f"至少选 {field.minimum} 项，但只有 {len(field.options)} 个选项", "请增加选项或改小"
    for kind, most in (("filepicker", MOST_FILES), ("dynamiclist", MOST_ROWS)):
        if field.kind == kind and max(field.maximum or 0, field.minimum or 0) > most:
            yield f"个数最多 {most}", "请改小"
    if field.kind == "filepicker" and not field.multiple and max(field.maximum or 0, field.minimum or 0) > 1:
        yield "要上传几个文件，但没有允许多个", "请设 multiple 为 true"
    if field.min_length and field.kind in TEXTS and field.min_length > field.longest:
        yield f"最短字数 {field.min_length} 超过最多 {field.longest} 字", "请写明更大的 maxLength"
    for said in (field.not_before, field.not_after):
        if said and not _is_day(said, known):
            yield f"日期的先后“{said[:64]}”读不懂", "请写 today、一个日期（2026-03-15）或另一个日期字段的键名"
    if not is_blank(field.default) and not field.is_table:
        yield from _default_faults(field)


def _is_day(said: str, known: Mapping[str, Field]) -> bool:
    if said == "today" or (said in known and known[said].kind == "datetime"):
        return True
    try:
        return len(said) == 10 and bool(date.fromisoformat(said))
    except ValueError:
        return False


def _default_faults(field: Field) -> Iterator[tuple[str, str]]:
    try:
        take(field, field.default)
    except Untakable as error:
        yield f"默认值不能用：{error}", "请改正 defaultValue"


def _check_figure_names(asked: tuple[Field, ...], figures: tuple[FigureDefinition, ...], notes: Reading) -> None:
    names, keys = {definition.name for definition in figures}, {field.key for field in asked}
    for field in asked:
        if field.figure and field.figure in names:
            notes.note(field.key, f"指标“{field.figure}”已在 figures 里定义", "请改名")
        if field.figure and field.figure != field.key and field.figure in keys:
            notes.note(field.key, f"指标“{field.figure}”与另一个字段同名", "请改名")
        names |= {field.figure} if field.figure else set()
        for name in field.proves:
            if name not in keys | {definition.name for definition in figures} | {each.figure for each in asked}:
                notes.note(field.key, f"proves 里的“{name[:64]}”不是指标也不是字段", "请核对名称")
        for column in field.fields:
            for name in ("figure", "engine"):
                if getattr(column, name):
                    notes.note(
                        f"{field.key}.{column.key}", f"表格的列不能用 properties.{name}", "请在 figures 里定义指标"
                    )
