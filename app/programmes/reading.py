"""Reads YAML and JSON of a programme without trusting it: bounded in size and depth, no aliases, no doubled keys.

YAML is read the way its 1.2 core schema does, so that what a designer types is what the programme gets: `12:30` and
`2026-03-01` stay text, `010` isn't eight, `on` is a word. Only true/false and yes/no are truth values.
"""

import json
import re
from typing import Any, ClassVar

import yaml
from yaml.constructor import ConstructorError

from app.errors import BanjianError

MAX_BYTES = 512 * 1024
MAX_DEPTH = 30
MAX_NODES = 20_000


class Unreadable(BanjianError):
    """文件无法读取。

    The message says why, with the line where it is known.
    """


def text_of(data: bytes) -> str:
    """The UTF-8 text of a file, a byte order mark dropped. Raises Unreadable over 512 KB or in another encoding."""
    if len(data) > MAX_BYTES:
        raise Unreadable(f"文件超过 {MAX_BYTES // 1024} KB。请删去多余内容或拆成几个文件。")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"不是 UTF-8 文字（第 {error.start + 1} 字节处）。请在编辑器中另存为 UTF-8。") from None
    if "\x00" in text:
        raise Unreadable("含有空字符，不是文本文件。请在编辑器中另存为 UTF-8。")
    return text


def read_yaml(data: bytes) -> Any:
    """The value of a YAML file: dicts, lists, str, int, float, bool and None. Raises Unreadable."""
    text = text_of(data)
    try:
        _look_through(text)
        return _storable(yaml.load(text, Loader=_Loader))  # noqa: S506 - _Loader is a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"第 {mark.line + 1} 行：" if mark else ""
        raise Unreadable(f"{place}{_in_chinese(error.problem)}") from None
    except yaml.YAMLError:
        raise Unreadable("含有 YAML 不允许的控制字符。请在编辑器中另存为纯文本。") from None


def read_json(data: bytes) -> Any:
    """The value of a JSON file. Raises Unreadable, also for a key that stands twice in one object."""
    text = text_of(data)
    try:
        return _storable(json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_refuse_constant))
    except RecursionError:
        raise Unreadable("嵌套过深。") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"第 {error.lineno} 行：不是正确的 JSON（多半是缺少或多了逗号、引号、括号）。") from None
    except ValueError:
        raise Unreadable("有一个数太长。") from None


_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where it is there: ten times as fast


def _look_through(text: str) -> None:
    """Refuse aliases, tags and too much of anything, before a single value is made."""
    depth = nodes = 0
    for event in yaml.parse(text, Loader=_Base):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ConstructorError(None, None, "不允许使用锚点和别名（& 和 *），请把内容写全", event.start_mark)
        if getattr(event, "tag", None):
            raise ConstructorError(None, None, "不允许使用“!”标签，请去掉", event.start_mark)
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.NodeEvent):
            nodes += 1
            depth += isinstance(event, yaml.CollectionStartEvent)
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            much = f"嵌套超过 {MAX_DEPTH} 层" if depth > MAX_DEPTH else f"内容超过 {MAX_NODES} 项"
            raise ConstructorError(None, None, much, event.start_mark)


class _Loader(_Base):
    """SafeLoader without merges, doubled keys and the guesses of YAML 1.1."""

    yaml_implicit_resolvers: ClassVar[dict[str, list]] = {}

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[str, Any]:
        seen: set[str] = set()
        for key, _value in node.value:
            if key.tag != "tag:yaml.org,2002:str":
                raise ConstructorError(None, None, "键只能是文字；数字和是否请加引号", key.start_mark)
            if key.value in seen:
                raise ConstructorError(None, None, f"“{key.value}”重复出现", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def flatten_mapping(self, node: Any) -> None:
        """Merge keys (`<<`) need aliases; a key of that name is a plain key."""


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false|yes|no)$"), list("tfyn"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""])
for _kind, _rest in (("int", ""), ("float", r"\.[0-9]{1,17}")):
    _number = re.compile(rf"^[-+]?(?:0|[1-9][0-9]{{0,17}}){_rest}$")
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", _number, list("-+0123456789"))


def _in_chinese(problem: str | None) -> str:
    """The library's words for the common slips of the hand in ours; what is Chinese already stays."""
    if problem is None or any("\u4e00" <= letter <= "\u9fff" for letter in problem):
        return f"{problem or '格式不正确'}。"
    for part, words in (
        ("cannot start any token", "行首有制表符或保留符号；缩进请用空格，含特殊符号的文字请加引号"),
        ("mapping values are not allowed", "多了一个冒号，或上一行的缩进不对；含冒号的文字请加引号"),
        ("could not find expected ':'", "键的后面缺少冒号"),
        ("invalid Unicode character", "含有无法保存的字符，请删去"),
        ("but found another document", "一个文件只能有一份内容，请去掉中间的“---”"),
    ):
        if part in problem:
            return f"{words}。"
    return f"格式不正确，请检查缩进、冒号、引号和括号是否成对（{problem}）。"


def _storable(value: Any) -> Any:
    """The value itself, once it is sure that it can be written down again (no half characters, no infinite number)."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        raise Unreadable("含有无法保存的字符或超出范围的数。") from None
    return value


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Unreadable(f"“{key}”在同一个对象中重复出现。")
        found[key] = value
    return found


def _refuse_constant(name: str) -> Any:
    raise Unreadable(f"不允许使用 {name}。")
