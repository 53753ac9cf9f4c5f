"""Where branches meet: when a gateway opens, and what each branch brings."""

import orjson
import pytest

from app import engine

HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p"><startEvent id="begin"/>'
TAIL = "</process></definitions>"


@pytest.mark.parametrize("first", ["finance", "staff"])
@pytest.mark.parametrize("second", ["finance", "staff"])
def test_in_every_round_of_a_loop_all_branches_are_awaited(run, first, second):
    # The library counts what came in the round before, if the branches came in another order then.
    other = {"finance": "staff", "staff": "finance"}
    case = run("rounds")
    for early in (first, second):
        case.complete("plan")

        case.complete(early)
        assert case.open() == [other[early]]

        case.complete(other[early])
        assert case.open() == ["conclude"]
        case.complete("conclude", outcome="redo")

    assert case.open() == ["plan"]


@pytest.mark.parametrize("last", ["visit", "score"])
def test_a_branch_that_changed_nothing_does_not_undo_what_the_other_wrote(run, last):
    case = run("parallel", mark="before")
    acts = {"score": {"outcome": "done", "mark": "after"}, "visit": {}}
    for element in sorted(acts, key=lambda element: element == last):
        case.complete(element, **acts[element])

    outcome = case.complete("decide")

    assert outcome.calls[0].values == {"mark": "after", "outcome": "done"}
    assert outcome.values == {"mark": "after", "outcome": "done"}


@pytest.mark.parametrize(("first", "second"), [("visit", "score"), ("score", "visit")])
def test_where_two_branches_wrote_the_same_name_the_later_one_counts(run, first, second):
    case = run("parallel")
    case.complete(first, mark=first, outcome="done")
    case.complete(second, mark=second, outcome="done")

    assert case.complete("decide").calls[0].values["mark"] == second


@pytest.mark.parametrize("last", ["finance", "staff"])
def test_a_sub_process_hands_back_what_all_its_branches_wrote(run, last):
    case = run("branches", mark="before", staff_ok=False)
    case.complete("plan")
    acts = {"finance": {"mark": "after"}, "staff": {"staff_ok": True}}
    for element in sorted(acts, key=lambda element: element == last):
        case.complete(element, **acts[element])

    (call,) = case.last.calls

    assert call.values == {"mark": "after", "staff_ok": True}


def test_an_inclusive_gateway_gathers_what_its_branches_wrote(run):
    case = run("inclusive", mark="before")
    case.complete("plan", check_finance=True, check_staff=True)
    case.complete("staff", mark="after")
    case.fire("cooling")

    case.complete("finance")

    assert case.open() == ["conclude"]
    assert case.complete("conclude").calls[0].values["mark"] == "after"


def test_two_reminders_of_one_loop_gather_their_own_branches():
    # The second reminder comes while the two branches of the first are still under way.
    spec = drawn("""<exclusiveGateway id="again"/><userTask id="fill"/><exclusiveGateway id="more" default="leave"/>
        <endEvent id="done"/><boundaryEvent id="late" attachedToRef="fill" cancelActivity="false">
        <timerEventDefinition><timeDuration>days</timeDuration></timerEventDefinition></boundaryEvent>
        <parallelGateway id="fork"/><userTask id="urge"/><userTask id="note"/><parallelGateway id="meet"/>
        <userTask id="report"/><endEvent id="reported"/>
        <sequenceFlow id="back" sourceRef="more" targetRef="again"><conditionExpression>x</conditionExpression>
        </sequenceFlow><sequenceFlow id="leave" sourceRef="more" targetRef="done"/>""",
        "begin again fill more", "late fork urge meet report reported", "fork note meet")
    step = engine.start(spec, {})
    fire_and_complete(step, "late", "fill", "late")
    first_urge, second_urge = ids(step, "urge")
    first_note, second_note = ids(step, "note")

    step.complete(first_urge)
    step.complete(second_note)
    assert ids(step, "report") == []

    step.complete(first_note)
    assert len(ids(step, "report")) == 1
    step.complete(second_urge)
    assert len(ids(step, "report")) == 2


def test_what_a_terminating_end_cancelled_does_not_run_any_more():
    # After the fork the end and the gateway are ready side by side.
    spec = drawn("""<parallelGateway id="fork"/><endEvent id="stop"><terminateEventDefinition/></endEvent>
        <exclusiveGateway id="way"/><userTask id="work"/><endEvent id="done"/>""",
        "begin fork stop", "fork way work done")

    outcome = engine.start(spec, {}).outcome()

    assert outcome.finished
    assert outcome.opened == ()
    states = {row[3]: row[2] for row in orjson.loads(outcome.document)["top"]["tasks"]}
    assert states["way"] == 256
    assert "work" not in states


def drawn(nodes: str, *ways: str) -> engine.Specification:
    """A process of these nodes, connected along each way ("a b c": from a to b to c)."""
    flows = ""
    for way in ways:
        names = way.split()
        flows += "".join(f'<sequenceFlow id="{one}_{other}" sourceRef="{one}" targetRef="{other}"/>'
                         for one, other in zip(names, names[1:], strict=False))
    return engine.load_specification({"p": (HEAD + nodes + flows + TAIL).encode()}, "p", lambda text, values: True)


def ids(step: engine.Step, element: str) -> list[str]:
    return [task.id for task in step.state().tasks if task.element == element]


def fire_and_complete(step: engine.Step, *elements: str) -> None:
    for element in elements:
        now = step.state()
        timer = next((timer for timer in now.timers if timer.element == element), None)
        if timer:
            step.fire(timer.id)
        else:
            step.complete(next(task.id for task in now.tasks if task.element == element))
