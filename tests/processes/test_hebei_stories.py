"""What the stories of the Hebei programme can't say themselves: fields left alone, classes, and each number."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app import db, stories
from app.cases.models import Answer, Case, Deadline
from app.programmes import operations, package
from app.programmes.reading import read_yaml
from app.titles.models import Title
from tests import sample

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

FOLDER = Path(__file__).parent.parent.parent / "processes" / "hebei-institution"


def story(name: str) -> dict[str, Any]:
    return read_yaml((FOLDER / "examples" / f"{name}.yaml").read_bytes())


def tell(name: str, folder: Path, *, files: Mapping[str, bytes] | None = None) -> stories.Telling:
    """Tell a story on the programme as it is shipped or as `files` have it."""
    with db.transaction() as session:
        programme = operations.deploy(
            session, files or package.read_folder(FOLDER), person_id=None, **sample.vocabulary()
        ).programme
    telling = stories.Telling(story(name), files_dir=folder, programme=programme)
    telling.run()
    return telling


def written(section: str, setting: str, value: str) -> dict[str, bytes]:
    """The programme's files with one line of a block of programme.yaml written otherwise."""
    files = package.read_folder(FOLDER)
    text = files["programme.yaml"].decode()
    found = re.search(rf"^ *{section}:\n(?:(?! *\w+:$).*\n)*? +{setting}: ([^#\n]*[^#\s])", text, re.MULTILINE)
    assert found, f"{section}.{setting} isn't written"
    assert found[1] != value, f"{section}.{setting} is {value} already"
    return {**files, "programme.yaml": f"{text[:found.start(1)]}{value}{text[found.end(1):]}".encode()}


def amount(period: str) -> int:
    return int(read_yaml((FOLDER / "programme.yaml").read_bytes())["periods"][period]["amount"])


class TestNumbers:
    """A number of the programme that is written otherwise makes a story fail."""

    @pytest.mark.parametrize("more", [1, -1])
    @pytest.mark.parametrize(
        ("name", "period", "said"),
        [
            ("titles_in_force", "entering", "期限“entering”的截止日：应为"),
            ("correction", "county_correction", "期限“county_correction”的截止日：应为"),
            ("correction", "city_correction", "期限“city_correction”的截止日：应为"),
            ("experts", "scoring", "“huizhi”"),
            ("experts", "verifying", "期限“verifying”的截止日：应为"),
            ("experts", "visiting", "期限“visiting”的截止日：应为"),
            ("meeting", "listing", "期限“listing”的截止日：应为"),
            ("meeting", "deciding", "期限“deciding”的截止日：应为"),
            ("meeting", "announcing", "期限“announcing”的截止日：应为"),
        ],
    )
    def test_an_amount_that_is_one_more_or_less_is_noticed(self, database, tmp_path, name, period, said, more):
        files = written(period, "amount", str(amount(period) + more))

        with pytest.raises(stories.StoryFails, match=said):
            tell(name, tmp_path, files=files)

    @pytest.mark.parametrize(
        ("name", "period", "setting", "value", "said"),
        [
            ("correction", "county_correction", "starts", "arrival", "期限“county_correction”的状态"),
            ("correction", "city_correction", "within", "applicants", "期限“city_correction”的截止日：应为 2026-03-18"),
            ("call", "filling", "roll", "none", "期限“filling”的截止日：应为 2025-10-09"),
            ("call", "county_review", "roll", "none", "期限“county_review”的截止日：应为 2025-10-20"),
            ("xiongan", "city_review", "roll", "none", "期限“city_review”的截止日：应为 2026-05-06"),
        ],
    )
    def test_how_a_period_counts_is_noticed(self, database, tmp_path, name, period, setting, value, said):
        with pytest.raises(stories.StoryFails, match=said):
            tell(name, tmp_path, files=written(period, setting, value))

    @pytest.mark.parametrize(
        ("setting", "value"), [("quorum", "4"), ("experts", "4"), ("drop_highest", "0"), ("drop_lowest", "0")]
    )
    def test_hbi_8_3_how_experts_are_drawn_and_scored_is_noticed(self, database, tmp_path, setting, value):
        with pytest.raises(stories.StoryFails):
            tell("experts", tmp_path, files=written("expert_review", setting, value))


def test_hbi_8_5_an_objection_is_looked_into_within_its_working_days(database, tmp_path):
    """From 15 and 18 June 2026, fifteen working days each; 19 June is a holiday."""
    tell("objections", tmp_path)

    with db.reading() as session:
        days = session.scalars(
            select(Deadline.last_day).where(Deadline.period == "objection_handling").order_by(Deadline.id)
        ).all()
    assert days == [date(2026, 7, 7), date(2026, 7, 10)]


def test_hbi_8_2a_a_correction_changes_the_named_fields_and_no_other(database, tmp_path):
    telling = tell("correction", tmp_path)

    with db.reading() as session:
        first, last = session.scalars(
            select(Answer)
            .join(Case, Answer.case_id == Case.id)
            .where(Case.applicant_id == telling.units["xibai"], Answer.form == "application")
            .order_by(Answer.id)
        )
        before, after = first.values, last.values
    assert {key for key in {**before, **after} if before.get(key) != after.get(key)} == {"premises_area", "m4_premises"}
    assert after["premises_area"] == "180.00"


def test_hbi_11_the_class_is_the_one_decided_not_the_one_proposed(database, tmp_path):
    tell("meeting", tmp_path)

    with db.reading() as session:
        assert [title.classes for title in session.scalars(select(Title))] == [
            {"nature": "社会化服务机构", "service_class": "融资促进类"}
        ]


def test_hbi_24_no_call_opens_after_the_programme_has_ended(database, tmp_path):
    with pytest.raises(stories.StoryFails, match="第 1 步.*有效期至 2025-08-31"):
        tell("meeting", tmp_path, files=written("effective", "until", "2025-08-31"))


def test_hbi_24_what_began_while_the_programme_ran_goes_on_to_its_title(database, tmp_path):
    """The day on which it ends is the last on which a call opens."""
    tell("meeting", tmp_path, files=written("effective", "until", "2025-09-01"))
