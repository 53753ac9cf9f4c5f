"""Which row of its lane a node stands in: tried out, counting what lines would cross, pass over and bend.

The ways of lines are only guessed here, on a board of half columns and half rows; `routing` finds the real ones.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.drawing.ranks import drawn_lines, host
from app.drawing.reading import Line, Node, Scope

_BEND, _HEIGHT, _PASSED, _CROSSED, _SHARED, _ROW = 1.0, 0.4, 6.0, 4.0, 2.5, 1.2
_ROUNDS = 8

# A part of a guessed way: level or upright, at which half line, from, to.
_Part = tuple[bool, int, int, int]


@dataclass
class Rows:
    """The rows of a scope. `lanes` are the lanes' ids from above; each row is a list of rows of nodes side by side."""

    lanes: Sequence[str]
    content: dict[str, list[list[int]]] = field(default_factory=dict)

    def numbers(self) -> dict[int, int]:
        """Row number from 0, counted over all lanes, by the place of a row of nodes."""
        found: dict[int, int] = {}
        number = 0
        for lane in self.lanes:
            for row in self.content[lane]:
                found.update(dict.fromkeys(row, number))
                number += 1
            number += not self.content[lane]
        return found

    def counts(self) -> list[int]:
        """How many rows each lane has, at least one."""
        return [max(1, len(self.content[lane])) for lane in self.lanes]


def arrange(
    scope: Scope, lanes: Sequence[str], chains: list[list[Node]], column: Mapping[str, int], back: frozenset[str]
) -> Rows:
    """Rows for the rows of nodes `chains`, which are named by their place in it."""
    rows = Rows(lanes, {lane: [] for lane in lanes})
    spans = _spans(chains, column)
    for place, chain in enumerate(chains):
        _put(rows.content[chain[0].lane], place, spans)
    guess = _Guess(scope, chains, column, back)
    best = guess.cost(rows)
    for _ in range(_ROUNDS):
        before = best
        for place, chain in enumerate(chains):
            best = _improve(rows, chain[0].lane, place, spans, guess, best)
        if best >= before:
            break
    return rows


def row_of(scope: Scope, rows: Rows, chains: list[list[Node]]) -> dict[str, int]:
    """The row of each node from 0, counted over all lanes."""
    numbers = rows.numbers()
    found = {node.id: numbers[place] for place, chain in enumerate(chains) for node in chain}
    return found | {name: found[host(scope, name)] for name in scope.nodes if name not in found}


def others(rows: Rows, place: int, chains: list[list[Node]], column: Mapping[str, int]) -> Iterator[Rows]:
    """The arrangements in which one row of nodes stands elsewhere in its lane."""
    lane = chains[place][0].lane
    without = [[other for other in row if other != place] for row in rows.content[lane]]
    without = [row for row in without if row]
    for tried in _choices(without, place, _spans(chains, column)):
        if [sorted(row) for row in tried] != [sorted(row) for row in rows.content[lane]]:
            yield Rows(rows.lanes, {**rows.content, lane: tried})


def _spans(chains: list[list[Node]], column: Mapping[str, int]) -> list[tuple[int, int]]:
    return [(column[chain[0].id], column[chain[-1].id]) for chain in chains]


def _put(lane: list[list[int]], place: int, spans: list[tuple[int, int]]) -> None:
    for row in lane:
        if _fits(row, place, spans):
            row.append(place)
            return
    lane.append([place])


def _fits(row: list[int], place: int, spans: list[tuple[int, int]]) -> bool:
    first, last = spans[place]
    return all(spans[other][1] < first or last < spans[other][0] for other in row if other != place)


def _improve(
    rows: Rows, lane: str, place: int, spans: list[tuple[int, int]], guess: "_Guess", best: float
) -> float:
    """Move one row of nodes to where the whole costs least; the new cost."""
    chosen = rows.content[lane]
    without = [[other for other in row if other != place] for row in chosen]
    for tried in _choices([row for row in without if row], place, spans):
        rows.content[lane] = tried
        cost = guess.cost(rows)
        if cost < best - 1e-9:
            best, chosen = cost, tried
    rows.content[lane] = chosen
    return best


