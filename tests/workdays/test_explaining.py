"""Explanations: what an official reads."""

import json
from datetime import date

from app.workdays import Period, as_recorded, calendar_for, explain, national_calendar

CALENDAR = national_calendar()

OF_2026 = "国办发明电〔2025〕7号"


def words(text: str, start: str, stops: tuple[tuple[str, str], ...] = (), calendar=CALENDAR, **settings) -> list[str]:
    read = [(date.fromisoformat(begins), date.fromisoformat(ends)) for begins, ends in stops]
    steps = explain(Period.parse(text, **settings), date.fromisoformat(start), calendar, read).steps
    return [step.words for step in steps]


def test_working_days_over_a_holiday_are_told_day_by_day():
    assert words("5 working_days", "2026-09-28") == [
        "期限：5 个工作日",
        "2026-09-28 起算日不计入",
        "2026-09-29 至 09-30 第 1 至第 2 个工作日",
        f"2026-10-01 至 10-07 国庆节 休（{OF_2026}）",
        "2026-10-08 至 10-09 第 3 至第 4 个工作日",
        f"2026-10-10 周六调休上班（{OF_2026}） 第 5 个工作日",
        "截止 2026-10-10 24:00",
    ]


def test_each_step_cites_what_it_rests_on():
    steps = explain(Period(3, "months", clause="X-14.1"), date(2025, 7, 4), CALENDAR).steps

    assert [(step.kind, step.rule) for step in steps] == [
        ("period", "X-14.1"),
        ("start", "民法典第二百零一条第一款"),
        ("nominal", "民法典第二百零二条"),
        ("skipped", "民法典第二百零三条第一款"),
        ("skipped", "民法典第二百零三条第一款"),
        ("skipped", "民法典第二百零三条第一款"),
        ("rolled", "民法典第二百零三条第一款"),
        ("end", "民法典第二百零三条第二款"),
    ]


def test_a_month_without_the_corresponding_day_and_a_made_up_saturday_are_told():
    assert words("6 months", "2025-08-31") == [
        "期限：6 个月",
        "2025-08-31 起算日不计入",
        "2026-02-28 为月末日（6 个月，当月没有 31 日这一对应日）",
        f"2026-02-28 周六调休上班（{OF_2026}），是工作日，不顺延",
        "截止 2026-02-28 24:00",
    ]


def test_a_title_that_ends_on_a_rest_day_says_that_it_stays():
    assert words("3 years", "2022-10-01", roll="none", first_day_counts=True)[1:] == [
        "2022-10-01 起算日计入",
        "2025-09-30 为对应日的前一日（3 年，首日已计入）",
        "截止 2025-09-30 24:00",
    ]
    assert "2025-10-01 国庆节休息，按规定不顺延" in words("3 years", "2022-10-01", roll="none")


def test_a_counted_first_day_that_is_a_rest_day_is_told():
    assert words("5 working_days", "2026-02-21", first_day_counts=True)[1:3] == [
        "2026-02-21 起算日计入，但当日春节休息，自下一个工作日起算",
        f"2026-02-21 至 02-23 春节 休（{OF_2026}）",
    ]


def test_counting_back_numbers_the_days_from_the_end():
    assert words("3 working_days", "2026-10-08", before=True) == [
        "期限：提前 3 个工作日",
        "2026-10-08 为基准日，不计入，由此倒推",
        f"2026-10-01 至 10-07 国庆节 休（{OF_2026}）",
        "2026-09-28 至 09-30 倒数第 3 至第 1 个工作日",
        "截止 2026-09-28 24:00",
    ]


def test_counting_back_onto_a_rest_day_tells_that_it_moved_earlier():
    assert words("1 days", "2026-10-05", before=True)[-2] == "最后一日不是工作日，提前至前一个工作日 2026-09-30"


def test_fixed_dates_include_their_day():
    assert words("09-15 fixed_date", "2024-09-01")[1:3] == [
        "2024-09-01 起算",
        "2024-09-15 为规定日期（截至 9 月 15 日），当日包括在内",
    ]


def test_a_day_that_the_next_month_lacks_is_told():
    assert "2026-02-28 为规定日期（次月 30 日），次月没有 30 日，以月末日为准" in words(
        "30 day_of_next_month", "2026-01-15"
    )


def test_stops_of_working_days_are_told():
    assert words("2 working_days", "2026-11-02", (("2026-11-04", "2026-11-05"),)) == [
        "期限：2 个工作日",
        "2026-11-02 起算日不计入",
        "2026-11-03 第 1 个工作日",
        "2026-11-04 至 11-05 中止，不计入",
        "2026-11-06 第 2 个工作日",
        "截止 2026-11-06 24:00",
    ]


def test_stops_of_a_month_are_told_and_what_was_left_runs_on():
    assert words("1 months", "2026-10-30", (("2026-11-03", "2026-11-04"),))[2:] == [
        "2026-11-30 为对应日（1 个月）",
        "2026-11-03 至 11-04 中止，2 日不计入",
        "中止共 2 日，所余期间接续计算，至 2026-12-02",
        "截止 2026-12-02 24:00",
    ]


def test_a_counter_that_closes_is_told_at_the_end():
    assert words("1 days", "2026-11-02", end_of_day="17:30")[-1] == "截止 2026-11-03 17:30（停止业务活动的时间）"


def test_a_provisional_deadline_says_why():
    assert words("1 working_days", "2026-12-31")[-2:] == [
        "截止 2027-01-04 24:00（暂定）",
        "2027 年放假通知尚未公布，暂按法定节假日和周末推算，通知录入后重新计算",
    ]


def test_a_closure_is_told_by_its_name():
    closed = calendar_for("440000").with_days({date(2026, 8, 4): "台风停工"})

    assert "2026-08-04 台风停工 休" in words("1 working_days", "2026-08-03", calendar=closed)


