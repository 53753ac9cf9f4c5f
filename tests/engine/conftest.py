"""Diagrams beside the tests, and an evaluator that knows just what their conditions say."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from app import engine
from app.errors import Invalid

HERE = Path(__file__).parent
EQUALS = re.compile(r'(\w+) == "(\w+)"')


def condition(text: str, values: Mapping[str, object]) -> object:
    """`name == "text"` or a bare name; a missing name is an error that names it."""
    equals = EQUALS.fullmatch(text)
    name = equals[1] if equals else text
    if name not in values:
        raise Invalid({"": [f"变量“{name}”没有值。"]})
    return values[name] == equals[2] if equals else values[name]


def read_sources(*names: str) -> dict[str, bytes]:
    """Diagrams beside the tests, by file name."""
    return {f"{name}.bpmn": (HERE / f"{name}.bpmn").read_bytes() for name in names}


def specification(*files: str, process: str = "") -> engine.Specification:
    """The process of the first file; the others are what it calls."""
    sources = read_sources(*files)
    return engine.load_specification(sources, process or next(iter(engine.parse(sources))), condition)


class Run:
    """A run that is stored after every act, as cases store it; `last` is the latest outcome."""

    def __init__(self, spec: engine.Specification, **values: object) -> None:
        self.spec = spec
        self.last = engine.start(spec, values).outcome()

    def state(self) -> engine.State:
        return engine.state(self.spec, self.last.document)

    def step(self) -> engine.Step:
        return engine.load(self.spec, self.last.document)

    def open(self) -> list[str]:
        return [task.element for task in self.state().tasks]

    def id_of(self, element: str) -> str:
        now = self.state()
        stops = [*now.tasks, *now.timers, *now.catches, *now.calls]
        return next(stop.id for stop in stops if stop.element == element)

    def complete(self, element: str, **values: object) -> engine.Outcome:
        return self._act(lambda step: step.complete(self.id_of(element), values))

    def fire(self, element: str) -> engine.Outcome:
        return self._act(lambda step: step.fire(self.id_of(element)))

    def catch(self, element: str, **values: object) -> engine.Outcome:
        return self._act(lambda step: step.catch(self.id_of(element), values))

    def answer(self, element: str, **values: object) -> engine.Outcome:
        return self._act(lambda step: step.answer(self.id_of(element), values))

    def _act(self, act: Callable[[engine.Step], None]) -> engine.Outcome:
        step = self.step()
        act(step)
        self.last = step.outcome()
        return self.last


@pytest.fixture
def source() -> Callable[..., dict[str, bytes]]:
    """`source("application")`: files as the engine takes them."""
    return read_sources


@pytest.fixture
def spec() -> Callable[..., engine.Specification]:
    """`spec("caller", "recommendation")`: the process of the first diagram, with what it calls."""
    return specification


@pytest.fixture
def run() -> Callable[..., Run]:
    """`run("application", has_county=True)`: a run of a diagram and what it calls, started with these values."""
    calls = {"caller": ["recommendation"]}
    return lambda name, **values: Run(specification(name, *calls.get(name, [])), **values)
