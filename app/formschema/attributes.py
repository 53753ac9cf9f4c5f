"""Reads attributes of a form's JSON one by one, and notes each that isn't of the kind expected."""

import re
from collections.abc import Mapping
from decimal import Decimal

from app.formschema.problems import Problem


class Attributes:
    """`problems` collects what is wrong; what can't be read counts as not given."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def note(self, path: str, message: str, remedy: str = "") -> None:
        """Keep a problem, with a full stop after what it says."""
        self.problems.append(Problem(path, _ended(message), _ended(remedy)))

    def known(self, given: Mapping, known: set[str], path: str, prefix: str = "") -> None:
        """Note every attribute that isn't known."""
        for name in given:
            if name not in known:
                self.note(path, f"“{prefix}{str(name)[:60]}”不受支持，写了也不会生效", "请删去，或改用支持的写法")

    def part(self, given: Mapping, name: str, path: str) -> Mapping:
        """The object under `name`, {} where there is none."""
        part = given.get(name)
        if part is None:
            return {}
        if isinstance(part, Mapping):
            return part
        self.note(path, f"{name} 应当是一个对象")
        return {}

    def text(self, given: Mapping, name: str, path: str) -> str:
        """The text under `name`, "" where there is none."""
        value = given.get(name)
        if value is None:
            return ""
        if isinstance(value, str) and len(value) <= 2_000:
            return value.strip()
        self.note(path, f"{name} 应当是 2000 字以内的文字")
        return ""

    def names(self, given: Mapping, name: str, path: str) -> tuple[str, ...]:
        """A list of names, or a text of names with commas or blanks between them."""
        value = given.get(name)
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            return tuple(value)
        return tuple(part for part in re.split(r"[,，、\s]+", self.text(given, name, path)) if part)

    def flag(self, given: Mapping, name: str, path: str, *, absent: bool = False) -> bool:
        """True or false, also as text."""
        value = given.get(name, absent)
        if value in ("true", "false"):  # the editor keeps every property as text
            return value == "true"
        if isinstance(value, bool):
            return value
        if value is not None:
            self.note(path, f"{name} 只能是 true 或 false")
        return absent

    def number(self, given: Mapping, name: str, path: str) -> Decimal | None:
        """A number, also as text; None where there is none."""
        value = given.get(name)
        if value is None or value == "":
            return None
        said = str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
        if re.fullmatch(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?", said):
            return Decimal(said)
        self.note(path, f"{name} 应当是数字")
        return None

    def whole(self, given: Mapping, name: str, path: str) -> int | None:
        """A number that isn't negative and has no decimals."""
        value = self.number(given, name, path)
        if value is None:
            return None
        if value < 0 or value % 1:
            self.note(path, f"{name} 应当是不小于零的整数")
            return None
        return int(value)

    def default(self, given: Mapping, path: str) -> object:
        """A default value that an answer may have."""
        value = given.get("defaultValue")
        plain = isinstance(value, str | int | bool | float | None)
        if plain or (isinstance(value, list) and all(isinstance(part, str) for part in value)):
            return value
        self.note(path, "默认值 defaultValue 应当是文字、数字、true 或 false")
        return None


def _ended(said: str) -> str:
    return said + "。" if said and said[-1] not in "。？！" else said
