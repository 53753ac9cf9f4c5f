"""Patterns of numbers, as a programme writes them: `{code}-{year}-{seq:04}`.

A pattern is text with places in braces: a name out of NAMES, and for numbers a width that is filled with zeros. It is
no format string: nothing in it reaches an attribute, an index or a conversion.
"""

import re
from collections.abc import Mapping

from app.errors import Invalid

NAMES = {"code": "项目代号", "year": "年份", "seq": "当年顺序号"}
_PLACE = re.compile(r"\{([a-z]+)(?::0([1-9]))?\}")
_LONGEST = 60


def filled(pattern: str, values: Mapping[str, str | int]) -> str:
    """The number that a pattern gives for values of its names. Raises Invalid for a pattern with a fault."""
    if fault := fault_of(pattern):
        raise Invalid({"number": [fault]}, fault)
    return _PLACE.sub(lambda place: str(values[place[1]]).zfill(int(place[2] or 0)), pattern)


def fault_of(pattern: str) -> str:
    """What is wrong with a pattern, "" for nothing."""
    if len(pattern) > _LONGEST:
        return f"编号格式超过 {_LONGEST} 个字符，请缩短。"
    places = list(_PLACE.finditer(pattern))
    if re.search(r"[{}]", _PLACE.sub("", pattern)):
        return f"编号格式“{pattern}”的花括号写法不对；请写成“{{code}}-{{year}}-{{seq:04}}”的样子。"
    if strange := [place[1] for place in places if place[1] not in NAMES]:
        known = "、".join(f"{name}（{words}）" for name, words in NAMES.items())
        return f"编号格式中的“{strange[0]}”不认识；可用：{known}。"
    if not any(place[1] == "seq" for place in places):
        return f"编号格式“{pattern}”没有顺序号，编号会重复；请加上“{{seq:04}}”。"
    if not any(place[1] == "year" for place in places):
        return f"编号格式“{pattern}”没有年份，而顺序号每年从 1 开始，编号会重复；请加上“{{year}}”。"
    return ""
