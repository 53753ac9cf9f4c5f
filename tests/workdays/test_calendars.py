"""Calendars: announced years, provisional years, notices, regions and closures."""

from datetime import date, timedelta

import chinese_calendar
import pytest
from pymeeus.Epoch import Epoch
from pymeeus.Moon import Moon
from pymeeus.Sun import Sun

from app.errors import Invalid
from app.workdays import FIRST_DAY, LAST_DAY, calendar_for, national_calendar
from app.workdays.notices import NationalChina, announced_years, statutory_holidays

CALENDAR = national_calendar()
ANNOUNCED = [date(2004, 1, 1) + timedelta(days=number) for number in range(8401)]
PROVISIONAL_YEARS = range(2027, 2101)


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=number) for number in range(366 if year % 4 == 0 else 365)]


def test_every_announced_day_is_as_the_notices_say():
    assert ANNOUNCED[-1] == date(2026, 12, 31)
    assert [day for day in ANNOUNCED if CALENDAR.is_working_day(day) != chinese_calendar.is_workday(day)] == []
    assert not any(CALENDAR.is_provisional(day) for day in ANNOUNCED)


def test_workalendars_calendar_as_it_is_fed_agrees_with_the_notices_on_every_day():
    china = NationalChina()

    assert [day for day in ANNOUNCED if china.is_working_day(day) != chinese_calendar.is_workday(day)] == []


@pytest.mark.parametrize("year", [2027, 2033, 2039, 2100])
def test_workalendars_calendar_as_it_is_fed_agrees_with_the_table_in_provisional_years(year):
    china = NationalChina()

    assert [day for day in days_of(year)[:365] if china.is_working_day(day) != CALENDAR.is_working_day(day)] == []


def test_the_extension_of_the_spring_festival_of_2020_is_known():
    assert [CALENDAR.is_working_day(date(2020, 1, day)) for day in (30, 31)] == [False, False]
    assert [CALENDAR.is_working_day(date(2020, 2, day)) for day in (1, 2, 3)] == [False, False, True]
    assert CALENDAR.why(date(2020, 1, 31)) == ("holiday", "春节")


@pytest.mark.parametrize(
    ("day", "kind", "name"),
    [
        ("2026-02-13", "working", "工作日"),
        ("2026-02-14", "make_up", "春节调休"),
        ("2026-02-17", "holiday", "春节"),
        ("2026-04-05", "holiday", "清明节"),
        ("2026-10-01", "holiday", "国庆节"),
        ("2026-10-10", "make_up", "国庆节调休"),
        ("2026-10-17", "weekend", "周六"),
        ("2026-10-18", "weekend", "周日"),
        ("2015-09-03", "holiday", "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日"),
        ("2027-02-09", "holiday", "春节补假"),
        ("2031-10-01", "holiday", "中秋节、国庆节"),
    ],
)
def test_a_day_says_what_it_is(day, kind, name):
    assert CALENDAR.why(date.fromisoformat(day)) == (kind, name)


@pytest.mark.parametrize(
    ("year", "weekdays_off"),
    [
        # Spring Festival's first two days and Labour Day lie on weekends, National Day's second and third too.
        (2027, "01-01 02-05 02-08 02-09 02-10 04-05 05-03 05-04 06-09 09-15 10-01 10-04 10-05"),
        # New Year's Day is a Saturday; Mid-Autumn is the third day of National Day, a Tuesday: nothing to make up for.
        (2028, "01-03 01-25 01-26 01-27 01-28 04-04 05-01 05-02 05-29 10-02 10-03 10-04"),
        # The second day of National Day and Mid-Autumn are the same Sunday, and each is made up for.
        (2039, "01-03 01-24 01-25 01-26 01-27 04-05 05-02 05-03 05-27 10-03 10-04 10-05 10-06"),
    ],
)
def test_a_year_without_notice_has_the_statutory_holidays_with_weekends_made_up_for(year, weekdays_off):
    off = [day for day in days_of(year) if day.weekday() < 5 and not CALENDAR.is_working_day(day)]

    assert " ".join(f"{day:%m-%d}" for day in off) == weekdays_off


