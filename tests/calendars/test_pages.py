"""The pages about calendars, through the browser's forms."""

import io
from datetime import date

import pytest
from sqlalchemy import func, select

from app import db, workdays
from app.calendars import listing, queries
from app.calendars.models import CalendarEdition
from tests.browsing import errors, seen, soup
from tests.calendars.conftest import NOTICE_2027
from tests.factories import CITY, COUNTY
from tests.workdays import notice_texts as texts

NOTICE = """国务院办公厅关于2027年部分节假日安排的通知
国办发明电〔2026〕8号
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（农历除夕、周五）至12日（周五）放假调休，共8天。2月4日不安排会议。1月31日（周日）、2月20日（周六）上班。
三、清明节：4月3日（周六）至5日（周一）放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。5月8日（周六）上班。
五、端午节：6月9日（周三）放假1天，不调休。
六、中秋节：9月15日（周三）放假1天，不调休。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。
国务院办公厅
2026年11月4日"""
BASE = {
    "way": "paste", "year": "2027", "region_code": "", "text": "", "list": "", "days": "", "document_number": "",
    "issued_on": "", "name": "", "toggle": "", "do": "",
}


@pytest.fixture
def clerk(client, office, clock_at):
    clock_at("2026-11-21 10:00")
    client.sign_in("clerk@province")
    return client


def post(client, **typed):
    return client.submit("/calendars/new", {**BASE, **typed})


def carried(response) -> str:
    return soup(response).select_one("textarea[name=days]").text


def value(response, name) -> str:
    return soup(response).select_one(f"[name={name}]")["value"]


def editions() -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(CalendarEdition))


def test_a_notice_is_pasted_checked_entered_and_confirmed_by_another(clerk, office, app):
    read = post(clerk, text=NOTICE, do="read")
    assert read.status_code == 200
    assert editions() == 0
    assert [mark.text for mark in soup(read).select("mark")] == ["2月4日不安排会议。"]
    assert (value(read, "document_number"), value(read, "issued_on")) == ("国办发明电〔2026〕8号", "2026-11-04")
    assert "2027-05-08（周六） 休息（周六，暂定） 工作 （劳动节调休）" in seen(read)

    filled = {"text": NOTICE, "days": carried(read), "document_number": "国办发明电〔2026〕8号",
              "issued_on": "2026-11-04", "do": "enter"}
    unseen = post(clerk, **filled)
    assert errors(unseen) == {"checked": "通知中有句子没有读出；请逐句核对后勾选。"}
    assert editions() == 0

    entered = post(clerk, **filled, checked="true")
    assert entered.status_code == 303
    assert "确认生效（" not in seen(clerk.get(entered.location))
    assert workdays.book_in_use().revision == 0

    lead = app.test_client()
    lead.sign_in("lead@province")
    page = seen(lead.get(entered.location))
    assert "确认生效（" in page
    assert "2月4日不安排会议。 没有读出" in page
    assert "在 2027 年" not in page
    confirmed = lead.submit(f"{entered.location}/confirm")
    assert confirmed.status_code == 303
    assert workdays.calendar_for(CITY).is_working_day(date(2027, 5, 8))
    assert workdays.calendar_for(CITY).source_of(date(2027, 5, 8)) == "国办发明电〔2026〕8号"
    assert "已公布" in seen(lead.get("/calendars/2027"))
    with db.reading() as session:
        found = queries.history(session, 2027)[0].edition
        days = queries.days_of(session, found.id)
    assert days[1] == {date(2027, 1, 31): "春节", date(2027, 2, 20): "春节", date(2027, 5, 8): "劳动节",
                       date(2027, 9, 26): "国庆节", date(2027, 10, 9): "国庆节"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (NOTICE.replace("5月8日（周六）", "5月8日（周日）"), "2027-05-08 写作周日，实为周六"),
        (NOTICE.replace("5月8日（周六）", "5月4日（周二）"), "2027-05-04 上班，但当日是周二"),
        (NOTICE.replace("5月8日（周六）", "5月2日（周日）"), "既是假期（劳动节）又要上班"),
        (NOTICE.replace("5月8日（周六）", "2028年5月8日（周一）"), "2028-05-08"),
        ("关于召开会议的通知：5月8日上午召开会议。", "这段文字不是放假通知"),
    ],
)
@pytest.mark.parametrize("do", ["read", "enter"])
def test_a_faulty_notice_is_named_kept_as_typed_and_nothing_is_saved(clerk, text, told, do):
    days = listing.write(*NOTICE_2027) if do == "enter" else ""

    response = post(clerk, text=text, do=do, days=days, document_number="国办发明电〔2026〕8号", checked="true")

    assert response.status_code == 422
    assert told in errors(response)["text"]
    assert soup(response).select_one("#f-text").text.strip() == text
    assert editions() == 0


