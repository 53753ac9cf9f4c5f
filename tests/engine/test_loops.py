"""Bounds: returns, engine steps, calls and length of a history."""

import pytest

from app import engine
from app.errors import Refused


def test_a_task_may_be_returned_to_twenty_times_and_not_once_more(run):
    application = run("application", has_county=True)
    for _ in range(20):
        application.complete("fill")
        application.complete("county_review", outcome="return")
    application.complete("fill")
    before = application.last.document

    with pytest.raises(engine.TooManyReturns) as refusal:
        application.complete("county_review", outcome="return")

    assert isinstance(refusal.value, Refused)
    assert "填报申请" in refusal.value.message
    assert "20" in refusal.value.message
    assert application.last.document == before
    assert application.complete("county_review", outcome="pass").opened[0].element == "city_review"


def test_a_loop_around_a_called_process_is_bounded_by_its_calls(source):
    # No task lies in the loop itself, only within the process that is called.
    again = source("caller")["caller.bpmn"].replace(b'targetRef="recommend_again"', b'targetRef="recommend"')
    spec = engine.load_specification(
        {**source("recommendation"), "caller.bpmn": again}, "caller", lambda text, values: True)
    step = engine.start(spec, {})
    step.complete(step.state().tasks[0].id)
    for _ in range(20):
        step.complete(step.state().tasks[0].id)
        step.answer(step.calls[0].id)
    step.complete(step.state().tasks[0].id)

    with pytest.raises(engine.TooManyReturns):
        step.answer(step.calls[0].id)


def test_a_loop_of_timers_is_bounded_too():
    diagram = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="monthly">
        <startEvent id="begin"/><sequenceFlow id="a" sourceRef="begin" targetRef="again"/>
        <exclusiveGateway id="again"/><sequenceFlow id="b" sourceRef="again" targetRef="month"/>
        <intermediateCatchEvent id="month"><timerEventDefinition><timeDuration>month</timeDuration>
        </timerEventDefinition></intermediateCatchEvent><sequenceFlow id="c" sourceRef="month" targetRef="more"/>
        <exclusiveGateway id="more" default="d"/><sequenceFlow id="d" sourceRef="more" targetRef="again"/>
        <sequenceFlow id="e" sourceRef="more" targetRef="done"><conditionExpression>leave</conditionExpression>
        </sequenceFlow><endEvent id="done"/></process></definitions>"""
    spec = engine.load_specification({"monthly.bpmn": diagram}, "monthly", lambda text, values: False)
    step = engine.start(spec, {})
    for _ in range(20):
        step.fire(step.state().timers[0].id)

    with pytest.raises(engine.TooManyReturns):
        step.fire(step.state().timers[0].id)


def test_a_loop_of_calls_is_bounded_like_any_other(run):
    step = run("calls").step()
    for _ in range(20):
        step.answer(step.calls[0].id, {"more": True})

    with pytest.raises(engine.TooManyReturns):
        step.answer(step.calls[0].id, {"more": True})


def test_fifty_calls_may_be_answered_in_one_step_and_not_one_more():
    diagram = chain_of_calls(51)
    calls = engine.load_specification({"chain.bpmn": diagram}, "chain", lambda text, values: True)
    step = engine.start(calls, {})
    for _ in range(50):
        step.answer(step.calls[0].id)

    with pytest.raises(engine.TooLong):
        step.answer(step.calls[0].id)

    again = engine.start(calls, {})
    for _ in range(50):
        again.answer(again.calls[0].id)
    stored = again.outcome()
    assert len(stored.calls) == 1
    rest = engine.load(calls, stored.document)
    rest.answer(rest.calls[0].id)
    assert rest.outcome().finished


def test_a_loop_without_anybody_is_stopped():
    diagram = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="endless">
        <startEvent id="begin"/><sequenceFlow id="a" sourceRef="begin" targetRef="one"/>
        <exclusiveGateway id="one"/><sequenceFlow id="b" sourceRef="one" targetRef="two"/>
        <exclusiveGateway id="two" default="c"/><sequenceFlow id="c" sourceRef="two" targetRef="one"/>
        <sequenceFlow id="d" sourceRef="two" targetRef="done"><conditionExpression>leave</conditionExpression>
        </sequenceFlow>
        <endEvent id="done"/></process></definitions>"""
    endless = engine.load_specification({"endless.bpmn": diagram}, "endless", lambda text, values: False)

    with pytest.raises(engine.TooLong) as refusal:
        engine.start(endless, {})

    assert "循环" in refusal.value.message


def test_a_very_long_diagram_is_refused_and_not_left_half_run():
    with pytest.raises((engine.Faulty, engine.TooLong)):
        engine.start(engine.load_specification(
            {"chain.bpmn": chain_of_calls(600)}, "chain", lambda text, values: True), {})


def chain_of_calls(length: int) -> bytes:
    """A process of this many service tasks in a row."""
    names = ["begin", *(f"call_{place}" for place in range(length)), "done"]
    nodes = "".join(f'<serviceTask id="{name}"/>' for name in names[1:-1])
    flows = "".join(f'<sequenceFlow id="f{place}" sourceRef="{left}" targetRef="{right}"/>'
                    for place, (left, right) in enumerate(zip(names, names[1:], strict=False)))
    return (f'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="chain">'
            f'<startEvent id="begin"/>{nodes}<endEvent id="done"/>{flows}</process></definitions>').encode()
