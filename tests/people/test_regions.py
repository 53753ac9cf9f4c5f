"""The tree of divisions, as loaded into every test's database."""

import pytest
from sqlalchemy import func, select

from app.errors import Invalid
from app.people import regions
from app.people.models import Region


def test_the_whole_country_is_loaded(session):
    counted = dict(session.execute(select(Region.tier, func.count()).group_by(Region.tier)).all())

    assert counted == {"province": 35, "city": 336, "county": 2843}


def test_loading_again_changes_nothing(session):
    assert regions.load(session) == 0


@pytest.mark.parametrize(
    ("code", "name", "tier", "province", "city", "county"),
    [
        ("130000", "河北省", "province", "130000", None, None),
        ("130600", "保定市", "city", "130000", "130600", None),
        ("130636", "顺平县", "county", "130000", "130600", "130636"),
        ("110105", "朝阳区", "county", "110000", None, "110105"),
        ("429004", "仙桃市", "county", "420000", None, "429004"),
        ("441900", "东莞市", "city", "440000", "441900", None),
        ("130682", "定州市", "city", "130000", "130682", None),
        ("130181", "辛集市", "city", "130000", "130181", None),
        ("133100", "雄安新区", "city", "130000", "133100", None),
        ("130638", "雄县", "county", "130000", "133100", "130638"),
        ("810000", "香港特别行政区", "province", "810000", None, None),
        ("820000", "澳门特别行政区", "province", "820000", None, None),
        ("660000", "新疆生产建设兵团", "province", "660000", None, None),
        ("659001", "石河子市", "county", "660000", None, "659001"),
        ("710000", "台湾省", "province", "710000", None, None),
    ],
)
def test_a_division_knows_its_place_at_every_tier(session, code, name, tier, province, city, county):
    region = regions.get(session, code)

    assert (region.name, region.tier) == (name, tier)
    assert (region.province_code, region.city_code, region.county_code) == (province, city, county)


def test_every_division_lies_in_the_one_that_its_columns_name(session):
    for region in session.scalars(select(Region)):
        assert getattr(region, f"{region.tier}_code") == region.code
        places = (region.province_code, region.city_code, region.county_code)
        parents = [code for code in places if code not in (None, region.code)]
        assert region.parent_code == (parents[-1] if parents else None), region.code


def test_an_operator_puts_a_county_at_the_city_tier_and_loading_leaves_it_there(session):
    regions.place(session, code="429004", name="仙桃市", tier="city", parent_code="420000")
    regions.load(session)

    region = regions.get(session, "429004")
    assert (region.tier, region.city_code, region.county_code) == ("city", "429004", None)


def test_a_new_division_is_added(session):
    regions.place(session, code="130699", name="新城区", tier="county", parent_code="130600")

    assert regions.get(session, "130699").city_code == "130600"


@pytest.mark.parametrize(
    ("code", "tier", "parent", "field"),
    [
        ("130636", "city", "130600", "parent_code"),  # a city lies in a province
        ("130636", "county", "130628", "parent_code"),  # a county doesn't lie in a county
        ("130636", "county", "420100", "parent_code"),  # nor in another province
        ("130600", "county", "130000", "tier"),  # a city with counties stays a city
        ("130682", "county", "130682", "parent_code"),  # nothing lies in itself
        ("130636", "county", "999999", "parent_code"),  # nor in what isn't there
        ("130000", "city", "420000", "code"),  # a province stays a province
    ],
)
def test_a_place_that_would_break_the_tree_is_refused(session, code, tier, parent, field):
    with pytest.raises(Invalid) as refused:
        regions.place(session, code=code, name="某地", tier=tier, parent_code=parent)

    assert list(refused.value.fields) == [field]
