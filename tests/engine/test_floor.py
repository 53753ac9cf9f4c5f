"""What a step costs, beside the library's bare load, run and save on the same specification."""

import time
from collections.abc import Callable
from statistics import median

from app import engine
from app.engine.floor import floor_start, floor_step


def test_a_step_costs_no_more_than_the_library_alone(run):
    given, said = {"has_county": True}, {"outcome": "return"}
    case = run("application", **given)
    bare = floor_start(case.spec, given)
    for element in ["fill", "county_review"] * 3:
        case.complete(element, **said)
        bare = floor_step(case.spec, bare, said)
    task_id = case.id_of("fill")

    def step() -> None:
        loaded = engine.load(case.spec, case.last.document)
        loaded.complete(task_id, said)
        loaded.outcome()

    ours, floor = interleaved(step, lambda: floor_step(case.spec, bare, said))

    assert ours <= floor
    assert len(case.last.document) < len(bare)


def interleaved(one: Callable[[], None], other: Callable[[], object], rounds: int = 40) -> tuple[float, float]:
    """Medians of both, in seconds, taken in turns so that a busy minute slows both."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for act, times in zip((one, other), taken, strict=True):
            began = time.perf_counter()
            act()
            times.append(time.perf_counter() - began)
    return median(taken[0]), median(taken[1])


def test_the_floor_comes_to_the_same_stop(run):
    case = run("application", has_county=True)
    bare = floor_step(case.spec, floor_start(case.spec, {"has_county": True}), {})

    case.complete("fill")

    assert case.open() == ["county_review"]
    assert b'"county_review"' in bare
