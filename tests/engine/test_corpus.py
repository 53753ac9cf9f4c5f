"""Documents that were stored once and must always load: an upgrade of the library runs these first.

Each file of `corpus/` holds the diagrams, a document as it was written, where that run stood, and one more act with
where it stands then. A diagram here that changes needs its documents anew; a document of format 1 never does.
"""

from pathlib import Path

import orjson
import pytest

from app import engine

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.json"))


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_a_document_of_the_corpus_loads_and_goes_on(spec, file):
    told = orjson.loads(file.read_bytes())
    specification = spec(*told["diagrams"])

    step = engine.load(specification, orjson.dumps(told["document"]))

    assert stops(step) == told["stops"]
    assert orjson.loads(step.outcome().document) == told["document"]
    if "act" in told:
        verb, element, values = told["act"]
        act(step, verb, element, values)
        again = engine.load(specification, step.outcome().document)
        assert stops(again) == told["then"]


def test_the_corpus_is_there():
    assert len(CORPUS) >= 8


def stops(step: engine.Step) -> list[str]:
    now = step.state()
    return sorted(stop.element for stop in (*now.tasks, *now.timers, *now.catches, *now.calls))


def act(step: engine.Step, verb: str, element: str, values: dict[str, object]) -> None:
    now = step.state()
    stop = next(stop for stop in (*now.tasks, *now.timers, *now.catches, *now.calls) if stop.element == element)
    step.fire(stop.id) if verb == "fire" else getattr(step, verb)(stop.id, values)