def test_a_date_that_is_its_own_start_is_told_without_one():
    assert words("09-15 fixed_date", "2026-09-15") == [
        "期限：截至 9 月 15 日",
        "2026-09-15 为规定日期（截至 9 月 15 日），当日包括在内",
        "截止 2026-09-15 24:00",
    ]


def test_a_holiday_and_a_made_up_day_name_the_notice_that_says_so():
    noticed = CALENDAR.with_notice(
        2026,
        {date(2026, 10, day): "国庆节" for day in range(1, 8)},
        {date(2026, 10, 10): "国庆节"},
        source="国办发明电〔2025〕7号",
    )

    told = words("5 working_days", "2026-09-28", calendar=noticed)
    rolled = words("2 days", "2026-10-01", calendar=noticed)
    kept = words("9 days", "2026-10-01", calendar=noticed)

    assert told[3] == "2026-10-01 至 10-07 国庆节 休（国办发明电〔2025〕7号）"
    assert told[5] == "2026-10-10 周六调休上班（国办发明电〔2025〕7号） 第 5 个工作日"
    assert "2026-10-03 至 10-07 国庆节 休（国办发明电〔2025〕7号）" in rolled
    assert "2026-10-10 周六调休上班（国办发明电〔2025〕7号），是工作日，不顺延" in kept


def test_the_source_of_a_day_is_that_of_the_newest_document_about_it():
    noticed = CALENDAR.with_notice(2026, {date(2026, 10, 1): "国庆节"}, {}, source="甲")
    closed = noticed.with_days({date(2026, 8, 4): "台风停工"}, source="乙").in_region("440000")
    again = closed.with_notice(2026, {date(2026, 10, 2): "国庆节"}, {}, source="丙")

    assert [closed.source_of(date(2026, month, day)) for month, day in ((10, 1), (8, 4), (10, 5))] == ["甲", "乙", ""]
    assert [again.source_of(date(2026, month, day)) for month, day in ((10, 1), (8, 4), (10, 2))] == ["", "", "丙"]


def test_stops_say_their_ground_and_clause_and_what_two_share_has_both():
    stops = [(date(2026, 11, 4), date(2026, 11, 6)), (date(2026, 11, 6), date(2026, 11, 9))]
    grounds = [("补正", "X-7"), ("专家评审", "X-9")]

    steps = explain(Period(2, "working_days"), date(2026, 11, 2), CALENDAR, stops, grounds).steps
    of_days = explain(Period(10, "days"), date(2026, 11, 2), CALENDAR, stops, grounds).steps

    assert [(step.words, step.rule) for step in steps if step.kind == "stopped"] == [
        ("2026-11-04 至 11-05 中止（补正），不计入", "X-7"),
        ("2026-11-06 中止（补正、专家评审），不计入", "X-7、X-9"),
        ("2026-11-07 至 11-09 中止（专家评审），不计入", "X-9"),
    ]
    assert [step.words for step in of_days if step.kind == "stopped"] == [
        "2026-11-04 至 11-05 中止（补正），2 日不计入",
        "2026-11-06 中止（补正、专家评审），1 日不计入",
        "2026-11-07 至 11-09 中止（专家评审），3 日不计入",
    ]
    assert "中止共 6 日，所余期间接续计算，至 2026-11-18" in [step.words for step in of_days]


def test_a_deadline_that_kept_its_day_after_a_new_notice_says_so():
    noticed = CALENDAR.with_notice(2027, {date(2027, 1, 1): "元旦", date(2027, 1, 4): "元旦"}, {})
    was = explain(Period(1, "working_days"), date(2026, 12, 31), CALENDAR).deadline
    now = explain(Period(1, "working_days"), date(2026, 12, 31), noticed)

    told = as_recorded(now, was.last_day, was.ends_at, provisional=was.provisional)

    assert [step.words for step in told.steps][-2:] == [
        "放假安排在登记后有变化：按现行日历为 2027-01-05，仍以登记的日期为准",
        "截止 2027-01-04 24:00（暂定）",
    ]
    assert (told.deadline.last_day, told.deadline.ends_at) == (was.last_day, was.ends_at)
    assert as_recorded(now, date(2027, 1, 5), now.deadline.ends_at, provisional=False) is now


def test_what_no_article_says_rests_on_the_programmes_clause():
    steps = explain(Period.parse("09-15 fixed_date", clause="X-3"), date(2026, 9, 1), CALENDAR).steps
    back = explain(Period(1, "months", before=True, clause="X-5"), date(2026, 9, 1), CALENDAR).steps

    assert [step.rule for step in steps if step.kind in ("start", "nominal")] == ["X-3", "X-3"]
    assert [step.rule for step in back if step.kind == "start"] == ["X-5"]


def test_days_over_a_years_end_are_written_in_full():
    assert "2026-12-25 至 2027-01-03 逐日计算，共 10 日" in words("10 days", "2026-12-24", roll="none")


def test_an_explanation_is_written_as_json_and_as_text():
    explanation = explain(Period(1, "days"), date(2026, 11, 2), CALENDAR)

    assert json.loads(json.dumps(explanation.as_json()))[-1] == {
        "from": "2026-11-03",
        "until": "2026-11-03",
        "kind": "end",
        "words": "截止 2026-11-03 24:00",
        "rule": "民法典第二百零三条第二款",
    }
    assert explanation.as_text() == (
        "期限：1 日\n"
        "2026-11-02 起算日不计入〔民法典第二百零一条第一款〕\n"
        "2026-11-03 逐日计算，共 1 日〔民法典第二百零一条第一款〕\n"
        "截止 2026-11-03 24:00〔民法典第二百零三条第二款〕"
    )
