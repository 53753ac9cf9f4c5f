"""Letters: whether they can be filled, and whether every field that they name has a value."""

from collections.abc import Collection, Iterator

from app import letters
from app.programmes import package
from app.programmes.checks.problems import Problem, problem
from app.programmes.checks.view import View


def problems(seen: View, fixed: Collection[str] | None) -> Iterator[Problem]:
    """Everything about letters. `fixed` are the fields that every letter may name; None where nobody knows them, and
    then only what is wrong with the file itself is told."""
    asked = {f"{key}/{field.key}" for key, form in seen.forms.items() for field in form.asked}
    unread = tuple(f"{key}/" for key in seen.broken_forms)
    for path, data in package.of_kind(seen.files, "letter").items():
        named = _named(data)
        known = named if fixed is None else {*asked, *fixed, *(name for name in named if name.startswith(unread))}
        for wrong in letters.check(data, known):
            yield problem(path, "", "bad-letter", where=wrong.place, reason=wrong.words, remedy=wrong.remedy)


def _named(data: bytes) -> Collection[str]:
    try:
        return letters.fields(data)
    except letters.Unfit:
        return ()
