"""HUB-4 and HUB-5: an application that meets every condition exactly at its boundary, and one step below each."""

from datetime import date
from typing import Any

import pytest

from app import rules
from app.errors import Invalid
from app.programmes.programme import Programme
from tests.processes.judging import Judged, answered, shipped

PROGRAMME = shipped("hubei-selected")


def staff(full_time: int, *, qualified: int, part_time: int = 0, both: int = 0) -> list[dict[str, Any]]:
    """So many full-time people, of whom so many have a degree alone, and `both` of them a title as well."""
    return [
        {"person": f"人员{n}", "post": "顾问", "full_time": "yes", "degree": "bachelor" if n < qualified else "college",
         "title": "middle" if n < both else "junior"} for n in range(full_time)
    ] + [
        {"person": f"兼职{n}", "post": "顾问", "full_time": "no", "degree": "graduate", "title": "senior"}
        for n in range(part_time)
    ]


def year(served: int = 50, benefit: int = 5, asked: int = 50, satisfied: int = 40, which: int = 2025) -> dict[str, Any]:
    return {"year": which, "income_wan": "96.00", "net_profit_wan": "3.20", "served_firms": served,
            "benefit_firms": benefit, "asked_firms": asked, "satisfied_firms": satisfied}


def years(**last: int) -> list[dict[str, Any]]:
    return [year(**last), year(served=900, benefit=900, asked=900, satisfied=900, which=2024)]


def partners(*names: str) -> list[dict[str, Any]]:
    return [{"partner": name, "partner_kind": "university", "matter": "培训", "signed_on": "2024-03-01"}
            for name in names]


APPLICATION = {
    **answered(PROGRAMME, "association"), "years": years(),
    "staff": staff(10, qualified=7), "partners": partners("甲", "乙", "丙"), "operating_since": "2024-04-30",
}


JUDGED = Judged("hubei-selected", APPLICATION, "2026-04-28 10:00", date(2026, 4, 30), "420106")
CASES = [
    pytest.param({}, set(), id="hub_5-the-boundaries-themselves"),
    pytest.param({"legal_form": "other"}, {"组织形式"}, id="hub_5_1-another-form"),
    pytest.param({"legal_form": "partnership"}, set(), id="hub_5_1-a-partnership"),
    pytest.param({"operating_since": "2024-05-01"}, {"运营年限"}, id="hub_5_1-a-day-short-of-two-years"),
    pytest.param({"registered_capital_wan": "9.99"}, {"注册资本"}, id="hub_5_1-capital"),
    pytest.param({"registered_capital_wan": "10"}, set(), id="hub_5_1-capital-exactly"),
    pytest.param({"staff": staff(8, qualified=8)}, set(), id="hub_5_2-eight-people"),
    pytest.param({"staff": staff(7, qualified=7, part_time=5)}, {"专职人员"}, id="hub_5_2-seven-full-time"),
    pytest.param({"staff": staff(10, qualified=6, part_time=9)}, {"学历或职称占比"}, id="hub_5_2-six-qualified-of-ten"),
    pytest.param({"staff": staff(23, qualified=16)}, {"学历或职称占比"}, id="hub_5_2-69.57-percent"),
    pytest.param({"staff": staff(8, qualified=5, both=5)}, {"学历或职称占比"}, id="hub_5_2-degree-and-title-in-one"),
    pytest.param({"staff": staff(8, qualified=0, both=6)}, set(), id="hub_5_2-six-titles-of-eight"),
    pytest.param({"premises_area": "79.99"}, {"场所面积"}, id="hub_5_2-premises"),
    pytest.param({"premises_area": "80"}, set(), id="hub_5_2-premises-exactly"),
    pytest.param({"years": years(served=49)}, {"年服务中小企业"}, id="hub_5_3-49-firms"),
    pytest.param({"years": years(asked=100, satisfied=79)}, {"用户满意度"}, id="hub_5_3-79-of-100-satisfied"),
    pytest.param({"years": years(asked=100, satisfied=80)}, set(), id="hub_5_3-80-of-100-satisfied"),
    pytest.param({"has_discount": "no"}, {"小微企业收费优惠"}, id="hub_5_3-no-discount"),
    pytest.param({"years": years(served=51, benefit=5)}, {"公益性或低收费服务占比"}, id="hub_5_3-five-free-of-51"),
    pytest.param({"partners": partners("甲", "乙")}, {"合作服务机构"}, id="hub_5_5-two-partners"),
    pytest.param({"partners": partners("甲", "乙", "乙")}, {"合作服务机构"}, id="hub_5_5-one-partner-twice"),
]
"""What of the application is otherwise, and the conditions that it then doesn't meet."""


