"""The check finds what is wrong with a package, one change at a time, and says what to do."""

import random
import re
from pathlib import Path

import pytest

from app import words as _registered  # noqa: F401 - loads the vocabulary
from app.cases import words
from app.people.roles import ROLES
from app.programmes import checks, package
from tests.letters import making
from tests.programmes.package_files import problems, rules, sample, with_file, with_text, without

SETTINGS = "programme.yaml"
SHRAPNEL = (b"", b"\xff", b"<", b"}", b": ", b"\n- ", b'"', b"null", b"[]")
REPORT = "forms/application_report.json"
STORY = "examples/labour_day.yaml"
SHIPPED = sorted(path.parent for path in (Path(__file__).parents[2] / "processes").glob("*/programme.yaml"))


def test_a_sound_programme_has_no_problem():
    assert problems(sample()) == []


@pytest.mark.parametrize(
    ("old", "new", "place", "rule"),
    [
        ("key: baoding-platform", "key: Baoding", "programme.key", "schema"),
        ('region: "130600"', "region: 130600", "programme.authority.region", "schema"),
        ("amount: 7", "amount: 0", "periods.publication.amount", "schema"),
        ("amount: 7", "amount: seven", "periods.publication.amount", "schema"),
        ("unit: working_days", "unit: workdays", "periods.publication.unit", "schema"),
        ("starts: published", "starts: someday", "periods.publication.starts", "schema"),
        ("found_by: county", "found_by: village", "actors.county.found_by", "schema"),
        ("tiers: [county, city]", "tiers: [county]", "programme.authority.tier", "tier-of-authority"),
        ("tiers: [county, city]", "tiers: [city]", "actors.county", "tier-of-actor"),
        ("period: publication", "period: publishing", "publication.period", "unknown-period"),
        ("validity: null", "validity: three_years", "title.validity", "unknown-period"),
        ("public: yes", "public: no", "periods.publication", "not-public"),
        ("{code}-{year}-{seq:04}", "{code.x}-{year}-{seq}", "title.number", "bad-number"),
        ("announcement.issued_on", "decision.issued_on", "title.granted_on", "unknown-form"),
        ("announcement.issued_on", "announcement.signed_on", "title.granted_on", "unknown-field"),
        ("announcement.issued_on", "announcement.document_title", "title.granted_on", "wrong-field"),
        ("form: application_report", "form: report", "criteria.form", "unknown-form"),
        ("table: criteria", "table: conditions", "criteria.table", "unknown-table"),
        ("set: batches.one_application", "set: batches.two", "ask.D37.set", "unknown-carrier"),
        ("set: forms.application_report.qualified_share", "set: forms.application_report.x", "ask.D11.set",
         "unknown-carrier"),
        ("clause: BDP-13", "clause: BDP-99", "title.clause", "unknown-clause"),
    ],
)
def test_a_wrong_setting_is_told_at_its_place(old, new, place, rule):
    assert (SETTINGS, place, rule) in rules(with_text(SETTINGS, old, new))


def test_a_period_that_neither_cites_a_clause_nor_says_it_is_ours_is_refused():
    listing = "    name: 列入公示\n    amount: 5\n    unit: working_days\n    starts: arrival\n"

    found = rules(with_text(SETTINGS, f"{listing}    ours: yes\n", listing))

    assert (SETTINGS, "periods.listing", "schema") in found


def test_a_first_day_that_counts_is_a_warning_because_it_shortens_a_legal_period():
    found = problems(with_text(SETTINGS, "first_day_counts: no", "first_day_counts: yes"))

    assert [(wrong.rule, wrong.severity) for wrong in found] == [("shortened", checks.WARNING)]


def test_a_period_that_nothing_uses_is_a_warning():
    extra = "  spare:\n    name: 备用\n    amount: 3\n    unit: days\n    starts: arrival\n    ours: yes\n\n# 条件表"

    found = problems(with_text(SETTINGS, "\n# 条件表", extra))

    assert [(wrong.place, wrong.rule, wrong.severity) for wrong in found] == [
        ("periods.spare", "unused-period", checks.WARNING)
    ]


