"""The province's programme in the browser, from the call to the end of a title: each step by whose step it is."""

import io
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser

from app.programmes.reading import read_yaml
from tests.browser import filling
from tests.browser.site import ROOT, Site, Tab
from tests.browser.test_grid import paste, saved

PROGRAMME = "hebei-institution"
STORY = ROOT / "processes" / PROGRAMME / "examples" / "national_day.yaml"
TOLD = read_yaml(STORY.read_bytes())
UNIT = TOLD["units"]["qihui"]["name"]
EXPERTS = [person for person in TOLD["units"]["province"]["people"] if "expert" in person["roles"]]
SCORES = [step["answers"] for step in TOLD["steps"] if step.get("does") == "评审打分"]
LIST_TITLE = "优质中小企业服务机构拟认定名单公示"
DOCUMENT = "冀工信企业〔示范〕96 号"
WRONG, RIGHT = "面积与租赁合同不符，请按合同填写。", "152.5"
REPLY = "经现场核对租赁合同和产权登记，场地面积属实，异议不成立。"


@pytest.fixture(scope="module")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with the story's people, to whom nothing has happened yet."""
    data = tmp_path_factory.mktemp("hebei") / "data"
    command = [sys.executable, "-m", "tests.browser.loading", str(STORY)]
    loaded = subprocess.run(command, cwd=ROOT, env=Site.environment(data), capture_output=True, text=True)
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    served = Site.start(data)
    yield served
    served.stop()
    shutil.rmtree(data)


def test_an_institution_goes_from_the_call_to_the_end_of_its_title(opened, paper, tmp_path):
    applicant, county, city = opened("qihui"), opened("zhengding-clerk"), opened("city-clerk")
    clerk, lead, anybody = opened("province-clerk"), opened("province-lead"), opened()

    closes_on = open_a_call(lead)
    enter_experts(clerk)
    apply(applicant, paper, closes_on=closes_on, folder=tmp_path)
    return_for_correction(county)
    correct(applicant)
    pass_the_correction(county)
    recommend(city)
    report_the_summary(opened("city-lead"))
    for person, scores in zip(EXPERTS, SCORES, strict=True):
        score(opened(person["login"]), scores)
    verify(clerk)
    check_on_site(clerk, photo=picture(clerk, tmp_path))
    publish(lead)

    follow = object_to(anybody, paper)
    reject(clerk, anybody, follow=follow)
    pass_the_publication(anybody)
    meet(lead)
    today = issue(lead)
    number = see_the_certificate(applicant)
    until = see_it_registered(anybody, number, granted_on=today)
    see_it_end(anybody, number, until=until)


def open_a_call(tab: Tab) -> date:
    """The province opens this year's call with a last day for each tier; returns the applicants' own."""
    tab.go("/batches")
    today = legal_today(tab)
    closes_on = today + timedelta(days=30)
    tab.page.get_by_label("批次名称").fill(f"{today.year} 年度认定")
    tab.page.get_by_label("受理开始日").fill(today.isoformat())
    tab.page.get_by_label("受理截止日").fill(closes_on.isoformat())
    for tier, after in (("county", 45), ("city", 60)):
        tab.page.locator(f"[name=on_{tier}]").fill((today + timedelta(days=after)).isoformat())
    tab.page.get_by_role("button", name="发布", exact=True).click()
    tab.sees("已发布申报批次", "县级主管部门截止日", "市级主管部门截止日", "还没有单位申报")
    return closes_on


def enter_experts(tab: Tab) -> None:
    """The clerk enters all five into the register of experts."""
    for person in EXPERTS:
        tab.go("/experts/new")
        tab.page.get_by_label(person["name"]).check()
        tab.page.get_by_label("专业领域").fill("企业服务")
        tab.page.get_by_label("工作单位").fill("燕赵大学")
        tab.page.get_by_role("button", name="入库").click()
        tab.sees("已入库", person["name"])
    tab.go("/experts")
    assert tab.page.locator("main tbody tr").count() == len(EXPERTS)


