"""What a designer is told of the section obligations, before it is deployed."""

import json

import pytest

from app.programmes import checks
from app.vocabulary import known
from tests.obligations import owing


def told(**changed: str) -> set[str]:
    return {one.rule for one in checks.check(owing.files(**changed), **known()) if one.severity == "error"}


def test_the_shipped_section_is_in_order():
    assert told() == set()


@pytest.mark.parametrize(("old", "new", "rule"), [
    ("    period: report_due\n", "    period: report_late\n", "not-due"),
    ("    opens: report_opens\n", "    opens: report_late\n", "opens-forward"),
    ("    schedule: dates\n", "    schedule: yearly\n", "yearly-once"),
    ("    covers: since_last_due\n", "    covers: calendar_month\n", "month-not-monthly"),
    ("    excused_by: city\n", "    excused_by: ministry\n", "unknown-actor"),
    ("    form: quarterly_report\n", "    form: yearly_report\n", "unknown-form"),
    ("    form: quarterly_report\n", "    form: report_check\n", "report-without-task"),
    ("    diagram: report\n", "    diagram: reporting\n", "unknown-report"),
    ("    late: report_late\n", "    late: statement\n", "report-period-undrawn"),
    ("in_a_row: 2, sanction: reporting_circular", "in_a_row: 2, sanction: circular_of_all", "unknown-sanction"),
    ("in_a_row: 3, sanction: reporting_revocation", "in_a_row: 2, sanction: reporting_revocation", "same-run-twice"),
])
def test_what_does_not_fit_is_told(old, new, rule):
    assert rule in told(**{old: new})


def test_a_field_that_takes_over_from_nowhere_is_told():
    files = owing.files()
    form = json.loads(files["forms/report_check.json"])
    form["components"][0]["components"][0]["properties"]["carries"] = "quarterly_report.events"
    files["forms/report_check.json"] = json.dumps(form).encode()

    found = [one for one in checks.check(files, **known()) if one.rule == "carries-nothing"]

    assert [one.place for one in found] == ["activities"]


def test_a_given_column_that_the_other_form_lacks_is_told():
    files = owing.files()
    form = json.loads(files["forms/report_check.json"])
    form["components"][0]["components"][0]["components"][-1]["readonly"] = True
    files["forms/report_check.json"] = json.dumps(form).encode()

    found = [one for one in checks.check(files, **known()) if one.rule == "carries-nothing"]

    assert [one.place for one in found] == ["activities.effective"]


def test_rows_are_given_by_another_form_or_not_at_all():
    files = owing.files()
    form = json.loads(files["forms/report_check.json"])
    del form["components"][0]["components"][0]["properties"]["carries"]
    files["forms/report_check.json"] = json.dumps(form).encode()

    assert any("各行取自另一张表单" in one.words for one in checks.check(files, **known()))


def test_what_a_form_takes_over_is_last_or_a_field_of_another_form():
    files = owing.files()
    form = json.loads(files["forms/quarterly_report.json"])
    form["components"][0]["components"][0]["properties"]["carries"] = "the last one"
    files["forms/quarterly_report.json"] = json.dumps(form).encode()

    assert any("沿用" in one.words for one in checks.check(files, **known()))