def test_a_form_that_nothing_uses_is_a_warning():
    copy = sample()["forms/announcement.json"].replace(b'"id": "announcement"', b'"id": "spare"')

    found = problems(with_file("forms/spare.json", copy))

    assert [(wrong.file, wrong.rule, wrong.severity) for wrong in found] == [
        ("forms/spare.json", "unused-form", checks.WARNING)
    ]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('value="county/clerk"', 'value="village/clerk"', "unknown-actor"),
        ('value="county/clerk"', 'value="county/boss"', "unknown-role"),
        ('value="county/clerk"', 'value="city/clerk"', "lane-actor"),
        ('value="recommendation"', 'value="opinion"', "unknown-form"),
        ('value="county_review"', 'value="county_days"', "unknown-period"),
        ('<spiffworkflow:property name="period" value="county_review" />', "", "missing-period"),
        ('value="BDP-10"', 'value="BDP-100"', "unknown-clause"),
        ('name="collective" value="decision"', 'name="collective" value="decree"', "unknown-act"),
        ('value="grant_title"', 'value="give_title"', "unknown-word"),
        ('name="word" value="grant_title" />', 'name="word" value="grant_title" /><spiffworkflow:property name="for" '
         'value="x" />', "unknown-parameter"),
        ('outcome == "recommend"', 'outcome == "recommended"', "unknown-outcome"),
        ('outcome == "recommend"', "score &gt;= 60", "condition-number"),
        ('outcome == "recommend"', "outcome is recommend", "condition-invalid"),
        ('name="publication_cleared"', 'name="publication_over"', "unknown-message"),
        ('<bpmn:process id="application"', '<bpmn:process id="applying"', "misnamed-diagram"),
    ],
)
def test_a_diagram_is_held_against_the_rest_of_the_package(old, new, rule):
    found = rules(with_text("application.bpmn", old, new))

    assert rule in {wrong for _file, _place, wrong in found}


def test_a_missing_diagram_form_or_list_of_clauses_is_told():
    assert ("application.bpmn", "", "missing-application") in rules(without("application.bpmn"))
    assert ("publication.bpmn", "", "missing-publication") in rules(without("publication.bpmn"))
    assert ("clauses.yaml", "", "missing-clauses") in rules(without("clauses.yaml"))
    assert "unknown-form" in {rule for _file, _place, rule in rules(without("forms/city_review.json"))}
    assert rules(without(SETTINGS)) == {(SETTINGS, "", "missing-settings")}


@pytest.mark.parametrize(
    ("old", "new", "place", "rule"),
    [
        ("carried_by: [batches.one_application]", "carried_by: [batches.many]", "BDP-14", "unknown-carrier"),
        ("application.review", "application.examine", "BDP-3", "unknown-carrier"),
        ("forms.recommendation.head_found", "forms.recommendation.head_lost", "BDP-7.6", "unknown-carrier"),
        ("later: 年度总结", "note: 年度总结", "BDP-16", "schema"),
    ],
)
def test_a_clause_is_carried_by_something_that_exists(old, new, place, rule):
    assert ("clauses.yaml", place, rule) in rules(with_text("clauses.yaml", old, new))


def test_a_clause_that_only_a_form_or_a_table_cites_must_exist_too():
    fewer = with_text("clauses.yaml", "BDP-6:", "BDP-66:")

    assert (REPORT, "functions", "unknown-clause") in rules(fewer)
    assert ("criteria.dmn", "第 1 行", "unknown-clause") in rules(
        with_text("criteria.dmn", '<text>"BDP-7.1"</text>', '<text>"BDP-77"</text>')
    )


@pytest.mark.parametrize(
    ("path", "old", "new", "rule"),
    [
        (REPORT, '"type": "radio"', '"type": "wheel"', "bad-form"),
        (REPORT, '"id": "application_report"', '"id": "report"', "misnamed-form"),
        ("criteria.dmn", "&gt;= 150", "at least 150", "bad-table"),
        ("criteria.dmn", '"total_assets_wan"', '"total_assets"', "bad-table"),
        ("criteria.dmn", 'hitPolicy="COLLECT"', 'hitPolicy="UNIQUE"', "bad-table"),
        ("criteria.dmn", 'name="figure"', 'name="fact"', "not-criteria"),
        (STORY, "for: fangzhi", "for: nobody", "unknown-unit"),
        (STORY, "by: 田甜", "by: 田田", "unknown-person"),
        (STORY, "answers_of: passed", "answers_of: failed", "unknown-answers"),
        (STORY, "does: 市级评审", "does: 市级审评", "unknown-task"),
        (STORY, "outcome: decline", "outcome: refuse", "unknown-outcome"),
        (STORY, "on: 2026-04-22 10:00", "on: 2026-03-22 10:00", "time-goes-back"),
        (STORY, "name: 秦岚", "name: 石磊", "same-name"),
        (STORY, "huiqi: 已认定", "huiqi2: 已认定", "unknown-unit"),
        (STORY, "refused: 批量", "refuses: 批量", "schema"),
    ],
)
def test_forms_tables_and_stories_are_checked(path, old, new, rule):
    found = rules(with_text(path, old, new))

    assert rule in {wrong for file, _place, wrong in found if file == path or rule == "not-criteria"}


