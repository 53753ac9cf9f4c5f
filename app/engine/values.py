"""What may enter the engine: scalars under plain names, nothing nested.

The library shares nested objects between branches and merges lists wrongly, and a nested key `typename` would make a
stored document unreadable for good; so none of that is let in.
"""

import keyword
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from app.engine.errors import BadValues

Scalar = bool | str | int | Decimal | date | None

MAX_NAMES = 200
MAX_NAME = 64
MAX_TEXT = 500
MAX_INTEGER = 2**53 - 1
MAX_DIGITS = 30

# Words of the library and of the language of conditions.
RESERVED = frozenset(("typename", "self", "data_objects", "true", "false", "null")) | frozenset(
    word.lower() for word in keyword.kwlist
)


def checked(values: Mapping[str, object]) -> dict[str, Scalar]:
    """A copy of `values`, each a bool, str (at most 500 characters), int (within 2**53), finite Decimal (at most 30
    digits), date or None, each under an identifier of at most 64 characters that is not reserved.

    Raises BadValues naming each offender; nothing is converted or dropped.
    """
    faults: dict[str, list[str]] = {}
    if len(values) > MAX_NAMES:
        faults[""] = [f"一次最多写入 {MAX_NAMES} 个变量。"]
    for name, value in values.items():
        reason = _name_fault(name) or _value_fault(value)
        if reason:
            faults[str(name)[:MAX_NAME]] = [reason]
    if faults:
        raise BadValues(faults)
    return dict(values)


def is_name(name: object) -> bool:
    """Whether a variable of the engine may bear this name."""
    return _name_fault(name) is None


def _name_fault(name: object) -> str | None:
    if not isinstance(name, str) or not name.isidentifier() or len(name) > MAX_NAME:
        return f"变量名只能由文字、数字和下划线组成，不以数字开头，最长 {MAX_NAME} 个字符。"
    if unicodedata.normalize("NFKC", name) != name:
        return "变量名不能使用全角或变体字符。"
    if name.startswith("_") or name.lower() in RESERVED:
        return "该变量名由系统保留，请换一个。"
    return None


def _value_fault(value: object) -> str | None:
    kind = type(value)
    if value is None or kind is bool:
        return None
    if kind is str:
        return f"文字最长 {MAX_TEXT} 个字符。" if len(value) > MAX_TEXT else _surrogate_fault(value)
    if kind is int:
        return "整数超出允许范围。" if abs(value) > MAX_INTEGER else None
    if kind is Decimal:
        return _decimal_fault(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return None
    return "只接受是否、文字、整数、小数、日期或空值。"


def _surrogate_fault(text: str) -> str | None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "文字含有无法保存的字符。"
    return None


def _decimal_fault(number: Decimal) -> str | None:
    if not number.is_finite():
        return "小数必须是有限的数。"
    _, digits, exponent = number.as_tuple()
    if len(digits) > MAX_DIGITS or abs(int(exponent)) > MAX_DIGITS:
        return f"小数最多 {MAX_DIGITS} 位。"
    return None
