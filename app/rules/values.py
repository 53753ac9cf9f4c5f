"""The values that rules know, and what may be done with them: compare, add, subtract, multiply, divide.

Values are bool, text, int, Decimal, date and null, each by its exact type: a subclass could bring methods of its own.
A float is refused, because 0.1 + 0.2 would not be 0.3 in a rule that decides a case.
"""

from collections.abc import Callable
from datetime import date
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow

from app.errors import Invalid

Value = bool | str | int | Decimal | date | None

LARGEST = 10**18  # of any number that comes in or goes out
LONGEST_TEXT = 10_000  # characters of a text that a rule compares
SMALLEST_EXPONENT = -60  # of a Decimal that comes in

KINDS = {bool: "bool", int: "number", Decimal: "number", str: "text", date: "date", type(None): "null"}
SAID = {"bool": "是否", "number": "数字", "text": "文字", "date": "日期", "null": "空值"}

_exact = Context(prec=28, traps=[InvalidOperation, DivisionByZero, Overflow])


class MissingName(Invalid):
    """规则用到的名称没有值。 `name` says which."""

    def __init__(self, name: str) -> None:
        self.name = name
        message = f"规则用到的“{name}”没有值：它还没有填报，或者名称写错了。请检查名称，或先完成产生它的步骤。"
        super().__init__({"": [message]}, message)


class WrongType(Invalid):
    """规则里的值类型不对。"""

    def __init__(self, message: str) -> None:
        super().__init__({"": [message]}, message)


class ZeroDivisor(WrongType):
    """除数为零，无法计算。"""


def refuse(message: str) -> Invalid:
    """The error of a rule that can't be read, with its message for the whole text."""
    return Invalid({"": [message]}, message)


def show(value: Value) -> str:
    """A value as a designer writes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        short = value if len(value) <= 40 else value[:39] + "…"
        return f'"{short}"'
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def admit(name: str, value: object) -> Value:
    """The value of `name` if rules know its type and it is bounded; raises WrongType, which names it."""
    kind = KINDS.get(type(value))
    if kind is None:
        hint = "小数请以 Decimal 传入" if isinstance(value, float) else "只能是文字、数字、日期、是否或空值"
        raise WrongType(f"“{name}”的值类型不受支持（{type(value).__name__}）：{hint}。")
    if kind == "number":
        _admit_number(name, value)
    if kind == "text" and len(value) > LONGEST_TEXT:
        raise WrongType(f"“{name}”的文字超过 {LONGEST_TEXT} 字，不能用于规则。")
    return value


def _admit_number(name: str, value: int | Decimal) -> None:
    if type(value) is Decimal:
        if not value.is_finite():
            raise WrongType(f"“{name}”不是有限的数字。")
        if value.adjusted() > 18 or value.as_tuple().exponent < SMALLEST_EXPONENT:
            raise WrongType(f"“{name}”的数字过大，或者小数位过多。")
    if abs(value) > LARGEST:
        raise WrongType(f"“{name}”的数字过大（绝对值不超过 10 的 18 次方）。")


def equal(left: Value, right: Value, said: tuple[str, str]) -> bool:
    """Whether both are the same; null equals only null. `said` are the operands as written, for the message."""
    if left is None or right is None:
        return left is right
    if KINDS[type(left)] != KINDS[type(right)]:
        raise WrongType(_mismatch(left, right, said, "不能比较是否相等"))
    return left == right


def compare(order: Callable[[object, object], bool], left: Value, right: Value, said: tuple[str, str]) -> bool:
    """`order` of two numbers or of two dates. Texts have no order: "90" would be greater than "100"."""
    kind = KINDS[type(left)]
    if kind != KINDS[type(right)] or kind not in ("number", "date"):
        kinds = kind, KINDS[type(right)]
        hint = "；请先判断它不等于 null" if "null" in kinds else "；文字请改用 = 或 in 列出" if "text" in kinds else ""
        raise WrongType(_mismatch(left, right, said, "不能比较大小" + hint))
    return order(left, right)


def reckon(sign: str, left: Value, right: Value, said: tuple[str, str]) -> int | Decimal:
    """Sum, difference, product or quotient of two numbers; a quotient is always a Decimal of 28 digits."""
    if KINDS[type(left)] != "number" or KINDS[type(right)] != "number":
        raise WrongType(_mismatch(left, right, said, f"不能用“{sign}”计算，加减乘除只用于数字"))
    if sign == "/":
        result = _divide(left, right, said)
    elif type(left) is int and type(right) is int:
        result = left + right if sign == "+" else left - right if sign == "-" else left * right
    else:
        step = {"+": _exact.add, "-": _exact.subtract, "*": _exact.multiply}[sign]
        result = step(Decimal(left), Decimal(right))
    if abs(result) > LARGEST:
        raise WrongType(f"“{said[0]} {sign} {said[1]}”的结果过大（绝对值不超过 10 的 18 次方）。")
    return result


def _divide(left: int | Decimal, right: int | Decimal, said: tuple[str, str]) -> Decimal:
    if right == 0:
        raise ZeroDivisor(f"“{said[0]} / {said[1]}”的除数为零，无法计算。请先判断除数不为 0。")
    return _exact.divide(Decimal(left), Decimal(right))


def _mismatch(left: Value, right: Value, said: tuple[str, str], what: str) -> str:
    kinds = SAID[KINDS[type(left)]], SAID[KINDS[type(right)]]
    return f"“{said[0]}”是{kinds[0]}，“{said[1]}”是{kinds[1]}，{what}。"
