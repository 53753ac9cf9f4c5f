"""The ways of lines: along the tracks between columns and rows, around nodes, with few bends and crossings.

A board has upright lines (per column its middle and the places of boundary events, between columns tracks) and level
lines (per row its middle, between rows tracks). A way is a list of places (upright line, level line). Ways are found
one after the other by A*, then each is taken up and laid again until nothing gets better. Tracks that nobody uses
take no room in the picture.
"""

import heapq
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

RIGHT, DOWN, LEFT, UP = range(4)
STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))

_COLUMN, _ROW, _TRACK = 170.0, 120.0, 9.0
_BEND, _CROSSING, _JOINING, _LONG = 70.0, 1100.0, 250.0, 250.0
_ROUNDS, _EVICTIONS = 4, 3
_FAR = float("inf")

Place = tuple[int, int]


@dataclass(frozen=True)
class Wish:
    """A line to be laid: from where in which directions, to where from which directions (of travel)."""

    id: str
    start: Place
    goal: Place
    leaves: Mapping[int, float]  # direction -> extra cost
    enters: Mapping[int, float]
    source: str
    target: str
    own: frozenset[Place] = frozenset()  # places of its two nodes, which it may go straight through
    shares_source: bool = False
    leftward: float = 1.6  # what a step to the left costs more


