"""What the reader of holiday notices makes of them, held against the notices' days as the package knows them."""

from datetime import date

import pytest
from chinese_calendar import constants
from hypothesis import given, settings
from hypothesis import strategies as st

from app.workdays import national_calendar
from app.workdays.reading import ANOTHER_KIND, read
from tests.workdays import notice_texts as texts

BUILT_IN = national_calendar()
AMENDED = {2015, 2019, 2020}
ONE = texts.WHOLE[2026]


def changed(before: str, after: str, text: str = ONE):
    """The reading of a text with one thing changed."""
    assert text.count(before) == 1, before
    return read(text.replace(before, after))


def faults(reading) -> str:
    return "\n".join(map(str, reading.faults))


def days(reading) -> tuple[list[date], list[date]]:
    return sorted(reading.holidays), sorted(reading.working_days)


@pytest.mark.parametrize("year", sorted(texts.WHOLE))
def test_a_years_notice_is_read_whole_and_gives_the_days_that_are_known_of_it(year):
    found = read(texts.WHOLE[year])

    made = BUILT_IN.with_notice(year, *found.merged(BUILT_IN))
    differing = {day.isoformat() for day in made.changed_days(BUILT_IN)}
    assert (found.year, found.unread, found.faults, found.warnings) == (year, [], [], [])
    assert found.whole
    assert differing == {
        2015: {"2015-09-03", "2015-09-04", "2015-09-06"},
        2019: {"2019-04-28", "2019-05-02", "2019-05-03", "2019-05-05"},
        2020: {"2020-01-31", "2020-02-01"},
    }.get(year, set())


@pytest.mark.parametrize("year", sorted(set(texts.WHOLE) - AMENDED))
def test_made_up_days_are_exactly_those_of_the_package(year):
    """By the package's own table, which files days under the calendar year: New Year's of December go one on."""
    known = {
        day for day, name in constants.workdays.items()
        if day.year + (day.month == 12 and name == constants.Holiday.new_years_day.value) == year
    }

    assert set(read(texts.WHOLE[year]).working_days) == known


@pytest.mark.parametrize(
    ("amendment", "year"), [(texts.VICTORY_2015, 2015), (texts.LABOUR_2019, 2019), (texts.SPRING_2020, 2020)]
)
def test_an_amendment_inside_the_year_turns_the_first_notice_into_what_came_to_hold(amendment, year):
    first = read(texts.WHOLE[year])
    before = BUILT_IN.with_notice(year, first.holidays, first.working_days)
    assert before.changed_days(BUILT_IN)

    amending = read(amendment, calendar=before)

    assert (amending.year, amending.whole, amending.faults) == (year, False, [])
    assert before.with_notice(year, *amending.merged(before)).changed_days(BUILT_IN) == []


def test_what_an_amendment_says_beyond_days_is_named_as_unread():
    found = read(texts.SPRING_2020)

    assert found.unread == [
        "三、因疫情防控不能休假的职工，应根据《中华人民共和国劳动法》规定安排补休，未休假期的工资报酬应按照有关政策保障落实。"
    ]
    assert sorted(found.holidays)[-1] == date(2020, 2, 2)
    assert date(2020, 2, 3) not in found.holidays


def test_an_amendment_may_be_worded_as_an_adjustment():
    first = read(texts.WHOLE[2019])
    before = BUILT_IN.with_notice(2019, first.holidays, first.working_days)

    found = read(
        "国务院办公厅关于2019年节假日调整的通知\n将2019年劳动节放假安排调整为：5月1日至4日放假调休，共4天。"
        "4月28日（星期日）、5月5日（星期日）上班。", calendar=before,
    )

    assert found.faults == []
    assert before.with_notice(2019, *found.merged(before)).changed_days(BUILT_IN) == []


def test_title_number_and_date_of_issue_are_read():
    found = read(ONE)

    assert found.title == "国务院办公厅关于2026年部分节假日安排的通知"
    assert found.document_number == "国办发明电〔2025〕7号"
    assert found.issued_on == date(2025, 11, 4)
    assert found.holidays[date(2026, 2, 15)] == "春节"
    assert found.working_days[date(2026, 9, 20)] == "国庆节"


def test_a_regions_own_notice_is_read_under_its_own_name():
    found = read(texts.THIRD_OF_MARCH_2024)

    assert (found.year, found.whole, found.unread, found.faults) == (2024, False, [], [])
    assert found.holidays == {date(2024, 4, 11): "壮族三月三", date(2024, 4, 12): "壮族三月三"}


