"""With JavaScript: errors and figures appear while somebody types, rows come without a reload, the diagram is drawn."""

import pytest
from playwright.sync_api import Locator

from tests.browser.site import Tab

UNIT = "定兴县融资服务有限公司"


@pytest.fixture
def form(site, opened) -> Tab:
    """The long form of an application, empty."""
    tab = opened("rongzi")
    tab.go(site.task(UNIT))
    return tab


def test_an_error_appears_at_the_field_when_it_is_left_and_goes_when_it_is_mended(form):
    code, error = form.page.locator("[name=credit_code]"), form.page.locator("#f-credit_code-error")

    code.fill("91130626MA0D67X5AX")
    code.press("Tab")
    error.wait_for()
    assert "校验" in error.inner_text()
    assert code.get_attribute("aria-invalid") == "true"

    code.fill("91130626MA0D67X5AR")
    code.press("Tab")
    error.wait_for(state="detached")


def test_an_error_appears_in_the_cell_of_a_table(form):
    cell, error = form.page.locator("[name=years-1-served_firms]"), form.page.locator("#f-years-1-served_firms-error")

    cell.fill("一百")
    cell.press("Tab")

    error.wait_for()
    assert "数字" in error.inner_text()
    assert form.page.locator("#f-years-0-served_firms-error").count() == 0


def test_fields_not_reached_yet_are_not_complained_of(form):
    form.page.locator("[name=platform_name]").fill("平台")
    form.page.locator("[name=contact_email]").fill("谁@哪")
    form.page.keyboard.press("Tab")

    form.page.locator("#f-contact_email-error").wait_for()

    assert form.page.locator(".error-text").count() == 1


def test_figures_follow_what_is_filled_in(form):
    assert "上年度服务企业 0 家" in figures(form)

    last_year = int(form.site.ask("SELECT substr(closes_on, 1, 4) FROM batch")) - 1
    form.page.locator("[name=years-0-year]").fill(str(last_year))
    form.page.locator("[name=years-0-served_firms]").fill("136")
    form.page.keyboard.press("Tab")

    form.page.locator("#figures").get_by_text("136 家").wait_for()


def test_a_row_comes_without_a_reload_and_takes_the_cursor_and_keeps_chosen_files(form, paper):
    form.page.evaluate("() => { window.sameDocument = true; }")
    form.page.locator('input[type="file"][name=m2_licence]').set_input_files(str(paper))

    form.page.locator('button[name=_add][value="staff"]').click()
    form.page.locator("[name=staff-1-person]").wait_for()

    assert form.page.evaluate("() => window.sameDocument")
    assert form.focused().get_attribute("name") == "staff-1-person"
    assert form.page.locator('input[type="file"][name=m2_licence]').evaluate("(input) => input.files.length") == 1
    assert paper.name in form.page.locator("#f-m2_licence-field").inner_text()


def test_a_part_that_does_not_apply_is_hidden_and_comes_with_its_answer(form):
    part = form.page.locator("fieldset", has_text="七（二）技术服务").last
    entry = form.page.locator(".contents").get_by_text("七（二）技术服务")
    assert not part.is_visible()
    assert not entry.is_visible()

    form.page.locator('[name=functions][value="technology"]').check()

    part.wait_for(state="visible")
    entry.wait_for(state="visible")
    entry.click()
    form.page.wait_for_function("(legend) => Math.abs(legend.getBoundingClientRect().top) < 300", arg=legend_of(part))


def test_a_reviewer_sees_the_conditions_row_by_row_and_only_the_answers_that_apply(site, opened):
    tab = opened("city-clerk")
    tab.go(site.task("高阳县新合技术转移有限公司"))

    rows = [" ".join(row.inner_text().split()) for row in tab.page.locator(".conditions tbody tr").all()]
    tab.page.get_by_text("填报申请（").click()
    answers = tab.text()

    assert "年服务企业 分年度数据 76 家 ≥ 80 家 不符合 BDP-7.3" in rows
    assert "资产总额 上年末资产总额 420 万元 ≥ 150 万元 符合 BDP-7.1" in rows
    assert "培训资质或备案 办学依据 已在中小企业主管部门备案 不是“均无” 符合 BDP-8" in rows
    assert len(rows) == 14
    assert "七（一）信息服务" in answers
    assert "七（二）技术服务" not in answers


def test_the_diagram_shows_what_is_passed_what_waits_and_its_mark(site, opened):
    tab = opened("city-lead")
    tab.go(site.case("高阳县新合技术转移有限公司"))

    tab.page.locator('[data-element-id="review"].is-overdue').wait_for()

    assert tab.page.locator(".step-badge", has_text="已办").count() == 2
    assert tab.page.locator(".step-badge.is-overdue", has_text="超期").count() == 1
    assert tab.page.locator(".bjs-powered-by").is_visible()
    green = tab.page.locator('[data-element-id="to_recommended"] path').first.get_attribute("style") or ""
    assert "rgb(23, 105, 58)" in green


def test_on_a_phone_the_steps_stand_in_place_of_the_diagram(site, opened):
    tab = opened("city-lead", width=390, height=844)

    tab.go(site.case("高阳县新合技术转移有限公司"))

    tab.sees("市级评审", "当前环节")
    assert tab.page.locator(".route li").count() == 3
    assert tab.page.locator(".djs-container").count() == 0


def test_a_printed_case_has_its_steps_its_answers_and_no_controls(site, opened):
    tab = opened("city-lead")
    tab.go(site.case("保定智服科技有限公司"))
    tab.see_diagrams()

    tab.page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    tab.page.emulate_media(media="print")

    tab.sees("授予称号", "平台名称", "公示期满")
    assert not tab.page.locator(".site-header").is_visible()
    assert not tab.page.locator(".demo").is_visible()
    assert not tab.page.locator(".diagram-tools").first.is_visible()


def legend_of(part: Locator) -> object:
    return part.locator("legend").first.element_handle()


def figures(tab: Tab) -> str:
    return " ".join(tab.page.locator("#figures").inner_text().split())
