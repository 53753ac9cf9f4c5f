"""batches.quotas of a package: read as data, and each thing that can't hold told with its place and what to do."""

import pytest

from app.programmes.programme import Programme
from tests.programmes.package_files import problems, rules, sample

SETTINGS = "programme.yaml"
AT = "batches.quotas.at.0"
GROUPS = "batches.quotas.groups"
GOOD = """
  quotas:
    at: [recommend.recommend]
    groups:
      companies: {name: 企业, when: unit_kind == "company" and total_assets_wan >= 300, exempt: yes}
      far: {name: 单列县, regions: ["130628", "130636"], per: unit_kind}
      county: {name: 县, tier: county}
"""


def files(quotas=GOOD):
    written = sample()[SETTINGS].decode().replace("\nbatches:\n", f"\nbatches:{quotas}")
    return {**sample(), SETTINGS: written.encode()}


def changed(old, new):
    assert old in GOOD
    return files(GOOD.replace(old, new))


def places(found):
    return {(place, rule) for _file, place, rule in found if place.startswith("batches.quotas")}


def test_quotas_that_fit_have_no_problem():
    assert places(rules(files())) == set()


def test_they_are_read_as_data_in_the_order_of_the_file():
    rule = Programme(files()).batches.quotas

    assert (rule.at, rule.form, rule.clause) == (("recommend.recommend",), "application_report", "BDP-14")
    assert list(rule.groups) == ["companies", "far", "county"]
    assert list(rule.counting) == ["far", "county"]
    assert (rule.groups["far"].regions, rule.groups["far"].per) == (("130628", "130636"), "unit_kind")
    assert rule.groups["companies"].exempt
    assert rule.tasks == {"recommend"}


@pytest.mark.parametrize(("element", "outcome", "wanted"), [
    ("recommend", "recommend", True), ("recommend", "decline", False), ("recommend", "", False),
    ("review", "recommend", False),
])
def test_only_the_outcome_that_is_named_is_the_recommendation(element, outcome, wanted):
    assert Programme(files()).batches.quotas.recommends(element, outcome) is wanted


@pytest.mark.parametrize(("old", "new", "place", "rule"), [
    ("recommend.recommend", "nowhere.recommend", AT, "quota-no-task"),
    ("recommend.recommend", "recommended", AT, "quota-no-task"),
    ("recommend.recommend", "recommend.pass", AT, "quota-no-outcome"),
    ("recommend.recommend", "recommend", AT, "quota-no-outcome"),
    ("recommend.recommend", "list.pass", AT, "quota-no-outcome"),
    ("recommend.recommend", "apply", "batches.quotas.at", "quota-whose"),
    ("recommend.recommend", "recommend.recommend, review.pass", "batches.quotas.at", "quota-whose"),
    ("tier: county", "tier: province", f"{GROUPS}.county.tier", "quota-tier"),
    ("tier: county", "kinds: [association]", f"{GROUPS}.county.kinds", "unknown-kind"),
    ("per: unit_kind", "per: nothing", f"{GROUPS}.far.per", "unknown-field"),
    ("per: unit_kind", "per: functions", f"{GROUPS}.far.per", "wrong-field"),
    ("exempt: yes", "exempt: yes, per: unit_kind", f"{GROUPS}.companies.per", "quota-exempt-per"),
    ("unit_kind ==", "kind ==", f"{GROUPS}.companies.when", "unknown-field"),
    ("unit_kind ==", "functions ==", f"{GROUPS}.companies.when", "unknown-field"),
    ('"company"', '"firm"', f"{GROUPS}.companies.when", "unknown-choice"),
    ("300", "300 and", f"{GROUPS}.companies.when", "quota-condition"),
    (', regions: ["130628", "130636"], per: unit_kind', "", f"{GROUPS}.county", "quota-never"),
    ("name: 县, tier: county", "name: 县, tier: county, exempt: yes", "", ""),
])
def test_what_cannot_hold_is_told_at_its_place(old, new, place, rule):
    found = places(rules(changed(old, new)))

    assert found == ({(place, rule)} if place else set())


def test_groups_that_are_all_exempt_limit_nobody():
    everything = GOOD.replace(', regions: ["130628", "130636"], per: unit_kind', ', exempt: yes, tier: county')
    everything = everything.replace("name: 县, tier: county", "name: 县, exempt: yes")

    assert places(rules(files(everything))) == {(GROUPS, "quota-of-nobody")}


def test_conditions_need_a_form():
    elsewhere = GOOD.replace("    groups:", "    form: nowhere\n    groups:")

    assert places(rules(files(elsewhere))) == {("batches.quotas.form", "quota-form")}


def test_the_words_say_what_to_write():
    found = {problem.rule: str(problem) for problem in problems(changed("recommend.recommend", "recommend.pass"))}

    assert "环节“recommend”没有结论“pass”。可用：recommend、decline。" in found["quota-no-outcome"]


@pytest.mark.parametrize("written", [
    "quotas: {at: [recommend.recommend]}", "quotas: {groups: {county: {name: 县}}}",
    "quotas: {at: [], groups: {county: {name: 县}}}", "quotas: {at: [recommend.recommend], groups: {}}",
    "quotas: {at: [recommend.recommend], groups: {county: {}}}",
    "quotas: {at: [recommend.recommend], groups: {county: {name: 县, number: 3}}}",
])
def test_the_schema_wants_the_recommendation_and_named_groups_and_no_figures(written):
    assert any(rule == "schema" for _file, _place, rule in rules(files(f"\n  {written}\n")))
