"""A diagram as a picture inside a page: its colours as attributes, for a page allows no styles of its own, and what the
check found as numbered badges on the elements."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree
from markupsafe import Markup

from app import drawing
from app.drawing import reading
from app.errors import Invalid

_SVG = "{http://www.w3.org/2000/svg}"
_RULE = re.compile(r"([.\w]+)\{([^}]*)\}")
_NAMED = re.compile(r"^[^「」]{0,8}「[^」]*」(?:（[^）]*）)?的?")
_RADIUS, _LONGEST = 11, 16
_COLOURS = {"error": "#b42318", "warning": "#7a4b00"}


@dataclass(frozen=True)
class Badge:
    """What stands at an element: its number in the list below the picture, how grave it is, and what it says."""

    number: int
    severity: str
    said: str


@dataclass(frozen=True)
class Drawn:
    """A picture, what it is called, and the ids of the elements that have a place in it."""

    svg: Markup
    name: str
    ids: frozenset[str]


def drawn(xml: bytes, badges: Mapping[str, Sequence[Badge]] | None = None, *, prefix: str = "d") -> Drawn | None:
    """The picture of a diagram with badges by element; None where it can't be read. `prefix` keeps the ids of several
    pictures of a page apart; a badge leads to `#problem-N`."""
    try:
        plan = reading.read(xml)
        shapes = reading.picture(plan).shapes
        root = etree.fromstring(drawing.svg(xml).encode())  # noqa: S320 - our own drawing
    except (Invalid, etree.XMLSyntaxError):
        return None
    _inline(root)
    _keep_ids_apart(root, prefix)
    for place, found in (badges or {}).items():
        if place in shapes:
            root.append(_badge(shapes[place], found))
    return Drawn(Markup(etree.tostring(root, encoding="unicode")), root.get("aria-label", ""), frozenset(shapes))  # noqa: S704


def _inline(root: Any) -> None:
    """Rules of the picture's style sheet as attributes of what they are about, the later rule over the earlier."""
    sheet = root.find(f"{_SVG}style")
    if sheet is None:
        return
    rules = [(selector, dict(part.split(":", 1) for part in body.split(";") if part))
             for selector, body in _RULE.findall(sheet.text or "")]
    for element in root.iter(f"{_SVG}*"):
        names = {f".{name}" for name in element.attrib.pop("class", "").split()}
        names.add(etree.QName(element).localname)
        for selector, attributes in rules:
            if selector in names:
                element.attrib.update(attributes)
    sheet.getparent().remove(sheet)


def _keep_ids_apart(root: Any, prefix: str) -> None:
    for marker in root.iter(f"{_SVG}marker"):
        marker.set("id", f"{prefix}-{marker.get('id')}")
    for element in root.iter(f"{_SVG}path"):
        if end := element.get("marker-end"):
            element.set("marker-end", end.replace("url(#", f"url(#{prefix}-"))


def _badge(box: Any, found: Sequence[Badge]) -> Any:
    """A disc for errors, a triangle for mere warnings, with the numbers of what is said; the words are its title."""
    first = min(found, key=lambda badge: badge.severity != "error")
    link = etree.Element(f"{_SVG}a", href=f"#problem-{first.number}")
    etree.SubElement(link, f"{_SVG}title").text = "\n".join(f"{badge.number}. {badge.said}" for badge in found)
    colour = _COLOURS[first.severity]
    etree.SubElement(
        link, f"{_SVG}rect", x=f"{box.x - 4:g}", y=f"{box.y - 4:g}", width=f"{box.width + 8:g}",
        height=f"{box.height + 8:g}", rx="10", fill="none", stroke=colour,
        **{"stroke-width": "2.5", "stroke-dasharray": "none" if first.severity == "error" else "6 4"},
    )
    x, y = box.x, box.y
    if first.severity == "error":
        etree.SubElement(link, f"{_SVG}circle", cx=f"{x:g}", cy=f"{y:g}", r=str(_RADIUS), fill=colour, stroke="#fff",
                         **{"stroke-width": "1.5"})
    else:
        points = f"{x:g},{y - 13:g} {x + 14:g},{y + 11:g} {x - 14:g},{y + 11:g}"
        etree.SubElement(link, f"{_SVG}polygon", points=points, fill="#f2b01e", stroke="#8f5f00",
                         **{"stroke-width": "1.5", "stroke-linejoin": "round"})
    text = etree.SubElement(
        link, f"{_SVG}text", x=f"{x:g}", y=f"{y + (0 if first.severity == 'error' else 3):g}",
        fill="#fff" if first.severity == "error" else "#1c2733",
        **{"text-anchor": "middle", "dominant-baseline": "central", "font-size": "12", "font-weight": "700"},
    )
    text.text = str(first.number)
    words = f"{len(found)} 处" if len(found) > 1 else short(first.said)
    label = etree.SubElement(
        link, f"{_SVG}text", x=f"{x + 15:g}", y=f"{y - 12:g}", fill=colour,
        **{"font-size": "12", "font-weight": "600", "paint-order": "stroke", "stroke": "#fff", "stroke-width": "3"},
    )
    label.text = words
    return link


def short(said: str) -> str:
    """A problem's words as they fit beside its element: without the name that stands there already."""
    bare = _NAMED.sub("", said)
    return bare if len(bare) <= _LONGEST else f"{bare[: _LONGEST - 1]}…"
