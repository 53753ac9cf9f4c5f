"""From application to title in the browser, each step by the person whose step it is."""

from datetime import date
from pathlib import Path

from app import clock
from tests.browser import filling
from tests.browser.site import Tab

UNIT = "莲池区启航企业服务有限公司"
LIST_TITLE = "启航公司拟认定名单公示"


def test_an_application_goes_all_the_way_to_the_public_register(site, opened, paper):
    institution, county, city = opened("qihang"), opened("lianchi-clerk"), opened("city-clerk")
    lead, anybody = opened("city-lead"), opened()

    closes_on = site.ask("SELECT closes_on FROM batch WHERE name = '年度申报'")
    apply(institution, paper, closes_on=date.fromisoformat(closes_on))
    recommend(county)
    review(city)
    put_on_the_list(lead)
    last_day = see_it_published(anybody)
    today = let_the_days_pass(anybody, until=last_day)
    decide(lead, today=today)

    number = see_the_title(anybody)
    institution.go(site.case(UNIT))
    institution.sees("已认定", number)
    assert "授予称号，编号 " + number in institution.text()


def apply(tab: Tab, paper: Path, *, closes_on: date) -> None:
    """The institution opens its application and fills in all of it, files and rows included."""
    tab.go("/batches")
    tab.page.get_by_role("row").filter(has_text="年度申报").get_by_role("link", name="我要申报").click()
    tab.page.get_by_role("button", name="开始申报").click()
    tab.sees("当前环节", "填报申请")
    tab.page.get_by_role("link", name="办理：填报申请").click()
    answers = filling.story_answers(
        "report", year=closes_on.year, today=clock.today(), unit_name=UNIT, credit_code="91130606MA0E97X9BU"
    )
    filling.fill(tab.page, "application_report", answers, paper=paper)
    tab.sees("90.00 %")  # the share of qualified staff, worked out while the rows were filled
    tab.page.locator(".confirm summary").click()
    tab.page.get_by_role("button", name="确认提交").click()
    tab.sees("“填报申请”已办结", "办理回执", "测评推荐")


def recommend(tab: Tab) -> None:
    """The county checks the conditions row by row and recommends."""
    open_from_inbox(tab)
    tab.sees("14 项，均符合")
    filling.fill(tab.page, "recommendation", filling.STORY["answers"]["recommended"])
    complete(tab, "同意推荐")
    tab.sees("“测评推荐”已办结", "市级评审")


def review(tab: Tab) -> None:
    """The city reads what the county said, and passes."""
    open_from_inbox(tab)
    tab.sees("材料齐全，测评良好，同意推荐。")
    answers = filling.story_answers("reviewed", year=0, today=clock.today())
    filling.fill(tab.page, "city_review", answers)
    complete(tab, "评审通过")
    tab.sees("“市级评审”已办结", "列入公示")


def put_on_the_list(tab: Tab) -> None:
    """The lead confirms the publication of this one alone."""
    choose_in_act(tab, "列入公示")
    filling.fill(tab.page, "publication_list", {**filling.STORY["answers"]["list"], "title": LIST_TITLE})
    confirm(tab, "列入公示")
    tab.sees("批文已确认生效", "已办 1 件")


def see_it_published(tab: Tab) -> date:
    """Anybody reads the list and its countdown without signing in; returns the last day."""
    tab.go("/publications")
    tab.page.get_by_role("link", name=LIST_TITLE).click()
    tab.sees("公示中，还剩 7 个工作日", UNIT, "异议受理")
    tab.page.get_by_text("看看截止日怎么算").click()
    tab.sees("第 7 个工作日")
    return date.fromisoformat(tab.text().partition("截止 ")[2][:10])


def let_the_days_pass(tab: Tab, *, until: date) -> date:
    """Day by day with the banner: still open on the last day, over on the next; returns that day."""
    page = tab.page.url
    for _ in range(30):
        tab.page.locator(".demo").get_by_label("移动法定时间").select_option("day")
        tab.page.get_by_role("button", name="移动时间").click()
        tab.sees("法定时间已移到")
        tab.go(page)
        today = date.fromisoformat(tab.page.locator(".demo time").inner_text()[:10])
        over = "公示已结束" in tab.text()
        assert over == (today > until), today
        if today == until:
            tab.sees("公示中，今日截止")
        if over:
            break
    tab.sees("公示已结束")
    for _ in range(40):  # the worker closes it within seconds
        if "公示通过" in tab.text():
            return today
        tab.page.wait_for_timeout(250)
        tab.go(page)
    raise AssertionError(tab.text())


def decide(tab: Tab, *, today: date) -> None:
    """The lead issues the document for this one alone, on the legal day it is."""
    choose_in_act(tab, "认定发文")
    answers = filling.story_answers("decided", year=0, today=today, document_number="保工信〔启航〕9 号")
    filling.fill(tab.page, "announcement", answers)
    confirm(tab, "认定发文")
    tab.sees("批文已确认生效", "已办 1 件")


def see_the_title(tab: Tab) -> str:
    """Anybody finds the title in the register, with its number and document; returns the number."""
    tab.go("/titles")
    tab.page.get_by_label("查找").fill("启航")
    tab.page.get_by_role("button", name="筛选").click()
    tab.page.wait_for_url("**/titles?q=*")
    link = tab.page.get_by_role("link", name="BDP-")
    number = link.inner_text()
    assert UNIT in tab.text()
    link.click()
    tab.sees(UNIT, "保工信〔启航〕9 号", "有效", "授予")
    return number


def open_from_inbox(tab: Tab) -> None:
    tab.go("/inbox")
    tab.page.get_by_label("查找").fill("启航")
    tab.page.get_by_role("button", name="筛选").click()
    tab.page.wait_for_url("**q=*")
    tab.page.get_by_role("link", name=UNIT).click()


def complete(tab: Tab, outcome: str) -> None:
    tab.page.get_by_label(outcome).check()
    tab.page.get_by_role("button", name="提交办结").click()


def choose_in_act(tab: Tab, step: str) -> None:
    """Open the act of a step and leave only this institution's case ticked."""
    tab.go("/acts")
    tab.page.get_by_role("link", name=step, exact=True).first.click()
    for row in tab.page.locator("main tbody tr").all():
        row.locator("input[type=checkbox]").set_checked(UNIT in row.inner_text())


def confirm(tab: Tab, step: str) -> None:
    tab.page.locator(".confirm summary").click()
    tab.page.get_by_role("button", name=f"确认{step}").click()
