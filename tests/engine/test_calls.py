"""Service tasks stop the run; the engine calls nobody."""

import pytest

from app import engine


def test_a_service_task_stops_with_its_word_and_parameters(run):
    case = run("subprocess", case_id="c1")

    outcome = case.complete("accept")

    (call,) = outcome.calls
    assert (call.element, call.word, call.parameters) == ("check", "decide", {"table": "criteria"})
    assert call.values == {"case_id": "c1"}
    assert outcome.opened == ()


def test_the_answer_joins_the_values_and_the_run_goes_on(run):
    case = run("subprocess")
    case.complete("accept")

    outcome = case.answer("check", met=True)

    assert outcome.values["met"] is True
    assert outcome.calls == ()
    assert [opened.element for opened in outcome.opened] == ["examine"]


def test_calls_are_answered_within_the_step_that_reached_them(run):
    case = run("application", has_county=False)
    case.complete("fill")
    case.complete("city_review", outcome="recommend")
    step = case.step()
    step.complete(case.id_of("province_decide"), {"outcome": "grant"})

    while step.calls:
        step.answer(step.calls[0].id, {"title_id": 7})

    outcome = step.outcome()
    assert outcome.finished
    assert outcome.calls == ()
    assert outcome.values["title_id"] == 7


def test_a_call_is_answered_once(run):
    case = run("subprocess")
    case.complete("accept")
    call_id = case.id_of("check")
    case.answer("check")

    step = case.step()

    with pytest.raises(engine.NotWaiting):
        step.answer(call_id)


def test_a_call_that_was_stored_is_there_again(run):
    case = run("subprocess")
    case.complete("accept")

    assert [call.id for call in case.step().calls] == [call.id for call in case.last.calls]


def test_calls_stop_inside_called_processes(run):
    case = run("caller")
    case.complete("fill")

    outcome = case.fire("opinion_late")

    assert [call.word for call in outcome.calls] == ["record_lapse"]
    assert not outcome.finished


def test_a_called_process_works_in_the_lane_of_each_of_its_calls(run):
    case = run("caller")

    first = case.complete("fill").opened
    case.complete("opinion", outcome="recommend")
    second = case.answer("record").opened

    assert [(task.element, task.lane) for task in first] == [("opinion", "市级主管部门")]
    assert [(task.element, task.lane) for task in second] == [("opinion", "省级主管部门")]


def test_values_go_into_a_called_process_and_come_back(run):
    case = run("caller", case_id="c1")
    case.complete("fill", unit="某机构")

    case.complete("opinion", outcome="refuse", reason="材料不全")
    outcome = case.answer("record")

    assert outcome.finished
    assert [end.id for end in outcome.ends] == ["refused"]
    assert outcome.values == {"case_id": "c1", "unit": "某机构", "outcome": "refuse", "reason": "材料不全"}


def test_ends_of_called_processes_are_not_ends_of_the_run(run):
    case = run("caller")
    case.complete("fill")
    case.complete("opinion", outcome="recommend")

    outcome = case.answer("record")

    assert outcome.ends == ()
