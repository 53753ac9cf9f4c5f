"""MACHINE. Draws diagrams: where everything goes, the picture of it, and what is wrong with a picture.

It reads and writes the diagram interchange of a BPMN file (bytes) and never its meaning; it knows no programme and no
database. Which diagrams can run is the engine's to say.
"""

from app.drawing import faults as _faults
from app.drawing import layout as _layout
from app.drawing import raster as _raster
from app.drawing import reading as _reading
from app.drawing import svg as _svg
from app.drawing import writing as _writing
from app.drawing.faults import Fault
from app.errors import Invalid

__all__ = ["Fault", "Invalid", "faults", "layout", "png", "svg"]


def layout(xml: bytes) -> bytes:
    """The file with a picture of its own: every shape, every line, every label; all else stays byte for byte.

    Raises Invalid for a file that can't be read, or holds what the engine doesn't run and a picture has no place for.
    """
    plan = _reading.read(xml)
    strange = _reading.left_out(plan)
    if strange:
        told = "、".join(f"{kind}「{name}」" for kind, name in strange[:5])
        raise Invalid({"": [f"图中有本系统不用、也不能排图的元素：{told}；请先删去。"]})
    return _writing.written(xml, plan, _layout.lay_out(plan))


def svg(xml: bytes) -> str:
    """The picture of a file as SVG, from its diagram interchange. Raises Invalid."""
    plan = _reading.read(xml)
    return _svg.drawn(plan, _reading.picture(plan))


def faults(xml: bytes) -> list[Fault]:
    """What is wrong with the picture of a file, to look at; empty for a good one. Raises Invalid."""
    plan = _reading.read(xml)
    return _faults.of(plan, _reading.picture(plan))


def png(picture: str, scale: float = 2) -> bytes:
    """An SVG of this package as PNG, `scale` pixels a unit. Raises Invalid where nothing can turn it into pixels."""
    return _raster.png(picture, scale)
