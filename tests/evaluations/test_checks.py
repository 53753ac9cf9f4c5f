"""What a deploy refuses of an evaluation's settings, in a designer's words."""

import pytest

from app.evaluations import figures
from app.programmes import checks
from app.programmes.checks import life_evaluation
from app.vocabulary import known
from tests.evaluations import setting


def told(**changed: tuple[str, str]) -> list[tuple[str, str, str]]:
    return [(wrong.file, wrong.place, wrong.rule) for wrong in checks.check(setting.files(**changed), **known())
            if wrong.severity == checks.ERROR]


def test_the_shipped_evaluation_can_be_deployed():
    assert told() == []


@pytest.mark.parametrize(
    ("before", "after", "place", "rule"),
    [
        ("figure: duties.in_time", "figure: duties.late", "evaluation.indicators.0.figure", "indicator-figure"),
        ("reports.sum:quarterly_report.offline_served", "reports.sum:quarterly_report.nobody",
         "evaluation.indicators.1.figure", "figure-of-form"),
        ("reports.sum:quarterly_report.offline_served", "reports.sum:monthly_report.offline_served",
         "evaluation.indicators.1.figure", "unknown-form"),
        ("    - grade: C\n", "    - grade: S\n", "evaluation.runs.0.grade",
         "unknown-grade"),
        ("      circular: observation_circular\n", "", "evaluation.runs.0", "run-without"),
        ("sanction: observation_revocation", "sanction: expulsion", "evaluation.runs.0.sanction", "run-sanction"),
        ("diagram: observation\n", "diagram: watching\n", "evaluation.runs.0.diagram", "run-diagram"),
        ("period: observation\n      circular", "period: watching\n      circular", "evaluation.runs.0.period",
         "unknown-period"),
        ("appeal: grade_appeal", "appeal: complaint", "evaluation.appeal", "unknown-period"),
        ("table: grade\n", "table: mark\n", "evaluation.table", "unknown-table"),
        ("table: grade\n", "table: criteria\n", "evaluation.table", "not-grading"),
        ("  confirmed_by: authority\n  diagram: evaluation", "  confirmed_by: ministry\n  diagram: evaluation",
         "evaluation.confirmed_by", "unknown-actor"),
        ("key: satisfaction,", "key: benefit_share,", "evaluation.indicators", "indicator-twice"),
        ('  opens: "01-10"\n', "", "evaluation", "evaluation-half"),
    ],
)
def test_what_the_settings_name_must_be_there(before, after, place, rule):
    assert ("programme.yaml", place, rule) in told(programme__yaml=(before, after))


@pytest.mark.parametrize(
    ("before", "after", "file", "rule"),
    [
        ("[60..85)", "[60..84)", "grade.dmn", "bad-table"),       # a gap from 84 to 85
        ("[60..85)", "[60..85]", "grade.dmn", "bad-table"),       # 85 twice
        ("&lt; 60", "&lt;= 60", "grade.dmn", "bad-table"),
        ('"B"', '"D"', "grade.dmn", "strange-grade"),
        ('"B"', '"C"', "grade.dmn", "grade-of-nothing"),
        ("<text>score</text>", "<text>points</text>", "programme.yaml", "not-grading"),
    ],
)
def test_the_table_gives_every_score_exactly_one_grade(before, after, file, rule):
    assert (file, rule) in [(name, found) for name, _place, found in told(grade__dmn=(before, after))]


def test_a_grade_beyond_the_sum_of_the_points_is_told():
    found = told(grade__dmn=("&gt;= 85", "&gt;= 185"))

    assert ("grade.dmn", "bad-table") in [(file, rule) for file, _place, rule in found]


def test_the_forms_offer_the_grades_and_indicators_of_the_programme():
    found = told(programme__yaml=("grades: [A, B, C]", "grades: [A, B, C, D]"))

    assert ("forms/grade_decision.json", "grade", "grade-choices") in found
    assert ("forms/grade_review.json", "grade", "grade-choices") in found
    assert ("grade.dmn", "", "grade-of-nothing") in found


def test_the_figures_that_the_check_knows_are_those_that_are_computed():
    assert life_evaluation.FIGURES == figures.PLAIN
    of_reports = ("reports.sum:f.a", "reports.mean:f.a", "reports.ratio:f.a/g.b+c", "nothing", "reports.sum:f")
    for figure in (*figures.PLAIN, *of_reports):
        names, source = life_evaluation.names_of(figure), figures.source(figure)
        assert (names is None) == (source is None)
        assert names is None or tuple(names) == source.names
