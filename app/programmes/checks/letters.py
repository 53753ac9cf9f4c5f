"""Letters: whether they are Word files at all."""

from collections.abc import Iterator

from app.programmes import package
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View

_ZIP = b"PK\x03\x04"


def problems(seen: View) -> Iterator[Problem]:
    """Everything about letters."""
    for path, data in package.of_kind(seen.files, "letter").items():
        if not data.startswith(_ZIP):
            yield problem(path, "", "not-a-letter")