def apply(tab: Tab, paper: Path, *, closes_on: date, folder: Path) -> None:
    """The institution fills in everything: staff pasted, firms imported, papers uploaded; and holds a receipt."""
    tab.go("/batches")
    tab.page.get_by_role("link", name="我要申报").click()
    tab.sees(closes_on.isoformat())
    tab.page.get_by_role("button", name="开始申报").click()
    tab.page.get_by_role("link", name="办理：填报申请").click()
    answers = story_answers(tab, "application", year=closes_on.year)
    papers = {key: value for key, value in answers.items() if re.match(r"m\d+_", key)}
    firms, staff = answers.pop("served"), answers.pop("staff")
    typed = {key: value for key, value in answers.items() if key not in papers}

    filling.fill(tab.page, "application", typed, programme=PROGRAMME)
    paste(tab, "staff-0-person", as_block("staff", staff))
    tab.sees(f"已粘贴 {len(staff)} 行")
    saved(tab)
    import_rows(tab, "served", firms, folder=folder)
    assert tab.page.locator("[name=unit_name]").input_value() == UNIT  # what was saved by itself
    for key, names in papers.items():
        filling.upload(tab.page, key, names, paper)
    tab.page.get_by_role("button", name="暂存", exact=True).click()  # files go with the page, not by themselves
    see_all_conditions_met(tab)

    tab.page.locator(".confirm summary").click()
    tab.page.get_by_role("button", name="确认提交").click()
    tab.sees("“填报申请”已办结", "办理回执", "县级初审")
    hashes = [each.inner_text() for each in tab.page.locator(".receipt .hash, .receipt-files .hash").all()]
    assert len(hashes) == 2 + sum(len(names) for names in papers.values())
    assert all(re.fullmatch(r"[0-9a-f]{64}", each) for each in hashes), hashes


def import_rows(tab: Tab, table: str, rows: list[Mapping[str, Any]], *, folder: Path) -> None:
    """Fill the page's own template with rows and import it: lists of choices want their words."""
    form_page = tab.page.url
    template = tab.page.request.get(tab.page.locator(f"#f-{table}").get_by_text("下载模板").get_attribute("href"))
    assert template.ok
    book = load_workbook(io.BytesIO(template.body()))
    for place, row in enumerate(in_words(table, rows), start=2):
        for column, said in enumerate(row, start=1):
            book.worksheets[0].cell(place, column, said)
    book.save(folder / "filled.xlsx")
    tab.page.locator(f'button[name=_do][value="sheet:{table}"]').click()
    tab.page.locator("[name=file]").set_input_files(folder / "filled.xlsx")
    tab.page.get_by_role("button", name="导入", exact=True).click()
    tab.sees(f"已导入 {len(rows)} 行")
    assert tab.page.url.startswith(form_page.partition("#")[0])


def see_all_conditions_met(tab: Tab) -> None:
    tab.page.locator("#materials").get_by_text("必交材料已齐").wait_for()
    preview = tab.page.locator("#preview")
    assert preview.locator("li").count() == preview.locator("li.is-met").count() > 5, preview.inner_text()


def return_for_correction(tab: Tab) -> None:
    """The county names the one field that is wrong."""
    open_task(tab, UNIT)
    answers = story_answers(tab, "county_view", complete="no", opinion="场地面积与合同不符，须补正。",
                            defects=[{"field": "premises_area", "what": WRONG}])
    filling.fill(tab.page, "county_review", answers, programme=PROGRAMME)
    complete(tab, "县级初审", "退回补正")


def correct(tab: Tab) -> None:
    """The institution signs for the notice, then can change what the notice names and nothing else."""
    tab.go("/notices")
    tab.page.get_by_role("link", name="查看并签收").click()
    tab.page.get_by_role("button", name="查看并签收").click()
    tab.sees("签收时间", "已送达", WRONG)

    open_task(tab, UNIT)
    tab.sees("请逐项修改标有“需补正”的 1 项", WRONG)
    offered = tab.page.locator("#task-form :is(input, select, textarea):not([type=hidden])")
    assert [each.get_attribute("name") for each in offered.all()] == ["premises_area"]
    tab.page.locator("[name=premises_area]").fill(RIGHT)
    tab.page.locator(".confirm summary").click()
    tab.page.get_by_role("button", name="确认提交").click()
    tab.sees("“按县级意见补正”已办结", "县级复核", RIGHT)


