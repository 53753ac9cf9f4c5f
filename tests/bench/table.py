"""Figures and the table in which they are printed: median (least-most) over the rounds, with the goal beside it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from unicodedata import east_asian_width

MET, MISSED = "met", "MISSED"


@dataclass(frozen=True)
class Row:
    """One line: a figure a database. `goal` is the most that is allowed, or the least where `least` is set.

    `values` maps a column to what each round gave; the goal is judged by the median.
    """

    label: str
    unit: str
    values: Mapping[str, Sequence[float]]
    goal: float | None = None
    least: bool = False

    def met(self) -> bool | None:
        """Whether every column reaches the goal; None where there is no goal or nothing was measured."""
        if self.goal is None or not any(self.values.values()):
            return None
        found = [median(rounds) for rounds in self.values.values() if rounds]
        return min(found) >= self.goal if self.least else max(found) <= self.goal


@dataclass
class Table:
    """The lines of one measurement, headed by what exactly was measured."""

    heading: str
    notes: str = ""
    rows: list[Row] = field(default_factory=list)

    def as_text(self) -> str:
        """The table as it is printed."""
        columns = list(dict.fromkeys(name for row in self.rows for name in row.values))
        cells = [["", "", *columns, "goal", ""]]
        for row in self.rows:
            goal = "" if row.goal is None else f"{'>=' if row.least else '<='} {_number(row.goal)}"
            verdict = {None: "", True: MET, False: MISSED}[row.met()]
            cells.append([row.label, row.unit, *(_spread(row.values.get(c, ())) for c in columns), goal, verdict])
        widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(_padded(cell, width) for cell, width in zip(line, widths, strict=True)) for line in cells]
        return "\n".join([f"== {self.heading}", *self.notes.splitlines(), *(line.rstrip() for line in lines), ""])


def ratios(ours: Mapping[str, Sequence[float]], floor: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    """Ours over the floor, round by round: a machine that is busy for a while slows both."""
    return {name: [a / b for a, b in zip(ours[name], floor[name], strict=True)] for name in ours}


def verdict(tables: Iterable[Table]) -> str:
    """How many goals were met."""
    judged = [row.met() for table in tables for row in table.rows if row.met() is not None]
    return f"{sum(judged)} of {len(judged)} goals met"


def _spread(rounds: Sequence[float]) -> str:
    if not rounds:
        return "-"
    middle = _number(median(rounds))
    return middle if len(rounds) == 1 else f"{middle} ({_number(min(rounds))}-{_number(max(rounds))})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _width(text: str) -> int:
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
