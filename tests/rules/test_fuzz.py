"""200,000 random expressions: each answers with a value of an allowed kind or a clean error, and quickly.

They run in eight slices, so that workers share them.
"""

import time
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from app.errors import Invalid
from app.rules import parse
from tests.rules.babble import VALUES, Babble
from tests.rules.timing import no_collection

SLICES = 8
EXPRESSIONS = 200_000 // SLICES
SLOWEST = 0.05  # seconds of processor time for one expression
ALLOWED = {bool, str, int, Decimal, date, type(None)}


@pytest.mark.parametrize("seed", range(SLICES))
def test_a_random_expression_gives_a_value_or_a_clean_error(seed: int) -> None:
    babble = Babble(seed)
    counts: Counter[str] = Counter()
    slowest = 0.0

    with no_collection():
        for _ in range(EXPRESSIONS):
            text = babble.text()
            began = time.thread_time()
            counts[outcome_of(text)] += 1
            slowest = max(slowest, time.thread_time() - began)

    print(f"slice {seed}: {dict(counts)}, slowest {slowest * 1000:.1f} ms")
    assert sum(counts.values()) == EXPRESSIONS
    assert counts["refused without a word"] == 0
    assert counts["refused while reading"] <= EXPRESSIONS / 2
    assert counts["value"] >= EXPRESSIONS / 10
    assert slowest < SLOWEST


def outcome_of(text: str) -> str:
    """What became of `text`; anything but an allowed value or Invalid fails the test."""
    try:
        expression = parse(text)
    except Invalid as error:
        return "refused while reading" if error.fields[""] else "refused without a word"
    try:
        value = expression.evaluate(VALUES)
    except Invalid as error:
        return "refused while evaluating" if error.fields[""] else "refused without a word"
    assert type(value) in ALLOWED, text
    assert type(value) not in (int, Decimal) or abs(value) <= 10**18
    return "value"