def pass_the_correction(tab: Tab) -> None:
    open_task(tab, UNIT)
    tab.sees(RIGHT)
    answers = {"corrected": "all", "opinion": "已按要求补正，同意报送。"}
    filling.fill(tab.page, "county_recheck", answers, programme=PROGRAMME)
    complete(tab, "县级复核", "复核通过")


def recommend(tab: Tab) -> None:
    open_task(tab, UNIT)
    filling.fill(tab.page, "city_review", story_answers(tab, "city_view"), programme=PROGRAMME)
    complete(tab, "市级初审", "同意推荐")


def report_the_summary(tab: Tab) -> None:
    """The city's lead confirms the table of all it recommends as one act."""
    act(tab, "推荐汇总表", "recommendation_summary", story_answers(tab, "summary"), sees=("总资产", "300", "合计"))


def score(tab: Tab, scores: Mapping[str, Any]) -> None:
    """One expert scores each item of the sheet."""
    open_task(tab, UNIT)
    for key, points in scores.items():
        tab.page.locator(f"[name={key}]").fill(str(points))
    complete(tab, "评审打分", "提交评分")
    tab.sees("办理回执")


def verify(tab: Tab) -> None:
    """The province reads the panel's result, classes the institution and sends somebody to look."""
    open_task(tab, UNIT)
    tab.page.get_by_role("navigation", name="所在位置").get_by_role("link").last.click()
    tab.page.get_by_role("link", name="抽取记录和各专家评分").click()
    tab.sees("81.17", "合格", "最高分，不计", "最低分，不计", "随机种子")

    open_task(tab, UNIT)
    filling.fill(tab.page, "province_verify", story_answers(tab, "province_view"), programme=PROGRAMME)
    complete(tab, "省级审核", "实地抽查")


def check_on_site(tab: Tab, *, photo: Path) -> None:
    open_task(tab, UNIT)
    answers = {
        "visited_on": legal_today(tab).isoformat(), "place": "石家庄市正定县常山路 8 号",
        "inspectors": [{"person": "苏北辰", "unit": "河北省工业和信息化厅"}, {"person": "葛晓", "unit": "正定县"}],
        "seen": ["premises", "staff", "records"], "agrees": "yes",
        "findings": "场地、专职人员和服务台账与申报材料一致。",
        "photos": ["现场照片.jpg"], "opinion": "抽查情况良好，提请公示。",
    }
    filling.fill(tab.page, "onsite_check", answers, paper=photo, programme=PROGRAMME)
    complete(tab, "实地抽查", "拟予认定")
    tab.page.get_by_text("实地抽查（").click()
    tab.sees("现场照片.jpg")


def picture(tab: Tab, folder: Path) -> Path:
    """A photo, taken of what is on the screen."""
    path = folder / "photo.jpg"
    tab.page.screenshot(path=path, type="jpeg")
    return path


def publish(tab: Tab) -> None:
    act(tab, "列入公示", "publication_list", {**TOLD["answers"]["list"], "title": LIST_TITLE})


def object_to(tab: Tab, paper: Path) -> str:
    """Anybody objects with evidence and keeps the link to follow it; the entry is held. Returns the link's path."""
    tab.go("/publications")
    tab.page.get_by_role("link", name=LIST_TITLE).click()
    tab.sees("还剩 5 个工作日", UNIT)
    tab.page.get_by_role("link", name="提出异议").click()
    tab.page.get_by_label("姓名或单位名称").fill("路人甲")
    tab.page.get_by_label("联系方式").fill("13800000000")
    tab.page.get_by_label("异议的事实和理由").fill("该单位的服务场地面积不实。")
    filling.upload(tab.page, "evidence", ["场地照片说明.pdf"], paper)
    tab.page.get_by_role("button", name="提交异议").click()
    tab.sees("异议已收到", "受理编号", "正在核查", "场地照片说明.pdf")
    follow = tab.page.url.removeprefix(tab.site.base).partition("?")[0]
    see_on_the_list(tab, "有异议，正在核查")
    return follow