@pytest.mark.parametrize("path", ["evil.py", "../programme.yaml", "forms/../x.json", "notes.txt", "a\x00.bpmn"])
def test_a_file_that_is_no_part_of_a_package_is_refused_before_anything_is_read(path):
    found = problems(with_file(path, b"x"))

    assert [wrong.rule for wrong in found] == ["unknown-file"]
    assert found[0].file.isprintable()


def test_too_much_is_refused_before_anything_is_read():
    many = {f"forms/f{n}.json": b"{}" for n in range(package.MAX_FILES)}

    assert rules({**sample(), **many}) == {("", "", "too-many-files")}
    assert rules(with_file("big.bpmn", b" " * (package.MAX_FILE_BYTES + 1))) == {("big.bpmn", "", "file-too-large")}
    heap = {f"a{n}.bpmn": b" " * package.MAX_FILE_BYTES for n in range(9)}
    assert ("", "", "package-too-large") in rules({**sample(), **heap})


@pytest.mark.parametrize("path", [SETTINGS, "clauses.yaml", STORY])
def test_bombs_in_yaml_are_refused(path):
    bomb = b"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b]\n"

    assert (path, "", "unreadable") in rules(with_file(path, bomb))


def test_a_letter_must_be_a_word_file():
    for data in (b"text", b"PK\x03\x04 and more"):
        assert ("letters/certificate.docx", "", "bad-letter") in rules(with_file("letters/certificate.docx", data))


def test_a_letter_names_only_fields_that_will_have_a_value():
    letter = making.docx(making.text("{{申报单位}}的{{application_report/unit_kind}}，{{称呼}}"))

    assert rules(with_file("letters/notice.docx", letter)) == set()
    found = problems(with_file("letters/notice.docx", letter), letter_fields=("申报单位",))
    assert [(wrong.file, wrong.rule) for wrong in found] == [("letters/notice.docx", "bad-letter")]
    assert "称呼" in str(found[0])


def test_lists_are_held_against_their_schemas():
    assert ("materials.yaml", "", "schema") in rules(with_file("materials.yaml", b"items: []"))


def test_every_problem_says_what_and_what_to_do_in_chinese():
    found = problems({**with_file(SETTINGS, b"x: 1"), "application.bpmn": b"", REPORT: b"{", "criteria.dmn": b"<a/>"})

    assert len(found) > 4
    for wrong in found:
        assert re.search("[\u4e00-\u9fff]", wrong.words), wrong
        assert str(wrong).startswith(wrong.file)


@pytest.mark.parametrize("path", sorted(sample()))
def test_no_content_makes_the_check_raise(path):
    dice = random.Random(path)
    data = sample()[path]

    for _ in range(6):
        torn = bytearray(data[: dice.randrange(len(data))] if dice.random() < 0.3 else data)
        for _ in range(dice.randrange(1, 30)):
            at = dice.randrange(len(torn) or 1)
            torn[at : at + dice.randrange(6)] = dice.choice(SHRAPNEL)
        checks.check({**sample(), path: bytes(torn)}, words={})


@pytest.mark.parametrize("value", [b"", b"[]", b"{}", b"\xff\xfe", b"<a/>"])
def test_no_file_of_another_kind_makes_the_check_raise(value):
    for path in sample():
        checks.check({**sample(), path: value}, words={})


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_a_shipped_programme_can_be_deployed(folder):
    found = checks.check(
        package.read_folder(folder), words=words.parameters_by_word(), roles=ROLES, kinds=words.act_kinds(),
        messages=checks.MESSAGES,
    )

    assert [str(wrong) for wrong in found if wrong.severity == checks.ERROR] == []