@pytest.mark.parametrize(
    "reworded",
    [
        ONE.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
        ONE.replace("（", "(").replace("）", ")").replace("，", ",").replace("：", ":"),
        ONE.replace("周", "星期"),
        ONE.replace("1月1日（周四）至3日（周六）放假调休，共3天", "1月1日（周四）—3日（周六）放假调休，共三天"),
        ONE.replace("1月1日（周四）至3日（周六）", "2026年1月1日（周四）至2026年1月3日（周六）"),
        ONE.replace("10月1日（周四）至7日（周三）放假调休，共7天", "10月1日至10月7日放假调休，共放假7天"),
        ONE.replace("4月4日（周六）至6日（周一）放假，共3天", "4月4日（星期六、当日）放假，4月6日（星期一）补休"),
        ONE.replace("4月4日（周六）至", "4月4日（星期六、农历清明当日）至"),
        ONE.replace("2月14日（周六）、2月28日（周六）上班", "2月14日、28日（周六、周六）均照常上班"),
        ONE.replace("元旦：1月1日", "元旦：自1月1日"),
        ONE.replace("一、元旦：", "一、2026年元旦："),
        ONE.replace("一、", "（一）").replace("二、", "（二）"),
        ONE.replace("一、元旦：", "1．元旦 ").replace("春节：", "春节放假安排："),
        ONE.replace("\n", "").replace("　", ""),
        ONE.replace("。", ".").replace("2月14日（周六）、", "2月14日（周六）上班，"),
        ONE.replace("放假调休，共9天", "调休放假,\n共9天"),
        ONE.replace("通知如下。", "通知如下。\n\n").replace("　　", "  \t"),
        "索 引 号: 000014349 主题分类: 综合政务\n发文机关: 国务院办公厅 成文日期: 2025年11月4日\n" + ONE,
    ],
)
def test_other_ways_to_write_the_same_are_read_alike(reworded):
    found = read(reworded)

    made = BUILT_IN.with_notice(2026, *found.merged(BUILT_IN))
    assert (faults(found), found.unread) == ("", [])
    assert made.changed_days(BUILT_IN) == []


def test_a_holiday_across_new_year_needs_no_year_written():
    text = texts.WHOLE[2019].replace("2018年12月30日至2019年1月1日", "12月30日至1月1日")
    text = text.replace("2018年12月29日", "12月29日")

    assert days(read(text)) == days(read(texts.WHOLE[2019]))
    assert days(read(text.replace("至1月1日", "至2019年1月1日"))) == days(read(texts.WHOLE[2019]))


def test_a_wish_for_rest_gives_no_day_off_and_is_shown():
    found = read(texts.WHOLE[2024])

    assert date(2024, 2, 9) not in found.holidays
    assert found.encouraged == ["鼓励各单位结合带薪年休假等制度落实，安排职工在除夕（2月9日）休息。"]


@pytest.mark.parametrize(
    "strange",
    [
        "八、另外，6月15日视情况安排。",
        "5月6日不放假。",
        "5月6日可以放假。",
        "除5月6日外，5月7日放假。",
        "5月6日（周三，5月7日同）放假。",
        "妇女在3月8日放假半天。",
        "端午节当天放假。",
        "自5月6日起放假。",
        "本通知自2026年1月1日起施行。",
    ],
)
def test_a_sentence_that_cannot_be_read_is_named_and_sets_no_day(strange):
    found = read(ONE.replace(f"　　{texts.CLOSING}", f"　　{strange}\n　　{texts.CLOSING}"))

    assert found.unread == [strange]
    assert days(found) == days(read(ONE))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("5月9日（周六）上班", "5月9日（周日）上班", "2026-05-09 写作周日，实为周六"),
        ("5月1日（周五）至", "5月1日（周四）至", "2026-05-01 写作周四，实为周五"),
        ("农历正月初七", "农历正月初八", "2026-02-23 与括号中的农历日期“农历正月初八、周一”不符"),
        ("农历腊月二十八", "农历除夕", "2026-02-15 与括号中的农历日期"),
        ("放假调休，共9天", "放假调休，共8天", "写明共 8 天，读出 9 天"),
        ("2月28日（周六）上班", "2月21日（周六）上班", "2026-02-21 在同一通知中既是假期（春节）又要上班"),
        ("5月9日（周六）上班", "5月8日（周五）上班", "2026-05-08 上班，但当日是周五，本来就是工作日"),
        ("5月9日（周六）上班", "5月9日（周六）补休", "2026-05-09 补休，但当日本来就是周末"),
        ("5月9日（周六）上班", "2027年5月9日（周日）上班", "2027-05-09 不在 2026 年"),
        ("2月28日（周六）", "2月30日（周六）", "没有 2026 年 2 月 30 日这一天"),
        ("5月1日（周五）至5日（周二）", "5月5日（周二）至1日（周五）", "不成一段假期"),
        ("5月9日（周六）上班", "12月30日（周二）上班", "本来就是工作日"),
    ],
)
def test_a_fault_is_named_with_its_sentence(before, after, told):
    found = changed(before, after)

    assert told in faults(found)
    assert after.split("，")[0].split("、")[-1] in faults(found)


