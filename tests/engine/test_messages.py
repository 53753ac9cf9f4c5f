"""Messages are caught by one waiting task, never by name."""

import pytest

from app import engine


def test_only_the_catch_that_is_named_receives_the_message(run):
    case = run("two_catches")

    outcome = case.catch("second", result_of="b")

    assert [(left.element, left.how) for left in outcome.left] == [("second", "caught")]
    assert [waiting.element for waiting in case.state().catches] == ["first"]
    assert case.open() == ["note_second"]


def test_the_scalars_of_a_message_join_the_values(run):
    case = run("two_catches", case_id="c1", result_of="nobody")

    case.catch("first", result_of="a")

    assert case.last.values == {"case_id": "c1", "result_of": "a"}


def test_a_message_is_caught_once(run):
    case = run("two_catches")
    catch_id = case.id_of("first")
    case.catch("first")

    step = case.step()

    with pytest.raises(engine.NotWaiting):
        step.catch(catch_id)


def test_a_message_on_the_edge_of_a_sub_process_ends_all_that_is_in_it(run):
    case = run("subprocess")
    case.complete("accept")
    case.answer("check")
    case.fire("slow")

    outcome = case.catch("withdrawn", reason="不再申请")

    assert {(closed.element, closed.how) for closed in outcome.closed} == {
        ("examine", "cancelled"), ("explain", "cancelled")}
    assert outcome.finished
    assert [end.id for end in outcome.ends] == ["gone"]
    assert outcome.values["reason"] == "不再申请"


def test_a_message_on_the_edge_of_a_called_process_ends_it_and_its_timers(run):
    case = run("caller")
    case.complete("fill")

    outcome = case.catch("withdrawn")

    assert [(closed.element, closed.how) for closed in outcome.closed] == [("opinion", "cancelled")]
    assert [(gone.element, gone.how) for gone in outcome.gone] == [("opinion_late", "cancelled")]
    assert outcome.finished


def test_what_is_written_in_an_interrupted_sub_process_is_still_known(run):
    case = run("subprocess")
    case.complete("accept", accepted_by="u1")
    case.answer("check")

    outcome = case.catch("withdrawn")

    assert outcome.values["accepted_by"] == "u1"


@pytest.mark.parametrize(
    ("act", "element", "opened", "ends"),
    [
        ("fire", "over", [], ["cleared"]),
        ("catch", "withdrawn", [], ["dropped"]),
        ("catch", "objection", ["handle"], []),
    ],
)
def test_an_event_gateway_follows_what_comes_first_and_forgets_the_rest(run, act, element, opened, ends):
    publication = run("race")
    publication.complete("open")
    waiting = {stop.element for stop in (*publication.state().timers, *publication.state().catches)}
    assert waiting == {"over", "objection", "withdrawn"}

    outcome = getattr(publication, act)(element)

    told = {stop.element: stop.how for stop in (*outcome.gone, *outcome.left)}
    assert told.pop(element) == {"fire": "fired", "catch": "caught"}[act]
    assert set(told.values()) == {"cancelled"}
    assert [task.element for task in outcome.opened] == opened
    assert [end.id for end in outcome.ends] == ends


def test_an_event_gateway_is_decided_once(run):
    publication = run("race")
    publication.complete("open")
    timer_id = publication.id_of("over")
    publication.catch("objection")

    step = publication.step()

    with pytest.raises(engine.NotWaiting):
        step.fire(timer_id)


def test_a_timer_is_no_message_and_a_message_no_timer(run):
    publication = run("race")
    publication.complete("open")
    step = publication.step()

    with pytest.raises(engine.NotWaiting):
        step.catch(publication.id_of("over"))
    with pytest.raises(engine.NotWaiting):
        step.fire(publication.id_of("objection"))
    with pytest.raises(engine.NotWaiting):
        step.fire(publication.id_of("over").split(".")[0])


def test_the_values_of_the_message_of_an_event_gateway_join_the_run(run):
    publication = run("race", round="first")
    publication.complete("open")

    outcome = publication.catch("objection", objector="某公司")

    assert outcome.values == {"round": "first", "objector": "某公司"}
