"""Results worked out by hand, and what holds for any scores."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.experts import scoring

POINTS = st.decimals(min_value=0, max_value=100, places=2)


def result(*scores: str, high: int = 0, low: int = 0, how: str = "mean") -> str:
    found = scoring.aggregate([Decimal(s) for s in scores], drop_highest=high, drop_lowest=low, how=how)
    return str(found.score)


def test_the_mean_of_three():
    assert result("80", "90", "85") == "85.00"


def test_the_highest_and_the_lowest_are_left_out():
    # 60 and 99 go; (80 + 85 + 90) / 3 = 85
    assert result("99", "80", "85", "90", "60", high=1, low=1) == "85.00"


def test_two_highest_and_one_lowest():
    # 95, 94 and 10 go; (50 + 61) / 2 = 55.5
    assert result("10", "50", "61", "94", "95", high=2, low=1) == "55.50"


def test_half_a_hundredth_goes_up():
    # 348.5 / 4 = 87.125; 348.46 / 4 = 87.115; 0.01 / 2 = 0.005
    assert result("87", "87", "87", "87.5") == "87.13"
    assert result("87", "87", "87", "87.46") == "87.12"
    assert result("0", "0.01") == "0.01"


def test_just_under_half_goes_down():
    # 262.03 / 3 = 87.34333...; 261.97 / 3 = 87.32333...
    assert result("87.01", "87.51", "87.51") == "87.34"
    assert result("87.01", "87.45", "87.51") == "87.32"


def test_equal_scores_are_dropped_one_by_one():
    found = scoring.aggregate([Decimal(80)] * 3, drop_highest=1, drop_lowest=1)

    assert (found.score, found.lowest, found.highest) == (Decimal("80.00"), {0}, {1})


@pytest.mark.parametrize(("how", "expected"), [("mean", "73.33"), ("median", "70.00"), ("sum", "220.00")])
def test_the_sheet_says_how_scores_are_put_together(how: str, expected: str):
    assert result("60", "70", "90", how=how) == expected


def test_the_median_of_an_even_number_lies_between():
    assert result("60", "70.01", "80", "90", how="median") == "75.01"


@pytest.mark.parametrize(("scores", "high", "low"), [([], 0, 0), (["80"], 1, 0), (["80", "90"], 1, 1)])
def test_where_nothing_would_remain_there_is_no_result(scores: list[str], high: int, low: int):
    with pytest.raises(ValueError, match="nothing would remain"):
        result(*scores, high=high, low=low)


def test_the_fewest_scores_are_the_quorum_or_one_more_than_dropped():
    assert scoring.needed(quorum=3, drop_highest=1, drop_lowest=1) == 3
    assert scoring.needed(quorum=2, drop_highest=1, drop_lowest=1) == 3
    assert scoring.needed(quorum=4, drop_highest=1, drop_lowest=1) == 4


@given(scores=st.lists(POINTS, min_size=3, max_size=9), high=st.integers(0, 1), low=st.integers(0, 1))
def test_the_result_lies_among_the_scores_and_their_order_is_nothing_to_it(scores, high, low):
    found = scoring.aggregate(scores, drop_highest=high, drop_lowest=low)

    assert min(scores) <= found.score <= max(scores)
    assert scoring.aggregate(scores[::-1], drop_highest=high, drop_lowest=low).score == found.score
    assert (len(found.highest), len(found.lowest)) == (high, low)
    assert not found.highest & found.lowest
