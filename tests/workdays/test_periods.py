"""Periods: what may be set, what is refused, how they are read and written."""

import json

import pytest

from app.errors import Invalid
from app.workdays import Period


@pytest.mark.parametrize("amount", [0, -1, 2.5, "5", True, None])
def test_an_amount_that_is_no_whole_number_from_one_up_is_refused_by_name(amount):
    with pytest.raises(Invalid) as refusal:
        Period(amount, "working_days")

    assert list(refusal.value.fields) == ["amount"]


def test_an_amount_of_one_is_taken():
    assert Period(1, "working_days").amount == 1


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"unit": "weeks"}, "unit"),
        ({"unit": ""}, "unit"),
        ({"roll": "previous"}, "roll"),
        ({"roll": ""}, "roll"),
        ({"first_day_counts": 1}, "first_day_counts"),
        ({"before": "yes"}, "before"),
        ({"month_day": "09-15"}, "month_day"),
        ({"end_of_day": "17.30"}, "end_of_day"),
        ({"end_of_day": "24:01"}, "end_of_day"),
        ({"end_of_day": "00:00"}, "end_of_day"),
        ({"unit": "day_of_next_month", "before": True}, "before"),
    ],
)
def test_a_setting_that_means_nothing_is_refused_by_name(settings, field):
    with pytest.raises(Invalid) as refusal:
        Period(**{"amount": 5, "unit": "days"} | settings)

    assert list(refusal.value.fields) == [field]


def test_all_faults_of_a_period_are_told_at_once():
    with pytest.raises(Invalid) as refusal:
        Period(0, "weeks", roll="later")

    assert set(refusal.value.fields) == {"amount", "unit", "roll"}


def test_a_day_of_the_next_month_goes_up_to_31():
    assert Period(31, "day_of_next_month").words == "次月 31 日"
    with pytest.raises(Invalid, match="有误") as refusal:
        Period(32, "day_of_next_month")

    assert refusal.value.fields == {"amount": ["次月没有 32 日；请写 1 至 31。"]}


@pytest.mark.parametrize("month_day", ["", "9-15", "0915", "13-01", "00-10", "04-31", "02-30", "01-00", "０9-15"])
def test_a_fixed_date_that_no_year_has_is_refused(month_day):
    with pytest.raises(Invalid) as refusal:
        Period(1, "fixed_date", month_day=month_day)

    assert list(refusal.value.fields) == ["month_day"]


@pytest.mark.parametrize("month_day", ["01-01", "02-29", "04-30", "12-31"])
def test_a_fixed_date_that_some_year_has_is_taken(month_day):
    assert Period(1, "fixed_date", month_day=month_day).text == f"{month_day} fixed_date"


def test_a_fixed_date_has_no_other_amount_than_one():
    with pytest.raises(Invalid) as refusal:
        Period(2, "fixed_date", month_day="09-15")

    assert list(refusal.value.fields) == ["amount"]


@pytest.mark.parametrize(
    ("text", "period", "words"),
    [
        ("5 working_days", Period(5, "working_days"), "5 个工作日"),
        ("10 days", Period(10, "days"), "10 日"),
        ("6 months", Period(6, "months"), "6 个月"),
        ("3 years", Period(3, "years"), "3 年"),
        ("10 day_of_next_month", Period(10, "day_of_next_month"), "次月 10 日"),
        ("09-15 fixed_date", Period(1, "fixed_date", month_day="09-15"), "截至 9 月 15 日"),
    ],
)
def test_a_period_is_read_from_its_short_form_and_written_back(text, period, words):
    assert Period.parse(text) == period
    assert period.text == text
    assert period.words == words


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "period"),
        ("5", "period"),
        ("5 working days", "period"),
        ("five days", "amount"),
        ("5.0 days", "amount"),
        ("５ days", "amount"),
        ("+5 days", "amount"),
        ("-5 days", "amount"),
        ("5 weeks", "unit"),
        ("9-15 fixed_date", "month_day"),
    ],
)
def test_a_short_form_that_cannot_be_read_is_refused_by_name(text, field):
    with pytest.raises(Invalid) as refusal:
        Period.parse(text)

    assert list(refusal.value.fields) == [field]


def test_a_period_survives_being_stored_as_json():
    period = Period.of("03-15", "fixed_date", roll="none", before=True, end_of_day="17:30", clause="X-1")

    stored = json.dumps(period.as_json())

    assert Period.from_json(json.loads(stored)) == period


def test_a_stored_period_with_a_strange_or_missing_setting_is_refused_by_name():
    with pytest.raises(Invalid) as refusal:
        Period.from_json({"unit": "days", "length": 5})

    assert set(refusal.value.fields) == {"amount", "length"}
