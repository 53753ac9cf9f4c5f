"""Turns a form's JSON into fields, and notes what in it isn't understood.

Nothing is passed over in silence: an attribute that this house doesn't carry out is a problem, because the designer who
wrote it believes that it works.
"""

import json
import re
from collections.abc import Mapping, Sequence

from app.formschema import patterns
from app.formschema.attributes import Attributes
from app.formschema.checks import CHECKS
from app.formschema.fields import (
    CARRIES_LAST,
    CHOICES,
    ENGINE_KINDS,
    GIVEN,
    KINDS,
    MOST_DECIMALS,
    PREFILLS,
    RESERVED,
    TEXT_LIMITS,
    TEXTS,
    Condition,
    Field,
    Option,
)
from app.formschema.problems import Problem

LARGEST_FORM = 512 * 1024  # bytes
MOST_FIELDS = 300
MOST_OPTIONS = 500
KEY = re.compile(r"[A-Za-z\u3400-\u4dbf\u4e00-\u9fff][0-9A-Za-z_\u3400-\u4dbf\u4e00-\u9fff]{0,63}")

_FORM = {"id", "type", "title", "note", "clause", "components", "figures", "schemaVersion", "exporter"}
_FORM |= {"executionPlatform", "executionPlatformVersion", "versionTag", "$schema"}
_COMMON = {"id", "type", "key", "label", "description", "layout", "properties", "conditional", "readonly", "disabled"}
_ANSWER = {"validate", "defaultValue", "appearance"}
_OWN = {
    "textfield": set(),
    "textarea": set(),
    "number": {"decimalDigits", "increment", "serializeToString"},
    "datetime": {"subtype", "dateLabel"},
    "select": {"values", "searchable"},
    "radio": {"values"},
    "checklist": {"values"},
    "checkbox": set(),
    "filepicker": {"accept", "multiple"},
    "group": {"components", "showOutline", "verticalAlignment", "path"},
    "dynamiclist": {
        *("components", "path", "showOutline", "isRepeating", "allowAddRemove", "defaultRepetitions"),
        *("disableCollapse", "nonCollapsedItems", "verticalAlignment", "validate"),
    },
}
_VALIDATE = {
    "textfield": {"required", "minLength", "maxLength", "pattern", "patternErrorMessage", "validationType"},
    "textarea": {"required", "minLength", "maxLength"},
    "number": {"required", "min", "max"},
    "checklist": {"required", "min", "max"},
    "filepicker": {"required", "min", "max"},
    "dynamiclist": {"required", "min", "max"},
}
_PROPERTIES = {
    *("unit", "clause", "check", "figure", "print", "column", "shown_to", "help", "engine", "options_from"),
    *("warn_min", "warn_max", "not_before", "not_after", "unique", "prefill", "carries", "rows"),
    *("proves", "needed_for"),
}
_CONDITION = re.compile(r'=?\s*(?P<key>\w+)\s*(?P<sign>!?=)\s*(?:"(?P<text>[^"\\]*)"|(?P<bool>true|false))\s*')
_CARRIES = re.compile(rf"{CARRIES_LAST}|[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_RETURNED = {
    "button": "提交按钮由系统提供，请删去",
    "expression": "计算请写在 figures 里",
    "table": "表格请用 dynamiclist",
}


