"""Points, boxes and segments. Units are pixels of the picture; y grows downwards."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple


class Point(NamedTuple):
    """A place in the picture."""

    x: float
    y: float


class Box(NamedTuple):
    """A rectangle by its left upper corner and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def centre(self) -> Point:
        return Point(self.x + self.width / 2, self.y + self.height / 2)

    def moved(self, by_x: float, by_y: float) -> "Box":
        return Box(self.x + by_x, self.y + by_y, self.width, self.height)

    def grown(self, by: float) -> "Box":
        """The box with `by` more on every side; less where it is negative."""
        return Box(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)

    def overlaps(self, other: "Box") -> bool:
        """Whether they share an area; touching edges don't count."""
        return (self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom)

    def holds(self, other: "Box") -> bool:
        """Whether `other` lies wholly inside, edges included."""
        return (self.x <= other.x and self.y <= other.y and other.right <= self.right and other.bottom <= self.bottom)


Segment = tuple[Point, Point]


def segments(points: Sequence[Point]) -> list[Segment]:
    """The straight parts of a line, those without length left out."""
    return [(start, end) for start, end in zip(points, points[1:], strict=False) if start != end]


def around(boxes: Iterable[Box]) -> Box:
    """The smallest box that holds all of `boxes` (at least one)."""
    known = list(boxes)
    left, top = min(box.x for box in known), min(box.y for box in known)
    return Box(left, top, max(box.right for box in known) - left, max(box.bottom for box in known) - top)


def straightened(points: Sequence[Point]) -> list[Point]:
    """The same line without points that aren't bends."""
    kept: list[Point] = []
    for point in points:
        if kept and kept[-1] == point:
            continue
        if len(kept) > 1 and _in_line(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return kept


def through(segment: Segment, box: Box) -> bool:
    """Whether a segment runs through the inside of a box (Liang and Barsky's clipping)."""
    (x1, y1), (x2, y2) = segment
    enters, leaves = 0.0, 1.0
    for start, delta, low, high in ((x1, x2 - x1, box.x, box.right), (y1, y2 - y1, box.y, box.bottom)):
        if delta == 0:
            if not low < start < high:
                return False
            continue
        near, far = sorted(((low - start) / delta, (high - start) / delta))
        enters, leaves = max(enters, near), min(leaves, far)
    return enters < leaves


def cross(one: Segment, other: Segment) -> bool:
    """Whether two segments cross inside both, touch with an end inside the other, or lie on one another."""
    sides = (_side(*one, other[0]), _side(*one, other[1]), _side(*other, one[0]), _side(*other, one[1]))
    if sides[0] == sides[1] == 0:
        return _shared_length(one, other) > 1
    return sides[0] * sides[1] <= 0 and sides[2] * sides[3] <= 0


def pairs(things: Sequence) -> Iterator[tuple]:
    """Each two of `things`, once."""
    for place, one in enumerate(things):
        for other in things[place + 1:]:
            yield one, other


def _side(start: Point, end: Point, point: Point) -> int:
    turn = (end.x - start.x) * (point.y - start.y) - (end.y - start.y) * (point.x - start.x)
    return (turn > 1e-9) - (turn < -1e-9)


def _shared_length(one: Segment, other: Segment) -> float:
    along = 0 if abs(one[1].x - one[0].x) >= abs(one[1].y - one[0].y) else 1
    first, second = sorted(point[along] for point in one), sorted(point[along] for point in other)
    return min(first[1], second[1]) - max(first[0], second[0])


def _in_line(first: Point, second: Point, third: Point) -> bool:
    return first.x == second.x == third.x or first.y == second.y == third.y
