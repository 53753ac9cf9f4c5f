"""A form as others see it: its tree, its sheets, who may see what, and how fast it is."""

import json
import random
import time

import pytest

from app.errors import Invalid
from app.formschema import check_form, read_form
from tests.formschema.sample import FORM, GOOD, SAMPLE, form_of, source_of
from tests.rules.timing import no_collection


def test_a_form_is_read_from_bytes_text_or_an_object() -> None:
    said = json.dumps(SAMPLE, ensure_ascii=False)

    assert read_form(SAMPLE) == read_form(said) == read_form(said.encode())
    assert check_form(said.encode()) == []


def test_a_page_draws_the_tree() -> None:
    group = FORM.fields[0]

    assert (group.kind, group.label, [field.key for field in group.fields][:2]) == (
        "group",
        "一、单位",
        ["name", "credit_code"],
    )
    assert [field.kind for field in FORM.fields] == [
        *("group", "radio", "textarea", "checklist", "textfield", "checkbox", "filepicker", "textfield", "dynamiclist")
    ]


def test_a_field_tells_what_a_page_needs() -> None:
    assets, kind, licence = (FORM.field(path) for path in ("assets", "kind", "licence"))

    assert assets
    assert (assets.label, assets.unit, assets.required, assets.decimals) == ("资产总额", "万元", True, 2)
    assert kind
    assert [(option.value, option.label) for option in kind.options] == [("general", "综合"), ("special", "专业")]
    assert kind.label_of("general") == "综合"
    assert kind.label_of("gone") == "gone"
    assert licence
    assert (licence.accept, licence.multiple, licence.most) == ((".pdf", ".jpg"), False, 1)


@pytest.mark.parametrize("path", ["staff.degree", "staff.2.degree"])
def test_a_column_is_found_by_path(path: str) -> None:
    column = FORM.field(path)

    assert column
    assert column.label == "学历"


@pytest.mark.parametrize("path", ["nobody", "staff.nobody", "name.x", ""])
def test_what_is_not_there_is_not_found(path: str) -> None:
    assert FORM.field(path) is None


def test_tables_are_described_as_flat_sheets() -> None:
    (sheet,) = FORM.tables()

    assert (sheet.key, sheet.label, sheet.least_rows, sheet.most_rows) == ("staff", "服务人员", 2, 5)
    assert [column.heading for column in sheet.columns] == ["姓名", "学历（毕业证书）", "专业", "工时", "专职", "电话"]
    assert [column.printed for column in sheet.columns] == [True, False, True, True, True, True]
    assert [column.required for column in sheet.columns[:3]] == [True, True, True]


def test_answers_are_shown_to_those_who_may_see_them() -> None:
    answers = FORM.load(GOOD | {"opinion": "同意", "staff": [{**row, "phone": "138"} for row in GOOD["staff"]]})

    assert "opinion" not in FORM.shown(answers, to={"applicant"})
    assert "opinion" in FORM.shown(answers, to={"applicant", "city"})
    assert all("phone" not in row for row in FORM.shown(answers, to={"city"})["staff"])
    assert all("phone" in row for row in FORM.shown(answers, to={"county"})["staff"])
    assert answers["staff"][0]["phone"] == "138"


def test_a_form_of_twenty_fields_loads_in_under_a_millisecond() -> None:
    fields = [{"type": "textfield", "key": f"t{place}", "validate": {"required": True}} for place in range(10)]
    fields += [{"type": "number", "key": f"n{place}", "validate": {"min": 0}} for place in range(5)]
    fields += [{"type": "datetime", "key": f"d{place}"} for place in range(3)]
    fields += [{"type": "select", "key": f"s{place}", "values": [{"value": "a"}, {"value": "b"}]} for place in range(2)]
    form = form_of(*fields)
    answers = {field.key: {"t": "文字", "n": "12.5", "d": "2026-03-15", "s": "a"}[field.key[0]] for field in form.asked}
    form.load(answers)

    with no_collection():
        began = time.thread_time()
        for _ in range(200):
            form.load(answers)
        taken = (time.thread_time() - began) / 200

    print(f"load of 20 fields: {taken * 1000:.3f} ms")
    assert taken < 0.001


