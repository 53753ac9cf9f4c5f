"""What the settings of a programme are called: the Chinese titles of its JSON Schemas, and values in words."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from app.programmes import schemas
from app.workdays import Period

STEP = " › "
_WORDS = {
    "working_days": "个工作日", "days": "日", "months": "个月", "years": "年", "fixed_date": "固定日期",
    "day_of_next_month": "次月某日", "batch_date": "批次写明的日期", "ministry": "国家级", "province": "省级",
    "city": "市级", "county": "县级", "arrival": "环节开始", "served": "送达", "published": "公示开始",
    "always": "必需", "never": "不需要", "region": "按地区", "choice": "由申报单位选择", "read": "阅读", "sent": "发出",
    "case": "由办件确定", "authority": "认定机关", "recommender": "推荐单位", "next": "顺延",
    "none": "不顺延", "previous": "提前", "department": "主管部门", "association": "行业协会",
    "institution": "申报单位", "membership": "按会员", "named_in_call": "由批次写明",
    "draft": "征求意见稿", "in_force": "施行", "place": "所在地主管部门", "next_year": "下一年度",
}
_PLACES = frozenset((
    "unit", "unit_kind", "status", "entitled", "starts", "roll", "tier", "tiers", "found_by", "required", "matched_by",
    "box_counts_from", "email_counts_from", "of", "until",
))


class Line(NamedTuple):
    """One setting: its path ("title.validity"), the titles that lead to it, and its value in words."""

    path: str
    label: str
    text: str


def lines(written: Any, schema: str) -> list[Line]:
    """The settings of a YAML file one by one, in the order in which they stand."""
    return list(_lines(written, Part(root(schema), root(schema)), (), ()))


def words(value: Any, key: str = "") -> str:
    """A value as a reader sees it."""
    if value is None:
        return "无"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        if set(value) == {"zh", "en"}:
            return f"{value['zh']}（{value['en']}）"
        return "；".join(f"{name}：{words(inner, name)}" for name, inner in value.items())
    if isinstance(value, list):
        return "、".join(words(inner, key) for inner in value) or "无"
    return _WORDS.get(str(value), str(value)) if key in _PLACES else str(value)


def period(written: Mapping[str, Any]) -> str:
    """A period's length: "7 个工作日"; what is no sound period is told as it is written."""
    amount, unit = written.get("amount"), str(written.get("unit", ""))
    if unit == "batch_date":
        return f"批次写明的日期“{amount}”"
    try:
        return Period.of(amount, unit, before=bool(written.get("before"))).words
    except Exception:  # whatever a designer may have typed: the check says what is wrong with it
        return f"{amount} {_WORDS.get(unit, unit)}".strip()


def name_of(key: str, value: Any) -> str:
    """What an entry is called: by its own name where it has one, else by its key."""
    if isinstance(value, Mapping):
        name = value.get("name") or value.get("heading") or value.get("question")
        if isinstance(name, Mapping):
            name = name.get("zh")
        if isinstance(name, str) and name.strip():
            return name.strip()
    return key


def as_entries(value: Any) -> Mapping[str, Any] | None:
    """A list of mappings that each have a key, number or id, as a mapping by it; None for anything else."""
    if not isinstance(value, list) or not value or not all(isinstance(item, Mapping) for item in value):
        return None
    for key in ("key", "number", "no", "id"):
        found = [item.get(key) for item in value]
        if None not in found and len(set(map(str, found))) == len(found):
            return {str(item[key]): item for item in value}
    return None


class Part:
    """The part of a schema that speaks of one place."""

    def __init__(self, schema: Any, whole: Mapping[str, Any]) -> None:
        self._whole = whole
        self._branches = list(self._resolved(schema))

    @property
    def title(self) -> str:
        return next((str(branch["title"]) for branch in self._branches if branch.get("title")), "")

    def under(self, key: str) -> tuple["Part", bool]:
        """The part under a key, and whether the schema itself names that key."""
        for branch in self._branches:
            if key in branch.get("properties", {}):
                return Part(branch["properties"][key], self._whole), True
        for branch in self._branches:
            for kind in ("additionalProperties", "items"):
                if isinstance(branch.get(kind), Mapping):
                    return Part(branch[kind], self._whole), False
        return Part({}, self._whole), False

    def _resolved(self, schema: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
        if not isinstance(schema, Mapping) or depth > 8:
            return
        yield schema
        if "$ref" in schema:
            found: Any = self._whole
            for step in schema["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            yield from self._resolved(found, depth + 1)
        for kind in ("anyOf", "oneOf", "allOf"):
            for inner in schema.get(kind, ()):
                yield from self._resolved(inner, depth + 1)


@cache
def root(schema: str) -> Mapping[str, Any]:
    """A schema as it is written (`processes/schema/<name>.json`)."""
    return json.loads((schemas.FOLDER / f"{schema}.json").read_bytes())


def label(key: str, value: Any, part: Part, named: bool) -> str:
    """What a place is called: by the schema where it names the key, else by the entry's own name."""
    return (part.title or key) if named else name_of(key, value)


def _lines(value: Any, part: Part, path: Sequence[str], said: Sequence[str]) -> Iterator[Line]:
    entries = value if isinstance(value, Mapping) else as_entries(value)
    if entries and not (isinstance(value, Mapping) and set(value) == {"zh", "en"}):
        for key, inner in entries.items():
            below, named = part.under(str(key))
            yield from _lines(inner, below, (*path, str(key)), (*said, label(str(key), inner, below, named)))
        return
    yield Line(".".join(path), STEP.join(said), words(value, path[-1] if path else ""))