@dataclass
class Board:
    """The lines of a grid. `uprights` and `levels` are keys of lines in order; `blocked` are places of nodes."""

    uprights: list[tuple] = field(default_factory=list)
    levels: list[tuple] = field(default_factory=list)
    xs: list[float] = field(default_factory=list)
    ys: list[float] = field(default_factory=list)
    blocked: set[Place] = field(default_factory=set)
    row_levels: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, offsets: Sequence[Sequence[float]], rows: Sequence[int], tracks: int) -> "Board":
        """A board for columns with upright lines at `offsets` from their middle, and lanes of `rows` rows."""
        board = cls()
        for number, column in enumerate(offsets):
            board._gap(board.uprights, board.xs, ("gap", number), (number - 0.5) * _COLUMN, tracks)
            for offset in column:
                board.uprights.append(("column", number, offset))
                board.xs.append(number * _COLUMN + offset)
        board._gap(board.uprights, board.xs, ("gap", len(offsets)), (len(offsets) - 0.5) * _COLUMN, tracks)
        row, at = 0, 0.0
        for lane, count in enumerate(rows):
            for inside in range(count):
                between = max(2, tracks // 2) if inside == 0 else tracks
                board._gap(board.levels, board.ys, ("above", row, lane), at - _ROW / 2, between)
                board.row_levels.add(len(board.levels))
                board.levels.append(("row", row))
                board.ys.append(at)
                row, at = row + 1, at + _ROW
            board._gap(board.levels, board.ys, ("below", row - 1, lane), at - _ROW / 2 - 10, max(2, tracks // 2))
            at += 60
        return board

    def _gap(self, lines: list[tuple], at: list[float], key: tuple, middle: float, tracks: int) -> None:
        for track in range(tracks):
            lines.append((*key, track))
            at.append(middle + (track - (tracks - 1) / 2) * _TRACK)


class Laying:
    """The ways laid so far, and what a further one would cost."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.ways: dict[str, list[Place]] = {}
        self.wishes: dict[str, Wish] = {}
        self.parts: dict[tuple[Place, bool], set[str]] = {}
        self.turns: dict[Place, dict[str, str]] = {}

    def lay(self, wishes: Sequence[Wish]) -> bool:
        """Lay all; False if one finds no way, which more tracks may mend."""
        self.wishes = {wish.id: wish for wish in wishes}
        waiting, failed = list(wishes), dict.fromkeys(self.wishes, 0)
        while waiting:
            wish = waiting.pop(0)
            found = self.find(wish)
            if found is not None:
                self._add(wish, found[1])
                continue
            failed[wish.id] += 1
            evicted = self._neighbours(wish)
            if failed[wish.id] > _EVICTIONS or not evicted:
                return False
            for other in evicted:
                self._remove(other)
            waiting = [wish, *evicted, *waiting]
        for wish in wishes:
            self._again(wish)
        for pair in self.crossing_pairs():
            self._swap(*pair)
        return True

    def refine(self) -> None:
        """Give each line with a long detour the first choice once, before those that share its nodes."""
        for _ in range(_ROUNDS):
            wishes = sorted(self.wishes.values(), key=lambda wish: -self._detour(wish))
            better = [self._first(wish) for wish in wishes if self._detour(wish) > _LONG]
            better += [self._again(wish) for wish in self.wishes.values()]
            better += [self._swap(*pair) for pair in self.crossing_pairs()]
            if not any(better):
                break

    def detours(self) -> list[str]:
        """Ids of the lines that go a long way round, or cross another, the worst first."""
        found = {name: self._detour(wish) for name, wish in self.wishes.items()}
        return sorted((name for name, extra in found.items() if extra > _LONG), key=lambda name: -found[name])

    def _detour(self, wish: Wish) -> float:
        """What the way costs more than a straight one would."""
        xs, ys = self.board.xs, self.board.ys
        (x1, y1), (x2, y2) = wish.start, wish.goal
        return self._price(wish, self.ways[wish.id]) - abs(xs[x1] - xs[x2]) - abs(ys[y1] - ys[y2]) - _BEND

    def _first(self, wish: Wish) -> bool:
        """Lay this line before its neighbours; kept if all are better together."""
        others = [other for other in self._neighbours(wish) if other.id != wish.id]
        before, olds = self.cost(), dict(self.ways)
        group = [wish, *sorted(others, key=self._detour)]
        for one in group:
            self._remove(one)
        for place, one in enumerate(group):
            found = self.find(one)
            if found is None:
                group = group[:place]
                break
            self._add(one, found[1])
        if len(group) == len(others) + 1 and self.cost() < before - 1e-6:
            return True
        for one in group:
            self._remove(one)
        for one in [wish, *others]:
            self._add(one, olds[one.id])
        return False

    def cost(self) -> float:
        """Of all ways, crossings counted for both."""
        return sum(self._price(self.wishes[name], way) for name, way in self.ways.items())

    def crossing_pairs(self) -> list[tuple[str, str]]:
        found = set()
        for users in self.turns.values():
            level = [name for name, shape in users.items() if shape == "h"]
            found |= {tuple(sorted((one, other))) for one in level for other, shape in users.items() if shape == "v"}
        return sorted(found)

    def _neighbours(self, wish: Wish) -> list[Wish]:
        """Laid lines that share a node with this one, and may have taken its last free side."""
        ends = {wish.source, wish.target}
        return [other for name, other in self.wishes.items()
                if name in self.ways and ends & {other.source, other.target}]

    def _again(self, wish: Wish) -> bool:
        old = self.ways[wish.id]
        self._remove(wish)
        before = self._price(wish, old)
        found = self.find(wish)
        if found is None or found[0] >= before - 1e-6:
            self._add(wish, old)
            return False
        self._add(wish, found[1])
        return True

    def _swap(self, one: str, other: str) -> bool:
        """Take up two that cross and lay them in the other order; kept if the two are better together."""
        first, second = self.wishes[one], self.wishes[other]
        olds = (self.ways[one], self.ways[other])
        before = self.cost()
        for pair in ((first, second), (second, first)):
            self._remove(first)
            self._remove(second)
            found = self.find(pair[0])
            if found is not None:
                self._add(pair[0], found[1])
                found = self.find(pair[1])
                if found is not None:
                    self._add(pair[1], found[1])
                    if self.cost() < before - 1e-6:
                        return True
                    self._remove(pair[1])
                self._remove(pair[0])
            self._add(first, olds[0])
            self._add(second, olds[1])
        return False

    def _add(self, wish: Wish, way: list[Place]) -> None:
        self.ways[wish.id] = way
        for part in _parts(way):
            self.parts.setdefault(part, set()).add(wish.id)
        for place, shape in _shapes(way):
            self.turns.setdefault(place, {})[wish.id] = shape

    def _remove(self, wish: Wish) -> None:
        way = self.ways.pop(wish.id)
        for part in _parts(way):
            self.parts[part].discard(wish.id)
        for place, _ in _shapes(way):
            self.turns[place].pop(wish.id, None)

    def _price(self, wish: Wish, way: list[Place]) -> float:
        directions = [_direction(one, other) for one, other in zip(way, way[1:], strict=False)]
        cost = wish.leaves.get(directions[0], 0) + wish.enters.get(directions[-1], 0)
        for place, direction, towards in zip(way, directions, way[1:], strict=False):
            cost += self._step(wish, place, direction, towards) or 0
        for place, before, after in zip(way[1:], directions, directions[1:], strict=False):
            cost += self._turn(wish, place, before, after) or 0
        return cost

    def _step(self, wish: Wish, place: Place, direction: int, towards: Place) -> float | None:
        """The cost of one step, None where another line lies."""
        board = self.board
        users = self.parts.get(_part(place, towards))
        length = abs(board.xs[towards[0]] - board.xs[place[0]]) + abs(board.ys[towards[1]] - board.ys[place[1]])
        if direction == LEFT:
            length *= wish.leftward
        if users:
            for name in users:
                if name != wish.id and not self._may_share(wish, name):
                    return None
            length += 0.2 * length
        return length

    def _turn(self, wish: Wish, place: Place, before: int, after: int) -> float | None:
        """The cost of going on at a place, None where it would touch another line."""
        cost = 0.0 if before == after else _BEND
        users = self.turns.get(place)
        if not users:
            return cost
        mine = "t" if before != after else "h" if before in (RIGHT, LEFT) else "v"
        for name, shape in users.items():
            if name == wish.id:
                continue
            if mine != shape and "t" not in (mine, shape):
                cost += _CROSSING
            elif not self._may_share(wish, name):
                return None
            elif mine != shape or mine == "t":
                cost += _JOINING
        return cost

    def _may_share(self, wish: Wish, name: str) -> bool:
        other = self.wishes[name]
        return other.target == wish.target or (wish.shares_source and other.source == wish.source)

    def find(self, wish: Wish) -> tuple[float, list[Place]] | None:
        """The cheapest way and its cost: near its two ends if there is one, else anywhere on the board."""
        xs, ys = self.board.xs, self.board.ys
        left, right = sorted((xs[wish.start[0]], xs[wish.goal[0]]))
        top, bottom = sorted((ys[wish.start[1]], ys[wish.goal[1]]))
        near = (bisect(xs, left - 2.2 * _COLUMN), bisect(xs, right + 2.2 * _COLUMN),
                bisect(ys, top - 2.5 * _ROW), bisect(ys, bottom + 2.5 * _ROW))
        return self._search(wish, near) or self._search(wish, (0, len(xs), 0, len(ys)))

    def _search(self, wish: Wish, window: tuple[int, int, int, int]) -> tuple[float, list[Place]] | None:
        board = self.board
        goal = wish.goal
        left, right, top, bottom = window
        best: dict[tuple[Place, int], float] = {}
        came: dict[tuple[Place, int], tuple[Place, int]] = {}
        waiting: list[tuple[float, float, Place, int]] = []

        across = [abs(x - board.xs[goal[0]]) for x in board.xs]
        down = [abs(y - board.ys[goal[1]]) for y in board.ys]

        def push(cost: float, place: Place, direction: int, before: tuple[Place, int] | None) -> None:
            key = (place, direction)
            if cost < best.get(key, _FAR) - 1e-9:
                best[key] = cost
                if before:
                    came[key] = before
                ahead = across[place[0]] + down[place[1]]
                aside = place[0] != goal[0]
                if place != goal and ((aside and place[1] != goal[1]) or direction % 2 == aside):
                    ahead += _BEND
                heapq.heappush(waiting, (cost + ahead, cost, place, direction))

        for direction, extra in wish.leaves.items():
            push(extra, wish.start, direction, None)
        while waiting:
            _, cost, place, direction = heapq.heappop(waiting)
            if cost > best[place, direction] + 1e-9:
                continue
            if place == goal:
                return cost, _traced(came, (place, direction))
            towards = (place[0] + STEPS[direction][0], place[1] + STEPS[direction][1])
            if not (left <= towards[0] < right and top <= towards[1] < bottom):
                continue
            step = self._step(wish, place, direction, towards)
            if step is None:
                continue
            if towards == goal:
                if direction in wish.enters:
                    push(cost + step + wish.enters[direction], towards, direction, (place, direction))
                continue
            if towards in board.blocked and towards not in wish.own:
                continue
            sideways = () if towards in board.blocked else ((direction + 1) % 4, (direction + 3) % 4)
            for after in (direction, *sideways):
                turn = self._turn(wish, towards, direction, after)
                if turn is not None:
                    push(cost + step + turn, towards, after, (place, direction))
        return None


def _traced(came: Mapping[tuple[Place, int], tuple[Place, int]], last: tuple[Place, int]) -> list[Place]:
    way = [last[0]]
    while last in came:
        last = came[last]
        way.append(last[0])
    return way[::-1]


def _direction(one: Place, other: Place) -> int:
    return STEPS.index((other[0] - one[0], other[1] - one[1]))


def _part(one: Place, other: Place) -> tuple[Place, bool]:
    return min(one, other), one[1] == other[1]


def _parts(way: list[Place]) -> list[tuple[Place, bool]]:
    return [_part(one, other) for one, other in zip(way, way[1:], strict=False)]


def _shapes(way: list[Place]) -> list[tuple[Place, str]]:
    """How the way goes through each place between its ends: level, upright or turning."""
    found = []
    for before, place, after in zip(way, way[1:], way[2:], strict=False):
        shape = "h" if before[1] == after[1] else "v" if before[0] == after[0] else "t"
        found.append((place, shape))
    return found
