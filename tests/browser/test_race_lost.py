"""Two officials at one task: the one who comes second is told who was first and when, and keeps what was typed."""

from app import clock
from tests.browser import filling
from tests.browser.site import Tab

UNIT = "高碑店市箱包产业服务中心"


def test_the_second_to_complete_sees_who_was_first_and_keeps_what_was_typed(site, opened):
    first, second = opened("city-clerk"), opened("city-clerk-2")
    for tab in (first, second):
        tab.go(site.task(UNIT))
        fill_in(tab)
    second.page.locator("[name=opinion]").fill("第二位经办人写下的很长的意见。")

    submit(first)
    first.sees("“市级评审”已办结")
    second.expect_refusal()
    submit(second)

    second.sees("提交未生效", "此待办已由李淑华于")
    assert second.page.locator("[name=opinion]").input_value() == "第二位经办人写下的很长的意见。"
    assert second.page.get_by_role("button", name="提交办结").is_disabled()
    second.page.get_by_role("link", name="查看办件现在的情况").click()
    second.sees("列入公示", "李淑华")


def test_a_task_that_a_colleague_has_claimed_can_be_read_but_not_done(site, opened):
    unit = "徐水区中小企业培训学校"
    holder, other = opened("city-clerk"), opened("city-clerk-2")
    path = site.task(unit)
    holder.go(path)
    holder.page.get_by_role("button", name="签收").click()
    holder.page.get_by_role("button", name="退签").wait_for()

    other.go(path)

    other.sees("此待办已由李淑华签收，只能查看。")
    assert other.page.get_by_role("button", name="提交办结").is_disabled()
    other.go("/inbox")
    assert "李淑华" in other.page.locator("tr", has_text=unit).inner_text()


def fill_in(tab: Tab) -> None:
    filling.fill(tab.page, "city_review", filling.story_answers("reviewed", year=0, today=clock.today()))
    tab.page.get_by_label("评审通过").check()


def submit(tab: Tab) -> None:
    tab.page.get_by_role("button", name="提交办结").click()
