"""Appointments and samples in programme.yaml: what they name must be drawn, and drawn as they say."""

import pytest

from app.programmes import checks, package
from app.vocabulary import known
from tests.programmes.package_files import SHIPPED

HEBEI = SHIPPED.parent / "hebei-institution"


def said(*changes: tuple[str, str, str]) -> list[tuple[str, str]]:
    """(place, rule) of what is wrong once texts of files are replaced: (file, old, new); new None drops the file."""
    files = package.read_folder(HEBEI)
    for path, old, new in changes:
        if new is None:
            files.pop(path)
            continue
        text = files[path].decode()
        assert old in text, f"{path} has no {old!r}"
        files[path] = text.replace(old, new).encode()
    found = checks.check(files, **known())
    return [(wrong.place or wrong.file, wrong.rule) for wrong in found if wrong.severity == checks.ERROR]


def test_the_shipped_programme_has_nothing_wrong():
    assert said() == []


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (("programme.yaml", "  period: appointment\n", "  period: appointmint\n"),
         ("appointments.period", "unknown-period")),
        (("programme.yaml", "  rating: appointment_rating\n", "  rating: rating\n"),
         ("appointments.rating", "unknown-period")),
        (("programme.yaml", "  rating: appointment_rating\n", "  rating: appointment_urging\n"),
         ("appointments.rating", "rating-moves")),
        (("programme.yaml", "  overdue_to: city\n", "  overdue_to: county\n"),
         ("appointment.bpmn", "overdue-to-nobody")),
        (("programme.yaml", "  overdue_to: city\n", "  overdue_to: guide\n"),
         ("appointments.overdue_to", "unknown-actor")),
        (("programme.yaml", "  diagram: appointment\n", "  diagram: appointments\n"),
         ("appointments.diagram", "section-undrawn")),
        (("programme.yaml", "    diagram: spot_check\n", "    diagram: spot_checks\n"),
         ("evaluation.sample.diagram", "section-undrawn")),
        (("programme.yaml", "    sanction: dishonesty\n", "    sanction: honesty\n"),
         ("evaluation.sample.sanction", "sample-sanction")),
        (("programme.yaml", "    sanction: dishonesty\n", ""), ("propose", "proposes-nothing")),
        (("programme.yaml", "    percent: 10\n", "    percent: 0\n"), ("evaluation.sample.percent", "schema")),
        (("programme.yaml", "    percent: 10\n", "    percent: 101\n"), ("evaluation.sample.percent", "schema")),
        (("programme.yaml", "    at_least: 1\n", "    at_least: 0\n"), ("evaluation.sample.at_least", "schema")),
        (("programme.yaml", "    every: quarter\n", "    every: week\n"), ("evaluation.sample.every", "schema")),
        (("appointment.bpmn", '<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">appointment<',
          '<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">appointment_urging<'),
         ("appointment.bpmn", "appointment-never-overdue")),
        (("appointment.bpmn", 'name="period" value="appointment"', 'name="period" value="appointment_urging"'),
         ("appointment.bpmn", "period-without-task")),
    ],
)
def test_what_does_not_fit_is_said_where_it_stands(change, wrong):
    assert wrong in said(change)
