"""People's tasks: opening, completing, returning, and what is refused."""

import pytest

from app import engine


def test_a_new_run_opens_its_first_task_in_the_lane_where_it_is_drawn(run):
    application = run("application", case_id="c1", has_county=True)

    (opened,) = application.last.opened
    assert (opened.element, opened.lane) == ("fill", "申报单位")
    assert application.last.values == {"case_id": "c1", "has_county": True}
    assert not application.last.finished


def test_completing_a_task_closes_it_and_opens_the_next(run):
    application = run("application", has_county=True)
    task_id = application.id_of("fill")

    outcome = application.complete("fill")

    assert [(closed.id, closed.element, closed.how) for closed in outcome.closed] == [(task_id, "fill", "completed")]
    assert [opened.element for opened in outcome.opened] == ["county_review"]


def test_a_condition_over_the_values_chooses_the_branch(run):
    application = run("application", has_county=False)

    outcome = application.complete("fill")

    assert [opened.element for opened in outcome.opened] == ["city_review"]


def test_an_outcome_leads_back_to_the_task_under_a_new_id(run):
    application = run("application", has_county=True)
    first_id = application.id_of("fill")
    application.complete("fill")

    outcome = application.complete("county_review", outcome="return")

    (again,) = outcome.opened
    assert again.element == "fill"
    assert again.id != first_id
    assert outcome.values["outcome"] == "return"


def test_the_end_that_was_reached_is_told_with_its_name(run):
    application = run("application", has_county=True)
    application.complete("fill")

    outcome = application.complete("county_review", outcome="refuse")

    assert outcome.finished
    assert [(end.id, end.name) for end in outcome.ends] == [("refused", "未认定")]
    assert application.state().tasks == ()


def test_a_task_can_be_completed_only_once(run):
    application = run("application", has_county=True)
    task_id = application.id_of("fill")
    application.complete("fill")

    step = application.step()

    with pytest.raises(engine.NotWaiting) as refusal:
        step.complete(task_id)
    assert refusal.value.task_id == task_id
    assert "已办结" in refusal.value.message


def test_a_task_of_the_same_step_cannot_be_completed_twice(run):
    step = engine.start(run("application").spec, {"has_county": True})
    (fill,) = step.state().tasks
    step.complete(fill.id)

    with pytest.raises(engine.NotWaiting):
        step.complete(fill.id)

    assert [task.element for task in step.state().tasks] == ["county_review"]


@pytest.mark.parametrize("nobody", ["", "unknown", "00000000-0000-0000-0000-000000000000", "x.y", "fill"])
def test_an_id_that_waits_nowhere_is_refused_by_every_verb(run, nobody):
    step = run("application", has_county=True).step()

    for verb in (step.complete, step.answer, step.fire, step.catch):
        with pytest.raises(engine.NotWaiting):
            verb(nobody)


def test_a_task_that_was_predicted_but_not_reached_is_not_waiting(run):
    application = run("application", has_county=True)
    engine_task_ids = [str(key) for key in engine.load(application.spec, application.last.document)._top.tasks]
    step = application.step()

    waiting = {application.id_of("fill")}
    for task_id in set(engine_task_ids) - waiting:
        with pytest.raises(engine.NotWaiting):
            step.complete(task_id)
    assert [task.element for task in step.state().tasks] == ["fill"]


def test_verbs_are_not_interchangeable(run):
    application = run("application", has_county=False)
    application.complete("fill")
    step = application.step()

    for verb, element in ((step.answer, "city_review"), (step.fire, "city_review"), (step.complete, "city_late"),
                          (step.catch, "city_late")):
        with pytest.raises(engine.NotWaiting):
            verb(application.id_of(element))


def test_parallel_branches_wait_for_each_other(run):
    review = run("parallel")
    assert review.open() == ["score", "visit"]

    after_one = review.complete("visit")
    assert after_one.opened == ()

    after_both = review.complete("score", outcome="done")
    assert [opened.element for opened in after_both.opened] == ["decide"]


def test_a_loop_inside_a_parallel_branch_keeps_the_other_branch(run):
    review = run("parallel")
    visit_id = review.id_of("visit")

    review.complete("score", outcome="redo")
    review.complete("score", outcome="redo")

    assert review.id_of("visit") == visit_id
    review.complete("visit")
    assert review.open() == ["score"]
    review.complete("score", outcome="done")
    assert review.open() == ["decide"]


@pytest.mark.parametrize(
    ("finance", "staff", "opened"),
    [(True, True, ["finance", "staff"]), (True, False, ["finance"]), (False, False, ["site"])],
)
def test_an_inclusive_gateway_opens_what_applies_and_gathers_it(run, finance, staff, opened):
    check = run("inclusive")

    check.complete("plan", check_finance=finance, check_staff=staff)

    assert check.open() == opened
    for element in opened:
        check.complete(element)
    if staff:
        assert check.open() == []
        check.fire("cooling")
    assert check.open() == ["conclude"]


def test_the_values_of_both_branches_are_known_after_and_before_they_meet(run):
    review = run("parallel", case_id="c1")

    review.complete("visit", photos=3)
    assert review.last.values == {"case_id": "c1", "photos": 3}

    review.complete("score", outcome="done", points=90)
    assert review.last.values == {"case_id": "c1", "photos": 3, "outcome": "done", "points": 90}


def test_a_later_value_of_another_branch_wins_over_an_inherited_older_one(run):
    review = run("parallel", mark="start")

    review.complete("visit", mark="visit")
    review.complete("score", outcome="redo")

    assert review.last.values["mark"] == "visit"


def test_of_two_conditions_that_hold_the_first_in_the_file_counts_wherever_it_is_drawn(source):
    # The library would ask them from top to bottom of the picture.
    (text,) = source("inclusive").values()
    exclusive = text.replace(b"inclusiveGateway", b"exclusiveGateway")
    upside_down = exclusive.replace(b' y="', b' y="-')
    assert upside_down != exclusive
    fingerprints = set()

    for drawn in (exclusive, upside_down):
        spec = engine.load_specification({"check.bpmn": drawn}, "inclusive", lambda text, values: True)
        step = engine.start(spec, {})
        step.complete(step.state().tasks[0].id)
        assert [task.element for task in step.state().tasks] == ["finance"]
        fingerprints.add(spec.fingerprint)

    assert len(fingerprints) == 1
