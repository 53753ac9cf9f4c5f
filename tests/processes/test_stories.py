"""The shipped stories come true, and a legal number that changes makes one of them fail."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from app import db, stories
from app.programmes import criteria, operations, package
from app.programmes.programme import Programme
from app.programmes.reading import read_yaml
from tests import sample

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

PROCESSES = Path(__file__).parent.parent.parent / "processes"
STORIES = sorted(PROCESSES.glob("*/examples/*.yaml"))
REFERENCE_DAY = date(2026, 8, 31)


def run(path: Path, folder: Path, *, files: Mapping[str, bytes] | None = None) -> None:
    """Tell a story over the test's database, on its programme as it is shipped or as `files` have it."""
    with db.transaction() as session:
        programme = operations.deploy(
            session, files or package.read_folder(path.parent.parent), person_id=None, **sample.vocabulary()
        ).programme
    stories.Telling(read_yaml(path.read_bytes()), files_dir=folder, programme=programme).run()


def stories_with(programme: str, key: str) -> list[Path]:
    """A programme's stories that expect a last day of a period, the shortest first; of a title's validity its end."""
    own = [path for path in STORIES if path.parent.parent.name == programme]
    said = rf"period: {key}\b"
    if key == validity_of(programme):  # a title that came in by hand brings its own last day along
        own = [path for path in own if not re.search(r"begins: [a-z]", path.read_text(encoding="utf-8"))]
        said = r"valid_until: \d"
    found = [path for path in own if re.search(said, path.read_text(encoding="utf-8"))]
    return sorted(found, key=lambda path: path.stat().st_size)


def validity_of(programme: str) -> str | None:
    """The key of the period for which a programme's titles are valid."""
    return read_yaml((PROCESSES / programme / "programme.yaml").read_bytes())["title"]["validity"]


def periods_with_a_clause() -> dict[tuple[str, str], Mapping]:
    """What is written of every period that a clause gives, by programme and key.

    One counted from the reference day has no deadline: it is a figure of the criteria, tried on its own below. One
    whose day the call names has no number.
    """
    return {
        (path.parent.name, key): written
        for path in sorted(PROCESSES.glob("*/programme.yaml"))
        for key, written in read_yaml(path.read_bytes())["periods"].items()
        if "clause" in written and written.get("starts") != "reference_day" and written["unit"] != "batch_date"
    }


PERIODS = periods_with_a_clause()
CHANGES = [
    pytest.param(path, key, name, old, new, id=f"{path.parent.parent.name}-{path.stem}-{key}-{name}-{new}")
    for (programme, key), written in PERIODS.items()
    for path in stories_with(programme, key)[:2]
    for name, old, new in (
        ("amount", str(written["amount"]), str(written["amount"] + 1)),
        ("amount", str(written["amount"]), str(written["amount"] - 1)),
        ("first_day_counts", "no", "yes"),
    )
]


def changed(programme: str, key: str, name: str, old: str, new: str) -> dict[str, bytes]:
    """A programme's files with one setting of one period written otherwise."""
    files = package.read_folder(PROCESSES / programme)
    lines = files["programme.yaml"].decode().split("\n")
    at = lines.index(f"  {key}:") + 1
    place = next(n for n in range(at, len(lines)) if lines[n].strip().startswith(f"{name}:"))
    assert lines[place].strip() == f"{name}: {old}", f"{key}.{name} isn't {old}: {lines[place]}"
    lines[place] = lines[place].replace(f": {old}", f": {new}")
    return {**files, "programme.yaml": "\n".join(lines).encode()}


@pytest.mark.parametrize("path", STORIES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_a_shipped_story_comes_true(database, tmp_path, path):
    run(path, tmp_path)


@pytest.mark.parametrize(("path", "key", "name", "old", "new"), CHANGES)
def test_a_story_with_a_last_day_of_a_period_fails_where_the_period_is_written_otherwise(
    database, tmp_path, path, key, name, old, new
):
    files = changed(path.parent.parent.name, key, name, old, new)

    with pytest.raises(stories.StoryFails, match=f"期限“{key}”的截止日：应为 |称号的 valid_until：应为 "):
        run(path, tmp_path, files=files)


@pytest.mark.parametrize(("programme", "key"), PERIODS)
def test_every_period_with_a_clause_has_its_last_day_in_a_story(database, programme, key):
    assert stories_with(programme, key)


@pytest.mark.parametrize(
    ("years", "since", "verdict"),
    [
        ("2", date(2024, 8, 31), "met"),
        ("2", date(2024, 9, 1), "not_met"),
        ("3", date(2024, 8, 31), "not_met"),
        ("1", date(2024, 9, 1), "met"),
    ],
)
def test_bdp_7_1_the_years_in_operation_are_those_of_the_period(database, years, since, verdict):
    programme = Programme(changed("baoding-platform", "operated", "amount", "2", years))

    found = criteria.verdicts(
        programme, {"operating_since": since.isoformat()}, reference_day=REFERENCE_DAY, region_code="130631"
    )

    assert [row.verdict for row in found if row.label == "运营年限"] == [verdict]
