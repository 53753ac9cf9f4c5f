"""The engine does what is drawn: random diagrams that the checker passes, against a plain interpreter of tokens."""

import random

import pytest

from app import engine
from app.engine.diagram import diagram
from tests.engine.drawn import Reading, Sketch

PICTURE_AND_WORDS = {
    "missing-picture", "missing-name", "missing-label", "missing-actor", "missing-form", "missing-word", "idle-gateway",
}


@pytest.mark.parametrize("seed", range(60))
def test_a_run_stops_where_a_token_would_and_comes_to_its_end(seed):
    choose = random.Random(seed)  # noqa: S311, a repeatable diagram
    drawn = Sketch(choose, size=choose.randrange(3, 14)).process()
    wrong = {problem.rule for problem in engine.check({"p": drawn})} - PICTURE_AND_WORDS
    if wrong:
        assert wrong <= {"parallel-pairs", "inclusive-unpaired", "too-complex"}
        pytest.skip("the checker wants it otherwise")
    truth: dict[str, bool] = {}
    compare(drawn, choose, truth)


def compare(drawn: bytes, choose: random.Random, truth: dict[str, bool], longest: int = 150) -> None:
    spec = engine.load_specification({"p": drawn}, "p", lambda text, values: truth.setdefault(text, True))
    told = diagram("p", drawn)
    step = engine.start(spec, {})
    reading = Reading(told, told.scopes["p"], lambda text: truth.setdefault(text, True))

    for _ in range(longest):
        document = step.outcome().document
        step = engine.load(spec, document)
        stops = {stop.element: stop for stop in all_stops(step.state())}
        assert sorted(stop.element for stop in all_stops(step.state())) == reading.stops()
        if not stops:
            break
        if len(stops) < len(reading.stops()):
            # A reminder's path runs twice at once; which of the two an element means can't be told any more.
            return
        truth.update((text, choose.random() < 0.5) for text in list(truth))
        element = choose.choice(sorted(stops))
        act(step, stops[element])
        assert reading.happen(element)
    else:
        return
    assert step.state().finished


def all_stops(state: engine.State) -> list:
    return [*state.tasks, *state.timers, *state.catches, *state.calls]


def act(step: engine.Step, stop: object) -> None:
    verb = {engine.Open: step.complete, engine.Armed: step.fire, engine.Waiting: step.catch, engine.Call: step.answer}
    verb[type(stop)](stop.id)
