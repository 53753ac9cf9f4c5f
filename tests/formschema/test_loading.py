"""What the validator takes, and how it refuses."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from app import clock
from app.errors import Invalid
from tests.formschema.sample import FORM, GOOD, form_of, good


def refusals(data: object, **how: Any) -> dict[str, list[str]]:
    """The messages by path, {} if the answers are taken."""
    try:
        FORM.load(data, **how)
    except Invalid as error:
        return error.fields
    return {}


def test_good_answers_come_out_in_their_own_types() -> None:
    assert FORM.load(GOOD) == {
        "name": "保定中心",
        "credit_code": "91110000600037341L",
        "founded_on": date(2020, 1, 1),
        "assets": Decimal("1500.5"),
        "staff_total": 2,
        "kind": "general",
        "functions": ["training"],
        "declared": True,
        "licence": ["f1"],
        "staff": [
            {"name": "张三", "degree": "bachelor", "major": "会计", "hours": Decimal("7.5"), "full_time": True},
            {"name": "李四", "degree": "none", "full_time": False},
        ],
    }


def test_what_was_taken_is_stored_as_json_and_taken_again_unchanged() -> None:
    answers = FORM.load(GOOD)
    stored = FORM.dump(answers)

    assert stored["assets"] == "1500.5"
    assert stored["founded_on"] == "2020-01-01"
    assert FORM.load(stored) == answers


def test_what_was_sent_is_not_changed() -> None:
    sent = deepcopy(GOOD)
    FORM.load(sent)

    assert sent == GOOD


@pytest.mark.parametrize("blank", [None, "", "   ", "\u3000", ...])
def test_an_empty_required_field_is_named(blank: object) -> None:
    assert refusals(good(name=blank)) == {"name": ["请填写“单位名称”。"]}


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("kind", "请选择“类型”。"),
        ("functions", "请选择“服务功能”。"),
        ("licence", "请上传“执照”。"),
        ("declared", "请勾选“真实性声明”。"),
        ("founded_on", "请填写“成立日期”。"),
        ("staff", "请填写“服务人员”。"),
    ],
)
def test_what_is_missing_is_asked_for_in_the_right_words(key: str, message: str) -> None:
    assert refusals(good(**{key: ...})) == {key: [message]}


def test_a_declaration_must_be_ticked() -> None:
    assert refusals(good(declared=False)) == {"declared": ["请勾选“真实性声明”。"]}


def test_a_cell_is_named_with_its_row() -> None:
    staff = [*GOOD["staff"], {"name": "王五", "degree": "bachelor"}]

    assert refusals(good(staff=staff)) == {"staff.2.major": ["第 3 行：请填写“专业”。"]}


def test_everything_wrong_is_told_at_once() -> None:
    staff = [{"name": "张", "degree": "PhD", "hours": "many"}, {"degree": "none", "extra": 1}]
    found = refusals(good(name="x" * 21, assets=-1, founded_on="yesterday", functions=[], staff=staff, role="admin"))

    assert set(found) == {
        *("name", "assets", "founded_on", "functions", "role"),
        *("staff.0.degree", "staff.0.hours", "staff.0.major", "staff.1.name", "staff.1.extra"),
    }
    assert all(message for messages in found.values() for message in messages)


@pytest.mark.parametrize(
    ("length", "taken"), [(1, False), (2, True), (20, True), (21, False)], ids=["under", "least", "most", "over"]
)
def test_the_length_of_a_text(length: int, taken: bool) -> None:
    assert (refusals(good(name="字" * length)) == {}) is taken


@pytest.mark.parametrize(("kind", "most"), [("textfield", 500), ("textarea", 5_000)])
def test_a_text_without_a_maximum_has_one(kind: str, most: int) -> None:
    form = form_of({"type": kind})

    assert form.load({"x": "字" * most})
    with pytest.raises(Invalid, match="填写"):
        form.load({"x": "字" * (most + 1)})


@pytest.mark.parametrize(
    "text",
    ["a\x00b", "a\x1bb", "a\x07", "\x85a", "a\u202eb", "a\u2066b", "\ud800", "a\ufffe", "a\nb", "a\tb"],
    ids=ascii,
)
def test_control_characters_are_refused_in_a_line(text: str) -> None:
    assert "name" in refusals(good(name=text))


def test_lines_of_a_longer_text_are_kept_and_written_alike() -> None:
    form = form_of({"type": "textarea"})

    assert form.load({"x": " 一\r\n二\r三\t四 "}) == {"x": "一\n二\n三\t四"}
    with pytest.raises(Invalid):
        form.load({"x": "一\x00二"})


@pytest.mark.parametrize("value", [5, True, ["x"], {"x": 1}, b"bytes", 1.5, object()])
def test_a_text_is_only_text(value: object) -> None:
    assert refusals(good(name=value)) == {"name": ["“单位名称”应当是文字。"]}


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ("150", Decimal(150)),
        ("150.25", Decimal("150.25")),
        (" 150 ", Decimal(150)),
        ("1,234,567.5", None),
        ("123,456.5", Decimal("123456.5")),
        ("１５０．５", Decimal("150.5")),
        (150, Decimal(150)),
        (0.1 + 0.2, Decimal("0.3")),
        (Decimal("0.10"), Decimal("0.10")),
        (0, Decimal(0)),
        ("+5", Decimal(5)),
        (1000000, Decimal(1000000)),
        (1000001, None),
        ("-0.01", None),
        ("0.123", None),
        (float("nan"), None),
        (float("inf"), None),
        (Decimal("NaN"), None),
        (Decimal("sNaN"), None),
        (Decimal("Infinity"), None),
        (Decimal("1e400"), None),
        (Decimal("1e-400"), None),
        (10**400, None),
        ("1e5", None),
        ("1e400", None),
        ("NaN", None),
        ("Infinity", None),
        ("0x10", None),
        ("1_000", None),
        ("12,34", None),
        ("8²", None),
        ("①", None),
        ("一百", None),
        ("1 000", None),
        ("1.", None),
        (".5", None),
        ("--1", None),
        (True, None),
        (False, None),
        ([1], None),
        ("9" * 10_000, None),
    ],
)
def test_a_number(sent: object, taken: Decimal | None) -> None:
    found = refusals(good(assets=sent))

    assert (found == {}) is (taken is not None)
    assert taken is None or FORM.load(good(assets=sent))["assets"] == taken
    assert taken is not None or "资产总额" in found["assets"][0]


@pytest.mark.parametrize(
    ("sent", "taken"), [("12", 12), (12.0, 12), (Decimal("12.0"), 12), ("12.5", None), (1.5, None)]
)
def test_a_whole_number(sent: object, taken: int | None) -> None:
    if taken is None:
        assert refusals(good(staff_total=sent)) == {"staff_total": ["“人员总数”应当是整数。"]}
    else:
        assert type(FORM.load(good(staff_total=sent))["staff_total"]) is int


@pytest.mark.parametrize(
    ("sent", "taken"), [(10**15, True), (10**15 + 1, False), (-(10**15), True), (-(10**15) - 1, False)]
)
def test_a_number_without_limits_has_a_bound(sent: int, taken: bool) -> None:
    form = form_of({"type": "number", "decimalDigits": 0})
    if taken:
        assert form.load({"x": sent}) == {"x": sent}
    else:
        with pytest.raises(Invalid):
            form.load({"x": sent})


@pytest.mark.parametrize(
    "sent",
    [
        *(
            "2026-02-30",
            "2026-2-3",
            "20260101",
            "2026-W05",
            "2026-W05-1",
            "2026-060",
            "令和8年1月1日",
            "二〇二六年一月一日",
        ),
        *(
            "2026/01/01",
            "2026-01-01T00:00",
            "01-02-2026",
            "２０２６-01-01",
            "2026-01-01\x00",
            "1899-12-31",
            "2101-01-01",
        ),
        *(20200101, 1.5, True, datetime(2020, 1, 1), ["2020-01-01"], {"year": 2020}, "0000-00-00", "-2026-01-01"),
    ],
)
def test_a_date_is_written_one_way(sent: object) -> None:
    assert "founded_on" in refusals(good(founded_on=sent))


@pytest.mark.parametrize("sent", ["1900-01-01", "2020-02-29", date(2020, 2, 29)])
def test_a_date_that_exists_is_taken(sent: object) -> None:
    assert refusals(good(founded_on=sent)) == {}


@pytest.mark.parametrize(("day", "taken"), [("2026-03-14", True), ("2026-03-15", True), ("2026-03-16", False)])
def test_a_date_may_be_bound_by_today_in_beijing(day: str, taken: bool) -> None:
    with clock.held_at(datetime.fromisoformat("2026-03-14T16:30:00+00:00")):  # 00:30 of the 15th in Beijing
        found = refusals(good(founded_on=day))

    assert (found == {}) is taken
    assert taken or "不能晚于今天（2026-03-15）" in found["founded_on"][0]


@pytest.mark.parametrize(("day", "taken"), [("2019-12-31", False), ("2020-01-01", True), ("2020-01-02", True)])
def test_a_date_may_be_bound_by_another(day: str, taken: bool) -> None:
    found = refusals(good(operating_since=day))

    assert (found == {}) is taken
    assert taken or found["operating_since"] == ["“运营日期”不能早于“成立日期”（2020-01-01）。"]


def test_a_date_in_a_row_may_be_bound_by_its_neighbour_and_by_a_day() -> None:
    begins = {"type": "datetime", "key": "begins", "label": "开始", "properties": {"not_before": "2020-01-01"}}
    ends = {"type": "datetime", "key": "ends", "label": "结束", "properties": {"not_before": "begins"}}
    form = form_of({"type": "dynamiclist", "key": "x", "label": "活动", "components": [begins, ends]})

    assert form.load({"x": [{"begins": "2020-01-01", "ends": "2020-01-01"}]})
    with pytest.raises(Invalid) as caught:
        form.load({"x": [{"begins": "2020-02-02", "ends": "2020-02-01"}, {"begins": "2019-12-31"}]})

    assert set(caught.value.fields) == {"x.0.ends", "x.1.begins"}


@pytest.mark.parametrize(
    "sent", ["other", "综合", "General", 1, True, None, ["general"], {"value": "general"}, "x" * 300]
)
def test_only_an_offered_choice_is_taken(sent: object) -> None:
    assert "kind" in refusals(good(kind=sent))


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        (["training"], ["training"]),
        ("training", ["training"]),
        (["training", "information"], ["information", "training"]),
        (["training", "training"], ["training"]),
        ([], None),
        (["training", "information", "other"], None),
        (["nothing"], None),
        ([1], None),
        ([["training"]], None),
        ({"training": True}, None),
        (True, None),
    ],
)
def test_at_most_two_choices(sent: object, taken: list[str] | None) -> None:
    found = refusals(good(functions=sent))

    if taken is None:
        assert found["functions"]
    else:
        assert FORM.load(good(functions=sent))["functions"] == taken


@pytest.mark.parametrize("sent", ["yes", "on", "true", 1, 0, "", [], None, "是"])
def test_a_tick_is_true_or_false(sent: object) -> None:
    assert "declared" in refusals(good(declared=sent))


def test_files_are_those_uploaded_to_this_case() -> None:
    assert refusals(good(), files={"f1", "f2"}) == {}
    assert refusals(good(), files=set()) == {"licence": ["“执照”里有的文件不在本办件中，请重新上传。"]}


@pytest.mark.parametrize(
    "sent", [["f1", "f2"], ["../../etc/passwd"], ["f 1"], [1], [["f1"]], {"id": "f1"}, 5, ["x" * 101]]
)
def test_a_file_is_named_by_its_id_and_there_is_one(sent: object) -> None:
    assert "licence" in refusals(good(licence=sent))


@pytest.mark.parametrize(("count", "taken"), [(1, False), (2, True), (5, True), (6, False)])
def test_the_number_of_rows(count: int, taken: bool) -> None:
    staff = [{"name": f"第{number}人", "degree": "none"} for number in range(count)]

    assert (refusals(good(staff=staff)) == {}) is taken


def test_a_table_without_a_maximum_has_500_rows() -> None:
    column = {"type": "textfield", "key": "y", "label": "列"}
    form = form_of({"type": "dynamiclist", "components": [column]})

    assert len(form.load({"x": [{"y": "a"}] * 500})["x"]) == 500
    with pytest.raises(Invalid, match="填写") as caught:
        form.load({"x": [{"y": "a"}] * 501})

    assert caught.value.fields == {"x": ["“名称”最多 500 行，现有 501 行。"]}


@pytest.mark.parametrize("sent", ["x", 5, True, {"0": {}}, [1], ["x"], [None], [[]], [{1: 2}]])
def test_a_table_is_a_list_of_rows(sent: object) -> None:
    assert "staff" in refusals(good(staff=sent))


def test_nobody_is_listed_twice() -> None:
    staff = [
        {"name": "张三", "degree": "none"},
        {"name": "李四", "degree": "none"},
        {"name": " 张 三", "degree": "none"},
    ]

    assert refusals(good(staff=staff)) == {"staff.2.name": ["第 3 行：与第 1 行的“姓名”相同，请删去重复的一行。"]}


@pytest.mark.parametrize(
    "key",
    [
        *(
            "role",
            "region",
            "status",
            "reviewer_id",
            "__builtins__",
            "__class__",
            "constructor",
            "__proto__",
            "typename",
        ),
        *(
            "csrf_token",
            "outcome",
            "load",
            "fields",
            "context",
            "staff.0.name",
            "name ",
            "Name",
            "²",
            "a.²",
            "x" * 10_000,
            "",
        ),
    ],
)
def test_a_name_that_is_not_the_forms_is_refused(key: str) -> None:
    found = refusals(good(**{key: "1"}))

    assert len(found) == 1
    assert "表单里没有这一项" in next(iter(found.values()))[0]
    assert len(next(iter(found))) <= 64


@pytest.mark.parametrize("data", [None, [], "name=x", 5, [("name", "x")], {1: "x"}, {None: "x"}])
def test_what_is_no_answers_at_all_is_refused(data: object) -> None:
    assert refusals(data)[""]


def test_100_000_names_are_refused() -> None:
    assert refusals({f"x{number}": "1" for number in range(100_000)})[""]


def test_100_000_rows_and_deep_nesting_are_refused() -> None:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]

    assert "staff" in refusals(good(staff=[{}] * 100_000))
    assert "name" in refusals(good(name=deep))
    assert "name" in refusals(good(name="x" * 1_000_000))


def test_a_hidden_field_has_no_answer_whatever_was_sent() -> None:
    sent = good(speciality="不应保存", other_function="也不应")

    assert "speciality" not in FORM.load(sent)
    assert "other_function" not in FORM.load(sent)
    assert "speciality" not in FORM.load(sent, partial=True)


def test_a_hidden_field_may_even_hold_nonsense() -> None:
    assert refusals(good(speciality=["x"], other_function=5)) == {}


def test_a_field_shown_by_a_condition_is_required() -> None:
    assert refusals(good(kind="special")) == {"speciality": ["请填写“专业说明”。"]}
    assert refusals(good(functions=["other"])) == {"other_function": ["请填写“其他功能”。"]}
    assert refusals(good(kind="special", speciality="会计")) == {}


def test_a_column_is_hidden_row_by_row() -> None:
    staff = [{"name": "甲", "degree": "bachelor", "major": "法学"}, {"name": "乙", "degree": "none", "major": "法学"}]

    assert [row.get("major") for row in FORM.load(good(staff=staff))["staff"]] == ["法学", None]
    assert FORM.hidden(good(staff=staff)) == {"speciality", "other_function", "staff.1.major"}


def test_what_hangs_on_a_hidden_field_is_decided_as_if_that_had_no_answer() -> None:
    a = {"type": "select", "key": "a", "values": [{"value": "x"}, {"value": "y"}]}
    b = {"type": "select", "key": "b", "values": [{"value": "x"}], "conditional": {"hide": 'a = "y"'}}
    c = {"type": "textfield", "key": "c", "conditional": {"hide": 'b != "x"'}}
    form = form_of(c, b, a)

    assert form.load({"a": "x", "b": "x", "c": "1"}) == {"a": "x", "b": "x", "c": "1"}
    assert form.load({"a": "y", "b": "x", "c": "1"}) == {"a": "y"}


def test_a_hidden_group_hides_what_is_in_it() -> None:
    inside = {"type": "textfield", "key": "y", "label": "内", "validate": {"required": True}}
    group = {"type": "group", "components": [inside], "conditional": {"hide": "=x = false"}}
    form = form_of({"type": "checkbox"}, group)

    assert form.load({"x": False}) == {"x": False}
    assert form.load({}) == {}
    with pytest.raises(Invalid):
        form.load({"x": True})


def test_choices_from_elsewhere_are_those_handed_over() -> None:
    form = form_of({"type": "select", "properties": {"options_from": "recommenders"}})

    assert form.load({"x": "u1"}, choices={"recommenders": {"u1", "u2"}}) == {"x": "u1"}
    for choices in ({"recommenders": {"u2"}}, {}, None):
        with pytest.raises(Invalid):
            form.load({"x": "u1"}, choices=choices)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ...},
        {"name": "一"},
        {"name": "字" * 400},
        {"credit_code": "9111"},
        {"assets": -5},
        {"assets": "0.12345"},
        {"staff": []},
        {"staff": [{}]},
        {"staff": [{"name": "张三"}] * 7},
        {"functions": ["information", "training", "other"]},
        {"declared": False},
        {"founded_on": "2099-01-01"},
        {"kind": "special"},
    ],
    ids=str,
)
def test_a_draft_takes_anything_incomplete(changes: Mapping[str, object]) -> None:
    assert refusals(good(**changes))
    assert refusals(good(**changes), partial=True) == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"name": 5},
        {"name": "a\x00"},
        {"name": "字" * 501},
        {"assets": "many"},
        {"assets": float("nan")},
        {"founded_on": "soon"},
        {"kind": "other"},
        {"declared": "yes"},
        {"licence": ["../x"]},
        {"staff": "x"},
        {"staff": [{"name": "张三"}] * 501},
        {"staff": [{"role": "admin"}]},
        {"role": "admin"},
    ],
    ids=str,
)
def test_a_draft_does_not_take_what_is_of_another_type(changes: Mapping[str, object]) -> None:
    assert refusals(good(**changes), partial=True)


def test_a_draft_keeps_what_was_typed() -> None:
    assert FORM.load({"name": "一", "credit_code": "9111", "staff": [{"name": "张"}]}, partial=True) == {
        "name": "一",
        "credit_code": "9111",
        "staff": [{"name": "张"}],
    }


def test_an_empty_draft_is_a_draft() -> None:
    assert FORM.load({}, partial=True) == {}


def test_a_draft_of_files_is_held_against_the_case_as_well() -> None:
    assert "licence" in refusals({"licence": ["f9"]}, partial=True, files={"f1"})
