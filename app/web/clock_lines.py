"""Where the parts of a deadline's line lie on the page: shares of its width, in percent."""

from types import SimpleNamespace
from typing import Any

from app.cases import timeline

UNITS = {"working_days": "个工作日", "days": "日", "months": "个月", "years": "年"}
WORDS = {"run": "计时", "stop": "停表", "extension": "延期", "over": "超期"}


def drawn(line: timeline.Line | None) -> SimpleNamespace | None:
    """A line with its bars [(kind, from, width)], the place of today, and the kinds that its legend explains."""
    if line is None:
        return None
    days = max((line.last - line.first).days + 1, 1)

    def place(day: Any) -> float:
        return round(100 * (day - line.first).days / days, 2)

    bars = [
        SimpleNamespace(kind=one.kind, x=place(one.since),
                        width=max(round(100 * ((one.until - one.since).days + 1) / days, 2), 0.6))
        for one in line.stretches if one.until >= one.since
    ]
    today = place(line.today) if line.first <= line.today <= line.last else None
    kinds = [kind for kind in WORDS if any(bar.kind == kind for bar in bars)]
    return SimpleNamespace(
        line=line, bars=bars, today=today, legend=[(kind, WORDS[kind]) for kind in kinds],
        today_at_end=today is not None and today > 70,
    )
