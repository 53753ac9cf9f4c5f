"""`python -m tests.browser.loading STORY`: make a demonstration of the people and the programme of a shipped story.

Nothing has happened in it yet: no call, no application. As with the shipped one, BANJIAN_DATA says where it lies.
"""

import json
import sys
from pathlib import Path

from app import config, demo, logs
from app import words as _words  # noqa: F401 - registers the vocabulary
from app.programmes.reading import read_yaml


def load(story: Path) -> None:
    """Load the people of a file `processes/PROGRAMME/examples/NAME.yaml`, with that programme deployed."""
    told = read_yaml(story.read_bytes())
    settings = config.from_environment()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    demo.DATA = settings.data_dir / "people.yaml"
    demo.DATA.write_text(json.dumps({
        "programmes": [story.resolve().parent.parent.name], "name": told["name"], "begins": "T-1 09:00",
        "units": told["units"], "answers": {}, "steps": [],
    }, ensure_ascii=False), encoding="utf-8")
    demo.load(settings, print)


if __name__ == "__main__":
    logs.set_up("WARNING")
    load(Path(sys.argv[1]))
