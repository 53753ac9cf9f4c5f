"""HUB-18.0: the yearly assessment starts with the activities that were entered during the year."""

from pathlib import Path

import pytest
from sqlalchemy import select

from app import db, stories
from app.cases import prefilling
from app.cases.models import Case
from app.people.models import Unit
from app.programmes import operations, package
from app.programmes.reading import read_yaml
from tests import sample
from tests.processes.retelling import told

FOLDER = Path(__file__).parents[2] / "processes" / "hubei-selected"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_hub_18_0_the_assessment_has_the_activities_of_its_year_and_title(database, tmp_path):
    story = read_yaml((FOLDER / "examples" / "assessment.yaml").read_bytes())
    opened = next(n for n, step in enumerate(story["steps"]) if str(step["on"]).startswith("2026-01-10"))
    with db.transaction() as session:
        key = operations.deploy(session, package.read_folder(FOLDER), person_id=None, **sample.vocabulary()).programme

    stories.Telling({**story, "steps": story["steps"][:opened + 1]}, files_dir=tmp_path, programme=key).run()

    with db.reading() as session:
        found = dict(session.execute(
            select(Unit.name, Case.id).join(Unit, Case.applicant_id == Unit.id)
            .where(Case.diagram == "annual_assessment")
        ).all())
        rows = {name: prefilling.values(session, case_id, "annual_assessment")["activities"]
                for name, case_id in found.items()}
    assert [row["held_on"] for row in rows["武汉楚天企业服务有限公司"]] == [
        "2025-03-11", "2025-05-20", "2025-06-17", "2025-09-09",
    ]
    assert rows["武汉江汉管理咨询有限公司"] == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("other", [b"2", b"4"])
def test_hub_18_1_how_many_low_activities_there_must_be_is_noticed(database, other):
    files = package.read_folder(FOLDER)
    changed = files["programme.yaml"].replace(b"    at_least: 3\n", b"    at_least: " + other + b"\n")
    assert changed != files["programme.yaml"]

    with pytest.raises(stories.StoryFails):
        told(FOLDER / "examples" / "assessment.yaml").tell_on({**files, "programme.yaml": changed})
