"""The line of a title's life, laid out for a drawing: where each day lies, which marks stand in which row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from app.lives.items import Item, Stretch
from app.titles import standing

ROWS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "变动": ("event", "change"), "报送": ("report",), "评价": ("grade",), "处理": ("sanction",),
    "检查": ("inspection",), "预约": ("appointment",), "记录": ("note",), "将到": ("coming",),
})
"""The rows below the bar, and what stands in each."""

_HEAD, _ROW, _BAR = 46, 24, 14
_TOP = 18
_MARGIN = 14


@dataclass(frozen=True)
class Bar:
    """A stretch of the bar: left edge, width, status; `ahead` is what is to come of the period of validity."""

    x: float
    width: float
    status: str
    words: str
    ahead: bool = False


@dataclass(frozen=True)
class Mark:
    """An item's mark: its middle, what it stands for, and the number of the item in the list below."""

    x: float
    y: float
    track: str
    state: str
    words: str
    number: int
    ahead: bool


@dataclass(frozen=True)
class Line:
    """A drawing of so many units: years as (x, words), bars, marks, heads of rows as (y, words), today's x (None: the
    line ends before it)."""

    width: int
    height: int
    years: Sequence[tuple[float, str]]
    bars: Sequence[Bar]
    marks: Sequence[Mark]
    heads: Sequence[tuple[float, str]]
    today: float | None
    bar_y: int = _TOP + 6
    bar_height: int = _BAR


def line(
    items: Sequence[Item], stretches: Sequence[Stretch], *, valid_until: date | None, today: date, width: int
) -> Line | None:
    """The line from the beginning to what is to come; None for a title without any event."""
    if not stretches:
        return None
    first = min(stretches[0].since, *(item.on for item in items)) if items else stretches[0].since
    ended = stretches[-1].status in standing.ENDS
    last = max([today, *(item.on for item in items), *([valid_until] if valid_until and not ended else [])])
    days = max((last - first).days, 30)
    scale = (width - _HEAD - 2 * _MARGIN) / days

    def x(day: date) -> float:
        return round(_HEAD + _MARGIN + (day - first).days * scale, 1)

    bars = [
        Bar(x(one.since), round(max((min(one.until or today, last) - one.since).days * scale, 1.5), 1), one.status,
            f"{standing.STATUSES[one.status]}：{one.since} 至 {one.until or '今'}")
        for one in stretches
    ]
    if valid_until and not ended and valid_until > today:
        bars.append(Bar(x(today), round((valid_until - today).days * scale, 1), stretches[-1].status,
                        f"有效期至 {valid_until}", ahead=True))
    marks, heads, y = [], [], _TOP + 6 + _BAR + 18
    for name, tracks in ROWS.items():
        placed = [(number, item) for number, item in enumerate(items) if item.track in tracks]
        if not placed:
            continue
        heads.append((float(y), name))
        marks += [
            Mark(x(item.on), float(y), item.track, item.state, f"{item.on}　{item.words}", number, item.ahead)
            for number, item in placed
        ]
        y += _ROW
    return Line(width, y - _ROW + 16, _years(first, last, x, narrow=width < 500), bars, marks, heads,
                x(today) if today <= last else None)


def _years(first: date, last: date, x, *, narrow: bool) -> list[tuple[float, str]]:
    """The first days of the years, named; of a short life those of its months."""
    if last - first < timedelta(days=500):
        months = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
        step = 3 if narrow or (last - first).days > 250 else 1
        return [(x(day), f"{day:%Y-%m}") for day in months if first <= day <= last and day.month % step == 1 % step]
    days = [date(year, 1, 1) for year in range(first.year + 1, last.year + 1)]
    return [(x(day), str(day.year)) for day in days]
