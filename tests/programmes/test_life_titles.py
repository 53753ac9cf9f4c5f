"""What diagrams say of a title's record is held against forms, periods and settings before anything is deployed."""

from pathlib import Path

import pytest

from app.programmes import checks, package
from app.vocabulary import known

HEBEI = Path(__file__).resolve().parents[2] / "processes" / "hebei-institution"
LIFTING = "ban_lifting.bpmn"
WORD = b'name="word" value="lift_ban" />'


def rules(path: str, before: bytes, after: bytes) -> set[tuple[str, str, str]]:
    files = dict(package.read_folder(HEBEI))
    assert before in files[path]
    files[path] = files[path].replace(before, after, 1)
    return {(found.file, found.place, found.rule) for found in checks.check(files, **known())
            if found.severity == "error"}


def said(word: str, **given: str) -> bytes:
    """The lifting's word replaced by another with these parameters before its own."""
    more = "".join(f'\n<spiffworkflow:property name="{key}" value="{value}" />' for key, value in given.items())
    return f'name="word" value="{word}" />{more}'.encode()


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        (WORD, said("end_title"), "word-needs"),
        (WORD, said("end_title", kind="suspended"), "title-kind"),
        (WORD, said("extend_title", period="nothing"), "unknown-period"),
        (WORD, said("extend_title", period="filling"), "named-by-call"),
        (WORD, said("check_correction", form="nothing"), "unknown-form"),
        (b"record_proposal.effective_on", b"record_proposal.nothing", "unknown-field"),
        (b"record_proposal.effective_on", b"record_proposal.reason", "not-a-day"),
        (b"record_proposal.effective_on", b"2026-03-01", "not-a-path"),
        (b"record_proposal.reason", b"nothing.reason", "unknown-form"),
    ],
)
def test_what_a_word_of_the_record_names_must_be_there(before, after, rule):
    assert (LIFTING, "enter", rule) in rules(LIFTING, before, after)


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [(b"actor: authority/clerk, about: title, ended: only", b"actor: authority/clerk, ended: only", "about-no-title"),
     (b"about: title, basis: entered", b"basis: entered", "about-no-title"),
     (b"about: title, marked: observed", b"marked: observed", "about-no-title")],
)
def test_only_cases_about_titles_ask_which_titles(before, after, rule):
    assert rule in {found for _file, _place, found in rules("programme.yaml", before, after)}


def test_the_package_as_it_is_has_no_error():
    assert rules("programme.yaml", b"HBI", b"HBI") == set()