def reject(tab: Tab, objector: Tab, *, follow: str) -> None:
    """The clerk finds the objection unfounded; its objector reads the reply, and the entry is on the list again."""
    open_task(tab, UNIT)
    answers = {"finding": "核对租赁合同和产权登记，面积一致。", "clause": "指南第八条", "reply": REPLY}
    filling.fill(tab.page, "objection_finding", answers, programme=PROGRAMME)
    complete(tab, "核查异议", "异议不成立")
    objector.go(follow)
    objector.sees("异议不成立", REPLY)
    see_on_the_list(objector, "公示中")


def pass_the_publication(tab: Tab) -> None:
    """Five working days pass, each with the list still open; on the sixth it is over and the entry has passed."""
    for left in (4, 3, 2, 1):
        move(tab, "working_day")
        see_on_the_list(tab, f"还剩 {left} 个工作日")
    move(tab, "working_day")
    see_on_the_list(tab, "公示中，今日截止")
    move(tab, "day")
    see_on_the_list(tab, "公示已结束", "公示通过")


def meet(tab: Tab) -> None:
    answers = {"meeting": "第 21 次厅长办公会", "met_on": "today", "reason": "评审得分和公示结果符合认定要求。"}
    act(tab, "会议审定", "meeting_decision", dated(tab, answers), outcome="选定")


def issue(tab: Tab) -> date:
    """The lead issues the document of recognition, which can be had as Word and PDF; returns its day."""
    answers = {"document_title": "关于公布河北省优质中小企业服务机构名单的通知", "document_number": DOCUMENT,
               "issued_on": "today"}
    act(tab, "认定发文", "announcement", dated(tab, answers))
    for name, begins in (("下载 Word", b"PK"), ("下载 PDF", b"%PDF")):
        assert download(tab, name).startswith(begins), name
    tab.page.get_by_role("button", name="存入办件").click()
    tab.sees(DOCUMENT)
    return legal_today(tab)


def see_the_certificate(tab: Tab) -> str:
    """The holder comes from its case to the title and its certificate, with a code to scan; returns the number."""
    tab.go(tab.site.case(UNIT))
    tab.sees("已认定")
    tab.page.get_by_role("link", name=re.compile(r"^HBI-\d{4}-\d{4}$")).click()
    tab.page.get_by_role("link", name="称号证书").click()
    number = tab.page.locator(".about").inner_text().removeprefix("编号 ")
    assert re.fullmatch(r"HBI-\d{4}-\d{4}", number), number
    tab.page.locator(".certificate svg").wait_for()
    tab.sees(UNIT, DOCUMENT)
    assert download(tab, "下载 PDF").startswith(b"%PDF")
    tab.page.get_by_role("link", name="公开查验页").click()
    tab.sees("当日有效", number)
    return number


def see_it_registered(tab: Tab, number: str, *, granted_on: date) -> date:
    """Anybody finds the title with its classes in the register; it holds for three years. Returns the last day."""
    tab.go("/titles")
    tab.page.get_by_label("查找").fill("企汇")
    tab.page.get_by_role("button", name="筛选").click()
    tab.page.wait_for_url("**/titles?q=*")
    until = three_years_after(granted_on)
    tab.sees(number, UNIT, f"至 {until}", "有效")
    tab.page.get_by_role("link", name=number).click()
    tab.sees("服务性质", "社会", "服务类别", "数字", DOCUMENT, f"至 {until}", "授予")
    return until


def see_it_end(tab: Tab, number: str, *, until: date) -> None:
    """Three years on the title holds on its last day and is over on the next."""
    for _ in range(3):
        move(tab, "year")
    while legal_today(tab) < until:
        move(tab, "day")
    tab.go(f"/verify/{number}")
    tab.sees(f"{until} 当日有效")
    move(tab, "day")
    tab.go(f"/verify/{number}")
    tab.sees("当日无效", "已到期")
    for path in ("/titles", tab.site.ask("SELECT '/titles/' || public_id FROM title")):
        tab.go(path)
        tab.sees("已到期")


