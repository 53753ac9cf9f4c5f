"""Expressions: what a condition in a diagram, a figure in a table or a column's head may say.

    得分 >= 80 and 类型 in ("社团", "商会") and not 有异议

Names, constants, comparison, and / or / not, in, + - * / on numbers; nothing else. A text is read once into nested
functions of our own, so that nothing a designer writes reaches Python's eval.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from app.rules import values as known
from app.rules.tokens import Token, cut
from app.rules.values import KINDS, MissingName, Value, WrongType, refuse

DEEPEST = 20  # parentheses, "not" and minus signs inside one another

Names = Mapping[str, Value]
Run = Callable[[Names], Value]

_ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_COMPARISONS = {"==", "!=", *_ORDERS}


class Part(NamedTuple):
    """A piece of an expression: how to compute it, how it was written, and its value or name where it has just one."""

    run: Run
    said: str
    constant: tuple[Value, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Expression:
    """An expression that was read and may be evaluated as often as wanted.

    `names` it needs; `numbers` and `dates` it holds (a diagram may hold none: a legal number stands in the
    programme); `compared`: pairs of a name and a constant it must equal, for checks against a list of choices.
    """

    text: str
    names: frozenset[str]
    numbers: tuple[int | Decimal, ...]
    dates: tuple[date, ...]
    compared: tuple[tuple[str, Value], ...]
    _run: Run = field(repr=False, compare=False)

    def evaluate(self, values: Mapping[str, object]) -> Value:
        """The value; every name must have one (null counts), also where a short cut would not need it.

        Raises MissingName, or WrongType for values that don't go together, a division by zero, a number out of bounds.
        """
        taken = {}
        for name in sorted(self.names):
            if name not in values:
                raise MissingName(name)
            taken[name] = known.admit(name, values[name])
        return self._run(taken)


def parse(text: str) -> Expression:
    """Read `text` (at most 500 characters, 20 deep); raises Invalid({"": [message]}) with what is wrong and where.

    What was read is kept, so that reading it again costs nothing.
    """
    if not isinstance(text, str):
        raise refuse("规则应当是一段文字。")
    return _read(text)


@lru_cache(maxsize=4096)
def _read(text: str) -> Expression:
    if not text.strip():
        raise refuse("规则是空的。请写一个条件，例如 得分 >= 80。")
    reader = _Reader(text)
    part = reader.whole()
    return Expression(
        text=text,
        names=frozenset(reader.names),
        numbers=tuple(value for value in reader.constants if KINDS[type(value)] == "number"),
        dates=tuple(value for value in reader.constants if type(value) is date),
        compared=tuple(reader.compared),
        _run=part.run,
    )


class _Reader:
    """Reads the tokens of one text by recursive descent: or, and, not, comparison, sum, product, sign, value."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = cut(text)
        self.place = 0
        self.depth = 0
        self.names: set[str] = set()
        self.constants: list[Value] = []
        self.compared: list[tuple[str, Value]] = []

    def whole(self) -> Part:
        part = self._or()
        token = self.tokens[self.place]
        if token.kind != "end":
            raise refuse(self._unexpected(token))
        return part

    def _or(self) -> Part:
        return self._all_of("or", self._and, _any)

    def _and(self) -> Part:
        return self._all_of("and", self._not, _all)

    def _all_of(self, word: str, read: Callable[[], Part], join: Callable[[list[Part]], Run]) -> Part:
        start = self.tokens[self.place].start
        parts = [read()]
        while self._take(word):
            parts.append(read())
        return parts[0] if len(parts) == 1 else Part(join(parts), self._said(start))

    def _not(self) -> Part:
        start = self.tokens[self.place].start
        if not self._take("not"):
            return self._comparison()
        part = self._deeper(self._not)
        return Part(lambda values: not _truth(part.run(values), part.said), self._said(start))

    def _comparison(self) -> Part:
        start = self.tokens[self.place].start
        left = self._sum()
        token = self.tokens[self.place]
        if token.kind in _COMPARISONS:
            self.place += 1
            right = self._sum()
            self._note(left, right, token.kind)
            run = _comparison(token.kind, left, right)
        elif token.kind == "in" or (token.kind == "not" and self.tokens[self.place + 1].kind == "in"):
            self.place += 1 if token.kind == "in" else 2
            run = self._membership(left, wanted=token.kind == "in")
        else:
            return left
        if self.tokens[self.place].kind in _COMPARISONS | {"in"}:
            raise refuse("比较不能连写。请用 and 连接，例如 60 <= 得分 and 得分 < 80。")
        return Part(run, self._said(start))

    def _membership(self, left: Part, *, wanted: bool) -> Run:
        if not self._take("("):
            raise refuse('in 后面写括号里的常量，例如 类型 in ("社团", "商会")。')
        listed = [self._constant()]
        while self._take(","):
            listed.append(self._constant())
        if not self._take(")"):
            raise refuse(self._unexpected(self.tokens[self.place]))
        if left.name:
            self.compared += [(left.name, value) for value in listed]
        return _membership(left, listed, wanted)

    def _constant(self) -> Value:
        minus = self._take("-")
        token = self.tokens[self.place]
        if token.kind != "constant" or (minus and KINDS[type(token.value)] != "number"):
            raise refuse(f"in 的括号里只能写常量（文字、数字、日期、true、false、null）。{self._unexpected(token)}")
        self.place += 1
        value = -token.value if minus else token.value
        self.constants.append(value)
        return value

    def _sum(self) -> Part:
        return self._chain(("+", "-"), self._product)

    def _product(self) -> Part:
        return self._chain(("*", "/"), self._sign)

    def _chain(self, signs: tuple[str, str], read: Callable[[], Part]) -> Part:
        start = self.tokens[self.place].start
        first, rest = read(), []
        while (sign := self.tokens[self.place].kind) in signs:
            self.place += 1
            rest.append((sign, read()))
        for part in [first, *(part for _, part in rest)] if rest else []:
            if part.constant and KINDS[type(part.constant[0])] != "number":
                raise refuse(f"“{part.said}”不是数字，不能加减乘除。")
        return Part(_arithmetic(first, rest), self._said(start)) if rest else first

    def _sign(self) -> Part:
        start = self.tokens[self.place].start
        if not self._take("-"):
            return self._value()
        part = self._deeper(self._sign)
        if part.constant and KINDS[type(part.constant[0])] != "number":
            raise refuse(f"“{part.said}”不是数字，前面不能写负号。")
        zero = Part(lambda _: 0, "0")
        constant = (-part.constant[0],) if part.constant else ()
        return Part(_arithmetic(zero, [("-", part)]), self._said(start), constant)

    def _value(self) -> Part:
        token = self.tokens[self.place]
        self.place += 1
        if token.kind == "constant":
            value = token.value
            self.constants.append(value)
            return Part(lambda _: value, self._said(token.start), (value,))
        if token.kind == "name":
            return self._name(token)
        if token.kind == "(":
            part = self._deeper(self._or)
            if not self._take(")"):
                raise refuse(self._unexpected(self.tokens[self.place]))
            return part
        raise refuse(self._unexpected(token))

    def _name(self, token: Token) -> Part:
        name = self.text[token.start : token.end]
        if self.tokens[self.place].kind in ("(", "["):
            raise refuse(f"“{name}”后面不能跟括号：规则里不能调用函数，也不能按下标取值。")
        self.names.add(name)
        return Part(lambda values: values[name], name, name=name)

    def _deeper(self, read: Callable[[], Part]) -> Part:
        self.depth += 1
        if self.depth > DEEPEST:
            raise refuse(f"规则的括号和 not 最多套 {DEEPEST} 层。请拆成几条。")
        part = read()
        self.depth -= 1
        return part

    def _note(self, left: Part, right: Part, sign: str) -> None:
        if sign in ("==", "!="):
            for one, other in ((left, right), (right, left)):
                if one.name and other.constant:
                    self.compared.append((one.name, other.constant[0]))

    def _take(self, kind: str) -> bool:
        if self.tokens[self.place].kind != kind:
            return False
        self.place += 1
        return True

    def _said(self, start: int) -> str:
        return self.text[start : self.tokens[self.place - 1].end]

    def _unexpected(self, token: Token) -> str:
        if token.kind == "end":
            return "规则没有写完：结尾缺少内容或右括号。"
        said = self.text[token.start : token.end]
        return f"第 {token.start + 1} 个字符处的“{said}”放在这里读不懂。请检查括号、引号和 and、or。"


