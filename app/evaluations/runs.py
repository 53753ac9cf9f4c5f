"""Equal grades in a row. Pure: years and grades in, years out.

A run is over years that follow one another: a year without a grade breaks it. Runs go on over a renewal, and grades
from before the register count. Source: D9, HBI-18.
"""

from collections.abc import Mapping


def complete(grades: Mapping[int, str], year: int, *, grade: str, in_a_row: int) -> bool:
    """Whether the years up to and including `year` all have this grade."""
    return all(grades.get(one) == grade for one in range(year - in_a_row + 1, year + 1))


def completed_by(grades: Mapping[int, str], year: int, *, grade: str, in_a_row: int) -> int | None:
    """The last year of the newest complete run that the grade of `year` is part of; None where it completes none."""
    ends = [end for end in range(year, year + in_a_row) if complete(grades, end, grade=grade, in_a_row=in_a_row)]
    return max(ends, default=None)