def test_there_must_be_a_notice_to_read(clerk):
    assert errors(post(clerk, do="read")) == {"text": "请粘贴通知全文。"}


def test_days_are_marked_in_the_calendar_one_by_one(clerk):
    first = clerk.page("/calendars/new?way=hand&year=2027")
    days = first.select_one("textarea[name=days]").text
    assert "2027-05-05" not in days

    marked = post(clerk, way="hand", days=days, mark="off", name="劳动节", toggle="2027-05-05")
    marked = post(clerk, way="hand", days=carried(marked), mark="on", name="劳动节", toggle="2027-05-08")
    assert "2027-05-05,off,劳动节" in carried(marked)
    assert "2027-05-08,on,劳动节" in carried(marked)
    back = post(clerk, way="hand", days=carried(marked), mark="none", toggle="2027-05-05")
    assert "2027-05-05" not in carried(back)

    entered = post(clerk, way="hand", days=carried(marked), document_number="国办发明电〔2026〕8号", do="enter")
    assert entered.status_code == 303
    assert editions() == 1


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"mark": "off", "name": "", "toggle": "2027-05-05"}, "name"),
        ({"mark": "", "name": "劳动节", "toggle": "2027-05-05"}, "mark"),
        ({"do": "enter", "document_number": ""}, "document_number"),
        ({"do": "enter", "document_number": "文号", "issued_on": "2026-13-01"}, "issued_on"),
        ({"do": "enter", "document_number": "文号", "year": "1999"}, "year"),
        ({"region_code": COUNTY[:2] + "9999", "do": "enter"}, "region_code"),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_the_days_stay(clerk, typed, field):
    days = listing.write(*NOTICE_2027)

    response = post(clerk, way="hand", days=days, **typed)

    assert response.status_code == 422
    assert field in errors(response)
    if field != "year":
        assert carried(response).strip() == days.strip()
    assert editions() == 0


@pytest.mark.parametrize("typed", [{"days": "rubbish"}, {"toggle": "2027-02-30", "mark": "off", "name": "x"},
                                   {"way": "fax"}, {"do": "enter"}])
def test_what_no_page_sends_is_refused(clerk, typed):
    response = post(clerk, **{"way": "hand", **typed})

    assert response.status_code == 422
    assert editions() == 0


def test_a_list_is_imported_with_a_report_of_each_row(clerk):
    lines = (
        "day,kind,name\n2027-05-05,off,劳动节\n2027-02-30,off,春节\n2027-05-08,worked,劳动节\n"
        "2027-05-05,off,劳动节\n"
    )

    faulty = clerk.submit(
        "/calendars/new", {**BASE, "way": "csv", "do": "read", "file": (io.BytesIO(lines.encode()), "2027.csv")},
        content_type="multipart/form-data",
    )

    rows = [[cell.get_text(strip=True) for cell in row.select("td")] for row in soup(faulty).select("tr.is-red")]
    assert faulty.status_code == 422
    assert [row[0] for row in rows] == ["3", "4", "5"]
    assert "确有这一天" in rows[0][4]
    assert "类别“worked”不认识" in rows[1][4]
    assert "重复出现" in rows[2][4]
    assert editions() == 0


def test_the_list_of_a_year_can_be_downloaded_and_imported_again(clerk):
    content = clerk.get("/calendars/2026/days.csv").data.decode("utf-8-sig")

    read = post(clerk, way="csv", year="2026", list=content, do="read")

    assert read.status_code == 200
    assert listing.read(carried(read)).off == workdays.national_calendar().notice_days(2026)[0]
    assert "没有一天的工作或休息与现行日历不同" in seen(read)


def test_a_list_that_was_changed_after_it_was_read_must_be_read_again(clerk):
    days = listing.write(*NOTICE_2027)

    response = post(clerk, way="csv", list=days + "2027-05-06,off,劳动节\n", days=days, document_number="x", do="enter")

    assert "请重新读取" in errors(response)["list"]
    assert editions() == 0


