"""A picture as SVG, drawn from the diagram interchange in the colours and type of the pages."""

from xml.sax.saxutils import escape

from app.drawing import marks
from app.drawing.geometry import Box, Point, around
from app.drawing.lettering import LABEL_LINE, LABEL_SIZE, NAME_LINE, NAME_SIZE, lines
from app.drawing.reading import EVENTS, GATEWAYS, NOTE, SCOPES, Lane, Node, Picture, Plan

FONTS = ("'Noto Sans SC','Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC','HarmonyOS Sans SC',"
         "sans-serif")
_MARGIN = 20

# The values of app/assets/src/styles/tokens.css: ink, soft ink, strong line, paper, ground, blue and its mist.
_STYLE = f"""
text{{font-family:{FONTS};fill:#1c2733}}
.name{{font-size:{NAME_SIZE}px}}
.label{{font-size:{LABEL_SIZE}px;paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}}
.head{{font-size:{NAME_SIZE}px;font-weight:600}}
.pool,.lane{{fill:#fff;stroke:#76828f;stroke-width:1px}}
.band{{fill:#f4f6f9;stroke:#76828f;stroke-width:1px}}
.poolband{{fill:#e9edf2;stroke:#76828f;stroke-width:1px}}
.task{{fill:#fff;stroke:#0b4a9e;stroke-width:1.5px}}
.call{{stroke-width:3.5px}}
.scope{{fill:#fff;stroke:#0b4a9e;stroke-width:1.5px}}
.gateway{{fill:#fff7e3;stroke:#7a4b00;stroke-width:1.5px}}
.event{{fill:#fff;stroke:#4c5a68;stroke-width:1.5px}}
.start{{fill:#e9f5ed;stroke:#17693a}}
.end{{fill:#fdf0ee;stroke:#b42318;stroke-width:3.5px}}
.inner{{fill:none}}
.broken{{stroke-dasharray:4 3}}
.mark{{fill:none;stroke:#4c5a68;stroke-width:1.2px;stroke-linejoin:round;stroke-linecap:round}}
.bold{{stroke-width:2.4px}}
.dashed{{stroke-dasharray:2 2}}
.solid{{fill:#b42318}}
.flow{{fill:none;stroke:#4c5a68;stroke-width:1.5px;stroke-linejoin:round}}
.dotted{{fill:none;stroke:#76828f;stroke-width:1.2px;stroke-dasharray:2 4}}
.note{{fill:none;stroke:#76828f;stroke-width:1.2px}}
.tip{{fill:#4c5a68}}
"""


def drawn(plan: Plan, picture: Picture) -> str:
    """The SVG of what `picture` holds; elements without a place are not drawn. An empty picture gives an empty SVG."""
    boxes = [*picture.shapes.values(), *picture.labels.values()]
    boxes += [Box(x, y, 0, 0) for way in picture.edges.values() for x, y in way]
    frame = around(boxes or [Box(0, 0, 100, 60)]).grown(_MARGIN)
    title = next((pool.name for pool in plan.pools if pool.name), plan.names.get(plan.plane, "")) or "流程图"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{frame.width:g}" height="{frame.height:g}" '
        f'viewBox="{frame.x:g} {frame.y:g} {frame.width:g} {frame.height:g}" role="img" aria-label={_quoted(title)}>',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="10" refY="5" markerWidth="9" markerHeight="9" '
        'markerUnits="userSpaceOnUse" orient="auto"><path class="tip" d="M0 1 L10 5 L0 9 Z"/></marker></defs>',
        f'<rect x="{frame.x:g}" y="{frame.y:g}" width="{frame.width:g}" height="{frame.height:g}" fill="#fff"/>',
    ]
    parts += _pools(plan, picture)
    nodes = [node for scope in plan.scopes() for node in scope.nodes.values() if node.id in picture.shapes]
    shapes = sorted(nodes, key=lambda node: (node.kind not in SCOPES, node.kind == "boundaryEvent"))
    parts += [_shape(node, picture.shapes[node.id]) for node in shapes if node.kind in SCOPES]
    parts += _edges(plan, picture)
    parts += [_shape(node, picture.shapes[node.id]) for node in shapes if node.kind not in SCOPES]
    parts += [_label(node.name, picture.labels.get(node.id) or _usual_label(node, picture.shapes[node.id]))
              for node in nodes if node.labelled_outside]
    parts += [_label(line.name, picture.labels.get(line.id) or _on_line(picture.edges[line.id]))
              for scope in plan.scopes() for line in scope.lines.values() if line.name and line.id in picture.edges]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _pools(plan: Plan, picture: Picture) -> list[str]:
    made = []
    for pool in plan.pools:
        if pool.id in picture.shapes:
            made += _band(pool.name, picture.shapes[pool.id], "pool", "poolband")
        waiting: list[Lane] = list(pool.process.lanes) if pool.process else []
        while waiting:
            lane = waiting.pop(0)
            waiting += lane.lanes
            if lane.id in picture.shapes:
                made += _band(lane.name, picture.shapes[lane.id], "lane", "band")
    return made


def _band(name: str, box: Box, look: str, head: str) -> list[str]:
    band = Box(box.x, box.y, min(30, box.width), box.height)
    return [_rect(box, look), _rect(band, head), _upright(name, band)]


def _upright(name: str, band: Box) -> str:
    """A name written from below to above, in the middle of the band, on as many lines as have room."""
    x, y = band.centre
    broken = lines(name, band.height - 8, NAME_SIZE)[:2]
    first = x - (len(broken) - 1) * (NAME_SIZE + 1) / 2
    rows = [f'<text class="head" text-anchor="middle" dominant-baseline="central" '
            f'transform="translate({first + place * (NAME_SIZE + 1):g} {y:g}) rotate(-90)">{escape(line)}</text>'
            for place, line in enumerate(broken)]
    return "".join(rows)


