"""What a page posts and what it puts into its inputs."""

import pytest
from werkzeug.datastructures import MultiDict

from app.errors import Invalid
from tests.formschema.sample import FORM, GOOD, USCC, form_of
from tests.rules.timing import at_most

POSTED = [
    *(("csrf_token", "x"), ("outcome", "submit"), ("_do", "complete")),
    *(
        ("name", " 保定中心 "),
        ("credit_code", USCC),
        ("founded_on", "2020-01-01"),
        ("assets", "1,500.5"),
        ("staff_total", "2"),
    ),
    *(("operating_since", ""), ("kind", "general"), ("speciality", ""), ("functions", "training"), ("declared", "on")),
    *(("licence", ""), ("licence", "f1"), ("opinion", "")),
    *(("staff-0-name", "张三"), ("staff-0-degree", "bachelor"), ("staff-0-major", "会计"), ("staff-0-full_time", "on")),
    *(("staff-0-hours", "7.5"), ("staff-1-name", "李四"), ("staff-1-degree", "none"), ("staff-1-major", "")),
]


def posted(*more: tuple[str, str]) -> MultiDict[str, str]:
    return MultiDict([*POSTED, *more])


def test_a_posted_page_becomes_the_same_answers_as_json() -> None:
    assert FORM.load(FORM.from_html(posted())) == FORM.load(GOOD)


def test_a_plain_mapping_will_do() -> None:
    mapping = {name: [value for other, value in POSTED if other == name] for name, _ in POSTED}

    assert FORM.from_html(mapping) == FORM.from_html(posted())


@pytest.mark.parametrize("said", ["on", "true", "1", "yes", "ON"])
def test_a_ticked_box(said: str) -> None:
    assert FORM.from_html({"declared": said})["declared"] is True


@pytest.mark.parametrize("data", [{}, {"declared": "off"}, {"declared": ""}, {"declared": "false"}, {"declared": "0"}])
def test_a_box_that_is_not_ticked(data: dict[str, str]) -> None:
    assert FORM.from_html(data)["declared"] is False


def test_a_box_with_another_value_is_refused() -> None:
    with pytest.raises(Invalid):
        FORM.load(
            FORM.from_html(MultiDict([*[pair for pair in POSTED if pair[0] != "declared"], ("declared", "maybe")]))
        )


def test_a_name_posted_twice_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        FORM.load(FORM.from_html(posted(("name", "另一个"))))

    assert set(caught.value.fields) == {"name"}


def test_gaps_between_row_numbers_vanish_and_the_order_stays() -> None:
    rows = [("staff-99999999-name", "三"), ("staff-7-name", "二"), ("staff-0-name", "一")]

    assert [row["name"] for row in FORM.from_html(MultiDict(rows))["staff"]] == ["一", "二", "三"]


def test_a_blank_row_counts_for_nothing_and_the_others_keep_their_places() -> None:
    blank = [("staff-2-name", " "), ("staff-2-degree", ""), ("staff-3-name", "王五"), ("staff-3-degree", "PhD")]
    answers = FORM.from_html(posted(*blank))

    with pytest.raises(Invalid) as caught:
        FORM.load(answers)

    assert caught.value.fields == {
        "staff.3.degree": ["第 4 行：请在“学历”的选项里选择。"],
        "staff.3.major": ["第 4 行：请填写“专业”。"],
    }
    assert FORM.to_html_values(answers)["staff-3-name"] == "王五"
    assert len(FORM.load(FORM.from_html(posted(*blank[:2])))["staff"]) == 2


def test_blank_rows_may_be_left_out_at_once() -> None:
    assert len(FORM.from_html(posted(("staff-2-name", "")), blank_rows=False)["staff"]) == 2
    assert len(FORM.from_html(posted(("staff-2-name", "")))["staff"]) == 3


@pytest.mark.parametrize(
    "name",
    [
        *(
            "role",
            "staff",
            "staff-0",
            "staff-x-name",
            "staff--1-name",
            "staff-0-role",
            "staff-0-name-x",
            "staff.0.name",
        ),
        *("staff-9999999999-name", "nobody-0-name", "name-0", "staff-٣-name", "-", "--", "staff[0][name]", "FORM"),
    ],
)
def test_a_name_that_is_not_the_forms_is_refused_by_load(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        FORM.load(FORM.from_html(posted((name, "1"))))

    assert list(caught.value.fields) == [name]


@pytest.mark.parametrize("name", ["csrf_token", "outcome", "version", "action", "_anything", "__proto__", "_add"])
def test_the_pages_own_names_are_left_out(name: str) -> None:
    assert FORM.load(FORM.from_html(posted((name, "1"))))


def test_100_000_fields_are_looked_at_quickly_and_refused() -> None:
    unknown = {f"x{number}": "1" for number in range(100_000)}
    rows = {f"staff-{number}-name": "甲" for number in range(100_000)}

    for data in (unknown, rows):
        with at_most(2), pytest.raises(Invalid):
            FORM.load(FORM.from_html(data))


def test_inputs_are_filled_from_clean_answers() -> None:
    values = FORM.to_html_values(FORM.load(GOOD))

    assert (values["name"], values["founded_on"], values["assets"]) == ("保定中心", "2020-01-01", "1500.5")
    assert (values["operating_since"], values["opinion"]) == ("", "")
    assert (values["functions"], values["licence"], values["declared"]) == (["training"], ["f1"], True)
    assert (values["staff"], values["staff-1-name"], values["staff-1-full_time"]) == (2, "李四", False)


def test_inputs_are_filled_from_answers_that_were_refused() -> None:
    values = FORM.to_html_values(FORM.from_html(posted(("name", "二"), ("staff-0-hours", "x"))))

    assert values["name"] == " 保定中心 "
    assert values["assets"] == "1,500.5"
    assert values["staff"] == 2


@pytest.mark.parametrize(
    "answers", [{}, {"staff": "x", "name": 5, "functions": "a"}, {"staff": [1, None]}, {"licence": None}]
)
def test_inputs_are_filled_from_anything(answers: dict[str, object]) -> None:
    assert set(FORM.to_html_values(answers)) >= {"name", "staff", "declared"}


def test_what_a_page_shows_and_posts_again_is_the_same() -> None:
    values = FORM.to_html_values(FORM.load(GOOD))
    again = {name: value for name, value in values.items() if name != "staff" and value is not False}

    assert FORM.load(FORM.from_html(again)) == FORM.load(GOOD)


def test_a_fresh_page_starts_with_the_defaults() -> None:
    text = {"type": "textfield", "key": "a", "defaultValue": "保定"}
    tick = {"type": "checkbox", "key": "b", "defaultValue": True}

    assert form_of(text, tick, {"type": "textfield", "key": "c"}).defaults() == {"a": "保定", "b": True}
