"""What changes between two packages of a programme, in sentences that a person can confirm.

Everything that can't be read is passed over here: the check says what is wrong with it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app import engine, rules
from app.errors import BanjianError
from app.formschema import Field
from app.formschema.checking import examine
from app.people.roles import ROLES
from app.programmes import labels, package
from app.programmes.labels import STEP, Part
from app.programmes.package import Files
from app.programmes.reading import Unreadable, read_json, read_yaml

AREAS = ("期限", "条件", "流程", "表单", "设置", "清单", "条款", "文书", "故事", "文件")

_SCHEMAS = {"programme.yaml": ("programme", "设置"), "clauses.yaml": ("clauses", "条款"),
            "materials.yaml": ("materials", "清单"), "tables.yaml": ("tables", "清单"),
            "scoring.yaml": ("scoring", "清单")}
_KINDS = {"diagram": "流程图", "table": "决策表", "form": "表单", "letter": "文书", "example": "故事", "lists": "清单",
          "clauses": "条款", "settings": "设置", "simulation": "模拟"}
_NODES = {"userTask": "环节", "serviceTask": "系统动作", "callActivity": "调用", "subProcess": "子流程"}


@dataclass(frozen=True)
class Difference:
    """One change: the area under which it is listed, the file, the sentence, and the clause that it rests on ("")."""

    area: str
    file: str
    said: str
    clause: str = ""

    def __str__(self) -> str:
        return f"{self.said}（{self.clause}）" if self.clause else self.said


@dataclass(frozen=True)
class _Names:
    """What both packages call things: relations and periods."""

    actors: Mapping[str, str]
    periods: Mapping[str, str]
    forms: Mapping[str, str]

    def actor(self, written: str) -> str:
        relation, _, role = written.partition("/")
        who = self.actors.get(relation, relation)
        return f"{who}{ROLES[role].zh}" if role in ROLES else f"{who}{role}"


def between(old: Files, new: Files) -> list[Difference]:
    """The changes that lead from one package to the other, area by area; empty where no byte differs."""
    names = _names({**old, **new})
    found: list[Difference] = []
    for path in sorted({*old, *new}):
        if old.get(path) != new.get(path):
            found += _of_file(path, old.get(path), new.get(path), names)
    return sorted(found, key=lambda one: (AREAS.index(one.area), one.file))


def _of_file(path: str, old: bytes | None, new: bytes | None, names: _Names) -> list[Difference]:
    kind = package.kind_of(path) or ""
    area = {"table": "条件", "diagram": "流程", "form": "表单", "letter": "文书", "example": "故事"}.get(kind) or (
        _SCHEMAS.get(path, ("", "文件"))[1]
    )
    called = f"{_KINDS.get(kind, '文件')}“{_name_in(path, new if new is not None else old, names)}”"
    if old is None:
        return [Difference(area, path, f"新增{called}（{path}）")]
    if new is None:
        return [Difference(area, path, f"删除{called}（{path}）")]
    compare = {"diagram": _diagrams, "table": _tables, "form": _forms}.get(kind)
    if path in _SCHEMAS:
        compare = _settings
    if compare is None:
        return [Difference(area, path, f"{called}有改动，请下载核对" if kind == "letter" else f"{called}有改动")]
    try:
        found = list(compare(path, old, new, names))
    except (BanjianError, KeyError, TypeError, ValueError, AttributeError):
        return [Difference(area, path, f"{called}有改动，但文件无法读取，不能逐项比较")]
    rest = "只调整了画面或写法" if kind == "diagram" else "只改了写法或说明，内容不变"
    return found or [Difference(area, path, f"{called}{rest}")]


def _name_in(path: str, data: bytes | None, names: _Names) -> str:
    if package.kind_of(path) == "form":
        return names.forms.get(package.name_of(path)) or package.name_of(path)
    if package.kind_of(path) == "example" and data is not None:
        try:
            return labels.name_of(package.name_of(path), read_yaml(data))
        except Unreadable:
            return package.name_of(path)
    return package.name_of(path)


def _names(files: Files) -> _Names:
    try:
        written = read_yaml(files.get(package.SETTINGS, b""))
    except Unreadable:
        written = {}
    sections = written if isinstance(written, Mapping) else {}
    return _Names(_called(sections.get("actors")), _called(sections.get("periods")), _titles(files))


def _called(section: Any) -> dict[str, str]:
    return {key: labels.name_of(key, found) for key, found in section.items()} if isinstance(section, Mapping) else {}


def _titles(files: Files) -> dict[str, str]:
    found = {}
    for path, data in package.of_kind(files, "form").items():
        try:
            title = read_json(data).get("title")
        except (Unreadable, AttributeError):
            continue
        if isinstance(title, str) and title:
            found[package.name_of(path)] = title
    return found


# Settings and lists.


def _settings(path: str, old: bytes, new: bytes, _names_of: _Names) -> Iterator[Difference]:
    schema, area = _SCHEMAS[path]
    part = Part(labels.root(schema), labels.root(schema))
    before, after = read_yaml(old), read_yaml(new)
    if path == package.SETTINGS:
        yield from _periods(before.get("periods") or {}, after.get("periods") or {}, part)
        before, after = ({k: v for k, v in side.items() if k != "periods"} for side in (before, after))
    yield from _values(before, after, part, (), area, path, "")


def _periods(old: Mapping[str, Any], new: Mapping[str, Any], whole: Part) -> Iterator[Difference]:
    file, each = package.SETTINGS, whole.under("periods")[0]
    for key in [*old, *(key for key in new if key not in old)]:
        before, after = old.get(key), new.get(key)
        clause = str((after or before).get("clause") or "")
        name = labels.name_of(key, after or before)
        if before is None or after is None:
            told = "新增" if before is None else "删除"
            yield Difference("期限", file, f"{told}期限“{name}”：{labels.period(after or before)}", clause)
            continue
        length = (labels.period(before), labels.period(after))
        if length[0] != length[1]:
            yield Difference("期限", file, f"期限“{name}”由 {length[0]}改为 {length[1]}", clause)
        rest = [{k: v for k, v in side.items() if k not in ("amount", "unit", "before")} for side in (before, after)]
        part = each.under(key)[0]
        yield from _values(rest[0], rest[1], part, (f"期限“{labels.name_of(key, before)}”",), "期限", file, clause)


def _values(
    old: Any, new: Any, part: Part, said: tuple[str, ...], area: str, file: str, clause: str, key: str = ""
) -> Iterator[Difference]:
    if old == new:
        return
    before, after = _entries(old), _entries(new)
    if before is None or after is None:
        yield Difference(area, file, f"{_place(said)}由 {labels.words(old, key)} 改为 {labels.words(new, key)}", clause)
        return
    for name in [*before, *(name for name in after if name not in before)]:
        below, named = part.under(name)
        one, other = before.get(name), after.get(name)
        where = (*said, labels.label(name, other if name in after else one, below, named))
        rests_on = _clause(other) or _clause(one) or clause
        if name not in after:
            yield Difference(area, file, f"{_place(where)}删除（原为 {_short(one, name)}）", rests_on)
        elif name not in before:
            yield Difference(area, file, f"{_place(where)}新增：{_short(other, name)}", rests_on)
        else:
            yield from _values(one, other, below, where, area, file, rests_on, name)


def _entries(value: Any) -> Mapping[str, Any] | None:
    return {str(key): inner for key, inner in value.items()} if isinstance(value, Mapping) else labels.as_entries(value)


def _clause(value: Any) -> str:
    return str(value.get("clause") or "") if isinstance(value, Mapping) else ""


def _place(said: tuple[str, ...]) -> str:
    if said and said[0].startswith("期限“"):
        return said[0] + (f"的“{STEP.join(said[1:])}”" if said[1:] else "")
    return f"“{STEP.join(said)}”"


def _short(value: Any, key: str) -> str:
    text = labels.words(value, key)
    return text if len(text) <= 120 else f"{text[:119]}…"


# Decision tables.


def _tables(path: str, old: bytes, new: bytes, _names_of: _Names) -> Iterator[Difference]:
    before, after = rules.read_table(old), rules.read_table(new)
    rows, others = _rows(before), _rows(after)
    heads, other_heads = [c.said for c in before.columns], [c.said for c in after.columns]
    if heads != other_heads:
        yield Difference("条件", path, f"决策表“{after.name}”的列由 {'、'.join(heads)} 改为 {'、'.join(other_heads)}")
    for key in [*rows, *(key for key in others if key not in rows)]:
        one, other = rows.get(key), others.get(key)
        clause = str((other or one).outputs.get("clause") or "")
        if one is None or other is None:
            told, row, table = ("新增", other, after) if one is None else ("删除", one, before)
            yield Difference("条件", path, f"{told}条件“{key[0]}”：{_tests(table, row)}", clause)
            continue
        yield from _row(path, key[0], (before, one), (after, other), clause)


def _row(path: str, name: str, old: tuple[Any, Any], new: tuple[Any, Any], clause: str) -> Iterator[Difference]:
    (before, one), (after, other) = old, new
    tests = {column.text: test.text for column, test in zip(before.columns, one.tests, strict=True)}
    for column, test in zip(after.columns, other.tests, strict=True):
        was = tests.get(column.text, test.text)
        if was != test.text:
            what = "" if column.text == "value" else f"的“{column.said}”"
            yield Difference("条件", path, f"条件“{name}”{what}由 {_shown(was)} 改为 {_shown(test.text)}", clause)
    if _text(one.figure) != _text(other.figure):
        yield Difference("条件", path, f"条件“{name}”的指标由 {_text(one.figure)} 改为 {_text(other.figure)}", clause)
    for key, words in _OUTPUTS.items():
        was, now = one.outputs.get(key), other.outputs.get(key)
        if was != now:
            yield Difference("条件", path, f"条件“{name}”的{words}由 {was or '无'} 改为 {now or '无'}", clause)
    for key in sorted({*one.outputs, *other.outputs} - {*_OUTPUTS, "label"}):
        if one.outputs.get(key) != other.outputs.get(key):
            said = f"条件“{name}”的 {key} 由 {one.outputs.get(key)} 改为 {other.outputs.get(key)}"
            yield Difference("条件", path, said, clause)


_OUTPUTS = {"clause": "条款", "unit": "单位", "weight": "分量", "group": "分组"}


def _rows(table: Any) -> dict[tuple[str, int], Any]:
    """Rows by what they are called; the second of a name is told apart by its place among its like."""
    seen: Counter[str] = Counter()
    found = {}
    for row in table.rows:
        name = str(row.outputs.get("label") or _text(row.figure) or f"第 {row.number} 行")
        seen[name] += 1
        found[name, seen[name]] = row
    return found


def _text(expression: Any) -> str:
    return getattr(expression, "text", "") if expression is not None else ""


def _shown(test: str) -> str:
    return "不限" if test in ("", "-") else {"true": "是", "false": "否"}.get(test, test)


def _tests(table: Any, row: Any) -> str:
    said = [f"{column.said} {_shown(test.text)}" for column, test in zip(table.columns, row.tests, strict=True)
            if test.text not in ("", "-")]
    return "，".join(said) or "不限"


# Diagrams.


def _diagrams(path: str, old: bytes, new: bytes, names: _Names) -> Iterator[Difference]:
    before, after = _drawn(path, old), _drawn(path, new)
    for key in [*before[0], *(key for key in after[0] if key not in before[0])]:
        one, other = before[0].get(key), after[0].get(key)
        if one is None:
            said = f"{_who(other)}新增{_does(other, names)}"
            yield Difference("流程", path, said, other.properties.get("clause", ""))
        elif other is None:
            yield Difference("流程", path, f"{_who(one)}删除", one.properties.get("clause", ""))
        else:
            for said in _node(one, other, names):
                yield Difference("流程", path, said, other.properties.get("clause", ""))
    yield from _flows(path, before, after)


def _drawn(path: str, data: bytes) -> tuple[dict[str, Any], dict[tuple[str, str], Any]]:
    nodes: dict[str, Any] = {}
    flows: dict[tuple[str, str], Any] = {}
    for scope in engine.parse({path: data}).values():
        nodes |= scope.nodes
        flows |= {(flow.source, flow.target): flow for flow in scope.flows.values()}
    return nodes, flows


def _node(old: Any, new: Any, names: _Names) -> Iterator[str]:
    if old.name != new.name:
        yield f"{_who(old)}改名为“{new.name}”"
    who = _who(new)
    if old.kind != new.kind:
        yield f"{who}改为{_NODES.get(new.kind, new.kind)}"
    told: dict[str, tuple[str, Callable[[str], str]]] = {
        "form": ("表单", lambda key: names.forms.get(key, key)),
        "period": ("期限", lambda key: names.periods.get(key, key)),
    }
    for key in sorted({*old.properties, *new.properties}):
        was, now = old.properties.get(key, ""), new.properties.get(key, "")
        if was == now:
            continue
        if key == "actor" and was and now:
            yield f"{who}由“{names.actor(was)}”改由“{names.actor(now)}”办理"
        elif key == "outcomes":
            yield f"{who}的办理结果由 {_outcomes(old)} 改为 {_outcomes(new)}"
        else:
            label, said = told.get(key, (f"属性 {key}", str))
            yield f"{who}的{label}由 {said(was) or '无'} 改为 {said(now) or '无'}"
    if old.period != new.period:
        was, now = (names.periods.get(key, key) if key else "无" for key in (old.period, new.period))
        yield f"{who}等候的期限由“{was}”改为“{now}”"
    if old.message != new.message:
        yield f"{who}等候的消息由 {old.message or '无'} 改为 {new.message or '无'}"
    if old.called != new.called:
        yield f"{who}调用的流程由 {old.called or '无'} 改为 {new.called or '无'}"
    if old.attached_to == new.attached_to and old.interrupting != new.interrupting:
        yield f"{who}改为{'中断' if new.interrupting else '不中断'}所在环节"


def _flows(path: str, before: tuple[Any, Any], after: tuple[Any, Any]) -> Iterator[Difference]:
    nodes = {**before[0], **after[0]}
    for ends in [*before[1], *(ends for ends in after[1] if ends not in before[1])]:
        one, other = before[1].get(ends), after[1].get(ends)
        way = "到".join(f"“{nodes[end].name or end}”" if end in nodes else end for end in ends)
        if one is None:
            condition = f"，条件 {other.condition}" if other.condition else ""
            yield Difference("流程", path, f"{way}新增连线{condition}")
        elif other is None:
            if all(end in after[0] for end in ends):
                yield Difference("流程", path, f"{way}的连线删除")
        elif one.condition != other.condition:
            was, now = one.condition or "无条件", other.condition or "无条件"
            yield Difference("流程", path, f"{way}的条件由 {was} 改为 {now}")


def _who(node: Any) -> str:
    kind = _NODES.get(node.kind) or ("网关" if node.kind.endswith("Gateway") else "事件")
    return f"{kind}“{node.name or node.id}”"


def _does(node: Any, names: _Names) -> str:
    said = [f"由“{names.actor(node.properties['actor'])}”办理"] if node.properties.get("actor") else []
    if period := node.properties.get("period"):
        said.append(f"期限“{names.periods.get(period, period)}”")
    return "".join(f"，{words}" for words in said)


def _outcomes(node: Any) -> str:
    return "、".join(words or key for key, words in node.outcomes.items()) or "无"


# Forms.


def _forms(path: str, old: bytes, new: bytes, _names_of: _Names) -> Iterator[Difference]:
    (source, tree, figures, _), (other_source, other_tree, other_figures, _) = (examine(data) for data in (old, new))
    was, now = (str(side.get("title") or package.name_of(path)) for side in (source, other_source))
    called = f"表单“{now}”"
    if was != now:
        yield Difference("表单", path, f"表单“{was}”改名为“{now}”")
    fields, others = _fields(tree), _fields(other_tree)
    for key in [*fields, *(key for key in others if key not in fields)]:
        one, other = fields.get(key), others.get(key)
        if one is None:
            need = "必填" if other.required else "选填"
            yield Difference("表单", path, f"{called}新增字段“{other.label or key}”（{need}）", other.clause)
        elif other is None:
            yield Difference("表单", path, f"{called}删除字段“{one.label or key}”", one.clause)
        else:
            for said in _field(one, other):
                yield Difference("表单", path, f"{called}的字段“{other.label or key}”{said}", other.clause)
    yield from _figures(path, called, figures, other_figures)


def _figures(path: str, called: str, old: Any, new: Any) -> Iterator[Difference]:
    before, after = ({one.name: one for one in side} for side in (old, new))
    for name in [*before, *(name for name in after if name not in before)]:
        one, other = before.get(name), after.get(name)
        if one != other:
            told = "新增" if one is None else "删除" if other is None else "修改"
            found = other or one
            yield Difference("表单", path, f"{called}{told}指标“{found.label or name}”的算法", found.clause)


def _fields(tree: tuple[Field, ...], prefix: str = "") -> dict[str, Field]:
    found: dict[str, Field] = {}
    for field in tree:
        if field.kind != "group":
            found[prefix + field.key] = field
        below = f"{prefix}{field.key}." if field.is_table else prefix
        found |= _fields(field.fields, below)
    return found


def _field(old: Field, new: Field) -> Iterator[str]:
    if old.label != new.label:
        yield f"改名（原为“{old.label}”）"
    if old.required != new.required:
        yield "由选填改为必填" if new.required else "由必填改为选填"
    if old.readonly != new.readonly:
        yield "改为只读" if new.readonly else "改为可填"
    for name, words in _LIMITS.items():
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            yield f"的{words}由 {_said(was)} 改为 {_said(now)}"
    was, now = ({option.value: option.label for option in side.options} for side in (old, new))
    for value in [*was, *(value for value in now if value not in was)]:
        if value not in now:
            yield f"删除选项“{was[value]}”"
        elif value not in was:
            yield f"新增选项“{now[value]}”"
        elif was[value] != now[value]:
            yield f"的选项“{was[value]}”改为“{now[value]}”"
    if old.conditions != new.conditions:
        yield "的显示条件有改动"


_LIMITS = {
    "kind": "类型", "minimum": "下限", "maximum": "上限", "min_length": "最少字数", "max_length": "最多字数",
    "pattern": "格式", "decimals": "小数位数", "unit": "单位", "clause": "条款", "check": "检查", "help": "填写说明",
    "accept": "文件类型", "default": "默认值", "not_before": "最早日期", "not_after": "最晚日期", "figure": "指标",
    "unique": "不得重复的列", "shown_to": "可见范围", "prefill": "自动填入", "carries": "沿用",
    "given_rows": "各行取自另一张表单", "readonly": "只读",
    "multiple": "可传多个文件",
    "warn_min": "提醒下限", "warn_max": "提醒上限", "print": "打印", "engine": "用于流程判断", "proves": "所证明的指标",
}


def _said(value: Any) -> str:
    return labels.words(list(value) if isinstance(value, tuple) else value if value != "" else None)