def test_a_statutory_holiday_that_is_not_there_is_pointed_out():
    found = changed("6月19日（周五）至21日（周日）放假，共3天。", "另行通知放假日期。")

    assert (found.faults, found.unread) == ([], ["五、端午节：另行通知放假日期。"])
    assert found.warnings == ["法定节假日 2026-06-19（端午节）没有放假：通知缺了这一节，或有句子没有读出。"]


def test_a_missing_compensation_is_pointed_out():
    """The days off on weekdays less the worked weekends are the statutory number: thirteen since 2025."""
    found = changed("5月9日（周六）上班。", "")

    assert found.faults == []
    assert found.warnings == ["工作日放假减去周末上班为 14 天，与法定的 13 天不符；请逐日核对。"]


@pytest.mark.parametrize(
    "text",
    [
        "", "  \n ", "关于召开2026年全省中小企业工作会议的通知\n各市工信局：定于2026年5月9日召开会议，请准时参加。",
        "第一章 总则\n第一条 为规范公共服务示范平台认定，制定本办法。", "上班放假", "<html></html>", "\x00\x01",
    ],
)
def test_a_text_of_another_kind_is_said_to_be_one(text):
    found = read(text)

    assert [fault.message for fault in found.faults] == [ANOTHER_KIND]
    assert (found.holidays, found.working_days) == ({}, {})


def test_a_notice_without_its_year_asks_for_the_title():
    text = "一、劳动节：5月1日至5日放假调休，共5天。5月9日（周六）上班。"

    assert "没有读出通知所属的年份" in faults(read(text))
    assert days(read(text, year=2026))[1] == [date(2026, 5, 9)]


def test_years_without_a_calendar_are_refused():
    assert "2101 年不在 2004 至 2100 年之间" in faults(read(ONE.replace("2026年", "2101年")))


def test_a_text_of_excessive_length_is_refused_before_it_is_read():
    assert "超过 20000 个" in faults(read("一" * 20_001))


LETTERS = "0123456789年月日至、，。；：（）()周六日一二元旦春节放假调休上班共天起与末连补将为延长鼓励\n "


@settings(deadline=None)
@given(st.text(alphabet=LETTERS, max_size=120))
def test_no_text_makes_the_reader_fail(text):
    read(f"国务院办公厅关于2026年部分节假日安排的通知\n{text}")
    read(text)


@settings(deadline=None)
@given(st.sampled_from(sorted(texts.WHOLE)), st.data())
def test_a_day_is_never_read_out_of_a_sentence_that_is_named_as_unread(year, data):
    """Whatever word is put into a sentence, its days count whole or not at all."""
    sentences = texts.WHOLE[year].split("\n")
    at = data.draw(st.integers(6, len(sentences) - 4))
    line = sentences[at]
    place = data.draw(st.integers(4, len(line)))
    word = data.draw(st.sampled_from(["不", "除外", "原定", "可", "半天", "取消", "部分"]))
    sentences[at] = line[:place] + word + line[place:]

    found = read("\n".join(sentences))

    whole = read(texts.WHOLE[year])
    assert set(found.working_days) <= set(whole.working_days) | set(whole.holidays)
    assert found.unread or found.faults or found.encouraged or days(found) == days(whole)


def test_a_closure_is_read_under_the_name_of_its_notice():
    found = read(
        "关于台风“梅花”期间停工的通知\n市防指〔2026〕3号\n2026年8月4日（周二）至5日（周三）全市停工、停业、停课。\n"
        "2026年8月3日"
    )

    assert (found.year, found.whole, faults(found), found.unread) == (2026, False, "", [])
    assert found.holidays == {date(2026, 8, 4): "台风梅花停工", date(2026, 8, 5): "台风梅花停工"}
    assert found.document_number == "市防指〔2026〕3号"
