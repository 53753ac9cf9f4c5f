"""Without JavaScript nothing is missing: rows, files, drafts, errors at their fields, completion, collective acts."""

import re
from datetime import date
from pathlib import Path

from openpyxl import Workbook

from app import clock
from tests.browser import filling
from tests.browser.site import Site, Tab

UNIT = "定兴县融资服务有限公司"
NEWCOMER = "莲池区启航企业服务有限公司"


def without_javascript(opened, login: str = "") -> Tab:
    return opened(login, javascript=False)


def test_rows_are_added_and_removed_with_what_was_typed(site, opened):
    tab = without_javascript(opened, "rongzi")
    tab.go(site.task(UNIT))
    tab.page.locator("[name=staff-0-person]").fill("陈晨")

    tab.page.locator('button[name=_add][value="staff"]').click()
    tab.page.locator("[name=staff-1-person]").fill("李明")
    tab.page.locator('button[name=_remove][value="staff.0"]').click()

    assert tab.page.locator("[name=staff-0-person]").input_value() == "李明"
    assert tab.page.locator("#f-staff [data-row]").count() == 1


def test_a_table_is_imported_with_a_report_a_row(site, opened, tmp_path):
    tab = without_javascript(opened, "rongzi")
    tab.go(site.task(UNIT))
    tab.page.locator('button[value="sheet:staff"]').click()
    sheet = tmp_path / "人员.xlsx"
    made = Workbook()
    for row in (["姓名", "岗位", "学历", "职称", "专职"], ["陈晨", "咨询", "本科", "中级", "是"],
                ["李明", "咨询", "硕博", "中级", "是"]):
        made.active.append(row)
    made.save(sheet)

    tab.page.locator("#f-file").set_input_files(str(sheet))
    tab.expect_refusal()
    tab.page.get_by_role("button", name="导入").click()
    tab.sees("第 3 行", "学历", "硕博", "不在选项里", "研究生、本科")
    tab.page.get_by_role("button", name="只导入可用的 1 行").click()

    tab.sees("已导入 1 行")
    assert tab.page.locator("[name=staff-0-person]").input_value() == "陈晨"


def test_a_draft_is_there_again_in_another_window(site, opened):
    tab = without_javascript(opened, "rongzi")
    tab.go(site.task(UNIT))
    tab.page.locator("[name=unit_name]").fill(UNIT)
    tab.page.locator("[name=years-0-income_wan]").fill("860")
    tab.page.get_by_role("button", name="暂存").click()
    tab.sees("已暂存，可随时回来继续填写。")

    other = opened("rongzi")
    other.go(site.task(UNIT))

    assert other.page.locator("[name=unit_name]").input_value() == UNIT
    assert other.page.locator("[name=years-0-income_wan]").input_value() == "860"


def test_errors_stand_at_their_fields_and_neither_words_nor_files_are_lost(site, opened, paper):
    tab = without_javascript(opened, "rongzi")
    tab.go(site.task(UNIT))
    tab.page.locator("[name=platform_name]").fill("中小企业融资服务平台")
    tab.page.locator("[name=credit_code]").fill("91130626MA0D67X5AX")
    tab.page.locator("[name=years-1-income_wan]").fill("许多")
    tab.page.locator('input[type="file"][name=m2_licence]').set_input_files(str(paper))

    tab.expect_refusal()
    tab.page.locator(".confirm summary").click()
    tab.page.get_by_role("button", name="确认提交").click()

    tab.sees("处需要改正", "从事中小企业服务的人员")
    assert "校验" in error_at(tab, "credit_code")
    assert "数字" in error_at(tab, "years-1-income_wan")
    assert tab.page.locator("[name=platform_name]").input_value() == "中小企业融资服务平台"
    assert tab.page.locator("[name=years-1-income_wan]").input_value() == "许多"
    stored = tab.page.locator("#f-m2_licence-field .stored")
    assert paper.name in stored.inner_text()
    assert stored.locator("input[type=hidden]").count() == 1
    assert tab.page.locator(".contents .wrong").count() >= 5


def test_an_institution_signs_in_applies_and_completes_its_application(site, opened, paper):
    tab = without_javascript(opened)
    tab.sign_in("qihang")
    tab.go("/batches")
    tab.page.get_by_role("row").filter(has_text="年度申报").get_by_role("link", name="我要申报").click()
    tab.page.get_by_role("button", name="开始申报").click()
    tab.page.get_by_role("link", name="办理：填报申请").click()
    fill_in(tab, site, paper)

    tab.page.locator(".confirm summary").click()
    tab.page.get_by_role("button", name="确认提交").click()

    tab.sees("“填报申请”已办结", "办理回执", "测评推荐")
    tab.page.get_by_role("link", name="查看办理进度").click()
    assert tab.page.locator(".route").is_visible()
    assert not tab.page.locator(".diagram").is_visible()


def test_a_collective_act_is_confirmed_and_shows_a_result_a_row(opened):
    tab = without_javascript(opened, "city-lead")
    tab.go("/acts")
    tab.page.get_by_role("link", name="列入公示", exact=True).first.click()
    filling.fill(tab.page, "publication_list", filling.STORY["answers"]["list"])

    tab.page.locator(".confirm summary").click()
    tab.page.get_by_role("button", name="确认列入公示").click()

    tab.sees("批文已确认生效")
    for _ in range(40):  # without JavaScript somebody reloads the page
        if re.search(r"已办 2 件", tab.text()):
            return
        tab.page.wait_for_timeout(250)
        tab.page.reload()
    raise AssertionError(tab.text())


def fill_in(tab: Tab, site: Site, paper: Path) -> None:
    closes_on = date.fromisoformat(site.ask("SELECT closes_on FROM batch WHERE name = '年度申报'"))
    answers = filling.story_answers(
        "report", year=closes_on.year, today=clock.today(), unit_name=NEWCOMER, credit_code="91130606MA0E97X9BU"
    )
    filling.fill(tab.page, "application_report", answers, paper=paper)


def error_at(tab: Tab, name: str) -> str:
    control = tab.page.locator(f'[name="{name}"]')
    assert control.get_attribute("aria-invalid") == "true"
    described = control.get_attribute("aria-describedby") or ""
    error = next(each for each in described.split() if each.endswith("-error"))
    return tab.page.locator(f"#{error}").text_content() or ""  # a row out of sight is drawn when it comes into it
