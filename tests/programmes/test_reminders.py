"""Ladders are data: read as written, held against the rest of the package, and said in words."""

import pytest

from app.programmes import checks
from app.programmes.package import SETTINGS
from app.programmes.period_rules import ladder
from app.programmes.programme import Programme
from tests.programmes.test_sections import extended, rules

REMINDERS = "\nreminders: {at: '09:15', ladder: [3, {after: 1, level: supervise}], ours: yes}\n\nbatches:"
COUNTY = "    unit: batch_date\n"
LEVELS = {
    "remind: [0, {before: 2, to: [city]}]": [(2, False, "supervise"), (0, False, "urge")],
    "remind: [{after: 5, level: circulate}, {after: 1}, 1]": [
        (1, False, "urge"), (1, True, "urge"), (5, True, "circulate")
    ],
    "remind: []": [],
}


def with_reminders(*changes: tuple[str, str]) -> dict[str, bytes]:
    return extended(("\nbatches:", REMINDERS), *changes)


def test_a_period_that_sets_no_ladder_has_the_programmes():
    periods = Programme(with_reminders()).periods

    assert [(rung.words, rung.at) for rung in periods["listing"].remind] == [
        ("截止前 3 个工作日催办", "09:15"), ("逾期 1 个工作日督办", "09:15")
    ]
    assert Programme(extended()).periods["listing"].remind == ()


@pytest.mark.parametrize("written", LEVELS)
def test_a_period_may_have_a_ladder_of_its_own_the_earliest_rung_first(written: str):
    files = with_reminders((COUNTY, f"{COUNTY}    {written}\n"))

    found = Programme(files).periods["county_review"].remind

    assert [(rung.working_days, rung.after, rung.level) for rung in found] == LEVELS[written]
    assert {rung.at for rung in found} <= {"09:15"}


def test_half_past_eight_is_when_nothing_else_is_said():
    assert [rung.at for rung in ladder([1, {"after": 1}])] == ["08:30", "08:30"]


def test_a_rung_says_itself():
    assert [rung.words for rung in ladder([0, 2, {"after": 5, "level": "circulate"}])] == [
        "截止前 2 个工作日催办", "截止当日催办", "逾期 5 个工作日通报"
    ]


@pytest.mark.parametrize(
    ("written", "place", "rule"),
    [
        ("remind: [{after: 1, to: [province]}]", "periods.county_review.remind.0", "unknown-reminded"),
        ("remind: [1, {before: 1, level: circulate}]", "periods.county_review.remind.1", "circulates-early"),
        ("remind: [{after: 5, level: circulate, to: [city]}]", "periods.county_review.remind.0", "circulates-to"),
        ("remind: [2, {before: 2}]", "periods.county_review.remind.1", "rung-twice"),
    ],
)
def test_what_a_rung_cannot_do_is_told_at_its_place(written: str, place: str, rule: str):
    assert (SETTINGS, place, rule) in rules(extended((COUNTY, f"{COUNTY}    {written}\n")))


def test_the_programmes_own_ladder_is_held_to_the_same():
    files = extended(("\nbatches:", "\nreminders: {ladder: [{after: 1, to: [nobody]}], ours: yes}\n\nbatches:"))
    assert any(place.startswith("reminders.ladder.0") for _file, place, _rule in rules(files))

    files = extended(("\nbatches:", "\nreminders: {ladder: [{after: 1, to: [province]}], ours: yes}\n\nbatches:"))
    assert (SETTINGS, "reminders.ladder.0", "unknown-reminded") in rules(files)


def test_a_ladder_of_a_period_in_which_nobody_has_a_duty_is_a_warning():
    files = extended(("    amount: 7\n", "    amount: 7\n    remind: [1]\n"))

    assert (SETTINGS, "periods.publication.remind", "reminds-nobody") in rules(files)
    assert checks.problems.RULES["reminds-nobody"][2] == checks.WARNING
