"""Every number of programme.yaml that stands under a clause has a test for a unit more and one for a unit less.

Either a story expects the last day of its period, and test_stories writes it otherwise; or the criteria look back by
it, and test_table_numbers does; or it stands in numbers.yaml: what the number is, so that another one is noticed, and
the test in which it takes effect. What a programme under way (one of whose clauses still says `later`) has beyond that
isn't asked for yet.
"""

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from app.programmes.reading import read_yaml
from tests.processes.test_clauses import PROCESSES, UNDER_WAY
from tests.processes.test_stories import CHANGES
from tests.processes.test_table_numbers import LOOKING_BACK

ROOT = Path(__file__).parents[2]
LISTED = read_yaml((Path(__file__).parent / "numbers.yaml").read_bytes())
EFFECTS, VALUES = LISTED["effects"], LISTED["values"]
TOLD = {
    *((change.values[0].parent.parent.name, f"periods.{change.values[1]}.amount") for change in CHANGES),
    *((programme, f"periods.{key}.amount") for programme, key, _new in (back.values for back in LOOKING_BACK)),
}
BOTH = ("more", "less")
TESTS = [
    pytest.param(test, id=f"{pattern}-{said}")
    for pattern, effect in EFFECTS.items()
    for said, test in ({"both": effect} if isinstance(effect, str) else effect).items() if said != "why"
]
NOT_LEGAL = ("remind", "reminders")
"""Who is told beforehand and when is our own, also where its period is a clause's."""


def legal_numbers(value: Any, path: tuple[str, ...] = (), legal: bool = False) -> Iterator[tuple[str, int | float]]:
    """(path, number) of every number whose nearest mapping that says so rests on a clause."""
    if isinstance(value, bool) or (path and path[-1] in NOT_LEGAL):
        return
    if isinstance(value, int | float):
        if legal:
            yield ".".join(path), value
    elif isinstance(value, dict):
        rests = "clause" in value if {"clause", "ours"} & set(value) else legal
        for key, inner in value.items():
            yield from legal_numbers(inner, (*path, str(key)), rests)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            name = inner.get("key", str(place)) if isinstance(inner, dict) else str(place)
            yield from legal_numbers(inner, (*path, name), legal)


NUMBERS = {
    path.parent.name: dict(legal_numbers(read_yaml(path.read_bytes())))
    for path in sorted(PROCESSES.glob("*/programme.yaml"))
}
EVERY = [pytest.param(key, path, id=f"{key}-{path}") for key, found in NUMBERS.items() for path in found]


@pytest.mark.parametrize(("programme", "path"), EVERY)
def test_a_legal_number_is_told_by_a_story_or_listed_with_its_value_and_its_test(programme, path):
    if (programme, path) in TOLD:
        return
    listed = VALUES.get(programme, {})
    if programme in UNDER_WAY and path not in listed:
        return

    assert path in listed, f"{path}: no story expects it; put it and its value into tests/processes/numbers.yaml"
    assert NUMBERS[programme][path] == listed[path]
    assert any(fnmatchcase(path, pattern) for pattern in EFFECTS), f"{path}: no test in which it takes effect"


@pytest.mark.parametrize("test", TESTS)
def test_the_tests_that_are_listed_are_there(test):
    file, _, name = test.partition("::")
    functions = ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8")))

    assert name in {node.name for node in functions if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("pattern", [pattern for pattern, effect in EFFECTS.items() if isinstance(effect, dict)])
def test_a_unit_more_and_a_unit_less_have_a_test_each_or_one_of_them_a_reason_for_none(pattern):
    assert set(EFFECTS[pattern]) in (set(BOTH), {"more", "why"}, {"less", "why"})


@pytest.mark.parametrize("pattern", EFFECTS)
def test_every_effect_that_is_listed_is_one_of_a_number(pattern):
    assert any(fnmatchcase(path, pattern) for found in NUMBERS.values() for path in found)


def test_every_number_that_is_listed_is_there():
    there = {(programme, path) for programme, found in NUMBERS.items() for path in found}

    assert {(programme, path) for programme, listed in VALUES.items() for path in listed} <= there


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ({"a": {"clause": "X-1", "n": 2}}, {"a.n": 2}),
        ({"a": {"ours": True, "n": 2}}, {}),
        ({"a": {"clause": "X-1", "b": [{"n": 2, "key": "k"}, {"n": 3}]}}, {"a.b.k.n": 2, "a.b.1.n": 3}),
        ({"a": {"clause": "X-1", "b": {"ours": True, "n": 2}}}, {}),
        ({"a": {"ours": True, "b": {"clause": "X-1", "n": 2}}}, {"a.b.n": 2}),
        ({"a": {"clause": "X-1", "yes": True, "remind": [3], "days": "03-15"}}, {}),
    ],
)
def test_a_number_is_legal_where_its_nearest_mapping_rests_on_a_clause(written, found):
    assert dict(legal_numbers(written)) == found
