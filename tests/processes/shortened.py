"""A shipped story told in part, with steps of a test's own: what its clauses ask on the side that no story tells."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app import db, stories
from app.programmes import operations, package
from app.programmes.programme import Programme
from app.programmes.reading import read_yaml
from tests import sample

PROCESSES = Path(__file__).parent.parent.parent / "processes"
Step = Mapping[str, Any]


def programme(key: str) -> Programme:
    """A shipped programme as it lies in its folder."""
    return Programme(package.read_folder(PROCESSES / key))


def story(key: str, name: str) -> dict[str, Any]:
    """A shipped story as it is written."""
    return read_yaml((PROCESSES / key / "examples" / f"{name}.yaml").read_bytes())


def find(written: Mapping[str, Any], **said: str) -> int:
    """Where the only step stands that says all this and is not refused."""
    [place] = [n for n, step in enumerate(written["steps"])
               if "refused" not in step and all(step.get(key) == value for key, value in said.items())]
    return place


def tell(key: str, written: Mapping[str, Any], steps: Sequence[Step], files_dir: Path) -> stories.Telling:
    """Deploy the programme and tell the story with these steps. Raises StoryFails."""
    with db.transaction() as session:
        operations.deploy(session, package.read_folder(PROCESSES / key), person_id=None, **sample.vocabulary())
    telling = stories.Telling({**written, "steps": list(steps)}, files_dir=files_dir, programme=key)
    telling.run()
    return telling


def without(step: Step, field: str, name: str) -> Step:
    """The step with nothing in one field, which must be refused by a name."""
    found = {key: value for key, value in step.items() if key != "expect"}
    return {**found, "answers": {**found.get("answers", {}), field: []}, "refused": name}


def filed(key: str, form: str, answers: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """A story's answers to a form as they are filed: the names of files given as ids."""
    uploads = {field.key for field in programme(key).form(form).asked if field.kind == "filepicker"}
    found = {**answers, **changes}
    return {name: ids(len(value)) if name in uploads and value else value for name, value in found.items()}


def ids(count: int) -> list[str]:
    """So many ids of files."""
    return [f"{n:022d}" for n in range(count)]
