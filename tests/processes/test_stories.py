"""The shipped stories come true, and a legal number that changes makes one of them fail.

A period that a clause gives is written otherwise three times (a day or unit more, less, the first day counting), one of
our own a unit more, or, where rest days hide that, less; each time the shortest story that expects its last day is told
on from where it is first counted.
"""
import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from app import stories
from app.programmes import criteria, package
from app.programmes.programme import Programme
from app.programmes.reading import read_yaml
from tests.processes.retelling import told

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

PROCESSES = Path(__file__).parent.parent.parent / "processes"
STORIES = sorted(PROCESSES.glob("*/examples/*.yaml"))
REFERENCE_DAY = date(2026, 8, 31)


def stories_with(programme: str, key: str) -> list[Path]:
    """A programme's stories that expect a last day of a period, the shortest first; of a title's validity its end."""
    own = [path for path in STORIES if path.parent.parent.name == programme]
    said = rf"period: {key}\b"
    if key == validity_of(programme):  # a title that came in by hand brings its own last day along
        own = [path for path in own if not re.search(r"begins: [a-z]", path.read_text(encoding="utf-8"))]
        said = r"valid_until: \d"
    found = [path for path in own if re.search(said, path.read_text(encoding="utf-8"))]
    return sorted(found, key=lambda path: path.stat().st_size)


@cache
def validity_of(programme: str) -> str | None:
    """The key of the period for which a programme's titles are valid."""
    return read_yaml((PROCESSES / programme / "programme.yaml").read_bytes())["title"]["validity"]


def periods() -> dict[tuple[str, str], Mapping]:
    """What is written of every period of so many days, months or years, by programme and key.

    One counted from the reference day has no deadline: it is a figure of the criteria, tried on its own below. One
    whose day the call names has no number. One of a ban has no deadline either: tests/sanctions tries both its sides;
    nor has the interval of reviews, which is tried below.
    """
    return {
        (path.parent.name, key): written
        for path in sorted(PROCESSES.glob("*/programme.yaml"))
        for settings in [read_yaml(path.read_bytes())]
        for key, written in settings["periods"].items()
        if isinstance(written["amount"], int) and written.get("starts") != "reference_day"
        and key not in bans_of(settings) and key != settings["title"].get("renewal", {}).get("review_after")
    }


def bans_of(settings: Mapping) -> set[str]:
    """The periods of the bans that a programme's sanctions bring."""
    return {found["ban"]["period"] for found in settings.get("sanctions", {}).values() if "ban" in found}


PERIODS = periods()
OF_A_CLAUSE = [place for place, written in PERIODS.items() if "clause" in written]
CHANGES = [
    pytest.param(path, key, name, old, new, id=f"{programme}-{path.stem}-{key}-{name}-{new}")
    for (programme, key), written in PERIODS.items()
    if "clause" in written
    for path in stories_with(programme, key)[:1]
    for name, old, new in (
        ("amount", str(written["amount"]), str(written["amount"] + 1)),
        ("amount", str(written["amount"]), str(written["amount"] - 1)),
        ("first_day_counts", "no", "yes"),
    )
]
OURS = [
    pytest.param(path, key, written["amount"], id=f"{programme}-{path.stem}-{key}")
    for (programme, key), written in PERIODS.items()
    if "clause" not in written and "within" not in written  # within a day of the call that day may be the one told
    for path in stories_with(programme, key)[:1]
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
def test_a_shipped_story_comes_true(database, path):
    assert len(told(path).states) == len(read_yaml(path.read_bytes())["steps"]) + 1


@pytest.mark.parametrize(("path", "key", "name", "old", "new"), CHANGES)
def test_a_story_with_a_last_day_of_a_period_fails_where_the_period_is_written_otherwise(
    database, path, key, name, old, new
):
    programme = path.parent.parent.name
    story = told(path)

    with pytest.raises(stories.StoryFails, match=f"期限“{key}”的截止日：应为 |称号的 valid_until：应为 "):
        story.tell_on(
            changed(programme, key, name, old, new), period=key, validity=key == validity_of(programme)
        )


@pytest.mark.parametrize("years", ["2", "4"])
def test_bdp_17_a_review_comes_after_three_years_neither_sooner_nor_later(database, years):
    path = PROCESSES / "baoding-platform" / "examples" / "three_year_review.yaml"
    files = changed("baoding-platform", "review_interval", "amount", "3", years)

    with pytest.raises(stories.StoryFails, match="2025-04-02" if years == "2" else "2026-04-01"):
        told(path).tell_on(files)


@pytest.mark.parametrize(("path", "key", "amount"), OURS)
def test_a_story_with_a_last_day_of_a_period_of_our_own_notices_another_amount(database, path, key, amount):
    story, said = told(path), []
    for new in (amount + 1, amount - 1):
        try:
            story.tell_on(changed(path.parent.parent.name, key, "amount", str(amount), str(new)), period=key)
        except stories.StoryFails as error:
            said.append(str(error))
            break

    assert any(f"期限“{key}”的截止日：应为 " in one or "没有待办" in one for one in said)


@pytest.mark.parametrize(("programme", "key"), OF_A_CLAUSE)
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
