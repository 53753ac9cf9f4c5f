"""What a deploy refuses of the settings that this programme brought: relaxed conditions, activities, rectification."""

from pathlib import Path

import pytest

from app.programmes import checks, package
from app.vocabulary import known

FOLDER = Path(__file__).parents[2] / "processes" / "hubei-selected"
FILES = {path: data for path, data in package.read_folder(FOLDER).items() if not path.startswith("examples/")}


def told(*changes: tuple[str, str], file: str = "programme.yaml") -> set[tuple[str, str, str]]:
    text = FILES[file].decode()
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return {(wrong.file, wrong.place, wrong.rule) for wrong in checks.check({**FILES, file: text.encode()}, **known())
            if wrong.severity == checks.ERROR}


@pytest.mark.parametrize(
    ("before", "after", "place", "rule"),
    [
        ("but: [组织形式]", "but: [组织形态]", "criteria.relax.0.but", "relaxes-nothing"),
        ("evidence: application.recognition_papers", "evidence: application.was_recognised",
         "criteria.relax.0.evidence", "evidence-without-upload"),
        ("evidence: application.recognition_papers", "evidence: appeal.papers", "criteria.relax.0.evidence",
         "evidence-without-upload"),
        ("by: authority, evidence", "by: county, evidence", "criteria.relax.0.by", "unknown-actor"),
        ("    form: activity_record\n", "    form: activity_list\n", "evaluation.activities.form", "unknown-form"),
        ("    table: activities\n", "    table: events\n", "evaluation.activities.table", "activities-elsewhere"),
        ("    day: held_on\n", "    day: done_on\n", "evaluation.activities.table", "activities-elsewhere"),
        ("    figure: low_activities\n", "    figure: low\n", "evaluation.activities.figure", "figure-of-form"),
        ("  form: annual_assessment\n  grades", "  grades", "evaluation", "evaluation-half"),
        ("sanctions: {satisfaction: not_fit", "sanctions: {happiness: not_fit",
         "rectification.out_of_time_by.sanctions", "unknown-choice"),
        ("benefit: uncooperative}", "benefit: expelled}", "rectification.out_of_time_by", "unknown-sanction"),
        ("{handled_by: section, clause", "{handled_by: city, clause", "recommenders.self_recommendation.handled_by",
         "unknown-kind"),
    ],
)
def test_what_the_settings_name_must_be_there(before, after, place, rule):
    assert ("programme.yaml", place, rule) in told((before, after))


@pytest.mark.parametrize(
    ("file", "before", "after", "place", "rule"),
    [
        ("annual_assessment.bpmn", 'name="grade" value="整改"', 'name="grade" value="改进"', "record_rectify",
         "unknown-grade"),
        ("application.bpmn", "centre_recheck.accepted", "centre_recheck.conditions_met", "conditions", "seen-nowhere"),
        ("application.bpmn", 'name="ticked" value="centre_review.conditions_met',
         'name="ticked" value="centre_review.opinion', "conditions", "seen-nowhere"),
    ],
)
def test_what_the_words_are_given_must_be_there(file, before, after, place, rule):
    assert (file, place, rule) in told((before, after), file=file)


def test_hub_18_1_the_programme_is_not_deployed_before_the_length_of_a_rectification_is_set():
    """D33: the text has none, and the package gives none by itself."""
    found = told(("    name: 整改期限\n    amount: 3\n", "    name: 整改期限\n"))

    assert any(place.startswith("periods.rectification") for _file, place, _rule in found)
