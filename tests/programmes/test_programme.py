"""What the house asks of a programme while cases run."""

from datetime import date

import pytest

from app import workdays
from app.errors import BanjianError
from app.programmes.programme import Programme, holds
from app.rules import MissingName
from tests.programmes.package_files import sample, shipped, with_file, with_text


@pytest.fixture(scope="module")
def baoding() -> Programme:
    return Programme(sample(), release_id=7)


@pytest.fixture(scope="module")
def law() -> Programme:
    """The programme as it is now: tests of clauses hold it to its text."""
    return Programme(shipped())


def test_who_recognises_and_under_which_name(baoding):
    assert (baoding.key, baoding.code, baoding.release_id) == ("baoding-platform", "BDP", 7)
    assert (baoding.authority.tier, baoding.authority.region) == ("city", "130600")
    assert baoding.title.validity is None
    assert baoding.batches.one_application


def test_bdp_12_the_publication_runs_seven_working_days_and_its_day_does_not_count(law):
    rule = law.periods["publication"]

    assert (rule.period.text, rule.period.first_day_counts, rule.period.roll) == ("7 working_days", False, "next")
    assert (rule.clause, rule.public, rule.ours) == ("BDP-12", True, False)


@pytest.mark.parametrize(
    ("published_on", "last_day"),
    [
        (date(2026, 9, 23), date(2026, 10, 10)),
        (date(2026, 4, 28), date(2026, 5, 11)),
        (date(2026, 2, 12), date(2026, 2, 28)),
        (date(2025, 12, 30), date(2026, 1, 9)),
        (date(2026, 3, 9), date(2026, 3, 18)),
    ],
)
def test_bdp_12_the_last_day_of_a_publication(law, published_on, last_day):
    computed = workdays.deadline(law.periods["publication"].period, published_on, workdays.calendar_for("130600"))

    assert computed.last_day == last_day


def test_a_period_that_no_text_sets_says_so(baoding):
    assert {key for key, rule in baoding.periods.items() if rule.ours} == {
        "filling", "county_review", "city_review", "listing", "announcing"
    }
    assert all(not rule.clause for rule in baoding.periods.values() if rule.ours)


def test_where_the_unit_of_an_actor_is_looked_for(baoding):
    assert [baoding.tier_of(relation) for relation in ("applicant", "county", "city", "authority")] == [
        "", "county", "city", "city"
    ]
    assert baoding.actor("county").name == "县级主管部门"
    with pytest.raises(KeyError):
        baoding.tier_of("village")


def test_outcomes_keep_the_order_in_which_they_are_drawn(baoding):
    assert list(baoding.outcomes("application", "recommend").items()) == [
        ("recommend", "同意推荐"), ("decline", "不予推荐")
    ]
    assert baoding.outcomes("application", "apply") == {}


def test_a_diagram_a_form_and_a_table_are_read_once(baoding):
    assert baoding.specification("application") is baoding.specification("application")
    assert baoding.form("announcement") is baoding.form("announcement")
    assert baoding.table("criteria") is baoding.table("criteria")
    assert baoding.diagram_xml("publication") == sample()["publication.bpmn"]
    assert baoding.diagrams() == ["application", "publication"]


@pytest.mark.parametrize("ask", ["specification", "form", "table", "diagram_xml"])
def test_what_a_programme_does_not_have_is_a_key_error(baoding, ask):
    with pytest.raises(KeyError):
        getattr(baoding, ask)("nothing")


def test_the_number_of_a_title(baoding):
    assert baoding.number(baoding.title.number, year=2026, seq=12) == "BDP-2026-0012"


def test_a_condition_is_said_by_the_rules_and_a_missing_name_is_an_error():
    assert holds('outcome == "pass"', {"outcome": "pass"}) is True
    with pytest.raises(MissingName):
        holds('outcome == "pass"', {})


def test_settings_that_later_parts_read_do_not_hinder():
    more = with_text("programme.yaml", "  columns: [name, credit_code, region]",
                     "  columns: [name, credit_code, region]\n  held: entry")

    assert Programme(more).publication.columns == ("name", "credit_code", "region")


def test_a_broken_file_hurts_only_who_asks_for_it():
    programme = Programme(with_file("forms/announcement.json", b"{"))

    assert programme.form("publication_list").id == "publication_list"
    with pytest.raises(BanjianError):
        programme.form("announcement")
