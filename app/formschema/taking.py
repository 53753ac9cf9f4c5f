"""Takes one answer: `take` makes the right type out of what was sent, `faults` says what the form has against it.

A draft is only taken, never judged, so that nothing half typed is lost; what isn't of the type is refused there too.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from app.formschema import checks
from app.formschema.fields import CHOICES, MOST_DECIMALS, TEXT_LIMITS, Field

EARLIEST, LATEST = date(1900, 1, 1), date(2100, 12, 31)
LARGEST = 10**15  # of a number, either sign

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,16}|[0-9]{1,3}(?:,[0-9]{3}){1,5})(?:\.[0-9]{1,12})?")
_FILE = re.compile(r"[0-9A-Za-z_-]{1,100}")
# Control characters, halves of surrogate pairs, marks that turn the direction of writing, and noncharacters.
_NEVER = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_LINES = re.compile(r"[\t\n]")


class Untakable(Exception):
    """What was sent can't be an answer of this kind; the message is for the person who filled in."""


def is_blank(value: object) -> bool:
    """Whether nothing was answered: null, empty or blank text, an empty list."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def take(field: Field, value: object) -> object:
    """The answer in its own type: str, int or Decimal, date, bool, list of str. Raises Untakable."""
    return _TAKE[field.kind](field, value)


def faults(field: Field, answer: object) -> list[str]:
    """What the form has against an answer that was taken, in words that name the field."""
    return [said for judge in _JUDGES.get(field.kind, ()) if (said := judge(field, answer))]


def missing(field: Field) -> str:
    """The message for a required field without answer."""
    verbs = {"checkbox": "请勾选", "filepicker": "请上传", "dynamiclist": "请填写", "datetime": "请填写"}
    verb = "请选择" if field.kind in CHOICES else verbs.get(field.kind, "请填写")
    return f"{verb}“{field.label}”。"


def _text(field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise Untakable(f"“{field.label}”应当是文字。")
    if len(value) > TEXT_LIMITS[field.kind] * 2:
        raise Untakable(f"“{field.label}”太长，最多 {field.longest} 字。")
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    said = value.strip()
    if _NEVER.search(value) or (field.kind == "textfield" and _LINES.search(said)):
        what = "换行、制表符或不可见" if field.kind == "textfield" else "不可见"
        raise Untakable(f"“{field.label}”含有{what}的字符，请删去后重新填写。")
    said = checks.tidy(field.check, said) if field.check else said
    if len(said) > TEXT_LIMITS[field.kind]:
        raise Untakable(f"“{field.label}”太长，最多 {field.longest} 字，现有 {len(said)} 字。")
    return said


def _number(field: Field, value: object) -> int | Decimal:
    number = _decimal(value)
    if number is None:
        raise Untakable(f"“{field.label}”应当是数字，例如 {'120' if field.decimals == 0 else '120.5'}。")
    if abs(number) > LARGEST:
        raise Untakable(f"“{field.label}”的数字过大，请核对单位{f'（{field.unit}）' if field.unit else ''}。")
    if field.decimals == 0:
        if number % 1:
            raise Untakable(f"“{field.label}”应当是整数。")
        return int(number)
    return number


def _decimal(value: object) -> Decimal | None:
    """A bounded Decimal out of what JSON, a page or a sheet sends; None if it is no number."""
    if isinstance(value, str):
        said = checks.half_width(value).strip() if len(value) <= 40 else ""
        return Decimal(said.replace(",", "")) if _NUMBER.fullmatch(said) else None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    if isinstance(value, float):
        # Fifteen digits are what a double holds: a sheet's 0.30000000000000004 was typed as 0.3.
        value = Decimal(format(value, ".15g")) if abs(value) <= LARGEST else None  # also None for nan and inf
    elif isinstance(value, Decimal) and not (value.is_finite() and -12 <= value.as_tuple().exponent <= 16):
        return None
    if value is None or (isinstance(value, int) and abs(value) > LARGEST * 10):
        return None
    return Decimal(format(Decimal(value), "f"))


def _day(field: Field, value: object) -> date:
    if type(value) is date:
        found = value
    elif isinstance(value, str) and _DAY.fullmatch(value.strip()):
        try:
            found = date.fromisoformat(value.strip())
        except ValueError:
            raise Untakable(f"“{field.label}”的日期不存在，请核对。") from None
    else:
        raise Untakable(f"“{field.label}”应当是日期，写作 2026-03-15。")
    if not EARLIEST <= found <= LATEST:
        raise Untakable(f"“{field.label}”的年份应在 {EARLIEST.year} 到 {LATEST.year} 之间。")
    return found


def _choice(field: Field, value: object) -> str:
    if isinstance(value, str) and len(value) <= 200 and not _NEVER.search(value):
        said = value.strip()
        if field.options_from or any(option.value == said for option in field.options):
            return said
    raise Untakable(f"请在“{field.label}”的选项里选择。")


def _choices(field: Field, value: object) -> list[str]:
    said = [value] if isinstance(value, str) else value
    if not isinstance(said, list) or len(said) > 500:
        raise Untakable(f"“{field.label}”应当是勾选的选项。")
    found = {_choice(field, choice) for choice in said}
    order = {option.value: place for place, option in enumerate(field.options)}
    return sorted(found, key=lambda choice: (order.get(choice, len(order)), choice))


def _tick(field: Field, value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise Untakable(f"“{field.label}”只能勾选或不勾选。")


def _files(field: Field, value: object) -> list[str]:
    said = [value] if isinstance(value, str) else value
    if not isinstance(said, list) or not all(isinstance(name, str) and _FILE.fullmatch(name) for name in said):
        raise Untakable(f"“{field.label}”里的文件无法识别，请重新上传。")
    found = list(dict.fromkeys(said))
    if len(found) > field.most:
        raise Untakable(f"“{field.label}”最多上传 {field.most} 个文件，现有 {len(found)} 个。")
    return found


_TAKE: dict[str, Callable[[Field, object], object]] = {
    "textfield": _text,
    "textarea": _text,
    "number": _number,
    "datetime": _day,
    "select": _choice,
    "radio": _choice,
    "checklist": _choices,
    "checkbox": _tick,
    "filepicker": _files,
}


def _length_fault(field: Field, said: str) -> str:
    if len(said) > field.longest:
        return f"“{field.label}”最多 {field.longest} 字，现有 {len(said)} 字。"
    if field.min_length and len(said) < field.min_length:
        return f"“{field.label}”至少 {field.min_length} 字，现有 {len(said)} 字。"
    return ""


def _pattern_fault(field: Field, said: str) -> str:
    if not field.pattern or len(said) > field.longest or re.search(field.pattern, said):
        return ""
    return field.pattern_message or f"“{field.label}”的格式不对。"


def _check_fault(field: Field, said: str) -> str:
    what = checks.fault(field.check, said) if field.check else ""
    return f"“{field.label}”{what}。" if what else ""


def _decimals_fault(field: Field, number: int | Decimal) -> str:
    most = MOST_DECIMALS if field.decimals is None else field.decimals
    found = -Decimal(number).normalize().as_tuple().exponent
    return f"“{field.label}”最多保留 {most} 位小数。" if found > most else ""


def _range_fault(field: Field, number: int | Decimal) -> str:
    unit = f" {field.unit}" if field.unit else ""
    if field.minimum is not None and number < field.minimum:
        return f"“{field.label}”不能小于 {field.minimum}{unit}。"
    if field.maximum is not None and number > field.maximum:
        return f"“{field.label}”不能大于 {field.maximum}{unit}。"
    return ""


def _count_fault(field: Field, found: list) -> str:
    measure, verb = ("个文件", "上传") if field.kind == "filepicker" else ("项", "选")
    if field.minimum is not None and len(found) < field.minimum:
        return f"“{field.label}”至少{verb} {field.minimum} {measure}，现有 {len(found)} {measure}。"
    if field.maximum is not None and len(found) > field.maximum:
        return f"“{field.label}”最多{verb} {field.maximum} {measure}，现有 {len(found)} {measure}。"
    return ""


_JUDGES: dict[str, tuple[Callable[[Field, object], str], ...]] = {
    "textfield": (_length_fault, _pattern_fault, _check_fault),
    "textarea": (_length_fault,),
    "number": (_decimals_fault, _range_fault),
    "checklist": (_count_fault,),
    "filepicker": (_count_fault,),
}