def three_years_after(day: date) -> date:
    """The same day three years on; of 29 February the last day of that month."""
    return date(day.year + 3, day.month, min(day.day, 28) if day.month == 2 else day.day)


def legal_today(tab: Tab) -> date:
    """The legal date that the banner shows."""
    return date.fromisoformat(tab.page.locator(".demo time").inner_text()[:10])


def move(tab: Tab, by: str) -> None:
    """Move legal time with the banner."""
    tab.page.locator(".demo").get_by_label("移动法定时间").select_option(by)
    tab.page.get_by_role("button", name="移动时间").click()
    tab.sees("法定时间已移到")


def see_on_the_list(tab: Tab, *words: str) -> None:
    """All these words come to stand on the page of the list: the worker needs a moment."""
    tab.go(tab.site.ask("SELECT '/publications/' || public_id FROM publication"))
    wait_until(tab, lambda: all(each in tab.text() for each in words))


def wait_until(tab: Tab, is_so: Callable[[], bool]) -> None:
    """Load the page anew until something is so."""
    for _ in range(60):
        if is_so():
            return
        tab.page.wait_for_timeout(200)
        tab.page.reload()
    raise AssertionError(tab.text())


def open_task(tab: Tab, unit: str) -> None:
    """Open the one task of the inbox about a unit, once it's there."""
    tab.go("/inbox")
    link = tab.page.locator("main tbody").get_by_role("link", name=unit)
    wait_until(tab, lambda: link.count() > 0)
    link.first.click()
    tab.page.locator("#task-form").wait_for()


def complete(tab: Tab, step: str, outcome: str) -> None:
    tab.page.get_by_label(outcome, exact=True).check()
    tab.page.get_by_role("button", name="提交办结").click()
    tab.sees(f"“{step}”已办结")


def act(
    tab: Tab, kind: str, form: str, answers: Mapping[str, Any], *, outcome: str = "", sees: Sequence[str] = ()
) -> None:
    """Confirm the collective act of a kind over all that waits for it, and see it carried out."""
    tab.go("/acts")
    link = tab.page.locator("main").get_by_role("link", name=kind, exact=True)
    wait_until(tab, lambda: link.count() > 0)
    link.first.click()
    tab.sees(UNIT, *sees)
    if outcome:
        tab.page.get_by_label(outcome, exact=True).check()
    filling.fill(tab.page, form, answers, programme=PROGRAMME)
    tab.page.locator(".confirm summary").click()
    tab.page.get_by_role("button", name=f"确认{kind}").click()
    tab.sees("批文已确认生效", "已办 1 件")


def download(tab: Tab, name: str) -> bytes:
    """What the link of a name answers."""
    answer = tab.page.request.get(tab.page.get_by_role("link", name=name).get_attribute("href"))
    assert answer.ok, f"{name}: {answer.status}"
    return answer.body()


def story_answers(tab: Tab, key: str, *, year: int = 0, **changes: Any) -> dict[str, Any]:
    """What the story answers, typed on the legal day; `year` is that in which the call closes."""
    return dated(tab, {**TOLD["answers"][key], **changes}, year=year)


def dated(tab: Tab, answers: Mapping[str, Any], *, year: int = 0) -> dict[str, Any]:
    return filling.dated(answers, year=year, today=legal_today(tab))


def in_words(table: str, rows: list[Mapping[str, Any]]) -> list[list[str]]:
    """Rows of answers as a sheet holds them: every column in order, choices by their words."""
    columns = next(field for field in filling.form("application", PROGRAMME).asked if field.key == table).fields
    words = [{option.value: option.label for option in column.options or ()} for column in columns]
    return [[said.get(str(row.get(column.key, "")), str(row.get(column.key, "")))
             for column, said in zip(columns, words, strict=True)] for row in rows]


def as_block(table: str, rows: list[Mapping[str, Any]]) -> str:
    """Rows as a spreadsheet puts them on the clipboard."""
    return "".join("\t".join(row) + "\n" for row in in_words(table, rows))
