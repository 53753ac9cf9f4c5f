"""The check of a package: everything that keeps it from being deployed, in a designer's words, before anybody runs it.

Nothing that is in a file makes it raise. First each file is read, then the files are held against each other.
"""

from collections.abc import Collection, Mapping

from app import engine, rules
from app.programmes import package
from app.programmes.checks import clauses, forms, letters, lists, simulation, stories, tables, tasks
from app.programmes.checks import settings as written
from app.programmes.checks.known import GIVEN, MESSAGES, with_payloads
from app.programmes.checks.problems import ERROR, WARNING, Problem, problem
from app.programmes.checks.view import View, view

__all__ = ["ERROR", "GIVEN", "MESSAGES", "WARNING", "Problem", "check"]

PROPERTIES = ("actor", "form", "period")
"""What every user task must have: the inbox is ordered by the ends of periods."""


def check(
    files: package.Files,
    *,
    words: Mapping[str, Collection[str]],
    roles: Collection[str] | None = None,
    kinds: Collection[str] | None = None,
    messages: Collection[str] | None = None,
    given: Collection[str] = GIVEN,
    letter_fields: Collection[str] | None = None,
) -> list[Problem]:
    """All problems of a package, file by file; an empty list for one that can be deployed as it is.

    `words`: the vocabulary, word -> its parameters. `roles` that a task may name, `kinds` of collective acts,
    `messages` that something sends (or name -> names of the scalars that it brings): None means that the caller doesn't
    know, and nothing is checked against it. `given`: names that every run knows from its start. `letter_fields`: the
    fields that a letter may name beside those of the programme's forms; None where the caller doesn't know.
    """
    found = list(_unwanted(files))
    if found:
        return found
    seen = view(files)
    found += [*seen.problems, *written.problems(seen), *clauses.problems(seen), *forms.problems(seen)]
    found += [*tables.problems(seen), *stories.problems(seen), *lists.problems(seen)]
    found += simulation.problems(seen)
    found += letters.problems(seen, letter_fields)
    found += [*tasks.problems(seen, words)]
    found += _diagrams(seen, words=words, roles=roles, kinds=kinds, messages=messages, given=given)
    return sorted(dict.fromkeys(found), key=lambda wrong: wrong.file)


def _unwanted(files: package.Files) -> list[Problem]:
    """Files that no package may hold, or too much of them: nothing else is looked at then."""
    found = []
    if len(files) > package.MAX_FILES:
        found.append(problem("", "", "too-many-files", limit=package.MAX_FILES))
    if sum(map(len, files.values())) > package.MAX_PACKAGE_BYTES:
        found.append(problem("", "", "package-too-large", limit=package.MAX_PACKAGE_BYTES // 1024 // 1024))
    for path, data in files.items():
        if package.kind_of(path) is None:
            found.append(problem(_shown(path), "", "unknown-file"))
        elif len(data) > package.MAX_FILE_BYTES:
            found.append(problem(path, "", "file-too-large", limit=package.MAX_FILE_BYTES // 1024 // 1024))
    if package.SETTINGS not in files:
        found.append(problem(package.SETTINGS, "", "missing-settings"))
    return found[:100]


def _diagrams(
    seen: View,
    *,
    words: Mapping[str, Collection[str]],
    roles: Collection[str] | None,
    kinds: Collection[str] | None,
    messages: Collection[str] | None,
    given: Collection[str],
) -> list[Problem]:
    caught = {node.message for nodes in seen.nodes.values() for node in nodes.values() if node.message}
    drawn = package.of_kind(seen.files, "diagram")
    settings = seen.settings
    found = engine.check(
        drawn,
        names_of=lambda text: rules.parse(text).names,
        periods=settings.periods if settings else None,
        words=words,
        forms={key: tuple(form.scalars({})) for key, form in seen.forms.items()} | dict.fromkeys(seen.broken_forms, ()),
        actors={actor.relation: actor.name for actor in settings.actors.values()} if settings else None,
        roles=roles,
        acts=kinds,
        messages=with_payloads(messages, caught),
        given=given,
        clauses=seen.clauses or None,
        required=PROPERTIES,
    )
    told = [Problem(p.file, p.element, p.rule, p.words, p.remedy, p.severity) for p in found]
    return [*told, *_misnamed(seen), *_missing(seen)]


def _misnamed(seen: View) -> list[Problem]:
    """A diagram is asked for by the name of its file, so its process must have the same."""
    return [
        problem(path, "", "misnamed-diagram", wanted=package.name_of(path), found="、".join(sorted(processes)))
        for path, processes in seen.processes.items()
        if package.name_of(path) not in processes
    ]


def _missing(seen: View) -> list[Problem]:
    """Diagrams without which the programme can't be run."""
    found = []
    if "application.bpmn" not in seen.files:
        found.append(problem("application.bpmn", "", "missing-application"))
    acts = {node.properties.get("collective") for nodes in seen.nodes.values() for node in nodes.values()}
    if "publication" in acts and "publication.bpmn" not in seen.files:
        found.append(problem("publication.bpmn", "", "missing-publication"))
    return found


def _shown(path: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in path)[:80]
