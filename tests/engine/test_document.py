"""The stored run: nothing is lost, nothing is confused, nothing damaged is opened.

A codec that dropped predicted tasks lost boundary timers, and a comparison of user tasks and data alone saw nothing; so
whole trees are compared here, with timers and catches, after every step.
"""

import random
from collections.abc import Iterator

import orjson
import pytest
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task

from app import engine
from app.engine import document as documents
from app.engine.floor import floor_load, floor_save
from app.engine.run import Step

MODELS = {
    "application": ({"has_county": True}, {}),
    "parallel": ({}, {}),
    "inclusive": ({}, {"check_finance": True, "check_staff": True}),
    "subprocess": ({}, {}),
    "caller": ({}, {}),
    "race": ({}, {}),
    "two_catches": ({}, {}),
    "rounds": ({}, {}),
    "branches": ({}, {}),
}
OUTCOMES = ("return", "pass", "refuse", "recommend", "grant", "redo", "done")


@pytest.mark.parametrize("path", range(12))
@pytest.mark.parametrize("name", MODELS)
def test_random_paths_run_alike_with_the_librarys_own_converters(run, name, path):
    given, plan = MODELS[name]
    choose = random.Random(f"{name}{path}")  # noqa: S311, a repeatable path
    spec = run(name, **given).spec
    ours, theirs = engine.start(spec, given), engine.start(spec, given)

    for _ in range(40):
        ours = engine.load(spec, ours.outcome().document)
        theirs = reloaded_by_the_library(spec, theirs)
        assert tree(ours._top) == tree(theirs._top)
        acts = sorted(possible(ours))
        assert acts == sorted(possible(theirs))
        if not acts:
            break
        verb, element = choose.choice(acts)
        values = {**plan, "outcome": choose.choice(OUTCOMES), "mark": choose.randrange(3), "by": element}
        try:
            act(ours, verb, element, values)
        except engine.TooManyReturns:
            break
        act(theirs, verb, element, values)
        assert told(ours) == told(theirs)
    else:
        pytest.fail("the path did not end")


@pytest.mark.parametrize("path", range(3))
@pytest.mark.parametrize("name", MODELS)
def test_loading_and_saving_again_changes_nothing(run, name, path):
    given, plan = MODELS[name]
    choose = random.Random(f"again {name}{path}")  # noqa: S311, a repeatable path
    step = engine.start(run(name, **given).spec, given)
    spec = step._spec

    while acts := sorted(possible(step)):
        document = step.outcome().document
        again = engine.load(spec, document)
        assert tree(again._top) == tree(step._top)
        assert again.state() == step.state()
        assert again.outcome().document == document
        assert again.outcome().opened == again.outcome().closed == ()
        try:
            act(again, *choose.choice(acts), {**plan, "outcome": choose.choice(OUTCOMES)})
        except engine.TooManyReturns:
            break
        step = again


def test_a_step_not_stored_leaves_the_document_as_it_was(run):
    case = run("application", has_county=True)
    before = case.last.document
    step = case.step()
    step.complete(case.id_of("fill"))

    assert engine.state(case.spec, before).tasks == case.state().tasks
    assert [task.element for task in case.state().tasks] == ["fill"]


def test_two_runs_of_one_specification_do_not_touch_each_other(run):
    one, other = run("parallel"), run("parallel")

    one.complete("score", outcome="redo")
    one.complete("visit")

    assert other.open() == ["score", "visit"]
    assert other.last.values == {}


def test_a_document_of_another_diagram_is_refused(run):
    one, other = run("race"), run("parallel")

    with pytest.raises(engine.OtherSpecification):
        engine.load(other.spec, one.last.document)


def test_a_document_of_a_changed_diagram_is_refused(run, source):
    case = run("race")
    changed = source("race")["race.bpmn"].replace("公示期满还是有异议？".encode(), "改".encode())
    newer = engine.load_specification({"race.bpmn": changed}, "race", lambda text, values: True)

    with pytest.raises(engine.OtherSpecification):
        engine.state(newer, case.last.document)