def test_a_year_without_notice_has_no_working_weekend():
    weekends = [day for year in PROVISIONAL_YEARS for day in days_of(year)[:365] if day.weekday() >= 5]

    assert not any(CALENDAR.is_working_day(day) for day in weekends)


@pytest.mark.parametrize("year", PROVISIONAL_YEARS)
def test_the_lunar_holidays_of_a_provisional_year_lie_where_moon_and_sun_put_them(year):
    holidays: dict[str, list[date]] = {}
    for day, name in statutory_holidays(year):
        holidays.setdefault(name, []).append(day)
    spring, dragon_boat, mid_autumn = holidays["春节"][1], holidays["端午节"][0], holidays["中秋节"][0]

    assert has_new_moon(spring)
    assert has_new_moon(dragon_boat - timedelta(days=4))
    assert has_new_moon(mid_autumn - timedelta(days=14))
    assert date(year, 1, 20) < spring < date(year, 2, 22)
    assert date(year, 5, 26) < dragon_boat < date(year, 6, 27)
    assert date(year, 9, 6) < mid_autumn < date(year, 10, 10)
    assert sun_reaches_15_degrees(holidays["清明节"][0])


def has_new_moon(day: date) -> bool:
    moon = Moon.moon_phase(Epoch(day.year, day.month, day.day), target="new")
    year, month, _ = moon.get_date()
    drift_of_the_earth = Epoch.tt2ut(year, month) / 86_400
    begins = Epoch(day.year, day.month, day.day).jde() - 8 / 24
    return begins <= moon.jde() - drift_of_the_earth < begins + 1


def sun_reaches_15_degrees(day: date) -> bool:
    begins = Epoch(day.year, day.month, day.day).jde() - 8 / 24 + Epoch.tt2ut(day.year, day.month) / 86_400
    before, after = (
        float(Sun.apparent_geocentric_position(Epoch(begins + whole))[0].to_positive()) for whole in (0, 1)
    )
    return before < 15 <= after


def test_years_after_the_last_notice_are_provisional():
    assert max(announced_years()) == 2026
    assert not CALENDAR.is_provisional(date(2026, 12, 31))
    assert CALENDAR.is_provisional(date(2027, 1, 1))
    assert CALENDAR.is_provisional(LAST_DAY)


@pytest.mark.parametrize("day", [FIRST_DAY - timedelta(days=1), LAST_DAY + timedelta(days=1)])
def test_a_day_outside_the_years_held_is_refused_by_name(day):
    for ask in (CALENDAR.is_working_day, CALENDAR.is_provisional, CALENDAR.why):
        with pytest.raises(Invalid) as refusal:
            ask(day)

        assert list(refusal.value.fields) == ["day"]


@pytest.mark.parametrize(
    ("after", "until", "working_days"),
    [
        ("2026-09-30", "2026-10-08", 1),
        ("2026-09-30", "2026-10-07", 0),
        ("2026-09-30", "2026-09-30", 0),
        ("2026-10-09", "2026-10-10", 1),
        ("2026-10-08", "2026-09-30", -1),
        ("2026-12-30", "2027-01-04", 2),
        ("2004-01-01", "2004-01-02", 1),
        ("2100-12-31", "2100-12-30", -1),
    ],
)
def test_working_days_between_two_days_leave_out_the_first_and_count_the_second(after, until, working_days):
    found = CALENDAR.working_days_between(date.fromisoformat(after), date.fromisoformat(until))

    assert found == working_days


def test_the_nearest_working_day_is_the_day_itself_if_it_is_worked():
    saturday_worked, holiday = date(2026, 10, 10), date(2026, 10, 3)

    assert CALENDAR.working_day_on_or_after(saturday_worked) == saturday_worked
    assert CALENDAR.working_day_on_or_before(saturday_worked) == saturday_worked
    assert CALENDAR.working_day_on_or_after(holiday) == date(2026, 10, 8)
    assert CALENDAR.working_day_on_or_before(holiday) == date(2026, 9, 30)


