"""Numbers that can be checked by themselves."""

import pytest

from app.errors import Invalid
from tests.formschema.sample import form_of


@pytest.mark.parametrize(
    ("check", "text", "stored"),
    [
        ("uscc", "91110000600037341L", "91110000600037341L"),
        ("uscc", "91110000600037341l", "91110000600037341L"),
        ("uscc", " 9111 0000 6000 3734 1L ", "91110000600037341L"),
        ("uscc", "９１１１００００６０００３７３４１Ｌ", "91110000600037341L"),
        ("id", "11010519491231002X", "11010519491231002X"),
        ("id", "11010519491231002x", "11010519491231002X"),
        ("phone", "13812345678", "13812345678"),
        ("phone", "138 1234 5678", "13812345678"),
        ("phone", "0312-3089000", "0312-3089000"),
        ("phone", "03123089000", "03123089000"),
        ("phone", "010-66201234-801", "010-66201234-801"),
        ("phone", "400-810-8888", "400-810-8888"),
        ("email", "a.b@example.cn", "a.b@example.cn"),
        ("email", "ａ＠example．cn", "a@example.cn"),
        ("postcode", "071000", "071000"),
    ],
)
def test_a_right_number_is_stored_tidily(check: str, text: str, stored: str) -> None:
    form = form_of({"type": "textfield", "properties": {"check": check}})

    assert form.load({"x": text}) == {"x": stored}


@pytest.mark.parametrize(
    ("check", "text"),
    [
        ("uscc", "91110000600037341A"),
        ("uscc", "91110000600037341"),
        ("uscc", "91110000600037341LL"),
        ("uscc", "9111000060003734IL"),
        ("uscc", "01110000600037341L"),
        ("uscc", "911100006000373４¹L"),
        ("id", "110105194912310021"),
        ("id", "11010519491331002X"),
        ("id", "1101051949123100"),
        ("id", "01010519491231002X"),
        ("phone", "12812345678"),
        ("phone", "1381234567"),
        ("phone", "138123456789"),
        ("phone", "3089000"),
        ("phone", "电话"),
        ("email", "a@b"),
        ("email", "a@@example.cn"),
        ("email", "a@example..cn"),
        ("email", "邮箱@example.cn"),
        ("email", "a b"),
        ("email", "x" * 250 + "@a.cn"),
        ("postcode", "07100"),
        ("postcode", "0710000"),
        ("postcode", "07100a"),
    ],
)
def test_a_wrong_number_is_refused_by_the_fields_name(check: str, text: str) -> None:
    form = form_of({"type": "textfield", "label": "号码", "properties": {"check": check}})
    with pytest.raises(Invalid) as caught:
        form.load({"x": text})

    assert "号码" in caught.value.fields["x"][0]


def test_each_changed_digit_of_a_credit_code_is_found() -> None:
    form = form_of({"type": "textfield", "properties": {"check": "uscc"}})
    code = "91110000600037341L"

    for place in range(2, 17):
        wrong = code[:place] + str((int(code[place]) + 1) % 10) + code[place + 1 :]
        with pytest.raises(Invalid):
            form.load({"x": wrong})


def test_the_editors_own_kind_of_check_works_too() -> None:
    form = form_of({"type": "textfield", "validate": {"validationType": "email"}})

    with pytest.raises(Invalid):
        form.load({"x": "nobody"})


def test_a_pattern_is_searched_and_has_its_own_message() -> None:
    rules = {"pattern": r"^冀[A-Z]\d{4}号$", "patternErrorMessage": "文号形如 冀A0001号"}
    form = form_of({"type": "textfield", "validate": rules})

    assert form.load({"x": "冀B0012号"})
    with pytest.raises(Invalid) as caught:
        form.load({"x": "冀B012号"})

    assert caught.value.fields == {"x": ["文号形如 冀A0001号"]}
