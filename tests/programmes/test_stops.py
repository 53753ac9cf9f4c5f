"""Grounds for a stop and extensions in programme.yaml: what they name is there, and fits the period."""

import pytest

from app.programmes.programme import Programme
from app.programmes.settings import ExtensionRule, Ground
from tests.programmes.package_files import rules, sample

OLD = """  city_review:
    name: 市级评审
    amount: 20
    unit: working_days
"""


def with_period(added: str, old: str = OLD) -> dict[str, bytes]:
    text = sample()["programme.yaml"].decode()
    assert old in text
    return {**sample(), "programme.yaml": text.replace(old, old + added).encode()}


def test_grounds_and_extension_are_read():
    files = with_period(
        "    stops: [{key: visit, name: 走访, during: [recommend], ours: yes}]\n"
        "    extension: {amount: 10, times: 2, asked_by: city/clerk, approved_by: city/lead, clause: BDP-12}\n"
    )

    rule = Programme(files).periods["city_review"]

    assert rule.stops == {"visit": Ground("visit", "走访", "", ("recommend",))}
    assert rule.extension == ExtensionRule(10, 2, "city/clerk", "city/lead", "BDP-12")
    assert Programme(files).halting == {"recommend"}
    assert Programme(sample()).halting == frozenset()


@pytest.mark.parametrize(
    ("added", "place", "rule"),
    [
        ("    stops: [{key: a, name: 甲}]\n", "periods.city_review.stops.0", "schema"),
        ("    stops: [{key: a, name: 甲, clause: BDP-99}]\n", "periods.city_review.stops.0.clause", "unknown-clause"),
        ("    stops: [{key: a, name: 甲, ours: yes}, {key: a, name: 乙, ours: yes}]\n", "periods.city_review.stops",
         "twice"),
        ("    stops: [{key: a, name: 甲, during: [nowhere], ours: yes}]\n", "periods.city_review.stops.0.during",
         "unknown-halting"),
        ("    extension: {amount: 5, approved_by: city/lead}\n", "periods.city_review.extension", "schema"),
        ("    extension: {amount: 0, approved_by: city/lead, ours: yes}\n", "periods.city_review.extension.amount",
         "schema"),
        ("    extension: {amount: 5, approved_by: moon/lead, ours: yes}\n",
         "periods.city_review.extension.approved_by", "unknown-actor"),
        ("    extension: {amount: 5, approved_by: city/king, ours: yes}\n",
         "periods.city_review.extension.approved_by", "unknown-role"),
        ("    extension: {amount: 5, unit: days, approved_by: city/lead, ours: yes}\n",
         "periods.city_review.extension.unit", "extends-otherwise"),
    ],
)
def test_what_does_not_fit_is_named_at_its_place(added, place, rule):
    assert ("programme.yaml", place, rule) in rules(with_period(added))


def test_a_period_that_counts_back_cannot_be_extended():
    old = "    unit: years\n    starts: reference_day\n    before: yes\n"
    files = with_period("    extension: {amount: 1, approved_by: city/lead, ours: yes}\n", old)

    assert ("programme.yaml", "periods.operated.extension", "extends-date") in rules(files)