@pytest.mark.parametrize("damage", [
    lambda good: b"", lambda good: b"\x00\xff", lambda good: b"[]", lambda good: b"{}", lambda good: b"null",
    lambda good: good[: len(good) // 2], lambda good: good.replace(b'"fill"', b'"gone"'),
    lambda good: good.replace(b'"top"', b'"up"'), lambda good: good.replace(b'"tasks":[[', b'"tasks":[[[]],['),
    lambda good: orjson.dumps({**orjson.loads(good), "format": 2}),
    lambda good: orjson.dumps({**orjson.loads(good), "inner": [["nobody", {}]]}),
    lambda good: good.replace(b'{"mark":"x"', b'{"mark":{"typename":"UUID"}'),
    lambda good: good.replace(b'{"mark":"x"', b'{"mark":{"decimal":"x"}'),
])
def test_a_damaged_document_is_refused_as_such(run, damage):
    case = run("application", mark="x", has_county=True)

    with pytest.raises(engine.Unloadable):
        engine.load(case.spec, damage(case.last.document))


def test_the_specification_is_not_in_the_document(run):
    case = run("application", has_county=True)

    assert "填报申请".encode() not in case.last.document
    assert len(case.last.document) < 4_000


def test_texts_that_look_like_the_codecs_own_tags_stay_texts(run):
    case = run("application", has_county=True, decimal="1.5", date='{"date":"2026-01-01"}', tasks="[]")

    assert case.state().values["date"] == '{"date":"2026-01-01"}'
    assert case.state().values["decimal"] == "1.5"


def test_the_same_acts_make_the_same_document_but_for_ids(run):
    one, other = run("parallel"), run("parallel")
    for case in (one, other):
        case.complete("visit")
        case.complete("score", outcome="done")

    def without_ids(document):
        return [row[1:] for row in orjson.loads(document)["top"]["tasks"]]

    assert without_ids(one.last.document) == without_ids(other.last.document)


def reloaded_by_the_library(spec: engine.Specification, step: Step) -> Step:
    again = Step(spec, floor_load(spec, floor_save(step._top)), before={})
    again._before = dict(again._stops())
    return again


def possible(step: Step) -> Iterator[tuple[str, str]]:
    now = step.state()
    for verb, stops in (("complete", now.tasks), ("fire", now.timers), ("catch", now.catches), ("answer", now.calls)):
        yield from ((verb, stop.element) for stop in stops)


def act(step: Step, verb: str, element: str, values: dict[str, object]) -> None:
    now = step.state()
    stop = next(stop for stop in (*now.tasks, *now.timers, *now.catches, *now.calls) if stop.element == element)
    if verb == "fire":
        step.fire(stop.id)
    else:
        getattr(step, verb)(stop.id, values)


def told(step: Step) -> dict[str, object]:
    """What an outcome tells, ids aside."""
    outcome = step.outcome()
    return {
        "opened": [(stop.element, stop.lane) for stop in outcome.opened],
        "armed": [(stop.element, stop.period, stop.attached_element) for stop in outcome.armed],
        "waiting": [(stop.element, stop.name) for stop in outcome.waiting],
        "calls": [(stop.element, stop.word, stop.values) for stop in outcome.calls],
        "gone": sorted((stop.element, stop.how) for stop in (*outcome.closed, *outcome.gone, *outcome.left)),
        "ends": outcome.ends, "finished": outcome.finished, "values": outcome.values,
    }


def tree(top: BpmnWorkflow) -> list[object]:
    """All of a run that the library works with, ids aside: every task with state, data and children, who listens."""
    turns = sorted({task.last_state_change for workflow in documents.workflows(top)
                    for task in workflow.tasks.values()})

    def branch(task: Task) -> tuple[object, ...]:
        inner = top.subprocesses.get(task.id)
        return (
            task.task_spec.name, task.state, task.data, task.internal_data, task.triggered,
            turns.index(task.last_state_change), task.id in top.event_manager.tasks,
            [branch(child) for child in task.children],
            [inner.completed, inner.success, inner.data, branch(inner.task_tree), last(inner)] if inner else None,
        )

    def last(workflow: BpmnWorkflow) -> str | None:
        return workflow.last_task.task_spec.name if workflow.last_task else None

    return [top.completed, top.success, top.data, branch(top.task_tree), last(top)]
