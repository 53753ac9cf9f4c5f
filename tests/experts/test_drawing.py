"""The draw itself: its order, and whom it may take."""

import subprocess

from hypothesis import given
from hypothesis import strategies as st

from app.experts import drawing
from app.experts.drawing import Candidate, Divisions, Matter

CITIES = ("130100", "130200", "130600")
RULES = tuple(drawing.CONFLICTS)
MATTER = Matter(7, "某某服务有限公司", Divisions("130000", "130600", "130636"), recommender_id=9, tier="province")


@st.composite
def candidates(draw) -> Candidate:
    number = draw(st.integers(1, 10_000))
    city = draw(st.sampled_from((*CITIES, None)))
    return Candidate(
        id=number, public_id=f"e{number}", name=f"专家{number}", unit_id=draw(st.integers(5, 12)), unit_name="某单位",
        employer=draw(st.sampled_from(("", "某某服务有限公司", "另一公司"))),
        divisions=Divisions("130000", city, f"{city[:4]}02" if city else None),
        units=draw(st.dictionaries(st.integers(5, 9), st.just("顾问"), max_size=2)),
        regions=draw(st.dictionaries(st.sampled_from(("130600", "130636", "130100")), st.just("原籍"), max_size=2)),
        barred=draw(st.sampled_from(("", "", "", "暂停"))),
    )


REGISTERS = st.lists(candidates(), max_size=25, unique_by=lambda one: one.public_id)
SEEDS = st.text("0123456789abcdef", min_size=32, max_size=32)


def related(one: Candidate) -> bool:
    """In conflict, said again in other words than the program's."""
    return (
        one.barred != ""
        or one.unit_id in (MATTER.applicant_id, MATTER.recommender_id)
        or one.employer == MATTER.applicant_name
        or one.divisions.city == MATTER.divisions.city
        or MATTER.applicant_id in one.units
        or bool({"130000", "130600", "130636"} & set(one.regions))
    )


@given(register=REGISTERS, seed=SEEDS)
def test_nobody_in_conflict_is_ever_drawn_and_nobody_else_left_out(register, seed):
    free, out = drawing.split(register, MATTER, RULES, seed=seed)

    assert not any(related(one) for one in free)
    assert all(related(one) and reason for one, reason in out)
    assert len(free) + len(out) == len(register)


@given(register=REGISTERS, seed=SEEDS, shuffle=st.randoms())
def test_the_same_seed_gives_the_same_order_however_the_register_is_read(register, seed, shuffle):
    again = list(register)
    shuffle.shuffle(again)

    first, _ = drawing.split(register, MATTER, RULES, seed=seed)
    second, _ = drawing.split(again, MATTER, RULES, seed=seed)

    assert [one.public_id for one in first] == [one.public_id for one in second]


@given(register=REGISTERS, seed=SEEDS)
def test_taking_one_out_changes_nobody_elses_order(register, seed):
    ids = [one.public_id for one in register]

    assert [i for i in drawing.order(seed, ids) if i in ids[1:]] == drawing.order(seed, ids[1:])


def test_the_order_is_the_one_that_anybody_can_work_out():
    assert drawing.order("00", ["a", "b", "c"]) == sorted(["a", "b", "c"], key=_sha)


def _sha(key: str) -> str:
    said = subprocess.run(["sha256sum"], input=f"00:{key}".encode(), capture_output=True, check=True)
    return said.stdout.split()[0].decode()


def test_every_place_in_the_order_is_reached():
    firsts = {drawing.order(f"{n:032x}", ["a", "b", "c"])[0] for n in range(40)}

    assert firsts == {"a", "b", "c"}


def test_the_same_division_is_the_one_below_the_authority():
    at_home = Candidate(1, "a", "甲", 50, "本市某所", divisions=Divisions("130000", "130600", "130602"))
    of_the_province = Candidate(2, "b", "乙", 51, "省属某院", divisions=Divisions("130000"))
    of_the_city = Matter(7, "某某", MATTER.divisions, None, tier="city")

    assert drawing.split([at_home], MATTER, ["same_region"], seed="0")[1] != []
    assert drawing.split([of_the_province], MATTER, ["same_region"], seed="0")[1] == []
    assert drawing.split([at_home], of_the_city, ["same_region"], seed="0")[1] == []


def test_only_the_rules_that_the_programme_names_keep_somebody_out():
    own = Candidate(1, "a", "甲", MATTER.applicant_id, "本单位")

    assert drawing.split([own], MATTER, [], seed="0")[0] == [own]
    assert drawing.split([own], MATTER, ["same_unit"], seed="0")[0] == []


def test_the_recommenders_people_are_left_out():
    theirs = Candidate(1, "a", "甲", 9, "推荐单位")

    assert drawing.split([theirs], MATTER, ["recommender"], seed="0")[1] == [(theirs, "所在单位是推荐单位")]
