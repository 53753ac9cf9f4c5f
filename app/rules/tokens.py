"""Cuts the text of a rule into tokens, and refuses every character that isn't listed here.

Python's own tokenizer is not used: it folds full-width letters into ASCII (NFKC), and so one name into another.
Names are made of ASCII letters, digits, underscores and Chinese characters; look-alikes from other scripts are refused.
"""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from app.rules.values import Value, refuse

LONGEST = 500  # characters of an expression or of a table's cell
MOST_DIGITS = 15  # before the point
MOST_DECIMALS = 10  # after the point

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
NAME = re.compile(rf"[A-Za-z{_HAN}][0-9A-Za-z_{_HAN}]*")
_TOKEN = re.compile(
    rf"""(?P<space>[ \t\r\n]+)
    |(?P<date>date\([ ]?"[^"\\]*"[ ]?\)|@"[^"\\]*")
    |(?P<number>[0-9]+(?:\.[0-9]+)?)
    |(?P<name>[A-Za-z{_HAN}][0-9A-Za-z_{_HAN}]*)
    |(?P<text>"(?:[^"\\]|\\["'\\])*"|'(?:[^'\\]|\\["'\\])*')
    |(?P<sign>\.\.|[<>=!]=|[-+*/<>=(),\[\]])""",
    re.VERBOSE,
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_ESCAPE = re.compile(r"\\(.)")

_WORDS = {"and", "or", "not", "in"}
_CONSTANTS = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}
_INSTEAD = {
    ".": "不能读取属性；小数点前后都要有数字",
    "%": "没有百分号和取余，比例请直接写数字（80% 写作 80 或 0.8，与指标单位一致）",
    "&": "“并且”请写 and",
    "|": "“或者”请写 or",
    "!": "“不是”请写 not，“不等于”请写 !=",
    "{": "不能写集合或对象",
    "`": "文字请用英文双引号括起来",
    "?": "不用写问号，直接写检验，例如 >= 60",
    ":": "不能赋值",
    "“": "文字请用英文双引号括起来",
    "”": "文字请用英文双引号括起来",
    '"': "缺少结束的引号，或者引号里有反斜杠",
    "'": "缺少结束的引号，或者引号里有反斜杠",
    "_": "名称不以下划线开头",
    "@": '日期写作 date("2026-03-15")',
    "≥": "请写 >=",
    "≤": "请写 <=",
    "≠": "请写 !=",
}


class Token(NamedTuple):
    """`kind` is "constant", "name", "end", or the sign or word itself; `start` and `end` are places in the text."""

    kind: str
    value: Value
    start: int
    end: int


def cut(text: str) -> list[Token]:
    """The tokens of `text`, with one of kind "end" after them; raises Invalid at the first that isn't allowed."""
    if len(text) > LONGEST:
        raise refuse(f"规则最长 {LONGEST} 字，现有 {len(text)} 字。请拆成几条。")
    found, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise refuse(_unknown(text, place))
        if match.lastgroup != "space":
            found.append(_token(match))
        place = match.end()
    found.append(Token("end", None, place, place))
    return found


def _token(match: re.Match[str]) -> Token:
    kind, start, end = match.lastgroup, match.start(), match.end()
    said = match.group()
    if kind == "sign":
        return Token("==" if said == "=" else said, None, start, end)
    if kind == "name":
        return _word(said, start, end)
    read = {"number": _number, "text": _text, "date": _date}[kind or ""]
    following = match.string[end : end + 1]
    if kind == "number" and (NAME.match(following) or following == "_"):
        raise refuse(f"“{said}{following}…”不是数字也不是名称：名称不能以数字开头，也不能写成 1e5。")
    return Token("constant", read(said), start, end)


def _word(said: str, start: int, end: int) -> Token:
    if said in _WORDS:
        return Token(said, None, start, end)
    if said in _CONSTANTS:
        return Token("constant", _CONSTANTS[said], start, end)
    if "__" in said:
        raise refuse(f"“{said}”不能用作名称：名称不含连续的下划线。")
    return Token("name", said, start, end)


def _number(said: str) -> int | Decimal:
    whole, _, decimals = said.partition(".")
    if len(whole) > MOST_DIGITS or len(decimals) > MOST_DECIMALS:
        raise refuse(f"数字“{said[:20]}…”过长：整数最多 {MOST_DIGITS} 位，小数最多 {MOST_DECIMALS} 位。")
    return Decimal(said) if decimals else int(whole)


def _text(said: str) -> str:
    content = said[1:-1]
    if _CONTROL.search(content):
        raise refuse("引号里的文字含有不可见的控制字符，请删去。")
    return _ESCAPE.sub(r"\1", content) if "\\" in content else content


def _date(said: str) -> date:
    day = said[said.index('"') + 1 : said.rindex('"')]
    try:
        if not _DAY.fullmatch(day):
            raise ValueError(day)
        return date.fromisoformat(day)
    except ValueError:
        raise refuse(f'“{said}”不是有效的日期。日期写作 date("2026-03-15")。') from None


def _unknown(text: str, place: int) -> str:
    sign = text[place]
    where = f"第 {place + 1} 个字符"
    plain = unicodedata.normalize("NFKC", sign)
    if sign in _INSTEAD:
        return f"{where}“{sign}”不能用：{_INSTEAD[sign]}。"
    if plain != sign and plain.isascii() and plain.isprintable():
        return f"{where}“{sign}”是全角或相似字符，请改用半角“{plain}”。"
    if not sign.isprintable():
        return f"{where}是不可见字符（U+{ord(sign):04X}），请删去。"
    return f"{where}“{sign}”不能用：名称只用英文字母、数字、下划线和汉字。"
