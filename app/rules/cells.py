"""The tests in a decision table's cells, which are FEEL unary tests.

`>= 150`, `[60..80)`, `"a","b"`, `not("a")`, `true`, `null`, and `-` for anything.
"""

import operator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.rules.tokens import Token, cut
from app.rules.values import KINDS, SAID, Value, WrongType, refuse, show

_ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_OPENS = {"[": True, "(": False, "]": False}  # ]60..80[ is FEEL's other spelling of (60..80)
_CLOSES = {"]": True, ")": False, "[": False}

Bound = int | Decimal | date


@dataclass(frozen=True)
class Interval:
    """Numbers or dates between two bounds; None is no bound on that side."""

    low: Bound | None = None
    low_in: bool = False
    high: Bound | None = None
    high_in: bool = False

    def has(self, value: Bound) -> bool:
        """Whether `value`, of the bounds' kind, lies inside."""
        if self.low is not None and not (value >= self.low if self.low_in else value > self.low):
            return False
        return self.high is None or (value <= self.high if self.high_in else value < self.high)


@dataclass(frozen=True)
class Test:
    """One cell. `kind` is "any" for `-`, "null" where only null is named, else the kind of value that it tests."""

    __test__ = False  # pytest takes every class whose name begins with Test for tests

    text: str
    kind: str = "any"
    points: frozenset[Value] = frozenset()
    intervals: tuple[Interval, ...] = ()
    negated: bool = False

    @property
    def asks_for_null(self) -> bool:
        """Whether null itself passes, so that a missing value is an answer and not unknown."""
        return self.kind == "any" or (None in self.points and not self.negated)

    @property
    def bounds(self) -> frozenset[Value]:
        """Every constant that the cell names, null aside."""
        ends = (end for interval in self.intervals for end in (interval.low, interval.high))
        return frozenset(value for value in (*self.points, *ends) if value is not None)

    def accepts(self, value: Value) -> bool:
        """Whether `value` passes; raises WrongType where it is of another kind than the cell tests."""
        if self.kind == "any":
            return True
        if value is None:
            return self.asks_for_null
        kind = KINDS[type(value)]
        if self.kind not in ("null", kind):
            raise WrongType(f"{show(value)} 是{SAID[kind]}，而检验“{self.text}”只用于{SAID[self.kind]}。")
        found = value in self.points or any(interval.has(value) for interval in self.intervals)
        return found is not self.negated


def read_test(text: str) -> Test:
    """The test that a cell holds, at most 500 characters; empty counts as `-`. Raises Invalid."""
    said = text.strip()
    if said in ("", "-"):
        return Test(said or "-")
    return _CellReader(said).whole()


def read_constant(text: str) -> Value:
    """The constant that an output cell holds: a text in quotes, number, date, true, false, or null (also for empty)."""
    said = text.strip()
    if said in ("", "-"):
        return None
    return _CellReader(said).single()


class _CellReader:
    """Reads the tokens of one cell."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = cut(text)
        self.place = 0
        self.points: set[Value] = set()
        self.intervals: list[Interval] = []

    def single(self) -> Value:
        value = self._constant()
        self._end()
        return value

    def whole(self) -> Test:
        negated = self.tokens[0].kind == "not"
        if negated:
            self.place = 1
            self._expect("(")
        self._one()
        while self._take(","):
            self._one()
        if negated:
            self._expect(")")
        self._end()
        test = Test(self.text, "null", frozenset(self.points), tuple(self.intervals), negated)
        kinds = {KINDS[type(value)] for value in test.bounds}
        if len(kinds) > 1:
            raise refuse(
                f"“{self.text}”混写了{'和'.join(sorted(SAID[kind] for kind in kinds))}。一个格子只检验一类值。"
            )
        return Test(self.text, kinds.pop(), test.points, test.intervals, negated) if kinds else test

    def _one(self) -> None:
        token = self.tokens[self.place]
        if token.kind in _ORDERS:
            self.place += 1
            self.intervals.append(self._ray(token.kind))
        elif token.kind in _OPENS:
            self.place += 1
            self.intervals.append(self._interval(_OPENS[token.kind]))
        elif token.kind == "==":
            self.place += 1
            self.points.add(self._constant())
        elif token.kind == "!=":
            raise refuse('“不等于”请写 not(…)，例如 not("分支机构")。')
        else:
            self.points.add(self._constant())

    def _ray(self, sign: str) -> Interval:
        bound, included = self._bound(), sign in ("<=", ">=")
        return Interval(low=bound, low_in=included) if sign[0] == ">" else Interval(high=bound, high_in=included)

    def _interval(self, low_in: bool) -> Interval:
        low = self._bound()
        self._expect("..")
        high = self._bound()
        token = self.tokens[self.place]
        if token.kind not in _CLOSES:
            raise refuse(f"“{self.text}”的区间没有写完。含端点用方括号，不含用圆括号，例如 [60..80)。")
        self.place += 1
        high_in = _CLOSES[token.kind]
        if KINDS[type(low)] != KINDS[type(high)]:
            raise refuse(f"“{self.text}”的两个端点不是同一类值。")
        if low > high or (low == high and not (low_in and high_in)):
            raise refuse(f"“{self.text}”的区间里没有任何值：小的端点写在前面。")
        return Interval(low, low_in, high, high_in)

    def _bound(self) -> Bound:
        value = self._constant()
        if KINDS[type(value)] not in ("number", "date"):
            raise refuse(f'“{self.text}”里只有数字和日期能比较大小；文字请逐个列出，例如 "A","B"。')
        return value

    def _constant(self) -> Value:
        minus = self._take("-")
        token = self.tokens[self.place]
        if token.kind != "constant":
            raise refuse(self._misplaced(token))
        if minus and KINDS[type(token.value)] != "number":
            raise refuse(f"“{self.text}”里负号只能写在数字前面。")
        self.place += 1
        return -token.value if minus else token.value

    def _misplaced(self, token: Token) -> str:
        if token.kind == "name":
            said = self.text[token.start : token.end]
            return f'“{said}”没有加引号。文字请写成 "{said}"；格子里不能写名称或计算。'
        if token.kind == "end":
            return f"“{self.text}”没有写完。"
        return f'“{self.text}”读不懂。可以写 >= 60、[60..80)、"甲","乙"、not("甲")、true、null 或 -。'

    def _take(self, kind: str) -> bool:
        if self.tokens[self.place].kind != kind:
            return False
        self.place += 1
        return True

    def _expect(self, kind: str) -> None:
        if not self._take(kind):
            raise refuse(self._misplaced(self.tokens[self.place]))

    def _end(self) -> None:
        if self.tokens[self.place].kind != "end":
            raise refuse(self._misplaced(self.tokens[self.place]))