def _choices(without: list[list[int]], place: int, spans: list[tuple[int, int]]) -> list[list[list[int]]]:
    into = [[row + [place] if index == number else row for index, row in enumerate(without)]
            for number, found in enumerate(without) if _fits(found, place, spans)]
    own = [[*without[:number], [place], *without[number:]] for number in range(len(without) + 1)]
    return into + own


class _Guess:
    """What an arrangement would cost, by guessed ways of its lines."""

    def __init__(
        self, scope: Scope, chains: list[list[Node]], column: Mapping[str, int], back: frozenset[str]
    ) -> None:
        self.scope, self.chains, self.column, self.back = scope, chains, column, back
        self.chain_of = {node.id: place for place, chain in enumerate(chains) for node in chain}
        lines = drawn_lines(scope)
        self.lines = sorted(lines, key=lambda line: (line.id in back, abs(self._span(line))))

    def cost(self, rows: Rows) -> float:
        row = row_of(self.scope, rows, self.chains)
        taken = {(self.column[name], row[name]) for name in self.chain_of}
        level: dict[tuple[int, int], int] = {}
        upright: dict[tuple[int, int], int] = {}
        total = _ROW * sum(rows.counts())
        for line in self.lines:
            cost, way = min(
                ((self._price(option, taken, level, upright), option) for option in self._options(line, row)),
                key=lambda priced: priced[0],
            )
            total += cost
            for flat, at, start, end in way:
                lines = level if flat else upright
                for step in range(min(start, end), max(start, end) + 1):
                    key = (step, at) if flat else (at, step)
                    lines[key] = lines.get(key, 0) + 1
        return total

    def _span(self, line: Line) -> int:
        return self.column[line.target] - self.column[line.source]

    def _options(self, line: Line, row: Mapping[str, int]) -> list[list[_Part]]:
        x1, x2 = 2 * self.column[line.source], 2 * self.column[line.target]
        y1, y2 = 2 * row[line.source], 2 * row[line.target]
        if self.scope.nodes[line.source].kind == "boundaryEvent":
            below = y1 + 1
            return [[(False, x1, y1, below), (True, below, x1, x2 - 1), (False, x2 - 1, below, y2)],
                    [(False, x1, y1, y2), (True, y2, x1, x2)]]
        if x1 == x2:
            return [[(False, x1, y1, y2)], [(False, x1 + 1, y1, y2), (True, y1, x1, x1 + 1), (True, y2, x1, x1 + 1)]]
        if line.id in self.back or x1 > x2:
            sides = {min(y1, y2) - 1, max(y1, y2) + 1}
            return [[(False, x1, y1, side), (True, side, x1, x2), (False, x2, side, y2)] for side in sorted(sides)]
        if y1 == y2:
            straight = [(True, y1, x1, x2)]
            around = [[(False, x1, y1, side), (True, side, x1, x2), (False, x2, side, y2)] for side in (y1 - 1, y1 + 1)]
            return [straight, *around] if x2 - x1 > 2 else [straight]
        return [
            [(False, x1, y1, y2), (True, y2, x1, x2)],
            [(True, y1, x1, x2), (False, x2, y1, y2)],
            [(True, y1, x1, x1 + 1), (False, x1 + 1, y1, y2), (True, y2, x1 + 1, x2)],
            [(True, y1, x1, x2 - 1), (False, x2 - 1, y1, y2), (True, y2, x2 - 1, x2)],
        ]

    def _price(
        self, way: list[_Part], taken: set[tuple[int, int]], level: Mapping[tuple[int, int], int],
        upright: Mapping[tuple[int, int], int],
    ) -> float:
        cost = _BEND * (len(way) - 1)
        for flat, at, start, end in way:
            low, high = min(start, end), max(start, end)
            if not flat:
                cost += _HEIGHT * (high - low) / 2
            for step in range(low + 1, high):
                key = (step, at) if flat else (at, step)
                across, along = (upright, level) if flat else (level, upright)
                cost += _CROSSED * across.get(key, 0)
                if key[0] % 2 == key[1] % 2 == 0 and (key[0] // 2, key[1] // 2) in taken:
                    cost += _PASSED
                if at % 2 == 0:
                    cost += _SHARED * along.get(key, 0)
        return cost