def test_no_working_day_is_known_before_the_first_year():
    with pytest.raises(Invalid) as refusal:
        CALENDAR.working_day_on_or_before(FIRST_DAY)

    assert list(refusal.value.fields) == ["day"]


def test_a_region_inherits_the_national_calendar_and_adds_closures_of_its_own():
    national, regional = CALENDAR, calendar_for("450000").with_days({date(2026, 4, 20): "三月三"})

    assert regional.region == "450000"
    assert regional.why(date(2026, 4, 20)) == ("closure", "三月三")
    assert not regional.is_working_day(date(2026, 4, 20))
    assert national.is_working_day(date(2026, 4, 20))
    assert regional.changed_days(national) == [date(2026, 4, 20)]


def test_a_region_may_work_on_a_day_that_is_off_elsewhere():
    regional = calendar_for("450000").with_days({}, extra_on={date(2026, 4, 18): "三月三调休"})

    assert regional.is_working_day(date(2026, 4, 18))
    assert regional.why(date(2026, 4, 18)) == ("make_up", "三月三调休")


def test_a_closure_in_a_year_without_notice_stays_provisional():
    regional = CALENDAR.with_days({date(2027, 8, 3): "台风停工"})

    assert regional.is_provisional(date(2027, 8, 3))


@pytest.mark.parametrize("code", ["", "13", "13010", "1301001", "十三", "１３０１００", "130100\n"])
def test_a_region_code_of_another_form_is_refused(code):
    with pytest.raises(Invalid) as refusal:
        calendar_for(code)

    assert list(refusal.value.fields) == ["region"]


def test_a_notice_makes_its_year_known():
    off = {date(2027, 1, day): "元旦" for day in (1, 2, 3)} | {date(2027, 2, day): "春节" for day in range(5, 13)}
    on = {date(2027, 1, 30): "春节"}

    entered = CALENDAR.with_notice(2027, off, on)

    assert not entered.is_provisional(date(2027, 7, 1))
    assert entered.is_provisional(date(2028, 1, 1))
    assert entered.why(date(2027, 1, 30)) == ("make_up", "春节调休")
    assert entered.why(date(2027, 2, 12)) == ("holiday", "春节")
    # What the rule had supposed is gone: the notice alone says what is off.
    assert entered.is_working_day(date(2027, 9, 15))
    assert entered.why(date(2027, 9, 15)) == ("working", "工作日")
    assert len(entered.changed_days(CALENDAR)) == 365


def test_a_notice_may_name_days_of_the_december_before():
    entered = CALENDAR.with_notice(2027, {date(2026, 12, 31): "元旦", date(2027, 1, 1): "元旦"}, {})

    assert not entered.is_working_day(date(2026, 12, 31))


def test_a_corrected_notice_replaces_the_one_before():
    first = CALENDAR.with_notice(2027, {date(2027, 10, 1): "国庆节"}, {})

    corrected = first.with_notice(2027, {date(2027, 10, 4): "国庆节"}, {})

    assert corrected.changed_days(first) == [date(2027, 10, 1), date(2027, 10, 4)]


@pytest.mark.parametrize(
    ("off", "on", "field"),
    [
        ({date(2028, 1, 1): "元旦"}, {}, "days"),
        ({}, {date(2026, 11, 30): "元旦"}, "days"),
        ({date(2027, 1, 1): ""}, {}, "off"),
        ({date(2027, 1, 2): "元旦"}, {date(2027, 1, 2): "元旦"}, "on"),
    ],
)
def test_a_notice_that_contradicts_itself_or_its_year_is_refused_by_name(off, on, field):
    with pytest.raises(Invalid) as refusal:
        CALENDAR.with_notice(2027, off, on)

    assert list(refusal.value.fields) == [field]


@pytest.mark.parametrize("year", [2003, 2101])
def test_a_notice_of_a_year_outside_those_held_is_refused(year):
    with pytest.raises(Invalid) as refusal:
        CALENDAR.with_notice(year, {}, {})

    assert list(refusal.value.fields) == ["year"]
