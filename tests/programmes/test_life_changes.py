"""Change reports and rectification in programme.yaml: what they name is there, and their diagram does it."""

import pytest

from tests.changes.scene import files
from tests.programmes.package_files import rules

SECTION = "rectification:\n  period: rectification\n"


def with_settings(old: str, new: str, **options: bool) -> dict[str, bytes]:
    found = files(**options)
    text = found["programme.yaml"].decode()
    assert old in text
    return {**found, "programme.yaml": text.replace(old, new, 1).encode()}


def without(path: str, old: str, **options: bool) -> dict[str, bytes]:
    found = files(**options)
    assert old.encode() in found[path]
    return {**found, path: found[path].replace(old.encode(), b"grant_title")}


def test_what_is_shipped_fits():
    assert not [found for found in rules(files(suspends=True, rectifies=True)) if found[2] in OWN]


OWN = {"unknown-sanction", "unknown-diagram", "unsaid-word", "starts-otherwise", "kinds-differ", "never-suspended",
       "never-over", "acts-nowhere"}


@pytest.mark.parametrize(
    ("old", "new", "place", "rule"),
    [
        ("  not_passed: not_qualified\n", "  not_passed: nothing\n", "changes.not_passed", "unknown-sanction"),
        ("changes:\n  period: change_report\n", "changes:\n  period: nothing\n", "changes.period", "unknown-period"),
        ("    starts: form:changed_on\n", "    starts: arrival\n", "periods.change_report.starts", "starts-otherwise"),
        ("  diagram: change_report\n", "  diagram: nothing\n", "changes.diagram", "unknown-diagram"),
        ("  suspends: no\n", "  suspends: yes\n", "changes.suspends", "never-suspended"),
        ("  out_of_time: not_qualified\n", "  out_of_time: nothing\n", "rectification.out_of_time", "unknown-sanction"),
        (SECTION, "rectification:\n  period: nothing\n", "rectification.period", "unknown-period"),
        (SECTION, "rectification:\n  period: entering\n", "periods.entering.starts", "starts-otherwise"),
        ("  diagram: rectification\n", "  diagram: nothing\n", "rectification.diagram", "unknown-diagram"),
        ("  accepted_by: city\n", "  accepted_by: guide\n", "rectification.accepted_by", "unknown-actor"),
        ("  accepted_by: city\n", "  accepted_by: county\n", "rectification.accepted_by", "acts-nowhere"),
    ],
)
def test_what_does_not_fit_is_named_at_its_place(old, new, place, rule):
    assert ("programme.yaml", place, rule) in rules(with_settings(old, new, rectifies=False))


def test_kinds_and_the_forms_choices_are_the_same():
    more = with_settings("    relocated: 搬迁\n", "    relocated: 搬迁\n    moon: 登月\n")

    found = rules(more)

    assert ("forms/change_report.json", "kind", "kinds-differ") in found
    assert ("forms/change_notice.json", "kind", "kinds-differ") in found


def test_a_diagram_that_does_not_say_the_words_does_not_carry_the_section():
    assert ("change_report.bpmn", "", "unsaid-word") in rules(without("change_report.bpmn", "keep_changed_title"))
    assert ("rectification.bpmn", "", "unsaid-word") in rules(
        without("rectification.bpmn", "rectification_over", rectifies=True)
    )


def test_rectification_without_a_timer_would_never_be_over():
    found = files(rectifies=True)
    found["rectification.bpmn"] = found["rectification.bpmn"].replace(
        b"tFormalExpression\">rectification<", b"tFormalExpression\">entering<"
    )

    assert ("rectification.bpmn", "", "never-over") in rules(found)
