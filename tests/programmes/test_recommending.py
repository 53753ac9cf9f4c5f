"""Who may recommend, whom they ask, which conditions may be relaxed: what the check says of mistakes there."""

from pathlib import Path

import pytest

from app.people.models import Unit
from app.programmes import checks, package
from app.programmes.sections import Authority
from tests import sample

FOLDER = Path(__file__).parent.parent.parent / "processes" / "national-platform"
FILES = package.read_folder(FOLDER)


@pytest.mark.parametrize(
    ("old", "new", "place", "rule"),
    [
        ("population: application.served.enterprise", "population: application.served.firm",
         "recommenders.sample.population", "unknown-field"),
        ("population: application.served.enterprise", "population: application.clients.enterprise",
         "recommenders.sample.population", "unknown-field"),
        ("record: recommendation.survey.enterprise", "record: survey.survey.enterprise",
         "recommenders.sample.record", "unknown-field"),
        ("reached_by: result", "reached_by: answer", "recommenders.sample.reached_by", "unknown-field"),
        ("at_least: 10", "at_least: 0", "recommenders.sample.at_least", "schema"),
        ("""when: 'western = "yes"'""", "when: western", "criteria.relax.0.when", "relax-condition"),
        ("""when: 'western = "yes"'""", """when: 'eastern = "yes"'""", "criteria.relax.0.when", "unknown-field"),
        ("NAT-7], by: authority", "NAT-7], by: expert", "criteria.relax.0.by", "unknown-actor"),
        ("matched_by: region, tier: province", "matched_by: region, tier: city", "recommenders.kinds.province.tier",
         "tier-of-recommender"),
    ],
)
def test_a_mistake_is_told_where_it_is(old, new, place, rule):
    written = FILES["programme.yaml"].decode()
    assert old in written

    found = checks.check({**FILES, "programme.yaml": written.replace(old, new, 1).encode()}, **sample.vocabulary())

    assert (place, rule) in {(one.place, one.rule) for one in found}


def office(tier, region, body=""):
    return Unit(tier=tier, region_code=region, body=body)


def test_a_ministry_reaches_the_whole_country_another_authority_its_own_division():
    ministry, city = Authority("ministry", "110000", "工业和信息化部"), Authority("city", "130600", "保定市工信局")

    assert ministry.is_unit(office("ministry", ""))
    assert not ministry.is_unit(office("province", "110000"))
    assert not ministry.is_unit(office("ministry", "", body="centre"))
    assert ministry.reaches("440000", "440300", None)
    assert city.is_unit(office("city", "130600"))
    assert not city.is_unit(office("city", "130200"))
    assert city.reaches("130000", "130600", "130631")
    assert not city.reaches("130000", "130200", None)