def verdicts(**changes: object) -> list[rules.Verdict]:
    return JUDGED.verdicts(changes)


def not_met(**changes: object) -> set[str]:
    return JUDGED.not_met(changes)


@pytest.mark.parametrize(("changes", "labels"), CASES)
def test_hub_5_each_condition_at_its_boundary_and_a_step_below(changes, labels):
    """Two years to the day, 100,000 yuan, 70 percent of ten full-time people, 80 square metres, 50 firms of whom 5 for
    the public benefit, 40 of 50 satisfied, 3 partners."""
    assert not_met(**changes) == labels


def test_hub_5_2_somebody_with_degree_and_title_counts_once():
    """Seven of ten have a degree, five of them a title too: 70 percent, not 120."""
    share = next(row for row in verdicts(staff=staff(10, qualified=7, both=5)) if row.label == "学历或职称占比")

    assert (share.value, share.verdict) == (70, "met")


@pytest.mark.parametrize(("again", "wrong"), [(False, False), (True, True)])
def test_hub_5_2_one_person_is_entered_once(again, wrong):
    rows = staff(8, qualified=8)

    with pytest.raises(Invalid) as refused:  # nothing else is filled in
        PROGRAMME.form("application").load({"staff": [*rows, rows[0]] if again else rows})

    assert any(path.startswith("staff") for path in refused.value.fields) is wrong


def test_hub_5_3_fewer_than_fifty_firms_is_a_warning_and_the_others_are_not():
    few = rules.overall(verdicts(years=years(served=49)))
    unsatisfied = rules.overall(verdicts(years=years(satisfied=39)))

    assert (few.verdict, [row.label for row in few.warnings]) == ("met", ["年服务中小企业"])
    assert (unsatisfied.verdict, [row.label for row in unsatisfied.failed]) == ("not_met", ["用户满意度"])


def test_hub_4_a_comprehensive_institution_is_not_for_profit_and_a_professional_one_is_not_asked():
    asked = {
        kind: next(row.verdict for row in verdicts(applicant_kind=kind, not_for_profit=False)
                   if row.label == "不以营利为主要目的")
        for kind in ("comprehensive", "professional")
    }

    assert asked["comprehensive"] == "not_met"
    assert asked["professional"] == "not_applicable"


def test_hub_18_1_eighty_exactly_is_marked_and_not_low():
    rows = [{"held_on": "2025-03-11", "activity": "培训", "activity_kind": "paid", "firms": 10, "satisfaction": said}
            for said in ("79.99", "80.00", "80.01", "0")]
    form = PROGRAMME.form("annual_assessment")

    values = form.values(form.load({"activities": rows}, partial=True))

    assert (values["low_activities"], values["at_the_line"]) == (2, 1)


def test_hub_18_1_eighty_counts_as_low_where_the_condition_says_so():
    """The other answer to S3: without `not` the eighty itself is low."""
    files = PROGRAMME.files
    key = "forms/annual_assessment.json"
    changed = files[key].replace(b'"max": 80,\n          "not": 80', b'"max": 80')
    assert changed != files[key]
    form = Programme({**files, key: changed}).form("annual_assessment")
    rows = [{"held_on": "2025-03-11", "activity": "培训", "activity_kind": "paid", "firms": 10, "satisfaction": "80"}]

    assert form.values(form.load({"activities": rows}, partial=True))["low_activities"] == 1