def test_a_table_of_500_rows_loads_in_under_half_a_second() -> None:
    columns = [{"type": "textfield", "key": f"c{place}", "label": "列"} for place in range(8)]
    form = form_of({"type": "dynamiclist", "components": columns})
    answers = {"x": [{f"c{place}": "文字" for place in range(8)} for _ in range(500)]}

    with no_collection():
        began = time.thread_time()
        form.load(answers)
        taken = time.thread_time() - began

    print(f"load of 500 rows: {taken * 1000:.1f} ms")
    assert taken < 0.5


GROUP = {"type": "group", "components": []}
SELECT = {"type": "select", "key": "kind", "label": "类型", "values": [{"value": "a"}, {"value": "b"}]}
TABLE = {
    "type": "dynamiclist",
    "key": "rows",
    "label": "表",
    "components": [
        {"type": "textfield", "key": "name", "label": "名称"},
        {"type": "number", "key": "number", "label": "数"},
        {"type": "select", "key": "degree", "label": "学历", "values": [{"value": "a"}]},
    ],
}


def text(**attributes: object) -> dict[str, object]:
    return {"type": "textfield", **attributes}


@pytest.mark.parametrize(
    ("components", "path", "said"),
    [
        ([text(), text()], "x", "用了 2 次"),
        ([text(), {**GROUP, "components": [text(label="内", key="x")]}], "x", "用了 2 次"),
        ([{**TABLE, "components": [TABLE["components"][0]] * 2}], "rows.name", "用了 2 次"),
        ([text(key="")], "", "没有键名"),
        ([text(key="1x")], "1x", "不合要求"),
        ([text(key="a-b")], "a-b", "不合要求"),
        ([text(key="a.b")], "a.b", "不合要求"),
        ([text(key="a__b")], "a__b", "不合要求"),
        ([text(key="_x")], "_x", "不合要求"),
        ([text(key="__class__")], "__class__", "不合要求"),
        ([text(key="ｘ")], "ｘ", "不合要求"),
        ([text(key="x" * 65)], "x" * 65, "不合要求"),
        ([text(key=["x"])], "", "没有键名"),
        ([text(key="typename")], "typename", "保留"),
        ([text(key="outcome")], "outcome", "保留"),
        ([text(key="csrf_token")], "csrf_token", "保留"),
        ([text(key="constructor")], "constructor", "保留"),
        ([text(key="and")], "and", "保留"),
        ([text(label="")], "x", "没有名称"),
        ([{"type": "button"}], "x", "提交按钮"),
        ([{"type": "iframe"}], "x", "不受支持"),
        ([{"type": "expression"}], "x", "figures"),
        ([{"type": None}], "x", "不受支持"),
        ([{"type": ["textfield"]}], "x", "不受支持"),
        ([text(colour="red")], "x", "colour"),
        ([text(validate={"mask": 1})], "x", "validate.mask"),
        ([text(properties={"secret": 1})], "x", "properties.secret"),
        ([text(conditional={"show": "x"})], "x", "conditional.show"),
        ([text(validate="required")], "x", "对象"),
        ([text(validate={"required": "yes"})], "x", "true 或 false"),
        ([text(validate={"minLength": 5, "maxLength": 4})], "x", "大于最长字数"),
        ([text(validate={"minLength": -1})], "x", "不小于零"),
        ([text(validate={"maxLength": 501})], "x", "500"),
        ([text(validate={"maxLength": 0})], "x", "之间"),
        ([text(validate={"pattern": "(a+)+"})], "x", "极慢"),
        ([text(validate={"pattern": "("})], "x", "正则表达式"),
        ([text(properties={"check": "passport"})], "x", "passport"),
        ([{"type": "textarea", "properties": {"check": "uscc"}}], "x", "单行文本"),
        ([{"type": "textarea", "validate": {"pattern": "a"}}], "x", "validate.pattern"),
        ([{"type": "textarea", "validate": {"minLength": 6000}}], "x", "maxLength"),
        ([{"type": "number", "validate": {"min": 5, "max": 4}}], "x", "大于最大值"),
        ([{"type": "number", "validate": {"min": "few"}}], "x", "数字"),
        ([{"type": "number", "decimalDigits": 7}], "x", "最多 6 位"),
        ([{"type": "number", "decimalDigits": 1.5}], "x", "整数"),
        ([{"type": "number", "properties": {"engine": True}}], "x", "decimalDigits"),
        ([{"type": "datetime", "subtype": "time"}], "x", "只支持日期"),
        ([{"type": "datetime", "properties": {"engine": True}}], "x", "放错"),
        ([{"type": "datetime", "properties": {"not_before": "soon"}}], "x", "读不懂"),
        ([{"type": "datetime", "properties": {"not_after": "2026-02-30"}}], "x", "读不懂"),
        ([{"type": "datetime", "disallowPassedDates": True}], "x", "disallowPassedDates"),
        ([{"type": "select"}], "x", "没有选项"),
        ([{"type": "select", "values": [{"value": "a"}, {"value": "a"}]}], "x", "两个选项的值"),
        ([{"type": "select", "values": [{"value": ""}]}], "x", "每个选项"),
        ([{"type": "select", "values": ["a"]}], "x", "每个选项"),
        ([{"type": "select", "values": "a"}], "x", "列表"),
        ([{"type": "select", "valuesExpression": "=x"}], "x", "valuesExpression"),
        ([{"type": "checklist", "values": [{"value": "a"}], "validate": {"min": 2}}], "x", "只有 1 个选项"),
        ([{"type": "checklist", "values": [{"value": "a"}], "validate": {"min": 0.5}}], "x", "整数"),
        ([{"type": "filepicker", "accept": "pdf"}], "x", "扩展名"),
        ([{"type": "filepicker", "validate": {"min": 2}}], "x", "multiple"),
        ([{"type": "filepicker", "multiple": True, "validate": {"max": 21}}], "x", "最多 20"),
        ([{**TABLE, "validate": {"max": 501}}], "rows", "最多 500"),
        ([{**TABLE, "components": []}], "rows", "没有列"),
        ([{**TABLE, "components": [TABLE]}], "rows.rows", "不能再放"),
        ([{**TABLE, "components": [{**GROUP, "label": "组"}]}], "rows", "不能再放"),
        ([{**TABLE, "properties": {"unique": "nobody"}}], "rows", "nobody"),
        (
            [{**TABLE, "components": [{"type": "number", "key": "n", "label": "数", "properties": {"figure": "f"}}]}],
            "rows.n",
            "figures",
        ),
        ([{**GROUP, "path": "group"}], "x", "path"),
        ([text(conditional={"hide": 'nobody = "a"'})], "x", "nobody"),
        ([SELECT, text(conditional={"hide": 'kind = "c"'})], "x", "不是“类型”的选项"),
        ([SELECT, text(conditional={"hide": "kind = true"})], "x", "不符"),
        ([SELECT, text(conditional={"hide": 'kind > "a"'})], "x", "读不懂"),
        ([SELECT, text(conditional={"hide": 'kind = "a" and kind = "b"'})], "x", "读不懂"),
        ([SELECT, text(conditional={"hide": "kind = a"})], "x", "读不懂"),
        ([text(conditional={"hide": 'x = "a"'})], "x", "成环"),
        (
            [text(conditional={"hide": 'y = "a"'}), text(key="y", conditional={"hide": 'x = "a"'})],
            "y",
            "成环",
        ),
        ([{"type": "number", "key": "n"}, text(conditional={"hide": 'n = "1"'})], "x", "不能看"),
        ([text(defaultValue="a\x00")], "x", "默认值"),
        ([text(defaultValue={"a": 1})], "x", "默认值"),
        ([{**SELECT, "defaultValue": "c"}], "kind", "默认值"),
        ([text(properties={"engine": "maybe"})], "x", "true 或 false"),
        ([text(properties={"figure": "f"})], "x", "只有数字"),
        ([text(properties={"options_from": "units"})], "x", "选项"),
        ([{"type": "number", "properties": {"figure": "y"}}, text(key="y")], "x", "同名"),
        ([5], "", "对象"),
    ],
)
def test_a_designer_is_told_what_is_wrong(components: list, path: str, said: str) -> None:
    source = source_of(*components) if components != [5] else {"components": [5]}
    problems = check_form(source)

    assert [problem for problem in problems if problem.path == path and said in problem.message + problem.remedy], (
        problems
    )
    with pytest.raises(Invalid) as caught:
        read_form(source)
    assert path in caught.value.fields


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ({"kind": "median"}, "median"),
        ({"table": "nobody"}, "table"),
        ({"table": "kind"}, "table"),
        ({"name": "1x"}, "名称"),
        ({"name": "kind"}, "同名"),
        ({"kind": "sum"}, "field"),
        ({"kind": "sum", "field": "name"}, "不是数字"),
        ({"kind": "sum", "field": "nobody"}, "nobody"),
        ({"kind": "growth", "field": "number"}, "by"),
        ({"kind": "count", "by": "number"}, "不用 by"),
        ({"kind": "count", "of": {"degree": "a"}}, "不用 of"),
        ({"kind": "average", "field": "number", "per": "name"}, "不是数字"),
        ({"where": {"nobody": 1}}, "nobody"),
        ({"where": {"degree": "b"}}, "不是“学历”的选项"),
        ({"where": {"degree": ["a", "b"]}}, "选项"),
        ({"where": {"degree": {"not": "b"}}}, "选项"),
        ({"where": {"number": "5"}}, "数字"),
        ({"where": {"number": {"least": 5}}}, "读不懂"),
        ({"where": {"number": {"min": {"given": 5}}}}, "读不懂"),
        ({"where": {}}, "对象"),
        ({"where": "degree = a"}, "对象"),
        ({"where": [[]]}, "对象"),
        ({"compare": "kind"}, "数字字段"),
        ({"formula": "1 + 1"}, "formula"),
    ],
)
def test_a_figure_that_cannot_be_worked_out_is_told(definition: dict, said: str) -> None:
    figure = {"name": "f", "kind": "count", "table": "rows", **definition}
    problems = check_form(source_of(TABLE, SELECT, figures=[figure]))

    assert [problem for problem in problems if problem.path.startswith("figures") and said in problem.message], problems


