"""What a run has passed, element by element and flow by flow, as pictures show it; and what lies before an
element."""

from app import engine
from tests.engine.conftest import specification


def test_a_run_at_its_first_task_has_passed_the_start_and_the_ways_to_the_task(run):
    application = run("application", has_county=True)

    state = application.state()

    assert state.passed == {"begin", "again"}
    assert state.taken == {"begin_to_again", "again_to_fill"}


def test_the_branch_that_was_chosen_is_taken_and_the_other_is_not(run):
    application = run("application", has_county=False)
    application.complete("fill")

    state = application.state()

    assert {"fill", "by_county", "to_city"} <= state.passed
    assert {"by_county_to_to_city", "to_city_to_city_review"} <= state.taken
    assert "by_county_to_county_review" not in state.taken
    assert "city_review" not in state.passed


def test_a_return_is_taken_back_to_the_task(run):
    application = run("application", has_county=True)
    application.complete("fill")
    application.complete("county_review", outcome="return")

    state = application.state()

    assert {"county_review", "county_says"} <= state.passed
    assert "county_says_to_again" in state.taken


def test_both_branches_that_meet_are_taken_also_the_one_that_waited(run):
    parallel = run("parallel")
    parallel.complete("visit")
    waiting = parallel.state()
    parallel.complete("score", outcome="done")

    state = parallel.state()

    assert {"fork_to_visit", "visit_to_visited", "visited_to_join"} <= waiting.taken
    assert "join" not in waiting.passed
    assert {"visited_to_join", "redo_to_join", "join_to_decide"} <= state.taken
    assert "join" in state.passed
    assert "visit_late" not in state.passed
    assert "visit_late_to_visited" not in state.taken


def test_an_interrupted_task_is_not_done_but_its_timer_and_the_way_on_are(run):
    parallel = run("parallel")
    parallel.fire("visit_late")

    state = parallel.state()

    assert "visit" not in state.passed
    assert "visit_late" in state.passed
    assert {"fork_to_visit", "visit_late_to_visited"} <= state.taken


def test_of_events_that_race_only_the_one_that_happened_is_passed(run):
    race = run("race")
    race.complete("open")
    before = race.state()
    race.catch("objection")

    state = race.state()

    assert not {"over", "objection", "withdrawn"} & before.passed
    assert not {"wait_to_over", "wait_to_objection"} & before.taken
    assert {"wait", "objection"} <= state.passed
    assert {"wait_to_objection", "objection_to_handle"} <= state.taken
    assert "wait_to_over" not in state.taken


def test_a_called_process_tells_its_own_elements_and_the_caller_its(run):
    caller = run("caller")
    caller.complete("fill")
    caller.complete("opinion")

    state = caller.state()

    assert {"fill", "rec_begin", "opinion"} <= state.passed
    assert {"fill_to_recommend", "rec_begin_to_opinion", "opinion_to_record"} <= state.taken
    assert "recommend" not in state.passed


def test_a_finished_run_has_passed_the_end_that_it_reached_and_no_other(run):
    application = run("application", has_county=True)
    application.complete("fill")
    application.complete("county_review", outcome="refuse")

    state = application.state()

    assert {"refused_join", "refused"} <= state.passed
    assert "granted" not in state.passed
    assert "refused_join_to_refused" in state.taken


def before(process, *elements, files=()):
    spec = specification(process, *files)
    return {name for name in engine.before(spec, frozenset(elements)) if spec.elements.get(name, None)}


def test_before_a_task_is_what_is_reached_without_it_also_where_it_returns():
    assert before("application", "city_review") == {"fill", "county_review"}
    assert before("application", "county_review") == {
        "fill", "city_review", "city_late", "urge", "province_decide", "grant"  # by the way without a county
    }


def test_before_two_tasks_is_what_is_reached_without_either():
    assert before("application", "city_review", "county_review") == {"fill"}
    assert before("application", "fill") == set()


def test_what_comes_after_a_called_process_lies_behind_the_tasks_in_it():
    assert before("caller", "opinion", files=("recommendation",)) >= {"fill"}
    assert "opinion" in before("caller", "record", files=("recommendation",))
    assert "record" not in before("caller", "opinion", files=("recommendation",))
