"""HBI-6: the application that the story `national_day` tells of meets every condition exactly at its boundary."""

from datetime import date
from typing import Any

import pytest

from tests.processes.judging import Judged, answered, shipped

PROGRAMME = shipped("hebei-institution")
MEANT = {"year-1": 2025, "year-2": 2024, "today": "2026-07-20"}


def dated(value: Any) -> Any:
    """The story's words for days and years as this test means them."""
    if isinstance(value, list):
        return [dated(inner) for inner in value]
    if isinstance(value, dict):
        return {key: dated(inner) for key, inner in value.items()}
    return MEANT.get(value, value) if isinstance(value, str) else value


APPLICATION = dated(answered(PROGRAMME, "national_day"))
JUDGED = Judged("hebei-institution", APPLICATION, "2026-07-20 10:00", date(2026, 7, 31), "130123")


def with_row(at: int, table: str, **changes: object) -> dict[str, list[dict[str, Any]]]:
    """A table of the application of which one row has other values."""
    rows = list(APPLICATION[table])
    rows[at] = {**rows[at], **changes}
    return {table: rows}


def not_met(**changes: object) -> set[str]:
    return JUDGED.not_met(changes)


def staff(full_time: int, *, qualified: int) -> dict[str, list[dict[str, Any]]]:
    """So many full-time people, of whom so many have a degree."""
    one = {**APPLICATION["staff"][0], "full_time": "yes", "title_level": "junior"}
    return {"staff": [{**one, "person": f"人员{n}", "degree": "bachelor" if n < qualified else "below"}
                      for n in range(full_time)]}


CASES = [
    pytest.param({}, set(), id="hbi_6-the-boundaries-themselves"),
    pytest.param({"founded_on": "2024-08-01"}, {"成立并运营年限"}, id="hbi_6_2-a-day-short-of-two-years"),
    pytest.param({"premises_area": "149.99"}, {"服务场所"}, id="hbi_6_4-premises"),
    pytest.param({"total_assets_wan": "299.99"}, {"总资产"}, id="hbi_6_4-assets"),
    pytest.param(staff(20, qualified=16), set(), id="hbi_6_5-sixteen-qualified-of-twenty"),
    pytest.param(staff(19, qualified=19), {"专职服务人员"}, id="hbi_6_5-nineteen-people"),
    pytest.param(
        with_row(0, "staff", degree="below", title_level="junior"), {"学历或职称符合的专职人员占比"},
        id="hbi_6_5-fifteen-qualified-of-twenty",
    ),
    pytest.param(staff(24, qualified=19), {"学历或职称符合的专职人员占比"}, id="hbi_6_5-79.17-percent"),
    pytest.param(with_row(0, "served", mode="online"), {"年线下服务中小企业"}, id="hbi_6_7-99-offline"),
    pytest.param(with_row(0, "served", benefit="no"), {"公益服务占比"}, id="hbi_6_7-nine-of-a-hundred"),
    pytest.param(
        with_row(-1, "served", year=2024), {"年线下服务中小企业"}, id="hbi_6_7-one-of-them-in-the-year-before"
    ),
]
"""What of the application is otherwise, and the conditions that it then doesn't meet."""


@pytest.mark.parametrize(("changes", "labels"), CASES)
def test_hbi_6_each_condition_at_its_boundary_and_a_step_below(changes, labels):
    """Two years to the day, 150 square metres, 3 million yuan, 16 of 20 people, 100 enterprises, 10 of them free."""
    assert not_met(**changes) == labels


def test_hbi_6_5_nineteen_full_time_people_are_too_few():
    """The one who goes has neither degree nor title, so that the share rises."""
    fewer = [row for row in APPLICATION["staff"] if row["person"] != "罗军"]

    assert not_met(staff=fewer) == {"专职服务人员"}


def test_hbi_6_5_people_count_who_work_full_time():
    """The part-time lecturer counts for nothing; were he there full-time, another could go."""
    fewer = [row for row in APPLICATION["staff"] if row["person"] != "罗军"]

    assert not_met(staff=[{**row, "full_time": "yes"} for row in fewer]) == set()


def test_hbi_6_5_degree_or_title_counts_a_person_once():
    """Twelve have a degree, four others a title: with both in one person there are fifteen, not sixteen."""
    both = with_row(0, "staff", title_level="middle")["staff"]

    assert not_met(staff=both) == set()
    assert not_met(staff=[*both[:15], {**both[15], "title_level": "junior"}, *both[16:]]) == {
        "学历或职称符合的专职人员占比"
    }


def test_hbi_6_2_affiliates_are_shown_to_the_reviewer():
    assert not_met(has_affiliates="yes") == {"无关联机构"}
