"""Timers carry the name of a period, have no clock, and fire when told."""

import pytest

from app import engine


def test_a_timer_on_a_task_is_armed_with_its_period_when_the_task_opens(run):
    application = run("application", has_county=False)
    assert application.last.armed == ()

    outcome = application.complete("fill")

    (armed,) = outcome.armed
    (opened,) = outcome.opened
    assert (armed.element, armed.period, armed.interrupting) == ("city_late", "city_days", False)
    assert (armed.attached_to, armed.attached_element) == (opened.id, "city_review")


def test_a_timer_waits_for_ever_until_it_is_told(run):
    application = run("application", has_county=False)
    application.complete("fill")

    for _ in range(3):
        application.last = application.step().outcome()

    assert [timer.element for timer in application.state().timers] == ["city_late"]


def test_firing_a_timer_that_does_not_interrupt_leaves_the_task_open(run):
    application = run("application", has_county=False)
    application.complete("fill")
    timer_id = application.id_of("city_late")

    outcome = application.fire("city_late")

    assert [(gone.id, gone.how) for gone in outcome.gone] == [(timer_id, "fired")]
    assert outcome.closed == ()
    assert [call.word for call in outcome.calls] == ["urge"]
    assert application.open() == ["city_review"]


def test_firing_a_timer_that_interrupts_cancels_the_task_it_sits_on(run):
    review = run("parallel")

    outcome = review.fire("visit_late")

    assert [(closed.element, closed.how) for closed in outcome.closed] == [("visit", "cancelled")]
    assert [(gone.element, gone.how) for gone in outcome.gone] == [("visit_late", "fired")]
    review.complete("score", outcome="done")
    assert review.open() == ["decide"]


def test_completing_the_task_cancels_its_timers(run):
    review = run("parallel")

    outcome = review.complete("visit")

    assert [(gone.element, gone.how) for gone in outcome.gone] == [("visit_late", "cancelled")]
    assert review.state().timers == ()


def test_a_timer_fires_once(run):
    application = run("application", has_county=False)
    application.complete("fill")
    timer_id = application.id_of("city_late")
    application.fire("city_late")

    step = application.step()

    with pytest.raises(engine.NotWaiting):
        step.fire(timer_id)


def test_a_cancelled_timer_cannot_be_fired(run):
    review = run("parallel")
    timer_id = review.id_of("visit_late")
    review.complete("visit")

    step = review.step()

    with pytest.raises(engine.NotWaiting):
        step.fire(timer_id)


def test_a_task_that_a_timer_cancelled_cannot_be_completed(run):
    review = run("parallel")
    task_id = review.id_of("visit")
    review.fire("visit_late")

    step = review.step()

    with pytest.raises(engine.NotWaiting):
        step.complete(task_id)


def test_a_timer_between_two_tasks_is_attached_to_nothing(run):
    notice = run("timer_between")

    outcome = notice.complete("propose")

    (armed,) = outcome.armed
    assert (armed.period, armed.attached_to, armed.interrupting) == ("publication_days", None, False)
    assert notice.fire("wait").opened[0].element == "announce"


def test_a_timer_on_a_sub_process_names_the_sub_process(run):
    case = run("subprocess")

    armed = {timer.element: timer for timer in case.last.armed}

    assert armed["slow"].attached_element == "main"
    assert case.fire("slow").opened[0].element == "explain"
    assert case.open() == ["explain", "accept"]


def test_each_return_arms_the_timer_under_a_new_id(run):
    case = run("caller")
    case.complete("fill")
    first = case.id_of("opinion_late")
    case.complete("opinion", outcome="recommend")
    case.answer("record")

    assert case.id_of("opinion_late") != first


def test_the_text_of_a_timer_is_never_evaluated(run, spec):
    source = (b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p"><startEvent id="b"/>'
              b'<sequenceFlow id="f" sourceRef="b" targetRef="t"/><intermediateCatchEvent id="t"><timerEventDefinition>'
              b"<timeDuration>__import__('os').system('true')</timeDuration></timerEventDefinition>"
              b'</intermediateCatchEvent><sequenceFlow id="g" sourceRef="t" targetRef="e"/><endEvent id="e"/>'
              b"</process></definitions>")

    with pytest.raises(engine.Faulty):
        engine.load_specification({"p.bpmn": source}, "p", lambda text, values: True)
