"""Patterns of designers: the useful ones pass, those that could keep the server busy don't."""

import random
import re

import pytest

from app.formschema.patterns import fault
from tests.rules.timing import at_most

USEFUL = [
    *(r"^\d{6}$", r"^[A-Z]{2}\d{4}$", r"^\d+(\.\d{1,2})?$", r"^-?\d+$", r"\d+-\d+-\d+", r"^冀[A-Z]\d{4}号$"),
    *(r"[\u4e00-\u9fa5]{2,20}", r"^\w+@\w+\.\w+$", r"^\d{1,3}(,\d{3})*$", r"^(甲|乙|丙)\d+$", r"([A-Z]{2}\d{4})+"),
    *(r"\s*\d+\s*$", r"^[^a]*a[^b]*b$", r"", r"^.{1,50}$", r"^(?P<year>20\d\d)年$", r"(ab|cd)+", r"^1[3-9]\d{9}$"),
]
DANGEROUS = [
    *(r"(a+)+", r"^(a+)+$", r"(a*)*b", r"(a|a)*b", r"(a|ab)*c", r"a*a*b", r".*.*x", r"(.*)*", r"(\d+)*x", r"(a?)*b"),
    *(
        r"a?a?a?a?aaaa",
        r"(ba|ca|ba)*x",
        r"(a{1,9}){1,9}",
        r"([a-z]+-)*x",
        r"\w+\w+@",
        r"(x+x+)+y",
        r"(.|\s)*x",
        r".*-.*",
    ),
    *(
        r"(a)\1",
        r"(?=a)b",
        r"(?!a)b",
        r"(?<=a)b",
        r"(?i)a*A*b",
        r"(?i:a)",
        r"a++",
        r"(?>a)",
        r"(a)?(?(1)b|c)",
        r"a{1,5000}",
    ),
    *("(", "[", "*", "a**", "\\", "(?P<n>", "x" * 201, "(" * 199, r"a{2,1}", "(?#x)("),
]


@pytest.mark.parametrize("pattern", USEFUL)
def test_a_useful_pattern_passes(pattern: str) -> None:
    assert fault(pattern) == ""


@pytest.mark.parametrize("pattern", DANGEROUS)
def test_a_dangerous_or_broken_pattern_is_refused_with_a_reason(pattern: str) -> None:
    assert fault(pattern)


@pytest.mark.parametrize("seed", range(20))
def test_no_pattern_that_passes_is_slow(seed: int) -> None:
    chance = random.Random(seed)
    texts = ["a" * 500, "ab" * 250, "a" * 499 + "!", "-a" * 250, "b" * 250 + "a" * 250, "a-" * 249 + "!!"]
    passed = 0

    for _ in range(400):
        pattern = grown(chance, 0)
        if fault(pattern):
            continue
        passed += 1
        compiled = re.compile(pattern)
        for text in texts:
            with at_most(0.2):
                compiled.search(text)

    assert passed > 40


def grown(chance: random.Random, depth: int) -> str:
    """A random pattern over a few letters."""
    luck = chance.random()
    if depth > 3 or luck < 0.45:
        return chance.choice(("a", "b", "-", "[ab]", "[^a]", r"\w", ".", "ab", "!"))
    if luck < 0.7:
        return grown(chance, depth + 1) + grown(chance, depth + 1)
    if luck < 0.8:
        return f"({grown(chance, depth + 1)}|{grown(chance, depth + 1)})"
    return f"({grown(chance, depth + 1)}){chance.choice(('*', '+', '?', '{2}', '{1,3}', '*?'))}"