def test_two_figures_of_one_name_are_told() -> None:
    figure = {"name": "f", "kind": "count", "table": "rows"}

    assert "同名" in check_form(source_of(TABLE, figures=[figure, figure]))[0].message


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"{", b"[]", b"5", b"null", b'"x"', b"\xff\xfe", b'{"components": NaN}', b'{"components": Infinity}'),
        *(b"{}", b'{"components": {}}', b'{"components": "x"}', b'{"type": "board", "components": []}', None, 5, [1]),
        *(b"[" * 100_000, b'{"a":' * 100_000, b" " * (512 * 1024 + 1), b'{"id": "a", "id": "b", "components": []}'),
        *(b'{"components": [], "figures": {}}', b'{"components": [], "figures": [5]}', {1: 2}, {"components": [[]]}),
        *(b'{"components": [], "script": "x"}', {"components": [{"type": "group", "components": [None]}]}),
    ],
    ids=lambda data: repr(data)[:30],
)
def test_a_malformed_file_gives_problems_and_never_a_trace(data: object) -> None:
    assert check_form(data)
    with pytest.raises(Invalid):
        read_form(data)


def test_groups_are_not_endless() -> None:
    nested = text(label="名称", key="x")
    for _ in range(50):
        nested = {"type": "group", "components": [nested]}

    assert any("分组套得太深" in problem.message for problem in check_form({"components": [nested]}))


def test_300_fields_are_read_and_301_are_not() -> None:
    fields = [text(key=f"x{place}") for place in range(301)]

    assert check_form(source_of(*fields[:300])) == []
    assert any("300" in problem.message for problem in check_form(source_of(*fields)))


def test_every_value_in_a_good_form_may_be_replaced_by_nonsense_without_a_trace() -> None:
    nonsense = [None, True, -1, 1.5, "", "x", [], {}, [None], {"x": {}}, "\x00", 10**30]
    chance = random.Random(3)
    copied = json.dumps(SAMPLE)

    for path in _paths(SAMPLE):
        for value in chance.sample(nonsense, 3):
            changed = json.loads(copied)
            target = changed
            for step in path[:-1]:
                target = target[step]
            target[path[-1]] = value
            check_form(changed)


def _paths(value: object, before: tuple = ()) -> list[tuple]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for step, inner in steps for path in [(*before, step), *_paths(inner, (*before, step))]]
