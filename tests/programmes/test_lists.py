"""Materials, summary tables and scoring sheets name what exists, and their sums are right."""

import pytest

from app.programmes.programme import Programme
from tests.programmes.package_files import LETTER, problems, rules, sample, with_file

MATERIALS = """
lists:
  application:
    name: 申报材料
    form: application_report
    clause: BDP-11
    items:
      - {number: 1, name: 申请报告, required: always, field: m1_report}
      - {number: 2, name: 执照, required: always, field: m2_licence}
      - {number: 3, name: 申请表, required: always, generated: yes}
"""
TABLES = """
tables:
  summary:
    name: 推荐汇总表
    form: application_report
    clause: BDP-10
    columns:
      - {key: number, heading: 序号, from: number}
      - {key: assets, heading: 资产总额, from: "form:total_assets_wan", total: yes}
      - {key: opinion, heading: 推荐意见, from: "form:recommendation.opinion"}
      - {key: share, heading: 合格人员占比, from: "figure:qualified_share"}
    order_by: [number]
"""
SCORING = """
sheets:
  scoring:
    name: 专家评分表
    clause: BDP-12
    total: 100
    items:
      - {key: base, name: 基本条件, most: 40}
      - {key: effect, name: 服务成效, most: 60, step: 0.5, figure: qualified_share, table: criteria}
"""


def found(path: str, text: str) -> set[tuple[str, str]]:
    """(place, rule) of what is wrong with one list added to the shipped files."""
    return {(place, rule) for file, place, rule in rules(with_file(path, text.encode())) if file == path}


@pytest.mark.parametrize(
    ("path", "text"), [("materials.yaml", MATERIALS), ("tables.yaml", TABLES), ("scoring.yaml", SCORING)]
)
def test_a_sound_list_has_no_problem(path, text):
    assert problems(with_file(path, text.encode())) == []


@pytest.mark.parametrize(
    ("old", "new", "place", "rule"),
    [
        ("form: application_report", "form: report", "lists.application.form", "unknown-form"),
        ("field: m2_licence", "field: licence", "lists.application.items.1.field", "unknown-field"),
        ("field: m2_licence", "field: total_assets_wan", "lists.application.items.1.field", "material-no-files"),
        ("field: m2_licence", "field: m1_report", "lists.application.items.1.field", "twice"),
        ("number: 2", "number: 1", "lists.application.items.1.number", "twice"),
        (", field: m2_licence", "", "lists.application.items.1", "material-without-field"),
        ("required: always, field: m2", "required: never, field: m2", "lists.application.items.1.required",
         "material-required"),
        ("field: m2_licence", "field: m2_licence, at_least: 2", "lists.application.items.1.at_least",
         "material-count"),
        ("field: m2_licence", "field: m2_licence, at_most: 19", "lists.application.items.1.at_most",
         "material-count"),
        ("generated: yes", "generated: report", "lists.application.items.2.generated", "unknown-letter"),
        ("clause: BDP-11", "clause: BDP-111", "lists.application.clause", "unknown-clause"),
        ("    form: application_report\n", "", "lists.application", "schema"),
        ("always, field: m2_licence", "when, field: m2_licence", "lists.application.items.1", "schema"),
    ],
)
def test_a_list_of_materials_is_held_against_its_form(old, new, place, rule):
    assert old in MATERIALS
    assert (place, rule) in found("materials.yaml", MATERIALS.replace(old, new, 1))


def test_a_material_that_must_come_needs_a_field_that_must_be_filled():
    form = sample()["forms/application_report.json"].decode()
    at = form.index('"key": "m2_licence"')
    loose = form[:at] + form[at:].replace('"required": true', '"required": false', 1)
    files = {**with_file("materials.yaml", MATERIALS.encode()), "forms/application_report.json": loose.encode()}

    assert ("materials.yaml", "lists.application.items.1.field", "material-not-required") in rules(files)


