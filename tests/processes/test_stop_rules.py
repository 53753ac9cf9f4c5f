"""On what the shipped programmes' periods stop and by how much they may be extended, as their texts and answers say.

None of the two texts knows an extension; HBI-8.3 alone knows experts and a visit. All else is ours and marked so.
"""

from pathlib import Path

import pytest

from app.programmes import package
from app.programmes.programme import Programme

PROCESSES = Path(__file__).resolve().parents[2] / "processes"

STOPS = {
    ("baoding-platform", "county_review"): {"correction": "", "onsite": ""},
    ("baoding-platform", "city_review"): {"correction": "", "experts": "", "onsite": ""},
    ("hebei-institution", "verifying"): {"experts": "HBI-8.3", "onsite": "HBI-8.3"},
    ("hebei-institution", "objection_handling"): {"appraisal": "", "onsite": ""},
}
EXTENSIONS = {
    ("baoding-platform", "county_review"): (5, 1, "city/lead", ""),
    ("baoding-platform", "city_review"): (10, 1, "authority/lead", ""),
    ("hebei-institution", "verifying"): (5, 1, "authority/lead", ""),
    ("hebei-institution", "objection_handling"): (10, 1, "authority/lead", ""),
}


def rules(key: str):
    return Programme(package.read_folder(PROCESSES / key)).periods


@pytest.mark.parametrize("key", ["baoding-platform", "hebei-institution"])
def test_periods_stop_on_these_grounds_and_no_other(key):
    found = {(key, name): {ground.key: ground.clause for ground in rule.stops.values()}
             for name, rule in rules(key).items() if rule.stops}

    assert found == {place: grounds for place, grounds in STOPS.items() if place[0] == key}


@pytest.mark.parametrize("key", ["baoding-platform", "hebei-institution"])
def test_periods_are_extended_by_so_much_and_by_nobody_else(key):
    found = {(key, name): (said.amount, said.times, said.approved_by, said.clause)
             for name, rule in rules(key).items() if (said := rule.extension)}

    assert found == {place: said for place, said in EXTENSIONS.items() if place[0] == key}
