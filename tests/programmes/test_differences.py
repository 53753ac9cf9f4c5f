"""What changes between two packages is told in sentences with names, values and clauses, not in lines of files."""

import json

import pytest

from app.programmes import differences
from tests.programmes.package_files import sample, with_file, with_text, without


def said(new, old=None):
    return [str(one) for one in differences.between(old or sample(), new)]


def with_form(change, path="forms/city_review.json"):
    """The sample with a form changed by a function of its JSON."""
    form = json.loads(sample()[path])
    change(form)
    return with_file(path, json.dumps(form).encode())


def first_field(form):
    """The first field that must be filled in, groups opened."""
    waiting = list(form["components"])
    while waiting:
        one = waiting.pop(0)
        if one.get("validate", {}).get("required"):
            return one
        waiting = one.get("components", []) + waiting
    raise AssertionError("the form has no such field")


def test_nothing_changed_is_nothing_told():
    assert said(sample()) == []


def test_a_period_is_told_in_its_own_unit_with_its_clause():
    assert said(with_text("programme.yaml", "amount: 7", "amount: 5")) == [
        "期限“公示期”由 7 个工作日改为 5 个工作日（BDP-12）"
    ]


def test_how_a_period_counts_is_told_by_the_title_of_the_setting():
    assert said(with_text("programme.yaml", "first_day_counts: no", "first_day_counts: yes")) == [
        "期限“公示期”的“首日计入”由 否 改为 是（BDP-12）"
    ]


def test_a_period_that_comes_or_goes_is_told_with_its_length():
    new = with_text("programme.yaml", "periods:\n", "periods:\n  waiting: {name: 等候, amount: 3, unit: days}\n")

    assert said(new) == ["新增期限“等候”：3 日"]
    assert said(sample(), old=new) == ["删除期限“等候”：3 日"]


def test_a_setting_is_told_by_the_titles_that_lead_to_it():
    assert said(with_text("programme.yaml", "one_application: yes", "one_application: no")) == [
        "“申报批次 › 每批只能申报一次”由 是 改为 否（BDP-14）"
    ]


def test_a_condition_is_told_by_its_label_with_both_tests():
    assert said(with_text("criteria.dmn", "&gt;= 150", "&gt;= 200")) == [
        "条件“资产总额”由 >= 150 改为 >= 200（BDP-7.1）"
    ]


def test_who_acts_is_told_by_the_names_of_relation_and_role():
    told = said(with_text("application.bpmn", 'value="city/clerk"', 'value="county/lead"'))

    assert told == ["环节“市级评审”由“市级主管部门经办岗”改由“县级主管部门审核岗”办理（BDP-12）"]


def test_a_step_that_is_renamed_stays_the_same_step():
    told = said(with_text("application.bpmn", 'name="市级评审"', 'name="市级复评"'))

    assert len(told) == 1
    assert told[0].startswith("环节“市级评审”改名为“市级复评”")


def test_a_diagram_of_which_only_the_picture_moved_says_so():
    told = said(with_text("application.bpmn", '<dc:Bounds x="', '<dc:Bounds  x="'))

    assert told == ["流程图“application”只调整了画面或写法"]


def test_steps_and_lines_that_come_and_go_are_told():
    drawn = sample()["application.bpmn"].decode()
    bpmn = "<{0}userTask id=\"again\" name=\"再核\">{1}</{0}userTask>"
    prefix = "bpmn:" if "<bpmn:process" in drawn else ""
    properties = (
        f"<{prefix}extensionElements><spiffworkflow:properties>"
        '<spiffworkflow:property name="actor" value="city/lead"/>'
        f"</spiffworkflow:properties></{prefix}extensionElements>"
    )
    added = drawn.replace(f"</{prefix}process>", bpmn.format(prefix, properties) + f"</{prefix}process>", 1)
    new = with_file("application.bpmn", added.encode())

    assert said(new) == ["环节“再核”新增，由“市级主管部门审核岗”办理"]
    assert said(sample(), old=new) == ["环节“再核”删除"]


def test_fields_that_come_go_and_become_compulsory_are_told():
    def add(form):
        form["components"].append({"type": "textfield", "id": "more", "key": "more", "label": "补充说明"})

    def loosen(form):
        first_field(form)["validate"]["required"] = False

    added = with_form(add)
    assert said(added) == ["表单“市级评审意见”新增字段“补充说明”（选填）"]
    assert said(sample(), old=added) == ["表单“市级评审意见”删除字段“补充说明”"]
    label = first_field(json.loads(sample()["forms/city_review.json"]))["label"]
    (told,) = said(with_form(loosen))
    assert told.startswith(f"表单“市级评审意见”的字段“{label}”由必填改为选填")


def test_files_that_come_and_go_are_told_by_what_they_are():
    assert said(without("examples/refusals.yaml"))[0].startswith("删除故事“应当拒绝")
    assert said(with_file("letters/thanks.docx", b"PK")) == ["新增文书“thanks”（letters/thanks.docx）"]


@pytest.mark.parametrize(
    ("path", "junk"),
    [("application.bpmn", b"<no"), ("criteria.dmn", b"\xff"), ("forms/city_review.json", b"{"),
     ("programme.yaml", b"a: [1"), ("programme.yaml", b"- 1"), ("clauses.yaml", b"\x00")],
)
def test_a_file_that_cannot_be_read_is_told_and_breaks_nothing(path, junk):
    told = differences.between(sample(), with_file(path, junk))

    assert told
    assert {one.file for one in told} == {path}
