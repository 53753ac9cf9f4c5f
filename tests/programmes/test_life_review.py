"""A review with the yearly call, an effect on who recommends, an upward programme: what doesn't fit is told."""

import pytest

from app.programmes import checks, package
from app.vocabulary import known
from tests import living

KEY = "baoding-platform"
HOLD = "{effect: suspended, of: place, until: next_year, also_associations: yes, clause: BDP-18.2}"


def found(*changes: tuple[str, str]) -> list[tuple[str, str]]:
    files = package.read_folder(living.PROCESSES / KEY)
    text = files["programme.yaml"].decode()
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after, 1)
    return [(one.place, one.rule) for one in checks.check({**files, "programme.yaml": text.encode()}, **known())]


@pytest.mark.parametrize(("old", "new", "expected"), [
    ("    review_after: review_interval\n", "", ("title.renewal.review_after", "review-without-interval")),
    ("    review_after: review_interval\n", "    review_after: statement\n",
     ("title.renewal.review_after", "review-no-years")),
    ("    not_passed: review_failed\n", "", ("title.renewal.not_passed", "review-without-sanction")),
    ("    not_passed: review_failed\n", "    not_passed: nothing\n", ("title.renewal.not_passed", "unknown-sanction")),
    ("    diagram: batch_review\n", "    diagram: objection\n", ("title.renewal.diagram", "renewal-word-missing")),
    ("    diagram: batch_review\n", "    diagram: nowhere\n", ("title.renewal.diagram", "renewal-no-diagram")),
    ("    form: annual_operation\n", "    form: city_review\n", ("title.renewal.form", "renewal-form-unused")),
    ("  validity: null ", "  validity: review_interval ", ("title.renewal.kind", "review-with-end")),
])
def test_a_review_that_could_not_open_or_be_decided_is_told(old, new, expected):
    assert expected in found((old, new))


@pytest.mark.parametrize(("hold", "expected"), [
    ("{effect: suspended, of: place, also_associations: yes, clause: BDP-18.2}",
     ("sanctions.falsification.on_recommender.until", "hold-without-end")),
    ("{effect: suspended, until: never, also_associations: yes, clause: BDP-18.2}",
     ("sanctions.falsification.on_recommender.until", "unknown-period")),
    ("{effect: suspended, until: operated, also_associations: yes, clause: BDP-18.2}",
     ("sanctions.falsification.on_recommender.until", "ban-no-length")),
])
def test_an_effect_on_who_recommends_says_how_long(hold, expected):
    assert expected in found((HOLD, hold))


def test_a_programme_whose_lowest_tier_is_the_authority_has_nobody_to_hold():
    said = found(("tiers: [county, city]", "tiers: [city]"))

    assert ("sanctions.falsification.on_recommender", "hold-of-nobody") in said


@pytest.mark.parametrize(("old", "new", "expected"), [
    ("      fields: {activities: overview}", "      fields: {activities: nothing}",
     ("upward.programmes.hebei-library", "unknown-field")),
    ("    hebei-library:\n", "    baoding-platform:\n", ("upward.programmes.baoding-platform", "upward-to-itself")),
    ("    hebei-library:\n", "    another-one:\n", ("upward.field", "upward-choices")),
    ("  field: upward_recommendation.upper", "  field: nothing.upper", ("upward.field", "unknown-form")),
])
def test_what_is_carried_upward_must_be_there(old, new, expected):
    assert expected in found((old, new))


def test_the_shipped_programme_has_no_fault():
    assert found() == []
