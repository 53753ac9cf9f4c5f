"""Where the built front end lies: names of pages' scripts and styles, as Vite's manifest gives them."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import current_app, url_for

DIST = "dist"
MANIFEST = "manifest.json"


class AssetsMissing(RuntimeError):
    """The front end isn't built, or lacks an entry; the message says how to mend it."""


@dataclass(frozen=True, slots=True)
class Asset:
    """URLs of one entry of the build: its script (an ES module) and its style sheets, in the order to link them."""

    script: str
    styles: tuple[str, ...]


def asset(entry: str) -> Asset:
    """The URLs of `src/<entry>.js` as built, for a page to link.

    Raises AssetsMissing where the build is missing or has no such entry.
    """
    folder = Path(str(current_app.static_folder)) / DIST
    chunk = read_manifest(folder / MANIFEST).get(f"src/{entry}.js")
    if chunk is None:
        raise AssetsMissing(f"前端构建中没有入口 {entry}；请运行 make assets 重新构建。")
    return Asset(_url(chunk["file"]), tuple(_url(name) for name in chunk.get("css", ())))


@cache
def read_manifest(path: Path) -> dict[str, dict]:
    """Vite's manifest, read once in the life of the process: source file -> file, css and imports of its chunk.

    Raises AssetsMissing where the file is missing or isn't a manifest.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise AssetsMissing(f"前端尚未构建（没有 {path}）；请运行 make assets。") from None
    except ValueError:
        raise AssetsMissing(f"前端构建清单 {path} 已损坏；请运行 make assets 重新构建。") from None


def _url(name: str) -> str:
    return url_for("static", filename=f"{DIST}/{name}")