class Reading(Attributes):
    """Reads one form. `problems` collects what is wrong; fields that can't be read are left out."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def form(self, data: Mapping) -> tuple[Field, ...]:
        """The fields of a form."""
        self.known(data, _FORM, "")
        if data.get("type", "default") != "default":
            self.note("", "表单的 type 只能是 default")
        for name in ("id", "title", "note", "clause"):
            self.text(data, name, "")
        return self._components(data.get("components"), "", (), 0)

    def _components(
        self, given: object, prefix: str, outer: tuple[Condition, ...], depth: int, *, in_table: bool = False
    ) -> tuple[Field, ...]:
        if not isinstance(given, Sequence) or isinstance(given, str):
            self.note(prefix.rstrip("."), "没有 components 列表", "请至少放一个字段")
            return ()
        found = []
        for component in given:
            self.count += 1
            if self.count == MOST_FIELDS + 1:
                self.note("", f"字段超过 {MOST_FIELDS} 个", "请拆成几张表单")
            if self.count > MOST_FIELDS:
                break
            field = self._component(component, prefix, outer, depth, in_table=in_table)
            if field:
                found.append(field)
        return tuple(found)

    def _component(
        self, given: object, prefix: str, outer: tuple[Condition, ...], depth: int, *, in_table: bool
    ) -> Field | None:
        if not isinstance(given, Mapping):
            self.note(prefix.rstrip("."), "字段应当是一个对象")
            return None
        kind = given.get("type")
        key = given.get("key") or (given.get("path") if kind == "dynamiclist" else None) or ""
        path = (prefix + (key if isinstance(key, str) else "")).rstrip(".") or str(given.get("id", ""))[:64]
        if not isinstance(kind, str) or kind not in KINDS:
            remedy = _RETURNED.get(kind, f"可用的类型：{'、'.join(KINDS)}") if isinstance(kind, str) else "请写明类型"
            self.note(path, f"类型“{str(kind)[:40]}”不受支持", remedy)
            return None
        if in_table and kind in ("group", "dynamiclist"):
            self.note(path, "表格的行里不能再放分组或表格", "请把列直接放在表格里")
            return None
        if depth > 3:
            self.note(path, "分组套得太深", "最多套三层")
            return None
        if kind != "group" and not self._key(key, path):
            return None
        return self._field(given, kind, str(key), path, outer, depth)

    def _key(self, key: object, path: str) -> bool:
        if not isinstance(key, str) or not key:
            self.note(path, "没有键名 key", "请起一个名称，例如 founded_on")
        elif not KEY.fullmatch(key) or "__" in key:
            self.note(
                path, f"键名“{key[:64]}”不合要求", "以字母或汉字开头，只用字母、数字、单个下划线和汉字，最长 64 个字符"
            )
        elif key in RESERVED or key.startswith("_"):
            self.note(path, f"键名“{key}”由系统保留", "请换一个名称")
        else:
            return True
        return False

    def _field(self, given: Mapping, kind: str, key: str, path: str, outer: tuple[Condition, ...], depth: int) -> Field:
        self.known(given, _COMMON | (_ANSWER if kind not in ("group", "dynamiclist") else set()) | _OWN[kind], path)
        rules = self.part(given, "validate", path)
        self.known(rules, _VALIDATE.get(kind, {"required"}), path, "validate.")
        own = self.part(given, "properties", path)
        self.known(own, _PROPERTIES, path, "properties.")
        conditions = outer + self._conditions(given, path)
        inner = self._inner(given, kind, key, path, conditions, depth)
        label = self.text(given, "label", path) or self.text(given, "dateLabel", path)
        if not label and kind != "group":
            self.note(path, "没有名称 label", "请写填表人看到的名称")
        if kind == "group" and given.get("path"):
            self.note(path, "分组不能有 path", "分组只影响版面，请删去 path")
        shape = {"fields": inner, "conditions": conditions, "label": label or key}
        limits = self._limits(rules, kind, path)
        extras = self._extras(given, kind, path)
        return Field(kind=kind, key=key, **shape, **limits, **extras, **self._own(given, own, kind, path))

    def _inner(
        self, given: Mapping, kind: str, key: str, path: str, conditions: tuple[Condition, ...], depth: int
    ) -> tuple[Field, ...]:
        if kind == "group":
            return self._components(given.get("components"), "", conditions, depth + 1)
        if kind == "dynamiclist":
            return self._components(given.get("components"), f"{key}.", (), depth + 1, in_table=True)
        return ()

    def _limits(self, rules: Mapping, kind: str, path: str) -> dict[str, object]:
        least, most = self.number(rules, "min", path), self.number(rules, "max", path)
        shortest, longest = self.whole(rules, "minLength", path), self.whole(rules, "maxLength", path)
        if least is not None and most is not None and least > most:
            self.note(path, f"最小值 {least} 大于最大值 {most}", "请对调")
        if shortest is not None and longest is not None and shortest > longest:
            self.note(path, f"最短字数 {shortest} 大于最长字数 {longest}", "请对调")
        if longest is not None and kind in TEXTS and not 1 <= longest <= TEXT_LIMITS[kind]:
            self.note(path, f"最长字数应在 1 到 {TEXT_LIMITS[kind]} 之间")
        if kind != "number" and any(value is not None and (value < 0 or value % 1) for value in (least, most)):
            self.note(path, "个数应当是不小于零的整数")
        return {
            "required": self.flag(rules, "required", path),
            "minimum": least,
            "maximum": most,
            "min_length": shortest,
            "max_length": longest,
            "pattern": self._pattern(rules, path),
            "pattern_message": self.text(rules, "patternErrorMessage", path),
        }

    def _pattern(self, rules: Mapping, path: str) -> str:
        pattern = self.text(rules, "pattern", path)
        fault = patterns.fault(pattern) if pattern else ""
        if fault:
            self.note(path, f"格式“{pattern[:60]}”{fault}")
            return ""
        return pattern

    def _extras(self, given: Mapping, kind: str, path: str) -> dict[str, object]:
        if kind == "datetime" and given.get("subtype", "date") != "date":
            self.note(path, "只支持日期，不支持时间", "请把 subtype 设为 date")
        decimals = self.whole(given, "decimalDigits", path)
        if decimals is not None and decimals > MOST_DECIMALS:
            self.note(path, f"小数最多 {MOST_DECIMALS} 位")
        accept = self.text(given, "accept", path)
        endings = tuple(ending.strip().lower() for ending in accept.split(",") if ending.strip())
        if any(not re.fullmatch(r"\.[a-z0-9]{1,8}", ending) for ending in endings):
            self.note(path, f"文件类型“{accept[:60]}”读不懂", "请写扩展名，例如 .pdf,.jpg")
        return {
            "help": self.text(given, "description", path),
            "readonly": self.flag(given, "readonly", path) or self.flag(given, "disabled", path),
            "options": self._options(given, kind, path),
            "decimals": decimals,
            "default": self.default(given, path),
            "accept": endings,
            "multiple": self.flag(given, "multiple", path),
        }

    def _options(self, given: Mapping, kind: str, path: str) -> tuple[Option, ...]:
        if kind not in CHOICES:
            return ()
        values = given.get("values", [])
        if not isinstance(values, list) or len(values) > MOST_OPTIONS:
            self.note(path, f"选项 values 应当是列表，最多 {MOST_OPTIONS} 个")
            return ()
        found = []
        for option in values:
            value = option.get("value") if isinstance(option, Mapping) else None
            if not isinstance(value, str) or not value or value != value.strip() or len(value) > 200:
                self.note(path, "每个选项要有 value（不空、不以空格开头结尾）和 label")
                continue
            label = option.get("label", value)
            found.append(Option(value, label if isinstance(label, str) and label else value))
        for what, seen in (("值", [option.value for option in found]), ("名称", [option.label for option in found])):
            for said in sorted({said for said in seen if seen.count(said) > 1}):
                self.note(path, f"有两个选项的{what}都是“{said[:60]}”", "请改名或删去一个")
        return tuple(found)

    def _own(self, given: Mapping, own: Mapping, kind: str, path: str) -> dict[str, object]:
        check = self.text(own, "check", path) or self.text(self.part(given, "validate", path), "validationType", path)
        if check and (check not in CHECKS or kind != "textfield"):
            self.note(path, f"检查“{check[:40]}”不可用", f"单行文本可用的检查：{'、'.join(sorted(CHECKS))}")
            check = ""
        names = ("unit", "clause", "figure", "column", "options_from", "not_before", "not_after")
        found: dict[str, object] = {name: self.text(own, name, path) for name in names}
        found |= {"check": check, "engine": self.flag(own, "engine", path)}
        found["print"] = self.flag(own, "print", path, absent=True)
        found |= {name: self.number(own, name, path) for name in ("warn_min", "warn_max")}
        found |= {name: self.names(own, name, path) for name in ("shown_to", "unique", "proves", "needed_for")}
        found["prefill"] = self._prefill(own, kind, path)
        found["carries"] = self._carries(own, kind, path)
        found["given_rows"] = self._given_rows(own, kind, path)
        if help_said := self.text(own, "help", path):
            found["help"] = help_said
        self._refuse_misplaced(found, kind, path)
        return found

    def _prefill(self, own: Mapping, kind: str, path: str) -> str:
        said = self.text(own, "prefill", path)
        if said and said not in PREFILLS:
            self.note(path, f"预填来源“{said[:40]}”不可用", f"可用：{'、'.join(PREFILLS)}")
        elif said and (kind not in TEXTS or "." in path):
            self.note(path, "只有表格以外的文本可以预填", "请删去 prefill")
        else:
            return said
        return ""

    def _carries(self, own: Mapping, kind: str, path: str) -> str:
        said = self.text(own, "carries", path)
        if said and not _CARRIES.fullmatch(said):
            self.note(path, f"沿用“{said[:60]}”读不懂", "请写 last 或 表单.栏目")
        elif said and (kind in ("group", "filepicker") or "." in path):
            self.note(path, "附件和表格中的一列不能沿用", "请删去 carries")
        else:
            return said
        return ""

    def _given_rows(self, own: Mapping, kind: str, path: str) -> bool:
        said = self.text(own, "rows", path)
        if said and said != GIVEN:
            self.note(path, f"各行的来源“{said[:40]}”不可用", f"请写 {GIVEN}，或删去 rows")
        elif said and (kind != "dynamiclist" or "." not in self.text(own, "carries", path)):
            self.note(path, "各行取自另一张表单的，须是表格，并写明 carries: 表单.栏目", "请补写 carries，或删去 rows")
        return said == GIVEN

    def _refuse_misplaced(self, own: Mapping[str, object], kind: str, path: str) -> None:
        homes = {
            "engine": (ENGINE_KINDS, "只有单行文本、整数、单选和勾选的值可以进入流程"),
            "figure": (("number",), "只有数字可以作指标"),
            "options_from": (CHOICES, "只有选择类字段有选项"),
            "not_before": (("datetime",), "只有日期可以限定先后"),
            "not_after": (("datetime",), "只有日期可以限定先后"),
            "unique": (("dynamiclist",), "只有表格可以限定各行不重复"),
            "proves": (("filepicker",), "只有附件可以作指标的佐证"),
            "warn_min": ((*TEXTS, "number"), "只有文本和数字有提醒的范围"),
            "warn_max": ((*TEXTS, "number"), "只有文本和数字有提醒的范围"),
        }
        for name, (kinds, message) in homes.items():
            if own[name] not in ("", None, False, ()) and kind not in kinds:
                self.note(path, f"properties.{name} 放错了地方：{message}")

    def _conditions(self, given: Mapping, path: str) -> tuple[Condition, ...]:
        part = self.part(given, "conditional", path)
        self.known(part, {"hide"}, path, "conditional.")
        said = self.text(part, "hide", path)
        if not said:
            return ()
        match = _CONDITION.fullmatch(said)
        if match is None:
            self.note(path, f"隐藏条件“{said[:60]}”读不懂", '只能写 键名 = "值"、键名 != "值" 或 键名 = true')
            return ()
        value = match["text"] if match["bool"] is None else match["bool"] == "true"
        return (Condition(match["key"], match["sign"] == "=", value),)


def read_json(data: bytes | str | Mapping) -> tuple[Mapping, list[Problem]]:
    """The form's object; a problem instead if it isn't one object of at most 512 KB, or has a name twice."""
    if isinstance(data, Mapping):
        return data, []
    if not isinstance(data, bytes | str) or len(data) > LARGEST_FORM:
        return {}, [Problem("", "表单应当是 512 KB 以内的 JSON 文件。")]
    try:
        found = json.loads(data, object_pairs_hook=_once, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        return {}, [Problem("", f"表单不是有效的 JSON：{str(error)[:120]}。", "请在设计器里重新保存。")]
    if not isinstance(found, dict):
        return {}, [Problem("", "表单应当是一个 JSON 对象。")]
    return found, []


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"“{next(name for name in names if names.count(name) > 1)[:60]}”写了两次")
    return found


def _refuse_constant(said: str) -> None:
    raise ValueError(f"不能用 {said}")
