"""What the stories of the Hebei programme can't say themselves: fields left alone, classes, and each number."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from app import db, stories
from app.cases.models import Answer, Case, Deadline
from app.programmes import package
from app.programmes.reading import read_yaml
from app.titles.models import Title
from tests.processes.retelling import told

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

FOLDER = Path(__file__).parent.parent.parent / "processes" / "hebei-institution"


def tell(name: str) -> stories.Telling:
    """A story that has been told as it is shipped."""
    return told(FOLDER / "examples" / f"{name}.yaml").end()


def tell_otherwise(name: str, files: Mapping[str, bytes], period: str = "") -> None:
    """Tell a story with other files of the programme, from where a period is first counted or from the beginning."""
    told(FOLDER / "examples" / f"{name}.yaml").tell_on(files, period=period)


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
    """A number of the programme that is written otherwise makes a story fail. Those of periods whose last day a story
    expects: see test_stories."""

    @pytest.mark.parametrize("more", [1, -1])
    @pytest.mark.parametrize(
        ("name", "period", "said"),
        [
            ("correction", "county_correction", "期限“county_correction”的截止日：应为"),
            ("correction", "city_correction", "期限“city_correction”的截止日：应为"),
            ("experts", "scoring", "“huizhi”"),
            ("appointments", "appointment_rating", "2026-11-2"),
            ("revocation", "dishonesty_ban", "不能定为更早的|却办成了"),
            ("evaluation", "grade_appeal", "yuanda|grade_appeal"),
        ],
    )
    def test_an_amount_that_is_one_more_or_less_is_noticed(self, database, name, period, said, more):
        files = written(period, "amount", str(amount(period) + more))

        with pytest.raises(stories.StoryFails, match=said):
            tell_otherwise(name, files, period)

    @pytest.mark.parametrize(
        ("name", "period", "setting", "value", "said"),
        [
            ("correction", "county_correction", "starts", "arrival", "期限“county_correction”的状态"),
            ("correction", "city_correction", "within", "applicants", "期限“city_correction”的截止日：应为 2026-03-18"),
            ("call", "filling", "roll", "none", "期限“filling”的截止日：应为 2025-10-09"),
            ("call", "county_review", "roll", "none", "期限“county_review”的截止日：应为 2025-10-20"),
            ("quarterly_reports", "report_due", "roll", "none", "2026-03-15|报送"),
            ("xiongan", "city_review", "roll", "none", "期限“city_review”的截止日：应为 2026-05-06"),
        ],
    )
    def test_how_a_period_counts_is_noticed(self, database, name, period, setting, value, said):
        with pytest.raises(stories.StoryFails, match=said):
            tell_otherwise(name, written(period, setting, value), period)

    @pytest.mark.parametrize(
        ("setting", "value"),
        [
            ("quorum", "4"), ("experts", "4"), ("drop_highest", "0"), ("drop_highest", "2"), ("drop_lowest", "0"),
            ("drop_lowest", "2"),
        ],
    )
    def test_hbi_8_3_how_experts_are_drawn_and_scored_is_noticed(self, database, setting, value):
        with pytest.raises(stories.StoryFails):
            tell_otherwise("experts", written("expert_review", setting, value), "scoring")


def test_hbi_9_a_second_call_of_a_year_is_noticed_where_two_are_allowed(database):
    with pytest.raises(stories.StoryFails, match="却办成了"):
        tell_otherwise("call", written("batches", "a_year", "2"))


def test_hbi_8_5_an_objection_is_looked_into_within_its_working_days(database):
    """From 15 and 18 June 2026, fifteen working days each; 19 June is a holiday."""
    tell("objections")

    with db.reading() as session:
        days = session.scalars(
            select(Deadline.last_day).where(Deadline.period == "objection_handling").order_by(Deadline.id)
        ).all()
    assert days == [date(2026, 7, 7), date(2026, 7, 10)]


def test_hbi_8_2a_a_correction_changes_the_named_fields_and_no_other(database):
    telling = tell("correction")

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


def test_hbi_11_the_class_is_the_one_decided_not_the_one_proposed(database):
    tell("meeting")

    with db.reading() as session:
        assert [title.classes for title in session.scalars(select(Title))] == [
            {"nature": "社会化服务机构", "service_class": "融资促进类"}
        ]


def test_hbi_24_no_call_opens_after_the_programme_has_ended(database):
    with pytest.raises(stories.StoryFails, match="第 1 步.*有效期至 2025-08-31"):
        tell_otherwise("meeting", written("effective", "until", "2025-08-31"))


def test_hbi_24_what_began_while_the_programme_ran_goes_on_to_its_title(database):
    """The day on which it ends is the last on which a call opens."""
    tell_otherwise("meeting", written("effective", "until", "2025-09-01"))
