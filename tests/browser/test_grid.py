"""Tables as grids: keys, pasted blocks, rows that come and go, and drafts saved as one types."""

import pytest

from tests.browser.site import Tab

UNIT = "定兴县融资服务有限公司"
PASTE = """(text) => {
    const data = new DataTransfer();
    data.setData('text/plain', text);
    const event = new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
    document.activeElement.dispatchEvent(event);
}"""


@pytest.fixture
def form(site, opened) -> Tab:
    tab = opened("rongzi")
    tab.go(site.task(UNIT))
    tab.page.locator("#f-staff [name=_copy]").first.wait_for()
    return tab


def paste(tab: Tab, name: str, text: str) -> None:
    tab.page.locator(f"[name={name}]").focus()
    tab.page.evaluate(PASTE, text)


def value(tab: Tab, name: str) -> str:
    return tab.page.locator(f"[name={name}]").input_value()


def saved(tab: Tab) -> None:
    tab.page.locator("[data-saved]").get_by_text("已自动暂存").wait_for()
    tab.page.wait_for_function("() => !document.querySelector('#task-form').dataset.unsaved")


def test_a_block_from_excel_is_pasted_with_labels_quotes_and_headings_understood(form):
    paste(form, "staff-0-person", '姓名\t岗位\t学历\t职称\n陈晨\t"咨询""一"""\t本科\t中级\n李明\t培训\t博士后\t无\n')

    assert (value(form, "staff-0-person"), value(form, "staff-0-post")) == ("陈晨", '咨询"一"')
    assert (value(form, "staff-0-degree"), value(form, "staff-1-title")) == ("bachelor", "none")
    assert value(form, "staff-1-degree") == ""
    form.sees("已粘贴 2 行；1 个单元格没有认出")
    assert "博士后" in form.page.locator("#f-staff-1-degree-error").text_content()


def test_enter_and_arrows_lead_through_the_cells_and_add_a_row_at_the_end(form):
    form.page.locator("[name=staff-0-person]").fill("陈晨")
    last = form.page.locator("#f-staff [data-row]").count() - 1
    form.page.locator(f"[name=staff-{last}-post]").fill("咨询")

    form.page.keyboard.press("Enter")
    assert form.focused().get_attribute("name") == f"staff-{last + 1}-post"
    form.page.keyboard.press("ArrowUp")
    form.page.keyboard.press("Home")
    form.page.keyboard.press("ArrowLeft")
    assert form.focused().get_attribute("name") == f"staff-{last}-person"


def test_a_row_is_copied_removed_and_brought_back_without_the_server(form):
    paste(form, "staff-0-person", "甲\t一\n乙\t二\n")
    form.page.locator('[name=_copy][value="staff.0"]').click()
    assert [value(form, f"staff-{n}-person") for n in range(3)] == ["甲", "甲", "乙"]

    form.page.locator('[name=_remove][value="staff.2"]').click()
    form.sees("已删除第 3 行")
    form.page.locator("#f-staff [data-told] button").click()
    assert [value(form, f"staff-{n}-person") for n in range(3)] == ["甲", "甲", "乙"]


def test_the_sum_of_a_column_from_which_a_figure_is_taken_stands_below_it(form):
    paste(form, "years-0-served_firms", "1,200\n36\n")

    assert form.page.locator("#f-years [data-total=served_firms]").inner_text() == "1236"


def test_what_is_typed_is_saved_by_itself_and_the_conditions_follow(form, opened):
    form.page.locator("[name=total_assets_wan]").fill("420")
    saved(form)

    assert "420 万元，要求 ≥ 150 万元" in form.page.locator("#preview").inner_text()
    other = opened("rongzi")
    other.go(form.page.url.removeprefix(form.site.base))
    assert value(other, "total_assets_wan") == "420"


def test_of_two_windows_the_later_one_is_asked_before_it_overwrites(form, opened):
    other = opened("rongzi")
    other.go(form.page.url.removeprefix(form.site.base))
    form.page.locator("[name=head_name]").fill("甲")
    saved(form)

    other.expect_refusal()
    other.page.locator("[name=head_name]").fill("乙")
    other.page.locator("[data-saved]").get_by_text("在另一窗口暂存").wait_for()
    other.page.locator("[data-saved] button").click()
    saved(other)

    form.page.reload()
    assert value(form, "head_name") == "乙"


def test_five_hundred_rows_are_typed_into_without_being_sent_with_each_key(form):
    paste(form, "staff-0-person", "".join(f"人员{n}\t咨询\t本科\t中级\t计算机\t是\n" for n in range(500)))
    saved(form)
    sent: list[int] = []
    form.page.on("request", lambda request: sent.append(len(request.post_data or "")))

    cell = form.page.locator("[name=staff-250-person]")
    cell.focus()
    form.page.evaluate("""() => { window.took = []; document.addEventListener('keydown', () => {
        const at = performance.now();
        requestAnimationFrame(() => setTimeout(() => window.took.push(performance.now() - at)));
    }, true); }""")
    form.page.keyboard.type("abcdefghij", delay=40)
    took = sorted(form.page.evaluate("() => window.took"))

    assert sent == []
    assert took[len(took) // 2] < 150
    form.page.keyboard.press("Tab")
    form.page.wait_for_timeout(300)
    assert sent
    assert max(sent) < 5_000  # one row, not five hundred