def test_a_city_enters_a_closure_of_its_own_and_not_the_countrys_calendar(client, office, clock_at):
    clock_at("2026-11-21 10:00")
    client.sign_in("clerk@city")

    assert [o["value"] for o in client.page("/calendars/new").select("#f-region_code option")][:1] == [CITY]
    refused = post(client, way="hand", days=listing.write(*NOTICE_2027), document_number="x", do="enter")
    assert "region_code" in errors(refused)
    text = "关于台风期间停工的通知\n市防指〔2026〕3号\n2026年11月25日（周三）至26日（周四）全市停工、停业、停课。"
    read = post(client, region_code=CITY, text=text, do="read")
    assert read.status_code == 200, seen(read)
    entered = post(client, region_code=CITY, year="2026", text=text, days=carried(read), do="enter",
                   document_number=value(read, "document_number"))
    assert entered.status_code == 303, seen(entered)
    client.sign_in("lead@city")
    assert client.submit(f"{entered.location}/confirm").status_code == 303

    assert not workdays.calendar_for(COUNTY).is_working_day(date(2026, 11, 25))
    assert workdays.calendar_for("130100").is_working_day(date(2026, 11, 25))
    page = client.page(f"/calendars/2026?region={COUNTY}")
    assert "市防指〔2026〕3号" in page.get_text()
    assert len(page.select("td.is-closure")) == 2
    assert workdays.calendar_for(COUNTY).why(date(2026, 11, 26)) == ("closure", "台风停工")


def test_a_national_notice_is_not_taken_for_a_region(client, office, clock_at):
    clock_at("2026-11-21 10:00")
    client.sign_in("clerk@city")

    response = post(client, region_code=CITY, text=texts.WHOLE[2026], do="read")

    assert "这是全国的放假通知" in errors(response)["region_code"]


def test_everybody_may_read_the_calendar(client, office):
    assert "2027 年的放假通知尚未录入，本年日期均为暂定" in seen(client.get("/calendars/2027"))
    assert "暂定" in seen(client.get("/calendars"))
    page = client.page("/calendars/2026")
    assert len(page.select("table.month")) == 12
    assert len(page.select("td.is-make_up")) == 6
    assert "2026-10-10（周六）" in page.get_text()
    assert client.get("/calendars/2003").status_code == 404
    assert client.get("/calendars/2026?region=999999").status_code == 404


def test_who_entered_it_may_withdraw_it_with_a_reason(clerk, office):
    where = f"/calendars/editions/{office.propose()}"

    assert "reason" in errors(clerk.submit(f"{where}/withdraw"))
    assert clerk.submit(f"{where}/withdraw", {"reason": "文号有误"}).status_code == 303
    assert "撤回的理由：文号有误" in seen(clerk.get(where))
    assert clerk.submit(f"{where}/withdraw", {"reason": "再撤"}).status_code == 409


def test_what_was_changed_by_hand_after_reading_is_shown_to_whoever_confirms(clerk, office):
    read = post(clerk, text=NOTICE, do="read")
    days = carried(read).replace("2027-05-08,on,劳动节\n", "")
    entered = post(clerk, text=NOTICE, days=days, document_number="x", checked="true", do="enter")

    assert "录入的日历与通知读出的不同：2027-05-08 没有上班" in seen(clerk.get(entered.location))


def test_changing_the_year_under_the_calendar_shows_that_years_days_and_enters_nothing(clerk):
    days = listing.write(*NOTICE_2027)
    typed = {"way": "hand", "year": "2026", "of": "2027/", "days": days, "document_number": "x"}

    shown, refused = post(clerk, **typed, do="look"), post(clerk, **typed, do="enter")

    assert listing.read(carried(shown)).off == workdays.national_calendar().notice_days(2026)[0]
    assert "日历已换成该年份和地区的" in errors(refused)["year"]
    assert post(clerk, **{**typed, "way": "paste", "text": NOTICE}, do="enter").status_code == 422
    assert editions() == 0


def test_a_deadline_that_anybody_computes_follows_the_edition_in_force(client, office):
    def until():
        page = client.page("/deadlines?start=2027-04-30&amount=3&unit=working_days")
        return page.select_one("#answer .until").get_text(strip=True)

    before = until()
    office.in_force()

    assert before == "截止 2027-05-07 24:00（暂定），周五"
    assert until() == "截止 2027-05-08 24:00，周六"
