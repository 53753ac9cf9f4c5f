"""Figures and scores, computed from rows alone."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import clock
from app.evaluations import figures
from app.evaluations.figures import NONE, Asked, Report

END = clock.day_start(date(2026, 5, 16))
SECOND = timedelta(seconds=1)
YEAR = Decimal(1)


def report(status="done", *, filed=True, false=False, **values) -> Report:
    return Report(status, filed, false, {("f", key): Decimal(str(value)) for key, value in values.items()})


def of_reports(figure, *reports, full="1", held=YEAR):
    return figures.of_reports(figures.source(figure), reports, full=Decimal(full), held=held)


@pytest.mark.parametrize(
    ("answered_at", "share"), [(END - SECOND, 1), (END, 0), (END + SECOND, 0), (None, 0)],
)
def test_hbi_16_2_an_answer_in_the_last_second_of_the_last_day_is_in_time_and_one_after_it_is_not(answered_at, share):
    found = figures.appointments_in_time([Asked(END, answered_at, None)], now=END + SECOND)

    assert found.share == share
    assert (found.part, found.whole) == (share, 1)


def test_hbi_17_2_an_open_appointment_counts_from_the_instant_at_which_its_period_is_over():
    asked = [Asked(END, None, None)]

    assert figures.appointments_in_time(asked, now=END - SECOND) == NONE
    assert figures.appointments_in_time(asked, now=END).share == 0


def test_hbi_17_2_reports_in_time_are_counted_over_those_that_were_due():
    """Excused and held reports, and those of a title that ended, neither count for nor against."""
    statuses = ("done", "done", "done", "late", "missed", "excused", "held", "void", "open")
    reports = [report(status) for status in statuses]

    found = figures.duties_in_time(reports)

    assert (found.share, found.part, found.whole) == (Decimal("0.6"), 3, 5)


def test_hbi_17_2_there_is_no_share_where_there_is_nothing_to_count():
    assert figures.duties_in_time([report("excused"), report("held")]) == NONE
    assert figures.appointments_in_time([], now=END) == NONE
    assert figures.satisfaction([Asked(END, END, None)]) == NONE
    assert figures.passed([]) == NONE
    assert of_reports("reports.sum:f.served", full="100") == NONE
    assert of_reports("reports.sum:f.served", report("excused", filed=False), full="100") == NONE


def test_hbi_17_2_satisfaction_is_the_mean_of_what_was_given_of_five():
    found = figures.satisfaction([Asked(END, END, 5), Asked(END, END, 2), Asked(END, END, None)])

    assert (found.share, found.part, found.whole) == (Decimal("0.7"), 7, 10)


def test_hbi_17_2_inspections_passed_are_counted_over_those_with_a_result():
    assert figures.passed([True, True, False, True]).share == Decimal("0.75")


@pytest.mark.parametrize(("served", "share"), [(24, "0.96"), (25, "1"), (30, "1"), (0, "0")])
def test_hbi_6_7_a_sum_over_the_year_gives_full_marks_at_its_full_number_and_no_more(served, share):
    found = of_reports("reports.sum:f.served", *[report(served=served)] * 4, full="100")

    assert found.share == Decimal(share)


def test_hbi_17_2_of_a_sum_only_the_part_of_the_year_is_asked_for_which_the_title_was_held():
    assert of_reports("reports.sum:f.served", report(served=50), full="100", held=Decimal("0.5")).share == 1
    assert of_reports("reports.sum:f.served", report(served=49), full="100", held=Decimal("0.5")).share < 1


@pytest.mark.parametrize(("benefit", "share"), [(9, "0.9"), (10, "1"), (11, "1")])
def test_hbi_16_3_the_share_of_public_benefit_is_that_of_all_reports_together(benefit, share):
    first = report(benefit=benefit, offline=50, online=20)
    second = report(benefit=0, offline=20, online=10)

    assert of_reports("reports.ratio:f.benefit/f.offline+online", first, second, full="0.1").share == Decimal(share)


def test_hbi_16_3_a_report_that_the_reviewer_has_not_looked_at_is_not_in_the_share():
    checked, unchecked = report(benefit=10, offline=100, online=0), report(offline=900, online=0)

    found = of_reports("reports.ratio:f.benefit/f.offline+online", checked, unchecked, full="0.1")

    assert (found.share, found.part, found.whole) == (1, 10, 100)


def test_hbi_17_1_what_a_spot_check_found_false_does_not_count():
    true, false = report(served=50), report(false=True, served=50)

    assert of_reports("reports.sum:f.served", true, false, full="100").share == Decimal("0.5")
    assert of_reports("reports.mean:f.served", true, false, full="50").share == 1


def test_hbi_17_1_whoever_reported_nothing_but_falsehoods_gets_nothing_rather_than_no_figure():
    """Else the points would be spread over the other indicators, and lying would pay."""
    assert of_reports("reports.sum:f.served", report(false=True, served=50), full="100").share == 0
    assert of_reports("reports.mean:f.served", report("missed", filed=False), full="100").share == 0


def test_a_late_report_still_says_what_was_served():
    assert of_reports("reports.sum:f.served", report("late", served=100), full="100").share == 1


@pytest.mark.parametrize(
    "figure",
    ["duties", "duties.in_time ", "reports.sum:f", "reports.sum:f.a/f.b", "reports.ratio:f.a", "reports.ratio:f.a/b",
     "reports.mean:F.a", "reports.ratio:f.a/f.b+g.c", "", "appointments.in_time:x"],
)
def test_a_figure_that_there_is_not_is_none(figure):
    assert figures.source(figure) is None


def test_points_of_what_can_not_be_counted_are_spread_over_the_others():
    scored = figures.score({"a": 60, "b": 20, "c": 20}, {"a": Decimal(1), "b": Decimal("0.5"), "c": None})

    assert scored.points == {"a": Decimal("75.00"), "b": Decimal("25.00")}
    assert scored.score == Decimal("87.50")


def test_nothing_that_can_be_counted_gives_no_score():
    assert figures.score({"a": 60, "b": 40}, {"a": None, "b": None}) == figures.Score(None, {})
    assert figures.score({"a": 60}, {}).score is None


def test_the_score_is_rounded_half_up_to_the_two_decimals_that_are_shown():
    assert figures.score({"a": 100}, {"a": Decimal("0.849949")}).score == Decimal("84.99")
    assert figures.score({"a": 100}, {"a": Decimal("0.849950")}).score == Decimal("85.00")


SHARES = st.none() | st.decimals(min_value=0, max_value=1, places=6, allow_nan=False)


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(st.integers(1, 1000), SHARES), min_size=1),
)
def test_the_score_lies_between_0_and_the_sum_of_the_points(indicators):
    points = {key: most for key, (most, _share) in indicators.items()}
    shares = {key: share for key, (_most, share) in indicators.items()}

    found = figures.score(points, shares).score

    assert found is None or 0 <= found <= sum(points.values())
    assert (found is None) == all(share is None for share in shares.values())


@given(st.decimals(min_value=-5, max_value=2000, places=2), st.decimals(min_value=-5, max_value=2000, places=2))
def test_a_share_lies_between_0_and_1(part, whole):
    found = figures.of(part, whole).share

    assert found is None if whole <= 0 else 0 <= found <= 1
