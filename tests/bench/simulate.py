"""Years of a programme's life: `banjian simulate` in a process of its own, with the invariants at each month's end."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson

from tests.bench.scene import Scene
from tests.bench.table import Row, Table

PROGRAMME = "hebei-institution"
WHOLE, QUICK = (500, 4, 900), (20, 3, 60)
"""(institutions, years, most seconds)."""


def measure(scenes: Sequence[Scene], _folder: Path, *, quick: bool) -> Table:
    """How long it takes, and what a step costs."""
    institutions, years, goal = QUICK if quick else WHOLE
    notes = "One run on each database, seed 1, checked monthly."
    found = Table(f"{institutions} institutions over {years} years", notes)
    seconds: dict[str, list[float]] = {}
    each: dict[str, list[float]] = {}
    worked: dict[str, list[float]] = {}
    for scene in scenes:
        url = scene.store.make("simulate")
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", "simulate", PROGRAMME, "--years", str(years), "--institutions",
             str(institutions), "--seed", "1", "--database", url, "--json"],
            capture_output=True, check=True,
        )
        said = orjson.loads(done.stdout)
        seconds[scene.store.kind] = [said["seconds"]]
        worked[scene.store.kind] = [said["processor"]]
        each[scene.store.kind] = [said["seconds"] * 1000 / max(said["steps"], 1)]
        scene.store.drop("simulate")
    found.rows += [
        Row("the whole", "s", seconds, goal=goal), Row("of it our processor's time", "s", worked),
        Row("a step, with all that follows", "ms", each),
    ]
    return found
