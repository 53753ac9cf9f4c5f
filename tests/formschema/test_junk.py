"""Random answers: what is taken can be stored, read back and worked with; what isn't is refused, never a trace."""

import json
import random
from copy import deepcopy
from typing import Any

import pytest

from app.errors import Invalid
from tests.formschema.sample import FORM, GOOD

JUNK = [
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        float("nan"),
        float("inf"),
        10**40,
        "",
        "x",
        "general",
        "2026-02-30",
        "f1",
        "训练",
    ),
    *(
        "a\x00",
        "\ud800",
        "9" * 50,
        b"x",
        "1,000",
        object(),
        [],
        {},
        [[]],
        ["f1"],
        ["training", "other"],
        {"name": "甲"},
    ),
    *([{}], [{"name": "甲"}, {"name": "乙", "degree": "none"}], [None], {1: 2}, "２０２０", "2020-01-01", ["x"] * 600),
]
KEYS = [*GOOD, "speciality", "other_function", "operating_since", "opinion", "nobody"]
CELLS = ["name", "degree", "major", "hours", "full_time", "phone", "nobody"]


@pytest.mark.parametrize("seed", range(4))
def test_random_answers_are_taken_whole_or_refused_in_words(seed: int) -> None:
    chance = random.Random(seed)
    taken = wordless = 0

    for _ in range(1_000):
        sent = _damaged(chance)
        for partial in (False, True):
            try:
                answers = FORM.load(sent, partial=partial, files={"f1"})
            except Invalid as error:
                wordless += not all(error.fields.values())
                continue
            taken += 1
            _work_with(answers, partial=partial)
        FORM.to_html_values(sent)

    assert taken > 100
    assert wordless == 0


def _damaged(chance: random.Random) -> dict[str, Any]:
    sent = deepcopy(GOOD)
    for _ in range(chance.choice((1, 1, 2, 3))):
        sent[chance.choice(KEYS)] = deepcopy(chance.choice(JUNK))
    rows = sent["staff"]
    if chance.random() < 0.4 and isinstance(rows, list) and rows and isinstance(rows[0], dict):
        rows[0][chance.choice(CELLS)] = deepcopy(chance.choice(JUNK))
    return sent


def _work_with(answers: dict[str, Any], *, partial: bool) -> None:
    stored = json.loads(json.dumps(FORM.dump(answers), ensure_ascii=False).encode())
    assert FORM.load(stored, partial=partial) == answers
    FORM.values(answers)
    FORM.scalars(answers)
    FORM.warnings(answers)
    FORM.shown(answers, to=set())
    FORM.to_html_values(answers)
