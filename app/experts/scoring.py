"""From the scores of a panel to its result. Pure; everything in Decimal."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Result:
    """What was made of the scores that were kept, to two decimals, and the places of those that were dropped."""

    score: Decimal
    highest: frozenset[int]
    lowest: frozenset[int]


def aggregate(
    scores: Sequence[Decimal], *, drop_highest: int = 0, drop_lowest: int = 0, how: str = "mean"
) -> Result:
    """Drop the `drop_highest` highest and `drop_lowest` lowest scores; of the rest take the mean, median or sum.

    Rounded once, at the end, half up: 87.125 gives 87.13. Of equal scores those that came first are dropped first,
    which doesn't change the result. Raises ValueError where nothing would remain. Source: HBI-8.3.
    """
    if len(scores) <= drop_highest + drop_lowest:
        raise ValueError(f"{len(scores)} scores, {drop_highest} + {drop_lowest} to drop: nothing would remain")
    lowest = frozenset(sorted(range(len(scores)), key=lambda place: (scores[place], place))[:drop_lowest])
    rest = [place for place in range(len(scores)) if place not in lowest]
    highest = frozenset(sorted(rest, key=lambda place: (-scores[place], place))[:drop_highest])
    kept = [scores[place] for place in rest if place not in highest]
    with localcontext() as exact:
        exact.prec = 60
        found = WAYS[how](kept)
        return Result(found.quantize(HUNDREDTH, rounding=ROUND_HALF_UP), highest, lowest)


def needed(*, quorum: int, drop_highest: int, drop_lowest: int) -> int:
    """The fewest scores from which a result is taken: the quorum, and always one more than are dropped."""
    return max(quorum, drop_highest + drop_lowest + 1)


def _sum(scores: Sequence[Decimal]) -> Decimal:
    return sum(scores, Decimal(0))


def _mean(scores: Sequence[Decimal]) -> Decimal:
    return _sum(scores) / len(scores)


def _median(scores: Sequence[Decimal]) -> Decimal:
    ranked, half = sorted(scores), len(scores) // 2
    return ranked[half] if len(ranked) % 2 else (ranked[half - 1] + ranked[half]) / 2


WAYS = {"mean": _mean, "median": _median, "sum": _sum}
