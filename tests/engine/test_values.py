"""What may enter the engine, and that nothing else does."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app import engine

GOOD = {
    "accepted": True, "count": 2**53 - 1, "low": -(2**53 - 1), "points": Decimal("0.10"), "day": date(2026, 3, 15),
    "note": "长" * 500, "nothing": None, "得分": 1, "unit_name": "某公司", "key_x": "__class__",
}


def test_scalars_come_back_from_a_document_as_they_went_in(run):
    case = run("application", **{**GOOD, "has_county": True})

    values = case.state().values

    assert values == {**GOOD, "has_county": True}
    assert {name: type(value) for name, value in values.items()} == {
        name: type(value) for name, value in {**GOOD, "has_county": True}.items()}
    assert str(values["points"]) == "0.10"


def test_an_equal_value_of_another_kind_is_not_lost(run):
    case = run("application", has_county=True, mark=1, share=Decimal("1.5"))

    case.complete("fill", mark=True, share=Decimal("1.50"))

    assert case.state().values["mark"] is True
    assert str(case.state().values["share"]) == "1.50"


@pytest.mark.parametrize("value", [
    1.5, float("nan"), float("inf"), [1], ("a",), {"a": 1}, {"typename": "UUID"}, {1}, b"x", "长" * 501, 2**53,
    -(2**53),
    Decimal("NaN"), Decimal("Infinity"), Decimal("1e99999999"), Decimal("0." + "1" * 31),
    datetime(2026, 3, 15, tzinfo=UTC), object(), print, "\ud800",
])
def test_anything_but_a_short_scalar_is_refused(run, value):
    step = run("application", has_county=True).step()
    (task,) = step.state().tasks

    with pytest.raises(engine.BadValues) as refusal:
        step.complete(task.id, {"field": value})

    assert list(refusal.value.fields) == ["field"]
    assert [open_task.id for open_task in step.state().tasks] == [task.id]


@pytest.mark.parametrize("name", [
    "typename", "Typename", "self", "data_objects", "__builtins__", "__class__", "_private", "a-b", "a b", "1st", "",
    "if", "None", "True", "and", "ａ", "x" * 65, "a.b", "a[0]", 5, None,
])
def test_a_name_that_the_engine_or_a_condition_could_take_otherwise_is_refused(run, name):
    with pytest.raises(engine.BadValues):
        engine.start(run("application").spec, {name: 1})


def test_names_and_texts_are_accepted_up_to_their_length(run):
    assert engine.checked({"x" * 64: "y" * 500}) == {"x" * 64: "y" * 500}
    assert engine.is_name("x" * 64)
    assert not engine.is_name("x" * 65)


def test_two_hundred_values_at_once_and_not_one_more():
    assert len(engine.checked({f"v{place}": place for place in range(200)})) == 200

    with pytest.raises(engine.BadValues):
        engine.checked({f"v{place}": place for place in range(201)})


def test_all_bad_values_are_told_at_once():
    with pytest.raises(engine.BadValues) as refusal:
        engine.checked({"good": 1, "rate": 0.5, "__x": 1})

    assert sorted(refusal.value.fields) == ["__x", "rate"]


def test_messages_and_answers_are_checked_too(run):
    case = run("subprocess")
    with pytest.raises(engine.BadValues):
        case.step().catch(case.id_of("withdrawn"), {"a": [1]})
    case.complete("accept")
    with pytest.raises(engine.BadValues):
        case.step().answer(case.id_of("check"), {"a": {}})


def test_a_condition_without_a_value_names_the_variable_and_the_gateway(run):
    application = run("application")
    before = application.last.document

    with pytest.raises(engine.ConditionFailed) as refusal:
        application.complete("fill")

    assert "has_county" in refusal.value.message
    assert "属县区吗" in refusal.value.message
    assert application.last.document == before


def test_a_condition_that_is_neither_true_nor_false_is_refused(run):
    application = run("application", has_county="yes")

    with pytest.raises(engine.ConditionFailed):
        application.complete("fill")


def test_a_condition_cannot_change_the_values(run, source):
    def greedy(text, values):
        values["has_county"] = False

    here = engine.load_specification(source("application"), "application", greedy)
    step = engine.start(here, {"has_county": True})

    with pytest.raises(TypeError):
        step.complete(step.state().tasks[0].id)
