"""HBI-6: the application that the story `national_day` tells of meets every condition exactly at its boundary."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.programmes import criteria, package
from app.programmes.programme import Programme
from app.programmes.reading import read_yaml

FOLDER = Path(__file__).parent.parent.parent / "processes" / "hebei-institution"
REFERENCE_DAY = date(2026, 7, 31)
MEANT = {"year-1": 2025, "year-2": 2024, "today": "2026-07-20"}
PROGRAMME = Programme(package.read_folder(FOLDER))
FILES = {asked.key for asked in PROGRAMME.form("application").asked if asked.kind == "filepicker"}


def dated(value: Any) -> Any:
    """The story's words for days and years as this test means them."""
    if isinstance(value, list):
        return [dated(inner) for inner in value]
    if isinstance(value, dict):
        return {key: dated(inner) for key, inner in value.items()}
    return MEANT.get(value, value) if isinstance(value, str) else value


WRITTEN = read_yaml((FOLDER / "examples" / "national_day.yaml").read_bytes())["answers"]["application"]
APPLICATION = dated({key: value for key, value in WRITTEN.items() if key not in FILES})


@pytest.fixture
def not_met(clock_at: Callable[[str], None]) -> Callable[..., set[str]]:
    """The conditions that the application doesn't meet where some of its answers are others."""
    clock_at("2026-07-20 10:00")

    def found(**changes: object) -> set[str]:
        verdicts = criteria.verdicts(
            PROGRAMME, {**APPLICATION, **changes}, reference_day=REFERENCE_DAY, region_code="130123"
        )
        assert {row.verdict for row in verdicts} <= {"met", "not_met"}
        return {row.label for row in verdicts if row.verdict == "not_met"}

    return found


def with_row(at: int, table: str, **changes: object) -> dict[str, list[dict[str, Any]]]:
    """A table of the application of which one row has other values."""
    rows = list(APPLICATION[table])
    rows[at] = {**rows[at], **changes}
    return {table: rows}


def test_the_boundaries_themselves_are_met(not_met):
    """Two years to the day, 150 square metres, 3 million yuan, 16 of 20 people, 100 enterprises, 10 of them free."""
    assert not_met() == set()


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        pytest.param({"founded_on": "2024-08-01"}, "成立并运营年限", id="hbi_6_2-a-day-short-of-two-years"),
        pytest.param({"premises_area": "149.99"}, "服务场所", id="hbi_6_4-premises"),
        pytest.param({"total_assets_wan": "299.99"}, "总资产", id="hbi_6_4-assets"),
        pytest.param(
            with_row(0, "staff", degree="below", title_level="junior"), "学历或职称符合的专职人员占比",
            id="hbi_6_5-fifteen-qualified-of-twenty",
        ),
        pytest.param(with_row(0, "served", mode="online"), "年线下服务中小企业", id="hbi_6_7-99-offline"),
        pytest.param(with_row(0, "served", benefit="no"), "公益服务占比", id="hbi_6_7-nine-of-a-hundred"),
        pytest.param(
            with_row(-1, "served", year=2024), "年线下服务中小企业", id="hbi_6_7-one-of-them-in-the-year-before"
        ),
    ],
)
def test_a_step_below_a_boundary_fails_that_condition(not_met, changes, label):
    assert not_met(**changes) == {label}


def test_hbi_6_5_nineteen_full_time_people_are_too_few(not_met):
    """The one who goes has neither degree nor title, so that the share rises."""
    fewer = [row for row in APPLICATION["staff"] if row["person"] != "罗军"]

    assert not_met(staff=fewer) == {"专职服务人员"}


def test_hbi_6_5_people_count_who_work_full_time(not_met):
    """The part-time lecturer counts for nothing; were he there full-time, another could go."""
    fewer = [row for row in APPLICATION["staff"] if row["person"] != "罗军"]

    assert not_met(staff=[{**row, "full_time": "yes"} for row in fewer]) == set()


def test_hbi_6_5_degree_or_title_counts_a_person_once(not_met):
    """Twelve have a degree, four others a title: with both in one person there are fifteen, not sixteen."""
    both = with_row(0, "staff", title_level="middle")["staff"]

    assert not_met(staff=both) == set()
    assert not_met(staff=[*both[:15], {**both[15], "title_level": "junior"}, *both[16:]]) == {
        "学历或职称符合的专职人员占比"
    }


def test_hbi_6_2_affiliates_are_shown_to_the_reviewer(not_met):
    assert not_met(has_affiliates="yes") == {"无关联机构"}
