"""The checker: everything that is wrong with diagrams, in a designer's words, before anybody runs them.

It never raises for what is in a file. First what can be read and drawn at all, then how it is connected; soundness and
paths are judged where that is in order, because they would only repeat the same fault in other words.
"""

from collections.abc import Callable, Collection, Iterator, Mapping

from app.engine.checks import conditions, elements, identity, soundness, vocabulary, wiring
from app.engine.checks.known import Known
from app.engine.diagram import Diagram, diagram
from app.engine.errors import EngineError, Unreadable
from app.engine.problems import Problem, problem
from app.engine.specification import specify


def check(
    files: Mapping[str, bytes],
    *,
    beside: Mapping[str, bytes] | None = None,
    names_of: Callable[[str], Collection[str]] | None = None,
    periods: Collection[str] | None = None,
    words: Collection[str] | None = None,
    forms: Collection[str] | None = None,
    actors: Collection[str] | None = None,
    roles: Collection[str] | None = None,
    messages: Collection[str] | None = None,
    clauses: Collection[str] | None = None,
    acts: Collection[str] | None = None,
    given: Collection[str] | None = None,
    required: Collection[str] = ("actor", "form"),
) -> list[Problem]:
    """All problems of `files` (name -> bytes), file by file in the order drawn; an empty list for sound ones.

    `beside` are further diagrams that may be called; they aren't judged. The registries are those of Known: what isn't
    given isn't checked against. `names_of(text)` gives the names in a condition or raises an error of app.errors.
    """
    known = Known(names_of, periods, words, forms, actors, roles, messages, clauses, acts, given, required)
    found: list[Problem] = []
    drawn: list[Diagram] = []
    for name, data in files.items():
        try:
            drawn.append(diagram(name, data))
        except Unreadable as error:
            found.append(problem(name, "", error.rule, **error.detail))
    near = list(_readable(beside or {}))
    for one in drawn:
        found += _alone(one, known)
    found += identity.between_files(drawn, near)
    found += wiring.calls(drawn, near)
    found += _played(drawn, near, known, found)
    order = {name: place for place, name in enumerate(files)}
    return sorted(dict.fromkeys(found), key=lambda wrong: order.get(wrong.file, 0))


def _alone(one: Diagram, known: Known) -> Iterator[Problem]:
    drawn = list(elements.problems(one))
    yield from drawn
    yield from identity.problems(one, known)
    yield from vocabulary.problems(one, known)
    yield from wiring.problems(one, {wrong.element for wrong in drawn})
    yield from conditions.texts(one, known)


# What is wrong with names, the picture and registries doesn't keep a diagram from being played.
_PLAYABLE = frozenset((
    "missing-name", "missing-label", "missing-shape", "missing-edge", "missing-picture", "lane-reference", "two-lanes",
    "outside-lanes", "lane-actor", "idle-gateway", "once-only", "missing-default", "condition-number",
    "condition-invalid",
    *vocabulary.RULES,
))


def _played(
    drawn: list[Diagram], near: list[Diagram], known: Known, found: list[Problem]
) -> Iterator[Problem]:
    broken = {wrong.file for wrong in found if wrong.rule not in _PLAYABLE}
    sound = [one for one in drawn if one.file not in broken]
    played: list[Problem] = []
    for one in sound:
        played += soundness.problems(one)
    # What a sound diagram calls may itself be broken; then nothing can be said about its paths.
    if not broken:
        played += conditions.paths(drawn, near, known)
    yield from played
    if not broken and not any(wrong.severity == "error" for wrong in [*found, *played]):
        yield from _not_loadable(near, drawn)


def _not_loadable(near: list[Diagram], drawn: list[Diagram]) -> Iterator[Problem]:
    """What the engine itself refuses, should a rule be missing here."""
    for one in drawn:
        for process in one.processes():
            try:
                specify([*drawn, *near], process.id, lambda text, values: False)
            except EngineError as error:
                yield problem(one.file, process.id, "not-loadable", reason=error.message)


def _readable(files: Mapping[str, bytes]) -> Iterator[Diagram]:
    for name, data in files.items():
        try:
            yield diagram(name, data)
        except Unreadable:
            continue