@pytest.mark.parametrize(
    ("old", "new", "place", "rule"),
    [
        ("form: application_report", "form: report", "tables.summary.form", "unknown-form"),
        ("form:recommendation.opinion", "form:opinion_form.text", "tables.summary.columns.2.from", "unknown-form"),
        ("form:recommendation.opinion", "form:recommendation.view", "tables.summary.columns.2.from", "unknown-field"),
        ("form:total_assets_wan", "form:staff", "tables.summary.columns.1.from", "unknown-field"),
        ("figure:qualified_share", "figure:share", "tables.summary.columns.3.from", "unknown-figure"),
        ("from: number", "from: number, total: yes", "tables.summary.columns.0.total", "total-of-words"),
        ("key: opinion", "key: assets", "tables.summary.columns.2.key", "twice"),
        ("order_by: [number]", "order_by: [region]", "tables.summary.order_by", "unknown-column"),
        ("from: number", "from: row", "tables.summary.columns.0.from", "schema"),
    ],
)
def test_a_summary_table_takes_its_columns_from_what_exists(old, new, place, rule):
    assert old in TABLES
    assert (place, rule) in found("tables.yaml", TABLES.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "place", "rule"),
    [
        ("most: 40", "most: 39", "sheets.scoring.total", "scoring-sum"),
        ("total: 100", "total: 100\n    pass_at: 101", "sheets.scoring.pass_at", "pass-beyond-total"),
        ("key: effect", "key: base", "sheets.scoring.items.1.key", "twice"),
        ("step: 0.5", "step: 0.7", "sheets.scoring.items.1.step", "scoring-step"),
        ("figure: qualified_share", "figure: share", "sheets.scoring.items.1.figure", "unknown-figure-anywhere"),
        ("table: criteria", "table: points", "sheets.scoring.items.1.table", "unknown-table"),
    ],
)
def test_a_scoring_sheet_adds_up(old, new, place, rule):
    assert old in SCORING
    assert (place, rule) in found("scoring.yaml", SCORING.replace(old, new, 1))


def test_a_pass_mark_at_the_total_is_possible():
    assert found("scoring.yaml", SCORING.replace("total: 100", "total: 100\n    pass_at: 100")) == set()


def test_lists_travel_inside_the_release_and_are_read_as_data():
    files = {**sample(), "materials.yaml": MATERIALS.encode(), "tables.yaml": TABLES.encode(),
             "scoring.yaml": SCORING.encode(), "letters/certificate.docx": LETTER}

    programme = Programme(files)

    assert [item.field for item in programme.materials["application"].items] == ["m1_report", "m2_licence", ""]
    assert programme.materials["application"].items[2].generated == "form"
    columns = programme.tables["summary"].columns
    assert [(column.source, column.form, column.name) for column in columns] == [
        ("number", "", ""),
        ("form", "application_report", "total_assets_wan"),
        ("form", "recommendation", "opinion"),
        ("figure", "application_report", "qualified_share"),
    ]
    assert str(programme.scoring["scoring"].items[1].step) == "0.5"
    assert programme.letter("certificate") == LETTER
    assert programme.letters() == ["certificate"]


def test_a_programme_without_lists_has_none():
    programme = Programme(sample())

    assert (programme.materials, programme.tables, programme.scoring, programme.letters()) == ({}, {}, {}, [])
    with pytest.raises(KeyError):
        programme.letter("certificate")


@pytest.mark.parametrize(
    ("carrier", "exists"),
    [
        ("materials.application", True),
        ("materials.application.2", True),
        ("materials.application.9", False),
        ("materials.renewal", False),
        ("tables.summary", True),
        ("tables.list", False),
        ("scoring.scoring", True),
        ("letters.certificate", True),
        ("letters.refusal", False),
    ],
)
def test_a_clause_may_be_carried_by_a_list_or_a_letter(carrier, exists):
    clauses = sample()["clauses.yaml"].decode().replace("[batches.one_application]", f"[{carrier}]")
    files = {**sample(), "clauses.yaml": clauses.encode(), "materials.yaml": MATERIALS.encode(),
             "tables.yaml": TABLES.encode(), "scoring.yaml": SCORING.encode(),
             "letters/certificate.docx": LETTER}

    assert (("clauses.yaml", "BDP-14", "unknown-carrier") not in rules(files)) is exists
