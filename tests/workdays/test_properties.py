"""What holds for every period, start and stop."""

from datetime import date, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.errors import Invalid
from app.workdays import FIRST_DAY, LAST_DAY, Period, deadline, explain, national_calendar
from app.workdays.periods import ROLLS, UNITS

CALENDAR = national_calendar()
ONE_DAY = timedelta(days=1)

settings.register_profile("workdays", max_examples=200, deadline=None, derandomize=True)
settings.load_profile("workdays")

starts = st.dates(date(2010, 1, 1), date(2040, 12, 31))
amounts = st.integers(1, 200)


@st.composite
def stops_after(draw, start: date) -> list[tuple[date, date]]:
    stops = []
    for _ in range(draw(st.integers(0, 4))):
        begins = start + timedelta(days=draw(st.integers(-10, 60)))
        stops.append((begins, begins + timedelta(days=draw(st.integers(0, 20)))))
    return stops


@st.composite
def periods(draw) -> Period:
    unit = draw(st.sampled_from(UNITS))
    amount = draw(st.integers(1, {"day_of_next_month": 31, "fixed_date": 1, "months": 60, "years": 5}.get(unit, 200)))
    month_day = draw(st.dates(date(2024, 1, 1), date(2024, 12, 31))).strftime("%m-%d") if unit == "fixed_date" else ""
    return Period(
        amount,
        unit,
        first_day_counts=draw(st.booleans()),
        roll=draw(st.sampled_from(ROLLS)),
        before=unit != "day_of_next_month" and draw(st.booleans()),
        month_day=month_day,
    )


@given(starts, amounts, st.booleans())
def test_one_more_working_day_ends_on_the_next_working_day(start, amount, counts):
    found = deadline(Period(amount, "working_days", first_day_counts=counts), start, CALENDAR).last_day
    further = deadline(Period(amount + 1, "working_days", first_day_counts=counts), start, CALENDAR).last_day

    assert CALENDAR.working_days_between(found, further) == 1
    assert CALENDAR.is_working_day(further)


@given(starts, amounts, st.sampled_from(["days", "months"]), st.booleans(), st.sampled_from(ROLLS))
def test_a_longer_period_never_ends_earlier(start, amount, unit, counts, roll):
    short = Period(amount, unit, first_day_counts=counts, roll=roll)
    long = Period(amount + 1, unit, first_day_counts=counts, roll=roll)

    assert deadline(long, start, CALENDAR).last_day >= deadline(short, start, CALENDAR).last_day


@given(starts, periods())
def test_a_later_start_never_ends_earlier(start, period):
    assert deadline(period, start + ONE_DAY, CALENDAR).last_day >= deadline(period, start, CALENDAR).last_day


@given(starts, amounts, st.sampled_from(["working_days", "days", "months", "years"]))
def test_counting_the_first_day_never_leaves_more_time(start, amount, unit):
    assume(unit != "years" or amount < 50)
    counted = deadline(Period(amount, unit, first_day_counts=True), start, CALENDAR).last_day

    assert counted <= deadline(Period(amount, unit), start, CALENDAR).last_day


@given(starts, amounts)
def test_working_days_back_and_forth_return_to_the_working_day_they_started_from(start, amount):
    working = CALENDAR.working_day_on_or_after(start)
    earlier = deadline(Period(amount, "working_days", before=True), working, CALENDAR).last_day

    assert deadline(Period(amount, "working_days"), earlier, CALENDAR).last_day == working


@given(starts, periods())
def test_a_result_that_rolls_is_a_working_day_on_the_right_side(start, period):
    found = deadline(period, start, CALENDAR)

    if period.roll == "none":
        assert found.last_day == found.nominal_day
    elif period.before:
        assert found.last_day == CALENDAR.working_day_on_or_before(found.nominal_day)
    else:
        assert found.last_day == CALENDAR.working_day_on_or_after(found.nominal_day)


@given(st.data(), starts, st.integers(1, 40), st.booleans(), st.sampled_from(["working_days", "days"]))
def test_stops_are_counted_as_a_person_with_a_calendar_would(data, start, amount, counts, unit):
    stops = data.draw(stops_after(start))

    found = deadline(Period(amount, unit, first_day_counts=counts), start, CALENDAR, stops)

    stopped = {begins + n * ONE_DAY for begins, ends in stops for n in range((ends - begins).days + 1)}
    day, left = (start if counts else start + ONE_DAY) - ONE_DAY, amount
    while left:
        day += ONE_DAY
        left -= day not in stopped and (unit == "days" or CALENDAR.is_working_day(day))
    while day in stopped or not CALENDAR.is_working_day(day):
        day += ONE_DAY
    assert found.last_day == day


@given(st.data(), starts, periods())
def test_the_order_of_stops_and_their_repetition_change_nothing(data, start, period):
    stops = data.draw(stops_after(start))
    shuffled = data.draw(st.permutations(stops + stops))

    assert deadline(period, start, CALENDAR, shuffled) == deadline(period, start, CALENDAR, stops)


@given(st.data(), starts, periods())
def test_a_stop_never_takes_time_away(data, start, period):
    stops = data.draw(stops_after(start))

    assert deadline(period, start, CALENDAR, stops).last_day >= deadline(period, start, CALENDAR).last_day


@given(st.data(), starts, periods())
def test_the_explanation_is_of_the_same_deadline(data, start, period):
    stops = data.draw(stops_after(start))

    explanation = explain(period, start, CALENDAR, stops)

    assert explanation.deadline == deadline(period, start, CALENDAR, stops)
    (end,) = [step for step in explanation.steps if step.kind == "end"]
    assert end.words.startswith(f"截止 {explanation.deadline.last_day} 24:00")
    assert ("（暂定）" in end.words) is explanation.deadline.provisional
    assert (explanation.steps[-1].kind == "provisional") is explanation.deadline.provisional
    assert all(step.from_day <= step.until_day for step in explanation.steps)


@given(st.data(), starts, amounts, st.booleans(), st.booleans())
def test_the_explanation_accounts_for_every_day_of_a_working_day_period(data, start, amount, counts, before):
    stops = data.draw(stops_after(start))
    period = Period(amount, "working_days", first_day_counts=counts, before=before)

    explanation = explain(period, start, CALENDAR, stops)

    walked = [step for step in explanation.steps if step.kind in ("counted", "skipped", "stopped")]
    days = [step.from_day + n * ONE_DAY for step in walked for n in range((step.until_day - step.from_day).days + 1)]
    counted = [step for step in walked if step.kind == "counted"]
    one, other = sorted((start, explanation.deadline.last_day))
    expected = [one + n * ONE_DAY for n in range((other - one).days + 1)]
    if before or not counts:
        expected.remove(start)
    assert sorted(days) == expected
    assert sum((step.until_day - step.from_day).days + 1 for step in counted) == amount
    assert f"第 {amount} 个工作日" in counted[-1].words or f"第 {amount} 至第" in counted[-1].words


@given(st.dates(FIRST_DAY, LAST_DAY), periods(), st.integers(1, 10**9))
def test_every_question_has_a_date_or_a_refusal_by_name(start, period, amount):
    longer = amount if period.unit not in ("fixed_date", "day_of_next_month") else period.amount
    asked = Period.from_json(period.as_json() | {"amount": longer})

    try:
        answer = explain(asked, start, CALENDAR).deadline.last_day <= LAST_DAY
    except Invalid as refusal:
        answer = list(refusal.fields) == ["amount"]

    assert answer
