"""Patterns that a designer writes: refused if a text could keep the server busy (catastrophic backtracking).

The rule that keeps matching quick: after a repetition of varying length comes something that the repetition can't
take, so that there is one place only where it may end; and nothing that varies is repeated again.
"""

import re
import sys
from re import _constants as codes
from re import _parser as parser  # Python has no public way to look into a pattern; the tests tell if it changes.
from typing import NamedTuple

LONGEST = 200  # characters of a pattern

_CHOICES = "\n aAzZ09_-.中é０"  # one of each category, beside the characters that a pattern names
_PLAIN = {codes.LITERAL, codes.NOT_LITERAL, codes.IN, codes.ANY}
_NO_WIDTH = {codes.AT}
_REPEATS = {codes.MAX_REPEAT, codes.MIN_REPEAT}


class _Item(NamedTuple):
    """One piece of a pattern: the characters it may begin with, all it may hold, may it be empty, may it vary."""

    first: frozenset[str]
    held: frozenset[str]
    optional: bool
    varies: bool


class _Refused(Exception):
    pass


def fault(pattern: str) -> str:
    """Why the pattern can't be used, "" if it can."""
    if len(pattern) > LONGEST:
        return f"格式最长 {LONGEST} 个字符"
    try:
        re.compile(pattern)
        tree = parser.parse(pattern)
        if tree.state.flags & ~re.UNICODE:
            raise _Refused("里不能用内联标志")
        _sequence(tree, _alphabet(pattern))
    except _Refused as error:
        return str(error)
    except (re.error, RecursionError, OverflowError, ValueError):
        return "不是有效的正则表达式"
    return ""


def _alphabet(pattern: str) -> frozenset[str]:
    """Characters that stand for all: two classes that overlap share a bound of one of them."""
    near = {chr(min(max(ord(sign) + step, 0), sys.maxunicode)) for sign in pattern for step in (-1, 0, 1)}
    return frozenset(near | set(_CHOICES))


def _sequence(tree: parser.SubPattern, alphabet: frozenset[str]) -> list[_Item]:
    items = [item for op, argument in tree for item in _items(op, argument, alphabet)]
    for place, item in enumerate(items):
        if item.varies:
            _refuse_unless_bounded(item, items[place + 1 :])
    return items


def _refuse_unless_bounded(item: _Item, following: list[_Item]) -> None:
    for other in following:
        if item.held & other.first:
            raise _Refused("里有两段长短不定、内容又会重叠的部分，匹配可能极慢。请在中间加上固定的分隔符，或写明位数")
        if not other.optional:
            return


def _items(op: object, argument: object, alphabet: frozenset[str]) -> list[_Item]:
    if op in _NO_WIDTH:
        return []
    if op in _PLAIN:
        held = _held(op, argument, alphabet)
        return [_Item(held, held, optional=False, varies=False)]
    if op is codes.SUBPATTERN:
        _, added, removed, tree = argument
        if added or removed:
            raise _Refused("里不能用内联标志")
        return _sequence(tree, alphabet)
    if op is codes.BRANCH:
        return [_branch(argument[1], alphabet)]
    if op in _REPEATS:
        return [_repeat(*argument, alphabet)]
    raise _Refused("里只能用字符、字符组、次数、分组和“或”，不能用断言和回引")


def _branch(trees: list[parser.SubPattern], alphabet: frozenset[str]) -> _Item:
    ways = [_sequence(tree, alphabet) for tree in trees]
    firsts = [_first(way) for way in ways]
    overlap = any(one & other for place, one in enumerate(firsts) for other in firsts[:place])
    lengths = {len(way) for way in ways}
    return _Item(
        first=frozenset().union(*firsts),
        held=frozenset().union(*(item.held for way in ways for item in way)),
        optional=any(all(item.optional for item in way) for way in ways),
        varies=overlap or len(lengths) > 1 or any(item.varies for way in ways for item in way),
    )


def _repeat(least: int, most: int, tree: parser.SubPattern, alphabet: frozenset[str]) -> _Item:
    body = _sequence(tree, alphabet)
    if most is not codes.MAXREPEAT and most > 1000:
        raise _Refused("的次数过大，最多 1000")
    if most > 1 and any(item.varies or item.optional for item in body):
        raise _Refused("里有套在重复里的重复（例如 (a+)+），匹配可能极慢。请改写成一层")
    held = frozenset().union(*(item.held for item in body))
    varies = least != most or any(item.varies for item in body)
    return _Item(_first(body), held, optional=least == 0 or all(item.optional for item in body), varies=varies)


def _first(items: list[_Item]) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for item in items:
        found |= item.first
        if not item.optional:
            break
    return found


def _held(op: object, argument: object, alphabet: frozenset[str]) -> frozenset[str]:
    if op is codes.LITERAL:
        return frozenset({chr(argument)})
    if op is codes.NOT_LITERAL:
        return alphabet - {chr(argument)}
    if op is codes.ANY:
        return alphabet - {"\n"}
    negated = bool(argument) and argument[0][0] is codes.NEGATE
    found = frozenset(sign for sign in alphabet for part in argument if _takes(part, sign))
    return alphabet - found if negated else found


def _takes(part: tuple, sign: str) -> bool:
    op, argument = part
    if op is codes.LITERAL:
        return ord(sign) == argument
    if op is codes.RANGE:
        return argument[0] <= ord(sign) <= argument[1]
    if op is codes.CATEGORY:
        return bool(re.fullmatch(_CATEGORIES[argument], sign))
    return False


_CATEGORIES = {
    codes.CATEGORY_DIGIT: r"\d",
    codes.CATEGORY_NOT_DIGIT: r"\D",
    codes.CATEGORY_SPACE: r"\s",
    codes.CATEGORY_NOT_SPACE: r"\S",
    codes.CATEGORY_WORD: r"\w",
    codes.CATEGORY_NOT_WORD: r"\W",
}