def _shape(node: Node, box: Box) -> str:
    if node.kind in EVENTS:
        return _event(node, box)
    if node.kind in GATEWAYS:
        x, y = box.centre
        corners = f"{x:g},{box.y:g} {box.right:g},{y:g} {x:g},{box.bottom:g} {box.x:g},{y:g}"
        return f'<polygon class="gateway" points="{corners}"/>' + marks.in_gateway(node.kind, box)
    if node.kind == NOTE:
        x, y = box.x, box.y
        bracket = f'<path class="note" d="M{x + 10:g} {y:g} H{x:g} V{box.bottom:g} H{x + 10:g}"/>'
        broken = lines(node.name, box.width - 16)
        return bracket + _text(broken, Point(x + 8, box.centre.y), LABEL_LINE, "label", "start")
    if node.kind in SCOPES:
        broken = lines(node.name, box.width - 20, NAME_SIZE)[:1]
        name = _text(broken, Point(box.centre.x, box.y + 15), NAME_LINE, "name")
        return _rect(box, "scope", 10) + name
    look = "task call" if node.kind == "callActivity" else "task"
    name = _text(lines(node.name, box.width - 12, NAME_SIZE), _middle_of_task(node, box), NAME_LINE, "name")
    return _rect(box, look, 8) + marks.in_task(node.kind, box) + name


def _middle_of_task(node: Node, box: Box) -> Point:
    """Long names begin under the mark, short ones stand in the middle."""
    many = len(lines(node.name, box.width - 12, NAME_SIZE)) > 2
    return Point(box.centre.x, box.centre.y + (8 if many and node.kind != "callActivity" else 2))


def _event(node: Node, box: Box) -> str:
    x, y = box.centre
    radius = min(box.width, box.height) / 2
    broken = "" if node.interrupting else " broken"
    look = {"startEvent": "event start", "endEvent": "event end"}.get(node.kind, "event") + broken
    made = f'<circle class="{look}" cx="{x:g}" cy="{y:g}" r="{radius:g}"/>'
    if node.kind not in ("startEvent", "endEvent"):
        made += f'<circle class="event inner{broken}" cx="{x:g}" cy="{y:g}" r="{radius - 3:g}"/>'
    return made + marks.in_event(node.mark, box)


def _edges(plan: Plan, picture: Picture) -> list[str]:
    made = []
    for scope in plan.scopes():
        for line in scope.lines.values():
            way = picture.edges.get(line.id)
            if not way:
                continue
            look = 'class="dotted"' if line.dotted else 'class="flow" marker-end="url(#tip)"'
            made.append(f'<path {look} d="{_rounded(way)}"/>')
            source = scope.nodes.get(line.source)
            if line.default and source is not None and source.kind in GATEWAYS:
                made.append(_slash(way))
    return made


def _rounded(way: list[Point]) -> str:
    """A path with corners of a small radius."""
    made = [f"M{way[0].x:g} {way[0].y:g}"]
    for before, corner, after in zip(way, way[1:], way[2:], strict=False):
        near, far = _towards(corner, before), _towards(corner, after)
        made.append(f"L{near.x:g} {near.y:g} Q{corner.x:g} {corner.y:g} {far.x:g} {far.y:g}")
    return " ".join([*made, f"L{way[-1].x:g} {way[-1].y:g}"])


def _towards(corner: Point, other: Point, radius: float = 5) -> Point:
    length = max(abs(other.x - corner.x), abs(other.y - corner.y)) or 1
    part = min(radius, length / 2) / length
    return Point(corner.x + (other.x - corner.x) * part, corner.y + (other.y - corner.y) * part)


def _slash(way: list[Point]) -> str:
    """The stroke across the beginning of a default flow."""
    at = _towards(way[0], way[1], 12)
    return f'<path class="mark" d="M{at.x - 4:g} {at.y - 5:g} L{at.x + 4:g} {at.y + 5:g}"/>'


def _usual_label(node: Node, box: Box) -> Box:
    return Box(box.centre.x - 45, box.bottom + 4, 90, LABEL_LINE)


def _on_line(way: list[Point]) -> Box:
    parts = zip(way, way[1:], strict=False)
    start, end = max(parts, key=lambda part: abs(part[1].x - part[0].x) + abs(part[1].y - part[0].y))
    return Box((start.x + end.x) / 2 - 45, (start.y + end.y) / 2 - LABEL_LINE - 2, 90, LABEL_LINE)


def _label(name: str, box: Box) -> str:
    """Text in the middle of its box, broken where the box or the viewer's own width ends."""
    broken = lines(name, max(box.width, 44))
    return _text(broken, box.centre, LABEL_LINE, "label")


def _text(rows: list[str], middle: Point, line: float, look: str, anchor: str = "middle") -> str:
    first = middle.y - (len(rows) - 1) * line / 2
    return "".join(
        f'<text class="{look}" text-anchor="{anchor}" dominant-baseline="central" x="{middle.x:g}" '
        f'y="{first + place * line:g}">{escape(row)}</text>' for place, row in enumerate(rows)
    )


def _rect(box: Box, look: str, radius: float = 0) -> str:
    rounded = f' rx="{radius:g}"' if radius else ""
    return f'<rect class="{look}" x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}"{rounded}/>'


def _quoted(text: str) -> str:
    return '"' + escape(text, {'"': "&quot;"}) + '"'
