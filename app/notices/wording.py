"""Days, periods and choices as official letters write them."""

from collections.abc import Mapping
from datetime import date

from app.formschema import Field
from app.programmes.queries import PeriodRule

_DIGITS = "〇一二三四五六七八九"
_UNITS = {"working_days": "个工作日", "days": "日", "months": "个月", "years": "年"}


def day(value: date) -> str:
    """2026年11月21日: the form of GB/T 9704."""
    return f"{value.year}年{value.month}月{value.day}日"


def day_in_words(value: date) -> str:
    """二〇二六年十一月二十一日."""
    year = "".join(_DIGITS[int(digit)] for digit in str(value.year))
    return f"{year}年{_tens(value.month)}月{_tens(value.day)}日"


def period(rule: PeriodRule, dates: Mapping[str, str]) -> str:
    """10个工作日; 规定期限 where the amount isn't a plain count. Where the period stays within a day of the call
    (`dates`, key -> ISO date), that day too: 5个工作日（最迟不超过2026年3月18日）."""
    counted = rule.period
    unit = _UNITS.get(getattr(counted, "unit", ""), "")
    if counted is None or not unit:
        return "规定期限"
    limit = dates.get(rule.within, "")
    return f"{counted.amount}{unit}" + (f"（最迟不超过{day(date.fromisoformat(limit))}）" if limit else "")


def answer(field: Field, value: object) -> str:
    """A plain answer as a letter says it: choices by their words, days written out; "" for what is no plain answer."""
    if value is None or field.kind in ("filepicker", "dynamiclist", "group"):
        return ""
    if field.kind == "checkbox":
        return "是" if value is True else "否"
    if field.kind in ("select", "radio", "checklist"):
        named = {option.value: option.label for option in field.options}
        chosen = [value] if isinstance(value, str) else value
        return "、".join(named.get(key, str(key)) for key in chosen)  # type: ignore[union-attr]
    if field.kind == "datetime":
        return day(value if isinstance(value, date) else date.fromisoformat(str(value)))
    return f"{value}{field.unit}" if field.unit else str(value)


def _tens(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = {0: "", 1: "十"}.get(tens, f"{_DIGITS[tens]}十")
    return head + (_DIGITS[ones] if ones or not tens else "")
