"""The small pictures in tasks, gateways and events, as parts of an SVG. Sizes are pixels."""

from math import cos, pi, sin

from app.drawing.geometry import Box, Point


def in_gateway(kind: str, box: Box) -> str:
    """What tells one gateway from another."""
    x, y = box.centre
    if kind == "exclusiveGateway":
        strokes = f"M{x - 7:g} {y - 8:g} L{x + 7:g} {y + 8:g} M{x + 7:g} {y - 8:g} L{x - 7:g} {y + 8:g}"
        return _path(strokes, "mark bold")
    if kind == "parallelGateway":
        return _path(f"M{x - 10:g} {y:g} H{x + 10:g} M{x:g} {y - 10:g} V{y + 10:g}", "mark bold")
    if kind == "inclusiveGateway":
        return _ring(box.centre, 10, "mark bold")
    if kind == "eventBasedGateway":
        corners = " ".join(f"{x + 7 * sin(turn):.1f},{y - 7 * cos(turn):.1f}"
                           for turn in (2 * pi * number / 5 for number in range(5)))
        return _ring(box.centre, 13) + _ring(box.centre, 10.5) + f'<polygon class="mark" points="{corners}"/>'
    return _path(f"M{x - 9:g} {y:g} H{x + 9:g} M{x:g} {y - 9:g} V{y + 9:g} "
                 f"M{x - 6:g} {y - 6:g} L{x + 6:g} {y + 6:g} M{x + 6:g} {y - 6:g} L{x - 6:g} {y + 6:g}", "mark bold")


def in_event(mark: str, box: Box) -> str:
    """What an event waits for or does."""
    x, y = box.centre
    if mark == "timer":
        ticks = "".join(
            f"M{x + 8 * sin(turn):.1f} {y - 8 * cos(turn):.1f} L{x + 10 * sin(turn):.1f} {y - 10 * cos(turn):.1f}"
            for turn in (pi * number / 6 for number in range(12))
        )
        return _ring(box.centre, 10) + _path(ticks + f" M{x:g} {y - 7:g} V{y:g} L{x + 5:g} {y + 3:g}")
    if mark == "message":
        return (f'<rect class="mark" x="{x - 9:g}" y="{y - 6:g}" width="18" height="12"/>'
                + _path(f"M{x - 9:g} {y - 6:g} L{x:g} {y + 1:g} L{x + 9:g} {y - 6:g}"))
    if mark == "terminate":
        return f'<circle class="solid" cx="{x:g}" cy="{y:g}" r="10"/>'
    return _ring(box.centre, 7, "mark dashed") if mark else ""


def in_task(kind: str, box: Box) -> str:
    """Who or what does a task: a person, the system, another diagram."""
    x, y = box.x + 16, box.y + 16
    if kind == "userTask":
        return (_ring(Point(x, y - 4), 4) + _path(f"M{x - 8:g} {y + 8:g} V{y + 6:g} Q{x - 8:g} {y + 1:g} {x - 3:g} "
                                                  f"{y + 1:g} H{x + 3:g} Q{x + 8:g} {y + 1:g} {x + 8:g} {y + 6:g} "
                                                  f"V{y + 8:g} Z"))
    if kind == "serviceTask":
        teeth = "".join(
            f"M{x + 5.5 * cos(turn):.1f} {y + 5.5 * sin(turn):.1f} L{x + 8.5 * cos(turn):.1f} {y + 8.5 * sin(turn):.1f}"
            for turn in (pi * number / 4 for number in range(8))
        )
        return _ring(Point(x, y), 5.5) + _ring(Point(x, y), 2) + _path(teeth, "mark bold")
    if kind == "callActivity":
        middle, bottom = box.centre.x, box.bottom
        return (f'<rect class="mark" x="{middle - 7:g}" y="{bottom - 16:g}" width="14" height="14"/>'
                + _path(f"M{middle - 4:g} {bottom - 9:g} H{middle + 4:g} M{middle:g} {bottom - 13:g} V{bottom - 5:g}"))
    return ""


def _ring(centre: Point, radius: float, look: str = "mark") -> str:
    return f'<circle class="{look}" cx="{centre.x:g}" cy="{centre.y:g}" r="{radius:g}"/>'


def _path(way: str, look: str = "mark") -> str:
    return f'<path class="{look}" d="{way}"/>'
