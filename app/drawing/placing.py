"""From a board to pixels: only tracks that are used take room, and cells are as wide as what they hold."""

from collections.abc import Mapping, Sequence

from app.drawing.cells import Cells
from app.drawing.routing import Board, Laying

TRACK = 20
_GAP, _ROW_GAP, _EDGE = 40, 24, 20
LANE_HEIGHT = 120


def coordinates(
    board: Board, laying: Laying, cells: Cells, lane_heights: Sequence[float]
) -> tuple[list[float], list[float], float, list[float]]:
    """The x of each upright line, the y of each level line, the whole width, and each lane's height.

    `lane_heights` are the least heights.
    """
    upright, level = _used(laying)
    xs, width = _across(board, cells, upright)
    ys, heights = _down(board, cells, level, lane_heights)
    return xs, ys, width, heights


def _used(laying: Laying) -> tuple[set[int], set[int]]:
    upright: set[int] = set()
    level: set[int] = set()
    for (place, flat), users in laying.parts.items():
        if users:
            (level if flat else upright).add(place[1] if flat else place[0])
    return upright, level


def _across(board: Board, cells: Cells, used: set[int]) -> tuple[list[float], float]:
    xs = [0.0] * len(board.uprights)
    columns = len(cells.left)
    at = 0.0
    for number in range(columns + 1):
        tracks = [index for index, key in enumerate(board.uprights) if key[:2] == ("gap", number)]
        lead = max(0.0, cells.lead[number] - cells.right[number - 1]) if number else 0.0
        tail = max(0.0, cells.tail[number] - cells.left[number]) if number < columns else 0.0
        at = _spread(xs, tracks, used, at, lead, tail, least=_GAP if 0 < number < columns else _EDGE + 10)
        if number < columns:
            middle = at + cells.left[number]
            for index, key in enumerate(board.uprights):
                if key[:2] == ("column", number):
                    xs[index] = middle + key[2]
            at = middle + cells.right[number]
    return xs, at


def _spread(
    xs: list[float], tracks: Sequence[int], used: set[int], at: float, lead: float, tail: float, least: float
) -> float:
    """Put the used tracks of a gap that begins at `at`; where it ends."""
    wanted = [index for index in tracks if index in used]
    room = TRACK * (len(wanted) + 1) if wanted else min(10.0, lead + tail)
    width = max(least, lead + room + tail)
    spare = (width - lead - tail - room) / 2 if wanted else 0.0
    for place, index in enumerate(wanted):
        xs[index] = at + lead + spare + TRACK * (place + 1)
    return _even(at + width)


def _down(
    board: Board, cells: Cells, used: set[int], least: Sequence[float]
) -> tuple[list[float], list[float]]:
    ys = [0.0] * len(board.levels)
    heights: list[float] = []
    lanes: Mapping[int, list[int]] = _lanes_of(board)
    top = 0.0
    for lane in sorted(lanes):
        at = top
        inside = lanes[lane]
        place = 0
        first = True
        while place < len(inside):
            gap: list[int] = []
            while place < len(inside) and board.levels[inside[place]][0] != "row":
                gap.append(inside[place])
                place += 1
            edge = first or place >= len(inside)
            at = _spread(ys, gap, used, at, 0, 0, least=_EDGE if edge else _ROW_GAP)
            first = False
            if place < len(inside):
                row = board.levels[inside[place]][1]
                at += cells.above[row]
                ys[inside[place]] = at
                at = _even(at + cells.below[row])
                place += 1
        missing = max(0.0, least[lane] - (at - top))
        for index in inside:
            ys[index] += _even(missing / 2)
        at += missing
        heights.append(at - top)
        top = at
    return ys, heights


def _lanes_of(board: Board) -> dict[int, list[int]]:
    """Level lines by lane: a row lies in the lane of the tracks above it."""
    found: dict[int, list[int]] = {}
    lane = 0
    for index, key in enumerate(board.levels):
        lane = key[2] if key[0] != "row" else lane
        found.setdefault(lane, []).append(index)
    return found


def _even(number: float) -> float:
    return float(2 * round(number / 2 + 0.25))
