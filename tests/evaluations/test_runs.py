"""Equal grades in a row, computed from years and grades alone."""

import pytest

from app.evaluations import runs


def graded(first: int, letters: str) -> dict[int, str]:
    """Grades of years in a row from `first`; "-" is a year without one."""
    return {first + n: letter for n, letter in enumerate(letters) if letter != "-"}


@pytest.mark.parametrize(
    ("letters", "expected"),
    [("AA", True), ("ABA", False), ("A-A", False), ("BAA", True), ("AAB", False), ("A", False), ("", False),
     ("AAA", True), ("-AA", True)],
)
def test_hbi_18_1_two_years_in_a_row_and_the_last_of_them_the_last(letters, expected):
    grades = graded(2023, letters)

    assert runs.complete(grades, 2023 + len(letters) - 1, grade="A", in_a_row=2) is expected


@pytest.mark.parametrize(
    ("letters", "year", "end"),
    [("CC", 2025, 2025), ("CC", 2024, 2025), ("CB", 2024, None), ("C-C", 2026, None), ("CCC", 2025, 2026),
     ("BCC", 2026, 2026), ("BCC", 2024, None)],
)
def test_hbi_18_2_a_grade_that_is_decided_later_than_its_neighbours_completes_the_run_too(letters, year, end):
    assert runs.completed_by(graded(2024, letters), year, grade="C", in_a_row=2) == end


@pytest.mark.parametrize(
    ("letters", "in_a_row", "expected"),
    [("CC", 1, True), ("CC", 2, True), ("CC", 3, False), ("BC", 1, True), ("BC", 2, False), ("BB", 1, False)],
)
def test_the_number_of_years_is_the_one_that_is_set(letters, in_a_row, expected):
    assert runs.complete(graded(2024, letters), 2025, grade="C", in_a_row=in_a_row) is expected
