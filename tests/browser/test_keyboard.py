"""With the keyboard alone: from the sign-in page to a task that is done, with Tab, Enter, Space and what is typed."""

from tests.browser.site import Tab


def test_a_county_clerk_signs_in_opens_the_first_task_and_completes_it(site, opened):
    tab = opened()
    tab.go("/sign-in")

    sign_in(tab, "xushui-clerk", site.password)
    tab.tab_to(".task-list tbody a")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url("**/tasks/*")
    recommend(tab)

    tab.sees("“测评推荐”已办结", "市级评审")


def test_the_first_stop_on_a_page_leads_past_its_frame(opened):
    tab = opened("city-clerk")
    tab.go("/inbox")

    tab.page.keyboard.press("Tab")
    assert "跳到正文" in tab.focused().inner_text()
    tab.page.keyboard.press("Enter")
    tab.page.keyboard.press("Tab")

    assert tab.page.evaluate("() => document.activeElement.closest('main') !== null")


def test_an_act_is_confirmed_only_after_its_question(opened):
    tab = opened("city-lead")
    tab.go("/acts")
    tab.tab_to("main a.btn")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url("**/acts/new*")

    tab.tab_to("summary.btn")
    tab.page.keyboard.press("Enter")
    tab.sees("不能撤回")
    tab.page.keyboard.press("Tab")

    assert "确认" in tab.focused().inner_text()


def sign_in(tab: Tab, login: str, password: str) -> None:
    tab.tab_to("[name=login]")
    tab.page.keyboard.type(login)
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.type(password)
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url("**/inbox")


def recommend(tab: Tab) -> None:
    """Fill in the county's form in the order in which its fields come."""
    tick(tab, "materials_seen")
    tick(tab, "functions_met")
    tick(tab, "operation_level")
    write(tab, "operation_said", "运营正常，制度执行较好。")
    write(tab, "verified_firms", "130")
    tick(tab, "results_level")
    write(tab, "results_said", "服务企业数量逐年增加。")
    write(tab, "asked_firms", "20")
    write(tab, "satisfied_share", "95")
    write(tab, "assessors", "测评组三人")
    write(tab, "opinion", "材料齐全，测评良好，同意推荐。")
    tick(tab, "outcome")
    tab.tab_to("[name=_do][value=complete]")
    tab.page.keyboard.press("Enter")


def tick(tab: Tab, name: str) -> None:
    tab.tab_to(f'[name="{name}"]')
    tab.page.keyboard.press("Space")


def write(tab: Tab, name: str, words: str) -> None:
    tab.tab_to(f'[name="{name}"]')
    tab.page.keyboard.insert_text(words)
