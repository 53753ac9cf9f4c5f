"""SVG to PNG through resvg, a renderer in one wheel: no system library, no browser.

The wheel is optional: whoever only wants SVG does without it.
"""

import importlib
import importlib.util

from app.errors import Invalid

_LARGEST = 12_000  # pixels of the longer side


def png(picture: str, scale: float) -> bytes:
    """The pixels of an SVG; raises Invalid where the wheel isn't installed."""
    if importlib.util.find_spec("resvg_py") is None:
        words = "本机没有安装 resvg-py，不能生成 PNG；请运行 pip install resvg-py，或改用 .svg。"
        raise Invalid({"": [words]}, words)
    resvg = importlib.import_module("resvg_py")
    longer = max(_size(picture))
    return bytes(resvg.svg_to_bytes(svg_string=picture, width=round(_size(picture)[0] * min(scale, _LARGEST / longer))))


def _size(picture: str) -> tuple[float, float]:
    """Width and height as the first tag tells them."""
    head = picture[:picture.index(">")]
    width, height = (float(head.split(f' {name}="')[1].split('"')[0]) for name in ("width", "height"))
    return width, height
