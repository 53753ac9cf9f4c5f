"""Figures derived from the rows of a table.

- `count`: rows; `distinct`: different values of a column; `sum`, `average`, `min`, `max` of a column of numbers;
- `share`: percent of the rows (or of a column's sum) that fulfil `where`, out of those that fulfil `of`;
- `average` with `per`: the mean over the rows of column / per in percent;
- `growth`: the smallest change from one year to the next in percent, of a column's sum or of the rows, years in column
  `by`. It is 0 or more exactly if no year was lower than the year before. None if a year between is missing.

`where` is an object of column -> test, all of which hold, or a list of such objects of which one suffices. A test is
a value, a list of values, or an object of `min`, `max` (both included), `not`, `given`. {"given": NAME} stands for a
value that the caller hands over, such as the last full year.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from app.formschema.fields import FigureDefinition

Row = Mapping[str, object]


@dataclass(frozen=True)
class Figure:
    """A figure's value; None where nothing was answered, or a given value is missing. Percent are 0-100."""

    name: str
    label: str
    value: Decimal | int | None
    unit: str = ""
    clause: str = ""


class _NotGiven(Exception):
    pass


def compute(definition: FigureDefinition, answers: Mapping[str, object], given: Mapping[str, object]) -> Figure:
    """The figure over clean answers (as `Form.load` returns them)."""
    if definition.fields:
        typed = [number for number in (_number(answers, key) for key in definition.fields) if number is not None]
        total = sum(typed) if typed else None
        return Figure(definition.name, definition.label, total, definition.unit, definition.clause)
    rows = answers.get(definition.table)
    rows = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, Sequence) else []
    try:
        base = [row for row in rows if _holds(definition.of, row, given)]
        chosen = [row for row in base if _holds(definition.where, row, given)]
        value = _RECKON[definition.kind](definition, chosen, base)
    except _NotGiven:
        value = None
    return Figure(definition.name, definition.label, value, definition.unit, definition.clause)


def _count(definition: FigureDefinition, rows: list, _base: list) -> int:
    return len(rows)


def _distinct(definition: FigureDefinition, rows: list, _base: list) -> int:
    return len({_plain(row.get(definition.field)) for row in rows} - {None})


def _plain(value: object) -> object:
    if isinstance(value, str):
        return "".join(value.split()) or None
    return tuple(value) if isinstance(value, list) else value


def _sum(definition: FigureDefinition, rows: list, _base: list) -> Decimal | int:
    return sum(_numbers(rows, definition.field))


def _least(definition: FigureDefinition, rows: list, _base: list) -> Decimal | int | None:
    return min(_numbers(rows, definition.field), default=None)


def _most(definition: FigureDefinition, rows: list, _base: list) -> Decimal | int | None:
    return max(_numbers(rows, definition.field), default=None)


def _average(definition: FigureDefinition, rows: list, _base: list) -> Decimal | None:
    if definition.per:
        pairs = [(_number(row, definition.field), _number(row, definition.per)) for row in rows]
        numbers = [_percent(value, total) for value, total in pairs if value is not None and total]
        if len(numbers) < len(rows):
            return None  # a row without a ratio would raise or lower the mean in silence
    else:
        numbers = _numbers(rows, definition.field)
    return Decimal(sum(numbers)) / len(numbers) if numbers else None


def _share(definition: FigureDefinition, rows: list, base: list) -> Decimal | None:
    if definition.field:
        part, whole = sum(_numbers(rows, definition.field)), sum(_numbers(base, definition.field))
    else:
        part, whole = len(rows), len(base)
    return _percent(part, whole) if whole else None


def _growth(definition: FigureDefinition, rows: list, _base: list) -> Decimal | None:
    totals: dict[int, Decimal | int] = {}
    for row in rows:
        year = _year(row.get(definition.by))
        number = _number(row, definition.field) if definition.field else 1
        if year is None or number is None:
            return None
        totals[year] = totals.get(year, 0) + number
    years = sorted(totals)
    if len(years) < 2 or years[-1] - years[0] != len(years) - 1:
        return None
    return min(_change(totals[before], totals[after]) for before, after in pairwise(years))


def _change(before: Decimal | int, after: Decimal | int) -> Decimal:
    if before > 0:
        return _percent(after - before, before)
    return Decimal(0) if after == before else Decimal(100) if after > before else Decimal(-100)  # no base for percent


def _year(value: object) -> int | None:
    if isinstance(value, date):
        return value.year
    if isinstance(value, str):
        digits = value.strip().removesuffix("年")
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) == 4 else None
    return int(value) if isinstance(value, int | Decimal) and value == int(value) else None


def _percent(part: Decimal | int, whole: Decimal | int) -> Decimal:
    return Decimal(part) * 100 / Decimal(whole)


def _number(row: Row, key: str) -> Decimal | int | None:
    value = row.get(key)
    return value if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _numbers(rows: Iterable[Row], key: str) -> list:
    return [value for row in rows if (value := _number(row, key)) is not None]


_RECKON: dict[str, Callable] = {
    "count": _count,
    "distinct": _distinct,
    "sum": _sum,
    "min": _least,
    "max": _most,
    "average": _average,
    "share": _share,
    "growth": _growth,
}


def _holds(alternatives: Sequence[Mapping[str, object]], row: Row, given: Mapping[str, object]) -> bool:
    met = [all(_passes(row.get(key), test, given) for key, test in tests.items()) for tests in alternatives]
    return any(met) or not alternatives


def _passes(value: object, test: object, given: Mapping[str, object]) -> bool:
    if isinstance(test, Mapping) and "given" not in test:
        least, most = (_constant(test.get(name), given) for name in ("min", "max"))
        if (least is not None or most is not None) and value is None:
            return False
        fits = (least is None or _at_least(value, least)) and (most is None or _at_least(most, value))
        return fits and ("not" not in test or not _passes(value, test["not"], given))
    wanted = test if isinstance(test, list) else [test]
    return any(_same(value, _constant(constant, given)) for constant in wanted)


def _same(value: object, constant: object) -> bool:
    if isinstance(value, list):
        return constant in value
    if isinstance(value, date) and isinstance(constant, str):
        return value.isoformat() == constant
    if isinstance(value, bool) or isinstance(constant, bool):
        return (value is True) == constant if isinstance(constant, bool) else False
    if isinstance(constant, int | float | Decimal) and isinstance(value, str):
        return _year(value) == constant  # a year chosen from a list of choices is text
    return value is not None and value == _exact(constant)


def _at_least(value: object, bound: object) -> bool:
    value, bound = (item.isoformat() if isinstance(item, date) else _exact(item) for item in (value, bound))
    try:
        return value >= bound
    except TypeError:
        return False


def _exact(value: object) -> object:
    return Decimal(repr(value)) if isinstance(value, float) else value


def _constant(test: object, given: Mapping[str, object]) -> object:
    if isinstance(test, Mapping):
        value = given.get(test["given"])
        if value is None:
            raise _NotGiven
        return value
    return test