def _truth(value: Value, said: str) -> bool:
    if value is True or value is False:
        return value
    raise WrongType(f"“{said}”不是“是”或“否”，不能用 and、or、not 连接。请写成比较，例如 {said} = …。")


def _any(parts: list[Part]) -> Run:
    return lambda values: any(_truth(part.run(values), part.said) for part in parts)


def _all(parts: list[Part]) -> Run:
    return lambda values: all(_truth(part.run(values), part.said) for part in parts)


def _comparison(sign: str, left: Part, right: Part) -> Run:
    said = left.said, right.said
    if sign == "==":
        return lambda values: known.equal(left.run(values), right.run(values), said)
    if sign == "!=":
        return lambda values: not known.equal(left.run(values), right.run(values), said)
    order = _ORDERS[sign]
    return lambda values: known.compare(order, left.run(values), right.run(values), said)


def _membership(left: Part, listed: list[Value], wanted: bool) -> Run:
    kinds = {KINDS[type(value)] for value in listed} - {"null"}
    if len(kinds) > 1:
        raise refuse("in 的括号里请只写同一类常量，不要混写文字、数字和日期。")
    members = frozenset(listed)
    sample = next((value for value in listed if value is not None), None)

    def run(values: Names) -> bool:
        value = left.run(values)
        if value is not None and sample is not None:
            known.equal(value, sample, (left.said, known.show(sample)))
        return (value in members) is wanted

    return run


def _arithmetic(first: Part, rest: list[tuple[str, Part]]) -> Run:
    def run(values: Names) -> Value:
        total, said = first.run(values), first.said
        for sign, part in rest:
            total = known.reckon(sign, total, part.run(values), (said, part.said))
            said = "前面的结果"
        return total

    return run
