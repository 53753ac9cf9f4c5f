"""F6: two officials on one task, 200 rounds each on both databases. One wins; the other is told who and when."""

import pytest

from app import clock
from app.errors import Gone
from tests.races import office as offices
from tests.races.racing import ROUNDS, Side, race, winners

pytestmark = pytest.mark.fault

FIRST, SECOND = "clerk@county", "second@county"


@pytest.fixture
def cases(office):
    return offices.open_cases(office, "timed", ROUNDS)


@pytest.fixture
def tasks(cases):
    return offices.open_tasks(cases)


def test_of_two_completions_one_stands(office, cases, tasks, told):
    sides = [
        Side(login, lambda n, login=login: offices.complete(tasks[n], office[login], opinion=f"{login} 的意见"))
        for login in (FIRST, SECOND)
    ]

    ends = race(*sides)

    won = winners(ends, told=told, title="two officials complete one task", sides=(FIRST, SECOND))
    _see_that_each_was_done_once(office, cases, tasks, won)
    for pair, winner in zip(ends, won, strict=True):
        _see_that_the_loser_knows(pair[1 - winner].error, office[(FIRST, SECOND)[winner]], "办结")
    offices.see_that_all_holds()


def test_of_a_claim_and_a_completion_one_stands(office, cases, tasks, told):
    ends = race(
        Side("claims", lambda n: offices.claim(tasks[n], office[FIRST])),
        Side("completes", lambda n: offices.complete(tasks[n], office[SECOND])),
    )

    won = winners(ends, told=told, title="one claims, the other completes", sides=("claims", "completes"))
    _see_that_each_was_done_once(office, cases, tasks, won, only=1)
    for pair, winner in zip(ends, won, strict=True):
        how = ("签收", "办结")[winner]
        _see_that_the_loser_knows(pair[1 - winner].error, office[(FIRST, SECOND)[winner]], how)
    offices.see_that_all_holds()


def test_of_two_claims_one_stands(office, cases, tasks, told):
    sides = [Side(login, lambda n, login=login: offices.claim(tasks[n], office[login])) for login in (FIRST, SECOND)]

    ends = race(*sides)

    won = winners(ends, told=told, title="two officials claim one task", sides=(FIRST, SECOND))
    found = offices.tasks_by_id(tasks)
    for public_id, pair, winner in zip(tasks, ends, won, strict=True):
        by = office[(FIRST, SECOND)[winner]]
        assert found[public_id].claimed_by == by.person_id
        _see_that_the_loser_knows(pair[1 - winner].error, by, "签收")
    assert set(offices.steps(cases, "claim_task").values()) == {1}
    offices.see_that_all_holds()


def test_of_one_completion_sent_twice_at_once_one_stands(office, cases, tasks, told):
    twice = [Side(f"copy {n}", lambda n: offices.complete(tasks[n], office[FIRST])) for n in (1, 2)]

    ends = race(*twice)

    won = winners(ends, told=told, title="one completion sent twice at once", sides=("copy 1", "copy 2"))
    _see_that_each_was_done_once(office, cases, tasks, won)
    for pair, winner in zip(ends, won, strict=True):
        _see_that_the_loser_knows(pair[1 - winner].error, office[FIRST], "办结")
    offices.see_that_all_holds()


def _see_that_each_was_done_once(office, cases, tasks, won, only=None):
    """Each case that the winner completed (`only`: that side alone completes) has one step, answer and entry more."""
    done = {case for case, winner in zip(cases, won, strict=True) if only in (None, winner)}
    expected = {case: int(case in done) for case in cases}
    completed, answered = offices.steps(cases, "complete_task"), offices.answers(cases)
    revisions = offices.revisions(cases)
    assert {case: completed[case] for case in cases} == expected
    assert {case: answered[case] for case in cases} == expected
    assert {case: revisions[case] - 1 for case in cases} == expected
    statuses = {task.case_id: task.status for task in offices.tasks_by_id(tasks).values()}
    assert statuses == {case: "done" if case in done else "open" for case in cases}


def _see_that_the_loser_knows(gone: Gone, winner, how: str):
    assert (gone.who, gone.at) == (winner.name, clock.now())
    assert winner.name in gone.message
    assert f"{clock.local(gone.at):%Y-%m-%d %H:%M}" in gone.message
    assert how in gone.message
