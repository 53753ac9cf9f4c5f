"""Patterns of numbers reach nothing but the names they may use."""

import pytest

from app.errors import Invalid
from app.programmes import numbers

VALUES = {"code": "BDP", "year": 2026, "seq": 7}


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        ("{code}-{year}-{seq:04}", "BDP-2026-0007"),
        ("{year}{seq}", "20267"),
        ("保中小企〔{year}〕{seq:03}号", "保中小企〔2026〕007号"),
    ],
)
def test_a_pattern_is_filled(pattern, number):
    assert numbers.filled(pattern, VALUES) == number


def test_a_number_longer_than_its_width_is_not_cut():
    assert numbers.filled("{year}-{seq:02}", {**VALUES, "seq": 12345}) == "2026-12345"


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("{code.__class__}-{year}-{seq}", "花括号"),
        ("{0}-{year}-{seq}", "花括号"),
        ("{year!r}-{seq}", "花括号"),
        ("{{year}}-{seq}", "花括号"),
        ("{year}-{seq:>99999999}", "花括号"),
        ("{year}-{seq:00}", "花括号"),
        ("{year}-{seq", "花括号"),
        ("{secret}-{year}-{seq}", "secret"),
        ("{code}-{year}", "顺序号"),
        ("{code}-{seq:04}", "年份"),
        ("x" * 61, "60"),
    ],
)
def test_anything_else_is_refused(pattern, said):
    assert said in numbers.fault_of(pattern)
    with pytest.raises(Invalid):
        numbers.filled(pattern, VALUES)
